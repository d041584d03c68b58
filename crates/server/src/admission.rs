//! Chapter three on the screen: rounds, applications, first review, forwarding, acceptance; then panels, shortlist,
//! public notice, objections and confirmation (Articles 6-8).

mod apart;
mod application;
pub mod cases;
pub mod confirmation;
pub mod conflicts;
mod county;
mod experts;
mod filing;
mod form;
mod forwarding;
mod invitation;
pub mod notices;
pub mod objections;
pub mod panels;
mod regions;
mod register;
mod review;
pub mod review_paper;
mod reviews;
pub mod rounds;
mod selection;
mod shortlist;
mod site;
mod versions;
mod visits;
pub mod waiting;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use regulation::admission::form::{Head, Typed, Unit};
use regulation::admission::industry::{Conflicts, Cover, Nearness};
use regulation::admission::{Route, Stage, Step, take};
use regulation::general::{Due, Mandate, Refusal, Scope, Subject, Verb, holds};
use regulation::law::Edition;
use store::admission::{Application, ApplicationFile, Round};
use store::duties::StationFilter;

use crate::app::{App, Routes};
use crate::auth::Person;
use crate::error::Fault;
use crate::shell::{Done, Menu};

/// The register of applications.
pub const PATH: &str = "/admission/applications";

pub const MENU: &[Menu] = &[(
    "申请与确认",
    &[
        (PATH, "工作站申请", Verb::ViewApplication),
        (rounds::PATH, "年度申报", Verb::ViewApplication),
        (forwarding::PATH, "上报", Verb::ForwardApplications),
        (panels::PATH, "评审与公示", Verb::ViewPanels),
        (experts::PATH, "专家库", Verb::ViewExperts),
        (reviews::PATH, "专家评审", Verb::ReviewApplication),
    ],
)];

pub const DONE: Done = &[
    ("round", "年度申报已开启，申报通知已发布。"),
    ("begun", "已开始填报。填写后先保存，可以分多次完成。"),
    ("kept", "已保存。"),
    ("handed_in", "申请材料已递交，回执已生成。"),
    ("application_withdrawn", "申请已撤回。截止前可以修改后再次递交。"),
    ("returned", "已退回补正，补正通知书已送达申请单位。"),
    ("resumed", "已转为按原材料继续审核。"),
    ("passed", "初审合格，待上报。"),
    ("unqualified", "已作出不予通过的结论，告知书已送达申请单位。"),
    ("forwarded", "已上报，初审意见及上报函已生成。"),
    ("accepted", "已受理，受理通知书已送达申请单位。"),
    ("expert", "专家信息已保存。"),
    ("conflict", "利害关系已登记，抽取时自动回避。"),
    ("drawn", "专家已抽取，抽取记录可以复核。"),
    ("redrawn", "已补抽，抽取记录可以复核。"),
    ("absent", "已登记不参加，请办理补抽。"),
    ("summed", "评审已汇总，专家评审意见表已生成。"),
    ("visited", "实地考察已登记，记录已生成。"),
    ("joined", "已应邀，可以开始评审。"),
    ("left", "已登记不参加评审。"),
    ("review_kept", "已保存，尚未提交。"),
    ("reviewed", "评分已提交并锁定。"),
    ("shortlisted", "入选名单已提出，未列入的已告知理由。"),
    ("notice_published", "公示已发布。"),
    ("ruled", "异议处理意见已作出。"),
    ("stations_confirmed", "工作站已确认，确认通知已发布。"),
];

pub fn routes() -> Routes {
    Routes::default()
        .with(rounds::routes())
        .with(register::routes())
        .with(application::routes())
        .with(form::routes())
        .with(filing::routes())
        .with(versions::routes())
        .with(review::routes())
        .with(county::routes())
        .with(site::routes())
        .with(forwarding::routes())
        .with(experts::routes())
        .with(selection::routes())
        .with(panels::routes())
        .with(invitation::routes())
        .with(reviews::routes())
        .with(visits::routes())
        .with(shortlist::routes())
        .with(notices::routes())
        .with(objections::routes())
        .with(confirmation::routes())
}

/// An application with what it is judged by.
pub struct Case {
    pub application: Application,
    pub stage: Stage,
    pub round: Round,
    /// The edition the round was opened under.
    pub edition: Arc<Edition>,
    pub unit: Unit,
    pub route: Route,
    pub typed: Typed,
}

/// Which applications this person may see; one who sees none is refused.
fn seen(app: &App, person: &Person) -> Result<Scope, Fault> {
    if !holds(&person.actor, Verb::ViewApplication, app.clock.today()) {
        person.may(app, Verb::ViewApplication, &Subject::default())?;
    }
    Ok(person.scope(app, Verb::ViewApplication))
}

impl Case {
    /// The application of that key, when this person may see it.
    ///
    /// # Errors
    /// [`Fault::NotFound`] when there is none for this person.
    pub async fn find(app: &App, person: &Person, id: i64) -> Result<Case, Fault> {
        let scope = seen(app, person)?;
        let found = app.store.application(&scope, person.actor.account, id).await?;
        Case::of(app, found.ok_or(Fault::NotFound)?).await
    }

    async fn of(app: &App, application: Application) -> Result<Case, Fault> {
        let round = app.store.round(application.round_id).await?.ok_or(Fault::NotFound)?;
        let edition = app.editions.get(&app.store, &round.edition_id).await?;
        let odd = |what: &str| anyhow::anyhow!("申请 {} 的{what}无法识别", application.id);
        Ok(Case {
            stage: application.stage()?,
            unit: Unit::from_key(&application.kind).ok_or_else(|| odd("单位类型"))?,
            route: Route::from_key(&application.route).ok_or_else(|| odd("递交途径"))?,
            typed: serde_json::from_str(&application.form).map_err(|_| odd("申请表"))?,
            application,
            round,
            edition,
        })
    }

