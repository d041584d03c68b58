//! A unit registered outside the province (Article 6 (1), readings K22, K86): whether its application was let through, by
//! whom and why.

use std::collections::HashMap;

use regulation::admission::registration::{excused, outside};
use regulation::general::Refusal;
use store::admission::RegionOverride;

use super::Case;
use crate::app::App;
use crate::error::Fault;
use crate::posted::Posted;
use crate::shell::moment_of;

/// Longest reason kept.
const LONGEST: usize = 2000;

/// Where the unit is registered, and what lets its application through.
pub struct Region<'a> {
    case: &'a Case,
    /// The code of a place outside the province.
    pub outside: Option<&'a str>,
    /// The reason given before for this place.
    pub given: Option<String>,
}

impl<'a> Region<'a> {
    pub fn of(case: &'a Case, overrides: &[RegionOverride]) -> Region<'a> {
        let outside = outside(&case.edition, &case.typed);
        let given = overrides.iter().rev().find(|one| Some(one.region_code.as_str()) == outside);
        Region { case, outside, given: given.map(|one| one.reason.clone()) }
    }

    /// That the application may go on, for the reason given now or before.
    ///
    /// # Errors
    /// The refusal, with article and sentence.
    pub fn excused(&self, reason: &str) -> Result<(), Refusal> {
        excused(&self.case.edition, self.outside, self.given.as_deref().unwrap_or(reason))
    }

    /// What has to be recorded: place and reason, where none was before.
    ///
    /// # Errors
    /// [`Fault::Invalid`] when the reason is too long.
    pub fn to_record<'p>(&self, posted: &'p Posted) -> Result<Option<(&'a str, &'p str)>, Fault> {
        let reason = posted.text("region_reason");
        let Some(code) = self.outside.filter(|_| self.given.is_none()) else { return Ok(None) };
        if reason.chars().count() > LONGEST {
            return Err(Fault::Invalid(format!("准予的理由不超过 {LONGEST} 字。")));
        }
        Ok(Some((code, reason)))
    }
}

/// What was let through, as people read it: `注册地（代码 110101）不在本省，市级准予：理由`.
pub fn said(one: &RegionOverride) -> String {
    let desk = if one.desk == "city" { "市级" } else { "省级" };
    format!("注册地（代码 {}）不在本省，{desk}准予：{}", one.region_code, one.reason)
}

/// [`said`], with when and by whom.
pub fn told(one: &RegionOverride) -> String {
    format!("{}（{}　{}，第 {} 版）", said(one), moment_of(one.given_at), one.given_by, one.version)
}

/// The newest of each application, for documents that list several.
///
/// # Errors
/// Fails when the database does.
pub async fn newest(app: &App, applications: &[i64]) -> Result<HashMap<i64, RegionOverride>, Fault> {
    let all = app.store.region_overrides(applications).await?;
    Ok(all.into_iter().map(|one| (one.application_id, one)).collect())
}
