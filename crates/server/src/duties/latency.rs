//! 预警时效 (Article 5(1), readings K15, K90): from a document's publication abroad to the firms' doors, warning by warning.

use askama::Template;
use axum::extract::State;

use regulation::general::Verb;
use store::duties::Latency;

use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::own;
use crate::error::Page;
use crate::shell::Shell;

pub const LATENCY: &str = "/duties/latency";
/// Warnings on the chart.
const WARNINGS: i64 = 30;
/// Width the longest bar has, in the units of the drawing.
const WIDTH: i64 = 600;

pub fn routes() -> Routes {
    Routes::default().get(LATENCY, Verb::ViewWarnings, show)
}

#[derive(Template)]
#[template(path = "duties/latency.html")]
struct LatencyPage {
    shell: Shell,
    bars: Vec<Bar>,
    many: bool,
    /// Medians, in words; `None` where nothing was measured.
    to_publish: Option<String>,
    to_send: Option<String>,
    to_answer: Option<String>,
    height: usize,
}

/// One warning: its parts in the drawing's units, and in words.
struct Bar {
    id: i64,
    title: String,
    station: String,
    y: usize,
    /// Offset, width and class of each part that was measured.
    parts: Vec<(i64, i64, &'static str)>,
    abroad: String,
    publish: String,
    send: String,
    answer: String,
}

/// Milliseconds of each part of the road: publication abroad to arrival, arrival to the warning, the warning to the last
/// firm's door, the door to the first answer. A foreign day ends with its last second in China.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Road {
    abroad: Option<i64>,
    publish: Option<i64>,
    send: Option<i64>,
    answer: Option<i64>,
}

impl Road {
    fn of(row: &Latency) -> Road {
        let day_end = row.source_on.and_then(|on| store::date_from(on).ok()).and_then(|on| {
            store::china().to_timestamp(on.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight())).ok()
        });
        let abroad = day_end.map(store::instant_number);
        let between = |from: Option<i64>, to: Option<i64>| Some((to? - from?).max(0));
        let arrived = row.received_at.or(abroad);
        Road {
            abroad: between(abroad, row.received_at),
            publish: between(arrived, Some(row.published_at)),
            send: between(Some(row.published_at), row.last_sent),
            answer: between(row.first_sent, row.first_answered),
        }
    }

    fn parts(self) -> [(Option<i64>, &'static str); 4] {
        [(self.abroad, "p1"), (self.publish, "p2"), (self.send, "p3"), (self.answer, "p4")]
    }

    fn whole(self) -> i64 {
        self.parts().iter().filter_map(|(part, _)| *part).sum()
    }
}

/// `3 天 4 小时`, `12 分钟`, `不足 1 分钟`.
fn words(millis: i64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => "不足 1 分钟".to_owned(),
        1..=119 => format!("{minutes} 分钟"),
        120..=2879 => format!("{} 小时", minutes / 60),
        _ => format!("{} 天 {} 小时", minutes / 1440, minutes % 1440 / 60),
    }
}

fn median(mut of: Vec<i64>) -> Option<String> {
    of.sort_unstable();
    of.get(of.len() / 2).map(|middle| words(*middle))
}

async fn show(State(app): State<App>, person: Person) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewWarnings)?;
    let rows = app.store.latencies(&scope, WARNINGS).await?;
    let roads: Vec<Road> = rows.iter().map(Road::of).collect();
    let longest = roads.iter().map(|road| road.whole()).max().unwrap_or(0).max(1);
    let said = |part: Option<i64>| part.map_or_else(|| "－".to_owned(), words);
    let bars = rows.into_iter().zip(&roads).enumerate().map(|(place, (row, road))| {
        let mut at = 0;
        let mut parts = Vec::new();
        for (part, class) in road.parts() {
            let Some(part) = part else { continue };
            let width = (part * WIDTH / longest).max(1);
            parts.push((at, width, class));
            at += width;
        }
        Bar {
            id: row.id,
            title: row.title,
            station: row.station,
            y: place * 22,
            parts,
            abroad: said(road.abroad),
            publish: said(road.publish),
            send: said(road.send),
            answer: said(road.answer),
        }
    });
    let bars: Vec<Bar> = bars.collect();
    let of = |part: fn(&Road) -> Option<i64>| median(roads.iter().filter_map(part).collect());
    render(&LatencyPage {
        shell: Shell::new(&app, &person, LATENCY),
        many: own(&person).is_none(),
        to_publish: of(|road| road.publish),
        to_send: of(|road| road.send),
        to_answer: of(|road| road.answer),
        height: bars.len() * 22,
        bars,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_as_people_say_it() {
        assert_eq!(words(59_000), "不足 1 分钟");
        assert_eq!(words(51 * 60_000), "51 分钟");
        assert_eq!(words(26 * 3_600_000), "26 小时");
        assert_eq!(words((3 * 24 + 4) * 3_600_000), "3 天 4 小时");
        assert_eq!(median(vec![60_000, 180_000, 120_000]), Some("2 分钟".to_owned()));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let row = Latency {
            id: 1,
            title: String::new(),
            station: String::new(),
            source_on: Some(20_260_917),
            received_at: None,
            published_at: 1_789_700_000_000,
            first_sent: None,
            last_sent: None,
            first_answered: None,
        };
        let road = Road::of(&row);
        assert_eq!((road.abroad, road.send, road.answer), (None, None, None));
        assert!(road.publish.is_some(), "from the end of the day abroad");
    }
}
