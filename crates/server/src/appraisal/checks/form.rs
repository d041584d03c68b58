//! The form of an on-site check: shown, judged, saved under the version it was based on.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use regulation::appraisal::checklist::{Answer, Check, Found, Section, Standing, excused, lacking, saved};
use regulation::general::{Mandate, Refusal, Verb};
use regulation::law::cite;
use store::appraisal::{NewCheck, SiteCheck};
use store::files::Stored;

use super::super::ledger::parse_day;
use super::super::ledger::reading::File;
use super::super::ledger::writing::{Begun, answer, answered, begin};
use super::conflict::{self, Clash};
use super::{NOUN, PATH, Target, checking, content, photos};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    let path = "/appraisal/checks/{year}/stations/{id}";
    Routes::default().get(path, Verb::CheckOnSite, show).post(path, Verb::CheckOnSite, save).post(
        "/appraisal/checks/{year}/stations/{id}/excuse",
        Verb::CheckOnSite,
        excuse,
    )
}

#[derive(Template)]
#[template(path = "appraisal/check_form.html")]
struct CheckFormPage {
    shell: Shell,
    form: Form,
    /// Savings that wait to be merged: address, when, by whom.
    waiting: Vec<(String, String)>,
    allowed: Result<(), Refusal>,
    /// Whether why nobody went may be put on record instead.
    excuse: bool,
}

/// The form itself, as two pages show it.
pub struct Form {
    pub heading: String,
    pub station: String,
    pub number: String,
    pub action: String,
    /// Account, year and station: what this browser keeps the form under.
    pub key: String,
    pub once: String,
    pub version: i64,
    pub merges: Option<i64>,
    pub finished: bool,
    pub due: String,
    pub kept: String,
    pub today: String,
    pub check: Check,
    pub answered: usize,
    pub amiss: usize,
    pub total: usize,
    pub sections: Vec<SectionView>,
    pub problems: Vec<(String, &'static str)>,
}

pub struct SectionView {
    pub name: String,
    pub points: Vec<PointView>,
}

pub struct PointView {
    pub number: usize,
    pub id: String,
    pub name: String,
    pub hint: String,
    pub worth: String,
    pub cited: String,
    pub answers: Vec<AnswerView>,
    pub remark: String,
    pub photos: Vec<(i64, String)>,
}

pub struct AnswerView {
    pub key: &'static str,
    pub name: &'static str,
    pub chosen: bool,
    pub amiss: bool,
}

impl Form {
    /// What is wrong with a field or point.
    pub fn problem(&self, id: &str) -> Option<&'static str> {
        self.problems.iter().find(|(known, _)| known == id).map(|(_, sentence)| *sentence)
    }
}

/// The form with a content in it, based on the newest version.
pub fn form(
    app: &App,
    person: &Person,
    target: &Target,
    newest: Option<&SiteCheck>,
    check: Check,
    files: &[(String, File)],
) -> Result<Form, Fault> {
    let sections = target.sections();
    let (answered, amiss) = check.tally();
    let due = app.present().due(target.layer.deadline(), target.year);
    Ok(Form {
        heading: target.layer.name().to_owned(),
        station: target.station.name.clone(),
        number: target.station.number.clone(),
        action: target.href(),
        key: format!("{}:{}:{}", person.actor.account, target.year, target.station.id),
        once: random_token()?,
        version: newest.and_then(|check| check.version).unwrap_or_default(),
        merges: None,
        finished: newest.is_some_and(|check| check.state == Standing::Finished.key()),
        due: due.map(|due| due.text()).unwrap_or_default(),
        kept: newest.map(|check| format!("{}　{}", moment_of(check.saved_at), check.saved_by)).unwrap_or_default(),
        today: app.clock.today().to_string(),
        answered,
        amiss,
        total: sections.iter().map(|section| section.points.len()).sum(),
        sections: shown(&sections, &check, files),
        check,
        problems: Vec::new(),
    })
}

