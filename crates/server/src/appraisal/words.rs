//! The score in words: how a row was computed, and what it still lacks.

use regulation::Points;
use regulation::appraisal::advice::{Advice, Limit, Step};
use regulation::appraisal::ledger::{EnteredBy, KeptIn};
use regulation::appraisal::score::{Detail, GroupScore, RowScore};
use regulation::appraisal::sheet::{Item, Rule, Several, Tier};
use regulation::law::Edition;

/// How a row's points came about: `组织 3 次 × 5 分 ＋ 参与 4 次 × 2 分 ＝ 23.0 分，未达上限 30 分。`
pub fn computed(edition: &Edition, item: &Item, row: &RowScore, groups: &[GroupScore]) -> String {
    let mut text = match (&item.rule, &row.detail) {
        (Rule::Presence { fact, unless, .. }, Detail::Presence { holds }) => {
            presence(edition, fact.as_deref(), unless.as_deref(), *holds, row)
        }
        (Rule::Monthly { kind, tiers }, Detail::Monthly { months }) => monthly(edition, kind, tiers, months, row),
        (Rule::PerEvent { each }, Detail::PerEvent { awards }) => {
            let each: Vec<Points> = each.iter().map(|award| award.points).collect();
            per_event(edition, item, &each, awards, row)
        }
        (Rule::Graded { several, .. }, Detail::Graded { works }) => graded(edition, item, *several, works, row),
        _ => String::new(),
    };
    text.push_str(&over_the_group(edition, item, row, groups));
    text
}

fn unit<'e>(edition: &'e Edition, kind: &str) -> &'e str {
    edition.kind(kind).map_or("", |kind| kind.unit.as_str())
}

pub fn kind_name<'e>(edition: &'e Edition, kind: &'e str) -> &'e str {
    edition.kind(kind).map_or(kind, |kind| kind.name.as_str())
}

/// A kind's name beside its siblings of one row: what only it has, where they end alike (`组织`, `参与`).
pub fn short_name<'e>(edition: &'e Edition, item: &Item, kind: &'e str) -> &'e str {
    let name = kind_name(edition, kind);
    let kinds = item.rule.kinds();
    let others = kinds.iter().filter(|other| **other != kind).map(|other| kind_name(edition, other));
    let alike = |other: &str| name.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).count();
    let Some(shared) = others.map(alike).min() else { return name };
    let own = name.chars().count() - shared;
    if shared < 3 || own < 2 {
        return name;
    }
    name.char_indices().nth(own).map_or(name, |(end, _)| &name[..end])
}

fn presence(edition: &Edition, fact: Option<&str>, unless: Option<&str>, holds: bool, row: &RowScore) -> String {
    let points = row.points;
    if let Some(kind) = unless {
        let name = kind_name(edition, kind);
        return match row.entries.len() {
            0 => format!("年度内没有“{name}”的记录，得 {points} 分。"),
            n => format!("年度内有“{name}” {n} {}，不得分。", unit(edition, kind)),
        };
    }
    let fact = fact.and_then(|fact| edition.facts.iter().find(|known| known.id == fact));
    let roster = fact.is_some_and(|fact| fact.kept_in == KeptIn::Roster);
    match (holds, roster) {
        (true, true) => format!("企业库不少于 {} 家，得 {points} 分。", edition.whole("roster.min")),
        (true, false) => format!("年末有效的档案 {} 件，得 {points} 分。", row.records.len()),
        (false, true) => "企业库没有企业，不得分。".to_owned(),
        (false, false) => "档案中没有可以认定的记录，不得分。".to_owned(),
    }
}

