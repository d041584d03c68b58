//! 预警时效 (Article 5(1), readings K15, K90): from a document's publication abroad to the first firm's answer, warning by
//! warning, and whether it was published within the working days a signal has.

use askama::Template;
use axum::extract::State;
use regulation::duties::signal;
use regulation::general::{Verb, Workdays};
use store::duties::Latency;

use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::own;
use crate::error::Page;
use crate::shell::Shell;

pub const LATENCY: &str = "/duties/latency";
/// Warnings on the chart.
const WARNINGS: i64 = 30;
/// In the units of the drawing: where bars begin, the width the longest has, the height of a row and of the axis.
const LEFT: i64 = 28;
const WIDTH: i64 = 540;
const ROW: i64 = 22;
const AXIS: i64 = 20;
/// Widest gaps of the axis come last, in hours.
const STEPS: [i64; 13] = [1, 2, 4, 6, 12, 24, 48, 96, 240, 480, 960, 2400, 9600];
const HOUR: i64 = 3_600_000;

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
    whole: Option<String>,
    to_publish: Option<String>,
    to_send: Option<String>,
    to_answer: Option<String>,
    /// Working days from arrival to publication, how many warnings kept them, and of how many.
    days: i64,
    kept: usize,
    rated: usize,
    ticks: Vec<(i64, String)>,
    height: i64,
}

/// One warning: its parts in the drawing's units, and in words.
struct Bar {
    id: i64,
    title: String,
    station: String,
    y: i64,
    /// Where the bar ends.
    end: i64,
    parts: Vec<Part>,
    rating: Option<Rating>,
    whole: String,
    abroad: String,
    publish: String,
    send: String,
    /// To the last firm's door, where it is another than the first.
    sent: Option<String>,
    answer: String,
}

/// A measured part of a bar.
struct Part {
    number: usize,
    x: i64,
    width: i64,
}

/// Milliseconds of each part of the road: publication abroad to arrival, arrival to the warning, the warning to the first
/// firm's door, the door to the first answer; the whole of it. A foreign day ends with its last second in China.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Road {
    abroad: Option<i64>,
    publish: Option<i64>,
    send: Option<i64>,
    answer: Option<i64>,
    whole: Option<i64>,
}

fn between(from: Option<i64>, to: Option<i64>) -> Option<i64> {
    Some((to? - from?).max(0))
}

impl Road {
    fn of(row: &Latency) -> Road {
        let day_end = row.source_on.and_then(|on| store::date_from(on).ok()).and_then(|on| {
            store::china().to_timestamp(on.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight())).ok()
        });
        let abroad = day_end.map(store::instant_number);
        let arrived = row.received_at.or(abroad);
        Road {
            abroad: between(abroad, row.received_at),
            publish: between(arrived, Some(row.published_at)),
            send: between(Some(row.published_at), row.first_sent),
            answer: between(row.first_sent, row.first_answered),
            whole: between(abroad, row.first_answered),
        }
    }

    fn parts(self) -> [Option<i64>; 4] {
        [self.abroad, self.publish, self.send, self.answer]
    }

    fn length(self) -> i64 {
        self.parts().iter().flatten().sum()
    }
}

/// 绿、黄、红 of publication after arrival: within the working days a signal has, within as many again, later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rating {
    Green,
    Amber,
    Red,
}

impl Rating {
    fn of(row: &Latency, workdays: &Workdays, days: i64) -> Option<Rating> {
        let arrived = store::day_of(store::instant_from(row.received_at?));
        let published = store::day_of(store::instant_from(row.published_at));
        Some(if published <= signal::due(workdays, arrived, days).on {
            Rating::Green
        } else if published <= signal::due(workdays, arrived, 2 * days).on {
            Rating::Amber
        } else {
            Rating::Red
        })
    }

