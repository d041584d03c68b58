//! A document as .docx: the page, the styles and the fonts of GB/T 9704-2012, to be opened and finished in WPS or Word.
//!
//! Fonts stand by their names and are not in the file: those the standard asks for may not be handed on. What the
//! standard leaves to the department stays with it: no number is made up and no seal drawn (ADR 0013).

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::layout::{
    MEASURE, centred, columns, half_characters, issuer_size, lead, signature, table_size, title_lines,
};
use super::{Annex, Block, Document};
use crate::PaperError;
use crate::xml::Xml;

/// What every file has alike; the styles are in `word/styles.xml`.
const PARTS: [(&str, &str); 8] = [
    ("[Content_Types].xml", include_str!("../../templates/docx/content-types.xml")),
    ("_rels/.rels", include_str!("../../templates/docx/rels.xml")),
    ("word/_rels/document.xml.rels", include_str!("../../templates/docx/document-rels.xml")),
    ("word/styles.xml", include_str!("../../templates/docx/styles.xml")),
    ("word/settings.xml", include_str!("../../templates/docx/settings.xml")),
    ("word/fontTable.xml", include_str!("../../templates/docx/font-table.xml")),
    ("word/footer1.xml", include_str!("../../templates/docx/footer1.xml")),
    ("word/footer2.xml", include_str!("../../templates/docx/footer2.xml")),
];
const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CORE: &str = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties";
/// One line of body text.
const LINE: u32 = 560;
/// 附件： and the number behind it, in half characters.
const NOTE: u32 = 6;
const NOTE_NUMBER: u32 = 3;
/// Top of the red head below that of the type area: 35 mm.
const HEAD: u32 = 1_984;
/// One character: in hundredths, and in half characters.
const INSET: (&str, u32) = ("100", 2);

/// The document as .docx. The same document gives the same bytes.
///
/// # Errors
/// [`PaperError::Docx`] when the container cannot be written, which memory running out would do.
pub fn to_docx(document: &Document) -> Result<Vec<u8>, PaperError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // No time of day in the container: the bytes depend on the document alone.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let own = [("word/document.xml", body_part(document)), ("docProps/core.xml", core_part(document))];
    let own = own.iter().map(|(name, text)| (*name, text.as_str()));
    for (name, text) in PARTS.into_iter().chain(own) {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes()).map_err(zip::result::ZipError::from)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn core_part(document: &Document) -> String {
    let names = [("xmlns:cp", CORE), ("xmlns:dc", "http://purl.org/dc/elements/1.1/")];
    let mut xml = Xml::new();
    xml.element("cp:coreProperties", &names, |xml| {
        xml.field("dc:title", &document.title);
        xml.field("dc:creator", if document.signed.is_empty() { &document.issuer } else { &document.signed });
        xml.field("dc:language", "zh-CN");
    });
    xml.finish()
}

fn body_part(document: &Document) -> String {
    let mut xml = Xml::new();
    xml.element("w:document", &[("xmlns:w", WORD), ("xmlns:r", RELATIONS)], |xml| {
        xml.element("w:body", &[], |xml| {
            head(xml, document);
            blocks(xml, &document.body, if document.addressee.is_empty() { LINE } else { 0 });
            annex_note(xml, &document.annexes);
            foot(xml, document);
            for (ix, annex) in document.annexes.iter().enumerate() {
                let number = (document.annexes.len() > 1).then_some(ix + 1);
                annex_pages(xml, annex, number);
            }
            copies(xml, &document.copies);
            section(xml);
        });
    });
    xml.finish()
}

/// A paragraph in a style; `own` adds to the style.
fn paragraph(xml: &mut Xml, style: &str, own: impl FnOnce(&mut Xml), runs: impl FnOnce(&mut Xml)) {
    xml.element("w:p", &[], |xml| {
        xml.element("w:pPr", &[], |xml| {
            xml.leaf("w:pStyle", &[("w:val", style)]);
            own(xml);
        });
        runs(xml);
    });
}

fn plain(xml: &mut Xml, style: &str, text: &str) {
    paragraph(xml, style, |_| {}, |xml| run(xml, text));
}

fn run(xml: &mut Xml, text: &str) {
    xml.element("w:r", &[], |xml| words(xml, text));
}

