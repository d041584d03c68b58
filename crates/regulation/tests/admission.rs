//! The application form against the draft edition: what each kind of unit must say and show (Articles 6-8).

mod common;

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use regulation::admission::form::{CONDITIONS, FIELDS, Head, Shape, Typed, Unit, cautions, changes, fields, gaps};
use regulation::admission::registration::{excused, outside};
use regulation::admission::{Desk, Route, Stage, Step, take};
use regulation::general::Due;

fn head(unit: Unit) -> Head<'static> {
    Head { unit, uscc: "91110000101623741K", route: Route::City, direct_ground: "", city: "370500" }
}

/// A form that lacks nothing.
fn full(unit: Unit) -> Typed {
    let mut typed = Typed::new();
    for field in fields(unit).filter(|field| field.needed) {
        let value = match field.shape {
            Shape::Whole => "3",
            Shape::Web => "https://example.cn/yj",
            Shape::Yes => "1",
            Shape::Choice(choices) => choices[0].0,
            Shape::Line | Shape::Text => "示例",
        };
        typed.insert(field.id.to_owned(), value.to_owned());
    }
    for (id, value) in [("region_code", "370523"), ("industry_code", "291"), ("hs_chapters", "40")] {
        typed.insert(id.to_owned(), value.to_owned());
    }
    typed
}

fn all_shown() -> BTreeSet<String> {
    CONDITIONS.iter().map(|(item, _)| (*item).to_owned()).collect()
}

/// Where a form has gaps, and under which item.
fn at(head: &Head<'_>, typed: &Typed, shown: &BTreeSet<String>) -> Vec<(&'static str, &'static str)> {
    let edition = common::edition("../../law/draft");
    gaps(&edition, head, typed, shown).into_iter().map(|gap| (gap.at, gap.item)).collect()
}

#[test]
fn every_kind_of_unit_has_a_form_that_can_be_filled_and_its_own_claims() {
    let mut claims = BTreeSet::new();
    for (unit, ..) in Unit::ALL {
        assert_eq!(at(&head(unit), &full(unit), &all_shown()), []);
        let own: Vec<&str> = fields(unit).filter(|field| field.item == "6-3").map(|field| field.id).collect();
        assert!(own.len() >= 3, "{unit:?}");
        claims.insert(own);
        let ids: BTreeSet<&str> = fields(unit).map(|field| field.id).collect();
        assert_eq!(ids.len(), fields(unit).count(), "{unit:?} has a field twice");
    }
    assert_eq!(claims.len(), 4, "association, firm, research body, other");
}

#[test]
fn nothing_needed_can_be_left_out() {
    for (unit, ..) in Unit::ALL {
        for field in fields(unit).filter(|field| field.needed) {
            let mut typed = full(unit);
            typed.remove(field.id);
            assert!(at(&head(unit), &typed, &all_shown()).contains(&(field.id, field.item)), "{}", field.id);
        }
        for item in ["6-1", "6-2", "6-3", "6-4", "6-5"] {
            let mut shown = all_shown();
            shown.remove(item);
            assert_eq!(at(&head(unit), &full(unit), &shown), [(item, item)]);
        }
    }
}

#[test]
fn what_cannot_be_is_named() {
    let with = |id: &str, value: &str| {
        let mut typed = full(Unit::Firm);
        typed.insert(id.to_owned(), value.to_owned());
        at(&head(Unit::Firm), &typed, &all_shown())
    };
    assert_eq!(with("region_code", "3705"), [("region_code", "6-1")]);
    let elsewhere = |note: &str| {
        let mut typed = full(Unit::Firm);
        typed.insert("region_code".to_owned(), "110101".to_owned());
        typed.insert("region_note".to_owned(), note.to_owned());
        at(&head(Unit::Firm), &typed, &all_shown())
    };
    assert_eq!(elsewhere(""), [("region_note", "6-1")]);
    assert_eq!(elsewhere("总部在外省，示例厂在本省"), [], "whoever reviews it decides (reading K86)");
    assert_eq!(with("website", "公众号"), [("website", "6-4")]);
    assert_eq!(with("clean", "0"), [("clean", "6-5")]);
    assert_eq!(with("industry_code", "29"), [("industry_code", "7")]);
    assert_eq!(with("comprehensive", "1"), [("comprehensive_reason", "7")]);
    assert_eq!(with("revenue", "很多"), [("revenue", "6-3")]);
    let mut typed = full(Unit::Firm);
    typed.insert("staff_full".to_owned(), "0".to_owned());
    typed.insert("staff_part".to_owned(), "0".to_owned());
    assert_eq!(at(&head(Unit::Firm), &typed, &all_shown()), [("staff_full", "6-2")]);
}

