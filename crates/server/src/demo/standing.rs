//! What stations have on record: unit, staff, rules, website, and their own history.

use jiff::Span;
use jiff::civil::{Date, date};
use regulation::general::{Subject, Verb};
use store::duties::NewStandingRecord;

use super::act::{Key, Script, Write};
use super::cast::Post;
use super::figures::{FACTS, Figures, ROSTER, SITE};
use super::luck::Luck;
use super::props::{Paper, Props};
use super::{firms, names, when};

const POSTS: &[&str] = &["站长", "联络员", "信息员"];
const RULE_TITLES: &[&str] = &["贸易摩擦预警信息收集发布制度", "工作台账管理制度", "重点联系企业走访制度"];

/// A fact's time on record: from the station's beginning or from this year, to now or to the middle of this year.
struct Held {
    from: Date,
    until: Option<Date>,
}

/// Everything a station put on record when the system began, and what changed since. Returns the record of its
/// website.
pub fn of_station(
    script: &mut Script,
    luck: &mut Luck,
    post: &Post,
    (past, present): (&Figures, &Figures),
    props: &Props,
    start: Date,
) -> anyhow::Result<Option<Key>> {
    let confirmed = store::date_from(post.plan.new.confirmed_on)?;
    let from = confirmed.max(start);
    let begun = from.saturating_add(Span::new().days(luck.between(1, 9)));
    let mut site = None;
    for (n, fact) in FACTS.iter().enumerate().take(ROSTER) {
        let (held, holds) = (past.on_record(n), present.on_record(n));
        let this_year = |month, day| date(start.year() + 1, month, day);
        let held_for = match (held, holds) {
            (true, true) => Held { from: confirmed, until: None },
            (true, false) => Held { from: confirmed, until: Some(this_year(6, 30)) },
            (false, true) => Held { from: this_year(3, 10).max(confirmed), until: None },
            (false, false) => continue,
        };
        let at = if held { begun } else { held_for.from.tomorrow()? };
        let first = put(script, luck, post, fact, &held_for, at, props)?;
        site = if n == SITE { first } else { site };
    }
    if past.on_record(SITE) || present.on_record(SITE) {
        let write = Write::Profile {
            station: post.placed.id,
            address: post.plan.new.address.clone(),
            website: website(post),
            chapters: post.plan.trade.chapters,
        };
        let subject = Subject::of_station("station", post.placed.id, &post.placed);
        script.act(
            (&post.manager, Verb::MaintainRecord),
            &subject,
            when(begun, 11, 30),
            "登记预警网站",
            vec![write],
        )?;
    }
    moved(script, luck, post, past, from)?;
    if past.facts[ROSTER] {
        firms::roster(script, luck, post, begun)?;
    }
    Ok(site)
}

/// Puts the records of one fact there, each an act of its own.
fn put(
    script: &mut Script,
    luck: &mut Luck,
    post: &Post,
    fact: &str,
    held: &Held,
    on: Date,
    props: &Props,
) -> anyhow::Result<Option<Key>> {
    let subject = Subject::of_station("standing_record", 0, &post.placed);
    let who = (&post.manager, Verb::MaintainRecord);
    let mut first = None;
    for (n, new) in (0i64..).zip(records(luck, post, fact, held)) {
        let files = match fact {
            "has_warning_site" => vec![props.screen(luck, "示例栏目截图.png")],
            _ => vec![props.paper(luck, Paper::Letter, &format!("示例-{}.pdf", new.title))],
        };
        let (key, station) = (script.key(), post.placed.id);
        first = first.or(Some(key));
        let staff = fact == "has_dedicated_staff";
        let renewed =
            (staff && luck.chance(12)).then(|| NewStandingRecord { phone: names::mobile(luck), ..new.clone() });
        let write = Write::Record { key, station, new, replaces: None, files };
        script.act(who, &subject, when(on, 10, 5 + n * 4), "", vec![write])?;
        if let Some(new) = renewed {
            let later = on.saturating_add(Span::new().days(luck.between(60, 300)));
            let write = Write::Record { key: script.key(), station, new, replaces: Some(key), files: Vec::new() };
            script.act(who, &subject, when(later, 9, 40), "", vec![write])?;
        }
    }
    Ok(first)
}

fn records(luck: &mut Luck, post: &Post, fact: &str, held: &Held) -> Vec<NewStandingRecord> {
    let host = &post.plan.new.host_name;
    let document = |title: String, detail: &str| NewStandingRecord {
        fact: fact.to_owned(),
        title,
        detail: detail.to_owned(),
        from_on: store::day_number(held.from),
        until_on: held.until.map(store::day_number),
        ..NewStandingRecord::default()
    };
    match fact {
        "has_unit" => vec![document(format!("{host}关于设立贸易摩擦预警工作站的通知"), "明确工作机构、职责和负责人。")],
        "has_dedicated_staff" => staff(luck, post, held, &document),
        "has_work_rules" => {
            let count = 1 + luck.below(RULE_TITLES.len());
            RULE_TITLES.iter().take(count).map(|title| document((*title).to_owned(), "经办公会审议通过。")).collect()
        }
        _ => vec![NewStandingRecord {
            url: website(post),
            ..document("贸易摩擦预警专栏".to_owned(), "开设在承办单位网站。")
        }],
    }
}

fn staff(
    luck: &mut Luck,
    post: &Post,
    held: &Held,
    document: &dyn Fn(String, &str) -> NewStandingRecord,
) -> Vec<NewStandingRecord> {
    let count = 1 + luck.below(POSTS.len());
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
            until_on: Some(i64::from(held.from.year() + 1) * 10_000 + 630),
            ..document("工作站信息员任命文件".to_owned(), "已调离。")
        });
    }
    staff
}

/// A few stations moved.
fn moved(script: &mut Script, luck: &mut Luck, post: &Post, figures: &Figures, from: Date) -> anyhow::Result<()> {
    if !luck.chance(15) {
        return Ok(());
    }
    let on = from.saturating_add(Span::new().days(luck.between(40, 500)));
    let address = format!("{}示例路{}号", post.plan.place, luck.between(1, 299));
    let station = post.placed.id;
    let website = if figures.on_record(SITE) { website(post) } else { String::new() };
    let detail = format!("新址：{address}");
    let writes = vec![
        Write::Profile { station, address, website, chapters: post.plan.trade.chapters },
        Write::Event { station, on_day: store::day_number(on), what: "办公地址变更", detail },
    ];
    let subject = Subject::of_station("station", station, &post.placed);
    let at = when(on.saturating_add(Span::new().days(3)), 15, 20);
    script.act((&post.manager, Verb::MaintainRecord), &subject, at, "办公地址变更", writes)
}

fn website(post: &Post) -> String {
    format!("{}/warning", post.plan.domain)
}
