//! What a station typed as a warning, and whether it can be saved or published.

use jiff::civil::Date;
use regulation::duties::tariff::parse_list;
use regulation::duties::warning_level::Level;
use store::duties::{Warning, WarningText};

use crate::appraisal::ledger::{Problems, parse_day, web_address};
use crate::posted::Posted;
use crate::shell::day;

/// The fields as typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub level: String,
    pub title: String,
    pub kind: String,
    pub market: String,
    pub industry: String,
    pub summary: String,
    pub products: String,
    pub hs_codes: String,
    pub advice: String,
    pub respond_on: String,
    pub source_title: String,
    pub source_url: String,
    pub source_on: String,
    pub notes: String,
}

impl From<&Posted> for Typed {
    fn from(posted: &Posted) -> Typed {
        let text = |name| posted.text(name).to_owned();
        Typed {
            level: text("level"),
            title: text("title"),
            kind: text("kind"),
            market: text("market"),
            industry: text("industry"),
            summary: text("summary"),
            products: text("products"),
            hs_codes: text("hs_codes"),
            advice: text("advice"),
            respond_on: text("respond_on"),
            source_title: text("source_title"),
            source_url: text("source_url"),
            source_on: text("source_on"),
            notes: text("notes"),
        }
    }
}

impl Typed {
    /// A warning as its form shows it.
    pub fn of(warning: &Warning) -> Typed {
        let on = |on: Option<i64>| on.map(day).unwrap_or_default();
        Typed {
            level: warning.level.clone(),
            title: warning.title.clone(),
            kind: warning.kind.clone(),
            market: warning.market.clone(),
            industry: warning.industry.clone(),
            summary: warning.summary.clone(),
            products: warning.products.clone(),
            hs_codes: shown_list(&warning.hs_codes),
            advice: warning.advice.clone(),
            respond_on: on(warning.respond_on),
            source_title: warning.source_title.clone(),
            source_url: warning.source_url.clone(),
            source_on: on(warning.source_on),
            notes: warning.notes.clone(),
        }
    }
}

/// Stored codes as people write them.
pub fn shown_list(stored: &str) -> String {
    let codes = stored.split(',').filter(|code| !code.is_empty());
    codes.map(crate::duties::feeds::shown_code).collect::<Vec<_>>().join("、")
}

/// Where the text came from, kept with it.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    pub sha256: String,
    pub captured_at: Option<i64>,
}

/// Judges a warning: `whole` when it is to be published, so that nothing a firm needs is missing; a draft may be short of
/// anything but its title.
///
/// # Errors
/// All problems at once.
pub fn judge(typed: &Typed, proof: Proof, today: Date, whole: bool) -> Result<WarningText, Problems> {
    let mut problems = Problems::new();
    let mut problem = |field, sentence: &str| problems.push((field, sentence.to_owned()));
    if typed.title.is_empty() {
        problem("title", "请填写标题。");
    }
    if Level::from_key(&typed.level).is_none() {
        problem("level", "请选择预警等级。");
    }
    let limits = [
        ("title", &typed.title, 100, "标题不超过 100 字。"),
        ("market", &typed.market, 40, "所涉市场不超过 40 字。"),
        ("industry", &typed.industry, 40, "行业不超过 40 字。"),
        ("summary", &typed.summary, 2000, "内容摘要不超过 2000 字。"),
        ("products", &typed.products, 500, "涉及产品不超过 500 字。"),
        ("advice", &typed.advice, 2000, "企业应做的事不超过 2000 字。"),
        ("source_title", &typed.source_title, 300, "来源名称不超过 300 字。"),
        ("notes", &typed.notes, 2000, "内部备注不超过 2000 字。"),
    ];
    for (field, text, most, sentence) in limits {
        if text.chars().count() > most {
            problem(field, sentence);
        }
    }
    let codes = parse_list(&typed.hs_codes);
    if let Err(wrong) = &codes {
        problem("hs_codes", &wrong.join(""));
    }
    let dated = |text: &str| (text.is_empty(), parse_day(text));
    let (respond, source_on) = (dated(&typed.respond_on), dated(&typed.source_on));
    if respond == (false, None) {
        problem("respond_on", "期限应写作 2026-01-31。");
    }
    match source_on {
        (false, None) => problem("source_on", "公布日期应写作 2026-01-31。"),
        (_, Some(on)) if on > today => problem("source_on", "公布日期不能晚于今天。"),
        _ => {}
    }
    if !typed.source_url.is_empty() && !web_address(&typed.source_url) {
        problem("source_url", "来源网址应以 http:// 或 https:// 开头。");
    }
    if whole {
        let needed = [
            ("kind", &typed.kind, "请选择类别。"),
            ("market", &typed.market, "请填写所涉市场。"),
            ("summary", &typed.summary, "请填写内容摘要。"),
            ("products", &typed.products, "请填写涉及产品。"),
            ("advice", &typed.advice, "请填写企业应做的事。"),
            ("source_title", &typed.source_title, "请填写来源。"),
        ];
        for (field, text, sentence) in needed {
            if text.is_empty() {
                problem(field, sentence);
            }
        }
        if codes.as_ref().is_ok_and(Vec::is_empty) {
            problem("hs_codes", "请填写税号，系统按税号告知企业。");
        }
    }
    let (Ok(codes), true) = (codes, problems.is_empty()) else { return Err(problems) };
    Ok(WarningText {
        level: typed.level.clone(),
        title: typed.title.clone(),
        kind: typed.kind.clone(),
        market: typed.market.clone(),
        industry: typed.industry.clone(),
        summary: typed.summary.clone(),
        products: typed.products.clone(),
        hs_codes: codes.iter().map(|code| code.digits().to_owned()).collect::<Vec<_>>().join(","),
        advice: typed.advice.clone(),
        respond_on: respond.1.map(store::day_number),
        source_title: typed.source_title.clone(),
        source_url: typed.source_url.clone(),
        source_on: source_on.1.map(store::day_number),
        source_sha256: proof.sha256,
        captured_at: proof.captured_at,
        notes: typed.notes.clone(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn typed() -> Typed {
        Typed {
            level: "red".into(),
            title: "美国对轮胎启动反倾销日落复审".into(),
            kind: "反倾销".into(),
            market: "美国".into(),
            summary: "摘要".into(),
            products: "轮胎".into(),
            hs_codes: "4011.10、4011.20".into(),
            advice: "核对出口。".into(),
            source_title: "联邦公报".into(),
            ..Typed::default()
        }
    }

    fn fields(typed: &Typed, whole: bool) -> Vec<&'static str> {
        let judged = judge(typed, Proof::default(), date(2026, 9, 18), whole);
        judged.err().unwrap_or_default().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_draft_may_be_short_and_what_is_published_may_not() {
        let short = Typed { level: "blue".into(), title: "标题".into(), ..Typed::default() };
        assert_eq!(fields(&short, false), [""; 0]);
        let missing = ["kind", "market", "summary", "products", "advice", "source_title", "hs_codes"];
        assert_eq!(fields(&short, true), missing);
        let whole = judge(&typed(), Proof::default(), date(2026, 9, 18), true).expect("whole");
        assert_eq!(whole.hs_codes, "401110,401120");
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let wrong = Typed {
            level: "grey".into(),
            title: String::new(),
            hs_codes: "401".into(),
            respond_on: "明天".into(),
            source_on: "2026-09-19".into(),
            source_url: "javascript:1".into(),
            ..typed()
        };
        assert_eq!(fields(&wrong, false), ["title", "level", "hs_codes", "respond_on", "source_on", "source_url"]);
    }
}
