//! What a text is looked up by, and what a query looks up: one function makes the tokens of both, so that both
//! databases find what a scan of the folded text would.
//!
//! A text is a row of units: an ideograph each, or a run of letters and digits, folded. A token is a unit with the
//! first character of what directly follows it: 全钢载重R134a轮胎 has the tokens 全钢, 钢载, 载重, 重r, r134a轮, 轮胎, 胎.
//! Every unit has a token, and whether two units touch stands in the token. So the tokens of a query, one after the other,
//! occur exactly where its units do, across the borders of scripts and signs.
//!
//! An index that keeps no places finds them by *terms*: the tokens, the *pairs* of tokens that follow each other, and marks.
//! A word of one token is found by it, a word of two by their pair. A longer word has several pairs, each of which shares an
//! inner token with the next. Where an inner token always stands between the same two, one pair leads to the other. Where it
//! does not, it *branches* in the text: then it is marked, and so is what it stands between, place by place. So a text has
//! the word that has its pairs, and in which no inner token branches, or one, between the right two. In a text in which more
//! of them branch the word is in doubt, and the folded text is looked into.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::terms::Wanted;

/// Letters and digits in one unit at most; a longer run is several. With four bytes each, and the ideograph behind, a
/// pair stays under the 2 KB of a PostgreSQL lexeme.
const RUN: usize = 64;

/// Units of one word of a query at most; a longer one is looked up by its beginning.
pub(super) const LONGEST: usize = 128;

/// Tokens of one part of a text at most,
const PART: usize = 3_500;
/// and bytes of its terms, which stay under the 1 MB of a tsvector.
const ROOM: usize = 1_000_000;

/// Before the tokens of a pair, and before those of a mark: no token holds a sign.
const PAIR: char = '-';
const BRANCHES: char = '+';

/// Inner tokens of a word at most for which it is told apart whether one of them branches or several.
const TOLD_APART: usize = 6;

/// Pairs of a word at most. Of a longer one, a sentence or a title, some are looked up, and each text that has them is looked
/// into: they are few, while most pairs of a sentence are in very many texts, and reading all their lists takes longer.
const PAIRS: usize = 16;
const SOME: usize = 8;

/// Signs of the private area, which no folded text holds. Between title and body, so that nothing is found across;
const BORDER: &str = "\u{e000}";
/// on each part of a text that has several;
pub(super) const LONG: &str = "\u{e001}";
/// before each ideograph of the title, for queries of one ideograph.
const IN_TITLE: char = '\u{e002}';

/// In the folded text, before a unit that does not touch the one before, and before a run of letters and digits. Neither
/// means anything in a pattern of LIKE.
const APART: char = ' ';
const WORD: char = '.';

/// The units of a text. Folded they stand in one row with nothing between them, so that a token, which reaches into the unit
/// behind, is a piece of it: whole attachments are looked through for a page of hits.
#[derive(Debug, Default)]
struct Units {
    row: String,
    units: Vec<Unit>,
}

/// A unit and where it stands.
#[derive(Debug)]
struct Unit {
    /// In the row.
    folded: Range<usize>,
    ideograph: bool,
    /// Whether it follows directly upon the unit before.
    joined: bool,
    /// In the text.
    at: Range<usize>,
}

enum Kind {
    Ideograph,
    Letter,
    Space,
    Sign,
    /// Is not there: accents, invisible characters.
    Nothing,
}

/// What stood since the last unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Between {
    Nothing,
    Space,
    Sign,
}

