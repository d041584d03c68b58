//! 同类行业 (Article 7, reading K26): who already covers the industry an applicant names.

use std::collections::BTreeSet;

use crate::general::{Basis, Refusal};

/// What somebody covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// GB/T 4754 code, at least its middle class (three digits).
    pub code: String,
    /// HS chapters, two digits each.
    pub chapters: BTreeSet<String>,
    /// 综合性: across industries.
    pub comprehensive: bool,
}

/// How near two of them are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// The same middle class: one industry, one station.
    Same,
    /// Other industries that share these HS chapters: a hint, no conflict.
    Chapters(Vec<String>),
}

impl Cover {
    pub fn new(code: &str, chapters: &str, comprehensive: bool) -> Cover {
        Cover { code: code.trim().to_owned(), chapters: self::chapters(chapters), comprehensive }
    }

    /// The middle class; `None` when the code is too short to have one.
    pub fn class(&self) -> Option<&str> {
        let digits = self.code.trim_start_matches(|c: char| c.is_ascii_uppercase());
        digits.get(..3).filter(|class| class.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// How near another station is. A comprehensive one is never of the same industry as a single-industry one.
    pub fn near(&self, other: &Cover) -> Option<Nearness> {
        if self.comprehensive || other.comprehensive {
            return None;
        }
        if self.class().is_some() && self.class() == other.class() {
            return Some(Nearness::Same);
        }
        let shared: Vec<String> = self.chapters.intersection(&other.chapters).cloned().collect();
        (!shared.is_empty()).then_some(Nearness::Chapters(shared))
    }
}

/// HS chapters as people list them: digits in twos, whatever stands between.
pub fn chapters(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() >= 2);
    parts.filter_map(|part| part.get(..2).map(str::to_owned)).collect()
}

/// Whether an application may go on although its industry is covered.
///
/// # Errors
/// The refusal when it is and no reason is given.
pub fn excused(conflicts: Conflicts, reason: &str) -> Result<(), Refusal> {
    match conflicts.said() {
        Some(said) if reason.trim().is_empty() => {
            let sentence = format!("{said}，一个行业原则上只设一个；确需设立的，请写明理由。");
            Err(Refusal::new(Basis::Item("7"), sentence))
        }
        _ => Ok(()),
    }
}

/// Who else is of the same industry: stations that cover it, and applications of the same round that ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    pub stations: usize,
    pub applications: usize,
}

impl Conflicts {
    /// The conflict in words; `None` without one.
    pub fn said(self) -> Option<String> {
        match (self.stations, self.applications) {
            (0, 0) => None,
            (stations, 0) => Some(format!("同类行业已有 {stations} 个工作站")),
            (0, others) => Some(format!("本轮另有 {others} 个单位申请同类行业")),
            (stations, others) => Some(format!("同类行业已有 {stations} 个工作站，本轮另有 {others} 个单位申请")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_middle_class_is_one_industry() {
        let tyres = Cover::new("291", "40", false);
        assert_eq!(tyres.near(&Cover::new("2911", "", false)), Some(Nearness::Same));
        assert_eq!(tyres.near(&Cover::new("C291", "", false)), Some(Nearness::Same));
        assert_eq!(tyres.near(&Cover::new("292", "39、40", false)), Some(Nearness::Chapters(vec!["40".to_owned()])));
        assert_eq!(tyres.near(&Cover::new("292", "39", false)), None);
        assert_eq!(tyres.near(&Cover::new("291", "40", true)), None);
        assert_eq!(Cover::new("", "", false).near(&Cover::new("", "", false)), None);
    }

    #[test]
    fn a_covered_industry_needs_a_reason() {
        let of = |stations, applications| Conflicts { stations, applications };
        assert!(excused(of(0, 0), "").is_ok());
        assert_eq!(excused(of(1, 0), " ").expect_err("covered").basis, "办法第七条");
        let both = excused(of(1, 2), "").expect_err("covered and contended");
        assert!(both.reason.starts_with("同类行业已有 1 个工作站，本轮另有 2 个单位申请，"), "{}", both.reason);
        assert!(excused(of(0, 1), "").expect_err("contended").reason.contains("本轮另有 1 个单位申请同类行业"));
        assert!(excused(of(1, 1), "产品和市场均不相同").is_ok());
    }
}
