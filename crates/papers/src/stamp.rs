//! The day on a paper: given by the caller as text, never taken from a clock.

/// A civil date and time of day, Beijing time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
}

/// Minutes Beijing is ahead of UTC.
pub(crate) const BEIJING: i32 = 8 * 60;

impl Stamp {
    /// Reads `YYYY-MM-DD` with an optional ` HH:MM`; `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Stamp> {
        let (date, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), "00:00"));
        let [year, month, day] = numbers(date, '-')?[..] else {
            return None;
        };
        let (hour, minute) = match numbers(time, ':')?[..] {
            [hour, minute] | [hour, minute, _] => (hour, minute),
            _ => return None,
        };
        let real = (1900..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        if !real || hour > 23 || minute > 59 {
            return None;
        }
        Some(Stamp { year, month: month as u8, day: day as u8, hour: hour as u8, minute: minute as u8 })
    }
}

fn numbers(text: &str, mark: char) -> Option<Vec<u16>> {
    text.split(mark).map(|part| part.parse().ok()).collect()
}

fn days(year: u16, month: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_two_forms_and_nothing_else() {
        let day = Stamp { year: 2027, month: 2, day: 22, hour: 0, minute: 0 };
        assert_eq!(Stamp::parse("2027-02-22"), Some(day));
        assert_eq!(Stamp::parse("2027-02-22 08:30"), Some(Stamp { hour: 8, minute: 30, ..day }));
        for text in ["", "2027年2月22日", "2027-02-29", "2027-13-01", "2027-02-22 24:00", "2027-02"] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }
}
