//! Worksheets (.xlsx), streamed: one row is in memory at a time, beside the workbook's shared texts, and every size is
//! bounded before it is believed.

use std::cell::Cell as Shelf;
use std::collections::HashMap;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use crate::text::{entity, resolved};

/// The shared texts of a workbook, together. ePing's whole history is well below.
const MOST_SHARED: usize = 512 << 20;
/// A worksheet's XML, unpacked.
const MOST_SHEET: u64 = 2 << 30;
/// The parts that tell where worksheets are.
const MOST_PART: u64 = 8 << 20;
/// Excel's own limits.
const LONGEST_CELL: usize = 32_767 * 4;
const MOST_COLUMNS: usize = 16_384;
const MOST_ROWS: u64 = 1_048_576;
/// Columns kept of a row; none of the sources has more.
const KEPT_COLUMNS: usize = 500;

/// One tag or text: a part that unpacks into one endless text is refused before it fills the memory.
const LONGEST_EVENT: usize = 16 << 20;

/// A row: its number and its cells by column. A numeric cell keeps its digits.
#[derive(Debug, Default)]
pub(crate) struct SheetRow {
    pub(crate) number: u64,
    pub(crate) cells: Vec<Cell>,
}

/// A cell's text, and whether the file holds it as a number (a date is one).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) number: bool,
}

/// The shared texts, end to end.
#[derive(Default)]
struct Shared {
    text: String,
    ends: Vec<usize>,
}

impl Shared {
    fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.text[start..end])
    }
}

/// Reads one worksheet, by name or the first, row by row until `each` says stop.
pub(crate) fn rows(bytes: &[u8], sheet: Option<&str>, each: &mut dyn FnMut(SheetRow) -> bool) -> Result<(), String> {
    let mut book = ZipArchive::new(Cursor::new(bytes)).map_err(|_| {
        if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            "是旧版 .xls 或加密文件，请另存为 .xlsx".to_owned()
        } else {
            "不是 .xlsx 工作簿".to_owned()
        }
    })?;
    let path = worksheet(&mut book, sheet)?;
    let shared = shared(&mut book)?;
    let part = book.by_name(&path).map_err(|_| format!("工作簿缺少 {path}"))?;
    read_rows(part, &shared, each)
}

/// The part of a worksheet, found through the workbook's list and its relations.
fn worksheet(book: &mut ZipArchive<Cursor<&[u8]>>, wanted: Option<&str>) -> Result<String, String> {
    let mut sheets: Vec<(String, String)> = Vec::new();
    for tag in tags(&part(book, "xl/workbook.xml")?, "sheet")? {
        let name = tag.get("name").cloned().unwrap_or_default();
        sheets.push((name, tag.get("id").cloned().unwrap_or_default()));
    }
    let found = match wanted {
        Some(wanted) => {
            sheets.iter().find(|(name, _)| name == wanted).ok_or_else(|| format!("没有名为“{wanted}”的工作表"))?
        }
        None => sheets.first().ok_or_else(|| "工作簿没有工作表".to_owned())?,
    };
    let relations = tags(&part(book, "xl/_rels/workbook.xml.rels")?, "Relationship")?;
    let target = relations
        .iter()
        .find(|tag| tag.get("Id") == Some(&found.1))
        .and_then(|tag| tag.get("Target"))
        .ok_or_else(|| format!("工作簿没有工作表“{}”的内容", found.0))?;
    Ok(match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("xl/{target}"),
    })
}

/// A small part of the workbook, whole.
fn part(book: &mut ZipArchive<Cursor<&[u8]>>, path: &str) -> Result<String, String> {
    let part = book.by_name(path).map_err(|_| format!("不是 .xlsx 工作簿：缺少 {path}"))?;
    let mut text = String::new();
    part.take(MOST_PART).read_to_string(&mut text).map_err(|_| format!("{path} 无法解压"))?;
    Ok(text)
}

