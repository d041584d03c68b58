//! 专家评审意见表: what a panel said of one application, as a document (Article 8 (3)).

use askama::Template;
use papers::official::plain;
use regulation::Points;
use store::admission::{Panel, RegionOverride, ReviewRow};
use store::general::NewPaper;

use super::cases::Case;
use super::panels::OutcomeView;
use super::regions;
use super::reviews::marks_by_row;
use crate::app::App;
use crate::general::papers::paper;
use crate::shell::moment_of;

#[derive(Template)]
#[template(path = "papers/panel_review.txt")]
struct ReviewPaper {
    unit: String,
    industry: String,
    /// That the unit is registered outside the province, and why it was let through.
    registered: Option<String>,
    panel: String,
    experts: Vec<String>,
    rows: Vec<(String, String, Vec<String>)>,
    totals: Vec<String>,
    agree: Vec<&'static str>,
    opinions: Vec<(String, String, String)>,
    mean: String,
    agreed: String,
    dropped: Option<String>,
    wide: Option<String>,
    result: String,
    department: String,
    dated: String,
}

/// The document on one application of a panel whose reviews are all locked.
///
/// # Errors
/// Fails when the template gives no document: a fault of ours.
pub fn of_case(
    app: &App,
    panel: &Panel,
    case: &Case,
    reviews: &[ReviewRow],
    outcome: &OutcomeView,
    through: Option<&RegionOverride>,
) -> anyhow::Result<NewPaper> {
    let present = app.present();
    let own: Vec<&ReviewRow> = reviews.iter().filter(|review| review.application_id == case.id).collect();
    let marks: Vec<_> = own.iter().map(|review| marks_by_row(review)).collect();
    let rows = present.edition.calendar.rubric.iter().map(|row| {
        let mark = |marks: &std::collections::BTreeMap<String, String>| marks.get(&row.id).cloned().unwrap_or_default();
        (row.name.clone(), row.max.plain(), marks.iter().map(mark).collect())
    });
    let opinion = |review: &&ReviewRow| {
        let at = review.locked_at.map(moment_of).unwrap_or_default();
        (review.expert.clone(), plain(&review.opinion), at)
    };
    let template = ReviewPaper {
        unit: plain(&case.unit.name),
        industry: plain(&case.industry),
        registered: through.map(|one| plain(&regions::said(one))),
        panel: plain(&panel.name),
        experts: own.iter().map(|review| plain(&review.expert)).collect(),
        rows: rows.collect(),
        totals: own.iter().map(|r| r.total.map(|t| Points::from_tenths(t).to_string()).unwrap_or_default()).collect(),
        agree: own.iter().map(|review| if review.agree == Some(1) { "同意" } else { "不同意" }).collect(),
        opinions: own.iter().map(opinion).collect(),
        mean: outcome.mean.clone(),
        agreed: outcome.agree.clone(),
        dropped: outcome.dropped.clone(),
        wide: outcome.wide.clone(),
        result: if outcome.passed { "通过".to_owned() } else { format!("未通过（{}）", outcome.short) },
        department: present.edition.head.department.clone(),
        dated: super::dated(app.clock.today()),
    };
    let new = NewPaper { kind: "admission.review", noun: "application", noun_id: case.id, ..NewPaper::default() };
    paper(new, &template)
}
