//! Last year's inspection of each station, from its receipt to the archive: checked and forwarded by the cities, settled
//! and fed back by the province; one station absent after notice, two reviews asked for and decided.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use jiff::civil::{Date, date};
use jiff::{Span, Timestamp};
use papers::official::plain;
use regulation::Points;
use regulation::appraisal::grade::{Counts, FirstYear, Participation};
use regulation::appraisal::inspection::{Stage, Step};
use regulation::general::{Due, Mandate, Scope, Subject, Verb, may};
use store::appraisal::NewStep;
use store::duties::Station;
use store::general::NewPaper;

use super::cast::{Cast, Post};
use super::when;
use crate::app::App;
use crate::appraisal::cycles::opening::{self, Confirmed};
use crate::appraisal::inspection::city::ForwardText;
use crate::appraisal::inspection::station::NoticeText;
use crate::appraisal::inspection::{self, Standing, feedback, in_text, province, review, settled};
use crate::appraisal::reckon::{self, Scored, Standings};
use crate::appraisal::submission;
use crate::general::papers::paper;
use crate::general::rules::validity::Ground;

/// Words of the city on a station's material.
const OPINION: &str = "材料齐全，与台账和现场相符，同意上报（示例）";
const ASKED: &str = "预警信息中一条已在网站发布，请核实是否应当计入（示例）";
const KEPT: &str = "经核实，该条信息发布于次年，不计入本年度，维持原结果（示例）";
const ASKED_ANEW: &str = "一项活动因缺少签到表未予认可，现已补交，请复核（示例）";
const CHANGED: &str = "补交的签到表与照片、通知相符，该项活动应予认可，更正结果（示例）";

/// Who acts in last year's inspection, and the day no act may be after.
struct Walk<'a> {
    app: &'a App,
    cast: &'a Cast,
    standings: &'a Standings,
    stages: HashMap<i64, Standing>,
    on: Date,
    now: Timestamp,
    next: i16,
}

impl<'a> Walk<'a> {
    fn year(&self) -> i64 {
        self.standings.year
    }

    fn spring(&self, month: i8, day: i8) -> Date {
        date(self.next, month, day)
    }

    fn at(&self, month: i8, day: i8, hour: i64) -> Timestamp {
        when(self.spring(month, day), hour, 0).min(self.now)
    }

    fn mandate(&self, username: &str, verb: Verb, subject: &Subject) -> anyhow::Result<Mandate> {
        // Every step of the sample is its own person's.
        Ok(may(self.cast.person(username)?, verb, &subject.clone().after(Vec::new()), self.on)?)
    }

    fn standing(&self, station: i64) -> Standing {
        let none = Standing { stage: Stage::Filling, before: 0, returns: 0, log: Vec::new() };
        self.stages.get(&station).cloned().unwrap_or(none)
    }

    /// The step as it is written; the station stands where it leads.
    fn step(&mut self, station: i64, step: Step, reason: &str) -> anyhow::Result<NewStep> {
        let standing = self.standing(station);
        let stands = matches!(step, Step::Settle | Step::FeedBack { .. } | Step::Request { .. } | Step::Decide { .. });
        let mut new = [standing.step(self.year(), station, step, reason)?];
        if stands {
            settled::with_points(&mut new, self.standings);
        }
        let [new] = new;
        let moved = Standing { before: standing.before + 1, stage: new.stage.clone(), ..standing };
        self.stages.insert(station, moved);
        Ok(new)
    }

    fn post(&self, station: i64) -> Option<&'a Post> {
        self.cast.posts.iter().find(|post| post.placed.id == station)
    }

    /// Stations a city has material of, by city.
    fn of_cities(&self) -> BTreeMap<String, Vec<Station>> {
        let mut cities: BTreeMap<String, Vec<Station>> = BTreeMap::new();
        for Scored { station, .. } in self.standings.scored.values() {
            let waits = matches!(self.standing(station.id).stage, Stage::Submitted { .. });
            if station.managed_by != "province" && waits {
                cities.entry(station.city.clone()).or_default().push(station.clone());
            }
        }
        cities
    }
}

