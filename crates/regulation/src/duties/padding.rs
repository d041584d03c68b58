//! Filling up a month (row on warnings published, readings K62, K101 and K102): what of a station's published items a
//! reviewer should look at. Nothing here changes a count by itself.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::likeness::Verdict;
use super::published::{Published, compare};
use crate::law::Edition;

/// One published item; times are China's.
#[derive(Clone, Debug)]
pub struct Item {
    pub key: i64,
    /// Midnight sharp when only the day is known.
    pub published: DateTime,
    /// When the station entered it here.
    pub recorded: DateTime,
    /// The day it was found to be gone from the site.
    pub deleted: Option<Date>,
    pub text: Published,
}

/// Numbers of an edition; one it leaves out is 0 and asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub backdated_days: i64,
    /// Items a month needs before a burst is one: below the lowest tier nothing is gained by it.
    pub least: i64,
    pub share_percent: i64,
    pub last_days: i64,
    pub minutes: i64,
    pub deleted_days: i64,
}

impl Limits {
    pub fn of(edition: &Edition) -> Limits {
        Limits {
            backdated_days: edition.whole("padding.backdated_days"),
            least: edition.whole("padding.least"),
            share_percent: edition.whole("padding.share_percent"),
            last_days: edition.whole("padding.last_days"),
            minutes: edition.whole("padding.minutes"),
            deleted_days: edition.whole("warning.deleted_within_days"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// The same text again: counts once.
    Repeated,
    /// Nearly the same text: a person decides.
    Similar,
    /// Published long before it was entered.
    Backdated,
    /// Most of the month on its last days.
    MonthEnd,
    /// Most of the month at one go.
    Burst,
    /// Taken down soon after: does not count.
    Deleted,
}

/// What to look at, and on what reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub pattern: Pattern,
    /// Keys of the items, in the order they were published.
    pub items: Vec<i64>,
    pub sentence: String,
    pub reading: &'static str,
}

/// Findings on a month: `items` are those published in the month of `month`, in any order.
pub fn findings(month: Date, items: &[Item], limits: &Limits) -> Vec<Finding> {
    let mut items: Vec<&Item> = items.iter().collect();
    items.sort_by_key(|item| (item.published, item.key));
    let mut found = repeated(&items);
    let all = |test: &dyn Fn(&Item) -> bool| items.iter().filter(|item| test(item)).map(|item| item.key).collect();
    let mut add = |pattern, reading, keys: Vec<i64>, sentence: &dyn Fn(usize) -> String| {
        if !keys.is_empty() {
            found.push(Finding { pattern, sentence: sentence(keys.len()), items: keys, reading });
        }
    };
    let Limits { backdated_days: late, last_days, minutes, deleted_days, .. } = *limits;
    add(
        Pattern::Backdated,
        "K102",
        all(&|item| late > 0 && days(item.published.date(), item.recorded.date()) > late),
        &|n| format!("{n} 条的登记日晚于发布日超过 {late} 日，请核对发布日期的依据。"),
    );
    let end = all(&|item| days(item.published.date(), month.last_of_month()) < last_days);
    add(Pattern::MonthEnd, "K102", most(end, items.len(), limits), &|n| {
        format!("当月 {} 条中有 {n} 条在最后 {last_days} 日发布，请核对内容是否及时。", items.len())
    });
    add(Pattern::Burst, "K102", most(burst(&items, minutes), items.len(), limits), &|n| {
        format!("当月 {} 条中有 {n} 条在 {minutes} 分钟以内发布，请核对是否逐条研判。", items.len())
    });
    let soon = |item: &Item| item.deleted.is_some_and(|gone| days(item.published.date(), gone) <= deleted_days);
    add(Pattern::Deleted, "K62", all(&|item| deleted_days > 0 && soon(item)), &|n| {
        format!("{n} 条在发布后 {deleted_days} 日内删除，不计入条数。")
    });
    found
}

/// Items with the same text, and pairs that are nearly so; of a text that stands several times only the first is compared.
fn repeated(items: &[&Item]) -> Vec<Finding> {
    let (mut groups, mut similar): (Vec<Vec<&Item>>, Vec<[i64; 2]>) = (Vec::new(), Vec::new());
    for item in items {
        let like: Vec<Verdict> = groups.iter().map(|group| compare(&group[0].text, &item.text)).collect();
        match like.iter().position(|verdict| *verdict == Verdict::Same) {
            Some(same) => groups[same].push(item),
            None => {
                let near = groups.iter().zip(&like).filter(|(_, verdict)| **verdict == Verdict::Near);
                similar.extend(near.map(|(group, _)| [group[0].key, item.key]));
                groups.push(vec![item]);
            }
        }
    }
    let repeated = groups.iter().filter(|group| group.len() > 1).map(|group| Finding {
        pattern: Pattern::Repeated,
        items: group.iter().map(|item| item.key).collect(),
        sentence: format!("{} 条的内容相同，计一条。", group.len()),
        reading: "K101",
    });
    let similar = similar.iter().map(|pair| Finding {
        pattern: Pattern::Similar,
        items: pair.to_vec(),
        sentence: "两条的内容近似，请判断是否为同一条。".to_owned(),
        reading: "K101",
    });
    repeated.chain(similar).collect()
}

/// The largest number of items within so many minutes of each other, of those whose time of day is known.
fn burst(items: &[&Item], minutes: i64) -> Vec<i64> {
    let timed: Vec<&&Item> =
        items.iter().filter(|item| item.published.time() != jiff::civil::Time::midnight()).collect();
    let window = SignedDuration::from_mins(minutes.max(0));
    let within = (0..timed.len()).map(|from| {
        let near =
            timed[from..].iter().take_while(|item| timed[from].published.duration_until(item.published) <= window);
        near.map(|item| item.key).collect::<Vec<i64>>()
    });
    within.max_by_key(Vec::len).filter(|_| minutes > 0).unwrap_or_default()
}

/// The keys when they are more than the share of a month that is long enough, none otherwise.
fn most(keys: Vec<i64>, of: usize, limits: &Limits) -> Vec<i64> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let enough = limits.least > 0 && limits.share_percent > 0 && count(of) >= limits.least;
    let more = count(keys.len()).saturating_mul(100) > limits.share_percent.saturating_mul(count(of));
    if enough && more { keys } else { Vec::new() }
}

fn days(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    const LIMITS: Limits =
        Limits { backdated_days: 7, least: 10, share_percent: 50, last_days: 2, minutes: 60, deleted_days: 30 };
    const SUBJECTS: [&str; 12] = [
        "轮胎反倾销立案",
        "玻璃纤维终裁",
        "大蒜进口配额",
        "家电能效法规",
        "水产品标签",
        "橡胶助剂申请",
        "钢管再调查",
        "光伏支架裁决",
        "铝轮毂发起",
        "螺栓保障税",
        "彩涂板终止",
        "三氯蔗糖复审",
    ];

    /// The item of that day and hour on a subject of its own, entered an hour later.
    fn item(key: i64, day: i8, hour: i8) -> Item {
        let published = date(2026, 9, day).at(hour, 5, 0, 0);
        let subject = SUBJECTS[usize::try_from(key).expect("key") % SUBJECTS.len()];
        let text = Published::of(subject, &subject.repeat(3), "");
        Item { key, published, recorded: published.saturating_add(1.hours()), deleted: None, text }
    }

    fn patterns(items: &[Item]) -> Vec<(Pattern, usize)> {
        let found = findings(date(2026, 9, 1), items, &LIMITS);
        for finding in &found {
            assert!(finding.sentence.ends_with('。') && finding.reading.starts_with('K'), "{finding:?}");
        }
        found.iter().map(|finding| (finding.pattern, finding.items.len())).collect()
    }

    fn steady() -> Vec<Item> {
        (0..12).map(|key| item(key, i8::try_from(2 * key + 1).expect("day"), 9)).collect()
    }

    #[test]
    fn a_steady_month_is_not_remarked_on() {
        assert_eq!(patterns(&steady()), []);
        assert_eq!(patterns(&[]), []);
    }

    #[test]
    fn seven_days_late_is_in_order_and_eight_is_shown() {
        let mut items = steady();
        items[0].recorded = date(2026, 9, 8).at(23, 59, 0, 0);
        assert_eq!(patterns(&items), []);
        items[0].recorded = date(2026, 9, 9).at(0, 0, 0, 0);
        assert_eq!(patterns(&items), [(Pattern::Backdated, 1)]);
    }

    #[test]
    fn more_than_half_on_the_last_two_days_is_shown_and_half_is_not() {
        let mut items = steady();
        for (ix, item) in items.iter_mut().enumerate().take(6) {
            item.published = date(2026, 9, 29).at(i8::try_from(3 * ix).expect("hour"), 5, 0, 0);
            item.recorded = item.published;
        }
        assert_eq!(patterns(&items), []);
        items[6].published = date(2026, 9, 28).at(23, 59, 0, 0);
        assert_eq!(patterns(&items), [], "the last day but two");
        items[6].published = date(2026, 9, 30).at(9, 0, 0, 0);
        items[6].recorded = items[6].published;
        assert_eq!(patterns(&items), [(Pattern::MonthEnd, 7)]);
        assert_eq!(patterns(&items[..9]), [], "too few to gain by it");
    }

    #[test]
    fn an_hour_is_counted_wherever_it_begins_and_not_for_bare_dates() {
        let mut items = steady();
        for (ix, item) in (0..).zip(&mut items[..7]) {
            item.published = date(2026, 9, 15).at(23, 25, 0, 0).saturating_add((9 * ix).minutes());
            item.recorded = item.published;
        }
        assert_eq!(patterns(&items), [(Pattern::Burst, 7)], "across midnight");
        items.iter_mut().take(7).for_each(|item| item.published = date(2026, 9, 15).at(0, 0, 0, 0));
        assert_eq!(patterns(&items), []);
    }

    #[test]
    fn what_is_gone_within_thirty_days_is_shown() {
        let mut items = steady();
        items[0].deleted = Some(date(2026, 10, 1));
        items[1].deleted = Some(date(2026, 10, 4));
        assert_eq!(patterns(&items), [(Pattern::Deleted, 1)]);
    }

    #[test]
    fn a_text_again_is_one_finding_however_often() {
        let mut items = steady();
        let again = items[0].text.clone();
        items[4].text = again.clone();
        items[9].text = again;
        assert_eq!(patterns(&items), [(Pattern::Repeated, 3)]);
        assert_eq!(findings(date(2026, 9, 1), &items, &LIMITS)[0].items, [0, 4, 9]);
    }

    #[test]
    fn an_edition_without_numbers_asks_for_nothing_but_repeats() {
        let none = Limits { backdated_days: 0, least: 0, share_percent: 0, last_days: 0, minutes: 0, deleted_days: 0 };
        let mut items = steady();
        items.iter_mut().for_each(|item| item.deleted = Some(date(2026, 9, 30)));
        assert_eq!(findings(date(2026, 9, 1), &items, &none), []);
    }
}
