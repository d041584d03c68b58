//! The log of looks at a website, a station's or an applicant's, with the form for one by hand.

use std::collections::HashMap;

use askama::Template;
use regulation::duties::site::Origin;
use regulation::general::Refusal;
use serde::Deserialize;
use store::duties::{Looked, Probe};

use super::form::Typed;
use super::{NOUN, SiteYear};
use crate::address::cut;
use crate::app::App;
use crate::appraisal::ledger::Problems;
use crate::auth::Person;
use crate::clock::random_token;
use crate::error::Fault;
use crate::posted::MAX_FILE;
use crate::shell::{Shell, moment_of};

const SIZE: i64 = 50;

/// Before which look, as `instant-key`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

impl Asked {
    fn before(&self) -> Option<(i64, i64)> {
        let (at, id) = self.before.split_once('-')?;
        Some((at.parse().ok()?, id.parse().ok()?))
    }
}

/// Whose website it is, and where its pages are.
pub struct Owner {
    /// Address and name of the list it stands in; no name for those who see no list.
    pub list: (&'static str, &'static str),
    /// Menu entry the page belongs to.
    pub menu: &'static str,
    pub name: String,
    /// Its own page; the log is `…/site` below it, a look goes to `…/probes`.
    pub href: String,
    /// Where screenshots are opened.
    pub files: &'static str,
    pub url: String,
    pub year: Option<SiteYear>,
    /// Whether a look by whoever fills in the form counts.
    pub counts: bool,
}

#[derive(Template)]
#[template(path = "duties/site.html")]
pub struct SitePage {
    shell: Shell,
    owner: Owner,
    lines: Vec<Line>,
    next: Option<String>,
    first: bool,
    /// `None` for those who never record.
    record: Option<Result<(), Refusal>>,
    typed: Typed,
    problems: Problems,
    once: String,
    today: String,
    within: i64,
    /// Whether the worker looks by itself.
    automatic: bool,
    max_bytes: usize,
}

/// One look in the log.
pub struct Line {
    pub at: String,
    pub origin: &'static str,
    pub by: String,
    pub opened: bool,
    pub reason: String,
    pub answer: String,
    pub url: String,
    pub moved: String,
    pub files: Vec<(i64, String)>,
}

impl SitePage {
    fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(named, _)| *named == field).map(|(_, sentence)| sentence.as_str())
    }

    /// # Errors
    /// Fails when the template does.
    pub fn render_page(&self) -> askama::Result<String> {
        self.render()
    }

    /// Reads a page of the log.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn read(
        app: &App,
        person: &Person,
        of: Looked,
        owner: Owner,
        asked: Asked,
        record: Option<Result<(), Refusal>>,
        (typed, problems): (Typed, Problems),
    ) -> Result<SitePage, Fault> {
        let before = asked.before();
        let mut rows = app.store.probes(of, before.unwrap_or((i64::MAX, i64::MAX)), SIZE + 1).await?;
        let more = cut(&mut rows, SIZE);
        let last = rows.last().filter(|_| more);
        let next = last.map(|last| format!("{}/site?before={}-{}", owner.href, last.looked_at, last.id));
        Ok(SitePage {
            shell: Shell::new(app, person, owner.menu),
            lines: lines(app, rows).await?,
            owner,
            next,
            first: before.is_some(),
            record,
            typed,
            problems,
            once: random_token()?,
            today: app.clock.today().to_string(),
            within: app.present().edition.whole("site.manual_within_days"),
            automatic: app.outbound.is_some(),
            max_bytes: MAX_FILE,
        })
    }
}

/// Looks as people read them, with their screenshots.
///
/// # Errors
/// Fails when the database does.
pub async fn lines(app: &App, rows: Vec<Probe>) -> Result<Vec<Line>, Fault> {
    let by_hand: Vec<i64> = rows.iter().filter(|row| row.origin != Origin::Machine.key()).map(|row| row.id).collect();
    let mut files: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
    for file in app.store.attachments_of(NOUN, &by_hand).await? {
        files.entry(file.noun_id).or_default().push((file.id, file.file_name));
    }
    Ok(rows.into_iter().map(|row| Line::new(files.remove(&row.id).unwrap_or_default(), row)).collect())
}

impl Line {
    fn new(files: Vec<(i64, String)>, row: Probe) -> Line {
        let took = row.took_ms.map(|ms| format!("{}.{} 秒", ms / 1000, ms % 1000 / 100));
        let told = [row.status.map(|status| status.to_string()), took, Some(row.title).filter(|t| !t.is_empty())];
        let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
        Line {
            at: moment_of(row.looked_at),
            origin: Origin::from_key(&row.origin).map_or("", Origin::name),
            by: if row.origin == Origin::Machine.key() { String::new() } else { row.recorded_by },
            opened: row.opened != 0,
            reason: row.reason,
            answer: told.into_iter().flatten().collect::<Vec<_>>().join("　"),
            moved: if row.final_url.is_empty() || same(&row.final_url, &row.url) {
                String::new()
            } else {
                row.final_url
            },
            url: row.url,
            files,
        }
    }
}
