//! One station's annual sheet, laid out as the annex of the measures.

use serde::{Deserialize, Serialize};

use crate::PaperError;

/// One station's annual sheet. Wording is the edition's, verbatim; figures are formatted by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetPaper {
    /// The annex's title, verbatim from the edition.
    pub title: String,
    /// Name of the station.
    pub station: String,
    /// Number of the station in the province's list.
    pub station_no: String,
    /// 承办单位.
    pub host: String,
    /// City the station lies in; empty for one the province runs itself.
    pub city: String,
    /// Year of appraisal.
    pub year: i32,
    /// Which edition of the measures was applied, e.g. `规则版本：征求意见稿`.
    pub edition_note: String,
    /// When it was printed, `YYYY-MM-DD` or `YYYY-MM-DD HH:MM` Beijing time; any other text is printed as it stands.
    pub printed_at: String,
    /// Names of the score columns. One: the column is headed 得分, as in the annex. More: by these names.
    pub layers: Vec<String>,
    /// 基础分项, 加分项.
    pub parts: Vec<PartPaper>,
    /// Points attainable in all.
    pub total_max: String,
    /// Total of each layer.
    pub totals: Vec<String>,
    /// 等次, once there is one.
    pub grade: Option<String>,
    /// What the result's record says besides, one line each, e.g. why the station was not checked on site.
    pub remarks: Vec<String>,
    /// A reservation such as `暂计，非评定结果`; a small line under the title.
    pub watermark: Option<String>,
}

/// 基础分项 or 加分项.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartPaper {
    /// Name in the annex.
    pub name: String,
    /// The cap as the annex words it, e.g. `（100分）`.
    pub cap_text: String,
    /// Points attainable, as a figure.
    pub max: String,
    /// The groups, in the annex's order.
    pub groups: Vec<GroupPaper>,
    /// Sum of each layer, caps applied.
    pub subtotal: Vec<String>,
}

/// A group of rows under one name, e.g. 机构建设.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPaper {
    /// Name in the annex.
    pub name: String,
    /// The cap as the annex words it.
    pub cap_text: String,
    /// The rows, in the annex's order.
    pub rows: Vec<RowPaper>,
    /// Printed beside the part's sum, e.g. `三行合计 17.3，按上限计 10.0`.
    pub note: Option<String>,
}

/// One row of the annex.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPaper {
    /// 具体工作.
    pub work: String,
    /// 分值; empty where the annex leaves it empty.
    pub value: String,
    /// 评分标准.
    pub criteria: String,
    /// Points of each layer; `－` where the layer does not assess this row.
    pub points: Vec<String>,
}

impl SheetPaper {
    /// Heads of the score columns: 得分 for one layer, as the annex has it.
    pub(crate) fn heads(&self) -> Vec<&str> {
        match self.layers.as_slice() {
            [_] => vec!["得分"],
            layers => layers.iter().map(String::as_str).collect(),
        }
    }

    /// Whose sheet this is, one fact after the other; empty facts are left out.
    pub(crate) fn facts(&self) -> Vec<String> {
        let station = match self.station_no.as_str() {
            "" => self.station.clone(),
            number => format!("{}（编号 {number}）", self.station),
        };
        let facts = [
            ("工作站", station),
            ("承办单位", self.host.clone()),
            ("所属市", self.city.clone()),
            ("评估年度", format!("{}年", self.year)),
        ];
        let known = facts.into_iter().filter(|(_, fact)| !fact.is_empty());
        known.map(|(name, fact)| format!("{name}：{fact}")).collect()
    }

    /// The lines under the table: what the record says besides, edition, reading aid, day of printing.
    pub(crate) fn foot(&self) -> Vec<String> {
        let mut foot = self.remarks.clone();
        foot.push(self.edition_note.clone());
        if self.has_unassessed() {
            foot.push("“－”表示该层不评此行".to_owned());
        }
        if !self.printed_at.is_empty() {
            foot.push(format!("打印时间 {}", self.printed_at));
        }
        foot.retain(|line| !line.is_empty());
        foot
    }

    fn has_unassessed(&self) -> bool {
        let groups = self.parts.iter().flat_map(|part| &part.groups);
        let mut points = groups.flat_map(|group| &group.rows).flat_map(|row| &row.points);
        points.any(|point| point == "－")
    }

    /// Every row has a figure for every layer, and nothing is empty that must be merged over.
    pub(crate) fn check(&self) -> Result<(), PaperError> {
        let layers = self.layers.len();
        if layers == 0 {
            return Err(PaperError::Shape("评分表没有得分列".to_owned()));
        }
        same_length("合计", &self.totals, layers)?;
        for part in &self.parts {
            part.check(layers)?;
        }
        Ok(())
    }
}

impl PartPaper {
    /// 基础分小计, 加分小计.
    pub(crate) fn sum_name(&self) -> String {
        let stem = self.name.strip_suffix('项').unwrap_or(&self.name);
        format!("{stem}小计")
    }

    /// What the groups have to say about their caps, each under its name.
    pub(crate) fn notes(&self) -> String {
        let notes = self.groups.iter().filter_map(|group| Some((&group.name, group.note.as_ref()?)));
        let lines: Vec<String> = notes.map(|(name, note)| format!("{name}：{note}")).collect();
        lines.join("\n")
    }

    pub(crate) fn row_count(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }

    fn check(&self, layers: usize) -> Result<(), PaperError> {
        same_length(&self.sum_name(), &self.subtotal, layers)?;
        if self.groups.is_empty() || self.groups.iter().any(|group| group.rows.is_empty()) {
            return Err(PaperError::Shape(format!("“{}”下没有评分行", self.name)));
        }
        let mut rows = self.groups.iter().flat_map(|group| &group.rows);
        rows.try_for_each(|row| same_length(&row.work, &row.points, layers))
    }
}

fn same_length(name: &str, figures: &[String], layers: usize) -> Result<(), PaperError> {
    if figures.len() == layers {
        return Ok(());
    }
    Err(PaperError::Shape(format!("“{name}”有 {} 个得分，应有 {layers} 个", figures.len())))
}
