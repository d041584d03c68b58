//! 还差的分: what would bring each row of the sheet its next points.

use jiff::civil::Date;

use super::score::{Detail, RowScore, Score, next_tier, tier_points};
use super::sheet::{Group, Item, Rule, Tier};
use crate::Points;
use crate::law::Edition;

/// What a row still lacks on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How many points the row can still add to the total.
    pub room: Points,
    /// What stops it at `room`, or at nothing.
    pub limit: Limit,
    /// The year is over: only what happened in it and was not entered can still be added.
    pub over: bool,
    pub steps: Vec<Step>,
}

/// Which cap decides how much a row can still add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Row(Points),
    /// The rows of the group together (reading K6).
    Group(Points),
}

/// One thing to do, and what it gives within the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Put on record what shows this fact.
    Record { fact: String, gain: Points },
    /// An entry of this kind took the row's points; nothing of the station's own brings them back.
    Lost { kind: String },
    /// So many more this month reach its next tier.
    ThisMonth { kind: String, more: u64, gain: Points },
    /// So many months still to come, each full at `from`.
    MonthsAhead { kind: String, months: u64, from: u64, each: Points, gain: Points },
    /// One more of this kind.
    OneMore { kind: String, gain: Points },
    /// No report of this kind yet.
    Report { kind: String, gain: Points },
    /// Reports that wait for the experts' marks.
    Unmarked { entries: Vec<i64>, gain: Points },
    /// A further report marked higher.
    BetterReport { kind: String, gain: Points },
}

/// What each row of a station's sheet still lacks on `today`, in the sheet's order.
pub fn advise(edition: &Edition, score: &Score, year: i16, today: Date) -> Vec<Advice> {
    let of_group = |group: &Group| {
        let raw = score.groups.iter().find(|scored| scored.id == group.id).map(|scored| scored.raw).unwrap_or_default();
        raw.short_of(group.cap)
    };
    edition
        .sheet
        .groups()
        .flat_map(|group| group.items.iter().map(move |item| (group, item)))
        .map(|(group, item)| {
            let row = score.row(&item.id);
            let points = row.map(|row| row.points).unwrap_or_default();
            let own = item.cap.map(|cap| (points.short_of(cap), Limit::Row(cap)));
            let shared = (of_group(group), Limit::Group(group.cap));
            let (room, limit) = own.filter(|(own, _)| *own <= shared.0).unwrap_or(shared);
            let steps = if room == Points::ZERO { Vec::new() } else { steps(item, row, room, year, today) };
            Advice { room, limit, over: today.year() > year, steps }
        })
        .collect()
}

fn steps(item: &Item, row: Option<&RowScore>, room: Points, year: i16, today: Date) -> Vec<Step> {
    match &item.rule {
        Rule::Presence { fact, unless, points } => {
            presence(fact.as_deref(), unless.as_deref(), row, (*points).min(room))
        }
        Rule::Monthly { kind, tiers } => monthly(kind, tiers, row, room, (year, today)),
        Rule::PerEvent { each } => {
            let one_more =
                |award: &super::sheet::Award| Step::OneMore { kind: award.kind.clone(), gain: award.points.min(room) };
            each.iter().map(one_more).collect()
        }
        Rule::Graded { kind, max, .. } => graded(kind, *max, row, room),
    }
}

fn presence(fact: Option<&str>, unless: Option<&str>, row: Option<&RowScore>, gain: Points) -> Vec<Step> {
    let spoilt = row.is_some_and(|row| !row.entries.is_empty());
    let mut steps = Vec::new();
    if let Some(kind) = unless.filter(|_| spoilt) {
        steps.push(Step::Lost { kind: kind.to_owned() });
    } else if let Some(fact) = fact {
        steps.push(Step::Record { fact: fact.to_owned(), gain });
    }
    steps
}

fn monthly(kind: &str, tiers: &[Tier], row: Option<&RowScore>, room: Points, (year, today): (i16, Date)) -> Vec<Step> {
    let mut steps = Vec::new();
    let (Some(top), Some(RowScore { detail: Detail::Monthly { months }, .. })) = (tiers.first(), row) else {
        return steps;
    };
    let ahead = match today.year() {
        now if now > year => return steps,
        now if now < year => 12,
        _ => {
            let count = months[usize::from(today.month().unsigned_abs()) - 1].0;
            if let Some((more, reach)) = next_tier(count, tiers) {
                let gain = (reach - tier_points(count, tiers)).min(room);
                steps.push(Step::ThisMonth { kind: kind.to_owned(), more, gain });
            }
            u64::from(12 - today.month().unsigned_abs())
        }
    };
    if ahead > 0 {
        let gain = top.points.times(ahead).min(room);
        steps.push(Step::MonthsAhead { kind: kind.to_owned(), months: ahead, from: top.from, each: top.points, gain });
    }
    steps
}

