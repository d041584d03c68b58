//! 等次评定: the ranking with its cap line, the tie, and what another choice would give.

mod lines;
mod trial;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use regulation::appraisal::grade::{Counts as Base, FirstYear, Grade, Participation, settle};
use regulation::general::{Hand, Refusal, Scope, Verb};
use store::appraisal::{Cycle, Decision, ParticipationFinding, Submission};
use store::duties::StationFilter;

use self::lines::{Line, TableRow};
use self::trial::Trial;
use super::confirm;
use super::explained::Explained;
use super::inspection::{self, settled};
use super::reckon::{Scored, Standings, key, standing, standings};
use super::submission::{deadline, is_late, over};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub fn routes() -> Routes {
    Routes::default().get("/appraisal/cycles/{year}/ranking", Verb::ViewRanking, show)
}

/// The mark beside a grade's word.
pub fn grade_class(grade: &str) -> &'static str {
    match Grade::from_name(grade) {
        Some(Grade::Excellent) => "ok",
        Some(Grade::Unqualified) => "bad",
        Some(Grade::Pending) => "warn",
        _ => "",
    }
}

#[derive(Template)]
#[template(path = "appraisal/ranking.html")]
struct RankingPage {
    shell: Shell,
    year: i64,
    subtitle: String,
    /// 拟定 before every grade, until they are confirmed.
    word: &'static str,
    confirmed: Option<String>,
    counts: Counts,
    table: Vec<TableRow>,
    full: bool,
    apart: Vec<Apart>,
    overdue: Vec<(i64, String)>,
    stations: Vec<(i64, String, String)>,
    /// Confirming: `None` for roles that never do.
    confirm: Option<Result<(), Refusal>>,
    tie: Option<TieView>,
    decided: Option<DecidedView>,
    find: Option<Result<(), Refusal>>,
    trial: Option<Trial>,
    first_year: &'static str,
    base: &'static str,
    /// Stations without an on-site check or a reason, for those who confirm.
    unchecked: Vec<Unchecked>,
    /// Why stations of a confirmed year were not checked.
    accounted: Vec<(String, String)>,
    typed: Typed,
    pass_mark: String,
    denominator: i64,
    opened: String,
    today: String,
    deadline: String,
    days_to_state: i64,
}

/// A station without an on-site check, and what was typed of it.
struct Unchecked {
    field: String,
    name: String,
    reason: String,
}

/// The confirmation as it was typed, with what is wrong with it.
#[derive(Default)]
struct Typed {
    attendees: String,
    reason: String,
    on: String,
    /// The reason for all that have none of their own.
    unchecked: String,
    problem: Option<String>,
}

/// Figures under the title.
#[derive(Default)]
struct Counts {
    considered: usize,
    /// What the cap is a third of.
    base: usize,
    cap: usize,
    excellent: usize,
    pending: usize,
    seats: usize,
    qualified: usize,
    unqualified: usize,
    absent: usize,
    first_year: usize,
    overdue: usize,
}

/// A station outside the ranking.
struct Apart {
    id: i64,
    name: String,
    city: String,
    total: String,
    participation: &'static str,
    grade: String,
    class: &'static str,
    reason: String,
}

struct TieView {
    /// A decision that still speaks of this tie is there.
    settled: bool,
    seats: usize,
    figures: String,
    stations: Vec<(String, String, bool)>,
    decide: Result<(), Refusal>,
}

impl TieView {
    fn any_chosen(&self) -> bool {
        self.stations.iter().any(|(_, _, chosen)| *chosen)
    }
}

struct DecidedView {
    chosen: Vec<String>,
    on: String,
    attendees: String,
    reason: String,
    recorded: String,
    /// It no longer speaks of the tie there is.
    stale: bool,
}

async fn show(State(app): State<App>, person: Person, Path(year): Path<i64>, RawQuery(raw): RawQuery) -> Page {
    person.scope_or_refuse(&app, Verb::ViewRanking)?;
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned().ok_or(Fault::NotFound)?;
    let asked = pairs(raw.as_deref().unwrap_or_default());
    if cycle.state == "confirmed" {
        return show_confirmed(&app, &person, &cycle, full(&asked)).await;
    }
    render(&open_page(&app, &person, &cycle, &asked, None).await?)
}

fn full(asked: &[(String, String)]) -> bool {
    asked.iter().any(|(name, value)| name == "full" && value == "1")
}

