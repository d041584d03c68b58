//! 四性自检报告: what was checked while the package was made, and what the archive still has to see to (DA/T 70-2018).

use std::collections::BTreeMap;

use jiff::Timestamp;
use papers::ArchiveRecord;
use store::audit::Intact;

use crate::shell::moment;

pub struct Report<'a> {
    pub year: i64,
    pub keeper: &'a str,
    pub made: Timestamp,
    pub records: &'a [ArchiveRecord],
    pub chain: &'a Intact,
    /// Whether the year's appraisal was confirmed, and its sheets are in the package.
    pub confirmed: bool,
}

impl Report<'_> {
    pub fn text(&self) -> String {
        let mut lines = vec![
            format!("{}年归档包四性自检报告", self.year),
            format!("立档单位：{}", self.keeper),
            format!("打包时间：{}（北京时间）", moment(self.made)),
            format!("件数：{}（{}）", self.records.len(), self.by(|record| record.retention.clone())),
        ];
        lines.extend(self.authentic());
        lines.extend(self.complete());
        lines.extend(self.usable());
        lines.extend(
            [
                "",
                "四、安全性",
                "1．归档文件由本系统按留存的原文用固定模板生成，模板不写入脚本和外部链接；用户上传的附件不在包内。",
                "2．未作病毒查杀；接收单位按规定查杀。",
                "",
                "核验：fengsui archive verify 目录；或在包内运行 sha256sum -c manifest.sha256。",
                "",
            ]
            .map(str::to_owned),
        );
        lines.join("\n")
    }

    fn authentic(&self) -> [String; 5] {
        [
            String::new(),
            "一、真实性".to_owned(),
            format!("1．文书原文与制作时留存的校验值逐件核对，{} 件相符。", self.texts()),
            format!("2．审计链核验完整：{} 行，链头 {}。", self.chain.count, self.chain.head),
            "3．固化信息：每件 PDF 的 SHA-256 记入该件元数据和 manifest.sha256。".to_owned(),
        ]
    }

    fn complete(&self) -> [String; 5] {
        let (papers, public) = (self.from("paper/"), self.from("publication/"));
        let sheets = match self.confirmed {
            true => format!("2．{} 年度评估已确认，评分表 {} 件和汇总表已归入。", self.year, self.from("result/")),
            false => format!("2．{} 年度评估没有确认的结果，未归入评分表；确认后重新打包。", self.year),
        };
        [
            String::new(),
            "二、完整性".to_owned(),
            format!("1．本年制作的文书 {papers} 件、公示公告 {public} 件，均已归入。"),
            sheets,
            format!("3．元数据：{}", self.missing()),
        ]
    }

    fn usable(&self) -> [String; 4] {
        let count = self.records.len();
        let archival = self.records.iter().filter(|record| record.format == "PDF/A-2b").count();
        [
            String::new(),
            "三、可用性".to_owned(),
            format!("1．PDF/A-2b {archival} 件，普通 PDF {} 件（含字库没有的字）。字体均已嵌入。", count - archival),
            format!("2．写入后逐件回读，{count} 件与写入的内容一致。"),
        ]
    }

    /// Documents with a frozen text of their own; sheets are laid out from the kept result.
    fn texts(&self) -> usize {
        self.from("paper/") + self.from("publication/")
    }

    fn from(&self, source: &str) -> usize {
        self.records.iter().filter(|record| record.source.starts_with(source)).count()
    }

    /// `永久 2 件，30年 5 件`.
    fn by(&self, of: impl Fn(&ArchiveRecord) -> String) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for record in self.records {
            *counts.entry(of(record)).or_default() += 1;
        }
        counts.into_iter().map(|(name, count)| format!("{name} {count} 件")).collect::<Vec<_>>().join("，")
    }

    fn missing(&self) -> String {
        let mut missing: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.records.iter().flat_map(ArchiveRecord::missing) {
            *missing.entry(name).or_default() += 1;
        }
        if missing.is_empty() {
            return "必备项齐全。".to_owned();
        }
        let named: Vec<String> = missing.into_iter().map(|(name, count)| format!("{name}（{count} 件）")).collect();
        format!("待填 {}，移交前由档案部门补齐。", named.join("、"))
    }
}
