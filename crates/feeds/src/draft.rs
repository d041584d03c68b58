//! What a source's reader hands over, and the desk that makes a notice of it.

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::cases::System;
use crate::rules::Subject;
use crate::text::{cut, one_line};
use crate::{Desk, HsCode, Kind, Relation, Source, Stage, TradeNotice, Via, identity};

/// The longest title and product kept; what is longer is a text in the wrong field.
const LONGEST_TITLE: usize = 4000;
const LONGEST_PRODUCT: usize = 2000;
/// How much of a text is searched for codes.
const LONGEST_TEXT: usize = 2_000_000;

/// A record's fields, as the source has them.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) id: String,
    /// Whose numbers these are, where the source is many publishers in one: without it, number 1 of two files would
    /// be one document.
    pub(crate) scope: String,
    pub(crate) title: String,
    pub(crate) published_on: Option<Date>,
    pub(crate) authority: String,
    pub(crate) country: Option<String>,
    /// The source's own word for the kind of proceeding or document, read beside the title.
    pub(crate) label: String,
    /// Abstract or summary: read where the title does not tell.
    pub(crate) body: String,
    /// Where case numbers stand.
    pub(crate) docket: String,
    pub(crate) system: System,
    /// Other symbols of a joint WTO document.
    pub(crate) symbols: Vec<String>,
    /// Fields that name the countries it is directed at, instead of the title.
    pub(crate) target_field: Option<String>,
    /// Fields that state customs codes, and how they came to be known as such.
    pub(crate) hs_field: String,
    pub(crate) hs_via: Option<Via>,
    /// Running text in which codes are named.
    pub(crate) hs_text: String,
    pub(crate) product: Option<String>,
    pub(crate) deadline_on: Option<Date>,
    pub(crate) url: Option<String>,
    pub(crate) relates_to: Option<Relation>,
    /// Where the source itself says so, instead of the rules.
    pub(crate) kind: Option<Kind>,
    pub(crate) stage: Option<Stage>,
}

impl Draft {
    /// The notice, or why the record is none.
    pub(crate) fn settle(self, desk: &Desk, source: Source, raw: &[u8]) -> Result<TradeNotice, String> {
        let source_id = one_line(&self.id);
        if source_id.is_empty() {
            return Err("没有编号".to_owned());
        }
        let title = desk.titles.tidy(cut(&self.title, LONGEST_TITLE));
        if title.is_empty() {
            return Err(format!("{}：没有标题", cut(&source_id, 80)));
        }
        let country = self.country.filter(|country| !country.is_empty());
        let country = country.or_else(|| desk.titles.acting(&desk.countries, &title, &self.authority));
        let mut case_numbers = desk.cases.read(&format!("{title}\n{}", self.docket), self.system);
        case_numbers.extend(self.symbols);
        let subject = Subject::new(&title, &self.label, &self.body, &self.docket, &case_numbers, &self.authority);
        let kinds = match self.kind {
            Some(kind) => vec![kind],
            None => desk.rules.kinds(&subject),
        };
        let kind = kinds.first().copied().unwrap_or(Kind::Other);
        let stage = self.stage.unwrap_or_else(|| desk.rules.stage(&subject, kind));
        let targets = targets(desk, &title, country.as_deref(), &case_numbers, self.target_field.as_deref());
        let product = match self.product.map(|product| one_line(cut(&product, LONGEST_PRODUCT))) {
            Some(product) if !product.is_empty() => Some(product),
            _ => desk.titles.product(&desk.countries, &title, kind != Kind::Other),
        };
        let mut hs_codes = desk.hs.field(&self.hs_field, self.hs_via.unwrap_or(Via::Field));
        hs_codes.extend(desk.hs.text(cut(&self.hs_text, LONGEST_TEXT)));
        let scoped =
            if self.scope.is_empty() { source_id.clone() } else { format!("{}/{source_id}", one_line(&self.scope)) };
        Ok(TradeNotice {
            source,
            identity: identity(source, &scoped),
            source_id,
            published_on: self.published_on,
            authority: one_line(&self.authority),
            country,
            kind,
            kinds,
            stage,
            title,
            product,
            targets,
            case_numbers,
            hs_codes: each_once(hs_codes),
            deadline_on: self.deadline_on,
            url: self.url.map(|url| url.trim().to_owned()).filter(|url| address(url)),
            raw_sha256: digest(raw),
            relates_to: self.relates_to,
        })
    }
}

/// The countries a record is directed at: its own field, else its title and, in the United States, the country in
/// the middle of a Commerce case number.
fn targets(desk: &Desk, title: &str, home: Option<&str>, cases: &[String], field: Option<&str>) -> Vec<String> {
    if let Some(field) = field {
        return desk.countries.all_in(cut(field, LONGEST_TITLE));
    }
    let mut targets = desk.titles.targets(&desk.countries, title, home);
    for case in cases.iter().filter(|case| case.starts_with("A-") || case.starts_with("C-")) {
        if let Some(iso2) = case.get(2..5).and_then(|code| desk.countries.by_commerce(code))
            && !targets.iter().any(|known| known == iso2)
        {
            targets.push(iso2.to_owned());
        }
    }
    targets
}

/// A code stated by a field is not proposed from the text again.
fn each_once(codes: Vec<HsCode>) -> Vec<HsCode> {
    let mut seen = std::collections::HashSet::new();
    codes.into_iter().filter(|hs| seen.insert(hs.code.clone())).collect()
}

/// Only an address that a browser follows is shown as a link.
fn address(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(char::is_control)
}

pub(crate) fn digest(raw: &[u8]) -> String {
    hex::encode(Sha256::digest(raw))
}

/// The scope of an id: none where the id is an address or a name that is one in the world, else the first of `owners`
/// that is known.
pub(crate) fn scope_of(id: &str, owners: &[&str]) -> String {
    if id.contains("://") || id.starts_with("urn:") || id.starts_with("tag:") {
        return String::new();
    }
    owners.iter().map(|owner| owner.trim()).find(|owner| !owner.is_empty()).unwrap_or_default().to_owned()
}

/// An id for a record whose source gives none: its address, else the digest of its bytes.
pub(crate) fn id_or(given: &str, url: Option<&str>, raw: &[u8]) -> String {
    let given = given.trim();
    if !given.is_empty() {
        return given.to_owned();
    }
    match url.map(str::trim).filter(|url| !url.is_empty()) {
        Some(url) => url.to_owned(),
        None => digest(raw)[..16].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_no_browser_follows_is_none() {
        let desk = Desk::shipped().expect("the shipped tables");
        for (url, shown) in [
            ("https://www.federalregister.gov/d/2031-04001", Some("https://www.federalregister.gov/d/2031-04001")),
            (" http://example.org/a ", Some("http://example.org/a")),
            ("https://example.org/\u{0}", None),
            ("https://example.org/\u{1b}[2J", None),
            ("https://example.org/a\nb", None),
            ("javascript:alert(1)", None),
            ("example.org", None),
        ] {
            let draft =
                Draft { title: "Lamps".to_owned(), id: "1".to_owned(), url: Some(url.to_owned()), ..Draft::default() };
            let notice = draft.settle(&desk, Source::Rss, b"").expect("a notice");
            assert_eq!(notice.url.as_deref(), shown, "{url:?}");
        }
    }
}
