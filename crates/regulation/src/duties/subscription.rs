//! 订阅 (Article 5 (1) and (3)): which warnings somebody asked to hear of who stands on no roster, or a group or a system of a
//! station's own.

use jiff::SignedDuration;

use super::places::{Place, places};
use super::tariff::Code;
use super::warning_level::Level;

/// How long an e-mail address may leave its subscription unconfirmed.
pub const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Between two names of a list as people type it.
const SEPARATORS: [char; 7] = ['、', '，', ',', ';', '；', '/', ' '];

/// What a subscriber asks for; what is empty asks for everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    pub industry: String,
    /// Markets as typed.
    pub markets: String,
    pub codes: Vec<Code>,
    /// The least pressing level asked for.
    pub least: Level,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The warning's own, or its station's where it names none.
    pub industry: &'a str,
    pub market: &'a str,
    pub codes: &'a [Code],
    pub level: Level,
}

impl Wishes {
    /// Whether a warning is one of those asked for.
    pub fn cover(&self, about: About<'_>) -> bool {
        let industry = self.industry.is_empty() || industries(about.industry).contains(&self.industry.as_str());
        let code =
            self.codes.is_empty() || self.codes.iter().any(|own| about.codes.iter().any(|code| own.touches(code)));
        industry && code && in_market(&self.markets, about.market) && about.level >= self.least
    }
}

/// The industries a warning names: the text whole, and each of its parts.
pub fn industries(text: &str) -> Vec<&str> {
    let text = text.trim();
    let mut named = Vec::new();
    for part in std::iter::once(text).chain(text.split(SEPARATORS).map(str::trim)) {
        if !part.is_empty() && !named.contains(&part) {
            named.push(part);
        }
    }
    named
}

/// Whether a market is one of those named: whoever names none may sell anywhere. Both are lists of places, compared by the
/// countries they stand for: 越南 is in 东盟, and 东盟 has firms that sell to 越南; 印度尼西亚 is not 印度. 全球 is any
/// place, and a name no table knows is only itself.
pub fn in_market(markets: &str, market: &str) -> bool {
    let (named, market) = (places(markets), places(market));
    named.is_empty() || market.is_empty() || named.iter().any(|own| market.iter().any(|place| own.meets(place)))
}

/// Names in a list of markets that stand for no place the table has: nothing is ever sent for them.
pub fn unknown_markets(markets: &str) -> Vec<String> {
    let word = |place| match place {
        Place::Word(name) => Some(name),
        _ => None,
    };
    places(markets).into_iter().filter_map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<Code> {
        crate::duties::tariff::parse_list(text).expect("codes")
    }

    fn all() -> Wishes {
        Wishes { industry: String::new(), markets: String::new(), codes: Vec::new(), least: Level::Blue }
    }

    #[test]
    fn each_wish_narrows_and_none_asks_for_all() {
        let touched = codes("4011.10、4012");
        let about =
            About { industry: "轮胎、橡胶制品", market: "美国", codes: &touched, level: Level::Yellow };
        assert!(all().cover(about));
        for (wishes, covered) in [
            (Wishes { industry: "轮胎".to_owned(), ..all() }, true),
            (Wishes { industry: "轮胎、橡胶制品".to_owned(), ..all() }, true),
            (Wishes { industry: "橡胶".to_owned(), ..all() }, false),
            (Wishes { markets: "欧盟、美国".to_owned(), ..all() }, true),
            (Wishes { markets: "欧盟".to_owned(), ..all() }, false),
            (Wishes { codes: codes("40"), ..all() }, true),
            (Wishes { codes: codes("4011.10.00"), ..all() }, true),
            (Wishes { codes: codes("4013、0808"), ..all() }, false),
            (Wishes { least: Level::Yellow, ..all() }, true),
            (Wishes { least: Level::Orange, ..all() }, false),
        ] {
            assert_eq!(wishes.cover(about), covered, "{wishes:?}");
        }
        // A warning that names no code is none of a code's.
        assert!(!Wishes { codes: codes("40"), ..all() }.cover(About { codes: &[], ..about }));
    }

    #[test]
    fn a_firm_that_names_no_market_may_sell_anywhere() {
        assert!(in_market("", "美国"));
        assert!(in_market("欧盟、美国", "美国"));
        assert!(!in_market("欧盟、日本", "美国"));
        assert!(in_market("欧盟、日本", ""));
    }

    #[test]
    fn markets_are_places_and_not_texts() {
        for (markets, market, covered) in [
            ("印度", "印度尼西亚", false),
            ("印度尼西亚", "印度", false),
            ("印尼", "印度尼西亚", true),
            ("东盟", "越南", true),
            ("越南", "东盟", true),
            ("东盟", "印度", false),
            ("欧盟", "法国", true),
            ("德国、法国", "欧盟", true),
            ("英国", "欧盟", false),
            ("欧洲", "欧盟", true),
            ("欧洲", "英国", true),
            ("海合会", "沙特", true),
            ("中东", "海湾国家", true),
            ("中东", "非洲", false),
            ("南美", "拉美", true),
            ("墨西哥", "拉美", true),
            ("北美", "美国", true),
            ("美", "美利坚合众国", true),
            ("欧亚经济联盟", "俄罗斯", true),
            ("RCEP", "日本", true),
            ("刚果（金）", "刚果（布）", false),
            ("几内亚", "赤道几内亚", false),
            ("南苏丹", "苏丹", false),
            ("全球", "美国", true),
            ("美国", "全球", true),
            ("各国", "月球", true),
            ("日本、世界各地", "美国", true),
            ("月球", "月球", true),
            ("月球", "月", false),
            ("月球", "美国", false),
            ("欧美", "法国", true),
            ("日韩", "韩国、印度", true),
        ] {
            assert_eq!(in_market(markets, market), covered, "{markets} / {market}");
        }
    }
}
