//! Official documents (公文, GB/T 9704-2012): one text, shown as a page, a .docx and a PDF.
//!
//! The text is what is recorded and hashed. It begins with lines of `名称：值` up to the first empty line (份号,
//! 密级和保密期限, 紧急程度, 标志, 文号, 签发人, 标题, 主送, 落款, 日期, 抄送); the body follows, one paragraph a line. The level of a heading is read off
//! its number, as officials write it: `一、`, `（一）`, `1．`, `（1）`. Lines beginning with `|` are a table, its first
//! line the head. `# 名称` begins an annex, on a page of its own.

mod docx;
mod layout;
mod pdf;

pub use docx::to_docx;
pub use pdf::to_pdf;
pub(crate) use pdf::{Faces, faces};

use crate::PaperError;

/// Characters of 签发人 that fit beside the number: several names, a space between.
const SIGNER: usize = 20;

/// What stands on a document, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// 份号, six figures. This and the two below it stand above the red head, and only when they are given.
    pub copy: String,
    /// 密级和保密期限, `秘密★1年`.
    pub secrecy: String,
    /// 紧急程度: 特急 or 加急.
    pub urgency: String,
    /// 发文机关标志, in red over the line. Empty for forms and records, which have no heading.
    pub issuer: String,
    /// 发文字号: a place to fill in, never a number of our own.
    pub number: String,
    /// 签发人 of a document to a higher authority (上行文).
    pub signer: String,
    pub title: String,
    /// 主送机关, without the colon.
    pub addressee: String,
    pub body: Vec<Block>,
    pub annexes: Vec<Annex>,
    /// 落款: who signs. Its seal is put on by the department's own system.
    pub signed: String,
    /// 成文日期, `2026年9月18日`.
    pub dated: String,
    /// 抄送机关.
    pub copies: String,
}

/// An annex: its name and what stands on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annex {
    pub title: String,
    pub body: Vec<Block>,
}

/// A paragraph or a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Level 1 to 4: 一、 （一） 1． （1）.
    Heading(u8, String),
    Text(String),
    /// First row is the head. All rows have as many cells.
    Table(Vec<Vec<String>>),
}

impl Document {
    /// Reads a document's text.
    ///
    /// # Errors
    /// [`PaperError::Shape`] when it has no title, an unknown head line, or a table with uneven rows.
    pub fn parse(text: &str) -> Result<Document, PaperError> {
        let mut document = Document::default();
        let mut lines = text.lines();
        for line in lines.by_ref() {
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once('：').ok_or_else(|| shape(format!("首部一行没有冒号：{line}")))?;
            *document.field(name.trim())? = value.trim().to_owned();
        }
        if document.title.is_empty() {
            return Err(shape("没有标题".to_owned()));
        }
        document.check_head()?;
        for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(title) = line.strip_prefix("# ") {
                document.annexes.push(Annex { title: title.trim().to_owned(), body: Vec::new() });
                continue;
            }
            let body = document.annexes.last_mut().map_or(&mut document.body, |annex| &mut annex.body);
            push(body, line)?;
        }
        Ok(document)
    }

    /// The document with the parts of its head only the issuing office gives when it finishes it: `copy` (份号),
    /// `urgency` (紧急程度) and `signer` (签发人), each empty where there is none.
    ///
    /// # Errors
    /// [`PaperError::Shape`] when the document has no head, or a part is not of the standard's form.
    pub fn headed(mut self, copy: &str, urgency: &str, signer: &str) -> Result<Document, PaperError> {
        (self.copy, self.urgency, self.signer) = (copy.to_owned(), urgency.to_owned(), signer.to_owned());
        self.check_head()?;
        Ok(self)
    }

    /// What stands above the red head, from the top down.
    fn marks(&self) -> Vec<&str> {
        [&self.copy, &self.secrecy, &self.urgency]
            .into_iter()
            .map(String::as_str)
            .filter(|mark| !mark.is_empty())
            .collect()
    }

    /// The optional parts of the head are those of the standard (7.2.1, 7.2.3, 7.2.6), on a document that has a head.
    fn check_head(&self) -> Result<(), PaperError> {
        if self.issuer.is_empty() && !(self.marks().is_empty() && self.signer.is_empty()) {
            return Err(shape("没有发文机关标志的，不标份号、密级、紧急程度和签发人".to_owned()));
        }
        let six = self.copy.len() == 6 && self.copy.bytes().all(|byte| byte.is_ascii_digit());
        if !self.copy.is_empty() && !six {
            return Err(shape(format!("份号应为6位数字：{}", self.copy)));
        }
        if !["", "特急", "加急"].contains(&self.urgency.as_str()) {
            return Err(shape(format!("紧急程度应为特急或者加急：{}", self.urgency)));
        }
        if self.signer.chars().count() > SIGNER || self.signer.chars().any(char::is_control) {
            return Err(shape(format!("签发人应为姓名，不超过{SIGNER}字")));
        }
        Ok(())
    }

    fn field(&mut self, name: &str) -> Result<&mut String, PaperError> {
        Ok(match name {
            "份号" => &mut self.copy,
            "密级和保密期限" => &mut self.secrecy,
            "紧急程度" => &mut self.urgency,
            "签发人" => &mut self.signer,
            "标志" => &mut self.issuer,
            "文号" => &mut self.number,
            "标题" => &mut self.title,
            "主送" => &mut self.addressee,
            "落款" => &mut self.signed,
            "日期" => &mut self.dated,
            "抄送" => &mut self.copies,
            _ => return Err(shape(format!("不认识的首部项“{name}”"))),
        })
    }
}

