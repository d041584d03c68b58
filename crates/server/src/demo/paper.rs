//! Small valid PDFs for the sample: a sign-in sheet, a report, a letter. Chinese text in a font the reader brings.

use super::luck::Luck;
use super::names;

const ROWS: usize = 14;

/// A sign-in sheet with invented people.
pub fn sign_in_sheet(luck: &mut Luck, n: usize) -> Vec<u8> {
    let mut content = String::new();
    text(&mut content, 200, 770, 20, &format!("示例签到表（{}）", n + 1));
    for (x, heading) in [(68, "序号"), (140, "姓名"), (290, "单位"), (466, "签名")] {
        text(&mut content, x, 717, 12, heading);
    }
    for row in 0..ROWS {
        let y = 717 - 40 - row * 40;
        text(&mut content, 74, y, 12, &(row + 1).to_string());
        let person = names::person(luck);
        text(&mut content, 136, y, 12, &person);
        text(&mut content, 236, y, 12, &format!("示例{}有限公司", names::trade_name(luck)));
        text(&mut content, 454, y, 12, &person);
    }
    for line in 0..ROWS + 2 {
        let y = 742 - line * 40;
        content.push_str(&format!("50 {y} m 545 {y} l S\n"));
    }
    let bottom = 742 - (ROWS + 1) * 40;
    for x in [50, 110, 215, 415, 545] {
        content.push_str(&format!("{x} 742 m {x} {bottom} l S\n"));
    }
    document(&content)
}

/// The four chapters a topical report has.
const CHAPTERS: &[(&str, &str)] = &[
    ("一、真实案例数据（示例）", "近两年相关产品出口额、市场分布和涉案情况，数据为虚构。"),
    ("二、本行业存在的问题（示例）", "市场集中度高，原产地合规和价格数据留存不足。"),
    ("三、原因分析（示例）", "国外产业申诉增多，技术法规更新快，企业准备不充分。"),
    ("四、应对措施（示例）", "建立价格和成本台账，提前研判复审，用好贸易救济工具。"),
];

pub fn report(luck: &mut Luck, n: usize) -> Vec<u8> {
    let mut content = String::new();
    text(&mut content, 170, 760, 20, &format!("示例专题分析报告（{}）", n + 1));
    let mut y = 700;
    for (heading, sentence) in CHAPTERS {
        text(&mut content, 70, y, 15, heading);
        text(&mut content, 94, y - 30, 13, sentence);
        for year in ["上年", "本年"] {
            y -= 24;
            let amount = luck.between(12, 96);
            text(&mut content, 94, y - 30, 13, &format!("{year}示例数值 {amount} 万美元"));
        }
        y -= 100;
    }
    document(&content)
}

pub fn letter(luck: &mut Luck, n: usize) -> Vec<u8> {
    let mut content = String::new();
    text(&mut content, 200, 760, 20, &format!("示例函件（{}）", n + 1));
    text(&mut content, 70, 700, 14, "示例单位：");
    text(&mut content, 98, 670, 14, "现将有关情况函告如下，请予登记。本件为示例，不具有任何效力。");
    text(&mut content, 98, 640, 14, &format!("联系人：{}，电话 {}。", names::person(luck), names::landline(luck)));
    text(&mut content, 380, 570, 14, "示例部门");
    document(&content)
}

/// Text in UTF-16, as the font's character map reads it.
fn text(content: &mut String, x: usize, y: usize, size: usize, text: &str) {
    let hex: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    content.push_str(&format!("BT /F1 {size} Tf {x} {y} Td <{hex}> Tj ET\n"));
}

fn document(content: &str) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}endstream", content.len()),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>"
            .to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R /DW 1000 \
         /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>"
            .to_owned(),
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 \
         /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
            .to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let start = pdf.len();
    pdf.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in places {
        pdf.push_str(&format!("{place:010} 00000 n \n"));
    }
    let size = objects.len() + 1;
    pdf.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    pdf.into_bytes()
}
