//! Texts that are the same or nearly so (row on warnings published, readings K62 and K101): what a text is like is kept as
//! integers, looked up by band, and compared without the text.
//!
//! Case, width, punctuation and space do not count, numbers do: two cases of one template differ in little else. A date is
//! its numbers however it is written (`2026年9月8日`, `2026-09-08`).

use std::collections::BTreeSet;

use text::{normal, places};

mod text;

/// Characters of a shingle: Chinese words mostly have two, so three hold a word and what it leans on.
const SHINGLE: usize = 3;
/// Minima of a signature, 32 bands of four: texts that share half of their shingles meet in a band nine times in ten.
const BANDS: usize = 32;
const ROWS: usize = 4;
/// A body shorter than this, normalised, is compared together with its title; a longer one stands for itself, whatever the
/// title was changed to.
const SHORT: usize = 60;
/// Under one title, from so many thousandths on a text is another with a line added or a word mended. Under another title
/// only what is word for word the same is the same: a product put in another's place changes no more than a word mended.
/// Set high, since what is the same is not counted, and what is missed is still near, which a reviewer sees. Measured by
/// tests/likeness.rs.
const SAME: u16 = 800;
/// A title with fewer characters, normalised, could stand over anything (预警信息).
const TELLING: usize = 8;
/// From so many thousandths on most sentences are shared: cases of one template stand between 600 and 940, reports of two
/// cases, and two translations of one notice, below 300.
const NEAR: u16 = 500;

/// What a text is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Of the compared text, normalised; zero when there is none.
    whole: u64,
    /// Of the title, normalised; zero when it tells nothing.
    title: u64,
    minima: [u32; BANDS * ROWS],
    /// Numbers of title and body, and places, hashed.
    numbers: BTreeSet<u32>,
    places: BTreeSet<u32>,
}

/// How two texts stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One text, published again: it counts once.
    Same,
    /// Most sentences are shared: shown to the reviewer, and counted until a person says otherwise.
    Near,
    Different,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The share of shingles in common, estimated, in thousandths.
    pub permille: u16,
    pub verdict: Verdict,
}

impl Signature {
    pub fn of(title: &str, body: &str) -> Signature {
        let (head, text) = (normal(title), normal(body));
        let facts = format!("{head}|{text}");
        let text = if short(&text) { format!("{head}{text}") } else { text };
        let chars: Vec<char> = text.chars().collect();
        let mut minima = [u32::MAX; BANDS * ROWS];
        let shingles =
            chars.windows(SHINGLE.min(chars.len().max(1))).map(|part| hash(&part.iter().collect::<String>()));
        for shingle in shingles.collect::<BTreeSet<u64>>() {
            for (seed, least) in (1..).zip(&mut minima) {
                *least = (*least).min(high(mix(shingle ^ mix(seed))));
            }
        }
        let whole = if chars.is_empty() { 0 } else { hash(&text).max(1) };
        let numbers = facts.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
        let title = if head.chars().count() < TELLING { 0 } else { hash(&head) };
        Signature {
            whole,
            title,
            minima,
            numbers: numbers.map(|run| high(hash(run))).collect(),
            places: places(&facts).into_iter().map(|place| high(hash(place))).collect(),
        }
    }

    /// Whether each names a place the other does not.
    pub(super) fn elsewhere(&self, other: &Signature) -> bool {
        apart(&self.places, &other.places)
    }

    /// What an index looks candidates up by: texts that share one may be alike, texts that share none are hardly.
    pub fn bands(&self) -> Vec<i64> {
        let bands = (0_u64..).zip(self.minima.chunks(ROWS));
        bands
            .map(|(band, rows)| rows.iter().fold(mix(band), |hash, row| mix(hash ^ u64::from(*row))).cast_signed())
            .collect()
    }

    /// What texts that are the same share for certain: the whole or, where a word was mended, the title.
    pub(super) fn exact(&self) -> impl Iterator<Item = i64> {
        [self.whole, self.title].into_iter().filter(|hash| *hash != 0).map(u64::cast_signed)
    }

    /// As integers, to be kept.
    pub fn stored(&self) -> Vec<i64> {
        let places = i64::try_from(self.places.len()).unwrap_or_default();
        let values = self.minima.iter().chain(&self.places).chain(&self.numbers).map(|value| i64::from(*value));
        [self.whole.cast_signed(), self.title.cast_signed(), places].into_iter().chain(values).collect()
    }

