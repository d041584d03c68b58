//! A station's year as ledger entries: what the figures say, on days, with materials.

use std::collections::HashSet;

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, Timestamp};
use regulation::duties::published::compared;
use regulation::general::{Actor, Manager, Subject, Verb};
use regulation::law::Edition;
use store::appraisal::NewEntry;
use store::files::Stored;

use super::act::{Key, Script, Write};
use super::cast::{Cast, Post};
use super::figures::{EVENTS, Figures, REPORTS};
use super::luck::Luck;
use super::props::{Paper, Props};
use super::{notices, when};

/// What a year's entries are planned from.
pub struct Year<'a> {
    pub edition: &'a Edition,
    pub cast: &'a Cast,
    pub props: &'a Props,
    pub year: i16,
    /// The last day of which everything has been entered.
    pub today: Date,
}

/// A report an expert may mark.
pub struct Report {
    pub key: Key,
    pub item: &'static str,
    pub on: Date,
    /// Half points, one of each expert.
    pub marks: Vec<i64>,
}

/// What the review of a station's year needs to know of it.
#[derive(Default)]
pub struct Told {
    pub reports: Vec<Report>,
    /// How many experts mark them.
    pub experts: usize,
    /// Entries that will not be accepted.
    pub doubtful: Vec<(Key, Date)>,
    /// Some that were looked at and accepted.
    pub sound: Vec<(Key, Date)>,
    /// The record of a website that will not be accepted.
    pub site: Option<Key>,
}

