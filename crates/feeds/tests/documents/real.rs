//! The real samples beside the repository (`shared/data`), read as they came. Expected values were written down by
//! reading the documents. Where the samples are not at hand, each test says so and passes.

use std::path::{Path, PathBuf};

use crate::common::{Read, desk, read, word};
use feeds::{How, Source, TradeNotice};

/// A sample, or the printed line that it is not here.
fn sample(name: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data"))
        .find(|folder: &PathBuf| folder.is_dir());
    let read = folder.and_then(|folder| std::fs::read(folder.join(name)).ok());
    if read.is_none() {
        println!("skipped: shared/data/{name} is not beside the repository");
    }
    read
}

fn parse(source: Source, name: &str) -> Option<Read> {
    Some(read(desk(), source, &sample(name)?, None))
}

#[track_caller]
fn counts(read: &Read, expected: (u64, u64, u64)) {
    let tally = read.tally;
    assert_eq!((tally.read, tally.notices, tally.refused), expected, "{:?}", read.refused);
}

#[track_caller]
fn find<'r>(read: &'r Read, id: &str) -> &'r TradeNotice {
    read.notices.iter().find(|notice| notice.source_id == id).unwrap_or_else(|| panic!("{id} is not there"))
}

/// Document, kind, stage, case numbers, countries, each as the document says.
type Checked = (&'static str, &'static str, &'static str, &'static str, &'static str);

const CHECKED: &[Checked] = &[
    // Investigations of the Commerce Department, from initiation to order.
    ("2025-00187", "反补贴", "立案", "C-570-189 C-557-833", "CN MY"),
    ("2025-12976", "反规避", "立案", "A-570-170 C-570-171", "CN"),
    ("2025-15246", "反规避", "立案", "A-570-918 A-552-812 C-552-813", "CN VN"),
    ("2025-00326", "反补贴", "延期", "C-555-006", "KH"),
    ("2025-00658", "反补贴", "延期", "C-351-865 C-533-935 C-552-848 C-570-185", "BR CN IN VN"),
    ("2025-08088", "反倾销", "延期", "A-570-194", "CN"),
    ("2025-01945", "反倾销", "初裁", "A-570-176", "CN"),
    ("2025-02798", "反补贴", "初裁", "C-570-177", "CN"),
    ("2024-31764", "反倾销", "初裁", "A-557-830", "MY"),
    ("2025-08163", "反倾销", "初裁", "A-489-855", "TR"),
    ("2025-09659", "反倾销", "初裁", "A-555-005", "KH"),
    ("2025-05694", "反倾销", "初裁", "A-520-811 A-791-829", "AE ZA"),
    ("2025-13947", "反补贴", "初裁", "C-557-833", "MY"),
    ("2025-15522", "反倾销", "终裁", "A-570-186", "CN"),
    ("2025-06908", "反倾销", "终裁", "A-533-928", "IN"),
    ("2025-05303", "反倾销", "终裁", "A-834-812", "KZ"),
    ("2025-05304", "反补贴", "终裁", "C-834-813", "KZ"),
    ("2025-02548", "反补贴", "终裁", "C-533-925", "IN"),
    ("2025-01810", "反补贴", "终裁", "C-552-840", "VN"),
    ("2025-09693", "反规避", "终裁", "A-570-992", "CN"),
    ("2025-16422", "反倾销", "令", "A-570-178 C-570-179", "CN"),
    ("2025-17525", "反倾销", "令", "A-570-180 C-570-181", "CN"),
    ("2025-06100", "反倾销", "令", "A-533-924 C-533-925", "IN"),
    ("2025-09454", "反倾销", "令", "A-580-919 A-583-876 A-549-850", "TW KR TH"),
    ("2025-09455", "反补贴", "令", "C-580-920 C-583-877", "TW KR"),
    ("2025-11589", "反补贴", "令", "C-555-004 C-557-831 C-549-852 C-552-842", "MY TH KH VN"),
    ("2025-15244", "反倾销", "令", "A-570-176 C-570-177", "CN"),
    ("2025-11175", "反倾销", "令", "A-533-930 C-533-931", "IN"),
    // Reviews.
    ("2025-08408", "反倾销", "行政复审", "A-570-051 C-570-052", "CN"),
    ("2025-17463", "反补贴", "行政复审", "C-580-898", "KR"),
    ("2025-10735", "反补贴", "行政复审", "C-570-134", "CN"),
    ("2025-10636", "反倾销", "行政复审", "A-552-802", "VN"),
    ("2025-17906", "反倾销", "行政复审", "A-475-834", "IT"),
    ("2025-14298", "反倾销", "行政复审", "A-122-857", "CA"),
    ("2025-14216", "反补贴", "行政复审", "C-428-848", "DE"),
    ("2025-05288", "反倾销", "行政复审", "A-533-885", "IN"),
    ("2024-31481", "反倾销", "行政复审", "", ""),
    ("2025-03614", "反补贴", "行政复审", "C-331-806", "EC"),
    ("2025-21197", "反倾销", "新出口商复审", "A-520-809", "AE"),
    ("2025-06932", "反倾销", "情势变更复审", "A-583-853", "TW"),
    ("2025-13955", "反倾销", "情势变更复审", "A-583-853", "TW"),
    ("2025-02048", "反补贴", "情势变更复审", "C-122-858", "CA"),
    ("2025-20155", "反补贴", "日落复审", "C-570-921", "CN"),
    ("2025-03712", "反补贴", "日落复审", "C-570-931", "CN"),
    ("2025-00016", "反倾销", "日落复审", "A-552-803 A-570-928 A-791-821", "CN VN ZA"),
    ("2025-03824", "反倾销", "日落复审", "A-557-815 A-549-830 A-552-816", "MY TH VN"),
    ("2025-01946", "反倾销", "延续", "A-570-084 C-570-085", "CN"),
    ("2025-02543", "反倾销", "延续", "A-428-841 A-570-925", "DE CN"),
    ("2025-18222", "反倾销", "延续", "A-201-845", "MX"),
    // Ends, courts, corrections.
    ("2025-02483", "反倾销", "终止", "A-552-801", "VN"),
    ("2025-06844", "反补贴", "终止", "C-533-878", "IN"),
    ("2025-01654", "反倾销", "终止", "A-552-801", "VN"),
    ("2024-31591", "反倾销", "司法", "A-580-914", "KR"),
    ("2025-04006", "反倾销", "司法", "A-570-967 C-570-968", "CN"),
    ("2025-01796", "反倾销", "更正", "A-570-601", "CN"),
    ("2025-04763", "反倾销", "更正", "A-560-836", "ID"),
    ("2025-01495", "反补贴", "更正", "C-570-191", "CN"),
    ("2025-11706", "反倾销", "更正", "A-570-168 C-570-169", "CN"),
    ("2025-10631", "反倾销", "更正", "A-570-182", "CN"),
    // The International Trade Commission: injury.
    ("2025-01970", "反倾销", "初裁", "701-TA-751 731-TA-1729", "CN"),
    ("2025-01969", "反倾销", "初裁", "701-TA-748 701-TA-749 731-TA-1726 731-TA-1727", "CN MY"),
    ("2025-02760", "反倾销", "立案", "731-TA-1733", "CN"),
    ("2025-01434", "反倾销", "立案", "701-TA-754 731-TA-1732", "CN"),
    ("2025-00156", "反倾销", "日程", "701-TA-727 731-TA-1695", "CN"),
    ("2025-05271", "反倾销", "日程", "731-TA-1675 731-TA-1676 731-TA-1677 731-TA-1678", "MY PL TW TR"),
    ("2025-01857", "反倾销", "更正", "701-TA-720 731-TA-1688", "IN"),
    ("2025-00225", "反倾销", "终止", "", "CL"),
    ("2025-14386", "反倾销", "终止", "731-TA-747", "MX"),
    ("2025-00254", "反倾销", "日落复审", "731-TA-990", "CN"),
    ("2025-01632", "反倾销", "日落复审", "701-TA-606 731-TA-1416", "CN"),
    ("2025-09768", "反倾销", "日落复审", "701-TA-623 731-TA-1449", "CN"),
    ("2025-01146", "反倾销", "日落复审", "731-TA-919", "JP"),
    (
        "2025-02573",
        "反倾销",
        "日落复审",
        "731-TA-1435 731-TA-1436 731-TA-1438 731-TA-1439 731-TA-1440",
        "BE SG ZA KR ES",
    ),
    // A schedule changed within a five-year review.
    ("2025-08946", "反倾销", "日落复审", "731-TA-747", "MX"),
    ("2025-22136", "反倾销", "日落复审", "701-TA-502 731-TA-1227", "MX TR"),
    ("2025-21731", "反倾销", "日落复审", "731-TA-1046", "CN"),
    ("2025-06676", "反倾销", "承诺", "A-201-820", "MX"),
    // Section 337.
    ("2025-05791", "337", "终止", "337-TA-1390", ""),
    ("2025-07323", "337", "终止", "337-TA-1380", ""),
    ("2025-12792", "337", "终止", "337-TA-1120", ""),
    ("2025-07232", "337", "其他", "337-TA-1430", ""),
    ("2025-04049", "337", "其他", "337-TA-1432", ""),
    ("2025-03489", "337", "征求意见", "337-TA-1380", ""),
    ("2025-03592", "337", "征求意见", "337-TA-1356", ""),
    ("2025-15304", "337", "征求意见", "337-TA-1428", ""),
    ("2025-02831", "337", "令", "337-TA-1370", ""),
    ("2025-06352", "337", "令", "337-TA-1377", ""),
    ("2025-19223", "337", "令", "337-TA-1415", ""),
    ("2025-20148", "337", "立案", "337-TA-1276", ""),
    // Duties under the trade acts and emergency powers: no remedy, but where they stand is told.
    ("2025-13498", "其他", "立案", "USTR-2025-0043", "BR"),
    ("2025-19679", "其他", "立案", "USTR-2025-0007 USTR-2025-0020", "CN"),
    ("2025-02872", "其他", "立案", "", ""),
    ("2025-03439", "其他", "立案", "", ""),
    ("2025-01540", "其他", "终裁", "", "CN"),
    ("2025-19635", "其他", "终裁", "USTR-2025-0006", "NI"),
    ("2025-03134", "其他", "征求意见", "", "CN"),
    ("2025-10660", "其他", "征求意见", "", "CN"),
    ("2025-17894", "其他", "征求意见", "", "CN"),
    ("2025-04061", "其他", "征求意见", "", ""),
    ("2025-02293", "其他", "令", "", "CN"),
    ("2025-16419", "其他", "令", "", "IN"),
    ("2025-06927", "其他", "令", "", "CN"),
    ("2025-19873", "其他", "令", "", "CN"),
    ("2025-23912", "其他", "令", "", "CN"),
    ("2025-02833", "其他", "令", "", ""),
    ("2025-05440", "其他", "令", "", ""),
    ("2025-06063", "其他", "令", "", ""),
    ("2025-02408", "其他", "令", "", "CN"),
    ("2025-09297", "其他", "令", "", "CN"),
    ("2025-19826", "其他", "令", "", "CN"),
    ("2025-14896", "其他", "令", "", "BR"),
    ("2025-21417", "其他", "令", "", "BR"),
    ("2025-10203", "其他", "延续", "", "CN"),
    ("2025-12962", "其他", "延续", "", ""),
    ("2025-18008", "其他", "日程", "", ""),
    // About trade, but no remedy.
    ("2025-06146", "其他", "征求意见", "", ""),
    ("2025-05391", "其他", "其他", "", ""),
    ("2025-07252", "其他", "其他", "", ""),
    ("2025-00157", "其他", "其他", "", ""),
    ("2024-31242", "其他", "其他", "", ""),
    ("2025-21083", "反倾销", "其他", "USTR-2025-0208", ""),
];

/// Corrections, and the documents they correct.
const CORRECTIONS: &[(&str, &str)] = &[
    ("2025-01494", "2025-00544"),
    ("2025-01495", "2025-00545"),
    ("2025-10946", "2025-10229"),
    ("2025-11706", "2025-10630"),
    ("2025-18445", "2025-17905"),
    ("2025-20735", "2025-18982"),
    ("2025-23455", "2025-17905"),
];

#[test]
fn a_year_of_trade_documents_and_those_checked_by_hand() {
    let Some(year) = parse(Source::UsFrCsv, "us_fr/us_trade_policy_documents_2025.csv") else { return };
    counts(&year, (2371, 2371, 0));
    assert!(CHECKED.len() >= 60);
    for (id, kind, stage, cases, targets) in CHECKED {
        let notice = find(&year, id);
        let found = (word(notice.kind), word(notice.stage), notice.case_numbers.join(" "), notice.targets.join(" "));
        let expected = (kind.to_string(), stage.to_string(), cases.to_string(), targets.to_string());
        assert_eq!(found, expected, "{id} {}", notice.title);
    }
    // A joint notice is about both, and says so.
    assert_eq!(find(&year, "2025-01946").kinds.len(), 2);
    assert_eq!(find(&year, "2025-01946").product.as_deref(), Some("Quartz Surface Products"));
    assert_eq!(find(&year, "2025-23327").product.as_deref(), Some("Sugar"));
    assert_eq!(find(&year, "2025-10365").product, None);
    assert!(find(&year, "2025-21834").case_numbers.iter().any(|number| number == "AA1921-188"));
    // The two rows without a day of publication are from Public Inspection.
    let early: Vec<_> = year.notices.iter().filter(|notice| notice.published_on.is_none()).collect();
    assert_eq!(early.len(), 2);
    for notice in early {
        let relation = notice.relates_to.as_ref().expect("a relation");
        assert_eq!((relation.how, relation.to.as_ref()), (How::Announces, Some(&notice.identity)));
    }
    // Each document once.
    let identities: std::collections::HashSet<_> = year.notices.iter().map(|notice| &notice.identity).collect();
    assert_eq!(identities.len(), 2371);
    // As many as the file has under these headings: 169 rows with a 337 number, 52 complaints and one amended one.
    let kind = |kind: &str| year.notices.iter().filter(|notice| word(notice.kind) == kind).count();
    assert_eq!(kind("保障措施"), 1);
    // Of no remedy, these alone have a place in a proceeding; each was read.
    let other = |stage: &str| {
        let stands = |notice: &&TradeNotice| word(notice.kind) == "其他" && word(notice.stage) == stage;
        year.notices.iter().filter(stands).count()
    };
    assert_eq!(["立案", "终裁", "令", "延续", "日程"].map(other), [6, 2, 66, 4, 2]);
    assert!(kind("337") >= 169 + 52, "{}", kind("337"));
}

#[test]
fn corrections_of_the_year_name_what_they_correct() {
    let Some(year) = parse(Source::UsFrCsv, "us_fr/us_trade_policy_documents_2025.csv") else { return };
    for &(correction, parent) in CORRECTIONS {
        let relation = find(&year, correction).relates_to.as_ref().expect("a relation");
        assert_eq!(relation.how, How::Corrects, "{correction}");
        let parent = find(&year, parent);
        // By its number, or by its title alone.
        let named =
            relation.to.as_ref().map_or(relation.named.as_ref() == Some(&parent.title), |to| *to == parent.identity);
        assert!(named, "{correction}: {relation:?}");
    }
}

#[test]
fn one_day_of_the_register() {
    let Some(list) = parse(Source::UsFrJson, "us_fr/fr_api_v1_documents_search_2016-02-29.json") else { return };
    counts(&list, (129, 129, 0));
    assert_eq!(list.tally.announced, Some(129));
    assert!(list.notices.iter().all(|notice| notice.published_on == Some(jiff::civil::date(2016, 2, 29))));
    // Three of the trade commission, the rest of other agencies; none has a docket in this answer.
    for (id, kind, stage, targets, product) in [
        (
            "2016-04265",
            "337",
            "立案",
            vec![],
            Some("Diaper Disposal Systems and Components Thereof, Including Diaper Refill Cassettes"),
        ),
        ("2016-04272", "337", "申请", vec![], None),
        ("2016-04319", "反倾销", "日落复审", vec!["CN", "TW"], Some("Narrow Woven Ribbons With Woven Selvedge")),
        ("2016-04301", "其他", "征求意见", vec![], None),
        ("2016-04322", "其他", "更正", vec![], None),
    ] {
        let notice = find(&list, id);
        assert_eq!((word(notice.kind).as_str(), word(notice.stage).as_str()), (kind, stage), "{}", notice.title);
        assert_eq!(
            (&notice.targets, notice.product.as_deref()),
            (&targets.iter().map(ToString::to_string).collect(), product),
            "{id}"
        );
    }
    // One agency has nothing but its raw name.
    assert!(find(&list, "2016-04328").authority.contains("Office of the Secretary"));

    let Some(contents) = parse(Source::UsFrJson, "us_fr/fr_issue_toc_2016-02-29.json") else { return };
    counts(&contents, (122, 122, 0));
    assert!(contents.notices.iter().all(|notice| notice.published_on.is_none()), "the contents carry no date");
    assert_eq!(word(find(&contents, "2016-04319").stage), "日落复审");
    assert_eq!(word(find(&contents, "2016-04272").kind), "337");
    // The same document in both is one; the list fills in the day.
    let one = feeds::merge(find(&list, "2016-04319"), find(&contents, "2016-04319")).expect("one document");
    assert_eq!(one.published_on, Some(jiff::civil::date(2016, 2, 29)));
}

#[test]
fn the_registers_error_is_one_refusal() {
    let Some(error) = parse(Source::UsFrJson, "us_fr/fr_api_v1_document_404.json") else { return };
    counts(&error, (1, 0, 1));
    assert!(error.refused[0].reason.contains("Record Not Found"));
}

#[test]
fn three_notices_in_full_text() {
    let Some(text) = parse(Source::UsFrXml, "us_fr/gpo_fr_2016-04-15_ITA_notices.xml") else { return };
    counts(&text, (3, 3, 0));
    let [ukraine, glycine, board] = &text.notices[..] else { panic!("three") };
    assert_eq!(ukraine.source_id, "2016-08787");
    assert_eq!(
        (word(ukraine.kind).as_str(), word(ukraine.stage).as_str()),
        ("反倾销", "终止"),
        "rescinded, not a new review"
    );
    assert_eq!(
        (&ukraine.case_numbers[..], &ukraine.targets[..]),
        (&["A-823-805".to_owned()][..], &["UA".to_owned()][..])
    );
    assert_eq!(glycine.source_id, "2016-08229");
    assert_eq!((word(glycine.kind).as_str(), word(glycine.stage).as_str()), ("反倾销", "行政复审"));
    assert_eq!((glycine.case_numbers[0].as_str(), glycine.targets[0].as_str()), ("A-570-836", "CN"));
    assert_eq!(glycine.product.as_deref(), Some("Glycine"));
    let codes: Vec<_> = glycine.hs_codes.iter().map(|hs| (hs.code.as_str(), word(hs.via))).collect();
    assert_eq!(codes, [("2922494020", "text".to_owned())]);
    assert_eq!((word(board.kind).as_str(), word(board.stage).as_str()), ("其他", "其他"));
    assert_eq!(board.deadline_on, Some(jiff::civil::date(2016, 5, 6)));
    assert!(ukraine.hs_codes.is_empty() && board.hs_codes.is_empty());
}

#[test]
fn ten_orders_on_paper() {
    let Some(orders) = parse(Source::ItaOrders, "adcvd/ita_adcvd_orders_paper.json") else { return };
    counts(&orders, (10, 10, 0));
    assert_eq!(orders.tally.announced, Some(22));
    for (case, kind, target, product, codes, first) in [
        ("A-533-843", "反倾销", "IN", "Lined Paper Products", 13, "4810225044"),
        ("C-570-921", "反补贴", "CN", "Lightweight Thermal Paper", 16, "37031060"),
        ("A-351-842", "反倾销", "BR", "Uncoated Paper", 22, "4802561000"),
        ("C-122-854", "反补贴", "CA", "Supercalendered Paper", 6, "4802613010"),
        ("A-602-807", "反倾销", "AU", "Uncoated Paper", 22, "4802561000"),
        ("C-560-829", "反补贴", "ID", "Uncoated Paper", 22, "4802561000"),
        ("A-560-828", "反倾销", "ID", "Uncoated Paper", 22, "4802561000"),
        ("C-570-023", "反补贴", "CN", "Uncoated Paper", 22, "4802561000"),
        ("A-471-807", "反倾销", "PT", "Uncoated Paper", 22, "4802561000"),
        ("C-533-844", "反补贴", "IN", "Lined Paper Products", 13, "4810225044"),
    ] {
        let order = find(&orders, case);
        assert_eq!((word(order.kind).as_str(), word(order.stage).as_str()), (kind, "令"), "{case}");
        assert_eq!((order.case_numbers.join(" "), order.targets.join(" ")), (case.to_owned(), target.to_owned()));
        assert_eq!(order.product.as_deref(), Some(product), "{case}");
        assert_eq!((order.hs_codes.len(), order.hs_codes[0].code.as_str()), (codes, first), "{case}");
        assert!(order.hs_codes.iter().all(|hs| word(hs.via) == "field"));
    }
}

#[test]
fn cellar_notices() {
    for (name, celex, day, title) in [
        (
            "eu/cellar_celex_32018R0196_object_expression.xml",
            "32018R0196",
            jiff::civil::date(2018, 2, 16),
            "Regulation (EU) 2018/196 of the European Parliament and of the Council of 7 February 2018 on additional customs \
             duties on imports of certain products originating in the United States of America",
        ),
        (
            "eu/cellar_celex_32018R0196_object_work.xml",
            "32018R0196",
            jiff::civil::date(2018, 2, 16),
            "Regulation (EU) 2018/196 of the European Parliament and of the Council of 7 February 2018 on additional customs \
             duties on imports of certain products originating in the United States of America (codification)",
        ),
        (
            "eu/cellar_52018PC0340_branch_new.xml",
            "52018PC0340",
            jiff::civil::date(2018, 5, 28),
            "Proposal for a DIRECTIVE OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL on the reduction of the impact of certain \
             plastic products on the environment",
        ),
        (
            "eu/cellar_52018PC0340_branch_new.xml.json",
            "52018PC0340",
            jiff::civil::date(2018, 5, 28),
            "Proposal for a DIRECTIVE OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL on the reduction of the impact of certain \
             plastic products on the environment",
        ),
    ] {
        let Some(notice) = parse(Source::EuCellar, name) else { return };
        counts(&notice, (1, 1, 0));
        let notice = &notice.notices[0];
        assert_eq!((notice.source_id.as_str(), notice.published_on), (celex, Some(day)), "{name}");
        assert_eq!(notice.title, title, "{name}");
        assert_eq!((word(notice.kind).as_str(), notice.country.as_deref()), ("其他", Some("EU")), "{name}");
        let duties = celex == "32018R0196";
        assert_eq!(word(notice.stage), if duties { "令" } else { "其他" }, "{name}");
        assert_eq!(notice.targets.iter().any(|target| target == "US"), duties, "{name}");
    }
}

#[test]
fn two_hits_of_the_european_search() {
    let Some(hits) = parse(Source::EuSearch, "eu/eurlex_trade_search_scrape_2025.json") else { return };
    counts(&hits, (2, 2, 0));
    let (correction, act) = (find(&hits, "32025R0828"), find(&hits, "32025R0500"));
    assert_eq!((word(act.kind).as_str(), word(act.stage).as_str()), ("反补贴", "令"));
    assert_eq!((word(correction.kind).as_str(), word(correction.stage).as_str()), ("反补贴", "更正"));
    for notice in [correction, act] {
        assert_eq!(
            (notice.targets.join(" ").as_str(), notice.product.as_deref()),
            ("MA", Some("aluminium road wheels"))
        );
        assert!(notice.title.ends_with("originating in Morocco"), "the lost space is back: {}", notice.title);
    }
    assert_eq!(act.published_on, Some(jiff::civil::date(2025, 3, 14)));
    let corrected = correction.relates_to.as_ref().and_then(|relation| relation.to.as_ref());
    assert_eq!(corrected, Some(&act.identity));
}

#[test]
fn british_vocabularies_load() {
    let (Some(types), Some(sectors)) = (sample("uk/uk_tra_case_types.json"), sample("uk/uk_tra_sectors.json")) else {
        return;
    };
    for vocabulary in [&types, &sectors] {
        let page = read(desk(), Source::Uk, vocabulary, None);
        counts(&page, (1, 0, 1));
        assert!(page.refused[0].reason.starts_with("是 JSON 文件"), "{:?}", page.refused);
    }
    let types = feeds::vocabulary(&types).expect("case types");
    for (code, name) in [
        ("AD", "Anti-dumping investigation"),
        ("AS", "Anti-subsidy investigation"),
        ("ER", "Expiry review"),
        ("CR", "Circumvention review"),
    ] {
        assert!(types.iter().any(|term| term.code == code && term.name == name), "{code}");
    }
    let sectors = feeds::vocabulary(&sectors).expect("sectors");
    assert!(sectors.iter().any(|term| term.code == "6" && term.name == "Chemical products"));
}
