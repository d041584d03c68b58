use std::collections::BTreeMap;

/// The official text by article item: `11`, `11-5`, `11-5-1`. The department loads the text as it was issued;
/// what cannot be told apart stays with the article before it.
pub fn split(text: &str) -> BTreeMap<String, String> {
    let mut items: BTreeMap<String, String> = BTreeMap::new();
    let mut place: Vec<usize> = Vec::new();
    for line in text.lines().map(|line| line.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}')) {
        if line.is_empty() {
            continue;
        }
        if closes(line, &place) {
            place.clear();
            continue;
        }
        let rest = match opens(line, place.len()) {
            Some((depth, number, rest)) => {
                place.truncate(depth);
                place.push(number);
                rest
            }
            None => line,
        };
        if !place.is_empty() && !rest.is_empty() {
            let id = place.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
            let held = items.entry(id).or_default();
            if !held.is_empty() {
                held.push('\n');
            }
            held.push_str(rest);
        }
    }
    items
}

/// A chapter's heading, or the annex: no article goes on behind it.
fn closes(line: &str, place: &[usize]) -> bool {
    let heading =
        line.split_once('、').is_some_and(|(number, title)| read(number).is_some() && title.chars().count() <= 8);
    let chapter = line.starts_with('第') && line.chars().take(6).any(|c| c == '章');
    heading || chapter || (!place.is_empty() && line.starts_with('附') && line.chars().count() <= 40)
}

/// Depth, number and the text behind `第十一条`, `（五）` or `1.`; the latter two only inside an article.
fn opens(line: &str, depth: usize) -> Option<(usize, usize, &str)> {
    if let Some(rest) = line.strip_prefix('第') {
        let (number, rest) = rest.split_once('条')?;
        return Some((0, read(number)?, tidy(rest)));
    }
    if depth == 0 {
        return None;
    }
    if let Some(rest) = line.strip_prefix(['（', '(']) {
        let (number, rest) = rest.split_once(['）', ')'])?;
        return Some((1, read(number)?, tidy(rest)));
    }
    let (number, rest) = line.split_once(['.', '．', '、'])?;
    let number = number.parse().ok().filter(|_| depth >= 2)?;
    Some((2, number, tidy(rest)))
}

fn tidy(rest: &str) -> &str {
    rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{a0}')
}

/// 一 to 九十九.
fn read(numeral: &str) -> Option<usize> {
    const DIGITS: &str = "一二三四五六七八九";
    let digit = |text: &str| match text {
        "" => None,
        _ => DIGITS.chars().position(|known| text.chars().eq([known])).map(|at| at + 1),
    };
    match numeral.split_once('十') {
        None => digit(numeral),
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { digit(tens)? };
            let ones = if ones.is_empty() { 0 } else { digit(ones)? };
            Some(tens * 10 + ones)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_under_their_articles() {
        let items = split(
            "办法\n一、总则\n　　第一条  目的。\n四、检查评估\n第十一条\u{a0}\u{a0}主要内容\n（一）机构建设\n1.机构设置情况。\n\
             2.工作制度情况。\n续行。\n（二）监测预警\n第二十一条执行。\n\n附:评分表\n1.不是条文。\n",
        );
        assert_eq!(items["1"], "目的。");
        assert_eq!(items["11"], "主要内容");
        assert_eq!(items["11-1"], "机构建设");
        assert_eq!(items["11-1-2"], "工作制度情况。\n续行。");
        assert_eq!(items["11-2"], "监测预警");
        assert_eq!(items["21"], "执行。");
        assert_eq!(items.len(), 7);
    }

    #[test]
    fn numerals_are_read_to_ninety_nine() {
        for (text, number) in [("一", 1), ("十", 10), ("十九", 19), ("二十", 20), ("九十九", 99)] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        assert_eq!(read(""), None);
        assert_eq!(read("百"), None);
    }
}
