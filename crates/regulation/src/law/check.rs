use std::collections::BTreeSet;

use super::{Area, Edition, EditionError, NumberValue, Tile};
use crate::Points;
use crate::appraisal::ledger::EnteredBy;
use crate::appraisal::sheet::{Item, Rule};
use crate::general::county::Hearing;

/// Numbers of the calendar the code asks for by name.
const NEEDED: [&str; 8] = [
    "pass_mark",
    "excellent.denominator",
    "ledger.backdating_days",
    "roster.min",
    "industry.class_digits",
    "statement.working_days",
    "active.months",
    "handover.case_months",
];

/// Most rows and columns of the sketch map.
const MOST_TILES: u8 = 24;

/// What a reader of the folder cannot see at a glance: ids that repeat, references that lead nowhere,
/// caps that do not add up.
pub(super) fn consistent(edition: &Edition) -> Result<(), EditionError> {
    unique("articles.md", edition.items().map(|item| item.id.as_str()))?;
    unique("readings.md", edition.readings.iter().map(|reading| reading.id.as_str()))?;
    unique("scoresheet.toml", edition.sheet.items().map(|item| item.id.as_str()))?;
    unique("scoresheet.toml", edition.sheet.groups().map(|group| group.id.as_str()))?;
    unique("ledger.toml", edition.kinds.iter().map(|kind| kind.id.as_str()))?;
    unique("ledger.toml", edition.facts.iter().map(|fact| fact.id.as_str()))?;
    validity(edition)?;
    areas(edition)?;
    ledger(edition)?;
    sheet(edition)?;
    calendar(edition)?;
    rubric(edition)?;
    graded(edition)?;
    readings(edition)
}

fn unique<'a>(file: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), EditionError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(EditionError::new(file, format!("编号 {id} 重复")));
        }
    }
    Ok(())
}

/// Status and validity agree (Article 19): an edition in force says since when, a lapsed one until when.
fn validity(edition: &Edition) -> Result<(), EditionError> {
    let head = &edition.head;
    let refuse = |problem: String| Err(EditionError::new("edition.toml", problem));
    match (head.effective_on, head.expires_on) {
        (None, Some(_)) => refuse("expires_on：写了失效日期，却没有 effective_on".to_owned()),
        (Some(from), Some(until)) if until <= from => {
            refuse(format!("expires_on：失效日期 {until} 不晚于施行日期 {from}"))
        }
        (None, _) if head.status == "现行" => refuse("effective_on：现行版本须写施行日期".to_owned()),
        (_, None) if head.status == "失效" => refuse("expires_on：失效版本须写失效日期".to_owned()),
        _ => Ok(()),
    }
}

fn areas(edition: &Edition) -> Result<(), EditionError> {
    let head = &edition.head;
    let codes = head
        .areas
        .iter()
        .flat_map(|area| std::iter::once(&area.code).chain(area.counties.iter().map(|county| &county.code)));
    for code in codes.clone() {
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) || !code.starts_with(&head.region_prefix) {
            let problem = format!("行政区划代码 {code} 不是以 {} 开头的六位数字", head.region_prefix);
            return Err(EditionError::new("edition.toml", problem));
        }
    }
    unique("edition.toml", codes.map(String::as_str))?;
    tiles(&head.areas)
}

/// Squares of the sketch map: within a screen, and each for one city.
fn tiles(areas: &[Area]) -> Result<(), EditionError> {
    let mut taken = BTreeSet::new();
    for (area, tile) in areas.iter().filter_map(|area| Some((area, area.tile?))) {
        let on_map = |n: u8| (1..=MOST_TILES).contains(&n);
        let Tile { row, column } = tile;
        if !on_map(row) || !on_map(column) {
            let problem = format!("{}：示意图的行和列应在 1 至 {MOST_TILES} 之间", area.name);
            return Err(EditionError::new("edition.toml", problem));
        }
        if !taken.insert(tile) {
            let problem = format!("{}：示意图第 {row} 行第 {column} 列已有别的市", area.name);
            return Err(EditionError::new("edition.toml", problem));
        }
    }
    Ok(())
}

