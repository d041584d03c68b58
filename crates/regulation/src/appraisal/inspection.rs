//! The yearly inspection of one station (Articles 9, 10 and 14), from its material to the archive, as one match.
//!
//! A stage carries the facts it rests on; a step consumes it and says the facts it claims; `take` judges them.

use jiff::civil::{Date, DateTime};

use crate::general::{Basis, Due, Refusal};

/// Who had the material when it was sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Desk {
    City,
    Province,
}

/// Where a station's inspection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 未开始: the year is not opened, or not over.
    Waiting,
    /// 填报中.
    Filling,
    /// 已提交, with a receipt. The first one's time counts (reading K47).
    Submitted { first: DateTime },
    /// 退回补正: once (reading K47).
    Returned { first: DateTime, by: Desk, due: Date },
    /// 市级已核查，待上报.
    CityChecked { first: DateTime },
    /// 评分中: at the province, with experts and third parties.
    Scoring { first: DateTime },
    /// 省已审定: its points stand, its grade does not.
    Settled { first: DateTime },
    /// 认定未参加, by a person after notice and statement (reading K46).
    Absent { first: Option<DateTime> },
    /// 结果已反馈; review may be asked for to the end of a day (reading K51). Whether points were settled: one found absent
    /// has none, also where its late material came in.
    FedBack { first: Option<DateTime>, settled: bool, until: Date },
    /// 复核中.
    Review { first: Option<DateTime>, settled: bool },
    /// 复核已有结论. The decision settles the points of one it found to have taken part after all (reading K87).
    Reviewed { first: Option<DateTime>, settled: bool },
    /// 已定等次.
    Graded { first: Option<DateTime> },
    /// 已归档.
    Archived { first: Option<DateTime> },
}

/// What somebody wants done. Each step says the facts it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// 报送, and again while nobody has begun to check, or after a return.
    Submit { at: DateTime },
    /// 退回补正, by when; how often it was sent back before, and how often it may be.
    Return { by: Desk, due: Date, before: i64, most: i64 },
    /// 市级核查: the city has checked the station.
    Check,
    /// 上报.
    Forward,
    /// 省级受理: of a station of its own, or past a city that is late.
    Accept { own: bool, at: DateTime, city: Due },
    /// 省审定.
    Settle,
    /// 撤回审定: an error was found before the grade; the station is scored and settled anew. Not without a reason.
    Reopen { reasoned: bool },
    /// 认定未参加: at a moment, against the deadline, with the last day a statement on the notice is taken.
    FindAbsent { at: DateTime, due: Due, statement: Option<Date> },
    /// 撤销未参加认定.
    Restore,
    /// 反馈结果.
    FeedBack { until: Date },
    /// 申请复核.
    Request { at: DateTime },
    /// 作出复核决定: whether the station counts as having taken part, as the review leaves it.
    Decide { took_part: bool },
    /// 定等次, at a moment.
    Grade { at: DateTime },
    /// 归档.
    Archive,
}

/// Keys and names of the stages, in the order a station passes them.
pub const STAGES: [(&str, &str); 14] = [
    ("waiting", "未开始"),
    ("filling", "填报中"),
    ("submitted", "已提交"),
    ("returned_city", "市级退回补正"),
    ("returned_province", "省级退回补正"),
    ("city_checked", "市级已核查"),
    ("scoring", "评分中"),
    ("settled", "省已审定"),
    ("absent", "认定未参加"),
    ("fed_back", "结果已反馈"),
    ("review", "复核中"),
    ("reviewed", "复核已决定"),
    ("graded", "已定等次"),
    ("archived", "已归档"),
];

/// What people call a stage.
pub fn name_of(key: &str) -> &'static str {
    STAGES.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
}

impl Stage {
    /// Where a station stands of whom nothing is recorded.
    pub fn unrecorded(opened: bool, year_over: bool) -> Stage {
        if opened && year_over { Stage::Filling } else { Stage::Waiting }
    }

