//! XML documents: records cut out by their tags, each read into a small tree on its own, so that a damaged record
//! costs itself and not the ones behind it.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::text::{entity, one_line, resolved};

/// A record nested deeper, or of more elements, is none of a known source.
const DEEPEST: usize = 64;
const MOST_NODES: usize = 400_000;

/// An element, read.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) nodes: Vec<Node>,
    /// A JSON array, on its way to becoming elements of one name.
    pub(crate) list: bool,
}

#[derive(Debug)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Its child elements.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children().filter(move |child| child.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn child<'e>(&'e self, name: &'e str) -> Option<&'e Element> {
        self.all(name).next()
    }

    /// The first element of a name below, in the document's order.
    pub(crate) fn find(&self, name: &str) -> Option<&Element> {
        self.children().find_map(|child| if child.name == name { Some(child) } else { child.find(name) })
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All text below, on one line.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text, &[]);
        one_line(&text)
    }

    /// All text below but that of some elements.
    pub(crate) fn text_without(&self, left_out: &[&str]) -> String {
        let mut text = String::new();
        self.gather(&mut text, left_out);
        one_line(&text)
    }

    fn gather(&self, text: &mut String, left_out: &[&str]) {
        for node in &self.nodes {
            match node {
                Node::Text(part) => text.push_str(part),
                Node::Element(element) if left_out.contains(&element.name.as_str()) => {}
                Node::Element(element) => {
                    let block = matches!(element.name.as_str(), "P" | "HD" | "LI" | "ROW" | "FP");
                    element.gather(text, left_out);
                    if block {
                        text.push(' ');
                    }
                }
            }
        }
    }
}

/// A record found in a document.
pub(crate) struct Found<'t> {
    pub(crate) offset: usize,
    /// From its opening tag to its closing one, or that there is none.
    pub(crate) text: Result<&'t str, &'static str>,
}

/// The records of a document: the outermost elements of some names, in order. Comments and CDATA hide what they hold.
pub(crate) fn records<'t>(document: &'t str, names: &'t [&'t str]) -> impl Iterator<Item = Found<'t>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (offset, name) = next_open(document, &mut at, names)?;
        let text = match close_of(document, &mut at, name) {
            Some(end) => Ok(&document[offset..end]),
            None => Err("记录不完整：没有结束标记"),
        };
        Some(Found { offset, text })
    })
}

/// The next opening tag of one of the names; `at` is left behind its name.
fn next_open<'n>(document: &str, at: &mut usize, names: &[&'n str]) -> Option<(usize, &'n str)> {
    while let Some(open) = tag(document, at) {
        let rest = &document[open + 1..];
        for name in names {
            if starts_with_name(rest, name) {
                *at = open + 1 + name.len();
                return Some((open, name));
            }
        }
        *at = open + 1;
    }
    None
}

/// The end of the element begun before `at`. A second opening tag of its name before the closing one means that the
/// first was never closed: `at` is left before it. Left at the document's end when there is nothing more.
fn close_of(document: &str, at: &mut usize, name: &str) -> Option<usize> {
    let Some(head) = document[*at..].find('>').map(|end| *at + end) else {
        *at = document.len();
        return None;
    };
    if document[..head].ends_with('/') {
        *at = head + 1;
        return Some(*at);
    }
    while let Some(open) = tag(document, at) {
        let rest = &document[open + 1..];
        if let Some(rest) = rest.strip_prefix('/')
            && starts_with_name(rest, name)
        {
            *at = document[open..].find('>').map_or(document.len(), |end| open + end + 1);
            return Some(*at);
        }
        if starts_with_name(rest, name) {
            *at = open;
            return None;
        }
        *at = open + 1;
    }
    *at = document.len();
    None
}

fn starts_with_name(rest: &str, name: &str) -> bool {
    rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'))
}

/// The next `<` that is neither in a comment nor in CDATA.
fn tag(document: &str, at: &mut usize) -> Option<usize> {
    loop {
        let open = *at + memchr::memchr(b'<', document.as_bytes().get(*at..)?)?;
        let rest = &document[open..];
        let skipped = if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<![CDATA[") {
            "]]>"
        } else {
            return Some(open);
        };
        *at = open + rest.find(skipped)? + skipped.len();
    }
}

/// One record as a tree.
pub(crate) fn tree(record: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(record);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element> = vec![Element::default()];
    let mut nodes = 0_usize;
    loop {
        nodes += 1;
        if nodes > MOST_NODES || open.len() > DEEPEST {
            return Err("记录过大或嵌套过深".to_owned());
        }
        match reader.read_event().map_err(|error| format!("XML 格式有误：{error}"))? {
            Event::Start(tag) => open.push(opened(&tag)),
            Event::Empty(tag) => add(&mut open, Node::Element(opened(&tag))),
            Event::End(_) => {
                // The reader has checked that end tags match, and the outermost element is our own.
                if let Some(element) = open.pop() {
                    add(&mut open, Node::Element(element));
                }
            }
            Event::Text(text) => {
                add(&mut open, Node::Text(text.xml_content(quick_xml::XmlVersion::Implicit1_0).into_owned()))
            }
            Event::CData(text) => {
                add(&mut open, Node::Text(text.xml_content(quick_xml::XmlVersion::Implicit1_0).into_owned()))
            }
            Event::GeneralRef(name) => {
                let name: &str = &name;
                add(&mut open, Node::Text(entity(name).map_or_else(|| format!("&{name};"), String::from)));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    if open.len() != 1 {
        return Err("XML 不完整".to_owned());
    }
    let root = open.pop().and_then(|mut outermost| {
        outermost.nodes.drain(..).find_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    });
    root.ok_or_else(|| "没有 XML 元素".to_owned())
}

fn add(open: &mut [Element], node: Node) {
    if let Some(parent) = open.last_mut() {
        parent.nodes.push(node);
    }
}

fn opened(tag: &quick_xml::events::BytesStart<'_>) -> Element {
    let read = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let value: &str = &attribute.value;
        (local(attribute.key.as_ref()).to_owned(), resolved(value).into_owned())
    };
    Element {
        name: local(tag.name().as_ref()).to_owned(),
        attributes: tag.attributes().with_checks(false).flatten().map(read).collect(),
        ..Element::default()
    }
}

/// A name without its prefix: `dc:date` is a date.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The text of an XML document: its byte order mark or its declaration tells the encoding.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declared = head.split_once("encoding=").and_then(|(_, rest)| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(label, _)| label.to_owned())
    });
    crate::text::decode(bytes, declared.as_deref())
}
