//! Applications: who sees them, how they move, what stays as it was.

use jiff::civil::date;
use regulation::admission::{Route, Stage, Step};
use regulation::general::{Actor, Due, Role, Scope, Subject, Verb};
use store::admission::{Application, ApplicationFilter, Draft, NewApplication, NewCheck, NewRound};

use crate::common::{CITY, COUNTY, Db, OTHER_CITY, act, allowed, of_city, of_province};

/// A round and an application begun in it. Returns both keys and the applicant.
async fn begun(db: &Db) -> (i64, i64, Actor) {
    db.cycle().await;
    let new = NewRound {
        year: 2026,
        name: "2026年度工作站申报".into(),
        edition_id: "draft".into(),
        city_due: 20_260_430,
        direct_due: 20_260_601,
        forwarding_due: 20_260_601,
        review_due: 20_260_731,
        contact: "示例处".into(),
    };
    let open = allowed(&of_province(Role::ProvinceApprover), Verb::OpenRound, &Subject::whole("admission_round", 0));
    let round = act(db, &open, async |tx| tx.open_round(&new).await).await.expect("round");
    assert!(act(db, &open, async |tx| tx.open_round(&new).await).await.expect_err("twice").is_duplicate());
    let account = db.account("xiehui", Role::Applicant).await.expect("account");
    let applicant = Actor { account, name: "示例协会".into(), role: Role::Applicant, ..Actor::public() };
    let new = NewApplication {
        round,
        year: 2026,
        account,
        name: "示例协会".into(),
        uscc: "91110000101623741K".into(),
        kind: "association".into(),
        city: CITY.into(),
        county: Some(COUNTY.into()),
        form: "{}".into(),
    };
    let file = allowed(&applicant, Verb::FileApplication, &Subject::own_account("application", account));
    let id = act(db, &file, async |tx| tx.begin_application(&new).await).await.expect("application");
    assert!(act(db, &file, async |tx| tx.begin_application(&new).await).await.expect_err("twice").is_duplicate());
    (round, id, applicant)
}

async fn own(db: &Db, applicant: &Actor, id: i64) -> Application {
    db.store.application(&Scope::Nothing, applicant.account, id).await.expect("read").expect("there")
}

fn submit() -> Step {
    let at = date(2026, 4, 30).at(23, 59, 59, 0);
    Step::Submit { at, route: Route::City, due: Due::day(date(2026, 4, 30)), gaps: 0 }
}

async fn hand_in(db: &Db, applicant: &Actor, id: i64) {
    let row = own(db, applicant, id).await;
    let file = allowed(applicant, Verb::FileApplication, &Subject::own_account("application", applicant.account));
    let work = async |tx: &mut store::Tx<'_>| {
        tx.add_application_version(&row, "[]", "2026-1-1").await?;
        tx.step_application(id, submit(), "").await
    };
    act(db, &file, work).await.expect("written").expect("allowed");
}

async fn a_draft_is_its_applicants_and_what_is_handed_in_its_areas(db: &Db) {
    let (round, id, applicant) = begun(db).await;
    let filter = ApplicationFilter { round: Some(round), ..ApplicationFilter::default() };
    let ours = [Scope::All, Scope::City(CITY.into()), Scope::County(COUNTY.into())];
    let theirs = [
        Scope::City(OTHER_CITY.into()),
        Scope::County("370602".into()),
        Scope::Stations(vec![1, 2]),
        Scope::Stations(vec![]),
    ];
    let seen = async |scope: &Scope, account: i64| {
        let one = db.store.application(scope, account, id).await.expect("read").is_some();
        let list = db.store.application_register(scope, account, &filter, i64::MAX, 10).await.expect("list").len();
        assert_eq!(usize::from(one), list, "{scope:?}");
        one
    };
    assert!(seen(&Scope::Nothing, applicant.account).await);
    assert!(!seen(&Scope::Nothing, applicant.account + 1).await);
    for scope in ours.iter().chain(&theirs) {
        assert!(!seen(scope, applicant.account).await, "a draft through {scope:?}");
    }
    hand_in(db, &applicant, id).await;
    for scope in &ours {
        assert!(seen(scope, 0).await, "{scope:?}");
        assert_eq!(db.store.application_stages(scope, round).await.expect("counts"), [("city_review".to_owned(), 1)]);
    }
    for scope in &theirs {
        assert!(!seen(scope, 0).await, "{scope:?}");
        assert!(db.store.application_stages(scope, round).await.expect("counts").is_empty(), "{scope:?}");
    }
}