    /// Key of the stage in the database.
    pub fn key(&self) -> &'static str {
        match self {
            Stage::Waiting => "waiting",
            Stage::Filling => "filling",
            Stage::Submitted { .. } => "submitted",
            Stage::Returned { by: Desk::City, .. } => "returned_city",
            Stage::Returned { by: Desk::Province, .. } => "returned_province",
            Stage::CityChecked { .. } => "city_checked",
            Stage::Scoring { .. } => "scoring",
            Stage::Settled { .. } => "settled",
            Stage::Absent { .. } => "absent",
            Stage::FedBack { .. } => "fed_back",
            Stage::Review { .. } => "review",
            Stage::Reviewed { .. } => "reviewed",
            Stage::Graded { .. } => "graded",
            Stage::Archived { .. } => "archived",
        }
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        name_of(self.key())
    }

    /// The stage behind a key and the facts kept beside it; `None` for a combination no code writes.
    pub fn from_parts(key: &str, first: Option<DateTime>, due: Option<Date>, settled: bool) -> Option<Stage> {
        Some(match (key, first, due) {
            ("filling", None, None) => Stage::Filling,
            ("submitted", Some(first), None) => Stage::Submitted { first },
            ("returned_city", Some(first), Some(due)) => Stage::Returned { first, by: Desk::City, due },
            ("returned_province", Some(first), Some(due)) => Stage::Returned { first, by: Desk::Province, due },
            ("city_checked", Some(first), None) => Stage::CityChecked { first },
            ("scoring", Some(first), None) => Stage::Scoring { first },
            ("settled", Some(first), None) => Stage::Settled { first },
            ("absent", first, None) => Stage::Absent { first },
            ("fed_back", first, Some(until)) => Stage::FedBack { first, settled, until },
            ("review", first, None) => Stage::Review { first, settled },
            ("reviewed", first, None) => Stage::Reviewed { first, settled },
            ("graded", first, None) => Stage::Graded { first },
            ("archived", first, None) => Stage::Archived { first },
            _ => return None,
        })
    }

    /// When it was first handed in.
    pub fn first(&self) -> Option<DateTime> {
        match self {
            Stage::Waiting | Stage::Filling => None,
            Stage::Submitted { first }
            | Stage::Returned { first, .. }
            | Stage::CityChecked { first }
            | Stage::Scoring { first }
            | Stage::Settled { first } => Some(*first),
            Stage::Absent { first }
            | Stage::FedBack { first, .. }
            | Stage::Review { first, .. }
            | Stage::Reviewed { first, .. }
            | Stage::Graded { first }
            | Stage::Archived { first } => *first,
        }
    }

    /// Whether its points are settled, and the grade is not given yet.
    pub fn settled(&self) -> bool {
        match self {
            Stage::Settled { .. } => true,
            Stage::FedBack { settled, .. } | Stage::Review { settled, .. } | Stage::Reviewed { settled, .. } => {
                *settled
            }
            _ => false,
        }
    }

    /// The day kept beside the stage: last day of a correction, or of asking for review.
    pub fn due(&self) -> Option<Date> {
        match self {
            Stage::Returned { due, .. } => Some(*due),
            Stage::FedBack { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Whether the city has not done its part by its deadline. The station is not harmed by it (reading K47).
    pub fn city_late(&self, managed_by_city: bool, city: &Due, now: DateTime) -> bool {
        managed_by_city
            && matches!(
                self,
                Stage::Submitted { .. } | Stage::CityChecked { .. } | Stage::Returned { by: Desk::City, .. }
            )
            && city.passed(now)
    }
}

fn no<T>(item: &'static str, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(Basis::Item(item), reason))
}

/// The year's inspection as one match: what a step makes of a stage, or why the law says no.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn take(stage: Stage, step: Step) -> Result<Stage, Refusal> {
    match (stage, step) {
        (Stage::Filling, Step::Submit { at }) => Ok(Stage::Submitted { first: at }),
        (Stage::Submitted { first }, Step::Submit { .. }) => Ok(Stage::Submitted { first }),
        (Stage::Returned { first, by, due }, Step::Submit { at }) => {
            if Due::day(due).passed(at) {
                return no("14", format!("补正期限至 {due} 24时，已届满；原报送的材料仍然有效。"));
            }
            Ok(match by {
                Desk::City => Stage::Submitted { first },
                Desk::Province => Stage::Scoring { first },
            })
        }
        (Stage::Submitted { first }, Step::Return { by: Desk::City, due, before, most }) => {
            again(before, most).map(|()| Stage::Returned { first, by: Desk::City, due })
        }
        (Stage::Scoring { first }, Step::Return { by: Desk::Province, due, before, most }) => {
            again(before, most).map(|()| Stage::Returned { first, by: Desk::Province, due })
        }
        (Stage::Submitted { first } | Stage::Returned { first, by: Desk::City, .. }, Step::Check) => {
            Ok(Stage::CityChecked { first })
        }
        (Stage::CityChecked { first }, Step::Forward) => Ok(Stage::Scoring { first }),
        (
            Stage::Submitted { first } | Stage::CityChecked { first } | Stage::Returned { first, by: Desk::City, .. },
            Step::Accept { own, at, city },
        ) => {
            if !own && !city.passed(at) {
                return no("10-2", format!("市级核查和上报期限为 {}，期限未满，由市商务主管部门上报。", city.text()));
            }
            Ok(Stage::Scoring { first })
        }
        (Stage::Scoring { first } | Stage::Returned { first, by: Desk::Province, .. }, Step::Settle) => {
            Ok(Stage::Settled { first })
        }
        (Stage::Settled { .. } | Stage::FedBack { .. } | Stage::Reviewed { .. }, Step::Reopen { reasoned: false }) => {
            no("10-3", "撤回审定须写明理由。")
        }
        (Stage::FedBack { settled: false, .. } | Stage::Reviewed { settled: false, .. }, Step::Reopen { .. }) => {
            no("10-3", "该站认定为未参加，得分没有审定，不能撤回审定。")
        }
        (
            Stage::Settled { first }
            | Stage::FedBack { first: Some(first), .. }
            | Stage::Reviewed { first: Some(first), .. },
            Step::Reopen { .. },
        ) => Ok(Stage::Scoring { first }),
        // It never handed in; the review alone settled its points, and is what goes on (reading K87).
        (Stage::Reviewed { first: None, .. }, Step::Reopen { .. }) => Ok(Stage::Review { first: None, settled: false }),
        (stage @ (Stage::Filling | Stage::Submitted { .. }), Step::FindAbsent { at, due, statement }) => {
            absent(stage.first(), at, due, statement)
        }
        (Stage::Absent { first: None }, Step::Restore) => Ok(Stage::Filling),
        (Stage::Absent { first: Some(first) }, Step::Restore) => Ok(Stage::Submitted { first }),
        (Stage::Settled { first }, Step::FeedBack { until }) => {
            Ok(Stage::FedBack { first: Some(first), settled: true, until })
        }
        (Stage::Absent { first }, Step::FeedBack { until }) => Ok(Stage::FedBack { first, settled: false, until }),
        (Stage::FedBack { first, settled, until }, Step::Request { at }) => {
            if Due::day(until).passed(at) {
                return no("14", format!("复核申请期限至 {until} 24时，已届满。"));
            }
            Ok(Stage::Review { first, settled })
        }
        (Stage::Review { first, settled }, Step::Decide { took_part }) => {
            Ok(Stage::Reviewed { first, settled: settled || took_part })
        }
        (Stage::FedBack { first, until, .. }, Step::Grade { at }) => {
            if !Due::day(until).passed(at) {
                return no("14", format!("复核申请期限至 {until} 24时，期限未满，不能确认等次。"));
            }
            Ok(Stage::Graded { first })
        }
        (Stage::Reviewed { first, .. }, Step::Grade { .. }) => Ok(Stage::Graded { first }),
        (Stage::Graded { first }, Step::Archive) => Ok(Stage::Archived { first }),
        (stage, step) => no(item_of(&step), format!("年度检查处于“{}”，不能{}。", stage.name(), step.name())),
    }
}

/// Whether what a station's year is scored from may still be changed at this stage: ledger, opinions, marks and how
/// it took part. What was settled stands; a review opens it to the province alone (readings K51, K81). Standing evidence
/// and the roster live on by themselves: what they moved shows in the total.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn changeable(stage: &Stage, by: Desk, year: i64) -> Result<(), Refusal> {
    match stage {
        Stage::Waiting
        | Stage::Filling
        | Stage::Submitted { .. }
        | Stage::Returned { .. }
        | Stage::CityChecked { .. }
        | Stage::Scoring { .. }
        | Stage::Absent { .. } => Ok(()),
        Stage::Review { .. } if by == Desk::Province => Ok(()),
        Stage::Review { .. } => no("14", format!("该站{year}年度正在复核，由省商务厅登记意见和评分。")),
        Stage::Settled { .. } | Stage::FedBack { .. } | Stage::Reviewed { .. } => {
            no("14", format!("该站{year}年度得分已由省商务厅审定，不再变动；有异议的，在反馈后申请复核。"))
        }
        Stage::Graded { .. } | Stage::Archived { .. } => no("14", format!("该站{year}年度等次已经确认，不再变动。")),
    }
}

