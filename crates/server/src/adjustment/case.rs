//! A matter as it stands, and what may be done with it now: button and submit both ask [`offer`].

use jiff::civil::{Date, DateTime};
use regulation::adjustment::merging::{Moves, Pair};
use regulation::adjustment::{Kind, leaving, merging, misuse, renaming, revocation, statement_due};
use regulation::appraisal::ledger::EnteredBy;
use regulation::general::{Actor, Basis, Hand, Mandate, Refusal, Scope, Subject, Verb, may};
use regulation::law::Edition;
use store::adjustment::{Adjustment, OpenCase};
use store::audit::Matter;
use store::duties::Station;
use store::files::Attachment;
use store::general::{Paper, PaperReply};

use crate::app::App;
use crate::auth::Person;
use crate::error::Fault;

/// What can be done with a matter; which verb and article that takes is in [`super::acts::ACTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Verify,
    Notify,
    Decide,
    Serve,
    Announce,
    Close,
    Drop,
    Forward,
    Approve,
    Decline,
    Withdraw,
    Acknowledge,
    Execute,
    Handle,
}

/// One act: on which kind, from which stages, at which address, under which verb.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    pub kind: Kind,
    pub action: Action,
    pub path: &'static str,
    pub verb: Verb,
    pub name: &'static str,
    /// Stages it belongs to: elsewhere it is not shown.
    pub at: &'static [&'static str],
}

/// A stage of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Revocation(revocation::Stage),
    Leaving(leaving::Stage),
    Renaming(renaming::Stage),
    Merging(merging::Stage),
    Misuse(misuse::Stage),
}

/// What a step makes of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub key: &'static str,
    pub day: Option<Date>,
    pub closed: bool,
}

macro_rules! next {
    ($stage:expr) => {{
        let stage = $stage;
        Next { key: stage.key(), day: stage.day(), closed: stage.closed() }
    }};
}

/// What is known of a matter.
pub struct Case {
    pub row: Adjustment,
    pub kind: Kind,
    pub stage: Stage,
    pub station: Station,
    pub survivor: Option<Station>,
    pub cases: Vec<OpenCase>,
    pub files: Vec<Attachment>,
    pub papers: Vec<Paper>,
    pub replies: Vec<PaperReply>,
    /// Who prepared what others decide (reading K83).
    pub hands: Vec<Hand>,
}

/// Acts that prepare what somebody else decides.
const PREPARED: [Verb; 3] = [Verb::ProposeRevocation, Verb::ProposeMerging, Verb::RecordHandover];

/// A matter this person may see. A station sees what it asked for or was told of.
///
/// # Errors
/// [`Fault::NotFound`] when there is none for this person.
pub async fn find(app: &App, person: &Person, id: i64) -> Result<Case, Fault> {
    let scope = person.scope_or_refuse(app, Verb::ViewAdjustment)?;
    let row = app.store.adjustment(&scope, id).await?;
    let row = row.filter(|row| row.told_at.is_some() || !person.actor.role.of_station()).ok_or(Fault::NotFound)?;
    load(app, row).await
}

/// A matter with all its acts depend on.
///
/// # Errors
/// Fails when the database does, or on a row no code writes.
pub async fn load(app: &App, row: Adjustment) -> Result<Case, Fault> {
    let impossible = || store::Error::Impossible { table: "adjustment", column: "stage", row: row.id };
    let kind = Kind::from_key(&row.kind).ok_or_else(impossible)?;
    let day = row.day.map(store::date_from).transpose()?;
    let stage = match kind {
        Kind::Revocation => revocation::Stage::from_parts(&row.stage, day).map(Stage::Revocation),
        Kind::Leaving => leaving::Stage::from_parts(&row.stage, day).map(Stage::Leaving),
        Kind::Renaming => renaming::Stage::from_parts(&row.stage, day).map(Stage::Renaming),
        Kind::Merging => merging::Stage::from_parts(&row.stage, day).map(Stage::Merging),
        Kind::Misuse => misuse::Stage::from_parts(&row.stage, day).map(Stage::Misuse),
    };
    let stage = stage.ok_or_else(impossible)?;
    let station = app.store.station(&Scope::All, row.station_id).await?.ok_or(Fault::NotFound)?;
    let survivor = match row.survivor_id {
        Some(id) => app.store.station(&Scope::All, id).await?,
        None => None,
    };
    let cases = match kind {
        Kind::Renaming | Kind::Misuse => Vec::new(),
        _ => {
            let present = app.present();
            let kinds = case_kinds(&present.edition);
            let from = from_day(app, &present.edition);
            app.store.open_cases(row.id, row.station_id, from, &kinds).await?
        }
    };
    let files = app.store.attachments("adjustment", row.id).await?;
    let papers = app.store.papers_about("adjustment", row.id).await?;
    let ids: Vec<i64> = papers.iter().map(|paper| paper.id).collect();
    let replies = app.store.paper_replies(&ids).await?;
    let hands = app.store.hands(&[Matter::new("adjustment", &[row.id])], &PREPARED).await?;
    Ok(Case { row, kind, stage, station, survivor, cases, files, papers, replies, hands })
}

