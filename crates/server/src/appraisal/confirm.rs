//! 等次评定 (Article 14): findings on participation, the collective decision on a tie, and the confirmation that
//! closes a year.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::Timestamp;
use jiff::civil::Date;
use regulation::appraisal::checklist;
use regulation::appraisal::grade::{Grade, Participation, settle};
use regulation::appraisal::inspection::{Stage, Step};
use regulation::general::{Basis, Hand, Manager, Mandate, Refusal, Scope, Subject, Verb};
use store::Store;
use store::appraisal::{Cycle, Decision, NewResult, NewStep};
use store::duties::Station;

use super::explained::Explained;
use super::inspection::{self, Standing, open, settled, unrecorded};
use super::ledger::parse_day;
use super::ranking;
use super::reckon::{Standings, key, standing, standings};
use super::submission::{deadline, over};
use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;

pub fn routes() -> Routes {
    Routes::default()
        .post("/appraisal/cycles/{year}/participation", Verb::ProposeGrades, find_participation)
        .post("/appraisal/cycles/{year}/decision", Verb::ProposeGrades, decide)
        .post("/appraisal/cycles/{year}/confirmation", Verb::ConfirmGrades, confirm_year)
}

/// The year's results with the tie settled as chosen, each with what it was computed from and why it was not checked on
/// site, where the meeting said so.
///
/// # Errors
/// A [`Refusal`] when the choice does not fit the tie, or 优秀 would exceed the cap.
fn results(standings: &Standings, chosen: &[String], meeting: &Meeting) -> anyhow::Result<Vec<NewResult>> {
    let settled = settle(&standings.grades, chosen)?;
    if settled.values().any(|grade| *grade == Grade::Pending) {
        return Err(Refusal::new(Basis::Item("14"), "尚有待定的工作站，不能确认。").into());
    }
    let ranks: HashMap<String, i64> = ranks(standings).into_iter().collect();
    let result = |scored: &super::reckon::Scored| {
        let id = key(scored.station.id);
        let explained = Explained::of(&standings.edition, &scored.station, &scored.dossier, standings.year);
        Ok(NewResult {
            station: scored.station.id,
            station_name: scored.station.name.clone(),
            host_name: scored.station.host_name.clone(),
            rank: ranks.get(&id).copied().unwrap_or_default(),
            base: scored.score.base.tenths(),
            bonus: scored.score.bonus.tenths(),
            total: scored.score.total.tenths(),
            participation: scored.participation.key(),
            grade: settled.get(&id).map_or(Grade::Exempt, |grade| *grade).name(),
            explanation: explained.to_json()?,
            unchecked: meeting.unchecked.get(&scored.station.id).cloned(),
        })
    };
    standings.scored.values().map(result).collect()
}

/// Each ranked station's place; equal standing shares one.
pub fn ranks(standings: &Standings) -> Vec<(String, i64)> {
    let of = |id: &String| {
        id.parse().ok().and_then(|id: i64| standings.scored.get(&id)).map(|scored| standing(&scored.score))
    };
    let mut ranks: Vec<(String, i64)> = Vec::new();
    let mut before = None;
    for (place, id) in (1i64..).zip(&standings.grades.ranking) {
        let own = of(id);
        let rank = ranks.last().filter(|_| before == own).map_or(place, |(_, rank)| *rank);
        ranks.push((id.clone(), rank));
        before = own;
    }
    ranks
}

/// The meeting that decided on the year's grades.
pub struct Meeting {
    pub attendees: String,
    pub reason: String,
    pub on: Date,
    /// Why stations were not checked on site, by station (reading K36).
    pub unchecked: BTreeMap<i64, String>,
}

impl Meeting {
    /// As typed into a form.
    ///
    /// # Errors
    /// [`Fault::Invalid`] with what is missing.
    fn read(app: &App, posted: &Posted) -> Result<Meeting, Fault> {
        let (attendees, reason) = (posted.text("attendees"), posted.text("reason"));
        if attendees.is_empty() || reason.is_empty() {
            return Err(Fault::Invalid("参加研究人员和研究理由均须填写。".to_owned()));
        }
        if attendees.chars().count() > 500 || reason.chars().count() > 2000 {
            return Err(Fault::Invalid("参加研究人员不超过 500 字，研究理由不超过 2000 字。".to_owned()));
        }
        let on = parse_day(posted.text("decided_on")).filter(|on| *on <= app.clock.today());
        let on = on.ok_or_else(|| Fault::Invalid("研究日期应写作 2027-03-10，且不晚于今天。".to_owned()))?;
        Ok(Meeting { attendees: attendees.to_owned(), reason: reason.to_owned(), on, unchecked: BTreeMap::new() })
    }

