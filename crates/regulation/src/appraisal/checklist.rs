//! The on-site check (Article 10 (2), (3)): what is looked at, taken from the edition, and when a check is complete.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::sheet::{Item, Rule};
use crate::general::{Basis, Refusal};
use crate::law::Edition;

/// Points looked at together: a group of the annex, or what has no score row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    pub points: Vec<Point>,
}

/// One thing looked at on site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The row's id, the fact's id, or `matter` and the number of a matter without points.
    pub id: String,
    pub name: String,
    /// What to look for.
    pub hint: String,
    /// What it is worth in the annex, e.g. `评分表 6 分`, or 定性，不计分.
    pub worth: String,
    pub article: String,
}

/// What was found at one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Yes,
    Partly,
    No,
    /// The station has nothing of this to show, and need not.
    None,
}

impl Answer {
    pub const ALL: [(Answer, &'static str, &'static str); 4] = [
        (Answer::Yes, "yes", "符合"),
        (Answer::Partly, "partly", "部分"),
        (Answer::No, "no", "不符合"),
        (Answer::None, "none", "不涉及"),
    ];

    pub fn key(self) -> &'static str {
        Answer::ALL.iter().find(|(answer, ..)| *answer == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Answer::ALL.iter().find(|(answer, ..)| *answer == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Answer> {
        Answer::ALL.iter().find(|(_, known, _)| *known == key).map(|(answer, ..)| *answer)
    }

    /// Whether it says that something is amiss, so that a remark has to say what.
    pub fn amiss(self) -> bool {
        matches!(self, Answer::Partly | Answer::No)
    }
}

/// What was found at one point, in words and pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub answer: Option<Answer>,
    pub remark: String,
    /// Hashes of the photos taken for it.
    #[serde(default)]
    pub photos: Vec<String>,
}

/// A check as it is kept: when, where, by whom, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The day as typed.
    pub on: String,
    /// The time of day it began, `09:30`.
    #[serde(default)]
    pub at: String,
    pub place: String,
    /// Latitude, longitude and how exact, as the phone gave them; empty when it did not.
    pub position: String,
    pub inspectors: String,
    /// Who was there for the station.
    pub present: String,
    pub opinion: String,
    pub found: BTreeMap<String, Found>,
}

impl Check {
    /// How many points have an answer, and how many of those say that something is amiss.
    pub fn tally(&self) -> (usize, usize) {
        let answers = || self.found.values().filter_map(|found| found.answer);
        (answers().count(), answers().filter(|answer| answer.amiss()).count())
    }
}

/// Where a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Draft,
    Finished,
    /// Nobody went; why is on record (reading K36).
    Excused,
}

impl Standing {
    pub fn key(self) -> &'static str {
        match self {
            Standing::Draft => "draft",
            Standing::Finished => "finished",
            Standing::Excused => "excused",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Standing::Draft => "检查中",
            Standing::Finished => "已完成",
            Standing::Excused => "未检查，已说明原因",
        }
    }

    pub fn from_key(key: &str) -> Option<Standing> {
        [Standing::Draft, Standing::Finished, Standing::Excused].into_iter().find(|standing| standing.key() == key)
    }

    /// Whether others than those who check may read it.
    pub fn told(self) -> bool {
        self != Standing::Draft
    }
}

/// What saving makes of a check: a finished one is only ever corrected by another finished one (Article 13).
///
/// # Errors
/// The refusal to turn a finished check back into a draft.
pub fn saved(before: Option<Standing>, finish: bool) -> Result<Standing, Refusal> {
    match (before, finish) {
        (_, true) => Ok(Standing::Finished),
        (None | Some(Standing::Draft | Standing::Excused), false) => Ok(Standing::Draft),
        (Some(Standing::Finished), false) => {
            let reason = "检查已经完成，不能再存为草稿；需要更正的，修改后以“完成检查”提交，原记录保留。";
            Err(Refusal::new(Basis::Item("13"), reason))
        }
    }
}

/// Putting on record why nobody went (reading K36): not where somebody did.
///
/// # Errors
/// The refusal, when the check is finished.
pub fn excused(before: Option<Standing>) -> Result<Standing, Refusal> {
    match before {
        Some(Standing::Finished) => {
            Err(Refusal::new(Basis::Item("10-2"), "已有完成的检查记录，不须说明未检查的原因（读法 K36）。"))
        }
        None | Some(Standing::Draft | Standing::Excused) => Ok(Standing::Excused),
    }
}

/// Everything an on-site check looks at: each row of the annex and each standing fact once, then what Article 11 asks
/// without points (reading K38).
pub fn checklist(edition: &Edition) -> Vec<Section> {
    let mut sections: Vec<Section> = edition
        .sheet
        .groups()
        .map(|group| Section {
            name: group.name.clone(),
            points: group.items.iter().map(|item| of_row(edition, item)).collect(),
        })
        .collect();
    let in_rows: BTreeSet<&str> = edition.sheet.items().filter_map(fact_of).collect();
    let others = edition.facts.iter().filter(|fact| !in_rows.contains(fact.id.as_str())).map(|fact| Point {
        id: fact.id.clone(),
        name: fact.name.clone(),
        hint: fact.evidence.clone(),
        worth: UNSCORED.to_owned(),
        article: fact.basis.clone(),
    });
    let matters = edition.qualitative.iter().enumerate().map(|(ix, matter)| Point {
        id: format!("matter{}", ix + 1),
        name: matter.name.clone(),
        hint: evidence_of(edition, &matter.kinds),
        worth: UNSCORED.to_owned(),
        article: matter.article.clone(),
    });
    let points: Vec<Point> = others.chain(matters).collect();
    if !points.is_empty() {
        sections.push(Section { name: "定性核查".to_owned(), points });
    }
    sections
}

