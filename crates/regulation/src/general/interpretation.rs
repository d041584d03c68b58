//! 解释口径 (Article 18): the department's answers on the text, each bound to one place of an edition, effective from a day.

use jiff::civil::Date;

use super::{Basis, Refusal};
use crate::law::{Edition, cite};

/// What an answer is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An article item, `11-5-1`.
    Item(String),
    /// A row of the annex, `warn.report`.
    Row(String),
}

impl Place {
    /// The place a stored pair names.
    pub fn of(noun: &str, id: &str) -> Option<Place> {
        match noun {
            "item" => Some(Place::Item(id.to_owned())),
            "row" => Some(Place::Row(id.to_owned())),
            _ => None,
        }
    }

    /// `item` or `row`.
    pub fn noun(&self) -> &'static str {
        match self {
            Place::Item(_) => "item",
            Place::Row(_) => "row",
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Place::Item(id) | Place::Row(id) => id,
        }
    }

    /// Whether the edition has the place at all.
    pub fn is_in(&self, edition: &Edition) -> bool {
        match self {
            Place::Item(id) => edition.item(id).is_some(),
            Place::Row(id) => edition.sheet.item(id).is_some(),
        }
    }

    /// `办法第十一条（五）1`, or the work of a row.
    pub fn name(&self, edition: &Edition) -> String {
        match self {
            Place::Item(id) => format!("办法{}", cite(id)),
            Place::Row(id) => {
                format!("评分表：{}", edition.sheet.item(id).map_or(id.as_str(), |item| item.work.as_str()))
            }
        }
    }
}

/// How an answer stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Awaiting,
    InForce,
    Replaced,
}

impl Standing {
    /// Of an answer effective from a day, and until the day from which another took its place.
    pub fn on(day: Date, from: Date, replaced_from: Option<Date>) -> Standing {
        match replaced_from {
            Some(replaced) if replaced <= day => Standing::Replaced,
            _ if day < from => Standing::Awaiting,
            _ => Standing::InForce,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Standing::Awaiting => "未生效",
            Standing::InForce => "有效",
            Standing::Replaced => "已替代",
        }
    }
}

/// Whether a new answer may take the place of an earlier one: each is replaced once, by what then stands to be replaced
/// itself.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn replaceable(replaced: bool) -> Result<(), Refusal> {
    if !replaced {
        return Ok(());
    }
    Err(Refusal::new(Basis::Item("18"), "该口径已由后来的口径替代，需要再改的，请替代后来的口径。"))
}

/// Whether an answer effective from a day can follow the one it replaces: the earlier one was in force for a day at least.
pub fn follows(from: Date, earlier_from: Date) -> bool {
    from > earlier_from
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_answer_is_in_force_from_its_day_until_the_day_of_the_next() {
        let (from, next) = (date(2026, 10, 1), date(2027, 1, 1));
        let on = |day| Standing::on(day, from, Some(next));
        assert_eq!(on(date(2026, 9, 30)), Standing::Awaiting);
        assert_eq!(on(from), Standing::InForce);
        assert_eq!(on(date(2026, 12, 31)), Standing::InForce);
        assert_eq!(on(next), Standing::Replaced);
        assert_eq!(Standing::on(date(2036, 1, 1), from, None), Standing::InForce);
    }

    #[test]
    fn an_answer_is_replaced_once_and_by_a_later_one() {
        assert!(replaceable(false).is_ok());
        let refusal = replaceable(true).expect_err("refused").to_string();
        assert_eq!(refusal, "该口径已由后来的口径替代，需要再改的，请替代后来的口径。（依据：办法第十八条）");
        assert!(follows(date(2026, 10, 2), date(2026, 10, 1)));
        assert!(!follows(date(2026, 10, 1), date(2026, 10, 1)));
    }

    #[test]
    fn a_place_is_read_back_from_its_parts() {
        for place in [Place::Item("11-5-1".to_owned()), Place::Row("warn.report".to_owned())] {
            assert_eq!(Place::of(place.noun(), place.id()), Some(place));
        }
        assert_eq!(Place::of("reading", "K2"), None);
    }
}
