//! How the years were reviewed: cycles, submissions, opinions, assignments, marks, and last year's result.

use jiff::Span;
use jiff::civil::{Date, date};
use regulation::appraisal::grade::Participation;
use regulation::general::{Actor, Assignment, Subject, Verb, may};
use regulation::law::Edition;

use super::act::{Script, Write};
use super::cast::{Cast, EXPERTS, Post};
use super::history::Told;
use super::luck::Luck;
use super::when;
use crate::app::App;
use crate::appraisal::confirm;
use crate::appraisal::reckon::{self, Standings};

/// The day of the year after on which a year's grades are confirmed.
pub fn confirmed_on(year: i16, today: Date) -> Date {
    date(year + 1, 4, 10).min(today)
}

/// Opens a year.
pub fn open(script: &mut Script, cast: &Cast, edition: &Edition, year: i16, on: Date) -> anyhow::Result<()> {
    let write = Write::Cycle {
        year: i64::from(year),
        edition: edition.head.id.clone(),
        pass_mark: edition.pass_mark().tenths(),
    };
    let subject = Subject::whole("cycle", i64::from(year));
    let who = (cast.person("province.approve")?, Verb::OpenCycle);
    script.act(who, &subject, when(on, 9, 30), "", vec![write])
}

/// Last year's review, as far as it had come by now.
pub fn of_last_year(
    script: &mut Script,
    cast: &Cast,
    told: &[Told],
    absent: &[usize],
    year: i16,
    seed: u64,
) -> anyhow::Result<()> {
    let mut luck = Luck::new(seed, "review");
    submissions(script, &mut luck, cast, absent, year)?;
    let spring = |month, day| date(year + 1, month, day);
    for (n, (post, told)) in cast.posts.iter().zip(told).enumerate() {
        opinions(script, &mut luck, cast, post, told, year, spring(2, 3))?;
        let panel = panel_of(n, told.experts);
        assign(script, cast, post, year, &panel, spring(2, 18), spring(3, 31))?;
        for report in &told.reports {
            marks(
                script,
                &mut luck,
                cast,
                post,
                year,
                (&panel, report.marks.len(), spring(2, 25)),
                spring(3, 31),
                report,
            )?;
        }
    }
    findings(script, cast, absent, year)
}

/// Who was absent and who was in the first year, as a person found.
fn findings(script: &mut Script, cast: &Cast, absent: &[usize], year: i16) -> anyhow::Result<()> {
    let who = (cast.person("province")?, Verb::ProposeGrades);
    let subject = Subject::whole("participation", i64::from(year));
    for (n, post) in cast.posts.iter().enumerate() {
        let first_year = post.plan.new.confirmed_on / 10_000 == i64::from(year);
        let (value, reason) = match (absent.contains(&n), first_year) {
            (true, _) => (Participation::Absent, "截止日前未收到报送材料，已告知并听取说明（示例）"),
            (_, true) => (Participation::FirstYear, "本年度新确认，首年免评（示例）"),
            _ => continue,
        };
        let note = format!("{year} 年度 {}：{}，{reason}", post.plan.new.name, value.name());
        let write = Write::Participation { year: year.into(), station: post.placed.id, value: value.key(), reason };
        script.act(who, &subject, when(date(year + 1, 3, 10), 10, 0), note, vec![write])?;
    }
    Ok(())
}

/// This year's review has just begun: some opinions, all assignments, some marks.
pub fn of_this_year(script: &mut Script, cast: &Cast, told: &[Told], today: Date, seed: u64) -> anyhow::Result<()> {
    let mut luck = Luck::new(seed, "review now");
    let year = today.year();
    let ago = |days: i64| today.saturating_sub(Span::new().days(days)).max(date(year, 1, 1));
    let until = date(year + 1, 3, 31);
    for (n, (post, told)) in cast.posts.iter().zip(told).enumerate() {
        let seen = Told {
            sound: told.sound.iter().copied().filter(|(_, on)| *on < ago(100)).collect(),
            doubtful: told.doubtful.iter().copied().filter(|(_, on)| *on < ago(100)).collect(),
            ..Told::default()
        };
        if n % 3 != 2 {
            opinions(script, &mut luck, cast, post, &seen, year, ago(15))?;
        }
        let panel = panel_of(n, told.experts);
        assign(script, cast, post, year, &panel, ago(20), until)?;
        for report in told.reports.iter().filter(|report| report.on < ago(100)) {
            let given = luck.below(3);
            marks(script, &mut luck, cast, post, year, (&panel, given, ago(9)), until, report)?;
        }
    }
    Ok(())
}

