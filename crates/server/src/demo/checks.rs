//! On-site checks: last year's, all finished and drawn from; and of the year at work, the province's sample, a spot check with its bulletin, and two rectifications.

use std::sync::Arc;

use anyhow::Context;
use jiff::civil::date;
use jiff::{Span, Timestamp};
use regulation::appraisal::checklist::{Answer, Check, Found, Standing, checklist};
use regulation::appraisal::rectification::Stage;
use regulation::appraisal::sampling::{Candidate, Ratio, sample};
use regulation::general::{Actor, Mandate, Scope, Subject, Verb, draw, may};
use regulation::law::Edition;
use store::appraisal::{CheckOf, NewCheck, NewRectificationStep, NewSpotCheck};
use store::duties::StationFilter;

use super::cast::{Cast, Post};
use super::luck::Luck;
use super::props::Props;
use crate::app::App;
use crate::appraisal::{bulletins, reckon, rectifications, sampling};
use crate::error::Fault;

/// Who acts, and when: all of it today.
struct Scene<'a> {
    app: &'a App,
    cast: &'a Cast,
    edition: Arc<Edition>,
    year: i64,
    now: Timestamp,
}

impl Scene<'_> {
    fn mandate(&self, actor: &Actor, verb: Verb, subject: &Subject) -> anyhow::Result<Mandate> {
        Ok(may(actor, verb, subject, store::day_of(self.now))?)
    }

    fn province(&self) -> anyhow::Result<&Actor> {
        self.cast.person("province")
    }
}

/// Writes the sample's checks.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast, seed: u64) -> anyhow::Result<()> {
    let props = Props::prepare(&app.objects, seed).await?;
    let year = app.present().year;
    let stage = Scene { app, cast, edition: app.edition_of(year).await?, year, now: app.clock.now() };
    let mut luck = Luck::new(seed, "checks");
    // The last stations: guides and browser tests begin at the first ones.
    let in_force =
        |post: &&Post| post.plan.new.managed_by == "city" && post.confirmed_by(i16::try_from(year).unwrap_or(0));
    let posts: Vec<&Post> = cast.posts.iter().rev().filter(in_force).take(4).collect();
    for (n, post) in posts.iter().enumerate().take(3) {
        site_check(&stage, &mut luck, &props, post, n < 2).await?;
    }
    draw_sample(&stage, seed).await?;
    let Some(post) = posts.last() else { return Ok(()) };
    spot_check(&stage, &mut luck, &props, post).await
}

/// Last year's checks, as its grades rest on them: the province's sample, and every station of a city but one, of which
/// the confirmation says why (reading K36).
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn of_last_year(app: &App, cast: &Cast, year: i16, seed: u64) -> anyhow::Result<()> {
    let props = Props::prepare(&app.objects, seed).await?;
    let on = |month, day| super::when(date(year + 1, month, day), 9, 30).min(app.clock.now());
    let edition = app.edition_of(i64::from(year)).await?;
    let mut stage = Scene { app, cast, edition, year: i64::from(year), now: on(1, 20) };
    draw_sample(&stage, seed).await?;
    stage.now = on(2, 6);
    let mut luck = Luck::new(seed, "checks of last year");
    let of_cities = |post: &&Post| post.plan.new.managed_by == "city" && post.confirmed_by(year);
    let competing = |post: &&Post| of_cities(post) && post.confirmed_by(year - 1);
    let snowed_in = cast.posts.iter().rev().find(competing).map(|post| post.placed.id);
    for post in cast.posts.iter().filter(of_cities).filter(|post| Some(post.placed.id) != snowed_in) {
        site_check(&stage, &mut luck, &props, post, true).await?;
    }
    Ok(())
}

/// A city's check, finished or half way.
async fn site_check(
    stage: &Scene<'_>,
    luck: &mut Luck,
    props: &Props,
    post: &Post,
    finished: bool,
) -> anyhow::Result<()> {
    let clerk = stage.cast.city_clerk(&post.placed.city)?;
    let photo = props.office(luck, "办公场所（示例）.png");
    let mut check = Check {
        on: store::day_of(stage.now).to_string(),
        at: "09:30".to_owned(),
        place: post.plan.place.clone(),
        inspectors: format!("{}等2人", clerk.name),
        present: post.plan.manager.clone(),
        opinion: if finished {
            "总体符合要求，个别材料须补齐（示例）。".to_owned()
        } else {
            String::new()
        },
        ..Check::default()
    };
    let points: Vec<String> =
        checklist(&stage.edition).into_iter().flat_map(|section| section.points).map(|point| point.id).collect();
    let looked = if finished { points.len() } else { points.len() / 2 };
    for (n, id) in points.into_iter().take(looked).enumerate() {
        let amiss = luck.chance(8);
        let found = Found {
            answer: Some(if amiss { Answer::Partly } else { Answer::Yes }),
            remark: if amiss { "材料不全，已要求补齐（示例）".to_owned() } else { String::new() },
            photos: if n == 0 { vec![photo.sha256.clone()] } else { Vec::new() },
        };
        check.found.insert(id, found);
    }
    let subject = Subject::of_station("site_check", 0, &post.placed);
    let mandate = stage.mandate(clerk, Verb::CheckOnSite, &subject)?;
    let of = CheckOf { year: stage.year, station: &post.placed, layer: "city", assessor: 0 };
    let content = serde_json::to_string(&check)?;
    let state = if finished { Standing::Finished } else { Standing::Draft };
    let new = NewCheck { of, version: Some(1), base: 0, merges: None, state: state.key(), content: &content };
    let mut tx = stage.app.store.begin(&mandate, stage.now).await?;
    let id = tx.add_check(&new).await?;
    tx.attach("site_check", id, post.placed.id, &[photo]).await?;
    tx.note(format!("{} 年度市级现场检查第 1 版", stage.year));
    tx.commit().await?;
    Ok(())
}