/// 未参加 needs a deadline that has passed, no receipt in time, a notice, and the time to answer it.
fn absent(first: Option<DateTime>, at: DateTime, due: Due, statement: Option<Date>) -> Result<Stage, Refusal> {
    if !due.passed(at) {
        return no("14", format!("报送期限为 {}，期限未满，不能认定为未参加。", due.text()));
    }
    if first.is_some_and(|first| !due.passed(first)) {
        return no("14", "该站已按时报送，不能认定为未参加。");
    }
    match statement {
        None => no("14", "尚未送达未参加年度检查告知书，不能认定为未参加。"),
        Some(until) if !Due::day(until).passed(at) => {
            no("14", format!("陈述期限至 {until} 24时，期限未满，不能认定为未参加。"))
        }
        Some(_) => Ok(Stage::Absent { first }),
    }
}

fn again(before: i64, most: i64) -> Result<(), Refusal> {
    if before >= most {
        return no("10-1", format!("退回补正以 {most} 次为限，已退回 {before} 次，请按现有材料核查。"));
    }
    Ok(())
}

impl Step {
    /// Key of the step in the log.
    pub fn key(&self) -> &'static str {
        match self {
            Step::Submit { .. } => "submit",
            Step::Return { .. } => "return",
            Step::Check => "check",
            Step::Forward => "forward",
            Step::Accept { .. } => "accept",
            Step::Settle => "settle",
            Step::Reopen { .. } => "reopen",
            Step::FindAbsent { .. } => "find_absent",
            Step::Restore => "restore",
            Step::FeedBack { .. } => "feed_back",
            Step::Request { .. } => "request",
            Step::Decide { .. } => "decide",
            Step::Grade { .. } => "grade",
            Step::Archive => "archive",
        }
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        name_of_step(self.key())
    }
}

