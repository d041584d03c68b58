//! Whom a notice or a warning concerns, and the messages to them: queued once, taken up by one worker, settled by the one
//! that took them up (readings K90, K93).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::duties::{Claimed, NewDelivery, NewRosterMember, Outcome, Reached, Warning, WarningText};
use store::{Error, instant_number};

use crate::common::{Db, act, allowed, day, of_station, public};

/// Puts firms on a station's roster, each with its codes.
async fn enrol(db: &Db, station: &Placed, firms: &[(&str, &str)]) {
    let subject = Subject::of_station("roster_member", 0, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::MaintainRoster, &subject);
    let put = async |tx: &mut store::Tx<'_>| {
        for (uscc, codes) in firms {
            let new = NewRosterMember {
                uscc: (*uscc).to_owned(),
                name: format!("{uscc}公司"),
                hs_codes: (*codes).to_owned(),
                email: format!("{uscc}@example.cn"),
                ..NewRosterMember::default()
            };
            tx.put_roster_member(station.id, &new).await?;
        }
        Ok(())
    };
    act(db, &mandate, put).await.expect("enrolled");
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// Codes of the firms found, in order.
async fn found(db: &Db, codes: &[&str]) -> Vec<String> {
    let found = db.store.recipients(&owned(codes)).await.expect("found");
    assert!(found.iter().all(|firm| firm.email == format!("{}@example.cn", firm.uscc)));
    found.into_iter().map(|firm| firm.uscc).collect()
}

async fn touched(db: &Db, codes: &[&str]) -> BTreeMap<i64, i64> {
    db.store.firms_touched(&owned(codes)).await.expect("counted").into_iter().collect()
}

/// A firm is concerned when one of its codes begins with one of the notice's, or the other way round; whatever length.
async fn codes_touch_when_one_begins_with_the_other(db: &Db) {
    let (near, far) = (db.station_in("N1", "370500", None).await, db.station_in("F1", "370600", None).await);
    let levels = [("C", "40"), ("H", "4011"), ("S", "401120"), ("N", "40112010"), ("X", "4011201015")];
    enrol(db, &near, &levels).await;
    let others = [("B", "4010"), ("D", "4012"), ("E", "39"), ("F", "41"), ("G", "401119"), ("I", "401121"), ("J", "")];
    enrol(db, &far, &others).await;
    // Up and down the tree, at every level; its neighbours on either side only from a level they share.
    for (code, also) in [("40", "BDGI"), ("4011", "GI"), ("401120", ""), ("40112010", ""), ("4011201015", "")] {
        let mut expected: Vec<String> = ["C", "H", "S", "N", "X"].map(str::to_owned).into();
        expected.extend(also.chars().map(String::from));
        assert_eq!(found(db, &[code]).await, expected, "{code}");
        let mut counts = BTreeMap::from([(near.id, 5)]);
        counts.extend(i64::try_from(also.len()).ok().filter(|count| *count > 0).map(|count| (far.id, count)));
        assert_eq!(touched(db, &[code]).await, counts, "{code}");
    }
    assert_eq!(found(db, &["40112020"]).await, ["C", "H", "S"]);
    assert_eq!(found(db, &["401110"]).await, ["C", "H"]);
    assert_eq!(found(db, &["4013"]).await, ["C"]);
    assert_eq!(found(db, &["3901"]).await, ["E"]);
    assert!(
        found(db, &["99"]).await.is_empty() && found(db, &[]).await.is_empty() && found(db, &[""]).await.is_empty()
    );
    assert!(touched(db, &["99"]).await.is_empty() && touched(db, &[]).await.is_empty());
    // The last chapter has no next one.
    enrol(db, &far, &[("Z", "9999999999")]).await;
    assert_eq!(found(db, &["99"]).await, ["Z"]);
}

