//! Where and how a source is asked: its address as it is known, what goes into a question, and how the pages of an answer
//! become one document. Facts about the sources alone; asking is the server's.
//!
//! Addresses come from the publishers' documentation or from programs that used them; `known` tells which. None has been
//! asked by this project: an operator looks at the first answers before relying on them.

use jiff::civil::Date;
use serde_json::value::RawValue;

use crate::json::Top;
use crate::{Desk, Outcome, Source};

/// How a source is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Where; `None` where only an operator can say.
    pub address: Option<&'static str>,
    pub known: Known,
    /// Hours between two questions.
    pub every_hours: i64,
    pub paging: Paging,
    pub form: Form,
}

/// What an address rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The publisher's documentation.
    Documented,
    /// Programs that used it.
    SecondHand,
    /// There is none: each operator has one of their own.
    No,
}

/// How an answer is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// It is one document, asked for only when it has changed.
    Single,
    /// Asked for by days, in pages that say how many they are.
    Days,
    /// Newest first, as far back as the days go.
    Newest,
}

/// What a document has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Xml,
    Html,
    Workbook,
    Any,
}

impl Source {
    /// How this source is asked.
    #[must_use]
    pub fn asking(self) -> Asking {
        let of =
            |form, every_hours| Asking { address: None, known: Known::No, every_hours, paging: Paging::Single, form };
        let at = |address, asking| Asking { address: Some(address), known: Known::SecondHand, ..asking };
        match self {
            Source::UsFrJson => Asking {
                known: Known::Documented,
                paging: Paging::Days,
                ..at("https://www.federalregister.gov/api/v1/documents.json", of(Form::Json, 2))
            },
            Source::EuCases => {
                at("https://tron.trade.ec.europa.eu/investigations/api/eucase/list/ongoing", of(Form::Json, 12))
            }
            Source::EpingXlsx => {
                at("https://eping.wto.org/NotificationExcelFiles/Notification_EN.xlsx", of(Form::Workbook, 24))
            }
            Source::EpingJson => Asking {
                paging: Paging::Newest,
                ..at("https://api.wto.org/eping/notifications/search", of(Form::Json, 6))
            },
            Source::Uk => at("https://www.trade-remedies.service.gov.uk/public/cases/", of(Form::Html, 12)),
            Source::Dgtr => at("https://www.dgtr.gov.in/en/anti-dumping-investigation-in-india", of(Form::Html, 12)),
            Source::EuRss | Source::Rss => of(Form::Xml, 1),
            Source::UsFrXml => of(Form::Xml, 24),
            Source::ItaOrders | Source::EuSearch => of(Form::Json, 24),
            Source::UsFrCsv | Source::EuCellar | Source::Csv => of(Form::Any, 24),
        }
    }

    /// The header a subscription key is sent in, where the source asks for one.
    #[must_use]
    pub fn key_header(self) -> Option<&'static str> {
        (self == Source::EpingJson).then_some("ocp-apim-subscription-key")
    }
}

/// Documents a page has at most.
const PER_PAGE: u64 = 100;

/// What the Federal Register is asked for: notices of the two authorities of trade remedies, with the fields its reader
/// wants (a list without them has no docket numbers).
const REGISTER: &str = "conditions%5Bagencies%5D%5B%5D=international-trade-administration\
                        &conditions%5Bagencies%5D%5B%5D=international-trade-commission&conditions%5Btype%5D%5B%5D=NOTICE";
const REGISTER_FIELDS: [&str; 12] = [
    "abstract",
    "action",
    "agencies",
    "comments_close_on",
    "correction_of",
    "dates",
    "docket_ids",
    "document_number",
    "html_url",
    "publication_date",
    "title",
    "type",
];

