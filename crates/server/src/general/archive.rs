//! The year's archive package (归档包): every official document of a year, its confirmed sheets and summary as PDF, with
//! metadata (DA/T 46), a catalogue, a report of the checks made (DA/T 70) and a manifest anyone can verify.

mod class;
mod report;
mod verify;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use papers::official::Document;
use papers::{ArchiveRecord, ColumnPaper, TablePaper, form_of};
use regulation::general::Scope;
use sha2::{Digest as _, Sha256};
use store::general::text_hash;

use self::class::Classes;
use self::report::Report;
pub use self::verify::{Problem, verify};
use super::documents::{Frozen, laid_out};
use crate::app::App;
use crate::appraisal::outputs;

/// Name of the manifest: lines as `sha256sum -c` reads them.
pub const MANIFEST: &str = "manifest.sha256";
const CATALOGUE: &str = "catalogue.xlsx";
const REPORT: &str = "report.txt";

/// What came of it.
pub struct Made {
    pub items: usize,
    /// Of the manifest itself: noted elsewhere, it shows that the package is still the one that was made.
    pub manifest_sha256: String,
}

/// A document about to be archived.
struct Item {
    title: String,
    author: String,
    number: String,
    numbered: bool,
    date: String,
    pdf: Bytes,
    source: String,
    source_sha256: String,
}

/// Writes the package of a year into an empty folder. The manifest is written last: a folder without one is no package.
///
/// # Errors
/// Fails when a frozen text or the audit chain is not what was recorded, when there is no Chinese font, or the folder
/// cannot be written.
pub async fn make(app: &App, year: i64, fonds: &str, dir: &Path) -> anyhow::Result<Option<Made>> {
    let chain = match app.store.verify_audit(None).await? {
        Ok(chain) => chain,
        Err(broken) => bail!("{broken}；未归档"),
    };
    let items = collect(app, year).await?;
    if items.is_empty() {
        return Ok(None);
    }
    let keeper = app.present().edition.head.department.clone();
    let mut package = Package { dir, files: BTreeMap::new() };
    std::fs::create_dir_all(dir.join("items")).with_context(|| format!("建立目录 {}", dir.display()))?;
    let mut classes = Classes::shipped()?;
    let mut records = Vec::new();
    for item in items {
        records.push(package.add(item, &mut classes, year, fonds, &keeper)?);
    }
    package.write(CATALOGUE, &papers::table_xlsx(&catalogue(year, &keeper, &records))?)?;
    package.read_back()?;
    let confirmed = app.present().cycles.iter().any(|cycle| cycle.year == year && cycle.state == "confirmed");
    let report = Report { year, keeper: &keeper, made: app.clock.now(), records: &records, chain: &chain, confirmed };
    package.write(REPORT, report.text().as_bytes())?;
    let manifest = package.manifest();
    package.write(MANIFEST, manifest.as_bytes())?;
    if let Err(problem) = verify(dir) {
        bail!("打包后核对：{problem}");
    }
    Ok(Some(Made { items: records.len(), manifest_sha256: text_hash(&manifest) }))
}

/// First instant of a year in China.
fn start_of(year: i64) -> anyhow::Result<Timestamp> {
    let first = date(i16::try_from(year)?, 1, 1);
    Ok(store::china().to_timestamp(first.at(0, 0, 0, 0))?)
}

/// Everything of the year, oldest first: papers, what was published, the confirmed sheets and their summary.
async fn collect(app: &App, year: i64) -> anyhow::Result<Vec<Item>> {
    let (from, until) = (start_of(year)?.as_millisecond(), start_of(year + 1)?.as_millisecond());
    let mut items = Vec::new();
    for paper in app.store.papers_between(&Scope::All, from, until).await? {
        let frozen = Frozen { title: &paper.title, content: &paper.content, sha256: &paper.sha256, at: paper.made_at };
        items.push(frozen_item(app, &frozen, format!("paper/{}", paper.id)).await?);
    }
    for row in app.store.publications_between(from, until).await? {
        let frozen = Frozen { title: &row.title, content: &row.content, sha256: &row.sha256, at: row.published_at };
        items.push(frozen_item(app, &frozen, format!("publication/{}", row.id)).await?);
    }
    items.extend(sheets(app, year).await?);
    Ok(items)
}

/// A frozen text as an item; one that is not what was recorded is not archived as if it were.
async fn frozen_item(app: &App, frozen: &Frozen<'_>, source: String) -> anyhow::Result<Item> {
    if text_hash(frozen.content) != frozen.sha256 {
        bail!("文书 {source}《{}》的内容与留存的校验值不符；未归档", frozen.title);
    }
    let document = Document::parse(frozen.content)?;
    let numbered = !document.issuer.is_empty();
    let author = if document.signed.is_empty() { document.issuer } else { document.signed };
    Ok(Item {
        title: frozen.title.to_owned(),
        author: if author.is_empty() { app.present().edition.head.department.clone() } else { author },
        // 鲁商×〔20××〕×号 is a place to fill in, not a number.
        number: if document.number.contains('×') { String::new() } else { document.number },
        numbered,
        date: store::day_of(store::instant_from(frozen.at)).to_string(),
        pdf: laid_out(app, frozen).await?,
        source,
        source_sha256: frozen.sha256.to_owned(),
    })
}