/// However many of its codes are touched by however many of the notice's, a firm counts once.
async fn a_firm_counts_once(db: &Db) {
    let station = db.station().await;
    enrol(db, &station, &[("A", "40,4011,401120,401110,8541"), ("B", "401120")]).await;
    let many = ["4011", "401120", "40112010", "4011", "8541", "85", "854140"];
    assert_eq!(found(db, &many).await, ["A", "B"]);
    assert_eq!(touched(db, &many).await, BTreeMap::from([(station.id, 2)]));
    assert_eq!(touched(db, &["40", "85"]).await, BTreeMap::from([(station.id, 2)]));
    // A list of the whole tariff is one statement too.
    let whole: Vec<String> = (0..6000).map(|n| format!("{:06}", 390_000 + n * 7)).collect();
    assert_eq!(db.store.firms_touched(&whole).await.expect("counted"), HashMap::from([(station.id, 1)]));
    let whole: Vec<String> = (0..6000).map(|n| format!("{:06}", 400_000 + n * 2)).collect();
    assert_eq!(db.store.firms_touched(&whole).await.expect("counted"), HashMap::from([(station.id, 2)]));
    assert_eq!(db.store.recipients(&whole).await.expect("found").len(), 2);
}

/// Every touch counted one by one, against the statement, over codes of all lengths.
async fn what_is_found_is_what_touches(db: &Db) {
    let station = db.station().await;
    let of = |n: usize| format!("{:010}", n * 2_654_435_761 % 10_000_000_000)[..2 + n % 5 * 2].to_owned();
    let near = |n: usize| format!("40{}", &of(n)[..of(n).len().min(8)]);
    let firms: Vec<(String, String)> =
        (0..200).map(|n| (format!("F{n:03}"), format!("{},{}", near(n), near(n * 3 + 1)))).collect();
    let rows: Vec<(&str, &str)> = firms.iter().map(|(uscc, codes)| (uscc.as_str(), codes.as_str())).collect();
    enrol(db, &station, &rows).await;
    let touches = |one: &str, other: &str| one.starts_with(other) || other.starts_with(one);
    let mut some = 0;
    for first in 0..40 {
        let codes: Vec<String> = (0..=first % 7).map(|n| near(first * 31 + n * 5)).collect();
        let of_notice = |own: &str| codes.iter().any(|code| touches(own, code));
        let expected: Vec<&str> =
            rows.iter().filter(|(_, own)| own.split(',').any(of_notice)).map(|(uscc, _)| *uscc).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        assert_eq!(found(db, &codes).await, expected, "{codes:?}");
        some += usize::from(!expected.is_empty() && expected.len() < rows.len());
    }
    assert!(some > 20, "{some}");
}

async fn firms_off_the_roster_or_muted_are_left_out(db: &Db) {
    let (near, far) = (db.station_in("N1", "370500", None).await, db.station_in("F1", "370600", None).await);
    enrol(db, &near, &[("A", "4011"), ("B", "4011"), ("C", "4011")]).await;
    enrol(db, &far, &[("B", "4011"), ("C", "4011")]).await;
    assert_eq!(found(db, &["401120"]).await, ["A", "B", "C", "B", "C"]);
    let subject = Subject::of_station("roster_member", 0, &near);
    let mandate = allowed(&of_station(Role::StationManager, &near), Verb::MaintainRoster, &subject);
    let members = db.store.recipients(&owned(&["4011"])).await.expect("found");
    act(db, &mandate, async |tx| tx.remove_roster_member(members[0].member_id).await).await.expect("removed");
    // A firm says so once for its mailbox, whichever station has it with that.
    act(db, &mandate, async |tx| tx.mute_firm("B", "b@EXAMPLE.cn").await).await.expect("muted");
    assert_eq!(found(db, &["401120"]).await, ["C", "C"]);
    // Routing counts the roster; whether a firm wants letters is another matter.
    assert_eq!(touched(db, &["4011"]).await, BTreeMap::from([(near.id, 2), (far.id, 2)]));
    // Each station hears for itself that the firm wants letters again.
    for member in members.iter().filter(|member| member.uscc == "B") {
        act(db, &mandate, async |tx| tx.unmute_member(member.member_id).await).await.expect("heard again");
    }
    enrol(db, &near, &[("A", "4011")]).await;
    assert_eq!(found(db, &["401120"]).await, ["A", "B", "C", "B", "C"], "back with the row it had");
    enrol(db, &near, &[("A", "39")]).await;
    assert_eq!(found(db, &["401120"]).await, ["B", "C", "B", "C"], "its codes are those it names now");
}

