//! Whose a notice is (Article 5(1), reading K91): the stations it goes to, which of them leads, and why each of them.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::places::{Place, places};
use super::subscription::industries;
use super::vocabulary::says;
use crate::general::StationId;

/// What a station has to do with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub station: StationId,
    /// Digits of the longest customs code of its own field that touches the notice's; 0 when none does.
    pub digits: usize,
    /// Firms of its roster whose codes touch the notice's.
    pub firms: i64,
    /// A word it watches for that stands in the notice.
    pub word: Option<String>,
    /// Its industry, where the notice names that: see [`industry_named`].
    pub industry: Option<String>,
    /// 综合性工作站: it leads only where no station of the trade is.
    pub comprehensive: bool,
}

impl Claim {
    fn holds(&self) -> bool {
        self.digits > 0 || self.firms > 0 || self.word.is_some() || self.industry.is_some()
    }

    /// Why the notice goes to it, in words.
    fn why(&self) -> String {
        let mut reasons = Vec::new();
        if self.digits > 0 {
            reasons.push("本站行业税号".to_owned());
        }
        if self.firms > 0 {
            reasons.push(format!("企业库 {} 家", self.firms));
        }
        if let Some(word) = &self.word {
            reasons.push(format!("关注词“{word}”"));
        }
        // A code of its own field says as much.
        if let Some(industry) = self.industry.as_ref().filter(|_| self.digits == 0) {
            reasons.push(format!("行业“{industry}”"));
        }
        reasons.join("，")
    }
}

/// A station a notice goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    pub station: StationId,
    pub lead: bool,
    pub why: String,
    pub firms: i64,
}

/// The stations of a notice, the leading one first: a station of the trade before a comprehensive one, then the closest
/// code, then the most firms, then a word it watches for before its industry alone, then the oldest station. Nobody in it means that no station covers it.
pub fn route(claims: impl IntoIterator<Item = Claim>) -> Vec<Routed> {
    let mut holding: Vec<Claim> = claims.into_iter().filter(Claim::holds).collect();
    holding.sort_by_key(|claim| {
        (claim.comprehensive, Reverse(claim.digits), Reverse(claim.firms), claim.word.is_none(), claim.station)
    });
    let routed = |(place, claim): (usize, Claim)| Routed {
        station: claim.station,
        lead: place == 0,
        why: claim.why(),
        firms: claim.firms,
    };
    holding.into_iter().enumerate().map(routed).collect()
}

/// Whether a notice is what a station watches for: one whose words say the watched ones; where these are a place, one of an
/// authority there (`印度`, not 印度尼西亚; `东盟` for its members); where words follow upon the place, one of both
/// (`美国 轮胎`). `country`: the authority's, by name; where it is not known, places are words like others.
pub fn watched(watch: &str, text: &str, country: &str) -> bool {
    let here = |name: &str| {
        let named = places(name);
        let place = !named.is_empty() && named.iter().all(|one| matches!(one, Place::Known(_))) && !country.is_empty();
        place.then(|| places(country).iter().any(|at| named.iter().any(|one| one.meets(at))))
    };
    let both = |(place, words): (&str, &str)| here(place) == Some(true) && says(text, words.trim());
    here(watch).unwrap_or_else(|| says(text, watch))
        || watch.match_indices(char::is_whitespace).any(|(at, _)| both(watch.split_at(at)))
}

/// What stands behind the name of an industry and says nothing of its goods.
const BEHIND: [&str; 10] = ["制造业", "加工业", "制品业", "制造", "加工", "行业", "产业", "制品", "产品", "业"];
/// Industries that name no goods.
const BROAD: [&str; 9] = ["综合", "综合性", "其他", "商品", "贸易", "外贸", "进出口", "制造", "加工"];

