//! Addresses of lists with their filters: what a person typed comes back percent-encoded.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// `path?key=value&…`, leaving out what is empty.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Rows of a page, from the address.
pub fn page_size(asked: &str) -> i64 {
    asked.parse().ok().filter(|size| SIZES.contains(size)).unwrap_or(50)
}

/// The page sizes a list offers.
pub const SIZES: [i64; 3] = [20, 50, 100];

/// Cuts a page that was read with one row too many; says whether there are more.
pub fn cut<T>(rows: &mut Vec<T>, size: i64) -> bool {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_stays_one_value() {
        assert_eq!(address("/x", &[("q", "a&b=轮"), ("size", "")]), "/x?q=a%26b%3D%E8%BD%AE");
        assert_eq!(address("/x", &[("q", "")]), "/x");
    }

    #[test]
    fn only_offered_sizes_are_taken() {
        assert_eq!((page_size("20"), page_size("1000000"), page_size("")), (20, 50, 50));
    }
}
