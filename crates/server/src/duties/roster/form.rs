//! The roster as a workbook: template, export, and refused rows handed back. One list of columns for all three.

use papers::{ColumnPaper, Sheet, TablePaper};
use regulation::law::Edition;
use store::duties::RosterMember;

use super::judge::{KINDS, Typed};

/// Heads of the columns, in order; the key is the form's field.
pub const COLUMNS: [(&str, &str); 11] = [
    ("uscc", "统一社会信用代码"),
    ("name", "企业名称"),
    ("city", "所在市"),
    ("kind", "库类型"),
    ("products", "主要产品"),
    ("hs_codes", "HS编码"),
    ("markets", "出口市场"),
    ("contact", "联系人"),
    ("phone", "联系电话"),
    ("uscc_note", "代码说明"),
    ("email", "电子邮箱"),
];

/// The column that tells what is wrong with a refused row. An upload with it is read without it.
pub const PROBLEM: &str = "问题";

fn columns(edition: &Edition) -> Vec<ColumnPaper> {
    let first_city = edition.head.areas.first().map_or("", |area| area.name.as_str());
    let hints = [
        (22.0, "18 位，按证照填写；不使用 I、O、S、V、Z。末位校验不符的，须填“代码说明”。".to_owned()),
        (34.0, "按证照填写全称。".to_owned()),
        (12.0, format!("设区市名称，如{first_city}；省外企业填写所在省市。")),
        (18.0, "不填即为重点联系企业。".to_owned()),
        (26.0, "主要出口产品，多个之间用顿号分隔。".to_owned()),
        (22.0, "2、4、6、8 或 10 位数字，多个之间用顿号分隔，如 401110、4012。".to_owned()),
        (20.0, "主要出口国家或地区，多个之间用顿号分隔。".to_owned()),
        (12.0, "企业负责贸易摩擦应对的人员。".to_owned()),
        (18.0, "工作电话。导出表中遮盖的号码不改动，即保留原号码。".to_owned()),
        (26.0, "信用代码末位校验不符、但证照确为此码的，写明情况。".to_owned()),
        (26.0, "接收预警的工作邮箱；不填的保留原邮箱。".to_owned()),
    ];
    COLUMNS
        .into_iter()
        .zip(hints)
        .map(|((key, name), (width, hint))| ColumnPaper {
            name: name.to_owned(),
            width,
            drop_down: if key == "kind" { KINDS.map(str::to_owned).to_vec() } else { Vec::new() },
            required: matches!(key, "uscc" | "name"),
            hint: Some(hint),
            ..ColumnPaper::default()
        })
        .collect()
}

/// The empty template.
pub fn template(edition: &Edition) -> TablePaper {
    TablePaper {
        title: "企业库导入模板".to_owned(),
        note: Some("同一信用代码已在库中的，按本表更新；其余新增。".to_owned()),
        columns: columns(edition),
        rows: Vec::new(),
    }
}

/// Refused rows in the same form, each with what is wrong: mended, it is uploaded again.
pub fn refused(edition: &Edition, rows: &[(Typed, String)]) -> TablePaper {
    let mut paper = template(edition);
    paper.title = "企业库导入有误行".to_owned();
    paper.note = Some("按“问题”列改正后，把本表重新上传即可；已成功的行不必再传。".to_owned());
    paper.columns.push(ColumnPaper {
        name: PROBLEM.to_owned(),
        width: 60.0,
        hint: Some("系统填写，导入时不读此列。".to_owned()),
        ..ColumnPaper::default()
    });
    paper.rows = rows.iter().map(|(typed, problem)| [cells(typed), vec![problem.clone()]].concat()).collect();
    paper
}

/// A roster as it is handed out.
pub fn exported(edition: &Edition, title: String, note: String, members: Vec<RosterMember>, whole: bool) -> TablePaper {
    let rows = members.into_iter().map(|member| {
        // Digits alone: a spreadsheet takes what is typed as 4011.10 for a number.
        let typed = Typed { hs_codes: member.hs_codes.replace(',', "、"), ..Typed::of(edition, &member) };
        cells(&if whole { Typed { phone: member.phone, ..typed } } else { typed })
    });
    TablePaper {
        title,
        note: Some(note),
        columns: columns(edition).into_iter().map(|column| ColumnPaper { hint: None, ..column }).collect(),
        rows: rows.collect(),
    }
}

fn cells(typed: &Typed) -> Vec<String> {
    COLUMNS.iter().map(|(key, _)| field(typed, key).to_owned()).collect()
}

fn field<'t>(typed: &'t Typed, key: &str) -> &'t str {
    match key {
        "uscc" => &typed.uscc,
        "name" => &typed.name,
        "city" => &typed.city,
        "kind" => &typed.kind,
        "products" => &typed.products,
        "hs_codes" => &typed.hs_codes,
        "markets" => &typed.markets,
        "contact" => &typed.contact,
        "phone" => &typed.phone,
        "email" => &typed.email,
        _ => &typed.uscc_note,
    }
}