/// Who did not hand anything in last year.
pub fn absent(count: usize) -> Vec<usize> {
    if count > 40 { vec![count / 2 + 1, count / 2 + 7] } else { vec![count / 2 + 1] }
}

/// Days over which the material comes in, and minutes of a working day.
const WINDOW_DAYS: i64 = 25;
const WORKING_MINUTES: i64 = 420;

/// From the first working days of January on, one after the other.
fn submissions(script: &mut Script, luck: &mut Luck, cast: &Cast, absent: &[usize], year: i16) -> anyhow::Result<()> {
    let mut order: Vec<&Post> = Vec::new();
    for (n, post) in cast.posts.iter().enumerate() {
        if !absent.contains(&n) && post.confirmed_by(year) {
            order.push(post);
        }
    }
    luck.shuffle(&mut order);
    let (count, first) = (i64::try_from(order.len().max(1))?, date(year + 1, 1, 6));
    for (place, post) in (0i64..).zip(order) {
        let minute = place * WINDOW_DAYS * WORKING_MINUTES / count;
        let (day, minute) = (minute / WORKING_MINUTES, minute % WORKING_MINUTES);
        let at = when(first.saturating_add(Span::new().days(day)), 9 + minute / 60, minute % 60);
        let subject = Subject::of_station("submission", 0, &post.placed);
        let receipt = format!("{year}-{}-01", post.plan.new.number);
        let write = Write::Submission { year: year.into(), station: post.placed.id, receipt };
        script.act((&post.manager, Verb::SubmitMaterial), &subject, at, "", vec![write])?;
    }
    Ok(())
}

const REFUSALS: &[&str] = &[
    "没有签到表，无法核实（示例）",
    "与另一次活动为同一场，不重复计（示例）",
    "照片与活动内容不符，请补充材料（示例）",
    "属承办单位自身业务会议，不属于有关培训（示例）",
];

const PASSED: &str = "材料齐全（示例）";
const SITE_REFUSAL: &str = "栏目已半年未更新，现场无法打开（示例）";

/// What the city, or for stations it manages the province, thought of some evidence. Where two entries are
/// doubtful, the city lets one pass and the province does not.
fn opinions(
    script: &mut Script,
    luck: &mut Luck,
    cast: &Cast,
    post: &Post,
    told: &Told,
    year: i16,
    from: Date,
) -> anyhow::Result<()> {
    let province = (cast.person("province")?, "province");
    let own = match post.plan.new.managed_by.as_str() {
        "province" => province,
        _ => (cast.city_clerk(&post.placed.city)?, "city"),
    };
    let mut given = Vec::new();
    for (n, (key, _)) in told.doubtful.iter().enumerate() {
        let refusal = *luck.pick(REFUSALS);
        if n == 1 && own.1 == "city" {
            given.push((own, "ledger_entry", *key, true, PASSED));
            given.push((province, "ledger_entry", *key, false, refusal));
        } else {
            given.push((own, "ledger_entry", *key, false, refusal));
        }
    }
    given.extend(told.site.map(|key| (own, "standing_record", key, false, SITE_REFUSAL)));
    given.extend(told.sound.iter().take(2).map(|(key, _)| (own, "ledger_entry", *key, true, PASSED)));
    let subject = Subject::of_station("opinion", 0, &post.placed);
    let day = luck.between(0, 9);
    for (n, ((actor, layer), noun, on, accepted, reason)) in (0i64..).zip(given) {
        let later = if layer == "city" { 0 } else { 2 };
        let at = when(from.saturating_add(Span::new().days(day + later)), 9 + n, 15);
        let write = Write::Opinion { year: year.into(), station: post.placed.id, noun, on, layer, accepted, reason };
        script.act((actor, Verb::AssessEvidence), &subject, at, "", vec![write])?;
    }
    Ok(())
}

/// Three experts a station, five for every sixth.
pub fn panel_size(n: usize) -> usize {
    if n.is_multiple_of(6) { EXPERTS } else { 3 }
}

fn panel_of(n: usize, size: usize) -> Vec<usize> {
    (0..size).map(|k| (n + k) % EXPERTS + 1).collect()
}

fn expert(cast: &Cast, n: usize) -> anyhow::Result<&Actor> {
    cast.person(&format!("expert{n}"))
}

