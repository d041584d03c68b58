//! 工作台: what waits, what is late, what was done, and the way to each.

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use regulation::appraisal::score::Score;
use regulation::general::delegation::Stage;
use regulation::general::{Role, Scope, Verb, holds};
use store::appraisal::{EntryFilter, MonthTally};

use super::delegations;
use super::search::telling;
use crate::app::{App, Routes, render};
use crate::appraisal::ledger::list::{Slips, slips};
use crate::appraisal::{reckon, reminders};
use crate::auth::Person;
use crate::duties::consultations::CONSULTATIONS;
use crate::duties::roster::{REQUESTS, UNTOLD};
use crate::duties::site;
use crate::error::{Fault, Page};
use crate::shell::{Shell, day};

pub fn routes() -> Routes {
    Routes::default().get("/desk", Verb::ViewRules, desk)
}

#[derive(Template)]
#[template(path = "general/desk.html")]
struct DeskPage {
    shell: Shell,
    today: String,
    counts: Counts,
    tasks: Vec<Task>,
    score: Option<Provisional>,
    slips: Option<Slips>,
    recent: Vec<Recent>,
    deadlines: Vec<Deadline>,
    /// Reminders of what is still owed, newest first.
    reminders: Vec<String>,
    /// What came to this person's saved searches.
    news: Vec<String>,
    /// Who stands in for this person, and when.
    deputies: Vec<String>,
    /// What waits for those this person may stand in for.
    others: Vec<Other>,
    may_file: bool,
    /// Whether there is a ledger to count for this person at all.
    sees_ledger: bool,
    standing: Option<Overview>,
}

/// A colleague who delegated to this person, with what waits there.
struct Other {
    delegation: i64,
    name: String,
    role: Role,
    until: String,
    waiting: usize,
    late: usize,
    /// What waits there and not here: empty when the roles are the same.
    tasks: Vec<Task>,
}

#[derive(Default)]
struct Counts {
    waiting: usize,
    late: usize,
    done: i64,
}

/// Something to do, with its clock and ground.
#[derive(Clone)]
pub struct Task {
    pub what: String,
    pub sub: String,
    pub basis: String,
    pub href: String,
    pub act: &'static str,
    pub clock: TaskClock,
}

#[derive(Clone)]
pub struct TaskClock {
    pub class: &'static str,
    pub remaining: String,
    pub date: String,
    late: bool,
}

impl TaskClock {
    /// Red, amber or green by days left, in words as well.
    pub fn until(due: Date, today: Date) -> TaskClock {
        let days = today.until(due).map_or(0, |span| span.get_days());
        let (class, remaining) = match days {
            ..0 => ("late", format!("逾期 {} 天", -days)),
            0 => ("near", "今天截止".to_owned()),
            1..=7 => ("near", format!("剩 {days} 天")),
            _ => ("far", format!("剩 {days} 天")),
        };
        TaskClock { class, remaining, date: format!("{}月{}日 24时前", due.month(), due.day()), late: days < 0 }
    }
}

struct Provisional {
    station: i64,
    total: String,
    base: String,
    bonus: String,
}

struct Recent {
    id: i64,
    on: String,
    title: String,
    station: String,
}

struct Deadline {
    date: String,
    text: String,
    note: Option<String>,
}

/// What officials see first: stations in their scope and the month's publications.
struct Overview {
    stations: i64,
    entries: i64,
    behind: usize,
    tier: u64,
    unit: String,
    /// Stations whose website failed for days (reading K84).
    failing: i64,
}

