//! The annex's rows with their layers, and what each opens to.

use std::collections::BTreeMap;

use regulation::Points;
use regulation::appraisal::advice::Advice;
use regulation::appraisal::ledger::{Fact, KeptIn};
use regulation::appraisal::score::Detail;
use regulation::appraisal::sheet::{Group, Item, Part, PartId, Rule};
use regulation::duties::published::compared;
use regulation::law::{Edition, Reading, cite};
use store::appraisal::MonthTally;

use super::Loaded;
use crate::app::App;
use crate::appraisal::evidence::{EntryLine, Evidence, RecordLine, WorkLine, uncounted};
use crate::appraisal::explained::{Explained, Row, Sums};
use crate::appraisal::ledger::list::{Slips, slips};
use crate::appraisal::{padding, words};
use crate::duties::site::SiteYear;
use crate::general::interpretations::{Answer, InForce};

pub struct PartView {
    pub name: String,
    pub cap_text: String,
    /// Rows of the table this part spans: two for each item.
    pub span: usize,
    pub groups: Vec<GroupView>,
    pub sum_name: String,
    pub value: String,
    pub sums: [String; 4],
    pub note: Option<String>,
}

pub struct GroupView {
    pub name: String,
    pub cap_text: String,
    pub span: usize,
    pub rows: Vec<RowView>,
}

pub struct RowView {
    pub id: String,
    pub work: String,
    pub value: String,
    pub criteria: String,
    pub own: Cell,
    pub city: Cell,
    pub expert: Cell,
    pub province: Cell,
    pub open: bool,
    pub words: String,
    /// What the layers changed, if anything.
    pub changes: String,
    pub slips: Option<Slips>,
    pub entries: Vec<EntryLine>,
    pub entry_total: usize,
    /// Head of the figures beside the entries.
    pub count_head: &'static str,
    /// The row has entries of several kinds.
    pub kinds: bool,
    /// Where what a reviewer should look at is shown, on the row counted by the month.
    pub looks: Option<String>,
    /// Ledger list of this row's kind, where not all entries are shown.
    pub more: Option<String>,
    pub records: Vec<RecordLine>,
    pub works: Vec<WorkLine>,
    pub roster: bool,
    /// How often the website opened, on the row it is the evidence of (reading K60).
    pub site: Option<SiteYear>,
    /// Whether who looks may open the roster itself.
    pub roster_open: bool,
    pub advice_head: String,
    pub over: bool,
    pub advice: Vec<(String, Option<String>)>,
    pub cited: String,
    pub text: String,
    pub official: Option<String>,
    /// The department's answers on the row, and on the item it inspects (Article 18).
    pub answers: Vec<Answer>,
    pub readings: Vec<ReadingView>,
}

/// One layer's figure; marked where it differs from the layer before.
pub struct Cell {
    pub text: String,
    pub diff: bool,
}

pub struct ReadingView {
    pub id: String,
    pub title: String,
    pub text: String,
    /// 系统默认，办法未规定.
    pub tag: Option<String>,
}

/// All that the rows are unfolded from.
pub struct Unfolding<'a> {
    pub loaded: &'a Loaded,
    pub evidence: &'a Evidence,
    pub advice: Vec<Advice>,
    pub official: BTreeMap<String, String>,
    pub answers: InForce,
    pub open: Option<&'a str>,
    pub slips: Option<Slips>,
    /// The station looks at its own sheet: advice leads to its forms.
    pub own: bool,
    /// The station's website over the year, where a row asks for one.
    pub site: Option<SiteYear>,
    /// Whether who looks may see the station's roster.
    pub sees_roster: bool,
}

/// The table, part by part.
pub fn parts(unfolding: &Unfolding<'_>) -> Vec<PartView> {
    let edition = &unfolding.loaded.edition;
    let mut advice = unfolding.advice.iter();
    edition.sheet.parts.iter().map(|part| part_view(unfolding, part, &mut advice)).collect()
}