async fn draw_sample(stage: &Scene<'_>, seed: u64) -> anyhow::Result<()> {
    let mut stations = stage.app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    stations.retain(|station| reckon::active(station, stage.year));
    let candidates = sampling::listed(&stations);
    let ratio = Ratio {
        percent: stage.edition.whole("sampling.percent"),
        min_per_city: stage.edition.whole("sampling.min_per_city"),
    };
    let about = format!("{}年度省级抽取（示例）；候选{}家", stage.year, stations.len());
    let seed = draw::seed(&about, store::day_of(stage.now), &format!("{seed:016x}"));
    let of: Vec<Candidate> = stations.iter().map(|s| Candidate { id: s.id, city: s.city.clone() }).collect();
    let drawn: Vec<(i64, &'static str)> =
        sample(&seed, &of, ratio).into_iter().map(|(id, why)| (id, why.key())).collect();
    let subject = Subject::whole("sample_draw", stage.year);
    let mandate = stage.mandate(stage.province()?, Verb::DrawSample, &subject)?;
    let mut tx = stage.app.store.begin(&mandate, stage.now).await?;
    tx.add_sample(stage.year, &seed, (ratio.percent, ratio.min_per_city), &candidates, &drawn).await?;
    tx.commit().await?;
    Ok(())
}

/// A spot check with two problems: one waits for the station, one is closed; and the bulletin on it.
async fn spot_check(stage: &Scene<'_>, luck: &mut Luck, props: &Props, post: &Post) -> anyhow::Result<()> {
    let (app, province, placed) = (stage.app, stage.province()?, &post.placed);
    let store = &app.store;
    let subject = |noun| Subject::of_station(noun, 0, placed);
    let today = store::day_of(stage.now);
    let mandate = stage.mandate(province, Verb::RecordSpotCheck, &subject("spot_check"))?;
    let new = NewSpotCheck {
        level: "province",
        on_day: store::day_number(today.saturating_sub(Span::new().days(3))),
        place: post.plan.place.clone(),
        inspectors: format!("{}等2人", province.name),
        result: "台账基本齐全，预警专栏更新不及时（示例）。".to_owned(),
        problems: vec!["预警专栏连续三个月没有更新（示例）".to_owned(), "一次培训没有签到表（示例）".to_owned()],
    };
    let mut tx = store.begin(&mandate, stage.now).await?;
    let check = tx.add_spot_check(placed, &new).await?;
    tx.attach("spot_check", check, placed.id, &[props.screen(luck, "专栏截图（示例）.png")]).await?;
    tx.commit().await?;
    let check = store.spot_check(&Scope::All, check).await?.context("抽查")?;
    let days = stage.edition.whole("rectification.working_days");
    let due = app.present().workdays.after(today, days);
    let mut tasks = Vec::new();
    for problem in store.spot_problems(&[check.id]).await? {
        let mandate = stage.mandate(province, Verb::OrderRectification, &subject("rectification"))?;
        let mut tx = store.begin(&mandate, stage.now).await?;
        let demand = "限期整改并举一反三，附佐证材料（示例）。";
        let task = rectifications::order_in(app, &mut tx, (&check, &problem), "进行抽查", demand, (due, days)).await;
        tasks.push(task.map_err(broken)?);
        tx.commit().await?;
    }
    if let Some(task) = tasks.last() {
        close(stage, luck, props, post, *task).await?;
    }
    let mandate = stage.mandate(province, Verb::IssueBulletin, &Subject::whole("bulletin", 0))?;
    let telling = bulletins::Telling {
        title: "关于工作站现场抽查情况的通报（示例）",
        intro: "抽查情况总体较好，个别工作站专栏更新和台账佐证有欠缺。",
        all: false,
        public: true,
        checks: &[check],
    };
    let mut tx = store.begin(&mandate, stage.now).await?;
    bulletins::tell(app, &mut tx, &telling).await.map_err(broken)?;
    tx.commit().await?;
    Ok(())
}

/// The station answers, the province closes.
async fn close(stage: &Scene<'_>, luck: &mut Luck, props: &Props, post: &Post, id: i64) -> anyhow::Result<()> {
    let store = &stage.app.store;
    let subject = Subject::of_station("rectification", id, &post.placed);
    let evidence = props.meeting(luck, "补签到和现场照片（示例）.png");
    let steps = [
        (
            &post.manager,
            Verb::AnswerRectification,
            Stage::Answered { due: store::day_of(stage.now) },
            "已补齐签到表（示例）。",
        ),
        (stage.province()?, Verb::InspectRectification, Stage::Closed, "经查看佐证，符合要求（示例）。"),
    ];
    for (actor, verb, next, text) in steps {
        let mandate = stage.mandate(actor, verb, &subject)?;
        let task = store.rectification(&Scope::All, id).await?.context("整改")?;
        let mut tx = store.begin(&mandate, stage.now).await?;
        let step = NewRectificationStep { task: &task, stage: next.key(), due_on: task.due_on, text };
        let step = tx.move_rectification(&step).await?;
        if verb == Verb::AnswerRectification {
            tx.attach("rectification_step", step, post.placed.id, std::slice::from_ref(&evidence)).await?;
        }
        tx.note(format!("整改 {id}：{}", next.name()));
        tx.commit().await?;
    }
    Ok(())
}

fn broken(fault: Fault) -> anyhow::Error {
    match fault {
        Fault::Broken(error) => error,
        other => anyhow::anyhow!("{other:?}"),
    }
}
