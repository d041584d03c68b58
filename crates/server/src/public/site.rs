//! 关于本站: who runs the site, what it keeps of a visitor, how it is read by everyone (GB/T 37668), and where everything is;
//! large type and dark colours for those whose browser runs no script.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{REFERER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Redirect};
use regulation::general::Verb;
use serde::Deserialize;

use super::warnings::{HTML, cached};
use crate::app::{App, Routes};
use crate::error::Page;
use crate::shell::{Look, Shell};

pub const ABOUT: &str = "/about";
/// Sets how pages look.
pub const LOOK: &str = "/look";
/// Seconds a choice is remembered: a year, as `web/islands/face.ts` sets it.
const REMEMBERED: i64 = 31_536_000;

pub fn routes() -> Routes {
    Routes::default().get(ABOUT, Verb::ViewPublic, about).get(LOOK, Verb::ViewPublic, choose)
}

#[derive(Template)]
#[template(path = "public/about.html")]
struct AboutPage {
    shell: Shell,
}

async fn about(State(app): State<App>, look: Look, headers: HeaderMap) -> Page {
    cached(&headers, HTML, AboutPage { shell: Shell::public(&app, &look, ABOUT) }.render()?)
}

/// `1` or `0` for what is to change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    large: String,
    dark: String,
}

/// Remembers the choice in the browser and leads back to the page it was made on.
async fn choose(State(app): State<App>, headers: HeaderMap, Query(chosen): Query<Chosen>) -> Page {
    let mut response = Redirect::to(&back(&headers)).into_response();
    let secure = if app.settings.secure_cookies { "; Secure" } else { "" };
    for (name, value) in [("fs-large", &chosen.large), ("fs-dark", &chosen.dark)] {
        if value == "1" || value == "0" {
            // Readable to scripts, which change it on the spot where they run.
            let text = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={REMEMBERED}{secure}");
            let text = HeaderValue::from_str(&text).map_err(anyhow::Error::from)?;
            response.headers_mut().append(SET_COOKIE, text);
        }
    }
    Ok(response)
}

/// The path of the page that led here; never another site, whatever the header says.
fn back(headers: &HeaderMap) -> String {
    let from = headers.get(REFERER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<Uri>().ok());
    let path = from.as_ref().and_then(Uri::path_and_query).map(|path| path.as_str());
    let own = |path: &&str| path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && !path.starts_with(LOOK);
    path.filter(own).unwrap_or("/").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_the_site() {
        let of = |from: &'static str| back(&HeaderMap::from_iter([(REFERER, HeaderValue::from_static(from))]));
        assert_eq!(of("https://fs.example.cn/warnings?code=4011"), "/warnings?code=4011");
        assert_eq!(of("https://fs.example.cn"), "/");
        for elsewhere in
            ["", "about:blank", "https://a.cn//evil.cn/x", "https://a.cn/\\evil.cn", "https://a.cn/look?dark=1"]
        {
            assert_eq!(of(elsewhere), "/", "{elsewhere}");
        }
        assert_eq!(back(&HeaderMap::new()), "/");
    }
}
