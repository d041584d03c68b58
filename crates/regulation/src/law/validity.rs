//! How long an edition is valid (Article 19, reading K57): the last valid day is the whole of it, in China time.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::{Edition, NumberValue};
use crate::general::{Basis, Refusal};

/// Where an edition stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// No last day is named, or it is far.
    Valid,
    /// Its last day is near.
    Lapsing { until: Date },
    /// Its last day is over, or it was put out of force.
    Lapsed { until: Option<Date> },
}

impl Edition {
    /// Months ahead of an edition's last day from which it is warned of.
    fn warned_months(&self) -> i64 {
        let window = self.calendar.windows.iter().find(|window| window.id == "edition.expiry_reminder");
        match window.map(|window| &window.value) {
            Some(NumberValue::Whole(months)) => *months,
            _ => 0,
        }
    }

    /// Where this edition stands on a day.
    pub fn validity_on(&self, day: Date) -> Validity {
        let until = self.head.expires_on;
        if self.head.status == "失效" || until.is_some_and(|until| until < day) {
            return Validity::Lapsed { until };
        }
        let ahead: Span = self.warned_months().months();
        match until {
            Some(until) if until.saturating_sub(ahead) <= day => Validity::Lapsing { until },
            _ => Validity::Valid,
        }
    }

    /// The sentence that warns of its end, while it is near or past.
    pub fn expiry_warning(&self, day: Date) -> Option<String> {
        let head = &self.head;
        match self.validity_on(day) {
            Validity::Valid => None,
            Validity::Lapsing { until } => Some(format!(
                "《{}》（规则版本 {}）有效期至 {until}，届满前应修订或者重新公布。依据：办法第十九条。",
                head.title, head.id
            )),
            Validity::Lapsed { until } => Some(format!(
                "《{}》（规则版本 {}）{}已经失效，不再开启新的年度评估和年度申报，确需沿用的须说明理由。依据：办法第十九条。",
                head.title,
                head.id,
                until.map_or_else(String::new, |until| format!("有效期至 {until}，"))
            )),
        }
    }

    /// Whether a new year or round may begin under it: not once it has lapsed, unless that was decided with a reason.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    pub fn begins(&self, day: Date, overridden: bool) -> Result<(), Refusal> {
        match self.validity_on(day) {
            Validity::Lapsed { .. } if !overridden => {
                let reason = format!(
                    "规则版本 {} 已经失效，不能据以开启；确需沿用的，由省商务厅在“版本效力”中说明理由后办理（读法 K57）。",
                    self.head.id
                );
                Err(Refusal::new(Basis::Item("19"), reason))
            }
            _ => Ok(()),
        }
    }
}