    /// With why each of those stations was not checked: its own reason, or the one given for all that have none.
    ///
    /// # Errors
    /// [`Fault::Invalid`] with the first that has no reason, or one that is too long.
    fn account(self, posted: &Posted, unchecked: &[(i64, String)]) -> Result<Meeting, Fault> {
        let common = posted.text("unchecked");
        let own = |id: i64| Some(posted.text(&unchecked_field(id))).filter(|own| !own.is_empty()).unwrap_or(common);
        let lacking = unchecked.iter().filter(|(id, _)| own(*id).is_empty());
        let lacking: Vec<&str> = lacking.map(|(_, name)| name.as_str()).collect();
        if let Some(first) = lacking.first() {
            let sentence = format!("{first}等 {} 家没有现场检查记录，须写明原因方可确认。", lacking.len());
            return Err(Fault::Invalid(sentence));
        }
        if let Some((_, name)) = unchecked.iter().find(|(id, _)| own(*id).chars().count() > 500) {
            return Err(Fault::Invalid(format!("{name}没有现场检查记录的原因超过 500 字。")));
        }
        let unchecked = unchecked.iter().map(|(id, _)| (*id, own(*id).to_owned())).collect();
        Ok(Meeting { unchecked, ..self })
    }
}

/// The field in which a station's own reason is typed.
pub fn unchecked_field(station: i64) -> String {
    format!("unchecked-{station}")
}

/// Writes a year's results and closes it, with the meeting that decided so.
///
/// # Errors
/// A [`Refusal`] when the choice does not fit, [`store::Error::Conflict`] when the year is closed already.
pub async fn confirm(
    store: &Store,
    standings: &Standings,
    chosen: &[String],
    steps: &[NewStep],
    meeting: &Meeting,
    mandate: &Mandate,
    at: Timestamp,
) -> anyhow::Result<()> {
    let results = results(standings, chosen, meeting)?;
    let cycle = store.cycle(standings.year).await?;
    let cycle = cycle.ok_or_else(|| store::Error::Conflict(format!("{} 年度评估尚未开启", standings.year)))?;
    let mut tx = store.begin(mandate, at).await?;
    tx.confirm_results(&cycle, &results).await?;
    for step in steps {
        tx.take_step(step).await?;
    }
    tx.add_confirmation(standings.year, &meeting.attendees, &meeting.reason, store::day_number(meeting.on)).await?;
    tx.commit().await?;
    Ok(())
}

/// What a refusal or a conflict inside a deeper error is to the person.
fn fault(error: anyhow::Error) -> Fault {
    match error.downcast::<Refusal>() {
        Ok(refusal) => Fault::Refused(refusal),
        Err(error) => match error.downcast::<store::Error>() {
            Ok(error) => error.into(),
            Err(error) => Fault::Broken(error),
        },
    }
}

/// How a decision is kept: the keys chosen, and the tie it spoke of.
pub fn decided(chosen: &[String], tied: &[String]) -> String {
    format!("{}/{}", chosen.join(","), tied.join(","))
}

/// The keys chosen by a decision that still speaks of the tie there is.
pub fn chosen(standings: &Standings, decision: Option<&Decision>) -> Option<Vec<String>> {
    if standings.grades.pending.is_empty() {
        return Some(Vec::new());
    }
    let (chosen, tied) = decision?.parts();
    let mut now: Vec<String> = standings.grades.pending.iter().flatten().cloned().collect();
    now.sort();
    let same = tied.is_none_or(|mut tied| {
        tied.sort();
        tied == now
    });
    (same && settle(&standings.grades, &chosen).is_ok()).then_some(chosen)
}

/// Whether this person may confirm the year's grades now. Button and submit both ask here.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn confirmation(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    standings: &Standings,
    decision: Option<&Decision>,
    stages: &HashMap<i64, Standing>,
    hands: Vec<Hand>,
) -> Result<(Mandate, Vec<String>, Vec<NewStep>), Refusal> {
    let mandate = person.may(app, Verb::ConfirmGrades, &Subject::whole("cycle", cycle.year).after(hands))?;
    open(cycle)?;
    ripe(app, cycle)?;
    let tied = standings.grades.pending.iter().flatten().count();
    let Some(chosen) = chosen(standings, decision) else {
        let reason = match decision {
            None => format!("尚有同分 {tied} 家跨越优秀上限，须先作出集体研究决定，方可确认。"),
            Some(_) => format!("排名已有变化，现有同分 {tied} 家跨越优秀上限，须重新作出集体研究决定。"),
        };
        return Err(Refusal::new(Basis::Item("14"), reason));
    };
    settle(&standings.grades, &chosen)?;
    settled::unmoved(standings, stages)?;
    let steps = graded(app, standings, stages)?;
    Ok((mandate, chosen, steps))
}

