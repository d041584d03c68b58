//! 随机抽取: a draw anyone can repeat (readings K31, K37). Experts of a panel and stations of an inspection are drawn so.
//!
//! The seed is one line of text fixed and recorded before the draw: public facts and something nobody could choose.
//! The candidates are their numbers in rising order. For each place, and for k = 1, 2, 3, … going on from place to
//! place: take the first 15 hexadecimal digits of SHA-256 of the seed, a line feed and k; with m candidates left,
//! divide by m; the remainder says which of them, counted from 0, is drawn and taken off the list. A value in the last,
//! incomplete stretch of m is passed over, so that each candidate is as likely as any other. By hand:
//!
//! ```text
//! printf '%s\n%s' "$SEED" 1 | sha256sum | cut -c1-15
//! ```

use sha2::{Digest, Sha256};

/// Values are 15 hexadecimal digits: they fit any shell's arithmetic.
const DIGITS: u32 = 15;
const VALUES: u64 = 1 << (4 * DIGITS);

/// A draw as it was made: all that is needed to repeat it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// One line, recorded before the draw.
    pub seed: String,
    /// In rising order, each once.
    pub candidates: Vec<i64>,
    /// In the order they were drawn.
    pub drawn: Vec<i64>,
}

impl Draw {
    /// Draws `count` of the candidates, or all of them when they are fewer.
    pub fn new(seed: &str, candidates: &[i64], count: usize) -> Draw {
        let seed = one_line(seed);
        let mut candidates = candidates.to_vec();
        candidates.sort_unstable();
        candidates.dedup();
        let drawn = draw(&seed, &candidates, count);
        Draw { seed, candidates, drawn }
    }

    /// Whether drawing again gives the same.
    pub fn holds(&self) -> bool {
        let sorted = self.candidates.windows(2).all(|pair| pair[0] < pair[1]);
        sorted && draw(&self.seed, &self.candidates, self.drawn.len()) == self.drawn
    }
}

/// The seed of a draw: what it is about, its day and the candidates' numbers, then what nobody could choose.
pub fn seed(about: &str, on: jiff::civil::Date, random: &str) -> String {
    one_line(&format!("{about}；{on}；{random}"))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Draws `count` of `candidates` (rising, each once) by a seed, in the order drawn.
pub fn draw(seed: &str, candidates: &[i64], count: usize) -> Vec<i64> {
    let mut left = candidates.to_vec();
    let mut drawn = Vec::with_capacity(count.min(left.len()));
    let mut values = (1u64..).map(|k| value(seed, k));
    while drawn.len() < count && !left.is_empty() {
        if let Some(place) = values.next().and_then(|value| place(value, left.len())) {
            drawn.push(left.remove(place));
        }
    }
    drawn
}

/// The k-th value of a seed: the first 60 bits of SHA-256 of "seed, line feed, k".
fn value(seed: &str, k: u64) -> u64 {
    let digest = Sha256::digest(format!("{seed}\n{k}").as_bytes());
    let head = digest.iter().take(8).fold(0u64, |head, byte| head << 8 | u64::from(*byte));
    head >> (u64::BITS - 4 * DIGITS)
}

/// Which of `left` a value means; none in the last, incomplete stretch.
fn place(value: u64, left: usize) -> Option<usize> {
    let m = u64::try_from(left).ok().filter(|m| *m > 0)?;
    let whole = VALUES - VALUES % m;
    if value >= whole {
        return None;
    }
    usize::try_from(value % m).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Worked by hand with `sha256sum`:
    ///
    /// | k | digits          | left           | remainder | drawn |
    /// |---|-----------------|----------------|-----------|-------|
    /// | 1 | 6c5bdf0e3b49c1c | 11 12 13 14 15 | mod 5 = 3 | 14    |
    /// | 2 | 4b1899845254ded | 11 12 13 15    | mod 4 = 1 | 12    |
    /// | 3 | 92e5d1765303ca6 | 11 13 15       | mod 3 = 0 | 11    |
    #[test]
    fn the_example_worked_by_hand() {
        let seed = seed("示例评审", date(2026, 6, 10), "0001");
        assert_eq!(seed, "示例评审；2026-06-10；0001");
        assert_eq!(value(&seed, 1), 0x6c5_bdf0_e3b4_9c1c);
        assert_eq!(Draw::new(&seed, &[11, 12, 13, 14, 15], 3).drawn, [14, 12, 11]);
    }

    #[test]
    fn the_order_candidates_are_given_in_does_not_matter() {
        let draw = Draw::new("甲", &[5, 3, 9, 3, 1], 2);
        assert_eq!(draw.candidates, [1, 3, 5, 9]);
        assert_eq!(draw, Draw::new("甲", &[1, 3, 5, 9], 2));
        assert!(draw.holds());
        assert!(!Draw { drawn: draw.drawn.iter().rev().copied().collect(), ..draw.clone() }.holds());
        assert!(!Draw { seed: "乙".to_owned(), candidates: (1..100).collect(), drawn: draw.drawn.clone() }.holds());
        assert!(!Draw { candidates: vec![9, 5, 3, 1], ..draw }.holds());
    }

    #[test]
    fn nobody_is_drawn_twice_and_a_short_list_is_drawn_whole() {
        let all: Vec<i64> = (1..=7).collect();
        let mut drawn = Draw::new("甲", &all, 20).drawn;
        drawn.sort_unstable();
        assert_eq!(drawn, all);
        assert!(Draw::new("甲", &[], 3).drawn.is_empty());
    }

    /// 2^60 is 3 × 384307168202282325 + 1: the last value would favour the first of three.
    #[test]
    fn the_incomplete_stretch_is_passed_over() {
        assert_eq!(place(VALUES - 1, 3), None);
        assert_eq!(place(VALUES - 2, 3), Some(2));
        assert_eq!(place(VALUES - 1, 4), Some(3));
        assert_eq!(place(0, 0), None);
    }

    /// Not a proof of chance, but a draw that favoured anyone would fail it.
    #[test]
    fn each_of_ten_is_drawn_about_as_often() {
        let mut times = [0u32; 10];
        for seed in 0..3000 {
            for id in Draw::new(&format!("种子 {seed}"), &(0..10).collect::<Vec<_>>(), 3).drawn {
                times[usize::try_from(id).expect("small")] += 1;
            }
        }
        assert!(times.iter().all(|count| (800..1000).contains(count)), "{times:?}");
    }

    #[test]
    fn a_seed_is_one_line() {
        assert_eq!(Draw::new("甲\n乙\r\n", &[1], 1).seed, "甲 乙");
    }
}
