//! Attachments of the sample: pictures and papers drawn by the program, stored once and used many times.

use bytes::Bytes;
use store::Objects;
use store::files::{Stored, Upload};

use super::luck::Luck;
use super::picture;

/// How many different pictures and papers there are.
const PICTURES: usize = 24;
const PAPERS: usize = 8;

pub struct Props {
    photos: Vec<Stored>,
    papers: Vec<Stored>,
}

impl Props {
    /// Draws and stores them.
    ///
    /// # Errors
    /// Fails when the storage does.
    pub async fn prepare(objects: &Objects, seed: u64) -> anyhow::Result<Props> {
        let mut luck = Luck::new(seed, "pictures");
        let mut props = Props { photos: Vec::new(), papers: Vec::new() };
        for n in 0..PICTURES {
            let bytes = picture::meeting(&mut luck, n)?;
            props.photos.push(put(objects, "image/png", bytes).await?);
        }
        for n in 0..PAPERS {
            props.papers.push(put(objects, "application/pdf", super::paper::sign_in_sheet(&mut luck, n)).await?);
        }
        Ok(props)
    }

    pub fn photo(&self, luck: &mut Luck, name: &str) -> Stored {
        Stored { file_name: name.to_owned(), ..luck.pick(&self.photos).clone() }
    }

    pub fn paper(&self, luck: &mut Luck, name: &str) -> Stored {
        Stored { file_name: name.to_owned(), ..luck.pick(&self.papers).clone() }
    }
}

async fn put(objects: &Objects, media_type: &str, bytes: Vec<u8>) -> anyhow::Result<Stored> {
    let upload = Upload { file_name: String::new(), media_type: media_type.to_owned(), bytes: Bytes::from(bytes) };
    Ok(objects.put(upload).await?)
}
