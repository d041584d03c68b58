//! Two tables people read and sign: who may do what, and what carries out each item of the measures.
//!
//! Architecture Invariant: every article item is executed, evidenced, or marked declaratory with the reason.
//! `UPDATE_GOLDEN=1 cargo test -p regulation --test golden` writes the files anew.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::date;
use regulation::adjustment::revocation::Ground;
use regulation::admission::form::CONDITIONS;
use regulation::admission::{Desk, Route, STAGES, Stage, Step, name_of_step, take};
use regulation::general::{APART, Basis, Due, Role, Verb, rules};
use regulation::law::{Article, Edition, Item, Status, cite};

const DRAFT: &str = "../../law/draft";

/// Compares with the golden file, or writes it when `UPDATE_GOLDEN` is set.
#[track_caller]
fn golden(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, printed).expect("golden file written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some(difference) = difference(&kept, printed) {
        panic!(
            "tests/golden/{name} no longer tells the truth.\n{difference}\nIf the change is meant: UPDATE_GOLDEN=1."
        );
    }
}

/// The first line that differs, as kept and as printed.
fn difference(kept: &str, printed: &str) -> Option<String> {
    let (mut kept, mut printed) = (kept.lines(), printed.lines());
    for number in 1.. {
        match (kept.next(), printed.next()) {
            (None, None) => return None,
            (kept, printed) if kept != printed => {
                let shown = |line: Option<&str>| line.unwrap_or("(end of file)").to_owned();
                return Some(format!("line {number}\n  kept: {}\n  now:  {}", shown(kept), shown(printed)));
            }
            _ => {}
        }
    }
    None
}

fn permissions() -> String {
    let mut table = String::from("权限表：角色，动作 · 范围 · 依据。由权限规则生成。\n");
    for (role, _, name) in Role::ALL {
        table.push_str(&format!("\n{name}\n"));
        let lines: Vec<String> = Verb::ALL
            .iter()
            .flat_map(|(verb, verb_name)| {
                let own = rules().filter(move |rule| rule.role == role && rule.verb == *verb);
                own.map(move |rule| format!("  {verb_name} · {} · {}\n", rule.reach.name(), rule.basis))
            })
            .collect();
        table.push_str(if lines.is_empty() { "  （没有权限）\n" } else { "" });
        table.extend(lines);
    }
    table.push_str("\n分人办理：左边的动作，须由没有办理过右边动作的人作出（读法 K83）\n");
    for (later, earlier) in APART {
        let earlier: Vec<&str> = earlier.iter().map(|verb| verb.name()).collect();
        table.push_str(&format!("  {} · {}\n", later.name(), earlier.join("、")));
    }
    table
}

#[test]
fn the_permission_table_is_as_signed() {
    golden("permissions.txt", &permissions());
}

#[test]
fn every_rule_stands_once_and_on_an_item_there_is() {
    let draft = common::edition(DRAFT);
    for (ix, rule) in rules().enumerate() {
        let again = rules().take(ix).any(|known| (known.role, known.verb) == (rule.role, rule.verb));
        assert!(!again, "{:?} {:?} stands twice", rule.role, rule.verb);
        if let Basis::Item(id) = rule.basis {
            assert!(draft.item(id).is_some(), "{:?} {:?} cites {id}", rule.role, rule.verb);
        }
    }
    for &(verb, name) in Verb::ALL {
        assert!(rules().any(|rule| rule.verb == verb), "nobody may {verb:?} {name}");
    }
}

/// What cites each item, by its id: one line of text each.
type Citations = BTreeMap<String, Vec<String>>;

fn citations(edition: &Edition) -> Citations {
    let mut citations = Citations::new();
    let mut cites = |id: &str, line: String| citations.entry(id.to_owned()).or_default().push(line);
    for &(verb, name) in Verb::ALL {
        let mut roles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for rule in rules().filter(|rule| rule.verb == verb) {
            if let Basis::Item(id) = rule.basis {
                roles.entry(id).or_default().push(rule.role.name());
            }
        }
        roles.iter().for_each(|(id, roles)| cites(id, format!("动作 {name}（{}）", roles.join("、"))));
    }
    for (_, item, name) in Ground::ALL {
        cites(item, format!("撤销情形 {name}"));
    }
    edition.kinds.iter().for_each(|kind| cites(&kind.basis, format!("台账 {} {}", kind.id, kind.name)));
    edition.facts.iter().for_each(|fact| cites(&fact.basis, format!("事实 {} {}", fact.id, fact.name)));
    CONDITIONS.iter().for_each(|(id, name)| cites(id, format!("申请条件 {name}")));
    cites(&edition.sheet.article, format!("评分表 {}", edition.sheet.title));
    edition.sheet.items().for_each(|row| cites(&row.article, format!("评分项 {} {}", row.id, row.work)));
    edition.qualitative.iter().for_each(|matter| cites(&matter.article, format!("定性 {}", matter.name)));
    edition.calendar.deadlines.iter().for_each(|day| cites(&day.basis, format!("期限 {} {}", day.id, day.name)));
    let numbers = edition.calendar.numbers.iter().chain(&edition.calendar.windows);
    numbers.for_each(|number| cites(&number.basis, format!("数值 {} {}", number.id, number.name)));
    citations
}

/// Items below this one that something cites: a heading is carried out through them.
fn through<'a>(citations: &'a Citations, id: &str) -> Vec<&'a str> {
    let below = format!("{id}-");
    citations.keys().filter(|cited| cited.starts_with(&below)).map(String::as_str).collect()
}

