//! The type: found once in the configured folders, read from disk when a paper first needs it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fmt, fs};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo};
use typst::utils::LazyHash;

use crate::PaperError;

/// Families for titles and tables, best first: free ones, then what a workstation with WPS may have.
const SERIF: [&str; 10] = [
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
];
/// Families for heads of columns.
const SANS: [&str; 10] = [
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
const PROBE: &str = "评估检查烽燧";
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
    serif: Vec<String>,
    sans: Vec<String>,
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
        let mut paths = Vec::new();
        for dir in dirs {
            collect(dir, DEEPEST, &mut paths);
        }
        // The order decides which face stands in for a missing one: never leave it to the file system.
        paths.sort();
        paths.dedup();
        let (infos, faces): (Vec<_>, Vec<_>) = paths.into_iter().flat_map(faces).unzip();
        let chinese: Vec<&str> = chinese_families(&infos);
        let first = chinese
            .first()
            .ok_or_else(|| PaperError::NoChineseFont(dirs.to_vec()))?;
        let (serif, sans) = (choose(&SERIF, &chinese), choose(&SANS, &chinese));
        // One of the two will do for both; any Chinese font will do for either.
        let fallback = [serif.as_slice(), &sans, &[(*first).to_owned()]].concat();
        let (serif, sans) = (or(serif, &fallback), or(sans, &fallback));
        Ok(Fonts {
            book: LazyHash::new(FontBook::from_infos(infos)),
            faces,
            serif,
            sans,
        })
    }

    /// Family names for text, best first; never empty.
    pub(super) fn serif(&self) -> &[String] {
        &self.serif
    }

    /// Family names for heads, best first; never empty.
    pub(super) fn sans(&self) -> &[String] {
        &self.sans
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
            .field("serif", &self.serif)
            .field("sans", &self.sans)
            .finish_non_exhaustive()
    }
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
    ending.is_some_and(|ending| {
        ["otf", "ttf", "ttc", "otc"]
            .iter()
            .any(|font| ending == *font)
    })
}

/// What a file holds; its bytes are let go again.
fn faces(path: PathBuf) -> Vec<(FontInfo, Face)> {
    let Ok(bytes) = fs::read(&path) else {
        return Vec::new();
    };
    let file = Arc::new(FontFile {
        path,
        bytes: OnceLock::new(),
    });
    let face = |index| Face {
        file: Arc::clone(&file),
        index,
        font: OnceLock::new(),
    };
    // By index: a broken face of a collection is left out without shifting those behind it.
    let infos = (0..face_count(&bytes))
        .filter_map(|index| Some((FontInfo::new(&bytes, index)?, face(index))));
    infos.collect()
}

/// Faces of a file: one, or as many as the head of a collection states.
fn face_count(bytes: &[u8]) -> u32 {
    match bytes.get(8..12) {
        Some(&[a, b, c, d]) if bytes.starts_with(b"ttcf") => {
            u32::from_be_bytes([a, b, c, d]).min(MOST_FACES)
        }
        _ => 1,
    }
}

fn chinese_families(infos: &[FontInfo]) -> Vec<&str> {
    let covers = |info: &&FontInfo| {
        PROBE
            .chars()
            .all(|char| info.coverage.contains(char as u32))
    };
    infos
        .iter()
        .filter(covers)
        .map(|info| info.family.as_str())
        .collect()
}

fn choose(wanted: &[&str], present: &[&str]) -> Vec<String> {
    let found = wanted.iter().filter(|name| present.contains(name));
    found.map(|name| (*name).to_owned()).collect()
}

fn or(names: Vec<String>, fallback: &[String]) -> Vec<String> {
    if names.is_empty() {
        fallback.to_vec()
    } else {
        names
    }
}