async fn desk(State(app): State<App>, person: Person) -> Page {
    let present = app.present();
    let today = app.clock.today();
    let edition = &present.edition;
    let ledger_scope = person.scope(&app, Verb::ViewLedger);
    let (mut score, mut monthly, mut standing) = (None, None, None);
    let mut ledger = None;
    let mut done = 0;
    if let Some(station) = person.actor.station {
        let tallies = app.store.tallies(station, present.year).await?;
        done = tallies.iter().map(|tally| tally.entries).sum();
        monthly = slips(&app, edition, &tallies, present.year);
        let dossier = reckon::dossier_of(&app, edition, station, present.year).await?;
        let layers = reckon::Layers::of(edition, &dossier, present.year);
        score = Some(Provisional {
            station,
            total: layers.province.total.to_string(),
            base: layers.province.base.to_string(),
            bonus: layers.province.bonus.to_string(),
        });
        ledger = Some(Ledger { station, tallies, score: layers.province, site_failing: dossier.site_failing });
    } else if ledger_scope != Scope::Nothing {
        let tallies = app.store.tallies_within(&ledger_scope, present.year).await?;
        done = tallies.iter().map(|tally| tally.entries).sum();
        standing = overview(&app, &person, today).await?;
    }
    let tasks = tasks(&app, &person, ledger.as_ref(), today).await?;
    let (deputies, others) = delegated(&app, &person, ledger.as_ref(), &tasks, today).await?;
    let recent = match &ledger_scope {
        Scope::Nothing => Vec::new(),
        scope => app.store.entry_lines(scope, &EntryFilter::default(), None, 6).await?,
    };
    render(&DeskPage {
        shell: Shell::new(&app, &person, "/desk"),
        today: today.strftime("%Y年%-m月%-d日").to_string(),
        counts: Counts { waiting: tasks.len(), late: late(&tasks), done },
        tasks,
        deputies,
        others,
        score,
        slips: monthly,
        recent: recent
            .into_iter()
            .map(|row| Recent { id: row.id, on: day(row.on_day), title: row.title, station: row.station })
            .collect(),
        deadlines: deadlines(&app, today),
        reminders: reminded(&app, &person, ledger.as_ref()).await?,
        news: telling::news(&app, person.actor.account).await?,
        may_file: person.scope(&app, Verb::FileEntry) != Scope::Nothing,
        sees_ledger: ledger_scope != Scope::Nothing,
        standing,
    })
}

fn late(tasks: &[Task]) -> usize {
    tasks.iter().filter(|task| task.clock.late).count()
}

/// A station's own ledger, from which its next steps follow.
struct Ledger {
    station: i64,
    tallies: Vec<MonthTally>,
    score: Score,
    /// Days its website was looked at since it last opened.
    site_failing: i64,
}

/// What a person has to do. For officials and stations it depends on role and unit alone.
async fn tasks(app: &App, person: &Person, ledger: Option<&Ledger>, today: Date) -> Result<Vec<Task>, Fault> {
    let mut tasks = match ledger {
        Some(own) => station_tasks(app, person, own, today).await?,
        None => Vec::new(),
    };
    if person.scope(app, Verb::GradeWork) != Scope::Nothing {
        tasks.extend(marking_tasks(app, person, today).await?);
    }
    tasks.extend(signal_task(app, person, today).await?);
    tasks.extend(firm_tasks(app, person, today).await?);
    tasks.extend(rectification_tasks(app, person, today).await?);
    tasks.extend(crate::admission::waiting::tasks(app, person, today).await?);
    Ok(tasks)
}

/// Who stands in for this person, and what waits for those this person may stand in for (reading K82). Tasks are looked
/// for once a role: a unit has few.
async fn delegated(
    app: &App,
    person: &Person,
    ledger: Option<&Ledger>,
    own: &[Task],
    today: Date,
) -> Result<(Vec<String>, Vec<Other>), Fault> {
    let (mut deputies, mut others) = (Vec::new(), Vec::<Other>::new());
    let account = person.actor.account;
    if !holds(&person.actor, Verb::StandIn, today) {
        return Ok((deputies, others));
    }
    for row in app.store.open_delegations_about(account, store::day_number(today)).await? {
        let stage = row.stage(today)?;
        if row.delegator_id == account {
            let who = delegations::with_role(&row.deputy, &row.deputy_role);
            deputies.push(format!("{} 由{who}代为办理（{}）。", delegations::days(&row), stage.name()));
            continue;
        }
        if stage != Stage::Running {
            continue;
        }
        let principal = row.principal()?;
        let found = match others.iter().find(|known| known.role == principal.role) {
            _ if principal.role == person.actor.role => None,
            Some(known) => Some(known.tasks.clone()),
            None => {
                let instead = Person { actor: person.actor.clone().in_place_of(&principal), ..person.clone() };
                Some(tasks(app, &instead, ledger, today).await?)
            }
        };
        let all = found.as_deref().unwrap_or(own);
        others.push(Other {
            delegation: row.id,
            until: day(row.until_on),
            waiting: all.len(),
            late: late(all),
            tasks: found.unwrap_or_default(),
            name: principal.name,
            role: principal.role,
        });
    }
    Ok((deputies, others))
}

