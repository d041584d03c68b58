//! What stations have on record: unit, staff, rules, website, roster, history.

use jiff::Span;
use jiff::civil::Date;
use regulation::general::{Subject, Verb};
use store::duties::{NewRosterMember, NewStandingRecord};

use super::act::{Script, Write};
use super::cast::Post;
use super::figures::{FACTS, Figures, ROSTER, SITE};
use super::luck::Luck;
use super::props::Props;
use super::{names, notices, when};

const POSTS: &[&str] = &["站长", "联络员", "信息员"];

/// Everything a station put on record when the system began, and what changed since.
pub fn of_station(script: &mut Script, luck: &mut Luck, post: &Post, figures: &Figures, props: &Props, start: Date) -> anyhow::Result<()> {
    let confirmed = store::date_from(post.plan.new.confirmed_on)?;
    let from = confirmed.max(start);
    let at = when(from.saturating_add(Span::new().days(luck.between(1, 9))), 10, luck.between(0, 50));
    let subject = Subject::of_station("standing_record", 0, &post.placed);
    for (fact, holds) in FACTS.iter().zip(figures.facts).take(ROSTER) {
        if !holds {
            continue;
        }
        for new in records(luck, post, fact, confirmed) {
            let files = if luck.chance(50) { vec![props.paper(luck, &format!("{}.pdf", new.title))] } else { Vec::new() };
            let write = Write::Record { key: script.key(), station: post.placed.id, new, files };
            script.act((&post.manager, Verb::MaintainRecord), &subject, at, "", vec![write])?;
        }
    }
    if figures.facts[SITE] {
        let plan = &post.plan;
        let write = Write::Profile {
            station: post.placed.id,
            address: plan.new.address.clone(),
            website: site(post),
            chapters: plan.trade.chapters,
        };
        script.act((&post.manager, Verb::MaintainRecord), &subject, at, "登记预警网站", vec![write])?;
    }
    moved(script, luck, post, figures, from)?;
    roster(script, luck, post, figures, at)
}

fn records(luck: &mut Luck, post: &Post, fact: &str, from: Date) -> Vec<NewStandingRecord> {
    let host = &post.plan.new.host_name;
    let from_on = store::day_number(from);
    let document = |title: String, detail: &str| NewStandingRecord {
        fact: fact.to_owned(),
        title,
        detail: detail.to_owned(),
        from_on,
        ..NewStandingRecord::default()
    };
    match fact {
        "has_unit" => vec![document(format!("{host}关于设立贸易摩擦预警工作站的通知"), "明确工作机构、职责和负责人。")],
        "has_dedicated_staff" => {
            let count = luck.below(3) + 1;
            let mut staff: Vec<NewStandingRecord> = POSTS
                .iter()
                .take(count)
                .map(|job| NewStandingRecord {
                    person: names::person(luck),
                    post: (*job).to_owned(),
                    phone: names::mobile(luck),
                    ..document(format!("工作站{job}任命文件"), "专门负责工作站工作。")
                })
                .collect();
            if let Some(chief) = staff.first_mut() {
                (chief.person, chief.phone) = (post.plan.manager.clone(), post.plan.phone.clone());
            }
            // Somebody left: a record that ended shows it.
            if luck.chance(25) {
                staff.push(NewStandingRecord {
                    person: names::person(luck),
                    post: "信息员".to_owned(),
                    phone: names::landline(luck),
                    until_on: Some((from.year() + 1).into()).map(|year: i64| year * 10_000 + 630),
                    ..document("工作站信息员任命文件".to_owned(), "已调离。")
                });
            }
            staff
        }
        "has_work_rules" => ["贸易摩擦预警信息收集发布制度", "工作台账管理制度", "重点联系企业走访制度"]
            .iter()
            .take(1 + luck.below(3))
            .map(|title| document((*title).to_owned(), "经办公会审议通过。"))
            .collect(),
        _ => vec![NewStandingRecord {
            url: site(post),
            ..document("贸易摩擦预警专栏".to_owned(), "开设在承办单位网站。")
        }],
    }
}

/// A few stations moved.
fn moved(script: &mut Script, luck: &mut Luck, post: &Post, figures: &Figures, from: Date) -> anyhow::Result<()> {
    if !luck.chance(15) {
        return Ok(());
    }
    let on = from.saturating_add(Span::new().days(luck.between(40, 500)));
    let address = format!("{}示例路{}号", post.plan.place, luck.between(1, 299));
    let station = post.placed.id;
    let website = if figures.facts[SITE] { site(post) } else { String::new() };
    let detail = format!("新址：{address}");
    let writes = vec![
        Write::Profile { station, address, website, chapters: post.plan.trade.chapters },
        Write::Event { station, on_day: store::day_number(on), what: "办公地址变更", detail },
    ];
    let subject = Subject::of_station("station", station, &post.placed);
    let at = when(on.saturating_add(Span::new().days(3)), 15, 20);
    script.act((&post.manager, Verb::MaintainRecord), &subject, at, "办公地址变更", writes)
}

fn site(post: &Post) -> String {
    format!("{}/warning", post.plan.domain)
}

fn roster(script: &mut Script, luck: &mut Luck, post: &Post, figures: &Figures, at: jiff::Timestamp) -> anyhow::Result<()> {
    if !figures.facts[ROSTER] {
        return Ok(());
    }
    let count = luck.between(8, 60);
    let members: Vec<NewRosterMember> = (0..count).map(|_| firm(luck, post)).collect();
    let subject = Subject::of_station("roster_member", 0, &post.placed);
    let write = Write::Roster { station: post.placed.id, members };
    script.act((&post.manager, Verb::MaintainRoster), &subject, at, format!("导入 {count} 家"), vec![write])
}

const FIRM_ENDINGS: &[&str] = &["有限公司", "股份有限公司", "进出口有限公司", "集团有限公司", "科技有限公司"];
const NUMERALS: &[&str] = &["", "一", "二", "三", "新", "东", "南", "北"];

fn firm(luck: &mut Luck, post: &Post) -> NewRosterMember {
    let trade = post.plan.trade;
    let (product, hs) = luck.pick(trade.products);
    let (second, second_hs) = luck.pick(trade.products);
    let both = second_hs != hs && luck.chance(40);
    let area = post.placed.county.clone().unwrap_or_else(|| post.placed.city.clone());
    let code = names::uscc(luck, "91", &area);
    let wrong = luck.chance(2);
    let subject = if trade.name.chars().count() > 4 { "实业" } else { trade.name };
    NewRosterMember {
        uscc: if wrong { names::spoiled(&code) } else { code },
        name: format!("示例{}{}{subject}{}", names::trade_name(luck), luck.pick(NUMERALS), luck.pick(FIRM_ENDINGS)),
        city: post.placed.city.clone(),
        kind: luck.pick(&["重点联系企业", "重点联系企业", "服务企业", "产业链供应链企业"]).to_string(),
        products: if both { format!("{product}、{second}") } else { (*product).to_owned() },
        hs_codes: if both { format!("{hs},{second_hs}") } else { (*hs).to_owned() },
        markets: notices::markets(luck),
        contact: names::person(luck),
        phone: names::mobile(luck),
        uscc_note: if wrong { "已核对营业执照原件，代码无误（示例）".to_owned() } else { String::new() },
    }
}
