//! When two records are one document, and when one follows another. Pure: the store asks, these answer.

use regex::{Captures, Regex};

use crate::text::one_line;
use crate::{How, Relation, Source, TradeNotice};

/// The key of a document, the same in every format it comes in: numbering and number.
#[must_use]
pub fn identity(source: Source, source_id: &str) -> String {
    format!("{}:{}", source.numbering(), source_id.trim())
}

/// No document is notified by more members.
const MOST_SYMBOLS: usize = 200;

#[derive(Debug)]
pub(crate) struct Numbers {
    register: Regex,
    register_correction: Regex,
    symbol: Regex,
    symbol_tail: Regex,
    celex: Regex,
    european_act: Regex,
    correction_tail: Regex,
}

impl Numbers {
    pub(crate) fn new() -> Result<Numbers, regex::Error> {
        Ok(Numbers {
            register: Regex::new(r"\b(\d{2,4}-\d{3,6}|[A-Z]\d-\d{3,6})\b")?,
            register_correction: Regex::new(r"^[CRXZ]\d-((?:\d{2,4}|[A-Z]\d)-\d{3,6})$")?,
            symbol: Regex::new(r"(?i)\bG/(TBT|SPS)/N/([A-Z]{2,6})/(\d+)((?:/(?:Add|Rev|Corr|Suppl)\.?\s?\d+)*)")?,
            symbol_tail: Regex::new(r"(?i)/(Add|Rev|Corr|Suppl)\.?\s?(\d+)")?,
            celex: Regex::new(r"\b[0-9CE]\d{4}[A-Z]{1,2}\d{4}(?:\(\d{2}\))?(?:R\(\d{2}\))?")?,
            european_act: Regex::new(
                r"(?i)\b(correcting|corrigendum to|amending)\b.{0,60}?\b(regulation|decision)\s+(?:\([A-Z, ]+\)\s+)?(no\s+)?(\d{1,4})/(\d{1,4})\b",
            )?,
            correction_tail: Regex::new(
                r"(?i)[;:,.]?\s*(?:notice of\s+)?(?:correction|corrigendum|withdrawal)s?\.?\s*$",
            )?,
        })
    }

    /// The document number in a page's address, behind the day: `/documents/2025/01/30/2025-01970/erythritol`. A name
    /// behind it may hold years that look like one.
    pub(crate) fn register_in_address(&self, url: &str) -> Option<String> {
        let part = |part: &&str| self.register.find(part).is_some_and(|hit| hit.len() == part.len());
        url.split('/').find(part).map(str::to_owned)
    }

    /// The document number in a field.
    pub(crate) fn register(&self, text: &str) -> Option<String> {
        self.register.find(text).map(|hit| hit.as_str().to_owned())
    }

    /// What a Federal Register document follows: `C1-2025-01945` and `correction_of` name it; a title that ends in
    /// “; Correction” gives its title.
    pub(crate) fn register_relation(&self, number: &str, correction_of: &str, title: &str) -> Option<Relation> {
        let parent = match self.register_correction.captures(number) {
            Some(hit) => Some(hit[1].to_owned()),
            None => self.register(correction_of),
        };
        if let Some(parent) = parent {
            return Some(Relation { how: How::Corrects, to: Some(identity(Source::UsFrJson, &parent)), named: None });
        }
        let tail = self.correction_tail.find(title)?;
        let named = one_line(&title[..tail.start()]);
        (!named.is_empty()).then_some(Relation { how: How::Corrects, to: None, named: Some(named) })
    }

    /// The WTO symbols of a document, most often one; a joint document's each once, in the order of their spelling, however
    /// it lists them.
    pub(crate) fn symbols(&self, text: &str) -> Vec<Symbol> {
        let hits = self.symbol.captures_iter(text).take(MOST_SYMBOLS);
        let mut symbols: Vec<_> = hits.map(|hit| self.symbol(&hit)).collect();
        symbols.sort_by(|one, two| one.written.cmp(&two.written));
        symbols.dedup_by(|one, two| one.written == two.written);
        symbols
    }

