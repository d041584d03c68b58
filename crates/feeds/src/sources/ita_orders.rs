//! US Commerce, list of anti-dumping and countervailing duty orders: case, country, product, customs codes.
//!
//! Format: the AD/CVD orders search of the International Trade Administration
//! (`InternationalTradeAdministration/adcvd_search`, `src/test/adcvd_orders-paper.json`): `{total, results:[…]}`. An
//! order's record has no date; codes are of 8 or 10 digits, mixed.

use crate::draft::Draft;
use crate::json::{Fields, Top, document, offset};
use crate::outcome::{At, Out};
use crate::{Stage, Via};

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    let Some(text) = document(bytes, out) else { return };
    let top = match Top::read(text) {
        Ok(top) => top,
        Err(reason) => return out.refuse(At::Whole, reason),
    };
    let Some(records) = top.records(&["results"]) else {
        return out.refuse(At::Whole, "不是反倾销反补贴令清单：没有 results");
    };
    out.announce(top.count(&["total"]));
    for record in records {
        let made = Fields::read(record.get()).map(|fields| order(&fields));
        out.record(At::In(text, offset(text, record.get())), record.get().as_bytes(), made);
    }
}

fn order(fields: &Fields) -> Draft {
    let (product, country) = (fields.text(&["product"]), fields.text(&["country"]));
    let case = fields.text(&["case_number"]);
    let codes = [fields.joined("hts_numbers", &[]), fields.joined("hts_numbers_raw", &[])];
    Draft {
        id: case.clone(),
        title: if country.is_empty() { product.clone() } else { format!("{product} From {country}") },
        authority: "International Trade Administration".to_owned(),
        country: Some("US".to_owned()),
        label: fields.text(&["commodity"]),
        docket: case,
        target_field: (!country.is_empty()).then_some(country),
        hs_field: codes.into_iter().find(|codes| !codes.is_empty()).unwrap_or_default(),
        hs_via: Some(Via::Field),
        product: Some(product),
        url: Some(fields.text(&["url"])),
        stage: Some(Stage::Order),
        ..Draft::default()
    }
}
