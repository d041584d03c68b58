//! What surrounds every signed-in page: strip, top bar, menu by role, foot.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use regulation::general::delegation::Stage;
use regulation::general::{Verb, holds};
use store::general::StandingIn;

use crate::app::App;
use crate::auth::{Person, cookie};
use crate::error::Fault;
use crate::{adjustment, admission, appraisal, assets, duties, editions, general, public};

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
    /// When what a public page shows last changed, where it is known without asking for it.
    pub changed: Option<String>,
    pub edition_note: String,
    pub organiser: String,
    pub support_phone: String,
    /// 网站标识码 and the filings a public website shows at its foot, those there are.
    pub filings: Vec<String>,
    pub assets: &'static str,
    pub large: bool,
    pub dark: bool,
    /// The public's frame: no account, no menu of rooms.
    pub public: bool,
    pub standing_in: Option<Standing>,
    /// One sentence on what was just done, after a redirect.
    pub done: Option<&'static str>,
}

/// In whose place the person acts, or did until it ended.
#[derive(Clone, Debug)]
pub struct Standing {
    pub name: String,
    pub role: &'static str,
    pub until: String,
    pub running: bool,
    /// How it stands, when it does not run.
    pub state: &'static str,
}

impl Standing {
    fn new(standing_in: &StandingIn) -> Standing {
        Standing {
            name: standing_in.principal.name.clone(),
            role: standing_in.principal.role.name(),
            until: day(standing_in.until),
            running: standing_in.stage == Stage::Running,
            state: standing_in.stage.name(),
        }
    }
}

/// On pages of the account itself, such as its password, nobody stands in for another.
fn shown(person: &Person, standing_in: &StandingIn) -> bool {
    person.actor.instead_of.is_some() || standing_in.stage != Stage::Running
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

/// A group of the menu: its title, and address, text and verb of each link.
pub type Menu = (&'static str, &'static [(&'static str, &'static str, Verb)]);

/// The menu, room by room: a link is there when the permission table lets the role see anything behind it.
fn menu() -> impl Iterator<Item = Menu> {
    let rooms = [duties::MENU, admission::MENU, appraisal::MENU, adjustment::MENU, general::MENU];
    rooms.into_iter().flatten().copied()
}

/// Sentences a redirect may ask for by key: nothing from the address reaches the page.
pub type Done = &'static [(&'static str, &'static str)];

const DONE: [Done; 5] = [general::DONE, duties::DONE, admission::DONE, appraisal::DONE, adjustment::DONE];

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
        for (title, links) in menu() {
            let visible = links.iter().filter(|(_, _, verb)| holds(actor, *verb, today));
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
            changed: None,
            edition_note: editions::note(&present.edition),
            organiser: app.settings.organiser.clone(),
            support_phone: app.settings.support_phone.clone(),
            filings: Vec::new(),
            assets: &assets::VERSION,
            large: person.look.large,
            dark: person.look.dark,
            public: false,
            standing_in: person.standing_in.as_ref().filter(|one| shown(person, one)).map(Standing::new),
            done: person.done.as_deref().and_then(done),
        }
    }

    /// A page open to everyone, in the frame of whoever looks at it.
    pub fn for_anyone(app: &App, person: Result<Person, Fault>, look: &Look, here: &str) -> Shell {
        person.map_or_else(|_| Shell::public(app, look, here), |person| Shell::new(app, &person, here))
    }

    /// The frame of pages everyone may read.
    pub fn public(app: &App, look: &Look, here: &str) -> Shell {
        let present = app.present();
        let head = &present.edition.head;
        let links = public::MENU.iter().map(|(href, text)| link(href, text, here)).collect();
        Shell {
            system: format!("{}应对国际贸易摩擦工作站", head.jurisdiction),
            unit: head.department.clone(),
            nav: vec![NavGroup { title: "", links }],
            year: present.year,
            as_of: moment(app.clock.now()),
            edition_note: editions::note(&present.edition),
            organiser: app.settings.organiser.clone(),
            support_phone: app.settings.support_phone.clone(),
            filings: app.settings.filings(),
            assets: &assets::VERSION,
            large: look.large,
            dark: look.dark,
            public: true,
            ..Shell::default()
        }
    }

    /// Says when what the page shows last changed: not the minute it was built in, or it would be another page each minute.
    #[must_use]
    pub fn changed(self, at: Option<i64>) -> Shell {
        Shell { changed: at.map(moment_of), ..self }
    }
}

/// How a visitor wants pages to look: large type, dark.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    pub large: bool,
    pub dark: bool,
}

impl Look {
    pub fn of(headers: &HeaderMap) -> Look {
        let flag = |name| cookie(headers, name) == Some("1");
        Look { large: flag("fs-large"), dark: flag("fs-dark") }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Look {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Look, Infallible> {
        Ok(Look::of(&parts.headers))
    }
}

fn link(href: &str, text: &'static str, here: &str) -> NavLink {
    NavLink { href: href.to_owned(), text, current: href == here }
}

fn done(key: &str) -> Option<&'static str> {
    DONE.into_iter().flatten().find(|(known, _)| *known == key).map(|(_, sentence)| *sentence)
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

/// An e-mail address of which enough is shown to know it again, too little to write to it.
pub fn masked_address(address: &str) -> String {
    address.split_once('@').map_or(String::new(), |(name, host)| format!("{}@{host}", masked(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first room to have a word is the only one heard.
    #[test]
    fn no_two_rooms_say_what_was_done_by_one_word() {
        let mut keys: Vec<&str> = DONE.into_iter().flatten().map(|(key, _)| *key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn figures_are_shown_as_people_write_them() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(-12), "−12");
        assert_eq!(day(20260131), "2026-01-31");
        assert_eq!(masked("13812341234"), "138****1234");
        assert_eq!(masked("0531"), "****");
        assert_eq!(masked_address("zhangsan@example.cn"), "zha****gsan@example.cn");
        assert_eq!(masked_address(""), "");
        assert_eq!(size(1_572_864), "1.5 MB");
    }
}
