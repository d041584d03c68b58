//! Foreign notices as they are looked up by words: by everyone who is signed in and may look at notices, in the language
//! they came in and by the Chinese headline made of them.

use store::Tx;
use store::duties::{NewTradeNotice, TradeNotice};
use store::general::Indexed;

use super::headline;

/// What a notice is indexed as.
pub const NOUN: &str = "notice";

/// The words of a notice: its title stands apart. Codes are given as digits and as they are written with points.
fn body<'c>(headline: &str, parts: [&str; 4], codes: impl Iterator<Item = &'c str>) -> String {
    let mut body = headline.to_owned();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        body.push('\n');
        body.push_str(&part.replace(',', "、"));
    }
    for code in codes {
        body.push('\n');
        body.push_str(code);
        body.push(' ');
        body.push_str(&super::shown_code(code));
    }
    body
}

fn indexed<'t>(id: i64, on_day: i64, title: &'t str, body: &'t str) -> Indexed<'t> {
    Indexed { noun: NOUN, id, on_day, city: "", county: None, station: None, open: false, title, body }
}

/// Makes a notice findable in the transaction that puts it on record or fills it in; one without a day is listed under the
/// day it came.
///
/// # Errors
/// See [`Tx::index_text`]; fails when the readers' tables do.
pub async fn index(tx: &mut Tx<'_>, id: i64, notice: &NewTradeNotice) -> anyhow::Result<()> {
    let headline = headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?;
    let parts = [&notice.product, &notice.authority, &notice.case_numbers, &notice.source_id].map(String::as_str);
    let body = body(&headline, parts, notice.codes.iter().map(|(code, _)| code.as_str()));
    let on_day = notice.published_on.unwrap_or_else(|| store::day_number(store::day_of(tx.instant())));
    Ok(tx.index_text(&indexed(id, on_day, &notice.title, &body)).await?)
}

/// The words of a notice on record.
///
/// # Errors
/// Fails when the readers' tables do.
pub fn words(notice: &TradeNotice, codes: &[String]) -> anyhow::Result<String> {
    let headline = headline(&notice.country, &notice.kind, &notice.stage, &notice.title)?;
    let parts = [&notice.product, &notice.authority, &notice.case_numbers, &notice.source_id].map(String::as_str);
    Ok(body(&headline, parts, codes.iter().map(String::as_str)))
}

/// A notice on record as it is indexed, with its words.
pub fn of_row<'t>(notice: &'t TradeNotice, body: &'t str) -> Indexed<'t> {
    let received = store::day_number(store::day_of(store::instant_from(notice.received_at)));
    indexed(notice.id, notice.published_on.unwrap_or(received), &notice.title, body)
}