async fn overview(app: &App, person: &Person, today: Date) -> anyhow::Result<Option<Overview>> {
    let present = app.present();
    let scope = person.scope(app, Verb::ViewStation);
    let Some((item, tiers)) = present.edition.sheet.monthly() else { return Ok(None) };
    let (Some(kind), Some(top)) = (item.rule.kinds().first().copied(), tiers.first()) else { return Ok(None) };
    let days = Some(present.edition.whole("site.failed_days")).filter(|days| *days > 0);
    let (stations, failing) = app.store.count_failing_sites(&scope, days.unwrap_or(i64::MAX)).await?;
    let (year, month) = (i64::from(today.year()), i64::from(today.month()));
    let counts = app.store.month_by_station(&scope, year, month, kind).await?;
    let reached = counts.iter().filter(|(_, count)| u64::try_from(*count).unwrap_or_default() >= top.from).count();
    Ok(Some(Overview {
        stations,
        entries: counts.iter().map(|(_, count)| count).sum(),
        behind: usize::try_from(stations).unwrap_or_default().saturating_sub(reached),
        tier: top.from,
        failing,
        unit: present.edition.kind(kind).map(|kind| kind.unit.clone()).unwrap_or_default(),
    }))
}

/// What a station should do next, from what its sheet still lacks.
async fn station_tasks(app: &App, person: &Person, own: &Ledger, today: Date) -> anyhow::Result<Vec<Task>> {
    let Ledger { station, tallies, score, .. } = own;
    let present = app.present();
    let edition = &present.edition;
    let mut tasks = Vec::new();
    if let Some((item, tiers)) = edition.sheet.monthly()
        && let Some(kind) = item.rule.kinds().first()
    {
        let month = i64::from(today.month());
        let this = tallies.iter().find(|tally| tally.month == month && tally.kind == *kind);
        let count = this.map_or(0, |tally| u64::try_from(tally.count).unwrap_or_default());
        if let Some((more, points)) = regulation::appraisal::score::next_tier(count, tiers)
            && present.year == i64::from(today.year())
        {
            tasks.push(Task {
                what: "发布本月预警信息".to_owned(),
                sub: format!("已发布 {count} 条，再发布 {more} 条得 {} 分", points.plain()),
                basis: format!("办法{}", regulation::law::cite(&item.article)),
                href: format!("/appraisal/ledger/new?kind={kind}"),
                act: "登记",
                clock: TaskClock::until(today.last_of_month(), today),
            });
        }
    }
    let year_end = jiff::civil::date(today.year(), 12, 31);
    for item in edition.sheet.items() {
        let lacking = score.row(&item.id).is_some_and(|row| row.raw == regulation::Points::ZERO);
        if let (true, regulation::appraisal::sheet::Rule::Presence { fact: Some(fact), .. }) = (lacking, &item.rule)
            && let Some(fact) = edition.facts.iter().find(|known| known.id == *fact)
        {
            let roster = fact.kept_in == regulation::appraisal::ledger::KeptIn::Roster;
            tasks.push(Task {
                what: format!("补充档案：{}", fact.name),
                sub: fact.evidence.clone(),
                basis: format!("办法{}", regulation::law::cite(&fact.basis)),
                href: if roster { "/duties/roster".to_owned() } else { format!("/duties/stations/{station}") },
                act: "补充",
                clock: TaskClock::until(year_end, today),
            });
        }
    }
    tasks.extend(submission_task(app, person, *station, today).await?);
    Ok(tasks)
}