fn part_view<'a>(unfolding: &Unfolding<'_>, part: &Part, advice: &mut impl Iterator<Item = &'a Advice>) -> PartView {
    let explained = &unfolding.loaded.explained;
    let groups: Vec<GroupView> = part
        .groups
        .iter()
        .map(|group| GroupView {
            name: group.name.clone(),
            cap_text: group.cap_text.clone(),
            span: group.items.len() * 2,
            rows: group.items.iter().filter_map(|item| row_view(unfolding, item, advice.next()?)).collect(),
        })
        .collect();
    let of_part = |sums: &Sums| if part.id == PartId::Base { sums.base } else { sums.bonus };
    PartView {
        name: part.name.clone(),
        cap_text: part.cap_text.clone(),
        span: groups.iter().map(|group| group.span).sum(),
        groups,
        sum_name: format!("{}小计", part.name.trim_end_matches('项')),
        value: part.cap.plain(),
        sums: sums(explained, of_part, |row| {
            part.groups.iter().flat_map(|group| &group.items).any(|item| item.id == row.score.item)
        }),
        note: part_note(explained, &part.groups),
    }
}

/// Where a group's cap cut its rows, said beside the part's sum.
pub fn part_note(explained: &Explained, groups: &[Group]) -> Option<String> {
    let notes: Vec<String> = groups
        .iter()
        .filter_map(|group| {
            let scored = explained.groups.iter().find(|scored| scored.id == group.id)?;
            words::group_note(&group.name, group.items.len(), scored)
        })
        .collect();
    (!notes.is_empty()).then(|| notes.join("；"))
}

fn figure(points: Option<Points>) -> String {
    points.map_or_else(|| "－".to_owned(), |points| points.to_string())
}

fn sums(explained: &Explained, of: impl Fn(&Sums) -> Points, within: impl Fn(&Row) -> bool) -> [String; 4] {
    let expert = of(&explained.expert);
    let marked = explained.rows.iter().any(|row| row.expert.is_some() && within(row));
    [
        of(&explained.own).to_string(),
        figure(explained.city.as_ref().map(&of)),
        figure(marked.then_some(expert)),
        of(&explained.province).to_string(),
    ]
}

/// The four totals.
pub fn totals(explained: &Explained) -> [String; 4] {
    sums(explained, |sums| sums.total, |_| true)
}

fn cells(row: &Row) -> (Cell, Cell, Cell, Cell) {
    let before = row.city.or(row.own);
    let cell = |points: Option<Points>, diff: bool| Cell { text: figure(points), diff };
    (
        cell(row.own, false),
        cell(row.city, row.city.is_some() && row.city != row.own),
        cell(row.expert, false),
        cell(Some(row.score.points), before.is_some_and(|before| before != row.score.points)),
    )
}

/// `自评 25.0，市核减 2.0。`
fn changes(row: &Row) -> String {
    let Some(own) = row.own else { return String::new() };
    let mut text = String::new();
    let mut step = |layer: &str, from: Points, to: Points| match from.cmp(&to) {
        std::cmp::Ordering::Greater => text.push_str(&format!("，{layer}减 {}", from - to)),
        std::cmp::Ordering::Less => text.push_str(&format!("，{layer}增 {}", to - from)),
        std::cmp::Ordering::Equal => {}
    };
    if let Some(city) = row.city {
        step("市核", own, city);
    }
    step("省审", row.city.unwrap_or(own), row.score.points);
    if text.is_empty() { text } else { format!("自评 {own}{text}。") }
}

