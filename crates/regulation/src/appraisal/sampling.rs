//! 省级抽取 (Article 10 (3), reading K37): so many in a hundred of all stations, and in every city at least so many.
//!
//! Two kinds of draw by the one recorded seed, each as [`crate::general::draw`] does it: first, for each city in the
//! order of its code, its least number under “seed；city's code”; then, of all that are left, what the ratio still asks
//! under “seed；全省”.

use std::collections::BTreeMap;

use crate::general::draw::draw;

/// A station that may be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: i64,
    pub city: String,
}

/// How many are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    pub percent: i64,
    pub min_per_city: i64,
}

/// Why a station was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// 每市最少.
    City,
    /// 按比例.
    Ratio,
}

impl Why {
    pub fn key(self) -> &'static str {
        match self {
            Why::City => "city",
            Why::Ratio => "ratio",
        }
    }

    pub fn name_of(key: &str) -> &'static str {
        if key == Why::City.key() { "每市最少" } else { "按比例" }
    }
}

/// How many of so many the ratio asks for, rounded up.
pub fn asked(total: usize, ratio: Ratio) -> usize {
    let percent = usize::try_from(ratio.percent).unwrap_or_default().min(100);
    (total * percent).div_ceil(100)
}

/// The stations drawn by a seed, in the order they were drawn.
pub fn sample(seed: &str, candidates: &[Candidate], ratio: Ratio) -> Vec<(i64, Why)> {
    let mut by_city: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for candidate in candidates {
        by_city.entry(&candidate.city).or_default().push(candidate.id);
    }
    let least = usize::try_from(ratio.min_per_city).unwrap_or_default();
    let mut drawn: Vec<(i64, Why)> = Vec::new();
    for (city, ids) in &mut by_city {
        ids.sort_unstable();
        ids.dedup();
        drawn.extend(draw(&format!("{seed}；{city}"), ids, least).into_iter().map(|id| (id, Why::City)));
    }
    let mut left: Vec<i64> = by_city.into_values().flatten().collect();
    left.sort_unstable();
    let wanted = asked(left.len(), ratio).saturating_sub(drawn.len());
    left.retain(|id| !drawn.iter().any(|(known, _)| known == id));
    drawn.extend(draw(&format!("{seed}；全省"), &left, wanted).into_iter().map(|id| (id, Why::Ratio)));
    drawn
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const RATIO: Ratio = Ratio { percent: 20, min_per_city: 1 };

    fn candidates(cities: usize, each: i64) -> Vec<Candidate> {
        let of_city = |n: usize| {
            let first = i64::try_from(n).expect("small") * 100;
            (1..=each).map(move |id| Candidate { id: first + id, city: format!("3701{n:02}") })
        };
        (0..cities).flat_map(of_city).collect()
    }

    #[test]
    fn every_city_has_its_least_and_the_whole_its_ratio() {
        let all = candidates(16, 6);
        let drawn = sample("种子", &all, RATIO);
        assert_eq!(drawn.len(), asked(96, RATIO));
        assert_eq!(drawn.len(), 20);
        let city = |id: i64| &all.iter().find(|candidate| candidate.id == id).expect("a candidate").city;
        let cities: BTreeSet<_> = drawn.iter().map(|(id, _)| city(*id)).collect();
        assert_eq!(cities.len(), 16);
        assert_eq!(drawn.iter().filter(|(_, why)| *why == Why::City).count(), 16);
        let once: BTreeSet<_> = drawn.iter().map(|(id, _)| id).collect();
        assert_eq!(once.len(), drawn.len());
    }

    #[test]
    fn the_same_seed_and_list_give_the_same_sample_in_any_order() {
        let all = candidates(5, 7);
        let mut turned = all.clone();
        turned.reverse();
        assert_eq!(sample("种子", &all, RATIO), sample("种子", &turned, RATIO));
        assert_ne!(sample("种子", &all, RATIO), sample("另一个", &all, RATIO));
    }

    #[test]
    fn cities_with_few_stations_may_ask_for_more_than_the_ratio() {
        let drawn = sample("种子", &candidates(8, 1), RATIO);
        assert_eq!(drawn.len(), 8);
        assert!(sample("种子", &[], RATIO).is_empty());
        assert_eq!(asked(1, RATIO), 1);
        assert_eq!(asked(11, RATIO), 3);
    }
}
