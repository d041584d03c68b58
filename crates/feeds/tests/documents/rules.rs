//! The table of rules against its own examples.

#[test]
fn every_rule_decides_its_examples_and_has_one() {
    let rules = feeds::Rules::shipped().expect("the shipped rules");
    let wrong = rules.contradictions().expect("patterns");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_table_that_cannot_be_used_names_its_rule() {
    for (table, named) in [
        ("kind = []\nstage = []\nother = 1", "other"),
        ("kind = []\n[[stage]]\nname = \"broken\"\ngives = \"立案\"\ntitle = '('\nexamples = []", "broken"),
        ("kind = []\n[[stage]]\nname = \"unknown\"\ngives = \"立項\"\nexamples = []", "gives"),
    ] {
        let problem = feeds::Rules::parse(table).expect_err("no table").to_string();
        assert!(problem.contains(named), "{problem}");
    }
}

#[test]
fn a_contradicted_example_is_found() {
    let table = "kind = []\n\
        [[stage]]\nname = \"broad\"\ngives = \"初裁\"\ntitle = 'preliminary determination'\nexamples = [\"Preliminary Determination\"]\n\
        [[stage]]\nname = \"specific\"\ngives = \"延期\"\ntitle = 'postponement of preliminary determination'\n\
        examples = [\"Postponement of Preliminary Determination\"]";
    let wrong = feeds::Rules::parse(table).expect("a table").contradictions().expect("patterns");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].starts_with("specific"), "{wrong:?}");
}

#[test]
fn countries_have_their_official_names() {
    let desk = feeds::Desk::shipped().expect("the shipped tables");
    for (code, name) in [
        ("CN", "中国"),
        ("US", "美国"),
        ("EU", "欧盟"),
        ("TW", "中国台湾"),
        ("HK", "中国香港"),
        ("MO", "中国澳门"),
        ("GB", "英国"),
    ] {
        assert_eq!(desk.countries().zh(code), Some(name), "{code}");
    }
    assert_eq!(desk.countries().zh("ZZ"), None);
    for country in desk.countries().all() {
        assert!(country.iso2.len() == 2 && !country.zh.is_empty() && country.m49.len() == 3, "{country:?}");
    }
}
