//! `ermu bench asr`: what the transcriber hears in recordings whose words are known, what it invents where nobody speaks,
//! and what it costs.

mod gate;
mod manifest;
mod names;
mod noises;
mod orders;
mod score;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Instant,
};

use anyhow::bail;
use clap::Args;
use ermu_audio::{g711, resample::resample};
use ermu_domain::{Language, SampleRate};
use ermu_engine::article_by_sound;
use ermu_speech::{
    synth::VoiceName,
    transcriber::{Expecting, Heard, TranscribeOptions, TranscriberWorker},
    vad::VoiceActivity,
};
use serde::Serialize;

use self::{
    manifest::{Row, Truth},
    names::{Catalogue, Names},
    orders::Numbers,
};
use super::{Distribution, Machine};
use crate::{
    config::Config,
    terminal,
    wiring::{ModelFiles, read_pack},
};

/// Who reads the names aloud that no recording holds.
const VOICES: [&str; 3] = ["zf_xiaoxiao", "zm_yunxi", "zf_xiaoyi"];
const SENTENCES: [&str; 4] = ["我买的NAME坏了。", "NAME什么时候发货？", "我想退掉上周买的NAME。", "NAME"];

const AFTER_HELP: &str = "\
Examples:
  ermu bench asr audio-fixtures ../shared/data/speech --json asr.json
  ermu bench asr ../shared/data/speech --category zh_read --category zh_cmd --category zh_digits

Errors are characters of Chinese and words of other languages, as shares of what was said. Punctuation does not count, nor
how a number is written (64岁 is 六十四岁), nor which of 他她它 and of 的地得 is written, which sound the same.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, after_long_help = format!("{AFTER_HELP}\n\n{}", manifest::HELP))]
pub(crate) struct AsrArgs {
    /// Folder with recordings and a manifest of what is said in them (--help tells the formats)
    #[arg(value_name = "FOLDER", required = true)]
    folders: Vec<PathBuf>,
    /// Only recordings of this category; may be given more than once
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    /// How many names of the built-in catalogue are spoken by synthetic voices, besides those in the recordings
    #[arg(long, value_name = "COUNT", default_value_t = 60)]
    names: usize,
    /// Leave out the ten minutes of sounds without words
    #[arg(long)]
    no_noise: bool,
    /// Print every utterance
    #[arg(long)]
    list: bool,
    /// Write the measurements as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    /// By language code: rows whose every word is known.
    languages: BTreeMap<String, Score>,
    /// By category; several folders with the same category count together.
    categories: BTreeMap<String, Score>,
    /// Recordings of which only key words are known, by language code.
    key_words: BTreeMap<String, KeyWords>,
    numbers: Numbers,
    names: Names,
    /// None if left out.
    invented: Option<Invented>,
    cost: Cost,
}

/// How far what was heard is from what was said.
#[derive(Debug, Default, Serialize)]
struct Score {
    utterances: usize,
    /// Characters or words that were said, and of these the ones that are wrong, missing or added.
    units: usize,
    errors: usize,
    error_rate: f64,
    /// Utterances without an error, and those of which nothing was heard.
    exact: usize,
    empty: usize,
    cpu_s_per_utterance: f64,
    audio_s: f64,
}

#[derive(Debug, Default, Serialize)]
struct KeyWords {
    words: usize,
    heard: usize,
}

/// What was heard where nobody spoke, behind voice activity as in a call.
#[derive(Debug, Default, Serialize)]
struct Invented {
    minutes: f64,
    /// Stretches that voice activity took for speech.
    passed_by_voice_activity: usize,
    utterances: usize,
    per_10_minutes: f64,
    by_sound: BTreeMap<&'static str, usize>,
    /// The words, to see what kind they are.
    words: Vec<String>,
}

/// What a transcription costs; the recordings only.
#[derive(Debug, Serialize)]
struct Cost {
    cpu_s_per_utterance: f64,
    wall_s: Option<Distribution>,
    /// CPU seconds for a second of sound.
    real_time_factor: f64,
}

impl AsrArgs {
    pub(crate) fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        for folder in &self.folders {
            rows.extend(manifest::read(folder)?);
        }
        let known: BTreeSet<&str> = rows.iter().map(|row| row.category.as_str()).collect();
        if let Some(unknown) = self.category.iter().find(|name| !known.contains(name.as_str())) {
            bail!("no recording is of the category {unknown:?}; there are {known:?}");
        }
        rows.retain(|row| self.category.is_empty() || self.category.contains(&row.category));
        let mut bench = Bench::new(config, self.list)?;
        for row in &rows {
            bench.recording(row)?;
        }
        bench.cost = bench.cost();
        bench.speak_names(self.names)?;
        if !self.no_noise {
            bench.noises(&rows)?;
        }
        let report = bench.report();
        report.print();
        match &self.json {
            Some(path) => super::write_json(path, &report),
            None => Ok(()),
        }
    }
}

