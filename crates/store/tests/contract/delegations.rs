use jiff::civil::date;
use regulation::general::delegation::{Principal, Stage, Unit};
use regulation::general::{Actor, Hand, Mandate, Role, Scope, Subject, Verb};
use store::audit::{AuditFilter, Matter};
use store::general::{NewAccount, NewDelegation};
use store::{Error, Result};

use crate::common::{CITY, Db, OTHER_CITY, act, allowed, of_city, of_province, public};

/// An account of a city, under the role given.
async fn of(db: &Db, username: &str, role: Role, city: &str) -> i64 {
    let new = NewAccount {
        username: username.to_owned(),
        display_name: format!("{username}的名字"),
        role,
        city: Some(city.to_owned()),
        county: None,
        station: None,
        password_hash: "hash".to_owned(),
        must_change: false,
    };
    let mandate = allowed(&Actor::operator(), Verb::CreateAccount, &Subject::whole("account", 0));
    act(db, &mandate, async |tx| tx.add_account(&new).await).await.expect("account")
}

fn delegating(account: i64) -> Mandate {
    let actor = Actor { account, ..of_city(Role::CityApprover, CITY) };
    allowed(&actor, Verb::Delegate, &Subject::own_account("delegation", account))
}

/// From the first to the last of these days of September, as the delegator would give it.
async fn give(db: &Db, delegator: i64, deputy: i64, days: (i64, i64)) -> Result<i64> {
    let (from_on, until_on) = (20_260_900 + days.0, 20_260_900 + days.1);
    let new = NewDelegation { delegator, deputy, from_on, until_on, reason: "休假".to_owned() };
    act(db, &delegating(delegator), async |tx| {
        assert_eq!(tx.hold_accounts([delegator, deputy]).await?.len(), 2);
        tx.add_delegation(&new).await
    })
    .await
}

async fn end(db: &Db, delegator: i64, id: i64) -> Result<()> {
    act(db, &delegating(delegator), async |tx| tx.end_delegation(id, "委托人撤销").await).await
}

async fn stage(db: &Db, id: i64, day: i8) -> Stage {
    let row = db.store.delegation(id).await.expect("read").expect("there");
    row.stage(date(2026, 9, day)).expect("days")
}

/// One person has one deputy at a time; what ended makes room, and ends once.
async fn a_person_has_one_deputy_at_a_time(db: &Db) {
    let zhao = of(db, "zhao", Role::CityApprover, CITY).await;
    let qian = of(db, "qian", Role::CityClerk, CITY).await;
    let sun = of(db, "sun", Role::CityClerk, CITY).await;
    let first = give(db, zhao, qian, (5, 9)).await.expect("given");
    for days in [(9, 12), (1, 5), (6, 7), (1, 30)] {
        let refused = give(db, zhao, sun, days).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{days:?}");
    }
    let later = give(db, zhao, sun, (10, 12)).await.expect("the day after");
    give(db, sun, qian, (5, 9)).await.expect("another's");
    assert_eq!(
        (stage(db, first, 4).await, stage(db, first, 9).await, stage(db, first, 10).await),
        (Stage::Waiting, Stage::Running, Stage::Over)
    );

    end(db, zhao, first).await.expect("ended");
    assert!(matches!(end(db, zhao, first).await, Err(Error::Conflict(_))), "it ended already");
    assert_eq!(stage(db, first, 6).await, Stage::Ended);
    let row = db.store.delegation(first).await.expect("read").expect("there");
    assert_eq!((row.delegator.as_str(), row.deputy.as_str()), ("zhao的名字", "qian的名字"));
    assert_eq!((row.ended_by.as_deref(), row.end_reason.as_deref()), (Some("市局"), Some("委托人撤销")));
    give(db, zhao, sun, (5, 9)).await.expect("there is room now");

    // The tests' day is the first of September: what ran out before it cannot be ended.
    let past = give(db, qian, sun, (-69, -69)).await.expect("given");
    assert!(matches!(end(db, qian, past).await, Err(Error::Conflict(_))), "it is over");

    let given: Vec<i64> = db.store.delegations_by(zhao, 9).await.expect("list").iter().map(|row| row.id).collect();
    assert_eq!(given.len(), 3);
    assert!(given.contains(&later) && given[0] > given[1], "newest first");
    assert_eq!(db.store.delegations_to(sun, 9).await.expect("list").len(), 3);
    let about = async |account, day: i64| {
        let rows = db.store.open_delegations_about(account, 20_260_900 + day).await.expect("list");
        rows.iter().map(|row| (row.delegator_id, row.deputy_id)).collect::<Vec<_>>()
    };
    assert_eq!(about(sun, 9).await, [(sun, qian), (zhao, sun), (zhao, sun)], "first ending first");
    assert_eq!(about(sun, 10).await, [(zhao, sun)]);
    assert_eq!(about(sun, 13).await, []);
}

