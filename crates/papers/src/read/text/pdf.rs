//! The words of a PDF: its glyphs in the order they are painted, with the breaks their places show.

use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use kurbo::{Affine, BezPath, Point, Rect, Vec2};

use super::{Gathered, MAX_PARTS};

/// The pages are not painted: any paper will do.
const PAPER: Rect = Rect::new(0.0, 0.0, 600.0, 850.0);

pub(super) fn read(bytes: &[u8], gathered: &mut Gathered<'_>) -> Option<()> {
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    let cache = InterpreterCache::new();
    for page in pdf.pages().iter().take(MAX_PARTS) {
        let mut context = Context::new(Affine::IDENTITY, PAPER, &cache, pdf.xref(), InterpreterSettings::default());
        let mut words = Words { gathered: &mut *gathered, last: None };
        interpret_page(page, &mut context, &mut words);
        gathered.push("\n");
        gathered.leave_when_done();
    }
    Some(())
}

/// What a page paints, heard as words.
struct Words<'w, 'g> {
    gathered: &'w mut Gathered<'g>,
    last: Option<Last>,
}

/// The glyph before: what it said, where it began, and where it ended.
struct Last {
    text: String,
    begin: Point,
    end: Point,
    /// How large it was, in the page's measure.
    size: f64,
}

impl Words<'_, '_> {
    fn hear(&mut self, text: String, advance: f64, place: Affine) {
        let (begin, end) = (place * Point::ZERO, place * Point::new(advance, 0.0));
        let size = (place * Point::new(0.0, 1000.0) - begin).hypot();
        if let Some(last) = &self.last {
            // Painted twice, for bold letters or for an outline.
            if last.text == text && (begin - last.begin).hypot() < size * 0.1 {
                return;
            }
            let gap = along(last, begin);
            if gap.y.abs() > last.size.min(size) * 0.5 {
                self.gathered.push("\n");
            } else if gap.x > size * 0.2 || gap.x < -size {
                self.gathered.push(" ");
            }
        }
        self.gathered.push(&text);
        self.last = Some(Last { text, begin, end, size });
    }
}

/// From where the last glyph ended to a point, along its line and across it.
fn along(last: &Last, to: Point) -> Vec2 {
    let line = last.end - last.begin;
    let length = line.hypot();
    let (line, gap) = (if length > 0.0 { line / length } else { Vec2::new(1.0, 0.0) }, to - last.end);
    Vec2::new(gap.dot(line), gap.cross(line))
}

impl Device<'_> for Words<'_, '_> {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'_>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'_>, _: &PathDrawMode) {
        self.gathered.leave_when_done();
    }
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn draw_glyph(&mut self, glyph: &Glyph<'_>, place: Affine, own: Affine, _: &Paint<'_>, _: &GlyphDrawMode) {
        self.gathered.leave_when_done();
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => return,
        };
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width().map_or(1000.0, f64::from),
            Glyph::Type3(_) => 1000.0,
        };
        self.hear(text, advance, place * own);
    }
    fn draw_image(&mut self, _: Image<'_, '_>, _: Affine) {
        self.gathered.leave_when_done();
    }
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
