//! Pictures for the sample: a meeting, an office, a page on a screen, each with 示例 across it. Palette PNGs.

use super::luck::Luck;

const WIDTH: usize = 480;
const HEIGHT: usize = 320;

/// Wall, floor, banner, paper, wood, faces, two coats.
type Palette = [[u8; 3]; 8];
const WALL: u8 = 0;
const FLOOR: u8 = 1;
const BANNER: u8 = 2;
const PAPER: u8 = 3;
const WOOD: u8 = 4;
const FACE: u8 = 5;
const COAT: u8 = 6;

#[rustfmt::skip]
const PALETTES: [Palette; 4] = [
    [[226, 232, 238], [168, 148, 120], [188, 32, 40], [246, 248, 252], [120, 84, 56], [214, 178, 148], [48, 62, 92], [92, 104, 96]],
    [[238, 234, 224], [140, 128, 112], [24, 78, 148], [232, 242, 250], [148, 110, 72], [222, 186, 156], [72, 48, 60], [60, 84, 112]],
    [[220, 230, 224], [120, 112, 104], [196, 60, 32], [250, 250, 244], [96, 72, 52], [208, 170, 140], [36, 44, 52], [128, 60, 60]],
    [[232, 228, 236], [156, 140, 128], [20, 112, 96], [240, 246, 250], [132, 96, 64], [218, 182, 152], [56, 56, 88], [88, 88, 88]],
];

/// 示例 in 48 by 20 dots, one row a number, the leftmost dot its highest bit.
#[rustfmt::skip]
const MARK: [u64; 20] = [
    0x0000_0006_0010, 0x07ff_f80d_fe10, 0x07ff_f80c_4110, 0x0000_0018_c110, 0x0000_0018_c110,
    0x0000_0038_fd10, 0x0fff_fc38_fd10, 0x1fff_fe79_8d10, 0x000c_0079_8910, 0x000c_0059_8910,
    0x010c_201b_d910, 0x030c_601a_7910, 0x030c_3018_3110, 0x060c_1818_3110, 0x060c_1818_3110,
    0x0c0c_0c18_6010, 0x180c_0c18_c010, 0x080c_0419_c010, 0x00fc_001b_80f0, 0x0078_0019_00e0,
];
const MARK_WIDTH: usize = 48;

struct Canvas(Vec<u8>);

impl Canvas {
    fn new() -> Canvas {
        Canvas(vec![WALL; WIDTH * HEIGHT])
    }

    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: u8) {
        for row in self.0.chunks_exact_mut(WIDTH).skip(top).take(height) {
            row.iter_mut().skip(left).take(width).for_each(|pixel| *pixel = colour);
        }
    }

    fn disc(&mut self, x: usize, y: usize, radius: usize, colour: u8) {
        for (dy, row) in self.0.chunks_exact_mut(WIDTH).enumerate().skip(y.saturating_sub(radius)).take(2 * radius + 1)
        {
            for (dx, pixel) in row.iter_mut().enumerate().skip(x.saturating_sub(radius)).take(2 * radius + 1) {
                if dx.abs_diff(x).pow(2) + dy.abs_diff(y).pow(2) <= radius * radius {
                    *pixel = colour;
                }
            }
        }
    }

    /// 示例, each dot `dot` pixels wide.
    fn mark(&mut self, left: usize, top: usize, dot: usize, colour: u8) {
        for (y, row) in MARK.iter().enumerate() {
            for x in (0..MARK_WIDTH).filter(|x| row >> (MARK_WIDTH - 1 - x) & 1 == 1) {
                self.fill(left + x * dot, top + y * dot, dot, dot, colour);
            }
        }
    }

    /// Lines of text too small to read.
    fn lines(&mut self, luck: &mut Luck, left: usize, top: usize, width: usize, count: usize) {
        for line in 0..count {
            self.fill(left, top + line * 16, width / 2 + luck.below(width / 2), 4, COAT);
        }
    }
}

/// People before a banner and a screen.
///
/// # Errors
/// Fails when the encoder does, as do the others.
pub fn meeting(luck: &mut Luck, n: usize) -> anyhow::Result<Vec<u8>> {
    let mut canvas = Canvas::new();
    canvas.fill(0, 210, WIDTH, HEIGHT - 210, FLOOR);
    canvas.fill(60, 10, WIDTH - 120, 48, BANNER);
    canvas.mark(96, 14, 2, PAPER);
    for stroke in 0..8 {
        canvas.fill(214 + stroke * 22, 26, 6 + luck.below(10), 14, PAPER);
    }
    let left = 120 + luck.below(60);
    canvas.fill(left, 70, 180, 100, PAPER);
    canvas.lines(luck, left + 14, 84, 150, 5);
    canvas.fill(40 + luck.below(30), 190, 340, 18, WOOD);
    for row in 0..3 {
        for seat in 0..7 - row % 2 {
            let (x, y) = (50 + seat * 62 + row % 2 * 30 + luck.below(8), 232 + row * 34);
            if luck.chance(88) {
                let coat = if luck.chance(50) { COAT } else { COAT + 1 };
                canvas.fill(x - 15, y + 9, 30, 24, coat);
                canvas.disc(x, y, 11, FACE);
            }
        }
    }
    canvas.png(n)
}

/// A desk, shelves and a plate on the wall.
pub fn office(luck: &mut Luck, n: usize) -> anyhow::Result<Vec<u8>> {
    let mut canvas = Canvas::new();
    canvas.fill(0, 240, WIDTH, HEIGHT - 240, FLOOR);
    canvas.fill(150, 28, 180, 60, BANNER);
    canvas.mark(192, 38, 2, PAPER);
    canvas.fill(20, 60, 100, 180, WOOD);
    for shelf in 0..4 {
        for folder in 0..6 {
            let height = 24 + luck.below(8);
            canvas.fill(26 + folder * 15, 100 + shelf * 44 - height, 11, height, COAT + u8::from(luck.chance(50)));
        }
    }
    canvas.fill(180, 200, 260, 14, WOOD);
    for leg in [190, 420] {
        canvas.fill(leg, 214, 10, 70, WOOD);
    }
    let left = 260 + luck.below(40);
    canvas.fill(left, 130, 96, 62, COAT);
    canvas.fill(left + 5, 135, 86, 52, PAPER);
    canvas.lines(luck, left + 10, 144, 66, 3);
    canvas.png(n)
}

/// A column of a website.
pub fn screen(luck: &mut Luck, n: usize) -> anyhow::Result<Vec<u8>> {
    let mut canvas = Canvas::new();
    canvas.fill(0, 0, WIDTH, 52, BANNER);
    canvas.mark(16, 6, 2, PAPER);
    canvas.fill(16, 68, 320, 236, PAPER);
    canvas.lines(luck, 28, 84, 290, 13);
    canvas.fill(352, 68, 112, 110, PAPER);
    canvas.lines(luck, 362, 84, 90, 5);
    canvas.png(n)
}

impl Canvas {
    fn png(&self, n: usize) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, u32::try_from(WIDTH)?, u32::try_from(HEIGHT)?);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(PALETTES[n % PALETTES.len()].concat());
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.0)?;
        writer.finish()?;
        Ok(bytes)
    }
}
