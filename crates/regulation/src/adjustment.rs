//! Chapter five (Articles 15-17) and Article 4: leaving, renaming, merging, revocation, misuse of a name. Each is one
//! enum of stages and one `take`; nothing here changes because a day passes.

/// The stages of a matter, each said once: what it means, the day that goes with it, its key in the database, what people
/// call it, and whether nothing follows. Makes the enum `Stage` and `STAGES`, keys and names in that order.
macro_rules! stages {
    (@day) => { None };
    (@day $day:ident) => { Some($day) };
    (@closed) => { false };
    (@closed closed) => { true };
    ($(#[$about:meta])* pub enum Stage {
        $($(#[$doc:meta])* $stage:ident $({ $day:ident })? = $key:literal $name:literal $($closed:ident)?,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Stage {
            $($(#[$doc])* $stage $({ $day: Date })?,)+
        }

        /// Keys and names, in order.
        pub const STAGES: &[(&str, &str)] = &[$(($key, $name)),+];

        impl Stage {
            pub fn key(self) -> &'static str {
                match self {
                    $(Stage::$stage { .. } => $key,)+
                }
            }

            pub fn name(self) -> &'static str {
                match self {
                    $(Stage::$stage { .. } => $name,)+
                }
            }

            /// The day kept beside the stage.
            pub fn day(self) -> Option<Date> {
                match self {
                    $(Stage::$stage $({ $day })? => stages!(@day $($day)?),)+
                }
            }

            /// The stage behind a key and its day; `None` for a combination no code writes.
            pub fn from_parts(key: &str, day: Option<Date>) -> Option<Stage> {
                match (key, day) {
                    $(($key, stages!(@day $($day)?)) => Some(Stage::$stage $({ $day })?),)+
                    _ => None,
                }
            }

            /// Nothing more is to be done.
            pub fn closed(self) -> bool {
                match self {
                    $(Stage::$stage { .. } => stages!(@closed $($closed)?),)+
                }
            }
        }
    };
}

pub mod leaving;
pub mod merging;
pub mod misuse;
pub mod renaming;
pub mod revocation;

use jiff::civil::{Date, DateTime};

use crate::general::{Basis, Due, End, Refusal, Workdays};
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

/// Whether a statement on a notice is still taken: to the end of its last day (readings K46, K55).
///
/// # Errors
/// The refusal, with article and sentence.
pub fn stating(basis: Basis, due: Date, at: DateTime) -> Result<(), Refusal> {
    if Due::day(due).passed(at) {
        return Err(Refusal::new(basis, format!("陈述期限至 {due} 24时，已届满。")));
    }
    Ok(())
}

/// Nothing is decided over a station's head: its time to speak has run out, or it has spoken.
fn heard(item: &'static str, due: Date, at: DateTime, stated: bool) -> Result<(), Refusal> {
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
    use super::*;

    #[test]
    fn the_weightiest_adjustment_shows() {
        assert_eq!(state_while([]), "有效");
        assert_eq!(state_while([(Kind::Revocation, "proposed"), (Kind::Renaming, "province_review")]), "有效");
        assert_eq!(state_while([(Kind::Leaving, "city_review"), (Kind::Revocation, "noticed")]), "拟撤销");
        assert_eq!(state_while([(Kind::Leaving, "province_review"), (Kind::Merging, "decided")]), "拟退出");
        assert_eq!(state_while([(Kind::Merging, "decided")]), "拟整合");
    }
}
