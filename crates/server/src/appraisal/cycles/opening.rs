//! Opening a year: every parameter is shown, and the pass mark is confirmed by typing it (Article 9, reading K42).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use papers::official::plain;
use regulation::Points;
use regulation::appraisal::grade::{Counts, FirstYear};
use regulation::general::{Basis, Due, Mandate, Refusal, Scope, Subject, Verb};
use regulation::law::{Edition, NumberValue, cite};
use store::appraisal::{Cycle, CycleParameter, NewCycle};
use store::general::{NewPaper, NewPublication};

use super::{PATH, Parameter};
use crate::app::{App, Routes, render};
use crate::appraisal::inspection::in_text;
use crate::appraisal::ledger::parse_day;
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::general::interpretations::InForce;
use crate::general::papers::paper;
use crate::general::rules::validity::{Ground, Purpose, told};
use crate::posted::Posted;
use crate::shell::Shell;

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/new", Verb::OpenCycle, new_page).post(PATH, Verb::OpenCycle, open)
}

#[derive(Template)]
#[template(path = "appraisal/cycle_new.html")]
struct OpeningPage {
    shell: Shell,
    year: i64,
    edition_id: String,
    edition_title: String,
    suggested: String,
    tag: String,
    total: String,
    typed: String,
    problem: Option<String>,
    parameters: Vec<Parameter>,
    dates: Vec<DateField>,
    tentative: bool,
    /// Key, name and whether chosen, of each policy.
    first_year: Vec<Choice>,
    counts: Vec<Choice>,
}

type Choice = (&'static str, &'static str, bool);

/// A deadline the form asks to confirm.
struct DateField {
    id: String,
    name: String,
    on: String,
    tentative: bool,
}

/// The first year without a cycle, from this one on.
fn next_year(app: &App) -> i64 {
    let present = app.present();
    let this = i64::from(app.clock.today().year());
    let newest = present.cycles.iter().map(|cycle| cycle.year).max();
    newest.map_or(this, |newest| (newest + 1).max(this))
}

/// Whether this person may open that year now. Link, form and submit all ask here.
fn opening(app: &App, person: &Person, ground: &Ground, year: i64) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::OpenCycle, &Subject::whole("cycle", year))?;
    let this = i64::from(app.clock.today().year());
    if app.present().cycles.iter().any(|cycle| cycle.year == year) {
        return Err(Refusal::new(Basis::Item("9"), format!("{year}年度评估已经开启。")));
    }
    if year > this + 1 {
        return Err(Refusal::new(Basis::Item("9"), format!("最早可在上一年内开启，{year}年度为时尚早。")));
    }
    if year < this - 1 {
        return Err(Refusal::new(Basis::Item("9"), format!("{year}年度已过，不再开启。")));
    }
    ground.begins(app, Purpose::Cycle, year)?;
    Ok(mandate)
}

/// The year that can be opened next, for the page: `None` for roles that never do.
///
/// # Errors
/// Fails when the database does.
pub async fn offer(app: &App, person: &Person) -> anyhow::Result<Option<Result<i64, Refusal>>> {
    if person.scope(app, Verb::OpenCycle) == Scope::Nothing {
        return Ok(None);
    }
    let year = next_year(app);
    let ground = Ground::of(app).await?;
    Ok(Some(opening(app, person, &ground, year).map(|_| year)))
}

/// Deadlines of a year's inspection by the calendar, rolled over days off.
pub fn deadlines(app: &App, edition: &Edition, year: i64) -> Vec<(String, String, Due)> {
    let year = i16::try_from(year).unwrap_or_default();
    let workdays = &app.present().workdays;
    let own = edition.calendar.deadlines.iter().filter(|deadline| deadline.next_year);
    own.filter_map(|deadline| {
        let due = edition.due(&deadline.id, year, workdays)?;
        Some((deadline.id.clone(), deadline.name.clone(), due))
    })
    .collect()
}

/// What the province confirms beside the dates.
#[derive(Clone, Copy)]
pub struct Confirmed {
    pub pass_mark: Points,
    pub first_year: FirstYear,
    pub counts: Counts,
}

/// What a year is opened with: deadlines and numbers, each with its ground.
fn parameters(edition: &Edition, dates: &[(String, String, Due)], confirmed: Option<Confirmed>) -> Vec<Parameter> {
    let deadlines = dates.iter().map(|(id, name, due)| {
        let known = edition.deadline(id);
        Parameter {
            name: name.clone(),
            value: format!("{} {}前", due.text(), due.time),
            basis: known.map_or_else(String::new, |known| basis(&known.basis)),
            tag: known.and_then(|known| known.tag.clone()),
        }
    });
    let frozen = [
        "pass_mark",
        "first_year",
        "excellent.counts",
        "excellent.denominator",
        "marks.min_experts",
        "marks.drop_from",
        "marks.spread",
        "roster.min",
        "material.correction_working_days",
        "statement.working_days",
        "review_request.working_days",
    ];
    let numbers = frozen.iter().filter_map(|id| edition.number(id)).map(|number| Parameter {
        name: number.name.clone(),
        value: match (confirmed, number.id.as_str()) {
            (Some(confirmed), "pass_mark") => format!("{} 分，省商务厅已确认", confirmed.pass_mark),
            (Some(confirmed), "first_year") => format!("{}，省商务厅已确认", confirmed.first_year.name()),
            (Some(confirmed), "excellent.counts") => format!("{}，省商务厅已确认", confirmed.counts.name()),
            _ => format!("{} {}", shown(&number.value), number.unit).trim_end().to_owned(),
        },
        basis: basis(&number.basis),
        tag: number.tag.clone(),
    });
    numbers.chain(deadlines).collect()
}

