//! What a page lets people send: its forms with the submits that are not switched off, as a browser reads them.

use std::collections::BTreeMap;

/// What one submit of a page sends, and where to.
struct Offer {
    action: String,
    fields: BTreeMap<String, Field>,
}

#[derive(Clone, Default)]
struct Field {
    /// The values there are to choose from, or the hidden one; nothing for what is typed.
    known: Option<Vec<String>>,
    required: bool,
    /// Sent with a value of its own when nobody touches it.
    filled: bool,
}

impl Field {
    fn of(tag: &Tag) -> Field {
        let filled = tag.get("value").is_some_and(|value| !value.is_empty());
        Field { known: None, required: tag.get("required").is_some(), filled }
    }
}

impl Offer {
    /// Whether it sends just this: nothing is said otherwise by a hidden field, a choice or the button's own name, and
    /// nothing left out that the browser insists on.
    fn sends(&self, sent: &[(&str, &str)]) -> bool {
        self.fields.iter().all(|(name, field)| {
            let chosen = |value: &str| field.known.as_ref().is_none_or(|known| known.iter().any(|own| own == value));
            let own: Vec<&str> = sent.iter().filter(|(own, _)| own == name).map(|(_, value)| *value).collect();
            let filled = if own.is_empty() { field.filled } else { own.iter().any(|value| !value.is_empty()) };
            own.iter().all(|value| chosen(value)) && (!field.required || filled)
        })
    }
}

/// Whether something on the page that is not switched off would send this to that address.
pub fn sends(html: &str, act: &str, sent: &[(&str, &str)]) -> bool {
    offers(html).iter().any(|offer| offer.action == act && offer.sends(sent))
}

/// Whether a link on the page that is not switched off leads there.
pub fn leads(html: &str, href: &str) -> bool {
    tags(html).any(|tag| tag.name == "a" && !tag.off() && tag.get("href") == Some(href))
}

fn offers(html: &str) -> Vec<Offer> {
    let mut found = Vec::new();
    for (form, inside) in forms(html) {
        let (mut fields, mut submits) = (BTreeMap::<String, Field>::new(), Vec::new());
        let (mut switched_off, mut select) = (false, String::new());
        for tag in &inside {
            let name = tag.get("name").unwrap_or("").to_owned();
            match (tag.name.as_str(), tag.get("type").unwrap_or("")) {
                ("fieldset", _) => switched_off = tag.off(),
                ("/fieldset", _) => switched_off = false,
                _ if switched_off || tag.off() => {}
                ("button", "" | "submit") | ("input", "submit") => submits.push(tag),
                ("select", _) => {
                    fields.insert(name.clone(), Field { known: Some(Vec::new()), ..Field::of(tag) });
                    select = name;
                }
                ("option", _) => known(&mut fields, &select, tag),
                ("input", "hidden" | "radio" | "checkbox") => known(&mut fields, &name, tag),
                ("input" | "textarea", _) => {
                    fields.insert(name, Field::of(tag));
                }
                _ => {}
            }
        }
        for submit in submits {
            let mut fields = fields.clone();
            if let Some(name) = submit.get("name") {
                known(&mut fields, name, submit);
            }
            let action = submit.get("formaction").or_else(|| form.get("action")).unwrap_or("").to_owned();
            found.push(Offer { action, fields });
        }
    }
    found
}

fn known(fields: &mut BTreeMap<String, Field>, name: &str, tag: &Tag) {
    let own = Field::of(tag);
    let field = fields.entry(name.to_owned()).or_default();
    field.required |= own.required;
    field.filled |= own.filled && (tag.get("selected").is_some() || tag.get("checked").is_some());
    field.known.get_or_insert_default().push(tag.get("value").unwrap_or("").to_owned());
}

/// The forms that post, each with the tags inside it.
fn forms(html: &str) -> Vec<(Tag, Vec<Tag>)> {
    let mut found: Vec<(Tag, Vec<Tag>)> = Vec::new();
    let mut open = false;
    for tag in tags(html) {
        assert!(tag.get("form").is_none(), "a control outside its form is not read here: {}", tag.name);
        match tag.name.as_str() {
            "form" => {
                open = tag.get("method") == Some("post");
                if open {
                    found.push((tag, Vec::new()));
                }
            }
            "/form" => open = false,
            _ if open => found.last_mut().expect("an open form").1.push(tag),
            _ => {}
        }
    }
    found
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn off(&self) -> bool {
        self.get("disabled").is_some() || self.get("aria-disabled") == Some("true")
    }
}

