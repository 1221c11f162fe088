use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::{terminal, wiring};

#[derive(Debug, Args)]
pub(super) struct ShopArgs {
    #[command(subcommand)]
    command: ShopCommand,
}

#[derive(Debug, Subcommand)]
enum ShopCommand {
    /// Check a shop pack; prints everything that is wrong, with file and line
    #[command(after_help = "Example:\n  ermu shop check shops/demo")]
    Check {
        /// Folder of the shop pack
        #[arg(value_name = "DIR")]
        pack: PathBuf,
    },
}

impl ShopArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let ShopCommand::Check { pack } = self.command;
        let report = wiring::check_pack(&pack)?;
        for hint in &report.hints {
            terminal::note(format!("note: {hint}"));
        }
        for mistake in &report.mistakes {
            terminal::say(mistake);
        }
        match report.mistakes.len() {
            0 => terminal::say(format!("{}: no mistakes, {} articles", pack.display(), report.articles)),
            1 => bail!("1 mistake in {}", pack.display()),
            count => bail!("{count} mistakes in {}", pack.display()),
        }
        Ok(())
    }
}
