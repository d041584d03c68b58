//! Lists out, templates out, uploads in.

use std::io::Cursor;

use calamine::{Data, Reader, SheetVisible, Xlsx};
use papers::{ColumnPaper, MAX_ROWS, PaperError, TablePaper, read_xlsx, table_xlsx, template_xlsx};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

fn column(name: &str, numeric: bool, required: bool, choices: &[&str]) -> ColumnPaper {
    ColumnPaper {
        name: name.to_owned(),
        numeric,
        required,
        drop_down: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        hint: required.then(|| "与营业执照一致".to_owned()),
        ..ColumnPaper::default()
    }
}

fn firms() -> TablePaper {
    let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
    TablePaper {
        title: "企业库/重点联系".to_owned(),
        note: Some("截至 2026-09-18".to_owned()),
        columns: vec![
            column("企业名称", false, true, &[]),
            column("信用代码", false, true, &[]),
            column("类型", false, false, &["生产企业", "贸易企业"]),
            column("出口额（万美元）", true, false, &[]),
        ],
        rows: vec![
            row(["甲公司", "007", "生产企业", "12,345.60"]),
            row(["=cmd|' /C calc'!A0", "913700000000000000", "贸易企业", "约 3 万"]),
        ],
    }
}

#[test]
fn a_list_keeps_codes_and_counts_figures() {
    let bytes = table_xlsx(&firms()).unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range("企业库重点联系").unwrap();
    assert_eq!(range.get_value((3, 1)), Some(&Data::String("007".to_owned())));
    assert_eq!(range.get_value((3, 3)), Some(&Data::Float(12_345.6)));
    assert_eq!(range.get_value((4, 0)), Some(&Data::String("=cmd|' /C calc'!A0".to_owned())));
    assert_eq!(range.get_value((4, 3)), Some(&Data::String("约 3 万".to_owned())));
}

#[test]
fn a_template_comes_back_as_it_went() {
    let sheet = read_xlsx(&template_xlsx(&firms()).unwrap()).unwrap();
    assert_eq!(sheet.header, ["企业名称", "信用代码", "类型", "出口额（万美元）"]);
    assert_eq!(sheet.column("* 类型"), Some(2));
    assert_eq!(sheet.column("税号"), None);
    assert_eq!(sheet.rows[0], (2, ["甲公司", "007", "生产企业", "12345.6"].map(str::to_owned).to_vec()));
    assert_eq!(sheet.rows[1].1[1], "913700000000000000");
}

#[test]
fn a_template_explains_itself() {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(template_xlsx(&firms()).unwrap())).unwrap();
    assert_eq!(book.sheet_names(), ["企业库重点联系", "填写说明", "选项"]);
    assert_eq!(book.sheets_metadata()[2].visible, SheetVisible::Hidden);
    let form = book.worksheet_range("企业库重点联系").unwrap();
    assert_eq!(form.get_value((0, 0)), Some(&Data::String("*企业名称".to_owned())));
    let guide = book.worksheet_range("填写说明").unwrap();
    assert_eq!(guide.get_value((3, 1)), Some(&Data::String("必填".to_owned())));
    assert_eq!(guide.get_value((5, 3)), Some(&Data::String("生产企业、贸易企业".to_owned())));
}

#[test]
fn an_exported_list_can_be_read_past_its_title() {
    let sheet = read_xlsx(&table_xlsx(&firms()).unwrap()).unwrap();
    assert_eq!(sheet.column("信用代码"), Some(1));
    assert_eq!(sheet.rows[0].0, 4);
}

#[test]
fn a_ragged_table_is_refused() {
    let mut paper = firms();
    paper.rows[1].pop();
    let refused = table_xlsx(&paper).unwrap_err();
    assert_eq!(refused.to_string(), "文书内容不完整：“企业库/重点联系”第 2 行有 3 格，应有 4 格");
    assert!(matches!(template_xlsx(&TablePaper::default()), Err(PaperError::Shape(_))));
}