/// Everybody's, by their last day, page by page; only administrators' scope sees any.
async fn the_register_lists_what_is_open(db: &Db) {
    let deputy = of(db, "deputy", Role::CityClerk, CITY).await;
    for n in 1..=5 {
        let account = of(db, &format!("u{n}"), Role::CityApprover, CITY).await;
        let last = if n == 5 { 3 } else { 10 + n / 2 };
        give(db, account, deputy, (2, last)).await.expect("given");
    }
    let page = async |after| {
        let rows = db.store.open_delegations(&Scope::All, 20_260_904, after, 2).await.expect("list");
        rows.iter().map(|row| (row.until_on, row.id)).collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    let mut after = (0, 0);
    loop {
        let rows = page(after).await;
        let Some(last) = rows.last() else { break };
        after = *last;
        seen.extend(rows);
    }
    assert_eq!(
        seen.iter().map(|(until, _)| *until).collect::<Vec<_>>(),
        [20_260_910, 20_260_911, 20_260_911, 20_260_912]
    );
    let city = Scope::City(CITY.to_owned());
    assert!(db.store.open_delegations(&city, 0, (0, 0), 9).await.expect("list").is_empty());
}

/// An account disabled or granted another role ends what it gave and was given, for good.
async fn a_delegation_ends_with_the_account_of_either(db: &Db) {
    let zhao = of(db, "zhao", Role::CityApprover, CITY).await;
    let qian = of(db, "qian", Role::CityClerk, CITY).await;
    let sun = of(db, "sun", Role::CityClerk, CITY).await;
    let given = give(db, zhao, qian, (1, 9)).await.expect("given");
    let received = give(db, sun, zhao, (1, 9)).await.expect("given");
    let others = give(db, qian, sun, (1, 9)).await.expect("given");
    let admin = of_province(Role::SystemAdmin);
    let mandate = allowed(&admin, Verb::CreateAccount, &Subject::whole("account", zhao));
    act(db, &mandate, async |tx| tx.set_disabled(zhao, true).await).await.expect("disabled");
    act(db, &mandate, async |tx| tx.set_disabled(zhao, false).await).await.expect("enabled");
    for id in [given, received] {
        let row = db.store.delegation(id).await.expect("read").expect("there");
        assert_eq!((row.end_reason.as_deref(), row.ended_by.as_deref()), (Some("账户停用"), Some("省厅")));
    }
    assert_eq!(stage(db, others, 2).await, Stage::Running);

    let grants = of_province(Role::SecurityAdmin);
    let mandate = allowed(&grants, Verb::GrantRole, &Subject::whole("account", sun));
    let other = async |tx: &mut store::Tx<'_>| {
        tx.grant_role(sun, Role::CityClerk, Some(OTHER_CITY.to_owned()), None, None).await
    };
    act(db, &mandate, other).await.expect("granted");
    let row = db.store.delegation(others).await.expect("read").expect("there");
    assert_eq!(row.end_reason.as_deref(), Some("角色变更"));
}

/// A browser is put under a delegation and back; it knows in whose place, until when, and that it ended.
async fn a_session_knows_in_whose_place_it_acts(db: &Db) {
    let zhao = of(db, "zhao", Role::CityApprover, CITY).await;
    let qian = of(db, "qian", Role::CityClerk, CITY).await;
    let sign = allowed(&public(), Verb::SignIn, &Subject::own_account("session", qian));
    act(db, &sign, async |tx| tx.open_session("t", "csrf", qian, false).await).await.expect("session");
    let id = give(db, zhao, qian, (5, 9)).await.expect("given");
    let clerk = Actor { account: qian, ..of_city(Role::CityClerk, CITY) };
    let standing = allowed(&clerk, Verb::StandIn, &Subject::own_account("delegation", qian));
    let on = async |day| {
        let session = db.store.session("t").await.expect("read").expect("session");
        session.standing_in(date(2026, 9, day)).expect("days")
    };
    assert!(on(6).await.is_none());
    act(db, &standing, async |tx| tx.stand_in("t", Some(id)).await).await.expect("standing in");
    let known = on(9).await.expect("standing in");
    let principal = Principal { account: zhao, name: "zhao的名字".to_owned(), role: Role::CityApprover };
    assert_eq!((known.delegation, known.principal, known.until), (id, principal, 20_260_909));
    assert_eq!(known.stage, Stage::Running);
    assert_eq!(on(10).await.map(|known| known.stage), Some(Stage::Over));
    end(db, zhao, id).await.expect("ended");
    assert_eq!(on(9).await.map(|known| known.stage), Some(Stage::Ended));
    act(db, &standing, async |tx| tx.stand_in("t", None).await).await.expect("back");
    assert!(on(9).await.is_none());
    let session = db.store.session("t").await.expect("read").expect("session");
    assert_eq!(session.actor().expect("actor").role, Role::CityClerk, "the session's own actor is nobody else's");
}