/// Kinds of the ledger that are cases a station works on, as it enters them itself.
pub fn case_kinds(edition: &Edition) -> Vec<&str> {
    let case = |kind: &&regulation::appraisal::ledger::Kind| {
        kind.entered_by == EnteredBy::Station && kind.id.starts_with("case.")
    };
    edition.kinds.iter().filter(case).map(|kind| kind.id.as_str()).collect()
}

/// From which day on a case of the ledger may still be open (reading K52).
pub fn from_day(app: &App, edition: &Edition) -> i64 {
    let months = edition.whole("handover.case_months");
    let today = app.clock.today();
    store::day_number(today.saturating_sub(jiff::Span::new().months(months.min(1200))))
}

impl Case {
    pub fn subject(&self) -> Subject {
        Subject::of_station("adjustment", self.row.id, &self.station.placed()).after(self.hands.clone())
    }

    /// Whether the station made a statement on the notice.
    pub fn stated(&self) -> bool {
        self.replies.iter().any(|reply| reply.what == "statement")
    }

    /// Cases nobody said anything of yet.
    pub fn open(&self) -> usize {
        self.cases.iter().filter(|case| case.outcome.is_none()).count()
    }

    /// What the plan of a merger gives to the survivor.
    pub fn moves(&self) -> Moves {
        Moves::from_keys(&self.row.moves)
    }

    pub fn stage_name(&self) -> &'static str {
        self.kind.stage_name(&self.row.stage)
    }

    /// What an action makes of the matter now.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    fn take(&self, app: &App, action: Action) -> Result<Next, Refusal> {
        let (at, on): (DateTime, Date) = (app.clock.civil(), app.clock.today());
        let present = app.present();
        let due = statement_due(&present.edition, &present.workdays, on).on;
        let (stated, open) = (self.stated(), self.open());
        match self.stage {
            Stage::Revocation(stage) => {
                use revocation::Step;
                let step = match action {
                    Action::Verify => Step::Verify,
                    Action::Notify => Step::Notify { due },
                    Action::Decide => Step::Decide { at, stated },
                    Action::Serve => Step::Serve { on },
                    Action::Announce => Step::Announce,
                    Action::Close => Step::HandOver { open },
                    Action::Drop => Step::Drop,
                    _ => return self.stranger(),
                };
                revocation::take(stage, step).map(|stage| next!(stage))
            }
            Stage::Leaving(stage) => {
                use leaving::Step;
                let step = match action {
                    Action::Forward => Step::Forward,
                    Action::Approve => Step::Approve { state: &self.station.state, on, open },
                    Action::Decline => Step::Decline,
                    Action::Withdraw => Step::Withdraw,
                    _ => return self.stranger(),
                };
                leaving::take(stage, step).map(|stage| next!(stage))
            }
            Stage::Renaming(stage) => {
                use renaming::Step;
                let step = match action {
                    Action::Forward => Step::Forward,
                    Action::Acknowledge => Step::Acknowledge { on, evidence: self.files.len() },
                    Action::Decline => Step::Decline,
                    Action::Withdraw => Step::Withdraw,
                    _ => return self.stranger(),
                };
                renaming::take(stage, step).map(|stage| next!(stage))
            }
            Stage::Merging(stage) => {
                use merging::Step;
                let step = match action {
                    Action::Decide => Step::Decide { pair: self.pair()? },
                    Action::Execute => Step::Carry { pair: self.pair()?, moves: self.moves(), on, open },
                    Action::Drop => Step::Drop,
                    _ => return self.stranger(),
                };
                merging::take(stage, step).map(|stage| next!(stage))
            }
            Stage::Misuse(stage) => {
                use misuse::Step;
                let step = match action {
                    Action::Verify => Step::Verify,
                    Action::Notify => Step::Notify { due },
                    Action::Handle => Step::Handle { at, stated },
                    Action::Drop => Step::Drop,
                    _ => return self.stranger(),
                };
                misuse::take(stage, step).map(|stage| next!(stage))
            }
        }
    }

    fn pair(&self) -> Result<Pair<'_>, Refusal> {
        let Some(survivor) = &self.survivor else { return self.stranger() };
        Ok(pair(&self.station, survivor))
    }

    fn stranger<T>(&self) -> Result<T, Refusal> {
        Err(Refusal::new(Basis::Item(self.kind.item()), format!("{}不经这一步办理。", self.kind.name())))
    }
}

/// The two stations of a plan as the law looks at them.
pub fn pair<'a>(absorbed: &'a Station, survivor: &'a Station) -> Pair<'a> {
    Pair { absorbed: (absorbed.id, &absorbed.state), survivor: (survivor.id, &survivor.state) }
}

/// Whether this person may do this with the matter now, and what becomes of it.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn offer(app: &App, actor: &Actor, case: &Case, act: &Act) -> Result<(Mandate, Next), Refusal> {
    let mandate = may(actor, act.verb, &case.subject(), app.clock.today())?;
    Ok((mandate, case.take(app, act.action)?))
}

/// Whether this person may record handovers under the matter now.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn handing(app: &App, person: &Person, case: &Case) -> Result<Mandate, Refusal> {
    let mandate = person.may(app, Verb::RecordHandover, &case.subject())?;
    if case.row.closed_at.is_some() {
        let reason = format!("事项处于“{}”，不再登记移交。", case.stage_name());
        return Err(Refusal::new(Basis::Item(case.kind.item()), reason));
    }
    Ok(mandate)
}
