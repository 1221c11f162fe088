//! A server in a process of its own, so that its CPU time is its own.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::{Instant, sleep, timeout},
};

use crate::config::Config;

/// The start of a server may synthesise every fixed sentence.
const START: Duration = Duration::from_secs(600);
/// Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;
/// A server that used less than this share of a core for a while has nothing to do.
const IDLE_SHARE: f64 = 0.05;
const IDLE_FOR: Duration = Duration::from_secs(2);

/// A server of the same program.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) url: String,
    /// Where it keeps its database.
    pub(crate) data: tempfile::TempDir,
    process: tokio::process::Child,
}

/// What a process has used since it began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// CPU seconds.
    pub(crate) cpu_s: f64,
    /// CPU seconds of the threads that live, by their names without numbers.
    pub(crate) threads: BTreeMap<String, f64>,
    /// Resident memory.
    pub(crate) resident_bytes: u64,
    /// The most that was ever resident.
    pub(crate) peak_resident_bytes: u64,
}

impl Server {
    /// Starts `ermu serve` with this configuration on a free port, with a database of its own and the user's cache of speech. It may
    /// still be speaking ahead: see [`settle`](Self::settle).
    pub(crate) async fn start(config: &Config) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let settings = data.path().join("ermu.toml");
        std::fs::write(&settings, toml::to_string(config)?)?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .arg("--config")
            .arg(settings)
            .env("ERMU_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let line = timeout(START, lines.next_line()).await.context("the server did not start in time")??;
        let line = line.context("the server ended at once; see above")?;
        let url = line.split_whitespace().last().context("the server names no address")?.to_owned();
        Ok(Self { url, data, process })
    }

    /// Waits until the server is idle.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut before = self.usage()?.cpu_s;
        while began.elapsed() < START {
            sleep(IDLE_FOR).await;
            let now = self.usage()?.cpu_s;
            if now - before < IDLE_SHARE * IDLE_FOR.as_secs_f64() {
                return Ok(());
            }
            before = now;
        }
        anyhow::bail!("the server is still busy after {} s", START.as_secs());
    }

    /// Asks it to end, and waits until it has; gives its data.
    pub(crate) async fn stop(mut self) -> anyhow::Result<tempfile::TempDir> {
        if let Some(pid) = self.process.id() {
            Command::new("kill").arg(pid.to_string()).status().await?;
        }
        self.process.wait().await?;
        Ok(self.data)
    }

    /// What it has used so far.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(&self.process.id().context("the server has ended")?.to_string())
    }
}

impl Usage {
    /// What the process with this id (or `self`) has used.
    pub(crate) fn of(pid: &str) -> anyhow::Result<Self> {
        let process = format!("/proc/{pid}");
        let status = std::fs::read_to_string(format!("{process}/status"))?;
        let bytes = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() << 10
        };
        let mut threads = BTreeMap::new();
        for thread in std::fs::read_dir(format!("{process}/task"))? {
            // A thread may end while its numbers are read.
            let Ok(stat) = std::fs::read_to_string(thread?.path().join("stat")) else { continue };
            let name = stat.split(['(', ')']).nth(1).unwrap_or_default();
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
            *threads.entry(name.to_owned()).or_insert(0.0) += cpu_seconds(&stat);
        }
        Ok(Self {
            cpu_s: cpu_seconds(&std::fs::read_to_string(format!("{process}/stat"))?),
            threads,
            resident_bytes: bytes("VmRSS"),
            peak_resident_bytes: bytes("VmHWM"),
        })
    }

    /// What was used since `before`.
    pub(crate) fn since(mut self, before: &Self) -> Self {
        self.cpu_s -= before.cpu_s;
        for (name, seconds) in &mut self.threads {
            *seconds -= before.threads.get(name).copied().unwrap_or_default();
        }
        self
    }
}

/// User and system time in a `stat` file. The name, in parentheses, may hold anything; the numbers stand behind it.
fn cpu_seconds(stat: &str) -> f64 {
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SECOND
}

/// CPU seconds that the whole machine has used since it was started.
pub(crate) fn machine_cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
    let ticks: Vec<f64> = fields.filter_map(|ticks| ticks.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let busy: f64 = ticks.iter().enumerate().filter(|(field, _)| !matches!(field, 3 | 4)).map(|(_, ticks)| ticks).sum();
    busy / TICKS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_stands_behind_the_name() {
        let stat = "42 (evil) name) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
        assert_eq!(cpu_seconds(stat), 3.0);
    }

    #[test]
    fn this_process_has_used_something() {
        let usage = Usage::of("self").unwrap();
        assert!(usage.resident_bytes > 1 << 20 && usage.peak_resident_bytes >= usage.resident_bytes);
        assert!(!usage.threads.is_empty());
        assert!(machine_cpu_s() >= usage.cpu_s);
    }
}