/// Only people of the unit who can sign in.
async fn colleagues_are_of_the_unit(db: &Db) {
    let zhao = of(db, "zhao", Role::CityApprover, CITY).await;
    let qian = of(db, "qian", Role::CityClerk, CITY).await;
    let gone = of(db, "gone", Role::CityClerk, CITY).await;
    of(db, "other", Role::CityClerk, OTHER_CITY).await;
    of(db, "county", Role::County, CITY).await;
    let admin = allowed(&of_province(Role::SystemAdmin), Verb::CreateAccount, &Subject::whole("account", gone));
    act(db, &admin, async |tx| tx.set_disabled(gone, true).await).await.expect("disabled");
    let of_unit = async |unit: Unit, besides| -> Vec<i64> {
        let rows = db.store.colleagues(&unit, besides).await.expect("list");
        rows.iter().map(|row| row.id).collect()
    };
    let city = Unit::City(CITY.to_owned());
    assert_eq!(of_unit(city.clone(), 0).await, [zhao, qian]);
    assert_eq!(of_unit(city, zhao).await, [qian]);
    assert!(of_unit(Unit::Province, 0).await.is_empty());
    assert!(of_unit(Unit::County(CITY.to_owned()), 0).await.is_empty());
    assert!(of_unit(Unit::Station(1), 0).await.is_empty());
    let held = db.store.colleagues(&Unit::City(CITY.to_owned()), zhao).await.expect("list").remove(0);
    assert_eq!(held.actor().expect("actor").city.as_deref(), Some(CITY));
}

fn instead(account: i64, of: i64, role: Role) -> Actor {
    let principal = Principal { account: of, name: "赵某".to_owned(), role };
    let own = Actor { account, name: "钱某".to_owned(), ..of_city(Role::CityClerk, CITY) };
    own.in_place_of(&principal)
}

/// The audit row of an act in another's place names both, is found by both, and is sealed with both.
async fn an_act_in_anothers_place_is_on_record_with_both(db: &Db) {
    let station = db.station().await;
    let subject = Subject { noun: "inspection", id: 2026, ..Subject::of_station("inspection", 2026, &station) };
    let check = |actor: &Actor| allowed(actor, Verb::CheckMaterial, &subject);
    let note = async |mandate: &Mandate| act(db, mandate, async |tx| Ok(tx.note("核查"))).await.expect("noted");
    let clerk = Actor { account: 7, name: "孙某".to_owned(), ..of_city(Role::CityClerk, CITY) };
    note(&check(&clerk)).await;
    note(&check(&instead(1, 2, Role::CityClerk))).await;
    let found = async |account, delegated| {
        let rows = db.store.audit_page(&AuditFilter { account, delegated }, None, 9).await.expect("page");
        rows.iter().map(|row| (row.actor.clone(), row.account_id, row.instead_of)).collect::<Vec<_>>()
    };
    let both = ("钱某（代赵某）".to_owned(), 1, Some(2));
    assert_eq!(found(Some(1), false).await, [both.clone()], "by who did it");
    assert_eq!(found(Some(2), false).await, [both.clone()], "by whose place it was done in");
    assert_eq!(found(None, true).await, [both.clone()]);
    assert_eq!(found(Some(7), true).await, []);
    assert_eq!(found(None, false).await.len(), 3, "with the station's own row");
    assert_eq!(db.store.audit_of("inspection", 2026).await.expect("log")[0].actor, both.0);

    db.store.seal().await.expect("sealed");
    db.store.verify_audit(None).await.expect("read").expect("intact");
    let mut raw = db.raw().await;
    raw.disarm_audit().await;
    for forged in ["9", "NULL"] {
        raw.must(&[&format!("UPDATE audit SET instead_of = {forged} WHERE instead_of IS NOT NULL OR id = 3")]).await;
        let broken = db.store.verify_audit(None).await.expect("read").expect_err("tampered");
        assert_eq!(broken.position, 3, "{forged}");
    }
}

