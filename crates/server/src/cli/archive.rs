//! `fengsui archive`: makes a year's archive package, and verifies one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use regulation::general::{Subject, Verb};

use super::{BadInput, Place, existing_settings, operator};
use crate::app::App;
use crate::clock::Clock;
use crate::general::archive::{self, Problem};
use crate::worker;

#[derive(Subcommand)]
pub(super) enum ArchiveCommand {
    /// 把一年的文书、评分表和汇总表打成归档包：PDF、元数据、目录、自检报告和清单
    Make {
        /// 归档包目录，须不存在或为空
        dir: PathBuf,
        /// 年度
        #[arg(long, value_parser = clap::value_parser!(i64).range(2000..=2999))]
        year: i64,
        /// 全宗号，由档案部门给定；不给则元数据中留空待填
        #[arg(long, default_value = "")]
        fonds: String,
        #[command(flatten)]
        place: Place,
    },
    /// 核验归档包；有文件改动、缺少或多出时指出第一个并以 1 退出
    Verify {
        dir: PathBuf,
        /// 打包时给出、另行留存的清单校验值，可发现清单本身被重做
        #[arg(long)]
        manifest: Option<String>,
    },
}

impl ArchiveCommand {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            ArchiveCommand::Make { dir, year, fonds, place } => make(&dir, year, fonds.trim(), place).await,
            ArchiveCommand::Verify { dir, manifest } => verify(&dir, manifest.as_deref()),
        }
    }
}

async fn make(dir: &Path, year: i64, fonds: &str, place: Place) -> anyhow::Result<ExitCode> {
    empty(dir)?;
    let settings = existing_settings(place)?;
    let (store, objects) = (settings.open_store().await?, settings.open_objects()?);
    worker::seal_all(&store).await?;
    let clock = Clock::System;
    let app = App::new(store.clone(), objects, clock.clone(), settings).await?;
    let mandate = operator(Verb::MakeArchive, &Subject::whole("archive", year), &clock)?;
    let Some(made) = archive::make(&app, year, fonds, dir).await? else {
        bail!(BadInput(format!("{year} 年没有可归档的文书和已确认的评估结果")));
    };
    let mut tx = store.begin(&mandate, clock.now()).await?;
    tx.note(format!("{year} 年归档包，{} 件，清单校验值 {}", made.items, made.manifest_sha256));
    tx.commit().await?;
    worker::seal_all(&store).await?;
    println!("归档包已写入 {}：{} 件，清单校验值 {}", dir.display(), made.items, made.manifest_sha256);
    Ok(ExitCode::SUCCESS)
}

/// Whether the package may be written there: nothing of another year or another day may stand between its files.
fn empty(dir: &Path) -> anyhow::Result<()> {
    match std::fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => bail!(BadInput(format!("{}：不是空目录", dir.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => bail!(BadInput(format!("{}：无法使用（{error}）", dir.display()))),
    }
}

fn verify(dir: &Path, manifest: Option<&str>) -> anyhow::Result<ExitCode> {
    let whole = match archive::verify(dir) {
        Ok(whole) => whole,
        Err(Problem::NoPackage(sentence)) => bail!(BadInput(sentence)),
        Err(Problem::Broken(sentence)) => {
            eprintln!("fengsui：{}：{sentence}", dir.display());
            return Ok(ExitCode::FAILURE);
        }
    };
    if manifest.is_some_and(|kept| !kept.trim().eq_ignore_ascii_case(&whole.manifest_sha256)) {
        eprintln!("fengsui：{}：清单已重做，校验值为 {}", dir.display(), whole.manifest_sha256);
        return Ok(ExitCode::FAILURE);
    }
    println!("归档包完整：{} 个文件，清单校验值 {}", whole.files, whole.manifest_sha256);
    Ok(ExitCode::SUCCESS)
}
