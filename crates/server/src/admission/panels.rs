//! 专家组: drawing a panel, its invitations and replacements, and what its reviews come to (Article 8 (3), readings
//! K31 and K80).

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Redirect};
use regulation::Points;
use regulation::admission::panel::{Outcome, Review, Seat, SeatStep, Terms, drawable, outcome, seat};
use regulation::general::draw::{self, Draw};
use regulation::general::{Basis, Mandate, Refusal, Subject, Verb};
use store::admission::{DrawRow, Excluded, Expert, Panel, ReviewRow, SeatRow};

use super::cases::{self, Case};
use super::conflicts::Known;
use super::{regions, review_paper};
use crate::app::{App, Routes, download, render};
use crate::auth::{Person, hashed};
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;
use crate::shell::{Shell, day, moment_of};

pub const PATH: &str = "/admission/selection";

pub fn routes() -> Routes {
    Routes::default()
        .post("/admission/selection/{round}/panels", Verb::DrawPanel, assemble)
        .get("/admission/panels/{id}", Verb::ViewPanels, show)
        .get("/admission/panels/{id}/draws.json", Verb::ViewPanels, draws_json)
        .post("/admission/panels/{id}/invitation", Verb::DrawPanel, invite)
        .post("/admission/panels/{id}/absence", Verb::DrawPanel, note_absence)
        .post("/admission/panels/{id}/replacement", Verb::DrawPanel, replace)
        .post("/admission/panels/{id}/closure", Verb::CloseReview, close)
}

/// Everything a panel's page and acts look at.
struct Room {
    panel: Panel,
    cases: Vec<Case>,
    seats: Vec<SeatRow>,
    reviews: Vec<ReviewRow>,
}

async fn room(app: &App, person: &Person, id: i64) -> Result<Room, Fault> {
    person.scope_or_refuse(app, Verb::ViewPanels)?;
    let panel = app.store.panel(id).await?.ok_or(Fault::NotFound)?;
    let cases = assigned_cases(app, &panel).await?;
    let seats = app.store.seats(id).await?;
    let reviews = app.store.panel_reviews(id).await?;
    Ok(Room { panel, cases, seats, reviews })
}

/// The applications a panel reviews.
///
/// # Errors
/// Fails when the database does.
pub async fn assigned_cases(app: &App, panel: &Panel) -> Result<Vec<Case>, Fault> {
    let assigned = app.store.panel_applications(panel.round_id).await?;
    let own = |case: &Case| assigned.contains(&(panel.id, case.id));
    Ok(cases::of_round(app, panel.round_id).await?.into_iter().filter(own).collect())
}

impl Room {
    fn seated(&self) -> impl Iterator<Item = &SeatRow> {
        self.seats.iter().filter(|seat| seat.state != Seat::Left.key())
    }

    /// Seats that are empty.
    fn missing(&self) -> i64 {
        self.panel.size - i64::try_from(self.seated().count()).unwrap_or(self.panel.size)
    }

    fn locked(&self, seat: i64) -> usize {
        self.reviews.iter().filter(|review| review.seat_id == seat && review.locked_at.is_some()).count()
    }

    fn subject(&self) -> Subject {
        Subject::whole("panel", self.panel.id)
    }
}

/// Locked reviews of one application, for its outcome.
pub fn locked_of(reviews: &[ReviewRow], application: i64) -> Vec<Review> {
    let own = reviews.iter().filter(|review| review.application_id == application);
    own.filter_map(|review| Some(Review { total: Points::from_tenths(review.total?), agree: review.agree == Some(1) }))
        .collect()
}

/// Whether this person may draw a panel now.
pub fn assembling(app: &App, person: &Person, round: i64) -> Result<Mandate, Refusal> {
    person.may(app, Verb::DrawPanel, &Subject::whole("panel", round))
}

