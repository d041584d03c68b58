//! What a title says beside its words: the countries it is directed at, the product.

use std::borrow::Cow;

use regex::Regex;

use crate::Countries;
use crate::text::one_line;

#[derive(Debug)]
pub(crate) struct Titles {
    lost_space: Regex,
    towards: Regex,
    between: Regex,
    european: Regex,
    procedural: Regex,
    han_acts: Regex,
    han_towards: Regex,
    han_end: Regex,
}

impl Titles {
    pub(crate) fn new() -> Result<Titles, regex::Error> {
        Ok(Titles {
            lost_space: Regex::new(r"\b(in|from)(\p{Lu}\p{Ll})")?,
            towards: Regex::new(
                r"(?i)\b(?:from|originating in(?: or exported from)?|exported from|consigned from|imported from|products? of|goods of|articles of|against|with respect to)\b",
            )?,
            between: Regex::new(
                r"(?i)^(?:[\s,/&]|\band\b|\bor\b|\bthe\b|\bof\b|\b(?:socialist|federal|islamic|people's|democratic|kingdom|republic|sultanate|state|commonwealth)\b)+",
            )?,
            european: Regex::new(
                r"(?i)\b(?:imports?|importations?|dumping|circumvention) of (?:certain )?[“\x22']?(.+?)[”\x22']?,?\s+(?:originating|exported|consigned|from\b|falling|coming|in the union)",
            )?,
            procedural: Regex::new(
                r"(?i)\b(?:anti-?dumping|countervailing|reviews?|notice|initiation|scope rulings?|opportunity|rescission|binational|regulations?|meeting|agency information|applications?|determinations?|investigations?)\b",
            )?,
            han_acts: Regex::new(
                r"^(?:\p{Han}{0,14}?(?:部|署|局|委员会|办公室|法院|当局|政府|海关))?(?:[（(][^）)]{0,40}[）)])?(?:日前|近日|已|将|拟|再次|正式|宣布|决定|继续|终止|撤销|取消|延长|延续|推迟|公布|公告|发布|发起|启动|立案|作出|做出|对|就|针对|修订|修改|更新|更正|调整|征收|加征|实施|通报|暂停|恢复|提高|反倾销|反补贴|反规避|双反)",
            )?,
            han_towards: Regex::new(r"对|原产于|来自|自|针对|涉")?,
            han_end: Regex::new(
                r"作出|做出|发起|启动|进行|实施|征收|发布|公布|提起|继续|决定|立案|终止|反倾销|反补贴|保障措施|反规避|双反|调查",
            )?,
        })
    }

    /// A title on one line, with the spaces that scraping loses between “in” and a country's name.
    pub(crate) fn tidy(&self, title: &str) -> String {
        self.lost_space.replace_all(&one_line(title), "$1 $2").into_owned()
    }

    /// The country a Chinese title begins with where it is the one that acts, alone or by an authority; else the one an
    /// authority's Chinese name begins with.
    pub(crate) fn acting(&self, countries: &Countries, title: &str, authority: &str) -> Option<String> {
        let named = |text: &str, acts: &dyn Fn(&str, &str) -> bool| {
            let (iso2, end) = countries.named_at(text)?;
            acts(&text[..end], &text[end..]).then(|| iso2.to_owned())
        };
        // A name of one character is also the beginning of other words: 美的, 印刷.
        let short = |name: &str, rest: &str| name.chars().count() == 1 && !rest.starts_with(['对', '拟', '将', '就']);
        let office = ["部", "署", "局", "委员会", "办公室", "法院", "当局", "政府", "海关"];
        named(title, &|name, rest| !name.is_ascii() && !short(name, rest) && self.han_acts.is_match(rest)).or_else(
            || {
                named(authority, &|name, rest| {
                    !name.is_ascii()
                        && name.chars().count() > 1
                        && (rest.is_empty() || office.iter().any(|office| rest.ends_with(office)))
                })
            },
        )
    }