    /// A WTO symbol in one spelling, its domain, the member's code, and what it follows.
    fn symbol(&self, hit: &Captures<'_>) -> Symbol {
        let (domain, member) = (hit[1].to_ascii_uppercase(), hit[2].to_ascii_uppercase());
        let number = hit[3].trim_start_matches('0');
        let mut written = format!("G/{domain}/N/{member}/{number}");
        let mut relation = None;
        for tail in self.symbol_tail.captures_iter(&hit[4]) {
            let (how, word) = match tail[1].to_ascii_lowercase().as_str() {
                "rev" => (How::Revises, "Rev"),
                "corr" => (How::Corrects, "Corr"),
                "suppl" => (How::AddsTo, "Suppl"),
                _ => (How::AddsTo, "Add"),
            };
            relation = Some(Relation { how, to: Some(identity(Source::EpingJson, &written)), named: None });
            written = format!("{written}/{word}.{}", &tail[2]);
        }
        Symbol { written, sanitary: domain == "SPS", member, relation }
    }

    /// The CELEX number in an address or a field, without its language.
    pub(crate) fn celex(&self, text: &str) -> Option<String> {
        let text = text.replace("%28", "(").replace("%29", ")");
        self.celex.find(&text).map(|hit| hit.as_str().to_owned())
    }

    /// The act a European title corrects or amends, by its CELEX number; a corrigendum's own number names it too.
    pub(crate) fn european_relation(&self, celex: &str, title: &str) -> Option<Relation> {
        if let Some((act, _)) = celex.split_once("R(") {
            return Some(Relation { how: How::Corrects, to: Some(identity(Source::EuCellar, act)), named: None });
        }
        let hit = self.european_act.captures(title)?;
        let how = if hit[1].eq_ignore_ascii_case("amending") { How::Revises } else { How::Corrects };
        let letter = if hit[2].eq_ignore_ascii_case("decision") { 'D' } else { 'R' };
        // “No 1238/2013” is number and year; without “No”, since 2015, year and number.
        let (year, number) =
            if hit.get(3).is_some() || hit[4].len() < 4 { (&hit[5], &hit[4]) } else { (&hit[4], &hit[5]) };
        let number: u32 = number.parse().ok()?;
        (year.len() == 4).then(|| Relation {
            how,
            to: Some(identity(Source::EuCellar, &format!("3{year}{letter}{number:04}"))),
            named: None,
        })
    }
}

/// A WTO document symbol, read.
pub(crate) struct Symbol {
    pub(crate) written: String,
    pub(crate) sanitary: bool,
    pub(crate) member: String,
    pub(crate) relation: Option<Relation>,
}

/// Two records of one document as one notice: `new` wins, except that a row from before publication never replaces
/// the publication, and what one record leaves out the other fills in. `None` when they are not one document.
#[must_use]
pub fn merge(old: &TradeNotice, new: &TradeNotice) -> Option<TradeNotice> {
    if old.identity != new.identity {
        return None;
    }
    let announces = |notice: &TradeNotice| notice.relates_to.as_ref().is_some_and(|it| it.how == How::Announces);
    let (base, other) = if announces(new) && !announces(old) { (old, new) } else { (new, old) };
    let mut one = base.clone();
    one.published_on = one.published_on.or(other.published_on);
    one.deadline_on = one.deadline_on.or(other.deadline_on);
    one.product = one.product.or_else(|| other.product.clone());
    one.url = one.url.or_else(|| other.url.clone());
    one.country = one.country.or_else(|| other.country.clone());
    if one.case_numbers.is_empty() {
        one.case_numbers.clone_from(&other.case_numbers);
        // The numbers tell kind and stage where the title alone did not.
        if !other.case_numbers.is_empty() {
            (one.kind, one.stage) = (other.kind, other.stage);
            one.kinds.clone_from(&other.kinds);
        }
    }
    if one.targets.is_empty() {
        one.targets.clone_from(&other.targets);
    }
    for code in &other.hs_codes {
        if !one.hs_codes.iter().any(|known| known.code == code.code) {
            one.hs_codes.push(code.clone());
        }
    }
    if !announces(other) && one.relates_to.is_none() {
        one.relates_to.clone_from(&other.relates_to);
    }
    Some(one)
}