/// Reads the tags of a page. Values stand in double quotes and text is escaped, as the templates have it.
fn tags(html: &str) -> impl Iterator<Item = Tag> {
    html.split('<').skip(1).filter_map(|rest| {
        let end =
            (0..rest.len()).find(|at| rest.as_bytes()[*at] == b'>' && rest[..*at].matches('"').count() % 2 == 0)?;
        let inside = &rest[..end];
        let name: String = inside.chars().take_while(|c| !c.is_whitespace()).collect();
        let mut attributes = Vec::new();
        let mut rest = &inside[name.len()..];
        loop {
            rest = rest.trim_start();
            let (key, after) = rest.split_at(rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len()));
            if key.is_empty() {
                break;
            }
            match after.strip_prefix("=\"").and_then(|after| after.split_once('"')) {
                Some((value, after)) => {
                    attributes.push((key.to_owned(), plain(value)));
                    rest = after;
                }
                None => {
                    attributes.push((key.to_owned(), String::new()));
                    rest = after;
                }
            }
        }
        Some(Tag { name, attributes })
    })
}

fn plain(value: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&"), ("&amp;", "&")]
        .iter()
        .fold(value.to_owned(), |text, (escaped, meant)| text.replace(escaped, meant))
}

#[test]
fn only_what_is_not_switched_off_sends() {
    let page = |inside: &str| format!("<p>a</p><form method=\"post\" action=\"/act\">{inside}</form>");
    let button = "<button class=\"btn\" type=\"submit\">做</button>";
    assert!(sends(&page(button), "/act", &[("text", "x")]));
    assert!(!sends(&page(button), "/other", &[]));
    assert!(!sends(&button.replace("button", "b"), "/act", &[]));
    for off in [
        "<span class=\"btn\" aria-disabled=\"true\">做</span>",
        "<button type=\"submit\" disabled>做</button>",
        "<button type=\"submit\" aria-disabled=\"true\">做</button>",
        "<fieldset disabled><button type=\"submit\">做</button></fieldset>",
        "<button type=\"button\" data-print>印</button>",
    ] {
        assert!(!sends(&page(off), "/act", &[]), "{off}");
    }
    let hidden = page(&format!("<input type=\"hidden\" name=\"station\" value=\"2\">{button}"));
    assert!(sends(&hidden, "/act", &[("station", "2")]) && !sends(&hidden, "/act", &[("station", "1")]));
    let chosen = page(&format!("<select name=\"what\"><option value=\"a&#38;b\">甲</option></select>{button}"));
    assert!(sends(&chosen, "/act", &[("what", "a&b")]) && !sends(&chosen, "/act", &[("what", "c")]));
    let named = page("<button name=\"step\" value=\"finish\">完成</button>");
    assert!(sends(&named, "/act", &[("step", "finish")]) && !sends(&named, "/act", &[("step", "draft")]));
    let asking = page(&format!("<textarea name=\"why\" required></textarea>{button}"));
    assert!(sends(&asking, "/act", &[("why", "x")]) && !sends(&asking, "/act", &[("why", "")]));
    let dated = page(&format!("<input name=\"on\" type=\"date\" value=\"2027-01-01\" required>{button}"));
    assert!(sends(&dated, "/act", &[]) && !sends(&dated, "/act", &[("on", "")]));
    let elsewhere = page("<button formaction=\"/act/draft\">存</button>");
    assert!(sends(&elsewhere, "/act/draft", &[]) && !sends(&elsewhere, "/act", &[]));
    let link = |off: &str| format!("<a class=\"btn\" href=\"/new?a=1&#38;b=2\"{off}>做</a>");
    assert!(leads(&link(""), "/new?a=1&b=2") && !leads(&link(" aria-disabled=\"true\""), "/new?a=1&b=2"));
}