/// The sheets of a confirmed cycle as they were kept, and the summary.
async fn sheets(app: &App, year: i64) -> anyhow::Result<Vec<Item>> {
    let cycle = app.present().cycles.iter().find(|cycle| cycle.year == year).cloned();
    let Some(at) = cycle.and_then(|cycle| cycle.confirmed_at) else { return Ok(Vec::new()) };
    let on = store::day_of(store::instant_from(at));
    let department = app.present().edition.head.department.clone();
    let mut items = Vec::new();
    for (result, paper) in outputs::kept_sheets(app, year).await? {
        let title = format!("{year}年度评估评分表（{}）", result.station_name);
        let pdf = app.print(move |fonts| papers::sheet_pdf(&paper, fonts)).await?;
        let source = format!("result/{year}/{}", result.station_id);
        items.push(sheet_item(title, &department, on, pdf, source, text_hash(&result.explanation)));
    }
    let paper = outputs::summary_paper(app, year, crate::shell::moment_of(at)).await?;
    let (title, source_sha256) = (paper.title.clone(), text_hash(&serde_json::to_string(&paper)?));
    let pdf = app.print(move |fonts| papers::summary_pdf(&paper, fonts)).await?;
    items.push(sheet_item(title, &department, on, pdf, format!("cycle/{year}"), source_sha256));
    Ok(items)
}

fn sheet_item(title: String, author: &str, on: Date, pdf: Vec<u8>, source: String, source_sha256: String) -> Item {
    Item {
        title,
        author: author.to_owned(),
        number: String::new(),
        numbered: false,
        date: on.to_string(),
        pdf: pdf.into(),
        source,
        source_sha256,
    }
}

/// The folder being filled, and the hash of every file in it.
struct Package<'a> {
    dir: &'a Path,
    files: BTreeMap<String, String>,
}

impl Package<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<String> {
        let path = self.dir.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("写入 {}", path.display()))?;
        let hash = hex::encode(Sha256::digest(bytes));
        self.files.insert(name.to_owned(), hash.clone());
        Ok(hash)
    }

    /// Writes one item: its PDF and its metadata under the number its class gives it.
    fn add(
        &mut self,
        item: Item,
        classes: &mut Classes,
        year: i64,
        fonds: &str,
        keeper: &str,
    ) -> anyhow::Result<ArchiveRecord> {
        let form = form_of(&item.title);
        let (class, number) = classes.next(&item.title);
        let stem = format!("{}-{number:04}", class.code);
        let file = format!("items/{stem}.pdf");
        let sha256 = self.write(&file, &item.pdf)?;
        let head = if fonds.is_empty() { String::new() } else { format!("{fonds}-") };
        let record = ArchiveRecord {
            code: format!("{head}WS·{year}-{stem}"),
            fonds: fonds.to_owned(),
            keeper: keeper.to_owned(),
            year,
            retention: class.keep,
            number,
            title: item.title,
            author: item.author,
            document_number: item.number,
            numbered: item.numbered,
            date: item.date,
            form: form.to_owned(),
            file,
            bytes: item.pdf.len(),
            format: if archival(&item.pdf) { "PDF/A-2b" } else { "PDF" }.to_owned(),
            program: concat!("烽燧 ", env!("CARGO_PKG_VERSION")).to_owned(),
            sha256,
            source: item.source,
            source_sha256: item.source_sha256,
        };
        self.write(&format!("items/{stem}.xml"), record.to_xml().as_bytes())?;
        Ok(record)
    }

    /// Every file as it stands on the disk.
    fn read_back(&self) -> anyhow::Result<()> {
        for (name, hash) in &self.files {
            let path = self.dir.join(name);
            let bytes = std::fs::read(&path).with_context(|| format!("回读 {}", path.display()))?;
            if hex::encode(Sha256::digest(&bytes)) != *hash {
                bail!("回读 {}：内容与写入的不同", path.display());
            }
        }
        Ok(())
    }

    fn manifest(&self) -> String {
        self.files.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect()
    }
}

/// Whether the file says of itself that it is PDF/A-2.
fn archival(pdf: &[u8]) -> bool {
    const MARK: &[u8] = b"pdfaid:part>2<";
    pdf.windows(MARK.len()).any(|window| window == MARK)
}

/// 归档文件目录.
fn catalogue(year: i64, keeper: &str, records: &[ArchiveRecord]) -> TablePaper {
    let column = |name: &str, width| ColumnPaper { name: name.to_owned(), width, ..ColumnPaper::default() };
    let row = |record: &ArchiveRecord| {
        vec![
            record.code.clone(),
            record.document_number.clone(),
            record.author.clone(),
            record.title.clone(),
            record.date.clone(),
            record.form.clone(),
            record.retention.clone(),
            record.file.clone(),
        ]
    };
    TablePaper {
        title: format!("{year}年归档文件目录"),
        note: Some(format!("{keeper}，共 {} 件。", records.len())),
        columns: vec![
            column("档号", 24.0),
            column("文号", 18.0),
            column("责任者", 20.0),
            column("题名", 60.0),
            column("日期", 12.0),
            column("文种", 10.0),
            column("保管期限", 10.0),
            column("文件", 22.0),
        ],
        rows: records.iter().map(row).collect(),
    }
}
