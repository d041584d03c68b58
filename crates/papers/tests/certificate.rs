//! The certificate: on one page, whole, and its code leads where it says.

mod common;

use common::fonts;
use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use kurbo::{Affine, BezPath, Rect, Shape};
use papers::{CertificatePaper, PaperError, certificate_pdf};

fn paper() -> CertificatePaper {
    CertificatePaper {
        title: "示例省应对国际贸易摩擦工作站".to_owned(),
        station: "示例轮胎应对国际贸易摩擦工作站".to_owned(),
        host: "示例轮胎行业协会".to_owned(),
        number: "37-001".to_owned(),
        city: "东营市".to_owned(),
        industry: "轮胎制造".to_owned(),
        since: "2025年3月1日".to_owned(),
        note: String::new(),
        issuer: "示例省商务厅".to_owned(),
        check_address: "https://fengsui.example.cn/public/certificates/37-001".to_owned(),
        printed_at: "2026-09-18 10:00".to_owned(),
    }
}

/// The filled shapes of a page: the squares of the code.
#[derive(Default)]
struct Shapes(Vec<Rect>);

impl Device<'_> for Shapes {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'_>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, path: &BezPath, place: Affine, _: &Paint<'_>, mode: &PathDrawMode) {
        if matches!(mode, PathDrawMode::Fill(_)) {
            self.0.push((place * path.clone()).bounding_box());
        }
    }
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn draw_glyph(&mut self, _: &Glyph<'_>, _: Affine, _: Affine, _: &Paint<'_>, _: &GlyphDrawMode) {}
    fn draw_image(&mut self, _: Image<'_, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// What a telephone reads off the page.
fn scanned(bytes: &[u8]) -> String {
    let pdf = Pdf::new(bytes.to_vec()).expect("a PDF");
    assert_eq!(pdf.pages().len(), 1, "one page");
    let cache = InterpreterCache::new();
    let whole = Rect::new(0.0, 0.0, 850.0, 600.0);
    let mut context = Context::new(Affine::IDENTITY, whole, &cache, pdf.xref(), InterpreterSettings::default());
    let mut shapes = Shapes::default();
    interpret_page(&pdf.pages()[0], &mut context, &mut shapes);
    let all = shapes.0.iter().copied().reduce(|a, b| a.union(b)).expect("squares");
    let square = shapes.0.iter().map(|shape| shape.width()).fold(f64::INFINITY, f64::min);
    let side = (all.width() / square).round() as usize;
    let dark = |column: usize, row: usize| {
        // PDF counts from the foot; one square is looked at in its middle.
        let (x, y) = (all.x0 + (column as f64 + 0.5) * square, all.y1 - (row as f64 + 0.5) * square);
        shapes.0.iter().any(|shape| shape.x0 < x && x < shape.x1 && shape.y0 < y && y < shape.y1)
    };
    let grid = rqrr::Grid::new(rqrr::SimpleGrid::from_func(side, dark));
    grid.decode().expect("a code that reads").1
}

#[test]
fn its_code_leads_to_the_public_page() {
    let bytes = certificate_pdf(&paper(), fonts()).expect("laid out");
    assert_eq!(scanned(&bytes), paper().check_address);
    let has = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(has("/FontFile") && has("pdfaid:part>2<"), "fonts embedded, every character there");
    assert!(bytes == certificate_pdf(&paper(), fonts()).expect("laid out"), "the same facts, the same bytes");
}

#[test]
fn long_names_stay_on_one_page() {
    let long = CertificatePaper { host: "示例".repeat(30), station: "示例工作站".repeat(9), ..paper() };
    assert_eq!(scanned(&certificate_pdf(&long, fonts()).expect("laid out")), paper().check_address);
}

#[test]
fn without_an_address_there_is_no_code_and_one_too_long_is_refused() {
    let none = CertificatePaper { check_address: String::new(), ..paper() };
    assert!(certificate_pdf(&none, fonts()).expect("laid out").starts_with(b"%PDF-"));
    let long = CertificatePaper { check_address: "x".repeat(4000), ..paper() };
    assert!(matches!(certificate_pdf(&long, fonts()), Err(PaperError::Shape(_))));
}
