//! 公示: the shortlist put before the public, for so many working days from the day after (Article 8 (4), reading K32).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use jiff::civil::Date;
use papers::official::{Block, Document, plain};
use regulation::admission::Step;
use regulation::admission::notice::last_day;
use regulation::general::{Basis, Due, Hand, Mandate, Refusal, Subject, Verb};
use store::general::NewPublication;

use super::apart;
use super::cases::{self, Case, RoundOf};
use super::panels::PATH;
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default().get("/admission/selection/{round}/notice", Verb::PublishNotice, form).post(
        "/admission/selection/{round}/notice",
        Verb::PublishNotice,
        publish,
    )
}

/// 受理部门 of objections: the department's own, never a person's.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    pub office: String,
    pub phone: String,
    pub email: String,
    pub address: String,
}

#[derive(Template)]
#[template(path = "admission/notice_new.html")]
struct NoticeForm {
    shell: Shell,
    round: i64,
    round_name: String,
    document: Option<Document>,
    desk: Desk,
    days: i64,
    until: Due,
    publish: Result<(), Refusal>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "papers/shortlist_notice.txt")]
struct NoticeText<'a> {
    department: String,
    title: String,
    jurisdiction: String,
    measures: String,
    lines: Vec<(String, String, String)>,
    from: String,
    until: String,
    days: i64,
    desk: &'a Desk,
    dated: String,
}

/// Whether the shortlist can be put up now. Button and submit both ask here.
fn publishing(
    app: &App,
    person: &Person,
    round: &RoundOf,
    listed: &[Case],
    hands: Vec<Hand>,
) -> Result<Mandate, Refusal> {
    let subject = Subject::whole("admission_round", round.id).after(hands);
    let mandate = person.may(app, Verb::PublishNotice, &subject)?;
    if listed.is_empty() {
        return Err(Refusal::new(Basis::Item("8-4"), "没有拟入选而尚未公示的申请。"));
    }
    Ok(mandate)
}

/// Shortlisted applications of a round that no notice names yet.
///
/// # Errors
/// Fails when the database does.
pub async fn listed(app: &App, round: i64) -> Result<Vec<Case>, Fault> {
    let all = cases::of_round(app, round).await?;
    Ok(all.into_iter().filter(|case| case.stage.key() == "shortlisted").collect())
}

/// The last day of a notice put up today.
pub fn until(app: &App) -> Due {
    let present = app.present();
    last_day(app.clock.today(), &present.edition, &present.workdays)
}

/// The notice as it would be published today.
///
/// # Errors
/// Fails when the template does.
pub fn text(app: &App, round: &RoundOf, listed: &[Case], desk: &Desk) -> anyhow::Result<String> {
    let present = app.present();
    let head = &present.edition.head;
    let first: Date = app.clock.today().tomorrow()?;
    let line = |case: &Case| (plain(&case.unit.name), plain(&case.industry), case.city_name.clone());
    let template = NoticeText {
        department: head.department.clone(),
        title: format!("关于{}{}年度拟入选工作站名单的公示", head.jurisdiction, round.year),
        jurisdiction: head.jurisdiction.clone(),
        measures: head.title.clone(),
        lines: listed.iter().map(line).collect(),
        from: super::dated(first),
        until: super::dated(until(app).on),
        days: present.edition.whole("notice.working_days"),
        desk,
        dated: super::dated(app.clock.today()),
    };
    Ok(template.render()?)
}

async fn page(
    app: &App,
    person: &Person,
    round: &RoundOf,
    listed: &[Case],
    desk: Desk,
    problem: Option<String>,
) -> Result<NoticeForm, Fault> {
    let hands = apart::hands(app, person, Verb::PublishNotice, round.id, listed, &[]).await?;
    let document = match listed {
        [] => None,
        listed => Some(Document::parse(&text(app, round, listed, &desk)?)?),
    };
    Ok(NoticeForm {
        shell: Shell::new(app, person, PATH),
        round: round.id,
        round_name: round.name.clone(),
        document,
        desk,
        days: app.present().edition.whole("notice.working_days"),
        until: until(app),
        publish: publishing(app, person, round, listed, hands).map(drop),
        problem,
    })
}

async fn form(State(app): State<App>, person: Person, Path(round): Path<i64>) -> Page {
    person.scope_or_refuse(&app, Verb::PublishNotice)?;
    let round = cases::round(&app, round).await?;
    let listed = listed(&app, round.id).await?;
    let desk = Desk {
        office: format!("{}公平贸易处", app.present().edition.head.department),
        phone: app.settings.support_phone.clone(),
        ..Desk::default()
    };
    render(&page(&app, &person, &round, &listed, desk, None).await?)
}

async fn publish(State(app): State<App>, person: Person, Path(round): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::PublishNotice)?;
    let round = cases::round(&app, round).await?;
    let listed = listed(&app, round.id).await?;
    let hands = apart::hands(&app, &person, Verb::PublishNotice, round.id, &listed, &[]).await?;
    let mandate = publishing(&app, &person, &round, &listed, hands)?;
    let field = |name| plain(posted.text(name));
    let desk =
        Desk { office: field("office"), phone: field("phone"), email: field("email"), address: field("address") };
    let all = [&desk.office, &desk.phone, &desk.email, &desk.address];
    if all.iter().any(|text| text.is_empty() || text.chars().count() > 200) {
        let problem = "请填写受理部门、电话、邮箱和地址，各不超过 200 字。".to_owned();
        let page = page(&app, &person, &round, &listed, desk, Some(problem)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let content = text(&app, &round, &listed, &desk)?;
    let title = Document::parse(&content)?.title;
    let until = until(&app).on;
    let new = NewPublication {
        kind: "notice",
        noun: "admission_round",
        noun_id: round.id,
        title,
        content,
        until_day: Some(store::day_number(until)),
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let notice = tx.publish(&new).await?;
    for case in &listed {
        cases::step(&mut tx, case.id, Step::Notice { until }, "").await?;
        tx.add_notice_entry(notice, case.id).await?;
    }
    tx.note(format!("{}：公示 {} 家，至 {until}", round.name, listed.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/notices/{notice}?done=notice_published")).into_response())
}
