//! Classification: ordered rules in data (`data/rules.toml`), the first that fits decides.

use regex::Regex;
use serde::Deserialize;

use crate::text::folded;
use crate::{Kind, Stage};

const SHIPPED: &str = include_str!("../data/rules.toml");

/// The table, in its order.
#[derive(Debug)]
pub struct Rules {
    kinds: Vec<Rule<Vec<Kind>>>,
    stages: Vec<Rule<Stage>>,
}

/// Why a table of rules cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("规则表：{0}")]
pub struct RulesError(String);

#[derive(Debug)]
struct Rule<T> {
    name: String,
    gives: T,
    when: When,
    examples: Vec<Example>,
}

/// All conditions a rule states must hold.
#[derive(Debug, Default)]
struct When {
    title: Option<Regex>,
    unless: Option<Regex>,
    words: Option<Regex>,
    docket: Option<Regex>,
    authority: Option<Regex>,
    cases: Vec<Regex>,
    kinds: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Vec<WrittenRule<Vec<Kind>>>,
    stage: Vec<WrittenRule<Stage>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule<T> {
    /// What the rule recognises, for people.
    name: String,
    gives: T,
    /// In the title or the source's own word for the document.
    title: Option<String>,
    /// Not in the title.
    unless: Option<String>,
    /// In title, label or abstract.
    words: Option<String>,
    /// In the field that holds case numbers, as it stands.
    docket: Option<String>,
    authority: Option<String>,
    /// Each of these begins a case number.
    #[serde(default)]
    cases: Vec<String>,
    /// Only for these kinds.
    #[serde(default)]
    kinds: Vec<Kind>,
    /// Records this very rule decides; a test tries them all.
    examples: Vec<Example>,
}

/// A record of a rule's examples: a title alone, or with what stands beside it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Example {
    Title(String),
    Record {
        title: String,
        #[serde(default)]
        label: String,
        #[serde(default)]
        body: String,
        #[serde(default)]
        docket: String,
        #[serde(default)]
        authority: String,
    },
}

/// A record as rules see it, folded once.
pub(crate) struct Subject<'a> {
    title: String,
    words: String,
    docket: String,
    authority: String,
    cases: &'a [String],
}

impl<'a> Subject<'a> {
    pub(crate) fn new(
        title: &str,
        label: &str,
        body: &str,
        docket: &str,
        cases: &'a [String],
        authority: &str,
    ) -> Subject<'a> {
        let title = if label.is_empty() { folded(title) } else { format!("{}; {}", folded(title), folded(label)) };
        let words = if body.is_empty() { title.clone() } else { format!("{title} || {}", folded(body)) };
        Subject { title, words, docket: folded(docket), authority: folded(authority), cases }
    }
}

impl When {
    fn holds(&self, subject: &Subject<'_>, kind: Option<Kind>) -> bool {
        let within =
            |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        (self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && within(&self.title, &subject.title)
            && within(&self.words, &subject.words)
            && within(&self.docket, &subject.docket)
            && within(&self.authority, &subject.authority)
            && !self.unless.as_ref().is_some_and(|pattern| pattern.is_match(&subject.title))
            && self.cases.iter().all(|pattern| subject.cases.iter().any(|case| pattern.is_match(case)))
    }
}

impl Rules {
    /// The rules that come with this crate.
    ///
    /// # Errors
    /// Never for the table as it is shipped: a test reads it.
    pub fn shipped() -> Result<Rules, RulesError> {
        Rules::parse(SHIPPED)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// Names the rule that cannot be read.
    pub fn parse(text: &str) -> Result<Rules, RulesError> {
        let written: Written = toml::from_str(text).map_err(|error| RulesError(error.to_string()))?;
        Ok(Rules {
            kinds: written.kind.into_iter().map(compiled).collect::<Result<_, _>>()?,
            stages: written.stage.into_iter().map(compiled).collect::<Result<_, _>>()?,
        })
    }

    /// What a record is about, the leading kind first; never empty.
    pub(crate) fn kinds(&self, subject: &Subject<'_>) -> Vec<Kind> {
        let rule = self.kinds.iter().find(|rule| rule.when.holds(subject, None));
        match rule {
            Some(rule) if !rule.gives.is_empty() => rule.gives.clone(),
            _ => vec![Kind::Other],
        }
    }

    /// Where a record of a kind stands.
    pub(crate) fn stage(&self, subject: &Subject<'_>, kind: Kind) -> Stage {
        let rule = self.stages.iter().find(|rule| rule.when.holds(subject, Some(kind)));
        rule.map_or(Stage::Other, |rule| rule.gives)
    }

    /// The table's own examples that another rule decides, or none: one line each. `cases` reads the numbers in a
    /// docket.
    ///
    /// # Errors
    /// Fails when a pattern of the desk does.
    pub fn contradictions(&self) -> Result<Vec<String>, regex::Error> {
        let cases = crate::cases::Cases::new()?;
        let mut wrong = Vec::new();
        let mut try_all = |name: &str, examples: &[Example], decided: &dyn Fn(&Subject<'_>) -> Option<String>| {
            if examples.is_empty() {
                wrong.push(format!("{name}: no example"));
            }
            for example in examples {
                let (title, label, body, docket, authority) = match example {
                    Example::Title(title) => (title.as_str(), "", "", "", ""),
                    Example::Record { title, label, body, docket, authority } => {
                        (title.as_str(), label.as_str(), body.as_str(), docket.as_str(), authority.as_str())
                    }
                };
                let numbers = cases.read(&format!("{docket}\n{title}"), crate::cases::System::UnitedStates);
                let subject = Subject::new(title, label, body, docket, &numbers, authority);
                let by = decided(&subject);
                if by.as_deref() != Some(name) {
                    wrong.push(format!("{name}: “{title}” is decided by {by:?}"));
                }
            }
        };
        for rule in &self.kinds {
            let decided = |subject: &Subject<'_>| {
                self.kinds.iter().find(|rule| rule.when.holds(subject, None)).map(|rule| rule.name.clone())
            };
            try_all(&rule.name, &rule.examples, &decided);
        }
        for rule in &self.stages {
            let decided = |subject: &Subject<'_>| {
                let kind = self.kinds(subject).first().copied();
                self.stages.iter().find(|rule| rule.when.holds(subject, kind)).map(|rule| rule.name.clone())
            };
            try_all(&rule.name, &rule.examples, &decided);
        }
        Ok(wrong)
    }
}

fn compiled<T>(written: WrittenRule<T>) -> Result<Rule<T>, RulesError> {
    let pattern = |text: Option<&String>| {
        text.map(|text| Regex::new(text).map_err(|error| RulesError(format!("{}：{error}", written.name)))).transpose()
    };
    let when = When {
        title: pattern(written.title.as_ref())?,
        unless: pattern(written.unless.as_ref())?,
        words: pattern(written.words.as_ref())?,
        docket: pattern(written.docket.as_ref())?,
        authority: pattern(written.authority.as_ref())?,
        cases: written.cases.iter().filter_map(|case| pattern(Some(case)).transpose()).collect::<Result<_, _>>()?,
        kinds: written.kinds,
    };
    Ok(Rule { name: written.name, gives: written.gives, when, examples: written.examples })
}