fn row_view(unfolding: &Unfolding<'_>, item: &Item, advice: &Advice) -> Option<RowView> {
    let Unfolding { loaded, evidence, .. } = unfolding;
    let row = loaded.explained.row(&item.id)?;
    let edition = &loaded.edition;
    let open = unfolding.open == Some(item.id.as_str());
    let uncounted = uncounted(row);
    let entries = evidence.lines(loaded, Some(item), &row.score.entries, &uncounted);
    let entry_total = row.score.entries.len() + uncounted.len();
    let (own, city, expert, province) = cells(row);
    let kind = item.rule.kinds().first().copied().unwrap_or_default();
    let ledger = format!("/appraisal/ledger?year={}&kind={kind}&station={}", loaded.year, loaded.station.id);
    let line = |step| {
        let (text, href) = words::advice_line(edition, step, loaded.station.id);
        (text, href.filter(|_| unfolding.own))
    };
    Some(RowView {
        id: item.id.clone(),
        work: item.work.clone(),
        value: item.value_text.clone(),
        criteria: item.criteria.clone(),
        own,
        city,
        expert,
        province,
        open,
        words: row.words.clone(),
        changes: changes(row),
        slips: unfolding.slips.as_ref().filter(|_| matches!(item.rule, Rule::Monthly { .. })).cloned(),
        looks: compared(edition, kind).then(|| padding::href(loaded.year, loaded.station.id)),
        more: (entries.len() < entry_total).then_some(ledger),
        entries,
        entry_total,
        count_head: match item.rule {
            Rule::PerEvent { .. } => "计分",
            Rule::Monthly { .. } => "计数",
            _ => "数量",
        },
        kinds: item.rule.kinds().len() > 1,
        records: evidence.records(loaded, &row.score.records, &row.refused_records),
        works: evidence.works(loaded, item, row),
        roster: shown_by(edition, item, |fact| fact.kept_in == KeptIn::Roster),
        site: unfolding.site.clone().filter(|_| shown_by(edition, item, |fact| fact.probed)),
        roster_open: unfolding.sees_roster,
        advice_head: words::advice_head(advice),
        over: advice.over && !advice.steps.is_empty() && loaded.result.is_none(),
        advice: if loaded.result.is_none() { advice.steps.iter().map(line).collect() } else { Vec::new() },
        cited: format!("办法{}", cite(&item.article)),
        text: edition.item(&item.article).map(|item| item.text.clone()).unwrap_or_default(),
        official: unfolding.official.get(&item.article).cloned(),
        answers: [unfolding.answers.of_row(&item.id), unfolding.answers.of_item(&item.article)].concat(),
        readings: item.readings.iter().filter_map(|id| edition.reading(id)).map(reading_view).collect(),
    })
}

/// Whether the fact a row asks for is shown in such a way.
pub fn shown_by(edition: &Edition, item: &Item, how: impl Fn(&Fact) -> bool) -> bool {
    let Rule::Presence { fact: Some(fact), .. } = &item.rule else { return false };
    edition.facts.iter().any(|known| known.id == *fact && how(known))
}

/// A reading by its answer: the question and the other ways are in the rule viewer.
pub fn reading_view(reading: &Reading) -> ReadingView {
    let of = |label: &str| reading.paragraphs.iter().find_map(|paragraph| paragraph.strip_prefix(label));
    ReadingView {
        id: reading.id.clone(),
        title: reading.title.clone(),
        text: of("读法：").unwrap_or_default().to_owned(),
        tag: of("标记：").map(str::to_owned),
    }
}

/// The twelve slips of the monthly row, from the layer that counts.
pub fn slips_of(app: &App, loaded: &Loaded) -> Option<Slips> {
    let (item, _) = loaded.edition.sheet.monthly()?;
    let kind = item.rule.kinds().first()?.to_string();
    let Detail::Monthly { months } = &loaded.explained.row(&item.id)?.score.detail else { return None };
    let tallies: Vec<MonthTally> = (1i64..)
        .zip(months)
        .map(|(month, (count, _))| {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            MonthTally { year: loaded.year, month, kind: kind.clone(), entries: count, count }
        })
        .collect();
    slips(app, &loaded.edition, &tallies, loaded.year)
}
