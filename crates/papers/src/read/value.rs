//! What a cell says, as text.

use calamine::{DataRef, ExcelDateTime};

/// A cell as trimmed text; see [`super::read_xlsx`] for the forms.
pub(super) fn text(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) => trimmed(text),
        DataRef::SharedString(text) => trimmed(text),
        DataRef::Bool(truth) => (if *truth { "TRUE" } else { "FALSE" }).to_owned(),
        DataRef::DateTime(moment) => moment_text(moment),
        DataRef::DateTimeIso(text) => iso_text(text),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// The name of a column without the marks of a template: `*`, `（必填）`, blanks and line breaks.
pub(super) fn column_name(head: &str) -> String {
    let bare = head.replace("（必填）", "").replace("(必填)", "");
    bare.chars().filter(|char| !char.is_whitespace() && !['*', '＊'].contains(char)).collect()
}

/// Without blanks at the ends, also the invisible ones that come along from chats and web pages.
fn trimmed(text: &str) -> String {
    let blank = |char: char| char.is_whitespace() || ['\u{200B}', '\u{FEFF}'].contains(&char);
    text.trim_matches(blank).to_owned()
}

/// A number with the 15 digits a spreadsheet shows: 0.1 + 0.2 is 0.3, 12.0 is 12.
fn number_text(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // Adding zero turns a negative zero into plain zero.
    (shown + 0.0).to_string()
}

fn moment_text(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if moment.is_duration() || (0.0..1.0).contains(&serial) {
        // A time of day, or a length of time: whole days count as hours.
        let hours = serial.max(0.0).floor() as u64 * 24 + u64::from(hour);
        return format!("{hours:02}:{minute:02}{}", seconds(second));
    }
    let time = time_text((hour, minute, second));
    let gap = if time.is_empty() { "" } else { " " };
    format!("{year:04}-{month:02}-{day:02}{gap}{time}")
}

fn time_text((hour, minute, second): (u8, u8, u8)) -> String {
    if (hour, minute, second) == (0, 0, 0) {
        return String::new();
    }
    format!("{hour:02}:{minute:02}{}", seconds(second))
}

fn seconds(second: u8) -> String {
    if second == 0 { String::new() } else { format!(":{second:02}") }
}

/// `2026-09-18T00:00:00` is a date, `2026-09-18T08:30:00` a date and a time.
fn iso_text(text: &str) -> String {
    let Some((date, time)) = text.split_once('T') else {
        return trimmed(text);
    };
    let time = time.trim_end_matches('Z').split('.').next().unwrap_or_default();
    let time = time.strip_suffix(":00").unwrap_or(time);
    if time.is_empty() || time == "00:00" { date.to_owned() } else { format!("{date} {time}") }
}
