//! 重点联系企业库 (Article 5(1)): the firms a station watches over.

/// What a 统一社会信用代码 (GB 32100) looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsccCheck {
    Good,
    /// Eighteen characters of the alphabet, but the last does not check: a warning, since genuine codes are
    /// reported that fail (R6.1). It can be kept with a reason.
    WrongCheckDigit {
        expected: char,
    },
    /// Wrong length or a character outside the alphabet: cannot be a code at all.
    Malformed,
}

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Checks a code as typed; use [`tidy_uscc`] first.
pub fn check_uscc(code: &str) -> UsccCheck {
    let values: Option<Vec<usize>> =
        code.bytes().map(|byte| ALPHABET.iter().position(|known| *known == byte)).collect();
    let Some(values) = values.filter(|values| values.len() == 18) else {
        return UsccCheck::Malformed;
    };
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let expected = (31 - sum % 31) % 31;
    if values[17] == expected {
        UsccCheck::Good
    } else {
        UsccCheck::WrongCheckDigit { expected: char::from(ALPHABET[expected]) }
    }
}

/// Full-width to half-width, upper case, no spaces: what people paste.
pub fn tidy_uscc(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match u32::from(c) {
            wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect::<String>()
        .to_uppercase()
}

/// The first mobile number of the mainland in a telephone field as people fill it in; eleven digits.
pub fn mobile(typed: &str) -> Option<String> {
    let parts = typed.split(|c: char| !(c.is_ascii_digit() || c.is_whitespace() || "-+".contains(c)));
    // `138 1234 5678` is one number, `0546-1234567 13812345678` are two.
    let mut candidates = parts.flat_map(|part| std::iter::once(part).chain(part.split_whitespace()));
    candidates.find_map(|candidate| {
        let digits: String = candidate.chars().filter(char::is_ascii_digit).collect();
        let own = ["0086", "86"].iter().find_map(|code| digits.strip_prefix(code)).unwrap_or(&digits);
        let second = own.strip_prefix('1').and_then(|rest| rest.chars().next());
        (own.len() == 11 && second.is_some_and(|second| ('3'..='9').contains(&second))).then(|| own.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_is_found_among_others() {
        for typed in [
            "13812345678",
            "138 1234 5678",
            "+86 138-1234-5678",
            "008613812345678",
            "0546-1234567、13812345678",
            "0546-1234567 13812345678",
            "手机：13812345678（张）",
        ] {
            assert_eq!(mobile(typed).as_deref(), Some("13812345678"), "{typed}");
        }
        for typed in ["", "0546-1234567", "12812345678", "1381234567", "138123456789", "+852 9123 4567"] {
            assert_eq!(mobile(typed), None, "{typed}");
        }
    }

    #[test]
    fn published_codes_check() {
        for code in ["11370000004504951T", "91110000101623741K", "911101066976941872"] {
            assert_eq!(check_uscc(code), UsccCheck::Good, "{code}");
        }
        assert_eq!(check_uscc("91310115MA1H8R7C6D"), UsccCheck::WrongCheckDigit { expected: '7' });
        assert_eq!(check_uscc("91350211M0000XUF46"), UsccCheck::WrongCheckDigit { expected: 'R' });
        assert_eq!(check_uscc("9111000010162374I0"), UsccCheck::Malformed);
        assert_eq!(check_uscc(""), UsccCheck::Malformed);
    }

    #[test]
    fn pasted_codes_are_tidied() {
        assert_eq!(tidy_uscc(" 9111 0000１０１623741k "), "91110000101623741K");
    }
}
