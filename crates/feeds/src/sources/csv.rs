//! Any CSV file or workbook: a saved [`Mapping`] names the columns; without one, headings that speak for themselves
//! are understood, in English and Chinese. So any source can be fed by hand, Chinese ones included.

use crate::draft::{Draft, id_or, scope_of};
use crate::mapping::Field;
use crate::outcome::{At, Out};
use crate::table::{self, HEADING_WITHIN, Headings};
use crate::{Desk, Kind, Mapping, Stage, Via, dates, sheet};

/// Headings understood without a mapping.
const KNOWN: &[(Field, &[&str])] = &[
    (Field::Title, &["title", "标题", "公告标题", "公告名称", "名称", "题名"]),
    (
        Field::SourceId,
        &["source_id", "id", "document_number", "number", "编号", "文号", "公告号", "公告编号", "来源编号"],
    ),
    (
        Field::PublishedOn,
        &["published_on", "publication_date", "date", "发布日期", "公布日期", "公告日期", "发布时间", "日期"],
    ),
    (Field::Authority, &["authority", "agency", "发布机构", "调查机关", "机构"]),
    (Field::Country, &["country", "发起国", "发起国家", "发布国家", "国家", "国别", "国家/地区"]),
    (Field::Kind, &["kind", "类型", "案件类型", "措施类型", "类别"]),
    (Field::Stage, &["stage", "阶段", "案件阶段", "进展"]),
    (Field::Abstract, &["abstract", "summary", "description", "摘要", "内容", "正文"]),
    (Field::Product, &["product", "products", "产品", "涉案产品", "产品名称"]),
    (Field::Targets, &["targets", "target", "涉案国家", "被调查国", "被诉国", "涉案国"]),
    (Field::CaseNumbers, &["case_numbers", "case_number", "案号", "案件编号"]),
    (
        Field::HsCodes,
        &[
            "hs_codes",
            "hs_code",
            "hs",
            "税号",
            "海关编码",
            "税则号",
            "税则号列",
            "海关税则号",
            "商品编码",
            "商品编号",
            "海关商品编码",
            "hs编码",
        ],
    ),
    (
        Field::DeadlineOn,
        &["deadline_on", "deadline", "comments_close_on", "截止日期", "评议截止日期", "应诉截止日", "应诉截止日期"],
    ),
    (Field::Url, &["url", "link", "链接", "网址", "原文链接", "来源网址"]),
];

/// The fields whose columns have headings that are understood without a mapping.
pub(crate) fn known(headings: &Headings) -> Vec<(Field, usize)> {
    KNOWN.iter().filter_map(|(field, names)| Some((*field, headings.column(names)?))).collect()
}

/// Whether a file is a workbook: a zip archive, or the old binary one, which is recognised to be refused by name.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK") || bytes.starts_with(b"\xd0\xcf\x11\xe0")
}

/// Fields by column.
struct Columns(Vec<(Field, usize)>);

impl Columns {
    fn find(headings: &Headings, mapping: Option<&Mapping>) -> Result<Columns, String> {
        let mut columns = Vec::new();
        match mapping {
            Some(mapping) => {
                for (field, heading) in &mapping.columns {
                    let column = headings.column(&[heading]).ok_or_else(|| format!("没有映射指定的列“{heading}”"))?;
                    columns.push((*field, column));
                }
            }
            None => columns = known(headings),
        }
        if headings.is_empty() || !columns.iter().any(|(field, _)| *field == Field::Title) {
            return Err("没有标题列：请用列映射指定各列".to_owned());
        }
        Ok(Columns(columns))
    }
}

pub(super) fn read(bytes: &[u8], mapping: Option<&Mapping>, out: &mut Out<'_>) {
    if is_workbook(bytes) {
        return read_sheet(bytes, mapping, out);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return out.refuse(At::Whole, "是空文件");
    }
    let text = table::text(bytes);
    let desk = out.desk;
    table::read(
        &text,
        out,
        |headings| Columns::find(headings, mapping),
        |columns, fields, raw| {
            let cell = |column: usize| fields.get(column).copied().unwrap_or_default();
            record(desk, columns, mapping, &cell, &|_| false, raw)
        },
    );
}

