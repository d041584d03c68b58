//! What a title says beside its words: the countries it is directed at, the product.

use std::borrow::Cow;

use regex::Regex;

use crate::Countries;
use crate::text::one_line;

#[derive(Debug)]
pub(crate) struct Titles {
    lost_space: Regex,
    towards: Regex,
    doing: Regex,
    between: Regex,
    imports: Regex,
    practice: Regex,
    suspended: Regex,
    complaint: Regex,
    procedural: Regex,
    han_acts: Regex,
    han_towards: Regex,
    han_imports: Regex,
    han_end: Regex,
}

/// How European and Indian titles go on behind the product.
const BEHIND_PRODUCT: &str =
    r"(?:certain )?[“\x22']?(.+?)[”\x22']?,?\s+(?:originating|exported|consigned|from\b|falling|coming|in the union)";

/// Ministries of China that leave their country unsaid.
const AT_HOME: [&str; 3] = ["商务部", "海关总署", "国务院关税税则委员会"];

/// What is no product: the goods in general.
const GOODS: [&str; 7] = ["products", "goods", "articles", "产品", "商品", "货物", "相关产品"];

impl Titles {
    pub(crate) fn new() -> Result<Titles, regex::Error> {
        Ok(Titles {
            lost_space: Regex::new(r"\b(in|from)(\p{Lu}\p{Ll})")?,
            towards: Regex::new(
                r"(?i)\b(?:from|originating in(?: or exported from)?|exported from|consigned from|imported from|products? of|goods of|articles of|against|with respect to|supply chain in|discussions with|(?:agreement|arrangement|understanding) between the united states(?: of america)? and|on the government of)\b",
            )?,
            doing: Regex::new(r"(?i)\bby the government of\b")?,
            between: Regex::new(
                r"(?i)^(?:[\s,/&]|\band\b|\bor\b|\bthe\b|\bof\b|\b(?:socialist|federal|islamic|people's|democratic|kingdom|republic|sultanate|state|commonwealth)\b)+",
            )?,
            imports: Regex::new(&format!(r"(?i)\b(?:imports?|importations?) of {BEHIND_PRODUCT}"))?,
            practice: Regex::new(&format!(r"(?i)\b(?:dumping|circumvention) of {BEHIND_PRODUCT}"))?,
            suspended: Regex::new(
                r"(?i)^(?:\d{4} )?agreement suspending the (?:anti-?dumping|countervailing) duty investigation (?:on|of) ",
            )?,
            complaint: Regex::new(r"(?i)^complaints: (.+?)(?:[,;] (?:DN|docket) .*)?$")?,
            procedural: Regex::new(
                r"(?i)\b(?:anti-?dumping|countervailing|reviews?|notice|initiation|scope rulings?|opportunity|rescission|binational|regulations?|meeting|agency information|applications?|determinations?|investigations?|agreements?)\b",
            )?,
            han_acts: Regex::new(
                r"^(?:\p{Han}{0,14}?(?:部|署|局|委员会|办公室|法院|法庭|当局|政府|海关|企业)|[A-Z]{2,6})?(?:[（(][^）)]{0,40}[）)])?(?:日前|近日|已|将|拟|再次|正式|宣布|决定|裁定|提起|不(?:再|予|对|接受|采纳|征收|实施|延长)|继续|中止|终止|撤销|取消|延长|延期|延续|推迟|公布|公告|发布|发起|启动|立案|作出|做出|对|就|针对|修订|修改|更新|更正|调整|征收|加征|实施|通报|暂停|恢复|提高|反倾销|反补贴|反规避|双反)",
            )?,
            han_towards: Regex::new(r"对|原产于|来自|自|从|针对|涉")?,
            han_imports: Regex::new(r"对(?:进口|特定)")?,
            han_end: Regex::new(
                r"作出|做出|发起|启动|进行|实施|征收|加征|提高|发布|公布|提起|继续|决定|立案|终止|反倾销|反补贴|保障措施|反规避|双反|调查|产品范围|企业|(?:301|232|337)\s*(?:调查|条款|关税|行动|排除|复审|部分|案|初裁|终裁)",
            )?,
        })
    }

