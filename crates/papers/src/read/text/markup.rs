//! Words between tags.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Gathered;

/// Adds the text inside elements of one name, whatever their prefix; a line ends with each of the others.
pub(super) fn xml(bytes: &[u8], text: &str, lines: &[&str], gathered: &mut Gathered<'_>) {
    // Containers of documents are UTF-8; what is not is damaged anyway.
    let document = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&document);
    reader.config_mut().check_end_names = false;
    let mut inside = 0_u32;
    // What does not parse ends it: what came before is kept.
    while let Ok(event) = reader.read_event() {
        gathered.leave_when_done();
        match event {
            Event::Start(tag) if tag.local_name().as_ref() == text => inside += 1,
            Event::End(tag) if tag.local_name().as_ref() == text => inside = inside.saturating_sub(1),
            Event::End(tag) if lines.contains(&tag.local_name().as_ref()) => gathered.push("\n"),
            Event::Empty(tag) if lines.contains(&tag.local_name().as_ref()) => gathered.push("\n"),
            Event::Text(words) if inside > 0 => gathered.push(&words),
            Event::CData(words) if inside > 0 => gathered.push(&words),
            Event::GeneralRef(name) if inside > 0 => gathered.push(&entity(&name)),
            Event::Eof => return,
            _ => {}
        }
    }
}

/// What an entity stands for; nothing for one nobody knows.
fn entity(name: &str) -> String {
    let number = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        },
        None => None,
    };
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        "nbsp" | "ensp" | "emsp" => " ".to_owned(),
        _ => number.and_then(char::from_u32).map(String::from).unwrap_or_default(),
    }
}

/// Elements within a line of a page: others end it.
const INLINE: [&str; 14] =
    ["a", "b", "i", "u", "em", "strong", "span", "font", "sub", "sup", "mark", "small", "code", "label"];

/// Adds the words of a page, without scripts and styles.
pub(super) fn html(page: &str, gathered: &mut Gathered<'_>) {
    let mut rest = page;
    while let Some((words, after)) = rest.split_once('<') {
        gathered.leave_when_done();
        said(words, gathered);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        rest = after;
        let closing = tag.starts_with('/');
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        if !closing && matches!(name.as_str(), "script" | "style") {
            let end = format!("</{name}");
            rest = rest.to_ascii_lowercase().find(&end).map_or("", |at| &rest[at..]);
        } else if !INLINE.contains(&name.as_str()) {
            gathered.push("\n");
        }
    }
    said(rest, gathered);
}

fn said(words: &str, gathered: &mut Gathered<'_>) {
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('&') {
        gathered.push(before);
        match after.split_once(';').filter(|(name, _)| name.len() < 12 && !name.contains(char::is_whitespace)) {
            Some((name, after)) => {
                gathered.push(&entity(name));
                rest = after;
            }
            None => {
                gathered.push("&");
                rest = after;
            }
        }
    }
    gathered.push(rest);
}
