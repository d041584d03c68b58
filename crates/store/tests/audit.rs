//! The audit chain: one row for every write, and no change to a sealed row that goes unnoticed.

use regulation::general::{Actor, Role, Subject, Verb};
use store::audit::{Anchor, AuditFilter, Broken, Intact};
use store::duties::NewStation;

use crate::common::{Db, Raw, act, allowed, day, of_station};

async fn rows(db: &Db) -> usize {
    db.store.audit_page(&AuditFilter::default(), None, 10_000).await.expect("audit").len()
}

async fn verified(db: &Db, anchor: Option<&Anchor>) -> Result<Intact, Broken> {
    db.store.verify_audit(anchor).await.expect("readable")
}

/// What an altered chain says: position and key of the first row that does not fit.
async fn broken_at(db: &Db, anchor: Option<&Anchor>) -> (i64, i64) {
    let broken = verified(db, anchor).await.expect_err("tampered");
    (broken.position, broken.id)
}

/// Six writes, sealed, and the anchor kept of them. Row `n` has key and position `n`.
async fn six_sealed(db: &Db) -> Anchor {
    for n in 1..=6 {
        db.station_in(&format!("37050000{n}"), "370500", None).await;
    }
    assert_eq!(db.store.seal().await.expect("sealed"), 6);
    let Intact { count, head, unsealed } = verified(db, None).await.expect("intact");
    assert_eq!((count, unsealed), (6, 0));
    Anchor { count, head }
}

/// Every write leaves one row, which says who did what to which thing, on what ground and when.
async fn every_write_leaves_one_row(db: &Db) {
    let station = db.station().await;
    assert_eq!(rows(db).await, 1);
    let entry = db.entry(&station, "warning.published", day(3, 1), 1).await;
    db.withdraw(&station, entry).await.expect("withdrawn");
    let admin = db.account("zhang", Role::CityClerk).await.expect("account");
    assert_eq!(rows(db).await, 4);

    let filed = db.store.audit_of("ledger_entry", entry).await.expect("log").remove(0);
    assert_eq!(
        (filed.actor.as_str(), filed.role.as_str(), filed.verb.as_str()),
        ("站员", "station_clerk", "file_entry")
    );
    assert_eq!((filed.account_id, filed.station_id, filed.noun_id), (30, Some(station.id), entry));
    assert_eq!((filed.basis.as_str(), filed.at), ("办法第十三条", db.now().as_millisecond() - 3000));
    assert!(filed.detail.contains("warning.published"), "{}", filed.detail);
    assert_eq!(db.store.audit_of("account", admin).await.expect("log").len(), 1);
    let page = db.store.audit_page(&AuditFilter::default(), None, 2).await.expect("page");
    assert_eq!(db.store.audit_page(&AuditFilter::default(), Some(page[1].id), 9).await.expect("page").len(), 2);
}

/// A transaction dropped, before or after it wrote, leaves neither its rows nor an audit row.
async fn a_dropped_transaction_leaves_nothing(db: &Db) {
    let mandate = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("station", 0));
    drop(db.store.begin(&mandate, db.now()).await.expect("begin"));
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    tx.add_station(&NewStation { number: "1".into(), ..NewStation::default() }).await.expect("station");
    drop(tx);
    db.station().await;
    assert_eq!(rows(db).await, 1);
    let stations = db.store.stations(&regulation::general::Scope::All, &Default::default(), "", 9).await;
    assert_eq!(stations.expect("list").len(), 1);
}

/// A refused write leaves no audit row either.
async fn a_refused_write_leaves_no_row(db: &Db) {
    let station = db.station().await;
    let entry = db.entry(&station, "warning.published", day(3, 1), 1).await;
    db.withdraw(&station, entry).await.expect("withdrawn");
    let before = rows(db).await;
    db.withdraw(&station, entry).await.expect_err("already corrected");
    db.account("zhang", Role::CityClerk).await.expect("account");
    db.account("zhang", Role::CityClerk).await.expect_err("in use");
    assert_eq!(rows(db).await, before + 1);
}

/// Housekeeping is no act of a person: it leaves no row.
async fn housekeeping_leaves_no_row(db: &Db) {
    let id = db.account("zhang", Role::CityClerk).await.expect("account");
    db.store.count_failure(id, 5, db.now()).await.expect("count");
    db.store.touch_session("none", db.now()).await.expect("touch");
    db.store.end_stale_sessions(db.now(), db.now()).await.expect("end");
    db.store.seal().await.expect("seal");
    assert_eq!(rows(db).await, 1);
}

