//! PDF papers: whole, legible, archival, the same every time.

mod common;

use common::{annex, fonts, summary};
use papers::{Fonts, PaperError, sheet_pdf, summary_pdf};

/// Whether the raw bytes contain the text; PDF keeps page objects and metadata uncompressed or names in clear.
fn has(pdf: &[u8], needle: &str) -> bool {
    pdf.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// Pages by the page tree's own count.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let counts = text.match_indices("/Count ").filter_map(|(at, mark)| {
        let digits: String = text[at + mark.len()..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    counts.max().expect("a page tree")
}

/// PDF/A-2b is granted only where every character has a glyph: it stands for "nothing missing".
fn is_archival(pdf: &[u8]) -> bool {
    has(pdf, "pdfaid:part>2<") && has(pdf, "pdfaid:conformance>B<")
}

#[test]
fn the_annex_is_one_page() {
    let pdf = sheet_pdf(&annex(&["省审"]), fonts()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(pages(&pdf), 1);
    assert!(has(&pdf, "/FontFile"), "fonts are embedded");
    assert!(has(&pdf, "/ToUnicode"), "text can be copied");
    assert!(is_archival(&pdf));
    assert!(pdf.len() < 400_000, "fonts are subset: {} bytes", pdf.len());
}

#[test]
fn all_layers_lie_on_their_side() {
    let mut paper = annex(&["自评", "市核", "专家", "省审（拟）"]);
    paper.watermark = Some("暂计，非评定结果".to_owned());
    let pdf = sheet_pdf(&paper, fonts()).unwrap();
    assert!(is_archival(&pdf));
    assert_eq!(pages(&pdf), 1);
    assert!(has(&pdf, "841.8"), "A4 is 841.89 points wide on its side");
}

#[test]
fn the_summary_runs_over_pages() {
    let pdf = summary_pdf(&summary(97), fonts()).unwrap();
    assert!(is_archival(&pdf));
    assert!((3..=8).contains(&pages(&pdf)), "{} pages", pages(&pdf));
    assert!(summary_pdf(&summary(0), fonts()).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    let paper = annex(&["省审"]);
    let (first, second) = (sheet_pdf(&paper, fonts()).unwrap(), sheet_pdf(&paper, fonts()).unwrap());
    assert!(first == second);
}

#[test]
fn user_text_is_never_source_text() {
    let mut paper = annex(&["省审"]);
    paper.station = "#panic() $x$ *粗* [框] \\ \"引\" <a> @b\n第二行 // 注".to_owned();
    assert!(sheet_pdf(&paper, fonts()).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_character_without_a_glyph_costs_the_archive_mark_only() {
    let mut paper = annex(&["省审"]);
    paper.host = "甲\u{E123}乙\u{1F9FF}".to_owned();
    let pdf = sheet_pdf(&paper, fonts()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert!(!is_archival(&pdf));
}

#[test]
fn an_undated_paper_is_a_plain_pdf() {
    let mut paper = annex(&["省审"]);
    paper.printed_at = String::new();
    let pdf = sheet_pdf(&paper, fonts()).unwrap();
    assert!(!is_archival(&pdf));
    assert!(!has(&pdf, "/CreationDate"));
}

#[test]
fn a_row_without_its_figures_is_refused() {
    let mut paper = annex(&["自评", "市核"]);
    paper.parts[1].groups[2].rows[1].points.pop();
    let refused = sheet_pdf(&paper, fonts()).unwrap_err();
    assert!(matches!(refused, PaperError::Shape(_)));
    assert_eq!(refused.to_string(), "文书内容不完整：“配合商务主管部门开展案件调查取证等工作”有 1 个得分，应有 2 个");
}

#[test]
fn without_a_chinese_font_the_way_out_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let refused = Fonts::from_dirs(&[empty.path().to_owned()]).unwrap_err();
    assert!(refused.to_string().starts_with("未找到中文字体"));
    std::fs::write(empty.path().join("broken.ttf"), b"no font").unwrap();
    assert!(matches!(Fonts::from_dirs(&[empty.path().to_owned()]), Err(PaperError::NoChineseFont(_))));
}

#[test]
fn one_folder_with_one_chinese_font_will_do() {
    let Some(file) = common::font_file("NotoSansCJK-Regular.ttc") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("package").join("files");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::copy(file, below.join("font.TTC")).unwrap();
    let fonts = Fonts::from_dirs(&[dir.path().to_owned()]).unwrap();
    assert!(is_archival(&sheet_pdf(&annex(&["省审"]), &fonts).unwrap()));
}
