//! 预警等级 (Article 5 (1), reading K103): four levels with written criteria. A machine proposes one, a person decides.

/// How pressing a warning is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Blue,
    Yellow,
    Orange,
    Red,
}

impl Level {
    /// Key, name and criterion, most pressing first.
    pub const ALL: [(Level, &'static str, &'static str, &'static str); 4] = [
        (Level::Red, "red", "红色", "已立案或已采取措施"),
        (Level::Orange, "orange", "橙色", "即将立案，或期限很短"),
        (Level::Yellow, "yellow", "黄色", "有被调查、受限制的风险"),
        (Level::Blue, "blue", "蓝色", "请关注"),
    ];

    pub fn key(self) -> &'static str {
        self.row().1
    }

    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// What a warning of this level says.
    pub fn criterion(self) -> &'static str {
        self.row().3
    }

    /// Beacons lit: four for red, one for blue.
    pub fn torches(self) -> usize {
        match self {
            Level::Red => 4,
            Level::Orange => 3,
            Level::Yellow => 2,
            Level::Blue => 1,
        }
    }

    pub fn from_key(key: &str) -> Option<Level> {
        Level::ALL.iter().find(|(_, known, ..)| *known == key).map(|(level, ..)| *level)
    }

    fn row(self) -> &'static (Level, &'static str, &'static str, &'static str) {
        &Level::ALL[4 - self.torches()]
    }
}

/// Kinds of case under which a country's goods are charged or kept out.
const REMEDIES: [&str; 5] = ["反倾销", "反补贴", "保障措施", "337", "反规避"];
/// Kinds that bind goods of every origin.
const ALL_ORIGINS: [&str; 3] = ["保障措施", "TBT", "SPS"];
/// Stages in which an investigation runs or a measure stands.
const UNDER_WAY: [&str; 11] =
    ["立案", "初裁", "终裁", "令", "承诺", "行政复审", "新出口商复审", "情势变更复审", "日落复审", "延续", "范围裁定"];
/// Stages that tell of a measure already taken, whatever its kind.
const TAKEN: [&str; 3] = ["终裁", "令", "延续"];

