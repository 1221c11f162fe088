//! `cargo xtask demo`: from a fresh clone to a real call.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value;

use crate::{models, process, setup};

#[derive(Args)]
#[command(after_help = "Example:\n  cargo xtask demo --once")]
pub(crate) struct DemoArgs {
    /// End after the call; succeed only if the ticket, the finding and the spoken answers are there
    #[arg(long)]
    pub(crate) once: bool,
}

/// What a demo began with; kept apart in what it records of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing was built.
    Cold,
    /// The program was there, perhaps an older one.
    Warm,
}

/// The call that is placed.
const SCRIPT: &str = "audio-fixtures/calls/zh-damage.toml";
const OUT: &str = "target/demo";
pub(crate) const PROGRAM: &str = "target/release/ermu";

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let started = Instant::now();
    let start = if Path::new(PROGRAM).exists() { Start::Warm } else { Start::Cold };
    setup::run(setup::Purpose::Demo)?;
    models::fetch(&models::FetchArgs::default())?;
    build()?;
    let out = Path::new(OUT);
    if out.join("call").exists() {
        fs::remove_dir_all(out.join("call"))?;
    }
    let mut server = Server::start(&out.join("data"))?;
    let call = out.join("call");
    process::run(
        Command::new(PROGRAM).args(["call", "--server", &server.url, "--script", SCRIPT, "--out"]).arg(&call),
    )?;
    let seconds = started.elapsed().as_secs_f64();
    println!("\nfrom the start of this command to the end of the call: {seconds:.0} s");
    fs::write(start.record(), format!("{seconds:.1}\n"))?;
    let found = check(&call);
    match &found {
        Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
        Err(error) => eprintln!("the demo is incomplete: {error:#}"),
    }
    if args.once {
        return found.map(drop);
    }
    println!("Ermu keeps taking calls: open {} in a browser. Ctrl-C ends it.", server.url);
    server.process.wait()?;
    Ok(())
}

/// Seconds that the last demo of this kind took in this checkout, to the end of its call.
pub(crate) fn last_seconds(start: Start) -> Option<f64> {
    fs::read_to_string(start.record()).ok()?.trim().parse().ok()
}

impl Start {
    fn record(self) -> PathBuf {
        Path::new(OUT).join(match self {
            Self::Cold => "cold-seconds.txt",
            Self::Warm => "warm-seconds.txt",
        })
    }
}

/// Builds the program, with the features that the tests use too, so that nothing compiles twice.
pub(crate) fn build() -> Result<()> {
    process::run(process::cargo().args(["build", "--release", "--workspace", "--bin", "ermu"]))
}

/// `ermu serve`, ended with this value.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Result<Self> {
        fs::create_dir_all(data)?;
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).stdout(Stdio::piped());
        eprintln!("$ {}", process::shown(&command));
        let mut server = Self { process: command.spawn()?, url: String::new() };
        let output = server.process.stdout.take().context("the server has no output")?;
        // One line, printed once calls can come in, ends with the address.
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let url = line.split_whitespace().last().filter(|url| url.starts_with("http://"));
        server.url = url.context("the server ended before it took calls; see above")?.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM lets it hang up and close its database; `Child::kill` would not.
        let id = self.process.id().to_string();
        if !process::succeeds("kill", &[&id]) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// What the call must have left: answers, a ticket with a finding as evidence, and the photo with the finding drawn.
fn check(call: &Path) -> Result<Vec<String>> {
    let summary: Value = serde_json::from_slice(&fs::read(call.join("summary.json")).context("summary.json")?)?;
    ensure!(summary["answered"] == true, "something that the caller said got no spoken answer");
    let tickets = files(call, "ticket-", ".json")?;
    let mut found = None;
    for path in &tickets {
        let ticket: Value = serde_json::from_slice(&fs::read(path)?)?;
        if let Some(photo) = ticket.pointer("/findings/0/photo").and_then(Value::as_str) {
            found = Some((path, call.join(format!("photo-{photo}.jpg"))));
        }
    }
    let Some((ticket, photo)) = found else {
        bail!("{} tickets, none with a finding on a photo", tickets.len());
    };
    ensure!(photo.is_file(), "{} with the finding drawn is not there", photo.display());
    ensure!(call.join("call.wav").is_file(), "no recording");
    Ok(vec![
        format!("ticket       {}", ticket.display()),
        format!("photo        {}", photo.display()),
        format!("recording    {}", call.join("call.wav").display()),
        format!("time line    {}", call.join("index.html").display()),
    ])
}

fn files(dir: &Path, prefix: &str, suffix: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(prefix) && name.to_string_lossy().ends_with(suffix) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(answered: bool, ticket: &str, photo: bool) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        write("summary.json", &format!("{{\"answered\": {answered}}}"));
        write("ticket-T1.json", ticket);
        write("call.wav", "");
        if photo {
            write("photo-p1.jpg", "");
        }
        dir
    }

    #[test]
    fn a_demo_holds_only_with_answers_ticket_finding_and_photo() {
        let ticket = r#"{"findings": [{"photo": "p1", "kind": "scratch"}]}"#;
        assert!(check(call(true, ticket, true).path()).is_ok());
        assert!(check(call(false, ticket, true).path()).is_err());
        assert!(check(call(true, r#"{"findings": []}"#, true).path()).is_err());
        assert!(check(call(true, ticket, false).path()).is_err());
        assert!(check(Path::new("nowhere")).is_err());
    }
}