/// The part of a station's industry that a notice names, in its own words or by a product it speaks of: 轮胎 of 轮胎制造.
pub fn industry_named<'i>(industry: &'i str, text: &str, products: &[&str]) -> Option<&'i str> {
    let word = |part: &'i str| {
        let word = BEHIND.iter().find_map(|behind| part.strip_suffix(behind)).unwrap_or(part);
        let word = if word.chars().nth(1).is_some() { word } else { part };
        Some(word).filter(|word| word.chars().nth(1).is_some() && !BROAD.contains(word))
    };
    let named = |word: &&'i str| {
        let product = |name: &&str| says(name, word) || (name.chars().nth(1).is_some() && word.contains(*name));
        says(text, word) || products.iter().any(product)
    };
    industries(industry).into_iter().filter_map(word).find(named)
}

/// Why a notice goes to nobody; `None` for one that concerns the province's firms. `kind`, `stage` and `targets` as read:
/// a notice of no known kind that is at some stage of a proceeding is about trade all the same; countries as ISO 3166
/// alpha-2, none named meaning all.
pub fn aside(kind: &str, stage: &str, targets: &[&str]) -> Option<&'static str> {
    const UNKNOWN: &str = "其他";
    let named = !targets.is_empty() && !targets.contains(&"CN");
    match (kind, stage) {
        (UNKNOWN, UNKNOWN) => Some("与贸易摩擦无关"),
        _ if named => Some("不涉及中国"),
        _ => None,
    }
}

/// When a notice came out, as far as it says.
#[derive(Clone, Copy, Debug)]
pub struct Dated<'a> {
    pub published: Option<Date>,
    pub deadline: Option<Date>,
    /// Numbers it goes by: its own and its cases'.
    pub numbers: &'a [&'a str],
}

impl Dated<'_> {
    /// Whether it came out before a day. One without a date is as old as the newest year its numbers show; one whose deadline
    /// is still to come is never old.
    pub fn old(self, today: Date, since: Date) -> bool {
        let newest = self.numbers.iter().copied().filter_map(year_of).max();
        let before = match self.published {
            Some(on) => on < since,
            None => newest.is_some_and(|year| year < since.year()),
        };
        before && self.deadline.is_none_or(|on| on < today)
    }
}

