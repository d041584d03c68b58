//! Forms of this room as data: what is asked, what was typed, what is wrong with it. One macro draws them all.

use jiff::civil::Date;

use crate::appraisal::ledger::parse_day;
use crate::posted::Posted;

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// One line, at most so many characters.
    Line(usize),
    /// Several lines, at most so many characters.
    Area(usize),
    /// A day not after today.
    Day,
    /// One of these: key and name.
    Choice(Vec<(String, String)>),
    /// Any of these: key and name.
    Checks(Vec<(String, String)>),
    /// Materials.
    Files,
}

/// One question of a form.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub label: String,
    pub input: Input,
    pub required: bool,
    pub hint: String,
    pub value: String,
    pub problem: Option<String>,
}

impl Field {
    pub fn new(name: &'static str, label: impl Into<String>, input: Input) -> Field {
        let (hint, value) = (String::new(), String::new());
        Field { name, label: label.into(), input, required: true, hint, value, problem: None }
    }

    #[must_use]
    pub fn optional(self) -> Field {
        Field { required: false, ..self }
    }

    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Field {
        Field { hint: hint.into(), ..self }
    }

    #[must_use]
    pub fn value(self, value: impl Into<String>) -> Field {
        Field { value: value.into(), ..self }
    }

    pub fn chosen(&self, key: &str) -> bool {
        self.value.split(',').any(|chosen| chosen == key)
    }

    fn problem(&self, today: Date) -> Option<String> {
        let typed = self.value.chars().count();
        if typed == 0 {
            let verb = if matches!(self.input, Input::Choice(_) | Input::Checks(_)) { "选择" } else { "填写" };
            return (self.required && self.input != Input::Files).then(|| format!("请{verb}{}。", self.label));
        }
        match &self.input {
            Input::Line(most) | Input::Area(most) if typed > *most => Some(format!("不超过 {most} 字。")),
            Input::Day => match parse_day(&self.value) {
                None => Some("日期应写作 2026-01-31。".to_owned()),
                Some(day) if day > today => Some("日期不能晚于今天。".to_owned()),
                Some(_) => None,
            },
            Input::Choice(known) | Input::Checks(known) => {
                let unknown = self.value.split(',').any(|chosen| known.iter().all(|(key, _)| key != chosen));
                unknown.then(|| format!("请选择{}。", self.label))
            }
            _ => None,
        }
    }
}

/// A form of the room: its key tells its fields from those of others on the page.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub key: &'static str,
    pub fields: Vec<Field>,
}

impl Form {
    pub fn new(key: &'static str, fields: Vec<Field>) -> Form {
        Form { key, fields }
    }

    /// Takes in what was posted and judges it.
    #[must_use]
    pub fn read(mut self, posted: &Posted, today: Date) -> Form {
        for field in &mut self.fields {
            field.value = match field.input {
                Input::Checks(_) => posted.all(field.name).join(","),
                Input::Area(_) => posted.raw(field.name).trim().replace("\r\n", "\n"),
                _ => posted.text(field.name).to_owned(),
            };
            field.problem = field.problem(today);
        }
        self
    }

    pub fn good(&self) -> bool {
        self.fields.iter().all(|field| field.problem.is_none())
    }

    pub fn problems(&self) -> usize {
        self.fields.iter().filter(|field| field.problem.is_some()).count()
    }

    /// Names what only the caller can know to be wrong.
    pub fn object(&mut self, name: &str, sentence: impl Into<String>) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.problem = Some(sentence.into());
        }
    }

    /// What was typed; empty where nothing was asked.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|field| field.name == name).map_or("", |field| field.value.as_str())
    }

    pub fn day(&self, name: &str) -> Option<Date> {
        parse_day(self.text(name))
    }

    /// Whether materials can be added.
    pub fn takes_files(&self) -> bool {
        self.fields.iter().any(|field| field.input == Input::Files)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_field_is_judged_by_what_it_asks() {
        let today = date(2026, 9, 18);
        let problem = |field: Field, value: &str| field.value(value).problem(today);
        assert_eq!(problem(Field::new("text", "理由", Input::Area(5)), ""), Some("请填写理由。".to_owned()));
        assert_eq!(problem(Field::new("text", "理由", Input::Area(5)).optional(), ""), None);
        assert_eq!(problem(Field::new("text", "理由", Input::Area(2)), "三个字"), Some("不超过 2 字。".to_owned()));
        assert!(problem(Field::new("on", "日期", Input::Day), "2026-09-19").is_some());
        assert_eq!(problem(Field::new("on", "日期", Input::Day), "2026-09-18"), None);
        let choice = || Input::Choice(vec![("a".to_owned(), "甲".to_owned())]);
        assert_eq!(problem(Field::new("what", "事项", choice()), "b"), Some("请选择事项。".to_owned()));
        assert_eq!(problem(Field::new("what", "事项", choice()), "a"), None);
    }
}
