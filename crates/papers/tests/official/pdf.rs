//! The PDF: read by an interpreter, glyph by glyph, with the place each stands at.

use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use kurbo::{Affine, BezPath, Point, Rect};
use papers::official::{Document, to_pdf};
use papers::{Unread, words_of};

use super::{common, notice, record, upward};

/// A character and where its base line begins, in points from the page's top left corner.
#[derive(Clone, Debug)]
struct Set {
    text: String,
    x: f64,
    y: f64,
}

#[derive(Default)]
struct Page {
    height: f64,
    glyphs: Vec<Set>,
}

impl Page {
    fn text(&self) -> String {
        self.glyphs.iter().map(|set| set.text.as_str()).collect()
    }

    /// Where the text begins that is set in one go.
    #[track_caller]
    fn find(&self, needle: &str) -> &Set {
        let text = self.text();
        let at = text.find(needle).unwrap_or_else(|| panic!("no “{needle}” in {text}"));
        let mut place = 0;
        for set in &self.glyphs {
            if place == at {
                return set;
            }
            place += set.text.len();
        }
        panic!("“{needle}” begins inside a glyph");
    }
}

impl Device<'_> for Page {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'_>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'_>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn draw_glyph(&mut self, glyph: &Glyph<'_>, place: Affine, own: Affine, _: &Paint<'_>, _: &GlyphDrawMode) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => "\u{FFFD}".to_owned(),
        };
        let Point { x, y } = place * own * Point::ZERO;
        self.glyphs.push(Set { text, x, y: self.height - y });
    }
    fn draw_image(&mut self, _: Image<'_, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

fn pdf(document: &Document) -> Vec<u8> {
    to_pdf(document, "2026-09-18 10:00", common::fonts()).expect("laid out")
}

fn pages(bytes: &[u8]) -> Vec<Page> {
    let pdf = Pdf::new(bytes.to_vec()).expect("a PDF");
    let cache = InterpreterCache::new();
    let read = |page| {
        let whole = Rect::new(0.0, 0.0, 600.0, 850.0);
        let mut context = Context::new(Affine::IDENTITY, whole, &cache, pdf.xref(), InterpreterSettings::default());
        let mut read = Page { height: 841.89, ..Page::default() };
        interpret_page(page, &mut context, &mut read);
        read
    };
    pdf.pages().iter().map(read).collect()
}

fn has(pdf: &[u8], needle: &str) -> bool {
    pdf.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[track_caller]
fn near(value: f64, wanted: f64) {
    assert!((value - wanted).abs() < 0.3, "{value} is not {wanted}");
}

#[test]
fn fonts_are_embedded_and_every_character_is_there() {
    let bytes = pdf(&notice());
    assert!(has(&bytes, "/FontFile"), "fonts are embedded");
    assert!(has(&bytes, "pdfaid:part>2<"), "PDF/A: every character has a glyph");
    let text: String = pages(&bytes).iter().map(Page::text).collect();
    let text = text.replace(' ', "");
    let document = notice();
    for said in [&document.issuer, &document.number, &document.title, &document.dated, &document.copies] {
        assert!(text.contains(said.as_str()), "{said}: {text}");
    }
    for said in
        ["为做好年度评估工作", "（一）时间。材料于1月31日24时前报送。", "附件：1．2026年参评", "示例轮胎行业协会"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn the_text_stands_where_the_standard_wants_it() {
    let pages = pages(&pdf(&notice()));
    let first = &pages[0];
    // 主送 flush left at 28 mm; a paragraph two characters in, of 28 on a line.
    near(first.find("各市商务局，有关单位：").x, 79.4);
    let start = first.find("年度评估按照办法");
    near(start.x, 79.4 + 2.0 * 442.2 / 28.0);
    // Two lines of one paragraph are 28 points apart, the second has no indent.
    let line: Vec<&Set> = first.glyphs.iter().filter(|set| (set.y - start.y - 28.0).abs() < 0.3).collect();
    near(line[0].x, 79.4);
    assert_eq!(line.len(), 28, "characters on a line");
}

#[test]
fn what_stands_above_the_head_leaves_it_in_its_place() {
    let (with, without) = (pages(&pdf(&upward())), pages(&pdf(&notice())));
    let (with, without) = (&with[0], &without[0]);
    near(with.find("示例市商务局").y, without.find("示例省商务厅").y);
    let tops = ["000001", "秘密★1年", "特急"].map(|mark| with.find(mark));
    near(tops[1].y - tops[0].y, 28.0);
    near(tops[2].y - tops[1].y, 28.0);
    for mark in tops {
        near(mark.x, 79.4);
    }
    near(with.find("示商×").x, 79.4 + 442.2 / 28.0);
    near(with.find("签发人：").y, with.find("示商×").y);
    assert!(!without.text().contains("签发人"), "not made up");
}

#[test]
fn a_full_page_has_22_lines() {
    let pages = pages(&pdf(&record()));
    assert!(pages.len() > 2, "{} pages", pages.len());
    let mut lines: Vec<i64> = pages[1].glyphs.iter().map(|set| set.y.round() as i64).collect();
    lines.dedup();
    assert_eq!(lines.len(), 22 + 1, "lines and the page number");
}

#[test]
fn page_numbers_stand_outside() {
    let pages = pages(&pdf(&record()));
    for (ix, page) in pages.iter().enumerate() {
        let number = page.find(&format!("— {} —", ix + 1));
        if ix % 2 == 0 {
            assert!(number.x > 460.0, "page {}: right", ix + 1);
        } else {
            near(number.x, 79.4 + 14.0);
        }
        // The dash is 7 mm below the type area, which ends 35 mm above the edge.
        assert!((number.y - (841.89 - 99.2 + 19.84)).abs() < 8.0, "{}", number.y);
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert!(pdf(&notice()) == pdf(&notice()));
}

#[test]
fn user_text_is_never_source_text() {
    let document =
        Document::parse("标题：#panic() $x$\n\n*粗* _斜_ #text [框] \\ <a> @b\n| #a | $b$ |\n").expect("parses");
    let text: String = pages(&pdf(&document)).iter().map(Page::text).collect();
    assert!(text.contains("#panic()") && text.contains("*粗*") && text.contains("$b$"), "{text}");
}

#[test]
fn the_words_of_a_pdf_are_read() {
    let document =
        Document::parse("标题：关于全钢载重轮胎的通知\n\nThe new tyre market in 2027 年度。\n第二段说明情况。\n")
            .expect("parses");
    let bytes = pdf(&document);
    let words = words_of("通知.PDF", &bytes, &|| true).expect("read");
    let joined: String = words.split_whitespace().collect();
    assert!(joined.contains("关于全钢载重轮胎的通知") && joined.contains("第二段说明情况"), "{words}");
    let parted: Vec<&str> = words.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    assert_eq!(parted, ["The", "new", "tyre", "market", "in"], "{words}");
    assert_eq!(words_of("a.pdf", &bytes, &|| false), Err(Unread::Slow));
    // Cut off, it is read as far as it goes or said to be damaged: nothing breaks.
    for end in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
        drop(words_of("a.pdf", &bytes[..end], &|| true));
    }
}
