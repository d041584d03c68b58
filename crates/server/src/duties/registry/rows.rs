//! The list of stations from before this system, row by row: what each says, whether it can be taken in, and why not
//! (reading K79).

use std::collections::HashMap;

use jiff::civil::Date;
use papers::{ColumnPaper, Sheet, TablePaper};
use regulation::duties::past::past_grades;
use regulation::duties::roster::tidy_uscc;
use regulation::law::Edition;
use sha2::{Digest, Sha256};
use store::Tx;
use store::duties::{NewStation, PastGrade, Registered};

use super::{HOST_KINDS, Typed, judge};
use crate::appraisal::ledger::parse_day;
use crate::duties::profile::tidy_chapters;

/// Most rows of one list: no province has a tenth of that.
pub const MOST: usize = 2000;

/// Heads of the columns with width, whether required, and what to write.
const COLUMNS: [(&str, f64, bool, &str); 17] = [
    ("编号", 14.0, true, "原名单或确认文件上的编号，全省不重复。"),
    ("工作站名称", 34.0, true, "确认文件上的名称。"),
    ("承办单位", 34.0, true, "按证照填写全称。"),
    ("统一社会信用代码", 22.0, true, "18 位，按证照填写。"),
    ("承办单位类型", 16.0, true, "从下拉中选择。"),
    ("设区市", 12.0, true, "名称或代码。"),
    ("县（市、区）", 14.0, false, "名称或代码；不细分的不填。"),
    ("管理关系", 10.0, true, "市管或省管。"),
    ("行业代码", 10.0, false, "国民经济行业分类（GB/T 4754）中类，三位数字，如 291。综合性的不填。"),
    ("行业", 20.0, true, "行业名称；综合性的填“综合”。"),
    ("综合性", 8.0, false, "是或否，不填为否。"),
    ("HS章", 16.0, false, "两位数字，多个之间用顿号分隔，如 40、87。"),
    ("确认日期", 13.0, true, "确认文件的日期，写作 2024-09-01。"),
    ("确认文件", 34.0, true, "文件名称和文号，没有确认文件的不能登记。"),
    ("办公地址", 30.0, false, "省内固定办公地点。"),
    ("网站", 28.0, false, "以 http:// 或 https:// 开头。"),
    ("历年等次", 28.0, false, "本系统建立前的年度等次，如 2023优秀、2024合格。作为历史数据显示，不参与计算。"),
];

/// The column that tells what is wrong with a refused row. An upload with it is read without it.
pub const PROBLEM: &str = "问题";

/// A row of the list: its number in the file, and its cells in the order of [`COLUMNS`].
pub type Row = (u32, Vec<String>);

