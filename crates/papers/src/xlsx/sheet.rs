//! The annex as a worksheet: same rows, same merges, same cap texts.

use rust_xlsxwriter::{Format, FormatAlign, Worksheet};

use super::{Pen, body, head, lines, middle, ruled, title, workbook};
use crate::{GroupPaper, PaperError, PartPaper, RowPaper, SheetPaper};

/// Columns before the scores: 检查评估内容 (two), 具体工作, 分值, 评分标准.
const WORK: u16 = 2;
const VALUE: u16 = 3;
const CRITERIA: u16 = 4;
const POINTS: u16 = 5;
/// Their widths in characters where one score column stands behind them on A4 upright.
const UPRIGHT: [f64; 5] = [9.0, 16.0, 24.0, 6.5, 40.0];
/// Their widths where there are more score columns, on A4 on its side.
const LYING: [f64; 5] = [9.0, 18.5, 32.0, 6.5, 52.0];
const POINTS_WIDTH: f64 = 8.5;
/// The annex gives one decimal.
const TENTHS: &str = "0.0";

/// One station's sheet as a workbook with one worksheet, 评分表.
///
/// # Errors
/// [`PaperError::Shape`] where a row has not one figure per layer; [`PaperError::Xlsx`] from the writer.
pub fn sheet_xlsx(paper: &SheetPaper) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let mut book = workbook(&paper.title, &paper.printed_at)?;
    let sheet = book.add_worksheet();
    sheet.set_name("评分表")?;
    Annex::new(sheet, paper).write()?;
    Ok(book.save_to_buffer()?)
}

/// The annex under the pen: the next row to be written is `row`.
struct Annex<'a> {
    pen: Pen<'a>,
    paper: &'a SheetPaper,
    row: u32,
    last_col: u16,
    widths: [f64; 5],
}

impl<'a> Annex<'a> {
    fn new(sheet: &'a mut Worksheet, paper: &'a SheetPaper) -> Self {
        let last_col = CRITERIA + paper.layers.len() as u16;
        let widths = if paper.layers.len() > 1 { LYING } else { UPRIGHT };
        Annex { pen: Pen { sheet }, paper, row: 0, last_col, widths }
    }

    fn write(mut self) -> Result<(), PaperError> {
        let scores = std::iter::repeat_n(POINTS_WIDTH, self.paper.layers.len());
        let widths: Vec<f64> = self.widths.into_iter().chain(scores).collect();
        self.pen.widths(&widths)?;
        self.caption()?;
        self.heads()?;
        for part in &self.paper.parts {
            self.part(part)?;
        }
        self.total()?;
        self.grade()?;
        self.foot()
    }

    /// Title, reservation, whose sheet it is.
    fn caption(&mut self) -> Result<(), PaperError> {
        self.line(&self.paper.title, &title(), 2.0)?;
        if let Some(reservation) = &self.paper.watermark {
            self.line(reservation, &body().set_align(FormatAlign::Center), 1.0)?;
        }
        let facts = self.paper.facts().join("　");
        let high = lines(&facts, self.width());
        self.line(&facts, &body(), high)
    }

    fn heads(&mut self) -> Result<(), PaperError> {
        let (row, format) = (self.row, head());
        self.pen.span((row, 0), (row, 1), "检查评估内容", &format)?;
        for (col, name) in [(WORK, "具体工作"), (VALUE, "分值"), (CRITERIA, "评分标准")] {
            self.pen.text(row, col, name, &format)?;
        }
        for (col, name) in (POINTS..).zip(self.paper.heads()) {
            self.pen.text(row, col, name, &format)?;
        }
        self.pen.height(row, 1.3)?;
        self.pen.sheet.set_freeze_panes(row + 1, 0)?;
        // The annex is one page by design.
        let landscape = self.paper.layers.len() > 1;
        self.pen.paper(landscape, 1, (row, row))?;
        self.row += 1;
        Ok(())
    }

