//! US Federal Register API v1, JSON: a search's list, several documents by number, one document, the Public Inspection
//! list, an issue's table of contents.
//!
//! Format: <https://www.federalregister.gov/developers/documentation/api/v1> (OpenAPI:
//! `usnationalarchives/federalregister-api-core`, `data/open_api_v3.yml`). Agencies may lack everything but
//! `raw_name`; an empty answer has no `results`; an error is `{"status":404,"message":…}`, or a page under `.json`.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::draft::Draft;
use crate::json::{Fields, Top, document, elements, offset, plain};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::{How, Relation, Source, identity};

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let Some(text) = document(bytes, out) else { return };
    let top = match Top::read(text) {
        Ok(top) => top,
        Err(reason) => return out.refuse(At::Whole, reason),
    };
    if let Some(records) = top.records(&["results"]) {
        out.announce(top.count(&["count"]));
        for record in records {
            let made = Fields::read(record.get()).and_then(|fields| document_of(&fields, out));
            out.record(At::In(text, offset(text, record.get())), record.get().as_bytes(), made);
        }
        not_found(top.member("errors"), out);
    } else if top.member("document_number").is_some() {
        let made = Fields::read(top_text(text)).and_then(|fields| document_of(&fields, out));
        out.record(At::Whole, bytes, made);
    } else if let Some(agencies) = top.member("agencies").and_then(elements) {
        contents(text, &agencies, out);
    } else if let Some(message) = top.member("message").or(top.member("errors")).or(top.member("error")) {
        out.refuse(At::Whole, format!("来源答复错误：{}", crate::text::cut(message.get(), 200)));
    } else if top.count(&["count"]) == Some(0) {
        out.announce(Some(0));
    } else {
        out.refuse(At::Whole, "不是联邦公报接口的答复：没有 results、document_number 或 agencies");
    }
}

fn top_text(text: &[u8]) -> &str {
    // JSON that was read is text.
    std::str::from_utf8(text).unwrap_or_default()
}

/// Document numbers that were asked for and do not exist: each is one record, refused.
fn not_found(errors: Option<&RawValue>, out: &mut Out<'_>) {
    let missing =
        errors.and_then(|errors| Fields::read(errors.get()).ok()).map(|errors| errors.joined("not_found", &[]));
    for number in missing.iter().flat_map(|missing| missing.split(", ")).filter(|number| !number.is_empty()) {
        out.refuse(At::Whole, format!("来源没有文件 {number}"));
    }
}

/// One document.
fn document_of(fields: &Fields, out: &Out<'_>) -> Result<Draft, String> {
    let desk = out.desk;
    let title = fields.text(&["title"]);
    let body = fields.text(&["abstract", "excerpts"]);
    let url = fields.text(&["html_url", "json_url", "pdf_url"]);
    let number = match fields.text(&["document_number"]) {
        number if number.is_empty() => desk.numbers.register_in_address(&url).unwrap_or_default(),
        number => number,
    };
    let docket = [fields.joined("docket_ids", &[]), fields.joined("docket_numbers", &[]), fields.text(&["docket_id"])]
        .join("; ");
    let inspection = url.contains("/public-inspection/") || fields.value("filing_type").is_some();
    let relates_to = if inspection {
        Some(Relation { how: How::Announces, to: Some(identity(Source::UsFrJson, &number)), named: None })
    } else {
        desk.numbers.register_relation(&number, &fields.text(&["correction_of"]), &title)
    };
    // A document on Public Inspection is not published yet: the date it gives is a plan.
    let published_on =
        if inspection { None } else { desk.dates.field(&fields.text(&["publication_date"]), DateOrder::MonthFirst)? };
    Ok(Draft {
        id: number,
        published_on,
        authority: agencies(fields),
        country: Some("US".to_owned()),
        label: fields.text(&["action"]),
        hs_text: body.clone(),
        deadline_on: desk
            .dates
            .field(&fields.text(&["comments_close_on"]), DateOrder::MonthFirst)
            .unwrap_or_default()
            .or_else(|| desk.dates.deadline_in(&fields.text(&["dates"]))),
        title,
        body,
        docket,
        url: Some(url),
        relates_to,
        ..Draft::default()
    })
}

/// The agencies' names, whichever of their fields hold them; the last is the one that acts.
fn agencies(fields: &Fields) -> String {
    let names = match fields.value("agencies") {
        Some(Value::Array(agencies)) => {
            let name = |agency: &Value| {
                ["name", "raw_name"].iter().filter_map(|key| agency.get(key)).map(plain).find(|name| !name.is_empty())
            };
            agencies.iter().filter_map(name).collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    };
    if names.is_empty() { fields.joined("agency_names", &[]) } else { names }
}

/// An issue's table of contents: every document number of every category of every agency is a record.
fn contents(text: &[u8], agencies: &[&RawValue], out: &mut Out<'_>) {
    for agency in agencies {
        let fields = match Fields::read(agency.get()) {
            Ok(fields) => fields,
            Err(reason) => {
                out.refuse(At::In(text, offset(text, agency.get())), reason);
                continue;
            }
        };
        let name = fields.text(&["name", "raw_name"]);
        for category in children(&Top::read(agency.get().as_bytes()), "document_categories") {
            for entry in children(&Top::read(category.get().as_bytes()), "documents") {
                entry_of(text, entry, &name, out);
            }
        }
    }
}

fn children<'b>(top: &Result<Top<'b>, String>, name: &str) -> Vec<&'b RawValue> {
    top.as_ref().ok().and_then(|top| elements(top.member(name)?)).unwrap_or_default()
}

fn entry_of(text: &[u8], entry: &RawValue, agency: &str, out: &mut Out<'_>) {
    let at = At::In(text, offset(text, entry.get()));
    let fields = match Fields::read(entry.get()) {
        Ok(fields) => fields,
        Err(reason) => return out.refuse(at, reason),
    };
    let subjects: Vec<_> = ["subject_1", "subject_2", "subject_3"]
        .iter()
        .map(|name| fields.text(&[name]))
        .filter(|it| !it.is_empty())
        .collect();
    let numbers = fields.joined("document_numbers", &[]);
    if numbers.is_empty() {
        return out.refuse(at, "目录条目没有文件编号");
    }
    for number in numbers.split(", ") {
        let draft = Draft {
            id: number.to_owned(),
            title: subjects.join(" "),
            authority: agency.to_owned(),
            country: Some("US".to_owned()),
            url: Some(format!("https://www.federalregister.gov/d/{number}")),
            ..Draft::default()
        };
        out.record(at, entry.get().as_bytes(), Ok(draft));
    }
}
