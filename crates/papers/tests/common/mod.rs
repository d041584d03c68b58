//! The annex of the draft as sample papers, and the fonts of the machine.

#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its part")]

use std::path::PathBuf;
use std::sync::OnceLock;

use papers::{Fonts, GroupPaper, PartPaper, RowPaper, SheetPaper, SummaryPaper, SummaryRow};

/// The folders of `FENGSUI_FONTS`, then the standard one of Linux.
pub fn font_dirs() -> Vec<PathBuf> {
    let own = std::env::var_os("FENGSUI_FONTS").unwrap_or_default();
    std::env::split_paths(&own).chain([PathBuf::from("/usr/share/fonts")]).collect()
}

/// Searched once for all tests of a file.
pub fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts::from_dirs(&font_dirs()).expect("install fonts-noto-cjk or set FENGSUI_FONTS"))
}

/// 附 of the draft: part, group, cap, then rows of work, value, criteria, points by 自评 市核 专家 省审.
type Rows = &'static [(&'static str, &'static str, &'static str, [&'static str; 4])];
type Groups = &'static [(&'static str, &'static str, Option<&'static str>, Rows)];

const BASE: Groups = &[
    (
        "机构建设",
        "（20分）",
        None,
        &[
            ("设置工作站工作机构", "6", "设置工作机构得6分，未设置不得分。", ["6.0", "6.0", "－", "6.0"]),
            ("人员配备", "7", "配备专门工作人员得7分，未配备不得分。", ["7.0", "7.0", "－", "7.0"]),
            ("工作制度", "7", "有工作制度得7分，无工作制度不得分。", ["7.0", "7.0", "－", "7.0"]),
        ],
    ),
    (
        "预警工作",
        "（40分）",
        None,
        &[
            (
                "建立专门的贸易摩擦预警网站或在本单位官方网站开辟贸易摩擦预警专栏",
                "8",
                "建立网站或开辟专栏得8分，无网站或专栏不得分。",
                ["8.0", "8.0", "－", "8.0"],
            ),
            (
                "在指定的网站预警信息发布情况",
                "12",
                "及时发布贸易或行业信息，月发布数量≥20条，1分/月；10条≤月发布量<20条，0.5分/月；月发布量<10条，不得分。",
                ["9.5", "9.5", "－", "9.5"],
            ),
            (
                "专题分析报告",
                "10",
                "报告包括真实案例数据、本行业存在的问题、原因及应对措施等内容，根据报告质量赋分，最高10分。",
                ["－", "－", "8.2", "8.2"],
            ),
            (
                "建立重点联系企业库",
                "10",
                "建立重点联系企业库或服务企业库（行业组织、科研机构），建立重点联系企业库或产业链、供应链企业库（企业），得10分，没有相关企业库不得分。",
                ["10.0", "10.0", "－", "10.0"],
            ),
        ],
    ),
    (
        "行业自律",
        "（10分）",
        None,
        &[(
            "遵守行业规范，促进有序竞争工作情况",
            "10分",
            "遵守行业规范，促进有序竞争得10分；因未遵守行业规范或无序竞争，被行业主管部门或执法部门通报处罚或被举报且查证属实的，不得分。",
            ["10.0", "10.0", "－", "10.0"],
        )],
    ),
    (
        "工作配合",
        "（30分）",
        None,
        &[(
            "组织或参与有关贸易救济调查和技术性贸易措施的培训、宣传、讲座、调研等情况",
            "30分",
            "每组织1次有关培训、宣传、讲座、调研得5分；每参与一次上述活动得2分；最高得分30分。",
            ["25.0", "23.0", "－", "23.0"],
        )],
    ),
];

const BONUS: Groups = &[
    (
        "信息、报告采纳情况",
        "(最高得分20分）",
        None,
        &[(
            "行业预警专题分析报告、案件分析总结报告；预警信息",
            "",
            "行业预警专题分析报告或案件分析总结报告被省商务厅采编发布1次加5分；被商务部或其他省部级网站、报纸等媒体采编发布，每1次加10分。预警信息每采用1条加0.5分。",
            ["6.5", "6.5", "－", "6.5"],
        )],
    ),
    (
        "意见建议采纳情况",
        "(最高得分10分）",
        None,
        &[(
            "向商务主管部门就国际贸易摩擦监测预警提出的意见建议情况",
            "",
            "提出可操作性的意见建议被采纳1次得5分。",
            ["5.0", "5.0", "－", "5.0"],
        )],
    ),
    (
        "案件应对情况",
        "(最高得分10分）",
        Some("三行合计 17.3，按上限计 10.0"),
        &[
            (
                "积极参与或引导同行业企业应对贸易摩擦案件情况。",
                "",
                "积极参与或引导同行业企业应对贸易摩擦案件，每件得5分；案件应对效果较理想的，每件10分。",
                ["5.0", "5.0", "－", "5.0"],
            ),
            (
                "配合商务主管部门开展案件调查取证等工作",
                "",
                "积极配合商务主管部门开展案件调查取证等工作，每次得5分。",
                ["5.0", "5.0", "－", "5.0"],
            ),
            (
                "案件分析总结报告",
                "",
                "报告包括案件概述、应对过程和措施、应对结果、影响、应对启示等内容，根据报告质量赋分，最高10分。",
                ["－", "－", "7.3", "7.3"],
            ),
        ],
    ),
    (
        "对外交涉情况",
        "(最高得分10分）",
        None,
        &[(
            "与国外同行、相关行业商（协）会进行交流，化解可能发生的贸易摩擦案件情况",
            "",
            "具体开展相关工作，化解可能发生的贸易摩擦案件，每件得5分。",
            ["0.0", "0.0", "－", "0.0"],
        )],
    ),
];

