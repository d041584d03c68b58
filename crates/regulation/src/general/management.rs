//! 省管 and 市管 (Article 10 (1), readings K13 and K35): who deals with a station, and how that changes.

use super::{Basis, End, Reach, Refusal, Rule, Subject};

/// Who manages a station: whom it reports to, and who checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    City,
    Province,
}

impl Manager {
    pub fn key(self) -> &'static str {
        match self {
            Manager::City => "city",
            Manager::Province => "province",
        }
    }

    /// 市管 or 省管, as people say it.
    pub fn name(self) -> &'static str {
        match self {
            Manager::City => "市管",
            Manager::Province => "省管",
        }
    }

    pub fn from_key(key: &str) -> Option<Manager> {
        [Manager::City, Manager::Province].into_iter().find(|manager| manager.key() == key)
    }

    pub fn other(self) -> Manager {
        match self {
            Manager::City => Manager::Province,
            Manager::Province => Manager::City,
        }
    }
}

/// What a city or county may do in its area is its to do, unless the province manages the station: then it looks on. What
/// is open to everybody stays open to them.
///
/// # Errors
/// The refusal, with what is left to them.
pub(super) fn left_to_the_city(rule: &Rule, subject: &Subject) -> Result<(), Refusal> {
    let local = matches!(rule.reach, Reach::OwnCity | Reach::OwnCounty);
    if !local || !rule.verb.writes() || subject.manager != Some(Manager::Province) {
        return Ok(());
    }
    let reason = format!(
        "该站为省管工作站，由省商务厅办理；{}可以查看，不能{}，发现情况的报省商务厅（读法 K13、K35）。",
        rule.role.name(),
        rule.verb.name()
    );
    Err(Refusal::new(Basis::Item("10-1"), reason))
}

/// Whether a station passes from one management to the other now. A request its city has yet to forward is dealt with
/// first: nobody could after.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn reassign(now: Manager, to: Manager, state: &str, awaiting_city: bool) -> Result<(), Refusal> {
    let no = |reason: String| Err(Refusal::new(Basis::Item("10-1"), reason));
    if let Some(end) = End::from_state(state) {
        return no(format!("工作站{}，不再调整管理关系。", end.state()));
    }
    if now == to {
        return no(format!("工作站现在就是{}，无需调整。", now.name()));
    }
    if to == Manager::Province && awaiting_city {
        return no("该站的退出或者更名申请正待所在市转报，转报后再调整管理关系。".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Manager::{City, Province};
    use super::*;

    #[test]
    fn a_station_changes_hands_once_and_not_over_its_city_s_head() {
        assert!(reassign(City, Province, "有效", false).is_ok());
        assert!(reassign(Province, City, "拟撤销", true).is_ok());
        let refused = |now, to, state, waiting| reassign(now, to, state, waiting).expect_err("refused").to_string();
        assert_eq!(refused(City, City, "有效", false), "工作站现在就是市管，无需调整。（依据：办法第十条（一））");
        assert!(refused(City, Province, "拟退出", true).contains("转报后再调整"));
        for end in ["已退出", "已整合", "已撤销"] {
            assert!(refused(Province, City, end, false).contains(end));
        }
    }

    #[test]
    fn a_manager_is_known_by_its_key() {
        for manager in [City, Province] {
            assert_eq!(Manager::from_key(manager.key()), Some(manager));
            assert_eq!(manager.other().other(), manager);
        }
        assert_eq!(Manager::from_key(""), None);
    }
}