/// Every station's last step before the archive. One that is not there yet holds up the year.
fn graded(app: &App, standings: &Standings, stages: &HashMap<i64, Standing>) -> Result<Vec<NewStep>, Refusal> {
    let year = standings.year;
    let none = Standing { stage: unrecorded(app, year), before: 0, returns: 0, log: Vec::new() };
    let mut steps = Vec::new();
    let mut held: Vec<(&str, Refusal)> = Vec::new();
    for scored in standings.scored.values() {
        let standing = stages.get(&scored.station.id).unwrap_or(&none);
        match standing.step(year, scored.station.id, Step::Grade { at: app.clock.civil() }, "") {
            Ok(step) => steps.push(step),
            Err(refusal) => held.push((&scored.station.name, refusal)),
        }
    }
    match held.first() {
        None => Ok(steps),
        Some((name, refusal)) => {
            let reason = format!("有 {} 家不能确认等次，如{name}：{}", held.len(), refusal.reason);
            Err(Refusal::new(Basis::Item("14"), reason))
        }
    }
}

/// The time to take part has run out.
fn ripe(app: &App, cycle: &Cycle) -> Result<(), Refusal> {
    if over(app, cycle.year) {
        return Ok(());
    }
    let due = deadline(app, cycle.year).map_or_else(String::new, |due| due.text());
    let reason = format!("{}年度材料报送期限为 {due}，期限未满，不能确认等次。", cycle.year);
    Err(Refusal::new(Basis::Item("14"), reason))
}

/// Whether this person may record the collective decision now: who proposes grades, or who confirms them.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn decision(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    standings: &Standings,
    hands: Vec<Hand>,
) -> Result<Mandate, Refusal> {
    let subject = Subject::whole("decision", cycle.year).after(hands);
    let holds = person.scope(app, Verb::ConfirmGrades) != Scope::Nothing;
    let mandate = person.may(app, Verb::ProposeGrades, &subject);
    let mandate = mandate.or_else(|refusal| {
        person.may(app, Verb::ConfirmGrades, &subject).map_err(|own| if holds { own } else { refusal })
    })?;
    open(cycle)?;
    ripe(app, cycle)?;
    if standings.grades.pending.is_empty() {
        return Err(Refusal::new(Basis::Item("14"), "没有跨越优秀上限的同分，无须集体研究。"));
    }
    Ok(mandate)
}

/// Whether this person may record how stations took part.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn finding(app: &App, person: &Person, cycle: &Cycle) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::ProposeGrades, &Subject::whole("participation", cycle.year))?;
    open(cycle)?;
    Ok(mandate)
}

/// 未参加 is found by a person: after the deadline, without a receipt in time, after notice and time to answer it
/// (readings K46, K47).
///
/// # Errors
/// The refusal, with article and sentence.
pub fn absence(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    station: &Station,
    standing: &Standing,
    statement: Option<Date>,
    reason: &str,
) -> Result<(Mandate, NewStep), Refusal> {
    let mandate = finding(app, person, cycle)?;
    let due = deadline(app, cycle.year);
    let due = due.ok_or_else(|| Refusal::new(Basis::Item("14"), "没有报送期限，不能认定为未参加。"))?;
    let step = Step::FindAbsent { at: app.clock.civil(), due, statement };
    Ok((mandate, standing.step(cycle.year, station.id, step, reason)?))
}

