//! RSS 2.0, RSS 1.0 and Atom of any authority.
//!
//! Formats: <https://www.rssboard.org/rss-specification>, <https://web.resource.org/rss/1.0/spec>,
//! <https://www.rfc-editor.org/rfc/rfc4287>. A record is an `item` or an `entry`; its id is its `guid` or `id`, else
//! its link.

use crate::draft::{Draft, id_or, scope_of};
use crate::mapping::DateOrder;
use crate::outcome::{At, Out};
use crate::text::without_tags;
use crate::xml::{Element, decoded, records, tree};

pub(super) fn read(bytes: &[u8], out: &mut Out<'_>) {
    read_items(bytes, out, |item, channel, raw, out| {
        let (title, body) = (item.title(), item.body());
        let url = item.link();
        let id = id_or(&item.id(), url.as_deref(), raw.as_bytes());
        let host = url.as_deref().and_then(|url| url.split('/').nth(2)).unwrap_or_default();
        Ok(Draft {
            scope: scope_of(&id, &[host, channel, &title]),
            id,
            published_on: item.published(out)?,
            authority: item.author().unwrap_or_else(|| channel.to_owned()),
            docket: title.clone(),
            hs_text: format!("{title}\n{body}"),
            url,
            title,
            body,
            ..Draft::default()
        })
    });
}

/// Reads a feed: `each` makes a record of an item, with the channel's title beside it.
pub(super) fn read_items(
    bytes: &[u8],
    out: &mut Out<'_>,
    each: impl Fn(&Item, &str, &str, &Out<'_>) -> Result<Draft, String>,
) {
    let text = decoded(bytes);
    if !["<rss", "<feed", "<rdf:RDF", "<RDF"].iter().any(|root| text.contains(root)) {
        return out.refuse(At::Whole, "不是 RSS 或 Atom");
    }
    let first = records(&text, &["item", "entry"]).next().map_or(text.len(), |item| item.offset);
    let channel = records(&text[..first], &["title"]).next().and_then(|title| tree(title.text.ok()?).ok());
    let channel = channel.map(|title| title.text()).unwrap_or_default();
    for record in records(&text, &["item", "entry"]) {
        let at = At::In(text.as_bytes(), record.offset);
        match record.text {
            Ok(raw) => {
                let made = tree(raw).and_then(|element| each(&Item(element), &channel, raw, out));
                out.record(at, raw.as_bytes(), made);
            }
            Err(reason) => out.refuse(at, reason),
        }
    }
}

/// An item or entry, its fields in whichever of the formats.
pub(super) struct Item(pub(super) Element);

impl Item {
    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().filter_map(|name| self.0.child(name)).map(Element::text).find(|text| !text.is_empty())
    }

    pub(super) fn title(&self) -> String {
        without_tags(&self.first(&["title"]).unwrap_or_default())
    }

    pub(super) fn body(&self) -> String {
        without_tags(&self.first(&["description", "summary", "content", "encoded"]).unwrap_or_default())
    }

    pub(super) fn id(&self) -> String {
        self.first(&["guid", "id"]).unwrap_or_default()
    }

    pub(super) fn author(&self) -> Option<String> {
        self.first(&["creator", "publisher", "source"])
    }

    /// RSS writes the address inside the element, Atom in an attribute; of several, the one meant for readers.
    pub(super) fn link(&self) -> Option<String> {
        let alternate = self.0.all("link").find(|link| link.attribute("rel").is_none_or(|rel| rel == "alternate"));
        let link = alternate.or_else(|| self.0.child("link"))?;
        let text = link.text();
        if text.is_empty() { link.attribute("href").map(str::to_owned) } else { Some(text) }
    }

    /// When it was published, as it is written there.
    pub(super) fn when(&self) -> String {
        self.first(&["pubDate", "published", "date", "issued", "updated"]).unwrap_or_default()
    }

    pub(super) fn published(&self, out: &Out<'_>) -> Result<Option<jiff::civil::Date>, String> {
        out.desk.dates.field(&self.when(), DateOrder::DayFirst)
    }
}