fn monthly(edition: &Edition, kind: &str, tiers: &[Tier], months: &[(u64, Points); 12], row: &RowScore) -> String {
    let unit = unit(edition, kind);
    let terms: Vec<String> = tiers
        .iter()
        .filter_map(|tier| {
            let reached = months.iter().filter(|(_, points)| *points == tier.points).count();
            (reached > 0).then(|| format!("满 {} {unit}的 {reached} 个月 × {} 分", tier.from, tier.points.plain()))
        })
        .collect();
    let none = months.iter().filter(|(count, points)| *points == Points::ZERO && *count > 0).count();
    let few = if none > 0 {
        format!("另有 {none} 个月不足 {} {unit}，不得分。", tiers.last().map_or(0, |t| t.from))
    } else {
        String::new()
    };
    if terms.is_empty() {
        return format!("没有达到条数的月份，得 {} 分。{few}", row.points);
    }
    format!("{} ＝ {} 分{}。{few}", terms.join(" ＋ "), row.raw, against_cap(row))
}

fn per_event(
    edition: &Edition,
    item: &Item,
    each: &[Points],
    awards: &[(String, u64, Points)],
    row: &RowScore,
) -> String {
    let terms: Vec<String> = awards
        .iter()
        .zip(each)
        .filter(|((_, count, _), _)| *count > 0)
        .map(|((kind, count, _), each)| {
            format!("{} {count} {} × {} 分", short_name(edition, item, kind), unit(edition, kind), each.plain())
        })
        .collect();
    if terms.is_empty() {
        return format!("年度内没有计分的记录，得 {} 分。", row.points);
    }
    format!("{} ＝ {} 分{}。", terms.join(" ＋ "), row.raw, against_cap(row))
}

fn against_cap(row: &RowScore) -> String {
    match row.cap {
        Some(cap) if row.raw > cap => format!("，超过上限，按 {cap} 分计"),
        Some(cap) if row.raw == cap => format!("，已达上限 {} 分", cap.plain()),
        Some(cap) => format!("，未达上限 {} 分", cap.plain()),
        None => String::new(),
    }
}

fn graded(edition: &Edition, item: &Item, several: Several, works: &[(String, Points)], row: &RowScore) -> String {
    let name = item.rule.kinds().first().map_or("", |kind| kind_name(edition, kind));
    match (works, row.entries.is_empty()) {
        ([], true) => format!("年度内没有{name}，得 {} 分。", row.points),
        ([], false) => format!("已报 {} 份，尚无专家评分，暂计 {} 分。", row.entries.len(), row.points),
        ([(_, mark)], _) => format!("专家评分合成 {mark} 分，得 {} 分。", row.points),
        (works, _) => {
            let marks: Vec<String> = works.iter().map(|(_, mark)| mark.to_string()).collect();
            let how = if several == Several::Best { "取最高的一份" } else { "取各份平均" };
            format!("{} 份分别合成 {} 分，{how}，得 {} 分。", works.len(), marks.join("、"), row.points)
        }
    }
}

fn over_the_group(edition: &Edition, item: &Item, row: &RowScore, groups: &[GroupScore]) -> String {
    let group = edition.sheet.groups().find(|group| group.items.iter().any(|known| known.id == item.id));
    let scored = group.and_then(|group| groups.iter().find(|scored| scored.id == group.id));
    match (group, scored) {
        (Some(group), Some(scored))
            if scored.raw > scored.cap && group.items.len() > 1 && row.points > Points::ZERO =>
        {
            capped(&group.name, group.items.len(), scored)
        }
        _ => String::new(),
    }
}

/// `案件应对情况三行合计 17.3，按上限计 10.0。`
fn capped(name: &str, rows: usize, scored: &GroupScore) -> String {
    format!("{name}{}行合计 {}，按上限计 {}。", numeral(rows), scored.raw, scored.points)
}

fn numeral(n: usize) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九"];
    DIGITS.get(n).map_or_else(|| n.to_string(), |digit| (*digit).to_owned())
}

