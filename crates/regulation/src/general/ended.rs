//! That a station has ended (Articles 15-17), as far as chapter one must know: what its people may still do.

use jiff::civil::Date;

use super::{Basis, Refusal, Verb};

/// How a station came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    Left,
    Merged,
    Revoked,
}

impl End {
    pub const ALL: [(End, &'static str, &'static str); 3] =
        [(End::Left, "已退出", "15"), (End::Merged, "已整合", "16"), (End::Revoked, "已撤销", "17")];

    /// The station's state in the registry.
    pub fn state(self) -> &'static str {
        End::ALL.iter().find(|(end, ..)| *end == self).map_or("", |(_, state, _)| state)
    }

    pub fn from_state(state: &str) -> Option<End> {
        End::ALL.iter().find(|(_, known, _)| *known == state).map(|(end, ..)| *end)
    }

    fn item(self) -> &'static str {
        End::ALL.iter().find(|(end, ..)| *end == self).map_or("", |(.., item)| item)
    }
}

/// That a station has ended: from that day on nothing is filed, handed in or published in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub how: End,
    pub on: Date,
}

impl Ended {
    /// The end of a station in that state, if it has one.
    pub fn of(state: &str, on: Option<Date>) -> Option<Ended> {
        Some(Ended { how: End::from_state(state)?, on: on? })
    }

    /// Whether the station's people may still do this: what they owe and are owed after the end, nothing of its work.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    pub fn allows(self, verb: Verb, on: Date) -> Result<(), Refusal> {
        use Verb::*;
        let remains = matches!(
            verb,
            SignIn
                | SignOut
                | ChangePassword
                | EnrolSecondFactor
                | Delegate
                | StandIn
                | RevealPersonal
                | ReceivePaper
                | GiveStatement
                | RequestReview
                | RecordHandover
        );
        if !verb.writes() || remains || on < self.on {
            return Ok(());
        }
        let reason = format!("工作站{}（{} 起），不能再{}。", self.how.state(), self.on, verb.name());
        Err(Refusal::new(Basis::Item(self.how.item()), reason))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_station_that_ended_files_nothing_and_still_answers() {
        let ended = Ended::of("已撤销", Some(date(2027, 4, 20))).expect("ended");
        let refusal = ended.allows(Verb::FileEntry, date(2027, 4, 20)).expect_err("refused");
        assert_eq!(refusal.to_string(), "工作站已撤销（2027-04-20 起），不能再登记台账。（依据：办法第十七条）");
        assert!(ended.allows(Verb::FileEntry, date(2027, 4, 19)).is_ok());
        for verb in [Verb::ReceivePaper, Verb::GiveStatement, Verb::SignOut, Verb::ViewLedger, Verb::RecordHandover] {
            assert!(ended.allows(verb, date(2027, 5, 1)).is_ok(), "{verb:?}");
        }
        for verb in [Verb::SubmitMaterial, Verb::MaintainRoster, Verb::CorrectEntry, Verb::RequestLeaving] {
            assert!(ended.allows(verb, date(2027, 5, 1)).is_err(), "{verb:?}");
        }
        assert_eq!(Ended::of("有效", None), None);
        assert_eq!(Ended::of("拟撤销", None), None);
    }
}