/// Those nearly all texts are written in: none of them is another's form.
fn unified(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// Ideographs, kana, Hangul and bopomofo: written without spaces between words.
fn ideograph(c: char) -> bool {
    unified(c)
        || matches!(c,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '々' | '〇' | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3105}'..='\u{312f}' | '\u{3131}'..='\u{318e}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' 
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Half width for full width, the ideograph for its radical or compatibility form, lower case, no accents.
fn fold(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() {
        each(c.to_ascii_lowercase());
    } else if unified(c) {
        each(c);
    } else if ideograph(c) {
        std::iter::once(c).nfkc().for_each(each);
    } else {
        std::iter::once(c).nfkd().flat_map(char::to_lowercase).for_each(each);
    }
}

fn kind(c: char) -> Kind {
    if ideograph(c) {
        Kind::Ideograph
    } else if is_combining_mark(c) {
        Kind::Nothing
    } else if c.is_alphanumeric() {
        Kind::Letter
    } else if c.is_whitespace() {
        Kind::Space
    } else if c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
    {
        Kind::Nothing
    } else {
        Kind::Sign
    }
}

impl Units {
    fn of(text: &str) -> Units {
        let mut read = Units { row: String::with_capacity(text.len()), units: Vec::with_capacity(text.len() / 3) };
        let (mut between, mut run) = (Between::Nothing, 0);
        for (from, source) in text.char_indices() {
            let at = from..from + source.len_utf8();
            fold(source, |c| {
                let ideograph = match kind(c) {
                    Kind::Nothing => return,
                    Kind::Space => return between = between.max(Between::Space),
                    Kind::Sign => return between = Between::Sign,
                    Kind::Ideograph => true,
                    Kind::Letter => false,
                };
                let begin = read.row.len();
                read.row.push(c);
                let last = read.units.last_mut();
                let beside = ideograph || last.as_ref().is_some_and(|last| last.ideograph);
                match last {
                    Some(last) if between == Between::Nothing && !beside && run < RUN => {
                        last.folded.end = read.row.len();
                        last.at.end = at.end;
                        run += 1;
                    }
                    last => {
                        // White space beside an ideograph is layout: a line's end, a gap before a number.
                        let joined = last.is_some() && beside && between < Between::Sign;
                        read.units.push(Unit { folded: begin..read.row.len(), ideograph, joined, at: at.clone() });
                        run = 1;
                    }
                }
                between = Between::Nothing;
            });
        }
        read
    }

    fn len(&self) -> usize {
        self.units.len()
    }

    fn folded(&self, n: usize) -> &str {
        &self.row[self.units[n].folded.clone()]
    }

    /// One for each unit.
    fn token(&self, n: usize) -> &str {
        let begin = self.units[n].folded.start;
        match self.units.get(n + 1).filter(|next| next.joined) {
            Some(next) => {
                let first = self.row[next.folded.start..].chars().next().map_or(0, char::len_utf8);
                &self.row[begin..next.folded.start + first]
            }
            None => self.folded(n),
        }
    }

    fn tokens(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|n| self.token(n))
    }

    /// A unit as it stands in the folded text: what a query's units look like occurs in it where they do.
    fn show(&self, n: usize, text: &mut String) {
        if !self.units[n].joined {
            text.push(APART);
        }
        if !self.units[n].ideograph {
            text.push(WORD);
        }
        text.push_str(self.folded(n));
    }

    /// Ideographs, as they are looked up one by one.
    fn titled(&self) -> impl Iterator<Item = String> {
        let ideographs = (0..self.len()).filter(|n| self.units[*n].ideograph);
        ideographs.map(|n| in_title(self.folded(n)))
    }
}

/// Part of a text, as it is indexed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    tokens: Vec<String>,
    /// That it is one of several, and the ideographs of the title.
    marks: Vec<String>,
    pub folded: String,
    /// The words of the body it covers.
    pub body: Range<usize>,
}

impl Part {
    /// All it can be looked up by, each once.
    fn terms(&self) -> BTreeSet<String> {
        let mut terms: BTreeSet<String> = self.marks.iter().cloned().collect();
        let row = || self.tokens.iter().enumerate().filter(|(_, token)| *token != BORDER);
        let before = |n: usize| n.checked_sub(1).and_then(|before| self.tokens.get(before)).filter(|it| *it != BORDER);
        let after = |n: usize| self.tokens.get(n + 1).filter(|it| *it != BORDER);
        let mut between = HashMap::with_capacity(self.tokens.len());
        let mut branching = HashSet::new();
        for (n, token) in row() {
            let here = (before(n), after(n));
            if *between.entry(token).or_insert(here) != here {
                branching.insert(token);
            }
        }
        for (n, token) in row() {
            terms.insert(token.clone());
            if let Some(after) = after(n) {
                terms.insert(pair(token, after));
            }
            if branching.contains(token) {
                terms.insert(branches(token));
                if let (Some(before), Some(after)) = (before(n), after(n)) {
                    terms.insert(branches_between(before, token, after));
                }
            }
        }
        terms
    }

