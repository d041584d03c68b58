//! Official documents as files: .docx to be finished and signed in the department's own system, PDF to be read and
//! kept. What is laid out is the text as it was frozen, so one document is always the same file.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::extract::{Path, Query, State};
use bytes::Bytes;
use papers::PaperError;
use papers::official::{Document, to_docx, to_pdf};
use regulation::general::Verb;
use serde::Deserialize;

use super::papers::visible;
use crate::app::{App, Routes, download};
use crate::auth::Person;
use crate::error::{Fault, Page};
use crate::shell::moment_of;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const PDF: &str = "application/pdf";
/// PDFs kept; more, and all are forgotten.
const KEPT: usize = 64;

pub fn routes() -> Routes {
    Routes::default().get("/general/papers/{id}/document.docx", Verb::ViewPapers, docx).get(
        "/general/papers/{id}/document.pdf",
        Verb::ViewPapers,
        pdf,
    )
}

/// PDFs as laid out: a notice everyone opens is laid out once, not once a visitor.
#[derive(Default)]
pub struct Printed(Mutex<HashMap<(String, i64), Bytes>>);

impl Printed {
    fn get(&self, key: &(String, i64)) -> Option<Bytes> {
        self.0.lock().ok()?.get(key).cloned()
    }

    fn keep(&self, key: (String, i64), pdf: &Bytes) {
        let Ok(mut kept) = self.0.lock() else { return };
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, pdf.clone());
    }
}

/// A frozen text as it is recorded.
pub struct Frozen<'a> {
    pub title: &'a str,
    pub content: &'a str,
    pub sha256: &'a str,
    /// When it was made.
    pub at: i64,
}

/// The text as PDF, dated the minute it was made.
///
/// # Errors
/// Fails when there is no Chinese font, or the text is no document.
pub async fn laid_out(app: &App, frozen: &Frozen<'_>) -> anyhow::Result<Bytes> {
    let key = (frozen.sha256.to_owned(), frozen.at);
    if let Some(kept) = app.printed.get(&key) {
        return Ok(kept);
    }
    let (document, made) = (Document::parse(frozen.content)?, moment_of(frozen.at));
    let pdf = Bytes::from(app.print(move |fonts| to_pdf(&document, &made, fonts)).await?);
    app.printed.keep(key, &pdf);
    Ok(pdf)
}

/// [`laid_out`] as a download.
///
/// # Errors
/// Those of [`laid_out`].
pub async fn pdf_download(app: &App, frozen: &Frozen<'_>) -> Page {
    let pdf = laid_out(app, frozen).await?;
    Ok(download(&format!("{}.pdf", file_name(frozen.title)), PDF, pdf.into()))
}

/// A title as a file's name.
pub fn file_name(title: &str) -> String {
    let fit = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c };
    title.chars().take(80).map(fit).collect()
}

/// What the issuing office adds to the head of the file it finishes; what is recorded stays as it was made. 密级 is not
/// among them: nothing secret is kept here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    copy: String,
    urgency: String,
    signer: String,
}

async fn docx(State(app): State<App>, person: Person, Path(id): Path<i64>, Query(head): Query<Head>) -> Page {
    let paper = visible(&app, &person, id).await?;
    let document = Document::parse(&paper.content)?
        .headed(head.copy.trim(), &head.urgency, head.signer.trim())
        .map_err(|refused| match refused {
            PaperError::Shape(problem) => Fault::Invalid(format!("{problem}。")),
            other => Fault::from(anyhow::Error::from(other)),
        })?;
    let bytes = to_docx(&document)?;
    Ok(download(&format!("{}.docx", file_name(&paper.title)), DOCX, bytes))
}

async fn pdf(State(app): State<App>, person: Person, Path(id): Path<i64>) -> Page {
    let paper = visible(&app, &person, id).await?;
    let frozen = Frozen { title: &paper.title, content: &paper.content, sha256: &paper.sha256, at: paper.made_at };
    pdf_download(&app, &frozen).await
}
