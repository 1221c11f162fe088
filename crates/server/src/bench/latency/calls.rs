//! Places the calls of one level: so many at once.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::report::{Level, Measured};
use crate::{
    call::{Record, Script, place_call},
    process::{Server, Usage, machine_cpu_s},
    terminal,
};

/// Calls that begin at once would all be answered at once, and then all be silent.
const STAGGER: Duration = Duration::from_millis(1_700);

/// What is called, how often, and how many at once.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) scripts: &'a [(String, Script)],
    pub(super) times: u16,
    pub(super) at_once: u16,
    pub(super) recordings: Option<&'a Path>,
}

/// Places every call of the plan and measures them. Each line takes the next call when it has finished one.
pub(super) async fn measure(server: &Server, plan: Plan<'_>) -> anyhow::Result<Level> {
    let Plan { scripts, times, at_once, recordings } = plan;
    server.settle().await?;
    let waiting: Vec<_> = (0..times).flat_map(|_| scripts.iter().cloned()).rev().collect();
    let all = waiting.len();
    let waiting = Arc::new(Mutex::new(waiting));
    let began = Instant::now();
    let (machine, own, used) = (machine_cpu_s(), Usage::of("self")?, server.usage()?);
    let mut lines = JoinSet::new();
    for line in 0..at_once.min(u16::try_from(all).unwrap_or(u16::MAX)) {
        let (waiting, url) = (Arc::clone(&waiting), server.url.clone());
        let recordings = recordings.map(Path::to_owned);
        lines.spawn(async move {
            sleep(STAGGER * line.into()).await;
            let mut done = Vec::new();
            loop {
                let Some((name, script)) = waiting.lock().await.pop() else { return anyhow::Ok(done) };
                let left = waiting.lock().await.len();
                terminal::note(format!("{at_once} at once: call {} of {all}, {name}", all - left));
                let outcome = place_call(&url, &script, |_, _| {}).await?;
                let record = Record::gather(&url, outcome).await?;
                if let Some(folder) = &recordings {
                    record.write(&folder.join(format!("{at_once}-{}-{name}", all - left)))?;
                }
                done.push(Measured::of(&name, &record));
            }
        });
    }
    let mut calls = Vec::new();
    while let Some(line) = lines.join_next().await {
        calls.extend(line??);
    }
    let wall_s = began.elapsed().as_secs_f64();
    let used = server.usage()?.since(&used);
    let own_cpu_s = Usage::of("self")?.since(&own).cpu_s;
    let machine_cpu_s = machine_cpu_s() - machine;
    Ok(Level::new(at_once, &calls, used, wall_s, own_cpu_s, machine_cpu_s))
}