async fn assemble(State(app): State<App>, person: Person, Path(round): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    person.scope_or_refuse(&app, Verb::ViewPanels)?;
    let round = cases::round(&app, round).await?;
    let mandate = assembling(&app, &person, round.id)?;
    let asked: Vec<i64> = posted.all("application").iter().filter_map(|id| id.parse().ok()).collect();
    let waiting = cases::waiting(&app, round.id).await?;
    let chosen: Vec<Case> = waiting.into_iter().filter(|case| asked.contains(&case.id)).collect();
    if chosen.is_empty() || chosen.len() != asked.len() {
        return Err(Fault::Invalid("请选择待评审且尚未分组的申请，至少一件。".to_owned()));
    }
    let name = posted.text("name");
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Fault::Invalid("请填写专家组名称，不超过 40 字。".to_owned()));
    }
    let experts = app.store.active_experts().await?;
    let excluded = Known::of(&app, &experts, &chosen).await?.excluded(&experts, &chosen);
    let candidates = without(&experts, &excluded);
    let size = posted.number("size").unwrap_or_default();
    let wanted = drawable(size, candidates.len(), &app.present().edition)?;
    let seed = seed(&app, &format!("{} {name} 专家抽取", round.name), &candidates)?;
    let draw = Draw::new(&seed, &candidates, wanted);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    let panel = tx.add_panel(round.id, name, size, &chosen.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
    tx.add_draw(panel, &draw, &excluded, "组成专家组").await?;
    tx.note(format!("{name}：{} 件申请，从 {} 名中抽取 {wanted} 名，种子 {seed}", chosen.len(), candidates.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/panels/{panel}?done=drawn")).into_response())
}

/// Numbers of those who have no conflict.
fn without(experts: &[Expert], excluded: &[Excluded]) -> Vec<i64> {
    let ids = experts.iter().map(|expert| expert.id);
    ids.filter(|id| excluded.iter().all(|one| one.expert != *id)).collect()
}

/// A seed: what is drawn, the day and the candidates, which are fixed, and a number nobody could choose.
fn seed(app: &App, about: &str, candidates: &[i64]) -> anyhow::Result<String> {
    let numbers: Vec<String> = candidates.iter().map(i64::to_string).collect();
    let about = format!("{about}；候选 {}", numbers.join(","));
    Ok(draw::seed(&about, app.clock.today(), random_token()?.split_at(32).0))
}

#[derive(Template)]
#[template(path = "admission/panel.html")]
struct PanelPage {
    shell: Shell,
    id: i64,
    round: i64,
    round_name: String,
    name: String,
    made: String,
    closed: Option<String>,
    missing: i64,
    seats: Vec<SeatView>,
    cases: Vec<CaseView>,
    draws: Vec<DrawView>,
    may_draw: bool,
    replace: Result<(), Refusal>,
    close: Result<(), Refusal>,
    may_close: bool,
    /// The link just made; shown once.
    link: Option<(String, String)>,
    until: String,
    terms: String,
}

struct SeatView {
    id: i64,
    expert: String,
    unit: String,
    state: &'static str,
    class: &'static str,
    detail: String,
    invited: bool,
    left: bool,
    locked: usize,
}

struct CaseView {
    id: i64,
    name: String,
    industry: String,
    /// 专家评审意见表, once the panel is summed up.
    paper: Option<i64>,
    /// Each expert's total, in the order of the seats; empty while not locked.
    totals: Vec<String>,
    outcome: Option<OutcomeView>,
}

/// An outcome as it is shown.
pub struct OutcomeView {
    pub mean: String,
    pub agree: String,
    pub dropped: Option<String>,
    pub wide: Option<String>,
    pub passed: bool,
    pub short: String,
}

impl OutcomeView {
    pub fn new(outcome: &Outcome, terms: &Terms) -> OutcomeView {
        let mut short = Vec::new();
        if !outcome.enough_agree {
            short.push(format!("同意 {} 人，不足 {}/{}", outcome.agree, terms.agree.0, terms.agree.1));
        }
        if !outcome.enough_points {
            short.push(format!("平均 {} 分，低于 {} 分", outcome.mean, terms.pass.plain()));
        }
        OutcomeView {
            mean: outcome.mean.to_string(),
            agree: format!("{}/{}", outcome.agree, outcome.of),
            dropped: outcome.dropped.then(|| format!("去掉 {} 和 {}", outcome.highest, outcome.lowest)),
            wide: outcome.wide.then(|| format!("分差 {}", outcome.highest - outcome.lowest)),
            passed: outcome.passed(),
            short: short.join("；"),
        }
    }
}

struct DrawView {
    reason: String,
    made: String,
    seed: String,
    candidates: String,
    drawn: String,
    excluded: Vec<String>,
    holds: bool,
}

async fn show(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let room = room(&app, &person, id).await?;
    page(&app, &person, room, None).await
}

async fn page(app: &App, person: &Person, room: Room, link: Option<(String, String)>) -> Page {
    let terms = Terms::of(&app.present().edition);
    let experts = app.store.experts(&regulation::general::Scope::All, None, None, i64::MAX).await?;
    let names: HashMap<i64, &str> = experts.iter().map(|expert| (expert.id, expert.name.as_str())).collect();
    let draws = app.store.draws(room.panel.id).await?;
    let draws = draws.iter().map(|row| draw_view(row, &names, &room.cases)).collect::<store::Result<_>>()?;
    let round = cases::round(app, room.panel.round_id).await?;
    let papers = app.store.review_papers(room.panel.id).await?;
    let may = |verb| person.may(app, verb, &room.subject()).is_ok();
    let page = PanelPage {
        shell: Shell::new(app, person, PATH),
        id: room.panel.id,
        round: round.id,
        round_name: round.name,
        name: room.panel.name.clone(),
        made: format!("{}　{}", moment_of(room.panel.made_at), room.panel.made_by),
        closed: room.panel.closed_at.map(moment_of),
        missing: room.missing(),
        seats: room.seats.iter().map(|seat| seat_view(&room, seat)).collect(),
        cases: room.cases.iter().map(|case| case_view(&room, case, &terms, &papers)).collect(),
        draws,
        may_draw: may(Verb::DrawPanel),
        replace: replacing(app, person, &room).map(drop),
        close: closing(app, person, &room).map(drop),
        may_close: may(Verb::CloseReview),
        link,
        until: invitation_until(app).text(),
        terms: terms_text(&terms),
    };
    render(&page)
}

fn terms_text(terms: &Terms) -> String {
    format!(
        "{} 人及以上的，去掉一个最高分和一个最低分后取平均；同意的不少于 {}/{} 且平均不低于 {} 分的为通过；总分相差超过 {} 分的提示会商。",
        terms.drop_from,
        terms.agree.0,
        terms.agree.1,
        terms.pass.plain(),
        terms.spread.plain()
    )
}

fn seat_view(room: &Room, row: &SeatRow) -> SeatView {
    let left = row.state == Seat::Left.key();
    let locked = room.locked(row.id);
    let (state, class) = match (Seat::from_key(&row.state), locked) {
        (Some(Seat::Accepted), locked) if locked > 0 && locked == room.cases.len() => ("已提交评分", "ok"),
        (Some(Seat::Accepted), _) => ("评审中", "warn"),
        (Some(seat), _) => (seat.name(), if left { "" } else { "warn" }),
        (None, _) => ("", ""),
    };
    let until = row.until_day.filter(|_| row.state == Seat::Invited.key());
    let detail = match (left, until) {
        (true, _) => row.reason.clone(),
        (false, Some(until)) if row.entered_at.is_none() => format!("链接有效期至 {} 24时", day(until)),
        (false, _) => row.answered_at.map(|at| format!("{} 应邀", moment_of(at))).unwrap_or_default(),
    };
    let (expert, unit) = (row.expert.clone(), row.unit.clone());
    SeatView { id: row.id, expert, unit, state, class, detail, invited: row.invited_at.is_some(), left, locked }
}

fn case_view(room: &Room, case: &Case, terms: &Terms, papers: &[(i64, i64)]) -> CaseView {
    let total = |seat: &SeatRow| {
        let own = room.reviews.iter().find(|review| review.seat_id == seat.id && review.application_id == case.id);
        let total = own.and_then(|review| review.total);
        total.map_or_else(|| "－".to_owned(), |total| Points::from_tenths(total).to_string())
    };
    let complete = room.missing() == 0 && room.seated().all(|seat| room.locked(seat.id) == room.cases.len());
    let result = outcome(&locked_of(&room.reviews, case.id), terms).filter(|_| complete);
    CaseView {
        id: case.id,
        name: case.unit.name.clone(),
        industry: case.industry.clone(),
        paper: papers.iter().find(|(application, _)| *application == case.id).map(|(_, paper)| *paper),
        totals: room.seated().map(total).collect(),
        outcome: result.map(|outcome| OutcomeView::new(&outcome, terms)),
    }
}

fn draw_view(row: &DrawRow, names: &HashMap<i64, &str>, cases: &[Case]) -> store::Result<DrawView> {
    let draw = row.draw()?;
    let name = |id: &i64| format!("{id} {}", names.get(id).copied().unwrap_or_default());
    let list = |ids: &[i64]| ids.iter().map(name).collect::<Vec<_>>().join("、");
    let why = |one: &Excluded| {
        let unit = cases.iter().find(|case| case.id == one.application).map_or("", |case| case.unit.name.as_str());
        format!("{}：{}（{unit}）", name(&one.expert), one.why)
    };
    Ok(DrawView {
        reason: row.reason.clone(),
        made: format!("{}　{}", moment_of(row.made_at), row.made_by),
        seed: row.seed.clone(),
        candidates: list(&draw.candidates),
        drawn: list(&draw.drawn),
        excluded: row.excluded()?.iter().map(why).collect(),
        holds: draw.holds(),
    })
}

/// The panel's draws as a file for `fengsui draw`.
async fn draws_json(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let room = room(&app, &person, id).await?;
    let rows = app.store.draws(id).await?;
    let draws = rows.iter().map(DrawRow::draw).collect::<store::Result<Vec<Draw>>>()?;
    let text = serde_json::to_vec_pretty(&draws).map_err(|error| Fault::Broken(error.into()))?;
    Ok(download(&format!("{}抽取记录.json", room.panel.name), "application/json", text))
}

fn invitation_until(app: &App) -> regulation::general::Due {
    let present = app.present();
    present.workdays.after(app.clock.today(), present.edition.whole("invitation.days"))
}

fn found<'r>(room: &'r Room, posted: &Posted) -> Result<&'r SeatRow, Fault> {
    let id = posted.number("seat");
    room.seats.iter().find(|seat| Some(seat.id) == id).ok_or(Fault::NotFound)
}

