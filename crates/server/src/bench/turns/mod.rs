//! `ermu bench turns`: who speaks when. Scripted callers talk to the real voice activity, end-of-turn model, transcriber and
//! dialogue core. Time is counted in sound, not in seconds of this machine: a model's answer comes after the CPU time
//! that it took, so that a busy machine changes nothing and the silence between two sentences costs nothing.
//!
//! Rates as τ-voice names them: *yield* (a real interruption silences Ermu and is answered), *ignore* (a sign of listening, a
//! cough, somebody else's voice does not), *response* (a turn is answered, neither before it is over nor late).

mod callers;
mod cases;
mod observe;
mod report;
mod score;
mod world;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use ermu_engine::TurnConfig;

use self::{callers::Callers, cases::Half, report::Report, world::Studio};
use super::{Machine, write_json};
use crate::{config::Config, terminal};

/// Arguments of `ermu bench turns`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ermu bench turns
  ermu bench turns --half tuning --try barge_in_ms=140 --only backchannel
  ermu bench turns --end-of-turn-model off --json without.json

An interruption is yielded to if Ermu falls silent within 2 s and treats the words as a turn; the time counts from the
first audible 10 ms of the caller's clip to the last audible 10 ms of Ermu's, without transport. Something is ignored
if Ermu says its reply to the end, answers nothing, and the line was never silent on both sides for more than 200 ms:
Ermu may hold its tongue while the caller sounds. How often Ermu itself was not silent for 200 ms stands beside it.")]
pub(crate) struct TurnsArgs {
    /// Sounds with their manifest
    #[arg(long, value_name = "FOLDER", default_value = "audio-fixtures/turns")]
    fixtures: PathBuf,
    /// Real recordings that interrupt too (manifest.tsv, FLAC); left out where the folder is not there
    #[arg(long, value_name = "FOLDER", default_value = "../shared/data/speech")]
    recordings: PathBuf,
    /// Which cases: thresholds were chosen on `tuning`
    #[arg(long, value_enum, default_value_t = HalfArg::HeldOut)]
    half: HalfArg,
    /// Only cases whose name begins so
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Whether the end-of-turn model is asked
    #[arg(long, value_enum, default_value_t = Switch::On)]
    end_of_turn_model: Switch,
    /// Try another waiting time of turn-taking; may be given several times
    #[arg(long = "try", value_name = "KEY=NUMBER")]
    tries: Vec<String>,
    /// Multiply the CPU times of the models: on a busy machine they are longer than on a quiet one
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    cpu_scale: f64,
    /// Print what happens in each case
    #[arg(long)]
    verbose: bool,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HalfArg {
    Tuning,
    HeldOut,
    Both,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// It is asked.
    On,
    /// It is not.
    Off,
}

impl TurnsArgs {
    /// Plays every case and reports.
    pub(crate) fn run(self, config: &Config) -> anyhow::Result<()> {
        let turns = with_tries(&self.tries)?;
        let machine = Machine::before();
        let halves: &[Half] = match self.half {
            HalfArg::Tuning => &[Half::Tuning],
            HalfArg::HeldOut => &[Half::HeldOut],
            HalfArg::Both => &[Half::Tuning, Half::HeldOut],
        };
        let callers = Callers::read(&self.fixtures, &self.recordings)?;
        let mut cases: Vec<_> = halves.iter().flat_map(|half| cases::all(&callers, *half)).collect();
        if let Some(only) = &self.only {
            cases.retain(|case| case.name.starts_with(only));
        }
        let mut studio = Studio::open(config, turns, self.end_of_turn_model, self.cpu_scale.clamp(0.0, 10.0))?;
        let mut report = Report::new(machine, format!("{:?}", self.half), self.end_of_turn_model == Switch::On);
        let count = cases.len();
        for (index, case) in cases.iter().enumerate() {
            let seen = studio.play(case)?;
            let outcome = score::score(case, &seen);
            if self.verbose || !outcome.is_good() {
                terminal::note(format!("{}/{count} {}: {outcome}", index + 1, case.name));
            }
            if self.verbose {
                seen.lines().iter().for_each(|line| terminal::note(format!("    {line}")));
            }
            report.add(case, &outcome);
        }
        let report = report.finish(self.cpu_scale, studio.cpu_ms());
        report.table().iter().for_each(terminal::say);
        self.json.map_or(Ok(()), |path| write_json(&path, &report))
    }
}

/// The waiting times of every call, with some of them replaced.
fn with_tries(tries: &[String]) -> anyhow::Result<TurnConfig> {
    let mut turns = serde_json::to_value(TurnConfig::default())?;
    for one in tries {
        let (key, value) = one.split_once('=').with_context(|| format!("--try {one}: wants KEY=NUMBER"))?;
        let value: u32 = value.parse().with_context(|| format!("--try {one}: {value} is no number"))?;
        turns[key] = value.into();
    }
    serde_json::from_value(turns).context("--try")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_time_can_be_tried() {
        assert_eq!(with_tries(&["barge_in_ms=7".to_owned()]).unwrap().barge_in_ms, 7);
        assert!(with_tries(&["barge_in_ms".to_owned()]).is_err());
        assert!(with_tries(&["no_such_key=7".to_owned()]).is_err());
    }
}