fn graded(kind: &str, max: Points, row: Option<&RowScore>, room: Points) -> Vec<Step> {
    let Some(RowScore { entries, raw, detail: Detail::Graded { works }, .. }) = row else { return Vec::new() };
    let marked = |entry: &&i64| works.iter().any(|(work, _)| *work == entry.to_string());
    let unmarked: Vec<i64> = entries.iter().filter(|entry| !marked(entry)).copied().collect();
    let gain = raw.short_of(max).min(room);
    let kind = kind.to_owned();
    vec![match (entries.is_empty(), unmarked.is_empty()) {
        (true, _) => Step::Report { kind, gain },
        (_, false) => Step::Unmarked { entries: unmarked, gain },
        _ => Step::BetterReport { kind, gain },
    }]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;
    use rust_decimal::Decimal;

    use super::*;
    use crate::appraisal::ledger::{Entry, Facts};
    use crate::appraisal::score::{Grading, score};
    use crate::law::Files;

    fn draft() -> Edition {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law/draft");
        let names = ["edition.toml", "articles.md", "scoresheet.toml", "ledger.toml", "calendar.toml", "readings.md"];
        let files: Files = names
            .iter()
            .map(|name| ((*name).to_owned(), std::fs::read_to_string(dir.join(name)).expect("law/draft")))
            .collect();
        Edition::parse(&files).expect("draft")
    }

    fn points(text: &str) -> Points {
        text.parse().expect("points")
    }

    /// Advice for one row, from `(kind, day, count)` entries.
    fn advice(item: &str, entries: &[(&str, Date, u64)], marks: &[(&str, i64)], today: Date) -> Advice {
        let edition = draft();
        let ledger: Vec<Entry> = (0i64..)
            .zip(entries)
            .map(|(id, (kind, on, count))| Entry {
                id,
                kind: edition.kind_ix(kind).expect("kind"),
                on: *on,
                count: *count,
            })
            .collect();
        let gradings: Vec<Grading> = marks
            .iter()
            .map(|(item, mark)| Grading {
                item: (*item).to_owned(),
                work: "0".to_owned(),
                marks: vec![Decimal::from(*mark)],
            })
            .collect();
        let score = score(&edition, &Facts::default(), &ledger, &gradings, 2026);
        let ix = edition.sheet.items().position(|known| known.id == item).expect("item");
        advise(&edition, &score, 2026, today).swap_remove(ix)
    }

    const JUNE: Date = date(2026, 6, 15);

    #[test]
    fn a_missing_fact_names_the_record() {
        let step = Step::Record { fact: "has_unit".to_owned(), gain: points("6") };
        assert_eq!(advice("org.unit", &[], &[], JUNE).steps, [step]);
    }

    #[test]
    fn points_lost_to_a_finding_are_not_brought_back() {
        let lost = advice("conduct", &[("misconduct.upheld", date(2026, 3, 1), 1)], &[], JUNE);
        assert_eq!(lost.steps, [Step::Lost { kind: "misconduct.upheld".to_owned() }]);
        assert_eq!(advice("conduct", &[], &[], JUNE).room, Points::ZERO);
    }

    #[test]
    fn this_month_and_the_months_to_come() {
        let kind = "warning.published".to_owned();
        let advice = advice("warn.published", &[("warning.published", date(2026, 6, 1), 17)], &[], JUNE);
        assert_eq!(
            advice.steps,
            [
                Step::ThisMonth { kind: kind.clone(), more: 3, gain: points("0.5") },
                Step::MonthsAhead { kind, months: 6, from: 20, each: points("1"), gain: points("6") },
            ]
        );
    }

    #[test]
    fn after_the_year_no_month_is_to_come() {
        let advice = advice("warn.published", &[], &[], date(2027, 1, 10));
        assert!(advice.over && advice.steps.is_empty());
    }

    #[test]
    fn one_more_event_gives_no_more_than_the_room() {
        let advice = advice("outreach", &[("outreach.attended", date(2026, 3, 1), 14)], &[], JUNE);
        assert_eq!((advice.room, advice.limit), (points("2"), Limit::Row(points("30"))));
        let gains: Vec<Points> = advice
            .steps
            .iter()
            .map(|step| match step {
                Step::OneMore { gain, .. } => *gain,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(gains, [points("2"), points("2")]);
    }

    #[test]
    fn a_full_group_leaves_its_rows_no_room() {
        let advice = advice("bonus.investigation", &[("case.won", date(2026, 3, 1), 1)], &[], JUNE);
        assert_eq!((advice.room, advice.limit), (Points::ZERO, Limit::Group(points("10"))));
        assert!(advice.steps.is_empty());
    }

    #[test]
    fn a_report_is_missing_then_unmarked_then_could_be_better() {
        let filed = [("report.topical", date(2026, 3, 1), 1)];
        let kind = "report.topical".to_owned();
        let steps = |entries, marks| advice("warn.report", entries, marks, JUNE).steps;
        assert_eq!(steps(&[], &[]), [Step::Report { kind: kind.clone(), gain: points("10") }]);
        assert_eq!(steps(&filed, &[]), [Step::Unmarked { entries: vec![0], gain: points("10") }]);
        let better = Step::BetterReport { kind, gain: points("2") };
        assert_eq!(steps(&filed, &[("warn.report", 8)]), [better]);
    }
}
