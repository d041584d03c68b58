//! How matters begin: a station asks to leave or files a new name; the province proposes a revocation or drafts a
//! merger; staff register a report of misuse.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::adjustment::revocation::Ground;
use regulation::adjustment::{Kind, in_force, leaving, merging, renaming};
use regulation::duties::roster::tidy_uscc;
use regulation::general::{Manager, Mandate, Refusal, Scope, Subject, Verb};
use serde::Deserialize;
use store::adjustment::NewAdjustment;
use store::duties::{Station, StationFilter};

use super::case::{case_kinds, pair};
use super::form::{Field, Form, Input};
use super::{PATH, effects};
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::writing::put_files;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default()
        .get("/adjustment/revocations/new", Verb::ProposeRevocation, |app, person, asked| {
            new(app, person, asked, Kind::Revocation)
        })
        .post("/adjustment/revocations", Verb::ProposeRevocation, |app, person, posted| {
            open(app, person, posted, Kind::Revocation)
        })
        .get("/adjustment/leavings/new", Verb::RequestLeaving, |app, person, asked| {
            new(app, person, asked, Kind::Leaving)
        })
        .post("/adjustment/leavings", Verb::RequestLeaving, |app, person, posted| {
            open(app, person, posted, Kind::Leaving)
        })
        .get("/adjustment/renamings/new", Verb::FileRenaming, |app, person, asked| {
            new(app, person, asked, Kind::Renaming)
        })
        .post("/adjustment/renamings", Verb::FileRenaming, |app, person, posted| {
            open(app, person, posted, Kind::Renaming)
        })
        .get("/adjustment/mergings/new", Verb::ProposeMerging, |app, person, asked| {
            new(app, person, asked, Kind::Merging)
        })
        .post("/adjustment/mergings", Verb::ProposeMerging, |app, person, posted| {
            open(app, person, posted, Kind::Merging)
        })
        .get("/adjustment/misuses/new", Verb::HandleMisuse, |app, person, asked| new(app, person, asked, Kind::Misuse))
        .post("/adjustment/misuses", Verb::HandleMisuse, |app, person, posted| open(app, person, posted, Kind::Misuse))
}

/// What a link fills in: the station's number, a failing year, the finding it rests on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    station: String,
    year: String,
    origin: String,
}

