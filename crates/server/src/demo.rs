//! A sample province: invented names only, marked 示例, the same for the same seed and day.
//!
//! Stations and accounts are invented and written first; then two years are planned as a list of acts, each
//! under a mandate, and written in the order of time; last year is graded and confirmed by the code that does
//! it for real.

mod act;
mod adjustment;
mod applications;
mod cast;
mod checks;
mod cycle;
mod delegations;
mod figures;
mod firms;
mod history;
mod luck;
mod names;
mod notices;
mod paper;
mod picture;
mod probes;
mod props;
mod review;
mod selection;
mod standing;
mod subscriptions;
mod supervision;
#[cfg(test)]
mod tests;
mod trades;
mod warning;

use anyhow::bail;
use jiff::civil::{Date, date};
use jiff::{Span, Timestamp};
use regulation::law::Edition;
use store::{Objects, Store};

use self::act::{Act, Script, Written};
use self::cast::Cast;
use self::figures::Figures;
use self::history::{Told, Year};
use self::luck::Luck;
use self::props::Props;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::{auth, editions};

/// Password of every demo account: the demo is for trying out, on a loopback address.
const PASSWORD: &str = "Fengsui-2026";

/// One line of what `fengsui demo` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLine {
    pub role: &'static str,
    pub username: String,
    pub password: &'static str,
}

/// Makes the sample province once and returns its accounts.
///
/// # Errors
/// Fails when the database or the storage does, or on a sample that was left half made.
pub async fn prepare(
    store: &Store,
    objects: &Objects,
    clock: &Clock,
    stations: u32,
    seed: u64,
) -> anyhow::Result<Vec<AccountLine>> {
    let edition = editions::Editions::default().newest(store).await?;
    let there = store.account_by_name("province").await?.is_some();
    let stations = if there { count_there(store).await? } else { stations };
    let plans = cast::stations(&edition, stations, seed, clock.today());
    let lines = cast::lines(&edition, &plans, seed).into_iter();
    let lines = lines.chain(applications::lines()).chain(selection::lines());
    let lines = lines.map(|(role, username)| AccountLine { role: role.key(), username, password: PASSWORD }).collect();
    if !there {
        let hash = auth::hash_now(PASSWORD)?;
        let start = date(clock.today().year() - 1, 1, 4);
        let cast = cast::write(store, &edition, plans, seed, &hash, start).await?;
        live(store, objects, clock, &edition, &cast, seed, start).await?;
        applications::write(store, objects, &edition, &hash, clock.today()).await?;
        let app = App::new(store.clone(), objects.clone(), clock.clone(), Settings::default()).await?;
        checks::write(&app, &cast, seed).await?;
        selection::write(&app, &cast, seed).await?;
        adjustment::write(&app, &cast).await?;
        supervision::write(&app, &cast).await?;
        probes::write(&app, &cast).await?;
        warning::write(&app, &cast).await?;
        subscriptions::write(&app, &cast).await?;
        delegations::write(&app, &cast).await?;
    }
    Ok(lines)
}

async fn count_there(store: &Store) -> anyhow::Result<u32> {
    if store.cycles().await?.len() < 2 {
        bail!("示例数据上次没有建完；请删除数据目录后重试");
    }
    // The ones the sample was asked for; others came out of its rounds.
    let (stations, _) = store.stations_on_record().await?;
    Ok(u32::try_from(stations.iter().filter(|station| station.source == "demo").count())?)
}

/// Two years of life.
async fn live(
    store: &Store,
    objects: &Objects,
    clock: &Clock,
    edition: &Edition,
    cast: &Cast,
    seed: u64,
    start: Date,
) -> anyhow::Result<()> {
    let props = Props::prepare(objects, seed).await?;
    let (before, after) = acts(edition, cast, &props, seed, start, clock.now())?;
    let mut written = Written::default();
    act::write(store, &before, &mut written).await?;
    let app = App::new(store.clone(), objects.clone(), clock.clone(), Settings::default()).await?;
    cycle::frozen(&app, cast).await?;
    checks::of_last_year(&app, cast, start.year(), seed).await?;
    review::confirm(&app, cast, start.year(), clock.today()).await?;
    act::write(store, &after, &mut written).await?;
    cycle::archive(&app, cast, i64::from(start.year())).await
}

/// Everything that happened, parted where last year was confirmed.
fn acts(
    edition: &Edition,
    cast: &Cast,
    props: &Props,
    seed: u64,
    start: Date,
    now: Timestamp,
) -> anyhow::Result<(Vec<Act>, Vec<Act>)> {
    let (last, today) = (start.year(), store::day_of(now));
    let absent = review::absent(cast.posts.len());
    let (past, present) = figures(edition, cast, &absent, last, seed);
    let mut script = Script::new(now);
    review::open(&mut script, cast, edition, last, date(last, 12, 1))?;
    review::open(&mut script, cast, edition, last + 1, date(last + 1, 1, 3).min(today))?;
    let mut sites = Vec::new();
    for (n, (post, figures)) in cast.posts.iter().zip(past.iter().zip(&present)).enumerate() {
        let mut luck = Luck::new(seed, &format!("standing {n}"));
        sites.push(standing::of_station(&mut script, &mut luck, post, figures, props, start)?);
    }
    let yesterday = today.saturating_sub(Span::new().days(1));
    let year = |year| Year { edition, cast, props, year, today: yesterday };
    let mut told = told(&mut script, &year(last), &past, seed)?;
    for (n, (told, site)) in told.iter_mut().zip(sites).enumerate() {
        told.site = site.filter(|_| past[n].site_refused && cast.posts[n].confirmed_by(last));
    }
    review::of_last_year(&mut script, cast, &told, &absent, last, seed)?;
    let told = self::told(&mut script, &year(last + 1), &present, seed)?;
    review::of_this_year(&mut script, cast, &told, today, seed)?;
    Ok(script.parted(when(review::confirmed_on(last, today), 11, 0)))
}

/// Last year's and this year's figures of every station; last year with a tie at the cap.
fn figures(edition: &Edition, cast: &Cast, absent: &[usize], last: i16, seed: u64) -> (Vec<Figures>, Vec<Figures>) {
    let (mut past, mut drawn) = (Vec::new(), Vec::new());
    for n in 0..cast.posts.len() {
        let mut luck = Luck::new(seed, &format!("figures {n}"));
        let diligence = figures::diligence(&mut luck, n, absent.contains(&n));
        past.push(Figures::draw(&mut luck, diligence, n, review::panel_size(n)));
        drawn.push((luck, diligence));
    }
    figures::tie_at_cap(edition, last, &mut past, &review::competing(&cast.posts, absent, last));
    let present = drawn.into_iter().zip(&past).enumerate();
    let present = present.map(|(n, ((mut luck, diligence), past))| past.next(&mut luck, diligence, n)).collect();
    (past, present)
}

fn told(script: &mut Script, year: &Year<'_>, figures: &[Figures], seed: u64) -> anyhow::Result<Vec<Told>> {
    let stations = year.cast.posts.iter().zip(figures).enumerate();
    stations
        .map(|(n, (post, figures))| {
            let mut luck = Luck::new(seed, &format!("year {} {n}", year.year));
            year.of_station(script, &mut luck, post, figures)
        })
        .collect()
}

/// A moment of a day in China.
fn when(on: Date, hour: i64, minute: i64) -> Timestamp {
    let (hour, minute) = (i8::try_from(hour).unwrap_or_default(), i8::try_from(minute).unwrap_or_default());
    store::china().to_timestamp(on.at(hour, minute, 0, 0)).unwrap_or_default()
}
