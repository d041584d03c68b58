//! A message in the marks that group robots show.

use super::{Message, one_line};

/// Longest text, in bytes: what WeCom takes, and well within what DingTalk does.
const LONGEST: usize = 4096;

/// Subject, paragraphs and link; too long a text is cut at a character, and its link stays.
pub fn markdown(message: &Message) -> String {
    let mut text = format!("### {}", plain(&message.heading()));
    for line in &message.lines {
        text.push_str("\n\n");
        text.push_str(&plain(&one_line(line)));
    }
    let end = message.link().map_or(String::new(), |link| {
        let link = link.as_str().replace('(', "%28").replace(')', "%29");
        format!("\n\n[查看详情]({link})")
    });
    let room = LONGEST.saturating_sub(end.len());
    format!("{}{end}", cut(&text, room))
}

/// Titles come from foreign sites as well: marks in them are shown, wide, and make no link, heading or mention.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '[' => '［',
            ']' => '］',
            '<' => '＜',
            '>' => '＞',
            '*' => '＊',
            '`' => '｀',
            '#' => '＃',
            c => c,
        })
        .collect()
}

fn cut(text: &str, room: usize) -> String {
    const MORE: &str = "……";
    if text.len() <= room {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(room.saturating_sub(MORE.len()));
    format!("{}{MORE}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(lines: &[&str], link: Option<&str>) -> Message {
        Message {
            subject: "橙色预警：[A-570-123] <@all>".to_owned(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            link: link.map(str::to_owned),
            ..Message::default()
        }
    }

    #[test]
    fn marks_of_others_make_nothing() {
        let text = markdown(&message(&["# 1\n## 2 **粗**", "[看](http://evil)"], Some("https://yj.example.cn/w/1(a)")));
        assert_eq!(
            text,
            "### 橙色预警：［A-570-123］ ＜@all＞\n\n＃ 1 ＃＃ 2 ＊＊粗＊＊\n\n［看］(http://evil)\n\n\
             [查看详情](https://yj.example.cn/w/1%28a%29)"
        );
        assert!(!markdown(&message(&[], Some("javascript:alert(1)"))).contains("查看"));
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_keeps_its_link() {
        let link = "https://yj.example.cn/w/1";
        for pad in 0..4 {
            let long = "x".repeat(pad) + &"预警".repeat(2000);
            let text = markdown(&message(&[&long], Some(link)));
            assert!(text.len() <= LONGEST && text.len() > LONGEST - 4, "{}", text.len());
            assert!(text.ends_with(&format!("……\n\n[查看详情]({link})")), "{pad}");
        }
        let whole = markdown(&message(&[&"x".repeat(3000)], None));
        assert!(whole.ends_with('x'));
    }
}