    /// From what was kept; `None` when that is no signature.
    pub fn restored(kept: &[i64]) -> Option<Signature> {
        let (head, values) = kept.split_at_checked(3)?;
        let values: Vec<u32> = values.iter().map(|value| u32::try_from(*value).ok()).collect::<Option<_>>()?;
        let (minima, facts) = values.split_at_checked(BANDS * ROWS)?;
        let (places, numbers) = facts.split_at_checked(usize::try_from(head[2]).ok()?)?;
        Some(Signature {
            whole: head[0].cast_unsigned(),
            title: head[1].cast_unsigned(),
            minima: minima.try_into().ok()?,
            numbers: numbers.iter().copied().collect(),
            places: places.iter().copied().collect(),
        })
    }
}

/// Compares two texts by their signatures. Texts that are the same but for a number or a place each has of its own are two
/// cases of one template: near, never the same.
pub fn alike(a: &Signature, b: &Signature) -> Likeness {
    if a.whole == 0 || b.whole == 0 {
        return Likeness { permille: 0, verdict: Verdict::Different };
    }
    let common = a.minima.iter().zip(&b.minima).filter(|(a, b)| a == b).count();
    let permille = u16::try_from(common * 1000 / a.minima.len()).unwrap_or(1000);
    let contrary = apart(&a.numbers, &b.numbers) || a.elsewhere(b);
    let mended = permille >= SAME && a.title != 0 && a.title == b.title;
    let verdict = match permille {
        _ if !contrary && (a.whole == b.whole || mended) => Verdict::Same,
        NEAR.. => Verdict::Near,
        _ => Verdict::Different,
    };
    Likeness { permille, verdict }
}

/// Whether a text, normalised, is too short to be compared by itself.
fn short(text: &str) -> bool {
    text.chars().count() < SHORT
}

/// Whether a body says little more than its title.
pub(super) fn brief(body: &str) -> bool {
    short(&normal(body))
}

/// How much of the shorter of two texts stands in the longer, in thousandths of its shingles: what a title quotes is found in
/// it, however much is said around.
pub fn contained(a: &str, b: &str) -> u16 {
    let shingles = |text: &str| {
        let chars: Vec<char> = normal(text).chars().collect();
        chars.windows(SHINGLE).map(|part| part.iter().collect()).collect::<BTreeSet<String>>()
    };
    let (a, b) = (shingles(a), shingles(b));
    let least = a.len().min(b.len());
    u16::try_from((a.intersection(&b).count() * 1000).checked_div(least).unwrap_or_default()).unwrap_or(1000)
}

/// Whether each has what the other lacks.
fn apart(a: &BTreeSet<u32>, b: &BTreeSet<u32>) -> bool {
    !a.is_subset(b) && !b.is_subset(a)
}

/// FNV-1a, the same in every release: signatures are kept.
pub(super) fn hash(text: &str) -> u64 {
    mix(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn high(value: u64) -> u32 {
    u32::try_from(value >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_back() {
        let signature = Signature::of("欧盟对轮胎反倾销立案", "2026年9月8日");
        assert_eq!(Signature::restored(&signature.stored()), Some(signature.clone()));
        assert_eq!(Signature::restored(&signature.stored()[..100]), None);
        assert_eq!(signature.bands().len(), BANDS);
        assert_eq!(signature.whole, Signature::of("欧盟对轮胎反倾销立案", "2026-09-08").whole);
        // Kept in databases: a release that computes another value cannot find what an earlier one stored.
        assert_eq!(Signature::of("轮胎", "").bands()[0], PINNED);
    }

    #[test]
    fn nothing_is_like_an_empty_text() {
        let empty = Signature::of("", " 。");
        assert_eq!(alike(&empty, &empty).verdict, Verdict::Different);
    }

    #[test]
    fn what_a_title_quotes_is_found_in_it() {
        let report = "2026年轮胎出口应对贸易摩擦专题分析报告";
        assert_eq!(contained("《2026年轮胎出口应对贸易摩擦专题分析报告》被省商务厅采编", report), 1000);
        assert!(contained("轮胎出口应对贸易摩擦报告获采编", report) >= 500);
        assert!(contained("大蒜出口风险提示", report) < 300);
        assert_eq!((contained("", report), contained("轮胎", report)), (0, 0));
    }

    const PINNED: i64 = -5_779_206_005_403_074_997;
}
