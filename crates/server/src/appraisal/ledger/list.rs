//! The ledger's list, with filters, the month-by-month counter and its pages.

use askama::Template;
use axum::extract::{Query, State};
use regulation::appraisal::ledger::Kind;
use regulation::appraisal::score::{next_tier, tier_points};
use regulation::general::{Refusal, Scope, Subject, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::appraisal::{EntryCursor, EntryFilter, EntryLine, MonthTally};

use crate::app::{App, Routes, render};
use crate::appraisal::padding;
use crate::auth::Person;
use crate::error::Page;
use crate::shell::{Shell, day, thousands};

const PATH: &str = "/appraisal/ledger";

pub fn routes() -> Routes {
    Routes::default().get(PATH, Verb::ViewLedger, list)
}

/// The address of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub year: String,
    pub month: String,
    pub kind: String,
    pub station: String,
    pub all: String,
    pub size: String,
    pub after: String,
}

impl Asked {
    fn year(&self, present: i64) -> i64 {
        self.year.parse().ok().filter(|year| (2000..=9999).contains(year)).unwrap_or(present)
    }

    fn month(&self) -> Option<i64> {
        self.month.parse().ok().filter(|month| (1..=12).contains(month))
    }

    fn size(&self) -> i64 {
        self.size.parse().ok().filter(|size| [20, 50, 100].contains(size)).unwrap_or(50)
    }

    /// The filter this address stands for: whole months, so that totals come from the tallies.
    pub fn filter(&self, present: i64) -> EntryFilter {
        let year = self.year(present);
        let (from, to) = match self.month() {
            Some(month) => (year * 10_000 + month * 100 + 1, year * 10_000 + month * 100 + 31),
            None => (year * 10_000 + 101, year * 10_000 + 1231),
        };
        EntryFilter {
            kind: Some(self.kind.clone()).filter(|kind| !kind.is_empty()),
            from_day: Some(from),
            to_day: Some(to),
            station: self.station.parse().ok(),
            all_versions: self.all == "1",
        }
    }

    fn cursor(&self) -> Option<EntryCursor> {
        let (on_day, id) = self.after.split_once('-')?;
        Some(EntryCursor { on_day: on_day.parse().ok()?, id: id.parse().ok()? })
    }

    /// The same address with another value for one key, percent-encoded.
    fn with(&self, key: &str, value: &str) -> String {
        let pairs = [
            ("year", &self.year),
            ("month", &self.month),
            ("kind", &self.kind),
            ("station", &self.station),
            ("all", &self.all),
            ("size", &self.size),
        ];
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut query: Vec<String> = pairs
            .iter()
            .filter(|(name, held)| *name != key && !held.is_empty())
            .map(|(name, held)| format!("{name}={}", encode(held)))
            .collect();
        if !value.is_empty() {
            query.push(format!("{key}={}", encode(value)));
        }
        if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query.join("&")) }
    }
}

#[derive(Template)]
#[template(path = "appraisal/ledger.html")]
struct LedgerPage {
    shell: Shell,
    asked: Asked,
    year: i64,
    years: Vec<i64>,
    kinds: Vec<(String, String, bool)>,
    lines: Vec<Line>,
    /// Station column is shown to those who see several.
    several: bool,
    may_file: bool,
    /// Why a station's own account cannot file now.
    closed: Option<Refusal>,
    may_find: bool,
    total: String,
    size: i64,
    next: Option<String>,
    first: Option<String>,
    slips: Option<Slips>,
    /// Where what reviewers look at of one station's year is shown.
    looks: Option<String>,
}

struct Line {
    id: i64,
    on: String,
    kind: String,
    title: String,
    station_id: i64,
    station: String,
    count: String,
    files: i64,
    late: bool,
    backdated: bool,
    /// Says the same as another of its month.
    repeats: bool,
    gone: bool,
    void: bool,
}