fn shown(sections: &[Section], check: &Check, files: &[(String, File)]) -> Vec<SectionView> {
    let mut number = 0;
    let mut point = |point: &regulation::appraisal::checklist::Point| {
        number += 1;
        let found = check.found.get(&point.id).cloned().unwrap_or_default();
        let photo = |sha256: &String| files.iter().find(|(known, _)| known == sha256);
        PointView {
            number,
            id: point.id.clone(),
            name: point.name.clone(),
            hint: point.hint.clone(),
            worth: point.worth.clone(),
            cited: format!("办法{}", cite(&point.article)),
            answers: Answer::ALL
                .iter()
                .map(|(answer, key, name)| AnswerView {
                    key,
                    name,
                    chosen: found.answer == Some(*answer),
                    amiss: answer.amiss(),
                })
                .collect(),
            photos: found.photos.iter().filter_map(photo).map(|(_, file)| (file.id, file.name.clone())).collect(),
            remark: found.remark,
        }
    };
    sections
        .iter()
        .map(|section| SectionView {
            name: section.name.clone(),
            points: section.points.iter().map(&mut point).collect(),
        })
        .collect()
}

async fn show(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>) -> Page {
    let target = Target::find(&app, &person, year, id).await?;
    let placed = target.station.placed();
    let newest = app.store.newest_check(target.of(&placed)).await?;
    let allowed = checking(&app, &person, &target).map(drop);
    let standing = newest.as_ref().and_then(|check| Standing::from_key(&check.state));
    let (check, files) = match &newest {
        Some(newest) => (content(newest)?, photos(app.store.attachments(NOUN, newest.id).await?)),
        None => (blank(&app, &person, &target), Vec::new()),
    };
    let waiting = app.store.waiting_checks(target.of(&placed)).await?;
    let waiting = waiting
        .into_iter()
        .map(|check| (conflict::href(&target, check.id), format!("{} {}", moment_of(check.saved_at), check.saved_by)));
    render(&CheckFormPage {
        shell: Shell::new(&app, &person, PATH),
        waiting: waiting.collect(),
        form: form(&app, &person, &target, newest.as_ref(), check, &files)?,
        excuse: allowed.is_ok() && excused(standing).is_ok(),
        allowed,
    })
}

/// A check nobody has begun: today, at the station's address, by whoever looks.
fn blank(app: &App, person: &Person, target: &Target) -> Check {
    Check {
        on: app.clock.today().to_string(),
        at: app.clock.civil().strftime("%H:%M").to_string(),
        place: target.station.address.clone(),
        inspectors: person.session.display_name.clone(),
        ..Check::default()
    }
}

/// What was typed; the photos are those posted with it.
fn typed(posted: &Posted, sections: &[Section], new: &[(String, Stored)]) -> Check {
    let text = |name: &str| posted.text(name).to_owned();
    let points = sections.iter().flat_map(|section| &section.points);
    let found = points.filter_map(|point| {
        let field = format!("photo-{}", point.id);
        let found = Found {
            answer: Answer::from_key(posted.text(&format!("answer-{}", point.id))),
            remark: text(&format!("remark-{}", point.id)),
            photos: new.iter().filter(|(from, _)| *from == field).map(|(_, file)| file.sha256.clone()).collect(),
        };
        (found != Found::default()).then(|| (point.id.clone(), found))
    });
    Check {
        on: text("on"),
        at: text("at"),
        place: text("place"),
        position: text("position"),
        inspectors: text("inspectors"),
        present: text("present"),
        opinion: text("opinion"),
        found: found.collect(),
    }
}

/// Adds the photos another saving has for the same points: photos are never lost.
pub fn with_photos(mut check: Check, of: &Check) -> Check {
    for (point, found) in &of.found {
        let own = check.found.entry(point.clone()).or_default();
        let new = found.photos.iter().filter(|sha256| !own.photos.contains(sha256)).cloned().collect::<Vec<_>>();
        own.photos.splice(0..0, new);
    }
    check.found.retain(|_, found| *found != Found::default());
    check
}