/// Material of a cycle whose year is over, until it is submitted.
async fn submission_task(app: &App, person: &Person, station: i64, today: Date) -> anyhow::Result<Option<Task>> {
    let present = app.present();
    let Some(cycle) = present.cycles.iter().find(|c| c.state == "open" && c.year < i64::from(today.year())) else {
        return Ok(None);
    };
    if person.scope(app, Verb::SubmitMaterial) == Scope::Nothing
        || !app.store.submissions(cycle.year, station).await?.is_empty()
    {
        return Ok(None);
    }
    let year = cycle.year;
    let due = present.inspection_due("appraisal.submission", year).map(|due| due.on);
    Ok(due.map(|due| Task {
        what: format!("报送 {year} 年度评估材料"),
        sub: "核对评分表后报送，取得回执".to_owned(),
        basis: "办法第十条（一）、第十四条".to_owned(),
        href: format!("/appraisal/cycles/{year}/stations/{station}"),
        act: "报送",
        clock: TaskClock::until(due, today),
    }))
}

/// Reports waiting for this expert's mark.
async fn marking_tasks(app: &App, person: &Person, today: Date) -> anyhow::Result<Vec<Task>> {
    let present = app.present();
    let scope = person.scope(app, Verb::GradeWork);
    let mut tasks = Vec::new();
    for cycle in present.cycles.iter().filter(|cycle| cycle.state == "open") {
        let edition = app.edition_of(cycle.year).await?;
        let kinds = crate::appraisal::graded_kinds(&edition);
        let works = app.store.works(&scope, person.actor.account, cycle.year, &kinds).await?;
        let due = present.inspection_due("appraisal.review", cycle.year).map_or(today, |due| due.on);
        for work in works.into_iter().filter(|work| work.mark.is_none()) {
            tasks.push(Task {
                what: format!("评分：{}", work.title),
                sub: work.station,
                basis: "办法第九条".to_owned(),
                href: "/appraisal/marks".to_owned(),
                act: "评分",
                clock: TaskClock::until(due, today),
            });
        }
    }
    Ok(tasks)
}

/// Signals that wait: a station's own, and for the department those no station covers (readings K90, K91).
async fn signal_task(app: &App, person: &Person, today: Date) -> anyhow::Result<Option<Task>> {
    let scope = person.scope(app, Verb::HandleSignal);
    if scope == Scope::Nothing {
        return Ok(None);
    }
    let uncovered = person.actor.station.is_none();
    let (count, Some(due)) = app.store.open_signals(&scope, uncovered).await? else { return Ok(None) };
    let (what, href) = if uncovered {
        ("移送没有工作站覆盖的线索", "/duties/signals?uncovered=1")
    } else {
        ("处理线索", "/duties/signals")
    };
    Ok(Some(Task {
        what: what.to_owned(),
        sub: format!("国外公告 {count} 条"),
        basis: "办法第五条（一）".to_owned(),
        href: href.to_owned(),
        act: "处理",
        clock: TaskClock::until(store::date_from(due)?, today),
    }))
}

