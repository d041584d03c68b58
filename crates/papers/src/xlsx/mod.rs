//! Workbooks: what all of them share. Written for WPS and Excel alike: 宋体 by name, A4, no formula, no macro.

mod sheet;
mod summary;
mod table;

pub use sheet::sheet_xlsx;
pub use summary::summary_xlsx;
pub use table::{table_xlsx, template_xlsx};

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet,
};

use crate::PaperError;
use crate::figure::Figure;
use crate::stamp::Stamp;

/// Excel's most characters in a cell.
const MOST_CHARACTERS: usize = 32_767;
/// A4 in the file format's list of papers.
const A4: u8 = 9;
/// Points a line of 10-point text takes.
const LINE: f64 = 13.5;

/// A workbook whose properties come from the paper: the writer would put the clock's time in them.
fn workbook(title: &str, printed_at: &str) -> Result<Workbook, PaperError> {
    let mut book = Workbook::new();
    let properties = DocProperties::new().set_title(title).set_creation_datetime(&created(printed_at)?);
    book.set_properties(&properties);
    Ok(book)
}

/// The day of printing, or the first day of the century where the paper names none.
fn created(printed_at: &str) -> Result<ExcelDateTime, PaperError> {
    let Some(stamp) = Stamp::parse(printed_at) else {
        return Ok(ExcelDateTime::from_ymd(2000, 1, 1)?);
    };
    let day = ExcelDateTime::from_ymd(stamp.year, stamp.month, stamp.day)?;
    Ok(day.and_hms(u16::from(stamp.hour), stamp.minute, 0.0)?)
}

/// 10-point 宋体, centred upright, wrapped.
fn body() -> Format {
    Format::new().set_font_name("宋体").set_font_size(10.0).set_align(FormatAlign::VerticalCenter).set_text_wrap()
}

/// A ruled cell, text to the left.
fn ruled() -> Format {
    body().set_border(FormatBorder::Thin)
}

/// A ruled cell, text in the middle.
fn middle() -> Format {
    ruled().set_align(FormatAlign::Center)
}

/// A ruled head of a column.
fn head() -> Format {
    middle().set_bold()
}

/// The title over a table.
fn title() -> Format {
    body().set_font_size(16.0).set_bold().set_align(FormatAlign::Center)
}

/// A worksheet, written by row and column from zero.
struct Pen<'a> {
    sheet: &'a mut Worksheet,
}

impl Pen<'_> {
    /// Writes text as text, whatever it begins with.
    fn text(&mut self, row: u32, col: u16, text: &str, format: &Format) -> Result<(), PaperError> {
        self.sheet.write_string_with_format(row, col, clip(text), &literal(text, format))?;
        Ok(())
    }

    /// Writes the number where the text shows one, in `as_shown` or in the format given, else the text.
    fn figure(
        &mut self,
        (row, col): (u32, u16),
        text: &str,
        format: &Format,
        number_format: Option<&str>,
    ) -> Result<(), PaperError> {
        let Some(figure) = Figure::parse(text) else {
            return self.text(row, col, text, format);
        };
        let shape = number_format.map_or_else(|| figure.format(), str::to_owned);
        let format = format.clone().set_num_format(shape);
        self.sheet.write_number_with_format(row, col, figure.value, &format)?;
        Ok(())
    }

    /// Writes text over a rectangle of cells; a single cell is left unmerged, as Excel asks.
    fn span(
        &mut self,
        (row, col): (u32, u16),
        (last_row, last_col): (u32, u16),
        text: &str,
        format: &Format,
    ) -> Result<(), PaperError> {
        if (row, col) == (last_row, last_col) {
            return self.text(row, col, text, format);
        }
        let format = literal(text, format);
        self.sheet.merge_range(row, col, last_row, last_col, clip(text), &format)?;
        Ok(())
    }

    fn widths(&mut self, widths: &[f64]) -> Result<(), PaperError> {
        for (col, width) in (0..).zip(widths) {
            self.sheet.set_column_width(col, *width)?;
        }
        Ok(())
    }

    /// Sets a row's height to `lines` of text; merged and wrapped cells do not size their row by themselves.
    fn height(&mut self, row: u32, lines: f64) -> Result<(), PaperError> {
        self.sheet.set_row_height(row, (lines * LINE + 6.0).min(409.0))?;
        Ok(())
    }

    /// A4, one page wide, page number at the foot, the given rows repeated on every page.
    fn paper(&mut self, landscape: bool, pages_high: u16, heads: (u32, u32)) -> Result<(), PaperError> {
        let sheet = &mut *self.sheet;
        sheet.set_paper_size(A4).set_print_fit_to_pages(1, pages_high);
        sheet.set_print_center_horizontally(true);
        sheet.set_margins(0.7, 0.6, 0.75, 0.75, 0.3, 0.35);
        sheet.set_footer("&C— &P —");
        if landscape {
            sheet.set_landscape();
        } else {
            sheet.set_portrait();
        }
        sheet.set_repeat_rows(heads.0, heads.1)?;
        Ok(())
    }

    /// Codes are text on purpose: no green corner for them.
    fn codes_are_text(&mut self, from: (u32, u16), to: (u32, u16)) -> Result<(), PaperError> {
        let warning = IgnoreError::NumberStoredAsText;
        self.sheet.ignore_error_range(from.0, from.1, to.0, to.1, warning)?;
        Ok(())
    }
}

/// Marks text that a spreadsheet would take for a formula once the cell is edited.
fn literal(text: &str, format: &Format) -> Format {
    if text.starts_with(['=', '+', '-', '@']) { format.clone().set_quote_prefix() } else { format.clone() }
}

/// Cuts a text Excel would refuse, so that one long note does not cost the whole export.
fn clip(text: &str) -> &str {
    match text.char_indices().nth(MOST_CHARACTERS / 2) {
        // Excel counts UTF-16 units: half as many characters always fit.
        Some((end, _)) if text.encode_utf16().count() > MOST_CHARACTERS => &text[..end],
        _ => text,
    }
}

/// Width of the widest line in character units of a worksheet: a Chinese character takes two.
pub(crate) fn text_width(text: &str) -> f64 {
    text.lines().map(line_width).fold(0.0, f64::max)
}

fn line_width(line: &str) -> f64 {
    line.chars().map(|char| if char.is_ascii() { 1.0 } else { 2.0 }).sum()
}

/// Lines a text takes in a column of the given width, wrapped between any two characters.
fn lines(text: &str, width: f64) -> f64 {
    let room = width.max(2.0);
    text.lines().map(|line| (line_width(line) / room).ceil().max(1.0)).sum::<f64>().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(clip("短"), "短");
        let cut = clip(&"长".repeat(40_000)).chars().count();
        assert_eq!(cut, MOST_CHARACTERS / 2);
    }

    #[test]
    fn wrapped_lines_are_counted() {
        assert_eq!(lines("", 10.0), 1.0);
        assert_eq!(lines("机构建设\n（20分）", 9.0), 2.0);
        assert_eq!(lines("一二三四五六七八九", 8.0), 3.0);
    }
}
