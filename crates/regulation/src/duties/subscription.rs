//! 订阅 (Article 5 (1) and (3)): which warnings somebody asked to hear of who stands on no roster, or a group or a system of a
//! station's own.

use jiff::SignedDuration;

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

/// Whether a market is one of those named: whoever names none may sell anywhere.
pub fn in_market(markets: &str, market: &str) -> bool {
    let mut named = markets.split(SEPARATORS).filter(|name| !name.is_empty()).peekable();
    named.peek().is_none() || market.is_empty() || named.any(|name| name == market || market.contains(name))
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
}
