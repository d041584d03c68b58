use regulation::general::{Placed, Role, Scope, Subject, Verb};
use store::Error;
use store::duties::{NewRosterMember, NewStandingRecord, records_in_force};

use crate::common::{Db, act, allowed, day, of_province, of_station};

async fn put_record(db: &Db, station: &Placed, new: NewStandingRecord) -> store::Result<i64> {
    let subject = Subject::of_station("standing_record", 0, station);
    let mandate = allowed(&of_station(Role::StationManager, station), Verb::MaintainRecord, &subject);
    act(db, &mandate, async |tx| tx.add_standing_record(station.id, &new).await).await
}

fn unit(title: &str) -> NewStandingRecord {
    NewStandingRecord { fact: "has_unit".into(), title: title.into(), from_on: day(1, 1), ..Default::default() }
}

/// A corrected record replaces the earlier one, which stays; correcting that one again is a conflict.
async fn a_record_supersedes(db: &Db) {
    let station = db.station().await;
    let old = put_record(db, &station, unit("设立文件")).await.expect("record");
    let renewed = NewStandingRecord { supersedes: Some(old), ..unit("修订文件") };
    let new = put_record(db, &station, renewed.clone()).await.expect("renewed");
    let held = db.store.standing_records(station.id).await.expect("records");
    assert_eq!(held.iter().map(|record| record.id).collect::<Vec<_>>(), [new]);
    assert_eq!(db.store.standing_record(old).await.expect("read").expect("stays").title, "设立文件");
    assert!(matches!(put_record(db, &station, renewed).await, Err(Error::Conflict(_))));

    let void = NewStandingRecord { supersedes: Some(new), void: true, ..unit("撤回") };
    put_record(db, &station, void).await.expect("withdrawn");
    assert!(db.store.standing_records(station.id).await.expect("records").is_empty());
}

/// A record is in force from its first day through its last.
async fn records_are_in_force_between_their_days(db: &Db) {
    let station = db.station().await;
    let open = put_record(db, &station, unit("长期")).await.expect("record");
    let limited = NewStandingRecord { until_on: Some(day(6, 30)), from_on: day(2, 1), ..unit("半年") };
    let ended = put_record(db, &station, limited).await.expect("record");
    let on = async |on_day| {
        let rows = records_in_force(&db.store, &Scope::Stations(vec![station.id]), on_day).await.expect("in force");
        rows.into_iter().map(|(_, _, id)| id).collect::<Vec<_>>()
    };
    assert_eq!(on(day(1, 31)).await, [open]);
    assert_eq!(on(day(2, 1)).await, [open, ended]);
    assert_eq!(on(day(6, 30)).await, [open, ended]);
    assert_eq!(on(day(7, 1)).await, [open]);
    assert!(records_in_force(&db.store, &Scope::Nothing, day(3, 1)).await.expect("in force").is_empty());
}

/// What a station says of itself is all that its profile changes.
async fn a_profile_changes_only_itself(db: &Db) {
    let station = db.station().await;
    let subject = Subject::of_station("station", station.id, &station);
    let mandate = allowed(&of_station(Role::StationManager, &station), Verb::MaintainRecord, &subject);
    act(db, &mandate, async |tx| tx.set_station_profile(station.id, "路1号", "https://a.cn", "40").await)
        .await
        .expect("profile");
    let row = db.store.station(&Scope::All, station.id).await.expect("read").expect("station");
    assert_eq!((row.address.as_str(), row.website.as_str(), row.hs_chapters.as_str()), ("路1号", "https://a.cn", "40"));
    assert_eq!((row.number.as_str(), row.placed()), ("370500001", station));
}

fn firm(uscc: &str, name: &str) -> NewRosterMember {
    NewRosterMember { uscc: uscc.into(), name: name.into(), products: "轮胎 Tyre 100%".into(), ..Default::default() }
}

/// Puts firms and counts, as an import does; answers whether each was new.
async fn put_firms(db: &Db, station: &Placed, firms: &[NewRosterMember]) -> Vec<bool> {
    let subject = Subject::of_station("roster_member", 0, station);
    let mandate = allowed(&of_station(Role::StationClerk, station), Verb::MaintainRoster, &subject);
    let put = act(db, &mandate, async |tx| {
        let mut new = Vec::new();
        for firm in firms {
            new.push(tx.put_roster_member(station.id, firm).await?);
        }
        tx.recount_roster(station.id).await?;
        Ok(new)
    });
    put.await.expect("put")
}

async fn remove(db: &Db, station: &Placed, id: i64) {
    let subject = Subject::of_station("roster_member", id, station);
    let mandate = allowed(&of_station(Role::StationClerk, station), Verb::MaintainRoster, &subject);
    let removed = act(db, &mandate, async |tx| {
        tx.remove_roster_member(id).await?;
        tx.recount_roster(station.id).await
    });
    removed.await.expect("removed");
}

