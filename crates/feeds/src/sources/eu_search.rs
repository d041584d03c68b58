//! EUR-Lex search results as JSON: title, CELEX number, date, form, author, text.
//!
//! Format: <https://eur-lex.europa.eu/content/help/data-reuse/webservice.html> names the fields (TI, DN, DD, FM, AU,
//! TE); scrapers add readable names beside them. Titles hold non-breaking spaces and lose spaces before country names.

use crate::cases::System;
use crate::draft::Draft;
use crate::json::{Fields, Top, document, offset};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let Some(text) = document(bytes, out) else { return };
    let top = match Top::read(text) {
        Ok(top) => top,
        Err(reason) => return out.refuse(At::Whole, reason),
    };
    let Some(records) = top.records(&["results", "result", "documents", "items"]) else {
        return out.refuse(At::Whole, "不是 EUR-Lex 检索结果：没有结果列表");
    };
    out.announce(top.count(&["totalhits", "total", "count"]));
    for record in records {
        let made = Fields::read(record.get()).and_then(|fields| hit(&fields, out));
        out.record(At::In(text, offset(text, record.get())), record.get().as_bytes(), made);
    }
}

fn hit(fields: &Fields, out: &Out<'_>) -> Result<Draft, String> {
    let desk = out.desk;
    let given = fields.text(&["DN", "document_number", "celex"]);
    let celex = desk.numbers.celex(&given).or_else(|| desk.numbers.celex(&fields.text(&["eurlex_url", "url"])));
    let celex = celex.ok_or("没有 CELEX 编号")?;
    let title = desk.titles.tidy(&fields.text(&["TI", "title"]));
    Ok(Draft {
        published_on: desk.dates.field(&fields.text(&["DD", "publication_date", "date"]), DateOrder::DayFirst)?,
        authority: fields.text(&["AU", "author"]),
        country: Some("EU".to_owned()),
        system: System::EuropeanUnion,
        hs_text: fields.text(&["text", "TE"]),
        url: Some(fields.text(&["eurlex_url", "url"])),
        relates_to: desk.numbers.european_relation(&celex, &title),
        id: celex,
        title,
        ..Draft::default()
    })
}
