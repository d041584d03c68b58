//! List exports and import templates.

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, Formula, Workbook, Worksheet};

use super::{Pen, body, head, lines, ruled, title, workbook};
use crate::read::{GUIDE, MAX_ROWS};
use crate::{ColumnPaper, PaperError, TablePaper};

/// The hidden worksheet that holds the values of the drop-downs: Excel takes only 255 characters in place.
const CHOICES: &str = "选项";
/// Most characters of an input message.
const MOST_HINT: usize = 255;

/// A list as it stands on the page: title, note, ruled table, filter.
///
/// # Errors
/// [`PaperError::Shape`] where a row has not one cell per column; [`PaperError::Xlsx`] from the writer.
pub fn table_xlsx(paper: &TablePaper) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let mut book = workbook(&paper.title, "")?;
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&paper.title))?;
    list(&mut Pen { sheet }, paper)?;
    Ok(book.save_to_buffer()?)
}

fn list(pen: &mut Pen, paper: &TablePaper) -> Result<(), PaperError> {
    let last = last_col(paper);
    let widths: Vec<f64> = paper.columns.iter().map(ColumnPaper::width_or_default).collect();
    pen.widths(&widths)?;
    pen.span((0, 0), (0, last), &paper.title, &title())?;
    pen.height(0, 2.0)?;
    let mut at = 1;
    if let Some(note) = &paper.note {
        pen.span((at, 0), (at, last), note, &body())?;
        pen.height(at, lines(note, widths.iter().sum()))?;
        at += 1;
    }
    for (col, column) in (0..).zip(&paper.columns) {
        pen.text(at, col, &column.name, &head())?;
    }
    rows(pen, paper, at + 1)?;
    let end = at + paper.rows.len() as u32;
    pen.sheet.set_freeze_panes(at + 1, 0)?;
    pen.sheet.autofilter(at, 0, end, last)?;
    pen.codes_are_text((at, 0), (end, last))?;
    pen.paper(last > 6, 0, (at, at))
}

fn rows(pen: &mut Pen, paper: &TablePaper, first: u32) -> Result<(), PaperError> {
    let right = ruled().set_align(FormatAlign::Right);
    for (at, row) in (first..).zip(&paper.rows) {
        for ((col, column), cell) in (0..).zip(&paper.columns).zip(row) {
            if column.numeric {
                pen.figure((at, col), cell, &right, None)?;
            } else {
                pen.text(at, col, cell, &ruled())?;
            }
        }
    }
    Ok(())
}

/// An empty form to fill in and upload: heads in the first row, `*` before a required one, drop-downs, and a second
/// worksheet that explains the columns.
///
/// # Errors
/// As [`table_xlsx`].
pub fn template_xlsx(paper: &TablePaper) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let mut book = workbook(&paper.title, "")?;
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&paper.title))?;
    form(&mut Pen { sheet }, paper)?;
    let sheet = book.add_worksheet();
    sheet.set_name(GUIDE)?;
    guide(&mut Pen { sheet }, paper)?;
    choices(&mut book, paper)?;
    Ok(book.save_to_buffer()?)
}

fn form(pen: &mut Pen, paper: &TablePaper) -> Result<(), PaperError> {
    let shade = Color::RGB(0xF3_F6_F6);
    let plain = head().set_background_color(shade);
    let required = plain.clone().set_font_color(Color::RGB(0xA0_1B_1B));
    for (col, column) in (0..).zip(&paper.columns) {
        let format = if column.required { &required } else { &plain };
        let name = head_name(column);
        pen.text(0, col, &name, format)?;
        pen.sheet.set_column_width(col, column.width_or_default())?;
        pen.sheet.set_column_format(col, &typed(column))?;
        if let Some(check) = validation(col, column)? {
            pen.sheet.add_data_validation(1, col, MAX_ROWS as u32, col, &check)?;
        }
    }
    rows(pen, paper, 1)?;
    pen.height(0, 1.5)?;
    pen.sheet.set_freeze_panes(1, 0)?;
    pen.codes_are_text((1, 0), (MAX_ROWS as u32, last_col(paper)))?;
    pen.paper(last_col(paper) > 6, 0, (0, 0))
}

fn head_name(column: &ColumnPaper) -> String {
    let mark = if column.required { "*" } else { "" };
    format!("{mark}{}", column.name)
}

/// What is typed into a column of codes stays as typed: no lost zero, no 9.137E+17.
fn typed(column: &ColumnPaper) -> Format {
    if column.numeric { body() } else { body().set_num_format("@") }
}

