//! The application form (Article 6, readings K12, K22-K25, K29): which fields, for which kind of unit, and what they
//! still lack. What was typed is kept as it was typed; only `gaps` judges it.

use std::collections::{BTreeMap, BTreeSet};

use super::Route;
use super::industry::Cover;
use super::registration::outside;
use crate::duties::roster::{UsccCheck, check_uscc};
use crate::law::Edition;

/// 申请单位的类型 (reading K12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    Association,
    Firm,
    Institute,
    University,
    Service,
    Other,
}

impl Unit {
    pub const ALL: [(Unit, &'static str, &'static str); 6] = [
        (Unit::Association, "association", "行业商（协）会"),
        (Unit::Firm, "firm", "企业"),
        (Unit::Institute, "institute", "科研院所"),
        (Unit::University, "university", "高校"),
        (Unit::Service, "service", "专业服务机构"),
        (Unit::Other, "other", "其他"),
    ];

    pub fn key(self) -> &'static str {
        Unit::ALL.iter().find(|(unit, ..)| *unit == self).map_or("", |(_, key, _)| key)
    }

    pub fn name(self) -> &'static str {
        Unit::ALL.iter().find(|(unit, ..)| *unit == self).map_or("", |(.., name)| name)
    }

    pub fn from_key(key: &str) -> Option<Unit> {
        Unit::ALL.iter().find(|(_, known, _)| *known == key).map(|(unit, ..)| *unit)
    }
}

/// The six conditions (Articles 6 and 7), each claimed, shown by evidence and ticked by the reviewer.
pub const CONDITIONS: [(&str, &str); 6] = [
    ("6-1", "在本省注册，省内有固定办公地点"),
    ("6-2", "有相应机构和专职或兼职人员"),
    ("6-3", "在行业内有代表性"),
    ("6-4", "有预警专门网站或官网专栏"),
    ("6-5", "符合政府购买服务承接主体的要求"),
    ("7", "本行业尚无工作站，或者申请设立综合性工作站"),
];

/// Conditions whose claim needs at least one file.
const SHOWN: [&str; 5] = ["6-1", "6-2", "6-3", "6-4", "6-5"];

/// How a field is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Line,
    Text,
    Whole,
    Web,
    Yes,
    Choice(&'static [(&'static str, &'static str)]),
}

/// One field of the form.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub id: &'static str,
    pub label: &'static str,
    /// The article item it speaks of.
    pub item: &'static str,
    pub shape: Shape,
    /// Kinds of unit that have it; empty for all.
    pub units: &'static [Unit],
    pub needed: bool,
    pub hint: &'static str,
}

const fn field(id: &'static str, label: &'static str, item: &'static str, shape: Shape) -> Field {
    Field { id, label, item, shape, units: &[], needed: true, hint: "" }
}

const fn of(units: &'static [Unit], field: Field) -> Field {
    Field { units, ..field }
}

const fn hinted(hint: &'static str, field: Field) -> Field {
    Field { hint, ..field }
}

const fn optional(field: Field) -> Field {
    Field { needed: false, ..field }
}

const ASSOCIATION: &[Unit] = &[Unit::Association];
const FIRM: &[Unit] = &[Unit::Firm];
const RESEARCH: &[Unit] = &[Unit::Institute, Unit::University];
const OTHERS: &[Unit] = &[Unit::Service, Unit::Other];

/// Ground of handing in directly (Article 8 (1), reading K29).
pub const DIRECT_GROUNDS: &[(&str, &str)] = &[("provincial_body", "省属机构"), ("province_wide", "全省性商（协）会")];

