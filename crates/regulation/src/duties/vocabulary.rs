//! What products titles of notices speak of, in Chinese or another language: words, their Chinese names and the customs
//! headings they are most often under. Where a notice states no code these are proposed; a person confirms them.

use std::sync::LazyLock;

/// A product as a title names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// What it is called in Chinese.
    pub name: &'static str,
    /// Customs headings, digits only.
    pub codes: Vec<String>,
}

struct Row {
    /// Lower case.
    word: &'static str,
    product: Product,
}

/// The shipped words, longest first: the specific is found before the broad.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows: Vec<Row> = include_str!("../../data/product_words.tsv").lines().flat_map(read).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.word.len()));
    rows
});

fn read(line: &'static str) -> Vec<Row> {
    let mut cells = line.split('\t');
    let (Some(words), Some(name), Some(codes)) = (cells.next(), cells.next(), cells.next()) else { return Vec::new() };
    if words.starts_with('#') {
        return Vec::new();
    }
    let codes: Vec<String> = codes.split(',').map(|code| code.trim().replace('.', "")).collect();
    let row = |word: &'static str| Row { word: word.trim(), product: Product { name, codes: codes.clone() } };
    let also = cells.next().unwrap_or_default().split(',').filter(|word| !word.is_empty());
    // One sign is part of too many words: 纸 is in 图纸.
    let own = Some(name).filter(|name| name.chars().nth(1).is_some());
    words.split(',').chain(own).chain(also).map(row).collect()
}