/// What the years were opened with: their dates frozen, their plans published.
///
/// # Errors
/// Fails when the database does.
pub async fn frozen(app: &App, cast: &Cast) -> anyhow::Result<()> {
    let ground = Ground::of(app).await?;
    for cycle in app.store.cycles().await?.into_iter().rev() {
        let mut dates = opening::deadlines(app, &ground.edition, cycle.year);
        for (.., due) in &mut dates {
            due.tentative = false;
        }
        let confirmed = Confirmed {
            pass_mark: Points::from_tenths(cycle.pass_mark),
            first_year: FirstYear::default(),
            counts: Counts::default(),
        };
        let at = store::instant_from(cycle.opened_at);
        let subject = Subject::whole("cycle", cycle.year);
        let mandate = may(cast.person("province.approve")?, Verb::OpenCycle, &subject, store::day_of(at))?;
        let mut tx = app.store.begin(&mandate, at).await?;
        opening::record(&mut tx, &ground, cycle.year, confirmed, &dates).await?;
        tx.commit().await?;
    }
    app.refresh().await
}

/// Takes every station to the day its grade can be confirmed, and returns that last step of each.
///
/// # Errors
/// Fails when the database does, or the law does not allow it: the sample breaks no rule.
pub async fn walk(app: &App, cast: &Cast, standings: &Standings, on: Date) -> anyhow::Result<Vec<NewStep>> {
    let next = i16::try_from(standings.year)? + 1;
    let stages = inspection::standings(app, &Scope::All, standings.year).await?;
    let mut walk = Walk { app, cast, standings, stages, on, now: app.clock.now(), next };
    let noticed = notify_absent(&walk).await?;
    for (city, stations) in walk.of_cities() {
        check_and_forward(&mut walk, &city, &stations).await?;
    }
    let until = walk.spring(4, 9);
    let sheets = settle(&mut walk, noticed, until).await?;
    receive(&walk, sheets).await?;
    let kept = keep(&mut walk).await?;
    correct(&mut walk, kept).await?;
    let after = until.saturating_add(Span::new().days(1)).at(0, 0, 0, 0);
    standings.scored.keys().map(|id| walk.step(*id, Step::Grade { at: after }, "")).collect()
}

/// 未参加年度检查告知书 to whoever handed nothing in; its last day for a statement.
async fn notify_absent(walk: &Walk<'_>) -> anyhow::Result<Option<Date>> {
    let (edition, year) = (&walk.standings.edition, walk.year());
    let absent = |scored: &&Scored| scored.participation == Participation::Absent;
    let absent: Vec<&Station> = walk.standings.scored.values().filter(absent).map(|scored| &scored.station).collect();
    let (served, days) = (walk.spring(2, 10), edition.whole("statement.working_days"));
    let until = walk.app.present().workdays.after(served, days).on;
    let deadline = submission::deadline(walk.app, year);
    let deadline = deadline.map_or_else(String::new, |due| format!("{} {}", in_text(due.on), due.time));
    let mandate = walk.mandate("province", Verb::ProposeGrades, &Subject::whole("inspection", year))?;
    for station in &absent {
        let text = NoticeText {
            issuer: edition.head.department.clone(),
            station: plain(&station.name),
            host: plain(&station.host_name),
            year,
            deadline: deadline.clone(),
            late: None,
            days,
            until: in_text(until),
            dated: in_text(served.min(walk.on)),
        };
        let mut new = paper(inspection::about(year, station, "absence.notice", true), &text)?;
        new.reply_due = Some(store::day_number(until));
        let mut tx = walk.app.store.begin(&mandate, walk.at(2, 10, 9)).await?;
        tx.add_paper(&new).await?;
        tx.note(format!("{year} 年度 {}：送达未参加年度检查告知书，陈述至 {until}", station.name));
        tx.commit().await?;
    }
    Ok((!absent.is_empty()).then_some(until))
}

/// A city's check of its stations and its letter to the province.
async fn check_and_forward(walk: &mut Walk<'_>, city: &str, stations: &[Station]) -> anyhow::Result<()> {
    let year = walk.year();
    let subject = Subject { city: Some(city.to_owned()), ..Subject::whole("inspection", year) };
    let clerk = walk.mandate(&format!("city.{city}"), Verb::CheckMaterial, &subject)?;
    let mut tx = walk.app.store.begin(&clerk, walk.at(2, 10, 10)).await?;
    for station in stations {
        tx.take_step(&walk.step(station.id, Step::Check, OPINION)?).await?;
    }
    tx.note(format!("{year} 年度市级核查完成 {} 家", stations.len()));
    tx.commit().await?;
    let head = &walk.standings.edition.head;
    let first = |station: &Station| walk.standing(station.id).stage.first();
    let text = ForwardText {
        issuer: format!("{}商务局", walk.standings.edition.area_name(city)),
        department: head.department.clone(),
        year,
        letter: String::new(),
        rows: stations
            .iter()
            .map(|station| {
                let first = first(station).map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string());
                [station.number.clone(), plain(&station.name), first, OPINION.to_owned()]
            })
            .collect(),
        gaps: Vec::new(),
        dated: in_text(walk.spring(2, 13).min(walk.on)),
    };
    let new = NewPaper {
        kind: "material.forwarding",
        noun: "cycle",
        noun_id: year,
        city: Some(city.to_owned()),
        ..NewPaper::default()
    };
    let approver = walk.mandate(&format!("city.{city}.approve"), Verb::ForwardMaterial, &subject)?;
    let mut tx = walk.app.store.begin(&approver, walk.at(2, 13, 15)).await?;
    for station in stations {
        tx.take_step(&walk.step(station.id, Step::Forward, "")?).await?;
    }
    tx.add_paper(&paper(new, &text)?).await?;
    tx.note(format!("{year} 年度上报 {} 家", stations.len()));
    tx.commit().await?;
    Ok(())
}