/// A row judged.
#[derive(Debug)]
pub struct Judged {
    pub row: Row,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    /// To be registered, with its past grades.
    New(Box<NewStation>, Vec<(i64, &'static str)>),
    /// On the register already; these past grades it did not have yet.
    Grades(i64, Vec<(i64, &'static str)>),
    /// On the register already, nothing to add.
    Known,
    Bad(String),
}

impl Judged {
    pub fn cell(&self, name: &str) -> &str {
        cell(&self.row.1, name)
    }

    pub fn taken(&self) -> bool {
        matches!(self.outcome, Outcome::New(..) | Outcome::Grades(..))
    }
}

fn cell<'r>(cells: &'r [String], name: &str) -> &'r str {
    let place = COLUMNS.iter().position(|(column, ..)| *column == name);
    place.and_then(|place| cells.get(place)).map_or("", |cell| cell.trim())
}

fn columns() -> Vec<ColumnPaper> {
    let drop_down = |name: &str| match name {
        "承办单位类型" => HOST_KINDS.map(str::to_owned).to_vec(),
        "管理关系" => ["市管", "省管"].map(str::to_owned).to_vec(),
        "综合性" => ["否", "是"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    };
    COLUMNS
        .into_iter()
        .map(|(name, width, required, hint)| ColumnPaper {
            name: name.to_owned(),
            width,
            drop_down: drop_down(name),
            required,
            hint: Some(hint.to_owned()),
            ..ColumnPaper::default()
        })
        .collect()
}

/// The empty template.
pub fn template() -> TablePaper {
    TablePaper {
        title: "原有工作站导入模板".to_owned(),
        note: Some("一行一家。编号已在名册中的不重复登记，只补充尚未登记的历年等次。".to_owned()),
        columns: columns(),
        rows: Vec::new(),
    }
}

/// Rows that are not taken in, each with its reason: mended, they are uploaded again.
pub fn refused(judged: &[Judged]) -> TablePaper {
    let mut paper = template();
    paper.title = "原有工作站导入有误行".to_owned();
    paper.note = Some("按“问题”列改正后，把本表重新上传即可。".to_owned());
    let hint = Some("系统填写，导入时不读此列。".to_owned());
    paper.columns.push(ColumnPaper { name: PROBLEM.to_owned(), width: 60.0, hint, ..ColumnPaper::default() });
    let bad = judged.iter().filter_map(|row| match &row.outcome {
        Outcome::Bad(reason) => Some([row.row.1.clone(), vec![format!("第 {} 行：{reason}", row.row.0)]].concat()),
        _ => None,
    });
    paper.rows = bad.collect();
    paper
}

/// Rows of an upload, whatever order its columns have.
///
/// # Errors
/// A sentence when required columns are missing, or there are no rows or too many.
pub fn rows(sheet: &Sheet) -> Result<Vec<Row>, String> {
    let needed = COLUMNS.iter().filter(|(name, _, required, _)| *required && sheet.column(name).is_none());
    let missing: Vec<&str> = needed.map(|(name, ..)| *name).collect();
    if !missing.is_empty() {
        return Err(format!("表头缺少“{}”列。请使用系统下载的模板。", missing.join("”“")));
    }
    if sheet.rows.is_empty() {
        return Err("表中没有数据行。".to_owned());
    }
    if sheet.rows.len() > MOST {
        return Err(format!("数据超过 {MOST} 行，请分批导入。"));
    }
    let places = COLUMNS.map(|(name, ..)| sheet.column(name));
    let cells = |row: &[String]| {
        places.iter().map(|place| place.and_then(|place| row.get(place)).cloned().unwrap_or_default()).collect()
    };
    Ok(sheet.rows.iter().map(|(number, row)| (*number, cells(row))).collect())
}

/// What the register holds, for holding rows against it.
#[derive(Debug, Default)]
pub struct Held {
    numbers: HashMap<String, Registered>,
    hosts: HashMap<String, String>,
    grades: HashMap<(i64, i64), String>,
}

impl Held {
    pub fn new((stations, grades): (Vec<Registered>, Vec<PastGrade>)) -> Held {
        let at_work = stations.iter().filter(|station| station.ended_on.is_none());
        Held {
            hosts: at_work.map(|station| (station.host_uscc.clone(), station.number.clone())).collect(),
            numbers: stations.into_iter().map(|station| (station.number.clone(), station)).collect(),
            grades: grades.into_iter().map(|grade| ((grade.station_id, grade.year), grade.grade)).collect(),
        }
    }
}

/// Judges every row against the edition, the register and the rows above it.
pub fn judge_rows(edition: &Edition, today: Date, rows: Vec<Row>, held: &Held) -> Vec<Judged> {
    let (mut numbers, mut hosts) = (HashMap::new(), HashMap::new());
    let judged = |row: Row| {
        let (number, uscc) = (cell(&row.1, "编号").to_owned(), tidy_uscc(cell(&row.1, "统一社会信用代码")));
        let mut problems = Vec::new();
        for (seen, key, name) in [(&mut numbers, number, "编号"), (&mut hosts, uscc, "统一社会信用代码")] {
            match seen.get(&key) {
                Some(earlier) if !key.is_empty() => problems.push(format!("{name}与第 {earlier} 行重复。")),
                _ => drop(seen.insert(key, row.0)),
            }
        }
        let outcome = match one(edition, today, &row.1, held) {
            Ok(outcome) if problems.is_empty() => outcome,
            Ok(_) => Outcome::Bad(problems.concat()),
            Err(found) => Outcome::Bad([problems, found].concat().concat()),
        };
        Judged { row, outcome }
    };
    rows.into_iter().map(judged).collect()
}

fn one(edition: &Edition, today: Date, cells: &[String], held: &Held) -> Result<Outcome, Vec<String>> {
    let text = |name| cell(cells, name).to_owned();
    let mut problems = Vec::new();
    let (city, county) = places(edition, cell(cells, "设区市"), cell(cells, "县（市、区）"), &mut problems);
    let managed = cell(cells, "管理关系");
    if !["市管", "省管"].contains(&managed) {
        problems.push("管理关系应为市管或省管。".to_owned());
    }
    if !["", "是", "否"].contains(&cell(cells, "综合性")) {
        problems.push("综合性应为是或否。".to_owned());
    }
    let code = cell(cells, "行业代码").trim_start_matches(|c: char| c.is_ascii_uppercase());
    let digits = matches!(code.len(), 3 | 4) && code.bytes().all(|byte| byte.is_ascii_digit());
    if !code.is_empty() && !digits {
        problems.push("行业代码应为国民经济行业分类的中类，三位数字。".to_owned());
    }
    let chapters = tidy_chapters(cell(cells, "HS章")).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let first = parse_day(cell(cells, "确认日期")).map_or(0, |day| i64::from(day.year()));
    let grades = past_grades(cell(cells, "历年等次"), first, i64::from(today.year())).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    let typed = Typed {
        number: text("编号"),
        name: text("工作站名称"),
        host_name: text("承办单位"),
        host_uscc: tidy_uscc(cell(cells, "统一社会信用代码")),
        host_kind: text("承办单位类型"),
        city,
        county,
        province_managed: managed == "省管",
        industry_code: code.to_owned(),
        industry: text("行业"),
        comprehensive: cell(cells, "综合性") == "是",
        confirmed_on: text("确认日期"),
        document: text("确认文件"),
        address: text("办公地址"),
        website: text("网站"),
    };
    match judge(edition, &typed, today) {
        Ok(new) if problems.is_empty() => {
            against(held, NewStation { hs_chapters: chapters, ..new }, grades).map_err(|problem| vec![problem])
        }
        Ok(_) => Err(problems),
        // A county or city that was not found is told already.
        Err(found) => {
            let told = !problems.is_empty() && typed.city.is_empty();
            let found = found.into_iter().filter(|(field, _)| !(told && matches!(*field, "city" | "county")));
            problems.extend(found.map(|(_, sentence)| sentence));
            Err(problems)
        }
    }
}

/// Codes of a city and a county named, with or without the last character, or given by code.
fn places(edition: &Edition, city: &str, county: &str, problems: &mut Vec<String>) -> (String, String) {
    let named = |name: &str, code: &str, typed: &str| {
        typed == code || typed == name || name.strip_suffix(['市', '县', '区']) == Some(typed)
    };
    let Some(area) = edition.head.areas.iter().find(|area| named(&area.name, &area.code, city)) else {
        problems.push(format!("没有名为“{city}”的设区市。"));
        return (String::new(), String::new());
    };
    if county.is_empty() {
        return (area.code.clone(), String::new());
    }
    match area.counties.iter().find(|known| named(&known.name, &known.code, county)) {
        Some(known) => (area.code.clone(), known.code.clone()),
        None => {
            problems.push(format!("{}没有名为“{county}”的县（市、区）。", area.name));
            (area.code.clone(), String::new())
        }
    }
}

/// A row that is right in itself, held against the register.
fn against(held: &Held, new: NewStation, grades: Vec<(i64, &'static str)>) -> Result<Outcome, String> {
    let Some(known) = held.numbers.get(&new.number) else {
        return match held.hosts.get(&new.host_uscc) {
            Some(number) => Err(format!("该统一社会信用代码的单位已有工作站，编号 {number}。")),
            None => Ok(Outcome::New(Box::new(new), grades)),
        };
    };
    if known.host_uscc != new.host_uscc {
        return Err(format!("编号 {} 已有工作站使用（{}），信用代码与本行不同。", known.number, known.name));
    }
    let mut missing = Vec::new();
    for (year, grade) in grades {
        match held.grades.get(&(known.id, year)) {
            Some(recorded) if recorded == grade => {}
            Some(recorded) => return Err(format!("{year} 年等次已登记为{recorded}，与本行不同。")),
            None if known.source != "legacy" => {
                return Err(format!("编号 {} 由本系统确认，没有建立前的历年等次。", known.number));
            }
            None => missing.push((year, grade)),
        }
    }
    Ok(if missing.is_empty() { Outcome::Known } else { Outcome::Grades(known.id, missing) })
}

/// How many rows of each kind: new, grades added, known, bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub read: usize,
    pub new: usize,
    pub grades: usize,
    pub known: usize,
    pub bad: usize,
}

impl Counts {
    pub fn of(judged: &[Judged]) -> Counts {
        let mut counts = Counts { read: judged.len(), ..Counts::default() };
        for row in judged {
            *match row.outcome {
                Outcome::New(..) => &mut counts.new,
                Outcome::Grades(..) => &mut counts.grades,
                Outcome::Known => &mut counts.known,
                Outcome::Bad(_) => &mut counts.bad,
            } += 1;
        }
        counts
    }

    pub fn taken(self) -> usize {
        self.new + self.grades
    }

    pub fn sentence(self) -> String {
        let Counts { read, new, grades, known, bad } = self;
        format!("读到 {read} 行：可登记 {new} 家，可补历年等次 {grades} 家，已在名册 {known} 家，有误 {bad} 行")
    }
}

/// A digest of what would be written: what the person confirms is what is taken in.
pub fn seen(judged: &[Judged]) -> String {
    let mut digest = Sha256::new();
    for row in judged.iter().filter(|row| row.taken()) {
        digest.update(format!("{row:?}"));
    }
    hex::encode(digest.finalize())
}

/// Writes what can be taken in, all in the caller's transaction.
///
/// # Errors
/// A number taken meanwhile is a duplicate, as is a unit that has a station since.
pub async fn take_in(tx: &mut Tx<'_>, judged: &[Judged]) -> store::Result<()> {
    for row in judged {
        let document = row.cell("确认文件");
        let (id, grades) = match &row.outcome {
            Outcome::New(new, grades) => {
                let id = tx.add_station(new).await?;
                let how = format!("依据 {document}，随原名单转入（历史导入）");
                tx.add_station_event(id, new.confirmed_on, "登记", &how).await?;
                (id, grades)
            }
            Outcome::Grades(id, grades) => (*id, grades),
            Outcome::Known | Outcome::Bad(_) => continue,
        };
        for (year, grade) in grades {
            tx.add_past_grade(id, *year, grade, document).await?;
        }
    }
    let counts = Counts::of(judged);
    let digest = seen(judged);
    // The act is about the list, not about the last station of it.
    tx.concerns(0);
    let short = digest.get(..12).unwrap_or(&digest);
    tx.note(format!("原有工作站导入：登记 {} 家，补历年等次 {} 家，内容摘要 {short}", counts.new, counts.grades));
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const GOOD: &str = "91110000101623741K";

    fn row(number: u32, change: &[(&str, &str)]) -> Row {
        let base = [
            ("编号", "37-001"),
            ("工作站名称", "示例工作站"),
            ("承办单位", "示例协会"),
            ("统一社会信用代码", GOOD),
            ("承办单位类型", "企业"),
            ("设区市", "东营"),
            ("管理关系", "市管"),
            ("行业代码", "C291"),
            ("行业", "轮胎"),
            ("HS章", "87、40"),
            ("确认日期", "2023-09-01"),
            ("确认文件", "示例通知"),
            ("历年等次", "2023优秀、2024合格"),
        ];
        let last = |name: &str| change.iter().chain(&base).find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        (number, COLUMNS.iter().map(|(name, ..)| last(name).to_owned()).collect())
    }

    fn judged(rows: Vec<Row>, held: &Held) -> Vec<Judged> {
        judge_rows(&crate::editions::draft().expect("draft"), date(2026, 11, 24), rows, held)
    }

    fn reason(judged: &Judged) -> &str {
        match &judged.outcome {
            Outcome::Bad(reason) => reason,
            _ => "",
        }
    }

    #[test]
    fn a_good_row_becomes_a_legacy_station() {
        let judged = judged(vec![row(2, &[])], &Held::default());
        let Outcome::New(new, grades) = &judged[0].outcome else { panic!("{judged:?}") };
        assert_eq!(
            (new.city.as_str(), new.industry_code.as_str(), new.hs_chapters.as_str()),
            ("370500", "291", "40,87")
        );
        assert_eq!((new.source.as_str(), new.managed_by.as_str()), ("legacy", "city"));
        assert_eq!(*grades, [(2023, "优秀"), (2024, "合格")]);
    }

    #[test]
    fn each_bad_cell_is_named() {
        let of = |name, value| {
            let judged = judged(vec![row(2, &[(name, value)])], &Held::default());
            reason(&judged[0]).to_owned()
        };
        for (name, value, said) in [
            ("设区市", "大连", "没有名为“大连”的设区市"),
            ("县（市、区）", "历下区", "东营市没有名为“历下区”"),
            ("管理关系", "", "市管或省管"),
            ("综合性", "也许", "是或否"),
            ("行业代码", "29", "三位数字"),
            ("HS章", "400", "不是 HS 章"),
            ("历年等次", "2022优秀", "2022 年"),
            ("历年等次", "2024良好", "应写作"),
            ("确认日期", "2027-01-01", "不晚于今天"),
            ("确认文件", "", "没有确认文件"),
            ("统一社会信用代码", "1", "18 位"),
        ] {
            assert!(of(name, value).contains(said), "{name} {value}: {}", of(name, value));
        }
    }

    #[test]
    fn the_register_and_the_rows_above_are_held_against_a_row() {
        let known = |number: &str, uscc: &str, source: &str| Registered {
            id: 7,
            number: number.to_owned(),
            host_uscc: uscc.to_owned(),
            name: "示例".to_owned(),
            ended_on: None,
            source: source.to_owned(),
        };
        let grade = |year, grade: &str| PastGrade {
            station_id: 7,
            year,
            grade: grade.to_owned(),
            document: String::new(),
            recorded_at: 0,
            recorded_by: String::new(),
        };
        let held = |station, grades| Held::new((vec![station], grades));
        let one = |held: &Held| judged(vec![row(2, &[])], held).remove(0);
        let twice = judged(vec![row(2, &[]), row(3, &[])], &Held::default());
        assert_eq!(reason(&twice[1]), "编号与第 2 行重复。统一社会信用代码与第 2 行重复。");
        let whole = held(known("37-001", GOOD, "legacy"), vec![grade(2023, "优秀"), grade(2024, "合格")]);
        assert!(matches!(one(&whole).outcome, Outcome::Known));
        let part = held(known("37-001", GOOD, "legacy"), vec![grade(2023, "优秀")]);
        assert!(matches!(one(&part).outcome, Outcome::Grades(7, grades) if grades == [(2024, "合格")]));
        let differs = held(known("37-001", GOOD, "legacy"), vec![grade(2023, "合格")]);
        assert!(reason(&one(&differs)).contains("已登记为合格"));
        assert!(reason(&one(&held(known("37-001", "x", "legacy"), vec![]))).contains("已有工作站使用"));
        assert!(reason(&one(&held(known("37-002", GOOD, "legacy"), vec![]))).contains("已有工作站，编号 37-002"));
        assert!(reason(&one(&held(known("37-001", GOOD, "form"), vec![]))).contains("由本系统确认"));
    }

    #[test]
    fn refused_rows_come_back_as_they_were() {
        let bad = judged(vec![row(5, &[("管理关系", "")])], &Held::default());
        let sheet = papers::read_xlsx(&papers::template_xlsx(&refused(&bad)).expect("written")).expect("read");
        let back = rows(&sheet).expect("rows");
        assert_eq!(back[0].1, bad[0].row.1);
        assert!(sheet.rows[0].1[COLUMNS.len()].starts_with("第 5 行："));
    }
}
