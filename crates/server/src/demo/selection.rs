//! Last year's round up to the station it made; and this year's on its way from the panel to confirmation: one panel
//! summed up, a notice that stands, an objection that waits, and an application for which a panel is still to be drawn.
//! Through the calls that do it for real.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use regulation::admission::form::Unit;
use regulation::admission::panel::{Seat, Terms, outcome};
use regulation::admission::{Desk, Route, Stage, Step};
use regulation::general::draw::{Draw, seed};
use regulation::general::{Actor, Due, Mandate, Role, Subject, Verb, may};
use store::admission::{Draft, Excluded, NewApplication, NewExpert, NewObjection, NewShortlisting, Typed};
use store::general::{NewAccount, NewPublication};

use super::cast::Cast;
use super::luck::Luck;
use super::names;
use super::{PASSWORD, applications};
use crate::admission::cases::{self, Case};
use crate::admission::objections::Notice;
use crate::admission::panels::{OutcomeView, locked_of};
use crate::admission::{confirmation, notices, review_paper};
use crate::app::App;
use crate::auth;
use crate::clock::Clock;
use crate::config::Settings;
use crate::error::Fault;

/// Unit, industry class, industry, HS chapters.
type Candidate = (&'static str, &'static str, &'static str, &'static str);

const UNITS: [Candidate; 4] = [
    ("示例海洋装备行业协会", "373", "海洋工程装备", "89"),
    ("示例家用电器行业协会", "385", "家用电器", "84、85"),
    ("示例工艺品进出口商会", "243", "工艺美术品", "67"),
    ("示例水产品流通协会", "136", "水产品加工", "03、16"),
];

/// The unit that became a station last year.
const CONFIRMED: Candidate = ("示例园林机械行业协会", "357", "园林机械", "84");

struct Scene<'a> {
    app: &'a App,
    cast: &'a Cast,
    today: Date,
    now: Timestamp,
}

impl<'a> Scene<'a> {
    fn new(app: &'a App, cast: &'a Cast) -> Scene<'a> {
        Scene { app, cast, today: app.clock.today(), now: app.clock.now() }
    }

    fn mandate(&self, username: &str, verb: Verb, noun: &'static str) -> anyhow::Result<Mandate> {
        // Every step of the sample is its own person's.
        Ok(may(self.cast.person(username)?, verb, &Subject::whole(noun, 0).after(Vec::new()), self.today)?)
    }

    fn own(&self, actor: &Actor, verb: Verb, noun: &'static str) -> anyhow::Result<Mandate> {
        Ok(may(actor, verb, &Subject::own_account(noun, actor.account), self.today)?)
    }
}

/// Adds both rounds to a sample province.
///
/// # Errors
/// Fails when the database does.
pub async fn write(app: &App, cast: &Cast, random: u64) -> anyhow::Result<()> {
    let hash = auth::hash_now(PASSWORD)?;
    of_last_year(app, cast, random, &hash).await?;
    let scene = Scene::new(app, cast);
    let round = round(&scene).await?;
    let mut ids = Vec::new();
    for (n, unit) in UNITS.iter().enumerate() {
        ids.push(application(&scene, round, n, unit, &hash).await?);
    }
    let (notice, case) = list(&scene, round, &ids[..3]).await?;
    objection(&scene, notice, case).await
}

/// Last year's round: opened in March, applied to in April, reviewed in July, and confirmed on the day after the
/// notice's last.
async fn of_last_year(app: &App, cast: &Cast, random: u64, hash: &str) -> anyhow::Result<()> {
    let year = app.clock.today().year() - 1;
    let opened = at(app, date(year, 3, 3)).await?;
    let round = round(&Scene::new(&opened, cast)).await?;
    let filed = at(app, date(year, 4, 8)).await?;
    let id = application(&Scene::new(&filed, cast), round, UNITS.len(), &CONFIRMED, hash).await?;
    let then = at(app, date(year, 7, 7)).await?;
    let scene = Scene::new(&then, cast);
    experts(&scene, &mut Luck::new(random, "panel experts"), hash).await?;
    let (notice, _) = list(&scene, round, &[id]).await?;
    let after = at(app, notices::until(&then).on.tomorrow()?).await?;
    let scene = Scene::new(&after, cast);
    let notice = Notice::of(&after, notice).await.map_err(failed)?;
    let lines = confirmation::proposed(&after, &notice).await.map_err(failed)?;
    let mandate = scene.mandate("province.approve", Verb::ConfirmStation, "publication")?;
    confirmation::write(&after, &mandate, &notice, &lines).await.map_err(|failed| anyhow::anyhow!("{failed:?}"))
}