async fn a_stage_moves_by_the_law_and_one_is_first(db: &Db) {
    let (_, id, applicant) = begun(db).await;
    let before = own(db, &applicant, id).await;
    hand_in(db, &applicant, id).await;
    let now = own(db, &applicant, id).await;
    assert_eq!(now.stage().expect("stage"), Stage::CityReview { first: date(2026, 4, 30).at(23, 59, 59, 0) });
    // What was read before it was handed in can no longer be saved or handed in.
    let file = allowed(&applicant, Verb::FileApplication, &Subject::own_account("application", applicant.account));
    let saved = act(db, &file, async |tx| tx.save_application(id, &before.stage, &Draft::default()).await).await;
    assert!(matches!(saved, Err(store::Error::Conflict(_))), "{saved:?}");
    let again = act(db, &file, async |tx| tx.add_application_version(&before, "[]", "2026-1-2").await).await;
    assert!(matches!(again, Err(store::Error::Conflict(_))), "{again:?}");
    let refused = act(db, &file, async |tx| tx.step_application(id, Step::Accept, "").await).await.expect("read");
    assert_eq!(refused.expect_err("refused").basis, "办法第八条（三）");
    // Withdrawn, officials still find it under the time it was first handed in.
    act(db, &file, async |tx| tx.step_application(id, Step::Withdraw, "有误").await)
        .await
        .expect("ok")
        .expect("allowed");
    let row = own(db, &applicant, id).await;
    assert_eq!((row.stage.as_str(), row.first_at), ("withdrawn", now.first_at));
    let steps = db.store.application_steps(id).await.expect("steps");
    assert_eq!(steps.iter().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["递交", "撤回"]);
}

fn said(text: &'static str) -> store::general::NewCountyOpinion<'static> {
    store::general::NewCountyOpinion { text, findings: "" }
}

async fn what_was_handed_in_and_ticked_never_changes(db: &Db) {
    let (round, id, applicant) = begun(db).await;
    hand_in(db, &applicant, id).await;
    let row = own(db, &applicant, id).await;
    let subject = Subject { city: Some(CITY.into()), ..Subject::whole("application", id) };
    let check = allowed(&of_city(Role::CityClerk, CITY), Verb::CheckApplication, &subject);
    let tick = NewCheck { item: "6-1", met: true, note: String::new() };
    act(db, &check, async |tx| tx.add_application_checks(&row, "city", &[tick]).await).await.expect("ticked");
    let forward = allowed(&of_city(Role::CityApprover, CITY), Verb::ForwardApplications, &subject.after(Vec::new()));
    let work = async |tx: &mut store::Tx<'_>| {
        let new =
            store::general::NewPaper { kind: "application.forwarding", noun: "admission_round", ..Default::default() };
        let paper = tx.add_paper(&new).await?;
        tx.add_forwarding(round, CITY, 1, true, paper).await
    };
    act(db, &forward, work).await.expect("forwarded");
    let place = Subject { city: Some(CITY.into()), county: Some(COUNTY.into()), ..Subject::whole("application", id) };
    let county = Actor { role: Role::County, county: Some(COUNTY.into()), ..of_city(Role::CityClerk, CITY) };
    let give = allowed(&county, Verb::GiveCountyOpinion, &place);
    act(db, &give, async |tx| tx.add_county_opinion(&row, said("属实")).await).await.expect("given");
    let opinions = db.store.county_opinions(id).await.expect("read");
    assert_eq!(opinions.iter().map(|o| (o.version, o.text.as_str())).collect::<Vec<_>>(), [(1, "属实")]);
    // The city concluded after the county read the page: the opinion comes too late.
    act(db, &check, async |tx| tx.step_application(id, Step::Pass { unmet: 0 }, "").await)
        .await
        .expect("ok")
        .expect("passed");
    let late = act(db, &give, async |tx| tx.add_county_opinion(&row, said("迟")).await).await;
    assert!(matches!(late, Err(store::Error::Conflict(_))), "{late:?}");
    let mut raw = db.raw().await;
    for (table, column) in [
        ("county_opinion", "text"),
        ("application_version", "form"),
        ("application_step", "note"),
        ("application_check", "note"),
        ("forwarding", "city"),
    ] {
        for sql in [format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}")] {
            let error = raw.run(&sql).await.expect_err(&sql).to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }
    assert_eq!(db.store.forwardings(round, Some(OTHER_CITY)).await.expect("read").len(), 0);
    assert_eq!(db.store.forwardings(round, Some(CITY)).await.expect("read")[0].late, 1);
}

on_both!(
    a_draft_is_its_applicants_and_what_is_handed_in_its_areas,
    a_stage_moves_by_the_law_and_one_is_first,
    what_was_handed_in_and_ticked_never_changes,
);
