use clap::{Args, Subcommand};

use crate::{bench::latency, config::Config};

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    what: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Place scripted calls: latency by stage, CPU time, memory
    Latency(latency::LatencyArgs),
}

impl BenchArgs {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        match self.what {
            Bench::Latency(args) => args.run(&config).await,
        }
    }
}
