//! The sources by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A source: whose documents, in which wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    UsFrJson,
    UsFrXml,
    UsFrCsv,
    ItaOrders,
    EuCellar,
    EuSearch,
    EuRss,
    EuCases,
    EpingXlsx,
    EpingJson,
    Uk,
    Dgtr,
    Rss,
    Csv,
}

impl Source {
    /// All sources, in the order of the documentation.
    pub const ALL: [Source; 14] = [
        Source::UsFrJson,
        Source::UsFrXml,
        Source::UsFrCsv,
        Source::ItaOrders,
        Source::EuCellar,
        Source::EuSearch,
        Source::EuRss,
        Source::EuCases,
        Source::EpingXlsx,
        Source::EpingJson,
        Source::Uk,
        Source::Dgtr,
        Source::Rss,
        Source::Csv,
    ];

    /// The name on the command line and in stored rows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Source::UsFrJson => "us-fr-json",
            Source::UsFrXml => "us-fr-xml",
            Source::UsFrCsv => "us-fr-csv",
            Source::ItaOrders => "ita-orders",
            Source::EuCellar => "eu-cellar",
            Source::EuSearch => "eu-search",
            Source::EuRss => "eu-rss",
            Source::EuCases => "eu-cases",
            Source::EpingXlsx => "eping-xlsx",
            Source::EpingJson => "eping-json",
            Source::Uk => "uk",
            Source::Dgtr => "dgtr",
            Source::Rss => "rss",
            Source::Csv => "csv",
        }
    }

    /// Whose numbering a record's id belongs to. Two wire formats of one publisher share it, so that a document met in
    /// both is one notice.
    #[must_use]
    pub fn numbering(self) -> &'static str {
        match self {
            Source::UsFrJson | Source::UsFrXml | Source::UsFrCsv => "us-fr",
            Source::ItaOrders => "us-order",
            Source::EuCellar | Source::EuSearch | Source::EuRss => "celex",
            Source::EuCases => "eu-case",
            Source::EpingXlsx | Source::EpingJson => "wto",
            Source::Uk => "uk",
            Source::Dgtr => "dgtr",
            Source::Rss => "rss",
            Source::Csv => "csv",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(name: &str) -> Result<Source, String> {
        Source::ALL.into_iter().find(|source| source.name() == name).ok_or_else(|| {
            let known: Vec<_> = Source::ALL.iter().map(|source| source.name()).collect();
            format!("没有名为“{name}”的来源，可用：{}", known.join("、"))
        })
    }
}
