//! What an entry of the ledger says was published (readings K62, K101 and K99): told apart by its address and its text,
//! wherever the entry came from.

use super::likeness::{Signature, Verdict, alike, brief, hash};
use crate::law::Edition;

/// The reading under which what is the same counts once: an edition without it counts every entry.
const READING: &str = "K101";

/// A published item, to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    signature: Signature,
    /// Hash of the page's address; `None` where there is none, or it is a site's front page.
    address: Option<u64>,
    /// Nothing was entered but the title.
    bare: bool,
    /// What was entered besides says little more.
    brief: bool,
}

impl Published {
    pub fn of(title: &str, detail: &str, url: &str) -> Published {
        Published {
            signature: Signature::of(title, detail),
            address: page(url).map(|page| hash(&page)),
            bare: !detail.chars().any(char::is_alphanumeric),
            brief: brief(detail),
        }
    }

    /// What an index looks candidates up by: items that are alike mostly share one.
    pub fn keys(&self) -> Vec<i64> {
        let mut keys = self.signature.bands();
        keys.extend(self.exact());
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Those of the keys one of which items that are the same share for certain: few items have one in common, however much
    /// they are alike.
    pub fn exact(&self) -> Vec<i64> {
        self.address.map(u64::cast_signed).into_iter().chain(self.signature.exact()).collect()
    }
}

/// How two published items stand to each other. One address is one item. Of two entries with nothing but a title, each at an
/// address of its own, nobody can say that the texts are the same: they are near.
pub fn compare(a: &Published, b: &Published) -> Verdict {
    match (a.address, b.address) {
        (Some(one), Some(other)) if one == other => Verdict::Same,
        _ if a.brief && b.brief && a.signature.elsewhere(&b.signature) => Verdict::Different,
        (Some(_), Some(_)) if a.bare && b.bare => match alike(&a.signature, &b.signature).verdict {
            Verdict::Same => Verdict::Near,
            verdict => verdict,
        },
        _ => alike(&a.signature, &b.signature).verdict,
    }
}

/// Whether entries of a kind are compared: those counted by the month, where the edition reads that the same counts once.
pub fn compared(edition: &Edition, kind: &str) -> bool {
    let monthly = edition.sheet.monthly();
    edition.reading(READING).is_some() && monthly.is_some_and(|(item, _)| item.rule.kinds().contains(&kind))
}

/// A page's address as it is compared; `None` for a site's front page, which says nothing of the item.
fn page(url: &str) -> Option<String> {
    let (_, page) = url.trim().split_once("://")?;
    let page = page.split('#').next().unwrap_or_default().trim_end_matches('/');
    let (host, path) = page.split_once(['/', '?'])?;
    (!path.is_empty()).then(|| format!("{}/{path}", host.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLE: &str = "欧盟对华轮胎作出反倾销终裁";
    const BODY: &str = "欧盟委员会公布终裁，税率为 12.5%，自公布次日起执行，涉及税则号 401110。";

    fn verdict(a: (&str, &str, &str), b: (&str, &str, &str)) -> Verdict {
        let of = |(title, detail, url): (&str, &str, &str)| Published::of(title, detail, url);
        let (a, b) = (of(a), of(b));
        assert_eq!(compare(&a, &b), compare(&b, &a), "mutual");
        if compare(&a, &b) == Verdict::Same {
            assert!(a.exact().iter().any(|key| b.exact().contains(key)), "what is the same is found by a key");
            assert!(a.exact().iter().all(|key| a.keys().contains(key)));
        }
        compare(&a, &b)
    }

    #[test]
    fn one_address_is_one_item_whatever_is_said_of_it() {
        let (own, other) = ("https://A.cn/yj/1.html#top", "http://a.cn/yj/1.html/");
        assert_eq!(verdict((TITLE, "", own), ("另一个标题", BODY, other)), Verdict::Same);
        assert_eq!(
            verdict((TITLE, "", "https://a.cn/?id=1"), ("另一条消息", "", "https://a.cn/?id=2")),
            Verdict::Different
        );
    }

    #[test]
    fn a_front_page_says_nothing() {
        for front in ["https://a.cn", "https://a.cn/", "http://A.cn/#new", "", "/warnings/3"] {
            assert_eq!(page(front), None, "{front}");
            assert_eq!(verdict((TITLE, "", front), ("印度终止大蒜配额", "", front)), Verdict::Different, "{front}");
        }
    }

    #[test]
    fn one_text_at_two_addresses_counts_once() {
        let two = ("https://a.cn/1", "https://mp.example.cn/s/2");
        assert_eq!(verdict((TITLE, BODY, two.0), (TITLE, BODY, two.1)), Verdict::Same);
        assert_eq!(verdict((TITLE, "", two.0), (TITLE, "", two.1)), Verdict::Near, "nobody knows the texts");
        assert_eq!(verdict((TITLE, "", two.0), (TITLE, "", "")), Verdict::Same);
        assert_eq!(verdict((TITLE, "", ""), (TITLE, " ", "")), Verdict::Same);
    }

    #[test]
    fn lines_on_two_countries_are_two_cases() {
        let line = |country: &str, end: &str| {
            let title = format!("{country}对卡客车轮胎作出反倾销终裁");
            (title, format!("涉及税则号 401120；来源：{country}公告{end}。"))
        };
        let (brazil, canada, again) = (line("巴西", ""), line("加拿大", ""), line("巴西", "（1）"));
        let of = |item: &(String, String)| Published::of(&item.0, &item.1, "");
        assert_eq!(compare(&of(&brazil), &of(&canada)), Verdict::Different);
        assert_ne!(compare(&of(&brazil), &of(&again)), Verdict::Different, "a number put behind hides nothing");
    }

    #[test]
    fn numbers_of_a_series_are_not_one_item() {
        assert_ne!(verdict(("预警信息第1期", "", ""), ("预警信息第2期", "", "")), Verdict::Same);
    }
}
