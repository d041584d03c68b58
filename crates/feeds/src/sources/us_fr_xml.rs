//! US Federal Register, full text XML: single documents as the API serves them, or a whole daily issue.
//!
//! Format: <https://www.govinfo.gov/bulkdata/FR/resources> (FRMergedXML.xsd). A record is a `NOTICE`, `RULE`,
//! `PRORULE` or `PRESDOCU` element; the case number is in `DEPDOC`, the document number in `FRDOC`. Only an issue
//! carries the day of publication; the customs codes stand in the running text.

use crate::draft::Draft;
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::text::one_line;
use crate::xml::{Element, decoded, records, tree};

const RECORDS: &[&str] = &["NOTICE", "RULE", "PRORULE", "PRESDOCU"];

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let text = decoded(bytes);
    let text: &str = &text;
    let issue_day = issue_day(text, out);
    let mut any = false;
    for record in records(text, RECORDS) {
        any = true;
        let at = At::In(text.as_bytes(), record.offset);
        match record.text {
            Ok(raw) => {
                let made = tree(raw)
                    .and_then(|element| document_of(&element, out))
                    .map(|draft| Draft { published_on: draft.published_on.or(issue_day), ..draft });
                out.record(at, raw.as_bytes(), made);
            }
            Err(reason) => out.refuse(at, reason),
        }
    }
    if !any {
        out.refuse(At::Whole, "不是联邦公报全文：没有 NOTICE、RULE、PRORULE 或 PRESDOCU");
    }
}

/// The day in the head of a whole issue: `<DATE>Friday, April 15, 2016</DATE>` before the first document.
fn issue_day(text: &str, out: &Out<'_>) -> Option<jiff::civil::Date> {
    let first = records(text, RECORDS).next().map_or(text.len(), |record| record.offset);
    let head = records(&text[..first], &["DATE"]).next()?.text.ok()?;
    out.desk.dates.day(&tree(head).ok()?.text(), DateOrder::MonthFirst)
}

fn document_of(element: &Element, out: &Out<'_>) -> Result<Draft, String> {
    let desk = out.desk;
    let of = |name: &str| element.find(name).map(Element::text).unwrap_or_default();
    let all = |name: &str| {
        element.find("PREAMB").into_iter().flat_map(|head| head.all(name)).map(Element::text).collect::<Vec<_>>()
    };
    let number = desk.numbers.register(&of("FRDOC")).unwrap_or_default();
    let title = [of("SUBJECT"), of("TITLE")].into_iter().find(|title| !title.is_empty()).unwrap_or_default();
    let (agency, sub) = (of("AGENCY"), of("SUBAGY"));
    let authority: Vec<_> = [agency, sub].into_iter().filter(|name| !name.is_empty()).collect();
    let text = element.text_without(&["FTNT", "SIG", "FRDOC", "BILCOD"]);
    let dates = element.find("DATES").or_else(|| element.find("EFFDATE")).map(Element::text).unwrap_or_default();
    let docket = all("DEPDOC").join("; ");
    let action = of("ACT");
    Ok(Draft {
        authority: authority.join("; "),
        country: Some("US".to_owned()),
        label: action.strip_prefix("ACTION:").unwrap_or(&action).trim().to_owned(),
        body: of("SUM"),
        docket: if docket.is_empty() { of("DEPDOC") } else { docket },
        deadline_on: desk.dates.deadline_in(&dates),
        url: (!number.is_empty()).then(|| format!("https://www.federalregister.gov/d/{number}")),
        relates_to: desk.numbers.register_relation(&number, "", &title),
        hs_text: text,
        id: number,
        title: one_line(&title),
        ..Draft::default()
    })
}
