//! `ermu bench latency`: real WebRTC calls on loopback, and what the caller waits for.
//!
//! The time of an answer is read from the stereo recording of the call as the caller heard it, from the caller's last sound
//! to the agent's first; its stages come from the server's event log, laid on the recording's time line.

mod calls;
mod compare;
mod html;
mod plot;
mod report;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;

use self::report::Report;
use super::{Machine, write, write_json};
use crate::{call::Script, config::Config, process::Server, terminal};

/// The scripts that are run if none is named.
const SCRIPTS: &str = "audio-fixtures/calls";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ermu bench latency --json target/latency.json --html target/latency.html\n  \
                        ermu bench latency --calls 1,2,4,8 --html target/latency.html\n  \
                        ermu bench latency --script audio-fixtures/calls/zh-damage.toml --times 5\n  \
                        ermu bench latency --compare before.json after.json")]
pub(crate) struct LatencyArgs {
    /// Call script, may be repeated; without it every script in audio-fixtures/calls is run
    #[arg(long, value_name = "FILE")]
    script: Vec<PathBuf>,
    /// How often each script is run
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    times: u16,
    /// Calls at once; several numbers are measured one after the other
    #[arg(long, value_name = "N,N…", value_delimiter = ',', default_value = "1",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    calls: Vec<u16>,
    /// Write the measurements as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with plots, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Keep the recording of every call in this folder
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Place no calls: compare two JSON files
    #[arg(long, num_args = 2, value_names = ["BEFORE", "AFTER"], conflicts_with_all = ["script", "times", "calls", "json", "recordings"])]
    compare: Option<Vec<PathBuf>>,
}

impl LatencyArgs {
    /// Measures, or compares what was measured.
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        if let Some([before, after]) = self.compare.as_deref() {
            let (before, after) = (Report::read(before)?, Report::read(after)?);
            compare::table(&before, &after).into_iter().for_each(terminal::say);
            return self.page(&after);
        }
        let paths = if self.script.is_empty() { scripts(Path::new(SCRIPTS))? } else { self.script.clone() };
        let scripts = paths
            .into_iter()
            .map(|path| Ok((name(&path), Script::read(&path)?)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut config = config.clone();
        let most = self.calls.iter().copied().max().unwrap_or(1);
        config.limits.calls = config.limits.calls.max(most.into());
        let machine = Machine::before();
        terminal::note("starting a server of its own …");
        let server = Server::start(&config).await?;
        let mut levels = Vec::new();
        for &at_once in &self.calls {
            let plan =
                calls::Plan { scripts: &scripts, times: self.times, at_once, recordings: self.recordings.as_deref() };
            levels.push(calls::measure(&server, plan).await?);
        }
        server.stop().await?;
        let scripts = scripts.into_iter().map(|(name, _)| name).collect();
        let report = Report { machine: machine.after(), scripts, times: self.times, levels };
        table::lines(&report).into_iter().for_each(terminal::say);
        if let Some(path) = &self.json {
            write_json(path, &report)?;
        }
        self.page(&report)
    }

    fn page(&self, report: &Report) -> anyhow::Result<()> {
        match &self.html {
            Some(path) => write(path, html::page(report).as_bytes()),
            None => Ok(()),
        }
    }
}

/// All call scripts in a folder, by name.
fn scripts(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| {
        format!("no call scripts at {}: run this in the repository, or name --script", folder.display())
    })?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    ensure!(!paths.is_empty(), "no call scripts at {}", folder.display());
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned())
}