/// The address of one page, from 1, of the answer for the days `from` to `until`.
#[must_use]
pub fn address_of(source: Source, base: &str, page: u64, (from, until): (Date, Date)) -> String {
    let joint = if base.contains('?') { '&' } else { '?' };
    match source {
        Source::UsFrJson => {
            let fields: String = REGISTER_FIELDS.iter().map(|field| format!("&fields%5B%5D={field}")).collect();
            // Oldest first: what is published while the pages are read comes behind them.
            format!(
                "{base}{joint}{REGISTER}&conditions%5Bpublication_date%5D%5Bgte%5D={from}\
                 &conditions%5Bpublication_date%5D%5Blte%5D={until}&order=oldest&per_page={PER_PAGE}&page={page}{fields}"
            )
        }
        Source::EpingJson => format!("{base}{joint}language=1&page={page}&pageSize={PER_PAGE}"),
        _ => base.to_owned(),
    }
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum More {
    No,
    /// The page of this number, of so many where the source says so.
    Page {
        number: u64,
        of: Option<u64>,
    },
    /// A page at an address the source gives.
    At(String),
}

/// Whether there is more behind a page of this number, for days not before `from`.
///
/// # Errors
/// A sentence, when it is no page of the source.
pub fn more(desk: &Desk, source: Source, bytes: &[u8], page: u64, from: Date) -> Result<More, String> {
    match source.asking().paging {
        Paging::Single => Ok(More::No),
        Paging::Days => {
            let top = Top::read(plain(bytes))?;
            let next = top.member("next_page_url").and_then(|url| serde_json::from_str(url.get()).ok());
            Ok(match (top.count(&["total_pages"]), next) {
                (Some(total), _) if page < total => More::Page { number: page + 1, of: Some(total) },
                (None, Some(next)) => More::At(next),
                _ => More::No,
            })
        }
        Paging::Newest => {
            let mut older = false;
            let tally = desk.parse(source, bytes, None, &mut |outcome| {
                if let Outcome::Notice(notice) = outcome {
                    older |= notice.published_on.is_some_and(|on| on < from);
                }
            });
            // As many on each page: a last page with fewer is followed by an empty one.
            let all = tally.announced.is_some_and(|all| tally.read.saturating_mul(page) >= all);
            Ok(if older || all || tally.notices == 0 { More::No } else { More::Page { number: page + 1, of: None } })
        }
    }
}

/// Pages as one document, each record as it stood. One page stays as it is.
///
/// # Errors
/// A sentence naming the page that has no records.
pub fn join(pages: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, String> {
    if let [only] = pages {
        return Ok(only.as_ref().to_vec());
    }
    let mut records: Vec<&RawValue> = Vec::new();
    let mut count = None;
    for (page, number) in pages.iter().zip(1..) {
        let top = Top::read(plain(page.as_ref())).map_err(|reason| format!("第 {number} 页：{reason}"))?;
        let own = top.records(&["results", "items", "notifications", "rows", "data", "content"]);
        records.extend(own.ok_or_else(|| format!("第 {number} 页没有记录。"))?);
        count = count.or(top.count(&["count", "totalCount", "total"]));
    }
    let mut joined = b"{".to_vec();
    if let Some(count) = count {
        joined.extend_from_slice(format!("\"count\":{count},\n").as_bytes());
    }
    joined.extend_from_slice(b"\"results\":[\n");
    for (place, record) in records.iter().enumerate() {
        joined.extend_from_slice(if place == 0 { b"" } else { b",\n" });
        joined.extend_from_slice(record.get().as_bytes());
    }
    joined.extend_from_slice(b"\n]}\n");
    Ok(joined)
}

fn plain(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

impl Form {
    /// The media types asked for.
    #[must_use]
    pub fn accept(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Xml => "application/rss+xml, application/atom+xml, application/xml, text/xml;q=0.9, */*;q=0.5",
            Form::Html => "text/html",
            Form::Workbook | Form::Any => "*/*",
        }
    }

    /// Why a document cannot be what was asked for, where its first bytes tell: most often it is a page that says
    /// something to people.
    #[must_use]
    pub fn mistaken(self, bytes: &[u8]) -> Option<&'static str> {
        let head = plain(bytes).trim_ascii_start();
        let head = head[..head.len().min(16)].to_ascii_lowercase();
        let page = head.starts_with(b"<!doctype html") || head.starts_with(b"<html");
        match self {
            _ if head.is_empty() => Some("答复是空的。"),
            Form::Json if page => Some("答复是网页，不是 JSON 数据，来源可能改了地址或者要求验证。"),
            Form::Xml if page => Some("答复是网页，不是订阅数据，来源可能改了地址或者要求验证。"),
            Form::Workbook | Form::Any if page => Some("答复是网页，不是文件，来源可能改了地址或者要求验证。"),
            Form::Workbook if !bytes.starts_with(b"PK") => Some("答复不是 .xlsx 工作簿。"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DAYS: (Date, Date) = (date(2026, 9, 5), date(2026, 9, 18));

    #[test]
    fn the_register_is_asked_by_agency_type_and_day() {
        let base = Source::UsFrJson.asking().address.expect("known");
        let address = address_of(Source::UsFrJson, base, 2, DAYS);
        for part in [
            "https://www.federalregister.gov/api/v1/documents.json?",
            "=international-trade-administration&",
            "=international-trade-commission&",
            "conditions%5Btype%5D%5B%5D=NOTICE",
            "conditions%5Bpublication_date%5D%5Bgte%5D=2026-09-05",
            "conditions%5Bpublication_date%5D%5Blte%5D=2026-09-18",
            "per_page=100&page=2&",
            "fields%5B%5D=dates",
            "fields%5B%5D=docket_ids",
        ] {
            assert!(address.contains(part), "{part} in {address}");
        }
        assert!(address_of(Source::UsFrJson, "http://mirror/list?x=1", 1, DAYS).starts_with("http://mirror/list?x=1&"));
        assert_eq!(address_of(Source::Rss, "https://example.org/feed", 1, DAYS), "https://example.org/feed");
    }

    #[test]
    fn every_source_says_how_it_is_asked() {
        for source in Source::ALL {
            let asking = source.asking();
            assert_eq!(asking.address.is_none(), asking.known == Known::No, "{source}");
            assert!(asking.every_hours > 0 && asking.address.is_none_or(|at| at.starts_with("https://")), "{source}");
        }
    }

    #[test]
    fn pages_follow_each_other_until_they_end() {
        let desk = Desk::shipped().expect("desk");
        let next = |page: &str, number| more(&desk, Source::UsFrJson, page.as_bytes(), number, DAYS.0);
        assert_eq!(next(r#"{"total_pages":3,"results":[]}"#, 1), Ok(More::Page { number: 2, of: Some(3) }));
        assert_eq!(next(r#"{"total_pages":3,"results":[]}"#, 3), Ok(More::No));
        assert_eq!(next(r#"{"count":0}"#, 1), Ok(More::No));
        let url = r#"{"next_page_url":"https://example.org/?page=2","results":[]}"#;
        assert_eq!(next(url, 1), Ok(More::At("https://example.org/?page=2".to_owned())));
        assert!(next("half", 1).is_err());
        let page = |on: &str, total: u64| {
            let one = format!(r#"{{"documentSymbol":"G/TBT/N/USA/1","title":"t","distributionDate":"{on}"}}"#);
            format!(r#"{{"totalCount":{total},"items":[{one}]}}"#)
        };
        let next = |page: &str, number| more(&desk, Source::EpingJson, page.as_bytes(), number, DAYS.0);
        assert_eq!(next(&page("2026-09-10T00:00:00", 9), 1), Ok(More::Page { number: 2, of: None }));
        assert_eq!(next(&page("2026-09-04T00:00:00", 9), 1), Ok(More::No), "far enough back");
        assert_eq!(next(&page("2026-09-10T00:00:00", 9), 9), Ok(More::No), "all there are");
        assert_eq!(next(r#"{"totalCount":9,"items":[]}"#, 3), Ok(More::No), "nothing there");
    }

    #[test]
    fn joined_pages_are_one_document_of_the_same_records() {
        let record = |number: u32| {
            format!(r#"{{"title":"Garlic","document_number":"2026-{number}",  "publication_date":"2026-09-17"}}"#)
        };
        let page = |number: u32| format!(r#"{{"count":3,"total_pages":3,"results":[{}]}}"#, record(number));
        let pages = [page(90001), page(90002), page(90003)];
        let desk = Desk::shipped().expect("desk");
        let of = |bytes: &[u8]| {
            let mut found = Vec::new();
            let tally = desk.parse(Source::UsFrJson, bytes, None, &mut |outcome| found.push(outcome));
            (tally, found)
        };
        let (tally, found) = of(&join(&pages).expect("joined"));
        assert_eq!((tally.read, tally.notices, tally.announced), (3, 3, Some(3)));
        // Each record's hash is that of the record as it was sent.
        let sent: Vec<Outcome> = pages.iter().flat_map(|page| of(page.as_bytes()).1).collect();
        assert_eq!(found, sent);
        assert_eq!(join(&pages[..1]).expect("one"), pages[0].as_bytes());
        assert_eq!(join(&[pages[0].as_str(), "{}"]), Err("第 2 页没有记录。".to_owned()));
    }

    #[test]
    fn a_page_for_people_is_no_document() {
        assert!(Form::Json.mistaken(b"\xef\xbb\xbf \n<!DOCTYPE html><title>Just a moment").is_some());
        assert!(Form::Xml.mistaken(b"<html>").is_some());
        assert_eq!(Form::Xml.mistaken(b"<?xml version=\"1.0\"?><rss/>"), None);
        assert_eq!(Form::Html.mistaken(b"<!doctype html>"), None);
        assert!(Form::Workbook.mistaken(b"{}").is_some() && Form::Workbook.mistaken(b"PK\x03\x04").is_none());
        assert!(Form::Any.mistaken(b" \n").is_some());
    }
}