/// Every field, in the order of the form.
pub const FIELDS: &[Field] = &[
    field("station_name", "拟设工作站名称", "2", Shape::Line),
    field("leader", "单位负责人", "2", Shape::Line),
    field("contact", "联系人", "2", Shape::Line),
    field("phone", "联系电话", "2", Shape::Line),
    field("region_code", "注册地行政区划代码", "6-1", Shape::Line),
    field("registered_address", "注册地址", "6-1", Shape::Line),
    optional(hinted(
        "注册地不在本省的填写，并上传证明；由审核部门写明理由准予（读法 K86）。",
        field("region_note", "注册地不在本省的说明", "6-1", Shape::Text),
    )),
    field("office_address", "省内办公地址", "6-1", Shape::Line),
    field("premises", "办公场所", "6-1", Shape::Choice(&[("owned", "自有"), ("rented", "租赁"), ("lent", "无偿使用")])),
    field("organ", "承担工作的内设机构", "6-2", Shape::Line),
    field("head", "工作站负责人", "6-2", Shape::Line),
    field("staff_full", "专职人数", "6-2", Shape::Whole),
    field("staff_part", "兼职人数", "6-2", Shape::Whole),
    field("capability", "胜任能力说明", "6-2", Shape::Text),
    of(ASSOCIATION, field("members", "会员企业数", "6-3", Shape::Whole)),
    of(ASSOCIATION, field("key_members", "其中行业重点企业数", "6-3", Shape::Whole)),
    of(ASSOCIATION, field("coverage", "对本行业重点企业的覆盖情况", "6-3", Shape::Text)),
    of(FIRM, field("revenue", "上年度主营业务收入（万元）", "6-3", Shape::Whole)),
    of(FIRM, field("trade", "上年度进出口额（万美元）", "6-3", Shape::Whole)),
    of(FIRM, field("standing", "行业地位和排名依据", "6-3", Shape::Text)),
    of(RESEARCH, field("discipline", "与贸易摩擦应对有关的研究方向", "6-3", Shape::Line)),
    of(RESEARCH, field("projects", "近三年相关课题和报告数", "6-3", Shape::Whole)),
    of(RESEARCH, field("influence", "行业影响力和专业能力说明", "6-3", Shape::Text)),
    of(OTHERS, field("clients", "服务的省内企业数", "6-3", Shape::Whole)),
    of(OTHERS, field("works", "近三年办理的相关业务数", "6-3", Shape::Whole)),
    of(OTHERS, field("influence", "行业影响力和专业能力说明", "6-3", Shape::Text)),
    field("website", "网址", "6-4", Shape::Web),
    field("site_kind", "网站类型", "6-4", Shape::Choice(&[("own", "预警专门网站"), ("column", "本单位官网专栏")])),
    hinted("提供证照或法人登记证书。", field("legal_person", "具有独立承担民事责任的能力", "6-5", Shape::Yes)),
    field("accounts", "财务会计和资产管理制度健全", "6-5", Shape::Yes),
    field("dues", "依法缴纳税收和社会保险费", "6-5", Shape::Yes),
    field("clean", "近三年内没有重大违法记录", "6-5", Shape::Yes),
    optional(hinted(
        "属于这两类的，由审核人判断能否承接（读法 K25）。",
        field("public_funded", "属于公益一类事业单位或者财政供养的群团组织", "6-5", Shape::Yes),
    )),
    hinted("国民经济行业分类（GB/T 4754）中类，三位数字。", field("industry_code", "行业代码", "7", Shape::Line)),
    field("industry", "行业名称", "7", Shape::Line),
    hinted("两位数字，多个以顿号隔开。", field("hs_chapters", "涉及的 HS 章", "7", Shape::Line)),
    optional(field("comprehensive", "申请设立跨行业的综合性工作站", "7", Shape::Yes)),
    optional(field("comprehensive_reason", "设立综合性工作站的理由", "7", Shape::Text)),
    optional(field("uscc_note", "统一社会信用代码说明", "6-1", Shape::Line)),
];

impl Field {
    /// Whether a kind of unit has this field.
    pub fn is_of(&self, unit: Unit) -> bool {
        self.units.is_empty() || self.units.contains(&unit)
    }