/// The attributes of all tags of a name, by local name.
fn tags(xml: &str, name: &str) -> Result<Vec<HashMap<String, String>>, String> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().map_err(|error| format!("工作簿 XML 有误：{error}"))? {
            Event::Start(tag) | Event::Empty(tag) if local(tag.name().as_ref()) == name => found.push(attributes(&tag)),
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn attributes(tag: &BytesStart<'_>) -> HashMap<String, String> {
    let read = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let value: &str = &attribute.value;
        (local(attribute.key.as_ref()).to_owned(), resolved(value).into_owned())
    };
    tag.attributes().with_checks(false).flatten().map(read).collect()
}

/// All shared texts; a workbook may have none.
fn shared(book: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Shared, String> {
    let mut shared = Shared::default();
    let Ok(part) = book.by_name("xl/sharedStrings.xml") else { return Ok(shared) };
    let mut reader = Xml::new(part);
    let (mut buffer, mut inside, mut phonetic) = (Vec::new(), false, false);
    loop {
        match reader.next(&mut buffer)? {
            Event::Start(tag) => match local(tag.name().as_ref()) {
                "t" => inside = !phonetic,
                "rPh" => phonetic = true,
                _ => {}
            },
            Event::End(tag) => match local(tag.name().as_ref()) {
                "t" => inside = false,
                "rPh" => phonetic = false,
                "si" => shared.ends.push(shared.text.len()),
                _ => {}
            },
            // `<si/>` is an empty text and has its number like any other.
            Event::Empty(tag) if local(tag.name().as_ref()) == "si" => shared.ends.push(shared.text.len()),
            Event::Text(text) if inside => shared.text.push_str(&text.xml_content(quick_xml::XmlVersion::Implicit1_0)),
            Event::CData(text) if inside => shared.text.push_str(&text.xml_content(quick_xml::XmlVersion::Implicit1_0)),
            Event::GeneralRef(name) if inside => shared.text.extend(entity(&name)),
            Event::Eof => return Ok(shared),
            _ => {}
        }
        // An empty text takes its place all the same.
        if shared.text.len() + shared.ends.len() * size_of::<usize>() > MOST_SHARED {
            return Err("工作簿的文字过多".to_owned());
        }
    }
}

/// A part of the workbook as XML events, each of bounded size.
struct Xml<R: Read> {
    reader: Reader<BufReader<Metered<R>>>,
    since: Rc<Shelf<usize>>,
}

/// Counts what is read for one event.
struct Metered<R> {
    part: R,
    since: Rc<Shelf<usize>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(buffer)?;
        self.since.set(self.since.get() + read);
        if self.since.get() > LONGEST_EVENT {
            return Err(io::Error::other("单个内容过长"));
        }
        Ok(read)
    }
}

impl<R: Read> Xml<io::Take<R>> {
    fn new(part: R) -> Xml<io::Take<R>> {
        let since = Rc::new(Shelf::new(0));
        let part = Metered { part: part.take(MOST_SHEET), since: Rc::clone(&since) };
        Xml { reader: Reader::from_reader(BufReader::with_capacity(1 << 16, part)), since }
    }

    fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Event<'b>, String> {
        self.since.set(0);
        buffer.clear();
        self.reader.read_event_into(buffer).map_err(|error| format!("工作表 XML 有误：{error}"))
    }
}

/// Where in a worksheet the reader is.
#[derive(Default)]
struct At {
    row: SheetRow,
    column: usize,
    /// The cell's type: shared text, text in place, number.
    kind: Option<String>,
    value: String,
    inside: bool,
}

