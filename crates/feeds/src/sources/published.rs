//! What somebody published on a website of their own, as the website gives it out: RSS, Atom, JSON Feed, or a table in a CSV
//! file. Read for a ledger, so nothing is classified: title, address, time and summary as they stand.
//!
//! Formats: as in [`super::rss`]; <https://www.jsonfeed.org/version/1.1/>; <https://www.rfc-editor.org/rfc/rfc4180>.

use csv::StringRecord;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

use super::rss::Item;
use crate::table::{MOST_COLUMNS, Quotes, UNCLOSED, reader};
use crate::text::{decode, one_line, without_tags};
use crate::xml::{decoded, records, tree};

/// One published item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedItem {
    pub title: String,
    pub url: String,
    /// `2026-09-08 09:30` in China's time where the feed names an instant, else as it stands there; empty when it says nothing.
    pub at: String,
    pub summary: String,
}

/// Items of a feed, in its order.
///
/// # Errors
/// One Chinese sentence when the file is no feed.
pub fn published_items(bytes: &[u8]) -> Result<Vec<PublishedItem>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => of_json(bytes),
        Some(_) => of_xml(bytes),
        None => Err("是空文件。".to_owned()),
    }
}

fn of_xml(bytes: &[u8]) -> Result<Vec<PublishedItem>, String> {
    let text = decoded(bytes);
    if !["<rss", "<feed", "<rdf:RDF", "<RDF"].iter().any(|root| text.contains(root)) {
        return Err("不是 RSS 或 Atom 文件，也不是 JSON Feed。".to_owned());
    }
    let mut items = Vec::new();
    for (record, number) in records(&text, &["item", "entry"]).zip(1..) {
        let element = record.text.map_err(str::to_owned).and_then(tree);
        let item = Item(element.map_err(|reason| format!("第 {number} 条读不出来：{reason}"))?);
        items.push(PublishedItem {
            title: one_line(&item.title()),
            url: item.link().unwrap_or_default().trim().to_owned(),
            at: in_china(&item.when()),
            summary: item.body().trim().to_owned(),
        });
    }
    Ok(items)
}

fn of_json(bytes: &[u8]) -> Result<Vec<PublishedItem>, String> {
    let feed: Value = serde_json::from_slice(bytes).map_err(|error| crate::json::unreadable(&error))?;
    let Some(items) = feed.get("items").and_then(Value::as_array) else {
        return Err("不是 JSON Feed：没有 items。".to_owned());
    };
    let text = |item: &Value, names: &[&str]| {
        let values = names.iter().filter_map(|name| item.get(name)?.as_str());
        values.map(str::trim).find(|value| !value.is_empty()).unwrap_or_default().to_owned()
    };
    let item = |item: &Value| PublishedItem {
        title: one_line(&text(item, &["title"])),
        url: text(item, &["url", "external_url"]),
        at: in_china(&text(item, &["date_published", "date_modified"])),
        summary: without_tags(&text(item, &["summary", "content_text", "content_html"])).trim().to_owned(),
    };
    Ok(items.iter().map(item).collect())
}

/// Rows of a CSV file, the first of which are its headings; empty rows are left out.
///
/// # Errors
/// One Chinese sentence when the file is none.
pub fn csv_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let text = decode(bytes, None);
    let (mut reader, mut quotes) = (reader(&text), Quotes::new(&text));
    let (mut record, mut rows) = (StringRecord::new(), Vec::new());
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
        if quotes.broken(from, 0) {
            return Err(format!("第 {} 行{UNCLOSED}。", text[..quotes.begun(from)].lines().count() + 1));
        }
        if !reader.read_record(&mut record).map_err(|error| format!("CSV 格式有误：{error}"))? {
            return Ok(rows);
        }
        if record.len() > MOST_COLUMNS {
            return Err(format!("超过 {MOST_COLUMNS} 列，不是发布清单。"));
        }
        let row: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if row.iter().any(|cell| !cell.is_empty()) {
            rows.push(row);
        }
    }
}

/// An instant as day and time in China; what names none stays as it is.
fn in_china(text: &str) -> String {
    let text = text.trim();
    let at = rfc2822::parse(text).map(|zoned| zoned.timestamp()).or_else(|_| text.parse::<Timestamp>());
    match at {
        Ok(at) => TimeZone::fixed(Offset::constant(8)).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>示例协会</title>\
        <item><title>欧盟对华轮胎作出终裁</title><link>https://a.example.cn/1</link>\
        <pubDate>Mon, 07 Sep 2026 23:30:00 GMT</pubDate><description>&lt;p&gt;税率 12.5%。&lt;/p&gt;</description></item>\
        <item><title>印度启动复审</title><guid>2</guid><pubDate>2026-09-09 10:00</pubDate></item></channel></rss>";

    #[test]
    fn a_feed_gives_title_address_time_and_summary() {
        let items = published_items(RSS.as_bytes()).expect("a feed");
        let first = PublishedItem {
            title: "欧盟对华轮胎作出终裁".into(),
            url: "https://a.example.cn/1".into(),
            at: "2026-09-08 07:30".into(),
            summary: "税率 12.5%。".into(),
        };
        assert_eq!(items[0], first);
        assert_eq!((items[1].at.as_str(), items[1].url.as_str()), ("2026-09-09 10:00", ""));
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn atom_and_json_feed_say_the_same() {
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title>印度启动复审</title>\
            <link rel=\"alternate\" href=\"https://a.example.cn/2\"/><updated>2026-09-10T00:00:00Z</updated>\
            <published>2026-09-09T18:00:00+08:00</published><summary>日落复审。</summary></entry></feed>";
        let json = "\u{feff} {\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"2\",\"title\":\"印度启动复审\",\
            \"url\":\"https://a.example.cn/2\",\"content_html\":\"<p>日落复审。</p>\",\"date_published\":\"2026-09-09T10:00:00Z\"}]}";
        let (atom, json) = (published_items(atom.as_bytes()), published_items(json.as_bytes()));
        assert_eq!(atom.as_ref().map(|items| items[0].at.as_str()), Ok("2026-09-09 18:00"));
        assert_eq!(atom, json);
    }

    #[test]
    fn what_is_no_feed_is_refused_in_one_sentence() {
        for bytes in ["", "  ", "日期,标题", "<html><body>404</body></html>", "{\"a\":1}", "{"] {
            let sentence = published_items(bytes.as_bytes()).expect_err(bytes);
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "{bytes}: {sentence}");
        }
    }

    #[test]
    fn a_quote_that_does_not_close_is_named_by_its_line() {
        let refused =
            csv_rows("标题,网址\n\n\"轮胎,https://a.example.cn/1\n石墨电极,https://a.example.cn/2\n".as_bytes());
        assert!(refused.is_err_and(|sentence| sentence.starts_with("第 3 行有未闭合的引号")));
    }

    #[test]
    fn a_table_is_read_with_quotes_and_without_empty_rows() {
        let rows =
            csv_rows("标题,网址,发布时间\n\n\"轮胎, 欧盟\",https://a.example.cn/1,2026-09-08 09:30\n,,\n".as_bytes());
        let rows = rows.expect("rows");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1], ["轮胎, 欧盟", "https://a.example.cn/1", "2026-09-08 09:30"]);
    }
}
