//! 关于本站: who runs the site, what it keeps of a visitor, how it is read by everyone (GB/T 37668), and where everything is.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use regulation::general::Verb;

use super::warnings::{HTML, cached};
use crate::app::{App, Routes};
use crate::error::Page;
use crate::shell::{Look, Shell};

pub const ABOUT: &str = "/about";

pub fn routes() -> Routes {
    Routes::default().get(ABOUT, Verb::ViewPublic, about)
}

#[derive(Template)]
#[template(path = "public/about.html")]
struct AboutPage {
    shell: Shell,
}

async fn about(State(app): State<App>, look: Look, headers: HeaderMap) -> Page {
    cached(&headers, HTML, AboutPage { shell: Shell::public(&app, &look, ABOUT) }.render()?)
}