/// Makes an invitation's link and shows it once: only its hash is kept.
async fn invite(
    State(app): State<App>,
    person: Person,
    Path(id): Path<i64>,
    headers: HeaderMap,
    posted: Posted,
) -> Page {
    person.check(&posted)?;
    let before = room(&app, &person, id).await?;
    let mandate = person.may(&app, Verb::DrawPanel, &before.subject())?;
    let row = found(&before, &posted)?;
    let to = seat(&row.seat()?, &SeatStep::Invite { closed: before.panel.closed_at.is_some() })?;
    clear(&app, row, &before.cases).await?;
    let token = random_token()?;
    let until = store::day_number(invitation_until(&app).on);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.invite(row, &to, &hashed(&token), until).await?;
    tx.note(format!("{}：邀请 {}，至 {}", before.panel.name, row.expert, day(until)));
    tx.commit().await?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if app.settings.secure_cookies { "https" } else { "http" };
    let link = (row.expert.clone(), format!("{scheme}://{host}/invitations/{token}"));
    page(&app, &person, room(&app, &person, id).await?, Some(link)).await
}

/// Whether the seat's expert may see the panel's applications, as things stand now.
pub async fn clear(app: &App, seat: &SeatRow, cases: &[Case]) -> Result<(), Fault> {
    let expert = app.store.expert(&regulation::general::Scope::All, seat.expert_id).await?.ok_or(Fault::NotFound)?;
    let experts = [expert];
    Ok(Known::of(app, &experts, cases).await?.clear(seat.expert_id, cases)?)
}