fn assign(
    script: &mut Script,
    cast: &Cast,
    post: &Post,
    year: i16,
    panel: &[usize],
    on: Date,
    until: Date,
) -> anyhow::Result<()> {
    let mut accounts: Vec<i64> =
        panel.iter().map(|n| expert(cast, *n).map(|actor| actor.account)).collect::<Result<_, _>>()?;
    if post.placed.id % 4 == 1 {
        accounts.push(cast.person("evaluator1")?.account);
    }
    let subject = Subject::whole("assignment", i64::from(year));
    let (until_on, count) = (store::day_number(until), accounts.len());
    let writes = accounts
        .into_iter()
        .map(|account| Write::Assign { year: year.into(), account, station: post.placed.id, until_on })
        .collect();
    let who = (cast.person("province")?, Verb::AssignAssessor);
    script.act(
        who,
        &subject,
        when(on, 14, 0),
        format!("{year} 年度，{}，指派 {count} 人", post.plan.new.number),
        writes,
    )
}

const COMMENTS: &[&str] =
    &["", "案例翔实（示例）", "原因分析较透彻（示例）", "应对措施可再具体（示例）", "数据来源需注明（示例）"];

#[expect(clippy::too_many_arguments, reason = "who marks what, when and how")]
fn marks(
    script: &mut Script,
    luck: &mut Luck,
    cast: &Cast,
    post: &Post,
    year: i16,
    (panel, given, from): (&[usize], usize, Date),
    until: Date,
    report: &super::history::Report,
) -> anyhow::Result<()> {
    let subject = Subject::of_station("mark", 0, &post.placed);
    for (n, half) in panel.iter().zip(&report.marks).take(given) {
        let assigned = vec![Assignment { station: post.placed.id, from: None, until }];
        let actor = Actor { assigned, ..expert(cast, *n)?.clone() };
        let at =
            when(from.saturating_add(Span::new().days(luck.between(0, 8))), luck.between(9, 20), luck.between(0, 59));
        let write = Write::Mark {
            year: year.into(),
            station: post.placed.id,
            item: report.item,
            work: report.key,
            mark: format!("{}{}", half / 2, if half % 2 == 1 { ".5" } else { "" }),
            comment: luck.pick::<&str>(COMMENTS),
        };
        script.act((&actor, Verb::GradeWork), &subject, at, "", vec![write])?;
    }
    Ok(())
}

const UNCHECKED: &str = "约定检查的两日道路因暴雪封闭，改为书面核查（示例）";

/// Grades and confirms last year by the code that does it for real.
pub async fn confirm(app: &App, cast: &Cast, year: i16, today: Date) -> anyhow::Result<()> {
    let on = confirmed_on(year, today);
    let steps = super::cycle::walk(app, cast, &reckon::standings(app, i64::from(year)).await?, on).await?;
    // As the reviews left them.
    let standings = reckon::standings(app, i64::from(year)).await?;
    let chosen = decide(app, cast, &standings, on).await?;
    let unchecked = confirm::unchecked(&app.store, &standings).await?;
    let subject = Subject::whole("cycle", i64::from(year)).after(Vec::new());
    let mandate = may(cast.person("province.approve")?, Verb::ConfirmGrades, &subject, on)?;
    let meeting = confirm::Meeting {
        attendees: "示例王甲、示例李乙、示例张丙".to_owned(),
        reason: "复核期已满，按排名和集体研究结果确认（示例）".to_owned(),
        on,
        unchecked: unchecked.into_iter().map(|(id, _)| (id, UNCHECKED.to_owned())).collect(),
    };
    let at = when(on, 16, 0).min(app.clock.now());
    confirm::confirm(&app.store, &standings, &chosen, &steps, &meeting, &mandate, at).await
}

/// The collective decision on a tie at the cap.
async fn decide(app: &App, cast: &Cast, standings: &Standings, on: Date) -> anyhow::Result<Vec<String>> {
    let tied: Vec<String> = standings.grades.pending.iter().flatten().cloned().collect();
    let chosen = tied[..standings.grades.open_seats.min(tied.len())].to_vec();
    if !tied.is_empty() {
        let subject = Subject::whole("decision", standings.year);
        let mandate = may(cast.person("province")?, Verb::ProposeGrades, &subject, on)?;
        let mut tx = app.store.begin(&mandate, when(on, 11, 0).min(app.clock.now())).await?;
        let (attendees, reason) =
            ("示例王甲、示例李乙、示例张丙", "五项指标全部相同，集体研究按网站维护情况选定（示例）");
        let both = confirm::decided(&chosen, &tied);
        tx.set_decision(standings.year, &both, attendees, reason, store::day_number(on)).await?;
        tx.commit().await?;
    }
    Ok(chosen)
}

/// The stations that compete for last year's grades: neither absent nor in their first year.
pub fn competing(posts: &[Post], absent: &[usize], year: i16) -> Vec<usize> {
    let old = |n: &usize| posts[*n].plan.new.confirmed_on < i64::from(year) * 10_000 + 101;
    (0..posts.len()).filter(|n| !absent.contains(n)).filter(old).collect()
}
