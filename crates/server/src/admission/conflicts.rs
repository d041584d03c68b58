//! 回避: who may not see which application, asked before the draw, before the invitation and again when the material
//! is opened (Article 8 (3), reading K31).

use std::collections::HashMap;

use regulation::admission::panel::{Conflict, Roster, Ties, Unit, conflict};
use regulation::general::{Basis, Refusal};
use store::admission::{Excluded, Expert};

use super::cases::Case;
use crate::app::App;
use crate::error::Fault;

/// What is known of some experts' ties to some applicants.
pub struct Known {
    ties: HashMap<i64, Ties>,
    roster: Roster,
}

impl Known {
    /// # Errors
    /// Fails when the database does.
    pub async fn of(app: &App, experts: &[Expert], cases: &[Case]) -> Result<Known, Fault> {
        let one = match experts {
            [expert] => Some(expert.id),
            _ => None,
        };
        let declared = app.store.expert_ties(one).await?;
        let ties = |expert: &Expert| {
            let own = declared.iter().filter(|tie| tie.expert_id == expert.id);
            let unit = |name: &str, uscc: &str| Unit { name: name.to_owned(), uscc: uscc.to_owned() };
            Ties {
                unit: unit(&expert.unit, &expert.uscc),
                declared: own.map(|tie| unit(&tie.unit, &tie.uscc)).collect(),
            }
        };
        let codes = |codes: Vec<&String>| {
            let mut codes: Vec<String> = codes.into_iter().filter(|code| !code.is_empty()).cloned().collect();
            codes.sort();
            codes.dedup();
            codes
        };
        let applicants = codes(cases.iter().map(|case| &case.unit.uscc).collect());
        let units = codes(experts.iter().map(|expert| &expert.uscc).collect());
        Ok(Known {
            roster: app.store.roster_pairs(&applicants, &units).await?,
            ties: experts.iter().map(|expert| (expert.id, ties(expert))).collect(),
        })
    }

    pub fn conflict(&self, expert: i64, case: &Case) -> Option<Conflict> {
        self.ties.get(&expert).and_then(|ties| conflict(ties, &case.unit, &self.roster))
    }

    /// Everyone with a conflict, once for each application.
    pub fn excluded(&self, experts: &[Expert], cases: &[Case]) -> Vec<Excluded> {
        let pairs = experts.iter().flat_map(|expert| cases.iter().map(move |case| (expert.id, case)));
        pairs.filter_map(|(expert, case)| Some(Excluded::new(expert, case.id, self.conflict(expert, case)?))).collect()
    }

    /// Whether an expert may see all of these.
    ///
    /// # Errors
    /// The refusal, naming the applicant and the tie.
    pub fn clear(&self, expert: i64, cases: &[Case]) -> Result<(), Refusal> {
        let found = cases.iter().find_map(|case| Some((case, self.conflict(expert, case)?)));
        match found {
            None => Ok(()),
            Some((case, conflict)) => Err(Refusal::new(
                Basis::Item("8-3"),
                format!("该专家{}（{}），应当回避。", conflict.reason(), case.unit.name),
            )),
        }
    }
}
