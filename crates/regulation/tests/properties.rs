//! What holds for every ledger and every field of candidates, in the draft and in another province's edition.

mod common;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use regulation::Points;
use regulation::appraisal::grade::{
    Candidate, Counts, Grade, GradeRule, Grades, Participation, Standing, grade, settle,
};
use regulation::appraisal::ledger::{Entry, Facts, KindIx};
use regulation::appraisal::score::{Grading, Score, score};
use regulation::appraisal::sheet::{PartId, Rule};
use regulation::law::Edition;
use rust_decimal::Decimal;

const YEAR: i16 = 2026;

static EDITIONS: LazyLock<[Edition; 2]> =
    LazyLock::new(|| ["../../law/draft", "tests/fixtures/haidong"].map(common::edition));

/// All that a station's score is made from.
#[derive(Clone, Debug)]
struct Dossier {
    edition: usize,
    facts: Vec<String>,
    ledger: Vec<Entry>,
    gradings: Vec<Grading>,
}

impl Dossier {
    fn edition(&self) -> &'static Edition {
        &EDITIONS[self.edition]
    }

    fn score(&self) -> Score {
        let mut facts = Facts::default();
        for fact in &self.facts {
            facts.establish(fact, []);
        }
        score(self.edition(), &facts, &self.ledger, &self.gradings, YEAR)
    }

    fn with(mut self, entry: Entry) -> Dossier {
        self.ledger.push(entry);
        self
    }

    /// Whether an entry of this kind takes a row's points away, as a misconduct does.
    fn takes_away(&self, kind: KindIx) -> bool {
        let takes = |rule: &Rule| match rule {
            Rule::Presence { unless: Some(unless), .. } => self.edition().kind_ix(unless) == Some(kind),
            _ => false,
        };
        self.edition().sheet.items().any(|item| takes(&item.rule))
    }
}

fn day() -> impl Strategy<Value = Date> {
    // The first two months more often, so that several entries meet in one.
    prop_oneof![0..365i32, 0..59i32].prop_map(|days| date(YEAR, 1, 1) + days.days())
}

fn day_of_another_year() -> impl Strategy<Value = Date> {
    prop_oneof![
        Just(date(YEAR - 1, 12, 31)),
        Just(date(YEAR + 1, 1, 1)),
        (1i16..100).prop_map(|n| date(YEAR - n, 6, 1))
    ]
}

/// Any kind, the one counted by the month more often; counts that reach a tier and counts that just do not.
fn entry(edition: usize, on: impl Strategy<Value = Date>) -> impl Strategy<Value = Entry> {
    let edition = &EDITIONS[edition];
    let kinds = u16::try_from(edition.kinds.len()).expect("few kinds");
    let monthly = edition.sheet.items().find_map(|item| match &item.rule {
        Rule::Monthly { kind, .. } => edition.kind_ix(kind),
        _ => None,
    });
    let kind =
        prop_oneof![2 => (0..kinds).prop_map(KindIx), 1 => Just(monthly.expect("both editions have such a row"))];
    let count = prop_oneof![select(vec![0, 1, 2, 5, 7, 8, 9, 10, 15, 20]), 0..60u64];
    (0..1000i64, kind, on, count).prop_map(|(id, kind, on, count)| Entry { id, kind, on, count })
}

/// Marks for works of the edition's graded rows, each work once.
fn gradings(edition: usize) -> impl Strategy<Value = Vec<Grading>> {
    let graded = EDITIONS[edition].sheet.items().filter_map(|item| match item.rule {
        Rule::Graded { max, .. } => Some((item.id.clone(), max.tenths())),
        _ => None,
    });
    let works: Vec<(String, i64, usize)> =
        graded.flat_map(|(item, max)| (0..3).map(move |work| (item.clone(), max, work))).collect();
    let all = works.len();
    subsequence(works, 0..=all).prop_flat_map(|works| {
        let marked = works.into_iter().map(|(item, max, work)| {
            vec((0..=max * 100).prop_map(|n| Decimal::new(n, 3)), 0..8).prop_map(move |marks| Grading {
                item: item.clone(),
                work: work.to_string(),
                marks,
            })
        });
        marked.collect::<Vec<_>>()
    })
}

