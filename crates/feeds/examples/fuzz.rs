//! A fuzzer that needs no special toolchain: `cargo run --release -p feeds --example fuzz -- SOURCE EXECUTIONS SEED`.
//!
//! It mutates the constructed fixtures of a source, checks that every record read is a notice or a refusal, and stops
//! at the first panic with the number of the execution; the same seed repeats it. `published` are the readers of what a
//! station published on its own website, `sample` the look into a table that is to be mapped; `all` runs every one in turn.

use std::io::{Cursor, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use feeds::{Desk, Mapping, Outcome, Source, Tally, csv_rows, published_items, sample};

macro_rules! fixtures {
    ($($name:literal),+) => {
        &[$(include_bytes!(concat!("../tests/fixtures/constructed/", $name)) as &[u8]),+]
    };
}

fn fixtures(source: Source) -> &'static [&'static [u8]] {
    match source {
        Source::UsFrJson => fixtures!(
            "us_fr_list.json",
            "us_fr_several.json",
            "us_fr_single.json",
            "us_fr_inspection.json",
            "us_fr_contents.json"
        ),
        Source::UsFrXml => fixtures!("us_fr.xml"),
        Source::UsFrCsv => fixtures!("us_fr.csv"),
        Source::ItaOrders => fixtures!("ita_orders.json"),
        Source::EuCellar => fixtures!("cellar.xml", "cellar.json"),
        Source::EuSearch => fixtures!("eu_search.json"),
        Source::EuRss => fixtures!("eu_rss.xml"),
        Source::EuCases => fixtures!("eu_cases.json", "eu_case.json"),
        Source::EpingXlsx => fixtures!("eping.tsv"),
        Source::EpingJson => fixtures!("eping.json"),
        Source::Uk => fixtures!("uk.html"),
        Source::Dgtr => fixtures!("dgtr_list.html", "dgtr_case.html"),
        Source::Rss => fixtures!("rss.xml", "atom.xml"),
        Source::Csv => fixtures!("chinese.csv", "mapped.csv"),
    }
}

/// What mutations put in: structure, numbers at the edge, characters of several bytes.
const TOKENS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"<",
    b">",
    b"</",
    b"/>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"&#x110000;",
    b"&nbsp;",
    b"&",
    b"<NOTICE>",
    b"</NOTICE>",
    b"<item>",
    b"<tr><td>",
    b"<a href=",
    b",",
    b"\t",
    b"\r\n",
    b"\n",
    b"\"\"",
    b"2031-02-29",
    b"31/12/9999",
    b"0000-00-00",
    b"701-TA-1-999",
    b"731-TA-9999-1, 2 and 3",
    b"HTSUS subheading 0101.21.00",
    b"From the Republic of ",
    "对中国、".as_bytes(),
    "’".as_bytes(),
    "\u{feff}".as_bytes(),
    b"\xff\xfe",
    b"\x00",
    b"\x80",
    b"G/TBT/N/USA/1/Add.1/Rev.1",
    b"C1-2031-1",
    b"32031R0001R(01)",
];

/// Words that leave the document's structure whole, so that what is behind it is reached.
const WORDS: &[&str] = &[
    "",
    "0",
    "-1",
    "2031-02-29",
    "20310101",
    "99/99/2031",
    "2031年13月1日",
    "March 31, 2031",
    "701-TA-1-99",
    "731-TA-9999-1, 2 and 3",
    "A-570-001/C-570-002",
    "HTSUS subheadings 9405.11.4010, 9405 and 0101",
    "CN codes ex 8708 70 10",
    "From China’s Republic of Korea and",
    "originating inMorocco",
    "对华、越南的灯作出初裁",
    "; Correction",
    "C1-2031-00101",
    "G/SPS/N/TPKM/07/Add.1/Rev.2/Corr.3",
    "correcting Regulation (EU) No 1/2",
    "32031R0001R(01)",
    "&amp;#x110000;",
    "中文",
    "İ",
    "ß",
    "\u{200b}",
];