/// The note beside a part's sum, where a group's cap cut its rows: `案件应对情况三行合计 17.3，按上限计 10.0`.
pub fn group_note(name: &str, rows: usize, scored: &GroupScore) -> Option<String> {
    (rows > 1 && scored.raw > scored.cap).then(|| capped(name, rows, scored).trim_end_matches('。').to_owned())
}

/// The heading over the advice.
pub fn advice_head(advice: &Advice) -> String {
    match (advice.room, advice.limit) {
        (Points::ZERO, Limit::Row(cap)) => format!("已达本行上限 {} 分", cap.plain()),
        (Points::ZERO, Limit::Group(cap)) => format!("已达本组上限 {} 分，再有记录也不加分", cap.plain()),
        (room, Limit::Row(_)) => format!("距上限还差 {room} 分"),
        (room, Limit::Group(_)) => format!("距本组上限还差 {room} 分"),
    }
}

/// One thing to do for the next points, and where: `None` when it is not this station's to do.
pub fn advice_line(edition: &Edition, step: &Step, station: i64) -> (String, Option<String>) {
    let ledger = |kind: &str| {
        let own = edition.kind(kind).is_some_and(|kind| kind.entered_by == EnteredBy::Station);
        own.then(|| format!("/appraisal/ledger/new?kind={kind}"))
    };
    let by = |kind: &str| match edition.kind(kind).map(|kind| kind.entered_by) {
        Some(EnteredBy::Province) => "，由省商务厅登记",
        Some(EnteredBy::City) => "，由市商务局或省商务厅登记",
        _ => "",
    };
    match step {
        Step::Record { fact, gain } => {
            let fact = edition.facts.iter().find(|known| known.id == *fact);
            let roster = fact.is_some_and(|fact| fact.kept_in == KeptIn::Roster);
            let evidence = fact.map_or("", |fact| fact.evidence.as_str());
            let place = if roster { "企业库" } else { "本站档案" };
            let href = if roster { "/duties/roster".to_owned() } else { format!("/duties/stations/{station}") };
            (format!("在{place}登记：{evidence}。可加 {gain} 分。"), Some(href))
        }
        Step::Lost { kind } => (format!("年度内有“{}”的记录，本行不再得分。", kind_name(edition, kind)), None),
        Step::ThisMonth { kind, more, gain } => {
            (format!("本月再发布 {more} {}，可加 {gain} 分。", unit(edition, kind)), ledger(kind))
        }
        Step::MonthsAhead { kind, months, from, each, gain } => (
            format!(
                "今后 {months} 个月每月满 {from} {}各得 {} 分，最多再加 {gain} 分。",
                unit(edition, kind),
                each.plain()
            ),
            None,
        ),
        Step::OneMore { kind, gain } => {
            let text =
                format!("再有“{}” 1 {}，可加 {gain} 分{}。", kind_name(edition, kind), unit(edition, kind), by(kind));
            (text, ledger(kind))
        }
        Step::Report { kind, gain } => {
            (format!("尚无{}；报送后由专家评分，最高可得 {gain} 分。", kind_name(edition, kind)), ledger(kind))
        }
        Step::Unmarked { entries, gain } => (format!("{} 份报告待专家评分，最多可加 {gain} 分。", entries.len()), None),
        Step::BetterReport { kind, gain } => {
            (format!("另报一份得分更高的{}，最多再加 {gain} 分。", kind_name(edition, kind)), ledger(kind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_end_alike_are_told_apart_by_what_they_begin_with() {
        let edition = crate::editions::draft().expect("draft");
        let short = |item: &str, kind: &'static str| {
            let item = edition.sheet.item(item).expect("item");
            short_name(&edition, item, kind).to_owned()
        };
        assert_eq!(short("outreach", "outreach.organised"), "组织");
        assert_eq!(short("outreach", "outreach.attended"), "参与");
        assert_eq!(short("bonus.case", "case.won"), "案件应对效果较理想");
        assert_eq!(short("bonus.exchange", "exchange.defused"), "对外交涉化解摩擦");
    }
}
