//! What a firm does of its own: keys by mail, another mailbox that waits to be confirmed, requests that are counted.

use regulation::general::{Mandate, Placed, Role, Subject, Verb};
use store::duties::{FirmKey, NewFirmKey, NewRosterMember, Outcome, RosterMember};
use store::{Error, instant_number};

use crate::common::{Db, act, allowed, of_station, public};

const USCC: &str = "91110000101623741K";
const OLD: &str = "old@example.cn";
/// Later than any test.
const OPEN: i64 = 4_000_000_000_000;

fn keeping() -> Mandate {
    allowed(&public(), Verb::KeepProfile, &Subject::whole("firm_key", 0))
}

fn firm(email: &str) -> NewRosterMember {
    NewRosterMember {
        uscc: USCC.to_owned(),
        name: "示例企业".to_owned(),
        email: email.to_owned(),
        ..Default::default()
    }
}

/// Puts the firm on a station's roster, or changes it there.
async fn enrol(db: &Db, station: &Placed, email: &str) -> RosterMember {
    let subject = Subject::of_station("roster_member", 0, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::MaintainRoster, &subject);
    act(db, &mandate, async |tx| tx.put_roster_member(station.id, &firm(email)).await).await.expect("enrolled");
    let rows = db.store.roster_of_firm(USCC).await.expect("read");
    rows.into_iter().find(|row| row.station_id == station.id).expect("a row")
}

fn new<'a>(address: &'a str, token: &str) -> NewFirmKey<'a> {
    NewFirmKey { uscc: USCC, address, token: token.to_owned(), until: OPEN, request: None, member: None }
}

/// Queues a letter with a key; the key.
async fn add(db: &Db, new: &NewFirmKey<'_>) -> FirmKey {
    act(db, &keeping(), async |tx| tx.add_firm_key(new).await).await.expect("added");
    key(db, &new.token).await.expect("a key")
}

async fn key(db: &Db, token: &str) -> Option<FirmKey> {
    db.store.firm_key(token, 0).await.expect("read")
}

async fn confirm(db: &Db, key: &FirmKey) -> store::Result<()> {
    act(db, &keeping(), async |tx| tx.confirm_mailbox(key).await).await
}

async fn email(db: &Db, row: &RosterMember) -> String {
    db.store.roster_member(row.id).await.expect("read").expect("a row").email
}

/// Tokens of the keys whose mailboxes wait for a row.
async fn pending(db: &Db, row: &RosterMember) -> Vec<String> {
    let keys = db.store.pending_mailboxes(&[row.id], 0).await.expect("read");
    keys.into_iter().map(|key| key.token).collect()
}

/// The last mailbox given for a row waits; confirmed, once, it is the row's, and its key one like others.
async fn a_mailbox_is_the_rows_once_it_is_confirmed(db: &Db) {
    let row = enrol(db, &db.station().await, OLD).await;
    let first = add(db, &NewFirmKey { member: Some(row.id), ..new("first@example.cn", "k1") }).await;
    assert_eq!(pending(db, &row).await, ["k1"]);
    let second = add(db, &NewFirmKey { member: Some(row.id), ..new("second@example.cn", "k2") }).await;
    assert_eq!(pending(db, &row).await, ["k2"]);
    assert!(db.store.pending_mailboxes(&[row.id], OPEN).await.expect("read").is_empty(), "for as long as it opens");
    // The letter of the first does not go out any more.
    let due = db.store.claim_firm_keys(db.now(), 10).await.expect("claimed");
    assert_eq!(due.iter().map(|key| key.token.as_str()).collect::<Vec<_>>(), ["k2"]);
    assert!(matches!(confirm(db, &first).await, Err(Error::Conflict(_))));
    assert_eq!(email(db, &row).await, OLD);
    confirm(db, &second).await.expect("confirmed");
    assert_eq!(email(db, &row).await, "second@example.cn");
    assert!(pending(db, &row).await.is_empty());
    assert!(matches!(confirm(db, &second).await, Err(Error::Conflict(_))));
    assert_eq!(key(db, "k2").await.expect("a key").member_id, None);
    let row = db.store.roster_member(row.id).await.expect("read").expect("a row");
    assert!(row.confirmed_at.is_some_and(|at| at == row.updated_at));
}

/// Nothing waits any more once the station gives the row another mailbox; other changes, and other rows, are no matter.
async fn a_station_that_changes_the_mailbox_ends_the_wait(db: &Db) {
    let (near, far) = (db.station_in("N1", "370500", None).await, db.station_in("F1", "370600", None).await);
    let (row, other) = (enrol(db, &near, OLD).await, enrol(db, &far, OLD).await);
    let first = add(db, &NewFirmKey { member: Some(row.id), ..new("new@example.cn", "k1") }).await;
    add(db, &NewFirmKey { member: Some(other.id), ..new("new@example.cn", "k2") }).await;
    enrol(db, &near, "OLD@example.cn").await;
    assert_eq!(pending(db, &row).await, ["k1"], "the same mailbox");
    enrol(db, &near, "given@example.cn").await;
    enrol(db, &near, OLD).await;
    assert!(pending(db, &row).await.is_empty());
    assert!(matches!(confirm(db, &first).await, Err(Error::Conflict(_))));
    assert_eq!(email(db, &row).await, OLD);
    assert_eq!(pending(db, &other).await, ["k2"]);
    // A row off the roster takes nothing in.
    let subject = Subject::of_station("roster_member", other.id, &far);
    let mandate = allowed(&of_station(Role::StationManager, &far), Verb::MaintainRoster, &subject);
    act(db, &mandate, async |tx| tx.remove_roster_member(other.id).await).await.expect("removed");
    let second = key(db, "k2").await.expect("a key");
    assert!(matches!(confirm(db, &second).await, Err(Error::Conflict(_))));
    assert_eq!(email(db, &other).await, OLD);
}

