//! The documents the system has to make: each has a template, a place in the source that fills it, and a route that
//! makes it. The table is read by people; a row that is no longer true, a document without a row and a template
//! without a row fail here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use server::app::route_table;

/// What chapters one and three to five ask for, however many rows the table gives beside them.
const ASKED: [&str; 24] = [
    "申报通知",
    "受理通知书",
    "补正通知书",
    "初审意见及上报函",
    "专家评审意见表",
    "实地考察记录",
    "入选名单公示",
    "确认通知",
    "牌匾/证书",
    "年度评估工作方案",
    "评分表",
    "评分汇总表",
    "抽查通报",
    "整改通知",
    "评估结果反馈书",
    "未参加年度检查告知书",
    "拟撤销告知书",
    "撤销决定",
    "撤销公告",
    "名称变更备案回执",
    "退出批复",
    "整合方案",
    "公示异议处理意见",
    "违规使用工作站名义处理决定书",
];

/// One row: document, template, source file, route.
struct Row {
    document: String,
    template: String,
    source: String,
    route: String,
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table() -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [document, template, source, route] = cells[..] else { panic!("four columns: {line}") };
        let [document, template, source, route] = [document, template, source, route].map(str::to_owned);
        Row { document, template, source, route }
    };
    read(&here("tests/golden/documents.txt")).lines().skip(1).map(row).collect()
}

fn templates() -> BTreeSet<String> {
    let folder = std::fs::read_dir(here("templates/papers")).expect("a folder");
    folder.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_document_asked_for_is_made_somewhere() {
    let (table, routes) = (table(), route_table());
    let named: BTreeSet<&str> = table.iter().map(|row| row.document.as_str()).collect();
    assert_eq!(named.len(), table.len(), "a document stands in the table twice");
    for asked in ASKED {
        assert!(named.contains(asked), "no row for {asked}");
    }
    for Row { document, template, source, route } in &table {
        let text = read(&here("src").join(source));
        let filled = match template.strip_prefix("papers::") {
            Some(function) => text.contains(&format!("{function}(")),
            None => text.contains(&format!("\"papers/{template}\"")),
        };
        assert!(filled, "{document}: {source} does not fill {template}");
        let there = routes.iter().any(|one| format!("{} {}", one.method, one.path) == *route);
        assert!(there, "{document}: no route {route}");
    }
}

#[test]
fn every_template_stands_in_the_table_and_has_a_title() {
    let listed: BTreeSet<String> = table().into_iter().map(|row| row.template).collect();
    for template in templates() {
        assert!(listed.contains(&template), "{template} makes a document that the table does not know");
        let text = read(&here("templates/papers").join(&template));
        assert!(text.lines().any(|line| line.contains("标题：")), "{template} has no title");
    }
}