    /// Joined by spaces, for SQLite.
    pub(super) fn line(&self) -> String {
        self.terms().into_iter().collect::<Vec<_>>().join(" ")
    }

    /// Quoted, for PostgreSQL.
    pub(super) fn vector(&self) -> String {
        // Terms are letters, digits, ideographs and signs of ours: nothing in them to escape.
        self.terms().into_iter().map(|term| format!("'{term}'")).collect::<Vec<_>>().join(" ")
    }
}

fn pair(token: &str, after: &str) -> String {
    format!("{PAIR}{token}{PAIR}{after}")
}

fn branches(token: &str) -> String {
    format!("{BRANCHES}{token}")
}

fn branches_between(before: &str, token: &str, after: &str) -> String {
    format!("{BRANCHES}{before}{BRANCHES}{token}{BRANCHES}{after}")
}

/// A text in parts that overlap by as much as a query can span, so that none is missed at a border.
pub(super) fn parts(title: &str, body: &str) -> Vec<Part> {
    let (head, units) = (Units::of(title), Units::of(body));
    let mut all: Vec<String> = head.tokens().map(str::to_owned).collect();
    all.push(BORDER.to_owned());
    let before = all.len();
    all.extend(units.tokens().map(str::to_owned));
    let folded = |n: usize, text: &mut String| match n.checked_sub(before) {
        Some(n) => units.show(n, text),
        None if n < head.len() => head.show(n, text),
        None => text.push_str(BORDER),
    };
    let mut parts = Vec::new();
    let mut from = 0;
    loop {
        let mut bytes = 0;
        let fitting = all[from..].iter().take(PART).take_while(|token| {
            // Itself, in two pairs, with its mark, and in three of those with what they stand between.
            bytes += 7 * (token.len() + 1);
            bytes <= ROOM
        });
        let until = from + fitting.count();
        // Signs at either end of the body belong to the first and to the last part; the unit behind a part, to whose first
        // character its last token reaches, is shown with it.
        let begin = if from <= before { 0 } else { units.units[from - before].at.start };
        let end = units.units.get(until.saturating_sub(before)).map_or(body.len(), |behind| behind.at.end);
        let mut text = String::new();
        (from..until).for_each(|n| folded(n, &mut text));
        parts.push(Part { tokens: all[from..until].to_vec(), marks: Vec::new(), folded: text, body: begin..end });
        if until == all.len() {
            break;
        }
        from = until - (LONGEST - 1);
    }
    if parts.len() > 1 {
        parts.iter_mut().for_each(|part| part.marks.push(LONG.to_owned()));
    }
    parts[0].marks.extend(head.titled());
    parts
}

fn in_title(folded: &str) -> String {
    format!("{IN_TITLE}{folded}")
}

/// What one word of a query looks up: tokens that follow upon each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    tokens: Vec<String>,
    /// Whether the last token is the beginning of one.
    open: bool,
    /// Units it covers.
    length: usize,
    /// What the folded text shows where it stands; `None` when its terms are never in doubt.
    folded: Option<String>,
    /// Its units in a row.
    row: String,
}

impl Phrase {
    /// `None` when the word has neither letter nor digit nor ideograph.
    pub(super) fn of(word: &str) -> Option<Phrase> {
        let mut units = Units::of(word);
        units.units.truncate(LONGEST);
        let (length, last) = (units.len(), units.units.last()?);
        if length == 1 && last.ideograph {
            let tokens = units.titled().collect();
            return Some(Phrase { tokens, open: false, length, folded: None, row: units.row });
        }
        // What follows upon the last unit is open. A last ideograph that touches the unit before is in its token.
        let told = last.ideograph && last.joined;
        let mut tokens: Vec<String> = units.tokens().map(str::to_owned).collect();
        if told {
            tokens.pop();
        }
        let folded = (tokens.len() > 3).then(|| {
            units.units[0].joined = true;
            let mut folded = "%".to_owned();
            (0..length).for_each(|n| units.show(n, &mut folded));
            folded.push('%');
            folded
        });
        units.row.truncate(units.units[length - 1].folded.end);
        Some(Phrase { tokens, open: !told, length, folded, row: units.row })
    }