/// A letter given up goes out again once, with another key; what was sent stays as it is.
async fn a_letter_given_up_is_queued_again_once(db: &Db) {
    let station = db.station().await;
    let row = enrol(db, &station, OLD).await;
    let asked = async |tx: &mut store::Tx<'_>| tx.add_firm_request(&station, &firm("asked@example.cn")).await;
    let request = act(db, &keeping(), asked).await.expect("asked");
    let last = async || db.store.last_firm_key(&row).await.expect("read").map(|key| key.token);
    assert_eq!(last().await, None);
    add(db, &new("OLD@example.cn", "k1")).await;
    assert_eq!(last().await.as_deref(), Some("k1"));
    // What tells of a refusal is no link, and what goes elsewhere is another's.
    let now = db.now();
    let refusal = NewFirmKey { until: instant_number(now), request: Some(request), ..new(OLD, "k2") };
    let mandate = keeping();
    let mut tx = db.store.begin(&mandate, now).await.expect("begin");
    tx.add_firm_key(&refusal).await.expect("added");
    tx.commit().await.expect("committed");
    add(db, &new("elsewhere@example.cn", "k3")).await;
    assert_eq!(last().await.as_deref(), Some("k1"));
    let letters = db.store.outcome_letters(&[request, request + 1]).await.expect("read");
    assert_eq!(
        letters.iter().map(|key| (key.token.as_str(), key.request_id)).collect::<Vec<_>>(),
        [("k2", Some(request))]
    );

    let renew = async |id: i64| {
        let renewed = new("mended@example.cn", "k9");
        act(db, &keeping(), async |tx| tx.renew_firm_key(id, &renewed).await).await
    };
    let claimed = db.store.claim_firm_keys(db.now(), 10).await.expect("claimed");
    assert_eq!(claimed.len(), 3);
    let given_up = claimed.iter().find(|key| key.token == "k2").expect("claimed");
    assert!(matches!(renew(given_up.id).await, Err(Error::Conflict(_))), "still on its way");
    let dead = Outcome::Dead { problem: "无此信箱".to_owned() };
    db.store.settle_firm_key((given_up.id, 1), &dead, db.now()).await.expect("settled");
    let letters = db.store.outcome_letters(&[request]).await.expect("read");
    assert_eq!((letters[0].state.as_str(), letters[0].problem.as_str()), ("dead", "无此信箱"));
    renew(given_up.id).await.expect("queued");
    assert!(matches!(renew(given_up.id).await, Err(Error::Conflict(_))), "once");
    assert!(key(db, "k2").await.is_none(), "the key it carried opens nothing");
    let again = db.store.claim_firm_keys(db.now(), 10).await.expect("claimed");
    let again: Vec<_> = again.iter().map(|key| (key.token.as_str(), key.address.as_str(), key.attempts)).collect();
    assert_eq!(again, [("k9", "mended@example.cn", 1)]);
}

/// Requests of a time are counted in all, by code, and by mailbox however it is written.
async fn requests_are_counted_by_code_and_by_mailbox(db: &Db) {
    let (near, far) = (db.station_in("N1", "370500", None).await, db.station_in("F1", "370600", None).await);
    let early = instant_number(db.now());
    let ask = async |station: &Placed, uscc: &str, email: &str| {
        let new = NewRosterMember { uscc: uscc.to_owned(), ..firm(email) };
        act(db, &keeping(), async |tx| tx.add_firm_request(station, &new).await).await.expect("asked");
    };
    ask(&near, "A", "a@example.cn").await;
    let between = instant_number(db.now());
    ask(&far, "A", "b@example.cn").await;
    ask(&near, "B", "B@Example.CN").await;
    let count = async |uscc: &str, mailbox: &str, since: i64| {
        act(db, &keeping(), async |tx| tx.recent_firm_requests(uscc, mailbox, since).await).await.expect("counted")
    };
    assert_eq!(count("A", "b@example.cn", early).await, (3, 2, 2));
    assert_eq!(count("A", "b@example.cn", between).await, (2, 1, 2));
    assert_eq!(count("C", "c@example.cn", early).await, (3, 0, 0));
    assert_eq!(count("A", "a@example.cn", instant_number(db.now())).await, (0, 0, 0));
}

on_both!(
    a_mailbox_is_the_rows_once_it_is_confirmed,
    a_station_that_changes_the_mailbox_ends_the_wait,
    a_letter_given_up_is_queued_again_once,
    requests_are_counted_by_code_and_by_mailbox,
);