/// What a firm asks for holds for the mailbox it asked from, however that is written; where none is known, for one row.
async fn a_firm_is_left_alone_where_its_mailbox_stands(db: &Db) {
    let (near, warning, mut new) = addressed(db, 1).await;
    let far = db.station_in("F1", "370600", None).await;
    let bare = db.station_in("B1", "370600", None).await;
    for station in [&far, &bare] {
        enrol(db, station, &[("F0000", "4011")]).await;
    }
    let mailboxes = format!(
        "UPDATE roster_member SET email = CASE station_id WHEN {} THEN 'Other@Example.cn' ELSE '' END WHERE station_id <> {}",
        far.id, near.id
    );
    db.raw().await.must(&[&mailboxes]).await;
    let heard = async || {
        let found = db.store.recipients(&owned(&["4011"])).await.expect("found");
        found.into_iter().map(|firm| firm.station_id).collect::<Vec<_>>()
    };
    assert_eq!(heard().await, [near.id, far.id, bare.id]);
    let members = db.store.roster_of_firm("F0000").await.expect("rows");
    for (member, tag) in members[1..].iter().zip(["b", "c"]) {
        new.push(NewDelivery {
            member: member.id,
            station: member.station_id,
            channel: format!("answer-{tag}"),
            address: member.email.clone(),
            token: tag.repeat(64),
            ..new[0].clone()
        });
    }
    assert_eq!(queue(db, &near, warning, &new).await, 3);
    let waiting = async || {
        let query = store::query::Query::new("SELECT station_id FROM delivery WHERE state = 'queued' ORDER BY id");
        let rows: Vec<(i64,)> = db.store.all(query).await.expect("read");
        rows.into_iter().map(|(station,)| station).collect::<Vec<_>>()
    };
    let keeping = allowed(&public(), Verb::KeepProfile, &Subject::whole("firm_key", 0));
    act(db, &keeping, async |tx| tx.mute_firm("F0000", "other@example.CN").await).await.expect("muted");
    assert_eq!((heard().await, waiting().await), (vec![near.id, bare.id], vec![near.id, bare.id]));
    act(db, &keeping, async |tx| tx.unmute_firm("F0000", "f0000@example.cn").await).await.expect("heard again");
    assert_eq!(heard().await, [near.id, bare.id], "that mailbox had stopped nothing");
    act(db, &keeping, async |tx| tx.mute_firm("F0000", "f0000@example.cn").await).await.expect("muted");
    assert_eq!((heard().await, waiting().await), (vec![bare.id], vec![bare.id]));
    act(db, &keeping, async |tx| tx.unmute_firm("F0000", "OTHER@example.cn").await).await.expect("heard again");
    act(db, &keeping, async |tx| tx.mute_member("F0000", members[2].id).await).await.expect("muted");
    assert_eq!((heard().await, waiting().await), (vec![far.id], vec![]));
}

const BANDS: [i64; 3] = [11, -12, 13];

/// A warning of a station that is not out.
async fn drafted(db: &Db, station: &Placed) -> Warning {
    let subject = Subject::of_station("warning", 0, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::DraftWarning, &subject);
    let text = WarningText { title: "关于轮胎的预警".to_owned(), ..WarningText::default() };
    let id = act(db, &mandate, async |tx| tx.add_warning(station, (None, None), &text).await).await.expect("warning");
    db.store.warning(&Scope::All, id).await.expect("read").expect("there")
}

/// Publishes a warning unless the station has one out that shares a band; whether it did.
async fn published_first(db: &Db, station: &Placed, warning: &Warning) -> bool {
    let entry = db.entry(station, "warning.published", day(9, 1), 1).await;
    let subject = Subject::of_station("warning", warning.id, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::PublishWarning, &subject);
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    tx.hold_station(station.id).await.expect("held");
    if !tx.own_candidates(&BANDS[..2], warning).await.expect("read").is_empty() {
        tx.abandon().await.expect("abandoned");
        return false;
    }
    tx.publish_warning(warning, &format!("N{}", station.id), 2026, entry).await.expect("published");
    tx.set_warning_bands(warning.id, &BANDS).await.expect("kept");
    assert!(tx.own_candidates(&BANDS, warning).await.expect("read").is_empty(), "not itself");
    tx.commit().await.expect("committed");
    true
}