    /// The countries a title is directed at, in its order: those named right behind “from” and its like. `home` is
    /// the authority's own country, never a target.
    pub(crate) fn targets(&self, countries: &Countries, title: &str, home: Option<&str>) -> Vec<String> {
        let title: &str = &straight(title);
        let mut targets: Vec<String> = Vec::new();
        for towards in self.towards.find_iter(title).chain(self.han_towards.find_iter(title)) {
            let (named, _) = self.list(countries, &title[towards.end()..]);
            add(&mut targets, named, home);
        }
        if targets.is_empty() {
            // “China's Targeting of the Maritime Sector”.
            for (at, _) in title.match_indices('\'') {
                let begin = title[..at].rfind([' ', ':', ',']).map_or(0, |before| before + 1);
                if let Some(iso2) = countries.of_field(&title[begin..at]) {
                    add(&mut targets, vec![iso2.to_owned()], home);
                }
            }
        }
        targets
    }

    /// Countries named one after the other from the first character on, and how many bytes the list takes.
    fn list(&self, countries: &Countries, text: &str) -> (Vec<String>, usize) {
        let (mut named, mut at, mut end) = (Vec::new(), 0, 0);
        loop {
            let rest = &text[at..];
            let dropped =
                rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '、' | '和' | '及' | '与' | '，'));
            at += rest.len() - dropped.len();
            if let Some((iso2, length)) = countries.named_at(&text[at..]) {
                named.push(iso2.to_owned());
                at += length;
                end = at;
            } else if let Some(filler) = self.between.find(&text[at..]) {
                at += filler.end();
            } else {
                return (named, end);
            }
        }
    }

    /// The product a title is about, without “Certain”. `trade` says that the title is known to be about a trade
    /// remedy: without a country it then ends at its colon or semicolon.
    pub(crate) fn product(&self, countries: &Countries, title: &str, trade: bool) -> Option<String> {
        let title: &str = &straight(title);
        if let Some(hit) = self.european.captures(title) {
            return shown(&hit[1]);
        }
        if let Some(product) = self.han_product(countries, title) {
            return Some(product);
        }
        let from = self.towards.find_iter(title).find(|towards| {
            towards.as_str().eq_ignore_ascii_case("from") && !self.list(countries, &title[towards.end()..]).0.is_empty()
        });
        let before = match from {
            Some(from) => &title[..from.start()],
            None if trade => title.split([':', ';']).next().filter(|before| before.len() < title.len())?,
            None => return None,
        };
        // “In the Matter of …: Certain Brake Drums” keeps what stands nearest to the country.
        let before = before.rsplit([':', ';']).next().unwrap_or(before);
        if self.procedural.is_match(before) {
            return None;
        }
        shown(before)
    }

    /// 对华铝型材作出反倾销初裁: between the countries and the act.
    fn han_product(&self, countries: &Countries, title: &str) -> Option<String> {
        let towards = self.han_towards.find_iter(title).find_map(|towards| {
            let (named, end) = self.list(countries, &title[towards.end()..]);
            (!named.is_empty()).then_some(towards.end() + end)
        })?;
        let rest = &title[towards..];
        let end = self.han_end.find(rest)?.start();
        let product =
            rest[..end].trim_start_matches(['的', '产', '进', '口', '涉', '案']).trim_end_matches(['的', '产', '品']);
        (!product.is_empty()).then(|| product.trim().to_owned())
    }
}

/// “People’s” as the table of countries writes it.
fn straight(title: &str) -> Cow<'_, str> {
    if title.contains('’') { Cow::Owned(title.replace('’', "'")) } else { Cow::Borrowed(title) }
}

fn add(targets: &mut Vec<String>, named: Vec<String>, home: Option<&str>) {
    for iso2 in named {
        if Some(iso2.as_str()) != home && !targets.contains(&iso2) {
            targets.push(iso2);
        }
    }
}