/// The sheet of the reference page: one column of scores (省审), or all four layers.
pub fn annex(layers: &[&str]) -> SheetPaper {
    // One column shows the deciding layer.
    let take = |all: [&str; 4]| match layers.len() {
        1 => vec![all[3].to_owned()],
        count => all[..count].iter().map(|point| (*point).to_owned()).collect(),
    };
    SheetPaper {
        title: "山东省国际贸易摩擦预警工作站年度评估检查评分表".to_owned(),
        station: "示例轮胎行业协会工作站".to_owned(),
        station_no: "SD-0032".to_owned(),
        host: "示例轮胎行业协会".to_owned(),
        city: "东营市".to_owned(),
        year: 2026,
        edition_note: "规则版本 draft（征求意见稿）".to_owned(),
        printed_at: "2027-02-22 08:00".to_owned(),
        layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
        parts: vec![
            part("基础分项", "（100分）", "100", BASE, &take, ["82.5", "80.5", "8.2", "88.7"]),
            part("加分项", "(最高得分50分）", "50", BONUS, &take, ["21.5", "21.5", "7.3", "21.5"]),
        ],
        total_max: "150".to_owned(),
        totals: take(["104.0", "102.0", "15.5", "110.2"]),
        grade: Some("合格".to_owned()),
        remarks: Vec::new(),
        watermark: None,
    }
}

fn part(
    name: &str,
    cap: &str,
    max: &str,
    groups: Groups,
    take: &impl Fn([&str; 4]) -> Vec<String>,
    subtotal: [&str; 4],
) -> PartPaper {
    let row = |(work, value, criteria, points): &(&str, &str, &str, [&str; 4])| RowPaper {
        work: (*work).to_owned(),
        value: (*value).to_owned(),
        criteria: (*criteria).to_owned(),
        points: take(*points),
    };
    let group = |(name, cap, note, rows): &(&str, &str, Option<&str>, Rows)| GroupPaper {
        name: (*name).to_owned(),
        cap_text: (*cap).to_owned(),
        rows: rows.iter().map(row).collect(),
        note: note.map(str::to_owned),
    };
    PartPaper {
        name: name.to_owned(),
        cap_text: cap.to_owned(),
        max: max.to_owned(),
        groups: groups.iter().map(group).collect(),
        subtotal: take(subtotal),
    }
}

/// A summary of so many invented stations.
pub fn summary(stations: usize) -> SummaryPaper {
    let groups = [
        "机构建设（20）",
        "预警工作（40）",
        "行业自律（10）",
        "工作配合（30）",
        "采纳（20）",
        "建议（10）",
        "案件（10）",
        "交涉（10）",
    ];
    SummaryPaper {
        title: "山东省应对国际贸易摩擦工作站年度评估结果汇总表".to_owned(),
        year: 2026,
        subtitle: format!("2026年度　参评 {stations} 家，优秀上限 {} 家", stations / 3),
        edition_note: "规则版本 draft（征求意见稿）".to_owned(),
        printed_at: "2027-03-20".to_owned(),
        columns: groups.map(str::to_owned).to_vec(),
        rows: (0..stations).map(|index| station(index, stations / 3)).collect(),
        foot: vec![format!("优秀 {} 家，合格 {} 家，不合格 0 家", stations / 3, stations - stations / 3)],
    }
}

fn station(index: usize, seats: usize) -> SummaryRow {
    let (cities, industries) = (["东营市", "济南市", "青岛市"], ["轮胎", "铝制品和其他有色金属压延加工", "农产品"]);
    let figures = ["20.0", "35.7", "10.0", "23.0", "6.5", "5.0", "10.0", "0.0"];
    SummaryRow {
        rank: (index + 1).to_string(),
        station_no: format!("{:05}", index + 1),
        station: format!("示例{}行业协会第{}工作站", industries[index % 3], index + 1),
        city: cities[index % 3].to_owned(),
        industry: industries[index % 3].to_owned(),
        figures: figures.map(str::to_owned).to_vec(),
        base: "88.7".to_owned(),
        bonus: "21.5".to_owned(),
        total: format!("{:.1}", 140.0 - index as f64 / 2.0),
        grade: (if index < seats { "优秀" } else { "合格" }).to_owned(),
    }
}

/// A font file of that name in the folders or a few levels below.
pub fn font_file(name: &str) -> Option<PathBuf> {
    let below = |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let one: Vec<PathBuf> = font_dirs().into_iter().flat_map(below).collect();
    let two: Vec<PathBuf> = one.iter().cloned().flat_map(below).collect();
    let three = two.iter().cloned().flat_map(below);
    one.iter().cloned().chain(two.iter().cloned()).chain(three).find(|path| path.ends_with(name))
}