impl Year<'_> {
    /// Plans one station's year.
    ///
    /// # Errors
    /// Fails when the law does not let somebody do what is planned.
    pub fn of_station(
        &self,
        script: &mut Script,
        luck: &mut Luck,
        post: &Post,
        figures: &Figures,
    ) -> anyhow::Result<Told> {
        let mut told = Told { experts: figures.experts, ..Told::default() };
        if !post.confirmed_by(self.year) {
            return Ok(told);
        }
        let begins = store::date_from(post.plan.new.confirmed_on)?;
        for (month, count) in figures.months.iter().enumerate() {
            let first = date(self.year, i8::try_from(month + 1)?, 1);
            if first >= begins.first_of_month() {
                self.warnings(script, luck, post, first, *count)?;
            }
        }
        for (kind, count) in EVENTS.iter().zip(figures.events) {
            for _ in 0..count {
                let (key, on) = self.event(script, luck, post, kind)?;
                if kind.starts_with("outreach") {
                    let key = self.perhaps_corrected(script, luck, post, kind, (key, on))?;
                    told.sound.push((key, on));
                }
            }
        }
        for ((kind, item), reports) in REPORTS.iter().zip(&figures.reports) {
            for marks in reports {
                let (key, on) = self.event(script, luck, post, kind)?;
                told.reports.push(Report { key, item, on, marks: marks.clone() });
            }
        }
        for _ in 0..figures.refused {
            told.doubtful.push(self.event(script, luck, post, "outreach.organised")?);
        }
        if luck.chance(10) {
            self.withdrawn(script, luck, post)?;
        }
        if figures.misconduct {
            self.event(script, luck, post, "misconduct.upheld")?;
        }
        for (kind, percent) in UNSCORED {
            if luck.chance(*percent) {
                self.event(script, luck, post, kind)?;
            }
        }
        Ok(told)
    }

    /// A month's warnings: published through the month, entered in three goes.
    fn warnings(
        &self,
        script: &mut Script,
        luck: &mut Luck,
        post: &Post,
        first: Date,
        count: usize,
    ) -> anyhow::Result<()> {
        let days = working_days(first);
        let subject = Subject::of_station("ledger_import", 0, &post.placed);
        let source = if post.placed.id % 5 == 0 { "xlsx" } else { "paste" };
        let mut goes: [Vec<Write>; 3] = Default::default();
        let mut told = HashSet::new();
        for n in 0..count {
            let on = days[n * days.len() / count.max(1)];
            if on > self.today {
                break;
            }
            // The same text again would not count (reading K101), and the months are planned.
            let (title, detail) = loop {
                let text = notices::warning(luck, post.plan.trade);
                if told.insert(text.clone()) {
                    break text;
                }
            };
            let url = format!("{}/warning/{}-{:02}", post.plan.domain, store::day_number(on), n + 1);
            let go = usize::try_from((on.day() - 1) / 10)?.min(2);
            let recorded = entered_on(first, go, self.today);
            let new = self.entry("warning.published", on, recorded, source, (title, detail, url));
            goes[go].push(Write::Entry {
                key: script.key(),
                station: post.placed.clone(),
                new,
                replaces: None,
                files: Vec::new(),
            });
        }
        for (go, writes) in goes.into_iter().enumerate() {
            let at = self.instant(luck, entered_on(first, go, self.today));
            script.act((&post.manager, Verb::FileEntry), &subject, at, "", writes)?;
        }
        Ok(())
    }

    /// One entry of a kind on some day of the year.
    fn event(&self, script: &mut Script, luck: &mut Luck, post: &Post, kind: &str) -> anyhow::Result<(Key, Date)> {
        let key = script.key();
        let on = self.some_day(luck, post)?;
        let (title, detail) = notices::event(luck, kind, post.plan.trade, on);
        let delay = match luck.between(1, 100) {
            ..=80 => luck.between(0, 6),
            81..=94 => luck.between(8, 29),
            _ => luck.between(32, LONGEST_DELAY - 5),
        };
        // Before the year's material is handed in.
        let recorded = on.saturating_add(Span::new().days(delay)).min(date(self.year + 1, 1, 24));
        let url = if kind == "report.adopted.ministry" {
            format!("https://example.org/news/{}", store::day_number(on))
        } else {
            String::new()
        };
        let new = self.entry(kind, on, recorded, "form", (title, detail, url));
        let files = self.materials(luck, kind, &new.title);
        let who = self.enters(kind, post)?;
        let subject = Subject::of_station("ledger_entry", 0, &post.placed);
        let at = self.instant(luck, recorded);
        let write = Write::Entry { key, station: post.placed.clone(), new, replaces: None, files };
        script.act(who, &subject, at, "", vec![write])?;
        Ok((key, on))
    }

    /// Now and then a title is set right: a new entry in place of the old, which stays.
    fn perhaps_corrected(
        &self,
        script: &mut Script,
        luck: &mut Luck,
        post: &Post,
        kind: &str,
        (key, on): (Key, Date),
    ) -> anyhow::Result<Key> {
        if !luck.chance(3) {
            return Ok(key);
        }
        let (title, _) = notices::event(luck, kind, post.plan.trade, on);
        let detail = "更正：原标题有误，现据通知原文登记。".to_owned();
        let corrected = script.key();
        self.replace(script, luck, post, kind, (key, on), (corrected, false), (title, detail))?;
        Ok(corrected)
    }

    /// An entry made twice and taken back.
    fn withdrawn(&self, script: &mut Script, luck: &mut Luck, post: &Post) -> anyhow::Result<()> {
        let kind = "outreach.attended";
        let (key, on) = self.event(script, luck, post, kind)?;
        let (title, _) = notices::event(luck, kind, post.plan.trade, on);
        let void = script.key();
        self.replace(script, luck, post, kind, (key, on), (void, true), (title, "撤回：重复登记。".to_owned()))
    }

    #[expect(clippy::too_many_arguments, reason = "what is replaced, by what, and how")]
    fn replace(
        &self,
        script: &mut Script,
        luck: &mut Luck,
        post: &Post,
        kind: &str,
        (old, on): (Key, Date),
        (key, void): (Key, bool),
        (title, detail): (String, String),
    ) -> anyhow::Result<()> {
        let recorded = on.saturating_add(Span::new().days(LONGEST_DELAY)).min(date(self.year + 1, 1, 28));
        let new = self.entry(kind, on, recorded, "form", (title, detail, String::new()));
        let write =
            Write::Entry { key, station: post.placed.clone(), new, replaces: Some((old, void)), files: Vec::new() };
        let subject = Subject::of_station("ledger_entry", 0, &post.placed);
        let who = (&post.manager, Verb::CorrectEntry);
        script.act(who, &subject, self.instant(luck, recorded), "", vec![write])
    }

    fn enters<'p>(&'p self, kind: &str, post: &'p Post) -> anyhow::Result<(&'p Actor, Verb)> {
        use regulation::appraisal::ledger::EnteredBy;
        Ok(match self.edition.kind(kind).map(|kind| kind.entered_by).unwrap_or_default() {
            EnteredBy::Station => (&post.manager, Verb::FileEntry),
            EnteredBy::City if post.placed.manager == Manager::City => {
                (self.cast.city_clerk(&post.placed.city)?, Verb::RecordFinding)
            }
            EnteredBy::City | EnteredBy::Province => (self.cast.person("province")?, Verb::RecordFinding),
        })
    }

    fn entry(
        &self,
        kind: &str,
        on: Date,
        recorded: Date,
        source: &'static str,
        text: (String, String, String),
    ) -> NewEntry {
        let on_day = store::day_number(on);
        let kept = self.edition.kind(kind).map_or(0, |kind| i64::from(kind.retention_years));
        let days = i64::from(on.until(recorded).map_or(0, |span| span.get_days()));
        let (title, detail, url) = text;
        NewEntry {
            kind: kind.to_owned(),
            on_day,
            count: 1,
            title,
            detail,
            url,
            late: (on.year(), on.month()) != (recorded.year(), recorded.month()),
            backdated: days > self.edition.whole("ledger.backdating_days"),
            keep_until: on_day + kept * 10_000,
            source,
            minute: 0,
            compared: compared(self.edition, kind),
        }
    }

    fn materials(&self, luck: &mut Luck, kind: &str, title: &str) -> Vec<Stored> {
        let short: String = title.trim_end_matches("（示例）").chars().take(16).collect();
        let mut files = Vec::new();
        match kind {
            "outreach.organised" => {
                files.push(self.props.meeting(luck, "示例现场照片1.png"));
                if luck.chance(50) {
                    files.push(self.props.meeting(luck, "示例现场照片2.png"));
                }
                if luck.chance(70) {
                    files.push(self.props.paper(luck, Paper::SignIn, "示例签到表.pdf"));
                }
            }
            "outreach.attended" if luck.chance(85) => files.push(self.props.meeting(luck, "示例现场照片.png")),
            "outreach.attended" | "warning.adopted" | "other.done" => {}
            "premises.kept" => files.push(self.props.office(luck, "示例办公场所.png")),
            "site.maintained" | "report.adopted.ministry" => files.push(self.props.screen(luck, "示例页面截图.png")),
            "report.topical" | "report.case" => {
                files.push(self.props.paper(luck, Paper::Report, &format!("示例-{short}.pdf")));
            }
            _ => files.push(self.props.paper(luck, Paper::Letter, &format!("示例-{short}.pdf"))),
        }
        files
    }

    fn some_day(&self, luck: &mut Luck, post: &Post) -> anyhow::Result<Date> {
        let begins = store::date_from(post.plan.new.confirmed_on)?.max(date(self.year, 1, 5));
        let ends = date(self.year, 12, 20);
        let span = i64::from(begins.until(ends).map_or(0, |span| span.get_days())).max(0);
        let mut day = begins.saturating_add(Span::new().days(luck.between(0, span)));
        while !working(day) {
            day = day.tomorrow()?;
        }
        Ok(day)
    }

    fn instant(&self, luck: &mut Luck, on: Date) -> Timestamp {
        when(on, luck.between(9, 16), luck.between(0, 59))
    }
}

