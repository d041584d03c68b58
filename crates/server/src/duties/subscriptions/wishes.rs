//! What a subscription asks for: as typed, judged, kept and told, the same for everyone who subscribes.

use std::collections::HashSet;

use regulation::duties::subscription::{About, Wishes, industries, unknown_markets};
use regulation::duties::tariff::{Code, Revision, parse_list, widened};
use regulation::duties::warning_level::Level;
use store::duties::{NewDelivery, NewPosting, StationGroup, Subscription, WarningText};

use crate::app::App;
use crate::appraisal::ledger::Problems;
use crate::duties::{AT_WORK, warnings};
use crate::error::Fault;
use crate::outbound::channels::Channel;
use crate::posted::Posted;

/// The fields as typed.
#[derive(Clone, Debug)]
pub struct Typed {
    pub industry: String,
    pub markets: String,
    pub codes: String,
    pub least: String,
}

impl Default for Typed {
    fn default() -> Typed {
        let least = Level::Blue.key().to_owned();
        Typed { industry: String::new(), markets: String::new(), codes: String::new(), least }
    }
}

impl From<&Posted> for Typed {
    fn from(posted: &Posted) -> Typed {
        let text = |name| posted.text(name).to_owned();
        Typed { industry: text("industry"), markets: text("markets"), codes: text("codes"), least: text("least") }
    }
}

impl Typed {
    /// # Errors
    /// All problems at once.
    pub fn judge(&self) -> Result<Wishes, Problems> {
        let mut problems = Problems::new();
        let long = |text: &str, most: usize| text.chars().count() > most;
        if long(&self.industry, 40) {
            problems.push(("industry", "行业不超过 40 字。".to_owned()));
        }
        if long(&self.markets, 100) {
            problems.push(("markets", "市场不超过 100 字。".to_owned()));
        }
        // Nothing would ever be sent for a place nobody knows.
        let unknown: Vec<String> = unknown_markets(&self.markets).into_iter().map(|name| format!("“{name}”")).collect();
        if !unknown.is_empty() {
            let sentence = format!("市场{}无法识别，请填写国家或者地区的中文名称。", unknown.join("、"));
            problems.push(("markets", sentence));
        }
        let codes = match parse_list(&self.codes) {
            Ok(codes) if codes.len() > 50 => {
                problems.push(("codes", "税号不超过 50 个。".to_owned()));
                Vec::new()
            }
            Ok(codes) => codes,
            Err(wrong) => {
                problems.push(("codes", wrong.join("")));
                Vec::new()
            }
        };
        let Some(least) = Level::from_key(&self.least) else {
            problems.push(("least", "请选择最低等级。".to_owned()));
            return Err(problems);
        };
        let (industry, markets) = (self.industry.clone(), self.markets.clone());
        if problems.is_empty() { Ok(Wishes { industry, markets, codes, least }) } else { Err(problems) }
    }
}

/// Codes as they are stored.
pub fn stored_codes(codes: &[Code]) -> String {
    codes.iter().map(Code::digits).collect::<Vec<_>>().join(",")
}

/// A subscription's wishes as they were kept.
pub fn wishes(subscription: &Subscription) -> Wishes {
    Wishes {
        industry: subscription.industry.clone(),
        markets: subscription.markets.clone(),
        codes: parse_list(&subscription.codes).unwrap_or_default(),
        least: Level::from_key(&subscription.least).unwrap_or(Level::Blue),
    }
}

/// `轮胎行业，美国市场，税号 4011，橙色以上`.
pub fn wished(subscription: &Subscription) -> String {
    let wishes = wishes(subscription);
    let mut parts = vec![match wishes.industry.as_str() {
        "" => "全部行业".to_owned(),
        industry => format!("{industry}行业"),
    }];
    if !wishes.markets.is_empty() {
        parts.push(format!("{}市场", wishes.markets));
    }
    if !wishes.codes.is_empty() {
        parts.push(format!("税号 {}", warnings::shown_list(&subscription.codes)));
    }
    parts.push(match wishes.least {
        Level::Blue => "各等级".to_owned(),
        Level::Red => "红色".to_owned(),
        least => format!("{}以上", least.name()),
    });
    parts.join("，")
}

/// Levels to choose the least from: key, how it is called, whether it is chosen.
pub fn leasts(chosen: &str) -> Vec<(&'static str, String, bool)> {
    let named = |(level, key, name, _): &(Level, &'static str, &'static str, &'static str)| {
        let called = match level {
            Level::Blue => "各等级".to_owned(),
            Level::Red => "仅红色".to_owned(),
            _ => format!("{name}以上"),
        };
        (*key, called, *key == chosen)
    };
    Level::ALL.iter().rev().map(named).collect()
}

/// Industries the stations at work are of, to choose from.
///
/// # Errors
/// Fails when the database does.
pub async fn known_industries(app: &App) -> Result<Vec<String>, Fault> {
    let groups = app.store.station_groups(&crate::public::everyone(app)).await?;
    let named = |group: &StationGroup| !group.industry.is_empty() && group.comprehensive == 0 && group.state == AT_WORK;
    let mut known: Vec<String> = groups.into_iter().filter(named).map(|group| group.industry).collect();
    known.sort();
    known.dedup();
    Ok(known)
}

/// Who hears of a warning besides the firms of the rosters. `industry` is its station's; an address that gets a firm's letter
/// gets nothing more.
///
/// # Errors
/// Fails when the database does.
pub async fn subscribed(
    app: &App,
    text: &WarningText,
    industry: &str,
    letters: &[NewDelivery],
) -> Result<Vec<NewPosting>, Fault> {
    let industry = if text.industry.is_empty() { industry } else { &text.industry };
    let own: Vec<String> = text.hs_codes.split(',').map(str::to_owned).collect();
    // Whoever subscribed to a code of the tariff before hears of what became of it.
    let codes: Vec<Code> = widened(&own, Revision::NEWEST).iter().filter_map(|code| Code::parse(code).ok()).collect();
    let level = Level::from_key(&text.level).unwrap_or(Level::Blue);
    let about = About { industry, market: &text.market, codes: &codes, level };
    let lettered: HashSet<String> = letters.iter().map(|letter| letter.address.to_lowercase()).collect();
    let heard = |one: &Subscription| {
        wishes(one).cover(about) && !(one.channel == Channel::Mail.key() && lettered.contains(&one.address))
    };
    let found = app.store.subscribers(&industries(industry)).await?;
    let posting = |one: Subscription| NewPosting { subscription: one.id, channel: one.channel, mark: one.mark };
    Ok(found.into_iter().filter(heard).map(posting).collect())
}
