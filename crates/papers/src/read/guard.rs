//! Sizes before contents: what an upload may be, and what it may unpack to.

use std::io::{Cursor, Read, copy, sink};

use zip::ZipArchive;

use super::MAX_BYTES;
use crate::PaperError;

/// Most bytes the parts of a workbook may unpack to: 200 MB; 20,000 rows of 30 columns take about 40.
const MAX_UNPACKED: u64 = 200 << 20;
/// Most parts of a workbook.
const MAX_PARTS: usize = 5_000;
/// How an old .xls and an encrypted .xlsx begin: both are OLE containers.
const OLE: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

/// Whether the bytes are a workbook of a size we read.
pub(super) fn check(bytes: &[u8]) -> Result<(), PaperError> {
    if bytes.len() > MAX_BYTES {
        return Err(PaperError::TooLarge((MAX_BYTES >> 20) as u64));
    }
    if bytes.starts_with(&OLE) {
        return Err(PaperError::OldOrLocked);
    }
    unpacks_within(bytes, MAX_UNPACKED)
}

/// Unpacks every part to nowhere and counts: the sizes an archive states are the sender's word.
fn unpacks_within(bytes: &[u8], limit: u64) -> Result<(), PaperError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| PaperError::NotXlsx)?;
    if !archive.file_names().flatten().any(|name| is_workbook(&name)) || archive.len() > MAX_PARTS {
        return Err(PaperError::NotXlsx);
    }
    let mut room = limit;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(damaged)?;
        let taken = copy(&mut part.take(room + 1), &mut sink()).map_err(damaged)?;
        let left = room.checked_sub(taken);
        room = left.ok_or(PaperError::TooLargeUnpacked(limit >> 20))?;
    }
    Ok(())
}

/// The part every workbook has; some writers begin its path with another slash or case.
fn is_workbook(part: &str) -> bool {
    part.to_ascii_lowercase().ends_with("workbook.xml")
}

fn damaged(error: impl std::fmt::Display) -> PaperError {
    PaperError::Damaged(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(part: &str, zeros: usize) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(part, SimpleFileOptions::default()).unwrap();
        writer.write_all(&vec![0; zeros]).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_bomb_is_counted_not_believed() {
        let bomb = archive("xl/workbook.xml", 3 << 20);
        assert!(bomb.len() < 64 << 10, "the bomb itself is small");
        assert!(matches!(unpacks_within(&bomb, 2 << 20), Err(PaperError::TooLargeUnpacked(2))));
        assert!(unpacks_within(&bomb, 3 << 20).is_ok());
    }

    #[test]
    fn other_archives_are_refused() {
        assert!(matches!(check(&archive("word/document.xml", 10)), Err(PaperError::NotXlsx)));
        assert!(matches!(check(b"PK\x03\x04"), Err(PaperError::NotXlsx)));
        assert!(matches!(check(&OLE), Err(PaperError::OldOrLocked)));
        assert!(matches!(check(&vec![0; MAX_BYTES + 1]), Err(PaperError::TooLarge(20))));
    }
}
