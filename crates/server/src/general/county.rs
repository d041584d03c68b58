//! 县级意见 as pages show it and forms give it (Article 3, readings K13 and K89): the same on an application and on a
//! station's yearly material. The rooms say what it is about and whether it may be given.

use regulation::general::Refusal;
use regulation::general::county::Hearing;
use store::general::{CountyOpinion, NewCountyOpinion};

use crate::error::Fault;
use crate::posted::Posted;
use crate::shell::moment_of;

/// The county's part of a page.
pub struct CountyView {
    pub opinions: Vec<OpinionView>,
    /// The county's own act; `None` for everyone else.
    pub give: Option<Result<(), Refusal>>,
    /// Where the form is sent.
    pub action: String,
    pub reading: &'static str,
    /// Whom it helps, and what it does not do.
    pub hint: &'static str,
}

pub struct OpinionView {
    pub at: String,
    pub by: String,
    pub text: String,
    pub findings: String,
}

impl CountyView {
    /// `None` where nobody said anything and whoever looks is not asked.
    pub fn new(
        hearing: Hearing,
        opinions: Vec<CountyOpinion>,
        give: Option<Result<(), Refusal>>,
        action: String,
    ) -> Option<CountyView> {
        if opinions.is_empty() && give.is_none() {
            return None;
        }
        let opinions = opinions.into_iter().map(|opinion| OpinionView {
            at: moment_of(opinion.given_at),
            by: opinion.given_by,
            text: opinion.text,
            findings: opinion.findings,
        });
        Some(CountyView {
            opinions: opinions.collect(),
            give,
            action,
            reading: hearing.reading(),
            hint: match hearing {
                Hearing::Application => "供市商务主管部门初审参考，可以不填，不影响初审的结论和期限。",
                Hearing::Material => "供市商务主管部门核查参考，可以不填，不影响核查、上报和期限。",
            },
        })
    }
}

/// An opinion as it was typed.
///
/// # Errors
/// [`Fault::Invalid`] when it says nothing or too much.
pub fn typed(posted: &Posted) -> Result<NewCountyOpinion<'_>, Fault> {
    let new = NewCountyOpinion { text: posted.text("text"), findings: posted.text("findings") };
    if new.text.is_empty() || new.text.chars().count() > 2000 {
        return Err(Fault::Invalid("请填写意见，不超过 2000 字。".to_owned()));
    }
    if new.findings.chars().count() > 2000 {
        return Err(Fault::Invalid("发现的情况不超过 2000 字。".to_owned()));
    }
    Ok(new)
}
