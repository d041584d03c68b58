//! Rows pasted or uploaded: reading them, and judging each as the form would.

use std::collections::{BTreeSet, HashMap};

use feeds::PublishedItem;
use jiff::civil::Date;
use papers::Sheet;
use regulation::appraisal::ledger::Kind;
use regulation::duties::likeness::Verdict;
use regulation::duties::published::{Published, compare};
use regulation::law::Edition;
use store::appraisal::{EntryKey, NewEntry};

use super::{Typed, judge};

/// Most rows of one import.
pub const MAX_ROWS: usize = 2000;
/// Most bytes of pasted text.
pub const MAX_TEXT: usize = 2 * 1024 * 1024;

/// How much of an item's text is taken as the entry's detail: feeds may carry whole articles.
const LONGEST_SUMMARY: usize = 2000;

/// The columns in the order a paste without heads is read; `行` only travels between the two steps.
pub const COLUMNS: [&str; 6] = ["日期", "标题", "网址", "类别", "数量", "说明"];
const NUMBER: &str = "行";
/// What people call the columns in their own tables.
const ALSO: [(&str, &str); 14] = [
    ("发布日期", "日期"),
    ("发布时间", "日期"),
    ("时间", "日期"),
    ("事项", "标题"),
    ("题目", "标题"),
    ("标题或事项", "标题"),
    ("链接", "网址"),
    ("发布网址", "网址"),
    ("台账类别", "类别"),
    ("情况说明", "说明"),
    ("备注", "说明"),
    ("摘要", "说明"),
    ("内容摘要", "说明"),
    ("地址", "网址"),
];

/// One row with the number its owner knows it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub number: usize,
    /// One cell per entry of [`COLUMNS`].
    pub cells: [String; 6],
}

/// A row and what becomes of it.
pub struct Judged {
    pub row: Row,
    pub outcome: Outcome,
}

pub enum Outcome {
    Good(NewEntry),
    /// Already there: in the ledger, or above in the same import.
    Repeat(String),
    Bad(String),
}

impl Judged {
    pub fn good(&self) -> Option<&NewEntry> {
        match &self.outcome {
            Outcome::Good(entry) => Some(entry),
            _ => None,
        }
    }

    /// Why it is not imported.
    pub fn reason(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Good(_) => None,
            Outcome::Repeat(reason) | Outcome::Bad(reason) => Some(reason),
        }
    }
}

/// Reads text as spreadsheets copy it.
///
/// # Errors
/// One sentence when it cannot be rows.
pub fn from_text(text: &str) -> Result<Vec<Row>, String> {
    if text.len() > MAX_TEXT {
        return Err("粘贴的内容超过 2 MB，请分几次导入。".to_owned());
    }
    let mut cells = tabbed(text);
    let heads = cells.first().and_then(|first| heads(first));
    if heads.is_some() {
        cells.remove(0);
    }
    let rows = cells.into_iter().zip(1..).map(|(cells, number)| placed(heads.as_deref(), number, &cells)).collect();
    bounded(rows)
}

/// Reads a table whose first row names its columns, e.g. of a CSV file.
///
/// # Errors
/// One sentence when the two columns no row can be without are not there.
pub fn from_table(mut cells: Vec<Vec<String>>) -> Result<Vec<Row>, String> {
    let heads = cells.first().and_then(|first| heads(first));
    let heads = heads.ok_or("文件的首行应有“标题”和“发布时间”（或“日期”）两列，另可有“网址”“摘要”。")?;
    cells.remove(0);
    // Numbered as spreadsheets do: the headings are the first row.
    bounded(cells.into_iter().zip(2..).map(|(cells, number)| placed(Some(&heads), number, &cells)).collect())
}

/// Takes the items of a feed.
///
/// # Errors
/// One sentence when there are none, or too many.
pub fn from_items(items: Vec<PublishedItem>) -> Result<Vec<Row>, String> {
    let row = |(item, number): (PublishedItem, usize)| {
        let summary = item.summary.chars().take(LONGEST_SUMMARY).collect();
        Row { number, cells: [item.at, item.title, item.url, String::new(), String::new(), summary] }
    };
    bounded(items.into_iter().zip(1..).map(row).collect())
}

/// Reads an uploaded workbook.
///
/// # Errors
/// One sentence when the two columns no row can be without are not there.
pub fn from_sheet(sheet: &Sheet) -> Result<Vec<Row>, String> {
    let heads = heads(&sheet.header).ok_or("工作簿中没有找到“日期”和“标题”两列，请使用模板填写。")?;
    let number = |number: u32| usize::try_from(number).unwrap_or_default();
    bounded(sheet.rows.iter().map(|(row, cells)| placed(Some(&heads), number(*row), cells)).collect())
}

