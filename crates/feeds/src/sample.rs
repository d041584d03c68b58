//! The head of any table, shown to whoever is to say which column holds what.

use std::collections::BTreeMap;

use crate::mapping::Field;
use crate::sheet;
use crate::sources::csv::{is_workbook, known};
use crate::table::{self, HEADING_WITHIN, Headings};
use crate::text::{cut, one_line};

/// Rows shown below the headings.
const SHOWN: usize = 3;
/// Bytes shown of a cell.
const LONGEST: usize = 200;
/// Bytes of a heading: a mapping finds its column by the whole of it.
const HEADING: usize = 2000;

/// The headings of a table and the first rows below them; each row has as many cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Fields whose columns have headings that speak for themselves.
    pub proposed: BTreeMap<Field, String>,
}

/// Looks into a CSV file or workbook, of which `sheet` names the worksheet, else the first. The headings are the row most
/// of which is understood, else the first of several cells.
///
/// # Errors
/// One Chinese sentence when there is no table.
pub fn sample(bytes: &[u8], sheet: Option<&str>) -> Result<Sample, String> {
    let begins = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match begins.first() {
        Some(b'{' | b'[') => return Err("不是表格，是 JSON 文件：请上传 CSV 或 .xlsx".to_owned()),
        Some(b'<') => return Err("不是表格，是网页或 XML：请上传 CSV 或 .xlsx".to_owned()),
        _ => {}
    }
    let most = usize::try_from(HEADING_WITHIN).unwrap_or(usize::MAX).saturating_add(SHOWN);
    let rows =
        if is_workbook(bytes) { of_sheet(bytes, sheet, most)? } else { table::first(&table::text(bytes), most)? };
    let understood = |row: &[String]| known(&Headings::new(row.iter().map(String::as_str))).len();
    let several = |row: &[String]| row.iter().filter(|cell| !cell.trim().is_empty()).count() > 1;
    let within = rows.iter().take(rows.len().min(most - SHOWN));
    // Of rows understood alike the first: what looks like headings further down is a record.
    let best =
        within.enumerate().filter(|(_, row)| several(row)).max_by_key(|(at, row)| (understood(row), usize::MAX - at));
    let (at, row) = best.ok_or("没有表头：前 30 行中没有两列以上的行")?;
    let headings: Vec<String> = row.iter().map(|cell| cut(&one_line(cell), HEADING).trim().to_owned()).collect();
    let shown = |row: &Vec<String>| {
        let cell = |column: usize| row.get(column).map(|cell| cut(&one_line(cell), LONGEST).to_owned());
        (0..headings.len()).map(|column| cell(column).unwrap_or_default()).collect()
    };
    let proposed = known(&Headings::new(headings.iter().map(String::as_str)));
    Ok(Sample {
        rows: rows.iter().skip(at + 1).take(SHOWN).map(shown).collect(),
        proposed: proposed.into_iter().map(|(field, column)| (field, headings[column].clone())).collect(),
        headings,
    })
}

fn of_sheet(bytes: &[u8], sheet: Option<&str>, most: usize) -> Result<Vec<Vec<String>>, String> {
    let mut rows = Vec::new();
    sheet::rows(bytes, sheet, &mut |row| {
        let cells: Vec<String> = row.cells.into_iter().take(table::MOST_COLUMNS).map(|cell| cell.text).collect();
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(cells);
        }
        rows.len() < most
    })?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_above_the_headings_is_not_taken_for_them() {
        let table =
            "\u{feff}2026 年国外公告汇编\n\n序号,公告标题,发布日期,Zoll\n1,灯具反倾销立案,2026-03-08,9405\n2,轮胎,,\n";
        let sample = sample(table.as_bytes(), None).expect("a table");
        assert_eq!(sample.headings, ["序号", "公告标题", "发布日期", "Zoll"]);
        assert_eq!(sample.rows, [["1", "灯具反倾销立案", "2026-03-08", "9405"], ["2", "轮胎", "", ""]]);
        let proposed = [(Field::PublishedOn, "发布日期"), (Field::Title, "公告标题")];
        assert_eq!(sample.proposed, proposed.map(|(field, heading)| (field, heading.to_owned())).into());
    }

    #[test]
    fn headings_nobody_knows_are_the_first_row_of_several_cells() {
        let sample = sample(b"Liste\nTarih;Konu\n03/08/2031;Beacon lamps;extra\n", None).expect("a table");
        assert_eq!(sample.headings, ["Tarih", "Konu"]);
        assert_eq!(sample.rows, [["03/08/2031", "Beacon lamps"]]);
        assert!(sample.proposed.is_empty());
    }

    #[test]
    fn what_is_no_table_is_one_sentence() {
        assert_eq!(sample(b"", None), Err("没有表头：前 30 行中没有两列以上的行".to_owned()));
        assert!(sample(b"\xef\xbb\xbf {\"a\": 1,\n\"b\": 2}", None).is_err_and(|reason| reason.contains("是 JSON")));
        assert!(sample(b"[1, 2]", None).is_err_and(|reason| reason.contains("是 JSON")));
        assert!(sample(b"\n<!doctype html><p>a, b", None).is_err_and(|reason| reason.contains("是网页")));
        assert!(sample(b"PK\x03\x04", None).is_err_and(|reason| reason.contains("xlsx")));
        assert!(sample(b"\xd0\xcf\x11\xe0", None).is_err_and(|reason| reason.contains("另存为 .xlsx")));
    }
}
