//! The province's summary of a year: every station, its figures, its rank.

use serde::{Deserialize, Serialize};

use crate::PaperError;

/// The summary of a year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryPaper {
    /// Title of the paper.
    pub title: String,
    /// Year of appraisal.
    pub year: i32,
    /// One line under the title, e.g. `参评 97 家，优秀上限 32 家`.
    pub subtitle: String,
    /// Which edition of the measures was applied.
    pub edition_note: String,
    /// When it was printed; see [`crate::SheetPaper::printed_at`].
    pub printed_at: String,
    /// Heads of the group columns, e.g. `机构建设（20）`.
    pub columns: Vec<String>,
    /// The stations, in the order to be printed.
    pub rows: Vec<SummaryRow>,
    /// Lines under the table, e.g. totals by grade.
    pub foot: Vec<String>,
}

/// One station in the summary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// 名次; text where there is none, e.g. `－`.
    pub rank: String,
    /// Number of the station.
    pub station_no: String,
    /// Name of the station.
    pub station: String,
    /// City.
    pub city: String,
    /// Industry.
    pub industry: String,
    /// Points of each group; as many as [`SummaryPaper::columns`].
    pub figures: Vec<String>,
    /// 基础分.
    pub base: String,
    /// 加分.
    pub bonus: String,
    /// 合计.
    pub total: String,
    /// 等次.
    pub grade: String,
}

/// Heads of the columns before the groups.
pub(crate) const BEFORE: [&str; 5] = ["名次", "编号", "工作站", "所属市", "行业"];
/// Heads of the columns after the groups.
pub(crate) const AFTER: [&str; 4] = ["基础分", "加分", "合计", "等次"];

impl SummaryPaper {
    /// All heads from left to right.
    pub(crate) fn heads(&self) -> Vec<&str> {
        let groups = self.columns.iter().map(String::as_str);
        BEFORE.into_iter().chain(groups).chain(AFTER).collect()
    }

    /// The lines under the table, the edition and the day of printing last.
    pub(crate) fn foot_lines(&self) -> Vec<String> {
        let mut last = self.edition_note.clone();
        if !self.printed_at.is_empty() {
            let gap = if last.is_empty() { "" } else { "　" };
            last = format!("{last}{gap}打印时间 {}", self.printed_at);
        }
        let lines = self.foot.iter().cloned().chain([last]);
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// Every station has a figure under every group column.
    pub(crate) fn check(&self) -> Result<(), PaperError> {
        let wide = self.columns.len();
        match self.rows.iter().find(|row| row.figures.len() != wide) {
            None => Ok(()),
            Some(row) => {
                Err(PaperError::Shape(format!("“{}”有 {} 个分项得分，应有 {wide} 个", row.station, row.figures.len())))
            }
        }
    }
}

impl SummaryRow {
    /// All cells from left to right.
    pub(crate) fn cells(&self) -> Vec<&str> {
        let before = [&self.rank, &self.station_no, &self.station, &self.city, &self.industry];
        let after = [&self.base, &self.bonus, &self.total, &self.grade];
        let cells = before.into_iter().chain(&self.figures).chain(after);
        cells.map(String::as_str).collect()
    }
}