fn bounded(rows: Vec<Row>) -> Result<Vec<Row>, String> {
    match rows.len() {
        0 => Err("没有读到内容。请从表格软件中选中各列复制后粘贴，或上传工作簿。".to_owned()),
        n if n > MAX_ROWS => Err(format!("共 {n} 行，一次最多导入 {MAX_ROWS} 行，请分几次导入。")),
        _ => Ok(rows),
    }
}

/// Which of our columns each cell of the first row names; `None` when it is no row of heads.
fn heads(first: &[String]) -> Option<Vec<Option<usize>>> {
    let named = |cell: &String| {
        let cell = cell.trim().trim_start_matches('*');
        let ours = ALSO.iter().find(|(also, _)| *also == cell).map_or(cell, |(_, ours)| ours);
        if ours == NUMBER { Some(COLUMNS.len()) } else { COLUMNS.iter().position(|column| *column == ours) }
    };
    let heads: Vec<Option<usize>> = first.iter().map(named).collect();
    (heads.contains(&Some(0)) && heads.contains(&Some(1))).then_some(heads)
}

fn placed(heads: Option<&[Option<usize>]>, number: usize, cells: &[String]) -> Row {
    let mut row = Row { number, cells: Default::default() };
    for (ix, cell) in cells.iter().enumerate() {
        let column = heads.map_or(Some(ix), |heads| heads.get(ix).copied().flatten());
        match column {
            Some(column) if column < COLUMNS.len() => cell.trim().clone_into(&mut row.cells[column]),
            Some(_) if heads.is_some() => row.number = cell.trim().parse().unwrap_or(number),
            _ => {}
        }
    }
    row
}

/// Cells between tabs, rows between line ends; a cell in quotes may hold either. Empty rows are left out.
fn tabbed(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            c if quoted => cell.push(c),
            '\t' => row.push(std::mem::take(&mut cell)),
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            c => cell.push(c),
        }
    }
    row.push(cell);
    rows.push(row);
    rows.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    rows
}