    fn name(self) -> &'static str {
        match self {
            Rating::Green => "绿　时限内",
            Rating::Amber => "黄　超时限",
            Rating::Red => "红　超时限一倍以上",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Rating::Green => "ok",
            Rating::Amber => "warn",
            Rating::Red => "bad",
        }
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

/// The marks of the axis, at most seven, in hours or in days.
fn ticks(longest: i64) -> Vec<(i64, String)> {
    let step = STEPS.into_iter().find(|hours| longest / (hours * HOUR) <= 6).unwrap_or(STEPS[STEPS.len() - 1]);
    let days = step >= 24;
    let marks = (0..=longest / (step * HOUR)).map(|n| n * step);
    let said = |hours: i64| if days { format!("{} 天", hours / 24) } else { format!("{hours} 小时") };
    marks.map(|hours| (LEFT + hours * HOUR * WIDTH / longest, said(hours))).collect()
}

impl Bar {
    fn new(place: i64, row: Latency, road: Road, rating: Option<Rating>, longest: i64) -> Bar {
        let said = |part: Option<i64>| part.map_or_else(|| "－".to_owned(), words);
        let (mut gone, mut parts) = (0, Vec::new());
        for (ix, part) in road.parts().into_iter().enumerate() {
            let Some(part) = part else { continue };
            let x = LEFT + gone * WIDTH / longest;
            gone += part;
            parts.push(Part { number: ix + 1, x, width: (LEFT + gone * WIDTH / longest - x).max(1) });
        }
        let last = between(Some(row.published_at), row.last_sent).filter(|_| row.last_sent != row.first_sent);
        Bar {
            id: row.id,
            title: row.title,
            station: row.station,
            y: AXIS + place * ROW,
            end: LEFT + gone * WIDTH / longest,
            parts,
            rating,
            whole: said(road.whole),
            abroad: said(road.abroad),
            publish: said(road.publish),
            send: said(road.send),
            sent: last.map(words),
            answer: said(road.answer),
        }
    }
}

async fn show(State(app): State<App>, person: Person) -> Page {
    let scope = person.scope_or_refuse(&app, Verb::ViewWarnings)?;
    let rows = app.store.latencies(&scope, WARNINGS).await?;
    let present = app.present();
    let days = present.edition.whole("signal.working_days");
    let roads: Vec<Road> = rows.iter().map(Road::of).collect();
    let longest = roads.iter().map(|road| road.length()).max().unwrap_or(0).max(HOUR);
    let bars = (0..).zip(rows).zip(&roads).map(|((place, row), road)| {
        let rating = Rating::of(&row, &present.workdays, days);
        Bar::new(place, row, *road, rating, longest)
    });
    let bars: Vec<Bar> = bars.collect();
    let of = |part: fn(&Road) -> Option<i64>| median(roads.iter().filter_map(part).collect());
    render(&LatencyPage {
        shell: Shell::new(&app, &person, LATENCY),
        many: own(&person).is_none(),
        whole: of(|road| road.whole),
        to_publish: of(|road| road.publish),
        to_send: of(|road| road.send),
        to_answer: of(|road| road.answer),
        days,
        kept: bars.iter().filter(|bar| bar.rating == Some(Rating::Green)).count(),
        rated: bars.iter().filter(|bar| bar.rating.is_some()).count(),
        ticks: ticks(longest),
        height: AXIS + ROW * i64::try_from(bars.len()).unwrap_or(WARNINGS),
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
        assert_eq!((road.abroad, road.send, road.answer, road.whole), (None, None, None, None));
        assert!(road.publish.is_some(), "from the end of the day abroad");
        assert_eq!(Rating::of(&row, &Workdays::default(), 1), None, "it never arrived");
    }

    #[test]
    fn a_warning_is_rated_by_working_days_after_arrival() {
        let at = |text: &str| store::instant_number(text.parse().expect("an instant"));
        let rated = |published: &str| {
            let row = Latency {
                id: 1,
                title: String::new(),
                station: String::new(),
                source_on: Some(20_260_907),
                received_at: Some(at("2026-09-08T01:00:00Z")),
                published_at: at(published),
                first_sent: Some(at(published)),
                last_sent: None,
                first_answered: Some(at("2026-09-12T16:00:00Z")),
            };
            // The day abroad ended when the 8th began in China; answered as the 13th began.
            assert_eq!(Road::of(&row).whole, Some(5 * 24 * HOUR));
            Rating::of(&row, &Workdays::default(), 1).map(Rating::class)
        };
        // It came on a Tuesday.
        assert_eq!(rated("2026-09-09T15:59:59Z"), Some("ok"));
        assert_eq!(rated("2026-09-09T16:00:00Z"), Some("warn"));
        assert_eq!(rated("2026-09-10T16:00:00Z"), Some("bad"));
    }

    #[test]
    fn an_axis_has_few_marks_in_hours_or_days() {
        let said = |longest: i64| ticks(longest).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(said(HOUR), ["0 小时", "1 小时"]);
        assert_eq!(said(5 * HOUR + 1), ["0 小时", "1 小时", "2 小时", "3 小时", "4 小时", "5 小时"]);
        assert_eq!(said(72 * HOUR), ["0 小时", "12 小时", "24 小时", "36 小时", "48 小时", "60 小时", "72 小时"]);
        assert_eq!(said(10 * 24 * HOUR), ["0 天", "2 天", "4 天", "6 天", "8 天", "10 天"]);
        assert!(ticks(5 * 365 * 24 * HOUR).len() <= 7);
        assert_eq!(ticks(72 * HOUR).last().map(|(x, _)| *x), Some(LEFT + WIDTH));
    }
}
