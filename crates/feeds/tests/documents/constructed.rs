//! Every reader on documents made up from its documented format (tests/fixtures/README.md).

use crate::common::{Read, desk, read, word, workbook, zipped};
use feeds::{How, Mapping, Source, TradeNotice};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/constructed/", $name)).as_slice()
    };
}

fn parse(source: Source, bytes: &[u8]) -> Read {
    read(desk(), source, bytes, None)
}

#[track_caller]
fn counts(read: &Read, expected: (u64, u64, u64)) {
    let tally = read.tally;
    assert_eq!((tally.read, tally.notices, tally.refused), expected, "{:?}", read.refused);
}

#[track_caller]
fn is(notice: &TradeNotice, kind: &str, stage: &str, cases: &[&str], targets: &[&str]) {
    let found = (word(notice.kind), word(notice.stage), notice.case_numbers.join(" "), notice.targets.join(" "));
    assert_eq!(found, (kind.to_owned(), stage.to_owned(), cases.join(" "), targets.join(" ")), "{}", notice.title);
}

fn codes(notice: &TradeNotice) -> Vec<String> {
    notice.hs_codes.iter().map(|hs| format!("{} {}", hs.code, word(hs.via))).collect()
}

fn day(notice: &TradeNotice) -> Option<String> {
    notice.published_on.map(|day| day.to_string())
}

#[test]
fn federal_register_list() {
    let list = parse(Source::UsFrJson, fixture!("us_fr_list.json"));
    counts(&list, (3, 2, 1));
    assert_eq!(list.tally.announced, Some(3));
    is(&list.notices[0], "反倾销", "立案", &["A-570-998"], &["CN"]);
    assert_eq!(list.notices[0].authority, "Commerce Department; Bureau without a name");
    assert_eq!(list.notices[0].deadline_on.map(|day| day.to_string()).as_deref(), Some("2031-02-05"));
    let expanded = ["701-TA-901", "701-TA-902", "701-TA-903", "731-TA-1901", "731-TA-1902"];
    is(&list.notices[1], "反倾销", "初裁", &expanded, &["CN", "VN"]);
    assert_eq!(list.notices[1].kinds.len(), 2);
    assert_eq!(list.refused[0].to_string(), "第 3 条（第 4 行）：2031-00103：没有标题");
}

#[test]
fn federal_register_by_number() {
    let several = parse(Source::UsFrJson, fixture!("us_fr_several.json"));
    counts(&several, (3, 2, 1));
    let to = |notice: &TradeNotice| notice.relates_to.as_ref().and_then(|relation| relation.to.clone());
    assert_eq!(to(&several.notices[0]).as_deref(), Some("us-fr:2031-00101"), "C1- names what it corrects");
    assert_eq!(to(&several.notices[1]).as_deref(), Some("us-fr:2030-09999"), "correction_of does too");
    assert!(several.refused[0].reason.contains("2031-77777"));

    let single = parse(Source::UsFrJson, fixture!("us_fr_single.json"));
    counts(&single, (1, 1, 0));
    assert_eq!(codes(&single.notices[0]), ["9405114010 text", "94051160 text", "940521 text"]);

    let inspection = parse(Source::UsFrJson, fixture!("us_fr_inspection.json"));
    counts(&inspection, (1, 1, 0));
    let early = &inspection.notices[0];
    assert_eq!((early.identity.as_str(), day(early)), ("us-fr:2031-00101", None));
    let one = feeds::merge(early, &single.notices[0]).expect("one document");
    assert_eq!(day(&one).as_deref(), Some("2031-01-06"));
    assert_eq!(one.relates_to, None, "published, it announces itself no more");
    assert_eq!(feeds::merge(&single.notices[0], early).expect("one document"), one, "whichever comes first");
}

#[test]
fn federal_register_contents() {
    let contents = parse(Source::UsFrJson, fixture!("us_fr_contents.json"));
    counts(&contents, (3, 2, 1));
    assert_eq!(contents.notices[1].source_id, "2031-00111");
    is(&contents.notices[0], "反倾销", "其他", &[], &["CN"]);
}

