//! India, Directorate General of Trade Remedies: lists of investigations, and a case's own page.
//!
//! Format: HTML of `https://www.dgtr.gov.in/en/anti-dumping-investigation-in-india` and its sisters; there is no
//! published description. A list's records are the links to cases (`/anti-dumping-cases/{slug}`), each once, and carry
//! no date; a case's page has a table of events with `dd/mm/yyyy`.

use std::collections::{HashMap, HashSet};

use crate::cases::System;
use crate::draft::Draft;
use crate::html::{self, Link, Page, Row, Table};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::text::decode;

const HOST: &str = "https://www.dgtr.gov.in";

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let text = decode(bytes, None);
    let page = html::page(&text);
    let mut read = false;
    for table in page.tables.iter().filter(|table| is_events(table)) {
        for row in &table.rows {
            read = true;
            let raw = &text.as_bytes()[row.offset..row.end.max(row.offset)];
            out.record(At::In(text.as_bytes(), row.offset), raw, event(&page, table, row, out));
        }
    }
    // A page links a case from its title, its picture and its menu: one record, with the longest of the texts.
    let mut titles: HashMap<&str, &str> = HashMap::new();
    for link in &page.links {
        let title = titles.entry(&link.target).or_default();
        if link.text.len() > title.len() {
            *title = &link.text;
        }
    }
    let mut seen = HashSet::new();
    for link in &page.links {
        let Some((law, slug)) = case(link) else { continue };
        if seen.insert(slug) {
            read = true;
            let raw = &text.as_bytes()[link.offset..link.end.max(link.offset)];
            let title = titles.get(link.target.as_str()).copied().unwrap_or_default();
            out.record(At::In(text.as_bytes(), link.offset), raw, Ok(listed(law, slug, title, link)));
        }
    }
    if !read {
        out.refuse(At::Whole, "不是印度贸易救济调查页面：没有案件链接或进展表");
    }
}

/// The law and the slug of a link to a case.
fn case(link: &Link) -> Option<(&'static str, &str)> {
    let laws = [
        ("/anti-dumping-cases/", "anti-dumping investigation"),
        ("/countervailing-duty-cases/", "countervailing duty investigation"),
        ("/safeguard-cases/", "safeguard investigation"),
        ("/safeguard-duty-cases/", "safeguard investigation"),
    ];
    laws.iter().find_map(|(path, law)| {
        let slug = link.target.split_once(path)?.1.split(['?', '#']).next()?.trim_matches('/');
        (!slug.is_empty()).then_some((*law, slug))
    })
}

fn listed(law: &str, slug: &str, title: &str, link: &Link) -> Draft {
    Draft { id: slug.to_owned(), title: title.to_owned(), url: Some(absolute(&link.target)), ..common(law, title) }
}

fn absolute(link: &str) -> String {
    if link.starts_with('/') { format!("{HOST}{link}") } else { link.to_owned() }
}

fn common(law: &str, docket: &str) -> Draft {
    Draft {
        authority: "Directorate General of Trade Remedies".to_owned(),
        country: Some("IN".to_owned()),
        label: law.to_owned(),
        docket: docket.to_owned(),
        system: System::India,
        ..Draft::default()
    }
}

/// A table of events has a date and says what happened.
fn is_events(table: &Table) -> bool {
    table.column(&["date"]).is_some() && table.column(EVENT).is_some()
}

const EVENT: &[&str] = &["event", "notification", "document", "title", "particular", "description", "subject"];

fn event(page: &Page, table: &Table, row: &Row, out: &Out<'_>) -> Result<Draft, String> {
    let what = table.cell(row, EVENT).filter(|cell| !cell.text.is_empty()).ok_or("没有事项")?;
    let date = table.cell(row, &["date"]).map_or("", |cell| cell.text.as_str());
    let published_on = out.desk.dates.field(date, DateOrder::DayFirst)?;
    let link = row.cells.iter().find_map(|cell| cell.link.as_deref());
    let title = if page.heading.is_empty() { what.text.clone() } else { format!("{}: {}", what.text, page.heading) };
    let id = match link {
        Some(link) => link.rsplit('/').next().unwrap_or(link).to_owned(),
        None => format!("{title}/{}", published_on.map(|day| day.to_string()).unwrap_or_default()),
    };
    Ok(Draft { id, published_on, url: link.map(absolute), ..common("", &title) }).map(|draft| Draft { title, ..draft })
}
