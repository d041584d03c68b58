//! Writes every paper with sample data into a folder, to be looked at: `cargo run -p papers --example specimens -- DIR`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::time::Instant;

use common::{annex, font_dirs, summary};
use papers::{ColumnPaper, Fonts, TablePaper};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args_os().nth(1).ok_or("which folder?")?;
    let dir = Path::new(&dir);
    let start = Instant::now();
    let fonts = Fonts::from_dirs(&font_dirs())?;
    println!("fonts {:?} in {:?}", fonts, start.elapsed());
    let one = annex(&["省审"]);
    let mut four = annex(&["自评", "市核", "专家", "省审（拟）"]);
    four.watermark = Some("暂计，非评定结果".to_owned());
    four.grade = None;
    let year = summary(97);
    for _ in 0..2 {
        save(dir, "sheet.pdf", || papers::sheet_pdf(&one, &fonts))?;
    }
    save(dir, "layers.pdf", || papers::sheet_pdf(&four, &fonts))?;
    save(dir, "summary.pdf", || papers::summary_pdf(&year, &fonts))?;
    save(dir, "sheet.xlsx", || papers::sheet_xlsx(&one))?;
    save(dir, "layers.xlsx", || papers::sheet_xlsx(&four))?;
    save(dir, "summary.xlsx", || papers::summary_xlsx(&year))?;
    save(dir, "table.xlsx", || papers::table_xlsx(&firms()))?;
    save(dir, "template.xlsx", || papers::template_xlsx(&firms()))?;
    largest(dir)
}

/// The longest upload there can be, out and in.
fn largest(dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut paper = firms();
    paper.rows = vec![paper.rows[0].clone(); papers::MAX_ROWS];
    save(dir, "largest.xlsx", || papers::template_xlsx(&paper))?;
    let bytes = std::fs::read(dir.join("largest.xlsx"))?;
    let start = Instant::now();
    let rows = papers::read_xlsx(&bytes)?.rows.len();
    println!("read {rows} rows in {:?}", start.elapsed());
    Ok(())
}

fn save(
    dir: &Path,
    name: &str,
    make: impl Fn() -> Result<Vec<u8>, papers::PaperError>,
) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let bytes = make()?;
    println!("{name}: {} bytes in {:?}", bytes.len(), start.elapsed());
    Ok(std::fs::write(dir.join(name), bytes)?)
}

fn firms() -> TablePaper {
    let column = |name: &str, required, numeric, choices: &[&str], hint: Option<&str>| ColumnPaper {
        name: name.to_owned(),
        width: 0.0,
        numeric,
        drop_down: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        required,
        hint: hint.map(str::to_owned),
    };
    let row = ["示例轮胎有限公司", "913700000000000000", "生产企业", "12,345.60", "=重点"];
    TablePaper {
        title: "重点联系企业库".to_owned(),
        note: Some("截至 2026-09-18，共 1 家。".to_owned()),
        columns: vec![
            column("企业名称", true, false, &[], Some("与营业执照一致")),
            column("统一社会信用代码", true, false, &[], Some("18 位")),
            column("企业类型", true, false, &["生产企业", "贸易企业", "上下游配套"], None),
            column("上年出口额（万美元）", false, true, &[], None),
            column("备注", false, false, &[], None),
        ],
        rows: vec![row.map(str::to_owned).to_vec()],
    }
}