/// Within the transaction that publishes, what the station published is there to see, also what another published at the
/// same moment; what was taken back and what is another station's is not.
async fn of_two_that_are_alike_the_second_finds_the_first(db: &Db) {
    let (near, far) = (db.station_in("N1", "370500", None).await, db.station_in("F1", "370600", None).await);
    assert!(published_first(db, &far, &drafted(db, &far).await).await);
    let (one, two) = (drafted(db, &near).await, drafted(db, &near).await);
    let (first, second) = tokio::join!(published_first(db, &near, &one), published_first(db, &near, &two));
    assert!(first != second, "{first} {second}");
    let out = if first { one.id } else { two.id };
    let out = db.store.warning(&Scope::All, out).await.expect("read").expect("there");
    let subject = Subject::of_station("warning", out.id, &near);
    let mandate = allowed(&of_station(Role::StationManager, &near), Verb::PublishWarning, &subject);
    act(db, &mandate, async |tx| tx.retract_warning(&out, "撤回").await).await.expect("taken back");
    assert!(published_first(db, &near, if first { &two } else { &one }).await);
}

/// A draft is saved over without a new version: what is saved, or published, is what was read.
async fn a_text_saved_meanwhile_is_not_published_unread(db: &Db) {
    let station = db.station().await;
    let subject = Subject::of_station("warning", 0, &station);
    let drafting = allowed(&of_station(Role::StationManager, &station), Verb::DraftWarning, &subject);
    let titled = |title: &str| WarningText { title: title.to_owned(), ..WarningText::default() };
    let first = titled("初稿");
    let id = act(db, &drafting, async |tx| tx.add_warning(&station, (None, None), &first).await).await.expect("draft");
    let read = async || db.store.warning(&Scope::All, id).await.expect("read").expect("there");
    let seen = read().await;
    let second = titled("同事改的稿");
    act(db, &drafting, async |tx| tx.save_warning(&seen, &second).await).await.expect("saved");
    let third = titled("没有看到同事的改动");
    let over = act(db, &drafting, async |tx| tx.save_warning(&seen, &third).await).await;
    assert!(matches!(over, Err(Error::Conflict(_))), "{over:?}");
    let publishing = allowed(&of_station(Role::StationManager, &station), Verb::PublishWarning, &subject);
    let out = act(db, &publishing, async |tx| tx.publish_warning(&seen, "N1", 2026, 1).await).await;
    assert!(matches!(out, Err(Error::Conflict(_))), "{out:?}");
    let now = read().await;
    assert_eq!((now.title.as_str(), now.stage.as_str()), ("同事改的稿", "draft"));
}

/// A warning of a station with firms on its roster, and one message to each.
async fn addressed(db: &Db, firms: usize) -> (Placed, i64, Vec<NewDelivery>) {
    let station = db.station().await;
    let names: Vec<String> = (0..firms).map(|n| format!("F{n:04}")).collect();
    let rows: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "4011")).collect();
    enrol(db, &station, &rows).await;
    let subject = Subject::of_station("warning", 0, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::DraftWarning, &subject);
    let text = WarningText { title: "关于轮胎的预警".to_owned(), ..WarningText::default() };
    let warning =
        act(db, &mandate, async |tx| tx.add_warning(&station, (None, None), &text).await).await.expect("warning");
    let found = db.store.recipients(&owned(&["4011"])).await.expect("found");
    let next_at = Some(instant_number(db.now()));
    let to_firm = |firm: store::duties::Recipient| NewDelivery {
        token: format!("{:0>64}", firm.member_id),
        uscc: firm.uscc,
        member: firm.member_id,
        station: firm.station_id,
        channel: "mail".to_owned(),
        address: firm.email,
        next_at,
    };
    (station, warning, found.into_iter().map(to_firm).collect())
}