/// What is wrong with what was typed; a draft may lack anything, but nothing is longer than it is shown.
fn problems(app: &App, target: &Target, check: &Check, finish: bool) -> Vec<(String, &'static str)> {
    let mut problems = Vec::new();
    let long = |text: &str, most: usize| text.chars().count() > most;
    if long(&check.place, 200)
        || long(&check.inspectors, 200)
        || long(&check.present, 200)
        || long(&check.opinion, 2000)
    {
        problems.push(("opinion".to_owned(), "地点和人员各不超过 200 字，总体意见不超过 2000 字。"));
    }
    let over = check.found.iter().filter(|(_, found)| long(&found.remark, 1000));
    problems.extend(over.map(|(id, _)| (id.clone(), "说明不超过 1000 字。")));
    if finish {
        let day = parse_day(&check.on).filter(|on| *on <= app.clock.today());
        if day.is_none_or(|on| i64::from(on.year()) < target.year) {
            problems.push(("on".to_owned(), "请填写检查日期，在评估年度开始之后，不晚于今天。"));
        }
        if jiff::civil::Time::strptime("%H:%M", &check.at).is_err() {
            problems.push(("at".to_owned(), "请填写到站时间，写作 09:30。"));
        }
        problems.extend(lacking(&target.sections(), check));
    }
    problems
}

async fn save(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let target = Target::find(&app, &person, year, id).await?;
    let once = posted.once();
    if let Some(before) = answered(&app, once.as_deref()).await? {
        return Ok(before);
    }
    let mandate = checking(&app, &person, &target)?;
    let new = put(&app, &posted).await?;
    let check = typed(&posted, &target.sections(), &new);
    let finish = posted.text("step") == "finish";
    let problems = problems(&app, &target, &check, finish);
    if !problems.is_empty() {
        return again(&app, &person, &target, &posted, check, problems).await;
    }
    let files: Vec<Stored> = new.into_iter().map(|(_, file)| file).collect();
    let saving = Saving {
        base: posted.number("base").unwrap_or_default(),
        merges: posted.number("merges"),
        once,
        finish,
        files,
        check,
    };
    keep(&app, &person, &target, &mandate, saving).await
}

/// A saving about to be kept.
struct Saving {
    base: i64,
    merges: Option<i64>,
    once: Option<String>,
    finish: bool,
    files: Vec<Stored>,
    check: Check,
}

