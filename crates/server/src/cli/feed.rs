//! Foreign notices from files, on the command line: one JSON object per line, refusals beside it, a count at the end.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use feeds::{Desk, Mapping, Outcome, Source, Tally, TradeNotice};

use super::{BadInput, named, read_input};

#[derive(Subcommand)]
pub enum FeedCommand {
    /// 解析国外贸易救济、TBT/SPS 等公告文件：每条输出一行 JSON，不能识别的记录写到标准错误，末行为计数；有不能识别的记录以 1 退出
    Parse {
        /// 来源：us-fr-json us-fr-xml us-fr-csv ita-orders eu-cellar eu-search eu-rss eu-cases eping-xlsx eping-json uk dgtr rss csv
        source: String,
        /// 文件，可多个
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 列映射（TOML），只用于 csv 来源（CSV 或 .xlsx）
        #[arg(long)]
        mapping: Option<PathBuf>,
    },
}

impl FeedCommand {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let FeedCommand::Parse { source, files, mapping } = self;
        let source: Source = source.parse().map_err(BadInput)?;
        let mapping = mapping.as_deref().map(|file| read_mapping(source, file)).transpose()?;
        // Every file is opened before the first line is written: a wrong name costs nothing.
        let files = files.into_iter().map(opened).collect::<Result<Vec<_>, _>>()?;
        let desk = Desk::shipped()?;
        let mut lines = BufWriter::new(std::io::stdout().lock());
        let mut sum = Tally::default();
        for (path, file) in files {
            sum += parse(&desk, source, &path, file, mapping.as_ref(), &mut lines)?;
        }
        lines.flush()?;
        eprintln!("read={} notices={} refused={}", sum.read, sum.notices, sum.refused);
        Ok(if sum.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn read_mapping(source: Source, file: &Path) -> anyhow::Result<Mapping> {
    if source != Source::Csv {
        return Err(BadInput(format!("--mapping 只用于 csv 来源，不用于 {source}")).into());
    }
    Ok(Mapping::parse(&read_input(file)?).map_err(|error| BadInput(format!("{}：{error}", named(file))))?)
}

fn opened(path: PathBuf) -> Result<(PathBuf, File), BadInput> {
    let unreadable = |error: std::io::Error| BadInput(format!("{}：无法读取（{error}）", named(&path)));
    let file = File::open(&path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(BadInput(format!("{}：是目录，不是文件", named(&path))));
    }
    Ok((path, file))
}

fn parse(
    desk: &Desk,
    source: Source,
    path: &Path,
    mut file: File,
    mapping: Option<&Mapping>,
    lines: &mut dyn Write,
) -> anyhow::Result<Tally> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| BadInput(format!("{}：无法读取（{error}）", named(path))))?;
    let mut written = Ok(());
    let tally = desk.parse(source, &bytes, mapping, &mut |outcome| match outcome {
        Outcome::Notice(notice) if written.is_ok() => written = write_line(lines, &notice),
        Outcome::Notice(_) => {}
        Outcome::Refused(refused) => eprintln!("{}：{refused}", named(path)),
    });
    written?;
    Ok(tally)
}

fn write_line(lines: &mut dyn Write, notice: &TradeNotice) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *lines, notice)?;
    Ok(lines.write_all(b"\n")?)
}