    /// What was typed, as people read it.
    pub fn shown<'a>(&self, typed: &'a str) -> &'a str {
        match self.shape {
            Shape::Yes if typed == "1" => "是",
            Shape::Yes => "否",
            Shape::Choice(choices) => choices.iter().find(|(key, _)| *key == typed).map_or(typed, |(_, name)| *name),
            _ => typed,
        }
    }
}

/// Fields of a kind of unit, in order.
pub fn fields(unit: Unit) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(move |field| field.is_of(unit))
}

/// What was typed, field by field, as it was typed.
pub type Typed = BTreeMap<String, String>;

/// Who applies and how: what the account and the head of the form say.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    pub unit: Unit,
    pub uscc: &'a str,
    pub route: Route,
    /// Key of [`DIRECT_GROUNDS`]; empty on the city's way.
    pub direct_ground: &'a str,
    pub city: &'a str,
}

/// Something the form still lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The field, or the condition whose evidence is missing.
    pub at: &'static str,
    pub item: &'static str,
    pub sentence: String,
}

/// All that stands between the form and its being handed in. `shown` are the conditions that have files.
pub fn gaps(edition: &Edition, head: &Head<'_>, typed: &Typed, shown: &BTreeSet<String>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut gap = |at, item, sentence: String| gaps.push(Gap { at, item, sentence });
    let value = |id: &str| typed.get(id).map_or("", |value| value.trim());
    of_head(edition, head, value("uscc_note"), &mut gap);
    for field in fields(head.unit) {
        if let Some(sentence) = lacking(field, value(field.id)) {
            gap(field.id, field.item, sentence);
        }
    }
    let prefix = &edition.head.region_prefix;
    let region = value("region_code");
    let code = region.len() == 6 && region.bytes().all(|byte| byte.is_ascii_digit());
    if !region.is_empty() && !code {
        gap("region_code", "6-1", "行政区划代码应为六位数字。".to_owned());
    } else if let Some(code) = outside(edition, typed).filter(|_| value("region_note").is_empty()) {
        let place = &edition.head.jurisdiction;
        let sentence =
            format!("注册地代码 {code} 不在{place}（应以 {prefix} 开头）；确需申请的，请填写说明并上传证明。");
        gap("region_note", "6-1", sentence);
    }
    let staff = |id| value(id).parse::<i64>().unwrap_or_default();
    let least = edition.whole("staff.min");
    if !value("staff_full").is_empty() && staff("staff_full") + staff("staff_part") < least {
        gap("staff_full", "6-2", format!("专职、兼职合计至少 {least} 人。"));
    }
    of_industry(&value, &mut gap);
    for (item, name) in CONDITIONS.iter().filter(|(item, _)| SHOWN.contains(item) && !shown.contains(*item)) {
        gap(item, item, format!("“{name}”还没有上传证明材料。"));
    }
    gaps
}

fn of_head(edition: &Edition, head: &Head<'_>, note: &str, gap: &mut impl FnMut(&'static str, &'static str, String)) {
    match check_uscc(head.uscc) {
        UsccCheck::Good => {}
        UsccCheck::Malformed => gap("uscc", "6-1", "统一社会信用代码不是 18 位有效代码。".to_owned()),
        UsccCheck::WrongCheckDigit { expected } if note.is_empty() => {
            let sentence = format!("统一社会信用代码末位应为 {expected}；确为证照所载的，请填写说明并上传证明。");
            gap("uscc_note", "6-1", sentence);
        }
        UsccCheck::WrongCheckDigit { .. } => {}
    }
    if edition.area(head.city).is_none() {
        gap("city", "8-1", "请选择所在市。".to_owned());
    }
    if head.route == Route::Direct && !may_go_direct(head.unit, head.direct_ground) {
        let sentence = "只有省属机构和全省性商（协）会可以直接递交省商务厅，其他单位报所在市商务主管部门。";
        gap("route", "8-1", sentence.to_owned());
    }
}