async fn find_participation(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let cycle = app.store.cycle(year).await?.ok_or(Fault::NotFound)?;
    let mandate = finding(&app, &person, &cycle)?;
    let value = Participation::from_key(posted.text("value"));
    let value = value.ok_or_else(|| Fault::Invalid("请选择认定为按时参评、未参加或首年免评。".to_owned()))?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Fault::Invalid("请写明认定理由，不超过 500 字。".to_owned()));
    }
    let standings = standings(&app, year).await?;
    let id = posted.number("station").filter(|id| standings.scored.contains_key(id));
    let id = id.ok_or_else(|| Fault::Invalid("请选择工作站。".to_owned()))?;
    let station = &standings.scored.get(&id).ok_or(Fault::NotFound)?.station;
    let standing = Standing::read(&app, year, id).await?;
    let step = match (value, &standing.stage) {
        // Found absent once with notice and time to answer, and not settled since: the review may come back to it.
        (Participation::Absent, Stage::Review { settled: false, .. }) => None,
        (Participation::Absent, _) => {
            let statement = inspection::statement_until(&app, year, id).await?;
            Some(absence(&app, &person, &cycle, station, &standing, statement, reason)?.1)
        }
        (_, Stage::Absent { .. }) => Some(standing.step(year, id, Step::Restore, reason)?),
        // Whom the year counts stands with the points (reading K81): after the settlement a review changes it, or nobody.
        _ => {
            settled::changeable(person.actor.role, &standing.stage, year)?;
            None
        }
    };
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let finding = tx.find_participation(year, id, value.key(), reason).await?;
    if let Some(step) = &step {
        tx.take_step(step).await?;
    }
    let name = &station.name;
    tx.note(format!("{year} 年度 {name}：{}（认定第 {finding} 号），{reason}", value.name()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/appraisal/cycles/{year}/ranking?done=saved#participation")).into_response())
}

async fn decide(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let cycle = app.store.cycle(year).await?.ok_or(Fault::NotFound)?;
    let standings = standings(&app, year).await?;
    let hands = inspection::hands(&app, &person, Verb::ConfirmGrades, year, &[]).await?;
    let mandate = decision(&app, &person, &cycle, &standings, hands)?;
    let chosen: Vec<String> =
        posted.all("chosen").into_iter().filter(|key| !key.is_empty()).map(str::to_owned).collect();
    settle(&standings.grades, &chosen)?;
    let meeting = Meeting::read(&app, &posted)?;
    let tied: Vec<String> = standings.grades.pending.iter().flatten().cloned().collect();
    let chosen = decided(&chosen, &tied);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let on = store::day_number(meeting.on);
    tx.set_decision(year, &chosen, &meeting.attendees, &meeting.reason, on).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/appraisal/cycles/{year}/ranking?done=decided#tie")).into_response())
}

/// Stations of the cities that took part and were neither checked on site nor excused: their year ends with a reason
/// (reading K36).
///
/// # Errors
/// Fails when the database does.
pub async fn unchecked(store: &Store, standings: &Standings) -> anyhow::Result<Vec<(i64, String)>> {
    let own = |scored: &&super::reckon::Scored| {
        scored.participation == Participation::OnTime && scored.station.manager() == Manager::City
    };
    let stations: Vec<&Station> = standings.scored.values().filter(own).map(|scored| &scored.station).collect();
    let ids: Vec<i64> = stations.iter().map(|station| station.id).collect();
    let heads = store.check_heads(&Scope::All, standings.year, &ids).await?;
    let answered = |id: i64| {
        let own = heads.iter().filter(move |head| head.station_id == id);
        own.filter_map(|head| checklist::Standing::from_key(&head.state))
            .any(|state| state != checklist::Standing::Draft)
    };
    let left = stations.into_iter().filter(|station| !answered(station.id));
    Ok(left.map(|station| (station.id, station.name.clone())).collect())
}

async fn confirm_year(State(app): State<App>, person: Person, Path(year): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    // Asked first, so that nobody without the right learns how the year stands.
    person.scope_or_refuse(&app, Verb::ConfirmGrades)?;
    let cycle = app.store.cycle(year).await?.ok_or(Fault::NotFound)?;
    let decision = app.store.decision(year).await?;
    let standings = standings(&app, year).await?;
    let stages = inspection::standings(&app, &Scope::All, year).await?;
    let hands = inspection::hands(&app, &person, Verb::ConfirmGrades, year, &[]).await?;
    let (mandate, chosen, steps) = confirmation(&app, &person, &cycle, &standings, decision.as_ref(), &stages, hands)?;
    let unchecked = unchecked(&app.store, &standings).await?;
    let meeting = match Meeting::read(&app, &posted).and_then(|meeting| meeting.account(&posted, &unchecked)) {
        Ok(meeting) => meeting,
        Err(Fault::Invalid(problem)) => return ranking::again(&app, &person, &cycle, &posted, problem).await,
        Err(fault) => return Err(fault),
    };
    let at = app.clock.now();
    confirm(&app.store, &standings, &chosen, &steps, &meeting, &mandate, at).await.map_err(fault)?;
    app.refresh().await?;
    Ok(Redirect::to(&format!("/appraisal/cycles/{year}/ranking?done=confirmed")).into_response())
}
