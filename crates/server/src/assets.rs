//! Front-end files, embedded in the binary.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::error::Fault;

#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Dist;

/// Changes when any asset does: the `?v=` of their addresses.
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for name in Dist::iter() {
        if let Some(file) = Dist::get(&name) {
            digest.update(file.metadata.sha256_hash());
        }
    }
    hex::encode(digest.finalize()).split_at(12).0.to_owned()
});

/// The service worker of on-site checks, from where its scope begins. Browsers ask for it anew each time.
pub async fn check_worker() -> Result<Response, Fault> {
    let file = Dist::get("check-sw.js").ok_or(Fault::NotFound)?;
    Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], file.data).into_response())
}

pub async fn asset(Path(name): Path<String>) -> Result<Response, Fault> {
    let file = Dist::get(&name).ok_or(Fault::NotFound)?;
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], file.data).into_response())
}
