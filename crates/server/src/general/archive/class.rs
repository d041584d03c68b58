//! How long a document is kept, by its form: `law/archive.toml`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;

const SHIPPED: &str = include_str!("../../../../../law/archive.toml");

/// The classes, and the number each has reached.
pub struct Classes {
    table: Table,
    reached: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// `keep` of the class for forms none names.
    otherwise: String,
    #[serde(rename = "class")]
    classes: Vec<Class>,
}

/// 永久, 30年 or 10年.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub keep: String,
    /// As it stands in 档号: Y, D30, D10.
    pub code: String,
    forms: Vec<String>,
}

impl Classes {
    /// # Errors
    /// Fails when the shipped file is none, which a test rules out.
    pub fn shipped() -> anyhow::Result<Classes> {
        let table: Table = toml::from_str(SHIPPED).context("随附的保管期限表")?;
        table.class_named(&table.otherwise).context("随附的保管期限表没有 otherwise 所指的一档")?;
        Ok(Classes { table, reached: BTreeMap::new() })
    }

    /// The class of a form, and the next number in it.
    pub fn next(&mut self, form: &str) -> (Class, usize) {
        let class = self.table.class_of(form);
        let reached = self.reached.entry(class.code.clone()).or_default();
        *reached += 1;
        (class, *reached)
    }
}

impl Table {
    fn class_named(&self, keep: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.keep == keep)
    }

    fn class_of(&self, form: &str) -> Class {
        let named = self.classes.iter().find(|class| class.forms.iter().any(|known| known == form));
        let otherwise = || self.class_named(&self.otherwise);
        // `shipped` has seen to it that there is one.
        named.or_else(otherwise).or(self.classes.first()).cloned().unwrap_or(Class {
            keep: self.otherwise.clone(),
            code: "D30".to_owned(),
            forms: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_a_stations_standing_is_kept_for_good() {
        let mut classes = Classes::shipped().expect("shipped");
        let mut of = |form: &str| {
            let (class, number) = classes.next(form);
            format!("{} {}-{number}", class.keep, class.code)
        };
        assert_eq!(of("决定"), "永久 Y-1");
        assert_eq!(of("公示"), "永久 Y-2");
        assert_eq!(of("评分表"), "30年 D30-1");
        assert_eq!(of("其他"), "30年 D30-2");
        assert_eq!(of("回执"), "10年 D10-1");
    }
}
