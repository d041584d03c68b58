//! Findings on a station's month, with the numbers of the draft.

mod common;

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use regulation::duties::padding::{Item, Limits, Pattern, findings};
use regulation::duties::published::Published;

static LIMITS: LazyLock<Limits> = LazyLock::new(|| Limits::of(&common::edition("../../law/draft")));
const MONTH: Date = date(2026, 9, 1);

fn item() -> impl Strategy<Value = Item> {
    let gone = prop::option::of(0..60_i64);
    (0..30 * 24 * 60_i64, 0..20 * 24 * 60_i64, gone, "[甲乙丙丁]{1,3}").prop_map(|(published, late, gone, text)| {
        let published = MONTH.at(0, 0, 0, 0).saturating_add(published.minutes());
        let recorded = published.saturating_add(late.minutes());
        let deleted = gone.map(|days| published.date().saturating_add(days.days()));
        Item { key: 0, published, recorded, deleted, text: Published::of(&text, "", "") }
    })
}

proptest! {
    #[test]
    fn findings_name_items_of_the_month_whatever_their_order(items in prop::collection::vec(item(), 0..40), at in 0_usize..40) {
        let mut items: Vec<Item> = (0..).zip(items).map(|(key, item)| Item { key, ..item }).collect();
        let found = findings(MONTH, &items, &LIMITS);
        let at = at.min(items.len());
        items.rotate_left(at);
        prop_assert_eq!(&found, &findings(MONTH, &items, &LIMITS));
        for finding in &found {
            let of = |key: &i64| items.iter().find(|item| item.key == *key);
            let found: Vec<&Item> = finding.items.iter().filter_map(of).collect();
            prop_assert!(!found.is_empty() && found.len() == finding.items.len());
            let right = match finding.pattern {
                Pattern::Backdated => found.iter().all(|item| item.recorded.date() > item.published.date()),
                Pattern::Deleted => found.iter().all(|item| item.deleted.is_some()),
                Pattern::MonthEnd => found.iter().all(|item| item.published.date() >= date(2026, 9, 29)),
                Pattern::Burst => found.len() * 2 > items.len(),
                Pattern::Repeated => found.iter().all(|item| item.text == found[0].text),
                Pattern::Similar => found.len() == 2 && found[0].text != found[1].text,
            };
            prop_assert!(right, "{finding:?}");
        }
    }
}

#[test]
fn the_draft_has_every_number() {
    let Limits { backdated_days, least, share_percent, last_days, minutes, deleted_days } = *LIMITS;
    let numbers = [backdated_days, least, share_percent, last_days, minutes, deleted_days];
    assert_eq!(numbers, [7, 10, 50, 2, 60, 30]);
    assert_eq!(common::edition("../../law/draft").whole("warning.short_days"), 14);
}