/// What an opened year was frozen with; for one opened before parameters were kept, what its edition says.
///
/// # Errors
/// Fails when the database does.
pub async fn frozen(app: &App, edition: &Edition, cycle: &Cycle) -> anyhow::Result<Vec<Parameter>> {
    let kept = app.store.cycle_parameters(cycle.year).await?;
    if kept.is_empty() {
        let pass_mark = Points::from_tenths(cycle.pass_mark);
        let confirmed = Confirmed { pass_mark, first_year: cycle.first_year()?, counts: cycle.counts()? };
        return Ok(parameters(edition, &deadlines(app, edition, cycle.year), Some(confirmed)));
    }
    Ok(kept
        .into_iter()
        .map(|kept| Parameter { name: kept.name, value: kept.value, basis: kept.basis, tag: kept.tag })
        .collect())
}

/// `办法第十四条`, or `读法 K42`.
pub fn basis(basis: &str) -> String {
    basis.strip_prefix("reading ").map_or_else(|| format!("办法{}", cite(basis)), |reading| format!("读法 {reading}"))
}

/// A number of the calendar as people read it.
pub fn shown(value: &NumberValue) -> String {
    match value {
        NumberValue::Whole(value) => value.to_string(),
        NumberValue::Flag(value) => if *value { "是" } else { "否" }.to_owned(),
        NumberValue::Text(text) => text.clone(),
        NumberValue::List(values) => values.iter().map(i64::to_string).collect::<Vec<_>>().join("、"),
    }
}

fn page(
    app: &App,
    person: &Person,
    edition: &Edition,
    year: i64,
    posted: Option<&Posted>,
    problem: Option<String>,
) -> OpeningPage {
    let typed = |name: &str| posted.map(|posted| posted.text(name).to_owned()).unwrap_or_default();
    let (first_year, counts) = (typed("first_year"), typed("counts"));
    let dates = deadlines(app, edition, year);
    OpeningPage {
        tentative: dates.iter().any(|(.., due)| due.tentative),
        parameters: parameters(edition, &dates, None),
        dates: dates
            .into_iter()
            .map(|(id, name, due)| DateField { id, name, on: due.on.to_string(), tentative: due.tentative })
            .collect(),
        shell: Shell::new(app, person, PATH),
        year,
        edition_id: edition.head.id.clone(),
        edition_title: format!("{}（{}）", edition.head.title, edition.head.status),
        suggested: edition.pass_mark().plain(),
        tag: edition.number("pass_mark").and_then(|number| number.tag.clone()).unwrap_or_default(),
        total: edition.sheet.total.plain(),
        typed: typed("pass_mark"),
        first_year: FirstYear::ALL.iter().map(|one| (one.key(), one.name(), one.key() == first_year)).collect(),
        counts: Counts::ALL.iter().map(|one| (one.key(), one.name(), one.key() == counts)).collect(),
        problem,
    }
}

async fn new_page(State(app): State<App>, person: Person) -> Page {
    let year = next_year(&app);
    let ground = Ground::of(&app).await?;
    opening(&app, &person, &ground, year)?;
    let edition = Arc::clone(&ground.edition);
    render(&page(&app, &person, &edition, year, None, None))
}

async fn open(State(app): State<App>, person: Person, posted: Posted) -> Page {
    person.check(&posted)?;
    let year = posted.number("year").ok_or_else(|| Fault::Invalid("年度应为四位数字。".to_owned()))?;
    let ground = Ground::of(&app).await?;
    let mandate = opening(&app, &person, &ground, year)?;
    let edition = Arc::clone(&ground.edition);
    if posted.text("edition") != edition.head.id {
        return Err(Fault::Conflict("规则版本已有更新，请刷新后按新版本确认".to_owned()));
    }
    let asked = asked(&app, &edition, year, &posted);
    let (confirmed, dates) = match asked {
        Ok(asked) => asked,
        Err(sentence) => {
            let form = page(&app, &person, &edition, year, Some(&posted), Some(sentence));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(askama::Template::render(&form)?)).into_response());
        }
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    freeze(&mut tx, &ground, year, confirmed, &dates).await?;
    tx.commit().await?;
    app.refresh().await?;
    Ok(Redirect::to(&format!("{PATH}?done=opened")).into_response())
}

type Asked = (Confirmed, Vec<(String, String, Due)>);

