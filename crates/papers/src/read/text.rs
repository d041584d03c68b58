//! The words of a file that was handed in as evidence, to look them up by. The file is a stranger's: what is read is
//! bounded, whoever asks can call it off, and what a parser does with it costs the reading, not the process.

mod markup;
mod pdf;

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Reader, Xlsx};
use encoding_rs::{Encoding, GB18030};
use zip::ZipArchive;

use super::{MAX_BYTES, guard, value};

/// Most characters that are read of a file: some sixty pages.
pub const MAX_CHARACTERS: usize = 100_000;
/// Most bytes of one part of a container, unpacked.
const MAX_PART: u64 = 48 << 20;
/// Most parts of a container that are read, pages mostly.
const MAX_PARTS: usize = 500;

/// Why there are no words of a file. The text is Chinese and can be shown to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// A kind of file that has no words: a picture, a recording, an archive.
    #[error("该类文件没有可读取的文字")]
    Wordless,
    #[error("旧版或专有格式，请另存为 docx、xlsx 或 PDF 后上传")]
    Format,
    #[error("文件超过 20 MB")]
    TooLarge,
    #[error("文件设有密码，或者已损坏")]
    Damaged,
    #[error("文件中没有文字，可能是扫描件")]
    Empty,
    #[error("读取用时过长")]
    Slow,
}

impl Unread {
    /// Whether nobody would expect words of it, so that nothing has to be said.
    #[must_use]
    pub fn expected(self) -> bool {
        self == Unread::Wordless
    }
}

/// What is gathered of a text, up to the bound.
struct Gathered<'g> {
    text: String,
    left: usize,
    go_on: &'g dyn Fn() -> bool,
}

/// Thrown through a third party's parser to get out of it.
struct Enough;

impl Gathered<'_> {
    fn push(&mut self, text: &str) {
        for c in text.chars().take(self.left) {
            self.text.push(c);
            self.left -= 1;
        }
    }

    fn full(&self) -> bool {
        self.left == 0
    }

    fn stopped(&self) -> bool {
        !(self.go_on)()
    }

    /// Leaves the parser that called back, when there is enough or it takes too long.
    fn leave_when_done(&self) {
        if self.full() || self.stopped() {
            std::panic::resume_unwind(Box::new(Enough));
        }
    }
}

/// The words of a file, by the ending of its name, line by line. `go_on` is asked again and again while it is read; once it
/// says no, reading ends.
///
/// # Errors
/// Why there are none.
pub fn words_of(file_name: &str, bytes: &[u8], go_on: &dyn Fn() -> bool) -> Result<String, Unread> {
    let ending = file_name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let read: fn(&[u8], &mut Gathered<'_>) -> Option<()> = match ending.as_str() {
        "pdf" => pdf::read,
        "docx" => docx,
        "xlsx" => xlsx,
        "ofd" => ofd,
        "txt" => plain,
        "htm" | "html" => html,
        "doc" | "xls" | "wps" | "et" => return Err(Unread::Format),
        _ => return Err(Unread::Wordless),
    };
    if bytes.len() > MAX_BYTES {
        return Err(Unread::TooLarge);
    }
    let mut gathered = Gathered { text: String::new(), left: MAX_CHARACTERS, go_on };
    let outcome = catch_unwind(AssertUnwindSafe(|| read(bytes, &mut gathered)));
    let enough = match outcome {
        Ok(read) => read.is_some(),
        Err(thrown) => thrown.is::<Enough>(),
    };
    if gathered.stopped() {
        return Err(Unread::Slow);
    }
    match gathered.text.chars().any(char::is_alphanumeric) {
        // What was read before the damage is worth finding.
        true => Ok(gathered.text),
        false if enough => Err(Unread::Empty),
        false => Err(Unread::Damaged),
    }
}

fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    archive.by_name(name).ok()?.take(MAX_PART).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn docx(bytes: &[u8], gathered: &mut Gathered<'_>) -> Option<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    markup::xml(&part(&mut archive, "word/document.xml")?, "t", &["p", "br", "tab"], gathered);
    for notes in ["word/footnotes.xml", "word/endnotes.xml"] {
        if let Some(notes) = part(&mut archive, notes) {
            markup::xml(&notes, "t", &["p", "br", "tab"], gathered);
        }
    }
    Some(())
}

/// 版式文档 (GB/T 33190): pages of placed runs of text.
fn ofd(bytes: &[u8], gathered: &mut Gathered<'_>) -> Option<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let page = |name: &String| name.contains("/Pages/") && name.ends_with("Content.xml");
    let mut pages: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).filter(page).collect();
    // Page_2 before Page_10.
    pages.sort_by_key(|name| (name.len(), name.clone()));
    for name in pages.iter().take(MAX_PARTS) {
        markup::xml(&part(&mut archive, name)?, "TextCode", &["TextObject"], gathered);
    }
    (!pages.is_empty()).then_some(())
}

