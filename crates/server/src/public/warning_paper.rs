//! 预警 as a document to print and hand on (Article 5(3)): the text in force, laid out like the other papers.

use askama::Template;
use axum::extract::{Path, State};
use papers::official::plain;
use regulation::general::Verb;
use sha2::{Digest as _, Sha256};

use super::warnings::PATH;
use crate::admission::dated;
use crate::app::{App, Routes};
use crate::duties::warnings::{WarningView, address};
use crate::error::{Fault, Page};
use crate::general::documents::{Frozen, pdf_download};

pub fn routes() -> Routes {
    Routes::default().get("/warnings/{id}/document.pdf", Verb::ViewPublic, pdf)
}

#[derive(Template)]
#[template(path = "papers/warning.txt")]
struct WarningPaper {
    title: String,
    view: WarningView,
    dated: String,
    summary: Vec<String>,
    products: String,
    market: String,
    advice: Vec<String>,
    source: String,
    address: String,
}

/// One retracted is no document any more: its page says why.
async fn pdf(State(app): State<App>, Path(id): Path<i64>) -> Page {
    let row = app.store.published_warning(id).await?.filter(|row| row.retracted_at.is_none());
    let row = row.ok_or(Fault::NotFound)?;
    let at = row.corrected_at.or(row.published_at).unwrap_or(row.saved_at);
    let on = store::day_of(store::instant_from(at));
    let view = WarningView::new(&row, app.clock.today());
    let told = [Some(plain(&row.source_title)), view.source_on.as_ref().map(|on| format!("{on} 公布"))];
    let told: Vec<String> = told.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let link = if row.source_url.is_empty() { String::new() } else { format!("网址 {}", plain(&row.source_url)) };
    let paper = WarningPaper {
        title: plain(&row.title),
        dated: dated(on),
        summary: view.summary.iter().map(|line| plain(line)).collect(),
        products: plain(&row.products),
        market: plain(&row.market),
        advice: view.advice.iter().map(|line| plain(line)).collect(),
        source: format!("{}。{link}", told.join("，")),
        address: address(&app, &format!("{PATH}/{id}")),
        view,
    };
    let content = paper.render()?;
    let sha256 = hex::encode(Sha256::digest(content.as_bytes()));
    pdf_download(&app, &Frozen { title: &row.title, content: &content, sha256: &sha256, at }).await
}
