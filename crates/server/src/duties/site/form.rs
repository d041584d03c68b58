//! A look recorded by hand: when the address was opened, whether the page came, and if not what was seen instead.

use jiff::civil::{Date, Time};
use jiff::{Span, Timestamp};
use regulation::duties::site::Origin;
use store::duties::NewProbe;

use crate::app::App;
use crate::appraisal::ledger::{Problems, parse_day};
use crate::posted::Posted;
use crate::shell::moment_of;

#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub on: String,
    pub at: String,
    pub opened: String,
    pub reason: String,
}

impl Typed {
    /// What the form says before anybody typed.
    pub fn now(app: &App) -> Typed {
        let now = app.clock.civil();
        Typed { on: now.date().to_string(), at: now.strftime("%H:%M").to_string(), ..Typed::default() }
    }
}

impl From<&Posted> for Typed {
    fn from(posted: &Posted) -> Typed {
        let text = |name| posted.text(name).to_owned();
        Typed { on: text("on"), at: text("at"), opened: text("opened"), reason: text("reason") }
    }
}

/// Judges a look at an address.
///
/// # Errors
/// All problems at once.
pub fn judge(app: &App, typed: &Typed, url: &str, origin: Origin) -> Result<NewProbe, Problems> {
    let most = app.present().edition.whole("site.manual_within_days");
    looked(typed, url, origin, app.clock.now(), most)
}

fn looked(typed: &Typed, url: &str, origin: Origin, now: Timestamp, most: i64) -> Result<NewProbe, Problems> {
    let mut problems = Problems::new();
    let mut problem = |field, sentence: String| problems.push((field, sentence));
    let on = parse_day(&typed.on);
    if on.is_none() {
        problem("on", "日期应写作 2026-01-31。".to_owned());
    }
    let at = Time::strptime("%H:%M", &typed.at).ok();
    if at.is_none() {
        problem("at", "时间应写作 09:30。".to_owned());
    }
    let instant = on.zip(at).and_then(|(on, at)| store::china().to_timestamp(on.to_datetime(at)).ok());
    if let Some(instant) = instant {
        if instant > now {
            problem("at", "打开的时间不能晚于现在。".to_owned());
        } else if most > 0 && on.is_some_and(|on| on < earliest(store::day_of(now), most)) {
            problem("on", format!("只登记 {most} 日以内打开的情况。"));
        }
    }
    let opened = match typed.opened.as_str() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    if opened.is_none() {
        problem("opened", "请选择打开的结果。".to_owned());
    }
    if opened == Some(false) && typed.reason.is_empty() {
        problem("reason", "没有打开的，请写明看到的情况，如“显示无法访问此网站”。".to_owned());
    }
    if typed.reason.chars().count() > 200 {
        problem("reason", "情况不超过 200 字。".to_owned());
    }
    let (Some(on), Some(instant), Some(opened), true) = (on, instant, opened, problems.is_empty()) else {
        return Err(problems);
    };
    Ok(NewProbe {
        url: url.to_owned(),
        origin: origin.key(),
        looked_at: store::instant_number(instant),
        on_day: store::day_number(on),
        opened,
        reason: typed.reason.clone(),
        ..NewProbe::default()
    })
}

fn earliest(today: Date, most: i64) -> Date {
    today.saturating_sub(Span::new().days(most))
}

/// What the audit trail says of a look by hand.
pub fn noted(probe: &NewProbe, files: usize) -> String {
    let what = if probe.opened { "可以访问" } else { "没有打开" };
    format!("{} {} {what}，截图 {files} 张", moment_of(probe.looked_at), probe.url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(typed: &Typed) -> Vec<&'static str> {
        let now = "2026-09-18T02:00:00Z".parse().expect("instant");
        let judged = looked(typed, "https://example.org", Origin::Department, now, 7);
        judged.err().unwrap_or_default().into_iter().map(|(field, _)| field).collect()
    }

    fn typed(on: &str, at: &str, opened: &str, reason: &str) -> Typed {
        Typed { on: on.to_owned(), at: at.to_owned(), opened: opened.to_owned(), reason: reason.to_owned() }
    }

    #[test]
    fn a_look_is_of_the_last_days_and_never_of_the_future() {
        assert!(fields(&typed("2026-09-18", "10:00", "1", "")).is_empty());
        assert!(fields(&typed("2026-09-11", "00:00", "1", "")).is_empty());
        assert_eq!(fields(&typed("2026-09-18", "10:01", "1", "")), ["at"]);
        assert_eq!(fields(&typed("2026-09-10", "23:59", "1", "")), ["on"]);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        assert_eq!(fields(&typed("昨天", "上午", "", "")), ["on", "at", "opened"]);
        assert_eq!(fields(&typed("2026-09-18", "09:00", "0", "")), ["reason"]);
        assert_eq!(fields(&typed("2026-09-18", "09:00", "1", &"长".repeat(201))), ["reason"]);
    }
}