fn ledger(edition: &Edition) -> Result<(), EditionError> {
    let bases = edition.kinds.iter().map(|kind| (&kind.id, &kind.basis));
    let bases = bases.chain(edition.facts.iter().map(|fact| (&fact.id, &fact.basis)));
    let bases = bases.chain(edition.qualitative.iter().map(|q| (&q.name, &q.article)));
    for (id, basis) in bases {
        known_item(edition, "ledger.toml", id, basis)?;
    }
    for kind in &edition.kinds {
        for named in kind.about.iter().chain(&kind.replaces) {
            known_kind(edition, "ledger.toml", &kind.id, named)?;
            if kind.entered_by == EnteredBy::Station || *named == kind.id {
                return Err(EditionError::new(
                    "ledger.toml",
                    format!("{}：about 和 replaces 只用于认定类别，指向工作站登记的类别", kind.id),
                ));
            }
        }
    }
    for qualitative in &edition.qualitative {
        for kind in &qualitative.kinds {
            known_kind(edition, "ledger.toml", &qualitative.name, kind)?;
        }
    }
    Ok(())
}

fn sheet(edition: &Edition) -> Result<(), EditionError> {
    let sheet = &edition.sheet;
    let refuse = |problem: String| Err(EditionError::new("scoresheet.toml", problem));
    known_item(edition, "scoresheet.toml", &sheet.title, &sheet.article)?;
    let total: Points = sheet.parts.iter().map(|part| part.cap).sum();
    if total != sheet.total {
        return refuse(format!("各部分上限合计 {total}，与总分 {} 不符", sheet.total));
    }
    for part in &sheet.parts {
        let groups: Points = part.groups.iter().map(|group| group.cap).sum();
        if groups != part.cap {
            return refuse(format!("{}：各组上限合计 {groups}，与 {} 不符", part.name, part.cap));
        }
    }
    for item in sheet.items() {
        known_item(edition, "scoresheet.toml", &item.id, &item.article)?;
        for reading in &item.readings {
            if edition.reading(reading).is_none() {
                return refuse(format!("{}：没有读法 {reading}", item.id));
            }
        }
        rule(edition, item)?;
    }
    Ok(())
}

fn rule(edition: &Edition, item: &Item) -> Result<(), EditionError> {
    for kind in item.rule.kinds() {
        known_kind(edition, "scoresheet.toml", &item.id, kind)?;
    }
    let refuse = |problem: &str| Err(EditionError::new("scoresheet.toml", format!("{}：{problem}", item.id)));
    match &item.rule {
        Rule::Presence { fact: None, unless: None, .. } => refuse("presence 须写 fact 或 unless"),
        Rule::Presence { fact: Some(fact), .. } if !edition.facts.iter().any(|known| known.id == *fact) => {
            refuse(&format!("ledger.toml 中没有事实 {fact}"))
        }
        Rule::Monthly { tiers, .. } if tiers.is_empty() => refuse("monthly 至少一档"),
        Rule::Monthly { tiers, .. } if !tiers.is_sorted_by(|a, b| a.from > b.from && a.points > b.points) => {
            refuse("各档应从高到低，数量与分值同减")
        }
        _ => Ok(()),
    }
}

fn known_item(edition: &Edition, file: &str, of: &str, id: &str) -> Result<(), EditionError> {
    match edition.item(id) {
        Some(_) => Ok(()),
        None => Err(EditionError::new(file, format!("{of}：articles.md 中没有条款 {id}"))),
    }
}

fn known_kind(edition: &Edition, file: &str, of: &str, kind: &str) -> Result<(), EditionError> {
    match edition.kind(kind) {
        Some(_) => Ok(()),
        None => Err(EditionError::new(file, format!("{of}：ledger.toml 中没有台账类别 {kind}"))),
    }
}

