//! A document as PDF, by the same figures as the .docx.
//!
//! A PDF carries its fonts, so it is set in free ones: what the standard asks for may not be handed on. 仿宋 becomes
//! FandolFang or 朱雀仿宋 where the machine has one, else the serif the other papers are set in; 楷体 becomes FandolKai,
//! 霞鹜文楷 or AR PL UKai, else the bold serif, so that the second level still tells itself from the text; 小标宋 is the
//! bold serif, 黑体 the sans-serif. The file to be edited and signed is the .docx, which names the true fonts.

use serde::Serialize;

use super::layout::{MEASURE, centred, columns, issuer_size, lead, signature, table_size, title_lines};
use super::{Annex, Block, Document};
use crate::PaperError;
use crate::pdf::{Fonts, typeset};

const FANGSONG: [&str; 3] = ["FandolFang", "Zhuque Fangsong (technical preview)", "朱雀仿宋（预览测试版）"];
const KAI: [&str; 5] = ["FandolKai", "LXGW WenKai GB", "LXGW WenKai", "霞鹜文楷", "AR PL UKai CN"];
const HEI: [&str; 8] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "思源黑体",
    "FandolHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
];

/// What the template gets to see.
#[derive(Serialize)]
struct View<'a> {
    fonts: Faces,
    title: &'a str,
    copy: &'a str,
    /// 密级 and 紧急程度, in 黑体.
    marks: Vec<&'a str>,
    issuer: &'a str,
    issuer_size: u32,
    number: &'a str,
    signer: &'a str,
    title_lines: Vec<String>,
    addressee: &'a str,
    body: Vec<BlockView<'a>>,
    notes: Vec<String>,
    signed: &'a str,
    signed_in: u32,
    dated: &'a str,
    dated_in: u32,
    annexes: Vec<AnnexView<'a>>,
    copies: &'a str,
}

/// The families of each type, best first.
#[derive(Serialize)]
pub(crate) struct Faces {
    song: Vec<String>,
    fangsong: Vec<String>,
    kai: Vec<String>,
    /// Whether `kai` is one.
    has_kai: bool,
    hei: Vec<String>,
}

#[derive(Serialize)]
struct AnnexView<'a> {
    mark: String,
    title_lines: Vec<String>,
    body: Vec<BlockView<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "is", rename_all = "lowercase")]
enum BlockView<'a> {
    Heading {
        level: u8,
        first: &'a str,
        rest: &'a str,
    },
    Text {
        text: &'a str,
    },
    Table {
        /// In points.
        size: f64,
        /// Shares of the measure.
        columns: Vec<f64>,
        centred: Vec<bool>,
        rows: &'a [Vec<String>],
    },
}

/// The document as PDF/A. `made` is when it was made, `2026-09-18 10:00`, and dates the file: the same document of the
/// same minute gives the same bytes.
///
/// # Errors
/// [`PaperError::Pdf`] from the typesetter.
pub fn to_pdf(document: &Document, made: &str, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let (signed_in, dated_in) = signature(&document.signed, &document.dated);
    let numbered = document.annexes.len() > 1;
    let mark = |ix: usize| if numbered { format!("附件{}", ix + 1) } else { "附件".to_owned() };
    let note = |(ix, annex): (usize, &Annex)| match numbered {
        true => format!("{}．{}", ix + 1, annex.title),
        false => annex.title.clone(),
    };
    let view = View {
        fonts: faces(fonts),
        title: &document.title,
        copy: &document.copy,
        marks: [document.secrecy.as_str(), &document.urgency].into_iter().filter(|mark| !mark.is_empty()).collect(),
        issuer: &document.issuer,
        issuer_size: issuer_size(&document.issuer),
        number: &document.number,
        signer: &document.signer,
        title_lines: title_lines(&document.title),
        addressee: &document.addressee,
        body: document.body.iter().map(block).collect(),
        notes: document.annexes.iter().enumerate().map(note).collect(),
        signed: &document.signed,
        signed_in,
        dated: &document.dated,
        dated_in,
        annexes: document.annexes.iter().enumerate().map(|(ix, annex)| annex_view(annex, mark(ix))).collect(),
        copies: document.copies.trim_end_matches('。'),
    };
    typeset("official.typ", &view, made, fonts)
}

/// The families to set official papers in.
pub(crate) fn faces(fonts: &Fonts) -> Faces {
    Faces {
        song: fonts.families().to_vec(),
        fangsong: fonts.preferring(&FANGSONG),
        kai: fonts.preferring(&KAI),
        has_kai: fonts.has_any(&KAI),
        hei: fonts.preferring(&HEI),
    }
}

fn annex_view(annex: &Annex, mark: String) -> AnnexView<'_> {
    AnnexView { mark, title_lines: title_lines(&annex.title), body: annex.body.iter().map(block).collect() }
}

fn block(block: &Block) -> BlockView<'_> {
    match block {
        Block::Heading(level, text) => {
            let (first, rest) = lead(*level, text);
            BlockView::Heading { level: *level, first, rest }
        }
        Block::Text(text) => BlockView::Text { text },
        Block::Table(rows) => {
            let widths = columns(rows);
            BlockView::Table {
                size: f64::from(table_size(widths.len())) / 2.0,
                columns: widths.into_iter().map(|width| f64::from(width) / f64::from(MEASURE)).collect(),
                centred: centred(rows),
                rows,
            }
        }
    }
}
