//! What a person typed as a standing record, and whether it can stand.

use jiff::civil::Date;
use regulation::law::Edition;
use store::duties::{NewStandingRecord, StandingRecord};

use crate::appraisal::ledger::{Problems, parse_day, web_address};
use crate::duties::station::kept_facts;
use crate::posted::Posted;
use crate::shell::{day, masked};

#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub fact: String,
    pub title: String,
    pub person: String,
    pub post: String,
    pub phone: String,
    pub url: String,
    pub from: String,
    pub until: String,
    pub detail: String,
}

impl From<&Posted> for Typed {
    fn from(posted: &Posted) -> Typed {
        let text = |name| posted.text(name).to_owned();
        Typed {
            fact: text("fact"),
            title: text("title"),
            person: text("person"),
            post: text("post"),
            phone: text("phone"),
            url: text("url"),
            from: text("from"),
            until: text("until"),
            detail: text("detail"),
        }
    }
}

impl Typed {
    /// A record as its form shows it: the telephone number stays masked.
    pub fn of(record: &StandingRecord) -> Typed {
        Typed {
            fact: record.fact.clone(),
            title: record.title.clone(),
            person: record.person.clone(),
            post: record.post.clone(),
            phone: masked(&record.phone),
            url: record.url.clone(),
            from: day(record.from_on),
            until: record.until_on.map(day).unwrap_or_default(),
            detail: record.detail.clone(),
        }
    }
}

/// Judges a record. `known` is the number the corrected one holds: left masked, it stays.
///
/// # Errors
/// All problems at once.
pub fn judge(
    edition: &Edition,
    typed: &Typed,
    known: Option<&str>,
    today: Date,
) -> Result<NewStandingRecord, Problems> {
    let mut problems = Problems::new();
    let mut problem = |field, sentence: &str| problems.push((field, sentence.to_owned()));
    if !kept_facts(edition).any(|fact| fact.id == typed.fact) {
        problem("fact", "请选择档案类别。");
    }
    if typed.title.is_empty() {
        problem("title", "请填写事项。");
    }
    let limits = [
        ("title", &typed.title, 200, "事项不超过 200 字。"),
        ("person", &typed.person, 40, "姓名不超过 40 字。"),
        ("post", &typed.post, 60, "职务或分工不超过 60 字。"),
        ("detail", &typed.detail, 2000, "说明不超过 2000 字。"),
    ];
    for (field, text, most, sentence) in limits {
        if text.chars().count() > most {
            problem(field, sentence);
        }
    }
    let phone = kept_phone(&typed.phone, known);
    if let Err(sentence) = fit_phone(phone) {
        problem("phone", sentence);
    }
    if typed.person.is_empty() && !(typed.post.is_empty() && phone.is_empty()) {
        problem("person", "填写了职务或电话的，请填写姓名。");
    }
    if !typed.url.is_empty() && !web_address(&typed.url) {
        problem("url", "网址应以 http:// 或 https:// 开头。");
    }
    let from = parse_day(&typed.from);
    match from {
        None => problem("from", "起始日期应写作 2026-01-31。"),
        Some(from) if from > today => problem("from", "起始日期不能晚于今天，生效后再登记。"),
        Some(from) if from.year() < 1950 => problem("from", "日期过早，请核对年份。"),
        Some(_) => {}
    }
    let until = if typed.until.is_empty() { None } else { Some(parse_day(&typed.until)) };
    match (until, from) {
        (Some(None), _) => problem("until", "截止日期应写作 2026-01-31，长期有效的留空。"),
        (Some(Some(until)), Some(from)) if until < from => problem("until", "截止日期不能早于起始日期。"),
        _ => {}
    }
    let (Some(from), true) = (from, problems.is_empty()) else { return Err(problems) };
    Ok(NewStandingRecord {
        fact: typed.fact.clone(),
        title: typed.title.clone(),
        detail: typed.detail.clone(),
        url: typed.url.clone(),
        person: typed.person.clone(),
        post: typed.post.clone(),
        phone: phone.to_owned(),
        from_on: store::day_number(from),
        until_on: until.flatten().map(store::day_number),
        supersedes: None,
        void: false,
    })
}

/// The number meant: a masked one that was not touched is the one already held.
pub fn kept_phone<'t>(typed: &'t str, known: Option<&'t str>) -> &'t str {
    known.filter(|known| !known.is_empty() && masked(known) == typed).unwrap_or(typed)
}

/// Whether a text can be a telephone number. Empty is none given.
///
/// # Errors
/// One sentence on what is wrong.
pub fn fit_phone(phone: &str) -> Result<(), &'static str> {
    if phone.contains('*') {
        return Err("电话含遮盖符号“*”，请填写完整号码，没有的留空。");
    }
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    let marks = phone.chars().all(|c| c.is_ascii_digit() || "+-()（） 转、".contains(c));
    if phone.is_empty() || (marks && (5..=24).contains(&digits)) {
        Ok(())
    } else {
        Err("电话应为数字，可带区号和分机，如 0531-12345678 转 8001。")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn typed() -> Typed {
        Typed {
            fact: "has_unit".into(), title: "机构设立文件".into(), from: "2025-01-01".into(), ..Typed::default()
        }
    }

    fn fields(typed: &Typed, known: Option<&str>) -> Vec<&'static str> {
        let edition = crate::editions::draft().expect("draft");
        let judged = judge(&edition, typed, known, date(2026, 3, 5));
        judged.err().unwrap_or_default().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        assert!(fields(&typed(), None).is_empty());
        let wrong = Typed {
            fact: "has_enterprise_roster".into(),
            post: "主任".into(),
            phone: "找张三".into(),
            url: "javascript:1".into(),
            from: "2026-03-06".into(),
            until: "2026-03-01".into(),
            ..Typed::default()
        };
        assert_eq!(fields(&wrong, None), ["fact", "title", "phone", "person", "url", "from", "until"]);
    }

    #[test]
    fn a_masked_number_left_alone_is_kept() {
        let edition = crate::editions::draft().expect("draft");
        let masked = Typed { person: "示例甲".into(), phone: "138****1234".into(), ..typed() };
        assert_eq!(fields(&masked, Some("13912341111")), ["phone"]);
        let kept = judge(&edition, &masked, Some("13812341234"), date(2026, 3, 5)).expect("good");
        assert_eq!(kept.phone, "13812341234");
    }

    #[test]
    fn telephone_numbers_come_in_many_spellings() {
        for good in ["", "13812341234", "0531-12345678", "+86 531 1234 5678", "（0531）12345678转8001"] {
            assert_eq!(fit_phone(good), Ok(()), "{good}");
        }
        for wrong in ["1234", "138****1234", "办公室"] {
            assert!(fit_phone(wrong).is_err(), "{wrong}");
        }
    }
}
