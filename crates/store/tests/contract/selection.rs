//! Panels, reviews, notices and objections: what is locked stays, what stands alone stands alone.

use regulation::admission::Step;
use regulation::admission::panel::Seat;
use regulation::general::draw::Draw;
use regulation::general::{Actor, Role, Scope, Subject, Verb};
use store::Error;
use store::admission::{NewExpert, NewObjection, NewRound, NewShortlisting, Typed};
use store::general::{NewPaper, NewPublication};
use store::query::Query;

use crate::common::{Db, act, allowed, of_province};

/// A round with one application under review, and three experts. Returns the application.
async fn begin(db: &Db) -> i64 {
    db.cycle().await;
    let open = allowed(&of_province(Role::ProvinceApprover), Verb::OpenRound, &Subject::whole("admission_round", 0));
    let round = NewRound {
        year: 2026,
        name: "2026年".to_owned(),
        edition_id: "draft".to_owned(),
        city_due: 20_260_430,
        direct_due: 20_260_601,
        forwarding_due: 20_260_601,
        review_due: 20_260_731,
        contact: String::new(),
    };
    act(db, &open, async |tx| tx.open_round(&round).await).await.expect("round");
    let account = db.account("unit", Role::Applicant).await.expect("account");
    let registry = allowed(&Actor::operator(), Verb::MaintainRegistry, &Subject::whole("application", 0));
    let application = async |tx: &mut store::Tx<'_>| {
        let query = Query::new(
            "INSERT INTO application (round_id, account_id, number, route, direct_ground, name, uscc, kind, city, \
             station_name, industry_code, industry, comprehensive, hs_chapters, address, website, form, stage, first_at, \
             versions, city_late, created_at, saved_at) VALUES (1, $1, '1', 'city', '', '协会', 'U1', 'association', \
             '370500', '', '', '', 0, '', '', '', '{}', 'panel_review', 1, 1, 0, 0, 0) RETURNING id",
        );
        tx.insert(query.bind(account)).await
    };
    let application = act(db, &registry, application).await.expect("application");
    for n in 1..=3 {
        let keep = allowed(&of_province(Role::ProvinceClerk), Verb::MaintainExperts, &Subject::whole("expert", 0));
        let new = NewExpert { name: format!("专家{n}"), unit: format!("大学{n}"), ..NewExpert::default() };
        act(db, &keep, async |tx| tx.add_expert(&new, &format!("expert-{n}"), "hash").await).await.expect("expert");
    }
    application
}

async fn panel(db: &Db, application: i64) -> i64 {
    let draw = allowed(&of_province(Role::ProvinceClerk), Verb::DrawPanel, &Subject::whole("panel", 0));
    let drawn = Draw::new("种子", &[1, 2, 3], 3);
    act(db, &draw, async |tx| {
        let panel = tx.add_panel(1, "第1组", 3, &[application]).await?;
        tx.add_draw(panel, &drawn, &[], "组成专家组").await?;
        Ok(panel)
    })
    .await
    .expect("panel")
}

async fn a_locked_review_is_locked_for_everyone(db: &Db) {
    let application = begin(db).await;
    let panel = panel(db, application).await;
    let seat = db.store.seats(panel).await.expect("seats")[0].clone();
    let expert = Actor { account: seat.account_id, role: Role::Expert, ..Actor::public() };
    let own = Subject::own_account("review", seat.account_id);
    let review = allowed(&expert, Verb::ReviewApplication, &own);
    let typed = |opinion: &str| Typed { marks: "{}".to_owned(), agree: Some(true), opinion: opinion.to_owned() };
    for opinion in ["第一稿", "第二稿"] {
        let typed = typed(opinion);
        act(db, &review, async |tx| tx.save_review(seat.id, application, &typed).await).await.expect("saved");
    }
    act(db, &review, async |tx| tx.lock_review(seat.id, application, 905).await).await.expect("locked");
    let late = typed("第三稿");
    let saved = act(db, &review, async |tx| tx.save_review(seat.id, application, &late).await).await;
    assert!(matches!(saved, Err(Error::Conflict(_))), "{saved:?}");
    let again = act(db, &review, async |tx| tx.lock_review(seat.id, application, 100).await).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let kept = db.store.own_reviews(seat.id).await.expect("read");
    assert_eq!((kept[0].opinion.as_str(), kept[0].total), ("第二稿", Some(905)));
    let mut raw = db.raw().await;
    for sql in ["UPDATE review SET total = 1000", "DELETE FROM review", "UPDATE panel_draw SET seed = 'x'"] {
        assert!(raw.run(sql).await.expect_err(sql).to_string().contains("append-only"), "{sql}");
    }
    // Nobody's seat is anybody else's.
    let other = db.store.seats(panel).await.expect("seats")[1].clone();
    assert!(db.store.own_reviews(other.id).await.expect("read").is_empty());
    assert!(db.store.seats_of(other.account_id).await.expect("read").is_empty(), "drawn, not yet invited");
}

