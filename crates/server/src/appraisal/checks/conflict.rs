//! Two savings of one check side by side: nothing was overwritten, a person merges them.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect};
use regulation::appraisal::checklist::{Answer, Check, Found};
use regulation::general::Verb;
use store::appraisal::{NewCheck, SiteCheck};

use super::form::{Form, form, with_photos};
use super::{NOUN, PATH, Target, checking, content, photos};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, moment_of};

pub fn routes() -> Routes {
    let path = "/appraisal/checks/{year}/stations/{id}/conflicts/{check}";
    Routes::default().get(path, Verb::CheckOnSite, show).post(path, Verb::CheckOnSite, drop_it)
}

/// The address of a saving that waits.
pub fn href(target: &Target, check: i64) -> String {
    format!("{}/conflicts/{check}", target.href())
}

/// The newest version, and the saving that waits beside it.
pub struct Clash {
    newest: SiteCheck,
    waiting: SiteCheck,
}

impl Clash {
    pub async fn load(app: &App, target: &Target, id: i64) -> Result<Option<Clash>, Fault> {
        let placed = target.station.placed();
        let of = target.of(&placed);
        let waiting = app.store.waiting_checks(of).await?.into_iter().find(|check| check.id == id);
        let newest = app.store.newest_check(of).await?;
        Ok(waiting.zip(newest).map(|(waiting, newest)| Clash { newest, waiting }))
    }
}

#[derive(Template)]
#[template(path = "appraisal/check_conflict.html")]
struct ConflictPage {
    shell: Shell,
    form: Form,
    newest: Side,
    waiting: Side,
    rows: Vec<Row>,
    same: usize,
    here: String,
}

struct Side {
    version: i64,
    when: String,
    by: String,
}

/// A field or point on which the two differ.
struct Row {
    name: String,
    theirs: String,
    mine: String,
}

/// The page: what differs, and the form with the content that waits, to be saved over the newest version.
pub async fn page(app: &App, person: &Person, target: &Target, clash: Clash) -> Result<Html<String>, Fault> {
    let Clash { newest, waiting } = clash;
    let (theirs, mine) = (content(&newest)?, content(&waiting)?);
    let files = photos(app.store.attachments_of(NOUN, &[newest.id, waiting.id]).await?);
    let (rows, same) = differences(target, &theirs, &mine);
    let merged = with_photos(filled(mine, &theirs), &theirs);
    let mut form = form(app, person, target, Some(&newest), merged, &files)?;
    form.merges = Some(waiting.id);
    let side = |check: &SiteCheck| Side {
        version: check.version.unwrap_or(check.base),
        when: moment_of(check.saved_at),
        by: check.saved_by.clone(),
    };
    let page = ConflictPage {
        shell: Shell::new(app, person, PATH),
        newest: side(&newest),
        waiting: side(&waiting),
        here: href(target, waiting.id),
        form,
        rows,
        same,
    };
    Ok(Html(page.render()?))
}

/// What one left open and the other filled in is no conflict: the filled one stands.
fn filled(mut mine: Check, theirs: &Check) -> Check {
    let take = |own: &mut String, other: &String| {
        if own.is_empty() {
            own.clone_from(other);
        }
    };
    take(&mut mine.at, &theirs.at);
    take(&mut mine.place, &theirs.place);
    take(&mut mine.position, &theirs.position);
    take(&mut mine.inspectors, &theirs.inspectors);
    take(&mut mine.present, &theirs.present);
    take(&mut mine.opinion, &theirs.opinion);
    for (point, found) in &theirs.found {
        let own = mine.found.entry(point.clone()).or_default();
        own.answer = own.answer.or(found.answer);
        take(&mut own.remark, &found.remark);
    }
    mine
}

/// Where the two say different things, and on how many points they agree.
fn differences(target: &Target, theirs: &Check, mine: &Check) -> (Vec<Row>, usize) {
    let mut rows = Vec::new();
    let mut field = |name: &str, theirs: &str, mine: &str| {
        if theirs != mine {
            rows.push(Row { name: name.to_owned(), theirs: theirs.to_owned(), mine: mine.to_owned() });
        }
    };
    field("检查日期", &theirs.on, &mine.on);
    field("到站时间", &theirs.at, &mine.at);
    field("检查地点", &theirs.place, &mine.place);
    field("检查人员", &theirs.inspectors, &mine.inspectors);
    field("工作站在场人员", &theirs.present, &mine.present);
    let nothing = Found::default();
    let mut same = 0;
    for point in target.sections().iter().flat_map(|section| &section.points) {
        let of = |check: &Check| in_words(check.found.get(&point.id).unwrap_or(&nothing));
        let (theirs, mine) = (of(theirs), of(mine));
        same += usize::from(theirs == mine);
        field(&point.name, &theirs, &mine);
    }
    field("总体意见", &theirs.opinion, &mine.opinion);
    (rows, same)
}

/// An answer, its remark and its photos as one line.
fn in_words(found: &Found) -> String {
    let mut words = vec![found.answer.map_or("未查", Answer::name).to_owned()];
    if !found.remark.is_empty() {
        words.push(found.remark.clone());
    }
    if !found.photos.is_empty() {
        words.push(format!("照片 {} 张", found.photos.len()));
    }
    words.join("；")
}

async fn show(State(app): State<App>, person: Person, Path((year, id, check)): Path<(i64, i64, i64)>) -> Page {
    let target = Target::find(&app, &person, year, id).await?;
    let clash = Clash::load(&app, &target, check).await?.ok_or(Fault::NotFound)?;
    Ok(page(&app, &person, &target, clash).await?.into_response())
}

/// Leaves the newest version as it is; what waited stays on record, with its photos.
async fn drop_it(
    State(app): State<App>,
    person: Person,
    Path((year, id, check)): Path<(i64, i64, i64)>,
    posted: Posted,
) -> Page {
    person.check(&posted)?;
    let target = Target::find(&app, &person, year, id).await?;
    let clash = Clash::load(&app, &target, check).await?.ok_or(Fault::NotFound)?;
    let mandate = checking(&app, &person, &target)?;
    let placed = target.station.placed();
    let of = target.of(&placed);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.hold_station(id).await?;
    let newest = tx.newest_check(of).await?.ok_or(Fault::NotFound)?;
    let version = newest.version.unwrap_or_default();
    let merged = serde_json::to_string(&with_photos(content(&newest)?, &content(&clash.waiting)?));
    let merged = merged.map_err(anyhow::Error::from)?;
    let state = match newest.state.as_str() {
        "finished" => "finished",
        _ => "draft",
    };
    let new = NewCheck { of, version: Some(version + 1), base: version, merges: Some(check), state, content: &merged };
    let kept = tx.add_check(&new).await?;
    tx.carry_attachments(NOUN, newest.id, kept).await?;
    tx.carry_attachments(NOUN, check, kept).await?;
    tx.note(format!("{year} 年度{}，待合并的内容不采用，照片保留", target.layer.name()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=check_merged", target.href())).into_response())
}
