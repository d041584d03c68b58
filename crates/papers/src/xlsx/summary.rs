//! The province's summary as a worksheet.

use rust_xlsxwriter::{Format, FormatAlign};

use super::{Pen, body, head, lines, middle, ruled, title, workbook};
use crate::{PaperError, SummaryPaper, SummaryRow};

/// Widths of 名次, 编号, 工作站, 所属市, 行业 in characters.
const BEFORE: [f64; 5] = [6.0, 10.0, 32.0, 9.0, 16.0];
/// Width of every column of points.
const POINTS: f64 = 9.5;
/// Width of 等次.
const GRADE: f64 = 9.0;
/// Columns of text between 名次 and the points.
const TEXTS: std::ops::Range<usize> = 1..5;

/// The summary as a workbook with one worksheet, 汇总表.
///
/// # Errors
/// [`PaperError::Shape`] where a station has not one figure per group; [`PaperError::Xlsx`] from the writer.
pub fn summary_xlsx(paper: &SummaryPaper) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let mut book = workbook(&paper.title, &paper.printed_at)?;
    let sheet = book.add_worksheet();
    sheet.set_name("汇总表")?;
    write(&mut Pen { sheet }, paper)?;
    Ok(book.save_to_buffer()?)
}

fn write(pen: &mut Pen, paper: &SummaryPaper) -> Result<(), PaperError> {
    let points = std::iter::repeat_n(POINTS, paper.columns.len() + 3);
    let widths: Vec<f64> = BEFORE.into_iter().chain(points).chain([GRADE]).collect();
    pen.widths(&widths)?;
    let last = widths.len() as u16 - 1;
    line(pen, 0, last, &paper.title, &title(), 2.0)?;
    line(pen, 1, last, &paper.subtitle, &body().set_align(FormatAlign::Center), 1.0)?;
    heads(pen, 2, &paper.heads(), &widths)?;
    for (at, row) in (3..).zip(&paper.rows) {
        station(pen, at, row)?;
    }
    let after = 3 + paper.rows.len() as u32;
    frame(pen, after, last)?;
    let whole: f64 = widths.iter().sum();
    for (at, text) in (after..).zip(&paper.foot_lines()) {
        line(pen, at, last, text, &body(), lines(text, whole))?;
    }
    Ok(())
}

fn heads(pen: &mut Pen, row: u32, names: &[&str], widths: &[f64]) -> Result<(), PaperError> {
    let mut high: f64 = 1.5;
    for ((col, name), width) in (0..).zip(names).zip(widths) {
        pen.text(row, col, name, &head())?;
        high = high.max(lines(name, *width));
    }
    pen.height(row, high)?;
    pen.paper(true, 0, (row, row))
}

fn station(pen: &mut Pen, at: u32, row: &SummaryRow) -> Result<(), PaperError> {
    let cells = row.cells();
    let mut high: f64 = 1.2;
    for ((col, index), cell) in (0..).zip(0..).zip(&cells) {
        match index {
            0 => pen.figure((at, col), cell, &middle(), Some("0"))?,
            _ if TEXTS.contains(&index) => pen.text(at, col, cell, &ruled())?,
            _ => pen.figure((at, col), cell, &middle(), Some("0.0"))?,
        }
        if TEXTS.contains(&index) {
            high = high.max(lines(cell, BEFORE[index]));
        }
    }
    pen.height(at, high)
}

/// Heads and names stay in view; the heads filter.
fn frame(pen: &mut Pen, after: u32, last: u16) -> Result<(), PaperError> {
    pen.sheet.set_freeze_panes(3, 3)?;
    if after > 3 {
        pen.sheet.autofilter(2, 0, after - 1, last)?;
        pen.codes_are_text((3, 1), (after - 1, 1))?;
    }
    Ok(())
}

fn line(pen: &mut Pen, row: u32, last: u16, text: &str, format: &Format, high: f64) -> Result<(), PaperError> {
    pen.span((row, 0), (row, last), text, format)?;
    pen.height(row, high)
}
