//! Places as people and notices name them (Article 5(1), reading K93): which countries a name stands for.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Codes of countries; a country is a set of one.
type Members = BTreeSet<&'static str>;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// 全球: any place there is.
    Anywhere,
    Known(Members),
    /// A name no table knows.
    Word(String),
}

impl Place {
    /// Whether one of the two holds the other: a country is in its group, and a group has the country in it. Two groups that
    /// only have members in common, 中东 and 非洲, are two places. Unknown names are the same where the texts are.
    pub fn meets(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::Anywhere, _) | (_, Place::Anywhere) => true,
            (Place::Known(one), Place::Known(two)) => one.is_subset(two) || two.is_subset(one),
            (one, two) => one == two,
        }
    }
}

enum Row {
    Known(Members),
    /// 欧美: several places in one word.
    Several(&'static str),
}

/// The shipped table by name, in lower case.
static ROWS: LazyLock<HashMap<String, Row>> = LazyLock::new(|| {
    let mut rows = HashMap::new();
    let lines = include_str!("../../data/places.tsv").lines().filter(|line| !line.starts_with('#'));
    for (one, other) in lines.filter_map(|line| line.split_once('\t')) {
        let country = one.len() == 2 && one.is_ascii();
        let (names, members) = if country { (other, one) } else { (one, other) };
        for name in names.split('|') {
            let several = members.contains('、');
            let row = if several { Row::Several(members) } else { Row::Known(members.split(' ').collect()) };
            rows.insert(name.to_lowercase(), row);
        }
    }
    rows
});

const ANYWHERE: [&str; 10] =
    ["全球", "世界", "世界各地", "全世界", "各国", "各国各地区", "国际", "多国", "所有国家", "海外"];
/// What stands behind a place's name and adds nothing.
const BEHIND: [&str; 6] = ["市场", "国家", "地区", "各国", "成员国", "等"];
/// Between two names of a list as people type it.
const BETWEEN: [char; 8] = ['、', '，', ',', ';', '；', '/', '\n', '\t'];

/// The places of a list as typed, each once.
pub fn places(text: &str) -> Vec<Place> {
    let mut found = Vec::new();
    for part in text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty()) {
        // `South Africa` is one place, `美国 欧盟` are two.
        let named = known(part).unwrap_or_else(|| part.split_whitespace().flat_map(place).collect());
        for place in named {
            if !found.contains(&place) {
                found.push(place);
            }
        }
    }
    found
}

/// The places of a name without blanks; one that is unknown stands for itself.
fn place(name: &str) -> Vec<Place> {
    let several = || name.split(['和', '及', '与']).map(known).collect::<Option<Vec<_>>>().map(|all| all.concat());
    known(name).or_else(several).unwrap_or_else(|| vec![Place::Word(name.to_lowercase())])
}

fn known(name: &str) -> Option<Vec<Place>> {
    let mut name = name.trim().to_lowercase();
    loop {
        if ANYWHERE.contains(&name.as_str()) {
            return Some(vec![Place::Anywhere]);
        }
        match ROWS.get(&name) {
            Some(Row::Known(members)) => return Some(vec![Place::Known(members.clone())]),
            Some(Row::Several(list)) => return Some(places(list)),
            None => name = BEHIND.iter().find_map(|behind| name.strip_suffix(behind))?.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_places_the_table_has() {
        let table = include_str!("../../data/places.tsv");
        let lines = || table.lines().filter(|line| !line.starts_with('#'));
        let codes: BTreeSet<&str> = lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(code, _)| code)
            .filter(|code| code.len() == 2)
            .collect();
        assert!(codes.len() > 240, "{}", codes.len());
        for line in lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            let [one, other] = cells[..] else { panic!("{line}") };
            assert!(!one.is_empty() && !other.is_empty(), "{line}");
            if other.contains('、') {
                assert!(places(other).iter().all(|place| matches!(place, Place::Known(_))), "{line}");
            } else if !codes.contains(one) {
                assert!(other.split(' ').all(|code| codes.contains(code)), "{line}");
            }
        }
        // No name stands for two.
        let names = lines().flat_map(|line| {
            let (one, other) = line.split_once('\t').unwrap_or_default();
            if codes.contains(one) { other.split('|') } else { one.split('|') }
        });
        assert_eq!(names.map(str::to_lowercase).count(), ROWS.len());
    }

    #[test]
    fn a_list_is_read_however_it_is_parted() {
        let two = places("美国、欧盟");
        for list in ["美国，欧盟", "美国 欧盟", "美国市场;欧盟国家", "欧盟和美国", "欧美", "USA / EU", "欧盟、美国等"]
        {
            let other = places(list);
            assert!(two.len() == 2 && two.len() == other.len() && two.iter().all(|one| other.contains(one)), "{list}");
        }
        assert_eq!(places("South Africa"), places("南非"));
        assert_eq!(places("特立尼达和多巴哥").len(), 1);
        assert_eq!(places("月球、月球"), [Place::Word("月球".to_owned())]);
        assert_eq!(places(" 、"), []);
    }
}
