//! Whatever people do in whatever order: what was settled stays, unless a review is open or the settlement was taken
//! back (readings K51, K81).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use regulation::appraisal::inspection::{Desk, Stage, Step, changeable, examples, take};

/// One thing somebody tries.
#[derive(Clone, Debug)]
enum Try {
    /// A step of the year, one of those the diagram is drawn from.
    Take(Index),
    /// A change of what the year is scored from: an entry, a correction, an opinion, a mark.
    Change(Desk),
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let desk = prop_oneof![Just(Desk::City), Just(Desk::Province)];
    let one = prop_oneof![3 => any::<Index>().prop_map(Try::Take), 2 => desk.prop_map(Try::Change)];
    vec(one, 0..60)
}

/// A station's year with what it is scored from, counted by its changes.
struct Year {
    stage: Stage,
    changes: usize,
    /// What stood when the province settled it, while that settlement holds.
    settled: Option<usize>,
    /// Whether a review was asked for since.
    review: bool,
}

impl Year {
    fn take(&mut self, step: &Step) {
        let Ok(next) = take(self.stage.clone(), step.clone()) else { return };
        match step {
            Step::Settle => (self.settled, self.review) = (Some(self.changes), false),
            Step::Reopen { .. } => self.settled = None,
            Step::Request { .. } => self.review = true,
            // The decision settles what the review left.
            Step::Decide { .. } => (self.settled, self.review) = (Some(self.changes), false),
            _ => {}
        }
        self.stage = next;
    }

    fn change(&mut self, by: Desk) -> Result<(), TestCaseError> {
        let allowed = changeable(&self.stage, by, 2026);
        if let Err(refusal) = &allowed {
            prop_assert!(refusal.to_string().ends_with("（依据：办法第十四条）"), "{refusal}");
            return Ok(());
        }
        self.changes += 1;
        if self.settled.is_some() {
            prop_assert!(self.review && by == Desk::Province, "{by:?} changed what was settled at {:?}", self.stage);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_path_changes_what_was_settled_without_an_open_review(tries in tries()) {
        let (_, steps) = examples();
        let mut year = Year { stage: Stage::Filling, changes: 0, settled: None, review: false };
        for one in tries {
            match one {
                Try::Take(ix) => year.take(ix.get(&steps)),
                Try::Change(by) => year.change(by)?,
            }
            // A grade stands on exactly what was settled or decided last.
            if matches!(year.stage, Stage::Graded { .. } | Stage::Archived { .. })
                && let Some(settled) = year.settled
            {
                prop_assert_eq!(settled, year.changes);
            }
        }
    }
}

/// The random paths do reach the stages they speak of.
#[test]
fn every_stage_behind_the_settlement_is_reached() {
    let (_, steps) = examples();
    let mut known = vec![Stage::Filling];
    for ix in 0.. {
        let Some(stage) = known.get(ix).cloned() else { break };
        for step in &steps {
            if let Ok(next) = take(stage.clone(), step.clone())
                && !known.contains(&next)
            {
                known.push(next);
            }
        }
    }
    for key in ["settled", "fed_back", "review", "reviewed", "graded", "archived"] {
        assert!(known.iter().any(|stage| stage.key() == key), "{key}");
    }
}
