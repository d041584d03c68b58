//! Reading documents in tests.

use std::io::{Cursor, Write as _};
use std::sync::LazyLock;

use feeds::{Desk, Mapping, Outcome, Refused, Source, Tally, TradeNotice};

/// What a document gave.
pub struct Read {
    pub notices: Vec<TradeNotice>,
    pub refused: Vec<Refused>,
    pub tally: Tally,
}

pub fn desk() -> &'static Desk {
    static DESK: LazyLock<Desk> = LazyLock::new(|| Desk::shipped().expect("the shipped tables"));
    &DESK
}

pub fn read(desk: &Desk, source: Source, bytes: &[u8], mapping: Option<&Mapping>) -> Read {
    let (mut notices, mut refused) = (Vec::new(), Vec::new());
    let tally = desk.parse(source, bytes, mapping, &mut |item| match item {
        Outcome::Notice(notice) => notices.push(*notice),
        Outcome::Refused(refusal) => refused.push(refusal),
    });
    assert_eq!(tally.read, tally.notices + tally.refused, "every record is a notice or a refusal");
    assert_eq!((tally.notices, tally.refused), (notices.len() as u64, refused.len() as u64));
    Read { notices, refused, tally }
}

/// A Chinese word of the closed lists, as it is written to JSON.
pub fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).expect("word").as_str().expect("text").to_owned()
}

/// A workbook of one sheet: cells by tabs, rows by lines; `#45000` is a number, everything else a shared text.
pub fn workbook(tsv: &str) -> Vec<u8> {
    let (mut shared, mut sheet, mut texts) = (String::new(), String::new(), 0);
    for (row, line) in tsv.lines().enumerate() {
        sheet.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in line.split('\t').enumerate() {
            let letter = char::from(b'A' + u8::try_from(column).expect("few columns"));
            if let Some(number) = cell.strip_prefix('#') {
                sheet.push_str(&format!("<c r=\"{letter}{}\" s=\"1\"><v>{number}</v></c>", row + 1));
            } else if !cell.is_empty() {
                let cell = cell.replace('&', "&amp;").replace('<', "&lt;");
                shared.push_str(&format!("<si><t>{cell}</t></si>"));
                sheet.push_str(&format!("<c r=\"{letter}{}\" t=\"s\"><v>{texts}</v></c>", row + 1));
                texts += 1;
            }
        }
        sheet.push_str("</row>");
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    zipped(&[
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        ("xl/sharedStrings.xml", &format!("<sst xmlns=\"{main}\">{shared}</sst>")),
        (
            "xl/worksheets/sheet1.xml",
            &format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ])
}

pub fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        archive.start_file(*name, options).expect("part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("archive").into_inner()
}