#[test]
fn cells_are_read_as_the_user_sees_them() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(2, 1, ["日期", "时刻", " 数 量\n", "是否"]).unwrap();
    let (date, moment) = (Format::new().set_num_format("yyyy/m/d"), Format::new().set_num_format("yyyy-mm-dd hh:mm"));
    let day = ExcelDateTime::from_ymd(2026, 9, 18).unwrap();
    sheet.write_datetime_with_format(4, 1, &day, &date).unwrap();
    let at = ExcelDateTime::from_ymd(2026, 9, 18).unwrap().and_hms(8, 30, 0).unwrap();
    sheet.write_datetime_with_format(4, 2, &at, &moment).unwrap();
    sheet.write_number(4, 3, 12.0).unwrap();
    sheet.write_boolean(4, 4, true).unwrap();
    sheet.write_string(5, 1, "\u{3000}\u{200B}2026-9-18 ").unwrap();
    sheet.write_number(5, 3, 0.1 + 0.2).unwrap();
    sheet.write_string(5, 9, "表头以外").unwrap();
    sheet.write_string(7, 9, "表头以外").unwrap();
    sheet.write_string(6, 2, "   ").unwrap();
    let read = read_xlsx(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(read.header, ["", "日期", "时刻", "数量", "是否"]);
    let row = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    assert_eq!(
        read.rows,
        [(5, row(["", "2026-09-18", "2026-09-18 08:30", "12", "TRUE"])), (6, row(["", "2026-9-18", "", "0.3", ""])),]
    );
}

#[test]
fn what_is_no_workbook_is_refused_in_words() {
    assert_eq!(
        read_xlsx(b"hello").unwrap_err().to_string(),
        "不是有效的 .xlsx 文件。请用 WPS 或 Excel 另存为“Excel 工作簿（.xlsx）”后重新上传。"
    );
    assert!(matches!(read_xlsx(&[]), Err(PaperError::NotXlsx)));
    let old = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    assert!(matches!(read_xlsx(&old), Err(PaperError::OldOrLocked)));
    let mut empty = Workbook::new();
    empty.add_worksheet();
    assert!(matches!(read_xlsx(&empty.save_to_buffer().unwrap()), Err(PaperError::NoHeader)));
}

/// Cut anywhere, or with a byte turned over anywhere: an answer, never a panic.
#[test]
fn a_damaged_workbook_is_an_error_or_a_sheet() {
    let whole = template_xlsx(&firms()).unwrap();
    for cut in (0..whole.len()).step_by(97) {
        assert!(read_xlsx(&whole[..cut]).is_err(), "cut at {cut}");
    }
    for at in (0..whole.len()).step_by(61) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xFF;
        let _answer = read_xlsx(&bytes);
    }
}

#[test]
fn too_many_rows_are_refused_and_just_enough_are_read() {
    let rows = |count: usize| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["名称", "数量"]).unwrap();
        for row in 1..=count as u32 {
            sheet.write_string(row, 0, "甲").unwrap();
        }
        book.save_to_buffer().unwrap()
    };
    assert_eq!(read_xlsx(&rows(MAX_ROWS)).unwrap().rows.len(), MAX_ROWS);
    let refused = read_xlsx(&rows(MAX_ROWS + 1)).unwrap_err();
    assert_eq!(refused.to_string(), "数据超过 20000 行，请分批上传。");
}

/// A cell may claim any place: the answer must not cost the whole rectangle up to it.
#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["名称", "数量"]).unwrap();
    sheet.write_string(1_048_575, 1, "末行").unwrap();
    sheet.write_string(1_048_575, 16_383, "末格").unwrap();
    let read = read_xlsx(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(read.rows, [(1_048_576, vec![String::new(), "末行".to_owned()])]);
    let mut wide = Workbook::new();
    wide.add_worksheet().write_string(0, 16_383, "末列").unwrap().write_string(0, 0, "首列").unwrap();
    let refused = read_xlsx(&wide.save_to_buffer().unwrap());
    assert!(matches!(refused, Err(PaperError::TooManyColumns(200))));
}