#[derive(Template)]
#[template(path = "adjustment/open.html")]
struct OpenPage {
    shell: Shell,
    heading: &'static str,
    lead: &'static str,
    submit: &'static str,
    action: &'static str,
    hidden: Vec<(&'static str, String)>,
    cases: Vec<(String, String)>,
    form: Form,
    refusal: Option<Refusal>,
}

/// Address, heading, lead, button and verb of each beginning.
struct Words {
    action: &'static str,
    heading: &'static str,
    lead: &'static str,
    submit: &'static str,
    verb: Verb,
}

fn words(kind: Kind) -> Words {
    let (action, heading, lead, submit, verb) = match kind {
        Kind::Revocation => (
            "/adjustment/revocations",
            "提出拟撤销",
            "依次经核实、告知、陈述申辩、集体研究、决定、送达、公告、移交；提出不改变工作站状态（办法第十七条）",
            "提出",
            Verb::ProposeRevocation,
        ),
        Kind::Leaving => (
            "/adjustment/leavings",
            "申请退出",
            "市管的经市商务局转报，省管的直接报省商务厅；未结案件先行移交，批复后资料只读（办法第十五条）",
            "提交申请",
            Verb::RequestLeaving,
        ),
        Kind::Renaming => (
            "/adjustment/renamings",
            "名称变更备案",
            "承办单位名称变更的，及时备案并附证明；变更前的文书保留原名称（办法第十五条）",
            "报送备案",
            Verb::FileRenaming,
        ),
        Kind::Merging => (
            "/adjustment/mergings",
            "拟定整合方案",
            "明确存续方和移交范围，经集体研究决定后实施（办法第十六条）",
            "保存方案",
            Verb::ProposeMerging,
        ),
        Kind::Misuse => (
            "/adjustment/misuses",
            "登记名义使用线索",
            "依次经核查、告知、陈述申辩、处理，不自动产生后果（办法第四条）",
            "登记",
            Verb::HandleMisuse,
        ),
    };
    Words { action, heading, lead, submit, verb }
}

fn grounds() -> Input {
    Input::Choice(
        Ground::ALL
            .iter()
            .map(|(_, item, name)| ((*item).to_owned(), format!("{}　{name}", regulation::law::cite(item))))
            .collect(),
    )
}

/// What a beginning asks for.
fn asked_for(kind: Kind, own: Option<&Station>) -> Form {
    let line = |name, label: &str| Field::new(name, label, Input::Line(200));
    let number = |name, label: &str| Field::new(name, label, Input::Line(40)).hint("填写编号，可在工作站名册查得。");
    let area = |label: &str| Field::new("detail", label, Input::Area(4000));
    let files = |hint: &str| Field::new("files", "证明材料", Input::Files).optional().hint(hint);
    let yes = |key: &str, name: &str| (key.to_owned(), name.to_owned());
    match kind {
        Kind::Revocation => Form::new(
            "revocation",
            vec![
                number("station", "工作站编号"),
                Field::new("ground", "撤销情形", grounds()),
                line("year", "不合格年度").optional().hint("情形为第十七条（一）的填写，如 2026。"),
                area("事实和线索"),
                files("情况说明、文书、照片等。"),
            ],
        ),
        Kind::Leaving => Form::new(
            "leaving",
            vec![area("退出理由").hint("写明不再承办的原因和后续安排。"), files("加盖公章的书面申请。")],
        ),
        Kind::Renaming => Form::new(
            "renaming",
            vec![
                line("new_host", "变更后的承办单位全称"),
                line("uscc", "变更后的统一社会信用代码")
                    .value(own.map(|station| station.host_uscc.clone()).unwrap_or_default())
                    .hint("名称变更不改变代码；代码不同的属于更换承办单位，应重新申请。"),
                line("new_name", "变更后的工作站名称").optional().hint("随承办单位变更的填写，不变更的留空。"),
                Field::new("changed_on", "变更日期", Input::Day),
                area("变更说明").optional(),
                files("登记机关的变更通知、变更后的证照，至少一份。"),
            ],
        ),
        Kind::Merging => Form::new(
            "merging",
            vec![
                number("station", "被整合方编号"),
                number("survivor", "存续方编号"),
                Field::new(
                    "moves",
                    "移交存续方",
                    Input::Checks(vec![
                        yes("roster", "企业库"),
                        yes("cases", "未结案件"),
                        yes("ledger", "本年度其他台账"),
                    ]),
                )
                .optional()
                .hint("不选的留存原承办单位。同一事项两方都有登记的，只在一方计分。"),
                area("整合理由").hint("写明行业情况和两个工作站的覆盖关系。"),
            ],
        ),
        Kind::Misuse => Form::new(
            "misuse",
            vec![
                number("station", "工作站编号"),
                area("线索内容").hint("何时、何地、以工作站名义从事何种活动，线索来源。"),
                files("照片、截图、宣传品等。"),
            ],
        ),
    }
}

/// The station a beginning is about: one's own, or the one numbered, within the verb's reach.
async fn numbered(app: &App, person: &Person, verb: Verb, number: &str) -> Result<Option<Station>, Fault> {
    let scope = person.scope_or_refuse(app, verb)?;
    if person.actor.role.of_station() {
        let id = person.actor.station.ok_or(Fault::NotFound)?;
        return Ok(app.store.station(&scope, id).await?);
    }
    by_number(app, &scope, number).await
}

/// A station by its number.
pub async fn by_number(app: &App, scope: &Scope, number: &str) -> Result<Option<Station>, Fault> {
    if number.is_empty() {
        return Ok(None);
    }
    let filter = StationFilter { text: Some(number.to_owned()), ..StationFilter::default() };
    let found = app.store.stations(scope, &filter, "", 200).await?;
    Ok(found.into_iter().find(|station| station.number == number))
}

/// Whether this person may begin this about the station now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
fn beginning(app: &App, person: &Person, kind: Kind, station: &Station) -> Result<(Mandate, &'static str), Refusal> {
    let subject = Subject::of_station("adjustment", 0, &station.placed());
    let mandate = person.may(app, words(kind).verb, &subject)?;
    let province = station.manager() == Manager::Province;
    let stage = match kind {
        Kind::Revocation => in_force(&station.state, kind).map(|()| "proposed"),
        Kind::Leaving => leaving::request(&station.state, province).map(leaving::Stage::key),
        Kind::Renaming => renaming::file(&station.state, province, "", "").map(renaming::Stage::key),
        Kind::Merging => in_force(&station.state, kind).map(|()| "drafted"),
        // What a name was used for can come to light after the station's end.
        Kind::Misuse => Ok("reported"),
    };
    Ok((mandate, stage?))
}

async fn new(State(app): State<App>, person: Person, Query(asked): Query<Asked>, kind: Kind) -> Page {
    let verb = words(kind).verb;
    let station = numbered(&app, &person, verb, &asked.station).await?;
    let mut form = asked_for(kind, station.as_ref());
    let fill = |form: &mut Form, name: &str, value: String| {
        if let Some(field) = form.fields.iter_mut().find(|field| field.name == name && !value.is_empty()) {
            field.value = value;
        }
    };
    fill(&mut form, "station", asked.station.clone());
    if !asked.year.is_empty() {
        fill(&mut form, "ground", Ground::Failed.item().to_owned());
        fill(&mut form, "detail", format!("{}年度检查评估结果经确认为不合格。", asked.year));
        fill(&mut form, "year", asked.year.clone());
    }
    if !asked.origin.is_empty() {
        fill(&mut form, "ground", Ground::Unfit.item().to_owned());
    }
    let page = page(&app, &person, kind, station.as_ref(), form, &asked.origin).await?;
    render(&page)
}

async fn page(
    app: &App,
    person: &Person,
    kind: Kind,
    station: Option<&Station>,
    form: Form,
    origin: &str,
) -> Result<OpenPage, Fault> {
    let words = words(kind);
    let refusal = match station {
        Some(station) => beginning(app, person, kind, station).err(),
        None => None,
    };
    let cases = match (kind, station) {
        (Kind::Leaving, Some(station)) => open_cases(app, station).await?,
        _ => Vec::new(),
    };
    Ok(OpenPage {
        shell: Shell::new(app, person, PATH),
        heading: words.heading,
        lead: words.lead,
        submit: words.submit,
        action: words.action,
        hidden: Some(("origin", origin.to_owned())).filter(|(_, origin)| !origin.is_empty()).into_iter().collect(),
        cases,
        form,
        refusal,
    })
}

async fn open_cases(app: &App, station: &Station) -> Result<Vec<(String, String)>, Fault> {
    let present = app.present();
    let from = super::case::from_day(app, &present.edition);
    let cases = app.store.open_cases(0, station.id, from, &case_kinds(&present.edition)).await?;
    Ok(cases.into_iter().map(|case| (day(case.on_day), case.title)).collect())
}

async fn open(State(app): State<App>, person: Person, posted: Posted, kind: Kind) -> Page {
    person.check(&posted)?;
    let verb = words(kind).verb;
    let station = numbered(&app, &person, verb, posted.text("station")).await?;
    let origin = posted.text("origin").to_owned();
    let mut form = asked_for(kind, station.as_ref()).read(&posted, app.clock.today());
    let Some(station) = station else {
        form.object("station", "没有这个编号的工作站，或者不在办理范围内。");
        let page = page(&app, &person, kind, None, form, &origin).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    let (mandate, stage) = beginning(&app, &person, kind, &station)?;
    let mut new = NewAdjustment { kind: kind.key(), stage, ..NewAdjustment::default() };
    new.detail = form.text("detail").to_owned();
    match kind {
        Kind::Revocation => revocation(&app, &station, &mut form, &origin, &mut new).await?,
        Kind::Renaming => renaming_of(&station, &mut form, &posted, &mut new)?,
        Kind::Merging => merging_of(&app, &person, &station, &mut form, &mut new).await?,
        Kind::Leaving => {
            new.told = true;
            if posted.files.is_empty() {
                form.object("files", "请上传加盖公章的书面申请。");
            }
        }
        Kind::Misuse => {}
    }
    if !form.good() {
        let page = page(&app, &person, kind, Some(&station), form, &origin).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    }
    let files = put_files(&app, posted).await?;
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let id = tx.open_adjustment(&station.placed(), &new).await?;
    tx.attach("adjustment", id, station.id, &files).await?;
    effects::settle(&mut tx, station.id).await?;
    tx.note(format!("{}　{}", words(kind).heading, station.name));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{id}?done=adjustment-opened")).into_response())
}

/// Article 17 (1) names a confirmed year; (5) may name the finding it rests on.
async fn revocation(
    app: &App,
    station: &Station,
    form: &mut Form,
    origin: &str,
    new: &mut NewAdjustment,
) -> Result<(), Fault> {
    let ground = Ground::from_item(form.text("ground"));
    new.ground = ground.map(Ground::item);
    if ground == Some(Ground::Failed) {
        let year: Option<i64> = form.text("year").parse().ok();
        let failed = app.store.failed_years().await?;
        new.year = year.filter(|year| failed.iter().any(|(of, id, ..)| (of, *id) == (year, station.id)));
        if new.year.is_none() {
            form.object("year", "该年度没有经确认的不合格结果，或者已经提出过。");
        }
    } else if !form.text("year").is_empty() {
        form.object("year", "只有第十七条（一）的情形填写年度。");
    }
    if let Ok(origin) = origin.parse::<i64>() {
        let referred = app.store.referred_misuses().await?;
        new.origin =
            Some(origin).filter(|origin| referred.iter().any(|(id, of, ..)| (id, *of) == (origin, station.id)));
        if new.origin.is_none() {
            return Err(Fault::Conflict("该线索没有列入研判，或者已经据以提出".to_owned()));
        }
    }
    Ok(())
}

/// A new name with its evidence; another code is another host, which the law refuses (reading K53).
fn renaming_of(station: &Station, form: &mut Form, posted: &Posted, new: &mut NewAdjustment) -> Result<(), Fault> {
    let code = tidy_uscc(form.text("uscc"));
    if form.good() {
        renaming::file(&station.state, station.manager() == Manager::Province, &station.host_uscc, &code)?;
    }
    (new.new_host, new.new_name) = (form.text("new_host").to_owned(), form.text("new_name").to_owned());
    new.changed_on = form.day("changed_on").map(store::day_number);
    new.told = true;
    if new.new_host == station.host_name {
        form.object("new_host", "与现在的名称相同。");
    }
    if let Err(refusal) = renaming::evidenced(posted.files.len()) {
        form.object("files", refusal.reason);
    }
    Ok(())
}

async fn merging_of(
    app: &App,
    person: &Person,
    station: &Station,
    form: &mut Form,
    new: &mut NewAdjustment,
) -> Result<(), Fault> {
    let scope = person.scope(app, Verb::ProposeMerging);
    let survivor = by_number(app, &scope, form.text("survivor")).await?;
    new.moves = form.text("moves").to_owned();
    let Some(survivor) = survivor else {
        form.object("survivor", "没有这个编号的工作站。");
        return Ok(());
    };
    if form.good() {
        merging::plan(pair(station, &survivor))?;
    }
    new.survivor = Some(survivor.id);
    Ok(())
}
