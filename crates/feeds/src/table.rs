//! Tables with a row of headings: CSV files, and rows of worksheets in the same shape. Columns are found by name.

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::outcome::{At, Out};
use crate::text::{decode, folded};

/// A file with more columns is none.
pub(crate) const MOST_COLUMNS: usize = 500;
/// Below which a heading row must stand.
pub(crate) const HEADING_WITHIN: u64 = 30;

/// The headings of a table, as they are compared: lower case, without spaces, underscores and hyphens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headings(Vec<String>);

impl Headings {
    pub(crate) fn new<'h>(cells: impl Iterator<Item = &'h str>) -> Headings {
        Headings(cells.take(MOST_COLUMNS).map(key).collect())
    }

    /// The column of the first of `names` that is a heading.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let name = key(name);
            self.0.iter().position(|heading| *heading == name)
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }
}

fn key(heading: &str) -> String {
    folded(heading).chars().filter(|c| !c.is_whitespace() && *c != '_').collect()
}

/// Reads a CSV file: `headings` sees each of the first rows, for a title may stand above them, until it gives what `row`
/// needs; where it never does, the file is refused for what it said of the first. `row` then sees every record with its
/// fields and its bytes.
pub(crate) fn read<T>(
    text: &str,
    out: &mut Out<'_>,
    headings: impl Fn(&Headings) -> Result<T, String>,
    mut row: impl FnMut(&T, &[&str], &[u8]) -> Result<crate::draft::Draft, String>,
) {
    let mut reader = reader(text);
    let mut record = ByteRecord::new();
    let (mut looked, mut problem) = (0, None);
    let columns = loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) if blank(&record) => {}
            Ok(true) if looked < HEADING_WITHIN => match headings(&Headings::new(fields(&record).into_iter())) {
                Ok(columns) => break columns,
                Err(reason) => {
                    looked += 1;
                    problem.get_or_insert(reason);
                }
            },
            Ok(_) => return out.refuse(At::Whole, problem.unwrap_or_else(|| "没有表头".to_owned())),
            Err(error) => return out.refuse(At::Whole, format!("CSV 格式有误：{error}")),
        }
    };
    let mut from = usize::try_from(reader.position().byte()).unwrap_or(text.len());
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {
                let to = usize::try_from(reader.position().byte()).unwrap_or(text.len());
                let raw = &text.as_bytes()[from.min(text.len())..to.clamp(from.min(text.len()), text.len())];
                // A line of separators only, as spreadsheets leave below a table, is no record.
                if !blank(&record) {
                    let started = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
                    let made = if record.len() > MOST_COLUMNS {
                        Err(format!("超过 {MOST_COLUMNS} 列"))
                    } else {
                        row(&columns, &fields(&record), raw.trim_ascii())
                    };
                    out.record(At::In(text.as_bytes(), from + started), raw.trim_ascii(), made);
                }
                from = to;
            }
            Ok(false) => return,
            Err(error) => return out.refuse(At::In(text.as_bytes(), from), format!("CSV 格式有误：{error}")),
        }
    }
}

/// A reader of every row of a CSV file, headings among them.
pub(crate) fn reader(text: &str) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter(text)).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// The first `most` rows that are not blank, as they stand.
pub(crate) fn first(text: &str, most: usize) -> Result<Vec<Vec<String>>, String> {
    let mut reader = reader(text);
    let (mut record, mut rows) = (ByteRecord::new(), Vec::new());
    while rows.len() < most && reader.read_byte_record(&mut record).map_err(|error| format!("CSV 格式有误：{error}"))?
    {
        if !blank(&record) {
            rows.push(fields(&record).into_iter().take(MOST_COLUMNS).map(str::to_owned).collect());
        }
    }
    Ok(rows)
}

fn blank(record: &ByteRecord) -> bool {
    record.iter().all(|field| field.trim_ascii().is_empty())
}

fn fields(record: &ByteRecord) -> Vec<&str> {
    // The reader was given text, and its delimiters and quotes are ASCII: each field is text too.
    record.iter().map(|field| std::str::from_utf8(field).unwrap_or_default()).collect()
}

/// The separator of the first line: comma, semicolon or tab, whichever is met most outside quotes.
fn delimiter(text: &str) -> u8 {
    let (mut quoted, mut counts) = (false, [0_u32; 3]);
    for b in text.bytes() {
        match b {
            b'"' => quoted = !quoted,
            b'\n' if !quoted && counts.iter().any(|count| *count > 0) => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    if counts[2] > counts[0] && counts[2] >= counts[1] {
        b'\t'
    } else if counts[1] > counts[0] {
        b';'
    } else {
        b','
    }
}

/// The file's text; see [`decode`].
pub(crate) fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    decode(bytes, None)
}