#[test]
fn what_the_register_answers_instead_of_documents() {
    for (answer, expected, says) in [
        (r#"{"status":404,"message":"Record Not Found"}"#, (1, 0, 1), "Record Not Found"),
        ("<html><body>404</body></html>", (1, 0, 1), "网页"),
        ("", (1, 0, 1), "空文件"),
        (r#"{"results":[{"title":"cut"#, (1, 0, 1), "内容不完整"),
        (r#"{"description":"none","count":0}"#, (0, 0, 0), ""),
        (r#"{"count":0,"results":[]}"#, (0, 0, 0), ""),
        (r#"{"something":"else"}"#, (1, 0, 1), "不是联邦公报"),
        (r#"{"results":[1,"x",null,[],{}]}"#, (5, 0, 5), "不是一条记录"),
    ] {
        let read = parse(Source::UsFrJson, answer.as_bytes());
        counts(&read, expected);
        assert!(read.refused.first().is_none_or(|refused| refused.reason.contains(says)), "{:?}", read.refused);
    }
}

#[test]
fn federal_register_text() {
    let text = parse(Source::UsFrXml, fixture!("us_fr.xml"));
    counts(&text, (5, 2, 3));
    is(&text.notices[0], "反倾销", "令", &["A-570-998", "C-570-999"], &["CN"]);
    assert_eq!(
        text.notices[0].title,
        "Certain Beacon Lamps From the People’s Republic of China: Antidumping and Countervailing Duty Orders"
    );
    assert_eq!(codes(&text.notices[0]), ["9405114010 text", "94051160 text", "940521 text"], "not those of footnotes");
    assert_eq!(day(&text.notices[0]).as_deref(), Some("2031-01-06"), "the issue's day");
    assert_eq!(text.notices[0].deadline_on.map(|day| day.to_string()).as_deref(), Some("2031-02-05"));
    is(&text.notices[1], "337", "立案", &["337-TA-1999"], &[]);
    assert_eq!(text.notices[1].product.as_deref(), Some("Beacon Lamps"));
    let places: Vec<_> = text.refused.iter().map(ToString::to_string).collect();
    assert!(places[0].starts_with("第 2 条（第 8 行）：没有编号"), "{places:?}");
    assert!(places[1].starts_with("第 3 条（第 9 行）：记录不完整"), "{places:?}");
}

#[test]
fn federal_register_csv() {
    let list = parse(Source::UsFrCsv, fixture!("us_fr.csv"));
    counts(&list, (4, 2, 2));
    let cases = ["701-TA-901", "701-TA-902", "701-TA-903", "731-TA-1901", "731-TA-1902"];
    is(&list.notices[0], "反倾销", "终裁", &cases, &["CN", "VN"]);
    assert_eq!(list.notices[0].title, "Beacon Lamps From China, and Vietnam");
    let early = list.notices[1].relates_to.as_ref().expect("on inspection");
    assert_eq!((early.how, early.to.as_deref()), (How::Announces, Some("us-fr:2031-04003")));
    let places: Vec<_> = list.refused.iter().map(ToString::to_string).collect();
    assert_eq!(places[0], "第 2 条（第 4 行）：日期“2031-13-45”无法识别");
    assert_eq!(places[1], "第 4 条（第 7 行）：没有编号");
    counts(&parse(Source::UsFrCsv, b"a,b\n1,2\n"), (1, 0, 1));
    counts(&parse(Source::UsFrCsv, b"title,document_number\n"), (0, 0, 0));
    let address =
        "title,html_url\nLamps,https://www.federalregister.gov/documents/2031/05/05/2031-04001/review-2029-20301\n";
    assert_eq!(parse(Source::UsFrCsv, address.as_bytes()).notices[0].source_id, "2031-04001");
}

#[test]
fn a_deadline_may_stand_in_the_text_on_dates() {
    let due =
        "Instituted May 1, 2031. The deadline for responses is May 31, 2031. Comments may be filed by July 14, 2031.";
    let json = |closes: &str| {
        let record =
            format!(r#""title":"Lamps","document_number":"2031-04009","comments_close_on":{closes},"dates":"{due}""#);
        let read = parse(Source::UsFrJson, format!("{{\"results\":[{{{record}}}]}}").as_bytes());
        read.notices[0].deadline_on.map(|day| day.to_string())
    };
    assert_eq!(json("null").as_deref(), Some("2031-05-31"));
    assert_eq!(json("\"2031-06-02\"").as_deref(), Some("2031-06-02"), "its own field before the text");
    let csv = format!(
        "title,document_number,dates\nLamps,2031-04009,\"{due}\"\nLamps,2031-04010,\"Effective May 1, 2031.\"\n"
    );
    let days = parse(Source::UsFrCsv, csv.as_bytes()).notices.into_iter().map(|notice| notice.deadline_on);
    assert_eq!(days.collect::<Vec<_>>(), [Some(jiff::civil::date(2031, 5, 31)), None]);
}

#[test]
fn orders_give_codes_to_cases() {
    let orders = parse(Source::ItaOrders, fixture!("ita_orders.json"));
    counts(&orders, (2, 1, 1));
    is(&orders.notices[0], "反倾销", "令", &["A-570-998"], &["CN"]);
    assert_eq!(codes(&orders.notices[0]), ["9405114010 field", "94051160 field"]);
}

#[test]
fn cellar_in_both_serialisations_is_one_document() {
    let xml = parse(Source::EuCellar, fixture!("cellar.xml"));
    let json = parse(Source::EuCellar, fixture!("cellar.json"));
    for read in [&xml, &json] {
        counts(read, (1, 1, 0));
        let notice = &read.notices[0];
        is(notice, "反倾销", "令", &[], &["CN"]);
        assert_eq!((notice.source_id.as_str(), day(notice).as_deref()), ("32031R0777", Some("2031-03-04")));
        assert_eq!(notice.product.as_deref(), Some("beacon lamps"));
        assert!(notice.title.contains("3 March 2031"), "no-break spaces are spaces: {}", notice.title);
    }
    assert_eq!(xml.notices[0].identity, json.notices[0].identity);
    for broken in ["<NOTICE><WORK></NOTICE>", "{\"NOTICE\":{}}", "{\"NOTICE\":", "<OTHER/>", ""] {
        counts(&parse(Source::EuCellar, broken.as_bytes()), (1, 0, 1));
    }
}

#[test]
fn european_search() {
    let hits = parse(Source::EuSearch, fixture!("eu_search.json"));
    counts(&hits, (3, 1, 2));
    is(&hits.notices[0], "反倾销", "更正", &[], &["CN"]);
    assert_eq!(codes(&hits.notices[0]), ["94051140 text", "940521 text", "9405114010 text"]);
    let relation = hits.notices[0].relates_to.as_ref().expect("a correction");
    assert_eq!((relation.how, relation.to.as_deref()), (How::Corrects, Some("celex:32031R0777")));
    let cellar = parse(Source::EuCellar, fixture!("cellar.xml"));
    assert_eq!(relation.to.as_ref(), Some(&cellar.notices[0].identity), "the act corrected");
}

#[test]
fn european_feed() {
    let feed = parse(Source::EuRss, fixture!("eu_rss.xml"));
    counts(&feed, (3, 2, 1));
    is(&feed.notices[0], "反补贴", "初裁", &[], &["CN"]);
    assert!(
        !feed.notices[0].title.contains("CELEX") && !feed.notices[0].title.contains('#'),
        "{}",
        feed.notices[0].title
    );
    assert_eq!(feed.notices[0].identity, "celex:32031R0777", "the same as the search's");
    let relation = feed.notices[1].relates_to.as_ref().expect("a corrigendum");
    assert_eq!(relation.to.as_deref(), Some("celex:32031R0900"));
}

#[test]
fn european_cases() {
    let list = parse(Source::EuCases, fixture!("eu_cases.json"));
    counts(&list, (3, 2, 1));
    is(&list.notices[0], "反倾销", "立案", &["AD901"], &["CN", "VN"]);
    is(&list.notices[1], "其他", "日落复审", &["R902"], &["IN"]);
    let review = |more: &str| {
        let case = format!(r#"[{{"caseNumber":"R901","shortName":"Lamps","caseType":"Expiry review"{more}}}]"#);
        let read = parse(Source::EuCases, case.as_bytes());
        (word(read.notices[0].kind), word(read.notices[0].stage))
    };
    for (more, kind) in [
        (r#","legalBasis":"Regulation (EU) 2016/1037""#, "反补贴"),
        (r#","measures":[{"type":"Anti-dumping duty"}]"#, "反倾销"),
        (r#","relatedCases":[{"caseNumber":"AD 750"}]"#, "反倾销"),
        ("", "其他"),
    ] {
        assert_eq!(review(more), (kind.to_owned(), "日落复审".to_owned()), "{more}");
    }
    let case = parse(Source::EuCases, fixture!("eu_case.json"));
    counts(&case, (1, 1, 0));
    is(&case.notices[0], "反补贴", "立案", &["AS903"], &["TR"]);
    assert_eq!(case.notices[0].deadline_on.map(|day| day.to_string()).as_deref(), Some("2031-03-15"));
    counts(&parse(Source::EuCases, b"{\"lastUpdate\":1}"), (1, 0, 1));
}

#[test]
fn eping_answers_and_workbook() {
    let answer = parse(Source::EpingJson, fixture!("eping.json"));
    counts(&answer, (4, 3, 1));
    assert_eq!(answer.tally.announced, Some(4));
    is(&answer.notices[0], "TBT", "通报", &[], &[]);
    assert_eq!(answer.notices[0].title, "Energy & lamps");
    assert_eq!(answer.notices[0].country.as_deref(), Some("US"));
    assert_eq!(codes(&answer.notices[0]), ["940511 field", "8539 field"]);
    let relation = answer.notices[1].relates_to.as_ref().expect("an addendum");
    assert_eq!((relation.how, relation.to.as_deref()), (How::AddsTo, Some("wto:G/TBT/N/USA/2999/Rev.1")));
    is(&answer.notices[2], "SPS", "更正", &[], &[]);
    assert_eq!(answer.notices[2].country.as_deref(), Some("TW"));

    let joint = |symbols: &str| {
        let row = format!(r#"[{{"documentSymbol":"{symbols}","title":"Cosmetics"}}]"#);
        let read = parse(Source::EpingJson, row.as_bytes());
        counts(&read, (1, 1, 0));
        (read.notices[0].identity.clone(), read.notices[0].case_numbers.clone())
    };
    let others = ["G/TBT/N/BHR/600".to_owned(), "G/TBT/N/KWT/470".to_owned()];
    let expected = ("wto:G/TBT/N/ARE/500".to_owned(), others.to_vec());
    assert_eq!(joint("G/TBT/N/ARE/500, G/TBT/N/BHR/600, G/TBT/N/KWT/470"), expected);
    assert_eq!(joint("G/TBT/N/KWT/470; G/TBT/N/ARE/500;G/TBT/N/BHR/600"), expected, "in whichever order");

    let book = parse(Source::EpingXlsx, &workbook(std::str::from_utf8(fixture!("eping.tsv")).expect("text")));
    counts(&book, (4, 3, 1));
    assert_eq!(day(&book.notices[0]).as_deref(), Some("2031-02-01"), "a worksheet's day number");
    assert_eq!(book.notices[0].deadline_on.map(|day| day.to_string()).as_deref(), Some("2031-04-02"));
    assert_eq!(day(&book.notices[1]).as_deref(), Some("2031-02-01"), "day first");
    assert_eq!(codes(&book.notices[1]), ["0902 text"]);
    assert_eq!(book.notices[2].source_id, "G/TBT/N/KOR/99/Add.3");
    assert_eq!(book.refused[0].to_string(), "第 4 条（工作表第 5 行）：“not a symbol”不是 TBT 或 SPS 通报编号");
}

#[test]
fn workbooks_that_are_none_are_refused_with_a_sentence() {
    for (bytes, says) in [
        (b"PK\x03\x04 broken".to_vec(), "不是 .xlsx"),
        (b"\xd0\xcf\x11\xe0old".to_vec(), ".xls"),
        (zipped(&[("a", "b")]), "xl/workbook.xml"),
        (workbook("Title\tOther\nx\ty\n"), "Document symbol"),
        (workbook(""), "Document symbol"),
    ] {
        let read = parse(Source::EpingXlsx, &bytes);
        counts(&read, (1, 0, 1));
        assert!(read.refused[0].reason.contains(says), "{:?}", read.refused);
    }
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused_before_it_fills_the_memory() {
    let endless = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(17 << 20));
    let book = zipped(&[
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"Data\" id=\"rId1\"/></sheets></workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        ("xl/sharedStrings.xml", &endless),
        ("xl/worksheets/sheet1.xml", "<worksheet/>"),
    ]);
    assert!(book.len() < 1 << 20, "small as it lies there");
    let read = parse(Source::EpingXlsx, &book);
    counts(&read, (1, 0, 1));
    assert!(read.refused[0].reason.contains("过长"), "{:?}", read.refused);
}

#[test]
fn british_register_and_vocabularies() {
    let page = parse(Source::Uk, fixture!("uk.html"));
    counts(&page, (5, 3, 2));
    is(&page.notices[0], "反倾销", "立案", &["AD0901"], &[]);
    assert_eq!(page.notices[0].title, "Notice of Initiation: Beacon lamps & parts");
    assert_eq!(
        page.notices[0].url.as_deref(),
        Some("https://www.trade-remedies.service.gov.uk/public/case/AD0901/submission/1/")
    );
    is(&page.notices[1], "反倾销", "立案", &["AD0901"], &["CN"]);
    is(&page.notices[2], "反倾销", "日落复审", &["TD0902"], &[]);
    let vocabulary = parse(Source::Uk, fixture!("uk_vocabulary.json"));
    counts(&vocabulary, (1, 0, 1));
    assert!(vocabulary.refused[0].reason.starts_with("是 JSON 文件"), "{:?}", vocabulary.refused);
    let words = feeds::vocabulary(fixture!("uk_vocabulary.json")).expect("a vocabulary");
    assert_eq!(words[0].code, "AD");
    assert!(feeds::vocabulary(b"[{}]").is_err());
}

#[test]
fn a_british_case_number_tells_the_law_and_whether_it_is_a_transition() {
    let notice = |case: &str, words: &str| {
        format!(
            "<table><tr><th>Date</th><th>Notice</th><th>Case</th></tr><tr><td>05 Feb 2031</td><td>{words}</td>\
             <td>{case}:Beacon lamps</td></tr></table>"
        )
    };
    for (case, words, kind, stage) in [
        ("AD0901", "Notice of Initiation", "反倾销", "立案"),
        ("AD0901", "Notice of Provisional Affirmative Determination", "反倾销", "初裁"),
        ("AD0901", "Notice of hearing", "反倾销", "日程"),
        ("AD0901", "Notice of Termination", "反倾销", "终止"),
        ("SF0902", "Notice of Initiation", "保障措施", "立案"),
        ("SE0903", "Notice of Initiation", "保障措施", "立案"),
        ("TD0904", "Notice of Initiation", "反倾销", "日落复审"),
        ("TS0905", "Notice of Initiation", "反补贴", "日落复审"),
        ("TF0906", "Notice of Initiation", "保障措施", "日落复审"),
    ] {
        let page = parse(Source::Uk, notice(case, words).as_bytes());
        counts(&page, (1, 1, 0));
        is(&page.notices[0], kind, stage, &[case], &[]);
    }
    let case = |number: &str, words: &str| {
        format!(
            "<table><tr><th>Initiated</th><th>Commodity</th><th>Country</th><th>Case type</th><th>Case</th></tr>\
             <tr><td>05 Feb 2031</td><td>Lamps</td><td>China</td><td>{words}</td><td>{number}:Lamps</td></tr></table>"
        )
    };
    for (number, words, kind, stage) in [
        ("SF0902", "Safeguarding investigation", "保障措施", "立案"),
        ("SM0907", "Safeguard mid-term review", "保障措施", "情势变更复审"),
        ("TF0906", "Transition safeguarding review", "保障措施", "日落复审"),
        ("SE0903", "Safeguard extension review", "保障措施", "日落复审"),
        ("CR0908", "Circumvention review", "反规避", "其他"),
    ] {
        let page = parse(Source::Uk, case(number, words).as_bytes());
        counts(&page, (1, 1, 0));
        is(&page.notices[0], kind, stage, &[number], &["CN"]);
    }
}

#[test]
fn indian_lists_and_cases() {
    let list = parse(Source::Dgtr, fixture!("dgtr_list.html"));
    counts(&list, (3, 2, 1));
    is(&list.notices[0], "反倾销", "立案", &["AD(OI)-12/2031"], &["CN", "VN"]);
    assert_eq!(list.notices[0].product.as_deref(), Some("Beacon Lamps"));
    is(&list.notices[1], "反补贴", "立案", &[], &["TH"]);
    let case = parse(Source::Dgtr, fixture!("dgtr_case.html"));
    counts(&case, (4, 2, 2));
    is(&case.notices[0], "反倾销", "立案", &[], &["CN"]);
    assert_eq!(day(&case.notices[0]).as_deref(), Some("2031-08-03"), "day first");
    is(&case.notices[1], "反倾销", "终裁", &[], &["CN"]);
}

#[test]
fn any_feed() {
    let feed = parse(Source::Rss, fixture!("rss.xml"));
    counts(&feed, (5, 2, 3));
    is(&feed.notices[0], "反倾销", "终裁", &[], &["CN"]);
    assert_eq!((feed.notices[0].source_id.as_str(), feed.notices[0].authority.as_str()), ("n-1", "Bureau"));
    assert_eq!(codes(&feed.notices[0]), ["94051140 text", "940521 text"]);
    assert_eq!(feed.notices[0].identity, "rss:example.org/n-1", "two publishers may both have an n-1");
    assert_eq!(feed.notices[1].source_id, "https://example.org/2", "the link stands for the id");
    assert_eq!(feed.notices[1].identity, "rss:https://example.org/2");
    let atom = parse(Source::Rss, fixture!("atom.xml"));
    counts(&atom, (1, 1, 0));
    is(&atom.notices[0], "保障措施", "立案", &[], &[]);
    assert_eq!(atom.notices[0].url.as_deref(), Some("https://example.org/1"));
    assert_eq!(day(&atom.notices[0]).as_deref(), Some("2031-02-05"));
    counts(&parse(Source::Rss, b"<rss><channel><title>empty</title></channel></rss>"), (0, 0, 0));
    counts(&parse(Source::Rss, b"no feed"), (1, 0, 1));
}

#[test]
fn chinese_lists_are_fed_by_hand() {
    let utf8 = fixture!("chinese.csv");
    let (gbk, _, _) = encoding_rs::GB18030.encode(std::str::from_utf8(utf8).expect("text"));
    let tsv = std::str::from_utf8(utf8).expect("text").replace(',', "\t");
    for bytes in [utf8.to_vec(), gbk.into_owned(), workbook(&tsv)] {
        let list = parse(Source::Csv, &bytes);
        counts(&list, (5, 3, 2));
        is(&list.notices[0], "反倾销", "初裁", &["A-570-998"], &["CN"]);
        assert_eq!(list.notices[0].product.as_deref(), Some("烽火灯"));
        assert_eq!(codes(&list.notices[0]), ["94051140 field", "940521 field"]);
        assert_eq!(list.notices[0].deadline_on.map(|day| day.to_string()).as_deref(), Some("2031-04-01"));
        is(&list.notices[1], "反补贴", "立案", &[], &["CN", "VN"]);
        is(&list.notices[2], "TBT", "通报", &[], &[]);
        assert!(list.refused[0].reason.contains("不存在的国家"));
    }
}

/// 50 rows of four cells, of which `broken` gives some another shape.
fn fifty(broken: impl Fn(u32) -> Option<String>) -> String {
    let row = |number| broken(number).unwrap_or_else(|| format!("印度对华灯具发起反倾销调查,n-{number},2031-03-01,\n"));
    format!("标题,编号,发布日期,摘要\n{}", (1..=50).map(row).collect::<String>())
}

#[test]
fn a_quote_that_does_not_close_loses_its_own_row_alone() {
    let quoted =
        |number| format!("\"印度对华灯具，发起反倾销调查\",n-{number},2031-03-01,\"一\n\n二,\"\"三\"\"\n四\"\n");
    let lone = |number| format!("\"印度对华灯具发起反倾销调查,n-{number},2031-03-01,\n");
    let late = |number| format!("印度对华灯具发起反倾销调查,n-{number},2031-03-01,\"摘要\n");
    for (name, list) in [
        ("to the end", fifty(|number| (number == 20).then(|| lone(number)))),
        ("in the last cell", fifty(|number| (number == 20).then(|| late(number)))),
        (
            "to the next quoted cell",
            fifty(
                |number| if number == 20 { Some(lone(number)) } else { Some(quoted(number)).filter(|_| number > 30) },
            ),
        ),
    ] {
        let read = parse(Source::Csv, list.as_bytes());
        counts(&read, (50, 49, 1));
        assert_eq!(read.refused[0].record, 20, "{name}");
        assert!(
            read.refused[0].to_string().starts_with("第 20 条（第 21 行）：有未闭合的引号"),
            "{name}: {}",
            read.refused[0]
        );
        assert!(read.notices.iter().all(|notice| notice.title.chars().count() < 20), "{name}");
    }
    let two = parse(
        Source::Csv,
        fifty(|number| matches!(number, 20 | 30).then(|| format!("印度对华灯具,n-{number},2031-03-01,\",\n")))
            .as_bytes(),
    );
    counts(&two, (50, 48, 2));
    let half = parse(Source::Csv, b"title,document_number\nLamps,1\n\"Mirrors");
    counts(&half, (2, 1, 1));
    let headings = parse(Source::Csv, "标题,\"编号\n灯具,1\n".as_bytes());
    counts(&headings, (1, 0, 1));
    assert!(headings.refused[0].reason.contains("未闭合"), "{:?}", headings.refused);
    // Cells of several lines are none of these.
    counts(&parse(Source::Csv, fifty(|number| Some(quoted(number))).as_bytes()), (50, 50, 0));
}

#[test]
fn a_chinese_list_says_who_acts_and_of_what_kind_in_few_words() {
    let list = "公告名称,公告编号,公布日期,应诉截止日,类别,HS编码\n\
        美国商务部对进口自中国的石墨电极发起第四次日落复审,1,2031-03-01,2031-03-31,AD,7032010\n\
        印度对华轮胎作出最终裁定,2,2031-03-02,,CVD,\n\
        土耳其延长对进口涤纶短纤的措施,3,2031-03-02,,SG,\n\
        巴西对自中国进口的钢管作出初步裁定,4,2031-03-02,,双反,\n\
        欧盟发布轮胎标签要求,5,2031-03-02,,技术性贸易措施,\n\
        日本修订农药残留限量,6,2031-03-02,,sps,\n\
        欧盟委员会终止对原产于中国的灯具的调查,7,2031-03-02,,anti-dumping,\n";
    let list = parse(Source::Csv, list.as_bytes());
    counts(&list, (7, 7, 0));
    for (notice, (country, kind, stage, targets)) in list.notices.iter().zip([
        ("US", "反倾销", "日落复审", &["CN"][..]),
        ("IN", "反补贴", "终裁", &["CN"]),
        ("TR", "保障措施", "延续", &[]),
        ("BR", "反倾销", "初裁", &["CN"]),
        ("EU", "TBT", "通报", &[]),
        ("JP", "SPS", "通报", &[]),
        ("EU", "反倾销", "终止", &["CN"]),
    ]) {
        is(notice, kind, stage, &[], targets);
        assert_eq!(notice.country.as_deref(), Some(country), "{}", notice.title);
    }
    assert_eq!(list.notices[3].kinds.len(), 2);
    assert_eq!(codes(&list.notices[0]), ["07032010 field"]);
    assert_eq!(list.notices[0].deadline_on, Some(jiff::civil::date(2031, 3, 31)));
}

#[test]
fn chinese_titles_alone_tell_what_happens_and_who_acts() {
    for (title, kind, stage, country, targets) in [
        ("美国ITC对柠檬酸作出第三次反倾销日落复审产业损害终裁", "反倾销", "日落复审", "US", &[][..]),
        ("欧盟对华钢管反倾销调查进行预披露", "反倾销", "初裁", "EU", &["CN"]),
        ("美国对从马来西亚进口的光伏产品发起反规避调查", "反规避", "立案", "US", &["MY"]),
        ("美国对华轮胎启动特保调查", "保障措施", "立案", "US", &["CN"]),
        ("日本发布特保食品标签要求", "其他", "其他", "JP", &[]),
        ("南非对热轧钢产品实施保障措施", "保障措施", "令", "ZA", &[]),
        ("南非对热轧钢产品实施保障措施调查", "保障措施", "其他", "ZA", &[]),
        ("菲律宾对进口水泥征收最终保障税", "保障措施", "令", "PH", &[]),
        ("美国ITC正式对特定半导体器件启动337调查", "337", "立案", "US", &[]),
        ("美国企业对华电子烟提起337调查申请", "337", "申请", "US", &["CN"]),
        ("美国ITC发布普遍排除令", "337", "令", "US", &[]),
        ("美国商务部发布对华铝型材反补贴税令", "反补贴", "令", "US", &["CN"]),
        ("美国撤销对华钾盐反倾销税令", "反倾销", "终止", "US", &["CN"]),
        ("印度财政部不接受反倾销终裁建议 不征收对华轮胎反倾销税", "反倾销", "终止", "IN", &["CN"]),
        ("欧盟对华柠檬酸反倾销措施到期终止", "反倾销", "终止", "EU", &["CN"]),
        ("欧盟对华钢铁产品反倾销措施即将到期", "反倾销", "日落复审", "EU", &["CN"]),
        ("加拿大国际贸易法庭对华地毯作出双反期满复审终裁", "反倾销", "日落复审", "CA", &["CN"]),
        ("美国对华造船业301调查举行听证会", "其他", "日程", "US", &["CN"]),
        ("美国取消对华商品加征关税", "其他", "终止", "US", &["CN"]),
        ("商务部关于延长对原产于加拿大的进口油菜籽反倾销调查期限的公告", "反倾销", "延期", "CN", &["CA"]),
    ] {
        let list = parse(Source::Csv, format!("标题,编号\n{title},1\n").as_bytes());
        counts(&list, (1, 1, 0));
        is(&list.notices[0], kind, stage, &[], targets);
        assert_eq!(list.notices[0].country.as_deref(), Some(country), "{title}");
    }
}

#[test]
fn a_saved_mapping_names_the_columns() {
    let desk = desk();
    let mapping = Mapping::parse(std::str::from_utf8(fixture!("mapping.toml")).expect("text")).expect("a mapping");
    let list = read(desk, Source::Csv, fixture!("mapped.csv"), Some(&mapping));
    counts(&list, (2, 1, 1));
    is(&list.notices[0], "反倾销", "其他", &[], &["CN"]);
    assert_eq!(codes(&list.notices[0]), ["940511 mapping"]);
    assert_eq!(day(&list.notices[0]).as_deref(), Some("2031-03-08"), "month first");
    let none = read(desk, Source::Csv, fixture!("mapped.csv"), None);
    counts(&none, (1, 0, 1));
    let other = read(desk, Source::Csv, b"a,b\n1,2\n", Some(&mapping));
    assert!(other.refused[0].reason.contains("没有映射指定的列"), "{:?}", other.refused);
    for (text, says) in
        [("[columns]\nurl = \"u\"", "title"), ("columns = 1", "第 1 行"), ("[columns]\ntitle='t'\nnope='x'", "第 3 行")]
    {
        assert!(Mapping::parse(text).expect_err("no mapping").to_string().contains(says), "{text}");
    }
}

#[test]
fn a_correction_may_name_only_a_title() {
    let rows = "title,document_number,publication_date,docket_ids,agency_names\n\
        \"Lamps From China: Final Determination\",2031-1001,2031-01-01,A-570-998,ITA\n\
        \"Lamps From China: Final Determination; Correction\",2031-1004,2031-03-01,A-570-998,ITA\n";
    let list = parse(Source::UsFrCsv, rows.as_bytes());
    let [final_determination, correction] = &list.notices[..] else { panic!("two") };
    assert_eq!(word(correction.stage), "更正");
    let relation = correction.relates_to.as_ref().expect("a correction");
    assert_eq!((relation.how, relation.to.as_ref()), (How::Corrects, None));
    assert_eq!(relation.named.as_ref(), Some(&final_determination.title));
    assert_eq!(final_determination.relates_to, None);
}

#[test]
fn the_digest_is_of_the_record_and_of_the_file_where_it_is_one() {
    use sha2::{Digest as _, Sha256};
    let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let single = fixture!("us_fr_single.json");
    assert_eq!(parse(Source::UsFrJson, single).notices[0].raw_sha256, digest(single));
    let cellar = fixture!("cellar.xml");
    assert_eq!(parse(Source::EuCellar, cellar).notices[0].raw_sha256, digest(cellar));
    // A list that grew elsewhere leaves a record's digest alone.
    let one = parse(Source::UsFrCsv, b"title,document_number\nLamps,2031-1001\n");
    let two = parse(Source::UsFrCsv, b"title,document_number\nMirrors,2031-1000\nLamps,2031-1001\n");
    assert_eq!(one.notices[0].raw_sha256, two.notices[1].raw_sha256);
    assert_eq!(one.notices[0].raw_sha256, digest(b"Lamps,2031-1001"));
}