/// The same province at ten in the morning of a day gone by.
async fn at(app: &App, day: Date) -> anyhow::Result<App> {
    let clock = Clock::fixed(super::when(day, 10, 0));
    App::new(app.store.clone(), app.objects.clone(), clock, Settings::default()).await
}

fn failed(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{fault:?}")
}

/// Has a panel review these applications and puts up its shortlist; the notice, and who stands first on it.
async fn list(scene: &Scene<'_>, round: i64, ids: &[i64]) -> anyhow::Result<(i64, Option<i64>)> {
    let all = cases::of_round(scene.app, round).await.map_err(failed)?;
    let reviewed: Vec<Case> = all.into_iter().filter(|case| ids.contains(&case.id)).collect();
    panel(scene, round, &reviewed).await?;
    notice(scene, round).await
}

async fn round(scene: &Scene<'_>) -> anyhow::Result<i64> {
    let year = scene.today.year();
    let there = scene.app.store.rounds().await?.into_iter().find(|round| round.year == i64::from(year));
    if let Some(round) = there {
        return Ok(round.id);
    }
    let mandate = scene.mandate("province.approve", Verb::OpenRound, "admission_round")?;
    applications::open(&scene.app.store, &scene.app.present().edition, &mandate, year, scene.now).await
}

/// The accounts of the applicants under review, and of the one that is a station now.
pub fn lines() -> impl Iterator<Item = (Role, String)> {
    let confirmed = (Role::StationManager, username(UNITS.len()));
    (0..UNITS.len()).map(|n| (Role::Applicant, username(n))).chain([confirmed])
}

fn username(n: usize) -> String {
    format!("applicant.demo{}", n + 1)
}

/// An application accepted for review, under an account one can sign in to.
async fn application(
    scene: &Scene<'_>,
    round: i64,
    n: usize,
    &(unit, class, industry, chapters): &Candidate,
    hash: &str,
) -> anyhow::Result<i64> {
    let present = scene.app.present();
    let areas = &present.edition.head.areas;
    let city = areas.get(n * 3 % areas.len()).map(|area| area.code.clone()).unwrap_or_default();
    let account = NewAccount {
        username: username(n),
        display_name: unit.to_owned(),
        role: Role::Applicant,
        city: None,
        county: None,
        station: None,
        password_hash: hash.to_owned(),
        must_change: false,
    };
    let create = may(&Actor::operator(), Verb::CreateAccount, &Subject::whole("account", 0), scene.today)?;
    let mut tx = scene.app.store.begin(&create, scene.now).await?;
    let account = tx.add_account(&account).await?;
    tx.commit().await?;
    let actor = Actor { account, name: unit.to_owned(), role: Role::Applicant, ..Actor::public() };
    let file = scene.own(&actor, Verb::FileApplication, "application")?;
    let new = NewApplication {
        round,
        year: i64::from(scene.today.year()),
        account,
        name: unit.to_owned(),
        uscc: names::uscc(&mut Luck::new(u64::try_from(n)?, "applicant"), "51", &city),
        kind: Unit::Association.key().to_owned(),
        city,
        county: None,
        form: "{}".to_owned(),
    };
    let form = serde_json::json!({
        "station_name": format!("{unit}工作站"), "members": "120", "key_members": "36",
        "coverage": "会员覆盖本行业出口额前二十位企业中的十六家（示例）。",
        "industry_code": class, "industry": industry, "hs_chapters": chapters, "website": "https://example.org/yj",
        "capability": "设贸易摩擦应对专班，负责人从事贸易救济工作八年（示例）。",
        "staff_full": "2", "staff_part": "3", "office_address": "示例路1号", "premises": "owned",
    });
    let draft = Draft {
        route: Route::City.key().to_owned(),
        station_name: format!("{unit}工作站"),
        industry_code: class.to_owned(),
        industry: industry.to_owned(),
        hs_chapters: chapters.to_owned(),
        address: "示例路1号".to_owned(),
        website: "https://example.org/yj".to_owned(),
        form: form.to_string(),
        ..Draft::default()
    };
    let mut tx = scene.app.store.begin(&file, scene.now).await?;
    let id = tx.begin_application(&new).await?;
    tx.save_application(id, Stage::Draft.key(), &draft).await?;
    let at = scene.app.clock.civil();
    let in_time = Due::day(scene.today);
    let steps = [
        Step::Submit { at, route: Route::City, due: in_time, gaps: 0 },
        Step::Pass { unmet: 0 },
        Step::Forward,
        Step::Accept,
    ];
    for step in steps {
        tx.step_application(id, step, "示例").await??;
    }
    tx.commit().await?;
    Ok(id)
}

