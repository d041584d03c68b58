//! European Commission, trade-defence cases: the ongoing list, one case's details, the search's answer.
//!
//! Format: `https://tron.trade.ec.europa.eu/investigations/api/eucase/…` as its own pages use it; there is no published
//! description, the fields are those that independent readers of it name. Dates are `dd Month yyyy` or “Not
//! applicable”. A case that is absent from the list need not be closed.

use serde_json::Value;

use crate::cases::System;
use crate::draft::Draft;
use crate::json::{Fields, Top, document, offset};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::text::folded;

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let Some(text) = document(bytes, out) else { return };
    let top = match Top::read(text) {
        Ok(top) => top,
        Err(reason) => return out.refuse(At::Whole, reason),
    };
    if let Some(records) = top.records(&["content", "results", "cases", "items", "data"]) {
        out.announce(top.count(&["totalElements", "total", "count"]));
        for record in records {
            let made = Fields::read(record.get()).map(|fields| case(&fields, out));
            out.record(At::In(text, offset(text, record.get())), record.get().as_bytes(), made);
        }
    } else if ["caseNumber", "caseInitId", "shortName"].iter().any(|name| top.member(name).is_some()) {
        let made = std::str::from_utf8(text).map_err(|_| "不是 UTF-8".to_owned()).and_then(Fields::read);
        let made = made.map(|fields| case(&fields, out));
        out.record(At::Whole, bytes, made);
    } else {
        out.refuse(At::Whole, "不是欧盟贸易救济案件清单");
    }
}

fn case(fields: &Fields, out: &Out<'_>) -> Draft {
    let number = fields.text(&["caseNumber"]);
    let number = if number.is_empty() { fields.joined("relatedCases", &["caseNumber"]) } else { number };
    let id = fields.text(&["id", "caseInitId"]);
    let countries = fields.joined("caseCountries", &["countryName", "name"]);
    let label =
        [fields.text(&["caseType"]), fields.text(&["caseCategory", "category"]), fields.text(&["articleOfToc"])];
    let label: Vec<_> = label.into_iter().filter(|part| !part.is_empty()).collect();
    let name = fields.text(&["shortName"]);
    let suffix = if countries.is_empty() { String::new() } else { format!(" originating in {countries}") };
    let first = number.split(", ").next().unwrap_or_default().replace(' ', "");
    Draft {
        title: if name.is_empty() { String::new() } else { format!("{name}{suffix}") },
        authority: "European Commission".to_owned(),
        country: Some("EU".to_owned()),
        label: with_law(&label.join("; "), &first, fields),
        docket: number.clone(),
        system: System::EuropeanUnion,
        target_field: (!countries.is_empty()).then_some(countries),
        product: Some(name),
        deadline_on: comments_due(fields, out),
        url: (!id.is_empty()).then(|| format!("https://tron.trade.ec.europa.eu/investigations/case-view?caseId={id}")),
        id: if first.is_empty() { id } else { first },
        ..Draft::default()
    }
}

/// The law a case number tells where the words do not: AD is anti-dumping, AS anti-subsidy.
/// A review's number, `R901`, tells none: the other fields may, by its name, its regulation or the case it follows.
fn with_law(label: &str, number: &str, fields: &Fields) -> String {
    let law = match number {
        number if number.starts_with("AD") => "anti-dumping proceeding",
        number if number.starts_with("AS") => "anti-subsidy proceeding",
        number if number.starts_with('R') => law_of(fields),
        _ => "",
    };
    if law.is_empty() {
        return label.to_owned();
    }
    if label.is_empty() { law.to_owned() } else { format!("{label}; {law}") }
}

fn law_of(fields: &Fields) -> &'static str {
    let whole = folded(&fields.whole());
    let related = fields.joined("relatedCases", &["caseNumber"]);
    let related = |law: &str| related.split(", ").any(|number| number.starts_with(law));
    let any = |words: &[&str]| words.iter().any(|word| whole.contains(word));
    let dumping = any(&["antidumping", "2016/1036"]) || related("AD");
    let subsidy = any(&["antisubsidy", "countervailing", "2016/1037"]) || related("AS");
    match (dumping, subsidy) {
        (true, true) => "anti-dumping; anti-subsidy",
        (true, false) => "anti-dumping",
        (false, true) => "anti-subsidy",
        (false, false) => "",
    }
}

/// Comments on the final disclosure, else on the first one: the only days of a timetable that bind parties.
fn comments_due(fields: &Fields, out: &Out<'_>) -> Option<jiff::civil::Date> {
    let timetable = fields.value("timetable").and_then(Value::as_object);
    ["returnCMTSFinalDisc", "returnCMTSDisc"].iter().find_map(|name| {
        let nested = timetable.and_then(|timetable| timetable.get(*name)).map(crate::json::plain);
        let text = Some(fields.text(&[name])).filter(|text| !text.is_empty()).or(nested)?;
        out.desk.dates.day(&text, DateOrder::DayFirst)
    })
}