/// Keys and names of the steps, in the order of the year.
const STEPS: [(&str, &str); 14] = [
    ("submit", "报送材料"),
    ("return", "退回补正"),
    ("check", "完成市级核查"),
    ("forward", "上报"),
    ("accept", "由省受理"),
    ("settle", "审定"),
    ("reopen", "撤回审定"),
    ("find_absent", "认定未参加"),
    ("restore", "撤销未参加认定"),
    ("feed_back", "反馈结果"),
    ("request", "申请复核"),
    ("decide", "作出复核决定"),
    ("grade", "确认等次"),
    ("archive", "归档"),
];

/// What people call a step of the log.
pub fn name_of_step(key: &str) -> &'static str {
    STEPS.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
}

fn item_of(step: &Step) -> &'static str {
    match step {
        Step::Submit { .. } | Step::Return { .. } => "10-1",
        Step::Check | Step::Forward => "10-2",
        Step::Accept { .. } | Step::Settle | Step::Reopen { .. } => "10-3",
        Step::FindAbsent { .. }
        | Step::Restore
        | Step::FeedBack { .. }
        | Step::Request { .. }
        | Step::Decide { .. }
        | Step::Grade { .. }
        | Step::Archive => "14",
    }
}

/// One stage and one step of each kind, in the order of the year, with facts under which the step may be allowed:
/// for the diagram and for tests that try every pair.
pub fn examples() -> (Vec<Stage>, Vec<Step>) {
    let early = Date::constant(2027, 1, 20);
    let (first, at) = (early.at(9, 0, 0, 0), Date::constant(2027, 3, 1).at(9, 0, 0, 0));
    let (due, late) = (Date::constant(2027, 3, 1), Some(Date::constant(2027, 2, 20).at(9, 0, 0, 0)));
    let city = Due::day(Date::constant(2027, 2, 15));
    let stages = vec![
        Stage::Filling,
        Stage::Submitted { first },
        Stage::Submitted { first: Date::constant(2027, 2, 20).at(9, 0, 0, 0) },
        Stage::Returned { first, by: Desk::City, due },
        Stage::Returned { first, by: Desk::Province, due },
        Stage::CityChecked { first },
        Stage::Scoring { first },
        Stage::Settled { first },
        Stage::Absent { first: None },
        Stage::Absent { first: late },
        Stage::FedBack { first: Some(first), settled: true, until: due },
        Stage::FedBack { first: Some(first), settled: true, until: early },
        Stage::FedBack { first: late, settled: false, until: due },
        Stage::Review { first: Some(first), settled: true },
        Stage::Review { first: None, settled: false },
        Stage::Reviewed { first: Some(first), settled: true },
        Stage::Reviewed { first: None, settled: true },
        Stage::Reviewed { first: late, settled: false },
        Stage::Graded { first: Some(first) },
        Stage::Archived { first: Some(first) },
    ];
    let absent = Step::FindAbsent { at, due: Due::day(Date::constant(2027, 2, 1)), statement: Some(early) };
    let steps = vec![
        Step::Submit { at },
        Step::Return { by: Desk::City, due, before: 0, most: 1 },
        Step::Return { by: Desk::Province, due, before: 0, most: 1 },
        Step::Check,
        Step::Forward,
        Step::Accept { own: true, at, city },
        Step::Settle,
        Step::Reopen { reasoned: true },
        absent,
        Step::Restore,
        Step::FeedBack { until: due },
        Step::Request { at },
        Step::Decide { took_part: true },
        Step::Decide { took_part: false },
        Step::Grade { at },
        Step::Archive,
    ];
    (stages, steps)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::general::{HolidayYear, Workdays};

    /// 2027-01-31 is a Sunday; the next day is worked.
    fn deadline() -> Due {
        let year = HolidayYear { year: 2027, source: "示例".to_owned(), off: vec![date(2027, 1, 1)], work: vec![] };
        Workdays::new([year]).roll(date(2027, 1, 31))
    }

    fn find(at: DateTime, statement: Option<Date>) -> Step {
        Step::FindAbsent { at, due: deadline(), statement }
    }

    #[test]
    fn the_last_second_of_the_rolled_day_is_in_time_and_midnight_is_late() {
        let (last, late) = (date(2027, 2, 1).at(23, 59, 59, 999_000_000), date(2027, 2, 2).at(0, 0, 0, 0));
        assert_eq!(deadline(), Due::day(date(2027, 2, 1)));
        let answered = Some(date(2027, 2, 20));
        let at = date(2027, 2, 21).at(0, 0, 0, 0);
        let refusal = take(Stage::Submitted { first: last }, find(at, answered)).expect_err("in time");
        assert_eq!(refusal.to_string(), "该站已按时报送，不能认定为未参加。（依据：办法第十四条）");
        assert_eq!(take(Stage::Submitted { first: late }, find(at, answered)), Ok(Stage::Absent { first: Some(late) }));
        // Handed in on the Sunday itself, or before it is over.
        let before = take(Stage::Filling, find(last, answered)).expect_err("not yet");
        assert!(before.to_string().contains("期限未满"), "{before}");
    }

    #[test]
    fn not_taking_part_needs_a_notice_and_the_time_to_answer_it() {
        let at = date(2027, 2, 20).at(23, 59, 59, 0);
        let unserved = take(Stage::Filling, find(at, None)).expect_err("no notice");
        assert!(unserved.to_string().contains("尚未送达未参加年度检查告知书"), "{unserved}");
        let answering = take(Stage::Filling, find(at, Some(date(2027, 2, 20)))).expect_err("still answering");
        assert!(answering.to_string().contains("陈述期限至 2027-02-20 24时，期限未满"), "{answering}");
        let over = date(2027, 2, 21).at(0, 0, 0, 0);
        assert_eq!(take(Stage::Filling, find(over, Some(date(2027, 2, 20)))), Ok(Stage::Absent { first: None }));
    }

    #[test]
    fn what_is_returned_keeps_its_first_receipt_and_is_not_late() {
        let first = date(2027, 1, 31).at(23, 59, 58, 0);
        let back = Step::Return { by: Desk::City, due: date(2027, 2, 12), before: 0, most: 1 };
        let returned = take(Stage::Submitted { first }, back).expect("returned");
        let again = Step::Submit { at: date(2027, 2, 9).at(10, 0, 0, 0) };
        let resubmitted = take(returned.clone(), again).expect("again");
        assert_eq!(resubmitted, Stage::Submitted { first });
        let twice = Step::Return { by: Desk::City, due: date(2027, 2, 20), before: 1, most: 1 };
        assert!(take(resubmitted.clone(), twice).expect_err("once").to_string().contains("以 1 次为限"));
        let late = Step::Submit { at: date(2027, 2, 13).at(0, 0, 0, 0) };
        let refused = take(returned.clone(), late).expect_err("correction over");
        assert!(refused.to_string().contains("补正期限至 2027-02-12 24时，已届满"), "{refused}");
        let last = Step::Submit { at: date(2027, 2, 12).at(23, 59, 59, 0) };
        assert_eq!(take(returned.clone(), last), Ok(Stage::Submitted { first }));
        // A correction that never came does not undo the receipt: the city checks what there is.
        assert_eq!(take(returned, Step::Check), Ok(Stage::CityChecked { first }));
        let absent = take(resubmitted, find(date(2027, 3, 1).at(0, 0, 0, 0), Some(date(2027, 2, 20))));
        assert!(absent.expect_err("took part").to_string().contains("已按时报送"));
    }

    #[test]
    fn a_late_city_is_marked_and_its_station_goes_on() {
        let first = date(2027, 1, 30).at(9, 0, 0, 0);
        let city = Due::day(date(2027, 2, 15));
        let (last, late) = (date(2027, 2, 15).at(23, 59, 59, 0), date(2027, 2, 16).at(0, 0, 0, 0));
        let stage = Stage::Submitted { first };
        assert!(!stage.city_late(true, &city, last));
        assert!(stage.city_late(true, &city, late));
        assert!(!stage.city_late(false, &city, late));
        assert!(!Stage::Scoring { first }.city_late(true, &city, late));
        let accept = |own, at| Step::Accept { own, at, city };
        let early = take(stage.clone(), accept(false, last)).expect_err("the city still has time");
        assert!(early.to_string().contains("由市商务主管部门上报。（依据：办法第十条（二））"), "{early}");
        assert_eq!(take(stage.clone(), accept(false, late)), Ok(Stage::Scoring { first }));
        assert_eq!(take(stage, accept(true, last)), Ok(Stage::Scoring { first }));
    }

    #[test]
    fn review_is_asked_for_in_time_and_grades_wait_for_it() {
        let (first, settled, until) = (None, false, date(2027, 4, 12));
        let fed = Stage::FedBack { first, settled, until };
        let (last, after) = (until.at(23, 59, 59, 0), date(2027, 4, 13).at(0, 0, 0, 0));
        assert_eq!(take(fed.clone(), Step::Request { at: last }), Ok(Stage::Review { first, settled }));
        assert!(take(fed.clone(), Step::Request { at: after }).is_err());
        assert!(take(fed.clone(), Step::Grade { at: last }).is_err());
        assert_eq!(take(fed, Step::Grade { at: after }), Ok(Stage::Graded { first }));
        assert!(take(Stage::Review { first, settled }, Step::Grade { at: after }).is_err());
        assert_eq!(take(Stage::Reviewed { first, settled }, Step::Grade { at: last }), Ok(Stage::Graded { first }));
    }

    #[test]
    fn nobody_is_graded_without_feedback_and_an_archived_year_stays() {
        let (stages, steps) = examples();
        for stage in &stages {
            for step in &steps {
                let Ok(next) = take(stage.clone(), step.clone()) else { continue };
                if matches!(next, Stage::Graded { .. }) {
                    assert!(matches!(stage, Stage::FedBack { .. } | Stage::Reviewed { .. }), "{stage:?}");
                }
                assert!(!matches!(stage, Stage::Archived { .. }), "{step:?}");
                assert!(next.first() == stage.first() || matches!(stage, Stage::Filling), "{stage:?} {step:?}");
            }
        }
    }

    #[test]
    fn what_was_settled_changes_only_in_review_or_after_the_settlement_is_taken_back() {
        let (stages, steps) = examples();
        for stage in &stages {
            let city = changeable(stage, Desk::City, 2026);
            let province = changeable(stage, Desk::Province, 2026);
            let told = matches!(stage.key(), "settled" | "fed_back" | "review" | "reviewed" | "graded" | "archived");
            assert_eq!(city.is_err(), told, "{stage:?}");
            assert_eq!(province.is_err(), told && !matches!(stage, Stage::Review { .. }), "{stage:?}");
            for refusal in [city, province].into_iter().filter_map(Result::err) {
                assert!(refusal.to_string().ends_with("（依据：办法第十四条）"), "{refusal}");
            }
            for step in &steps {
                let Ok(next) = take(stage.clone(), step.clone()) else { continue };
                let opens = told && changeable(&next, Desk::Province, 2026).is_ok();
                assert!(!opens || matches!(step, Step::Request { .. } | Step::Reopen { .. }), "{stage:?} {step:?}");
            }
        }
    }

    #[test]
    fn a_settlement_is_taken_back_before_the_grade_and_never_after() {
        let back = Step::Reopen { reasoned: true };
        let first = date(2027, 1, 20).at(9, 0, 0, 0);
        let told = Stage::FedBack { first: Some(first), settled: true, until: date(2027, 4, 12) };
        let reviewed = Stage::Reviewed { first: Some(first), settled: true };
        for stage in [Stage::Settled { first }, told, reviewed] {
            assert_eq!(take(stage.clone(), back.clone()), Ok(Stage::Scoring { first }));
            let refusal = take(stage, Step::Reopen { reasoned: false }).expect_err("no reason");
            assert_eq!(refusal.to_string(), "撤回审定须写明理由。（依据：办法第十条（三））");
        }
        for stage in [Stage::Graded { first: Some(first) }, Stage::Archived { first: Some(first) }] {
            let refusal = take(stage, back.clone()).expect_err("graded");
            assert!(refusal.to_string().contains("不能撤回审定。（依据：办法第十条（三））"), "{refusal}");
        }
    }

    /// Its late material gives one found absent a first receipt, and still no settlement. Only a review that finds that
    /// it took part gives it one (reading K87).
    #[test]
    fn what_was_never_settled_is_not_taken_back() {
        let (back, until) = (Step::Reopen { reasoned: true }, date(2027, 4, 12));
        for first in [None, Some(date(2027, 2, 20).at(9, 0, 0, 0))] {
            let told = take(Stage::Absent { first }, Step::FeedBack { until }).expect("told");
            let review = take(told.clone(), Step::Request { at: until.at(9, 0, 0, 0) }).expect("asked");
            let kept = take(review.clone(), Step::Decide { took_part: false }).expect("kept");
            for stage in [told, kept] {
                assert!(!stage.settled(), "{stage:?}");
                let refusal = take(stage, back.clone()).expect_err("found absent");
                assert!(
                    refusal.to_string().contains("得分没有审定，不能撤回审定。（依据：办法第十条（三））"),
                    "{refusal}"
                );
            }
            let restored = take(review.clone(), Step::Decide { took_part: true }).expect("restored");
            assert!(restored.settled());
            let opened = first.map_or(review, |first| Stage::Scoring { first });
            assert_eq!(take(restored, back.clone()), Ok(opened));
        }
    }

    #[test]
    fn a_stage_is_read_back_from_what_is_kept() {
        for stage in examples().0 {
            assert_eq!(Stage::from_parts(stage.key(), stage.first(), stage.due(), stage.settled()), Some(stage));
        }
        assert_eq!(Stage::from_parts("submitted", None, None, false), None);
    }
}