fn printed(article: &Article, item: &Item, citations: &Citations) -> String {
    let status = item.status.map_or("引出下列各项", Status::name);
    let title = if item.label.is_empty() { article.title.clone() } else { cite(&item.id) };
    let mut block = format!("\n{}\t{title}\t{status}\n", item.id);
    let direct = citations.get(&item.id).map(Vec::as_slice).unwrap_or_default();
    direct.iter().for_each(|line| block.push_str(&format!("  {line}\n")));
    let below = through(citations, &item.id);
    if !below.is_empty() {
        block.push_str(&format!("  下列各项 {}\n", below.join("、")));
    }
    if direct.is_empty() && below.is_empty() && !item.reason.is_empty() {
        block.push_str(&format!("  说明 {}\n", item.reason));
    }
    block
}

fn articles(edition: &Edition) -> String {
    let citations = citations(edition);
    let mut table = format!("《{}》（{}）各条由什么落实。由规则数据生成。\n", edition.head.title, edition.head.status);
    for chapter in &edition.chapters {
        table.push_str(&format!("\n# {}\n", chapter.title));
        for article in &chapter.articles {
            table.extend(article.items.iter().map(|item| printed(article, item, &citations)));
        }
    }
    table
}

/// Where the status lines of an edition and what its rules cite do not agree (Invariant 2).
fn untrue(edition: &Edition) -> Vec<String> {
    let citations = citations(edition);
    let judge = |item: &Item| {
        let cited = citations.contains_key(&item.id);
        match item.status {
            None if !item.text.is_empty() => Some("has no status line"),
            Some(Status::Executed | Status::Evidenced) if !cited && through(&citations, &item.id).is_empty() => {
                Some("is said to be carried out, but nothing cites it")
            }
            Some(Status::Declaratory) if cited => Some("is said to ask nothing of software, but something cites it"),
            Some(_) if item.reason.trim().is_empty() => Some("has a status without a reason"),
            _ => None,
        }
    };
    edition.items().filter_map(|item| Some(format!("{} {}", item.id, judge(item)?))).collect()
}

#[test]
fn what_carries_out_each_article_is_as_signed() {
    golden("articles.txt", &articles(&common::edition(DRAFT)));
}

#[test]
fn every_item_is_carried_out_or_says_why_not() {
    for folder in [DRAFT, "tests/fixtures/haidong"] {
        let untrue = untrue(&common::edition(folder));
        assert!(untrue.is_empty(), "{folder}/articles.md:\n{}", untrue.join("\n"));
    }
}

#[test]
fn an_untrue_status_line_is_found() {
    let with = |from: &str, to: &str| {
        let mut files = common::files(DRAFT);
        let text = files["articles.md"].replacen(from, to, 1);
        assert_ne!(text, files["articles.md"], "{from}");
        files.insert("articles.md".to_owned(), text);
        untrue(&Edition::parse(&files).expect("parses"))
    };
    let rest = "planned：由佐证材料包导出落实；台账和审计记录现已留存，可供查阅。";
    assert_eq!(with(rest, "executed：已办。"), ["5-7 is said to be carried out, but nothing cites it"]);
    assert_eq!(with(&format!("> 落实：{rest}"), ""), ["5-7 has no status line"]);
    assert_eq!(with(rest, "planned："), ["5-7 has a status without a reason"]);
    let dependent = with("> 落实：executed：台账只增不改", "> 落实：declaratory：台账只增不改");
    assert_eq!(dependent, ["13 is said to ask nothing of software, but something cites it"]);
}

/// One step of each kind, with facts under which the law lets it pass where it can.
fn steps() -> Vec<Step> {
    let (at, day) = (date(2026, 4, 1).at(9, 0, 0, 0), date(2026, 4, 30));
    let late = date(2027, 1, 1).at(0, 0, 0, 0);
    let submit = |route| Step::Submit { at, route, due: Due::day(day), gaps: 0 };
    let back = |by| Step::Return { by, due: day, before: 0, most: 1 };
    vec![
        submit(Route::City),
        submit(Route::Direct),
        Step::Resubmit { at, gaps: 0 },
        Step::Withdraw,
        Step::Resume { at: late },
        back(Desk::City),
        back(Desk::Province),
        Step::Pass { unmet: 0 },
        Step::Decline { by: Desk::City },
        Step::Decline { by: Desk::Province },
        Step::Forward,
        Step::Accept,
        Step::Shortlist { locked: 3, needed: 3, passed: true },
        Step::Notice { until: day },
        Step::Strike,
        Step::Confirm { at: late, open: 0 },
    ]
}

/// The diagram of Article 8: every stage reached from the draft, and the step that leads there.
fn diagram() -> String {
    let (mut seen, mut edges) = (vec![Stage::Draft], Vec::new());
    let mut next = 0;
    while let Some(stage) = seen.get(next).cloned() {
        next += 1;
        for step in steps() {
            let name = name_of_step(&step);
            let Ok(after) = take(stage.clone(), step) else { continue };
            let edge = format!("    {} --> {}: {name}\n", stage.key(), after.key());
            if !edges.contains(&edge) {
                edges.push(edge);
            }
            if !seen.iter().any(|known| known.key() == after.key()) {
                seen.push(after);
            }
        }
    }
    let names: String = STAGES.iter().map(|(key, name)| format!("    {key}: {name}\n")).collect();
    assert_eq!(seen.len(), STAGES.len(), "every stage can be reached");
    format!(
        "# States of an application\n\nArticle 8. Printed from `regulation::admission::take` by a test \
         (`UPDATE_GOLDEN=1 cargo test -p regulation --test golden`).\n\n```mermaid\nstateDiagram-v2\n    [*] --> draft\n\
         {names}{}    confirmed --> [*]\n```\n",
        edges.concat()
    )
}

#[test]
fn the_diagram_of_an_application_is_as_drawn() {
    golden("../../../../docs/states/admission.md", &diagram());
}