async fn names(db: &Db, station: &Placed, text: Option<&str>) -> Vec<String> {
    let rows = db.store.roster(&Scope::All, station.id, text, None, 100).await.expect("roster");
    rows.into_iter().map(|member| member.name).collect()
}

async fn count(db: &Db, station: &Placed) -> i64 {
    db.store.station(&Scope::All, station.id).await.expect("read").expect("station").firms
}

/// The same code renews a firm, a removed one leaves list and count but stays, and comes back when put again.
async fn a_roster_renews_removes_and_recounts(db: &Db) {
    let station = db.station().await;
    assert_eq!(put_firms(db, &station, &[firm("A", "甲"), firm("B", "乙")]).await, [true, true]);
    assert_eq!(put_firms(db, &station, &[firm("B", "乙二"), firm("C", "丙")]).await, [false, true]);
    assert_eq!(count(db, &station).await, 3);
    let member = db.store.roster(&Scope::All, station.id, Some("乙二"), None, 9).await.expect("roster").remove(0);
    assert!(member.updated_at > member.added_at);

    remove(db, &station, member.id).await;
    assert_eq!((count(db, &station).await, names(db, &station, None).await.len()), (2, 2));
    assert_eq!(db.store.roster_codes(station.id).await.expect("codes").len(), 2);
    let gone = db.store.roster_member(member.id).await.expect("read").expect("stays");
    assert!(gone.removed_at.is_some());

    assert_eq!(put_firms(db, &station, &[firm("B", "乙三")]).await, [false]);
    assert_eq!(db.store.roster_member(member.id).await.expect("read").expect("back").removed_at, None);
    assert_eq!(count(db, &station).await, 3);
}

/// Pages of the roster join; searching finds part of a text in any case and takes wildcards literally.
async fn a_roster_pages_and_searches(db: &Db) {
    let station = db.station().await;
    let firms: Vec<_> = (0..9).map(|n| firm(&format!("U{n}"), &format!("企业{}", n / 3))).collect();
    put_firms(db, &station, &firms).await;
    let whole = db.store.roster(&Scope::All, station.id, None, None, 100).await.expect("roster");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let last = after.as_ref().map(|(name, id): &(String, i64)| (name.as_str(), *id));
        let page = db.store.roster(&Scope::All, station.id, None, last, 2).await.expect("page");
        let Some(last) = page.last() else { break };
        after = Some((last.name.clone(), last.id));
        seen.extend(page.into_iter().map(|member| member.id));
    }
    assert_eq!(seen, whole.iter().map(|member| member.id).collect::<Vec<_>>());
    for (text, found) in [("企业1", 3), ("u4", 1), ("tyre", 9), ("100%", 9), ("1_0", 0), ("\\", 0), ("无", 0)] {
        assert_eq!(names(db, &station, Some(text)).await.len(), found, "{text}");
        let count = db.store.count_roster(&Scope::All, station.id, Some(text)).await.expect("count");
        assert_eq!(usize::try_from(count).expect("few"), found, "{text}");
    }
}

/// A year's past grade is recorded once, and is read with the register it is checked against.
async fn a_past_grade_is_recorded_once(db: &Db) {
    let station = db.station().await;
    let mandate = allowed(&of_province(Role::ProvinceClerk), Verb::MaintainRegistry, &Subject::whole("station", 0));
    let add =
        async |year: i64| act(db, &mandate, async |tx| tx.add_past_grade(station.id, year, "合格", "通知").await).await;
    add(2023).await.expect("recorded");
    add(2024).await.expect("recorded");
    assert!(add(2023).await.expect_err("twice").is_duplicate());
    let years = |grades: Vec<store::duties::PastGrade>| grades.into_iter().map(|g| g.year).collect::<Vec<_>>();
    assert_eq!(years(db.store.past_grades(station.id).await.expect("read")), [2024, 2023]);
    let (stations, grades) = db.store.stations_on_record().await.expect("read");
    assert_eq!((stations[0].id, stations[0].number.as_str()), (station.id, "370500001"));
    assert_eq!(years(grades), [2023, 2024]);
    let mut raw = db.raw().await;
    for sql in ["UPDATE past_grade SET grade = '优秀'", "DELETE FROM past_grade"] {
        assert!(raw.run(sql).await.expect_err(sql).to_string().contains("append-only"), "{sql}");
    }
}

on_both!(
    a_past_grade_is_recorded_once,
    a_record_supersedes,
    records_are_in_force_between_their_days,
    a_profile_changes_only_itself,
    a_roster_renews_removes_and_recounts,
    a_roster_pages_and_searches,
);