async fn experts(scene: &Scene<'_>, luck: &mut Luck, hash: &str) -> anyhow::Result<()> {
    let mandate = scene.mandate("province", Verb::MaintainExperts, "expert")?;
    for n in 1..=9 {
        let unit = if n == 1 { UNITS[0].0.to_owned() } else { format!("示例大学{n}") };
        let new = NewExpert {
            name: names::person(luck),
            unit,
            uscc: String::new(),
            speciality: ["贸易救济", "国际经济法", "行业研究"][n % 3].to_owned(),
            industries: UNITS[n % 4].2.to_owned(),
            phone: names::mobile(luck),
            email: format!("expert{n}@example.org"),
        };
        let mut tx = scene.app.store.begin(&mandate, scene.now).await?;
        tx.add_expert(&new, &format!("expert.demo{n}"), hash).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A panel of five that has marked everything, and its shortlist: the third application falls short.
async fn panel(scene: &Scene<'_>, round: i64, cases: &[Case]) -> anyhow::Result<()> {
    let store = &scene.app.store;
    let experts = store.active_experts().await?;
    let known = crate::admission::conflicts::Known::of(scene.app, &experts, cases).await;
    let excluded: Vec<Excluded> = known.map_err(failed)?.excluded(&experts, cases);
    let clear = experts.iter().map(|expert| expert.id).filter(|id| excluded.iter().all(|one| one.expert != *id));
    let drawn = Draw::new(&seed("示例专家抽取", scene.today, "0001"), &clear.collect::<Vec<_>>(), 5);
    let mandate = scene.mandate("province", Verb::DrawPanel, "panel")?;
    let mut tx = store.begin(&mandate, scene.now).await?;
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let panel = tx.add_panel(round, "第1组", 5, &ids).await?;
    tx.add_draw(panel, &drawn, &excluded, "组成专家组").await?;
    for seat in tx.seats(panel).await? {
        tx.invite(&seat, &Seat::Invited, &format!("demo-{}", seat.id), store::day_number(scene.today)).await?;
    }
    tx.commit().await?;
    for (n, seat) in (0i64..).zip(store.seats(panel).await?) {
        let actor =
            Actor { account: seat.account_id, name: seat.expert.clone(), role: Role::Expert, ..Actor::public() };
        let review = scene.own(&actor, Verb::ReviewApplication, "review")?;
        let mut tx = store.begin(&review, scene.now).await?;
        tx.use_invitation(seat.id, &format!("demo-{}", seat.id)).await?;
        tx.answer_seat(&seat, &Seat::Accepted, "").await?;
        for (place, case) in (0i64..).zip(cases) {
            let (typed, total) = marks(scene, place, n)?;
            tx.save_review(seat.id, case.id, &typed).await?;
            tx.lock_review(seat.id, case.id, total).await?;
        }
        tx.commit().await?;
    }
    close(scene, round, panel, cases).await
}

/// Marks of one expert: each row three quarters and more, the third application a little over half.
fn marks(scene: &Scene<'_>, place: i64, expert: i64) -> anyhow::Result<(Typed, i64)> {
    let share = [9, 8, 5][usize::try_from(place)?.min(2)];
    let mut marks = std::collections::BTreeMap::new();
    let mut total = 0;
    for row in &scene.app.present().edition.calendar.rubric {
        let mark = row.max.tenths() * share / 10 - expert % 3 * 5;
        total += mark;
        marks.insert(row.id.clone(), regulation::Points::from_tenths(mark).plain());
    }
    let opinion = if place < 2 {
        "条件具备，工作设想可行（示例）。"
    } else {
        "行业代表性不足，平台建设滞后（示例）。"
    };
    let typed = Typed { marks: serde_json::to_string(&marks)?, agree: Some(place < 2), opinion: opinion.to_owned() };
    Ok((typed, total))
}

async fn close(scene: &Scene<'_>, round: i64, panel: i64, cases: &[Case]) -> anyhow::Result<()> {
    let store = &scene.app.store;
    let terms = Terms::of(&scene.app.present().edition);
    let reviews = store.panel_reviews(panel).await?;
    let row = store.panel(panel).await?.ok_or_else(|| anyhow::anyhow!("专家组"))?;
    let summed = scene.mandate("province", Verb::CloseReview, "panel")?;
    let listing = scene.mandate("province", Verb::ProposeShortlist, "admission_round")?;
    let mut tx = store.begin(&summed, scene.now).await?;
    tx.close_panel(panel).await?;
    let mut results = Vec::new();
    for case in cases {
        let Some(result) = outcome(&locked_of(&reviews, case.id), &terms) else { continue };
        let paper = review_paper::of_case(scene.app, &row, case, &reviews, &OutcomeView::new(&result, &terms), None)?;
        tx.add_paper(&paper).await?;
        results.push((case.id, result));
    }
    tx.proceed(&listing, scene.now).await?;
    for (place, (id, result)) in (1i64..).zip(&results) {
        let of = usize::try_from(result.of)?;
        let chosen = result.passed();
        let step = match chosen {
            true => Step::Shortlist { locked: of, needed: of, passed: true },
            false => Step::Decline { by: Desk::Province },
        };
        let reason = OutcomeView::new(result, &terms).short;
        tx.step_application(*id, step, &reason).await??;
        tx.add_shortlisting(round, &NewShortlisting { application: *id, chosen, place, reason }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A notice from today, and the first application on it.
async fn notice(scene: &Scene<'_>, round: i64) -> anyhow::Result<(i64, Option<i64>)> {
    let store = &scene.app.store;
    let round = cases::round(scene.app, round).await.map_err(failed)?;
    let listed = notices::listed(scene.app, round.id).await.map_err(failed)?;
    let desk = notices::Desk {
        office: "示例处室".to_owned(),
        phone: "0531-86000000".to_owned(),
        email: "notice@example.org".to_owned(),
        address: "示例路1号".to_owned(),
    };
    let content = notices::text(scene.app, &round, &listed, &desk)?;
    let until = notices::until(scene.app).on;
    let new = NewPublication {
        kind: "notice",
        noun: "admission_round",
        noun_id: round.id,
        title: papers::official::Document::parse(&content)?.title,
        content,
        until_day: Some(store::day_number(until)),
    };
    let publish = scene.mandate("province.approve", Verb::PublishNotice, "admission_round")?;
    let mut tx = store.begin(&publish, scene.now).await?;
    let notice = tx.publish(&new).await?;
    for case in &listed {
        tx.step_application(case.id, Step::Notice { until }, "").await??;
        tx.add_notice_entry(notice, case.id).await?;
    }
    tx.commit().await?;
    Ok((notice, listed.first().map(|case| case.id)))
}

async fn objection(scene: &Scene<'_>, notice: i64, application: Option<i64>) -> anyhow::Result<()> {
    let raise = may(&Actor::public(), Verb::RaiseObjection, &Subject::whole("objection", 0), scene.today)?;
    let objection = NewObjection {
        publication: notice,
        application,
        code: "0000example0000demo0".to_owned(),
        name: "示例市民".to_owned(),
        unit: String::new(),
        contact: "13800000000".to_owned(),
        text: "该单位公示的办公地点与登记的地点不一致，请核实（示例）。".to_owned(),
        due_day: store::day_number(scene.today.saturating_add(SignedDuration::from_hours(24 * 14))),
    };
    let mut tx = scene.app.store.begin(&raise, scene.now).await?;
    tx.add_objection(&objection).await?;
    tx.commit().await?;
    Ok(())
}
