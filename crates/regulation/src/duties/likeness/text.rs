//! What of a text counts when texts are compared (reading K101).

use std::collections::BTreeSet;

/// Places a warning is about. One text naming a place the other does not, and the reverse, is another case.
const PLACES: [&str; 60] = [
    "美国",
    "欧盟",
    "巴西",
    "阿根廷",
    "墨西哥",
    "加拿大",
    "澳大利亚",
    "新西兰",
    "日本",
    "韩国",
    "越南",
    "泰国",
    "马来西亚",
    "印度尼西亚",
    "印度",
    "菲律宾",
    "新加坡",
    "柬埔寨",
    "缅甸",
    "老挝",
    "巴基斯坦",
    "孟加拉",
    "斯里兰卡",
    "土耳其",
    "俄罗斯",
    "欧亚经济",
    "哈萨克斯坦",
    "乌兹别克斯坦",
    "吉尔吉斯",
    "白俄罗斯",
    "乌克兰",
    "英国",
    "瑞士",
    "挪威",
    "德国",
    "法国",
    "意大利",
    "西班牙",
    "波兰",
    "荷兰",
    "沙特",
    "阿联酋",
    "海湾",
    "以色列",
    "伊朗",
    "约旦",
    "埃及",
    "摩洛哥",
    "突尼斯",
    "南非",
    "尼日利亚",
    "肯尼亚",
    "智利",
    "秘鲁",
    "哥伦比亚",
    "厄瓜多尔",
    "乌拉圭",
    "多米尼加",
    "哥斯达黎加",
    "中国台湾",
];

/// Letters and digits, lower case, half width; a number ends with a dot and begins with no zero.
pub(super) fn normal(text: &str) -> String {
    let (mut normal, mut number) = (String::new(), String::new());
    let end = |number: &mut String, normal: &mut String| {
        if !number.is_empty() {
            let plain = number.trim_start_matches('0');
            normal.push_str(if plain.is_empty() { "0" } else { plain });
            normal.push('.');
            number.clear();
        }
    };
    for char in text.chars() {
        let char = match u32::from(char) {
            wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(char),
            _ => char,
        };
        if char.is_ascii_digit() {
            number.push(char);
        } else {
            // The words of a date part its numbers as strokes do.
            let date = !number.is_empty() && matches!(char, '年' | '月' | '日' | '号');
            end(&mut number, &mut normal);
            if char.is_alphanumeric() && !date {
                normal.extend(char.to_lowercase());
            }
        }
    }
    end(&mut number, &mut normal);
    normal
}

/// Places a text names.
pub(super) fn places(text: &str) -> BTreeSet<&'static str> {
    let (mut rest, mut found) = (text.to_owned(), BTreeSet::new());
    for place in PLACES.iter().filter(|place| text.contains(**place)) {
        // What is inside a longer name before it in the list, 印度 in 印度尼西亚, is not named.
        if rest.contains(place) {
            rest = rest.replace(place, "|");
            found.insert(*place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_punctuation_and_the_writing_of_dates_do_not_count() {
        assert_eq!(normal("ＡＤ-2026（第０８号）"), "ad2026.第8.");
        assert_eq!(normal("2026年09月08日，自 立案"), normal("2026-9-8 自立案。"));
        assert_eq!(normal("税率00.0%"), "税率0.0.");
    }

    #[test]
    fn a_place_inside_a_longer_name_is_not_named() {
        assert_eq!(places("对印度尼西亚出口"), BTreeSet::from(["印度尼西亚"]));
        assert_eq!(places("对印度和印度尼西亚出口"), BTreeSet::from(["印度", "印度尼西亚"]));
    }
}