fn xlsx(bytes: &[u8], gathered: &mut Gathered<'_>) -> Option<()> {
    guard::check(bytes).ok()?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    for name in book.sheet_names().iter().take(MAX_PARTS) {
        gathered.push(name);
        gathered.push("\n");
        let mut cells = book.worksheet_cells_reader(name).ok()?;
        let mut row = None;
        while let Some(cell) = cells.next_cell().ok()? {
            gathered.leave_when_done();
            let text = value::text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            let (at, _) = cell.get_position();
            gathered.push(if row.replace(at) == Some(at) { "\t" } else { "\n" });
            gathered.push(&text);
        }
    }
    Some(())
}

fn plain(bytes: &[u8], gathered: &mut Gathered<'_>) -> Option<()> {
    gathered.push(&decoded(bytes));
    Some(())
}

fn html(bytes: &[u8], gathered: &mut Gathered<'_>) -> Option<()> {
    markup::html(&decoded(bytes), gathered);
    Some(())
}

/// By the byte order mark, else UTF-8 where it is that, else GB18030 as Chinese systems write.
fn decoded(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0,
        None => String::from_utf8(bytes.to_vec())
            .map_or_else(|_| GB18030.decode_without_bom_handling(bytes).0, std::borrow::Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).expect("part");
            writer.write_all(content.as_bytes()).expect("written");
        }
        writer.finish().expect("archive").into_inner()
    }

    fn read(name: &str, bytes: &[u8]) -> Result<String, Unread> {
        words_of(name, bytes, &|| true)
    }

    #[test]
    fn a_document_s_runs_of_a_paragraph_stand_together() {
        let body = "<w:document><w:p><w:r><w:t>全钢载</w:t></w:r><w:r><w:t>重轮胎 &amp; 光伏</w:t></w:r></w:p>\
                    <w:p><w:r><w:t>第二段</w:t></w:r></w:p></w:document>";
        let text = read("报告.DOCX", &archive(&[("word/document.xml", body)])).expect("read");
        assert_eq!(text.trim(), "全钢载重轮胎 & 光伏\n第二段");
    }

    #[test]
    fn pages_of_an_ofd_follow_upon_each_other() {
        let page = |text: &str| {
            format!("<ofd:Page><ofd:TextObject><ofd:TextCode X=\"1\">{text}</ofd:TextCode></ofd:TextObject></ofd:Page>")
        };
        let parts =
            [("Doc_0/Pages/Page_10/Content.xml", page("第十页")), ("Doc_0/Pages/Page_2/Content.xml", page("第二页"))];
        let parts: Vec<(&str, &str)> = parts.iter().map(|(name, page)| (*name, page.as_str())).collect();
        let text = read("公文.ofd", &archive(&parts)).expect("read");
        assert!(text.find("第二页") < text.find("第十页"), "{text}");
    }

    #[test]
    fn plain_text_comes_in_what_systems_write() {
        let (gbk, ..) = GB18030.encode("轮胎出口");
        assert_eq!(read("a.txt", &gbk).as_deref(), Ok("轮胎出口"));
        assert_eq!(read("a.txt", "\u{feff}轮胎".as_bytes()).as_deref(), Ok("轮胎"));
        let page = "<p>轮<b>胎</b></p><script>var x = '不是文字';</script><style>p{}</style><td>a&nbsp;&lt;b</td>";
        let text = read("a.html", page.as_bytes()).expect("read");
        assert!(text.contains("轮胎") && text.contains("<b") && !text.contains("不是文字"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(read("a.jpg", b"\xff\xd8"), Err(Unread::Wordless));
        assert_eq!(read("a.doc", b"\xd0\xcf"), Err(Unread::Format));
        assert_eq!(read("a.pdf", b"%PDF-1.7"), Err(Unread::Damaged));
        assert_eq!(read("a.docx", b"PK"), Err(Unread::Damaged));
        assert_eq!(read("a.xlsx", b"PK"), Err(Unread::Damaged));
        assert_eq!(read("a.txt", b" \n"), Err(Unread::Empty));
        assert_eq!(read("a.pdf", &vec![0; MAX_BYTES + 1]), Err(Unread::TooLarge));
        assert_eq!(words_of("a.txt", b"x", &|| false), Err(Unread::Slow));
    }

    #[test]
    fn no_more_is_read_than_there_is_room_for() {
        let long = "轮".repeat(MAX_CHARACTERS + 5);
        assert_eq!(read("a.txt", long.as_bytes()).expect("read").chars().count(), MAX_CHARACTERS);
        let body = format!("<w:p><w:t>{long}</w:t></w:p>");
        let text = read("a.docx", &archive(&[("word/document.xml", &body)])).expect("read");
        assert_eq!(text.chars().count(), MAX_CHARACTERS);
    }
}