fn dossier_of(edition: usize) -> impl Strategy<Value = Dossier> {
    let facts: Vec<String> = EDITIONS[edition].facts.iter().map(|fact| fact.id.clone()).collect();
    let all = facts.len();
    let on = prop_oneof![8 => day().boxed(), 1 => day_of_another_year().boxed()];
    let ledger = vec(entry(edition, on), 0..40);
    (subsequence(facts, 0..=all), ledger, gradings(edition)).prop_map(move |(facts, ledger, gradings)| Dossier {
        edition,
        facts,
        ledger,
        gradings,
    })
}

fn dossier() -> impl Strategy<Value = Dossier> {
    (0..EDITIONS.len()).prop_flat_map(dossier_of)
}

fn dossier_and<S: Strategy<Value = Date> + 'static>(on: fn() -> S) -> impl Strategy<Value = (Dossier, Entry)> {
    (0..EDITIONS.len()).prop_flat_map(move |edition| (dossier_of(edition), entry(edition, on())))
}

/// The figures alone: not which entries they came from.
fn figures(score: &Score) -> Vec<Points> {
    let rows = score.rows.iter().flat_map(|row| [row.raw, row.points]);
    rows.chain(score.groups.iter().map(|group| group.points)).chain([score.base, score.bonus, score.total]).collect()
}

