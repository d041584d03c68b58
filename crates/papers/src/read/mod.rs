//! Reading an uploaded workbook. The file comes from outside: every size is bounded before it is believed.

mod guard;
mod text;
mod value;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::catch_unwind;

use calamine::{DataRef, Reader, Xlsx};

use crate::PaperError;

pub use text::{MAX_CHARACTERS, Unread, words_of};

/// Most bytes of an upload: 20 MB.
pub const MAX_BYTES: usize = 20 << 20;
/// Most rows with content, the header not counted.
pub const MAX_ROWS: usize = 20_000;
/// Most columns of the header row.
pub const MAX_COLUMNS: usize = 200;
/// Most bytes of text in all cells together; a shared text is counted in every cell that shows it.
const MAX_TEXT: usize = 64 << 20;
/// The worksheet of a template that explains the columns; never read as data.
pub(crate) const GUIDE: &str = "填写说明";

/// The first worksheet of an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns, without the template's `*` and without blanks.
    pub header: Vec<String>,
    /// Rows with content: the number Excel shows beside the row, and one trimmed text per column of the header.
    pub rows: Vec<(u32, Vec<String>)>,
}

impl Sheet {
    /// Where the column of that name stands, whatever order the user brought the columns into.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        let name = value::column_name(name);
        self.header.iter().position(|head| *head == name)
    }
}

/// Reads the first worksheet (leaving out 填写说明) as rows of trimmed text.
///
/// The header is the first row with two texts or more, so a title above it does no harm; a sheet of one column has
/// its header in the first row written on. Dates come as `YYYY-MM-DD`, with ` HH:MM` or ` HH:MM:SS` where the time is not
/// midnight; whole numbers come without a point; cells right of the header are left out.
///
/// # Errors
/// A [`PaperError`] with a Chinese sentence for each: no workbook, an old or locked one, a damaged one, one that is too
/// large, too long or too wide, one without a header.
pub fn read_xlsx(bytes: &[u8]) -> Result<Sheet, PaperError> {
    guard::check(bytes)?;
    // The parser is a third party's and the bytes are a stranger's: a panic must cost the upload, not the worker.
    let read = catch_unwind(|| cells(bytes));
    read.unwrap_or_else(|_| Err(PaperError::Damaged("parser".to_owned()))).and_then(sheet)
}

type Rows = BTreeMap<u32, BTreeMap<u32, String>>;

/// The cells with text of the worksheet, by row and column from zero.
fn cells(bytes: &[u8]) -> Result<Rows, PaperError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let names = book.sheet_names();
    let name = names.iter().find(|name| *name != GUIDE).ok_or(PaperError::NoHeader)?;
    // Cell by cell: asking for the whole range would allocate every cell up to the last one, wherever it claims to be.
    let mut reader = book.worksheet_cells_reader(name).map_err(damaged)?;
    let mut rows = Rows::new();
    let mut room = MAX_TEXT;
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        let (row, col) = cell.get_position();
        keep(&mut rows, &mut room, (row, col), cell.get_value())?;
    }
    Ok(rows)
}

fn keep(rows: &mut Rows, room: &mut usize, (row, col): (u32, u32), value: &DataRef) -> Result<(), PaperError> {
    let text = value::text(value);
    if text.is_empty() {
        return Ok(());
    }
    let left = room.checked_sub(text.len());
    *room = left.ok_or(PaperError::TooLargeUnpacked((MAX_TEXT >> 20) as u64))?;
    rows.entry(row).or_default().insert(col, text);
    // Title, note and header may stand above the data.
    if rows.len() > MAX_ROWS + 3 {
        return Err(PaperError::TooManyRows(MAX_ROWS));
    }
    Ok(())
}

/// Finds the header and squares the rows under it.
fn sheet(rows: Rows) -> Result<Sheet, PaperError> {
    let first = rows.keys().next().ok_or(PaperError::NoHeader)?;
    let wide = rows.iter().find(|(_, cells)| cells.len() > 1).map(|(row, _)| row);
    let at = *wide.unwrap_or(first);
    let width = rows[&at].keys().next_back().map_or(0, |col| *col as usize + 1);
    if width > MAX_COLUMNS {
        return Err(PaperError::TooManyColumns(MAX_COLUMNS));
    }
    let header = squared(&rows[&at], width).iter().map(|name| value::column_name(name)).collect();
    let below = rows.range(at + 1..).map(|(row, cells)| (row + 1, squared(cells, width)));
    let rows: Vec<_> = below.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
    if rows.len() > MAX_ROWS {
        return Err(PaperError::TooManyRows(MAX_ROWS));
    }
    Ok(Sheet { header, rows })
}

fn squared(cells: &BTreeMap<u32, String>, width: usize) -> Vec<String> {
    (0..width as u32).map(|col| cells.get(&col).cloned().unwrap_or_default()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn damaged(error: calamine::XlsxError) -> PaperError {
    PaperError::Damaged(error.to_string())
}
