//! What waits in this room for the person at the desk, each with its date and the list behind it (Articles 6 to 8).

use jiff::civil::Date;
use regulation::admission::panel::Seat;
use regulation::general::{Role, Scope, Verb, holds};
use store::admission::{Application, ApplicationFilter, Round};

use super::{PATH, forwarding, panels, reviews};
use crate::app::App;
use crate::auth::Person;
use crate::error::Fault;
use crate::general::desk::{Task, TaskClock};

/// Rounds looked at: this year's and the one before, which may still be under way.
const ROUNDS: usize = 2;
/// Most applications looked at one by one.
const MOST: i64 = 1000;

/// What officials do at a stage: the verb, the stage, what is done, where, what the button says, its ground.
const OFFICE: [(Verb, &str, &str, &str, &str, &str); 5] = [
    (Verb::CheckApplication, "city_review", "初审申请", "/admission/applications?stage=city_review", "初审", "8-2"),
    (Verb::ForwardApplications, "city_passed", "上报初审合格的申请", forwarding::PATH, "上报", "8-2"),
    (
        Verb::AcceptApplication,
        "province_review",
        "受理申请",
        "/admission/applications?stage=province_review",
        "受理",
        "8-3",
    ),
    (Verb::DrawPanel, "panel_review", "组成评审组", panels::PATH, "抽取", "8-3"),
    (Verb::ConfirmStation, "noticed", "公示期满后确认", panels::PATH, "查看", "8-4"),
];

/// The tasks of this room, those of officials, applicants and experts.
///
/// # Errors
/// Fails when the database does.
pub async fn tasks(app: &App, person: &Person, today: Date) -> Result<Vec<Task>, Fault> {
    match person.actor.role {
        Role::Applicant => own(app, person, today).await,
        Role::Expert => marks(app, person, today).await,
        _ => office(app, person, today).await,
    }
}

fn task(what: String, sub: String, basis: &str, href: String, act: &'static str, clock: TaskClock) -> Task {
    Task { what, sub, basis: format!("办法{}", regulation::law::cite(basis)), href, act, clock }
}

async fn office(app: &App, person: &Person, today: Date) -> Result<Vec<Task>, Fault> {
    let mine = OFFICE.iter().filter(|(verb, ..)| person.scope(app, *verb) != Scope::Nothing);
    let mine: Vec<_> = mine.collect();
    let mut tasks = Vec::new();
    if mine.is_empty() {
        return Ok(tasks);
    }
    for round in app.store.rounds().await?.iter().take(ROUNDS) {
        let scope = person.scope(app, Verb::ViewApplication);
        let stages = app.store.application_stages(&scope, round.id).await?;
        for (_, stage, what, href, act, basis) in &mine {
            let at = stages.iter().find(|(key, _)| key == stage).map_or(0, |(_, count)| *count);
            let Some((count, due)) = waiting(app, &scope, round, stage, at).await? else { continue };
            // A notice that has run its days is ready, not late.
            let due = if *stage == "noticed" { due.max(today) } else { due };
            let clock = TaskClock::until(due, today);
            let sub = format!("{}，{count} 件", round.name);
            tasks.push(task((*what).to_owned(), sub, basis, (*href).to_owned(), act, clock));
        }
    }
    Ok(tasks)
}

/// How many of those at a stage wait, and until when. Only where the stage alone does not tell are they looked at.
async fn waiting(app: &App, scope: &Scope, round: &Round, stage: &str, at: i64) -> Result<Option<(i64, Date)>, Fault> {
    if at == 0 {
        return Ok(None);
    }
    let filter = ApplicationFilter { round: Some(round.id), stage: Some(stage.to_owned()), ..Default::default() };
    let rows = async || app.store.application_register(scope, 0, &filter, i64::MAX, MOST).await;
    let (count, due) = match stage {
        "city_review" | "city_passed" => (at, round.forwarding_due),
        "panel_review" => {
            let placed = app.store.panel_applications(round.id).await?;
            let placed = rows().await?.iter().filter(|row| placed.iter().any(|(_, id)| *id == row.id)).count();
            (at - i64::try_from(placed).unwrap_or(at), round.review_due)
        }
        "noticed" => {
            let Some(due) = rows().await?.iter().filter_map(|row| row.due_day).min() else { return Ok(None) };
            (at, due)
        }
        _ => (at, round.review_due),
    };
    Ok((count > 0).then_some((count, store::date_from(due)?)))
}

/// What an applicant still owes: a correction, or handing in what was begun.
async fn own(app: &App, person: &Person, today: Date) -> Result<Vec<Task>, Fault> {
    let account = person.actor.account;
    let filter = ApplicationFilter::default();
    let rows = app.store.application_register(&Scope::Nothing, account, &filter, i64::MAX, 20).await?;
    let mut tasks = Vec::new();
    for row in rows {
        let Some((what, due, act, basis)) = owed(app, &row).await? else { continue };
        let clock = TaskClock::until(store::date_from(due)?, today);
        tasks.push(task(what.to_owned(), row.name.clone(), basis, format!("{PATH}/{}", row.id), act, clock));
    }
    Ok(tasks)
}

async fn owed(app: &App, row: &Application) -> Result<Option<(&'static str, i64, &'static str, &'static str)>, Fault> {
    if row.stage.starts_with("returned") {
        return Ok(row.due_day.map(|due| ("补正申请材料", due, "补正", "8-2")));
    }
    if row.stage != "draft" {
        return Ok(None);
    }
    let Some(round) = app.store.round(row.round_id).await? else { return Ok(None) };
    let due = if row.route == "direct" { round.direct_due } else { round.city_due };
    let open = store::date_from(due)? >= app.clock.today();
    Ok(open.then_some(("递交申请材料", due, "填报", "8-1")))
}

/// Invitations to answer and reviews to submit.
async fn marks(app: &App, person: &Person, today: Date) -> Result<Vec<Task>, Fault> {
    let mut tasks = Vec::new();
    if !holds(&person.actor, Verb::ReviewApplication, today) {
        return Ok(tasks);
    }
    for seat in app.store.seats_of(person.actor.account).await? {
        let state = seat.seat()?;
        if !matches!(state, Seat::Invited | Seat::Accepted) {
            continue;
        }
        let Some(panel) = app.store.panel(seat.panel_id).await?.filter(|panel| panel.closed_at.is_none()) else {
            continue;
        };
        let href = reviews::PATH.to_owned();
        if state == Seat::Invited {
            let Some(until) = seat.until_day else { continue };
            let until = store::date_from(until)?;
            if until >= today {
                let clock = TaskClock::until(until, today);
                tasks.push(task("答复评审邀请".to_owned(), panel.name, "8-3", href, "答复", clock));
            }
            continue;
        }
        let assigned = app.store.panel_applications(panel.round_id).await?;
        let assigned = assigned.iter().filter(|(of, _)| *of == panel.id).count();
        let locked = app.store.own_reviews(seat.id).await?.iter().filter(|review| review.locked_at.is_some()).count();
        let Some(round) = app.store.round(panel.round_id).await?.filter(|_| locked < assigned) else { continue };
        let clock = TaskClock::until(store::date_from(round.review_due)?, today);
        let what = format!("评审申请，还有 {} 件未提交", assigned - locked);
        tasks.push(task(what, panel.name, "8-3", href, "评审", clock));
    }
    Ok(tasks)
}
