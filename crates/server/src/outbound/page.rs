//! What a page says of itself: its title, whatever encoding it is written in.

use encoding_rs::{Encoding, UTF_8};

/// Longest title kept, in characters.
const LONGEST: usize = 120;

/// The text between the title's marks, on one line; empty when there is none.
pub fn title(content_type: &str, body: &[u8]) -> String {
    // Marks are ASCII in every encoding a page is written in here.
    let lower = body.to_ascii_lowercase();
    let Some(start) = find(&lower, b"<title", 0) else { return String::new() };
    let Some(open) = find(&lower, b">", start) else { return String::new() };
    let Some(end) = find(&lower, b"</title", open) else { return String::new() };
    let (text, ..) = encoding(content_type, &lower).decode(&body[open + 1..end]);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

fn find(text: &[u8], what: &[u8], from: usize) -> Option<usize> {
    text[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
}

/// As the answer's head says, failing that the page's own; UTF-8 where neither does.
fn encoding(content_type: &str, lower: &[u8]) -> &'static Encoding {
    let named = |text: &[u8]| {
        let at = find(text, b"charset=", 0)? + b"charset=".len();
        let label = text[at..].trim_ascii_start();
        let label = label.strip_prefix(b"\"").or_else(|| label.strip_prefix(b"'")).unwrap_or(label);
        let end = label.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte));
        Encoding::for_label(&label[..end.unwrap_or(label.len())])
    };
    let head = &lower[..lower.len().min(4096)];
    named(content_type.to_ascii_lowercase().as_bytes()).or_else(|| named(head)).unwrap_or(UTF_8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_read_on_one_line() {
        let page = "<html><head><TITLE lang=zh>\n  示例行业\t预警网 </title></head>";
        assert_eq!(title("text/html; charset=utf-8", page.as_bytes()), "示例行业 预警网");
        assert_eq!(title("", b"<title>plain</title>"), "plain");
        assert_eq!(title("text/html", b"<p>none</p>"), "");
        assert_eq!(title("text/html", b"<title>never ends"), "");
        assert_eq!(title("text/html", &[b"<title>".as_slice(), &[b'x'; 500], b"</title>"].concat()).len(), LONGEST);
    }

    #[test]
    fn a_page_in_gbk_is_read_as_one() {
        let (words, ..) = encoding_rs::GBK.encode("示例预警专栏");
        let page = [b"<meta charset=\"gb2312\"><title>".as_slice(), &words, b"</title>"].concat();
        assert_eq!(title("text/html", &page), "示例预警专栏");
        let bare = [b"<title>".as_slice(), &words, b"</title>"].concat();
        assert_eq!(title("text/html; charset=GBK", &bare), "示例预警专栏");
    }
}
