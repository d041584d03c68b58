//! PDF by Typst. A paper travels as a virtual JSON file beside a fixed template: user text is never source text.

mod fonts;
mod world;

use serde::Serialize;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use fonts::Fonts;

use crate::stamp::{BEIJING, Stamp};
use crate::{PaperError, SheetPaper, SummaryPaper};
use world::Desk;

/// Named as the program that made the file.
const CREATOR: &str = "烽燧";

/// What a template gets to see.
#[derive(Serialize)]
struct View<'a, P> {
    fonts: &'a [String],
    heads: Vec<&'a str>,
    foot: Vec<String>,
    facts: Vec<String>,
    paper: &'a P,
    /// Name and note of each part's sum, where the paper has parts.
    sums: Vec<(String, String)>,
}

/// One station's sheet: A4 upright with one score column, on its side with more.
///
/// # Errors
/// [`PaperError::Shape`] where a row has not one figure per layer; [`PaperError::Pdf`] from the typesetter.
pub fn sheet_pdf(paper: &SheetPaper, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let sums = paper.parts.iter().map(|part| (part.sum_name(), part.notes()));
    let view = View {
        fonts: fonts.families(),
        heads: paper.heads(),
        foot: paper.foot(),
        facts: paper.facts(),
        paper,
        sums: sums.collect(),
    };
    typeset("sheet.typ", &view, &paper.printed_at, fonts)
}

/// The province's summary: A4 on its side, heads on every page.
///
/// # Errors
/// [`PaperError::Shape`] where a station has not one figure per group; [`PaperError::Pdf`] from the typesetter.
pub fn summary_pdf(paper: &SummaryPaper, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let view = View {
        fonts: fonts.families(),
        heads: paper.heads(),
        foot: paper.foot_lines(),
        facts: Vec::new(),
        paper,
        sums: Vec::new(),
    };
    typeset("summary.typ", &view, &paper.printed_at, fonts)
}

/// Forgets what Typst remembers of a compilation, however it ended: its cache would grow with every paper.
struct Forget;

impl Drop for Forget {
    fn drop(&mut self) {
        typst::comemo::evict(0);
    }
}

/// Lays a template out with what it gets to see.
///
/// # Errors
/// [`PaperError::Pdf`] from the typesetter.
pub(crate) fn typeset(
    template: &str,
    view: &impl Serialize,
    printed_at: &str,
    fonts: &Fonts,
) -> Result<Vec<u8>, PaperError> {
    let data = serde_json::to_vec(view)?;
    let desk = Desk::new(template, data, fonts)?;
    let _forget = Forget;
    let document: PagedDocument = typst::compile(&desk).output.map_err(refused)?;
    export(&document, Stamp::parse(printed_at))
}

/// PDF/A-2b for the archive where the paper allows it: it must be dated, and every character must have a glyph. A
/// paper with a character no font knows is still worth printing.
fn export(document: &PagedDocument, stamp: Option<Stamp>) -> Result<Vec<u8>, PaperError> {
    let timestamp = stamp.and_then(timestamp);
    if timestamp.is_some() {
        let archival = PdfStandards::new(&[PdfStandard::A_2b]);
        let standards = archival.map_err(|error| PaperError::Pdf(error.message().to_string()))?;
        if let Ok(bytes) = typst_pdf::pdf(document, &options(timestamp, standards)) {
            return Ok(bytes);
        }
    }
    typst_pdf::pdf(document, &options(timestamp, PdfStandards::default())).map_err(refused)
}

fn options(timestamp: Option<Timestamp>, standards: PdfStandards) -> PdfOptions {
    let creator = Smart::Custom(Some(CREATOR.to_owned()));
    PdfOptions { creator, timestamp, standards, ..PdfOptions::default() }
}

fn timestamp(stamp: Stamp) -> Option<Timestamp> {
    let Stamp { year, month, day, hour, minute } = stamp;
    let moment = Datetime::from_ymd_hms(i32::from(year), month, day, hour, minute, 0)?;
    Timestamp::new_local(moment, BEIJING)
}

fn refused(errors: impl IntoIterator<Item = SourceDiagnostic>) -> PaperError {
    let messages: Vec<String> = errors.into_iter().map(|error| error.message.to_string()).collect();
    PaperError::Pdf(messages.join("；"))
}
