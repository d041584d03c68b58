//! Attachments of the sample: pictures and papers drawn by the program, stored once and used many times.

use bytes::Bytes;
use store::Objects;
use store::files::{Stored, Upload};

use super::luck::Luck;
use super::{paper, picture};

/// How many different pictures of meetings, and of everything else.
const MEETINGS: usize = 16;
const OTHERS: usize = 4;

pub struct Props {
    meetings: Vec<Stored>,
    offices: Vec<Stored>,
    screens: Vec<Stored>,
    sign_ins: Vec<Stored>,
    reports: Vec<Stored>,
    letters: Vec<Stored>,
}

#[derive(Clone, Copy)]
pub enum Paper {
    SignIn,
    Report,
    Letter,
}

impl Props {
    /// Draws and stores them.
    ///
    /// # Errors
    /// Fails when the storage does.
    pub async fn prepare(objects: &Objects, seed: u64) -> anyhow::Result<Props> {
        let mut luck = Luck::new(seed, "props");
        let mut meetings = Vec::new();
        for n in 0..MEETINGS {
            meetings.push(put(objects, "image/png", picture::meeting(&mut luck, n)?).await?);
        }
        let (mut offices, mut screens) = (Vec::new(), Vec::new());
        let (mut sign_ins, mut reports, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..OTHERS {
            offices.push(put(objects, "image/png", picture::office(&mut luck, n)?).await?);
            screens.push(put(objects, "image/png", picture::screen(&mut luck, n)?).await?);
            sign_ins.push(put(objects, "application/pdf", paper::sign_in_sheet(&mut luck, n)).await?);
            reports.push(put(objects, "application/pdf", paper::report(&mut luck, n)).await?);
            letters.push(put(objects, "application/pdf", paper::letter(&mut luck, n)).await?);
        }
        Ok(Props { meetings, offices, screens, sign_ins, reports, letters })
    }

    pub fn meeting(&self, luck: &mut Luck, name: &str) -> Stored {
        named(luck, &self.meetings, name)
    }

    pub fn office(&self, luck: &mut Luck, name: &str) -> Stored {
        named(luck, &self.offices, name)
    }

    pub fn screen(&self, luck: &mut Luck, name: &str) -> Stored {
        named(luck, &self.screens, name)
    }

    pub fn paper(&self, luck: &mut Luck, paper: Paper, name: &str) -> Stored {
        let papers = match paper {
            Paper::SignIn => &self.sign_ins,
            Paper::Report => &self.reports,
            Paper::Letter => &self.letters,
        };
        named(luck, papers, name)
    }
}

fn named(luck: &mut Luck, stored: &[Stored], name: &str) -> Stored {
    Stored { file_name: name.to_owned(), ..luck.pick(stored).clone() }
}

async fn put(objects: &Objects, media_type: &str, bytes: Vec<u8>) -> anyhow::Result<Stored> {
    let upload = Upload { file_name: String::new(), media_type: media_type.to_owned(), bytes: Bytes::from(bytes) };
    Ok(objects.put(upload).await?)
}
