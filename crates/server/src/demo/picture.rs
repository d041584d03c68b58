//! Pictures for the sample: a room with a banner, a screen and people, in a few colours. Palette PNGs.

use super::luck::Luck;

const WIDTH: usize = 480;
const HEIGHT: usize = 320;

/// Wall, floor, banner, screen, table, heads and two coats.
type Palette = [[u8; 3]; 8];

#[rustfmt::skip]
const PALETTES: [Palette; 4] = [
    [[226, 232, 238], [168, 148, 120], [188, 32, 40], [246, 248, 252], [120, 84, 56], [214, 178, 148], [48, 62, 92], [92, 104, 96]],
    [[238, 234, 224], [140, 128, 112], [24, 78, 148], [232, 242, 250], [148, 110, 72], [222, 186, 156], [72, 48, 60], [60, 84, 112]],
    [[220, 230, 224], [120, 112, 104], [196, 60, 32], [250, 250, 244], [96, 72, 52], [208, 170, 140], [36, 44, 52], [128, 60, 60]],
    [[232, 228, 236], [156, 140, 128], [20, 112, 96], [240, 246, 250], [132, 96, 64], [218, 182, 152], [56, 56, 88], [88, 88, 88]],
];

struct Canvas(Vec<u8>);

impl Canvas {
    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: u8) {
        for row in self.0.chunks_exact_mut(WIDTH).skip(top).take(height) {
            row.iter_mut().skip(left).take(width).for_each(|pixel| *pixel = colour);
        }
    }

    fn disc(&mut self, x: usize, y: usize, radius: usize, colour: u8) {
        for (at, pixel) in self.0.iter_mut().enumerate() {
            let (dx, dy) = ((at % WIDTH).abs_diff(x), (at / WIDTH).abs_diff(y));
            if dx * dx + dy * dy <= radius * radius {
                *pixel = colour;
            }
        }
    }
}

/// A meeting, as a PNG.
///
/// # Errors
/// Fails when the encoder does.
pub fn meeting(luck: &mut Luck, n: usize) -> anyhow::Result<Vec<u8>> {
    let mut canvas = Canvas(vec![0; WIDTH * HEIGHT]);
    canvas.fill(0, 210, WIDTH, HEIGHT - 210, 1);
    canvas.fill(60, 18, WIDTH - 120, 30, 2);
    for stroke in 0..14 {
        canvas.fill(90 + stroke * 22, 26, 6 + luck.below(10), 14, 3);
    }
    let left = 120 + luck.below(60);
    canvas.fill(left, 64, 180, 100, 3);
    for line in 0..5 {
        canvas.fill(left + 14, 78 + line * 16, 60 + luck.below(90), 4, 6);
    }
    canvas.fill(40 + luck.below(30), 190, 340, 18, 4);
    for row in 0..3 {
        for seat in 0..7 - row % 2 {
            let (x, y) = (50 + seat * 62 + row % 2 * 30 + luck.below(8), 232 + row * 34);
            if luck.chance(88) {
                let coat = 6 + u8::try_from(luck.below(2)).unwrap_or_default();
                canvas.fill(x - 15, y + 9, 30, 24, coat);
                canvas.disc(x, y, 11, 5);
            }
        }
    }
    encode(&canvas.0, &PALETTES[n % PALETTES.len()])
}

fn encode(pixels: &[u8], palette: &Palette) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (width, height) = (u32::try_from(WIDTH)?, u32::try_from(HEIGHT)?);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.concat());
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