/// The year a number shows: 2016-08229, C(2019)1234, 6/12/2020-DGTR, 32019R1234. Addresses, numbers of the WTO and of the
/// United States' ITC have four digits that are no year.
fn year_of(number: &str) -> Option<i16> {
    if number.contains("://") || number.starts_with("G/") || number.contains("-TA-") {
        return None;
    }
    let year = |digits: &str| {
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        number.filter(|year| digits.len() == 4 && (1990..2100).contains(year))
    };
    // CELEX: a digit, the year, one or two capitals.
    let celex = number.get(1..5).filter(|_| number[5..].starts_with(|c: char| c.is_ascii_uppercase()));
    let celex = celex.filter(|_| number.starts_with(|c: char| c.is_ascii_digit()));
    number.split(|c: char| !c.is_alphanumeric()).chain(celex).filter_map(year).max()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn claim(station: StationId) -> Claim {
        Claim { station, digits: 0, firms: 0, word: None, industry: None, comprehensive: false }
    }

    #[test]
    fn a_station_of_the_trade_leads_before_a_comprehensive_one() {
        let routed = route([
            Claim { digits: 4, firms: 40, comprehensive: true, ..claim(1) },
            Claim { digits: 4, firms: 2, ..claim(2) },
            Claim { firms: 31, ..claim(3) },
            claim(4),
        ]);
        assert_eq!(routed.iter().map(|routed| routed.station).collect::<Vec<_>>(), [2, 3, 1]);
        assert!(routed[0].lead && !routed[1].lead && !routed[2].lead);
        assert_eq!(routed[0].why, "本站行业税号，企业库 2 家");
    }

    #[test]
    fn a_notice_nobody_covers_goes_to_nobody() {
        assert_eq!(route([claim(1), claim(2)]), []);
    }

    #[test]
    fn what_does_not_concern_china_is_left_aside() {
        assert_eq!(aside("反倾销", "立案", &["IN", "TH"]), Some("不涉及中国"));
        assert_eq!(aside("反倾销", "其他", &["CN", "TH"]), None);
        assert_eq!(aside("TBT", "通报", &[]), None);
        assert_eq!(aside("其他", "其他", &["CN"]), Some("与贸易摩擦无关"));
        assert_eq!(aside("其他", "立案", &["CN"]), None);
        assert_eq!(aside("其他", "终裁", &["BR"]), Some("不涉及中国"));
    }

    #[test]
    fn an_industry_is_the_weakest_claim() {
        let named = |word: &str| Some(word.to_owned());
        let routed = route([
            Claim { industry: named("轮胎"), ..claim(1) },
            Claim { word: named("tire"), ..claim(2) },
            Claim { firms: 1, industry: named("轮胎"), ..claim(3) },
            Claim { digits: 4, industry: named("轮胎"), ..claim(4) },
        ]);
        let reasons: Vec<(StationId, &str)> = routed.iter().map(|to| (to.station, to.why.as_str())).collect();
        let expected = [(4, "本站行业税号"), (3, "企业库 1 家，行业“轮胎”"), (2, "关注词“tire”"), (1, "行业“轮胎”")];
        assert_eq!(reasons, expected);
    }

    #[test]
    fn an_industry_is_named_by_title_or_product() {
        for (industry, text, products, named) in [
            ("轮胎", "印度对华轮胎发起调查", &[][..], Some("轮胎")),
            ("轮胎制造", "Truck and Bus Tires", &["卡客车轮胎"], Some("轮胎")),
            ("化工、橡胶制品业", "对华橡胶助剂立案", &[], Some("橡胶")),
            ("不锈钢制品", "Stainless Steel Sheet", &["不锈钢"], Some("不锈钢")),
            ("综合", "印度启动综合调查", &[], None),
            ("渔业", "对华渔网立案", &[], None),
            ("", "对华轮胎立案", &["轮胎"], None),
            ("纸", "图纸", &["纸"], None),
        ] {
            assert_eq!(industry_named(industry, text, products), named, "{industry} / {text}");
        }
    }

    #[test]
    fn a_watched_place_is_the_authority_s() {
        for (watch, text, country, met) in [
            ("tire", "Truck and Bus Tires", "美国", true),
            ("truck and bus", "Truck and Bus Tires", "", true),
            ("印度", "Notice of Initiation", "印度", true),
            ("印度", "Notice of Initiation", "印度尼西亚", false),
            ("印度", "印度对华轮胎立案", "", true),
            ("东盟", "Notice of Initiation", "印度尼西亚", true),
            ("印度", "印度尼西亚对华立案", "印度尼西亚", false),
            ("美国 轮胎", "美国对华轮胎立案", "美国", true),
            ("美国 tire", "Truck and Bus Tires", "美国", true),
            ("美国 tire", "Truck and Bus Tires", "加拿大", false),
            ("美国 tire", "Steel Pipe", "美国", false),
            ("South Africa tyres", "New tyres", "南非", true),
            ("国际", "Notice of Initiation", "美国", false),
            ("美国", "Notice of Initiation", "", false),
        ] {
            assert_eq!(watched(watch, text, country), met, "{watch} / {text} / {country}");
        }
    }

    #[test]
    fn a_notice_without_a_date_is_as_old_as_its_numbers() {
        let (today, since) = (date(2026, 9, 18), date(2026, 7, 20));
        let none = Dated { published: None, deadline: None, numbers: &[] };
        for (numbers, old) in [
            (&["2016-08229"][..], true),
            (&["2026-08229"], false),
            (&["C(2019)1234"], true),
            (&["32019R1234"], true),
            (&["6/12/2020-DGTR"], true),
            (&["AD-12/2019", "2026-1"], false),
            (&["G/TBT/N/USA/2019"], false),
            (&["731-TA-2016"], false),
            (&["https://example.org/2015/9"], false),
            (&["A-570-084"], false),
            (&["编号"], false),
            (&[], false),
        ] {
            assert_eq!(Dated { numbers, ..none }.old(today, since), old, "{numbers:?}");
        }
        let published = Some(date(2026, 7, 19));
        assert!(Dated { published, ..none }.old(today, since));
        assert!(!Dated { published: Some(since), numbers: &["2016-08229"], ..none }.old(today, since));
        assert!(!Dated { published, deadline: Some(today), ..none }.old(today, since));
        assert!(Dated { published, deadline: Some(date(2026, 9, 17)), ..none }.old(today, since));
    }
}