    fn part(&mut self, part: &PartPaper) -> Result<(), PaperError> {
        let first = self.row;
        let last = first + part.row_count() as u32 - 1;
        let name = named(&part.name, &part.cap_text);
        self.pen.span((first, 0), (last, 0), &name, &middle().set_bold())?;
        for group in &part.groups {
            self.group(group)?;
        }
        self.sum(&part.sum_name(), &part.max, &part.notes(), &part.subtotal)
    }

    fn group(&mut self, group: &GroupPaper) -> Result<(), PaperError> {
        let first = self.row;
        let last = first + group.rows.len() as u32 - 1;
        let name = named(&group.name, &group.cap_text);
        self.pen.span((first, 1), (last, 1), &name, &middle())?;
        // A merged name does not stretch its rows: share its lines among them.
        let share = lines(&name, self.widths[1]) / group.rows.len() as f64;
        group.rows.iter().try_for_each(|row| self.score_row(row, share))
    }

    fn score_row(&mut self, row: &RowPaper, at_least: f64) -> Result<(), PaperError> {
        let at = self.row;
        self.pen.text(at, WORK, &row.work, &ruled())?;
        self.pen.figure((at, VALUE), &row.value, &middle(), None)?;
        self.pen.text(at, CRITERIA, &row.criteria, &ruled())?;
        self.points(&row.points, &middle())?;
        let work = lines(&row.work, self.widths[2]);
        let criteria = lines(&row.criteria, self.widths[4]);
        self.pen.height(at, work.max(criteria).max(at_least))?;
        self.row += 1;
        Ok(())
    }

    fn points(&mut self, points: &[String], format: &Format) -> Result<(), PaperError> {
        for (col, point) in (POINTS..).zip(points) {
            self.pen.figure((self.row, col), point, format, Some(TENTHS))?;
        }
        Ok(())
    }

    /// 基础分小计, 加分小计, 合计: the name over the first three columns.
    fn sum(&mut self, name: &str, max: &str, note: &str, points: &[String]) -> Result<(), PaperError> {
        let (at, bold) = (self.row, head());
        self.pen.span((at, 0), (at, WORK), name, &bold)?;
        self.pen.figure((at, VALUE), max, &bold, None)?;
        self.pen.text(at, CRITERIA, note, &ruled())?;
        self.points(points, &bold)?;
        self.pen.height(at, lines(note, self.widths[4]).max(1.3))?;
        self.row += 1;
        Ok(())
    }

    fn total(&mut self) -> Result<(), PaperError> {
        let paper = self.paper;
        self.sum("合计", &paper.total_max, "", &paper.totals)
    }

    fn grade(&mut self) -> Result<(), PaperError> {
        let Some(grade) = &self.paper.grade else {
            return Ok(());
        };
        let at = self.row;
        self.pen.span((at, 0), (at, WORK), "评定等次", &head())?;
        self.pen.span((at, VALUE), (at, self.last_col), grade, &head())?;
        self.pen.height(at, 1.3)?;
        self.row += 1;
        Ok(())
    }

    fn foot(&mut self) -> Result<(), PaperError> {
        let foot = self.paper.foot().join("　");
        let high = lines(&foot, self.width());
        self.line(&foot, &body().set_font_size(9.0), high)
    }

    /// One line over the whole width.
    fn line(&mut self, text: &str, format: &Format, high: f64) -> Result<(), PaperError> {
        self.pen.span((self.row, 0), (self.row, self.last_col), text, format)?;
        self.pen.height(self.row, high)?;
        self.row += 1;
        Ok(())
    }

    fn width(&self) -> f64 {
        self.widths.iter().sum::<f64>() + POINTS_WIDTH * self.paper.layers.len() as f64
    }
}

/// A name with its cap under it, as the annex prints them.
fn named(name: &str, cap: &str) -> String {
    if cap.is_empty() { name.to_owned() } else { format!("{name}\n{cap}") }
}