    /// A title on one line, with the spaces that scraping loses between “in” and a country's name.
    pub(crate) fn tidy(&self, title: &str) -> String {
        self.lost_space.replace_all(&one_line(title), "$1 $2").into_owned()
    }

    /// The country a Chinese title begins with where it is the one that acts, alone or by an authority; else the one an
    /// authority's Chinese name begins with; else China where one of its own ministries begins the title.
    pub(crate) fn acting(&self, countries: &Countries, title: &str, authority: &str) -> Option<String> {
        let named = |text: &str, acts: &dyn Fn(&str, &str) -> bool| {
            let (iso2, end) = countries.named_at(text)?;
            acts(&text[..end], &text[end..]).then(|| iso2.to_owned())
        };
        // A name of one character is also the beginning of other words: 美的, 印刷.
        let short = |name: &str, rest: &str| name.chars().count() == 1 && !rest.starts_with(['对', '拟', '将', '就']);
        let office = ["部", "署", "局", "委员会", "办公室", "法院", "当局", "政府", "海关"];
        named(title, &|name, rest| !name.is_ascii() && !short(name, rest) && self.han_acts.is_match(rest))
            .or_else(|| {
                named(authority, &|name, rest| {
                    !name.is_ascii()
                        && name.chars().count() > 1
                        && (rest.is_empty() || office.iter().any(|office| rest.ends_with(office)))
                })
            })
            .or_else(|| AT_HOME.iter().any(|ministry| title.starts_with(ministry)).then(|| "CN".to_owned()))
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
        // “Addressing Threats … by the Government of Brazil”, unless it says whose goods bear the duties.
        if targets.is_empty() {
            for doing in self.doing.find_iter(title) {
                add(&mut targets, self.list(countries, &title[doing.end()..]).0, home);
            }
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
        // The measures that are circumvented are no product: what they are on comes first.
        let practice = || self.practice.captures(title).filter(|hit| !self.procedural.is_match(&hit[1]));
        if let Some(hit) = self.imports.captures(title).or_else(practice) {
            return shown(&hit[1]);
        }
        if let Some(hit) = self.complaint.captures(title) {
            return shown(&hit[1]);
        }
        let title = self.suspended.find(title).map_or(title, |agreement| &title[agreement.end()..]);
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

    /// 对华铝型材作出反倾销初裁: between the countries and the act. Without countries, 对进口水泥… and 对特定耳机….
    fn han_product(&self, countries: &Countries, title: &str) -> Option<String> {
        let directed = self.han_towards.find_iter(title).find_map(|towards| {
            let (named, end) = self.list(countries, &title[towards.end()..]);
            (!named.is_empty()).then_some(towards.end() + end)
        });
        let general = || {
            let end = self.han_imports.find(title)?.end();
            // 对进口自东盟的…, 对特定国家…: an origin, but none of the table.
            let origin = ["自", "于", "来自", "国家"].iter().any(|word| title[end..].starts_with(word));
            (!origin).then_some(end)
        };
        let rest = &title[directed.or_else(general)?..];
        let product = han_words(rest[..self.han_end.find(rest)?.start()].trim());
        (!product.is_empty() && !GOODS.contains(&product)).then(|| product.to_owned())
    }
}

/// A Chinese product without the words that join it to its origin. They go whole: 口罩 and 案板 begin like some of them.
fn han_words(mut product: &str) -> &str {
    loop {
        let shorter = ["的", "进口的", "进口", "涉案", "相关"].iter().find_map(|word| product.strip_prefix(word));
        // 中国产轮胎, but 产品.
        let made = || product.strip_prefix('产').filter(|rest| !rest.starts_with(['品', '业']));
        let Some(shorter) = shorter.or_else(made).or_else(|| product.strip_suffix('的')) else { return product };
        product = shorter.trim();
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
    let named = !GOODS.contains(&product.to_lowercase().as_str());
    (named && product.chars().count() >= 2).then(|| product.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static READ: LazyLock<(Titles, Countries)> =
        LazyLock::new(|| (Titles::new().expect("patterns"), Countries::shipped().expect("countries")));

    #[track_caller]
    fn reads(title: &str, product: Option<&str>, targets: &[&str]) {
        let (titles, countries) = &*READ;
        let title = titles.tidy(title);
        assert_eq!(titles.product(countries, &title, true).as_deref(), product, "{title}");
        assert_eq!(titles.targets(countries, &title, None), targets, "{title}");
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
        for (title, product, targets) in [
            (
                "Imposing Duties To Address the Synthetic Opioid Supply Chain in the People's Republic of China",
                None,
                &["CN"][..],
            ),
            (
                "Modifying Reciprocal Tariff Rates To Reflect Discussions With the People's Republic of China",
                None,
                &["CN"],
            ),
            (
                "Modifying Reciprocal Tariff Rates Consistent With the Economic and Trade Arrangement Between the United \
                 States and the People's Republic of China",
                None,
                &["CN"],
            ),
            ("Modifying the Scope of Tariffs on the Government of Brazil", None, &["BR"]),
            ("Addressing Threats to the United States by the Government of Brazil", None, &["BR"]),
            // The order's name tells why, not whose goods bear the duties.
            (
                "Notice of Implementation of Additional Duties on Products of India Pursuant to the President's Executive \
                 Order 14329, Addressing Threats to the United States by the Government of the Russian Federation",
                None,
                &["IN"],
            ),
            (
                "Authorizing a Pipeline at Burke County, North Dakota, at the International Boundary Between the United \
                 States and Canada",
                None,
                &[],
            ),
            (
                "United States-Mexico-Canada Agreement (USMCA), Article 10.12: Binational Panel Review: Notice of Request \
                 for Panel Review",
                None,
                &[],
            ),
            (
                "Agreement Suspending the Countervailing Duty Investigation on Sugar From Mexico: Final Results of the 2023 \
                 Administrative Review",
                Some("Sugar"),
                &["MX"],
            ),
            (
                "Complaints: Certain Nanopores and Products Containing Same, DN 3123",
                Some("Nanopores and Products Containing Same"),
                &[],
            ),
        ] {
            reads(title, product, targets);
        }
    }

    /// Constructed.
    #[test]
    fn the_product_of_a_circumvention_is_not_the_measure() {
        for (title, product, targets) in [
            (
                "Commission Implementing Regulation (EU) 2026/109 initiating an investigation concerning possible \
                 circumvention of the anti-dumping measures imposed by Implementing Regulation (EU) 2023/1 on imports of \
                 birch plywood originating in Russia by imports of birch plywood consigned from Türkiye",
                Some("birch plywood"),
                &["RU", "TR"][..],
            ),
            (
                "Final determination with respect to the dumping of steel strapping exported from China",
                Some("steel strapping"),
                &["CN"],
            ),
            ("Possible circumvention of the anti-dumping measures in force, consigned from Malaysia", None, &["MY"]),
        ] {
            reads(title, product, targets);
        }
    }

    /// Constructed.
    #[test]
    fn chinese_products_lose_whole_words() {
        reads("美国商务部对进口自中国的石墨电极发起第四次日落复审", Some("石墨电极"), &["CN"]);
        reads("土耳其对自中国进口的轮胎启动反规避调查", Some("轮胎"), &["CN"]);
        reads("印度涉华轮胎反倾销案终裁", Some("轮胎"), &["CN"]);
        reads("欧盟对中国钢管发起反补贴调查", Some("钢管"), &["CN"]);
        reads("美国对华铝型材作出反倾销初裁", Some("铝型材"), &["CN"]);
        reads("印度对原产于中国和越南的焊接不锈钢管发起反补贴调查", Some("焊接不锈钢管"), &["CN", "VN"]);
        for (title, product, targets) in [
            ("美国对华口罩发起反倾销调查", Some("口罩"), &["CN"][..]),
            ("美国对中国水产品发起反倾销调查", Some("水产品"), &["CN"]),
            ("印度对华农产品启动反倾销调查", Some("农产品"), &["CN"]),
            ("欧盟对华化妆品发起反倾销调查", Some("化妆品"), &["CN"]),
            ("美国对原产于中国的口香糖发起反倾销调查", Some("口香糖"), &["CN"]),
            ("墨西哥对华案板发起反倾销调查", Some("案板"), &["CN"]),
            ("美国对华光伏产品作出反倾销初裁", Some("光伏产品"), &["CN"]),
            ("韩国对中国产热轧钢板作出反倾销初裁", Some("热轧钢板"), &["CN"]),
            ("美国对从马来西亚进口的光伏产品发起反规避调查", Some("光伏产品"), &["MY"]),
            ("欧盟对土耳其进口玻璃纤维作出反规避终裁", Some("玻璃纤维"), &["TR"]),
            ("商务部关于对原产于美国的进口相关模拟芯片发起反倾销立案调查的公告", Some("模拟芯片"), &["US"]),
            ("土耳其对自马来西亚进口的涉案产品启动反规避调查", None, &["MY"]),
            ("欧盟对华瓷砖提高反倾销税率", Some("瓷砖"), &["CN"]),
            ("欧盟对华提高反倾销税", None, &["CN"]),
            ("美国对华木柜产品范围调查作出终裁", Some("木柜"), &["CN"]),
            ("美国对华造船业301调查举行听证会", Some("造船业"), &["CN"]),
            ("美国对华商品加征301关税", None, &["CN"]),
            ("土耳其对进口PET切片启动保障措施调查", Some("PET切片"), &[]),
            ("美国对特定无线耳机启动337调查", Some("无线耳机"), &[]),
            ("美国ITC终止对特定视频设备的337调查", Some("视频设备"), &[]),
            ("欧盟对进口自东盟的轮胎发起反倾销调查", None, &[]),
        ] {
            reads(title, product, targets);
        }
    }

    #[test]
    fn who_acts_stands_before_the_act() {
        let (titles, countries) = &*READ;
        for (title, authority, expected) in [
            ("印度对华轮胎作出反倾销终裁", "", Some("IN")),
            ("印对华轮胎作出反倾销终裁", "", Some("IN")),
            ("美国商务部对进口自中国的石墨电极发起第四次日落复审", "", Some("US")),
            ("美国国际贸易委员会（ITC）就轮胎作出损害初裁", "", Some("US")),
            ("欧盟委员会对原产于中国的钢管征收反倾销税", "", Some("EU")),
            ("印度尼西亚启动保障措施调查", "", Some("ID")),
            ("英国贸易救济署发布公告", "", Some("GB")),
            ("巴西终止对华轮胎反倾销调查", "", Some("BR")),
            ("美国ITC正式对特定半导体器件启动337调查", "", Some("US")),
            ("美国企业对华电子烟提起337调查申请", "", Some("US")),
            ("欧盟中止对华铝箔反倾销措施", "", Some("EU")),
            ("越南中止对华糖反倾销措施", "", Some("VN")),
            ("印度延期对华轮胎反倾销调查", "", Some("IN")),
            ("加拿大国际贸易法庭对华地毯作出双反期满复审终裁", "", Some("CA")),
            ("印度财政部不接受反倾销终裁建议", "", Some("IN")),
            ("中国不锈钢管遭印度反倾销调查", "", None),
            ("商务部关于对原产于美国的进口相关模拟芯片发起反倾销立案调查的公告", "", Some("CN")),
            ("海关总署公告2026年第10号", "", Some("CN")),
            ("国务院关税税则委员会关于对原产于美国的进口商品加征关税的公告", "", Some("CN")),
            ("商务部对华轮胎作出反倾销终裁", "美国商务部", Some("US")),
            ("对华轮胎反倾销终裁", "印度商工部", Some("IN")),
            ("对华轮胎反倾销终裁", "巴西", Some("BR")),
            ("对华轮胎反倾销终裁", "中国贸易救济信息网", None),
            ("中国轮胎遭印度反倾销调查", "", None),
            ("印刷电路板反倾销调查", "", None),
            ("US tariffs", "India", None),
        ] {
            assert_eq!(titles.acting(countries, title, authority).as_deref(), expected, "{title} {authority}");
        }
    }
}
