//! Whatever the bytes: no panic, and every record read is a notice or a refusal.

use crate::common::{desk, read};
use feeds::Source;
use proptest::prelude::*;

/// Pieces that readers look for, to get past their front doors.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "-1e9",
    "\\ud800",
    "\"results\":[",
    "\"document_number\":\"2031-1\"",
    "\"title\":\"x From China\"",
    "\"agencies\":[",
    "\"document_categories\":[",
    "\"documents\":[",
    "\"document_numbers\":[\"1\"]",
    "\"caseNumber\":\"AD 1\"",
    "\"documentSymbol\":\"G/TBT/N/USA/1/Rev.1\"",
    "\"NOTICE\":{",
    "\"SAMEAS\":{",
    "<NOTICE>",
    "</NOTICE>",
    "<item>",
    "</item>",
    "<rss>",
    "<feed>",
    "<entry/>",
    "<SUBJECT>",
    "</SUBJECT>",
    "<FRDOC>[FR Doc. 2031-00001 Filed",
    "</FRDOC>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&#x110000;",
    "&nbsp;",
    "<table>",
    "<tr>",
    "<th>Case</th>",
    "<th>Notice</th>",
    "<td>AD0001:x</td>",
    "<a href=\"/anti-dumping-cases/x\">",
    "</a>",
    "title,document_number\n",
    "标题,日期\n",
    "2031-02-30",
    "\"\"",
    "\r\n",
    "\n",
    "中",
    "\u{feff}",
    "HTSUS subheading 9405.11.40, ",
    "701-TA-1-900, 3 and 731-TA-2",
    "from the Republic of ",
    "’s",
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => any::<Vec<u8>>(),
        1 => any::<String>().prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_document_makes_a_reader_panic_or_lose_a_record(bytes in bytes()) {
        let desk = desk();
        for source in Source::ALL {
            // `read` asserts the counts.
            read(desk, source, &bytes, None);
        }
    }

    #[test]
    fn no_worksheet_does_either(cells in proptest::collection::vec(proptest::collection::vec("[ -~中]{0,20}", 0..6), 0..8)) {
        let desk = desk();
        let tsv: Vec<_> = cells.iter().map(|row| row.join("\t")).collect();
        let book = crate::common::workbook(&format!("Document symbol\tTitle\tDistribution date\n{}", tsv.join("\n")));
        read(desk, Source::EpingXlsx, &book, None);
        read(desk, Source::Csv, &book, None);
    }

    #[test]
    fn the_same_bytes_give_the_same(bytes in bytes()) {
        let desk = desk();
        let one = read(desk, Source::UsFrXml, &bytes, None);
        let two = read(desk, Source::UsFrXml, &bytes, None);
        prop_assert_eq!((one.notices, one.refused), (two.notices, two.refused));
    }
}

/// Documents that repeat one thing without end: nothing overflows, and no reader looks at the rest again for each.
#[test]
fn no_repetition_takes_a_reader_long() {
    let pieces = [
        "[",
        "{\"results\":",
        "{\"results\":[{\"a\":",
        "<NOTICE>",
        "<NOTICE ",
        "<NOTICE><a>",
        "<item>",
        "<item ",
        "<!--",
        "<![CDATA[",
        "<a ",
        "<a<",
        "&",
        "\"",
        "\",\"",
        "x\",\"c\n",
        "a,b,\"\"\n",
        "December 1, 2026 ",
        "<table><tr><th>case<td>",
        "<a href='/anti-dumping-cases/",
        "<a href=/anti-dumping-cases/x>x</a>",
        "701-TA-1-99, ",
        "A-570-001,",
        "From China, ",
        "from ",
        "'s ",
        "HTSUS 0101.21.00 ",
        "HTSUS heading ",
        "title,",
        "\n",
        "对中国、",
        "，",
    ];
    let fronts = [
        "",
        "<rss>",
        "title,document_number\n\"",
        "标题\n",
        "[{\"TI\":\"",
        "<table><tr><th>Case</th><th>Notice</th></tr><tr><td>",
    ];
    let begun = std::time::Instant::now();
    for piece in pieces {
        for front in fronts {
            let document = format!("{front}{}", piece.repeat((128 << 10) / piece.len()));
            for source in Source::ALL {
                read(desk(), source, document.as_bytes(), None);
            }
        }
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(90), "{:?}", begun.elapsed());
}