/// Rows of an upload with their numbers, whatever order its columns have.
///
/// # Errors
/// A sentence naming the required columns that are missing.
pub fn typed_rows(sheet: &Sheet) -> Result<Vec<(u32, Typed)>, String> {
    let missing: Vec<&str> = COLUMNS
        .iter()
        .filter(|(key, name)| matches!(*key, "uscc" | "name") && sheet.column(name).is_none())
        .map(|(_, name)| *name)
        .collect();
    if !missing.is_empty() {
        return Err(format!("表头缺少“{}”列。请使用系统下载的模板。", missing.join("”“")));
    }
    let places = COLUMNS.map(|(_, name)| sheet.column(name));
    Ok(sheet.rows.iter().map(|(number, row)| (*number, typed_row(places, row))).collect())
}

fn typed_row(places: [Option<usize>; 11], row: &[String]) -> Typed {
    let [uscc, name, city, kind, products, hs_codes, markets, contact, phone, uscc_note, email] =
        places.map(|place| place.and_then(|place| row.get(place)).cloned().unwrap_or_default());
    Typed { uscc, name, city, kind, products, hs_codes, markets, contact, phone, email, uscc_note }
}

/// Rows pasted from a spreadsheet: in the template's order, or under a head of their own.
///
/// # Errors
/// A sentence when nothing was pasted.
pub fn pasted_rows(text: &str) -> Result<Vec<(u32, Typed)>, String> {
    let rows: Vec<(u32, Vec<String>)> = split_rows(text)
        .into_iter()
        .zip(1..)
        .map(|(row, number)| (number, row))
        .filter(|(_, row)| row.iter().any(|cell| !cell.is_empty()))
        .collect();
    let [(_, head), rest @ ..] = rows.as_slice() else {
        return Err("没有读到内容，请粘贴至少一行。".to_owned());
    };
    let header: Vec<String> = head.iter().map(|name| name.trim_start_matches('*').replace(' ', "")).collect();
    if header.iter().any(|name| name == COLUMNS[0].1) {
        return typed_rows(&Sheet { header, rows: rest.to_vec() });
    }
    let places: [Option<usize>; 11] = std::array::from_fn(Some);
    Ok(rows.iter().map(|(number, row)| (*number, typed_row(places, row))).collect())
}

/// Lines and tabs, as a spreadsheet copies them: a cell with a line break or a quote comes in quotes.
fn split_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '\t' if !quoted => row.push(finished(&mut cell)),
            '\n' if !quoted => {
                row.push(finished(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            c => cell.push(c),
        }
    }
    row.push(finished(&mut cell));
    rows.push(row);
    rows
}

fn finished(cell: &mut String) -> String {
    std::mem::take(cell).replace('\n', " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use papers::{read_xlsx, template_xlsx};

    use super::*;

    fn firm(uscc: &str) -> Typed {
        Typed { uscc: uscc.into(), name: "示例企业".into(), hs_codes: "0401".into(), ..Typed::default() }
    }

    #[test]
    fn refused_rows_come_back_as_they_were() {
        let edition = crate::editions::draft().expect("draft");
        let paper = refused(&edition, &[(firm("0123"), "第 7 行：代码不对。".to_owned())]);
        let sheet = read_xlsx(&template_xlsx(&paper).expect("written")).expect("read");
        assert_eq!(sheet.column(PROBLEM), Some(11));
        assert_eq!(typed_rows(&sheet).expect("columns"), [(2, firm("0123"))]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let sheet = |header: &[&str], row: &[&str]| Sheet {
            header: header.iter().map(ToString::to_string).collect(),
            rows: vec![(2, row.iter().map(ToString::to_string).collect())],
        };
        let turned = sheet(&["企业名称", "HS编码", "统一社会信用代码"], &["示例企业", "0401", "0123"]);
        assert_eq!(typed_rows(&turned).expect("columns"), [(2, firm("0123"))]);
        let short = sheet(&["企业名称"], &["示例企业"]);
        assert_eq!(typed_rows(&short), Err("表头缺少“统一社会信用代码”列。请使用系统下载的模板。".to_owned()));
    }

    #[test]
    fn pasted_rows_may_have_a_head_and_broken_cells() {
        let plain = pasted_rows("0123\t示例企业\t\t\t\t0401\r\n\r\n").expect("rows");
        assert_eq!(plain, [(1, firm("0123"))]);
        let headed = pasted_rows("*企业名称\t*统一社会信用代码\tHS编码\n\"示例\n企业\"\t0123\t0401").expect("rows");
        assert_eq!(headed, [(2, Typed { name: "示例 企业".into(), ..firm("0123") })]);
        assert!(pasted_rows(" \n").is_err());
    }
}
