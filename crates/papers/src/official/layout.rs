//! The page of GB/T 9704-2012 in figures, and what the two files of a document work out alike. Lengths are twentieths
//! of a point, as in .docx; widths of text are half characters, so that a figure is one and a character two.

/// Width of the type area (版心, 156 mm), between margins of 1588 and 1474.
pub(super) const MEASURE: u32 = 8_844;
/// Half characters on a line of body text: 28 characters.
const HALVES: u32 = 56;
/// Half characters on a line of the title, 22 points.
const TITLE_HALVES: u32 = 40;
/// Words of these titles that no line ends inside.
const WORDS: [&str; 33] = [
    "应对",
    "国际",
    "贸易",
    "摩擦",
    "工作站",
    "年度",
    "评估",
    "检查",
    "考察",
    "申报",
    "评审",
    "专家",
    "入选",
    "名单",
    "确认",
    "公示",
    "公告",
    "通报",
    "通知",
    "告知书",
    "决定",
    "意见",
    "方案",
    "情况",
    "优秀",
    "合格",
    "撤销",
    "整合",
    "变更",
    "退出",
    "商务",
    "协会",
    "有限公司",
];
/// Space at both sides of a cell's text together.
const CELL_SPACE: u32 = 260;
/// Cells no wider than this stand centred in their column.
const CENTRED: u32 = 18;

/// Width of half a character of body text on the page: a line has 28 characters, a little closer than their 16 points.
pub(super) fn half_characters(count: u32) -> u32 {
    count * MEASURE / HALVES
}

