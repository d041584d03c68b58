//! 审计日志 (等保 8.1.4.3), for the auditor alone: who did what, when, on what ground, and whether the chain holds.

use askama::Template;
use axum::extract::{Query, State};
use regulation::general::{Role, Verb};
use regulation::law::Edition;
use serde::Deserialize;
use store::audit::{AuditFilter, Broken, Intact, Row};

use crate::address::{SIZES, address, cut, page_size};
use crate::app::{App, Routes, render};
use crate::auth::Person;
use crate::duties::{noun, readable};
use crate::error::Page;
use crate::shell::{Shell, thousands};

const AUDIT: &str = "/general/audit";

pub fn routes() -> Routes {
    Routes::default().get(AUDIT, Verb::ViewAudit, list).get(
        "/general/audit/verification",
        Verb::ViewAudit,
        verification,
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Username: what the account did, and what was done in its place.
    who: String,
    /// `1`: only what was done in another's place.
    delegated: String,
    size: String,
    before: String,
}

impl Asked {
    fn at(&self, before: &str) -> String {
        let pairs =
            [("who", self.who.trim()), ("delegated", &self.delegated), ("size", &self.size), ("before", before)];
        address(AUDIT, &pairs)
    }

    fn narrowed(&self) -> bool {
        !(self.who.trim().is_empty() && self.delegated.is_empty())
    }
}

#[derive(Template)]
#[template(path = "general/audit.html")]
struct AuditPage {
    shell: Shell,
    sealed: String,
    head: String,
    sizes: [i64; 3],
    size: i64,
    lines: Vec<Line>,
    next: Option<String>,
    first: Option<String>,
    /// That there is no account of the name asked for.
    unknown: bool,
    asked: Asked,
}

struct Line {
    at: String,
    actor: String,
    role: &'static str,
    verb: &'static str,
    noun: &'static str,
    noun_id: i64,
    basis: String,
    detail: String,
    position: Option<String>,
    hash: String,
    whole_hash: String,
}

impl Line {
    fn new(edition: &Edition, row: Row) -> Line {
        let hash = row.hash.unwrap_or_default();
        Line {
            at: second_of(row.at),
            role: Role::from_key(&row.role).map_or("", Role::name),
            verb: Verb::from_key(&row.verb).map_or("", Verb::name),
            noun: noun(&row.noun),
            noun_id: row.noun_id,
            position: row.position.map(thousands),
            hash: hash.chars().take(8).collect(),
            whole_hash: hash,
            actor: row.actor,
            basis: row.basis,
            detail: readable(edition, &row.detail),
        }
    }
}

/// `2026-09-18 08:00:05` in China Standard Time: an auditor counts seconds.
fn second_of(at: i64) -> String {
    store::china().to_datetime(store::instant_from(at)).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

async fn list(State(app): State<App>, person: Person, Query(asked): Query<Asked>) -> Page {
    person.scope_or_refuse(&app, Verb::ViewAudit)?;
    let size = page_size(&asked.size);
    let head = app.store.audit_head().await?;
    let account = match asked.who.trim() {
        "" => None,
        who => app.store.account_by_name(who).await?.map(|account| account.id),
    };
    let unknown = account.is_none() && !asked.who.trim().is_empty();
    let filter = AuditFilter { account, delegated: asked.delegated == "1" };
    let mut rows = match unknown {
        true => Vec::new(),
        false => app.store.audit_page(&filter, asked.before.parse().ok(), size + 1).await?,
    };
    let more = cut(&mut rows, size);
    let present = app.present();
    render(&AuditPage {
        shell: Shell::new(&app, &person, AUDIT),
        sealed: thousands(head.count),
        head: head.head,
        sizes: SIZES,
        size,
        next: rows.last().filter(|_| more).map(|last| asked.at(&last.id.to_string())),
        first: (!asked.before.is_empty()).then(|| asked.at("")),
        unknown,
        lines: rows.into_iter().map(|row| Line::new(&present.edition, row)).collect(),
        asked,
    })
}

#[derive(Template)]
#[template(path = "general/audit_verification.html")]
struct VerificationPage {
    shell: Shell,
    at: String,
    verdict: Result<Whole, Broken>,
}

struct Whole {
    count: String,
    head: String,
    unsealed: i64,
}

impl From<Intact> for Whole {
    fn from(intact: Intact) -> Whole {
        Whole { count: thousands(intact.count), head: grouped(&intact.head), unsealed: intact.unsealed }
    }
}

/// A hash in groups of eight, as two people compare it aloud.
fn grouped(hash: &str) -> String {
    let letters: Vec<char> = hash.chars().collect();
    let groups: Vec<String> = letters.chunks(8).map(String::from_iter).collect();
    groups.join(" ")
}

async fn verification(State(app): State<App>, person: Person) -> Page {
    person.scope_or_refuse(&app, Verb::ViewAudit)?;
    let verdict = app.store.verify_audit(None).await?;
    if let Err(broken) = &verdict {
        tracing::error!(position = broken.position, id = broken.id, problem = broken.problem, "audit chain broken");
    }
    render(&VerificationPage {
        shell: Shell::new(&app, &person, AUDIT),
        at: second_of(store::instant_number(app.clock.now())),
        verdict: verdict.map(Whole::from),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_in_groups() {
        assert_eq!(grouped("0123456789abcdef01"), "01234567 89abcdef 01");
    }
}
