//! 注册地 (Article 6 (1), readings K22, K86): a unit registered outside the province may say why it applies, and goes on
//! only when whoever reviews it has let it, with reasons.

use super::form::Typed;
use crate::general::{Basis, Refusal};
use crate::law::Edition;

/// The division code a form gives, when it lies outside the jurisdiction; `None` for one inside, and for what is no code.
pub fn outside<'a>(edition: &Edition, typed: &'a Typed) -> Option<&'a str> {
    let code = typed.get("region_code").map_or("", |code| code.trim());
    let whole = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    (whole && !code.starts_with(edition.head.region_prefix.as_str())).then_some(code)
}

/// That the application may go on: registered inside, or let through with a reason.
///
/// # Errors
/// The refusal, with article and sentence.
pub fn excused(edition: &Edition, outside: Option<&str>, reason: &str) -> Result<(), Refusal> {
    match outside {
        Some(code) if reason.trim().is_empty() => {
            let place = &edition.head.jurisdiction;
            let sentence =
                format!("单位注册地（代码 {code}）不在{place}，准予的须写明理由，没有准予的不能通过（读法 K86）。");
            Err(Refusal::new(Basis::Item("6-1"), sentence))
        }
        _ => Ok(()),
    }
}
