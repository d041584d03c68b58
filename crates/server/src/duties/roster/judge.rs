//! One firm as typed, pasted or read from a workbook, and whether it can stand in a roster. The form and the
//! import ask the same function.

use regulation::duties::roster::{UsccCheck, check_uscc, tidy_uscc};
use regulation::duties::tariff::Code;
use regulation::law::Edition;
use store::duties::{NewRosterMember, RosterMember};

use crate::appraisal::ledger::Problems;
use crate::duties::feeds::shown_code;
use crate::duties::records::{fit_phone, kept_phone};
use crate::posted::Posted;
use crate::shell::masked;

/// Kinds of roster the annex names; the first is meant where none is given.
pub const KINDS: [&str; 3] = ["重点联系企业", "服务企业", "产业链供应链企业"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub uscc: String,
    pub name: String,
    pub city: String,
    pub kind: String,
    pub products: String,
    pub hs_codes: String,
    pub markets: String,
    pub contact: String,
    pub phone: String,
    pub email: String,
    pub uscc_note: String,
}

impl From<&Posted> for Typed {
    fn from(posted: &Posted) -> Typed {
        let text = |name| posted.text(name).to_owned();
        Typed {
            uscc: text("uscc"),
            name: text("name"),
            city: text("city"),
            kind: text("kind"),
            products: text("products"),
            hs_codes: text("hs_codes"),
            markets: text("markets"),
            contact: text("contact"),
            phone: text("phone"),
            email: text("email"),
            uscc_note: text("uscc_note"),
        }
    }
}

impl Typed {
    /// A firm as its form shows it: the telephone number stays masked.
    pub fn of(edition: &Edition, member: &RosterMember) -> Typed {
        Typed {
            uscc: member.uscc.clone(),
            name: member.name.clone(),
            city: edition.area_name(&member.city).to_owned(),
            kind: member.kind.clone(),
            products: member.products.clone(),
            hs_codes: shown_codes(&member.hs_codes),
            markets: member.markets.clone(),
            contact: member.contact.clone(),
            phone: masked(&member.phone),
            email: member.email.clone(),
            uscc_note: member.uscc_note.clone(),
        }
    }
}

/// Judges a firm. `known` is the number the roster holds for it: left masked, it stays.
///
/// # Errors
/// All problems at once, in the columns' order.
pub fn judge(edition: &Edition, typed: &Typed, known: Option<&str>) -> Result<NewRosterMember, Problems> {
    let mut problems = Problems::new();
    let uscc = tidy_uscc(&typed.uscc);
    let checked = check_uscc(&uscc);
    if let Some(problem) = uscc_problem(&uscc, checked, &typed.uscc_note) {
        problems.push(problem);
    }
    let mut problem = |field, sentence: &str| problems.push((field, sentence.to_owned()));
    if typed.name.is_empty() {
        problem("name", "请填写企业名称。");
    }
    let kind = if typed.kind.is_empty() { KINDS[0] } else { &*typed.kind };
    if !KINDS.contains(&kind) {
        problem("kind", "库类型应为重点联系企业、服务企业或产业链供应链企业。");
    }
    let limits = [
        ("name", &typed.name, 100, "企业名称不超过 100 字。"),
        ("city", &typed.city, 40, "所在市不超过 40 字。"),
        ("products", &typed.products, 500, "主要产品不超过 500 字。"),
        ("markets", &typed.markets, 200, "出口市场不超过 200 字。"),
        ("contact", &typed.contact, 40, "联系人不超过 40 字。"),
        ("uscc_note", &typed.uscc_note, 200, "代码说明不超过 200 字。"),
    ];
    for (field, text, most, sentence) in limits {
        if text.chars().count() > most {
            problem(field, sentence);
        }
    }
    let hs_codes = hs_codes(&typed.hs_codes);
    if let Err(sentence) = &hs_codes {
        problem("hs_codes", sentence);
    }
    let phone = kept_phone(&typed.phone, known);
    if let Err(sentence) = fit_phone(phone) {
        problem("phone", sentence);
    }
    if !typed.email.is_empty() && !mail_address(&typed.email) {
        problem("email", "电子邮箱应写作 name@example.com。");
    }
    let (Ok(hs_codes), true) = (hs_codes, problems.is_empty()) else { return Err(problems) };
    Ok(NewRosterMember {
        uscc,
        name: typed.name.clone(),
        city: city_code(edition, &typed.city),
        kind: kind.to_owned(),
        products: typed.products.clone(),
        hs_codes,
        markets: typed.markets.clone(),
        contact: typed.contact.clone(),
        phone: phone.to_owned(),
        email: typed.email.clone(),
        // A code that checks needs no excuse.
        uscc_note: if checked == UsccCheck::Good { String::new() } else { typed.uscc_note.clone() },
    })
}

/// A malformed code is an error. A wrong last digit asks for a reason, which keeps it (R6.1).
fn uscc_problem(uscc: &str, checked: UsccCheck, note: &str) -> Option<(&'static str, String)> {
    match checked {
        UsccCheck::Good => None,
        UsccCheck::Malformed if uscc.is_empty() => Some(("uscc", "请填写统一社会信用代码。".to_owned())),
        UsccCheck::Malformed => Some(("uscc", malformed(uscc))),
        UsccCheck::WrongCheckDigit { .. } if !note.is_empty() => None,
        UsccCheck::WrongCheckDigit { expected } => Some((
            "uscc",
            format!("信用代码末位校验不符，应为 {expected}。请核对代码；证照确为此码的，在“代码说明”中写明后保留。"),
        )),
    }
}