/// A generator whose whole state is its seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, 0 when there is none.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % (limit.max(1) as u64)).unwrap_or(0)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..(start + self.below(64)).min(length)
    }
}

fn mutated(dice: &mut Dice, seeds: &[&[u8]]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].to_vec();
    let rounds = if dice.below(2) == 0 { 1 } else { 1 + dice.below(8) };
    for _ in 0..rounds {
        let at = dice.below(bytes.len() + 1);
        match dice.below(14) {
            0 if !bytes.is_empty() => {
                let at = dice.below(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            1 => bytes.insert(at, dice.below(256) as u8),
            2 => drop(bytes.drain(dice.range(bytes.len()))),
            3 => {
                let piece = bytes[dice.range(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => bytes.truncate(at),
            5 => {
                let other = seeds[dice.below(seeds.len())];
                let piece = other[dice.range(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let range = dice.range(bytes.len());
                let token = TOKENS[dice.below(TOKENS.len())].to_vec();
                bytes.splice(range, token);
            }
            7 | 8 => {
                let token = TOKENS[dice.below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            _ => {
                let word = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'.' | b'/');
                let start = at - bytes[..at].iter().rev().take_while(word).count().min(dice.below(12));
                let end = at + bytes[at..].iter().take_while(word).count().min(dice.below(12));
                bytes.splice(start..end, WORDS[dice.below(WORDS.len())].bytes());
            }
        }
    }
    bytes
}

/// A workbook of mutated rows, its XML mutated in half of the cases, its bytes in a quarter.
fn workbook(dice: &mut Dice, seeds: &[&[u8]]) -> Vec<u8> {
    let rows = String::from_utf8_lossy(&mutated(dice, seeds)).into_owned();
    let (mut sheet, mut shared, mut count) = (String::new(), String::new(), 0);
    for (row, line) in rows.lines().enumerate() {
        sheet.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in line.split('\t').enumerate() {
            match cell.strip_prefix('#') {
                Some(number) => sheet.push_str(&format!("<c><v>{number}</v></c>")),
                None => {
                    let name = char::from(b'A' + (column % 26) as u8);
                    sheet.push_str(&format!("<c r=\"{name}{}\" t=\"s\"><v>{count}</v></c>", row + 1));
                    shared.push_str(&format!("<si><t>{}</t></si>", cell.replace('&', "&amp;").replace('<', "&lt;")));
                    count += 1;
                }
            }
        }
        sheet.push_str("</row>");
    }
    let mut parts = [
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"Data\" r:id=\"rId1\"/></sheets></workbook>".to_owned()),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>".to_owned(),
        ),
        ("xl/sharedStrings.xml", format!("<sst>{shared}</sst>")),
        ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>")),
    ]
    .map(|(name, text)| (name, text.into_bytes()));
    if dice.below(2) == 0 {
        let part = &mut parts[dice.below(4)].1;
        *part = mutated(dice, &[&part.clone()]);
    }
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let written =
        parts.iter().all(|(name, text)| archive.start_file(*name, stored).is_ok() && archive.write_all(text).is_ok());
    let bytes = archive.finish().map(Cursor::into_inner).unwrap_or_default();
    if written && dice.below(4) == 0 { mutated(dice, &[&bytes]) } else { bytes }
}

fn execute(desk: &Desk, source: Source, bytes: &[u8], mapping: Option<&Mapping>) -> Result<Tally, String> {
    let (mut notices, mut refused) = (0, 0);
    let tally = catch_unwind(AssertUnwindSafe(|| {
        desk.parse(source, bytes, mapping, &mut |item| match item {
            Outcome::Notice(notice) => {
                notices += u64::from(!notice.title.is_empty() && !notice.source_id.is_empty());
            }
            Outcome::Refused(refusal) => refused += u64::from(!refusal.reason.is_empty()),
        })
    }))
    .map_err(|_| "panicked".to_owned())?;
    if tally.read == tally.notices + tally.refused && (tally.notices, tally.refused) == (notices, refused) {
        Ok(tally)
    } else {
        Err(format!("lost a record: {tally:?}, {notices} notices and {refused} refusals came out"))
    }
}

fn run(desk: &Desk, source: Source, executions: u64, seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let mapping = Mapping::parse(include_str!("../tests/fixtures/constructed/mapping.toml"))
        .map_err(|error| error.to_string())?;
    let mut sum = Tally::default();
    for execution in 0..executions {
        let zipped = source == Source::EpingXlsx || (source == Source::Csv && dice.below(4) == 0);
        let seeds = fixtures(source);
        let bytes = if zipped { workbook(&mut dice, seeds) } else { mutated(&mut dice, seeds) };
        let mapping = (source == Source::Csv && dice.below(2) == 0).then_some(&mapping);
        sum += execute(desk, source, &bytes, mapping).map_err(|what| {
            format!("{source}, seed {seed}, execution {execution}: {what}\n{}", String::from_utf8_lossy(&bytes))
        })?;
    }
    println!(
        "{source}: executions={executions} seed={seed} read={} notices={} refused={}",
        sum.read, sum.notices, sum.refused
    );
    Ok(())
}

/// A JSON Feed, constructed; the other forms are those of `rss` and `csv`.
const JSON_FEED: &[u8] = br#"{"version":"https://jsonfeed.org/version/1.1","title":"Beacon","items":[{"id":"1","url":"https://example.org/1","title":"Lamps","content_text":"Notice","date_published":"2031-03-08T09:30:00+08:00"},{"id":2,"content_html":"<p>Second</p>"}]}"#;

/// A reader of what is no foreign notice: how many items it finds, or the sentence why not.
type Reader = fn(&[u8]) -> Result<usize, String>;

const READERS: [(&str, Reader); 3] = [
    ("published", |bytes| published_items(bytes).map(|items| items.len())),
    ("published-csv", |bytes| csv_rows(bytes).map(|rows| rows.len())),
    ("sample", |bytes| sample(bytes, None).map(|sample| sample.rows.len())),
];

fn run_reader(name: &str, read: Reader, executions: u64, seed: u64) -> Result<(), String> {
    let mut dice = Dice(seed);
    let mut seeds = fixtures(Source::Csv).to_vec();
    if name == "published" {
        seeds = [fixtures(Source::Rss), &[JSON_FEED]].concat();
    }
    let (mut found, mut refused) = (0, 0);
    for execution in 0..executions {
        let zipped = name == "sample" && dice.below(4) == 0;
        let bytes = if zipped { workbook(&mut dice, &seeds) } else { mutated(&mut dice, &seeds) };
        match catch_unwind(AssertUnwindSafe(|| read(&bytes))) {
            Ok(Ok(items)) => found += items,
            Ok(Err(sentence)) if !sentence.is_empty() => refused += 1,
            _ => {
                let document = String::from_utf8_lossy(&bytes);
                return Err(format!(
                    "{name}, seed {seed}, execution {execution}: panicked or said nothing\n{document}"
                ));
            }
        }
    }
    println!("{name}: executions={executions} seed={seed} items={found} refused={refused}");
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [source, executions, seed] = &args[..] else {
        eprintln!("fuzz SOURCE|all EXECUTIONS SEED");
        return ExitCode::from(2);
    };
    let sources = if source == "all" { Source::ALL.to_vec() } else { source.parse().into_iter().collect() };
    let readers: Vec<_> = READERS.into_iter().filter(|(name, _)| source == "all" || source == name).collect();
    let (Ok(executions), Ok(seed), Ok(desk), false) =
        (executions.parse(), seed.parse(), Desk::shipped(), sources.is_empty() && readers.is_empty())
    else {
        eprintln!("fuzz SOURCE|all EXECUTIONS SEED");
        return ExitCode::from(2);
    };
    let run = sources.into_iter().try_for_each(|source| run(&desk, source, executions, seed));
    let run =
        run.and_then(|()| readers.into_iter().try_for_each(|(name, read)| run_reader(name, read, executions, seed)));
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
