//! One file per source; each names the document of the format it reads.

pub(crate) mod csv;
mod dgtr;
mod eping_json;
mod eping_xlsx;
mod eu_cases;
mod eu_cellar;
mod eu_rss;
mod eu_search;
mod ita_orders;
pub(crate) mod published;
mod rss;
pub(crate) mod uk;
mod us_fr_csv;
mod us_fr_json;
mod us_fr_xml;

use crate::outcome::Out;
use crate::{Mapping, Source};

/// Reads one document of a source.
pub(crate) fn read(source: Source, bytes: &[u8], mapping: Option<&Mapping>, out: &mut Out<'_>) {
    match source {
        Source::UsFrJson => us_fr_json::read(bytes, out),
        Source::UsFrXml => us_fr_xml::read(bytes, out),
        Source::UsFrCsv => us_fr_csv::read(bytes, out),
        Source::ItaOrders => ita_orders::read(bytes, out),
        Source::EuCellar => eu_cellar::read(bytes, out),
        Source::EuSearch => eu_search::read(bytes, out),
        Source::EuRss => eu_rss::read(bytes, out),
        Source::EuCases => eu_cases::read(bytes, out),
        Source::EpingXlsx => eping_xlsx::read(bytes, out),
        Source::EpingJson => eping_json::read(bytes, out),
        Source::Uk => uk::read(bytes, out),
        Source::Dgtr => dgtr::read(bytes, out),
        Source::Rss => rss::read(bytes, out),
        Source::Csv => csv::read(bytes, mapping, out),
    }
}
