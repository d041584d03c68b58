//! EUR-Lex RSS: `CELEX:32025R0500: Commission Implementing Regulation … # Official Journal …`.
//!
//! Format: <https://eur-lex.europa.eu/content/help/search/predefined-rss.html>. The CELEX number is in the title and in
//! the address; what follows `#` is a subtitle.

use super::rss::read_items;
use crate::cases::System;
use crate::draft::Draft;
use crate::outcome::Out;

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    read_items(bytes, out, |item, _, _, out| {
        let desk = out.desk;
        let (written, body) = (item.title(), item.body());
        let url = item.link().unwrap_or_default();
        let known = [&written, &url, &item.id()].into_iter().find_map(|text| desk.numbers.celex(text));
        let celex = known.ok_or("标题和地址中没有 CELEX 编号")?;
        let title = title(desk.titles.tidy(&written), &celex);
        Ok(Draft {
            published_on: item.published(out)?,
            authority: item.author().unwrap_or_else(|| "European Union".to_owned()),
            country: Some("EU".to_owned()),
            system: System::EuropeanUnion,
            url: Some(format!("https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{celex}")),
            relates_to: desk.numbers.european_relation(&celex, &title),
            hs_text: format!("{written}\n{body}"),
            id: celex,
            title,
            body,
            ..Draft::default()
        })
    });
}

/// The act's title without the number before it and the subtitle behind it.
fn title(written: String, celex: &str) -> String {
    let prefix = format!("CELEX:{celex}:");
    let title = written.strip_prefix(&prefix).unwrap_or(&written);
    let title = title.split('#').next().unwrap_or(title).trim();
    if title.is_empty() { written } else { title.to_owned() }
}