/// Pass mark, policies and dates as typed and confirmed (readings K28, K42, K43, K48), or the first thing missing.
fn asked(app: &App, edition: &Edition, year: i64, posted: &Posted) -> Result<Asked, String> {
    let total = edition.sheet.total;
    let mark = posted.text("pass_mark").parse::<Points>().ok();
    let mark = mark
        .filter(|mark| *mark > Points::ZERO && *mark <= total)
        .ok_or_else(|| format!("请键入确认采用的合格线，大于 0、不超过 {}、最多一位小数。", total.plain()))?;
    let first_year = FirstYear::from_key(posted.text("first_year"));
    let first_year = first_year.ok_or_else(|| "请选择首年工作站怎样评估。".to_owned())?;
    let counts = Counts::from_key(posted.text("counts"));
    let counts = counts.ok_or_else(|| "请选择优秀名额三分之一的基数。".to_owned())?;
    let mut dates = deadlines(app, edition, year);
    for (id, name, due) in &mut dates {
        let typed = posted.text(id);
        if !typed.is_empty() {
            let on = parse_day(typed).filter(|on| i64::from(on.year()) > year);
            due.on = on.ok_or_else(|| format!("{name}：日期应写作 2027-02-01，在评估年度之后。"))?;
        }
    }
    if dates.windows(2).any(|pair| pair[0].2.on > pair[1].2.on) {
        return Err("各环节的日期应依次不早于前一环节。".to_owned());
    }
    if dates.iter().any(|(.., due)| due.tentative) && !posted.checked("dates_confirmed") {
        return Err("有暂计的日期：请核对后勾选确认，再开启年度评估。".to_owned());
    }
    for (.., due) in &mut dates {
        due.tentative = false;
    }
    Ok((Confirmed { pass_mark: mark, first_year, counts }, dates))
}

/// 年度评估工作方案.
#[derive(Template)]
#[template(path = "papers/work_plan.txt")]
struct PlanText {
    department: String,
    year: i64,
    edition: String,
    pass_mark: String,
    denominator: i64,
    dates: Vec<(String, String)>,
    rows: Vec<[String; 3]>,
    /// Answers in force on its date: place, question, answer, from when (Article 18).
    answers: Vec<[String; 4]>,
    dated: String,
}

/// Opens the year with all it is bound to, and publishes its plan.
async fn freeze(
    tx: &mut store::Tx<'_>,
    ground: &Ground,
    year: i64,
    confirmed: Confirmed,
    dates: &[(String, String, Due)],
) -> anyhow::Result<()> {
    let Confirmed { pass_mark, first_year, counts } = confirmed;
    let edition = &ground.edition.head.id;
    tx.open_cycle(&NewCycle { year, edition, pass_mark: pass_mark.tenths(), first_year, counts }).await?;
    record(tx, ground, year, confirmed, dates).await
}

/// Keeps what an opened year is bound to, and publishes its plan.
///
/// # Errors
/// Fails when the database does.
pub async fn record(
    tx: &mut store::Tx<'_>,
    ground: &Ground,
    year: i64,
    confirmed: Confirmed,
    dates: &[(String, String, Due)],
) -> anyhow::Result<()> {
    let edition = &ground.edition;
    for (id, name, due) in dates {
        tx.set_cycle_date(year, id, name, due, "开启时确认").await?;
    }
    let mut frozen = parameters(edition, dates, Some(confirmed));
    frozen.extend(ground.decision(Purpose::Cycle, year).map(|decision| Parameter {
        name: "沿用已失效的规则版本".to_owned(),
        value: told(decision),
        basis: basis("19"),
        tag: None,
    }));
    for parameter in &frozen {
        let Parameter { name, value, basis, tag } = parameter;
        let new = CycleParameter { name: name.clone(), value: value.clone(), basis: basis.clone(), tag: tag.clone() };
        tx.add_cycle_parameter(year, &new).await?;
    }
    let plan = PlanText {
        department: edition.head.department.clone(),
        year,
        edition: format!("{}（{}）", edition.head.title, edition.head.status),
        pass_mark: confirmed.pass_mark.plain(),
        denominator: edition.whole("excellent.denominator"),
        dates: dates.iter().map(|(_, name, due)| (name.clone(), format!("{} {}", in_text(due.on), due.time))).collect(),
        rows: frozen
            .iter()
            .map(|parameter| [parameter.name.clone(), plain(&parameter.value), parameter.basis.clone()])
            .collect(),
        answers: InForce::within(tx, edition).await?.printed(edition)?,
        dated: in_text(store::day_of(tx.instant())),
    };
    let new = NewPaper { kind: "cycle.plan", noun: "cycle", noun_id: year, ..NewPaper::default() };
    let new = paper(new, &plan)?;
    tx.publish(&NewPublication {
        kind: "announcement",
        noun: "cycle",
        noun_id: year,
        title: new.title.clone(),
        content: new.content.clone(),
        until_day: None,
    })
    .await?;
    tx.add_paper(&new).await?;
    Ok(())
}
