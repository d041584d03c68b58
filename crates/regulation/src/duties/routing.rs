//! Whose a notice is (Article 5(1), reading K91): the stations it goes to, which of them leads, and why each of them.

use std::cmp::Reverse;

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
    /// 综合性工作站: it leads only where no station of the trade is.
    pub comprehensive: bool,
}

impl Claim {
    fn holds(&self) -> bool {
        self.digits > 0 || self.firms > 0 || self.word.is_some()
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
/// code, then the most firms, then the oldest station. Nobody in it means that no station covers it.
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

/// Why a notice goes to nobody; `None` for one that concerns the province's firms. `kind` and `targets` as read:
/// countries as ISO 3166 alpha-2, none named meaning all.
pub fn aside(kind: &str, targets: &[&str]) -> Option<&'static str> {
    let named = !targets.is_empty() && !targets.contains(&"CN");
    match kind {
        "其他" => Some("与贸易摩擦无关"),
        _ if named => Some("不涉及中国"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(station: StationId) -> Claim {
        Claim { station, digits: 0, firms: 0, word: None, comprehensive: false }
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
        assert_eq!(aside("反倾销", &["IN", "TH"]), Some("不涉及中国"));
        assert_eq!(aside("反倾销", &["CN", "TH"]), None);
        assert_eq!(aside("TBT", &[]), None);
        assert_eq!(aside("其他", &["CN"]), Some("与贸易摩擦无关"));
    }
}