/// A run of a size of its own, in half points.
fn sized(xml: &mut Xml, size: u32, text: &str) {
    let size = size.to_string();
    xml.element("w:r", &[], |xml| {
        xml.element("w:rPr", &[], |xml| {
            xml.leaf("w:sz", &[("w:val", &size)]);
            xml.leaf("w:szCs", &[("w:val", &size)]);
        });
        words(xml, text);
    });
}

fn words(xml: &mut Xml, text: &str) {
    xml.element("w:t", &[("xml:space", "preserve")], |xml| xml.text(text));
}

fn before(xml: &mut Xml, space: u32) {
    if space > 0 {
        xml.leaf("w:spacing", &[("w:before", &space.to_string())]);
    }
}

/// 版头, title and 主送.
fn head(xml: &mut Xml, document: &Document) {
    let headed = !document.issuer.is_empty();
    if headed {
        marks(xml, document);
        let ruled = document.number.is_empty() && document.signer.is_empty();
        let size = issuer_size(&document.issuer) * 2;
        // The marks stand in the space above, so that the head keeps its place.
        let taken = u32::try_from(document.marks().len()).unwrap_or(0) * LINE;
        let own = |xml: &mut Xml| {
            if ruled {
                red_line(xml);
            }
            if taken > 0 {
                before(xml, HEAD.saturating_sub(taken));
            }
        };
        paragraph(xml, "Issuer", own, |xml| sized(xml, size, &document.issuer));
    }
    if !document.signer.is_empty() {
        upward_number(xml, document);
    } else if !document.number.is_empty() {
        let own = |xml: &mut Xml| {
            if headed {
                red_line(xml)
            }
        };
        paragraph(xml, "Number", own, |xml| run(xml, &document.number));
    }
    // Two lines below the red one; a form without it begins at the top.
    title(xml, "Title", if headed { 2 * LINE } else { 0 }, &document.title);
    if !document.addressee.is_empty() {
        plain(xml, "Addressee", &format!("{}：", document.addressee));
    }
}

/// 份号, 密级和保密期限, 紧急程度: each on a line of its own at the top left of the type area.
fn marks(xml: &mut Xml, document: &Document) {
    for (style, text) in
        [("CopyNumber", &document.copy), ("HeadMark", &document.secrecy), ("HeadMark", &document.urgency)]
    {
        if !text.is_empty() {
            plain(xml, style, text);
        }
    }
}

/// 发文字号 and 签发人 of a document to a higher authority: the number one character from the left, the name, in 楷体,
/// one from the right (7.2.6).
fn upward_number(xml: &mut Xml, document: &Document) {
    let (chars, halves) = INSET;
    let inset = half_characters(halves);
    let own = |xml: &mut Xml| {
        red_line(xml);
        let end = (MEASURE - inset).to_string();
        xml.element("w:tabs", &[], |xml| xml.leaf("w:tab", &[("w:val", "right"), ("w:pos", &end)]));
        xml.leaf("w:ind", &[("w:leftChars", chars), ("w:left", &inset.to_string())]);
        xml.leaf("w:jc", &[("w:val", "left")]);
    };
    paragraph(xml, "Number", own, |xml| {
        run(xml, &document.number);
        xml.element("w:r", &[], |xml| xml.leaf("w:tab", &[]));
        run(xml, "签发人：");
        in_font(xml, "楷体_GB2312", &document.signer);
    });
}

/// A run in a font of its own.
fn in_font(xml: &mut Xml, font: &str, text: &str) {
    xml.element("w:r", &[], |xml| {
        let fonts = ["w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"].map(|script| (script, font));
        xml.element("w:rPr", &[], |xml| xml.leaf("w:rFonts", &fonts));
        words(xml, text);
    });
}

/// 红色分隔线: as wide as the type area, 4 mm below.
fn red_line(xml: &mut Xml) {
    let line = [("w:val", "single"), ("w:sz", "12"), ("w:space", "11"), ("w:color", "FF0000")];
    xml.element("w:pBdr", &[], |xml| xml.leaf("w:bottom", &line));
}

