//! JSON read with its path: whatever is wrong is named by place, and a number keeps its text.
//!
//! A problem carries the path up from where it was found, so reading what is right costs nothing for it.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// What is wrong, and the path to it from where it has been carried so far.
#[derive(Debug)]
pub struct Problem {
    place: String,
    what: String,
}

pub type Read<T> = Result<T, Problem>;

impl Problem {
    pub fn new(what: impl Into<String>) -> Problem {
        Problem { place: String::new(), what: what.into() }
    }

    fn under(mut self, step: &str) -> Problem {
        self.place.insert_str(0, step);
        self
    }
}

/// `stations[1].id：…`; only the sentence when the whole document is meant.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.trim_start_matches('.') {
            "" => f.write_str(&self.what),
            place => write!(f, "{place}：{}", self.what),
        }
    }
}

/// A string as it is shown in a sentence: quoted, on one line, not too long.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let quoted: String = short
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => c.escape_default().to_string(),
            c => c.to_string(),
        })
        .collect();
    format!("\"{quoted}\"")
}

/// One value, not yet read.
#[derive(Clone, Copy)]
pub struct Json<'a>(&'a RawValue);

impl<'a> Json<'a> {
    /// A whole document; a byte order mark before it is passed over.
    ///
    /// # Errors
    /// Line and column of what is not JSON.
    pub fn document(text: &'a str) -> Read<Json<'a>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let not_json = |error: serde_json::Error| {
            let what = if error.is_eof() { "JSON 没有写完" } else { "不符合 JSON 语法" };
            let line = error.line().max(1);
            let column = column_in_characters(text, line, error.column());
            Problem::new(what).under(&format!("第 {line} 行第 {column} 列"))
        };
        serde_json::from_str(text).map(Json).map_err(not_json)
    }

    pub fn object(self) -> Read<Object<'a>> {
        if self.kind() != Kind::Object {
            return Err(self.should_be("对象"));
        }
        let mut document = serde_json::Deserializer::from_str(self.0.get());
        let fields = document.deserialize_map(Fields).map_err(|_| Problem::new("字段名中有不成立的转义"))?;
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Problem::new("字段重复").under(&step(pair[0]))),
            None => Ok(Object(fields)),
        }
    }

    /// Reads every element of an array; a problem names its zero-based place.
    pub fn each<T>(self, mut read: impl FnMut(Json<'a>) -> Read<T>) -> Read<Vec<T>> {
        if self.kind() != Kind::Array {
            return Err(self.should_be("数组"));
        }
        let elements: Vec<&RawValue> = serde_json::from_str(self.0.get()).map_err(|e| Problem::new(e.to_string()))?;
        let read = |(ix, element)| read(Json(element)).map_err(|problem| problem.under(&format!("[{ix}]")));
        elements.into_iter().enumerate().map(read).collect()
    }

    pub fn text(self) -> Read<String> {
        if self.kind() != Kind::Text {
            return Err(self.should_be("字符串"));
        }
        serde_json::from_str(self.0.get()).map_err(|_| Problem::new("字符串中有不成立的转义"))
    }

    pub fn flag(self) -> Read<bool> {
        match self.0.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.should_be("true 或 false")),
        }
    }

    /// A number as it is written.
    pub fn number(self) -> Read<&'a str> {
        match self.kind() {
            Kind::Number => Ok(self.0.get()),
            _ => Err(self.should_be("数")),
        }
    }

    /// A whole number, written as one.
    pub fn whole(self, from: i64, to: i64) -> Read<i64> {
        let written = self.number()?;
        if written.contains(['.', 'e', 'E']) {
            return Err(Problem::new(format!("应为整数，写的是 {}", shown(written))));
        }
        match written.parse() {
            Ok(number) if (from..=to).contains(&number) => Ok(number),
            _ => Err(Problem::new(format!("应在 {from} 至 {to} 之间，写的是 {}", shown(written)))),
        }
    }

    fn should_be(self, expected: &str) -> Problem {
        Problem::new(format!("应为{expected}，写的是{}", self.kind().name()))
    }

    /// By the first character: the document is known to be well-formed.
    fn kind(self) -> Kind {
        match self.0.get().as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b't' | b'f') => Kind::Flag,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    Text,
    Number,
    Flag,
    Null,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Object => "对象",
            Kind::Array => "数组",
            Kind::Text => "字符串",
            Kind::Number => "数",
            Kind::Flag => "是非值",
            Kind::Null => "空值 null",
        }
    }
}

/// An object's fields in the order they are written.
pub struct Object<'a>(Vec<(String, Json<'a>)>);

impl<'a> Object<'a> {
    /// Refuses every field but these.
    pub fn only(&self, known: &[&str]) -> Read<()> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Problem::new("不认识的字段").under(&step(name))),
            None => Ok(()),
        }
    }

    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub fn need<T>(&self, name: &str, read: impl FnOnce(Json<'a>) -> Read<T>) -> Read<T> {
        self.maybe(name, read)?.ok_or_else(|| Problem::new("缺少这个字段").under(&step(name)))
    }

    pub fn maybe<T>(&self, name: &str, read: impl FnOnce(Json<'a>) -> Read<T>) -> Read<Option<T>> {
        let Some((_, value)) = self.0.iter().find(|(known, _)| known == name) else {
            return Ok(None);
        };
        read(*value).map(Some).map_err(|problem| problem.under(&step(name)))
    }
}

/// `.kind`, or `["a b"]` where a plain name would be unclear.
fn step(name: &str) -> String {
    let plain =
        !name.is_empty() && name.len() <= 60 && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain { format!(".{name}") } else { format!("[{}]", shown(name)) }
}

/// serde_json counts bytes; people count characters.
fn column_in_characters(text: &str, line: usize, bytes: usize) -> usize {
    let line = text.split('\n').nth(line - 1).unwrap_or_default();
    line.char_indices().take_while(|(start, _)| *start < bytes).count().max(1)
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Json<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            fields.push((name, Json(value)));
        }
        Ok(fields)
    }
}
