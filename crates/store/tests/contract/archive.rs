use jiff::Timestamp;
use regulation::general::{Role, Scope, Subject, Verb};
use store::general::{NewPaper, NewPublication};

use crate::common::{CITY, Db, OTHER_CITY, allowed, of_province};

/// Puts a paper of a city, and a notice, at an instant.
async fn put(db: &Db, at: i64, city: &str) {
    let mandate = allowed(&of_province(Role::ProvinceApprover), Verb::OpenCycle, &Subject::whole("cycle", 2026));
    let mut tx = db.store.begin(&mandate, Timestamp::from_millisecond(at).expect("instant")).await.expect("begin");
    let (title, content) = (format!("文书{at}"), "标题：文书\n\n正文".to_owned());
    let paper = NewPaper {
        kind: "notice",
        noun: "cycle",
        noun_id: 2026,
        city: Some(city.to_owned()),
        title: title.clone(),
        content: content.clone(),
        ..NewPaper::default()
    };
    tx.add_paper(&paper).await.expect("paper");
    let notice =
        NewPublication { kind: "notice", noun: "cycle", noun_id: 2026, title, content, ..NewPublication::default() };
    tx.publish(&notice).await.expect("published");
    tx.commit().await.expect("commit");
}

/// A year takes its first instant and not the next year's, in the order things were made, within a scope.
async fn a_years_documents_are_found_between_two_instants(db: &Db) {
    for (at, city) in [(999, CITY), (1_000, CITY), (1_500, OTHER_CITY), (1_999, CITY), (2_000, CITY)] {
        put(db, at, city).await;
    }
    let titles = async |scope: &Scope| {
        let papers = db.store.papers_between(scope, 1_000, 2_000).await.expect("papers");
        papers.into_iter().map(|paper| paper.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&Scope::All).await, ["文书1000", "文书1500", "文书1999"]);
    assert_eq!(titles(&Scope::City(CITY.to_owned())).await, ["文书1000", "文书1999"]);
    assert!(titles(&Scope::Nothing).await.is_empty());
    let notices = db.store.publications_between(1_000, 2_000).await.expect("notices");
    assert_eq!(notices.into_iter().map(|row| row.published_at).collect::<Vec<_>>(), [1_000, 1_500, 1_999]);
}

/// A station is found by its whole number, within a scope.
async fn a_station_is_found_by_its_number_in_scope(db: &Db) {
    let ours = db.station().await;
    let found = async |scope: &Scope, number: &str| {
        db.store.station_by_number(scope, number).await.expect("read").map(|station| station.id)
    };
    assert_eq!(found(&Scope::All, "370500001").await, Some(ours.id));
    assert_eq!(found(&Scope::City(CITY.to_owned()), "370500001").await, Some(ours.id));
    assert_eq!(found(&Scope::City(OTHER_CITY.to_owned()), "370500001").await, None);
    for number in ["37050000", "", "%"] {
        assert_eq!(found(&Scope::All, number).await, None, "{number}");
    }
}

on_both!(a_years_documents_are_found_between_two_instants, a_station_is_found_by_its_number_in_scope);