fn title(xml: &mut Xml, style: &str, space: u32, text: &str) {
    let lines = title_lines(text);
    paragraph(
        xml,
        style,
        |xml| before(xml, space),
        |xml| {
            for (ix, line) in lines.iter().enumerate() {
                if ix > 0 {
                    xml.element("w:r", &[], |xml| xml.leaf("w:br", &[]));
                }
                run(xml, line);
            }
        },
    );
}

/// Paragraphs and tables; `space` stands before the first of them.
fn blocks(xml: &mut Xml, body: &[Block], space: u32) {
    for (ix, block) in body.iter().enumerate() {
        let space = if ix == 0 { space } else { 0 };
        match block {
            Block::Heading(level, text) => heading(xml, *level, text, space),
            Block::Text(text) => paragraph(xml, "BodyText", |xml| before(xml, space), |xml| run(xml, text)),
            Block::Table(rows) => {
                if space > 0 {
                    paragraph(xml, "TableEnd", |xml| before(xml, space), |_| {});
                }
                table(xml, rows);
            }
        }
    }
}

/// A heading that goes on as text is a paragraph whose first sentence is in the heading's type.
fn heading(xml: &mut Xml, level: u8, text: &str, space: u32) {
    let (first, rest) = lead(level, text);
    let style = format!("Heading{level}");
    let own = |xml: &mut Xml| before(xml, space);
    if rest.is_empty() {
        paragraph(xml, &style, own, |xml| run(xml, first));
        return;
    }
    let font = if level == 1 { "黑体" } else { "楷体_GB2312" };
    paragraph(xml, "BodyText", own, |xml| {
        in_font(xml, font, first);
        run(xml, rest);
    });
}

/// A ruled table as wide as the type area, its head again on every page.
fn table(xml: &mut Xml, rows: &[Vec<String>]) {
    let widths = columns(rows);
    let centred = centred(rows);
    let size = table_size(widths.len());
    xml.element("w:tbl", &[], |xml| {
        table_properties(xml);
        xml.element("w:tblGrid", &[], |xml| {
            for width in &widths {
                xml.leaf("w:gridCol", &[("w:w", &width.to_string())]);
            }
        });
        for (ix, row) in rows.iter().enumerate() {
            xml.element("w:tr", &[], |xml| {
                xml.element("w:trPr", &[], |xml| {
                    xml.leaf("w:cantSplit", &[]);
                    if ix == 0 {
                        xml.leaf("w:tblHeader", &[]);
                    }
                });
                for ((text, width), centred) in row.iter().zip(&widths).zip(&centred) {
                    cell(xml, text, *width, size, ix == 0, *centred);
                }
            });
        }
    });
    plain(xml, "TableEnd", "");
}

fn table_properties(xml: &mut Xml) {
    xml.element("w:tblPr", &[], |xml| {
        xml.leaf("w:tblW", &[("w:w", &MEASURE.to_string()), ("w:type", "dxa")]);
        xml.leaf("w:jc", &[("w:val", "center")]);
        xml.element("w:tblBorders", &[], |xml| {
            for side in ["w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV"] {
                xml.leaf(side, &[("w:val", "single"), ("w:sz", "4"), ("w:space", "0"), ("w:color", "000000")]);
            }
        });
        xml.leaf("w:tblLayout", &[("w:type", "fixed")]);
        xml.element("w:tblCellMar", &[], |xml| {
            for side in ["w:left", "w:right"] {
                xml.leaf(side, &[("w:w", "80"), ("w:type", "dxa")]);
            }
        });
    });
}

fn cell(xml: &mut Xml, text: &str, width: u32, size: u32, head: bool, centred: bool) {
    xml.element("w:tc", &[], |xml| {
        xml.element("w:tcPr", &[], |xml| {
            xml.leaf("w:tcW", &[("w:w", &width.to_string()), ("w:type", "dxa")]);
            xml.leaf("w:vAlign", &[("w:val", "center")]);
        });
        let own = |xml: &mut Xml| {
            if centred && !head {
                xml.leaf("w:jc", &[("w:val", "center")]);
            }
        };
        paragraph(xml, if head { "TableHead" } else { "TableCell" }, own, |xml| sized(xml, size, text));
    });
}

