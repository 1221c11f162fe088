//! `ermu bench emotion`: how well anger is told from calm and from all else, on speakers whom the head never heard; and the
//! training of the heads that are shipped, by the same code.
//!
//! - Leave speakers out: each is judged by a head trained without them, calibration included.
//! - Enrolment: none, or three calm utterances of the same speaker through the same line, chosen by chance ten times;
//!   they are not tested.
//! - One utterance, and two of the same emotion together (mean of their log odds).

mod channel;
mod corpus;
mod dice;
mod protocol;
mod regression;
mod score;
mod train;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    thread,
};

use anyhow::Context;
use clap::Args;
use ermu_audio::prosody;
use ermu_speech::emotion::Weights;
use serde::Serialize;

use self::{
    channel::Channel,
    corpus::Recording,
    dice::Dice,
    protocol::{Alarms, Scores},
    train::{CLIP, ENROLLED, Utterance},
};
use super::Machine;
use crate::terminal;

/// Which corpus a language's head is trained for.
const HEADS: [(&str, &str); 2] = [("zh", "casia"), ("en", "ravdess")];
/// Groups of speakers that are held out in turn: single speakers where there are no more than this.
const FOLDS: usize = 3;
/// Choices of the enrolled utterances.
const DRAWS: usize = 10;
/// Voices that babble at once.
const BABBLE: usize = 6;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ermu bench emotion --data ../shared/data/emotion --json emotion.json")]
pub(crate) struct EmotionArgs {
    /// Folder with manifest.csv (file, corpus, speaker, emotion) and mono FLAC files at 16 kHz, or WAV
    #[arg(long, value_name = "DIR", default_value = "../shared/data/emotion")]
    data: PathBuf,
    /// Write the measurements as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also train heads on all speakers and write their weights
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    /// By corpus, channel, `unknown` or `enrolled`, `one` or `two` utterances.
    scores: BTreeMap<String, BTreeMap<Channel, BTreeMap<&'static str, Lengths>>>,
    /// By corpus and acted emotion: how often it passes for anger, three calm utterances known, as recorded.
    alarms: BTreeMap<String, BTreeMap<String, Alarms>>,
}

#[derive(Debug, Serialize)]
struct Lengths {
    one: Scores,
    two: Scores,
}

impl EmotionArgs {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if !self.data.join("manifest.csv").is_file() {
            terminal::say(format!("skipped: no data at {}", self.data.display()));
            return Ok(());
        }
        let machine = Machine::before();
        terminal::note("listening …");
        let utterances = listen(&corpus::read(&self.data)?)?;
        let utterances: Vec<&Utterance> = utterances.iter().collect();
        if let Some(path) = &self.train {
            terminal::note("training …");
            let heads =
                HEADS.iter().map(|(language, own)| Ok(((*language).to_owned(), train::train(own, &utterances)?)));
            let weights = Weights::new(CLIP, heads.collect::<anyhow::Result<_>>()?);
            super::write(path, serde_json::to_string(&weights)?.replace("},\"", "},\n\"").as_bytes())?;
        }
        let mut report = Report { machine, scores: BTreeMap::new(), alarms: BTreeMap::new() };
        let mut corpora: Vec<&str> = utterances.iter().map(|utterance| utterance.corpus.as_str()).collect();
        corpora.sort_unstable();
        corpora.dedup();
        for corpus in corpora {
            terminal::note(format!("{corpus}: training without the speakers that are tested …"));
            report.add(corpus, &utterances)?;
            report.print(corpus);
        }
        report.machine = report.machine.after();
        terminal::say(report.machine.line());
        self.json.as_ref().map_or(Ok(()), |path| super::write_json(path, &report))
    }
}

/// Measures every utterance through every line.
fn listen(recordings: &[Recording]) -> anyhow::Result<Vec<Utterance>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = recordings.len().div_ceil(threads).max(1);
    let all = recordings;
    thread::scope(|scope| {
        let work = |first: usize| {
            let part = all.iter().enumerate().skip(first).take(share);
            part.map(|(n, recording)| measure(n, recording, all)).collect::<anyhow::Result<Vec<_>>>()
        };
        let workers: Vec<_> = (0..all.len()).step_by(share).map(|first| scope.spawn(move || work(first))).collect();
        let mut utterances = Vec::with_capacity(all.len());
        for worker in workers {
            utterances.extend(worker.join().map_err(|_| panicked())??);
        }
        Ok(utterances)
    })
}

