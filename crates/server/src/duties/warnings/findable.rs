//! Warnings as they are looked up by words: what everyone may read of those that are published and not retracted.

use store::Tx;
use store::duties::{Warning, WarningText};
use store::general::Indexed;

use crate::app::App;
use crate::duties::feeds::shown_code;

/// What a warning is indexed as.
pub const NOUN: &str = "warning";

/// The words of a warning: its title stands apart. `marks` are numbers it is looked for by besides.
fn body(parts: [&str; 7], codes: &str, marks: [&str; 2]) -> String {
    // As people write a code and as it is printed.
    let codes = codes.split(',').filter(|code| !code.is_empty());
    let codes: Vec<String> = codes.map(|code| format!("{code} {}", shown_code(code))).collect();
    // Codes twice are for the index and no sentence to be read: at the end an excerpt seldom shows them.
    [&parts[..], &marks, &[codes.join(" ").as_str()]].concat().join("\n")
}

fn indexed<'t>(warning: &'t Warning, on_day: i64, title: &'t str, body: &'t str) -> Indexed<'t> {
    Indexed {
        noun: NOUN,
        id: warning.id,
        on_day,
        city: &warning.city,
        county: warning.county.as_deref(),
        station: Some(warning.station_id),
        open: true,
        title,
        body,
    }
}

/// Makes a warning findable in the transaction that publishes or corrects it, by its words, its number and its cases.
///
/// # Errors
/// See [`Tx::index_text`].
pub async fn index(
    tx: &mut Tx<'_>,
    warning: &Warning,
    text: &WarningText,
    on_day: i64,
    marks: [&str; 2],
) -> store::Result<()> {
    let WarningText { summary, products, advice, kind, market, industry, source_title, .. } = text;
    let body = body([summary, products, advice, kind, market, industry, source_title], &text.hs_codes, marks);
    tx.index_text(&indexed(warning, on_day, &text.title, &body)).await
}

/// Case numbers of the notice a warning was made of.
///
/// # Errors
/// See [`store::Store::all`].
pub async fn cases(app: &App, warning: &Warning) -> store::Result<String> {
    let Some(notice) = warning.notice_id else { return Ok(String::new()) };
    Ok(app.store.trade_notice(notice).await?.map(|notice| notice.case_numbers.replace(',', " ")).unwrap_or_default())
}

/// The words of a warning on record, with its cases.
pub fn words(warning: &Warning, cases: &str) -> String {
    let Warning { summary, products, advice, kind, market, industry, source_title, .. } = warning;
    let marks = [warning.number.as_deref().unwrap_or_default(), cases];
    body([summary, products, advice, kind, market, industry, source_title], &warning.hs_codes, marks)
}

/// A warning on record as it is indexed, with its words; `None` for one that nobody finds.
pub fn of_row<'t>(warning: &'t Warning, body: &'t str) -> Option<Indexed<'t>> {
    let published = warning.published_at.filter(|_| warning.retracted_at.is_none())?;
    let on = store::day_number(store::day_of(store::instant_from(published)));
    Some(indexed(warning, on, &warning.title, body))
}
