//! Writes every paper with sample data into a folder, to be looked at: `cargo run -p papers --example specimens -- DIR`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::time::Instant;

use common::{annex, font_dirs, summary};
use papers::official::{Document, to_docx, to_pdf};
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
    let notice = Document::parse(NOTICE)?;
    save(dir, "notice.docx", || to_docx(&notice))?;
    save(dir, "notice.pdf", || to_pdf(&notice, "2026-09-18 10:00", &fonts))?;
    let certificate = papers::CertificatePaper {
        title: "示例省应对国际贸易摩擦工作站".to_owned(),
        station: "示例轮胎应对国际贸易摩擦工作站".to_owned(),
        host: "示例轮胎行业协会".to_owned(),
        number: "37-001".to_owned(),
        city: "东营市".to_owned(),
        industry: "轮胎制造".to_owned(),
        since: "2025年3月1日".to_owned(),
        note: String::new(),
        issuer: "示例省商务厅".to_owned(),
        check_address: "https://fengsui.example.cn/public/certificates/37-001".to_owned(),
        printed_at: "2026-09-18 10:00".to_owned(),
    };
    save(dir, "certificate.pdf", || papers::certificate_pdf(&certificate, &fonts))?;
    largest(dir)
}

const NOTICE: &str = "标志：示例省商务厅
文号：示商×〔20××〕×号
标题：示例省商务厅关于开展2026年应对国际贸易摩擦工作站年度评估的通知
主送：各市商务局，有关单位
落款：示例省商务厅
日期：2026年9月18日
抄送：示例省财政厅，示例省工业和信息化厅，各工作站

为做好年度评估工作，现就有关事项通知如下：
一、总体安排
年度评估按照办法第九条至第十四条进行，材料、现场、评审三个环节依次办理，各环节的时限见本通知附件，逾期未报的按未参加处理。
（一）时间。材料于1月31日24时前报送。
（二）方式
1．材料通过系统报送，纸质材料由工作站留存备查，不另行报送。
（1）台账由系统汇总，工作站核对后提交。
| 序号 | 环节 | 时限 | 说明 |
| 1 | 报送材料 | 1月31日 | 通过系统报送，系统出具回执，回执时间以服务器时间为准 |
| 2 | 市级核查 | 2月15日 | 现场检查与材料核查一并进行 |
二、工作要求
请各市商务局认真组织，按期完成核查。
# 2026年参评工作站名单
| 编号 | 工作站 | 承办单位 | 所属市 |
| 37-001 | 示例轮胎应对国际贸易摩擦工作站 | 示例轮胎行业协会 | 东营市 |
| 37-002 | 示例苹果应对国际贸易摩擦工作站 | 示例果品有限公司 | 烟台市 |
# 评分表
按办法附件执行。
";

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
