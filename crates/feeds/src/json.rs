//! JSON documents: records as slices of the file, fields by name, and a tree that keeps repeated names.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::outcome::{At, Out};
use crate::xml::{Element, Node};

/// A document's bytes without its byte order mark, or the refusal of what is no JSON document at all.
pub(crate) fn document<'b>(bytes: &'b [u8], out: &mut Out<'_>) -> Option<&'b [u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let reason = match first {
        Some(b'{' | b'[') => return Some(bytes),
        Some(b'<') => "是网页或 XML，不是 JSON：来源可能返回了错误页面",
        Some(_) => "不是 JSON 文件",
        None => "是空文件",
    };
    out.refuse(At::Whole, reason);
    None
}

/// Why a text is no JSON, in one sentence with its place.
pub(crate) fn unreadable(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "内容不完整",
        serde_json::error::Category::Data => "结构与该来源不符",
        _ => "格式有误",
    };
    format!("JSON {what}（第 {} 行第 {} 列）", error.line(), error.column())
}

/// The top of a document: an object's members or an array's elements, each still text.
pub(crate) enum Top<'b> {
    Object(Vec<(String, &'b RawValue)>),
    Array(Vec<&'b RawValue>),
}

impl<'b> Top<'b> {
    /// Reads the top level; everything below is checked for syntax but not built.
    pub(crate) fn read(text: &'b [u8]) -> Result<Top<'b>, String> {
        let is_array = text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
        let top = if is_array {
            serde_json::from_slice(text).map(Top::Array)
        } else {
            serde_json::from_slice(text).map(|Members(members)| Top::Object(members))
        };
        top.map_err(|error| unreadable(&error))
    }

    pub(crate) fn member(&self, name: &str) -> Option<&'b RawValue> {
        match self {
            Top::Object(members) => members.iter().find(|(known, _)| known == name).map(|(_, value)| *value),
            Top::Array(_) => None,
        }
    }

    /// The records under the first of `names` that holds an array, or the array that the document is.
    pub(crate) fn records(&self, names: &[&str]) -> Option<Vec<&'b RawValue>> {
        match self {
            Top::Array(records) => Some(records.clone()),
            Top::Object(_) => names.iter().find_map(|name| elements(self.member(name)?)),
        }
    }

    pub(crate) fn count(&self, names: &[&str]) -> Option<u64> {
        names.iter().find_map(|name| self.member(name)?.get().parse().ok())
    }
}

/// The elements of an array, each still text.
pub(crate) fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    value.get().starts_with('[').then(|| serde_json::from_str(value.get()).ok()).flatten()
}

struct Members<'b>(Vec<(String, &'b RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// One record's fields.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn read(record: &str) -> Result<Fields, String> {
        match serde_json::from_str(record) {
            Ok(Value::Object(fields)) => Ok(Fields(fields)),
            Ok(_) => Err("不是一条记录".to_owned()),
            Err(error) => Err(unreadable(&error)),
        }
    }

    /// The whole record as text.
    pub(crate) fn whole(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A field as text: strings and numbers as they are, the first of `names` that is not empty.
    pub(crate) fn text(&self, names: &[&str]) -> String {
        names
            .iter()
            .filter_map(|name| self.0.get(*name))
            .map(plain)
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default()
    }

    /// A field's array as text, its elements or their `names` joined by commas.
    pub(crate) fn joined(&self, field: &str, names: &[&str]) -> String {
        match self.0.get(field) {
            Some(Value::Array(values)) => {
                let of = |value: &Value| match value {
                    Value::Object(object) => {
                        names.iter().filter_map(|name| object.get(*name)).map(plain).find(|text| !text.is_empty())
                    }
                    other => Some(plain(other)),
                };
                values.iter().filter_map(of).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
            }
            Some(Value::Object(object)) => names
                .iter()
                .filter_map(|name| object.get(*name))
                .map(plain)
                .find(|text| !text.is_empty())
                .unwrap_or_default(),
            Some(other) => plain(other),
            None => String::new(),
        }
    }
}

/// Strings and numbers as text, anything else as nothing.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Where a record stands in the document it is a slice of.
pub(crate) fn offset(document: &[u8], record: &str) -> usize {
    (record.as_ptr() as usize).saturating_sub(document.as_ptr() as usize).min(document.len())
}

/// A tree of a document in which one name may stand more than once in an object, as in CELLAR's JSON: read as the
/// element tree that its XML would give.
pub(crate) struct Tree(pub(crate) Element);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut element = Element::default();
                while let Some((name, Tree(mut value))) = map.next_entry::<String, Tree>()? {
                    if name == "$" {
                        element.nodes.append(&mut value.nodes);
                    } else if let Some(name) = name.strip_prefix('@') {
                        element.attributes.push((name.to_owned(), value.text()));
                    } else if value.list {
                        for node in value.nodes {
                            if let Node::Element(mut one) = node {
                                one.name.clone_from(&name);
                                element.nodes.push(Node::Element(one));
                            }
                        }
                    } else {
                        value.name = name;
                        element.nodes.push(Node::Element(value));
                    }
                }
                Ok(Tree(element))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
                let mut list = Element { list: true, ..Element::default() };
                while let Some(Tree(value)) = seq.next_element::<Tree>()? {
                    list.nodes.push(Node::Element(value));
                }
                Ok(Tree(list))
            }

            fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree(Element { nodes: vec![Node::Text(text.to_owned())], ..Element::default() }))
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Tree, E> {
                self.visit_str(if value { "true" } else { "false" })
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Tree, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Tree, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Tree, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree(Element::default()))
            }
        }
        deserializer.deserialize_any(Read)
    }
}