/// Keeps a saving as the next version, or beside the newest when somebody was there meanwhile.
async fn keep(app: &App, person: &Person, target: &Target, mandate: &Mandate, saving: Saving) -> Page {
    let placed = target.station.placed();
    let of = target.of(&placed);
    let waiting = app.store.waiting_checks(of).await?;
    let merged = waiting.iter().find(|check| Some(check.id) == saving.merges);
    let once = saving.once.as_deref();
    let mut tx = match begin(app, mandate, once).await? {
        Begun::First(tx) => tx,
        Begun::Again(answer) => return Ok(answer),
    };
    tx.hold_station(placed.id).await?;
    let newest = tx.newest_check(of).await?;
    let version = newest.as_ref().and_then(|check| check.version).unwrap_or_default();
    let standing = newest.as_ref().and_then(|check| Standing::from_key(&check.state));
    let standing = saved(standing, saving.finish)?;
    let in_order = version == saving.base;
    let mut check = saving.check;
    for before in newest.iter().filter(|_| in_order).chain(merged) {
        check = with_photos(check, &content(before)?);
    }
    let text = serde_json::to_string(&check).map_err(anyhow::Error::from)?;
    let new = NewCheck {
        of,
        version: in_order.then_some(version + 1),
        base: saving.base,
        merges: merged.filter(|_| in_order).map(|check| check.id),
        state: standing.key(),
        content: &text,
    };
    let kept = tx.add_check(&new).await?;
    for before in newest.iter().filter(|_| in_order).chain(merged) {
        tx.carry_attachments(NOUN, before.id, kept).await?;
    }
    tx.attach(NOUN, kept, placed.id, &saving.files).await?;
    let (answers, amiss) = check.tally();
    let name = target.layer.name();
    if in_order {
        tx.note(format!("{} 年度{name}第 {} 版，已查 {answers} 项，不符 {amiss} 项", target.year, version + 1));
        let place = match (standing, merged) {
            (Standing::Finished | Standing::Excused, _) => format!("{PATH}/{kept}?done=check_finished"),
            (Standing::Draft, Some(_)) => format!("{}?done=check_merged", target.href()),
            (Standing::Draft, None) => format!("{}?done=check_saved", target.href()),
        };
        return answer(tx, once, &place).await;
    }
    tx.note(format!("{} 年度{name}，基于第 {} 版而最新为第 {version} 版，另存待合并", target.year, saving.base));
    if let Some(token) = once {
        tx.answer_once(token, &conflict::href(target, kept)).await?;
    }
    tx.commit().await?;
    let clash = Clash::load(app, target, kept).await?.ok_or(Fault::NotFound)?;
    let page = conflict::page(app, person, target, clash).await?;
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// Puts on record why nobody went (reading K36).
async fn excuse(State(app): State<App>, person: Person, Path((year, id)): Path<(i64, i64)>, posted: Posted) -> Page {
    person.check(&posted)?;
    let target = Target::find(&app, &person, year, id).await?;
    let mandate = checking(&app, &person, &target)?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::Invalid("请写明未检查的原因，不超过 500 字。".to_owned()));
    }
    let placed = target.station.placed();
    let of = target.of(&placed);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.hold_station(placed.id).await?;
    let newest = tx.newest_check(of).await?;
    let state = excused(newest.as_ref().and_then(|check| Standing::from_key(&check.state)))?.key();
    // What was begun stays in it, should somebody go after all.
    let begun = newest.as_ref().map(content).transpose()?.unwrap_or_default();
    let check = Check { on: app.clock.today().to_string(), opinion: format!("未检查的原因：{reason}"), ..begun };
    let text = serde_json::to_string(&check).map_err(anyhow::Error::from)?;
    let version = newest.as_ref().and_then(|check| check.version).unwrap_or_default();
    let new = NewCheck { of, version: Some(version + 1), base: version, merges: None, state, content: &text };
    let kept = tx.add_check(&new).await?;
    if let Some(before) = &newest {
        tx.carry_attachments(NOUN, before.id, kept).await?;
    }
    tx.note(format!("{year} 年度{}未进行：{reason}", target.layer.name()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PATH}/{kept}?done=check_excused")).into_response())
}

/// Stores the posted files, each with the field it came in.
async fn put(app: &App, posted: &Posted) -> Result<Vec<(String, Stored)>, Fault> {
    let mut stored = Vec::new();
    for (ix, file) in posted.files.iter().enumerate() {
        stored.push((posted.field_of(ix).to_owned(), app.objects.put(file.clone()).await?));
    }
    Ok(stored)
}

/// The form again, with what was typed and what is wrong with it.
async fn again(
    app: &App,
    person: &Person,
    target: &Target,
    posted: &Posted,
    check: Check,
    problems: Vec<(String, &'static str)>,
) -> Page {
    let placed = target.station.placed();
    let newest = app.store.newest_check(target.of(&placed)).await?;
    let files = match &newest {
        Some(newest) => photos(app.store.attachments(NOUN, newest.id).await?),
        None => Vec::new(),
    };
    let check = match &newest {
        Some(newest) => with_photos(check, &content(newest)?),
        None => check,
    };
    let mut form = form(app, person, target, newest.as_ref(), check, &files)?;
    // What it was based on stays: the next saving is still judged by it.
    form.version = posted.number("base").unwrap_or_default();
    form.merges = posted.number("merges");
    form.problems = problems;
    let shell = Shell::new(app, person, PATH);
    let page = CheckFormPage { shell, form, waiting: Vec::new(), allowed: Ok(()), excuse: false };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}
