//! Writing XML: elements close themselves, and text is never markup.

/// A document being written.
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Xml {
        Xml("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n".to_owned())
    }

    /// An element with what stands in it.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Xml)) {
        self.tag(name, attributes, ">");
        inner(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element with nothing in it.
    pub(crate) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>");
    }

    /// An element with text in it.
    pub(crate) fn field(&mut self, name: &str, text: &str) {
        self.element(name, &[], |xml| xml.text(text));
    }

    pub(crate) fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                c if allowed(c) => self.0.push(c),
                _ => {}
            }
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
        self.0.push_str(end);
    }
}

/// What XML 1.0 lets stand in a document; one other character, pasted in unseen, makes the whole file unreadable.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup_and_never_unreadable() {
        let mut xml = Xml::new();
        xml.element("a", &[("b", "\"<&>")], |xml| {
            xml.leaf("c", &[]);
            xml.field("d", "1 < 2\u{0}\u{B}\u{FFFE} & 3");
        });
        let body = xml.finish();
        assert!(body.ends_with("<a b=\"&quot;&lt;&amp;&gt;\"><c/><d>1 &lt; 2 &amp; 3</d></a>"), "{body}");
    }
}