/// The province accepts its own stations' material, settles all points and sends each station its sheet.
async fn settle(walk: &mut Walk<'_>, noticed: Option<Date>, until: Date) -> anyhow::Result<Vec<(i64, i64)>> {
    let year = walk.year();
    let city = Due::day(walk.spring(2, 15));
    let due = submission::deadline(walk.app, year).unwrap_or(Due::day(walk.spring(2, 2)));
    let at = walk.spring(3, 1).at(9, 0, 0, 0);
    let mandate = walk.mandate("province", Verb::AcceptMaterial, &Subject::whole("inspection", year))?;
    let mut sheets = Vec::new();
    let mut tx = walk.app.store.begin(&mandate, walk.at(4, 1, 10)).await?;
    let standings = walk.standings;
    for Scored { station, participation, .. } in standings.scored.values() {
        let stage = walk.standing(station.id).stage;
        let mut steps = Vec::new();
        if *participation == Participation::Absent {
            steps.push(Step::FindAbsent { at, due, statement: noticed });
        } else {
            if stage == Stage::Filling {
                steps.push(Step::Submit { at: walk.spring(1, 20).at(10, 0, 0, 0) });
            }
            if matches!(stage, Stage::Filling | Stage::Submitted { .. }) {
                steps.push(Step::Accept { own: true, at, city });
            }
            steps.push(Step::Settle);
        }
        for step in steps.into_iter().chain([Step::FeedBack { until }]) {
            tx.take_step(&walk.step(station.id, step, "")?).await?;
        }
        let sheet = feedback::sheet_paper(standings, station, walk.spring(4, 1).min(walk.on), until)?;
        sheets.push((station.id, tx.add_paper(&sheet).await?));
    }
    tx.note(format!("{year} 年度受理、审定和反馈 {} 家", sheets.len()));
    tx.commit().await?;
    Ok(sheets)
}

