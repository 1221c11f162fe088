use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::{
    bench::{Bench, Child},
    call::{Record, Script, place_call},
    config::Config,
    terminal,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu bench --script audio-fixtures/calls/zh-damage.toml --times 5 --json bench.json"
)]
pub(super) struct BenchArgs {
    /// Call script; several are run one after the other
    #[arg(long, value_name = "FILE", required = true)]
    script: Vec<PathBuf>,
    /// How often each script is run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    times: u16,
    /// Write the measurements as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl BenchArgs {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let scripts = self.script.iter().map(|path| Script::read(path)).collect::<anyhow::Result<Vec<_>>>()?;
        terminal::note("starting a server of its own …");
        let server = Child::start(&config).await?;
        let mut bench = Bench::new(&server)?;
        for run in 0..self.times {
            for (script, path) in scripts.iter().zip(&self.script) {
                terminal::note(format!("{} ({}/{})", path.display(), run + 1, self.times));
                let outcome = place_call(&server.url, script, |_, _| {}).await?;
                bench.add(&Record::gather(&server.url, outcome).await?);
            }
        }
        let report = bench.finish(&server)?;
        for line in report.table() {
            terminal::say(line);
        }
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_vec_pretty(&report)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        server.stop().await
    }
}