    fn last(&self, text: String) -> Wanted {
        Wanted::Term { text, open: self.open }
    }

    /// The terms of every text that holds it.
    pub(super) fn held(&self) -> Wanted {
        match self.tokens.as_slice() {
            [one] => self.last(one.clone()),
            several => {
                let mut pairs: Vec<Wanted> =
                    several.windows(2).map(|both| Wanted::term(pair(&both[0], &both[1]))).collect();
                if let (Some(end), [.., before, last]) = (pairs.last_mut(), several) {
                    *end = self.last(pair(before, last));
                }
                let every = if self.is_long() { pairs.len().div_ceil(SOME) } else { 1 };
                Wanted::All(pairs.into_iter().step_by(every).collect())
            }
        }
    }

    fn is_long(&self) -> bool {
        self.tokens.len() > PAIRS + 1
    }

    /// The marks of its inner tokens, and those of the two each stands between.
    fn inner(&self) -> (Vec<Wanted>, Vec<Wanted>) {
        let marks = |three: &[String]| Wanted::term(branches(&three[1]));
        let between = |three: &[String]| Wanted::term(branches_between(&three[0], &three[1], &three[2]));
        let (marks, mut between): (Vec<_>, Vec<_>) =
            self.tokens.windows(3).map(|three| (marks(three), between(three))).unzip();
        if let (Some(end), [.., before, token, last]) = (between.last_mut(), self.tokens.as_slice()) {
            *end = self.last(branches_between(before, token, last));
        }
        (marks, between)
    }

    /// The terms of a text that holds it beyond doubt; `None` when there are none. Each pair is named once: PostgreSQL's
    /// planner reckons a term as often as it is named.
    pub(super) fn sure(&self) -> Option<Wanted> {
        if self.is_long() {
            return None;
        }
        let (marks, between) = self.inner();
        let held = Box::new(self.held());
        Some(match self.doubt() {
            _ if marks.is_empty() => *held,
            _ if marks.len() > TOLD_APART => Wanted::But(held, marks),
            doubt => {
                let elsewhere = marks.into_iter().zip(between);
                let elsewhere = elsewhere.map(|(mark, between)| Wanted::But(Box::new(mark), vec![between]));
                Wanted::But(held, elsewhere.chain(doubt).collect())
            }
        })
    }

    /// Of the texts with its terms, those that may do without it; `None` when there are none.
    pub(super) fn doubt(&self) -> Option<Wanted> {
        if self.is_long() {
            // Each of them may: this one they have.
            return Some(Wanted::term(pair(&self.tokens[0], &self.tokens[1])));
        }
        let (marks, _) = self.inner();
        let several = |n: usize| Wanted::All(vec![marks[n].clone(), Wanted::Any(marks[n + 1..].to_vec())]);
        match marks.len() {
            0 | 1 => None,
            2..=TOLD_APART => Some(Wanted::Any((0..marks.len() - 1).map(several).collect())),
            _ => Some(Wanted::Any(marks)),
        }
    }

    /// The pattern of the folded text for a text in doubt.
    pub(super) fn pattern(&self) -> Option<&str> {
        self.folded.as_deref()
    }

