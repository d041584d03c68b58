//! The type: found once in the configured folders, read from disk when a paper first needs it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fmt, fs};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;

use crate::PaperError;

/// Families to set papers in, best first: free serif ones, what a workstation with WPS may have, then sans-serif.
/// A later one steps in for a character the earlier ones lack.
const FAMILIES: [&str; 20] = [
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "思源宋体",
    "FandolSong",
    "AR PL UMing CN",
    "SimSun",
    "宋体",
    "FangSong",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "思源黑体",
    "FandolHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Microsoft YaHei",
];
/// Characters of every annex: a font that lacks one of them cannot set it.
const PROBE: &str = "评估检查得分小计";
/// Deepest folder searched under a configured one.
const DEEPEST: usize = 8;
/// Most faces of a collection; the largest in use have a few dozen.
const MOST_FACES: u32 = 256;

/// The fonts of the configured folders.
///
/// [`Fonts::from_dirs`] reads every font file once to learn its names; the faces themselves are read, and kept, when
/// a paper first uses them. Make one at start and share it.
pub struct Fonts {
    book: LazyHash<FontBook>,
    faces: Vec<Face>,
    families: Vec<String>,
    /// Every family that can set Chinese.
    chinese: Vec<String>,
}

/// One face of a font file.
struct Face {
    file: Arc<FontFile>,
    index: u32,
    font: OnceLock<Option<Font>>,
}

/// A file with one face, or with a whole collection that shares its bytes.
struct FontFile {
    path: PathBuf,
    bytes: OnceLock<Option<Bytes>>,
}

impl Fonts {
    /// Searches the folders, and those below them, for `.otf`, `.ttf`, `.ttc` and `.otc` files.
    ///
    /// A folder or file that cannot be read is passed over: what counts is whether Chinese can be set.
    ///
    /// # Errors
    /// [`PaperError::NoChineseFont`] where no font found has the characters of the annex.
    pub fn from_dirs(dirs: &[PathBuf]) -> Result<Fonts, PaperError> {
        let paths = dirs.iter().flat_map(|dir| font_files(dir));
        let (infos, faces): (Vec<_>, Vec<_>) = paths.flat_map(faces).unzip();
        let chinese = chinese(&infos);
        let families = families(&chinese);
        if families.is_empty() {
            return Err(PaperError::NoChineseFont(dirs.to_vec()));
        }
        let book = LazyHash::new(FontBook::from_infos(infos));
        Ok(Fonts { book, faces, families, chinese })
    }

    /// Names of the families to set papers in, best first; never empty.
    pub(crate) fn families(&self) -> &[String] {
        &self.families
    }

    /// Those of the named families that are here, then the ones papers are set in.
    pub(crate) fn preferring(&self, names: &[&str]) -> Vec<String> {
        let here = names.iter().filter(|name| self.has(name)).map(|name| (*name).to_owned());
        here.chain(self.families.iter().cloned()).collect()
    }

    /// Whether one of the named families is here.
    pub(crate) fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    fn has(&self, name: &str) -> bool {
        self.chinese.iter().any(|family| family == name)
    }

    pub(super) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// The face at that place of the book; `None` too where its file has gone or changed since the search.
    pub(super) fn font(&self, index: usize) -> Option<Font> {
        let face = self.faces.get(index)?;
        let load = || Font::new(face.file.load()?, face.index);
        face.font.get_or_init(load).clone()
    }
}

impl FontFile {
    fn load(&self) -> Option<Bytes> {
        let read = || fs::read(&self.path).ok().map(Bytes::new);
        self.bytes.get_or_init(read).clone()
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fonts")
            .field("faces", &self.faces.len())
            .field("families", &self.families)
            .finish_non_exhaustive()
    }
}

/// Font files of a folder by name: which face stands in for a missing character is not the file system's to decide.
fn font_files(dir: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    collect(dir, DEEPEST, &mut paths);
    paths.sort();
    paths
}

fn collect(dir: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, paths);
            }
        } else if is_font(&path) {
            paths.push(path);
        }
    }
}

fn is_font(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ["otf", "ttf", "ttc", "otc"].iter().any(|font| ending == *font))
}

/// What a file holds; its bytes are let go again.
fn faces(path: PathBuf) -> Vec<(FontInfo, Face)> {
    let Ok(bytes) = fs::read(&path) else {
        return Vec::new();
    };
    let file = Arc::new(FontFile { path, bytes: OnceLock::new() });
    let face = |index| Face { file: Arc::clone(&file), index, font: OnceLock::new() };
    // By index: a broken face of a collection is left out without shifting those behind it.
    let infos = (0..face_count(&bytes)).filter_map(|index| Some((FontInfo::new(&bytes, index)?, face(index))));
    infos.collect()
}

/// Faces of a file: one, or as many as the head of a collection states.
fn face_count(bytes: &[u8]) -> u32 {
    match bytes.get(8..12) {
        Some(&[a, b, c, d]) if bytes.starts_with(b"ttcf") => u32::from_be_bytes([a, b, c, d]).min(MOST_FACES),
        _ => 1,
    }
}

/// The families with Chinese.
fn chinese(infos: &[FontInfo]) -> Vec<String> {
    let covers = |info: &&FontInfo| PROBE.chars().all(|char| info.coverage.contains(char as u32));
    infos.iter().filter(covers).map(|info| info.family.as_str().to_owned()).collect()
}

/// The known ones among them, in our order, or else whichever there is.
fn families(chinese: &[String]) -> Vec<String> {
    let known = FAMILIES.into_iter().filter(|name| chinese.iter().any(|family| family == name));
    let known: Vec<String> = known.map(str::to_owned).collect();
    if known.is_empty() { chinese.iter().take(1).cloned().collect() } else { known }
}
