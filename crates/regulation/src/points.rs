use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A score in exact tenths of a point (reading K8). Never a binary float.
///
/// Arithmetic saturates: every sum of scores is capped far below the limits of `i64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

impl Points {
    pub const ZERO: Points = Points(0);

    pub const fn from_tenths(tenths: i64) -> Self {
        Points(tenths)
    }

    pub const fn tenths(self) -> i64 {
        self.0
    }

    /// This many points for each of `count` events.
    pub fn times(self, count: u64) -> Self {
        Points(self.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    pub fn capped(self, cap: Option<Points>) -> Self {
        cap.map_or(self, |cap| self.min(cap))
    }

    /// What is missing up to `cap`; zero when reached.
    pub fn short_of(self, cap: Points) -> Self {
        Points(cap.0.saturating_sub(self.0).max(0))
    }

    /// Without a trailing `.0`: `8.2`, `150`.
    pub fn plain(self) -> String {
        if self.0 % 10 == 0 { (self.0 / 10).to_string() } else { self.to_string() }
    }
}

/// Always one decimal: `8.2`, `150.0`.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let tenths = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{}", tenths / 10, tenths % 10))
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{0}”不是最多一位小数的分数")]
pub struct NotPoints(pub String);

/// A number exactly as written, plain or with an exponent; `None` when it has more digits than a decimal holds.
pub fn exact_decimal(text: &str) -> Option<Decimal> {
    let Some((digits, _)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    // `from_scientific` alone would round what stands before the exponent.
    Decimal::from_str_exact(digits).ok()?;
    Decimal::from_scientific(text).ok()
}

impl FromStr for Points {
    type Err = NotPoints;

    fn from_str(text: &str) -> Result<Self, NotPoints> {
        let refuse = || NotPoints(text.to_owned());
        let number = exact_decimal(text).ok_or_else(refuse)?.normalize();
        if number.scale() > 1 {
            return Err(refuse());
        }
        let tenths = if number.scale() == 0 { number.mantissa().checked_mul(10) } else { Some(number.mantissa()) };
        tenths.and_then(|n| i64::try_from(n).ok()).map(Points).ok_or_else(refuse)
    }
}

impl Add for Points {
    type Output = Points;
    fn add(self, other: Points) -> Points {
        Points(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Points;
    fn sub(self, other: Points) -> Points {
        Points(self.0.saturating_sub(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Points>>(points: I) -> Points {
        points.fold(Points::ZERO, Add::add)
    }
}

/// In an edition's files a score is a whole number or a string with at most one decimal (`"0.5"`): a bare
/// `0.5` would be read as a binary float, so it is refused.
impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "分数须为整数，或加引号的一位小数，如 \"0.5\"")]
        enum Written {
            Whole(i64),
            Text(String),
        }
        match Written::deserialize(from)? {
            Written::Whole(n) => n.checked_mul(10).map(Points).ok_or_else(|| serde::de::Error::custom("分数过大")),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// As text, never as a binary float: what [`Points`] reads back exactly.
impl Serialize for Points {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_exact_and_a_second_decimal_is_refused() {
        assert_eq!("8.2".parse(), Ok(Points(82)));
        assert_eq!("8.20".parse(), Ok(Points(82)));
        assert_eq!("1e2".parse(), Ok(Points(1000)));
        assert_eq!("825e-1".parse(), Ok(Points(825)));
        assert_eq!("1.5E+3".parse(), Ok(Points(15_000)));
        assert!("8.25".parse::<Points>().is_err());
        assert!("8.2000000000000000000000000000000001e0".parse::<Points>().is_err());
        assert!("".parse::<Points>().is_err());
        assert!("99999999999999999999".parse::<Points>().is_err());
    }

    #[test]
    fn shown_with_one_decimal_or_plain() {
        assert_eq!(Points(82).to_string(), "8.2");
        assert_eq!(Points(-5).to_string(), "-0.5");
        assert_eq!(Points(1500).plain(), "150");
        assert_eq!(Points(5).plain(), "0.5");
    }
}
