//! Editions in use: read from the database once, parsed once, shared.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use anyhow::Context as _;
use regulation::general::HolidayYear;
use regulation::law::{Edition, Files};
use rust_embed::RustEmbed;
use store::Store;

/// The draft edition as it ships with this binary.
#[derive(RustEmbed)]
#[folder = "../../law/draft/"]
struct Draft;

/// Holiday arrangements as they ship with this binary.
#[derive(RustEmbed)]
#[folder = "../../law/holidays/"]
struct Holidays;

/// The shipped holiday arrangements, oldest first.
///
/// # Errors
/// Fails when a shipped file is none, which a test rules out.
pub fn shipped_holidays() -> anyhow::Result<Vec<HolidayYear>> {
    let mut years = Vec::new();
    for name in Holidays::iter() {
        let file = Holidays::get(&name).context("随附的放假安排")?;
        let year: HolidayYear =
            toml::from_str(&String::from_utf8_lossy(&file.data)).with_context(|| name.to_string())?;
        year.check().map_err(|problem| anyhow::anyhow!("{name}：{problem}"))?;
        years.push(year);
    }
    years.sort_by_key(|year| year.year);
    Ok(years)
}

/// The files of the shipped draft edition.
pub fn draft_files() -> Files {
    Draft::iter()
        .filter_map(|name| {
            let file = Draft::get(&name)?;
            Some((name.to_string(), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}

/// The shipped draft edition.
///
/// # Errors
/// Fails when the shipped folder is inconsistent, which a test rules out.
pub fn draft() -> anyhow::Result<Edition> {
    Edition::parse(&draft_files()).context("随程序附带的规则版本")
}

/// How pages and papers name the edition they go by: the draft has no name besides what it is.
pub fn note(edition: &Edition) -> String {
    let (id, status) = (&edition.head.id, &edition.head.status);
    if id == "draft" { format!("规则版本：{status}") } else { format!("规则版本 {id}（{status}）") }
}

/// Parsed editions by id. An edition never changes once loaded, so none is ever dropped.
#[derive(Clone, Default)]
pub struct Editions {
    parsed: Arc<RwLock<HashMap<String, Arc<Edition>>>>,
}

impl Editions {
    /// An edition by id.
    ///
    /// # Errors
    /// Fails when it was never loaded or the database fails.
    pub async fn get(&self, store: &Store, id: &str) -> anyhow::Result<Arc<Edition>> {
        if let Ok(parsed) = self.parsed.read()
            && let Some(edition) = parsed.get(id)
        {
            return Ok(Arc::clone(edition));
        }
        let (files, _) = store.edition_files(id).await?.with_context(|| format!("没有装载规则版本 {id}"))?;
        let edition = Arc::new(Edition::parse(&files)?);
        if let Ok(mut parsed) = self.parsed.write() {
            parsed.insert(id.to_owned(), Arc::clone(&edition));
        }
        Ok(edition)
    }

    /// The edition a year is bound to; failing that the newest one loaded.
    ///
    /// # Errors
    /// Fails when no edition was loaded or the database fails.
    pub async fn of_year(&self, store: &Store, year: i64) -> anyhow::Result<Arc<Edition>> {
        match store.cycle(year).await? {
            Some(cycle) => self.get(store, &cycle.edition_id).await,
            None => self.newest(store).await,
        }
    }

    /// The newest edition loaded.
    ///
    /// # Errors
    /// See [`Editions::of_year`].
    pub async fn newest(&self, store: &Store) -> anyhow::Result<Arc<Edition>> {
        let editions = store.editions().await?;
        let (id, _) = editions.first().context("还没有装载任何规则版本，请先运行 fengsui migrate")?;
        self.get(store, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_arrangements_can_be_read() {
        let years: Vec<i16> = shipped_holidays().expect("shipped").iter().map(|year| year.year).collect();
        assert_eq!(years, [2024, 2025, 2026]);
    }
}