fn shape(problem: String) -> PaperError {
    PaperError::Shape(problem)
}

fn push(body: &mut Vec<Block>, line: &str) -> Result<(), PaperError> {
    if let Some(cells) = line.strip_prefix('|') {
        let cells: Vec<String> = cells.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        match body.last_mut() {
            Some(Block::Table(rows)) if rows.first().is_some_and(|head| head.len() == cells.len()) => rows.push(cells),
            Some(Block::Table(_)) => return Err(shape(format!("表格各行列数不同：{line}"))),
            _ => body.push(Block::Table(vec![cells])),
        }
        return Ok(());
    }
    body.push(match level(line) {
        Some(level) => Block::Heading(level, line.to_owned()),
        None => Block::Text(line.to_owned()),
    });
    Ok(())
}

/// The level a line's own number gives it. A numbered line that is a sentence of the third or fourth level is a
/// paragraph all the same: it is set in the body's type.
fn level(line: &str) -> Option<u8> {
    let numeral = |c: char| "一二三四五六七八九十".contains(c);
    let after = |rest: &str, of: fn(char) -> bool| rest.trim_start_matches(of).to_owned();
    if line.starts_with(numeral) && line.trim_start_matches(numeral).starts_with('、') {
        return Some(1);
    }
    if let Some(rest) = line.strip_prefix('（') {
        if rest.starts_with(numeral) && rest.trim_start_matches(numeral).starts_with('）') {
            return Some(2);
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) && after(rest, |c| c.is_ascii_digit()).starts_with('）') {
            return Some(4);
        }
    }
    if line.starts_with(|c: char| c.is_ascii_digit()) && after(line, |c| c.is_ascii_digit()).starts_with('．') {
        return Some(3);
    }
    None
}

/// Text of a user that goes into a document: no line of it can become a head line, a table or an annex.
pub fn plain(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| line.trim_start_matches(['#', '|']).trim_start().replace('|', "／"));
    lines.collect::<Vec<_>>().join("　")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &str = "标志：示例省商务厅\n标题：关于某事的通知\n主送：各市商务局\n落款：示例省商务厅\n日期：2026年9月18日\n\n\
        为某事，通知如下。\n一、总体安排\n（一）时间\n1．先做此事。\n# 名单\n| 序号 | 单位 |\n| 1 | 示例协会 |\n";

    #[test]
    fn a_text_is_read_by_its_head_its_numbers_and_its_annexes() {
        let document = Document::parse(NOTICE).expect("parses");
        assert_eq!(document.addressee, "各市商务局");
        assert_eq!(document.body[1], Block::Heading(1, "一、总体安排".to_owned()));
        assert_eq!(document.body[2], Block::Heading(2, "（一）时间".to_owned()));
        assert_eq!(document.body[3], Block::Heading(3, "1．先做此事。".to_owned()));
        let rows = vec![vec!["序号".to_owned(), "单位".to_owned()], vec!["1".to_owned(), "示例协会".to_owned()]];
        assert_eq!(document.annexes[0].body, [Block::Table(rows)]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (text, problem) in [
            ("主送：某局\n\n正文", "没有标题"),
            ("题目：某事\n", "不认识的首部项"),
            ("份号：000001\n标题：某事\n", "没有发文机关标志"),
            ("签发人：示例\n标题：某事\n", "没有发文机关标志"),
            ("份号：1\n标志：某厅\n标题：某事\n", "6位数字"),
            ("紧急程度：很急\n标志：某厅\n标题：某事\n", "特急或者加急"),
            ("标题：某事\n\n| 甲 | 乙 |\n| 1 |", "列数不同"),
        ] {
            let error = Document::parse(text).expect_err("refused").to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn what_a_user_typed_stays_text() {
        assert_eq!(plain("# 名单\n| a | b |\n\n理由"), "名单　a ／ b ／　理由");
    }
}
