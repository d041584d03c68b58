//! 重点联系企业库: the invented firms a station watches over.

use std::collections::HashSet;

use jiff::civil::Date;
use regulation::general::{Subject, Verb};
use store::duties::NewRosterMember;

use super::act::{Script, Write};
use super::cast::Post;
use super::luck::Luck;
use super::{names, notices, when};

const ENDINGS: &[&str] = &["有限公司", "股份有限公司", "进出口有限公司", "集团有限公司", "科技有限公司"];
const KINDS: &[&str] = &["重点联系企业", "重点联系企业", "重点联系企业", "服务企业", "产业链供应链企业"];
const AGAIN: &[&str] = &["", "新", "东", "南", "北", "一", "二", "三"];

/// Imports a station's roster on a day.
pub fn roster(script: &mut Script, luck: &mut Luck, post: &Post, on: Date) -> anyhow::Result<()> {
    let count = luck.between(8, 60);
    let mut taken = HashSet::new();
    let members: Vec<NewRosterMember> =
        (0..count).map(|_| firm(luck, post)).filter(|firm| taken.insert(firm.name.clone())).collect();
    let subject = Subject::of_station("roster_member", 0, &post.placed);
    let note = format!("导入企业 {} 家", members.len());
    let write = Write::Roster { station: post.placed.id, members };
    script.act((&post.manager, Verb::MaintainRoster), &subject, when(on, 15, 10), note, vec![write])
}

fn firm(luck: &mut Luck, post: &Post) -> NewRosterMember {
    let trade = post.plan.trade;
    let (product, hs) = luck.pick(trade.products);
    let (second, second_hs) = luck.pick(trade.products);
    let both = second_hs != hs && luck.chance(40);
    let area = post.placed.county.clone().unwrap_or_else(|| post.placed.city.clone());
    let code = names::uscc(luck, "91", &area);
    let wrong = luck.chance(2);
    let business = if trade.name.chars().count() > 4 { "实业" } else { trade.name };
    NewRosterMember {
        // Of the domain nobody has, so that a letter of the sample reaches nobody.
        email: if wrong { String::new() } else { format!("{}@example.com", code.to_lowercase()) },
        uscc: if wrong { names::spoiled(&code) } else { code },
        name: format!("示例{}{}{business}{}", names::trade_name(luck), luck.pick(AGAIN), luck.pick(ENDINGS)),
        city: post.plan.city.clone(),
        kind: (*luck.pick(KINDS)).to_owned(),
        products: if both { format!("{product}、{second}") } else { (*product).to_owned() },
        hs_codes: if both { format!("{hs}、{second_hs}") } else { (*hs).to_owned() },
        markets: notices::markets(luck),
        contact: names::person(luck),
        phone: names::mobile(luck),
        uscc_note: if wrong {
            "已核对营业执照原件，代码无误（示例）".to_owned()
        } else {
            String::new()
        },
    }
}
