//! How a website stands: over a year, for the row it is evidence of; and since it last opened, for lists.

use std::collections::HashMap;

use jiff::civil::date;
use regulation::duties::site::{Availability, Look, percent};
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
    /// Whether it is to be looked after.
    pub amber: bool,
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
        let amber = seen.failing_for(edition.whole("site.failed_days"));
        let least = edition.whole("site.available_percent");
        let (class, words) = match seen.last {
            _ if station.website.is_empty() => ("warn", "未登记网址".to_owned()),
            None => ("", "还没有探测记录".to_owned()),
            Some(_) if amber => ("warn", format!("连续 {} 个探测日打不开", seen.failing)),
            Some(Look { on, opened: true }) => ("ok", format!("可以访问（{on}）")),
            Some(Look { on, opened: false }) => ("", format!("最近一次没有打开（{on}）")),
        };
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
            amber,
        })
    }
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

/// Of some stations those whose website is to be looked after, with what a list says of it.
///
/// # Errors
/// Fails when the database does.
pub async fn tags(app: &App, stations: &[Station]) -> anyhow::Result<HashMap<i64, String>> {
    let least = least(app);
    let at_work = stations.iter().filter(|station| least > 0 && station.ended_on.is_none());
    let ids: Vec<i64> = at_work.map(|station| station.id).collect();
    let failing = app.store.failing_sites(&ids, least).await?;
    Ok(failing.into_iter().map(|(station, days)| (station, format!("网站 {days} 个探测日打不开"))).collect())
}

/// What the desk of a station says while its website does not open.
///
/// # Errors
/// Fails when the database does.
pub async fn warning(app: &App, station: i64) -> anyhow::Result<Option<String>> {
    let failing = match least(app) {
        0 => Vec::new(),
        least => app.store.failing_sites(&[station], least).await?,
    };
    let said = |(_, days)| {
        format!(
            "本站网站连续 {days} 个探测日打不开，请检查恢复。恢复后由主管部门打开登记，或者等下一次探测（读法 K84）。"
        )
    };
    Ok(failing.into_iter().next().map(said))
}

/// Days in a row after which a website is to be looked after; 0 where the edition names none.
fn least(app: &App) -> i64 {
    app.present().edition.whole("site.failed_days").max(0)
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
