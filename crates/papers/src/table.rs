//! A plain table: the export of a list page, and the template an import starts from.

use serde::{Deserialize, Serialize};

use crate::PaperError;

/// A table of strings under named columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TablePaper {
    /// Title of the list; also names the worksheet.
    pub title: String,
    /// One line under the title (export) or at the top of 填写说明 (template).
    pub note: Option<String>,
    /// The columns from left to right.
    pub columns: Vec<ColumnPaper>,
    /// The rows; in a template they are filled in, so that refused rows can be handed back in the same form.
    pub rows: Vec<Vec<String>>,
}

/// One column of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnPaper {
    /// Head of the column; an import finds the column by it.
    pub name: String,
    /// Width in characters of the worksheet (a Chinese character takes two); 0 for a width by the name.
    pub width: f64,
    /// Figures: written as numbers where they read as numbers. Codes are not numeric.
    pub numeric: bool,
    /// Values to choose from; empty for free text.
    pub drop_down: Vec<String>,
    /// The import refuses a row without it.
    pub required: bool,
    /// What to fill in, for the input message and 填写说明.
    pub hint: Option<String>,
}

impl TablePaper {
    /// There are columns, and no row is wider than they are.
    pub(crate) fn check(&self) -> Result<(), PaperError> {
        if self.columns.is_empty() {
            return Err(PaperError::Shape(format!("“{}”没有列", self.title)));
        }
        let wide = self.columns.len();
        match self.rows.iter().position(|row| row.len() != wide) {
            None => Ok(()),
            Some(at) => Err(PaperError::Shape(format!(
                "“{}”第 {} 行有 {} 格，应有 {wide} 格",
                self.title,
                at + 1,
                self.rows[at].len()
            ))),
        }
    }
}

impl ColumnPaper {
    /// Width in characters: as asked, or wide enough for the name, within reason.
    pub(crate) fn width_or_default(&self) -> f64 {
        let by_name = crate::xlsx::text_width(&self.name) + 4.0;
        if self.width > 0.0 { self.width.min(120.0) } else { by_name.clamp(10.0, 40.0) }
    }
}