/// Firms that wait for their station: questions, requests to be put on the roster (reading K95), and warnings that reached
/// them by no message (reading K93).
async fn firm_tasks(app: &App, person: &Person, today: Date) -> anyhow::Result<Vec<Task>> {
    let scope = person.scope(app, Verb::AdviseFirm);
    if scope == Scope::Nothing {
        return Ok(Vec::new());
    }
    let waiting = app.store.firms_waiting(&scope, person.actor.station).await?;
    let present = app.present();
    let task = |(what, sub, href): (&str, String, &str), days: &str, since: Option<i64>| {
        let due = present.due_after(days, store::instant_from(since?));
        Some(Task {
            what: what.to_owned(),
            sub,
            basis: "办法第五条（一）".to_owned(),
            href: href.to_owned(),
            act: "处理",
            clock: TaskClock::until(due, today),
        })
    };
    let questions = ("答复企业咨询", format!("{} 件", waiting.questions), CONSULTATIONS);
    let requests = ("处理企业登记", format!("{} 家", waiting.requests), REQUESTS);
    let untold = ("转告企业", format!("预警没有送到的企业 {} 家次", waiting.untold), UNTOLD);
    let tasks = [
        task(questions, "firm.working_days", waiting.asked_at),
        task(requests, "firm.working_days", waiting.requested_at),
        // As a signal: firms are to hear at once.
        task(untold, "signal.working_days", waiting.untold_at),
    ];
    Ok(tasks.into_iter().flatten().collect())
}

/// Rectification that waits for this person: an answer, or its inspection (Article 12).
async fn rectification_tasks(app: &App, person: &Person, today: Date) -> anyhow::Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for (task, answered) in crate::appraisal::rectifications::waiting(app, person).await? {
        let due = store::date_from(task.due_on)?;
        let (what, act) = match (answered, person.actor.station) {
            (true, _) => ("查验整改", "查验"),
            (false, Some(_)) => ("报送整改情况", "报送"),
            (false, None) => ("整改逾期，督促", "查看"),
        };
        // An answer that came is not late, whatever day it was due.
        let clock = TaskClock::until(if answered { due.max(today) } else { due }, today);
        tasks.push(Task {
            what: format!("{what}：{}", task.problem.chars().take(40).collect::<String>()),
            sub: task.station,
            basis: "办法第十二条".to_owned(),
            href: format!("/appraisal/rectifications/{}", task.id),
            act,
            clock,
        });
    }
    Ok(tasks)
}

/// Reminders to this person's station or city of a year still open, while they speak of something owed; to a station that
/// its website does not open; to the province that the edition is about to lapse (Article 19).
async fn reminded(app: &App, person: &Person, ledger: Option<&Ledger>) -> anyhow::Result<Vec<String>> {
    if person.actor.role.of_province() {
        let edition = app.editions.newest(&app.store).await?;
        return Ok(edition.expiry_warning(app.clock.today()).into_iter().collect());
    }
    let warned = ledger.and_then(|own| site::warning(app, own.site_failing));
    let mut said: Vec<String> = warned.into_iter().collect();
    let recipient = match (person.actor.station, &person.actor.city) {
        (Some(station), _) => format!("s{station}"),
        (None, Some(city)) if person.actor.role.of_city() => format!("c{city}"),
        _ => return Ok(said),
    };
    let present = app.present();
    for cycle in present.cycles.iter().filter(|cycle| cycle.state == "open") {
        let all = app.store.reminders_to(&recipient, cycle.year).await?;
        if all.is_empty() {
            continue;
        }
        let owed = reminders::Owed::read(app, cycle.year, person.actor.station).await?;
        said.extend(all.iter().filter_map(|one| reminders::sentence(app, one, &owed)).take(3));
    }
    Ok(said)
}

/// The edition's dates of this year's work, from today on.
fn deadlines(app: &App, today: Date) -> Vec<Deadline> {
    let present = app.present();
    let mut dates: Vec<(Date, String, Option<String>)> = present
        .edition
        .calendar
        .deadlines
        .iter()
        .flat_map(|deadline| {
            (today.year() - 1..=today.year()).filter_map(|year| {
                let year = i64::from(year);
                let due = present.inspection_due(&deadline.id, year)?.on;
                Some((due, deadline.name.clone(), deadline.tag.clone()))
            })
        })
        .filter(|(due, ..)| *due >= today)
        .collect();
    dates.sort();
    dates.dedup();
    dates
        .into_iter()
        .take(5)
        .map(|(due, name, note)| Deadline {
            date: due.strftime("%Y年%-m月%-d日").to_string(),
            text: format!("{name}，{}", TaskClock::until(due, today).remaining),
            note,
        })
        .collect()
}