pub(super) fn width(text: &str) -> u32 {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Size of 发文机关标志 in points: large, and on one line.
pub(super) fn issuer_size(issuer: &str) -> u32 {
    (840 / width(issuer).max(1)).clamp(22, 44)
}

/// The first sentence of a heading, and the text that follows it in the same paragraph: only the former is set in the
/// heading's type.
pub(super) fn lead(level: u8, text: &str) -> (&str, &str) {
    match text.find('。').map(|at| at + '。'.len_utf8()) {
        Some(end) if level <= 2 => text.split_at(end),
        _ => (text, ""),
    }
}

/// Right indents of the signature and the date, in half characters: the date four characters in and the name centred
/// over it, so that the seal the department's own system puts on covers both (7.3.5.1).
pub(super) fn signature(signed: &str, dated: &str) -> (u32, u32) {
    let (name, date) = (width(signed), width(dated));
    let centred = (16 + date).saturating_sub(name) / 2;
    match dated.is_empty() || centred >= 4 {
        true => (if dated.is_empty() { 8 } else { centred }, 8),
        false => (4, 4 + name.saturating_sub(date) / 2),
    }
}

/// The title in lines of about the same length, broken where it reads well.
pub(super) fn title_lines(title: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = title;
    while width(rest) > TITLE_HALVES {
        let left = width(rest).div_ceil(TITLE_HALVES);
        let Some(at) = best_break(rest, width(rest) / left, TITLE_HALVES * (left - 1)) else { break };
        let (line, behind) = rest.split_at(at);
        lines.push(line.to_owned());
        rest = behind;
    }
    lines.push(rest.to_owned());
    lines
}

/// Where to break, so that the line comes near the width aimed at and the rest fits what is left.
fn best_break(text: &str, aim: u32, most_behind: u32) -> Option<usize> {
    let whole = width(text);
    let places = text.char_indices().skip(1).filter_map(|(at, next)| {
        let before = text[..at].chars().next_back()?;
        let line = width(&text[..at]);
        let fits = line <= TITLE_HALVES && whole - line <= most_behind && !inside_a_word(text, at);
        let cost = if text[at..].starts_with("关于") { 0 } else { 8 + liking(before, next)? };
        fits.then_some((line.abs_diff(aim) + cost, at))
    });
    places.min().map(|(_, at)| at)
}

fn inside_a_word(text: &str, at: usize) -> bool {
    WORDS.iter().any(|word| text.match_indices(word).any(|(start, _)| start < at && at < start + word.len()))
}

/// How little a break between two characters is liked; `None` where there must be none.
fn liking(before: char, next: char) -> Option<u32> {
    let joined = before.is_ascii_alphanumeric() && (next.is_ascii_alphanumeric() || "年月日号%".contains(next));
    if joined || "（《“〔".contains(before) || "）》”〕，、。：；的和及与".contains(next) {
        return None;
    }
    Some(if "的、，》”和及与年".contains(before) { 0 } else { 6 })
}

/// Type size of a table in half points: the more columns, the smaller.
pub(super) fn table_size(columns: usize) -> u32 {
    match columns {
        0..=5 => 28,
        6..=7 => 24,
        8..=9 => 21,
        _ => 18,
    }
}

/// Whether each column is narrow enough to stand centred.
pub(super) fn centred(rows: &[Vec<String>]) -> Vec<bool> {
    widest(rows).into_iter().map(|widest| widest <= CENTRED).collect()
}

/// Widths of a table's columns, the whole measure together: a column that needs less than its share gets what it
/// needs, the others share what is left by what they hold.
pub(super) fn columns(rows: &[Vec<String>]) -> Vec<u32> {
    let wanted: Vec<u32> = widest(rows).into_iter().map(|widest| widest * table_size(width_of(rows)) * 5).collect();
    let wanted: Vec<u32> = wanted.into_iter().map(|width| width + CELL_SPACE).collect();
    let mut narrow = vec![false; wanted.len()];
    loop {
        let taken: u32 = wanted.iter().zip(&narrow).filter(|(_, narrow)| **narrow).map(|(width, _)| width).sum();
        let open = u32::try_from(narrow.iter().filter(|narrow| !**narrow).count()).unwrap_or(u32::MAX);
        let share = MEASURE.saturating_sub(taken).checked_div(open).unwrap_or(0);
        let fits = |ix: &usize| !narrow[*ix] && wanted[*ix] <= share;
        let Some(ix) = (0..wanted.len()).find(fits) else { break };
        narrow[ix] = true;
    }
    let wide: Vec<bool> =
        if narrow.iter().all(|narrow| *narrow) { narrow } else { narrow.iter().map(|n| !n).collect() };
    let kept: u32 = wanted.iter().zip(&wide).filter(|(_, wide)| !**wide).map(|(width, _)| width).sum();
    spread(&wanted, &wide, MEASURE.saturating_sub(kept))
}

/// Gives the columns marked the room there is by what they want; the last of them takes the remainder.
fn spread(wanted: &[u32], marked: &[bool], room: u32) -> Vec<u32> {
    let all: u32 = wanted.iter().zip(marked).filter(|(_, marked)| **marked).map(|(width, _)| width).sum();
    let mut widths: Vec<u32> = wanted
        .iter()
        .zip(marked)
        .map(|(width, marked)| if *marked { width * room / all.max(1) } else { *width })
        .collect();
    let rest = MEASURE.saturating_sub(widths.iter().sum());
    if let Some(ix) = marked.iter().rposition(|marked| *marked) {
        widths[ix] += rest;
    }
    widths
}

fn width_of(rows: &[Vec<String>]) -> usize {
    rows.first().map_or(0, Vec::len)
}

/// Widest cell of each column.
fn widest(rows: &[Vec<String>]) -> Vec<u32> {
    let of_column = |ix: usize| rows.iter().filter_map(|row| row.get(ix)).map(|cell| width(cell)).max();
    (0..width_of(rows)).map(|ix| of_column(ix).unwrap_or(0).clamp(2, 400)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn a_title_breaks_where_it_reads_well() {
        assert_eq!(title_lines("关于开展检查的通知"), ["关于开展检查的通知"]);
        assert_eq!(
            title_lines("示例省商务厅关于开展2026年应对国际贸易摩擦工作站申报的通知"),
            ["示例省商务厅关于开展2026年", "应对国际贸易摩擦工作站申报的通知"]
        );
        assert_eq!(
            title_lines("示例省商务厅关于撤销示例轮胎行业贸易摩擦工作站的决定"),
            ["示例省商务厅", "关于撤销示例轮胎行业贸易摩擦工作站的决定"]
        );
        for title in
            ["示例省应对国际贸易摩擦工作站2026年度评估拟评定优秀等次工作站名单公示", "（《“〔".repeat(30).as_str()]
        {
            let lines = title_lines(title);
            assert_eq!(lines.concat(), title);
            assert!(lines.iter().all(|line| !line.is_empty() && !line.starts_with(['的', '、', '）'])), "{lines:?}");
        }
    }

    #[test]
    fn columns_fill_the_measure_and_narrow_ones_keep_what_they_need() {
        let long = "很长的一段说明，".repeat(12);
        for table in [
            rows(&[&["序号", "名称"], &["1", "示例"]]),
            rows(&[&["序号", "工作站", "说明"], &["1", "示例轮胎工作站", &long]]),
            rows(&[&["甲", "乙"], &[&long, &long]]),
            rows(&[&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]]),
            rows(&[&["", ""]]),
        ] {
            let widths = columns(&table);
            assert_eq!(widths.iter().sum::<u32>(), MEASURE, "{widths:?}");
            assert!(widths.iter().all(|width| *width > 300), "{widths:?}");
        }
        let widths = columns(&rows(&[&["序号", "工作站", "说明"], &["1", "示例轮胎工作站", &long]]));
        assert_eq!(widths[0], 4 * 28 * 5 + CELL_SPACE);
        assert!(widths[2] > widths[1] && widths[1] > widths[0]);
    }

    #[test]
    fn the_name_stands_centred_over_the_date() {
        // 14 and 14 half characters: both four characters in.
        assert_eq!(signature("示例省商务厅厅", "2026年10月18日"), (8, 8));
        let (name, date) = signature("示例省商务厅", "2026年9月18日");
        assert_eq!((name * 2 + 12, date * 2 + 13), (28, 29), "within half a character");
        // A long name keeps two characters, and the date goes to its middle.
        assert_eq!(signature(&"名".repeat(20), "2026年9月18日"), (4, 4 + (40 - 13) / 2));
        assert_eq!(signature("示例省商务厅", ""), (8, 8));
    }

    #[test]
    fn only_the_first_sentence_of_a_heading_is_set_as_one() {
        assert_eq!(lead(1, "一、总体安排"), ("一、总体安排", ""));
        assert_eq!(lead(2, "（一）时间。自即日起。"), ("（一）时间。", "自即日起。"));
        assert_eq!(lead(3, "1．先做。再做。"), ("1．先做。再做。", ""));
    }

    #[test]
    fn the_mark_is_large_and_on_one_line() {
        for (name, size) in
            [("某厅", 44), ("示例省商务厅", 44), ("示例省商务厅示例省财政厅", 35), (&"名".repeat(40), 22)]
        {
            assert_eq!(issuer_size(name), size, "{name}");
        }
    }
}
