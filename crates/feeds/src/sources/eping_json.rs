//! WTO ePing, answers of the notification search.
//!
//! Format: <https://apiportal.wto.org/> (ePing API, `GET /eping/notifications/search`). The envelope differs between
//! readers of it (`items`, `notifications`, `data`, …); members are names or objects; titles may hold mark-up.

use crate::draft::Draft;
use crate::json::{Fields, Top, document, offset};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::text::without_tags;
use crate::{Kind, Stage, Via};

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let Some(text) = document(bytes, out) else { return };
    let top = match Top::read(text) {
        Ok(top) => top,
        Err(reason) => return out.refuse(At::Whole, reason),
    };
    if let Some(records) = top.records(&["items", "notifications", "rows", "data", "results", "content"]) {
        out.announce(top.count(&["totalCount", "total", "count"]));
        for record in records {
            let made = Fields::read(record.get()).and_then(|fields| notification(&fields, out));
            out.record(At::In(text, offset(text, record.get())), record.get().as_bytes(), made);
        }
    } else if top.member("documentSymbol").is_some() {
        let made = std::str::from_utf8(text).map_err(|_| "不是 UTF-8".to_owned()).and_then(Fields::read);
        let made = made.and_then(|fields| notification(&fields, out));
        out.record(At::Whole, bytes, made);
    } else if let Some(message) = top.member("message").or(top.member("error")) {
        out.refuse(At::Whole, format!("来源答复错误：{}", crate::text::cut(message.get(), 200)));
    } else {
        out.refuse(At::Whole, "不是 ePing 通报清单");
    }
}

fn notification(fields: &Fields, out: &Out<'_>) -> Result<Draft, String> {
    let row = Row {
        symbol: fields.text(&["documentSymbol", "symbol", "document_symbol"]),
        member: fields.joined("notifyingMember", &["name", "shortName", "code"]),
        title: without_tags(&fields.text(&["titlePlain", "title", "titleEnglish", "description"])),
        products: without_tags(
            &[fields.text(&["productsFreeTextPlain", "productsFreeText"]), fields.joined("products", &["name"])]
                .join(" "),
        ),
        codes: fields.joined("hsCodes", &["code", "hsCode", "name", "id"]),
        distributed: fields.text(&["distributionDate", "date"]),
        closes: fields.text(&["commentDeadlineDate", "finalDateForComments", "finalDate"]),
        kind: fields.joined("notificationType", &["name"]),
        url: [
            fields.text(&["linkToNotification", "notifiedDocumentLink", "url"]),
            fields.joined("notifiedDocumentLink", &["url", "href"]),
        ]
        .into_iter()
        .find(|url| !url.is_empty()),
    };
    row.draft(out, false)
}

/// A notification's fields, from the API or from the workbook.
pub(super) struct Row {
    pub(super) symbol: String,
    pub(super) member: String,
    pub(super) title: String,
    pub(super) products: String,
    pub(super) codes: String,
    pub(super) distributed: String,
    pub(super) closes: String,
    pub(super) kind: String,
    pub(super) url: Option<String>,
}

impl Row {
    /// `serial`: days may be a worksheet's day numbers.
    pub(super) fn draft(self, out: &Out<'_>, serial: bool) -> Result<Draft, String> {
        let desk = out.desk;
        if self.symbol.trim().is_empty() {
            return Err("没有文件编号（Document symbol）".to_owned());
        }
        let mut symbols = desk.numbers.symbols(&self.symbol).into_iter();
        let symbol = symbols
            .next()
            .ok_or_else(|| format!("“{}”不是 TBT 或 SPS 通报编号", crate::text::cut(self.symbol.trim(), 60)))?;
        let member = self.member.trim();
        let country = desk.countries.of_field(member).or_else(|| desk.countries.by_iso(&symbol.member));
        let day = |text: &str| match crate::dates::serial(text).filter(|_| serial) {
            Some(day) => Ok(Some(day)),
            None => desk.dates.field(text, DateOrder::DayFirst),
        };
        let corrects = symbol.relation.as_ref().is_some_and(|relation| relation.how == crate::How::Corrects);
        Ok(Draft {
            title: if self.title.trim().is_empty() { symbol.written.clone() } else { self.title },
            published_on: day(&self.distributed)?,
            authority: if member.is_empty() { symbol.member.clone() } else { member.to_owned() },
            country: country.map(str::to_owned),
            label: self.kind,
            // A measure notified is directed at whoever sells the goods: no country is named.
            target_field: Some(String::new()),
            hs_field: self.codes,
            hs_via: Some(Via::Field),
            hs_text: self.products.clone(),
            product: Some(self.products),
            // Members also write “60 days from notification” here: no day, and no reason to refuse.
            deadline_on: day(&self.closes).unwrap_or_default(),
            url: self.url,
            kind: Some(if symbol.sanitary { Kind::Sps } else { Kind::Tbt }),
            stage: Some(if corrects { Stage::Correction } else { Stage::Notification }),
            symbols: symbols.map(|symbol| symbol.written).collect(),
            relates_to: symbol.relation,
            id: symbol.written,
            ..Draft::default()
        })
    }
}
