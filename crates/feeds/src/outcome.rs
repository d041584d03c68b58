//! What comes out of a document: notices, refusals, and the count that holds them together.

use std::fmt;

use crate::draft::Draft;
use crate::text::one_line;
use crate::{Desk, Source, TradeNotice};

/// One record of a document, read or refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Notice(Box<TradeNotice>),
    Refused(Refused),
}

/// A record that could not be read, where it stands and why, in one Chinese sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Counted from 1 in the document.
    pub record: u64,
    pub place: Place,
    pub reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 条（{}）：{}", self.record, self.place, self.reason)
    }
}

/// Where in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Line of a text file, from 1.
    Line(u64),
    /// Row of a worksheet, from 1.
    Row(u64),
    /// The file as a whole.
    Whole,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "第 {line} 行"),
            Place::Row(row) => write!(f, "工作表第 {row} 行"),
            Place::Whole => f.write_str("整个文件"),
        }
    }
}

/// `read` is always `notices + refused`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub read: u64,
    pub notices: u64,
    pub refused: u64,
    /// How many the source says there are, over all its pages, where it says so.
    pub announced: Option<u64>,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.read += other.read;
        self.notices += other.notices;
        self.refused += other.refused;
        self.announced = match (self.announced, other.announced) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
    }
}

/// The door all records leave by: whatever passes is counted once.
pub(crate) struct Out<'a> {
    pub(crate) desk: &'a Desk,
    source: Source,
    lines: Lines,
    tally: Tally,
    sink: &'a mut dyn FnMut(Outcome),
}

/// Where a reader found a record; an offset into the document becomes a line only when somebody must be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'d> {
    In(&'d [u8], usize),
    Row(u64),
    Whole,
}

impl<'a> Out<'a> {
    pub(crate) fn new(desk: &'a Desk, source: Source, sink: &'a mut dyn FnMut(Outcome)) -> Out<'a> {
        Out { desk, source, lines: Lines { offset: 0, line: 1 }, tally: Tally::default(), sink }
    }

    pub(crate) fn announce(&mut self, count: Option<u64>) {
        self.tally.announced = count;
    }

    /// One record: `raw` are its bytes, `made` what the reader made of them.
    pub(crate) fn record(&mut self, at: At<'_>, raw: &[u8], made: Result<Draft, String>) {
        self.tally.read += 1;
        match made.and_then(|draft| draft.settle(self.desk, self.source, raw)) {
            Ok(notice) => {
                self.tally.notices += 1;
                (self.sink)(Outcome::Notice(Box::new(notice)));
            }
            Err(reason) => {
                self.tally.refused += 1;
                // A reason may quote the document: it stays one line, whatever was in there.
                let reason = one_line(&reason);
                let place = match at {
                    At::In(document, offset) => Place::Line(self.lines.line_of(document, offset)),
                    At::Row(row) => Place::Row(row),
                    At::Whole => Place::Whole,
                };
                (self.sink)(Outcome::Refused(Refused { record: self.tally.read, place, reason }));
            }
        }
    }

    /// A record that cannot be read at all.
    pub(crate) fn refuse(&mut self, at: At<'_>, reason: impl Into<String>) {
        self.record(at, &[], Err(reason.into()));
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }
}

/// Line numbers of offsets that only grow: each byte is looked at once, however many records are refused.
struct Lines {
    offset: usize,
    line: u64,
}

impl Lines {
    fn line_of(&mut self, document: &[u8], offset: usize) -> u64 {
        let offset = offset.min(document.len());
        if offset < self.offset {
            (self.offset, self.line) = (0, 1);
        }
        self.line += memchr::memchr_iter(b'\n', &document[self.offset..offset]).count() as u64;
        self.offset = offset;
        self.line
    }
}