/// The rows as text that [`from_text`] reads back: what travels between the two steps.
pub fn to_text(rows: &[Row]) -> String {
    let quoted = |cell: &String| match cell.contains(['\t', '\n', '\r', '"']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    let mut text = format!("{NUMBER}\t{}\n", COLUMNS.join("\t"));
    for row in rows {
        let cells: Vec<String> = row.cells.iter().map(quoted).collect();
        text.push_str(&format!("{}\t{}\n", row.number, cells.join("\t")));
    }
    text
}

/// Judges rows by [`judge`], each for itself. A row may name its kind by name or id; `kind` is for those that do not.
pub fn judge_rows(
    edition: &Edition,
    kinds: &[&Kind],
    kind: &str,
    source: &'static str,
    today: Date,
    rows: Vec<Row>,
) -> Vec<Judged> {
    rows.into_iter()
        .map(|row| {
            let outcome = match judge_row(edition, kinds, kind, source, today, &row) {
                Ok(entry) => Outcome::Good(entry),
                Err(reason) => Outcome::Bad(reason),
            };
            Judged { row, outcome }
        })
        .collect()
}

fn judge_row(
    edition: &Edition,
    kinds: &[&Kind],
    kind: &str,
    source: &'static str,
    today: Date,
    row: &Row,
) -> Result<NewEntry, String> {
    let [on, title, url, named, count, detail] = row.cells.clone();
    let chosen = if named.is_empty() { kind } else { &named };
    let own = kinds.iter().find(|kind| kind.id == chosen || kind.name == chosen);
    let Some(own) = own else {
        let granted = edition.kinds.iter().any(|kind| kind.id == chosen || kind.name == chosen);
        return Err(match granted {
            true => format!("“{chosen}”由作出认定的主管部门登记，不能导入。"),
            false => format!("没有“{chosen}”这个类别。"),
        });
    };
    let typed = Typed { kind: own.id.clone(), on, count, title, detail, url };
    let sentences = |problems: super::Problems| problems.into_iter().map(|(_, sentence)| sentence).collect::<String>();
    judge(edition, &typed, source, today).map_err(sentences)
}

/// What tells that two rows are the same publication: its address, its title and day, or, where entries are compared, its text
/// within the month (reading K101).
#[derive(Default)]
pub struct Keys {
    seen: HashMap<String, Option<usize>>,
    texts: Vec<(Published, Option<usize>)>,
    /// Places in `texts` by month and key.
    by_key: HashMap<(i64, i64), Vec<usize>>,
}

/// What a row is the same as.
struct Met {
    /// A row above, or `None` for the ledger.
    above: Option<usize>,
    text: bool,
}

impl Keys {
    /// Those of entries already in the ledger, of a kind that is compared or not.
    pub fn of(entries: &[EntryKey], compared: bool) -> Keys {
        let mut keys = Keys::default();
        for (on, title, url, detail) in entries {
            keys.seen.extend(names(*on, title, url).map(|name| (name, None)));
            if compared {
                keys.hold(on / 100, Published::of(title, detail, url), None);
            }
        }
        keys
    }

    /// Whether the entry stands there already.
    pub fn knows(&self, entry: &NewEntry) -> bool {
        names(entry.on_day, &entry.title, &entry.url).any(|name| self.seen.contains_key(&name))
    }

    /// Where the entry stands already; else remembers it.
    fn meet(&mut self, entry: &NewEntry, number: usize) -> Option<Met> {
        let names: Vec<String> = names(entry.on_day, &entry.title, &entry.url).collect();
        if let Some(above) = names.iter().find_map(|name| self.seen.get(name).copied()) {
            return Some(Met { above, text: false });
        }
        if entry.compared {
            let (month, text) = (entry.on_day / 100, Published::of(&entry.title, &entry.detail, &entry.url));
            if let Some(above) = self.same(month, &text) {
                return Some(Met { above, text: true });
            }
            self.hold(month, text, Some(number));
        }
        self.seen.extend(names.into_iter().map(|name| (name, Some(number))));
        None
    }

    fn hold(&mut self, month: i64, text: Published, number: Option<usize>) {
        for key in text.exact() {
            self.by_key.entry((month, key)).or_default().push(self.texts.len());
        }
        self.texts.push((text, number));
    }

    /// The row, or `None` for the ledger, of the month that says the same.
    fn same(&self, month: i64, text: &Published) -> Option<Option<usize>> {
        let places = text.exact().into_iter().filter_map(|key| self.by_key.get(&(month, key))).flatten();
        let held = places.filter_map(|place| self.texts.get(*place));
        held.filter(|(other, _)| compare(other, text) == Verdict::Same).map(|(_, number)| *number).next()
    }
}

fn names(on: i64, title: &str, url: &str) -> impl Iterator<Item = String> {
    let title: String = title.chars().filter(|c| !c.is_whitespace()).collect();
    let page = url.split('#').next().unwrap_or_default().trim_end_matches('/');
    let page = page.split_once("://").map(|(_, page)| page.to_owned()).filter(|page| !page.is_empty());
    std::iter::once(format!("{on} {title}")).chain(page)
}

/// Years the good rows fall in.
pub fn years(judged: &[Judged]) -> BTreeSet<i64> {
    judged.iter().filter_map(Judged::good).map(|entry| entry.on_day / 10_000).collect()
}

/// Refuses the good rows of a year, with the reason.
pub fn refuse_year(judged: &mut [Judged], year: i64, reason: &str) {
    for row in judged.iter_mut().filter(|row| row.good().is_some_and(|entry| entry.on_day / 10_000 == year)) {
        row.outcome = Outcome::Bad(reason.to_owned());
    }
}

/// Kinds and years whose keys [`mark_repeats`] asks for.
pub fn kinds_and_years(judged: &[Judged]) -> BTreeSet<(String, i64)> {
    judged.iter().filter_map(Judged::good).map(|entry| (entry.kind.clone(), entry.on_day / 10_000)).collect()
}

/// Marks rows that repeat a row above or an entry of the ledger.
pub fn mark_repeats(judged: &mut [Judged], known: &mut HashMap<(String, i64), Keys>) {
    for row in judged {
        let Outcome::Good(entry) = &row.outcome else { continue };
        let keys = known.entry((entry.kind.clone(), entry.on_day / 10_000)).or_default();
        if let Some(met) = keys.meet(entry, row.row.number) {
            let place = met.above.map_or_else(|| "台账中已有的记录".to_owned(), |number| format!("第 {number} 行"));
            row.outcome = Outcome::Repeat(match met.text {
                true => format!("与{place}内容相同，相同的只计一条（读法 K101）。"),
                false => format!("与{place}网址相同，或日期和标题都相同。"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::own_kinds;
    use super::*;

    fn judged(text: &str) -> Vec<Judged> {
        let edition = crate::editions::draft().expect("draft");
        let kinds = own_kinds(&edition, regulation::general::Role::StationClerk);
        let rows = from_text(text).expect("rows");
        let mut judged = judge_rows(&edition, &kinds, "warning.published", "paste", date(2026, 9, 18), rows);
        mark_repeats(&mut judged, &mut HashMap::new());
        judged
    }

    fn outcomes(text: &str) -> Vec<String> {
        let judged = judged(text);
        judged
            .iter()
            .map(|row| row.reason().map_or_else(|| row.good().expect("good").kind.clone(), str::to_owned))
            .collect()
    }

    #[test]
    fn heads_may_stand_in_any_order_or_be_missing() {
        let plain = from_text("2026-09-01\t欧盟立案\thttps://a.cn/1").expect("rows");
        let headed = from_text("网址\t 标题\t发布日期\nhttps://a.cn/1\t欧盟立案\t2026-09-01\n").expect("rows");
        assert_eq!(plain, headed);
        assert!(from_text("\n\t\n").is_err());
    }

    #[test]
    fn what_travels_between_the_steps_comes_back_the_same() {
        let rows =
            from_text("2026-09-01\t\"标题\t带\"\"引号\"\"\n和换行\"\thttps://a.cn/1\n\n2026-09-02\t二").expect("rows");
        assert_eq!(rows[0].cells[1], "标题\t带\"引号\"\n和换行");
        assert_eq!(from_text(&to_text(&rows)).expect("again"), rows);
    }

    #[test]
    fn the_same_address_or_the_same_title_and_day_is_a_repeat() {
        let found = outcomes(
            "2026-09-01\t甲\thttps://a.cn/1\n2026-09-02\t乙\thttp://a.cn/1/#top\n2026-09-01\t 甲 \thttps://b.cn/2\n\
             2026-09-02\t甲\thttps://a.cn/3\n",
        );
        assert_eq!(found[0], "warning.published");
        assert!(found[1].starts_with("与第 1 行") && found[2].starts_with("与第 1 行"), "{found:?}");
        assert_eq!(found[3], "warning.published");
    }

    #[test]
    fn the_same_text_in_one_month_is_a_repeat_and_in_another_is_not() {
        let text =
            "欧盟委员会公布对华轮胎反倾销终裁，税率为 12.5%，自公布次日起执行，涉及税则号 401110，企业可申请复审。";
        let row = |on: &str, at: &str| format!("{on}\t欧盟对华轮胎终裁\t{at}\t\t\t{text}\n");
        let rows =
            [("2026-08-31", "https://a.cn/1"), ("2026-09-01", "https://a.cn/2"), ("2026-09-03", "https://b.cn/3")];
        let found = outcomes(&rows.map(|(on, at)| row(on, at)).concat());
        assert_eq!(found[..2], ["warning.published", "warning.published"]);
        assert!(found[2].starts_with("与第 2 行内容相同"), "{found:?}");
    }

    #[test]
    fn a_feed_and_a_table_become_rows() {
        let item = feeds::PublishedItem { title: "甲".into(), at: "2026-09-01 09:30".into(), ..Default::default() };
        let rows = from_items(vec![item]).expect("rows");
        assert_eq!(rows[0].cells[..2], ["2026-09-01 09:30", "甲"]);
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let table =
            vec![cells(&["标题", "网址", "发布时间", "摘要"]), cells(&["甲", "https://a.cn/1", "2026-09-01", "乙"])];
        let rows = from_table(table).expect("rows");
        assert_eq!((rows[0].number, rows[0].cells[5].as_str()), (2, "乙"));
        assert!(from_table(vec![cells(&["标题", "网址"])]).is_err() && from_items(Vec::new()).is_err());
    }

    #[test]
    fn a_row_names_its_kind_and_every_problem_is_told() {
        let found = outcomes(
            "2026-09-01\t培训\t\t组织培训、宣传、讲座、调研\n2026-09-01\t座谈\t\toutreach.attended\n\
             2026-09-01\t采编\t\t报告被省商务厅采编发布\n2026-09-01\t何事\t\t无此类\n2027-01-01\t\tftp://x\n",
        );
        assert_eq!(found[..2], ["outreach.organised", "outreach.attended"]);
        assert!(found[2].contains("主管部门登记") && found[3].contains("没有“无此类”"), "{found:?}");
        assert!(found[4].contains("晚于今天") && found[4].contains("标题") && found[4].contains("网址"), "{found:?}");
    }
}
