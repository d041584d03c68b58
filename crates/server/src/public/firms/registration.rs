//! 企业登记: a firm on no roster asks a station to take it up (Article 5(1), reading K95). The station looks at it first.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use jiff::{SignedDuration, Timestamp};
use regulation::duties::roster::{UsccCheck, check_uscc, tidy_uscc};
use regulation::general::Verb;
use serde::Deserialize;
use store::Tx;
use store::duties::{NewRosterMember, StationFilter};

use super::{FIRMS, keeping};
use crate::adjustment::{Field, Form, Input};
use crate::app::{App, Routes};
use crate::duties::roster::judge::{Typed, judge};
use crate::error::{Fault, Page};
use crate::outbound::channels::Channel;
use crate::posted::Posted;
use crate::public::{everyone, forms};
use crate::shell::{Look, Shell};

const REGISTRATION: &str = "/firms/registration";

/// Why a code that does not check is right: asked for once one does not.
const NOTE: &str = "uscc_note";

/// Registrations taken in an hour, and in a day of one credit code or one mailbox: a flood is no request.
const PER_HOUR: i64 = 60;
const PER_FIRM: i64 = 3;

pub fn routes() -> Routes {
    Routes::default().get(REGISTRATION, Verb::KeepProfile, blank).post(REGISTRATION, Verb::KeepProfile, register)
}

#[derive(Template)]
#[template(path = "public/firm_registration.html")]
struct RegistrationPage {
    shell: Shell,
    csrf: String,
    form: Form,
    stations: Vec<(String, String)>,
    station: String,
    station_problem: Option<&'static str>,
    consent_problem: Option<&'static str>,
    mail: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: String,
}

/// `mail`: whether this system sends mail at all.
fn asked(mail: bool) -> Form {
    Form::new(
        "firm",
        vec![
            Field::new("uscc", "统一社会信用代码", Input::Line(18)),
            Field::new(NOTE, "代码说明", Input::Line(200))
                .optional()
                .hint("证照确为此码的，说明证照名称和发证机关，由工作站核实。"),
            Field::new("name", "企业名称", Input::Line(100)),
            Field::new("city", "所在市", Input::Line(40)),
            Field::new("products", "主要出口产品", Input::Line(500)),
            Field::new("hs_codes", "税号", Input::Line(600))
                .hint("2、4、6、8 或 10 位，多个之间用顿号分隔；不清楚的可先填前四位。"),
            Field::new("markets", "出口市场", Input::Line(200)).optional().hint("如 美国、欧盟。"),
            Field::new("contact", "联系人", Input::Line(40)),
            Field::new("phone", "联系电话", Input::Line(40)),
            Field::new("email", "电子邮箱", Input::Line(200)).hint(if mail {
                "预警和登记结果发到这里。"
            } else {
                ""
            }),
        ],
    )
}

async fn stations(app: &App) -> store::Result<Vec<(String, String)>> {
    let in_force = StationFilter { ended: Some(false), ..StationFilter::default() };
    let rows = app.store.stations(&everyone(app), &in_force, "", 2000).await?;
    let present = app.present();
    let line = |row: store::duties::Station| {
        let industry = if row.industry.is_empty() { String::new() } else { format!("（{}）", row.industry) };
        (row.id.to_string(), format!("{}　{}{industry}", present.edition.area_name(&row.city), row.name))
    };
    Ok(rows.into_iter().map(line).collect())
}

async fn show(
    app: &App,
    look: Look,
    headers: &HeaderMap,
    mut form: Form,
    station: String,
    problems: [Option<&'static str>; 2],
) -> Page {
    let csrf = forms::token(headers)?;
    let good = form.good() && problems == [None, None];
    let status = if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let [station_problem, consent_problem] = problems;
    let unsound = matches!(check_uscc(&tidy_uscc(form.text("uscc"))), UsccCheck::WrongCheckDigit { .. });
    form.fields.retain(|field| field.name != NOTE || unsound || field.problem.is_some() || !field.value.is_empty());
    let page = RegistrationPage {
        shell: Shell::public(app, &look, FIRMS),
        csrf: csrf.clone(),
        form,
        stations: stations(app).await?,
        station,
        station_problem,
        consent_problem,
        mail: app.channels.offers(Channel::Mail),
    };
    forms::with_token(app, &csrf, (status, Html(page.render()?)).into_response())
}

async fn blank(State(app): State<App>, look: Look, headers: HeaderMap, Query(at): Query<Asked>) -> Page {
    show(&app, look, &headers, asked(app.channels.offers(Channel::Mail)), at.station, [None, None]).await
}

async fn register(State(app): State<App>, look: Look, headers: HeaderMap, posted: Posted) -> Page {
    forms::check(&headers, &posted)?;
    let mut form = asked(app.channels.offers(Channel::Mail)).read(&posted, app.clock.today());
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Typed {
        uscc: text("uscc"),
        name: text("name"),
        city: text("city"),
        products: text("products"),
        hs_codes: text("hs_codes"),
        markets: text("markets"),
        contact: text("contact"),
        phone: text("phone"),
        email: text("email"),
        uscc_note: text(NOTE),
        ..Typed::default()
    };
    let judged = judge(&app.present().edition, &typed, None);
    for (field, sentence) in judged.as_ref().err().into_iter().flatten() {
        form.object(field, sentence.clone());
    }
    let chosen: Option<i64> = posted.text("station").parse().ok();
    let station = match chosen {
        Some(id) => app.store.station(&everyone(&app), id).await?.filter(|station| station.ended_on.is_none()),
        None => None,
    };
    let consent = posted.text("consent") == "1";
    let problems = [station.is_none().then_some("请选择工作站。"), (!consent).then_some("同意后才能登记。")];
    let (Ok(new), Some(station), true) = (judged, station, form.good() && consent) else {
        return show(&app, look, &headers, form, text("station"), problems).await;
    };
    let mandate = keeping(&app, &new.name, "firm_request", 0)?;
    let now = app.clock.now();
    let mut tx = app.store.begin(&mandate, now).await?;
    if let Some(sentence) = flood(&mut tx, &new, now).await? {
        tx.abandon().await?;
        return Err(Fault::TooOften(sentence));
    }
    tx.add_firm_request(&station.placed(), &new).await?;
    tx.note(format!("{}申请列入{}企业库", new.name, station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{FIRMS}?done=registered")).into_response())
}

/// Why no more is taken for now, when too many came lately.
async fn flood(tx: &mut Tx<'_>, new: &NewRosterMember, now: Timestamp) -> store::Result<Option<String>> {
    let since = |hours| store::instant_number(now - SignedDuration::from_hours(hours));
    let (_, of_code, of_mailbox) = tx.recent_firm_requests(&new.uscc, &new.email, since(24)).await?;
    let (lately, ..) = tx.recent_firm_requests(&new.uscc, &new.email, since(1)).await?;
    Ok(if of_code >= PER_FIRM || of_mailbox >= PER_FIRM {
        Some(format!("同一企业、同一邮箱一日内最多登记 {PER_FIRM} 次，请等待工作站处理，或者明日再提。"))
    } else if lately >= PER_HOUR {
        Some("短时间内提交的登记过多，请一小时后再提，或者与工作站联系。".to_owned())
    } else {
        None
    })
}
