//! What the terms of a part have to be, and how each database is asked for it.

use crate::Backend;

#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// A term, or one that begins like this.
    Term {
        text: String,
        open: bool,
    },
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
    /// The first, and none of the others, of which there is one at least.
    But(Box<Wanted>, Vec<Wanted>),
}

/// The signs of a query language. Terms need no escaping: they hold no quotes.
struct Language {
    quote: char,
    open: &'static str,
    all: &'static str,
    any: &'static str,
    but: &'static str,
}

const FTS5: Language = Language { quote: '"', open: " *", all: " AND ", any: " OR ", but: " NOT " };
const TSQUERY: Language = Language { quote: '\'', open: ":*", all: " & ", any: " | ", but: " & !" };

impl Wanted {
    pub(super) fn term(text: impl Into<String>) -> Wanted {
        Wanted::Term { text: text.into(), open: false }
    }

    /// As a query of FTS5, or as a tsquery.
    pub(super) fn written(&self, backend: Backend) -> String {
        let mut text = String::new();
        self.write(
            match backend {
                Backend::Sqlite => &FTS5,
                Backend::Postgres => &TSQUERY,
            },
            &mut text,
        );
        text
    }

    fn write(&self, language: &Language, text: &mut String) {
        match self {
            Wanted::Term { text: term, open } => {
                text.push(language.quote);
                text.push_str(term);
                text.push(language.quote);
                text.push_str(if *open { language.open } else { "" });
            }
            Wanted::All(parts) => Wanted::join(parts, language.all, language, text),
            Wanted::Any(parts) => Wanted::join(parts, language.any, language, text),
            Wanted::But(first, others) => {
                text.push('(');
                first.write(language, text);
                text.push_str(language.but);
                Wanted::join(others, language.any, language, text);
                text.push(')');
            }
        }
    }

    fn join(parts: &[Wanted], between: &str, language: &Language, text: &mut String) {
        text.push('(');
        for (n, part) in parts.iter().enumerate() {
            text.push_str(if n > 0 { between } else { "" });
            part.write(language, text);
        }
        text.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same() {
        let beginning = Wanted::Term { text: "570".to_owned(), open: true };
        let both = Wanted::All(vec![Wanted::term("a"), beginning]);
        let wanted = Wanted::But(Box::new(both), vec![Wanted::term("+轮胎"), Wanted::term("-轮胎-胎")]);
        assert_eq!(wanted.written(Backend::Sqlite), r#"(("a" AND "570" *) NOT ("+轮胎" OR "-轮胎-胎"))"#);
        assert_eq!(wanted.written(Backend::Postgres), "(('a' & '570':*) & !('+轮胎' | '-轮胎-胎'))");
    }
}