fn in_any_order<T: Clone + std::fmt::Debug + 'static>(list: &[T]) -> BoxedStrategy<Vec<T>> {
    Just(list.to_vec()).prop_shuffle().boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_cap_is_ever_exceeded_and_every_sum_is_explained(dossier in dossier()) {
        let (sheet, score) = (&dossier.edition().sheet, dossier.score());
        for row in &score.rows {
            prop_assert!(row.points <= row.raw && row.points >= Points::ZERO, "{row:?}");
            prop_assert!(row.cap.is_none_or(|cap| row.points <= cap), "{row:?}");
        }
        for (group, scored) in sheet.groups().zip(&score.groups) {
            let rows: Points = group.items.iter().filter_map(|item| score.row(&item.id)).map(|row| row.points).sum();
            prop_assert_eq!(scored.points, rows.min(group.cap), "{}", group.id);
        }
        for (part, points) in [(PartId::Base, score.base), (PartId::Bonus, score.bonus)] {
            let cap: Points = sheet.parts.iter().filter(|known| known.id == part).map(|known| known.cap).sum();
            prop_assert!(points <= cap, "{part:?} {points}");
        }
        prop_assert_eq!(score.total, score.base + score.bonus);
        prop_assert_eq!(score.total, score.groups.iter().map(|group| group.points).sum::<Points>());
        prop_assert!(score.total <= sheet.total && score.total <= Points::from_tenths(1500));
    }

    #[test]
    fn another_entry_never_lowers_anything((dossier, entry) in dossier_and(day)) {
        prop_assume!(!dossier.takes_away(entry.kind));
        let before = figures(&dossier.score());
        let after = figures(&dossier.with(entry).score());
        prop_assert!(before.iter().zip(&after).all(|(before, after)| before <= after), "{before:?} {after:?}");
    }

    #[test]
    fn a_misconduct_takes_its_own_row_and_no_other((dossier, entry) in dossier_and(day)) {
        let kind = dossier.edition().sheet.items().find_map(|item| match &item.rule {
            Rule::Presence { unless: Some(kind), .. } => Some((item.id.clone(), dossier.edition().kind_ix(kind)?)),
            _ => None,
        });
        let (row, kind) = kind.expect("both editions have such a row");
        let before = dossier.score();
        let after = dossier.with(Entry { kind, count: 1 + entry.count, ..entry }).score();
        prop_assert_eq!(after.row(&row).expect("row").points, Points::ZERO);
        for (before, after) in before.rows.iter().zip(&after.rows).filter(|(before, _)| before.item != row) {
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(
        (dossier, ledger, gradings) in dossier().prop_flat_map(|dossier| {
            let (ledger, gradings) = (in_any_order(&dossier.ledger), in_any_order(&dossier.gradings));
            (Just(dossier), ledger, gradings)
        }),
        turn in 0..7usize,
    ) {
        let mut shuffled = Dossier { ledger, gradings, ..dossier.clone() };
        for grading in &mut shuffled.gradings {
            let by = turn.min(grading.marks.len());
            grading.marks.rotate_left(by);
        }
        prop_assert_eq!(dossier.score(), shuffled.score());
    }

    #[test]
    fn a_count_is_that_many_entries((dossier, entry) in dossier_and(day)) {
        let separate = (0..entry.count).fold(dossier.clone(), |dossier, _| dossier.with(Entry { count: 1, ..entry }));
        prop_assert_eq!(figures(&dossier.with(entry).score()), figures(&separate.score()));
    }

    #[test]
    fn an_entry_of_another_year_does_not_matter((dossier, entry) in dossier_and(day_of_another_year)) {
        prop_assert_eq!(dossier.score(), dossier.with(entry).score());
    }
}

/// Few different figures, so that ties are common.
fn standing() -> impl Strategy<Value = Standing> {
    let tenths = |values: &'static [i64]| select(values).prop_map(Points::from_tenths);
    (tenths(&[599, 600, 700, 1000]), tenths(&[550, 600]), tenths(&[100, 200]), tenths(&[0, 50]), tenths(&[0, 5]))
        .prop_map(|(total, base, warning, case, adopted)| Standing { total, base, warning, case, adopted })
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let participation = prop_oneof![
        8 => Just(Participation::OnTime),
        1 => Just(Participation::Absent),
        1 => Just(Participation::FirstYear),
    ];
    // As few as three standings, so that a tie meets the cap in many of the cases.
    let pool = vec(standing(), 3..16);
    (pool, vec((any::<proptest::sample::Index>(), participation), 0..40)).prop_map(|(pool, drawn)| {
        let candidate = |(number, (which, participation)): (usize, (proptest::sample::Index, Participation))| {
            Candidate { id: format!("s{number}"), standing: *which.get(&pool), participation }
        };
        drawn.into_iter().enumerate().map(candidate).collect()
    })
}

fn rule() -> impl Strategy<Value = GradeRule> {
    (select(vec![0, 600, 700]), 1..5usize, select(Counts::ALL.to_vec())).prop_map(
        |(pass_mark, excellent_one_in, counts)| GradeRule {
            pass_mark: Points::from_tenths(pass_mark),
            excellent_one_in,
            counts,
        },
    )
}

fn count(grades: &Grades, grade: Grade) -> usize {
    grades.grades.values().filter(|given| **given == grade).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everyone_has_one_grade_and_only_those_who_took_part_are_ranked(candidates in candidates(), rule in rule()) {
        let grades = grade(&candidates, rule);
        prop_assert_eq!(grades.grades.len(), candidates.len());
        for candidate in &candidates {
            let given = grades.grades[&candidate.id];
            match candidate.participation {
                Participation::Absent => prop_assert_eq!(given, Grade::Unqualified),
                Participation::FirstYear => prop_assert_eq!(given, Grade::Exempt),
                Participation::OnTime => {
                    prop_assert_ne!(given, Grade::Exempt);
                    prop_assert_eq!(given == Grade::Unqualified, candidate.standing.total < rule.pass_mark);
                }
            }
        }
    }

    #[test]
    fn the_excellent_never_exceed_their_share(candidates in candidates(), one_in in 1..5usize) {
        for one_in in [3, one_in] {
            let grades = grade(&candidates, GradeRule { pass_mark: Points::from_tenths(600), excellent_one_in: one_in, counts: Counts::default() });
            let took_part = candidates.iter().filter(|c| c.participation == Participation::OnTime).count();
            prop_assert_eq!((grades.considered, grades.cap), (took_part, took_part / one_in));
            prop_assert!(count(&grades, Grade::Excellent) <= took_part / one_in);
            prop_assert_eq!(grades.open_seats, grades.cap - count(&grades, Grade::Excellent));
        }
    }

    /// Article 14, reading K45: whatever is decided together, no more are 优秀 than the cap, and none of them failed or
    /// was not there.
    #[test]
    fn no_decision_brings_more_excellent_than_the_cap(
        candidates in candidates(),
        rule in rule(),
        picks in vec((any::<proptest::sample::Index>(), 0..8u8), 0..6),
    ) {
        let grades = grade(&candidates, rule);
        let counted = match rule.counts {
            Counts::Participating => candidates.iter().filter(|c| c.participation == Participation::OnTime).count(),
            Counts::All => candidates.len(),
        };
        // Mostly of the tie, now and then anyone.
        let tied: Vec<&String> = grades.pending.iter().flatten().collect();
        let all: Vec<&String> = candidates.iter().map(|candidate| &candidate.id).collect();
        let pools = picks.iter().map(|(pick, odd)| (pick, if *odd == 0 { &all } else { &tied }));
        let chosen: Vec<String> =
            pools.filter(|(_, pool)| !pool.is_empty()).map(|(pick, pool)| (*pick.get(pool)).clone()).collect();
        let (outside, mut distinct) = (chosen.iter().any(|id| !tied.contains(&id)), chosen.clone());
        distinct.sort();
        distinct.dedup();
        match settle(&grades, &chosen) {
            Ok(settled) => {
                prop_assert!(!outside && distinct.len() <= grades.open_seats);
                let excellent: Vec<&String> =
                    settled.iter().filter(|(_, given)| **given == Grade::Excellent).map(|(id, _)| id).collect();
                prop_assert!(excellent.len() <= counted / rule.excellent_one_in, "{excellent:?}");
                prop_assert!(distinct.iter().all(|id| excellent.contains(&id)));
                prop_assert_eq!(settled.len(), candidates.len());
                prop_assert!(!settled.values().any(|given| *given == Grade::Pending));
                for candidate in candidates.iter().filter(|candidate| excellent.contains(&&candidate.id)) {
                    prop_assert_eq!(candidate.participation, Participation::OnTime);
                    prop_assert!(candidate.standing.total >= rule.pass_mark);
                }
            }
            Err(refusal) => {
                prop_assert!(outside || distinct.len() > grades.open_seats, "{refusal}");
                prop_assert_eq!(refusal.basis, "办法第十四条");
            }
        }
    }

    #[test]
    fn a_tie_is_never_split_and_never_crosses_the_cap(candidates in candidates(), rule in rule()) {
        let grades = grade(&candidates, rule);
        let mut ties: BTreeMap<Standing, Vec<&str>> = BTreeMap::new();
        for candidate in candidates.iter().filter(|c| c.participation == Participation::OnTime) {
            ties.entry(candidate.standing).or_default().push(&candidate.id);
        }
        for tie in ties.values() {
            prop_assert!(tie.iter().all(|id| grades.grades[*id] == grades.grades[tie[0]]), "{tie:?}");
        }
        for tie in &grades.pending {
            prop_assert!(tie.is_sorted() && tie.len() > grades.open_seats && grades.open_seats > 0, "{tie:?}");
            prop_assert!(tie.iter().all(|id| grades.grades[id] == Grade::Pending));
        }
        prop_assert_eq!(count(&grades, Grade::Pending), grades.pending.iter().map(Vec::len).sum::<usize>());
    }

    #[test]
    fn the_better_standing_never_has_the_worse_grade(candidates in candidates(), rule in rule()) {
        const BEST_FIRST: [Grade; 4] = [Grade::Excellent, Grade::Pending, Grade::Qualified, Grade::Unqualified];
        let grades = grade(&candidates, rule);
        let place = |id: &String| BEST_FIRST.iter().position(|grade| *grade == grades.grades[id]);
        prop_assert!(grades.ranking.is_sorted_by_key(place), "{grades:?}");
        // A seat stays open only for a tie or for want of anyone who passed.
        if grades.open_seats > 0 && grades.pending.is_empty() {
            prop_assert_eq!(count(&grades, Grade::Qualified), 0);
        }
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        (candidates, shuffled) in candidates().prop_flat_map(|list| (Just(list.clone()), in_any_order(&list))),
        rule in rule(),
    ) {
        prop_assert_eq!(grade(&candidates, rule), grade(&shuffled, rule));
    }
}