/// The drop-down and the input message of a column; `None` where it has neither.
fn validation(col: u16, column: &ColumnPaper) -> Result<Option<DataValidation>, PaperError> {
    let mut check = DataValidation::new().allow_any_value();
    if !column.drop_down.is_empty() {
        let letter = rust_xlsxwriter::utility::column_number_to_name(col);
        let end = column.drop_down.len();
        check = DataValidation::new()
            .allow_list_formula(Formula::new(format!("='{CHOICES}'!${letter}$1:${letter}${end}")))
            .set_error_title("请从下拉列表中选择")?
            .set_error_message("所填内容不在可选值中，可选值见“填写说明”。")?;
    }
    if let Some(hint) = &column.hint {
        let hint: String = hint.chars().take(MOST_HINT).collect();
        let name: String = column.name.chars().take(32).collect();
        check = check.set_input_title(name)?.set_input_message(hint)?;
    }
    Ok((column.hint.is_some() || !column.drop_down.is_empty()).then_some(check))
}

fn guide(pen: &mut Pen, paper: &TablePaper) -> Result<(), PaperError> {
    let widths = [22.0, 10.0, 46.0, 40.0];
    pen.widths(&widths)?;
    pen.span((0, 0), (0, 3), &format!("{}填写说明", paper.title), &title())?;
    pen.height(0, 2.0)?;
    let rules = guide_rules(paper.note.as_deref());
    pen.span((1, 0), (1, 3), &rules, &body())?;
    pen.height(1, lines(&rules, widths.iter().sum()))?;
    for (col, name) in (0..).zip(["列名", "是否必填", "填写要求", "可选值"]) {
        pen.text(2, col, name, &head())?;
    }
    for (at, column) in (3..).zip(&paper.columns) {
        let cells = guide_row(column);
        let mut high: f64 = 1.0;
        for ((col, cell), width) in (0..).zip(&cells).zip(widths) {
            pen.text(at, col, cell, &ruled())?;
            high = high.max(lines(cell, width));
        }
        pen.height(at, high)?;
    }
    pen.paper(false, 0, (2, 2))
}

fn guide_rules(note: Option<&str>) -> String {
    let ours = format!(
        "1. 在第一张工作表填写，一行一条；请勿改动表头。带 * 的列必填。\n\
         2. 日期写作 2026-09-18。编号、税号、信用代码按文本填写，不要省略前面的 0。\n\
         3. 一次最多 {MAX_ROWS} 行；有错的行会连同原因退回，其余各行照常导入。"
    );
    match note {
        Some(note) => format!("{note}\n{ours}"),
        None => ours,
    }
}

fn guide_row(column: &ColumnPaper) -> [String; 4] {
    let need = if column.required { "必填" } else { "选填" };
    let kind = if column.numeric { "数字" } else { "文本" };
    let hint = column.hint.clone().unwrap_or_else(|| kind.to_owned());
    [column.name.clone(), need.to_owned(), hint, column.drop_down.join("、")]
}

/// Writes the drop-downs' values, each under the letter of its column.
fn choices(book: &mut Workbook, paper: &TablePaper) -> Result<(), PaperError> {
    if paper.columns.iter().all(|column| column.drop_down.is_empty()) {
        return Ok(());
    }
    let sheet: &mut Worksheet = book.add_worksheet();
    sheet.set_name(CHOICES)?.set_hidden(true);
    let mut pen = Pen { sheet };
    for (col, column) in (0..).zip(&paper.columns) {
        for (row, choice) in (0..).zip(&column.drop_down) {
            pen.text(row, col, choice, &body())?;
        }
    }
    Ok(())
}

fn last_col(paper: &TablePaper) -> u16 {
    paper.columns.len() as u16 - 1
}

/// A title as the name of a worksheet: at most 31 characters, none of those Excel forbids.
fn sheet_name(title: &str) -> String {
    let allowed = |char: &char| !"[]:*?/\\'".contains(*char) && !char.is_control();
    let name: String = title.chars().filter(allowed).take(31).collect();
    // Taken by worksheets of ours, or by Excel itself.
    let taken = ["", GUIDE, CHOICES, "History"];
    if taken.contains(&name.trim()) { "数据".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_title_names_a_worksheet() {
        assert_eq!(sheet_name("企业库：2026/09 [全部]"), "企业库：202609 全部");
        assert_eq!(sheet_name(""), "数据");
        assert_eq!(sheet_name("填写说明"), "数据");
        assert_eq!(sheet_name(&"长".repeat(50)).chars().count(), 31);
    }
}
