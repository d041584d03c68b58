//! Pages: just enough of HTML to find tables and links. Whatever does not close is closed by what follows.

use crate::text::{one_line, resolved};

/// A table that has a row of headings.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) offset: usize,
    /// The bytes of the row end here.
    pub(crate) end: usize,
    pub(crate) cells: Vec<Cell>,
    heading: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) link: Option<String>,
}

/// A link outside or inside a table.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) offset: usize,
    pub(crate) end: usize,
    pub(crate) target: String,
    pub(crate) text: String,
}

/// What a page holds.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) tables: Vec<Table>,
    pub(crate) links: Vec<Link>,
    /// The first heading.
    pub(crate) heading: String,
}

impl Table {
    /// The cell of a row under the first heading that contains one of the words.
    pub(crate) fn cell<'r>(&self, row: &'r Row, words: &[&str]) -> Option<&'r Cell> {
        let column = self.column(words)?;
        row.cells.get(column)
    }

    pub(crate) fn column(&self, words: &[&str]) -> Option<usize> {
        words.iter().find_map(|word| self.headings.iter().position(|heading| heading.to_lowercase().contains(word)))
    }
}

/// Reads a page.
pub(crate) fn page(text: &str) -> Page {
    let mut page = Reading::default();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let open = at + found;
        page.say(&text[at..open]);
        let rest = &text[open..];
        if let Some(after) = skipped(rest) {
            at = open + after;
            continue;
        }
        let Some(end) = rest.find('>') else {
            at = text.len();
            break;
        };
        let inner = &rest[1..end];
        at = open + end + 1;
        let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let name: String =
            inner.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        page.tag(&name, closing, inner, open, at);
    }
    page.say(&text[at.min(text.len())..]);
    page.finish(text.len())
}

/// How far a comment, script or style reaches.
fn skipped(rest: &str) -> Option<usize> {
    if rest.starts_with("<!--") {
        return Some(rest.find("-->").map_or(rest.len(), |at| at + "-->".len()));
    }
    // Names of tags are written in either case.
    let stands = |at: usize, tag: &str| {
        rest.as_bytes()[at..].get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag.as_bytes()))
    };
    let until = |end: &str| {
        let found = rest.match_indices("</").find(|(at, _)| stands(*at, end));
        found.map_or(rest.len(), |(at, _)| at + end.len())
    };
    if stands(0, "<script") {
        return Some(until("</script>"));
    }
    stands(0, "<style").then(|| until("</style>"))
}

#[derive(Default)]
struct Reading {
    page: Page,
    table: Option<Table>,
    row: Option<Row>,
    cell: Option<Cell>,
    link: Option<Link>,
    heading: bool,
}

impl Reading {
    fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = resolved(text);
        if let Some(cell) = &mut self.cell {
            cell.text.push_str(&text);
        }
        if let Some(link) = &mut self.link {
            link.text.push_str(&text);
        }
        if self.heading {
            self.page.heading.push_str(&text);
        }
    }

    fn tag(&mut self, name: &str, closing: bool, inner: &str, open: usize, after: usize) {
        match name {
            "table" => {
                self.end_table(open);
                if !closing {
                    self.table = Some(Table::default());
                }
            }
            "tr" => {
                self.end_row(if closing { after } else { open });
                if !closing && self.table.is_some() {
                    self.row = Some(Row { offset: open, ..Row::default() });
                }
            }
            "td" | "th" => {
                self.end_cell();
                if let Some(row) = self.row.as_mut().filter(|_| !closing) {
                    row.heading |= name == "th";
                    self.cell = Some(Cell::default());
                }
            }
            "a" => {
                self.end_link(after);
                if !closing && let Some(target) = attribute(inner, "href") {
                    if let Some(cell) = &mut self.cell {
                        cell.link.get_or_insert_with(|| target.clone());
                    }
                    self.link = Some(Link { offset: open, end: after, target, text: String::new() });
                }
            }
            "h1" => self.heading = !closing && self.page.heading.is_empty(),
            "br" | "p" | "div" | "li" => self.say(" "),
            _ => {}
        }
    }

    fn end_link(&mut self, after: usize) {
        if let Some(mut link) = self.link.take() {
            link.text = one_line(&link.text);
            link.end = after;
            self.page.links.push(link);
        }
    }

    fn end_cell(&mut self) {
        if let (Some(mut cell), Some(row)) = (self.cell.take(), &mut self.row) {
            cell.text = one_line(&cell.text);
            row.cells.push(cell);
        }
    }

    fn end_row(&mut self, end: usize) {
        self.end_cell();
        if let (Some(mut row), Some(table)) = (self.row.take(), &mut self.table) {
            row.end = end;
            if table.headings.is_empty() && row.heading {
                table.headings = row.cells.into_iter().map(|cell| cell.text).collect();
            } else if !row.cells.is_empty() {
                table.rows.push(row);
            }
        }
    }

    fn end_table(&mut self, end: usize) {
        self.end_row(end);
        if let Some(table) = self.table.take() {
            self.page.tables.push(table);
        }
    }

    fn finish(mut self, end: usize) -> Page {
        self.end_link(end);
        self.end_table(end);
        self.page.heading = one_line(&self.page.heading);
        self.page
    }
}

/// An attribute of a tag, quoted or not.
fn attribute(inner: &str, name: &str) -> Option<String> {
    let lower = inner.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(name) {
        let at = from + found;
        from = at + name.len();
        let value = inner[from..].trim_start();
        let separate = lower[..at].ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        let Some(value) = value.strip_prefix('=').filter(|_| separate) else { continue };
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next()?,
            _ => value.split(|c: char| c.is_whitespace()).next()?,
        };
        return Some(resolved(value.trim()).into_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_skipped_in_either_case() {
        // Constructed. Behind each tag the text's seventh byte lies inside a character.
        let paragraphs = "<p>商务部公告</p><b>灯具</b>".repeat(20_000);
        let table = "<table><tr><th>案件</th></tr><tr><td>甲</td></tr></table>";
        for (open, close) in [("<SCRIPT>", "</SCRIPT>"), ("<script src='a'>", "</Script>"), ("<STYLE>", "</style>")] {
            let hidden = format!("{open}if (a < b) say(\"<table><tr><td>乙</td></tr></table>\"){close}");
            let page = page(&format!("{paragraphs}{hidden}<h1>公告</h1>{paragraphs}{table}"));
            assert_eq!(page.heading, "公告", "{open}");
            let cells: Vec<_> = page.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells).collect();
            assert_eq!(cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>(), ["甲"], "{open}");
        }
        assert!(page("<SCRIPT>say('<table><tr><td>乙</td></tr></table>')").tables.is_empty(), "to the end");
    }
}