fn read_rows(part: impl Read, shared: &Shared, each: &mut dyn FnMut(SheetRow) -> bool) -> Result<(), String> {
    let mut reader = Xml::new(part);
    let mut buffer = Vec::new();
    let (mut at, mut last) = (At::default(), 0_u64);
    loop {
        match reader.next(&mut buffer)? {
            Event::Start(tag) => match local(tag.name().as_ref()) {
                "row" => {
                    let number = attributes(&tag).get("r").and_then(|r| r.parse().ok()).unwrap_or(last + 1);
                    if number > MOST_ROWS {
                        return Err("工作表行数过多".to_owned());
                    }
                    last = number;
                    at = At { row: SheetRow { number, cells: Vec::new() }, ..At::default() };
                }
                "c" => at.begin(&attributes(&tag))?,
                "v" | "t" => at.inside = true,
                _ => {}
            },
            Event::Empty(tag) if local(tag.name().as_ref()) == "c" => {
                at.begin(&attributes(&tag))?;
                at.end(shared);
            }
            Event::End(tag) => match local(tag.name().as_ref()) {
                "v" | "t" => at.inside = false,
                "c" => at.end(shared),
                "row" if !each(std::mem::take(&mut at.row)) => return Ok(()),
                _ => {}
            },
            Event::Text(text) if at.inside => at.say(&text.xml_content(quick_xml::XmlVersion::Implicit1_0)),
            Event::CData(text) if at.inside => at.say(&text.xml_content(quick_xml::XmlVersion::Implicit1_0)),
            Event::GeneralRef(name) if at.inside => {
                if let Some(c) = entity(&name) {
                    at.say(c.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

impl At {
    fn begin(&mut self, attributes: &HashMap<String, String>) -> Result<(), String> {
        self.column = match attributes.get("r") {
            Some(reference) => {
                column(reference).ok_or_else(|| format!("单元格地址“{}”有误", crate::text::cut(reference, 20)))?
            }
            None => self.row.cells.len(),
        };
        self.kind = attributes.get("t").cloned();
        self.value.clear();
        self.inside = false;
        Ok(())
    }

    fn say(&mut self, text: &str) {
        let left = LONGEST_CELL.saturating_sub(self.value.len());
        self.value.push_str(crate::text::cut(text, left));
    }

    fn end(&mut self, shared: &Shared) {
        if self.column >= KEPT_COLUMNS || self.value.is_empty() {
            return;
        }
        let value = std::mem::take(&mut self.value);
        let (text, number) = match self.kind.as_deref() {
            Some("s") => {
                let text = value.trim().parse().ok().and_then(|index| shared.get(index)).unwrap_or_default();
                // Any number of cells may name one text.
                (crate::text::cut(text, LONGEST_CELL).to_owned(), false)
            }
            Some("n") | None => (value, true),
            Some("e") => (String::new(), false),
            Some(_) => (value, false),
        };
        if self.row.cells.len() <= self.column {
            self.row.cells.resize(self.column + 1, Cell::default());
        }
        self.row.cells[self.column] = Cell { text, number };
    }
}

/// `AB12` is column 27.
fn column(reference: &str) -> Option<usize> {
    let mut column = 0_usize;
    for b in reference.bytes().take_while(u8::is_ascii_alphabetic) {
        column = column.checked_mul(26)?.checked_add(usize::from(b.to_ascii_uppercase() - b'A') + 1)?;
        if column > MOST_COLUMNS {
            return None;
        }
    }
    column.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_share_a_long_text_each_keep_no_more_than_a_cell_holds() {
        // Constructed: no program writes more into a cell, but a file may say what it will.
        let text = "灯".repeat(LONGEST_CELL);
        let shared = Shared { ends: vec![text.len()], text };
        let cells = "<c t=\"s\"><v>0</v></c>".repeat(40);
        let sheet = format!("<worksheet><sheetData><row>{cells}</row><row>{cells}</row></sheetData></worksheet>");
        let mut rows = 0;
        read_rows(sheet.as_bytes(), &shared, &mut |row| {
            rows += 1;
            assert_eq!(row.cells.len(), 40);
            // Cut between characters.
            assert!(row.cells.iter().all(|cell| cell.text.len() == LONGEST_CELL / 3 * 3 && !cell.number));
            true
        })
        .expect("a worksheet");
        assert_eq!(rows, 2);
    }
}
