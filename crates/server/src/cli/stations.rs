//! Stations from before this system, from the command line: the same check as the page's, written only on request.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use regulation::general::{Subject, Verb};

use super::{BadInput, Place, migrate, named, operator, settings};
use crate::clock::Clock;
use crate::duties::registry::rows::{Counts, Held, Outcome, judge_rows, rows, take_in};
use crate::{editions, worker};

#[derive(Subcommand)]
pub enum StationsCommand {
    /// 导入原有工作站名单（.xlsx，用名册页面下载的模板）；先逐行核对，加 --confirm 才登记
    Import {
        file: PathBuf,
        /// 登记无误的行；不加只核对
        #[arg(long)]
        confirm: bool,
        #[command(flatten)]
        place: Place,
    },
}

impl StationsCommand {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let StationsCommand::Import { file, confirm, place } = self;
        let bad = |what: String| BadInput(format!("{}：{what}", named(&file)));
        let bytes = std::fs::read(&file).map_err(|error| bad(format!("无法读取（{error}）")))?;
        let sheet = papers::read_xlsx(&bytes).map_err(|error| bad(error.to_string()))?;
        let rows = rows(&sheet).map_err(bad)?;
        let store = settings(None, place)?.open_store().await?;
        let clock = Clock::System;
        migrate(&store, &clock).await?;
        let edition = editions::Editions::default().newest(&store).await?;
        let mandate = operator(Verb::MaintainRegistry, &Subject::whole("station_import", 0), &clock)?;
        let mut tx = store.begin(&mandate, clock.now()).await?;
        let held = Held::new(tx.stations_on_record().await?);
        let judged = judge_rows(&edition, clock.today(), rows, &held);
        let counts = Counts::of(&judged);
        for row in &judged {
            if let Outcome::Bad(reason) = &row.outcome {
                println!("第 {} 行\t{reason}", row.row.0);
            }
        }
        println!("{}。", counts.sentence());
        if confirm && counts.taken() > 0 {
            take_in(&mut tx, &judged).await.map_err(|error| match error.is_duplicate() {
                true => anyhow::anyhow!("核对之后名册有了变化，没有写入，请重新执行"),
                false => error.into(),
            })?;
            tx.commit().await?;
            worker::seal_all(&store).await?;
            println!("已登记 {} 家，补历年等次 {} 家。", counts.new, counts.grades);
        } else {
            tx.abandon().await?;
            println!("没有写入。{}", if counts.taken() > 0 { "加 --confirm 登记无误的行。" } else { "" });
        }
        Ok(if counts.bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
