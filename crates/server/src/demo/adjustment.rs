//! Chapter five in the sample: a station revoked for a failing year with all its papers, one renamed, one whose leaving
//! is under way, a report of misuse waiting to be verified.

use anyhow::{Context, anyhow};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use regulation::adjustment::revocation::Ground;
use regulation::adjustment::{Kind, leaving, renaming};
use regulation::general::{Actor, Scope, Subject, Verb, may};
use store::adjustment::NewAdjustment;
use store::duties::Station;
use store::files::{Stored, Upload};

use super::cast::{Cast, Post};
use super::when;
use crate::adjustment::{Action, Form, act_of, asked, carry_out, load, settle};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::error::Fault;

/// Writes the sample's matters of chapter five.
///
/// # Errors
/// Fails when the database does, or on a sample that breaks a rule.
pub async fn write(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let today = app.clock.today();
    // From the middle: guides and browser tests begin at the first ones, checks are shown at the last.
    let (from, until) = (cast.posts.len() / 3, cast.posts.len().saturating_sub(5));
    let of_city: Vec<&Post> = cast.posts.get(from..until).unwrap_or_default().iter().collect();
    let of_city: Vec<&Post> = of_city.into_iter().filter(|post| post.plan.new.managed_by == "city").collect();
    let failed = app.store.failed_years().await?;
    let failing = |post: &&&Post| failed.iter().any(|(_, id, ..)| *id == post.placed.id);
    let mut calm = of_city.iter().filter(|post| !failing(post));
    if let Some(post) = of_city.iter().find(failing) {
        let year = failed.iter().find(|(_, id, ..)| *id == post.placed.id).map_or(0, |(year, ..)| *year);
        revoked(app, cast, post, year, today).await?;
    }
    if let Some(post) = calm.next() {
        renamed(app, cast, post, today).await?;
    }
    if let Some(post) = calm.next() {
        leaving_under_way(app, cast, post, today).await?;
    }
    match calm.next() {
        Some(post) => reported(app, post, today).await,
        None => Ok(()),
    }
}

/// The application as it was on a day.
async fn on(app: &App, day: Date, hour: i64) -> anyhow::Result<App> {
    let at: Timestamp = when(day, hour, 0).min(app.clock.now());
    App::new(app.store.clone(), app.objects.clone(), Clock::fixed(at), Settings::default()).await
}

fn days_before(today: Date, days: i32) -> Date {
    today.saturating_sub(Span::new().days(days))
}

async fn station(app: &App, post: &Post) -> anyhow::Result<Station> {
    app.store.station(&Scope::All, post.placed.id).await?.context("示例工作站")
}

async fn letter(app: &App, name: &str) -> anyhow::Result<Stored> {
    let (file_name, media_type) = (name.to_owned(), "text/plain".to_owned());
    let bytes = format!("{name}\n示例材料，非真实文书。\n").into_bytes().into();
    Ok(app.objects.put(Upload { file_name, media_type, bytes }).await?)
}

async fn open(
    app: &App,
    (actor, verb): (&Actor, Verb),
    post: &Post,
    new: NewAdjustment,
    files: &[Stored],
) -> anyhow::Result<i64> {
    let subject = Subject::of_station("adjustment", 0, &post.placed);
    let mandate = may(actor, verb, &subject, app.clock.today())?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let id = tx.open_adjustment(&post.placed, &new).await?;
    tx.attach("adjustment", id, post.placed.id, files).await?;
    settle(&mut tx, post.placed.id).await.map_err(broken)?;
    tx.note(post.plan.new.name.clone());
    tx.commit().await?;
    Ok(id)
}

fn broken(fault: Fault) -> anyhow::Error {
    anyhow!("示例调整事项：{fault:?}")
}

