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
    let mut quotes = Quotes::new(text);
    let (mut reader, mut base) = (quotes.reader(0), 0);
    let mut record = ByteRecord::new();
    let (mut looked, mut problem) = (0, None);
    let place = |reader: &Reader<&[u8]>, base: usize| {
        usize::try_from(reader.position().byte()).unwrap_or(text.len()).saturating_add(base).min(text.len())
    };
    let (columns, width) = loop {
        let from = place(&reader, base);
        if quotes.broken(from, 0) {
            return out.refuse(At::In(text.as_bytes(), quotes.begun(from)), UNCLOSED);
        }
        match reader.read_byte_record(&mut record) {
            Ok(true) if blank(&record) => {}
            Ok(true) if looked < HEADING_WITHIN => match headings(&Headings::new(fields(&record).into_iter())) {
                Ok(columns) => break (columns, record.len()),
                Err(reason) => {
                    looked += 1;
                    problem.get_or_insert(reason);
                }
            },
            Ok(_) => return out.refuse(At::Whole, problem.unwrap_or_else(|| "没有表头".to_owned())),
            Err(error) => return out.refuse(At::Whole, format!("CSV 格式有误：{error}")),
        }
    };
    let (mut from, mut again) = (place(&reader, base), false);
    loop {
        if quotes.broken(from, width) {
            // The record ends with its first line: what it swallowed are records.
            let (begun, next) = (quotes.begun(from), quotes.next_line(from));
            out.record(
                At::In(text.as_bytes(), begun),
                text.as_bytes()[begun..next].trim_ascii(),
                Err(UNCLOSED.to_owned()),
            );
            (from, again) = (next, true);
            continue;
        }
        if again {
            (reader, base, again) = (quotes.reader(from), from, false);
        }
        match reader.read_byte_record(&mut record) {
            Ok(true) => {
                let to = place(&reader, base).max(from);
                let raw = &text.as_bytes()[from..to];
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
    Quotes::new(text).reader(0)
}

/// What is said of a record that [`Quotes`] finds broken.
pub(crate) const UNCLOSED: &str = "有未闭合的引号，这一行没有读入：请补上或删去引号";

/// Looks for quotes that do not close, which would swallow the rows behind them.
pub(crate) struct Quotes<'t> {
    text: &'t [u8],
    delimiter: u8,
    /// Up to here a quote open at the end of a line is known to be one that does not close: what it swallows is looked
    /// through once, however many lines of it have such a quote.
    doomed: usize,
}

impl<'t> Quotes<'t> {
    pub(crate) fn new(text: &'t str) -> Quotes<'t> {
        Quotes { text: text.as_bytes(), delimiter: delimiter(text), doomed: 0 }
    }

    /// A reader from the beginning of a line on.
    fn reader(&self, at: usize) -> Reader<&'t [u8]> {
        let rest = self.text.get(at..).unwrap_or_default();
        ReaderBuilder::new().delimiter(self.delimiter).has_headers(false).flexible(true).from_reader(rest)
    }

    /// Where the record read from here on begins.
    pub(crate) fn begun(&self, from: usize) -> usize {
        from + self.text[from..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
    }

    /// Where the line behind the record's first one begins.
    fn next_line(&self, from: usize) -> usize {
        let begun = self.begun(from);
        let end = memchr::memchr2(b'\r', b'\n', &self.text[begun..]).map_or(self.text.len(), |end| begun + end);
        self.begun(end)
    }

    /// Whether the record from here on has a quote that never closes, that closes on a later line in the middle of a cell,
    /// or that holds whole rows of `width` cells (0: not known).
    pub(crate) fn broken(&mut self, from: usize, width: usize) -> bool {
        let mut at = self.begun(from);
        let mut cell = true;
        while let Some(&b) = self.text.get(at) {
            at += 1;
            match b {
                b'"' if cell => match self.closed(at, width) {
                    Some(end) => (at, cell) = (end, false),
                    None => return true,
                },
                b'\r' | b'\n' => return false,
                b => cell = b == self.delimiter,
            }
        }
        false
    }

    /// Where the quoted cell that begins here ends, behind its quote; `None` when it is broken.
    fn closed(&mut self, begin: usize, width: usize) -> Option<usize> {
        let (mut at, mut line, mut cells) = (begin, begin, 1);
        let (mut lines, mut inner, mut rows) = (0_usize, 0_usize, 0_usize);
        loop {
            let next = memchr::memchr3(b'"', b'\n', self.delimiter, self.text.get(at..)?);
            let Some(hit) = next.map(|next| at + next) else {
                self.doomed = self.text.len();
                return None;
            };
            at = hit + 1;
            match self.text[hit] {
                b'"' if self.text.get(at) == Some(&b'"') => at += 1,
                b'"' => {
                    let ends = self.text.get(at).is_none_or(|b| matches!(*b, b'\r' | b'\n') || *b == self.delimiter);
                    // Within one line a quote in the middle of a cell is a slip that hurts no other row.
                    let swallowed = rows > 0 && rows == inner && width > 2 && (rows > 1 || width > 5);
                    if (lines > 0 && !ends) || swallowed {
                        self.doomed = at;
                        return None;
                    }
                    return Some(at);
                }
                b'\n' if hit < self.doomed => return None,
                b'\n' => {
                    // The first line belongs to the cell's own row.
                    if lines > 0 && !self.text[line..hit].trim_ascii().is_empty() {
                        inner += 1;
                        rows += usize::from(cells == width);
                    }
                    (line, cells, lines) = (at, 1, lines + 1);
                }
                _ => cells += 1,
            }
        }
    }
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