impl Line {
    fn new(edition: &Edition, row: EntryLine) -> Line {
        let kind = edition.kind(&row.kind);
        Line {
            gone: row.superseded_by.is_some() || row.void != 0,
            id: row.id,
            on: day(row.on_day),
            count: kind.map_or_else(|| row.count.to_string(), |kind| format!("{} {}", row.count, kind.unit)),
            kind: kind.map_or(row.kind, |kind| kind.name.clone()),
            title: row.title,
            station_id: row.station_id,
            station: row.station,
            files: row.files,
            late: row.late != 0,
            backdated: row.backdated != 0,
            repeats: row.repeats.is_some(),
            void: row.void != 0,
        }
    }
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewLedger)?;
    let present = app.present();
    let year = asked.year(present.year);
    let edition = app.edition_of(year).await?;
    let filter = asked.filter(present.year);
    let size = asked.size();
    let mut rows = app.store.entry_lines(&scope, &filter, asked.cursor(), size + 1).await?;
    let total = app.store.count_entries(&scope, &filter).await?;
    let more = rows.len() > usize::try_from(size).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| {
        let separator = if asked.with("", "").contains('?') { '&' } else { '?' };
        format!("{}{separator}after={}-{}", asked.with("", ""), row.on_day, row.id)
    });
    let slips = match person.actor.station {
        Some(station) => slips(&app, &edition, &app.store.tallies(station, year).await?, year),
        None => None,
    };
    let chosen = |kind: &Kind| (kind.id.clone(), kind.name.clone(), kind.id == asked.kind);
    let several = !matches!(&scope, Scope::Stations(stations) if stations.len() == 1);
    let looks = person.actor.station.or(filter.station).filter(|_| edition.sheet.monthly().is_some());
    let files = person.scope(&app, Verb::FileEntry) != Scope::Nothing;
    let own = Subject { noun: "ledger_entry", station: person.actor.station, ..Subject::default() };
    let closed = person.may(&app, Verb::FileEntry, &own).err();
    render(&LedgerPage {
        shell: Shell::new(&app, &person, PATH),
        year,
        years: (present.year - 4..=present.year + 1).rev().collect(),
        kinds: edition.kinds.iter().map(chosen).collect(),
        several,
        may_file: files && closed.is_none(),
        closed: closed.filter(|_| files),
        may_find: person.scope(&app, Verb::RecordFinding) != Scope::Nothing,
        total: thousands(total),
        size,
        next,
        first: (!asked.after.is_empty()).then(|| asked.with("", "")),
        slips,
        looks: looks.map(|station| padding::href(year, station)),
        lines: rows.into_iter().map(|row| Line::new(&edition, row)).collect(),
        asked,
    })
}

/// 十二简: how far each month is on the monthly row, and what to do for the next tier.
#[derive(Clone)]
pub struct Slips {
    pub months: Vec<Slip>,
    pub item: String,
    pub value: String,
    pub tiers: String,
    pub say: Option<String>,
    pub note: String,
}

#[derive(Clone)]
pub struct Slip {
    pub class: &'static str,
    pub name: String,
    pub height: u64,
    pub count: String,
    pub points: String,
    pub now: bool,
}

/// Builds the twelve slips of a year from its tallies, if the edition has a monthly row.
pub fn slips(app: &App, edition: &Edition, tallies: &[MonthTally], year: i64) -> Option<Slips> {
    let (item, tiers) = edition.sheet.monthly()?;
    let kind = item.rule.kinds().first().copied()?;
    let unit = &edition.kind(kind)?.unit;
    let today = app.clock.today();
    let this_year = i64::from(today.year());
    let (mut earned, mut best) = (regulation::Points::ZERO, regulation::Points::ZERO);
    let top = tiers.first()?;
    let mut say = None;
    let mut months = Vec::new();
    for month in 1..=12i64 {
        let tally = tallies.iter().find(|tally| tally.month == month && tally.kind == kind);
        let count = tally.map_or(0, |tally| u64::try_from(tally.count).unwrap_or_default());
        let points = tier_points(count, tiers);
        let now = year == this_year && month == i64::from(today.month());
        let future = year > this_year || (year == this_year && month > i64::from(today.month()));
        earned = earned + points;
        best = best + if now || future { top.points } else { points };
        if now {
            let last = today.last_of_month();
            say = next_tier(count, tiers).map(|(more, reach)| {
                format!(
                    "本月再发布 {more} {unit}，得 {} 分。截止 {}月{}日 24时。",
                    reach.plain(),
                    last.month(),
                    last.day()
                )
            });
        }
        months.push(Slip {
            class: match (future, points) {
                (true, _) => "next",
                (_, points) if points == top.points => "full",
                (_, regulation::Points::ZERO) => "none",
                _ => "half",
            },
            name: if now { "本月".to_owned() } else { format!("{month}月") },
            height: count.min(25),
            count: if future { "未到".to_owned() } else { format!("{count} {unit}") },
            points: match (future, now) {
                (true, _) => format!("满 {} {unit} {} 分", top.from, top.points.plain()),
                (_, true) => format!("暂 {} 分", points.plain()),
                _ => format!("{} 分", points.plain()),
            },
            now,
        });
    }
    let tiers_text: Vec<String> =
        tiers.iter().map(|tier| format!("满 {} {unit} {} 分", tier.from, tier.points.plain())).collect();
    Some(Slips {
        months,
        item: item.work.clone(),
        value: item.value_text.clone(),
        tiers: format!("每月{}，不足 {} {unit}不得分", tiers_text.join("，"), tiers.last()?.from),
        say,
        note: format!("全年已计 {earned} 分，最多可到 {best} 分。"),
    })
}
