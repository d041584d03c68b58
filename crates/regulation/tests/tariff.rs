//! Customs codes: what holds of any code and any table, and what the shipped table says.

use std::collections::BTreeSet;

use proptest::prelude::*;
use regulation::duties::tariff::{Code, Concordance, HS2017_HS2022, Revision, parse_list};

const OLD: Revision = Revision::ALL[1];
const NEW: Revision = Revision::ALL[2];

fn code(digits: &str) -> Code {
    Code::parse(digits).expect(digits)
}

fn shipped() -> Concordance {
    Concordance::parse(HS2017_HS2022).expect("the shipped table")
}

/// Few chapters and digits, so that codes and tables meet.
fn digits(lengths: &'static [usize]) -> impl Strategy<Value = String> {
    prop::sample::select(lengths)
        .prop_flat_map(|length| prop::collection::vec(1..4_u8, length))
        .prop_map(|digits| digits.iter().map(u8::to_string).collect())
}

proptest! {
    #[test]
    fn a_code_is_read_back_as_shown(digits in digits(&Code::LENGTHS), other in digits(&Code::LENGTHS)) {
        let (code, other) = (code(&digits), code(&other));
        prop_assert_eq!(&Code::parse(&code.shown()), &Ok(code.clone()));
        prop_assert_eq!(code.touches(&other), other.touches(&code));
        prop_assert_eq!(code.touches(&other), code.prefixes().contains(&other) || other.prefixes().contains(&code));
        prop_assert!(code.prefixes().iter().all(|above| above.touches(&code)));
    }

    #[test]
    fn nothing_people_type_is_read_as_something_else(text in "[0-9０-９. 　;、a轮]{0,24}") {
        let plain = |text: &str| text.chars().filter_map(|c| char::to_digit(c, 10).or_else(|| {
            ('０'..='９').contains(&c).then(|| u32::from(c) - u32::from('０'))
        })).collect::<Vec<u32>>();
        if let Ok(code) = Code::parse(&text) {
            prop_assert_eq!(plain(code.digits()), plain(&text));
        }
        if let Ok(codes) = parse_list(&text) {
            prop_assert!(codes.iter().collect::<BTreeSet<_>>().len() == codes.len());
        }
    }

    #[test]
    fn carrying_never_loses_a_code(rows in prop::collection::btree_set((digits(&[6]), digits(&[6])), 0..12), of in digits(&Code::LENGTHS)) {
        let mut text: String = rows.iter().map(|(old, new)| format!("2017,{old},2022,{new}\n")).collect();
        text.push_str("2017,999999,2022,999999\n");
        let (table, code) = (Concordance::parse(&text).expect("rows"), code(&of));
        let carried = table.carry(&code, OLD, NEW);
        prop_assert!(!carried.codes.is_empty());
        prop_assert!(carried.codes.iter().all(|new| new.digits().len() == of.len() || (new.digits().len() == 6 && !carried.exact)));
        if of.len() == 6 && rows.iter().any(|(old, _)| *old == of) {
            // Each successor knows where it came from.
            prop_assert!(carried.codes.iter().all(|new| table.carry(new, NEW, OLD).codes.contains(&code)));
        }
        // What goods under a code became is under what the code became.
        for above in code.prefixes().iter().filter(|above| above.digits().len() <= 6) {
            let wider = table.carry(above, OLD, NEW).codes;
            prop_assert!(carried.codes.iter().all(|new| wider.iter().any(|wide| wide.touches(new))), "{above}: {wider:?}");
        }
    }
}

#[test]
fn the_shipped_table_knows_what_moved() {
    let table = shipped();
    let to = |digits: &str| {
        table.carry(&code(digits), OLD, NEW).codes.iter().map(|c| c.digits().to_owned()).collect::<Vec<_>>()
    };
    // Smartphones, light-emitting diodes and solar cells, lithium cells (unchanged), vaccines, display panels, drones.
    assert_eq!(to("851712"), ["851713", "851714"]);
    assert_eq!(to("854140"), ["854141", "854142", "854143", "854149"]);
    assert_eq!(to("850760"), ["850760"]);
    assert_eq!(to("300220"), ["300241"]);
    assert!(to("901380").contains(&"852411".to_owned()) && to("901380").contains(&"901380".to_owned()));
    assert!(to("852580").contains(&"880621".to_owned()), "a drone that films was a camera");
    assert_eq!(to("8803"), ["8807"]);
    // Tyres did not change, whatever their national line.
    assert_eq!(to("4011100010"), ["4011100010"]);
    assert_eq!(table.carry(&code("851713"), NEW, OLD).codes, [code("851712")]);
    assert_eq!(table.carry(&code("911490"), NEW, OLD).codes, [code("911410"), code("911490")]);
}

/// The list of the edition of 2022 is not part of the repository: `FENGSUI_HS2022` names a CSV file with it, codes in the
/// second column.
#[test]
fn every_successor_is_a_code_of_2022() {
    let Some(list) = std::env::var_os("FENGSUI_HS2022") else { return };
    let list = std::fs::read_to_string(list).expect("the file FENGSUI_HS2022 names");
    let known: BTreeSet<&str> = list.lines().filter_map(|line| line.split(',').nth(1)).collect();
    let lines = HS2017_HS2022.lines().filter(|line| !line.starts_with('#'));
    let strange: Vec<&str> =
        lines.filter(|line| !known.contains(line.rsplit(',').next().unwrap_or_default())).collect();
    assert!(strange.is_empty(), "{strange:?}");
}
