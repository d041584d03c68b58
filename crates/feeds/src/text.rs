//! Text as it is compared and shown: white space, hyphens, entities and mark-up out of the way.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

/// The text of a file: its byte order mark tells, else UTF-8 where it is that, else GB18030 as Chinese systems write.
/// `declared` is what the document itself says, heeded where the bytes are not UTF-8.
pub(crate) fn decode<'a>(bytes: &'a [u8], declared: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let encoding = declared.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(GB18030);
            let encoding = if encoding == UTF_8 { GB18030 } else { encoding };
            encoding.decode_without_bom_handling(bytes).0
        }
    }
}

/// One line: runs of any white space, non-breaking ones too, become one space; invisible marks go.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !c.is_control() && !matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{ad}') {
            if gap && !line.is_empty() {
                line.push(' ');
            }
            gap = false;
            line.push(c);
        }
    }
    line
}

/// A text as rules see it: one line, lower case, straight quotes, `anti-dumping` written `antidumping` and other
/// hyphens a space, so that a rule is written once.
pub(crate) fn folded(text: &str) -> String {
    let line = one_line(text).to_lowercase();
    let mut folded = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{2032}' => folded.push('\''),
            '\u{201c}' | '\u{201d}' => folded.push('"'),
            '-' | '\u{2010}'..='\u{2015}' => folded.push(' '),
            _ => folded.push(c),
        }
    }
    folded
        .replace("anti dumping", "antidumping")
        .replace("anti circumvention", "anticircumvention")
        .replace("anti subsidy", "antisubsidy")
}

/// Dashes of any length as the hyphen that numbers are written with.
pub(crate) fn plain_dashes(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')) {
        Cow::Owned(
            text.chars()
                .map(|c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}') { '-' } else { c })
                .collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

/// A text without tags, its common entities resolved.
pub(crate) fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        plain.push_str(&rest[..open]);
        // A tag begins with a letter, a slash or an exclamation mark; “< 5 %” is text.
        let tag = rest[open + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if !tag {
            plain.push('<');
            rest = &rest[open + 1..];
        } else if let Some(close) = rest[open..].find('>') {
            plain.push(' ');
            rest = &rest[open + close + 1..];
        } else {
            rest = &rest[open..];
            break;
        }
    }
    plain.push_str(rest);
    resolved(&plain).into_owned()
}

/// Character references and the entities met in feeds. Unknown ones stay as they are.
pub(crate) fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let named = rest.bytes().take(12).position(|b| b == b';').map(|end| (&rest[1..end], end));
        match named.and_then(|(name, end)| entity(name).map(|c| (c, end))) {
            Some((c, end)) => {
                plain.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character an entity stands for.
pub(crate) fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => '\u{a0}',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "ldquo" => '\u{201c}',
        "rdquo" => '\u{201d}',
        "eacute" => 'é',
        "uuml" => 'ü',
        "sect" => '§',
        "hellip" => '…',
        _ => return None,
    })
}

/// At most `limit` bytes of a text, cut at a character.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit.min(text.len()))]
}
