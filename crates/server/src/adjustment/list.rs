//! 调整事项: matters in scope, and what waits to be proposed (Article 17 (1) and (5)).

use askama::Template;
use axum::extract::{Query, State};
use regulation::adjustment::Kind;
use regulation::general::{Scope, Verb};
use serde::Deserialize;
use store::adjustment::{Adjustment, AdjustmentFilter};

use super::PATH;
use crate::address::{address, cut};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::error::Page;
use crate::shell::{Shell, day, moment_of};

const SIZE: i64 = 30;

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewAdjustment, list)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    kind: String,
    station: String,
    before: String,
}

#[derive(Template)]
#[template(path = "adjustment/list.html")]
struct ListPage {
    shell: Shell,
    /// Address, name, whether it is the one shown.
    kinds: Vec<(String, &'static str, bool)>,
    lines: Vec<Line>,
    next: Option<String>,
    waiting: Vec<Waiting>,
    openings: Vec<(&'static str, &'static str)>,
    own: bool,
}

/// A matter in the list.
pub struct Line {
    pub id: i64,
    pub kind: &'static str,
    pub station: String,
    pub number: String,
    pub stage: &'static str,
    pub class: &'static str,
    pub day: Option<String>,
    pub opened: String,
}

impl Line {
    fn new(row: Adjustment) -> Line {
        let kind = Kind::from_key(&row.kind);
        Line {
            id: row.id,
            kind: kind.map_or("", Kind::name),
            stage: kind.map_or("", |kind| kind.stage_name(&row.stage)),
            class: if row.closed_at.is_some() { "" } else { "warn" },
            day: row.day.map(day),
            opened: moment_of(row.opened_at),
            station: row.station,
            number: row.number,
        }
    }
}

/// Something people may propose; nothing is proposed of itself.
struct Waiting {
    station: String,
    number: String,
    why: String,
    href: String,
}

/// What this person may open, as the head of the list offers it.
const OPENINGS: [(&str, &str, Verb); 5] = [
    ("/adjustment/leavings/new", "申请退出", Verb::RequestLeaving),
    ("/adjustment/renamings/new", "名称变更备案", Verb::FileRenaming),
    ("/adjustment/misuses/new", "登记名义使用线索", Verb::HandleMisuse),
    ("/adjustment/mergings/new", "拟定整合方案", Verb::ProposeMerging),
    ("/adjustment/revocations/new", "提出拟撤销", Verb::ProposeRevocation),
];

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewAdjustment)?;
    let filter = AdjustmentFilter {
        kind: Kind::from_key(&asked.kind).map(|kind| kind.key().to_owned()),
        station: asked.station.parse().ok(),
        told: person.actor.role.of_station(),
    };
    let before = asked.before.parse().unwrap_or(i64::MAX);
    let mut rows = app.store.adjustments(&scope, &filter, before, SIZE + 1).await?;
    let more = cut(&mut rows, SIZE);
    let at =
        |kind: &str, before: &str| address(PATH, &[("kind", kind), ("station", &asked.station), ("before", before)]);
    let all = std::iter::once((at("", ""), "全部", filter.kind.is_none()));
    let each = Kind::ALL.iter().map(|(_, key, name, _)| (at(key, ""), *name, filter.kind.as_deref() == Some(*key)));
    render(&ListPage {
        shell: Shell::new(&app, &person, PATH),
        kinds: all.chain(each).collect(),
        next: rows.last().filter(|_| more).map(|row| at(&asked.kind, &row.id.to_string())),
        waiting: waiting(&app, &person).await?,
        openings: OPENINGS
            .iter()
            .filter(|(.., verb)| person.scope(&app, *verb) != Scope::Nothing)
            .map(|(href, text, _)| (*href, *text))
            .collect(),
        own: person.actor.role.of_station(),
        lines: rows.into_iter().map(Line::new).collect(),
    })
}

/// Failing years and referred findings nobody has proposed yet, for who proposes.
async fn waiting(app: &App, person: &Person) -> anyhow::Result<Vec<Waiting>> {
    if person.scope(app, Verb::ProposeRevocation) != Scope::All {
        return Ok(Vec::new());
    }
    let failed = app.store.failed_years().await?.into_iter().map(|(year, _, number, station)| Waiting {
        why: format!("{year}年度结果为不合格"),
        href: address("/adjustment/revocations/new", &[("station", &number), ("year", &year.to_string())]),
        station,
        number,
    });
    let referred = app.store.referred_misuses().await?.into_iter().map(|(id, _, number, station)| Waiting {
        why: "违规使用名义，列入第十七条（五）研判".to_owned(),
        href: address("/adjustment/revocations/new", &[("station", &number), ("origin", &id.to_string())]),
        station,
        number,
    });
    Ok(failed.chain(referred).collect())
}
