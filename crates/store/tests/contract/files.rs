use std::path::PathBuf;

use regulation::general::{Role, Scope, Subject, Verb};
use store::Error;
use store::files::{Objects, Upload};

use crate::common::{Db, act, allowed, day, of_station};

fn upload(name: &str, text: &str) -> Upload {
    Upload { file_name: name.into(), media_type: "text/plain".into(), bytes: text.to_owned().into() }
}

/// Every file below the test's folder of objects.
fn objects_on_disk(db: &Db) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![db.folder().join("objects")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The same bytes twice are one object on disk and one row, linked under both names.
async fn the_same_bytes_are_one_object(db: &Db) {
    let objects = Objects::folder(&db.folder().join("objects")).expect("folder");
    let station = db.station().await;
    let entries = [
        db.entry(&station, "report.topical", day(3, 1), 1).await,
        db.entry(&station, "report.topical", day(3, 2), 1).await,
    ];
    let same = [
        objects.put(upload("通知.txt", "内容")).await.expect("put"),
        objects.put(upload("副本.txt", "内容")).await.expect("put again"),
    ];
    assert_eq!(same[0].sha256, same[1].sha256);
    assert_eq!((same[0].size, objects_on_disk(db).len()), (6, 1));

    let subject = Subject::of_station("ledger_entry", 0, &station);
    let mandate = allowed(&of_station(Role::StationClerk, &station), Verb::FileEntry, &subject);
    for entry in entries {
        act(db, &mandate, async |tx| tx.attach("ledger_entry", entry, station.id, &same).await)
            .await
            .expect("attached");
    }
    let links = db.store.attachments("ledger_entry", entries[0]).await.expect("links");
    assert_eq!(links.iter().map(|link| link.file_name.as_str()).collect::<Vec<_>>(), ["通知.txt", "副本.txt"]);
    assert_eq!((links[0].size, links[0].media_type.as_str()), (6, "text/plain"));
    assert_eq!(db.store.attachments_of("ledger_entry", &entries).await.expect("links").len(), 4);
    assert_eq!(db.store.attachments_of("ledger_entry", &[]).await.expect("links").len(), 0);
    assert_eq!(db.store.entry(&Scope::All, entries[0]).await.expect("read").expect("entry").files, 2);
}

/// What comes back is checked against its hash: an altered, cut or missing file is an error, never its bytes.
async fn an_altered_file_is_detected(db: &Db) {
    let objects = Objects::folder(&db.folder().join("objects")).expect("folder");
    let stored = objects.put(upload("通知.txt", "内容")).await.expect("put");
    assert_eq!(objects.get(&stored.sha256).await.expect("get"), "内容".as_bytes());
    let path = objects_on_disk(db).remove(0);
    for altered in ["内客", "内", ""] {
        std::fs::write(&path, altered).expect("write");
        let refused = objects.get(&stored.sha256).await.expect_err("altered");
        assert!(refused.to_string().contains(&stored.sha256), "{refused}");
    }
    std::fs::remove_file(&path).expect("remove");
    assert!(matches!(objects.get(&stored.sha256).await, Err(Error::Objects(_))));
}

on_both!(the_same_bytes_are_one_object, an_altered_file_is_detected);