/// Sealing links what is new and nothing twice; rows after the last sealing are counted as unsealed.
async fn sealing_follows_the_writes(db: &Db) {
    let first = six_sealed(db).await;
    assert_eq!(db.store.seal().await.expect("nothing new"), 0);
    let station = db.station_in("370500009", "370500", None).await;
    db.entry(&station, "warning.published", day(3, 1), 1).await;
    assert_eq!(verified(db, Some(&first)).await.expect("intact").unsealed, 2);
    assert_eq!(db.store.seal().await.expect("sealed"), 2);
    let later = verified(db, Some(&first)).await.expect("an older anchor still holds");
    assert_eq!((later.count, later.unsealed), (8, 0));
    assert_ne!(later.head, first.head);
}

/// Two servers that seal at the same moment make one chain.
async fn two_servers_seal_one_chain(db: &Db) {
    let other = db.reopened().await;
    for round in 0..5 {
        for n in 0..4 {
            db.station_in(&format!("3705{round}{n}"), "370500", None).await;
        }
        let (a, b) = tokio::join!(db.store.seal(), other.seal());
        assert_eq!(a.expect("sealed") + b.expect("sealed"), 4);
    }
    assert_eq!(verified(db, None).await.expect("intact").count, 20);
    other.close().await;
}

/// A chain longer than one reading is walked to its end, and a change in its last part is found.
async fn a_long_chain_is_walked_whole(db: &Db) {
    let mut raw = db.raw().await;
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5100) \
                INSERT INTO audit (at, account_id, actor, role, verb, noun, noun_id, basis, detail) \
                SELECT i, 1, 'a', 'r', 'v', 'n', i, 'b', '' FROM n";
    raw.must(&[many]).await;
    while db.store.seal().await.expect("sealed") > 0 {}
    let Intact { count, unsealed, .. } = verified(db, None).await.expect("intact");
    assert_eq!((count, unsealed), (5100, 0));
    raw.disarm_audit().await;
    raw.must(&["UPDATE audit SET detail = 'x' WHERE position = 5050"]).await;
    assert_eq!(broken_at(db, None).await, (5050, 5050));
}

/// Keeps a copy of the sealed rows, to put them back between forgeries.
async fn saved(db: &Db) -> Raw {
    let mut raw = db.raw().await;
    raw.disarm_audit().await;
    raw.must(&["CREATE TABLE saved AS SELECT * FROM audit"]).await;
    raw
}

async fn restore(raw: &mut Raw) {
    raw.must(&["DELETE FROM audit", "INSERT INTO audit SELECT * FROM saved"]).await;
}

/// Whatever column of a row is altered, that row is named.
async fn an_altered_column_names_its_row(db: &Db) {
    six_sealed(db).await;
    let mut raw = saved(db).await;
    let happened =
        ["at", "account_id", "actor", "role", "verb", "noun", "noun_id", "station_id", "basis", "detail", "instead_of"];
    for column in happened.into_iter().chain(["prev_hash", "hash"]) {
        raw.must(&[&format!("UPDATE audit SET {column} = '77' WHERE id = 3")]).await;
        assert_eq!(broken_at(db, None).await, (3, 3), "{column}");
        restore(&mut raw).await;
    }
    raw.must(&["UPDATE audit SET id = 77 WHERE id = 3"]).await;
    assert_eq!(broken_at(db, None).await, (3, 77));
    restore(&mut raw).await;
    assert_eq!(verified(db, None).await.expect("restored").count, 6);
}

/// A field's end cannot be moved into the next one: the same letters divided otherwise are another row.
async fn letters_cannot_move_between_columns(db: &Db) {
    six_sealed(db).await;
    let mut raw = saved(db).await;
    raw.must(&["UPDATE audit SET role = 'oper', verb = 'atormaintain_registry' WHERE id = 3"]).await;
    assert_eq!(broken_at(db, None).await, (3, 3));
}

/// A row deleted, moved out of its place or swapped with its neighbour is noticed at the place it left.
async fn a_missing_or_moved_row_is_noticed_at_its_place(db: &Db) {
    six_sealed(db).await;
    let mut raw = saved(db).await;
    raw.must(&["DELETE FROM audit WHERE id = 3"]).await;
    assert_eq!(broken_at(db, None).await, (3, 4));
    restore(&mut raw).await;

    raw.must(&["DELETE FROM audit WHERE id = 1"]).await;
    assert_eq!(broken_at(db, None).await, (1, 2));
    restore(&mut raw).await;

    raw.must(&["UPDATE audit SET position = 70 WHERE id = 3"]).await;
    assert_eq!(broken_at(db, None).await, (3, 4));
    restore(&mut raw).await;

    let swap = [
        "UPDATE audit SET position = 70 WHERE id = 3",
        "UPDATE audit SET position = 3 WHERE id = 4",
        "UPDATE audit SET position = 4 WHERE id = 3",
    ];
    raw.must(&swap).await;
    assert_eq!(broken_at(db, None).await, (3, 4));
}