/// The level a foreign notice speaks for, with the reason. `kind` and `stage` are names as the feeds give them; one that is
/// not known counts as 其他. A notice that names no country is aimed at all of them, `targets_china` among these.
/// `days_left` runs to the nearest deadline, in days; `short_days` is what the edition holds to be short (0: nothing is);
/// `firms` are those of the roster with goods concerned.
pub fn propose(
    kind: &str,
    stage: &str,
    targets_china: bool,
    days_left: Option<i64>,
    firms: usize,
    short_days: i64,
) -> (Level, &'static str) {
    let remedy = REMEDIES.contains(&kind);
    let concerned = targets_china || ALL_ORIGINS.contains(&kind);
    let pressing = days_left.is_some_and(|days| (0..=short_days).contains(&days) && short_days > 0);
    let usual = match stage {
        "终止" => return (Level::Blue, "调查或者措施已经终止，提请关注。"),
        _ if !concerned && remedy && firms > 0 => {
            (Level::Yellow, "针对其他国家或者地区，本地有同类产品企业，可能波及。")
        }
        _ if !concerned => (Level::Blue, "不针对我国，提请关注。"),
        stage if remedy && UNDER_WAY.contains(&stage) => (Level::Red, "已立案或者已采取措施，涉及我国产品。"),
        stage if TAKEN.contains(&stage) => (Level::Red, "措施已经采取，涉及我国产品。"),
        "申请" if remedy => (Level::Orange, "已提出申请，可能即将立案。"),
        "司法" if remedy => (Level::Yellow, "司法程序可能改变措施。"),
        // What only moves a case already warned of, or corrects its text, calls for nothing new by itself.
        "延期" | "日程" | "更正" if remedy => (Level::Yellow, "案件的程序性文件，案件仍在办理。"),
        "延期" | "日程" | "更正" => (Level::Blue, "程序性文件，提请关注。"),
        _ if firms > 0 => (Level::Yellow, "尚未采取措施，本地有相关企业，有受限制的风险。"),
        _ => (Level::Blue, "尚未采取措施，名录中没有相关企业，提请关注。"),
    };
    let raised = (Level::Orange, "距最近的期限很短，须尽快应对。");
    if pressing && concerned && usual.0 < raised.0 { raised } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [&str; 8] = ["反倾销", "反补贴", "保障措施", "337", "反规避", "TBT", "SPS", "其他"];
    const STAGES: [&str; 20] = [
        "申请",
        "立案",
        "初裁",
        "终裁",
        "令",
        "承诺",
        "行政复审",
        "新出口商复审",
        "情势变更复审",
        "日落复审",
        "延续",
        "范围裁定",
        "司法",
        "终止",
        "延期",
        "日程",
        "征求意见",
        "更正",
        "通报",
        "其他",
    ];

    fn level(kind: &str, stage: &str, china: bool, days: Option<i64>, firms: usize) -> Level {
        propose(kind, stage, china, days, firms, 14).0
    }

    #[test]
    fn levels_are_told_apart_by_key_name_and_torches() {
        for (ix, (level, key, name, criterion)) in Level::ALL.into_iter().enumerate() {
            assert_eq!((level.key(), level.name(), level.criterion(), level.torches()), (key, name, criterion, 4 - ix));
            assert_eq!(Level::from_key(key), Some(level));
        }
        assert!(Level::Red > Level::Orange && Level::Orange > Level::Yellow && Level::Yellow > Level::Blue);
        assert_eq!(Level::from_key("green"), None);
    }

    #[test]
    fn each_criterion_has_its_case() {
        assert_eq!(level("反倾销", "立案", true, None, 0), Level::Red);
        assert_eq!(level("反倾销", "日落复审", true, Some(30), 2), Level::Red);
        assert_eq!(level("保障措施", "立案", false, None, 1), Level::Red, "a safeguard asks for no origin");
        assert_eq!(level("TBT", "令", false, None, 1), Level::Red);
        assert_eq!(level("反倾销", "申请", true, None, 0), Level::Orange);
        assert_eq!(level("TBT", "征求意见", false, Some(14), 0), Level::Orange);
        assert_eq!(level("TBT", "征求意见", false, Some(15), 1), Level::Yellow);
        assert_eq!(level("反规避", "立案", false, None, 3), Level::Yellow, "against another country");
        assert_eq!(level("反规避", "立案", false, Some(3), 0), Level::Blue);
        assert_eq!(level("SPS", "通报", false, None, 0), Level::Blue);
        assert_eq!(level("反倾销", "终止", true, Some(1), 9), Level::Blue);
        assert_eq!(level("反倾销", "日程", true, Some(5), 9), Level::Orange);
        assert_eq!(level("反倾销", "日程", true, Some(-1), 9), Level::Yellow, "the deadline has passed");
        assert_eq!(
            propose("反倾销", "日程", true, Some(0), 9, 0).0,
            Level::Yellow,
            "an edition that holds nothing short"
        );
        assert_eq!(level("外星税", "传闻", true, None, 0), Level::Blue);
    }

    #[test]
    fn more_at_stake_never_lowers_a_level() {
        for (kind, stage) in KINDS.iter().flat_map(|kind| STAGES.map(|stage| (*kind, stage))) {
            for (china, days, firms) in
                [(false, None, 0), (false, None, 2), (true, None, 0), (true, Some(30), 0), (false, Some(7), 2)]
            {
                let base = level(kind, stage, china, days, firms);
                assert!(level(kind, stage, true, days, firms) >= base, "{kind} {stage}: aimed at China");
                assert!(level(kind, stage, china, Some(3), firms) >= base, "{kind} {stage}: shorter");
                assert!(level(kind, stage, china, days, firms + 5) >= base, "{kind} {stage}: more firms");
                let why = propose(kind, stage, china, days, firms, 14).1;
                assert!(why.ends_with('。') && why.matches('。').count() == 1, "{why}");
            }
        }
    }
}