/// Days after which everything that happened has been entered and set right.
const LONGEST_DELAY: i64 = 80;

/// Kinds no row asks for, and in how many of a hundred stations a year.
const UNSCORED: &[(&str, i64)] = &[
    ("premises.kept", 30),
    ("site.maintained", 35),
    ("case.coordinated", 25),
    ("remedy.initiated", 4),
    ("task.completed", 45),
    ("aid.given", 10),
    ("other.done", 25),
];

/// The day a third of a month is entered; what is under way has been entered up to now.
fn entered_on(first: Date, go: usize, today: Date) -> Date {
    let day = match go {
        0 => first.saturating_add(Span::new().days(10)),
        1 => first.saturating_add(Span::new().days(20)),
        _ => first.last_of_month(),
    };
    if first.first_of_month() == today.first_of_month() { day.min(today) } else { day }
}

fn working_days(first: Date) -> Vec<Date> {
    let days = (0..i64::from(first.days_in_month())).map(|n| first.saturating_add(Span::new().days(n)));
    days.filter(|day| working(*day)).collect()
}

/// Neither a week-end nor one of the holidays that have a fixed date.
fn working(day: Date) -> bool {
    let holiday = matches!((day.month(), day.day()), (1, 1) | (5, 1) | (10, 1..=7));
    !holiday && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