    pub fn subject(&self) -> Subject {
        subject(&self.application)
    }

    pub fn head(&self) -> Head<'_> {
        Head {
            unit: self.unit,
            uscc: &self.application.uscc,
            route: self.route,
            direct_ground: &self.application.direct_ground,
            city: &self.application.city,
        }
    }

    /// Conditions that have files on the form now.
    fn shown(files: &[ApplicationFile]) -> BTreeSet<String> {
        files.iter().filter(|file| file.removed_at.is_none()).map(|file| file.item.clone()).collect()
    }

    /// What the form still lacks.
    pub fn gaps(&self, files: &[ApplicationFile]) -> Vec<regulation::admission::form::Gap> {
        regulation::admission::form::gaps(&self.edition, &self.head(), &self.typed, &Case::shown(files))
    }

    /// When it has to be handed in: the round's own date, as it was frozen.
    pub fn due(&self) -> Result<Due, Fault> {
        due_of(&self.edition, &self.round, self.route.deadline())
    }

    /// The step, when the law lets the stage take it.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    fn step(&self, mandate: Mandate, step: Step) -> Result<(Mandate, Step), Refusal> {
        take(self.stage.clone(), step.clone())?;
        Ok((mandate, step))
    }

    /// Stations in force and applications of the same round near the industry named here, province-wide (Article 7,
    /// reading K26). Both reviewers of two applications see each other's.
    async fn near(&self, app: &App) -> Result<Vec<Near>, Fault> {
        let mut near = self.near_stations(app).await?;
        let own = self.cover();
        for other in app.store.rivals(self.round.id, self.id()).await? {
            let theirs = Cover::new(&other.industry_code, &other.hs_chapters, other.comprehensive != 0);
            let stage = other.stage()?;
            let Some(nearness) = own.near(&theirs).filter(|_| stage.contends()) else { continue };
            let (same, how) = told(nearness);
            near.push(Near {
                number: other.number,
                name: other.name,
                industry: other.industry,
                city: self.edition.area_name(&other.city).to_owned(),
                application: Some(stage.name()),
                same,
                how,
            });
        }
        Ok(near)
    }

    fn id(&self) -> i64 {
        self.application.id
    }

    fn cover(&self) -> Cover {
        let a = &self.application;
        Cover::new(&a.industry_code, &a.hs_chapters, a.comprehensive != 0)
    }

    async fn near_stations(&self, app: &App) -> Result<Vec<Near>, Fault> {
        let own = self.cover();
        let filter = StationFilter { ended: Some(false), ..StationFilter::default() };
        let stations = app.store.stations(&Scope::All, &filter, "", MOST_STATIONS).await?;
        let near = stations.into_iter().filter_map(|station| {
            let theirs = Cover::new(&station.industry_code, &station.hs_chapters, station.comprehensive != 0);
            let (same, how) = told(own.near(&theirs)?);
            let city = self.edition.area_name(&station.city).to_owned();
            let (number, name, industry) = (station.number, station.name, station.industry);
            Some(Near { number, name, industry, city, application: None, same, how })
        });
        Ok(near.collect())
    }
}

/// Whether it is a conflict, and how the two are near.
fn told(nearness: Nearness) -> (bool, String) {
    match nearness {
        Nearness::Same => (true, "同类行业（国民经济行业分类中类相同）".to_owned()),
        Nearness::Chapters(chapters) => (false, format!("HS 章相同：{}", chapters.join("、"))),
    }
}

/// The conflicts among those near.
fn conflicting(near: &[Near]) -> Conflicts {
    let same = || near.iter().filter(|near| near.same);
    Conflicts {
        stations: same().filter(|near| near.application.is_none()).count(),
        applications: same().filter(|near| near.application.is_some()).count(),
    }
}

/// No province has a tenth of that.
const MOST_STATIONS: i64 = 20_000;

/// A station, or another application of the round, near an applicant's industry.
pub struct Near {
    pub number: String,
    pub name: String,
    pub industry: String,
    pub city: String,
    /// The stage of an application of the same round; `None` for a station.
    pub application: Option<&'static str>,
    /// One industry: a conflict. Otherwise a hint.
    pub same: bool,
    pub how: String,
}

fn subject(application: &Application) -> Subject {
    Subject {
        noun: "application",
        id: application.id,
        city: Some(application.city.clone()),
        county: application.county.clone(),
        account: Some(application.account_id),
        ..Subject::default()
    }
}

/// A date of a round, to its last second.
///
/// # Errors
/// Fails on a day no code writes.
pub fn due_of(edition: &Edition, round: &Round, id: &str) -> Result<Due, Fault> {
    let on = match id {
        "application.direct" => round.direct_due,
        "forwarding.city" => round.forwarding_due,
        "review.expert" => round.review_due,
        _ => round.city_due,
    };
    let due = Due::day(store::date_from(on)?);
    let time = edition.deadline(id).and_then(|deadline| Time::strptime("%H:%M:%S", &deadline.time).ok());
    Ok(Due { time: time.unwrap_or(due.time), ..due })
}

/// `2026年9月18日`, as documents write a day.
pub fn dated(day: Date) -> String {
    day.strftime("%Y年%-m月%-d日").to_string()
}

/// `2026年9月18日 10:00:00`, as receipts write an instant in China.
fn timed(at: DateTime) -> String {
    at.strftime("%Y年%-m月%-d日 %H:%M:%S").to_string()
}

/// The name of a city's department.
pub fn bureau(edition: &Edition, city: &str) -> String {
    format!("{}商务局", edition.area_name(city))
}
