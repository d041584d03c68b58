//! Interpretations are bound to places the edition has.

mod common;

use regulation::general::interpretation::Place;

#[test]
fn a_place_is_an_item_or_a_row_of_the_edition() {
    let draft = common::edition("../../law/draft");
    for item in draft.items() {
        assert!(Place::Item(item.id.clone()).is_in(&draft), "{}", item.id);
        assert!(!Place::Row(item.id.clone()).is_in(&draft), "{}", item.id);
    }
    for row in draft.sheet.items() {
        let place = Place::Row(row.id.clone());
        assert!(place.is_in(&draft), "{}", row.id);
        assert_eq!(place.name(&draft), format!("评分表：{}", row.work));
    }
    assert!(!Place::Item("99".to_owned()).is_in(&draft));
    assert_eq!(Place::Item("10-2".to_owned()).name(&draft), "办法第十条（二）");
}