fn shown(product: &str) -> Option<String> {
    let product = product.trim().trim_end_matches([',', ':', ';']);
    let product = ["Certain ", "certain "].iter().find_map(|certain| product.strip_prefix(certain)).unwrap_or(product);
    let named = !["products", "goods", "articles"].contains(&product.to_lowercase().as_str());
    (named && product.chars().count() >= 2).then(|| product.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(title: &str, product: Option<&str>, targets: &[&str]) {
        let (titles, countries) = (Titles::new().expect("patterns"), Countries::shipped().expect("countries"));
        let title = titles.tidy(title);
        assert_eq!(titles.product(&countries, &title, true).as_deref(), product, "{title}");
        assert_eq!(titles.targets(&countries, &title, None), targets, "{title}");
    }

    #[test]
    fn product_and_targets_stand_in_titles() {
        reads(
            "Certain Quartz Surface Products From the People's Republic of China: Continuation of Antidumping Duty Orders",
            Some("Quartz Surface Products"),
            &["CN"],
        );
        reads(
            "Chassis and Subassemblies From Mexico, Thailand, and the Socialist Republic of Vietnam",
            Some("Chassis and Subassemblies"),
            &["MX", "TH", "VN"],
        );
        reads(
            "Certain Composite Intermediate Bulk Containers; Institution of Investigation",
            Some("Composite Intermediate Bulk Containers"),
            &[],
        );
        reads("Initiation of Antidumping and Countervailing Duty Administrative Reviews", None, &[]);
        reads(
            "Commission Implementing Regulation (EU) 2025/500 of 13\u{a0}March 2025 imposing definitive countervailing duties \
             on imports of certain aluminium road wheels originating inMorocco",
            Some("aluminium road wheels"),
            &["MA"],
        );
        reads(
            "Notice of Determination Pursuant to Section 301: China's Targeting of the Maritime Sector",
            None,
            &["CN"],
        );
        reads("美国商务部对进口自中国的石墨电极发起第四次日落复审", Some("石墨电极"), &["CN"]);
        reads("土耳其对自中国进口的轮胎启动反规避调查", Some("轮胎"), &["CN"]);
        reads("印度涉华轮胎反倾销案终裁", Some("轮胎"), &["CN"]);
        reads("欧盟对中国钢管发起反补贴调查", Some("钢管"), &["CN"]);
        reads("美国对华铝型材作出反倾销初裁", Some("铝型材"), &["CN"]);
        reads("印度对原产于中国和越南的焊接不锈钢管发起反补贴调查", Some("焊接不锈钢管"), &["CN", "VN"]);
    }

    #[test]
    fn who_acts_stands_before_the_act() {
        let (titles, countries) = (Titles::new().expect("patterns"), Countries::shipped().expect("countries"));
        for (title, authority, expected) in [
            ("印度对华轮胎作出反倾销终裁", "", Some("IN")),
            ("印对华轮胎作出反倾销终裁", "", Some("IN")),
            ("美国商务部对进口自中国的石墨电极发起第四次日落复审", "", Some("US")),
            ("美国国际贸易委员会（ITC）就轮胎作出损害初裁", "", Some("US")),
            ("欧盟委员会对原产于中国的钢管征收反倾销税", "", Some("EU")),
            ("印度尼西亚启动保障措施调查", "", Some("ID")),
            ("英国贸易救济署发布公告", "", Some("GB")),
            ("巴西终止对华轮胎反倾销调查", "", Some("BR")),
            ("对华轮胎反倾销终裁", "印度商工部", Some("IN")),
            ("对华轮胎反倾销终裁", "巴西", Some("BR")),
            ("对华轮胎反倾销终裁", "中国贸易救济信息网", None),
            ("中国轮胎遭印度反倾销调查", "", None),
            ("印刷电路板反倾销调查", "", None),
            ("US tariffs", "India", None),
        ] {
            assert_eq!(titles.acting(&countries, title, authority).as_deref(), expected, "{title} {authority}");
        }
    }
}