async fn queue(db: &Db, station: &Placed, warning: i64, new: &[NewDelivery]) -> u64 {
    let subject = Subject::of_station("warning", warning, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::PublishWarning, &subject);
    act(db, &mandate, async |tx| tx.queue_deliveries(warning, new).await).await.expect("queued")
}

fn sent() -> Outcome {
    Outcome::Sent { receipt: "250 ok".to_owned() }
}

async fn claim(db: &Db, limit: i64) -> Vec<Claimed> {
    db.store.claim_deliveries(db.now(), limit).await.expect("claimed")
}

/// However often, and however many times over in one list.
async fn a_firm_is_told_once_by_each_channel(db: &Db) {
    let (station, warning, new) = addressed(db, 450).await;
    let renamed = |tag: &'static str, channel: &'static str| {
        new.iter().map(move |one| NewDelivery {
            token: format!("{tag}{}", &one.token[1..]),
            channel: channel.to_owned(),
            ..one.clone()
        })
    };
    assert_eq!(queue(db, &station, warning, &new).await, 450);
    let again: Vec<NewDelivery> = renamed("a", "mail").collect();
    assert_eq!(queue(db, &station, warning, &again).await, 0);
    let twice: Vec<NewDelivery> = renamed("b", "sms").chain(renamed("c", "sms")).collect();
    assert_eq!(queue(db, &station, warning, &twice).await, 450);
    let (both, one) = tokio::join!(claim(db, 1000), claim(db, 1000));
    let all: BTreeSet<i64> = both.iter().chain(&one).map(|claimed| claimed.id).collect();
    assert_eq!((both.len() + one.len(), all.len()), (900, 900));
    for one in both.into_iter().chain(one) {
        db.store.settle_delivery((one.id, one.attempts), &sent(), db.now()).await.expect("settled");
    }
    // Sent is sent: it is not queued again either.
    assert_eq!(queue(db, &station, warning, &again).await, 0);
    let reached = db.store.reached(warning, Some(station.id)).await.expect("counted");
    assert_eq!(reached, Reached { firms: 450, sent: 900, ..Reached::default() });
}

/// Workers that take up at the same time share the rows among them, and none is left behind.
async fn no_two_workers_take_up_one_message(db: &Db) {
    let (station, warning, new) = addressed(db, 400).await;
    queue(db, &station, warning, &new).await;
    let other = db.reopened().await;
    let mut ids = Vec::new();
    for round in 0.. {
        assert!(round < 100, "{} of 400", ids.len());
        let now = db.now();
        let rounds = tokio::join!(
            db.store.claim_deliveries(now, 17),
            other.claim_deliveries(now, 23),
            db.store.claim_deliveries(now, 29),
            other.claim_deliveries(now, 31),
            db.store.claim_deliveries(now, 37),
        );
        let rounds = [rounds.0, rounds.1, rounds.2, rounds.3, rounds.4].map(|claimed| claimed.expect("claimed"));
        let before = ids.len();
        ids.extend(rounds.iter().flatten().map(|claimed| claimed.id));
        assert!(rounds.iter().flatten().all(|claimed| claimed.attempts == 1));
        if ids.len() == before {
            break;
        }
    }
    let distinct: BTreeSet<i64> = ids.iter().copied().collect();
    assert_eq!((ids.len(), distinct.len()), (400, 400));
    other.close().await;
}