fn panicked() -> anyhow::Error {
    anyhow::anyhow!("a thread of the bench panicked")
}

fn measure(n: usize, recording: &Recording, all: &[Recording]) -> anyhow::Result<Utterance> {
    // Voices of other corpora babble; where there are none, those of other speakers.
    let strangers: Vec<&Recording> = all.iter().filter(|other| other.corpus != recording.corpus).collect();
    let others: Vec<&Recording> = all.iter().filter(|other| other.speaker != recording.speaker).collect();
    let voices = if strangers.is_empty() { others } else { strangers };
    let mut dice = Dice::new(n as u64);
    let babble: Vec<&[f32]> = match voices.len() {
        0 => Vec::new(),
        count => (0..BABBLE).map(|_| voices[dice.below(count)].pcm_16k.as_slice()).collect(),
    };
    let mut features = [const { None }; Channel::ALL.len()];
    for channel in Channel::ALL {
        let pcm_8k = channel.carry(&recording.pcm_16k, &babble).with_context(|| format!("utterance {n}"))?;
        features[channel as usize] = prosody::features(&pcm_8k).map(Box::new);
    }
    Ok(Utterance {
        corpus: recording.corpus.clone(),
        speaker: recording.speaker.clone(),
        emotion: recording.emotion.clone(),
        class: Utterance::class_of(&recording.emotion),
        features,
    })
}

impl Report {
    fn add(&mut self, corpus: &str, utterances: &[&Utterance]) -> anyhow::Result<()> {
        let fallback = HEADS.iter().find(|(language, _)| *language == "en").map_or(corpus, |(_, own)| own);
        let own = HEADS.iter().find(|(_, own)| *own == corpus).map_or(fallback, |(_, own)| own);
        let fold = |part: &BTreeSet<String>| -> anyhow::Result<_> {
            let (tested, heard): (Vec<&Utterance>, Vec<&Utterance>) =
                utterances.iter().partition(|utterance| part.contains(&utterance.speaker));
            Ok((train::prepared(train::train(own, &heard)?)?, tested))
        };
        let folds = thread::scope(|scope| {
            let fold = &fold;
            let parts = train::parts(corpus, utterances, FOLDS);
            let workers: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || fold(&part))).collect();
            let joined = workers.into_iter().map(|worker| worker.join().map_err(|_| panicked())?);
            joined.collect::<anyhow::Result<Vec<_>>>()
        })?;
        for channel in Channel::ALL {
            for (name, enrolled) in [("unknown", 0), ("enrolled", ENROLLED)] {
                let Some(outcome) = protocol::measure(&folds, channel, enrolled, DRAWS) else { continue };
                let channels = self.scores.entry(corpus.to_owned()).or_default();
                let lengths = Lengths { one: outcome.one, two: outcome.two };
                channels.entry(channel).or_default().insert(name, lengths);
                if channel == Channel::Clean && enrolled > 0 {
                    self.alarms.insert(corpus.to_owned(), outcome.alarms);
                }
            }
        }
        Ok(())
    }

    fn print(&self, corpus: &str) {
        terminal::say(
            "| corpus, line, caller, utterances | angry/calm acc | AUC | within | angry/rest AUC | within | recall at 5 % \
             | angry/all AUC | recall at 5 % | 4 classes |",
        );
        terminal::say("|---|---|---|---|---|---|---|---|---|---|");
        for (channel, callers) in self.scores.get(corpus).into_iter().flatten() {
            for (caller, Lengths { one, two }) in callers {
                for (count, s) in [(1, one), (2, two)] {
                    let title = format!("{corpus}, {}, {caller}, {count}", channel.title());
                    terminal::say(format!("| {title} | {} |", s.cells().join(" | ")));
                }
            }
        }
        let share = |(emotion, a): (&String, &Alarms)| format!("{emotion} {:.3} / {:.3}", a.over_50, a.over_80);
        let shares: Vec<String> = self.alarms.get(corpus).into_iter().flatten().map(share).collect();
        terminal::say(format!("{corpus}, clean, enrolled, P(angry) > 0.5 / ≥ 0.8: {}", shares.join(", ")));
    }
}
