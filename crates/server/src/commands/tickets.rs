use std::{
    io::{Read, stdin},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use ermu_store::Store;

use crate::{
    config::Config,
    terminal,
    tickets::{self, Format},
};

/// The largest file that is read.
const LIMIT_BYTES: u64 = 1 << 30;

#[derive(Debug, Args)]
pub(super) struct TicketsArgs {
    /// Folder of the database
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: TicketsCommand,
}

#[derive(Debug, Subcommand)]
enum TicketsCommand {
    /// Write all tickets into a file, or to standard output
    #[command(after_help = "Examples:\n  ermu tickets export tickets.csv\n  ermu tickets export --format json")]
    Export {
        /// The file; its name tells the format
        file: Option<PathBuf>,
        /// json or csv
        #[arg(long)]
        format: Option<Format>,
    },
    /// Take tickets in from a file; what they asked for is not done again
    #[command(after_help = "Example:\n  ermu tickets import tickets.csv --data /srv/ermu/data")]
    Import {
        /// The file; its name tells the format. `-` is standard input
        file: PathBuf,
        /// json or csv
        #[arg(long)]
        format: Option<Format>,
    },
}

impl TicketsArgs {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let data = self.data.as_ref().unwrap_or(&config.shop.data);
        match self.command {
            TicketsCommand::Export { file, format } => {
                let format = format.or_else(|| Format::of(file.as_ref()?)).unwrap_or(Format::Json);
                let records = tickets::export(&open(data).await?).await?;
                let text = format.write(&records)?;
                match file {
                    Some(file) => {
                        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
                        terminal::note(format!("{} tickets in {}", records.len(), file.display()));
                    }
                    None => terminal::say(text.trim_end_matches('\n')),
                }
            }
            TicketsCommand::Import { file, format } => {
                let format = format
                    .or_else(|| Format::of(&file))
                    .with_context(|| format!("{} is neither .json nor .csv: say --format", file.display()))?;
                let records =
                    format.read(&read(&file)?).with_context(|| format!("{} was not imported", file.display()))?;
                let imported = tickets::import(&open(data).await?, records).await?;
                terminal::say(format!(
                    "{} new, {} renewed, {} left as they were",
                    imported.new, imported.renewed, imported.left
                ));
            }
        }
        Ok(())
    }
}

async fn open(data: &Path) -> anyhow::Result<Store> {
    if !data.is_dir() {
        bail!("there is no data folder {}", data.display());
    }
    Ok(Store::open(&data.join("ermu.db")).await?)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let failed = || format!("cannot read {}", file.display());
    let mut text = String::new();
    let length = if file == Path::new("-") {
        stdin().take(LIMIT_BYTES + 1).read_to_string(&mut text).with_context(failed)?
    } else {
        let file = std::fs::File::open(file).with_context(failed)?;
        file.take(LIMIT_BYTES + 1).read_to_string(&mut text).with_context(failed)?
    };
    if length as u64 > LIMIT_BYTES {
        bail!("{} is larger than {LIMIT_BYTES} bytes", file.display());
    }
    Ok(text)
}