/// A worker settles what was taken up; what waits, is settled, or was put back is left as it is.
async fn only_what_was_taken_up_is_settled(db: &Db) {
    let (station, warning, new) = addressed(db, 4).await;
    queue(db, &station, warning, &new).await;
    let reached = async || db.store.reached(warning, None).await.expect("counted");
    let settle = async |id: i64, outcome: Outcome| {
        db.store.settle_delivery((id, 1), &outcome, db.now()).await.expect("no error");
    };
    let rows = db.store.deliveries(warning, station.id, 0, 10).await.expect("read");
    for row in &rows {
        settle(row.id, sent()).await;
    }
    assert_eq!(reached().await, Reached { firms: 4, queued: 4, ..Reached::default() });
    let claimed = claim(db, 3).await;
    assert_eq!(claimed.iter().map(|one| one.id).collect::<BTreeSet<_>>(), rows[..3].iter().map(|row| row.id).collect());
    let at = instant_number(db.now() + jiff::SignedDuration::from_hours(1));
    settle(rows[0].id, sent()).await;
    settle(rows[1].id, Outcome::Dead { problem: "无此信箱".to_owned() }).await;
    settle(rows[2].id, Outcome::Again { at, problem: "稍后再试".to_owned() }).await;
    assert_eq!(reached().await, Reached { firms: 4, queued: 2, sent: 1, dead: 1, ..Reached::default() });
    // None of it is undone or done again.
    for row in &rows {
        settle(row.id, Outcome::Dead { problem: "迟到".to_owned() }).await;
    }
    assert_eq!(reached().await, Reached { firms: 4, queued: 2, sent: 1, dead: 1, ..Reached::default() });
    let of_station = db.store.deliveries(warning, station.id, 0, 10).await.expect("read");
    let dead: Vec<_> = of_station.iter().filter(|one| one.state == "dead").collect();
    assert_eq!(dead.iter().map(|one| (one.id, one.problem.as_str())).collect::<Vec<_>>(), [(rows[1].id, "无此信箱")]);
    // What is to be tried again is not due before its time, and then counts its tries.
    assert_eq!(claim(db, 10).await.iter().map(|one| one.id).collect::<Vec<_>>(), [rows[3].id]);
    assert!(claim(db, 10).await.is_empty());
    let later = Timestamp::from_millisecond(at).expect("instant");
    let again = db.store.claim_deliveries(later, 10).await.expect("claimed");
    assert_eq!(again.iter().map(|one| (one.id, one.attempts)).collect::<Vec<_>>(), [(rows[2].id, 2)]);
}

/// What a worker that is gone had taken up is taken up again by another; what is younger stays with its own.
async fn what_a_lost_worker_had_is_put_back(db: &Db) {
    let (station, warning, new) = addressed(db, 5).await;
    queue(db, &station, warning, &new).await;
    let lost = claim(db, 3).await;
    let between = db.now();
    let young = claim(db, 1).await;
    db.store.settle_delivery((lost[0].id, 1), &sent(), db.now()).await.expect("settled");
    assert_eq!(db.store.release_deliveries(between).await.expect("released"), 2);
    assert_eq!(db.store.release_deliveries(between).await.expect("released"), 0);
    let again = claim(db, 10).await;
    let expected: BTreeSet<i64> = lost[1..].iter().map(|one| one.id).collect();
    let (seconds, firsts): (Vec<&Claimed>, Vec<&Claimed>) = again.iter().partition(|one| one.attempts == 2);
    assert_eq!(seconds.iter().map(|one| one.id).collect::<BTreeSet<_>>(), expected);
    assert_eq!(firsts.len(), 1);
    assert!(firsts[0].id != young[0].id && again.len() == 3);
    // The lost one comes back: what another has taken up meanwhile is that one's to settle.
    let late = Outcome::Dead { problem: "迟到".to_owned() };
    db.store.settle_delivery((lost[1].id, 1), &late, db.now()).await.expect("no error");
    assert_eq!(db.store.reached(warning, None).await.expect("counted").dead, 0);
    db.store.settle_delivery((lost[1].id, 2), &sent(), db.now()).await.expect("settled");
    assert_eq!(db.store.reached(warning, None).await.expect("counted").sent, 2);
}

on_both!(
    codes_touch_when_one_begins_with_the_other,
    a_firm_counts_once,
    what_is_found_is_what_touches,
    firms_off_the_roster_or_muted_are_left_out,
    a_firm_is_left_alone_where_its_mailbox_stands,
    of_two_that_are_alike_the_second_finds_the_first,
    a_text_saved_meanwhile_is_not_published_unread,
    a_firm_is_told_once_by_each_channel,
    no_two_workers_take_up_one_message,
    only_what_was_taken_up_is_settled,
    what_a_lost_worker_had_is_put_back,
);
