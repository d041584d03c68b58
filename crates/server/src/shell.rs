//! What surrounds every signed-in page: strip, top bar, menu by role, foot.

use regulation::general::{Scope, Verb, scope};

use crate::app::App;
use crate::assets;
use crate::auth::Person;

/// Context of `layout/page.html`.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    pub system: String,
    pub unit: String,
    pub person: String,
    pub role: &'static str,
    pub csrf: String,
    pub nav: Vec<NavGroup>,
    pub year: i64,
    pub as_of: String,
    pub edition_note: String,
    pub organiser: String,
    pub support_phone: String,
    pub assets: &'static str,
    pub large: bool,
    pub dark: bool,
    /// One sentence on what was just done, after a redirect.
    pub done: Option<&'static str>,
}

#[derive(Clone, Debug, Default)]
pub struct NavGroup {
    pub title: &'static str,
    pub links: Vec<NavLink>,
}

#[derive(Clone, Debug)]
pub struct NavLink {
    pub href: String,
    pub text: &'static str,
    pub current: bool,
}

/// The menu: a link is there when the permission table lets the role see anything behind it.
const MENU: &[(&str, &[(&str, &str, Verb)])] = &[
    (
        "日常工作",
        &[
            ("/appraisal/ledger", "台账", Verb::ViewLedger),
            ("/duties/roster", "企业库", Verb::ViewRoster),
            ("/duties/stations", "工作站名册", Verb::ViewStation),
        ],
    ),
    (
        "年度评估",
        &[("/appraisal/cycles", "年度评估", Verb::ViewSheet), ("/appraisal/marks", "报告评分", Verb::GradeWork)],
    ),
    ("系统", &[("/general/accounts", "账户", Verb::ViewAccounts), ("/general/audit", "审计日志", Verb::ViewAudit)]),
    ("规则", &[("/general/rules", "办法与评分规则", Verb::ViewRules)]),
];

/// Sentences a redirect may ask for by key: nothing from the address reaches the page.
const DONE: &[(&str, &str)] = &[
    ("filed", "已记入台账。"),
    ("imported", "已导入台账。"),
    ("corrected", "更正已登记，原记录保留。"),
    ("withdrawn", "已撤回，原记录保留。"),
    ("found", "认定已登记。"),
    ("recorded", "已登记到档案。"),
    ("saved", "已保存。"),
    ("roster", "企业库已更新。"),
    ("removed", "已移出企业库。"),
    ("opinion", "核验意见已登记。"),
    ("marked", "评分已保存。"),
    ("submitted", "材料已报送，回执见下。"),
    ("opened", "年度评估已开启。"),
    ("assigned", "指派已登记。"),
    ("decided", "集体研究决定已登记。"),
    ("proposed", "等次已拟定，待审批。"),
    ("confirmed", "等次已确认。"),
    ("password", "密码已修改。"),
    ("account", "账户已更新。"),
    ("created", "账户已建立。角色由安全管理员授予，首次登录须修改密码。"),
    ("reset", "密码已重置，该账户已退出登录，下次登录须修改密码。"),
    ("disabled", "账户已停用，已退出登录。"),
    ("enabled", "账户已恢复使用。"),
    ("granted", "角色已授予，该账户须重新登录。"),
    ("unlocked", "锁定已解除。"),
];

impl Shell {
    /// `here` is the path of the menu entry the page belongs to.
    pub fn new(app: &App, person: &Person, here: &str) -> Shell {
        let present = app.present();
        let head = &present.edition.head;
        let actor = &person.actor;
        let today = app.clock.today();
        let unit = match (&person.session.station_name, &actor.county, &actor.city) {
            (Some(station), ..) => station.clone(),
            (None, Some(county), _) => format!("{}商务局", present.edition.area_name(county)),
            (None, None, Some(city)) => format!("{}商务局", present.edition.area_name(city)),
            _ if actor.role.of_province() => head.department.clone(),
            _ => String::new(),
        };
        let mut nav = vec![NavGroup { title: "", links: vec![link("/desk", "工作台", here)] }];
        for (title, links) in MENU {
            let visible = links.iter().filter(|(_, _, verb)| scope(actor, *verb, today) != Scope::Nothing);
            let links: Vec<NavLink> = visible.map(|(href, text, _)| link(href, text, here)).collect();
            if !links.is_empty() {
                nav.push(NavGroup { title, links });
            }
        }
        if let Some(station) = actor.station {
            for nav_link in nav.iter_mut().flat_map(|group| &mut group.links) {
                if nav_link.href == "/duties/stations" {
                    nav_link.href = format!("/duties/stations/{station}");
                    nav_link.text = "本站档案";
                }
            }
        }
        Shell {
            system: format!("{}应对国际贸易摩擦工作站管理系统", head.jurisdiction),
            unit,
            person: actor.name.clone(),
            role: actor.role.name(),
            csrf: person.session.csrf.clone(),
            nav,
            year: present.year,
            as_of: moment(app.clock.now()),
            edition_note: format!("规则版本 {}（{}）", head.id, head.status),
            organiser: app.settings.organiser.clone(),
            support_phone: app.settings.support_phone.clone(),
            assets: &assets::VERSION,
            large: person.large,
            dark: person.dark,
            done: person.done.as_deref().and_then(done),
        }
    }
}

fn link(href: &str, text: &'static str, here: &str) -> NavLink {
    NavLink { href: href.to_owned(), text, current: href == here }
}

fn done(key: &str) -> Option<&'static str> {
    DONE.iter().find(|(known, _)| *known == key).map(|(_, sentence)| *sentence)
}

/// `2026-09-18 08:00` in China Standard Time.
pub fn moment(at: jiff::Timestamp) -> String {
    store::china().to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// [`moment`] of a stored instant.
pub fn moment_of(at: i64) -> String {
    moment(store::instant_from(at))
}

/// `2026-09-18` of a stored day.
pub fn day(number: i64) -> String {
    format!("{:04}-{:02}-{:02}", number / 10_000, number / 100 % 100, number % 100)
}

/// Size of a file as people say it.
pub fn size(bytes: i64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// `1,234`.
pub fn thousands(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (ix, digit) in digits.chars().enumerate() {
        if ix > 0 && (digits.len() - ix).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if n < 0 { format!("−{grouped}") } else { grouped }
}

/// `138****1234`: personal data stays masked until someone asks, and that is logged.
pub fn masked(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    match chars.len() {
        0 => String::new(),
        1..=4 => "****".to_owned(),
        5..=7 => format!("{}****", chars[0]),
        n => format!("{}****{}", chars[..3].iter().collect::<String>(), chars[n - 4..].iter().collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_as_people_write_them() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(-12), "−12");
        assert_eq!(day(20260131), "2026-01-31");
        assert_eq!(masked("13812341234"), "138****1234");
        assert_eq!(masked("0531"), "****");
        assert_eq!(size(1_572_864), "1.5 MB");
    }
}
