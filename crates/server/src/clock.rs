//! Time and randomness as parameters: pages and jobs take them from here, tests put their own in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// Where the present comes from.
#[derive(Clone)]
pub enum Clock {
    System,
    /// Stands still until moved; milliseconds since the epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    pub fn fixed(at: Timestamp) -> Clock {
        Clock::Fixed(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Fixed(at) => Timestamp::from_millisecond(at.load(Ordering::Relaxed)).unwrap_or_default(),
        }
    }

    /// Date and time of day in China.
    pub fn civil(&self) -> DateTime {
        store::china().to_datetime(self.now())
    }

    /// The civil day in China.
    pub fn today(&self) -> Date {
        store::day_of(self.now())
    }
}

/// 32 random bytes in hex: session tokens, CSRF tokens.
///
/// # Errors
/// Fails when the system has no randomness to give.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
pub fn random_token() -> anyhow::Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("随机数：{error}"))?;
    Ok(hex::encode(bytes))
}