fn read_sheet(bytes: &[u8], mapping: Option<&Mapping>, out: &mut Out<'_>) {
    let mut columns: Option<Columns> = None;
    let (mut looked, mut problem) = (0, "工作表是空的".to_owned());
    let desk = out.desk;
    let read = sheet::rows(bytes, mapping.and_then(|mapping| mapping.sheet.as_deref()), &mut |row| {
        if row.cells.iter().all(|cell| cell.text.trim().is_empty()) {
            return true;
        }
        if let Some(columns) = &columns {
            let raw = row.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join("\t");
            let cell = |column: usize| row.cells.get(column).map_or("", |cell| cell.text.as_str());
            let number = |column: usize| row.cells.get(column).is_some_and(|cell| cell.number);
            let made = record(desk, columns, mapping, &cell, &number, raw.as_bytes());
            out.record(At::Row(row.number), raw.as_bytes(), made);
            return true;
        }
        // A title may stand above the headings.
        looked += 1;
        match Columns::find(&Headings::new(row.cells.iter().map(|cell| cell.text.as_str())), mapping) {
            Ok(found) => columns = Some(found),
            Err(reason) => problem = reason,
        }
        columns.is_some() || looked < HEADING_WITHIN
    });
    match read {
        Err(reason) => out.refuse(At::Whole, reason),
        Ok(()) if columns.is_none() => out.refuse(At::Whole, problem),
        Ok(()) => {}
    }
}

/// One row. `number` tells whether a worksheet holds a cell as a number, which in a date column is a day number.
fn record<'c>(
    desk: &Desk,
    columns: &Columns,
    mapping: Option<&Mapping>,
    cell: &dyn Fn(usize) -> &'c str,
    number: &dyn Fn(usize) -> bool,
    raw: &[u8],
) -> Result<Draft, String> {
    let column = |field: Field| columns.0.iter().find(|(known, _)| *known == field).map(|(_, column)| *column);
    let text = |field: Field| column(field).map_or("", |column| cell(column).trim());
    let order = mapping.map(|mapping| mapping.dates).unwrap_or_default();
    let day =
        |field: Field| match column(field).filter(|column| number(*column)).and_then(|_| dates::serial(text(field))) {
            Some(day) => Ok(Some(day)),
            None => desk.dates.field(text(field), order),
        };
    let given = |field: Field, fixed: Option<&String>| match text(field) {
        "" => fixed.cloned().unwrap_or_default(),
        text => text.to_owned(),
    };
    let country = given(Field::Country, mapping.and_then(|mapping| mapping.country.as_ref()));
    let country = match country.as_str() {
        "" => None,
        named => Some(
            desk.countries
                .of_field(named)
                .ok_or_else(|| format!("国别“{}”无法识别", crate::text::cut(named, 40)))?
                .to_owned(),
        ),
    };
    let url = Some(text(Field::Url)).filter(|url| !url.is_empty());
    let targets = text(Field::Targets);
    let id = id_or(text(Field::SourceId), url, raw);
    let authority = given(Field::Authority, mapping.and_then(|mapping| mapping.authority.as_ref()));
    Ok(Draft {
        scope: scope_of(&id, &[&authority, country.as_deref().unwrap_or_default(), text(Field::Title)]),
        id,
        title: text(Field::Title).to_owned(),
        published_on: day(Field::PublishedOn)?,
        authority,
        country,
        label: format!("{} {}", in_full(text(Field::Kind)), text(Field::Stage)).trim().to_owned(),
        body: text(Field::Abstract).to_owned(),
        docket: text(Field::CaseNumbers).to_owned(),
        target_field: (!targets.is_empty()).then(|| targets.to_owned()),
        hs_field: text(Field::HsCodes).to_owned(),
        hs_via: Some(if mapping.is_some() { Via::Mapping } else { Via::Field }),
        hs_text: text(Field::Abstract).to_owned(),
        product: Some(text(Field::Product).to_owned()),
        deadline_on: day(Field::DeadlineOn)?,
        url: url.map(str::to_owned),
        kind: word::<Kind>(&text(Field::Kind).to_ascii_uppercase())
            .or_else(|| mapping.and_then(|mapping| mapping.kind)),
        stage: word::<Stage>(text(Field::Stage)).or_else(|| mapping.and_then(|mapping| mapping.stage)),
        ..Draft::default()
    })
}

/// A kind written short, as the rules know it.
fn in_full(kind: &str) -> &str {
    match kind.to_ascii_uppercase().as_str() {
        "AD" | "ADD" => "anti-dumping",
        "CVD" | "AS" => "countervailing",
        "AD/CVD" | "CVD/AD" | "AD&CVD" | "AD+CVD" => "anti-dumping and countervailing",
        "SG" => "safeguard measure",
        "AC" => "circumvention",
        _ => kind,
    }
}

/// A word of one of the closed lists, where the cell is one.
fn word<T: serde::de::DeserializeOwned>(cell: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(cell.to_owned())).ok()
}