/// Who did a step is told by thing, station and act; whoever did it for all is told for each.
async fn hands_are_told_by_thing_and_act(db: &Db) {
    let (one, other) = (db.station_in("1", CITY, None).await, db.station_in("2", CITY, None).await);
    let clerk = Actor { account: 7, name: "孙某".to_owned(), ..of_city(Role::CityClerk, CITY) };
    let province = of_province(Role::ProvinceClerk);
    let note = async |mandate: &Mandate| act(db, mandate, async |tx| Ok(tx.note("办理"))).await.expect("noted");
    let of = |station| Subject::of_station("inspection", 2026, station);
    note(&allowed(&clerk, Verb::CheckMaterial, &of(&one))).await;
    note(&allowed(&clerk, Verb::CheckMaterial, &of(&one))).await;
    note(&allowed(&instead(1, 2, Role::CityClerk), Verb::CheckMaterial, &of(&other))).await;
    note(&allowed(&province, Verb::AcceptMaterial, &Subject::whole("inspection", 2026))).await;
    let years = [2026];
    let hands = async |stations: &[i64], verbs: &[Verb]| {
        let matter = Matter { stations, ..Matter::new("inspection", &years) };
        let mut hands = db.store.hands(&[matter], verbs).await.expect("read");
        hands.sort_by_key(|hand| hand.account);
        hands
    };
    let deputy =
        Hand { verb: Verb::CheckMaterial, account: 1, instead_of: Some(2), name: "钱某（代赵某）".to_owned() };
    let own = Hand { verb: Verb::CheckMaterial, account: 7, instead_of: None, name: "孙某".to_owned() };
    let both = [Verb::CheckMaterial, Verb::AcceptMaterial];
    assert_eq!(hands(&[], &[Verb::CheckMaterial]).await, [deputy.clone(), own.clone()], "once each");
    assert_eq!(hands(&[one.id], &both).await.iter().map(|hand| hand.account).collect::<Vec<_>>(), [7, 10]);
    assert_eq!(hands(&[other.id], &both).await[0], deputy);
    assert_eq!(hands(&[one.id, other.id], &both).await.len(), 3);
    assert_eq!(hands(&[], &[]).await, []);
    assert!(db.store.hands(&[Matter::new("inspection", &[2025])], &both).await.expect("read").is_empty());
    let none: [i64; 0] = [];
    let several = [Matter::new("application", &none), Matter::new("inspection", &years), Matter::new("panel", &[1])];
    assert_eq!(db.store.hands(&several, &both).await.expect("read").len(), 3);
}

/// Plain SQL ends a delegation once and changes nothing else of it.
async fn the_database_keeps_a_delegation_as_it_was(db: &Db) {
    let zhao = of(db, "zhao", Role::CityApprover, CITY).await;
    let qian = of(db, "qian", Role::CityClerk, CITY).await;
    let id = give(db, zhao, qian, (5, 9)).await.expect("given");
    let mut raw = db.raw().await;
    let refused = async |raw: &mut crate::common::Raw, sql: &str| {
        let error = raw.run(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    };
    for column in ["delegator_id", "deputy_id", "from_on", "until_on", "given_at"] {
        refused(&mut raw, &format!("UPDATE delegation SET {column} = {column} + 1")).await;
    }
    refused(&mut raw, "UPDATE delegation SET reason = 'x'").await;
    refused(&mut raw, "DELETE FROM delegation").await;
    end(db, zhao, id).await.expect("ended");
    refused(&mut raw, "UPDATE delegation SET ended_at = NULL").await;
}

on_both!(
    a_person_has_one_deputy_at_a_time,
    the_register_lists_what_is_open,
    a_delegation_ends_with_the_account_of_either,
    a_session_knows_in_whose_place_it_acts,
    colleagues_are_of_the_unit,
    an_act_in_anothers_place_is_on_record_with_both,
    hands_are_told_by_thing_and_act,
    the_database_keeps_a_delegation_as_it_was,
);
