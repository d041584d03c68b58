//! The annex as a worksheet, read back: same rows, same merges, same cap texts.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside test functions")]

mod common;

use std::io::{Cursor, Read};

use calamine::{Data, Dimensions, Reader, Xlsx};
use common::{annex, summary};
use papers::{sheet_xlsx, summary_xlsx};

type Book = Xlsx<Cursor<Vec<u8>>>;

fn open(bytes: Vec<u8>) -> Book {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

fn cell(book: &mut Book, sheet: &str, at: (u32, u32)) -> Data {
    book.worksheet_range(sheet).unwrap().get_value(at).cloned().unwrap_or_default()
}

fn text(book: &mut Book, sheet: &str, at: (u32, u32)) -> String {
    cell(book, sheet, at).to_string()
}

/// One part of the archive as text.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Merged rectangles as `A3:B3`, in reading order.
fn merges(book: &mut Book, sheet: &str) -> Vec<String> {
    let mut all: Vec<Dimensions> = book.merge_cells_by_sheet_name(sheet).unwrap();
    all.sort_by_key(|merge| merge.start);
    let name = |(row, col): (u32, u32)| format!("{}{}", char::from(b'A' + col as u8), row + 1);
    all.iter().map(|merge| format!("{}:{}", name(merge.start), name(merge.end))).collect()
}

#[test]
fn merges_are_those_of_the_annex() {
    let mut book = open(sheet_xlsx(&annex(&["省审"])).unwrap());
    let expected = [
        "A1:F1",   // title
        "A2:F2",   // whose sheet
        "A3:B3",   // 检查评估内容
        "A4:A12",  // 基础分项
        "B4:B6",   // 机构建设
        "B7:B10",  // 预警工作
        "A13:C13", // 基础分小计
        "A14:A19", // 加分项
        "B16:B18", // 案件应对情况
        "A20:C20", // 加分小计
        "A21:C21", // 合计
        "A22:C22", // 评定等次
        "D22:F22", "A23:F23", // edition
    ];
    assert_eq!(merges(&mut book, "评分表"), expected);
}

#[test]
fn wording_is_that_of_the_annex() {
    let mut book = open(sheet_xlsx(&annex(&["省审"])).unwrap());
    let heads: Vec<String> = (0..6).map(|col| text(&mut book, "评分表", (2, col))).collect();
    assert_eq!(heads, ["检查评估内容", "", "具体工作", "分值", "评分标准", "得分"]);
    assert_eq!(text(&mut book, "评分表", (0, 0)), "山东省国际贸易摩擦预警工作站年度评估检查评分表");
    assert_eq!(text(&mut book, "评分表", (3, 0)), "基础分项\n（100分）");
    assert_eq!(text(&mut book, "评分表", (13, 0)), "加分项\n(最高得分50分）");
    assert_eq!(text(&mut book, "评分表", (15, 1)), "案件应对情况\n(最高得分10分）");
    assert_eq!(text(&mut book, "评分表", (12, 0)), "基础分小计");
    assert_eq!(text(&mut book, "评分表", (19, 4)), "案件应对情况：三行合计 17.3，按上限计 10.0");
    assert_eq!(text(&mut book, "评分表", (21, 3)), "合格");
}

#[test]
fn points_are_numbers_and_the_rest_is_text() {
    let mut book = open(sheet_xlsx(&annex(&["自评", "市核", "专家", "省审（拟）"])).unwrap());
    assert_eq!(cell(&mut book, "评分表", (3, 3)), Data::Float(6.0));
    assert_eq!(cell(&mut book, "评分表", (10, 3)), Data::String("10分".to_owned()));
    assert_eq!(cell(&mut book, "评分表", (3, 5)), Data::Float(6.0));
    assert_eq!(cell(&mut book, "评分表", (3, 7)), Data::String("－".to_owned()));
    assert_eq!(cell(&mut book, "评分表", (20, 8)), Data::Float(110.2));
    let heads: Vec<String> = (5..9).map(|col| text(&mut book, "评分表", (2, col))).collect();
    assert_eq!(heads, ["自评", "市核", "专家", "省审（拟）"]);
}

#[test]
fn what_a_user_typed_is_never_a_formula() {
    let mut paper = annex(&["省审"]);
    paper.station = "=HYPERLINK(\"http://example.org\")".to_owned();
    paper.parts[0].groups[0].rows[0].work = "=1+1".to_owned();
    paper.parts[0].groups[0].rows[1].work = "@SUM(A1)".to_owned();
    paper.parts[0].groups[0].rows[0].points = vec!["=2+2".to_owned()];
    let bytes = sheet_xlsx(&paper).unwrap();
    let xml = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(!xml.contains("<f>") && !xml.contains("<f "));
    assert!(part(&bytes, "xl/styles.xml").contains("quotePrefix=\"1\""));
    let mut book = open(bytes);
    assert_eq!(text(&mut book, "评分表", (3, 2)), "=1+1");
    assert_eq!(text(&mut book, "评分表", (4, 2)), "@SUM(A1)");
    assert_eq!(text(&mut book, "评分表", (3, 5)), "=2+2");
}

#[test]
fn it_prints_on_one_page_of_a4() {
    let upright = sheet_xlsx(&annex(&["省审"])).unwrap();
    let xml = part(&upright, "xl/worksheets/sheet1.xml");
    assert!(xml.contains("paperSize=\"9\"") && xml.contains("orientation=\"portrait\""), "{xml}");
    assert!(xml.contains("<pageSetUpPr fitToPage=\"1\"/>"));
    assert!(xml.contains("state=\"frozen\""));
    assert!(part(&upright, "xl/workbook.xml").contains("_xlnm.Print_Titles"));
    assert!(part(&upright, "xl/styles.xml").contains("<name val=\"宋体\"/>"));
    let lying = sheet_xlsx(&annex(&["自评", "市核"])).unwrap();
    assert!(part(&lying, "xl/worksheets/sheet1.xml").contains("orientation=\"landscape\""));
}

#[test]
fn the_same_paper_gives_the_same_workbook() {
    let paper = annex(&["省审"]);
    assert!(sheet_xlsx(&paper).unwrap() == sheet_xlsx(&paper).unwrap());
    let core = part(&sheet_xlsx(&paper).unwrap(), "docProps/core.xml");
    assert!(core.contains("2027-02-22T08:00:00Z"), "{core}");
}

#[test]
fn a_group_of_one_row_and_a_reservation_fit_in() {
    let mut paper = annex(&["省审"]);
    paper.watermark = Some("暂计，非评定结果".to_owned());
    paper.grade = None;
    paper.parts.truncate(1);
    paper.parts[0].groups.truncate(1);
    paper.parts[0].groups[0].rows.truncate(1);
    let mut book = open(sheet_xlsx(&paper).unwrap());
    let expected = ["A1:F1", "A2:F2", "A3:F3", "A4:B4", "A6:C6", "A7:C7", "A8:F8"];
    assert_eq!(merges(&mut book, "评分表"), expected);
    assert_eq!(text(&mut book, "评分表", (4, 0)), "基础分项\n（100分）");
}

#[test]
fn the_summary_filters_and_ranks() {
    let bytes = summary_xlsx(&summary(97)).unwrap();
    let xml = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(xml.contains("<autoFilter ref=\"A3:Q100\"/>"), "{}", &xml[xml.len() - 2000..]);
    assert!(xml.contains("orientation=\"landscape\""));
    let mut book = open(bytes);
    assert_eq!(cell(&mut book, "汇总表", (3, 0)), Data::Float(1.0));
    assert_eq!(cell(&mut book, "汇总表", (3, 1)), Data::String("00001".to_owned()));
    assert_eq!(cell(&mut book, "汇总表", (99, 15)), Data::Float(92.0));
    assert_eq!(text(&mut book, "汇总表", (100, 0)), "优秀 32 家，合格 65 家，不合格 0 家");
    assert!(summary_xlsx(&summary(0)).is_ok());
}
