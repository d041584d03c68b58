//! Which sources are fetched and from where: what the settings say, judged once at the start.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use feeds::Source;
use reqwest::Url;

use crate::config::{Secret, Settings};
use crate::outbound::document::Library;

/// The sources that are fetched.
pub struct Fetching {
    pub library: Library,
    sources: Vec<Source>,
    places: Vec<Place>,
    eping_key: Secret,
}

/// An address of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub source: Source,
    pub address: Url,
}

impl Fetching {
    /// What the settings name; `None` where they name no source.
    ///
    /// # Errors
    /// One sentence naming the setting: a source there is none of, an address that is none.
    pub fn of(settings: &Settings) -> anyhow::Result<Option<Fetching>> {
        let mut own: BTreeMap<Source, Vec<Url>> = BTreeMap::new();
        for (name, addresses) in &settings.fetch_addresses {
            let urls = addresses.all().iter().map(|text| address(name, text)).collect::<anyhow::Result<_>>()?;
            own.insert(known("fetch_addresses", name)?, urls);
        }
        let named = settings.fetch_sources.iter().map(|name| known("fetch_sources", name));
        let mut sources = named.collect::<anyhow::Result<Vec<Source>>>()?;
        sources.sort_unstable();
        sources.dedup();
        if sources.is_empty() {
            return Ok(None);
        }
        let mut places = Vec::new();
        for source in &sources {
            let mut urls = match own.remove(source) {
                Some(urls) => urls,
                None => {
                    source.asking().address.map(|text| address(source.name(), text)).transpose()?.into_iter().collect()
                }
            };
            urls.sort_unstable();
            urls.dedup();
            if source.key_header().is_none() || !settings.eping_key.is_empty() {
                places.extend(urls.into_iter().map(|address| Place { source: *source, address }));
            }
        }
        let library = Library::of(settings)?;
        Ok(Some(Fetching { library, sources, places, eping_key: settings.eping_key.clone() }))
    }

    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The place of a row, if the settings still name it.
    pub fn place(&self, source: &str, address: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.source.name() == source && place.address.as_str() == address)
    }

    /// Header and key of a source that asks for one.
    pub fn key(&self, source: Source) -> Option<(&'static str, &Secret)> {
        source.key_header().map(|header| (header, &self.eping_key))
    }
}

/// Why a source is not fetched, in one sentence; `None` when it is.
pub fn closed(fetching: Option<&Fetching>, source: Source) -> Option<&'static str> {
    let Some(fetching) = fetching.filter(|fetching| fetching.sources.contains(&source)) else {
        return Some("自动抓取没有启用。");
    };
    if fetching.places.iter().any(|place| place.source == source) {
        return None;
    }
    Some(match source.key_header() {
        Some(_) if fetching.eping_key.is_empty() => "已启用，但是没有设置订阅密钥（eping_key），不会抓取。",
        _ => "已启用，但是没有设置地址（fetch_addresses），不会抓取。",
    })
}

fn known(setting: &str, name: &str) -> anyhow::Result<Source> {
    name.parse().map_err(|reason: String| anyhow::anyhow!("{setting}：{reason}"))
}

fn address(source: &str, text: &str) -> anyhow::Result<Url> {
    let wrong = || format!("fetch_addresses：来源 {source} 的地址“{text}”不是 http 或者 https 网址");
    let url: Url = text.trim().parse().with_context(wrong)?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !plain {
        bail!(wrong());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Addresses;

    fn settings(sources: &[&str], addresses: &[(&str, &str)]) -> Settings {
        Settings {
            fetch_sources: sources.iter().map(|name| (*name).to_owned()).collect(),
            fetch_addresses: addresses
                .iter()
                .map(|(name, text)| ((*name).to_owned(), Addresses::One((*text).to_owned())))
                .collect(),
            ..Settings::default()
        }
    }

    fn refused(settings: &Settings) -> String {
        Fetching::of(settings).err().map(|error| format!("{error:#}")).expect("refused")
    }

    #[test]
    fn nothing_is_fetched_unless_it_is_named() {
        assert!(Fetching::of(&Settings::default()).expect("settings").is_none());
        assert!(Fetching::of(&settings(&[], &[("rss", "https://a.example/")])).expect("settings").is_none());
        assert_eq!(closed(None, Source::Rss), Some("自动抓取没有启用。"));
    }

    #[test]
    fn a_source_is_fetched_from_where_the_settings_say() {
        let named = settings(&["us-fr-json", "rss", "eping-json", "uk", "uk"], &[("uk", "http://10.1.2.3/list")]);
        let fetching = Fetching::of(&named).expect("settings").expect("some");
        let places: Vec<&str> = fetching.places().iter().map(|place| place.address.as_str()).collect();
        assert_eq!(places, ["https://www.federalregister.gov/api/v1/documents.json", "http://10.1.2.3/list"]);
        assert!(closed(Some(&fetching), Source::Rss).is_some_and(|why| why.contains("没有设置地址")));
        assert!(closed(Some(&fetching), Source::EpingJson).is_some_and(|why| why.contains("没有设置订阅密钥")));
        assert!(closed(Some(&fetching), Source::Dgtr).is_some_and(|why| why.contains("没有启用")));
        assert_eq!(closed(Some(&fetching), Source::Uk), None);
        let keyed = Settings { eping_key: "k".to_owned().into(), ..named };
        let fetching = Fetching::of(&keyed).expect("settings").expect("some");
        assert_eq!(closed(Some(&fetching), Source::EpingJson), None);
    }

    #[test]
    fn a_wrong_setting_is_one_sentence() {
        assert!(
            refused(&settings(&["moon"], &[])).starts_with("fetch_sources：没有名为“moon”的来源，可用：us-fr-json、")
        );
        assert!(
            refused(&settings(&[], &[("moon", "https://a.example/")])).starts_with("fetch_addresses：没有名为“moon”")
        );
        for text in ["a.example", "ftp://a.example/", "https://user:word@a.example/", ""] {
            let sentence = refused(&settings(&[], &[("rss", text)]));
            assert!(sentence.starts_with(&format!("fetch_addresses：来源 rss 的地址“{text}”不是")), "{sentence}");
        }
    }
}
