//! Daily supervision and guidance (Article 3, second paragraph): records that are corrected by another record, answered
//! by the station, and may lead a finding to rectification.

use super::{Basis, Manager, Refusal, Role};

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Visit,
    Guidance,
    Reminder,
    Finding,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Visit, Kind::Guidance, Kind::Reminder, Kind::Finding];

    pub fn key(self) -> &'static str {
        match self {
            Kind::Visit => "visit",
            Kind::Guidance => "guidance",
            Kind::Reminder => "reminder",
            Kind::Finding => "finding",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Visit => "走访",
            Kind::Guidance => "指导",
            Kind::Reminder => "提醒",
            Kind::Finding => "发现问题",
        }
    }

    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether the station is told in any case: a reminder nobody reads reminds nobody, and what was found is no secret
    /// from the one who shall mend it.
    pub fn always_told(self) -> bool {
        matches!(self, Kind::Reminder | Kind::Finding)
    }
}

/// Whose record it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Province,
    City,
    County,
}

impl Level {
    pub const ALL: [Level; 3] = [Level::Province, Level::City, Level::County];

    pub fn key(self) -> &'static str {
        match self {
            Level::Province => "province",
            Level::City => "city",
            Level::County => "county",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::Province => "省商务厅",
            Level::City => "市商务主管部门",
            Level::County => "县级商务主管部门",
        }
    }

    pub fn from_key(key: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.key() == key)
    }

    /// The level a role records for.
    pub fn of(role: Role) -> Option<Level> {
        match role {
            Role::County => Some(Level::County),
            role if role.of_province() => Some(Level::Province),
            role if role.of_city() => Some(Level::City),
            _ => None,
        }
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub kind: Kind,
    pub level: Level,
    /// Who manages the station now.
    pub manager: Manager,
    pub told: bool,
    /// Another record has taken its place.
    pub corrected: bool,
    /// It led to a rectification.
    pub rectified: bool,
    /// The station has acknowledged or answered it.
    pub answered: bool,
}

/// What somebody wants done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another record shall take its place, written by an official of this level: whoever wrote the first, or the
    /// province, to which all passes that its city and county were dealing with (reading K35).
    Correct { by: Level },
    /// The station has read it.
    Acknowledge,
    /// The station answers in words, as often as it likes.
    Reply,
    /// The finding shall be rectified, by order of this level.
    Order { by: Level },
}

/// Whether a step may be taken on a record.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(standing: Standing, step: Step) -> Result<(), Refusal> {
    if standing.corrected {
        return no("这条记录已经更正，请办理更正后的记录。");
    }
    match step {
        Step::Correct { .. } if standing.rectified => no("这个问题已经下达整改，在整改事项中办理，不再更正。"),
        Step::Correct { by: Level::Province } if standing.manager == Manager::Province => Ok(()),
        Step::Correct { by } if by != standing.level => {
            no(format!("这条记录由{}登记，由其更正。", standing.level.name()))
        }
        Step::Acknowledge | Step::Reply if !standing.told => no("这条记录没有告知工作站，不需要回复。"),
        Step::Acknowledge if standing.answered => no("已经签阅，可以填写回复。"),
        Step::Order { .. } if standing.kind != Kind::Finding => no("只有发现问题的记录可以下达整改。"),
        Step::Order { .. } if standing.rectified => no("这个问题已经下达整改。"),
        Step::Order { by: Level::County } => no("整改由省、市商务主管部门下达。"),
        Step::Order { by: Level::City } if standing.level == Level::Province => {
            no("这个问题由省商务厅发现，由其下达整改。")
        }
        _ => Ok(()),
    }
}

fn no<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(Basis::Item("3"), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: Standing = Standing {
        kind: Kind::Finding,
        level: Level::City,
        manager: Manager::City,
        told: true,
        corrected: false,
        rectified: false,
        answered: false,
    };

    fn refused(standing: Standing, step: Step) -> String {
        let refusal = take(standing, step).expect_err("refused");
        assert_eq!(refusal.basis, "办法第三条");
        refusal.reason
    }

    #[test]
    fn a_record_is_corrected_once_by_the_level_that_wrote_it() {
        let by = |by| Step::Correct { by };
        assert_eq!(take(FOUND, by(Level::City)), Ok(()));
        assert!(refused(FOUND, by(Level::Province)).contains("由市商务主管部门登记"));
        assert!(refused(FOUND, by(Level::County)).contains("由其更正"));
        assert!(refused(Standing { rectified: true, ..FOUND }, by(Level::City)).contains("已经下达整改"));
        let corrected = Standing { corrected: true, ..FOUND };
        for step in [by(Level::City), Step::Acknowledge, Step::Reply, Step::Order { by: Level::City }] {
            assert!(refused(corrected, step).contains("已经更正"));
        }
    }

    #[test]
    fn what_a_city_wrote_of_a_station_that_is_the_provinces_now_the_province_corrects() {
        for level in [Level::City, Level::County, Level::Province] {
            let standing = Standing { level, manager: Manager::Province, ..FOUND };
            assert_eq!(take(standing, Step::Correct { by: Level::Province }), Ok(()));
            let rectified = Standing { rectified: true, ..standing };
            assert!(refused(rectified, Step::Correct { by: Level::Province }).contains("已经下达整改"));
        }
    }

    #[test]
    fn a_station_answers_what_it_was_told_and_acknowledges_once() {
        assert_eq!(take(FOUND, Step::Acknowledge), Ok(()));
        let answered = Standing { answered: true, ..FOUND };
        assert!(refused(answered, Step::Acknowledge).contains("已经签阅"));
        assert_eq!(take(answered, Step::Reply), Ok(()));
        let internal = Standing { kind: Kind::Visit, told: false, ..FOUND };
        assert!(refused(internal, Step::Reply).contains("没有告知"));
    }

    #[test]
    fn only_a_finding_leads_to_one_rectification_and_not_by_a_county() {
        let order = |by| Step::Order { by };
        assert_eq!(take(FOUND, order(Level::City)), Ok(()));
        // What a county found, the city takes up; what a city found, the province may.
        assert_eq!(take(Standing { level: Level::County, ..FOUND }, order(Level::City)), Ok(()));
        assert_eq!(take(FOUND, order(Level::Province)), Ok(()));
        assert!(refused(FOUND, order(Level::County)).contains("由省、市"));
        assert!(refused(Standing { level: Level::Province, ..FOUND }, order(Level::City)).contains("由省商务厅发现"));
        assert!(refused(Standing { kind: Kind::Reminder, ..FOUND }, order(Level::City)).contains("只有发现问题"));
        assert!(refused(Standing { rectified: true, ..FOUND }, order(Level::City)).contains("已经下达整改"));
    }

    #[test]
    fn keys_lead_back_and_reminders_and_findings_are_always_told() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_key(kind.key()), Some(kind));
            assert!(!kind.name().is_empty());
        }
        for level in Level::ALL {
            assert_eq!(Level::from_key(level.key()), Some(level));
        }
        let told: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| kind.always_told()).collect();
        assert_eq!(told, [Kind::Reminder, Kind::Finding]);
    }
}