/// The page again with a confirmation that could not be taken as it was typed.
///
/// # Errors
/// Fails when the database does.
pub async fn again(app: &App, person: &Person, cycle: &Cycle, posted: &Posted, problem: String) -> Page {
    let page = open_page(app, person, cycle, &[], Some((posted, problem))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// A year as it stands, with the confirmation as it was typed, if it was.
async fn open_page(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    asked: &[(String, String)],
    posted: Option<(&Posted, String)>,
) -> Result<RankingPage, Fault> {
    let (year, full) = (cycle.year, full(asked));
    let decision = app.store.decision(year).await?;
    let findings = app.store.participation_findings(year).await?;
    let standings = standings(app, year).await?;
    let firsts = app.store.first_submissions(year).await?;
    let chosen = confirm::chosen(&standings, decision.as_ref());
    let by_decision = chosen.as_ref().and_then(|chosen| settle(&standings.grades, chosen).ok());
    let lines = lines::of_standings(&standings, by_decision.as_ref());
    let overdue = overdue(app, &standings, &firsts);
    let apart = apart(&standings, &findings);
    let counts = Counts {
        considered: standings.grades.considered,
        base: standings.grades.counted,
        cap: standings.grades.cap,
        overdue: overdue.len(),
        ..counted(&lines, &apart)
    }
    .with_seats();
    let stages = inspection::standings(app, &Scope::All, year).await?;
    let hands = inspection::hands(app, person, Verb::ConfirmGrades, year, &[]).await?;
    let confirming = || {
        let (decision, hands) = (decision.as_ref(), hands.clone());
        confirm::confirmation(app, person, cycle, &standings, decision, &stages, hands).map(drop)
    };
    let has = |verb| person.scope(app, verb) != Scope::Nothing;
    let unchecked = match has(Verb::ConfirmGrades) {
        true => confirm::unchecked(&app.store, &standings).await?,
        false => Vec::new(),
    };
    let typed = |name: &str| posted.as_ref().map_or("", |(posted, _)| posted.text(name)).to_owned();
    let unchecked = unchecked.into_iter().map(|(id, name)| {
        let field = confirm::unchecked_field(id);
        Unchecked { reason: typed(&field), field, name }
    });
    let today = app.clock.today().to_string();
    Ok(RankingPage {
        subtitle: subtitle(&counts),
        table: lines::table(&lines, &counts.cap_line(&standings, by_decision.is_some()), full, year),
        confirm: has(Verb::ConfirmGrades).then(confirming),
        tie: tie(app, person, cycle, &standings, chosen.as_deref(), &hands),
        decided: decision.as_ref().map(|decision| decided(&standings, decision, chosen.is_none())),
        unchecked: unchecked.collect(),
        typed: Typed {
            attendees: typed("attendees"),
            reason: typed("reason"),
            on: Some(typed("decided_on")).filter(|on| !on.is_empty()).unwrap_or(today),
            unchecked: typed("unchecked"),
            problem: posted.as_ref().map(|(_, problem)| problem.clone()),
        },
        find: has(Verb::ProposeGrades).then(|| confirm::finding(app, person, cycle).map(drop)),
        trial: Some(trial::trial(&standings, asked)),
        stations: standings
            .scored
            .values()
            .filter(|scored| {
                let stage = stages.get(&scored.station.id).map(|standing| &standing.stage);
                stage.is_none_or(|stage| settled::changeable(person.actor.role, stage, year).is_ok())
            })
            .map(|s| (s.station.id, s.station.name.clone(), standings.edition.area_name(&s.station.city).to_owned()))
            .collect(),
        pass_mark: standings.pass_mark.to_string(),
        ..frame(app, person, cycle, &standings.edition, counts, apart, overdue, full)
    })
}

/// What both kinds of year show alike.
#[expect(clippy::too_many_arguments, reason = "the frame of one page")]
fn frame(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    edition: &regulation::law::Edition,
    counts: Counts,
    apart: Vec<Apart>,
    overdue: Vec<(i64, String)>,
    full: bool,
) -> RankingPage {
    RankingPage {
        shell: Shell::new(app, person, "/appraisal/cycles"),
        year: cycle.year,
        subtitle: subtitle(&counts),
        word: if cycle.state == "confirmed" { "" } else { "拟定" },
        confirmed: cycle
            .confirmed_at
            .map(|at| format!("{}　{}", moment_of(at), cycle.confirmed_by.as_deref().unwrap_or(""))),
        counts,
        table: Vec::new(),
        full,
        apart,
        overdue,
        stations: Vec::new(),
        confirm: None,
        tie: None,
        decided: None,
        find: None,
        trial: None,
        unchecked: Vec::new(),
        accounted: Vec::new(),
        typed: Typed::default(),
        pass_mark: regulation::Points::from_tenths(cycle.pass_mark).to_string(),
        denominator: edition.whole("excellent.denominator"),
        opened: format!("{} 已冻结", moment_of(cycle.opened_at)),
        today: app.clock.today().to_string(),
        first_year: cycle.first_year().map_or("", FirstYear::name),
        base: cycle.counts().map_or("", Base::name),
        deadline: deadline(app, cycle.year).map(|due| due.text()).unwrap_or_default(),
        days_to_state: edition.whole("statement.working_days"),
    }
}

async fn show_confirmed(app: &App, person: &Person, cycle: &Cycle, full: bool) -> Page {
    let decision = app.store.decision(cycle.year).await?;
    let findings = app.store.participation_findings(cycle.year).await?;
    let edition = app.edition_of(cycle.year).await?;
    let results = app.store.results(&Scope::All, cycle.year).await?;
    let stations = app.store.stations(&Scope::All, &StationFilter::default(), "", i64::MAX).await?;
    let places: HashMap<i64, (String, String)> =
        stations.iter().map(|s| (s.id, (short_city(edition.area_name(&s.city)), s.industry.clone()))).collect();
    let mut lines = Vec::new();
    let mut apart = Vec::new();
    for result in &results {
        let explained = Explained::kept(result)?;
        let place = places.get(&result.station_id).cloned().unwrap_or_default();
        if result.rank > 0 {
            lines.push(Line::of_result(result, &explained, place, cycle.pass_mark));
        } else {
            apart.push(Apart {
                id: result.station_id,
                name: result.station_name.clone(),
                city: place.0,
                total: explained.province.total.to_string(),
                participation: Participation::from_key(&result.participation).map_or("", Participation::name),
                class: grade_class(&result.grade),
                grade: result.grade.clone(),
                reason: findings
                    .iter()
                    .find(|f| f.station_id == result.station_id)
                    .map(|f| f.reason.clone())
                    .unwrap_or_default(),
            });
        }
    }
    lines.sort_by_key(|line| (line.rank, line.grade != Grade::Excellent.name()));
    let one_in = usize::try_from(edition.whole("excellent.denominator")).unwrap_or(usize::MAX).max(1);
    let base = if cycle.counts()? == Base::All { results.len() } else { lines.len() };
    let counts = Counts { considered: lines.len(), base, cap: base / one_in, ..counted(&lines, &apart) }.with_seats();
    let names: HashMap<String, String> = results.iter().map(|r| (key(r.station_id), r.station_name.clone())).collect();
    render(&RankingPage {
        table: lines::table(&lines, &counts.confirmed_line(edition.whole("excellent.denominator")), full, cycle.year),
        decided: decision.map(|decision| decided_view(&decision, &names, false)),
        accounted: results.iter().filter_map(|r| Some((r.station_name.clone(), r.unchecked.clone()?))).collect(),
        ..frame(app, person, cycle, &edition, counts, apart, Vec::new(), full)
    })
}

fn subtitle(counts: &Counts) -> String {
    let all = counts.considered + counts.absent + counts.first_year;
    format!(
        "工作站 {all} 家，参评 {} 家，首年免评 {} 家，未参加 {} 家",
        counts.considered, counts.first_year, counts.absent
    )
}

fn counted(lines: &[Line], apart: &[Apart]) -> Counts {
    let of = |grade: Grade| lines.iter().filter(|line| line.grade == grade.name()).count();
    Counts {
        excellent: of(Grade::Excellent),
        pending: of(Grade::Pending),
        qualified: of(Grade::Qualified),
        unqualified: of(Grade::Unqualified),
        absent: apart.iter().filter(|station| station.participation == Participation::Absent.name()).count(),
        first_year: apart.iter().filter(|station| station.participation == Participation::FirstYear.name()).count(),
        ..Counts::default()
    }
}

impl Counts {
    /// Seats of the cap nobody has.
    fn with_seats(self) -> Counts {
        Counts { seats: self.cap.saturating_sub(self.excellent), ..self }
    }

    /// `参评 97 家 ÷ 3，向下取整`, or of whomever else the cap is a third.
    fn arithmetic(&self, one_in: i64) -> String {
        let whom = if self.base == self.considered { "参评" } else { "有效" };
        format!("优秀上限 {} 家：{whom} {} 家 ÷ {one_in}，向下取整（办法第十四条）", self.cap, self.base)
    }

    fn cap_line(&self, standings: &Standings, settled: bool) -> lines::CapLine {
        let tied = standings.grades.pending.iter().flatten().count();
        let one_in = standings.edition.whole("excellent.denominator");
        let by_rule = standings.grades.cap - standings.grades.open_seats;
        let text = match (tied, standings.grades.open_seats) {
            (0, 0) => format!("{}。以上 {by_rule} 家入线，以下不得评为优秀", self.arithmetic(one_in)),
            (0, seats) => format!("{}。以上 {by_rule} 家入线，空缺 {seats} 席", self.arithmetic(one_in)),
            (tied, seats) => {
                format!("{}。以上 {by_rule} 家入线，余 {seats} 席；以下 {tied} 家同分跨线", self.arithmetic(one_in))
            }
        };
        lines::CapLine { after: by_rule, tied, text, settled }
    }

    fn confirmed_line(&self, one_in: i64) -> lines::CapLine {
        let empty = if self.seats > 0 { format!("，空缺 {} 席", self.seats) } else { String::new() };
        let text = format!("{}。以上 {} 家评为优秀{empty}", self.arithmetic(one_in), self.excellent);
        lines::CapLine { after: self.excellent, tied: 0, text, settled: true }
    }
}

/// Stations that count as taking part but never handed in, once the time is over: someone has to look.
fn overdue(app: &App, standings: &Standings, firsts: &[Submission]) -> Vec<(i64, String)> {
    if !over(app, standings.year) {
        return Vec::new();
    }
    let due = deadline(app, standings.year);
    let in_time = |id: i64| firsts.iter().any(|first| first.station_id == id && !is_late(due, first));
    let owing = |scored: &&Scored| scored.participation == Participation::OnTime && !in_time(scored.station.id);
    standings.scored.values().filter(owing).map(|scored| (scored.station.id, scored.station.name.clone())).collect()
}

fn apart(standings: &Standings, findings: &[ParticipationFinding]) -> Vec<Apart> {
    let outside = standings.scored.values().filter(|scored| scored.participation != Participation::OnTime);
    outside
        .map(|scored| {
            let grade = standings.grades.grades.get(&key(scored.station.id)).map_or("", |grade| grade.name());
            let finding = findings.iter().find(|finding| finding.station_id == scored.station.id);
            Apart {
                id: scored.station.id,
                name: scored.station.name.clone(),
                city: short_city(standings.edition.area_name(&scored.station.city)),
                total: scored.score.total.to_string(),
                participation: scored.participation.name(),
                grade: grade.to_owned(),
                class: grade_class(grade),
                reason: finding.map_or_else(
                    || format!("{} 确认设立", day(scored.station.confirmed_on)),
                    |finding| format!("{}（{}，{}）", finding.reason, finding.found_by, moment_of(finding.found_at)),
                ),
            }
        })
        .collect()
}

fn tie(
    app: &App,
    person: &Person,
    cycle: &Cycle,
    standings: &Standings,
    chosen: Option<&[String]>,
    hands: &[Hand],
) -> Option<TieView> {
    let tied: Vec<&String> = standings.grades.pending.iter().flatten().collect();
    let scored = |id: &str| id.parse().ok().and_then(|id: i64| standings.scored.get(&id));
    let first = standing(&scored(tied.first()?)?.score);
    let stations = tied.iter().filter_map(|id| {
        let station = &scored(id)?.station;
        let name = format!("{}（{}）", station.name, standings.edition.area_name(&station.city));
        Some(((*id).clone(), name, chosen.is_some_and(|chosen| chosen.contains(id))))
    });
    Some(TieView {
        settled: chosen.is_some(),
        seats: standings.grades.open_seats,
        figures: format!(
            "总分 {}、基础 {}、预警 {}、案件 {}、采纳 {}",
            first.total, first.base, first.warning, first.case, first.adopted
        ),
        stations: stations.collect(),
        decide: confirm::decision(app, person, cycle, standings, hands.to_vec()).map(drop),
    })
}

fn decided(standings: &Standings, decision: &Decision, stale: bool) -> DecidedView {
    let names = standings.scored.values().map(|s| (key(s.station.id), s.station.name.clone())).collect();
    decided_view(decision, &names, stale)
}

fn decided_view(decision: &Decision, names: &HashMap<String, String>, stale: bool) -> DecidedView {
    let (chosen, _) = decision.parts();
    DecidedView {
        chosen: chosen.iter().map(|id| names.get(id).cloned().unwrap_or_else(|| id.clone())).collect(),
        on: day(decision.decided_on),
        attendees: decision.attendees.clone(),
        reason: decision.reason.clone(),
        recorded: format!("{}　{}", moment_of(decision.recorded_at), decision.recorded_by),
        stale,
    }
}

/// `济南`: in a column of cities the word need not be said in every line.
fn short_city(name: &str) -> String {
    name.strip_suffix('市').unwrap_or(name).to_owned()
}

/// The address's pairs in order; names may come more than once.
fn pairs(raw: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let plain = part.replace('+', " ");
        percent_encoding::percent_decode_str(&plain).decode_utf8_lossy().into_owned()
    };
    raw.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}
