//! Chapter five (Articles 15-17) and Article 4: leaving, renaming, merging, revocation, misuse of a name. Each is one
//! enum of stages and one `take`; nothing here changes because a day passes.

pub mod leaving;
pub mod merging;
pub mod misuse;
pub mod renaming;
pub mod revocation;

use jiff::civil::Date;

use crate::general::{Basis, Due, Refusal, Verb, Workdays};
use crate::law::Edition;

/// What kind of adjustment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Revocation,
    Leaving,
    Renaming,
    Merging,
    Misuse,
}

impl Kind {
    pub const ALL: [(Kind, &'static str, &'static str, &'static str); 5] = [
        (Kind::Revocation, "revocation", "撤销", "17"),
        (Kind::Leaving, "leaving", "退出", "15"),
        (Kind::Renaming, "renaming", "名称变更", "15"),
        (Kind::Merging, "merging", "整合", "16"),
        (Kind::Misuse, "misuse", "违规使用名义", "4"),
    ];

    pub fn key(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, key, ..)| key)
    }

    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, _, name, _)| name)
    }

    /// The article it is done under.
    pub fn item(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., item)| item)
    }

    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(_, known, ..)| *known == key).map(|(kind, ..)| *kind)
    }

    /// Keys and names of the stages, in the order they are passed.
    pub fn stages(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Revocation => revocation::STAGES,
            Kind::Leaving => leaving::STAGES,
            Kind::Renaming => renaming::STAGES,
            Kind::Merging => merging::STAGES,
            Kind::Misuse => misuse::STAGES,
        }
    }

    /// What people call a stage.
    pub fn stage_name(self, key: &str) -> &'static str {
        self.stages().iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
    }
}

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

/// The state of a station in the registry while adjustments are under way; the weightiest one shows.
pub fn state_while<'a>(running: impl IntoIterator<Item = (Kind, &'a str)>) -> &'static str {
    let weight = |(kind, stage): (Kind, &str)| match (kind, stage) {
        (Kind::Revocation, "noticed" | "decided") => 3,
        (Kind::Leaving, "city_review" | "province_review") => 2,
        (Kind::Merging, "decided") => 1,
        _ => 0,
    };
    match running.into_iter().map(weight).max() {
        Some(3) => "拟撤销",
        Some(2) => "拟退出",
        Some(1) => "拟整合",
        _ => "有效",
    }
}

/// Whether a station still works, for an adjustment that needs it to.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn in_force(state: &str, kind: Kind) -> Result<(), Refusal> {
    match End::from_state(state) {
        Some(end) => no(kind.item(), format!("工作站{}，不能再办理{}。", end.state(), kind.name())),
        None => Ok(()),
    }
}

/// Last day of a statement on a notice served that day (readings K46, K55).
pub fn statement_due(edition: &Edition, workdays: &Workdays, served: Date) -> Due {
    workdays.after(served, edition.whole("statement.working_days"))
}

/// Nothing is decided over a station's head: its time to speak has run out, or it has spoken.
fn heard(item: &'static str, due: Date, at: jiff::civil::DateTime, stated: bool) -> Result<(), Refusal> {
    if stated || Due::day(due).passed(at) {
        return Ok(());
    }
    no(item, format!("陈述申辩期限至 {due} 24时，期限未满且未收到陈述，不能作出决定。"))
}

fn no<T>(item: &'static str, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(Basis::Item(item), reason))
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

    #[test]
    fn the_weightiest_adjustment_shows() {
        assert_eq!(state_while([]), "有效");
        assert_eq!(state_while([(Kind::Revocation, "proposed"), (Kind::Renaming, "province_review")]), "有效");
        assert_eq!(state_while([(Kind::Leaving, "city_review"), (Kind::Revocation, "noticed")]), "拟撤销");
        assert_eq!(state_while([(Kind::Leaving, "province_review"), (Kind::Merging, "decided")]), "拟退出");
        assert_eq!(state_while([(Kind::Merging, "decided")]), "拟整合");
    }
}