    /// Where it stands in a text, in bytes.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let units = Units::of(text);
        let at = |n: usize| units.units[n].at.start..units.units[n + self.length - 1].at.end;
        if self.tokens[0].starts_with(IN_TITLE) {
            return (0..units.len()).filter(|n| units.folded(*n) == self.row).map(at).collect();
        }
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(found) = units.row[from..].find(&self.row) {
            let begin = from + found;
            let unit = units.units.binary_search_by_key(&begin, |unit| unit.folded.start);
            places.extend(unit.ok().filter(|n| self.is_at(&units, *n)).map(at));
            from = begin + units.row[begin..].chars().next().map_or(1, char::len_utf8);
        }
        places
    }

    /// Whether its tokens are those from a unit on.
    fn is_at(&self, units: &Units, from: usize) -> bool {
        let Some((last, first)) = self.tokens.split_last() else { return false };
        // The same characters may be other units.
        let end = from + first.len();
        end < units.len()
            && (from..).zip(first).all(|(n, token)| units.token(n) == token)
            && if self.open { units.token(end).starts_with(last) } else { units.token(end) == last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;

    fn line(text: &str) -> String {
        Units::of(text).tokens().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_token_is_a_unit_and_what_it_touches() {
        assert_eq!(line("全钢载重轮胎"), "全钢 钢载 载重 重轮 轮胎 胎");
        assert_eq!(line("对R134a征税"), "对r r134a征 征税 税");
        assert_eq!(line("2027年度轮胎"), "2027年 年度 度轮 轮胎 胎");
        assert_eq!(line("A-570-084，4011.10"), "a 570 084 4011 10");
        assert_eq!(line("轮胎、橡胶"), "轮胎 胎 橡胶 胶");
    }

    #[test]
    fn the_folded_text_shows_what_touches_and_where_words_begin() {
        let folded = |title, body| parts(title, body).remove(0).folded;
        assert_eq!(folded("轮胎、R134a制冷剂", "A-570"), " 轮胎 .r134a制冷剂\u{e000} .a .570");
        let pattern = |word| Phrase::of(word).and_then(|phrase| phrase.pattern().map(str::to_owned));
        assert_eq!(pattern("Ａ-570-084-1"), Some("%.a .570 .084 .1%".to_owned()));
        assert_eq!(pattern("载重型轮胎"), Some("%载重型轮胎%".to_owned()));
        assert_eq!([pattern("载重轮胎"), pattern("a-570-084"), pattern("胎")], [None, None, None]);
    }

    #[test]
    fn folding_leaves_what_was_meant() {
        assert_eq!(line("Ａ－５７０ Ｒ１３４ａ"), "a 570 r134a");
        assert_eq!(line("Décision ÉLEVÉE n\u{303}"), "decision elevee n");
        assert_eq!(line("⼯业 ㎏"), "工业 业k kg");
        assert_eq!(line("\u{feff}轮\u{200b}胎"), "轮胎 胎");
    }

    #[test]
    fn white_space_is_layout_beside_ideographs_and_a_border_between_words() {
        assert_eq!(line("全钢载\n  重轮　胎"), line("全钢载重轮胎"));
        assert_eq!(line("2027 年 3 月"), line("2027年3月"));
        assert_eq!(line("new tyres"), "new tyres");
        assert_ne!(line("new tyres"), line("newtyres"));
    }

    #[test]
    fn long_runs_are_several_words() {
        assert_eq!(line(&"a".repeat(130)).split(' ').map(str::len).collect::<Vec<_>>(), [64, 64, 2]);
    }

    #[test]
    fn every_span_of_a_query_lies_within_one_part() {
        let digits: String = (0..9_000).map(|n| ['一', '二', '三'][n * n % 7 % 3]).collect();
        let parts = parts("标题", &digits);
        assert!(parts.len() == 3, "{}", parts.len());
        for pair in parts.windows(2) {
            let (before, after) = (&pair[0].tokens, &pair[1].tokens);
            let shared = LONGEST - 1;
            assert_eq!(before[before.len() - shared..], after[..shared]);
        }
        assert!(parts.iter().all(|part| part.tokens.len() <= PART && part.terms().contains(LONG)));
        assert_eq!(parts.last().expect("part").body.end, digits.len());
    }

    #[test]
    fn a_word_of_signs_is_none() {
        assert_eq!(Phrase::of("——、。"), None);
        assert_eq!(Phrase::of(""), None);
    }

    #[test]
    fn a_word_is_its_pairs_and_what_it_may_be_mistaken_for() {
        let held = |word| Phrase::of(word).map(|phrase| phrase.held().written(Backend::Postgres));
        assert_eq!(held("胎"), Some("'\u{e002}胎'".to_owned()));
        assert_eq!(held("570"), Some("'570':*".to_owned()));
        assert_eq!(held("轮、胎"), Some("('-轮-胎':*)".to_owned()));
        assert_eq!(held("载重轮胎"), Some("('-载重-重轮' & '-重轮-轮胎')".to_owned()));
        let sure = |word| Phrase::of(word).and_then(|phrase| phrase.sure()).map(|it| it.written(Backend::Postgres));
        assert_eq!(sure("反倾销"), held("反倾销"));
        assert_eq!(sure("A-570-1"), Some("(('-a-570' & '-570-1':*) & !(('+570' & !('+a+570+1':*))))".to_owned()));
        let doubt = |word| Phrase::of(word).and_then(|phrase| phrase.doubt()).map(|it| it.written(Backend::Postgres));
        assert_eq!([doubt("轮胎"), doubt("反倾销"), doubt("载重轮胎")], [None, None, None]);
        assert_eq!(doubt("反倾销调查"), Some("(('+倾销' & ('+销调')))".to_owned()));
        for word in ["胎", "轮胎", "载重轮胎", "全钢载重轮胎", "A-570-084-1"] {
            let phrase = Phrase::of(word).expect("a word");
            assert_eq!(phrase.doubt().is_some(), phrase.pattern().is_some(), "{word}");
        }
    }

    #[test]
    fn a_token_that_stands_between_others_is_marked_place_by_place() {
        let terms = |title, body| parts(title, body).remove(0).line();
        assert_eq!(terms("轮胎", "轮胎"), "-轮胎-胎 胎 轮胎 \u{e002}胎 \u{e002}轮");
        assert_eq!(terms("轮", "新轮、旧轮"), "+新轮+轮+旧轮 +轮 -新轮-轮 -旧轮-轮 -轮-旧轮 新轮 旧轮 轮 \u{e002}轮");
        let marked = terms("", "征反倾销税、征反倾销案");
        let marked: Vec<&str> = marked.split(' ').filter(|term| term.starts_with(BRANCHES)).collect();
        assert_eq!(marked, ["+倾销", "+反倾+倾销+销案", "+反倾+倾销+销税", "+征反", "+税+征反+反倾"]);
    }

    #[test]
    fn the_terms_of_a_part_fit_a_tsvector() {
        // Words as long as can be, none of them like another, and then each of them beside others.
        let word = |n: u32| (0..64).map(move |at| char::from_u32(0x10400 + (n * 7 + at * n) % 40).expect("a letter"));
        let body: String =
            (0..3_000).flat_map(|n| word(n % 1_100).chain([if n % 3 == 0 { '轮' } else { ' ' }])).collect();
        let parts = parts("", &body);
        assert!(parts.len() > 1);
        for part in &parts {
            let bytes: usize = part.terms().iter().map(String::len).sum();
            assert!(bytes < 1 << 20, "{bytes}");
        }
    }

    /// Every place tried one by one, against those found, over texts of few signs.
    #[test]
    fn places_are_all_there_are() {
        let signs: Vec<char> = "轮胎车ab1 -，".chars().collect();
        let text = |n: u64, length: u64| -> String {
            let mut state = n;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                signs[usize::try_from(state >> 33).expect("small") % signs.len()]
            };
            (0..length).map(|_| next()).collect()
        };
        for n in 0..3_000 {
            let (word, text) = (text(n, 1 + n % 4), text(n + 77_777, 12));
            let Some(phrase) = Phrase::of(&word) else { continue };
            if phrase.tokens[0].starts_with(IN_TITLE) {
                continue;
            }
            let units = Units::of(&text);
            let all: Vec<Range<usize>> = (0..units.len())
                .filter(|n| phrase.is_at(&units, *n))
                .map(|n| units.units[n].at.start..units.units[n + phrase.length - 1].at.end)
                .collect();
            assert_eq!(phrase.places(&text), all, "{word} in {text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text_as_written() {
        let text = "欧盟对Ａ４０１１.10项下 轮\n胎";
        let found = |word| Phrase::of(word).map(|phrase| phrase.places(text).into_iter().map(|at| &text[at]).collect());
        assert_eq!(found("轮胎"), Some(vec!["轮\n胎"]));
        assert_eq!(found("a4011.1"), Some(vec!["Ａ４０１１.10"]));
        assert_eq!(found("盟"), Some(vec!["盟"]));
        assert_eq!(found("011"), Some(vec![]));
    }
}