#[test]
fn a_code_that_does_not_check_is_kept_with_a_note() {
    let doubtful = Head { uscc: "91350211M0000XUF46", ..head(Unit::Firm) };
    let mut typed = full(Unit::Firm);
    assert_eq!(at(&doubtful, &typed, &all_shown()), [("uscc_note", "6-1")]);
    typed.insert("uscc_note".to_owned(), "证照即为此码".to_owned());
    assert_eq!(at(&doubtful, &typed, &all_shown()), []);
    let edition = common::edition("../../law/draft");
    assert_eq!(cautions(&edition, &doubtful, &typed).len(), 1);
    let none = Head { uscc: "123", ..head(Unit::Firm) };
    assert_eq!(at(&none, &typed, &all_shown()), [("uscc", "6-1")]);
}

#[test]
fn a_unit_registered_elsewhere_goes_on_only_with_a_reason() {
    let edition = common::edition("../../law/draft");
    let mut typed = full(Unit::Firm);
    assert_eq!(outside(&edition, &typed), None);
    for no_code in ["", "1101", "北京"] {
        typed.insert("region_code".to_owned(), no_code.to_owned());
        assert_eq!(outside(&edition, &typed), None, "{no_code}: what is no code is a gap of the form");
    }
    typed.insert("region_code".to_owned(), " 110101 ".to_owned());
    typed.insert("region_note".to_owned(), "总部在外省".to_owned());
    let code = outside(&edition, &typed);
    assert_eq!(code, Some("110101"));
    let refusal = excused(&edition, code, " ").expect_err("no reason");
    assert_eq!(refusal.basis, "办法第六条（一）");
    assert!(refusal.reason.contains("代码 110101") && refusal.reason.contains("K86"), "{refusal}");
    assert_eq!(excused(&edition, code, "示例厂在本省"), Ok(()));
    assert_eq!(excused(&edition, None, ""), Ok(()));
    let cautions = cautions(&edition, &head(Unit::Firm), &typed);
    assert!(cautions[0].contains("单位说明：总部在外省"), "{cautions:?}");
}

#[test]
fn only_provincial_bodies_and_province_wide_associations_go_direct() {
    let direct = |unit, direct_ground| {
        let head = Head { route: Route::Direct, direct_ground, ..head(unit) };
        at(&head, &full(unit), &all_shown()).is_empty()
    };
    assert!(direct(Unit::Institute, "provincial_body"));
    assert!(direct(Unit::Association, "province_wide"));
    assert!(!direct(Unit::Firm, "provincial_body"));
    assert!(!direct(Unit::Service, "province_wide"));
    assert!(!direct(Unit::Association, ""));
}

#[test]
fn versions_are_compared_field_by_field() {
    let before = full(Unit::Firm);
    let mut after = before.clone();
    after.insert("premises".to_owned(), "rented".to_owned());
    after.insert("comprehensive".to_owned(), "1".to_owned());
    let changed = changes(&before, &after);
    let shown: Vec<_> = changed.iter().map(|c| (c.label, c.before.as_str(), c.after.as_str())).collect();
    assert_eq!(shown, [("办公场所", "自有", "租赁"), ("申请设立跨行业的综合性工作站", "否", "是")]);
    assert!(changes(&after, &after).is_empty());
    assert!(FIELDS.len() > 30);
}

