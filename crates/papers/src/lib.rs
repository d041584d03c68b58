//! Documents from recorded facts: workbooks (.xlsx), official documents (.docx) and PDF.
//!
//! A document is a plain struct of strings and already formatted figures; the server fills it, this crate lays it
//! out. Nothing here reads a clock, draws a random number or asks a database: the same paper gives the same bytes.
//!
//! | paper | what it is | as |
//! |---|---|---|
//! | [`SheetPaper`] | one station's year on the annex of the measures | [`sheet_xlsx`], [`sheet_pdf`] |
//! | [`SummaryPaper`] | the province's ranking of a year | [`summary_xlsx`], [`summary_pdf`] |
//! | [`TablePaper`] | any list; an import template | [`table_xlsx`], [`template_xlsx`] |
//! | [`CertificatePaper`] | a station's certificate | [`certificate_pdf`] |
//! | [`official::Document`] | an official document, GB/T 9704 | page, [`official::to_docx`], [`official::to_pdf`] |
//!
//! [`read_xlsx`] is the way back: an uploaded workbook becomes rows of strings. [`words_of`] reads whatever words a file has,
//! to look it up by.

mod archive;
mod certificate;
mod error;
mod figure;
pub mod official;
mod pdf;
mod qr;
mod read;
mod sheet;
mod stamp;
mod summary;
mod table;
mod xlsx;
mod xml;

pub use archive::{ArchiveRecord, form_of};
pub use certificate::{CertificatePaper, certificate_pdf};
pub use error::PaperError;
pub use pdf::{Fonts, sheet_pdf, summary_pdf};
pub use qr::QrCode;
pub use read::{MAX_BYTES, MAX_CHARACTERS, MAX_COLUMNS, MAX_ROWS, Sheet, Unread, read_xlsx, words_of};
pub use sheet::{GroupPaper, PartPaper, RowPaper, SheetPaper};
pub use summary::{SummaryPaper, SummaryRow};
pub use table::{ColumnPaper, TablePaper};
pub use xlsx::{sheet_xlsx, summary_xlsx, table_xlsx, template_xlsx};