/// A forged row slipped in before the first, at a place no sealing uses, is named.
async fn a_row_before_the_first_is_noticed(db: &Db) {
    six_sealed(db).await;
    let mut raw = saved(db).await;
    for position in ["0", "-1"] {
        let forged = format!(
            "INSERT INTO audit (id, at, account_id, actor, role, verb, noun, noun_id, basis, detail, position, prev_hash, hash) \
             VALUES (77, 1, 1, 'a', 'r', 'v', 'n', 1, 'b', '', {position}, 'p', 'h')"
        );
        raw.must(&[&forged]).await;
        assert_eq!(broken_at(db, None).await.1, 77, "position {position}");
        restore(&mut raw).await;
    }
}

/// Of a chain cut at its end nothing is left to see, except by the anchor.
async fn only_the_anchor_sees_a_cut_tail(db: &Db) {
    let anchor = six_sealed(db).await;
    let mut raw = saved(db).await;
    raw.must(&["DELETE FROM audit WHERE id > 4"]).await;
    assert_eq!(verified(db, None).await.expect("looks whole").count, 4);
    assert_eq!(broken_at(db, Some(&anchor)).await, (6, 0));

    db.station_in("1", "370500", None).await;
    db.station_in("2", "370500", None).await;
    db.store.seal().await.expect("sealed over the cut");
    assert_eq!(verified(db, None).await.expect("looks whole").count, 6);
    assert_eq!(broken_at(db, Some(&anchor)).await.0, 6);
}

/// Rows unsealed again are at least counted as unsealed; the anchor sees that they were sealed. A row with its
/// place but without its hash is named.
async fn an_unsealed_tail_is_noticed(db: &Db) {
    let anchor = six_sealed(db).await;
    let mut raw = saved(db).await;
    raw.must(&["UPDATE audit SET position = NULL, prev_hash = NULL, hash = NULL WHERE id > 4"]).await;
    let Intact { count, unsealed, .. } = verified(db, None).await.expect("looks whole");
    assert_eq!((count, unsealed), (4, 2));
    assert_eq!(broken_at(db, Some(&anchor)).await, (6, 0));
    restore(&mut raw).await;

    raw.must(&["UPDATE audit SET hash = NULL WHERE id > 4"]).await;
    assert_eq!(broken_at(db, None).await, (5, 5));
    assert_eq!(broken_at(db, Some(&anchor)).await, (5, 5));
    restore(&mut raw).await;

    raw.must(&["UPDATE audit SET hash = NULL WHERE id = 6"]).await;
    assert_eq!(broken_at(db, None).await, (6, 6));
}

/// A chain written anew from the first row on is whole in itself and not the anchor's.
async fn only_the_anchor_sees_a_rewritten_chain(db: &Db) {
    let anchor = six_sealed(db).await;
    let mut raw = saved(db).await;
    raw.must(&[
        "UPDATE audit SET position = NULL, prev_hash = NULL, hash = NULL",
        "UPDATE audit SET actor = '他人' WHERE id = 2",
    ])
    .await;
    assert_eq!(db.store.seal().await.expect("sealed anew"), 6);
    assert_eq!(verified(db, None).await.expect("looks whole").count, 6);
    assert_eq!(broken_at(db, Some(&anchor)).await, (6, 6));
}

/// The verb of a row reads back as the verb it was, and its station from the subject.
async fn a_row_names_verb_and_station(db: &Db) {
    let station = db.station().await;
    let subject = Subject::of_station("station", station.id, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::MaintainRecord, &subject);
    act(db, &mandate, async |tx| tx.set_station_profile(station.id, "", "", "").await).await.expect("profile");
    let row = db.store.audit_of("station", station.id).await.expect("log").remove(0);
    assert_eq!(Verb::from_key(&row.verb), Some(Verb::MaintainRecord));
    assert_eq!(row.station_id, Some(station.id));
}

on_both!(
    every_write_leaves_one_row,
    a_dropped_transaction_leaves_nothing,
    a_refused_write_leaves_no_row,
    housekeeping_leaves_no_row,
    sealing_follows_the_writes,
    two_servers_seal_one_chain,
    a_long_chain_is_walked_whole,
    an_altered_column_names_its_row,
    letters_cannot_move_between_columns,
    a_missing_or_moved_row_is_noticed_at_its_place,
    a_row_before_the_first_is_noticed,
    only_the_anchor_sees_a_cut_tail,
    an_unsealed_tail_is_noticed,
    only_the_anchor_sees_a_rewritten_chain,
    a_row_names_verb_and_station,
);
