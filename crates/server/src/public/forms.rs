//! Forms of people who are not signed in: the token stands in a cookie of the browser and in the form, and both must be
//! the same. Another site can send the one and not the other.

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Response;

use crate::app::App;
use crate::auth::{cookie, same_token, set_cookie};
use crate::clock::random_token;
use crate::error::{Fault, Page};
use crate::posted::Posted;

const COOKIE: &str = "fs-form";
/// How long a form may be left open.
const OPEN: i64 = 12 * 3600;

/// The browser's token, or a new one.
///
/// # Errors
/// Fails when the system has no randomness to give.
pub fn token(headers: &HeaderMap) -> anyhow::Result<String> {
    match cookie(headers, COOKIE) {
        Some(token) if token.len() == 64 => Ok(token.to_owned()),
        _ => random_token(),
    }
}

/// Sends the token along with the form that carries it.
///
/// # Errors
/// Fails on a token no cookie can hold.
pub fn with_token(app: &App, token: &str, mut response: Response) -> Page {
    response.headers_mut().append(SET_COOKIE, set_cookie(app, COOKIE, token, OPEN)?);
    Ok(response)
}

/// Checks a posted form's token.
///
/// # Errors
/// [`Fault::Forged`] when it is not this browser's.
pub fn check(headers: &HeaderMap, posted: &Posted) -> Result<(), Fault> {
    same_token(posted.text("csrf"), cookie(headers, COOKIE).unwrap_or_default())
}