const UNSCORED: &str = "定性，不计分";

fn fact_of(item: &Item) -> Option<&str> {
    match &item.rule {
        Rule::Presence { fact, .. } => fact.as_deref(),
        _ => None,
    }
}

/// A row under the name of the fact it asks for, where it asks for one.
fn of_row(edition: &Edition, item: &Item) -> Point {
    let fact = fact_of(item).and_then(|id| edition.facts.iter().find(|fact| fact.id == id));
    let worth = match item.cap {
        Some(cap) => format!("评分表，至多 {} 分", cap.plain()),
        None => "评分表，计入本组".to_owned(),
    };
    Point {
        id: item.id.clone(),
        name: fact.map_or_else(|| item.work.clone(), |fact| fact.name.clone()),
        hint: match fact {
            Some(fact) => fact.evidence.clone(),
            None => {
                let kinds: Vec<String> = item.rule.kinds().into_iter().map(str::to_owned).collect();
                evidence_of(edition, &kinds)
            }
        },
        worth,
        article: item.article.clone(),
    }
}

/// What evidence the kinds of a row are expected to have, each once.
fn evidence_of(edition: &Edition, kinds: &[String]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for kind in kinds.iter().filter_map(|id| edition.kind(id)) {
        if !seen.contains(&kind.evidence.as_str()) {
            seen.push(&kind.evidence);
        }
    }
    seen.join("；")
}

/// What keeps a check from being finished: the point's id (empty for the check as a whole) and a sentence.
pub fn lacking(sections: &[Section], check: &Check) -> Vec<(String, &'static str)> {
    let mut lacking = Vec::new();
    let mut whole = |empty: bool, id: &str, sentence| {
        if empty {
            lacking.push((id.to_owned(), sentence));
        }
    };
    whole(check.place.is_empty(), "place", "请填写检查地点。");
    whole(check.inspectors.is_empty(), "inspectors", "请填写检查人员。");
    whole(check.opinion.is_empty(), "opinion", "请填写总体意见。");
    for point in sections.iter().flat_map(|section| &section.points) {
        match check.found.get(&point.id) {
            Some(Found { answer: Some(answer), remark, .. }) if answer.amiss() && remark.is_empty() => {
                lacking.push((point.id.clone(), "请写明不符合或者部分符合的情况。"));
            }
            Some(Found { answer: Some(_), .. }) => {}
            _ => lacking.push((point.id.clone(), "尚未检查。")),
        }
    }
    lacking
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        let point = |id: &str| Point {
            id: id.to_owned(),
            name: id.to_owned(),
            hint: String::new(),
            worth: String::new(),
            article: "11".to_owned(),
        };
        vec![Section { name: "组".to_owned(), points: vec![point("a"), point("b")] }]
    }

    fn found(answer: Answer, remark: &str) -> Found {
        Found { answer: Some(answer), remark: remark.to_owned(), photos: Vec::new() }
    }

    #[test]
    fn a_check_is_complete_when_every_point_is_answered_and_what_is_amiss_is_said() {
        let mut check =
            Check { place: "站内".into(), inspectors: "二人".into(), opinion: "可".into(), ..Check::default() };
        let ids = |check: &Check| lacking(&sections(), check).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(&check), ["a", "b"]);
        check.found.insert("a".to_owned(), found(Answer::No, ""));
        check.found.insert("b".to_owned(), found(Answer::None, ""));
        assert_eq!(lacking(&sections(), &check), [("a".to_owned(), "请写明不符合或者部分符合的情况。")]);
        check.found.insert("a".to_owned(), found(Answer::Partly, "缺一份文件"));
        assert!(ids(&check).is_empty());
        assert_eq!(check.tally(), (2, 1));
        check.place.clear();
        assert_eq!(ids(&check), ["place"]);
    }

    #[test]
    fn a_finished_check_is_corrected_but_never_a_draft_again() {
        assert_eq!(saved(None, false), Ok(Standing::Draft));
        assert_eq!(saved(Some(Standing::Draft), true), Ok(Standing::Finished));
        assert_eq!(saved(Some(Standing::Finished), true), Ok(Standing::Finished));
        let refusal = saved(Some(Standing::Finished), false).expect_err("refused");
        assert_eq!(refusal.basis, "办法第十三条");
        assert_eq!(saved(Some(Standing::Excused), false), Ok(Standing::Draft));
        assert_eq!(excused(None), Ok(Standing::Excused));
        assert_eq!(excused(Some(Standing::Finished)).expect_err("refused").basis, "办法第十条（二）");
    }

    #[test]
    fn keys_lead_back() {
        for (answer, key, name) in Answer::ALL {
            assert_eq!((Answer::from_key(key), answer.key(), answer.name()), (Some(answer), key, name));
        }
        assert_eq!(Standing::from_key("finished"), Some(Standing::Finished));
        assert_eq!(Standing::from_key("gone"), None);
    }
}
