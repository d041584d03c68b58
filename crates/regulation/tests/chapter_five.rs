//! What no sequence of events reaches in chapter five and under Article 4, whatever is tried in whatever order on whatever
//! day, while cases are filed and handed over, evidence comes in and the stations' own states change.

mod common;

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regulation::adjustment::merging::{Entry, Matter, Moves, Pair, same};
use regulation::adjustment::{leaving, merging, misuse, renaming, revocation, statement_due, stating};
use regulation::general::{Basis, HolidayYear, Workdays};
use regulation::law::Edition;

static EDITION: LazyLock<Edition> = LazyLock::new(|| common::edition("../../law/draft"));

/// A spring with the May holiday and the Saturday worked for it.
static SPRING: LazyLock<Workdays> = LazyLock::new(|| {
    let off = (1..=5).map(|day| date(2027, 5, day)).chain([date(2027, 4, 5)]).collect();
    Workdays::new([HolidayYear { year: 2027, source: "示例".to_owned(), off, work: vec![date(2027, 5, 8)] }])
});

/// States of a station in the registry.
const STATES: [&str; 6] = ["有效", "拟退出", "拟整合", "拟撤销", "已退出", "已撤销"];

fn state() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => select(&STATES[..3]), 1 => select(&STATES[3..])]
}

fn spring() -> impl Strategy<Value = Date> {
    (0i64..45).prop_map(|days| date(2027, 4, 1).saturating_add(days.days()))
}

/// The last day of a statement on a notice served that day.
fn last_day(served: Date) -> Date {
    statement_due(&EDITION, &SPRING, served).on
}

/// Whether five whole working days have gone by between the day something was served and that moment, counted one by one.
fn five_days_went_by(served: Date, at: DateTime) -> bool {
    let between = served.series(1.day()).skip(1).take_while(|day| *day < at.date());
    between.filter(|day| SPRING.works(*day)).count() >= 5
}

