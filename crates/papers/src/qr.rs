//! A QR code as squares, for papers and pages.

use qrcode::{Color, EcLevel};
use serde::Serialize;

use crate::PaperError;

/// A QR code as rows of dark squares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QrCode {
    /// Squares on a side.
    pub side: usize,
    /// Column, row and length of every run of dark squares.
    pub runs: Vec<(usize, usize, usize)>,
}

impl QrCode {
    /// The code of an address. A quarter of it may be scratched or sealed over.
    ///
    /// # Errors
    /// [`PaperError::Shape`] for an address too long for a code.
    pub fn of(address: &str) -> Result<QrCode, PaperError> {
        let code = qrcode::QrCode::with_error_correction_level(address, EcLevel::Q)
            .map_err(|_| PaperError::Shape(format!("网址过长，不能制成二维码：{address}")))?;
        let side = code.width();
        let colors = code.into_colors();
        let mut runs = Vec::new();
        for (row, squares) in colors.chunks(side).enumerate() {
            let mut column = 0;
            for run in squares.chunk_by(|a, b| a == b) {
                if run.first() == Some(&Color::Dark) {
                    runs.push((column, row, run.len()));
                }
                column += run.len();
            }
        }
        Ok(QrCode { side, runs })
    }

    /// The dark squares as the path of an SVG, one unit a square.
    pub fn path(&self) -> String {
        self.runs.iter().map(|(column, row, length)| format!("M{column} {row}h{length}v1h-{length}z")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_covers_the_dark_squares() {
        let code = QrCode { side: 3, runs: vec![(0, 0, 2), (1, 2, 1)] };
        assert_eq!(code.path(), "M0 0h2v1h-2zM1 2h1v1h-1z");
        let of_page = QrCode::of("https://yj.example.cn/warnings/1").expect("a code");
        assert!(of_page.side >= 21 && of_page.runs.first() == Some(&(0, 0, 7)), "the corner's bar comes first");
        assert!(QrCode::of(&"x".repeat(3000)).is_err());
    }
}