fn calendar(edition: &Edition) -> Result<(), EditionError> {
    for id in NEEDED {
        match edition.number(id).map(|number| &number.value) {
            Some(NumberValue::Whole(value)) if *value > 0 => {}
            Some(_) => return Err(EditionError::new("calendar.toml", format!("{id} 应为正整数"))),
            None => return Err(EditionError::new("calendar.toml", format!("缺少 {id}"))),
        }
    }
    // An edition may leave it out, and then has no such step; it cannot say it unclearly (readings K13 and K89).
    for setting in [Hearing::Application, Hearing::Material].map(Hearing::setting) {
        if edition.number(setting).is_some_and(|number| !matches!(number.value, NumberValue::Flag(_))) {
            return Err(EditionError::new("calendar.toml", format!("{setting} 应为 true 或者 false")));
        }
    }
    let numbers = edition.calendar.numbers.iter().chain(&edition.calendar.windows);
    let bases = numbers.map(|number| (&number.id, &number.basis));
    for (id, basis) in bases.chain(edition.calendar.deadlines.iter().map(|deadline| (&deadline.id, &deadline.basis))) {
        known_basis(edition, id, basis)?;
    }
    unique("calendar.toml", edition.calendar.deadlines.iter().map(|deadline| deadline.id.as_str()))?;
    for deadline in &edition.calendar.deadlines {
        if jiff::civil::Date::new(2027, deadline.month, deadline.day).is_err() {
            return Err(EditionError::new("calendar.toml", format!("{}：没有这一天", deadline.id)));
        }
        if jiff::civil::Time::strptime("%H:%M:%S", &deadline.time).is_err() {
            return Err(EditionError::new("calendar.toml", format!("{}：时刻应写作 23:59:59", deadline.id)));
        }
    }
    Ok(())
}

/// Rows an application is marked by name what they rest on and come to a hundred: the mark to pass is of a hundred.
fn rubric(edition: &Edition) -> Result<(), EditionError> {
    let rows = &edition.calendar.rubric;
    unique("calendar.toml", rows.iter().map(|row| row.id.as_str()))?;
    for row in rows {
        known_basis(edition, &row.id, &row.basis)?;
        if row.max <= Points::ZERO {
            return Err(EditionError::new("calendar.toml", format!("{}：满分应大于 0", row.id)));
        }
    }
    let total: Points = rows.iter().map(|row| row.max).sum();
    if !rows.is_empty() && total != Points::from_tenths(1000) {
        return Err(EditionError::new("calendar.toml", format!("评审要点各行满分合计 {total}，应为 100")));
    }
    Ok(())
}

/// What the calendar says of dropped marks is what the graded rows do.
fn graded(edition: &Edition) -> Result<(), EditionError> {
    let Some(NumberValue::Whole(from)) = edition.number("marks.drop_from").map(|number| &number.value) else {
        return Ok(());
    };
    for item in edition.sheet.items() {
        if let Rule::Graded { drop_extremes_from, .. } = &item.rule
            && i64::try_from(*drop_extremes_from) != Ok(*from)
        {
            let problem =
                format!("{}：自 {drop_extremes_from} 人起去掉最高和最低分，calendar.toml 却写 {from} 人", item.id);
            return Err(EditionError::new("scoresheet.toml", problem));
        }
    }
    Ok(())
}

/// An article item, or `reading K33`.
fn known_basis(edition: &Edition, of: &str, basis: &str) -> Result<(), EditionError> {
    match basis.strip_prefix("reading ") {
        Some(reading) if edition.reading(reading).is_some() => Ok(()),
        Some(reading) => Err(EditionError::new("calendar.toml", format!("{of}：没有读法 {reading}"))),
        None => known_item(edition, "calendar.toml", of, basis),
    }
}

/// `依据：#9 #13` names items there are.
fn readings(edition: &Edition) -> Result<(), EditionError> {
    for reading in &edition.readings {
        let bases = reading.paragraphs.iter().filter_map(|paragraph| paragraph.strip_prefix("依据："));
        for item in bases.flat_map(|bases| bases.split('#').skip(1)) {
            known_item(edition, "readings.md", &reading.id, item.trim())?;
        }
    }
    Ok(())
}
