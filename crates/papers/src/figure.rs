//! Figures come formatted; a workbook wants the number behind them.

/// A number and how it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    /// The number.
    pub value: f64,
    /// Digits after the point.
    pub decimals: usize,
    /// Whether thousands were set off by commas.
    pub grouped: bool,
}

/// A spreadsheet keeps 15 significant digits; longer strings of digits are codes.
const MOST_DIGITS: usize = 15;

impl Figure {
    /// The number a text shows, or `None` where it is words, a code (`007`, 18 digits) or nothing.
    pub(crate) fn parse(text: &str) -> Option<Figure> {
        let text = text.trim();
        let unsigned = text.strip_prefix(['-', '−']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let grouped = whole.contains(',');
        if !is_whole(whole, grouped) || !is_digits(fraction) {
            return None;
        }
        let plain = unsigned.replace(',', "");
        if plain.bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS {
            return None;
        }
        let value: f64 = plain.parse().ok()?;
        let decimals = unsigned.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let value = if unsigned.len() == text.len() { value } else { -value };
        Some(Figure { value, decimals, grouped })
    }

    /// The spreadsheet format that shows the number as it was written.
    pub(crate) fn format(self) -> String {
        let whole = if self.grouped { "#,##0" } else { "0" };
        let point = if self.decimals > 0 { "." } else { "" };
        format!("{whole}{point}{}", "0".repeat(self.decimals))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits without a leading zero, or groups of three behind the first comma.
fn is_whole(text: &str, grouped: bool) -> bool {
    if text.len() > 1 && text.starts_with('0') {
        return false;
    }
    if !grouped {
        return is_digits(text);
    }
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    is_digits(first) && first.len() <= 3 && groups.all(|group| is_digits(group) && group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<(f64, String)> {
        Figure::parse(text).map(|figure| (figure.value, figure.format()))
    }

    #[test]
    fn figures_are_numbers_and_keep_their_looks() {
        assert_eq!(shown("6.0"), Some((6.0, "0.0".to_owned())));
        assert_eq!(shown("100"), Some((100.0, "0".to_owned())));
        assert_eq!(shown("1,234.50"), Some((1234.5, "#,##0.00".to_owned())));
        assert_eq!(shown("−3.2"), Some((-3.2, "0.0".to_owned())));
        assert_eq!(shown("0.5"), Some((0.5, "0.0".to_owned())));
    }

    #[test]
    fn words_and_codes_are_not() {
        for text in ["", "－", "10分", "007", "1,23", "1e5", "NaN", "inf", "=1+1", "+5", ".5", "5.", "--1"] {
            assert_eq!(Figure::parse(text), None, "{text}");
        }
        assert_eq!(Figure::parse("913700001234567890"), None);
    }
}