/// Any step with any facts: days of one spring and summer, small counts.
fn any_step() -> impl Strategy<Value = Step> {
    let at = (0..200i32).prop_map(|days| date(2026, 3, 1).at(12, 0, 0, 0).saturating_add(days.days()));
    let day = (0..200i32).prop_map(|days| date(2026, 3, 1).saturating_add(days.days()));
    let desk = select(vec![Desk::City, Desk::Province]);
    let route = select(vec![Route::City, Route::Direct]);
    prop_oneof![
        (at.clone(), route, 0..2usize).prop_map(|(at, route, gaps)| Step::Submit {
            at,
            route,
            due: Due::day(date(2026, 4, 30)),
            gaps
        }),
        (at.clone(), 0..2usize).prop_map(|(at, gaps)| Step::Resubmit { at, gaps }),
        Just(Step::Withdraw),
        at.clone().prop_map(|at| Step::Resume { at }),
        (desk.clone(), day.clone(), 0..2i64).prop_map(|(by, due, before)| Step::Return { by, due, before, most: 1 }),
        (0..2usize).prop_map(|unmet| Step::Pass { unmet }),
        desk.prop_map(|by| Step::Decline { by }),
        Just(Step::Forward),
        Just(Step::Accept),
        (2..4usize, any::<bool>()).prop_map(|(locked, passed)| Step::Shortlist { locked, needed: 3, passed }),
        day.prop_map(|until| Step::Notice { until }),
        Just(Step::Strike),
        (at, 0..2usize).prop_map(|(at, open)| Step::Confirm { at, open }),
    ]
}

/// The step that goes on from a stage most directly, so that random walks come as far as a confirmation: at times a
/// second too early, or with an objection open.
fn onward(stage: &Stage, early: bool, open: bool) -> Step {
    let at = date(2026, 4, 1).at(9, 0, 0, 0);
    match stage {
        Stage::CityReview { .. } => Step::Pass { unmet: 0 },
        Stage::CityPassed { .. } => Step::Forward,
        Stage::ProvinceReview { .. } => Step::Accept,
        Stage::PanelReview { .. } => Step::Shortlist { locked: 3, needed: 3, passed: true },
        Stage::Shortlisted { .. } => Step::Notice { until: date(2026, 8, 10) },
        Stage::Noticed { until, .. } if early => Step::Confirm { at: until.at(23, 59, 59, 0), open: 0 },
        Stage::Noticed { .. } => Step::Confirm { at: date(2026, 9, 19).at(0, 0, 0, 0), open: usize::from(open) },
        Stage::Returned { .. } => Step::Resubmit { at, gaps: 0 },
        _ => Step::Submit { at, route: Route::City, due: Due::day(date(2026, 4, 30)), gaps: 0 },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever anybody does in whatever order: confirmed means handed in in time, accepted, shown to the public to
    /// the end of a day that has passed, with no objection open. The first receipt never moves but by a withdrawal.
    #[test]
    fn nothing_is_confirmed_without_its_notice(walk in vec((any_step(), any::<bool>(), any::<bool>(), any::<bool>()), 1..60)) {
        let (mut stage, mut trail) = (Stage::Draft, Vec::new());
        for (random, push, early, open) in walk {
            let step = if push { onward(&stage, early, open) } else { random };
            let Ok(next) = take(stage.clone(), step.clone()) else { continue };
            if let (Some(before), Some(after)) = (stage.first(), next.first()) {
                prop_assert_eq!(before, after);
            }
            if let (Stage::Noticed { until, .. }, Step::Confirm { at, open }) = (&stage, &step) {
                prop_assert!(at.date() > *until && *open == 0);
            }
            stage = next;
            trail.push(stage.key());
        }
        if stage.key() == "confirmed" {
            prop_assert!(stage.first().is_some_and(|first| first.date() <= date(2026, 4, 30)));
            let place = |key| trail.iter().position(|passed| *passed == key);
            let order = ["province_review", "panel_review", "shortlisted", "noticed", "confirmed"].map(place);
            prop_assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{:?}", trail);
        }
    }
}