/// 附件说明: the names of the annexes, one line below the body.
fn annex_note(xml: &mut Xml, annexes: &[Annex]) {
    for (ix, annex) in annexes.iter().enumerate() {
        let (number, wide) =
            if annexes.len() > 1 { (format!("{}．", ix + 1), NOTE_NUMBER) } else { (String::new(), 0) };
        let (first, hanging) = if ix == 0 { ("附件：", NOTE + wide) } else { ("", wide) };
        let left = 4 + NOTE + wide;
        let own = |xml: &mut Xml| {
            before(xml, if ix == 0 { LINE } else { 0 });
            xml.leaf(
                "w:ind",
                &[
                    ("w:leftChars", &(left * 50).to_string()),
                    ("w:left", &half_characters(left).to_string()),
                    ("w:hangingChars", &(hanging * 50).to_string()),
                    ("w:hanging", &half_characters(hanging).to_string()),
                ],
            );
        };
        paragraph(xml, "AnnexNote", own, |xml| run(xml, &format!("{first}{number}{}", annex.title)));
    }
}

/// 落款 and 成文日期, with room for the seal where the document has a red head.
fn foot(xml: &mut Xml, document: &Document) {
    let (signed_in, dated_in) = signature(&document.signed, &document.dated);
    let room = if document.issuer.is_empty() { LINE } else { 2 * LINE };
    if !document.signed.is_empty() {
        right(xml, "Signed", room, signed_in, &document.signed);
    }
    if !document.dated.is_empty() {
        right(xml, "Dated", if document.signed.is_empty() { room } else { 0 }, dated_in, &document.dated);
    }
}

fn right(xml: &mut Xml, style: &str, space: u32, halves: u32, text: &str) {
    let own = |xml: &mut Xml| {
        before(xml, space);
        let (chars, length) = ((halves * 50).to_string(), half_characters(halves).to_string());
        xml.leaf("w:ind", &[("w:rightChars", &chars), ("w:right", &length)]);
    };
    paragraph(xml, style, own, |xml| run(xml, text));
}

fn annex_pages(xml: &mut Xml, annex: &Annex, number: Option<usize>) {
    let mark = number.map_or_else(|| "附件".to_owned(), |number| format!("附件{number}"));
    plain(xml, "AnnexMark", &mark);
    title(xml, "AnnexTitle", 0, &annex.title);
    blocks(xml, &annex.body, LINE);
}

/// 版记 as far as the text has it: 抄送 between two lines at the foot of the last page.
fn copies(xml: &mut Xml, copies: &str) {
    if copies.is_empty() {
        return;
    }
    let width = MEASURE.to_string();
    let own = |xml: &mut Xml| {
        xml.leaf(
            "w:framePr",
            &[
                ("w:w", &width),
                ("w:hSpace", "0"),
                ("w:wrap", "notBeside"),
                ("w:vAnchor", "margin"),
                ("w:hAnchor", "margin"),
                ("w:xAlign", "left"),
                ("w:yAlign", "bottom"),
            ],
        );
        xml.element("w:pBdr", &[], |xml| {
            for side in ["w:top", "w:bottom"] {
                xml.leaf(side, &[("w:val", "single"), ("w:sz", "8"), ("w:space", "1"), ("w:color", "000000")]);
            }
        });
    };
    paragraph(xml, "Copies", own, |xml| run(xml, &format!("抄送：{}。", copies.trim_end_matches('。'))));
    // A frame stands on the page of the paragraph behind it.
    plain(xml, "TableEnd", "");
}

/// The page: A4, 天头 37 mm, 订口 28 mm; page numbers outside, 7 mm below the text. 22 lines of 28 characters come of the
/// body's line pitch and its character spacing: a character grid is read differently by every program.
fn section(xml: &mut Xml) {
    xml.element("w:sectPr", &[], |xml| {
        xml.leaf("w:footerReference", &[("w:type", "default"), ("r:id", "rId4")]);
        xml.leaf("w:footerReference", &[("w:type", "even"), ("r:id", "rId5")]);
        xml.leaf("w:pgSz", &[("w:w", "11906"), ("w:h", "16838")]);
        xml.leaf(
            "w:pgMar",
            &[
                ("w:top", "2098"),
                ("w:right", "1474"),
                ("w:bottom", "1984"),
                ("w:left", "1588"),
                ("w:header", "851"),
                ("w:footer", "1389"),
                ("w:gutter", "0"),
            ],
        );
    });
}
