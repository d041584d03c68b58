//! The little world Typst sees: the templates of this crate, one file of data, the fonts. No disk, no clock.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::Fonts;
use crate::PaperError;

const TEMPLATES: [(&str, &str); 5] = [
    ("certificate.typ", include_str!("../../templates/certificate.typ")),
    ("page.typ", include_str!("../../templates/page.typ")),
    ("sheet.typ", include_str!("../../templates/sheet.typ")),
    ("official.typ", include_str!("../../templates/official.typ")),
    ("summary.typ", include_str!("../../templates/summary.typ")),
];
/// The paper, as the templates read it.
const DATA: &str = "data.json";

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// A desk for one paper: a template to follow, the data, the type.
pub(super) struct Desk<'a> {
    main: FileId,
    sources: Vec<Source>,
    data: (FileId, Bytes),
    fonts: &'a Fonts,
}

impl<'a> Desk<'a> {
    pub(super) fn new(template: &str, data: Vec<u8>, fonts: &'a Fonts) -> Result<Self, PaperError> {
        let sources = TEMPLATES.iter().map(|(name, text)| Ok(Source::new(file_id(name)?, (*text).to_owned())));
        Ok(Desk {
            main: file_id(template)?,
            sources: sources.collect::<Result<_, PaperError>>()?,
            data: (file_id(DATA)?, Bytes::new(data)),
            fonts,
        })
    }
}

fn file_id(name: &str) -> Result<FileId, PaperError> {
    let path = VirtualPath::new(name).map_err(|_| PaperError::Pdf(format!("文件名 {name} 无效")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = self.sources.iter().find(|source| source.id() == id);
        found.cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 { Ok(self.data.1.clone()) } else { Err(not_found(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