/// Products a text speaks of. A word inside a longer one that was found says nothing more, nor does part of a word.
pub fn products(text: &str) -> Vec<Product> {
    let text = text.to_lowercase();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut found: Vec<(usize, Product)> = Vec::new();
    for row in ROWS.iter() {
        for (at, _) in text.match_indices(row.word) {
            let Some(end) = whole(&text, at, at + row.word.len()) else { continue };
            if taken.iter().all(|(from, to)| end <= *from || *to <= at) {
                taken.push((at, end));
                if !found.iter().any(|(_, product)| *product == row.product) {
                    found.push((at, row.product.clone()));
                }
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, product)| product).collect()
}

/// Whether a text says a word: `tire` is said by “Tires” and not by “entire”, 轮胎 by 全钢载重轮胎.
pub fn says(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    text.match_indices(&word).any(|(at, _)| whole(&text, at, at + word.len()).is_some())
}

/// Products somebody speaks of in Chinese or as foreign titles do, for a question typed by hand: those whose name holds the
/// word or is held by it, the closest first.
pub fn spoken(word: &str) -> Vec<Product> {
    let word = word.trim();
    let mut found = products(word);
    if word.chars().any(han) {
        let near = |name: &str| name.contains(word) || word.contains(name);
        let mut named: Vec<&Product> =
            ROWS.iter().map(|row| &row.product).filter(|product| near(product.name)).collect();
        named.sort_by_key(|product| (product.name.chars().count().abs_diff(word.chars().count()), product.name));
        for product in named {
            if !found.contains(product) {
                found.push(product.clone());
            }
        }
    }
    found
}

/// Whether a word is written without blanks to its neighbours.
fn han(c: char) -> bool {
    c > '\u{2e80}'
}

/// Where a word that stands at a place ends, its plural with it; `None` where it is part of another one.
fn whole(text: &str, at: usize, end: usize) -> Option<usize> {
    let letter = |c: char| c.is_alphanumeric() && !han(c);
    let word = &text[at..end];
    if word.starts_with(letter) && text[..at].ends_with(letter) {
        return None;
    }
    if !word.ends_with(letter) {
        return Some(end);
    }
    let ends = |plural: &&&str| text[end..].strip_prefix(**plural).is_some_and(|rest| !rest.starts_with(letter));
    ["", "s", "es"].iter().find(ends).map(|plural| end + plural.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&'static str> {
        products(text).into_iter().map(|product| product.name).collect()
    }

    #[test]
    fn the_specific_is_found_before_the_broad() {
        let found = products("Passenger Vehicle and Light Truck Tires From China: Initiation of Five-Year Review");
        assert_eq!(found[0].codes, ["401110", "401120"]);
        assert_eq!(found.len(), 1);
        assert_eq!(names("Certain Pneumatic Off-the-Road Tires From India"), ["轮胎", "非公路用轮胎"]);
    }

    #[test]
    fn a_question_in_chinese_finds_what_is_named_like_it() {
        let names = |word: &str| spoken(word).into_iter().map(|product| product.name).collect::<Vec<_>>();
        assert_eq!(names("轮胎")[0], "轮胎");
        assert_eq!((names("螺丝")[0], names("bolt")[0]), ("紧固件", "紧固件"));
        assert!(names("轮胎").contains(&"乘用车和轻型卡车轮胎"));
        assert!(names("全钢载重轮胎").contains(&"轮胎"));
        assert_eq!(names("tyres")[0], "轮胎");
        assert_eq!(names("飞碟"), [""; 0]);
    }

    #[test]
    fn part_of_a_word_is_no_word() {
        assert_eq!(names("The entire retired fleet"), [""; 0]);
        assert_eq!(names("Competition and petroleum"), [""; 0]);
        assert_eq!(names("Certain Bolt From India"), ["紧固件"]);
        assert_eq!(names("Boltless Steel Shelving Units"), ["钢制货架"]);
        assert_eq!(names("Boltless joints"), [""; 0]);
        assert_eq!(names("马达加斯加和葡萄牙"), [""; 0]);
    }

    #[test]
    fn a_word_is_said_whole_or_in_chinese() {
        for (text, word, said) in [
            ("The entire fleet", "tire", false),
            ("Truck Tires From China", "tire", true),
            ("TIRE", "Tire", true),
            ("Boxes, of paper", "box", true),
            ("Boltless shelving", "bolt", false),
            ("对华轮胎反倾销", "轮胎", true),
            ("印度对华PVC板反倾销", "pvc", true),
            ("印度对华PVC板反倾销", "PVC板", true),
            ("UPVC板", "PVC板", false),
        ] {
            assert_eq!(says(text, word), said, "{text} / {word}");
        }
    }

    #[test]
    fn chinese_titles_name_products_and_their_headings() {
        let codes = |text: &str| products(text).into_iter().flat_map(|product| product.codes).collect::<Vec<_>>();
        for (title, expected) in [
            ("印度对华轮胎发起反倾销调查", &["4011", "4012"][..]),
            ("欧盟对华全钢载重轮胎作出终裁", &["401120"]),
            ("欧盟对华钢铁制紧固件启动反规避调查", &["7318"]),
            ("墨西哥对华碳钢螺栓、螺母作出反倾销初裁", &["7318"]),
            ("英国对华标准件立案", &["7318"]),
            ("欧亚经济联盟对华铝合金轮毂启动复审", &["870870"]),
            ("土耳其对华丁腈手套发起保障措施调查", &["4015", "392620"]),
            ("欧盟对华电动自行车延长反倾销税", &["871160"]),
            ("巴西对华大蒜作出日落复审终裁", &["070320", "0712"]),
            ("印度对华光伏组件启动调查", &["854142", "854143"]),
            ("美国对华钢制货架作出终裁", &["940320", "7326"]),
            ("泰国对华热轧钢板发起调查", &["7208", "7211"]),
        ] {
            assert_eq!(codes(title), expected, "{title}");
        }
        assert_eq!(names("E-bikes and bicycles"), ["电动自行车", "自行车"]);
    }

    #[test]
    fn every_row_has_words_a_name_and_codes() {
        let lines = include_str!("../../data/product_words.tsv").lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let rows = read(line);
            assert!(!rows.is_empty(), "{line}");
            for row in rows {
                assert!(!row.word.is_empty() && row.word == row.word.to_lowercase(), "{line}");
                assert!(row.product.name.chars().any(han), "{line}");
                let digits =
                    |code: &String| matches!(code.len(), 2 | 4 | 6) && code.bytes().all(|byte| byte.is_ascii_digit());
                assert!(row.product.codes.iter().all(digits), "{line}");
            }
        }
        let mut words: Vec<&str> = ROWS.iter().map(|row| row.word).collect();
        words.sort_unstable();
        assert!(words.windows(2).all(|two| two[0] != two[1]), "each word is one product's");
    }
}
