//! Rows, kinds, numbers and readings of an edition as people read them.

use regulation::appraisal::ledger::EnteredBy;
use regulation::appraisal::sheet::{Item, Rule, Several};
use regulation::law::{Edition, Number, NumberValue, cite};

use crate::appraisal::words::{kind_name, short_name};
use crate::general::interpretations::{Answer, InForce};

/// A ground with its anchor on the page: an article item or a reading.
pub struct Ground {
    pub href: String,
    pub text: String,
}

impl Ground {
    fn new(basis: &str) -> Ground {
        match basis.strip_prefix("reading ") {
            Some(reading) => Ground { href: format!("#{reading}"), text: format!("读法 {reading}") },
            None => Ground { href: format!("#art-{basis}"), text: cite(basis) },
        }
    }
}

pub struct RowView {
    pub id: String,
    pub group: String,
    pub work: String,
    pub value: String,
    pub criteria: String,
    pub rule: String,
    pub ground: Ground,
    pub readings: Vec<String>,
    pub answers: Vec<Answer>,
}

pub struct KindView {
    pub id: String,
    pub name: String,
    pub line: String,
    pub by: &'static str,
    pub years: u16,
    pub evidence: String,
    pub ground: Ground,
    /// The row it feeds, if any.
    pub row: Option<String>,
}

pub struct NumberView {
    pub id: String,
    pub name: String,
    pub value: String,
    pub ground: Ground,
    pub tag: Option<String>,
}

pub struct ReadingView {
    pub id: String,
    pub title: String,
    pub bases: Vec<Ground>,
    /// 问题, 读法, 其他读法 with their text.
    pub paragraphs: Vec<(String, String)>,
    pub tag: Option<String>,
}

pub fn rows(edition: &Edition, answers: &InForce) -> Vec<RowView> {
    let rows = edition.sheet.groups().flat_map(|group| group.items.iter().map(move |item| (group, item)));
    rows.map(|(group, item)| RowView {
        id: item.id.clone(),
        group: format!("{}{}", group.name, group.cap_text),
        work: item.work.clone(),
        value: item.value_text.clone(),
        criteria: item.criteria.clone(),
        rule: rule(edition, item),
        ground: Ground::new(&item.article),
        readings: item.readings.clone(),
        answers: answers.of_row(&item.id),
    })
    .collect()
}

/// A row's rule in words, so that an official can hold it against the criteria beside it.
pub fn rule(edition: &Edition, item: &Item) -> String {
    let text = match &item.rule {
        Rule::Presence { points, fact, unless } => {
            let fact = fact.as_deref().and_then(|fact| edition.facts.iter().find(|known| known.id == fact));
            match (fact, unless) {
                (Some(fact), _) => format!("{}：有则 {} 分", fact.name, points.plain()),
                (None, Some(kind)) => {
                    format!("没有“{}”的记录：{} 分；有则 0 分", kind_name(edition, kind), points.plain())
                }
                (None, None) => String::new(),
            }
        }
        Rule::Monthly { kind, tiers } => {
            let unit = edition.kind(kind).map_or("", |kind| kind.unit.as_str());
            let tiers: Vec<String> =
                tiers.iter().map(|tier| format!("满 {} {unit} {} 分", tier.from, tier.points.plain())).collect();
            format!("“{}”每月{}", kind_name(edition, kind), tiers.join("，"))
        }
        Rule::PerEvent { each } => {
            let each: Vec<String> = each
                .iter()
                .map(|award| {
                    let unit = edition.kind(&award.kind).map_or("", |kind| kind.unit.as_str());
                    format!("{}，每{unit} {} 分", short_name(edition, item, &award.kind), award.points.plain())
                })
                .collect();
            each.join("；")
        }
        Rule::Graded { max, drop_extremes_from, several, .. } => {
            let how = if *several == Several::Best { "取最高的一份" } else { "取各份平均" };
            format!(
                "专家评分 0 至 {} 分，取平均；{drop_extremes_from} 人起各去掉一个最高分和最低分；多份的{how}",
                max.plain()
            )
        }
    };
    let cap = item.cap.map_or_else(String::new, |cap| format!("。本行至多 {} 分", cap.plain()));
    format!("{text}{cap}")
}

pub fn kinds(edition: &Edition) -> Vec<KindView> {
    let view = |kind: &regulation::appraisal::ledger::Kind| KindView {
        id: kind.id.clone(),
        name: kind.name.clone(),
        line: kind.line.clone(),
        by: match kind.entered_by {
            EnteredBy::Station => "工作站",
            EnteredBy::City => "市商务局、省商务厅",
            EnteredBy::Province => "省商务厅",
        },
        years: kind.retention_years,
        evidence: kind.evidence.clone(),
        ground: Ground::new(&kind.basis),
        row: edition
            .sheet
            .items()
            .find(|item| item.rule.kinds().contains(&kind.id.as_str()))
            .map(|item| item.id.clone()),
    };
    edition.kinds.iter().map(view).collect()
}

/// A number with its unit.
pub fn value(number: &Number) -> String {
    let value = match &number.value {
        NumberValue::Whole(value) => value.to_string(),
        NumberValue::Flag(value) => if *value { "是" } else { "否" }.to_owned(),
        NumberValue::Text(text) => text.clone(),
        NumberValue::List(values) => values.iter().map(i64::to_string).collect::<Vec<_>>().join("、"),
    };
    if number.unit.is_empty() { value } else { format!("{value} {}", number.unit) }
}

/// Dates first, then periods that prompt, then numbers.
pub fn numbers(edition: &Edition) -> Vec<NumberView> {
    let deadlines = edition.calendar.deadlines.iter().map(|deadline| NumberView {
        id: deadline.id.clone(),
        name: deadline.name.clone(),
        value: format!(
            "{}{}月{}日 24时前{}",
            if deadline.next_year { "次年 " } else { "" },
            deadline.month,
            deadline.day,
            if deadline.roll { "，遇休息日顺延" } else { "" }
        ),
        ground: Ground::new(&deadline.basis),
        tag: deadline.tag.clone(),
    });
    let numbers = edition.calendar.windows.iter().chain(&edition.calendar.numbers).map(|number| NumberView {
        id: number.id.clone(),
        name: number.name.clone(),
        value: value(number),
        ground: Ground::new(&number.basis),
        tag: number.tag.clone(),
    });
    deadlines.chain(numbers).collect()
}

pub fn readings(edition: &Edition) -> Vec<ReadingView> {
    let labelled = |paragraph: &String| match paragraph.split_once('：') {
        Some((label, text)) => (label.to_owned(), text.to_owned()),
        None => (String::new(), paragraph.clone()),
    };
    let view = |reading: &regulation::law::Reading| {
        let paragraphs: Vec<(String, String)> = reading.paragraphs.iter().map(labelled).collect();
        let of = |label: &str| paragraphs.iter().find(|(known, _)| known == label).map(|(_, text)| text.clone());
        ReadingView {
            id: reading.id.clone(),
            title: reading.title.clone(),
            bases: of("依据")
                .map(|bases| bases.split('#').map(str::trim).filter(|id| !id.is_empty()).map(Ground::new).collect())
                .unwrap_or_default(),
            tag: of("标记"),
            paragraphs: paragraphs.into_iter().filter(|(label, _)| label != "依据" && label != "标记").collect(),
        }
    };
    edition.readings.iter().map(view).collect()
}