async fn an_invitation_opens_once(db: &Db) {
    let application = begin(db).await;
    let panel = panel(db, application).await;
    let draw = allowed(&of_province(Role::ProvinceClerk), Verb::DrawPanel, &Subject::whole("panel", panel));
    let seat = db.store.seats(panel).await.expect("seats")[0].clone();
    act(db, &draw, async |tx| tx.invite(&seat, &Seat::Invited, "h1", 20_260_910).await).await.expect("invited");
    // The page that still shows the seat as it was comes too late.
    let stale = act(db, &draw, async |tx| tx.invite(&seat, &Seat::Invited, "h2", 20_260_910).await).await;
    assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");
    assert!(db.store.invited_seat("h1").await.expect("read").is_some());
    act(db, &draw, async |tx| tx.use_invitation(seat.id, "h1").await).await.expect("used");
    let twice = act(db, &draw, async |tx| tx.use_invitation(seat.id, "h1").await).await;
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
    assert!(db.store.invited_seat("h1").await.expect("read").is_none());
    // One application, one panel.
    let second = act(db, &draw, async |tx| tx.add_panel(1, "第2组", 3, &[application]).await).await;
    assert!(matches!(second, Err(Error::Conflict(_))), "{second:?}");
    assert_eq!(db.store.experts(&Scope::City("370500".to_owned()), None, None, 10).await.expect("read").len(), 0);
    assert_eq!(db.store.experts(&Scope::All, Some("大学2"), None, 10).await.expect("read").len(), 1);
}

async fn a_choice_a_ruling_and_a_confirmation_are_made_once(db: &Db) {
    let application = begin(db).await;
    let approver = of_province(Role::ProvinceApprover);
    let publish = allowed(&approver, Verb::PublishNotice, &Subject::whole("admission_round", 1).after(Vec::new()));
    let new = NewPublication { kind: "notice", noun: "admission_round", noun_id: 1, ..NewPublication::default() };
    let paper = NewPaper { kind: "x", noun: "x", ..NewPaper::default() };
    let (notice, paper) = act(db, &publish, async |tx| {
        let shortlist = Step::Shortlist { locked: 3, needed: 3, passed: true };
        tx.step_application(application, shortlist, "").await?.expect("allowed");
        let notice = tx.publish(&new).await?;
        tx.add_notice_entry(notice, application).await?;
        Ok((notice, tx.add_paper(&paper).await?))
    })
    .await
    .expect("published");
    let choose = NewShortlisting { application, chosen: true, place: 1, reason: String::new() };
    act(db, &publish, async |tx| tx.add_shortlisting(1, &choose).await).await.expect("chosen");
    let again = act(db, &publish, async |tx| tx.add_shortlisting(1, &choose).await).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let raise = allowed(&Actor::public(), Verb::RaiseObjection, &Subject::whole("objection", 0));
    let objection = NewObjection { publication: notice, code: "c1".to_owned(), ..NewObjection::default() };
    let id = act(db, &raise, async |tx| tx.add_objection(&objection).await).await.expect("raised");
    assert_eq!(act(db, &publish, async |tx| tx.open_objections(notice).await).await.expect("counted"), 1);
    let rule = async |tx: &mut store::Tx<'_>| tx.rule_on_objection(id, "dismissed", "理由", paper).await;
    act(db, &publish, rule).await.expect("ruled");
    assert!(matches!(act(db, &publish, rule).await, Err(Error::Conflict(_))));
    assert_eq!(act(db, &publish, async |tx| tx.open_objections(notice).await).await.expect("counted"), 0);
    assert!(db.store.objection_by_code(notice + 1, "c1").await.expect("read").is_none(), "of another notice");
    let station = db.station().await;
    let confirm =
        async |tx: &mut store::Tx<'_>| tx.add_station_confirmation(application, station.id, notice, notice).await;
    act(db, &publish, confirm).await.expect("confirmed");
    assert!(matches!(act(db, &publish, confirm).await, Err(Error::Conflict(_))));
    let mut raw = db.raw().await;
    for table in ["shortlisting", "notice_entry", "objection", "objection_ruling", "station_confirmation"] {
        let sql = format!("DELETE FROM {table}");
        assert!(raw.run(&sql).await.expect_err(&sql).to_string().contains("append-only"), "{sql}");
    }
}

on_both!(
    a_locked_review_is_locked_for_everyone,
    an_invitation_opens_once,
    a_choice_a_ruling_and_a_confirmation_are_made_once,
);
