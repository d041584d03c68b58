//! What stands beside a document in the archive package: its metadata after DA/T 46-2009, as XML.

use crate::xml::Xml;

/// One archived document (件). Elements without a value are written empty: that one is missing must be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveRecord {
    /// 档号.
    pub code: String,
    /// 全宗号; the archive gives it, so it may be empty.
    pub fonds: String,
    /// 立档单位.
    pub keeper: String,
    pub year: i64,
    /// 保管期限: 永久, 30年, 10年.
    pub retention: String,
    /// 件号 within its retention.
    pub number: usize,
    pub title: String,
    /// 责任者.
    pub author: String,
    /// 文件编号; empty until the department's own system gave one.
    pub document_number: String,
    /// Whether it gets one: what has a red head does, a form or a sheet does not.
    pub numbered: bool,
    /// 日期, `2026-09-18`.
    pub date: String,
    /// 文种.
    pub form: String,
    pub file: String,
    pub bytes: usize,
    /// 格式信息.
    pub format: String,
    /// 创建程序.
    pub program: String,
    pub sha256: String,
    /// Where it stands in the system, e.g. `paper/12`, and the hash of the text frozen there.
    pub source: String,
    pub source_sha256: String,
}

impl ArchiveRecord {
    /// The record as XML, UTF-8.
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::new();
        xml.element("电子文件", &[("规范", "DA/T 46-2009")], |xml| {
            xml.field("聚合层次", "文件");
            xml.field("立档单位名称", &self.keeper);
            xml.field("档号", &self.code);
            xml.field("全宗号", &self.fonds);
            xml.field("年度", &self.year.to_string());
            xml.field("保管期限", &self.retention);
            xml.field("件号", &self.number.to_string());
            xml.field("题名", &self.title);
            xml.field("责任者", &self.author);
            xml.field("文件编号", &self.document_number);
            xml.field("日期", &self.date);
            xml.field("文种", &self.form);
            xml.field("计算机文件名", &self.file);
            xml.field("计算机文件大小", &self.bytes.to_string());
            xml.field("格式信息", &self.format);
            xml.field("文档创建程序", &self.program);
            xml.element("固化信息", &[("算法", "SHA-256")], |xml| xml.text(&self.sha256));
            xml.field("系统标识", &self.source);
            xml.element("原文校验", &[("算法", "SHA-256")], |xml| xml.text(&self.source_sha256));
        });
        xml.finish()
    }

    /// Names of the elements the standard wants that have no value.
    pub fn missing(&self) -> Vec<&'static str> {
        let wanted = [
            ("全宗号", &self.fonds),
            ("题名", &self.title),
            ("责任者", &self.author),
            ("文件编号", &self.document_number),
            ("日期", &self.date),
            ("文种", &self.form),
        ];
        let missing =
            wanted.into_iter().filter(|(name, value)| value.is_empty() && (*name != "文件编号" || self.numbered));
        missing.map(|(name, _)| name).collect()
    }
}

/// 文种, as the title's end names it.
pub fn form_of(title: &str) -> &'static str {
    // A form behind brackets names the title, `…通知（示例）`; longer names first.
    const FORMS: [&str; 24] = [
        "告知书",
        "通知书",
        "反馈书",
        "决定书",
        "意见书",
        "汇总表",
        "评分表",
        "意见表",
        "记录表",
        "通知",
        "通报",
        "公告",
        "公示",
        "决定",
        "批复",
        "意见",
        "方案",
        "报告",
        "名单",
        "回执",
        "记录",
        "函",
        "纪要",
        "证书",
    ];
    let bare = title.split('（').next().unwrap_or(title).trim();
    FORMS.into_iter().find(|form| bare.ends_with(form) || title.ends_with(form)).unwrap_or("其他")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_written_empty_and_named() {
        let record = ArchiveRecord {
            title: "关于<某事>的通知".to_owned(),
            year: 2026,
            retention: "永久".to_owned(),
            date: "2026-09-18".to_owned(),
            form: "通知".to_owned(),
            author: "示例省商务厅".to_owned(),
            numbered: true,
            ..ArchiveRecord::default()
        };
        let text = record.to_xml();
        assert!(
            text.contains("<题名>关于&lt;某事&gt;的通知</题名>") && text.contains("<文件编号></文件编号>"),
            "{text}"
        );
        assert_eq!(record.missing(), ["全宗号", "文件编号"]);
        assert_eq!(ArchiveRecord { numbered: false, ..record }.missing(), ["全宗号"]);
    }

    #[test]
    fn the_form_is_read_off_the_title() {
        for (title, form) in [
            ("关于撤销示例轮胎工作站的决定", "决定"),
            ("未参加年度检查告知书", "告知书"),
            ("入选名单公示", "公示"),
            ("关于开展年度评估的通知（示例）", "通知"),
            ("2025年度评估评分表（示例轮胎工作站）", "评分表"),
            ("某事", "其他"),
        ] {
            assert_eq!(form_of(title), form, "{title}");
        }
    }
}
