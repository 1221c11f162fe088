//! `ermu bench`: measurements that anyone can repeat. One module a subcommand; each prints a table and writes its numbers
//! as JSON, under which stands the machine that they were taken on.

pub(crate) mod asr;
mod distribution;
pub(crate) mod emotion;
pub(crate) mod latency;
mod machine;
pub(crate) mod turns;

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

pub(crate) use self::{distribution::Distribution, machine::Machine};

/// Writes a report as JSON.
pub(crate) fn write_json(path: &Path, report: &impl Serialize) -> anyhow::Result<()> {
    write(path, &serde_json::to_vec_pretty(report)?)
}

/// Writes a file, making its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    written.and_then(|()| std::fs::write(path, bytes)).with_context(|| format!("cannot write {}", path.display()))
}