struct Bench {
    machine: Machine,
    files: ModelFiles,
    worker: TranscriberWorker,
    vad: VoiceActivity,
    catalogue: Catalogue,
    list: bool,
    languages: BTreeMap<String, Score>,
    categories: BTreeMap<String, Score>,
    key_words: BTreeMap<String, KeyWords>,
    numbers: Numbers,
    names: Names,
    invented: Option<Invented>,
    wall_s: Vec<f64>,
    cpu_s: f64,
    audio_s: f64,
    cost: Cost,
}

impl Bench {
    fn new(config: &Config, list: bool) -> anyhow::Result<Self> {
        let files = ModelFiles::open()?;
        let pack = read_pack(&config.shop.pack)?;
        let catalogue = Catalogue::new(pack.examples().map(str::to_owned).collect());
        Ok(Self {
            machine: Machine::before(),
            worker: files.transcriber(config)?.worker()?,
            vad: files.voice_activity()?,
            files,
            names: catalogue.results(),
            catalogue,
            list,
            languages: BTreeMap::new(),
            categories: BTreeMap::new(),
            key_words: BTreeMap::new(),
            numbers: Numbers::default(),
            invented: None,
            wall_s: Vec::new(),
            cpu_s: 0.0,
            audio_s: 0.0,
            cost: Cost { cpu_s_per_utterance: 0.0, wall_s: None, real_time_factor: 0.0 },
        })
    }

    /// The words that are heard; none is an empty text.
    fn hear(&mut self, pcm_16k: &[f32], language: Language, expecting: Expecting) -> anyhow::Result<String> {
        let options = TranscribeOptions { language, expecting, ..TranscribeOptions::default() };
        let heard = self.worker.transcribe(pcm_16k, &options)?;
        if self.list {
            terminal::say(format!("      {heard:?}"));
        }
        Ok(match heard {
            Heard::Words { text, .. } => text,
            Heard::Nothing(_) => String::new(),
        })
    }

    fn recording(&mut self, row: &Row) -> anyhow::Result<()> {
        let pcm = row.sound()?;
        if self.list {
            terminal::say(format!("{}\n      {:?}", row.file.display(), row.truth));
        }
        let (cpu_before, began) = (process_cpu_s(), Instant::now());
        let heard = self.hear(&pcm, row.language, row.expecting.into())?;
        let (cpu_s, audio_s) = (process_cpu_s() - cpu_before, pcm.len() as f64 / 16_000.0);
        self.wall_s.push(began.elapsed().as_secs_f64());
        self.cpu_s += cpu_s;
        self.audio_s += audio_s;
        match &row.truth {
            Truth::KeyWords(words) => {
                let found = self.key_words.entry(row.language.code().to_owned()).or_default();
                found.words += words.len();
                found.heard += score::key_words_heard(words, &heard, row.language);
            }
            Truth::Words(said) => {
                let errors = score::compare(said, &heard, row.language);
                if let Some(digits) = row.digits() {
                    self.numbers.add(&digits, &heard);
                }
                if row.language == Language::Chinese
                    && let Some(name) = self.catalogue.name_in(said).map(str::to_owned)
                {
                    self.name(&name, &heard);
                }
                for score in [
                    self.languages.entry(row.language.code().to_owned()).or_default(),
                    self.categories.entry(row.category.clone()).or_default(),
                ] {
                    score.add(errors, heard.is_empty(), cpu_s, audio_s);
                }
            }
        }
        Ok(())
    }

    /// A name in what was just heard, as a call finds it.
    fn name(&mut self, spoken: &str, heard: &str) {
        let worker = &mut self.worker;
        self.catalogue.add(&mut self.names, spoken, |articles| {
            article_by_sound(worker, articles, heard).unwrap_or_else(|| heard.to_owned())
        });
    }

    fn cost(&self) -> Cost {
        let utterances = self.wall_s.len().max(1) as f64;
        Cost {
            cpu_s_per_utterance: self.cpu_s / utterances,
            wall_s: Distribution::of(self.wall_s.iter().copied()),
            real_time_factor: self.cpu_s / self.audio_s.max(1e-9),
        }
    }

    /// Names of the catalogue in sentences, by three voices, every other one through the telephone.
    fn speak_names(&mut self, count: usize) -> anyhow::Result<()> {
        if count == 0 {
            return Ok(());
        }
        terminal::note(format!("speaking {count} names …"));
        let mut synthesizer = self.files.synthesizer(&VOICES)?;
        let names: Vec<String> = self.catalogue.some(count).map(str::to_owned).collect();
        for (i, name) in names.iter().enumerate() {
            let text = SENTENCES[i % SENTENCES.len()].replace("NAME", name);
            let voice = VoiceName::from(VOICES[i % VOICES.len()]);
            let speech = synthesizer.synthesize(&text, Language::Chinese, &voice, 1.0)?;
            let mut pcm = resample(&speech.pcm_24k, SampleRate::HZ_24000, SampleRate::HZ_16000)?;
            if i % 2 == 1 {
                let mut narrow = resample(&pcm, SampleRate::HZ_16000, SampleRate::HZ_8000)?;
                g711::through_ulaw(&mut narrow);
                pcm = resample(&narrow, SampleRate::HZ_8000, SampleRate::HZ_16000)?;
            }
            if self.list {
                terminal::say(&text);
            }
            let heard = self.hear(&pcm, Language::Chinese, Expecting::Anything)?;
            self.name(name, &heard);
        }
        Ok(())
    }