fn malformed(uscc: &str) -> String {
    let length = uscc.chars().count();
    if length != 18 {
        return format!("信用代码应为 18 位，现为 {length} 位。");
    }
    let odd = uscc.chars().find(|c| !c.is_ascii_alphanumeric() || "IOSVZ".contains(*c));
    match odd {
        Some(odd) => format!("信用代码含不用的字符“{odd}”（不使用 I、O、S、V、Z）。"),
        None => "信用代码不是规定的字符。".to_owned(),
    }
}

/// An address mail can be sent to, as far as its looks tell: one `@`, a host with a dot, nothing that would end a header.
fn mail_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"<>(),;:\\\"[]".contains(c);
    let Some((name, host)) = text.split_once('@') else { return false };
    let labels =
        host.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    !name.is_empty() && name.chars().all(plain) && host.contains('.') && labels && text.len() <= 200
}

/// What people put between codes.
const MARKS: [char; 6] = ['、', '，', ',', ';', '；', '/'];

/// Codes as people separate them.
pub fn split_codes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| MARKS.contains(&c) || c.is_whitespace()).filter(|code| !code.is_empty())
}

/// Codes as a page shows them.
pub fn shown_codes(stored: &str) -> String {
    split_codes(stored).map(shown_code).collect::<Vec<_>>().join("、")
}

/// HS codes as they are stored: digits only, once each, in the order given. `4011.10` and `4011 10` are one code, `4011 4012`
/// are two, parted by the space alone.
fn hs_codes(text: &str) -> Result<String, String> {
    let mut codes: Vec<Code> = Vec::new();
    let parts = text.split(|c: char| MARKS.contains(&c) || matches!(c, '\n' | '\r' | '\t')).map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let read: Result<Vec<Code>, String> = match Code::parse(part) {
            Ok(code) => Ok(vec![code]),
            Err(_) => part.split_whitespace().map(Code::parse).collect(),
        };
        for code in read? {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    if codes.len() > 50 {
        return Err("税号一次不超过 50 个。".to_owned());
    }
    Ok(codes.iter().map(Code::digits).collect::<Vec<_>>().join(","))
}

/// A city of the jurisdiction by its code, given as name, short name or code; any other place as typed.
fn city_code(edition: &Edition, typed: &str) -> String {
    let area = edition.head.areas.iter().find(|area| {
        area.code == typed || area.name == typed || area.name.strip_suffix('市').is_some_and(|short| short == typed)
    });
    area.map_or_else(|| typed.to_owned(), |area| area.code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(uscc: &str) -> Typed {
        Typed { uscc: uscc.into(), name: "示例轮胎有限公司".into(), ..Typed::default() }
    }

    fn judged(typed: &Typed) -> Result<NewRosterMember, Problems> {
        judge(&crate::editions::draft().expect("draft"), typed, Some("13812341234"))
    }

    fn fields(typed: &Typed) -> Vec<&'static str> {
        judged(typed).err().unwrap_or_default().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_firm_is_tidied() {
        let pasted = Typed {
            city: "东营".into(),
            hs_codes: "4011.10，4011 20 40；4012 4013/40".into(),
            phone: "138****1234".into(),
            uscc_note: "多余的说明".into(),
            ..typed("9111 0000１０１623741k")
        };
        let firm = judged(&pasted).expect("good");
        assert_eq!((firm.uscc.as_str(), firm.kind.as_str()), ("91110000101623741K", "重点联系企业"));
        assert_eq!((firm.city.as_str(), firm.hs_codes.as_str()), ("370500", "401110,40112040,4012,4013,40"));
        assert_eq!((firm.phone.as_str(), firm.uscc_note.as_str()), ("13812341234", ""));
    }

    #[test]
    fn a_wrong_check_digit_needs_a_reason_and_a_malformed_code_has_none() {
        let genuine = typed("91350211M0000XUF46");
        assert_eq!(fields(&genuine), ["uscc"]);
        let kept = judged(&Typed { uscc_note: "营业执照即为此码".into(), ..genuine }).expect("kept");
        assert_eq!(kept.uscc_note, "营业执照即为此码");
        for code in ["", "9135021", "9135021100000XUF4O", "91350211M0000XUF4轮"] {
            assert_eq!(fields(&Typed { uscc_note: "理由".into(), ..typed(code) }), ["uscc"], "{code}");
        }
    }

    #[test]
    fn a_mail_address_looks_like_one() {
        for good in ["a@b.cn", "foreign.trade+de@firm-1.com.cn"] {
            assert!(mail_address(good), "{good}");
        }
        for wrong in
            ["", "a", "a@", "@b.cn", "a@b", "a b@c.cn", "a@b..cn", "a@b.cn\r\nBcc: x@y.cn", "轮胎@b.cn", "a@b@c.cn"]
        {
            assert!(!mail_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let wrong = Typed {
            name: String::new(),
            kind: "其他".into(),
            hs_codes: "401".into(),
            phone: "139****1111".into(),
            ..typed("1")
        };
        assert_eq!(fields(&wrong), ["uscc", "name", "kind", "hs_codes", "phone"]);
    }

    #[test]
    fn hs_codes_have_an_even_number_of_digits() {
        for good in ["", "40", "4011", "401110", "40111000", "4011100010"] {
            assert_eq!(hs_codes(good), Ok(good.to_owned()));
        }
        for wrong in ["4", "401", "40111000101", "轮胎", "4011-10"] {
            assert!(hs_codes(wrong).is_err(), "{wrong}");
        }
    }
}