/// Takes one step of a matter, answered as told.
async fn step(
    app: &App,
    actor: &Actor,
    id: i64,
    action: Action,
    answers: &[(&'static str, &str)],
) -> anyhow::Result<()> {
    let row = app.store.adjustment(&Scope::All, id).await?.context("示例调整事项")?;
    let case = load(app, row).await.map_err(broken)?;
    let act = act_of(case.kind, action).context("示例调整事项的步骤")?;
    let mut form: Form = asked(&case, act, app.clock.today());
    for field in &mut form.fields {
        if let Some((_, answer)) = answers.iter().find(|(name, _)| *name == field.name) {
            field.value = (*answer).to_owned();
        }
    }
    carry_out(app, actor, &case, act, &form, &[]).await.map_err(broken)
}

async fn revoked(app: &App, cast: &Cast, post: &Post, year: i64, today: Date) -> anyhow::Result<()> {
    let (clerk, approver) = (cast.person("province")?, cast.person("province.approve")?);
    let then = on(app, days_before(today, 16), 10).await?;
    let detail = format!("{year}年度检查评估结果经确认为不合格（示例）。");
    let new = NewAdjustment {
        kind: Kind::Revocation.key(),
        stage: "proposed",
        detail: detail.clone(),
        ground: Some(Ground::Failed.item()),
        year: Some(year),
        ..NewAdjustment::default()
    };
    let files = [letter(&then, "年度结果确认情况（示例）.txt").await?];
    let id = open(&then, (clerk, Verb::ProposeRevocation), post, new, &files).await?;
    let then = on(app, days_before(today, 15), 9).await?;
    let found = "经核对年度结果和反馈签收记录，该站未在规定时间内参加检查，没有不可抗力情形（示例）。";
    step(&then, clerk, id, Action::Verify, &[("text", found)]).await?;
    let then = on(app, days_before(today, 14), 9).await?;
    step(&then, clerk, id, Action::Notify, &[("text", &detail)]).await?;
    let decided =
        [("attendees", "示例甲、示例乙、示例丙"), ("text", "事实清楚，程序完备，期满未提出陈述申辩（示例）。")];
    step(app, approver, id, Action::Decide, &decided).await?;
    step(app, approver, id, Action::Serve, &[]).await?;
    step(app, clerk, id, Action::Announce, &[]).await
}

async fn renamed(app: &App, cast: &Cast, post: &Post, today: Date) -> anyhow::Result<()> {
    let station = station(app, post).await?;
    let stage = renaming::file(&station.state, false, &station.host_uscc, &station.host_uscc)?;
    let then = on(app, days_before(today, 10), 10).await?;
    let new = NewAdjustment {
        kind: Kind::Renaming.key(),
        stage: stage.key(),
        detail: "经登记机关核准变更名称（示例）。".to_owned(),
        new_host: new_name(&station.host_name),
        changed_on: Some(store::day_number(days_before(today, 20))),
        told: true,
        ..NewAdjustment::default()
    };
    let files = [letter(&then, "准予变更登记通知书（示例）.txt").await?];
    let id = open(&then, (&post.manager, Verb::FileRenaming), post, new, &files).await?;
    let then = on(app, days_before(today, 9), 9).await?;
    let city = cast.city_clerk(&post.placed.city)?;
    step(&then, city, id, Action::Forward, &[("text", "材料齐全，拟同意备案（示例）。")]).await?;
    let then = on(app, days_before(today, 8), 9).await?;
    step(&then, cast.person("province")?, id, Action::Acknowledge, &[]).await
}

/// The host's name as it is after the change, still marked 示例.
fn new_name(old: &str) -> String {
    match old.strip_suffix("协会") {
        Some(rest) => format!("{rest}联合会"),
        None => format!("{old}（更名后）"),
    }
}

async fn leaving_under_way(app: &App, cast: &Cast, post: &Post, today: Date) -> anyhow::Result<()> {
    let station = station(app, post).await?;
    let stage = leaving::request(&station.state, false)?;
    let then = on(app, days_before(today, 5), 10).await?;
    let new = NewAdjustment {
        kind: Kind::Leaving.key(),
        stage: stage.key(),
        detail: "承办单位职能调整，不再承担工作站工作（示例）。".to_owned(),
        told: true,
        ..NewAdjustment::default()
    };
    let files = [letter(&then, "退出申请（示例）.txt").await?];
    let id = open(&then, (&post.manager, Verb::RequestLeaving), post, new, &files).await?;
    let then = on(app, days_before(today, 4), 9).await?;
    let city = cast.city_clerk(&post.placed.city)?;
    step(&then, city, id, Action::Forward, &[("text", "情况属实，未结案件正在移交（示例）。")]).await
}

async fn reported(app: &App, post: &Post, today: Date) -> anyhow::Result<()> {
    let then = on(app, days_before(today, 1), 15).await?;
    let new = NewAdjustment {
        kind: Kind::Misuse.key(),
        stage: "reported",
        detail: "该站以工作站名义举办与贸易摩擦应对无关的商品展销（示例）。".to_owned(),
        reporter: "示例群众".to_owned(),
        contact: "13800000000".to_owned(),
        ..NewAdjustment::default()
    };
    open(&then, (&Actor::public(), Verb::ReportMisuse), post, new, &[]).await.map(drop)
}
