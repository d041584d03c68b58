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
pub fn excused(same: usize, reason: &str) -> Result<(), Refusal> {
    if same > 0 && reason.trim().is_empty() {
        let sentence = format!("同类行业已有 {same} 个工作站，一个行业原则上只设一个；确需设立的，请写明理由。");
        return Err(Refusal::new(Basis::Item("7"), sentence));
    }
    Ok(())
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
        assert!(excused(0, "").is_ok());
        assert_eq!(excused(1, " ").expect_err("covered").basis, "办法第七条");
        assert!(excused(1, "产品和市场均不相同").is_ok());
    }
}
