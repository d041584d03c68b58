//! 违规使用工作站名义: anyone may report it, with a name and a contact (Article 4, reading K14). The department verifies;
//! nothing follows of itself.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use jiff::SignedDuration;
use regulation::adjustment::Kind;
use regulation::general::{Actor, Mandate, Refusal, Subject, Verb, may};
use serde::Deserialize;
use store::adjustment::NewAdjustment;
use store::duties::{Station, StationFilter};

use super::{everyone, forms};
use crate::adjustment::{Field, Form, Input};
use crate::app::{App, Routes, render};
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Look, Shell};

/// Reports taken in an hour, and of one contact in a day: a flood is no report.
const PER_HOUR: i64 = 60;
const PER_CONTACT: i64 = 3;

const PATH: &str = "/public/misuses/new";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ReportMisuse, form).post("/public/misuses", Verb::ReportMisuse, report).get(
        "/public/misuses/received",
        Verb::ViewPublic,
        received,
    )
}

#[derive(Template)]
#[template(path = "public/misuse.html")]
struct MisuseForm {
    shell: Shell,
    csrf: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "public/misuse_received.html")]
struct Received {
    shell: Shell,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: String,
}

fn asked(station: &str) -> Form {
    Form::new(
        "misuse",
        vec![
            Field::new("station", "工作站名称或者编号", Input::Line(200))
                .value(station)
                .hint("须与工作站名录一致，可填原名称。"),
            Field::new("detail", "反映内容", Input::Area(3000))
                .hint("写明时间、地点，以及以工作站名义从事了何种与职责无关的活动，不少于 10 字。"),
            Field::new("reporter", "姓名", Input::Line(50))
                .hint("请填写真实姓名，匿名反映不予受理；姓名和联系方式不向被反映单位提供。"),
            Field::new("contact", "电话或者电子邮箱", Input::Line(100)),
        ],
    )
}

async fn form(State(app): State<App>, look: Look, headers: HeaderMap, Query(typed): Query<Asked>) -> Page {
    answer(&app, look, &headers, asked(&typed.station))
}

fn answer(app: &App, look: Look, headers: &HeaderMap, form: Form) -> Page {
    let csrf = forms::token(headers)?;
    let status = if form.good() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = MisuseForm { shell: Shell::public(app, &look, PATH), csrf: csrf.clone(), form };
    forms::with_token(app, &csrf, (status, Html(page.render()?)).into_response())
}

/// The station meant, by number, by name or by a name it had.
async fn meant(app: &App, text: &str) -> Result<Option<Station>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let filter = StationFilter { text: Some(text.to_owned()), ..StationFilter::default() };
    let mut found = app.store.stations(&everyone(app), &filter, "", 20).await?;
    let exact = found.iter().position(|station| station.number == text || station.name == text);
    match (exact, found.len()) {
        (Some(exact), _) => Ok(Some(found.swap_remove(exact))),
        (None, 1) => Ok(found.pop()),
        _ => Ok(None),
    }
}

fn reporting(app: &App, station: Option<&Station>) -> Result<Mandate, Refusal> {
    let subject = station.map_or_else(
        || Subject::whole("adjustment", 0),
        |station| Subject::of_station("adjustment", 0, &station.placed()),
    );
    may(&Actor::public(), Verb::ReportMisuse, &subject, app.clock.today())
}

async fn report(State(app): State<App>, look: Look, headers: HeaderMap, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let mut form = asked("").read(&posted, app.clock.today());
    let station = meant(&app, form.text("station")).await?;
    let mandate = reporting(&app, station.as_ref())?;
    if station.is_none() && !form.text("station").is_empty() {
        form.object("station", "没有找到这个工作站，或者同名的不止一个。请按工作站名录填写全称或者编号。");
    }
    let detail = form.text("detail").chars().count();
    if (1..10).contains(&detail) {
        form.object("detail", "请写明事实，不少于 10 字。");
    }
    let contact = form.text("contact").to_owned();
    if !contact.is_empty() && contact.chars().filter(char::is_ascii_digit).count() < 7 && !contact.contains('@') {
        form.object("contact", "请填写可以联系到本人的电话或者电子邮箱。");
    }
    let Some(station) = station.filter(|_| form.good()) else { return answer(&app, look, &headers, form) };
    let new = NewAdjustment {
        kind: Kind::Misuse.key(),
        stage: "reported",
        detail: form.text("detail").to_owned(),
        reporter: form.text("reporter").to_owned(),
        contact,
        ..NewAdjustment::default()
    };
    let now = app.clock.now();
    let mut tx = app.store.begin(&mandate, now).await?;
    let since = |hours| store::instant_number(now - SignedDuration::from_hours(hours));
    let (lately, _) = tx.recent_misuses(&new.contact, since(1)).await?;
    let (_, own) = tx.recent_misuses(&new.contact, since(24)).await?;
    if lately >= PER_HOUR || own >= PER_CONTACT {
        tx.abandon().await?;
        let sentence = if own >= PER_CONTACT {
            format!("同一联系方式一日内最多反映 {PER_CONTACT} 件，请合并说明或者明日再提。")
        } else {
            "短时间内反映的事项过多，请稍后再提，或者与商务主管部门联系。".to_owned()
        };
        return Err(Fault::Invalid(sentence));
    }
    tx.open_adjustment(&station.placed(), &new).await?;
    tx.note(format!("反映违规使用名义：{}", station.name));
    tx.commit().await?;
    Ok(Redirect::to("/public/misuses/received").into_response())
}

async fn received(State(app): State<App>, look: Look) -> Page {
    render(&Received { shell: Shell::public(&app, &look, PATH) })
}
