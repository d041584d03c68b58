//! Foreign notices: what other countries' authorities publish, read into one shape.
//!
//! Bytes in, notices and refusals out. Nothing here opens a file, asks the network or reads a clock: fetching is the
//! server's. Each source has one file under `sources/`, which names the document of the format it reads; all of them
//! hand a [`draft`] to the same desk, which normalises, classifies (`data/rules.toml`) and proposes. The count of
//! records read is always the count of notices plus the count of refusals. See docs/feeds.md.

pub mod asking;
mod cases;
mod countries;
mod dates;
mod draft;
mod hs;
mod html;
mod identity;
mod json;
mod mapping;
mod notice;
mod outcome;
mod rules;
mod sample;
mod sheet;
mod source;
mod sources;
mod table;
mod text;
mod title;
mod xml;

pub use countries::{Countries, Country};
pub use identity::{identity, merge};
pub use mapping::{DateOrder, Field, Mapping, MappingError};
pub use notice::{How, HsCode, Kind, Relation, Stage, TradeNotice, Via};
pub use outcome::{Outcome, Place, Refused, Tally};
pub use rules::{Rules, RulesError};
pub use sample::{Sample, sample};
pub use source::Source;
pub use sources::published::{PublishedItem, csv_rows, published_items};
pub use sources::uk::{CaseType, vocabulary};

use outcome::Out;

/// The tables all readers share, read once: rules of classification and countries.
#[derive(Debug)]
pub struct Desk {
    rules: Rules,
    countries: Countries,
    cases: cases::Cases,
    dates: dates::Dates,
    hs: hs::Codes,
    titles: title::Titles,
    numbers: identity::Numbers,
}

/// Why the tables could not be read. The shipped ones are read by a test.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The table of rules.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The table of countries.
    #[error("{0}")]
    Countries(String),
    /// A pattern in the code.
    #[error(transparent)]
    Pattern(#[from] regex::Error),
}

impl Desk {
    /// The tables that come with this crate.
    ///
    /// # Errors
    /// Never for the tables as they are shipped: a test reads them.
    pub fn shipped() -> Result<Desk, DeskError> {
        Desk::with_rules(Rules::shipped()?)
    }

    /// The shipped countries with other rules.
    ///
    /// # Errors
    /// Fails when a table cannot be read.
    pub fn with_rules(rules: Rules) -> Result<Desk, DeskError> {
        let countries = Countries::shipped().map_err(DeskError::Countries)?;
        Ok(Desk {
            rules,
            countries,
            cases: cases::Cases::new()?,
            dates: dates::Dates::new()?,
            hs: hs::Codes::new()?,
            titles: title::Titles::new()?,
            numbers: identity::Numbers::new()?,
        })
    }

    /// The rules of classification in use.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The table of countries.
    #[must_use]
    pub fn countries(&self) -> &Countries {
        &self.countries
    }

    /// Reads one document of a source. Every record goes to `sink` in the document's order, as a notice or as a
    /// refusal; the tally counts both. `mapping` is heeded by [`Source::Csv`] alone.
    pub fn parse(
        &self,
        source: Source,
        bytes: &[u8],
        mapping: Option<&Mapping>,
        sink: &mut dyn FnMut(Outcome),
    ) -> Tally {
        let mut out = Out::new(self, source, sink);
        sources::read(source, bytes, mapping, &mut out);
        out.tally()
    }
}
