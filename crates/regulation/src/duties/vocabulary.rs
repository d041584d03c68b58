//! What products foreign titles speak of: words, their Chinese names and the customs headings they are most often under.
//! Where a notice states no code these are proposed; a person confirms them.

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
    words.split(',').map(row).collect()
}

/// Products a text speaks of. A word inside a longer one that was found says nothing more, nor does part of a word.
pub fn products(text: &str) -> Vec<Product> {
    let text = text.to_lowercase();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut found: Vec<(usize, Product)> = Vec::new();
    for row in ROWS.iter() {
        for (at, _) in text.match_indices(row.word) {
            let end = at + row.word.len();
            let free = taken.iter().all(|(from, to)| end <= *from || *to <= at);
            if free && whole(&text, at, end) {
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

/// Products somebody speaks of in Chinese or as foreign titles do, for a question typed by hand: those whose name holds the
/// word or is held by it, the closest first.
pub fn spoken(word: &str) -> Vec<Product> {
    let word = word.trim();
    let mut found = products(word);
    if word.chars().any(|c| c > '\u{2e80}') {
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

fn whole(text: &str, at: usize, end: usize) -> bool {
    let letter = |c: char| c.is_alphanumeric();
    !text[..at].chars().next_back().is_some_and(letter) && !text[end..].chars().next().is_some_and(letter)
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
        assert!(names("轮胎").contains(&"乘用车和轻型卡车轮胎"));
        assert!(names("全钢载重轮胎").contains(&"轮胎"));
        assert_eq!(names("tyres")[0], "轮胎");
        assert_eq!(names("飞碟"), [""; 0]);
    }

    #[test]
    fn part_of_a_word_is_no_word() {
        assert_eq!(names("The entire retired fleet"), [""; 0]);
        assert_eq!(names("Carpet and petroleum"), [""; 0]);
    }

    #[test]
    fn every_row_has_words_a_name_and_codes() {
        let lines = include_str!("../../data/product_words.tsv").lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let rows = read(line);
            assert!(!rows.is_empty(), "{line}");
            for row in rows {
                assert!(!row.word.is_empty() && row.word == row.word.to_lowercase(), "{line}");
                assert!(row.product.name.chars().any(|c| c > '\u{2e80}'), "{line}");
                let digits =
                    |code: &String| matches!(code.len(), 2 | 4 | 6) && code.bytes().all(|byte| byte.is_ascii_digit());
                assert!(row.product.codes.iter().all(digits), "{line}");
            }
        }
    }
}