    /// Ten minutes without words. The murmur is made of the recordings.
    fn noises(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        const MURMURING: usize = 12;
        let whole = rows.iter().filter(|row| matches!(row.truth, Truth::Words(_))).take(MURMURING);
        let speech = whole.map(Row::sound).collect::<anyhow::Result<Vec<_>>>()?;
        let mut invented = Invented::default();
        for noise in noises::all(&speech) {
            terminal::note(format!("{} …", noise.name));
            let count = invented.by_sound.entry(noise.name).or_default();
            let utterances = gate::utterances(&mut self.vad, &noise.pcm_16k)?;
            invented.passed_by_voice_activity += utterances.len();
            for utterance in utterances {
                // Whatever was asked: where less is expected, less is needed to hear it.
                let mut texts = Vec::new();
                for expecting in [Expecting::Anything, Expecting::YesNo, Expecting::Digits] {
                    texts.push(self.hear(utterance, Language::Chinese, expecting)?);
                }
                if let Some(text) = texts.into_iter().find(|text| !text.is_empty()) {
                    *count += 1;
                    invented.utterances += 1;
                    invented.words.push(format!("{}: {text}", noise.name));
                }
            }
            invented.minutes += noise.pcm_16k.len() as f64 / 16_000.0 / 60.0;
        }
        invented.per_10_minutes = invented.utterances as f64 * 10.0 / invented.minutes;
        self.invented = Some(invented);
        Ok(())
    }

    fn report(self) -> Report {
        Report {
            machine: self.machine.after(),
            languages: self.languages,
            categories: self.categories,
            key_words: self.key_words,
            numbers: self.numbers,
            names: self.names,
            invented: self.invented,
            cost: self.cost,
        }
    }
}

impl Score {
    fn add(&mut self, errors: score::Errors, empty: bool, cpu_s: f64, audio_s: f64) {
        self.cpu_s_per_utterance =
            (self.cpu_s_per_utterance * self.utterances as f64 + cpu_s) / (self.utterances + 1) as f64;
        self.utterances += 1;
        self.units += errors.units;
        self.errors += errors.errors;
        self.error_rate = self.errors as f64 / self.units.max(1) as f64;
        self.exact += usize::from(errors.errors == 0);
        self.empty += usize::from(empty);
        self.audio_s += audio_s;
    }
}

impl Report {
    fn print(&self) {
        terminal::say(format!(
            "{:<18} {:>5} {:>7} {:>8} {:>6} {:>6} {:>9}",
            "", "n", "units", "errors %", "exact", "empty", "CPU s/utt"
        ));
        let languages = self.languages.iter().map(|(code, score)| (format!("all {code}"), score));
        let categories = self.categories.iter().map(|(name, score)| (name.clone(), score));
        for (name, score) in languages.chain(categories) {
            let Score { utterances, units, error_rate, exact, empty, cpu_s_per_utterance, .. } = score;
            let percent = 100.0 * error_rate;
            terminal::say(format!(
                "{name:<18} {utterances:>5} {units:>7} {percent:>8.1} {exact:>6} {empty:>6} {cpu_s_per_utterance:>9.3}"
            ));
        }
        for (code, KeyWords { words, heard }) in &self.key_words {
            terminal::say(format!("key words in {code}: {heard} of {words} heard"));
        }
        terminal::say(self.numbers.line());
        terminal::say(self.names.line());
        if let Some(invented) = &self.invented {
            let Invented { minutes, passed_by_voice_activity, utterances, by_sound, words, .. } = invented;
            terminal::say(format!(
                "{minutes:.0} minutes without words: {passed_by_voice_activity} stretches taken for speech, {utterances} with words"
            ));
            for (sound, count) in by_sound.iter().filter(|(_, count)| **count > 0) {
                terminal::say(format!("  {sound}: {count}"));
            }
            words.iter().for_each(|words| terminal::say(format!("  {words}")));
        }
        let Cost { cpu_s_per_utterance, wall_s, real_time_factor } = &self.cost;
        let wall = wall_s.map_or(String::new(), |wall| format!(", wall p50 {:.2} s, p95 {:.2} s", wall.p50, wall.p95));
        terminal::say(format!(
            "{cpu_s_per_utterance:.3} CPU seconds an utterance{wall}; {real_time_factor:.3} CPU seconds a second of sound"
        ));
        terminal::say(self.machine.line());
    }
}

/// CPU seconds of this process with all its threads, ended ones too; 0 where the system does not tell.
fn process_cpu_s() -> f64 {
    /// Linux counts in hundredths of a second (`getconf CLK_TCK`).
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in parentheses, may hold anything; the numbers stand behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}
