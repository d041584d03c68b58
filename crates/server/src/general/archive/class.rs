//! How long a document is kept, by the end of its title: `law/archive.toml`.

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
    /// `keep` of the class for titles none names.
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
    ends: Vec<String>,
}

impl Classes {
    /// # Errors
    /// Fails when the shipped file is none, which a test rules out.
    pub fn shipped() -> anyhow::Result<Classes> {
        let table: Table = toml::from_str(SHIPPED).context("随附的保管期限表")?;
        table.class_named(&table.otherwise).context("随附的保管期限表没有 otherwise 所指的一档")?;
        Ok(Classes { table, reached: BTreeMap::new() })
    }

    /// The class of a title, and the next number in it.
    pub fn next(&mut self, title: &str) -> (Class, usize) {
        let class = self.table.class_of(title);
        let reached = self.reached.entry(class.code.clone()).or_default();
        *reached += 1;
        (class, *reached)
    }
}

impl Table {
    fn class_named(&self, keep: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.keep == keep)
    }

    /// The class with the longest end that fits; what stands in brackets behind a title only names it.
    fn class_of(&self, title: &str) -> Class {
        let bare = title.split('（').next().unwrap_or(title).trim_end();
        let longest = |class: &&Class| class.ends.iter().filter(|end| bare.ends_with(*end)).map(String::len).max();
        let named = self.classes.iter().filter(|class| longest(class).is_some()).max_by_key(longest);
        // `shipped` has seen to it that there is one.
        named.or_else(|| self.class_named(&self.otherwise)).cloned().unwrap_or(Class {
            keep: self.otherwise.clone(),
            code: "D30".to_owned(),
            ends: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_a_stations_standing_is_kept_for_good() {
        let mut classes = Classes::shipped().expect("shipped");
        let mut of = |title: &str| {
            let (class, number) = classes.next(title);
            format!("{} {}-{number}", class.keep, class.code)
        };
        for (title, class) in [
            ("关于撤销示例工作站的决定", "永久 Y-1"),
            ("入选名单公示", "永久 Y-2"),
            ("关于确认2026年工作站的确认通知", "永久 Y-3"),
            ("2025年度评估评分表（示例工作站）", "30年 D30-1"),
            ("关于开展申报的通知", "30年 D30-2"),
            ("整改通知书", "30年 D30-3"),
            ("某事", "30年 D30-4"),
            ("补正通知书", "10年 D10-1"),
        ] {
            assert_eq!(of(title), class, "{title}");
        }
    }
}