/// Whether a unit may hand in to the province directly (reading K29).
pub fn may_go_direct(unit: Unit, ground: &str) -> bool {
    match ground {
        "provincial_body" => unit != Unit::Firm,
        "province_wide" => unit == Unit::Association,
        _ => false,
    }
}

fn of_industry<'a>(value: &impl Fn(&str) -> &'a str, gap: &mut impl FnMut(&'static str, &'static str, String)) {
    let comprehensive = value("comprehensive") == "1";
    let cover = Cover::new(value("industry_code"), value("hs_chapters"), comprehensive);
    if !cover.code.is_empty() && cover.class().is_none() {
        gap("industry_code", "7", "行业代码应为国民经济行业分类的三位中类代码。".to_owned());
    }
    if !value("hs_chapters").is_empty() && cover.chapters.is_empty() {
        gap("hs_chapters", "7", "HS 章应为两位数字。".to_owned());
    }
    if comprehensive && value("comprehensive_reason").is_empty() {
        gap("comprehensive_reason", "7", "请写明设立综合性工作站的理由。".to_owned());
    }
}

/// What is wrong with one field by itself.
fn lacking(field: &Field, value: &str) -> Option<String> {
    if value.is_empty() || (field.shape == Shape::Yes && value != "1") {
        return field.needed.then(|| match field.shape {
            Shape::Yes => format!("请确认“{}”，不符合的不能申请。", field.label),
            Shape::Choice(_) => format!("请选择{}。", field.label),
            _ => format!("请填写{}。", field.label),
        });
    }
    let most = if field.shape == Shape::Text { 2000 } else { 200 };
    if value.chars().count() > most {
        return Some(format!("{}不超过 {most} 字。", field.label));
    }
    match field.shape {
        Shape::Whole if value.parse::<u64>().is_err() => Some(format!("{}应为整数。", field.label)),
        Shape::Web if !is_web(value) => Some("网址应以 http:// 或 https:// 开头。".to_owned()),
        Shape::Choice(choices) if !choices.iter().any(|(key, _)| *key == value) => {
            Some(format!("请选择{}。", field.label))
        }
        _ => None,
    }
}

fn is_web(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.contains('.') && !rest.contains(char::is_whitespace))
}

/// What a reviewer should look at twice, though it does not stop anything.
pub fn cautions(edition: &Edition, head: &Head<'_>, typed: &Typed) -> Vec<String> {
    let mut cautions = Vec::new();
    if let Some(code) = outside(edition, typed) {
        let note = typed.get("region_note").map_or("", String::as_str);
        let place = &edition.head.jurisdiction;
        cautions.push(format!("注册地代码 {code} 不在{place}，单位说明：{note}；准予的须写明理由（读法 K86）"));
    }
    if let UsccCheck::WrongCheckDigit { expected } = check_uscc(head.uscc) {
        let note = typed.get("uscc_note").map_or("", String::as_str);
        cautions.push(format!("统一社会信用代码末位校验不符（应为 {expected}），单位说明：{note}"));
    }
    if typed.get("public_funded").is_some_and(|value| value == "1") {
        cautions.push("属于公益一类事业单位或者财政供养的群团组织，能否承接政府购买服务请核实（读法 K25）".to_owned());
    }
    cautions
}

/// A field that differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub label: &'static str,
    pub before: String,
    pub after: String,
}

/// Field by field, what changed.
pub fn changes(before: &Typed, after: &Typed) -> Vec<Change> {
    let mut seen = BTreeSet::new();
    let value = |typed: &Typed, field: &Field| {
        let typed = typed.get(field.id).map_or("", String::as_str);
        if typed.is_empty() && field.shape != Shape::Yes { String::new() } else { field.shown(typed).to_owned() }
    };
    let changed = FIELDS.iter().filter(|field| seen.insert(field.id)).filter_map(|field| {
        let (before, after) = (value(before, field), value(after, field));
        (before != after).then_some(Change { label: field.label, before, after })
    });
    changed.collect()
}
