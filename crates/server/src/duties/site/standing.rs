//! How a website stands: over a year, for the row it is evidence of; and since it last opened, for lists.

use jiff::civil::{Date, date};
use regulation::duties::site::{Availability, Look, failing_for, percent};
use regulation::law::Edition;
use store::duties::{DayLook, NewProbe, NewStanding, Station};

use crate::app::App;

/// Looks read to tell how long a website has been failing: longer than anybody lets it.
const FEW: i64 = 120;

/// A station's website over a year.
#[derive(Clone, Debug)]
pub struct SiteYear {
    pub year: i64,
    pub url: String,
    pub href: String,
    /// Days looked at, and of these days it opened.
    pub days: i64,
    pub opened: i64,
    /// `93.5%`; `None` when nobody looked.
    pub rate: Option<String>,
    /// Below the share the edition asks for: a person decides (reading K60).
    pub below: Option<i64>,
    /// Class and words of how it stands.
    pub class: &'static str,
    pub words: String,
}

impl SiteYear {
    /// In the year at work, as known now.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn of_present(app: &App, station: &Station) -> anyhow::Result<SiteYear> {
        let present = app.present();
        SiteYear::read(app, &present.edition, station, present.year, store::instant_number(app.clock.now())).await
    }

    /// In a year, by what was recorded until an instant: beside a confirmed result stands what stood there then.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn read(
        app: &App,
        edition: &Edition,
        station: &Station,
        year: i64,
        known: i64,
    ) -> anyhow::Result<SiteYear> {
        let begins = |year: i64| -> anyhow::Result<i64> {
            let day = date(i16::try_from(year)?, 1, 1).at(0, 0, 0, 0);
            Ok(store::instant_number(store::china().to_timestamp(day)?))
        };
        let looks = app.store.looks_between(station.id, begins(year)?, begins(year + 1)?, known).await?;
        let seen = reckoned(&looks)?;
        let least = edition.whole("site.available_percent");
        let (class, words) = said(edition, station, seen.failing, seen.last.map(|last| last.on));
        Ok(SiteYear {
            year,
            url: station.website.clone(),
            href: format!("{}/{}/site", crate::duties::STATIONS, station.id),
            days: seen.days,
            opened: seen.opened,
            rate: seen.permille().map(percent),
            below: seen.below(least).then_some(least),
            class,
            words,
        })
    }
}

/// Class and words of how a website stands: days looked at since it last opened, and the last day it was looked at.
fn said(edition: &Edition, station: &Station, failing: i64, last: Option<Date>) -> (&'static str, String) {
    match last {
        _ if station.website.is_empty() => ("warn", "未登记网址".to_owned()),
        None => ("", "还没有探测记录".to_owned()),
        Some(_) if failing_for(failing, edition.whole("site.failed_days")) => {
            ("warn", format!("连续 {failing} 个探测日打不开"))
        }
        Some(on) if failing == 0 => ("ok", format!("可以访问（{on}）")),
        Some(on) => ("", format!("最近一次没有打开（{on}）")),
    }
}

/// Class and words of how a station's website stands now.
///
/// # Errors
/// Fails on a row no code writes.
pub fn now(app: &App, station: &Station) -> store::Result<(&'static str, String)> {
    let last = station.site_last_on.map(store::date_from).transpose()?;
    Ok(said(&app.present().edition, station, station.site_failing.unwrap_or_default(), last))
}

fn reckoned(looks: &[DayLook]) -> anyhow::Result<Availability> {
    let looks: store::Result<Vec<Look>> = looks.iter().map(look).collect();
    Ok(Availability::of(looks?))
}

fn look(look: &DayLook) -> store::Result<Look> {
    Ok(Look { on: store::date_from(look.on_day)?, opened: look.opened != 0 })
}

/// How a station's website stands once a look that counts is added.
///
/// # Errors
/// Fails when the database does.
pub async fn after(app: &App, station: i64, new: &NewProbe) -> anyhow::Result<Option<NewStanding>> {
    let mut looks = app.store.newest_looks(station, FEW).await?;
    looks.push(DayLook { looked_at: new.looked_at, on_day: new.on_day, opened: i64::from(new.opened) });
    looks.sort_by_key(|look| look.looked_at);
    let seen = reckoned(&looks)?;
    Ok(seen.last.map(|last| NewStanding { failing: seen.failing, last_on: store::day_number(last.on) }))
}

/// What a list says of a station at work whose website is to be looked after.
pub fn tag(app: &App, station: &Station) -> Option<String> {
    let failing = station.site_failing.filter(|_| station.ended_on.is_none())?;
    amber(app, failing).then(|| format!("网站 {failing} 个探测日打不开"))
}

/// What the desk of a station says while its website does not open.
pub fn warning(app: &App, failing: i64) -> Option<String> {
    amber(app, failing).then(|| {
        format!(
            "本站网站连续 {failing} 个探测日打不开，请检查恢复。恢复后由主管部门打开登记，或者等下一次探测（读法 K84）。"
        )
    })
}

fn amber(app: &App, failing: i64) -> bool {
    failing_for(failing, app.present().edition.whole("site.failed_days"))
}

impl SiteYear {
    /// `探测 30 天，可以访问 28 天，可用率 93.3%`.
    pub fn told(&self) -> String {
        match &self.rate {
            Some(rate) => {
                format!("{} 年探测 {} 天，可以访问 {} 天，可用率 {rate}", self.year, self.days, self.opened)
            }
            None => format!("{} 年没有计入的探测", self.year),
        }
    }
}
