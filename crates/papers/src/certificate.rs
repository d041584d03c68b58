//! A station's certificate (Article 8 (4)): A4 on its side, with a code that leads to the public page on its number.

use serde::{Deserialize, Serialize};

use crate::PaperError;
use crate::official::{Faces, faces};
use crate::pdf::{Fonts, typeset};
use crate::qr::QrCode;

/// What stands on a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificatePaper {
    /// What it certifies, e.g. 山东省应对国际贸易摩擦工作站.
    pub title: String,
    pub station: String,
    pub host: String,
    pub number: String,
    pub city: String,
    pub industry: String,
    /// 确认日期, `2025年3月1日`.
    pub since: String,
    /// How the register came by it, where not by a confirmation of its own; else empty.
    #[serde(default)]
    pub note: String,
    /// 发证机关. Its seal is put on by its own system.
    pub issuer: String,
    /// Where anyone checks it; empty where the system has no public address, and no code is drawn then.
    pub check_address: String,
    /// When it was printed, `2026-09-18 10:00`.
    pub printed_at: String,
}

/// What the template gets to see.
#[derive(Serialize)]
struct View<'a> {
    fonts: Faces,
    paper: &'a CertificatePaper,
    code: Option<QrCode>,
}

/// The certificate. The same facts give the same bytes.
///
/// # Errors
/// [`PaperError::Shape`] for an address too long for a code; [`PaperError::Pdf`] from the typesetter.
pub fn certificate_pdf(paper: &CertificatePaper, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let code = if paper.check_address.is_empty() { None } else { Some(QrCode::of(&paper.check_address)?) };
    typeset("certificate.typ", &View { fonts: faces(fonts), paper, code }, &paper.printed_at, fonts)
}
