//! Near-duplicate texts: how well the verdict tells a measured set apart, and what holds of any text.

use std::collections::BTreeMap;

use proptest::prelude::*;
use regulation::duties::likeness::{Signature, Verdict, alike};
use serde::Deserialize;

#[derive(Deserialize)]
struct Set {
    text: BTreeMap<String, Text>,
    pair: Vec<Pair>,
}

#[derive(Clone, Deserialize)]
struct Text {
    title: String,
    body: String,
}

/// Two texts, or one and what was made of it.
#[derive(Deserialize)]
struct Pair {
    a: String,
    b: Option<String>,
    title: Option<String>,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    replace: Vec<(String, String)>,
    expect: String,
    why: String,
}

impl Set {
    fn both(&self, pair: &Pair) -> (Signature, Signature) {
        let first = &self.text[&pair.a];
        let mut second = self.text[pair.b.as_ref().unwrap_or(&pair.a)].clone();
        for (from, to) in &pair.replace {
            assert!(second.body.contains(from), "{}: {from}", pair.a);
            second.body = second.body.replace(from, to);
        }
        let title = pair.title.as_ref().unwrap_or(&second.title);
        let body = format!("{}{}{}", pair.before, second.body, pair.after);
        (Signature::of(&first.title, &first.body), Signature::of(title, &body))
    }
}

#[test]
fn the_measured_set_is_told_apart() {
    let set: Set = toml::from_str(include_str!("fixtures/likeness.toml")).expect("pairs");
    assert!(set.pair.len() >= 30, "{}", set.pair.len());
    // Found and meant, found without being meant, meant and not found: for "counts once", and for "is shown".
    let (mut once, mut shown, mut table) = ([0; 3], [0; 3], String::new());
    let count = |of: &mut [i32; 3], found: bool, meant: bool| match (found, meant) {
        (true, true) => of[0] += 1,
        (true, false) => of[1] += 1,
        (false, true) => of[2] += 1,
        (false, false) => {}
    };
    for pair in &set.pair {
        let (a, b) = set.both(pair);
        let likeness = alike(&a, &b);
        count(&mut once, likeness.verdict == Verdict::Same, pair.expect == "same");
        count(&mut shown, likeness.verdict != Verdict::Different, pair.expect != "different");
        let met = a.bands().iter().any(|band| b.bands().contains(band));
        let found = format!("{:?}", likeness.verdict).to_lowercase();
        let wrong = if found == pair.expect { "" } else { "  <-" };
        table +=
            &format!("{:4} {found:9} {:9} {met:5} {} {}{wrong}\n", likeness.permille, pair.expect, pair.a, pair.why);
        assert!(met || likeness.verdict == Verdict::Different, "no band leads to it\n{table}");
    }
    println!("{table}counts once {once:?}, is shown {shown:?}");
    // Missed: a copy under another title with a source added, which is near; and a pair of two short lines.
    assert_eq!((once, shown), ([15, 0, 1], [28, 0, 1]), "\n{table}");
}

fn text() -> impl Strategy<Value = String> {
    "[一二三四五六七八九十甲乙丙丁a-f0-9，。 ]{0,200}"
}

proptest! {
    #[test]
    fn likeness_is_mutual_and_a_text_is_itself(title in text(), body in text(), other in text()) {
        let (a, b) = (Signature::of(&title, &body), Signature::of(&title, &other));
        prop_assert_eq!(alike(&a, &b), alike(&b, &a));
        let itself = alike(&a, &a);
        let said = title.chars().chain(body.chars()).any(char::is_alphanumeric);
        prop_assert_eq!(itself.verdict, if said { Verdict::Same } else { Verdict::Different });
        prop_assert_eq!(Signature::restored(&a.stored()), Some(a));
    }

    #[test]
    fn what_is_the_same_meets_in_a_band(body in "[一二三四五六七八九十甲乙丙丁]{80,200}", at in 0_usize..60, put in "[子丑寅卯]{1,4}") {
        let changed: String = body.chars().take(at).chain(put.chars()).chain(body.chars().skip(at)).collect();
        let (a, b) = (Signature::of("", &body), Signature::of("", &changed));
        if alike(&a, &b).verdict == Verdict::Same {
            prop_assert!(a.bands().iter().any(|band| b.bands().contains(band)));
        }
    }

    #[test]
    fn any_integers_are_read_without_harm(kept in prop::collection::vec(any::<i64>(), 0..140)) {
        let _ = Signature::restored(&kept);
    }
}
