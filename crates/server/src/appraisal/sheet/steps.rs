//! Where a station's year stands, from its own record to the confirmed grade.

use regulation::appraisal::inspection::Stage;
use regulation::general::Manager;
use store::appraisal::Submission;

use super::Loaded;
use crate::app::App;
use crate::shell::moment_of;

pub struct StepView {
    pub name: &'static str,
    pub note: String,
    /// `done`, `now` or nothing.
    pub class: &'static str,
}

/// The six steps of the year. Which is at work follows from the station's stage.
pub fn steps(app: &App, loaded: &Loaded, stage: &Stage, submissions: &[Submission]) -> Vec<StepView> {
    let year = loaded.year;
    let present = app.present();
    let due = |id: &str| present.inspection_due(id, year).map(|due| due.on);
    let by = |id: &str| due(id).map_or_else(String::new, |day| format!("{}月{}日前", day.month(), day.day()));
    let first = submissions.first();
    let given = |layer: &str| loaded.opinions.iter().filter(|opinion| opinion.layer == layer).count();
    let mut experts: Vec<i64> = loaded.marks.iter().map(|mark| mark.account_id).collect();
    experts.sort_unstable();
    experts.dedup();
    let of_province = loaded.station.manager() == Manager::Province;
    let counted = |count: usize, unit: &str, id: &str| if count > 0 { format!("{count} {unit}") } else { by(id) };
    let now = match stage {
        Stage::Waiting => 0,
        Stage::Filling | Stage::Returned { .. } => 1,
        Stage::Submitted { .. } | Stage::CityChecked { .. } if of_province => 4,
        Stage::Submitted { .. } | Stage::CityChecked { .. } => 2,
        Stage::Scoring { .. } => 3,
        Stage::Settled { .. }
        | Stage::Absent { .. }
        | Stage::FedBack { .. }
        | Stage::Review { .. }
        | Stage::Reviewed { .. } => 5,
        Stage::Graded { .. } | Stage::Archived { .. } => 6,
    };
    let confirmed =
        loaded.result.as_ref().map_or_else(|| "集体研究后确认".to_owned(), |result| moment_of(result.confirmed_at));
    let notes = [
        ("台账登记", format!("{year}年12月31日止")),
        (
            "自评报送",
            first.map_or_else(|| by("appraisal.submission"), |first| format!("{} 回执", moment_of(first.submitted_at))),
        ),
        (
            "市级核查",
            if of_province {
                "省管，不经市级".to_owned()
            } else {
                counted(given("city"), "件证据有意见", "appraisal.city_check")
            },
        ),
        ("专家评分", counted(experts.len(), "位专家", "appraisal.review")),
        ("省级审定", counted(given("province"), "件证据有意见", "appraisal.review")),
        ("确认等次", confirmed),
    ];
    let class = |ix: usize| match ix.cmp(&now) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Greater => "",
    };
    notes.into_iter().enumerate().map(|(ix, (name, note))| StepView { name, note, class: class(ix) }).collect()
}
