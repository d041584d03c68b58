use regulation::general::{Actor, Mandate, Subject, Verb};
use regulation::law::Files;
use store::Error;

use crate::common::{Db, act, allowed};

fn load() -> Mandate {
    allowed(&Actor::operator(), Verb::LoadEdition, &Subject::whole("edition", 0))
}

fn files(text: &str) -> Files {
    Files::from([("articles.md".to_owned(), text.to_owned())])
}

/// The same files again are no change, other files under a known id a conflict; the first ones stay.
async fn an_edition_never_changes(db: &Db) {
    let (load, first) = (load(), files("一"));
    let add = async |files: Files| act(db, &load, async |tx| tx.add_edition("draft", &files).await).await;
    assert!(add(first.clone()).await.expect("loaded"));
    assert!(!add(first.clone()).await.expect("same again"));
    assert!(matches!(add(files("二")).await, Err(Error::Conflict(_))));
    assert_eq!(db.store.edition_files("draft").await.expect("read"), Some((first, None)));
    assert_eq!(db.store.edition_files("other").await.expect("read"), None);
    assert_eq!(db.store.editions().await.expect("list").len(), 1);
}

/// The official text stands beside an edition that is loaded, and only there.
async fn the_official_text_stands_beside(db: &Db) {
    let load = load();
    let set = async |id: &'static str| act(db, &load, async |tx| tx.set_official_text(id, "全文").await).await;
    assert!(matches!(set("draft").await, Err(Error::Conflict(_))));
    act(db, &load, async |tx| tx.add_edition("draft", &files("一")).await).await.expect("loaded");
    set("draft").await.expect("set");
    let stored = db.store.edition_files("draft").await.expect("read");
    assert_eq!(stored, Some((files("一"), Some("全文".to_owned()))));
}

/// Not even plain SQL changes an edition's files, since years are bound to them.
async fn the_database_refuses_other_files(db: &Db) {
    let load = load();
    act(db, &load, async |tx| tx.add_edition("draft", &files("一")).await).await.expect("loaded");
    let mut raw = db.raw().await;
    for column in ["id", "digest", "files"] {
        let error = raw.run(&format!("UPDATE edition SET {column} = 'x'")).await.expect_err(column);
        assert!(error.to_string().contains("append-only"), "{column}: {error}");
    }
}

on_both!(an_edition_never_changes, the_official_text_stands_beside, the_database_refuses_other_files);