/// The province's word that an expert does not take part.
async fn note_absence(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let room = room(&app, &person, id).await?;
    let mandate = person.may(&app, Verb::DrawPanel, &room.subject())?;
    let row = found(&room, &posted)?;
    let to = seat(&row.seat()?, &SeatStep::Leave { locked: room.locked(row.id) })?;
    let reason = posted.text("reason");
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Fault::Invalid("请填写不参加的原因，不超过 200 字。".to_owned()));
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.answer_seat(row, &to, reason).await?;
    tx.note(format!("{}：{} 不参加，{reason}", room.panel.name, row.expert));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/panels/{id}?done=absent")).into_response())
}

/// Whether empty seats can be filled by drawing now.
fn replacing(app: &App, person: &Person, room: &Room) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::DrawPanel, &room.subject())?;
    if room.panel.closed_at.is_some() {
        return Err(Refusal::new(Basis::Item("8-3"), "评审已经汇总，不再补抽。"));
    }
    if room.missing() == 0 {
        return Err(Refusal::new(Basis::Item("8-3"), "席位没有空缺，不须补抽。"));
    }
    Ok(mandate)
}

async fn replace(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let room = room(&app, &person, id).await?;
    let mandate = replacing(&app, &person, &room)?;
    let taken = |expert: &Expert| room.seats.iter().any(|seat| seat.expert_id == expert.id);
    let mut experts = app.store.active_experts().await?;
    experts.retain(|expert| !taken(expert));
    let excluded = Known::of(&app, &experts, &room.cases).await?.excluded(&experts, &room.cases);
    let candidates = without(&experts, &excluded);
    let missing = usize::try_from(room.missing()).unwrap_or_default();
    if candidates.len() < missing {
        let reason =
            format!("排除利害关系后可供补抽的专家有 {} 名，不足 {missing} 名，请先补充专家库。", candidates.len());
        return Err(Refusal::new(Basis::Item("8-3"), reason).into());
    }
    let seed = seed(&app, &format!("{} 专家补抽", room.panel.name), &candidates)?;
    let draw = Draw::new(&seed, &candidates, missing);
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    // Somebody else may have drawn meanwhile: the seats are counted again where nobody else writes.
    let seats = tx.seats(id).await?;
    if seats.len() != room.seats.len() {
        return Err(Fault::Conflict("席位已由他人补抽。".to_owned()));
    }
    tx.add_draw(id, &draw, &excluded, "补抽").await?;
    tx.note(format!("{}：从 {} 名中补抽 {missing} 名，种子 {seed}", room.panel.name, candidates.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/panels/{id}?done=redrawn")).into_response())
}

/// Whether the panel's work can be summed up now. Button and submit both ask here.
fn closing(app: &App, person: &Person, room: &Room) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::CloseReview, &room.subject())?;
    let no = |reason: String| Err(Refusal::new(Basis::Item("8-3"), reason));
    if room.panel.closed_at.is_some() {
        return no("该专家组的评审已经汇总。".to_owned());
    }
    if room.missing() > 0 {
        return no(format!("还空缺 {} 席，请先补抽。", room.missing()));
    }
    let waiting: Vec<&str> =
        room.seated().filter(|seat| room.locked(seat.id) < room.cases.len()).map(|seat| seat.expert.as_str()).collect();
    if !waiting.is_empty() {
        return no(format!("{} 尚未提交全部评分，不能汇总。", waiting.join("、")));
    }
    Ok(mandate)
}

async fn close(State(app): State<App>, person: Person, Path(id): Path<i64>, posted: Posted) -> Page {
    person.check(&posted)?;
    let room = room(&app, &person, id).await?;
    let mandate = closing(&app, &person, &room)?;
    let edition = app.present().edition.clone();
    let terms = Terms::of(&edition);
    let ids: Vec<i64> = room.cases.iter().map(|case| case.id).collect();
    let through = regions::newest(&app, &ids).await?;
    let mut papers = Vec::new();
    for case in &room.cases {
        let result = outcome(&locked_of(&room.reviews, case.id), &terms).ok_or(Fault::NotFound)?;
        let view = OutcomeView::new(&result, &terms);
        let through = through.get(&case.id);
        papers.push(review_paper::of_case(&app, &room.panel, case, &room.reviews, &view, through)?);
    }
    let mut tx = app.store.begin(&mandate, app.clock.now()).await?;
    tx.close_panel(id).await?;
    for paper in &papers {
        tx.add_paper(paper).await?;
    }
    tx.note(format!("{}：{} 件申请的评审已汇总", room.panel.name, room.cases.len()));
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admission/panels/{id}?done=summed")).into_response())
}
