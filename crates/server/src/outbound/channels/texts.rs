//! Texts to copy: short messages and the official account are sent by people from their own accounts, not by this system.

use super::{Message, one_line};

/// A short message as it is given to the sender's platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    pub text: String,
    /// As the platform counts them: a character outside the common ones is two.
    pub characters: usize,
    /// How many short messages it is charged as.
    pub segments: usize,
}

/// Characters of a message that goes whole, and of each part of one that does not.
const WHOLE: usize = 70;
const PART: usize = 67;

/// 【signature】subject and link: a short message says no more.
pub fn sms_text(signature: &str, message: &Message) -> Sms {
    let signature: String = one_line(signature).chars().filter(|c| !"【】".contains(*c)).collect();
    let subject = message.heading().replace('【', "［").replace('】', "］");
    let link = message.link().map_or(String::new(), |link| format!(" {link}"));
    let text = format!("【{signature}】{subject}{link}");
    let characters = text.encode_utf16().count();
    let segments = if characters <= WHOLE { 1 } else { parts(&text) };
    Sms { text, characters, segments }
}

/// A character of two is not torn apart.
fn parts(text: &str) -> usize {
    let mut parts = 1;
    let mut filled = 0;
    for width in text.chars().map(char::len_utf16) {
        if filled + width > PART {
            (parts, filled) = (parts + 1, 0);
        }
        filled += width;
    }
    parts
}

/// 公众号文章: title, paragraphs and where it is read in full.
pub fn article_text(message: &Message) -> String {
    let mut paragraphs = vec![message.heading()];
    paragraphs.extend(message.lines.iter().map(|line| one_line(line)));
    paragraphs.extend(message.link().map(|link| format!("详情：{link}")));
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subject: &str, link: Option<&str>) -> Message {
        Message { subject: subject.to_owned(), link: link.map(str::to_owned), ..Message::default() }
    }

    #[test]
    fn seventy_go_whole_and_more_in_parts() {
        let sms = |characters: usize| sms_text("省商务厅", &of(&"警".repeat(characters - 6), None));
        assert_eq!((sms(70).characters, sms(70).segments), (70, 1));
        assert_eq!((sms(71).characters, sms(71).segments), (71, 2));
        assert_eq!((sms(134).segments, sms(135).segments, sms(201).segments, sms(202).segments), (2, 3, 3, 4));
        // 63 characters before one of two: the first part ends short of it.
        let torn = sms_text("厅", &of(&format!("{}𠮷{}", "警".repeat(63), "警".repeat(66)), None));
        assert_eq!((torn.characters, torn.segments), (134, 3));
    }

    #[test]
    fn a_short_message_is_signed_once() {
        let sms = sms_text("【省商务厅】", &of("橙色预警\n【复审】", Some("https://yj.example.cn/w/1")));
        assert_eq!(sms.text, "【省商务厅】橙色预警 ［复审］ https://yj.example.cn/w/1");
    }

    #[test]
    fn an_article_has_its_paragraphs() {
        let mut message = of("橙色预警", Some("https://yj.example.cn/w/1"));
        message.lines = vec!["一\r\n二".to_owned(), "三".to_owned()];
        assert_eq!(article_text(&message), "橙色预警\n\n一 二\n\n三\n\n详情：https://yj.example.cn/w/1");
    }
}