/// Two stations in three signed for their sheets.
async fn receive(walk: &Walk<'_>, sheets: Vec<(i64, i64)>) -> anyhow::Result<()> {
    for (id, sheet) in sheets.into_iter().filter(|(id, _)| id % 3 != 0) {
        let Some(post) = walk.post(id) else { continue };
        let subject = Subject::of_station("paper", sheet, &post.placed);
        let mandate = may(&post.manager, Verb::ReceivePaper, &subject, walk.on)?;
        let mut tx = walk.app.store.begin(&mandate, walk.at(4, 1, 15)).await?;
        tx.reply_to_paper(sheet, "receipt", "").await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A station asks for review on the third of April.
async fn ask(walk: &mut Walk<'_>, post: &Post, text: &str, hour: i64) -> anyhow::Result<i64> {
    let (year, id) = (walk.year(), post.placed.id);
    let at = walk.at(4, 3, hour);
    let subject = Subject::of_station("inspection", year, &post.placed);
    let asks = may(&post.manager, Verb::RequestReview, &subject, walk.on)?;
    let request = walk.step(id, Step::Request { at: walk.spring(4, 3).at(10, 0, 0, 0) }, text)?;
    let mut tx = walk.app.store.begin(&asks, at).await?;
    tx.take_step(&request).await?;
    tx.note(format!("{year} 年度 {}：申请复核", post.plan.new.name));
    tx.commit().await?;
    Ok(at.as_millisecond())
}

/// Another person than the one who sent the results decides, on what was changed since the station asked.
async fn decide(
    walk: &mut Walk<'_>,
    post: &Post,
    (asked, since): (&str, i64),
    reasons: &str,
    now: &Standings,
) -> anyhow::Result<()> {
    let (year, id) = (walk.year(), post.placed.id);
    let Some(scored) = now.scored.get(&id) else { return Ok(()) };
    let cycle = walk.app.store.cycle(year).await?.context("the year is open")?;
    let acts = walk.app.store.review_acts(year, id, since).await?;
    let found = review::changes(walk.app, &cycle, &scored.station, &acts).await?;
    let on = walk.spring(4, 8).min(walk.on);
    let told = review::decision_paper(now, &scored.station, (asked, reasons), &found, on)?;
    let decides = walk.mandate("province.review", Verb::DecideReview, &subject_of(year, post))?;
    let mut decided = walk.step(id, Step::Decide { took_part: true }, reasons)?;
    settled::with_points(std::slice::from_mut(&mut decided), now);
    let mut tx = walk.app.store.begin(&decides, walk.at(4, 8, 16)).await?;
    review::keep(&mut tx, &decided, &told, &found).await?;
    if !found.is_empty() {
        tx.add_paper(&feedback::sheet_paper(now, &scored.station, on, on)?).await?;
    }
    tx.note(review::note(now, &scored.station, &found, reasons));
    tx.commit().await?;
    Ok(())
}

fn subject_of(year: i64, post: &Post) -> Subject {
    Subject::of_station("inspection", year, &post.placed)
}

/// One station asks, and its result stands. Which it was.
async fn keep(walk: &mut Walk<'_>) -> anyhow::Result<Option<i64>> {
    let standings = walk.standings;
    let on_time = |scored: &&Scored| scored.participation == Participation::OnTime;
    let second = standings.scored.values().filter(on_time).nth(1);
    let Some(post) = second.and_then(|scored| walk.post(scored.station.id)) else { return Ok(None) };
    let since = ask(walk, post, ASKED, 10).await?;
    decide(walk, post, (ASKED, since), KEPT, standings).await?;
    Ok(Some(post.placed.id))
}

/// Another asks, the province accepts what had been refused, and its result is corrected: the lowest that has something
/// refused, so that nobody else's grade moves.
async fn correct(walk: &mut Walk<'_>, but: Option<i64>) -> anyhow::Result<()> {
    let year = walk.year();
    let refused = |scored: &Scored| {
        let opinions = scored.dossier.opinions.iter();
        opinions.filter(|given| given.accepted == 0 && given.noun == "ledger_entry").map(|given| given.noun_id).next()
    };
    let mut ranking = walk.standings.scored.values().collect::<Vec<_>>();
    ranking.sort_by_key(|scored| scored.score.total);
    let able = |scored: &&Scored| scored.participation == Participation::OnTime && Some(scored.station.id) != but;
    let found = ranking.into_iter().filter(able).find_map(|scored| Some((scored.station.id, refused(scored)?)));
    let Some((id, entry)) = found else { return Ok(()) };
    let Some(post) = walk.post(id) else { return Ok(()) };
    let since = ask(walk, post, ASKED_ANEW, 11).await?;
    let assesses = walk.mandate("province", Verb::AssessEvidence, &Subject::of_station("opinion", 0, &post.placed))?;
    let mut tx = walk.app.store.begin(&assesses, walk.at(4, 7, 10)).await?;
    let opinion = tx.add_opinion(id, year, "ledger_entry", entry, "province", true, "补交材料属实（示例）").await?;
    tx.concerns(opinion);
    tx.commit().await?;
    let now = reckon::standings(walk.app, year).await?;
    decide(walk, post, (ASKED_ANEW, since), CHANGED, &now).await
}

/// Puts last year into the archive, where its grades were confirmed some days ago.
///
/// # Errors
/// Fails when the database does.
pub async fn archive(app: &App, cast: &Cast, year: i64) -> anyhow::Result<()> {
    let closed = date(i16::try_from(year)? + 1, 4, 20);
    if app.clock.today() < closed {
        return Ok(());
    }
    let subject = Subject::whole("cycle", year).after(Vec::new());
    let mandate = may(cast.person("province.approve")?, Verb::ConfirmGrades, &subject, closed)?;
    let mut steps = Vec::new();
    for (id, standing) in inspection::standings(app, &Scope::All, year).await? {
        if matches!(standing.stage, Stage::Graded { .. }) {
            steps.push(standing.step(year, id, Step::Archive, "")?);
        }
    }
    steps.sort_by_key(|step| step.station);
    let sha256 = province::digest(app, year).await?;
    let mut tx = app.store.begin(&mandate, when(closed, 10, 0)).await?;
    tx.close_cycle(year, &sha256).await?;
    for step in &steps {
        tx.take_step(step).await?;
    }
    tx.note(format!("{year} 年度归档，结果校验 {sha256}"));
    tx.commit().await?;
    Ok(())
}
