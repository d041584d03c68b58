//! WTO ePing, the workbook of all notifications since 1995 (about 45 MB), streamed row by row.
//!
//! Format: `https://eping.wto.org/NotificationExcelFiles/Notification_EN.xlsx`; there is no published description,
//! the columns are those that independent readers of it name, and are found by name wherever they stand.

use super::eping_json::Row;
use crate::outcome::{At, Out};
use crate::sheet::{SheetRow, rows};
use crate::table::{HEADING_WITHIN, Headings};
use crate::text::without_tags;

struct Columns {
    symbol: usize,
    member: Option<usize>,
    title: Option<usize>,
    description: Option<usize>,
    products: Option<usize>,
    codes: Option<usize>,
    distributed: Option<usize>,
    closes: Option<usize>,
    kind: Option<usize>,
    link: Option<usize>,
}

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let mut columns: Option<Columns> = None;
    let mut looked = 0_u64;
    let read = rows(bytes, None, &mut |row| {
        if row.cells.iter().all(|cell| cell.text.trim().is_empty()) {
            return true;
        }
        match &columns {
            Some(columns) => record(columns, &row, out),
            None => {
                looked += 1;
                columns = headings(&Headings::new(row.cells.iter().map(|cell| cell.text.as_str())));
            }
        }
        columns.is_some() || looked < HEADING_WITHIN
    });
    match read {
        Err(reason) => out.refuse(At::Whole, reason),
        Ok(()) if columns.is_none() => out.refuse(At::Whole, "不是 ePing 工作簿：没有“Document symbol”列"),
        Ok(()) => {}
    }
}

fn headings(headings: &Headings) -> Option<Columns> {
    Some(Columns {
        symbol: headings.column(&["Document symbol", "Symbol", "Notification symbol"])?,
        member: headings.column(&["Notifying Member", "Member", "Notifying member(s)"]),
        title: headings.column(&["Title", "Notification title"]),
        description: headings.column(&["Description", "Description of content"]),
        products: headings.column(&["Products covered", "Product covered", "Products"]),
        codes: headings.column(&["HS code(s)", "HS codes", "HS code"]),
        distributed: headings.column(&["Distribution date", "Date of distribution"]),
        closes: headings.column(&["Final date for comments", "Comment deadline", "Final date of comments"]),
        kind: headings.column(&["Notification type", "Type"]),
        link: headings.column(&["Link to notification", "Notification link", "Notified document"]),
    })
}

fn record(columns: &Columns, row: &SheetRow, out: &mut Out<'_>) {
    let text = |column: Option<usize>| {
        column.and_then(|column| row.cells.get(column)).map(|cell| cell.text.clone()).unwrap_or_default()
    };
    let title = Some(text(columns.title)).filter(|title| !title.trim().is_empty());
    let fields = Row {
        symbol: text(Some(columns.symbol)),
        member: text(columns.member),
        title: without_tags(&title.unwrap_or_else(|| text(columns.description))),
        products: without_tags(&text(columns.products)),
        codes: text(columns.codes),
        distributed: text(columns.distributed),
        closes: text(columns.closes),
        kind: text(columns.kind),
        url: Some(text(columns.link)).filter(|url| url.starts_with("http")),
    };
    let cells: Vec<_> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
    let raw = cells.join("\t");
    let made = fields.draft(out, true);
    out.record(At::Row(row.number), raw.as_bytes(), made);
}
