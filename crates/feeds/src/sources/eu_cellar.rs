//! EU Publications Office, CELLAR notices of a document, XML or JSON.
//!
//! Format: <https://op.europa.eu/en/web/cellar/cellar-data/metadata/metadata-notices>
//! (`op-cellar-git/eurlex-xml-format`). One `NOTICE` of type object, branch, tree or index holds a `WORK`, an
//! `EXPRESSION` (a language) or both. The JSON repeats names inside one object where the XML repeats elements. A work's
//! notice may have no title of its own: then the title of its consolidated text stands for it.

use jiff::civil::Date;

use crate::cases::System;
use crate::draft::Draft;
use crate::json::{Tree, document, unreadable};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::xml::{Element, decoded, records, tree};

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).iter().find(|b| !b.is_ascii_whitespace());
    if start == Some(&b'<') { read_xml(bytes, out) } else { read_json(bytes, out) }
}

fn read_xml(bytes: &[u8], out: &mut Out<'_>) {
    let text = decoded(bytes);
    let found: Vec<_> = records(&text, &["NOTICE"]).collect();
    if found.is_empty() {
        return out.refuse(At::Whole, "不是 CELLAR 通知：没有 NOTICE");
    }
    let alone = found.len() == 1;
    for record in found {
        let at = At::In(text.as_bytes(), record.offset);
        match record.text {
            Ok(raw) => {
                let made = tree(raw).and_then(|notice| document_of(&notice, out));
                out.record(at, if alone { bytes } else { raw.as_bytes() }, made);
            }
            Err(reason) => out.refuse(at, reason),
        }
    }
}

fn read_json(bytes: &[u8], out: &mut Out<'_>) {
    let Some(text) = document(bytes, out) else { return };
    let made = match serde_json::from_slice::<Tree>(text) {
        Ok(Tree(top)) => match top.child("NOTICE") {
            Some(notice) => document_of(notice, out),
            None => Err("不是 CELLAR 通知：没有 NOTICE".to_owned()),
        },
        Err(error) => Err(unreadable(&error)),
    };
    out.record(At::Whole, bytes, made);
}

fn document_of(notice: &Element, out: &Out<'_>) -> Result<Draft, String> {
    let desk = out.desk;
    let (work, expression) = (notice.child("WORK"), expression(notice));
    let celex = [work, expression]
        .into_iter()
        .flatten()
        .find_map(|part| desk.numbers.celex(&identifier(part, "celex")?))
        .or_else(|| desk.numbers.celex(&value(work?, "RESOURCE_LEGAL_ID_CELEX")?))
        .ok_or("没有 CELEX 编号")?;
    let title = title(work, expression);
    let published_on = [work, expression].into_iter().flatten().find_map(|part| published(part, out));
    Ok(Draft {
        authority: author(work).unwrap_or_else(|| "European Union".to_owned()),
        country: Some("EU".to_owned()),
        system: System::EuropeanUnion,
        published_on,
        url: Some(format!("https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{celex}")),
        relates_to: desk.numbers.european_relation(&celex, &title),
        id: celex,
        hs_text: title.clone(),
        title,
        ..Draft::default()
    })
}

/// The expression, beside the work or inside it: English where a notice holds several.
fn expression(notice: &Element) -> Option<&Element> {
    let holders = || std::iter::once(notice).chain(notice.child("WORK"));
    let english = |expression: &&Element| {
        let language = expression.child("EXPRESSION_USES_LANGUAGE").and_then(|language| language.child("IDENTIFIER"));
        language.is_some_and(|language| language.text() == "ENG")
    };
    holders()
        .find_map(|holder| holder.all("EXPRESSION").find(english))
        .or_else(|| holders().find_map(|holder| holder.child("EXPRESSION")))
}

/// The identifier of a type, from the URI or its equivalents; an expression names its work's too.
fn identifier(part: &Element, kind: &str) -> Option<String> {
    let of = |holder: &Element| {
        let uri = holder.child("URI")?;
        (uri.child("TYPE")?.text() == kind).then(|| uri.child("IDENTIFIER").map(Element::text)).flatten()
    };
    std::iter::once(part).chain(part.all("SAMEAS")).find_map(of)
}

fn value(part: &Element, name: &str) -> Option<String> {
    part.child(name)?.child("VALUE").map(Element::text).filter(|value| !value.is_empty())
}

fn title(work: Option<&Element>, expression: Option<&Element>) -> String {
    let own = [expression, work]
        .into_iter()
        .flatten()
        .find_map(|part| value(part, "EXPRESSION_TITLE").or_else(|| value(part, "TITLE")));
    let consolidated = || {
        let text = work?.child("RESOURCE_LEGAL_BASIS_FOR_ACT_CONSOLIDATED")?;
        text.find("EXPRESSION_TITLE")?.child("VALUE").map(Element::text)
    };
    own.or_else(consolidated).unwrap_or_default()
}

/// The day of publication, as far as a notice tells: in the Official Journal, else when the document was loaded from
/// it, else its own date.
fn published(part: &Element, out: &Out<'_>) -> Option<Date> {
    let names = [
        "RESOURCE_LEGAL_DATE_PUBLICATION",
        "OFFICIAL-JOURNAL-ACT_DATE_PUBLICATION",
        "DATE_PUBLICATION",
        "DATE_CREATION_LEGACY",
        "WORK_DATE_DOCUMENT",
        "DATE_DOCUMENT",
        "CREATIONDATE",
    ];
    names.iter().find_map(|name| out.desk.dates.day(&value(part, name)?, DateOrder::DayFirst))
}

fn author(work: Option<&Element>) -> Option<String> {
    let work = work?;
    let names = ["WORK_CREATED_BY_AGENT", "CREATED_BY"];
    names.iter().find_map(|name| work.child(name)?.child("PREFLABEL").map(Element::text))
}