/// What happens to a station that asked to leave.
#[derive(Clone, Copy, Debug)]
enum Leaving {
    /// A case comes into its ledger, or one is handed over or concluded.
    Case,
    Handed,
    State(&'static str),
    Step(leaving::Step<'static>),
    /// The province approves of what there is now.
    Approve(Date),
}

fn of_leaving() -> impl Strategy<Value = Vec<Leaving>> {
    use leaving::Step;
    vec(
        prop_oneof![
            1 => Just(Leaving::Case),
            3 => Just(Leaving::Handed),
            1 => state().prop_map(Leaving::State),
            2 => Just(Leaving::Step(Step::Forward)),
            1 => select(vec![Step::Decline, Step::Withdraw, Step::Lapse]).prop_map(Leaving::Step),
            3 => spring().prop_map(Leaving::Approve),
        ],
        0..14,
    )
}

/// Article 15, reading K52: nobody leaves past the city that manages the station, with a case that went nowhere, or in
/// place of being revoked. Returns whether the station left.
fn leave(of_city: bool, mut open: usize, events: &[Leaving]) -> Result<bool, TestCaseError> {
    use leaving::{Stage, Step, request, take};
    let (mut stage, mut state, mut forwarded) = (request("有效", !of_city).expect("in force"), "拟退出", !of_city);
    for event in events {
        let step = match *event {
            Leaving::Case => {
                open += 1;
                continue;
            }
            Leaving::Handed => {
                open = open.saturating_sub(1);
                continue;
            }
            Leaving::State(now) => {
                state = now;
                continue;
            }
            Leaving::Step(step) => step,
            Leaving::Approve(on) => Step::Approve { state, on, open },
        };
        let Ok(next) = take(stage, step) else { continue };
        prop_assert!(!stage.closed(), "{step:?} after the end");
        forwarded |= step == Step::Forward;
        if let Stage::Left { .. } = next {
            prop_assert_eq!(open, 0, "left with an open case");
            prop_assert!(forwarded, "left past the city");
            prop_assert!(matches!(state, "有效" | "拟退出" | "拟整合"), "left while {state}");
        }
        stage = next;
    }
    Ok(matches!(stage, Stage::Left { .. }))
}

/// What happens to a name that is to be changed.
#[derive(Clone, Copy, Debug)]
enum Renaming {
    Evidence,
    Step(renaming::Step),
    Acknowledge(Date),
}

fn of_renaming() -> impl Strategy<Value = Vec<Renaming>> {
    use renaming::Step;
    let rest = select(vec![Step::Decline, Step::Withdraw, Step::Lapse]);
    vec(
        prop_oneof![
            1 => Just(Renaming::Evidence),
            2 => Just(Renaming::Step(Step::Forward)),
            1 => rest.prop_map(Renaming::Step),
            3 => spring().prop_map(Renaming::Acknowledge),
        ],
        0..10,
    )
}

/// Article 15, reading K53: a name changes on the province's word alone, after the city's where it manages the station,
/// on evidence, and for the same code. Returns whether it changed.
fn rename(of_city: bool, codes: (&str, &str), events: &[Renaming]) -> Result<bool, TestCaseError> {
    use renaming::{Stage, Step, file, take};
    let Ok(mut stage) = file("有效", !of_city, codes.0, codes.1) else {
        prop_assert!(codes.0 != codes.1, "the same host was refused");
        return Ok(false);
    };
    prop_assert!(codes.0.is_empty() || codes.0 == codes.1, "another host took the name");
    let (mut evidence, mut forwarded) = (0, !of_city);
    for event in events {
        let step = match *event {
            Renaming::Evidence => {
                evidence += 1;
                continue;
            }
            Renaming::Step(step) => step,
            Renaming::Acknowledge(on) => Step::Acknowledge { on, evidence },
        };
        let Ok(next) = take(stage, step) else { continue };
        prop_assert!(!stage.closed(), "{step:?} after the end");
        forwarded |= step == Step::Forward;
        if let Stage::Acknowledged { .. } = next {
            prop_assert!(evidence > 0, "renamed without evidence");
            prop_assert!(forwarded, "renamed past the city");
        }
        stage = next;
    }
    Ok(matches!(stage, Stage::Acknowledged { .. }))
}

/// What happens around a plan for two stations.
#[derive(Clone, Copy, Debug)]
enum Merging {
    Case,
    Handed,
    Absorbed(&'static str),
    Survivor(&'static str),
    Decide,
    Carry(Date),
    Drop,
}

fn of_merging() -> impl Strategy<Value = Vec<Merging>> {
    vec(
        prop_oneof![
            1 => Just(Merging::Case),
            2 => Just(Merging::Handed),
            1 => state().prop_map(Merging::Absorbed),
            1 => state().prop_map(Merging::Survivor),
            3 => Just(Merging::Decide),
            3 => spring().prop_map(Merging::Carry),
            1 => Just(Merging::Drop),
        ],
        0..14,
    )
}

fn moves() -> impl Strategy<Value = Moves> {
    any::<(bool, bool, bool)>().prop_map(|(roster, cases, ledger)| Moves { roster, cases, ledger })
}

/// Article 16, reading K54: nothing is carried out undecided, nothing goes to a station that does not carry on, and no
/// case is left without a place. Returns whether the two became one.
fn merge(moves: Moves, survivor_is_another: bool, events: &[Merging]) -> Result<bool, TestCaseError> {
    use merging::{Stage, Step, take};
    let (mut absorbed, mut survivor, mut open, mut decided) = ("有效", "有效", 0usize, false);
    let mut stage = Stage::Drafted;
    for event in events {
        let other = if survivor_is_another { 2 } else { 1 };
        let pair = Pair { absorbed: (1, absorbed), survivor: (other, survivor) };
        let step = match *event {
            Merging::Case => {
                open += 1;
                continue;
            }
            Merging::Handed => {
                open = open.saturating_sub(1);
                continue;
            }
            Merging::Absorbed(now) => {
                absorbed = now;
                continue;
            }
            Merging::Survivor(now) => {
                survivor = now;
                continue;
            }
            Merging::Decide => Step::Decide { pair },
            Merging::Carry(on) => Step::Carry { pair, moves, on, open },
            Merging::Drop => Step::Drop,
        };
        let Ok(next) = take(stage, step) else { continue };
        prop_assert!(!stage.closed(), "{step:?} after the end");
        decided |= matches!(step, Step::Decide { .. });
        if let Stage::Done { .. } = next {
            prop_assert!(decided && survivor_is_another, "carried out undecided, or into itself");
            prop_assert!(matches!(survivor, "有效" | "拟整合"), "carried to a station that is {survivor}");
            prop_assert!(STATES[..3].contains(&absorbed), "a station merged that is {absorbed}");
            prop_assert!(open == 0 || moves.cases, "a case has no place");
        }
        stage = next;
    }
    Ok(matches!(stage, Stage::Done { .. }))
}

/// One of few kinds, days, titles and addresses, so that the same matter comes more than once; whether it is a case.
fn entry() -> impl Strategy<Value = Entry<'static>> {
    let matter = (select(&["case.responded", "outreach.organised"][..]), 1i64..4, select(&["甲", "乙"][..]));
    let address = select(&["", "", "https://a.cn/1", "https://a.cn/2"][..]);
    (matter, address)
        .prop_map(|((kind, day, title), url)| Entry { matter: (kind, day, title, url), case: kind == "case.responded" })
}

/// Something done to a station that has to be heard first, so many minutes later.
#[derive(Clone, Copy, Debug)]
enum Hearing {
    Verify,
    /// The notice in writing, as the desk serves it: its last day is five working days on.
    Notify,
    Statement,
    Decide,
    Serve,
    Drop,
}

fn of_hearing() -> impl Strategy<Value = (Date, Vec<(i64, Hearing)>)> {
    use Hearing::*;
    let event = prop_oneof![
        2 => Just(Verify), 2 => Just(Notify), 1 => Just(Statement), 6 => Just(Decide), 1 => Just(Serve),
    ];
    let event = prop_oneof![20 => event, 1 => Just(Drop)];
    let minutes = prop_oneof![3 => 0i64..600, 1 => 600i64..12_000];
    (spring(), vec((minutes, event), 0..24))
}

/// What was done to a station, told by the events alone.
#[derive(Default)]
struct Heard {
    verified: bool,
    served: Option<Date>,
    stated: bool,
    decided: bool,
}

impl Heard {
    /// Nobody is judged before the facts were verified, told in writing, and five working days went by or they spoke.
    fn judged(&mut self, at: DateTime) -> Result<(), TestCaseError> {
        prop_assert!(self.verified, "judged on facts nobody verified");
        let Some(served) = self.served else { return Err(TestCaseError::fail("judged without a notice")) };
        prop_assert!(self.stated || five_days_went_by(served, at), "served {served}, judged {at}, not heard");
        self.decided = true;
        Ok(())
    }
}

/// Runs what happens against one of the two procedures that hear a station, given as its steps. A statement is taken as
/// the paper's page takes it.
fn hear<S: Copy + PartialEq, T>(
    (start, events): &(Date, Vec<(i64, Hearing)>),
    first: S,
    step: impl Fn(Hearing, DateTime, bool) -> Option<T>,
    take: impl Fn(S, T) -> Option<S>,
    noticed: impl Fn(S) -> Option<Date>,
    effective: impl Fn(S) -> bool,
) -> Result<bool, TestCaseError> {
    let (mut stage, mut at, mut heard) = (first, start.at(9, 0, 0, 0), Heard::default());
    for (after, event) in events {
        at = at.saturating_add(after.minutes());
        if let Hearing::Statement = event {
            let due = noticed(stage);
            heard.stated |= due.is_some_and(|due| stating(Basis::Item("17"), due, at).is_ok());
            continue;
        }
        let Some(next) = step(*event, at, heard.stated).and_then(|step| take(stage, step)) else { continue };
        match event {
            Hearing::Verify => heard.verified = true,
            Hearing::Notify => heard.served = Some(at.date()),
            Hearing::Decide => heard.judged(at)?,
            _ => {}
        }
        prop_assert!(!effective(next) || heard.decided, "in effect without a decision");
        stage = next;
    }
    Ok(effective(stage))
}

fn misused(events: &(Date, Vec<(i64, Hearing)>)) -> Result<bool, TestCaseError> {
    use misuse::{Stage, Step, take};
    let step = |event, at: DateTime, stated| {
        Some(match event {
            Hearing::Verify => Step::Verify,
            Hearing::Notify => Step::Notify { due: last_day(at.date()) },
            Hearing::Decide => Step::Handle { at, stated },
            Hearing::Drop => Step::Drop,
            Hearing::Statement | Hearing::Serve => return None,
        })
    };
    let due = |stage| if let Stage::Noticed { due } = stage { Some(due) } else { None };
    hear(events, Stage::Reported, step, |stage, step| take(stage, step).ok(), due, |stage| stage == Stage::Handled)
}

fn revoked(events: &(Date, Vec<(i64, Hearing)>)) -> Result<bool, TestCaseError> {
    use revocation::{Stage, Step, take};
    let step = |event, at: DateTime, stated| {
        Some(match event {
            Hearing::Verify => Step::Verify,
            Hearing::Notify => Step::Notify { due: last_day(at.date()) },
            Hearing::Decide => Step::Decide { at, stated },
            Hearing::Serve => Step::Serve { on: at.date() },
            Hearing::Drop => Step::Drop,
            Hearing::Statement => return None,
        })
    };
    let due = |stage| if let Stage::Noticed { due } = stage { Some(due) } else { None };
    let effective = |stage| matches!(stage, Stage::Served { .. });
    hear(events, Stage::Proposed, step, |stage, step| take(stage, step).ok(), due, effective)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_leaves_with_an_open_case(of_city in any::<bool>(), open in 0usize..3, events in of_leaving()) {
        leave(of_city, open, &events)?;
    }

    #[test]
    fn no_name_changes_without_evidence_or_past_the_city(
        of_city in any::<bool>(), old in select(&["", "A", "B"][..]), new in select(&["A", "B"][..]), events in of_renaming(),
    ) {
        rename(of_city, (old, new), &events)?;
    }

    #[test]
    fn no_merger_undecided_or_into_a_station_that_does_not_carry_on(
        moves in moves(), another in prop_oneof![9 => Just(true), 1 => Just(false)], events in of_merging(),
    ) {
        merge(moves, another, &events)?;
    }

    /// Reading K54: each entry is on one side, by the plan; the survivor holds no matter twice that it did not hold
    /// twice itself; and what the plan gives it of which it holds nothing does go.
    #[test]
    fn nothing_that_moves_counts_twice(moves in moves(), own in vec(entry(), 0..8), held in vec(entry(), 0..8)) {
        let held: Vec<Matter<'_>> = held.iter().map(|entry| entry.matter).collect();
        let goes = moves.moving(&own, &held);
        prop_assert_eq!(goes.len(), own.len());
        let went: Vec<Matter<'_>> = own.iter().zip(&goes).filter(|(_, goes)| **goes).map(|(e, _)| e.matter).collect();
        for (place, one) in went.iter().enumerate() {
            let others = held.iter().chain(&went[..place]).chain(&went[place + 1..]);
            prop_assert!(others.clone().all(|other| !same(*one, *other)), "{one:?} twice");
        }
        for (entry, goes) in own.iter().zip(goes) {
            let given = if entry.case { moves.cases } else { moves.ledger };
            prop_assert!(!goes || given, "{entry:?} went, which the plan keeps");
            let known = held.iter().chain(&went).any(|there| same(*there, entry.matter));
            prop_assert!(!given || known, "{entry:?} was given and is nowhere");
        }
    }

    /// Article 4, reading K14.
    #[test]
    fn no_misuse_is_handled_unheard(events in of_hearing()) {
        misused(&events)?;
    }

    /// Article 17, reading K55 (AT-7).
    #[test]
    fn no_station_is_revoked_unheard(events in of_hearing()) {
        revoked(&events)?;
    }

    /// Readings K46 and K55: any second of the last day is still the station's to speak in, and nobody's to decide in
    /// unheard; with the day it is over both ways.
    #[test]
    fn the_last_day_is_the_stations_to_its_end(served in spring(), seconds in 0i64..86_400) {
        let due = last_day(served);
        let last = due.at(0, 0, 0, 0).saturating_add(seconds.seconds());
        let next = due.at(0, 0, 0, 0).saturating_add(1.day()).saturating_add(seconds.seconds());
        prop_assert!(stating(Basis::Item("17"), due, last).is_ok() && stating(Basis::Item("17"), due, next).is_err());
        let revoke = |at, stated| {
            let decide = revocation::Step::Decide { at, stated };
            revocation::take(revocation::Stage::Noticed { due }, decide).is_ok()
        };
        let handle = |at, stated| {
            misuse::take(misuse::Stage::Noticed { due }, misuse::Step::Handle { at, stated }).is_ok()
        };
        prop_assert!(!revoke(last, false) && !handle(last, false), "decided on the last day, unheard");
        prop_assert!(revoke(last, true) && handle(last, true), "heard, it need not wait");
        prop_assert!(revoke(next, false) && handle(next, false), "the time is over");
        prop_assert!(five_days_went_by(served, next) && !five_days_went_by(served, last));
    }
}

fn reach<T>(strategy: &impl Strategy<Value = T>, ends: impl Fn(&T) -> bool) -> usize {
    let mut runner = TestRunner::deterministic();
    (0..2000).filter(|_| ends(&strategy.new_tree(&mut runner).expect("a walk").current())).count()
}

/// The properties above are not empty: such walks come to an end often enough.
#[test]
fn the_walks_come_to_an_end() {
    let ended = [
        reach(&of_leaving(), |events| leave(true, 1, events).expect("holds")),
        reach(&of_renaming(), |events| rename(true, ("A", "A"), events).expect("holds")),
        reach(&(moves(), of_merging()), |(moves, events)| merge(*moves, true, events).expect("holds")),
        reach(&of_hearing(), |events| misused(events).expect("holds")),
        reach(&of_hearing(), |events| revoked(events).expect("holds")),
    ];
    assert!(ended.iter().all(|times| *times > 50), "{ended:?}");
}
