//! Makes the sounds of `audio-fixtures/manifest.toml` again, or with `--listen` prints what Whisper hears in those that are
//! there: `cargo run --release -p ermu-speech --example make_fixtures [-- --listen] [--turns] [FILE…]`. `--turns` takes
//! `audio-fixtures/turns/manifest.toml` instead.
//!
//! The same weights on the same processor give the same bytes: noise comes from a fixed seed.
#![expect(clippy::print_stdout, reason = "this program's output is its purpose")]

use std::{error::Error, fs, path::Path, time::Duration};

use ermu_audio::{
    g711, level, opus,
    resample::resample,
    wav::{self, Clip},
};
use ermu_domain::{Language, SampleRate};
use ermu_speech::{
    synth::{Synthesizer, SynthesizerFiles, VoiceName},
    transcriber::{TranscribeOptions, Transcriber},
};
use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[expect(dead_code, reason = "for the reader")]
    licence: String,
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    file: String,
    /// Of those for turn-taking: what it is, and on which half of the cases it is used.
    #[expect(dead_code, reason = "for `ermu bench turns`")]
    kind: Option<String>,
    #[expect(dead_code, reason = "for `ermu bench turns`")]
    half: Option<String>,
    speech: Option<Utterance>,
    sound: Option<Sound>,
    sequence: Option<Vec<Part>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Utterance {
    text: String,
    language: Language,
    voice: VoiceName,
    #[serde(default = "natural")]
    speed: f32,
    noise: Option<Noise>,
    snr_db: Option<f32>,
    codec: Option<Codec>,
}

fn natural() -> f32 {
    1.0
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Noise {
    White,
    Babble,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Codec {
    /// G.711 μ-law at 8 kHz, the telephone.
    #[serde(rename = "mulaw_8k")]
    Mulaw,
    /// Opus at the server's own settings, the browser.
    Opus,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sound {
    kind: SoundKind,
    seconds: f32,
    /// Another cough, other keys.
    #[serde(default)]
    seed: u64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SoundKind {
    Silence,
    White,
    Cough,
    /// A cough that goes through a throat.
    ThroatyCough,
    Keyboard,
    /// Something is put down, a door is shut.
    Knock,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Part {
    Silence { silence_s: f32 },
    File { file: String },
}

const RATE: SampleRate = SampleRate::HZ_16000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let of_turns = arguments.iter().any(|argument| argument == "--turns");
    let folder = ermu_testkit::root().join(if of_turns { "audio-fixtures/turns" } else { "audio-fixtures" });
    let manifest: Manifest = toml::from_str(&fs::read_to_string(folder.join("manifest.toml"))?)?;
    let listening = arguments.iter().any(|argument| argument == "--listen");
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let chosen = manifest.fixture.iter().filter(|fixture| wanted.is_empty() || wanted.contains(&&fixture.file));
    if listening {
        return listen(&folder, chosen);
    }
    let mut studio = Studio::open(&manifest)?;
    for fixture in chosen {
        let pcm = match (&fixture.speech, &fixture.sound, &fixture.sequence) {
            (Some(utterance), None, None) => studio.utterance(utterance)?,
            (None, Some(sound), None) => make(sound),
            (None, None, Some(parts)) => join(&folder, parts)?,
            _ => return Err(format!("{}: give one of speech, sound and sequence", fixture.file).into()),
        };
        wav::write(&folder.join(&fixture.file), RATE, &[&pcm])?;
        println!("{:6.2} s  {}", pcm.len() as f32 / RATE.hz() as f32, fixture.file);
    }
    Ok(())
}

/// The voices, and the murmur of a room full of them.
struct Studio {
    synthesizer: Synthesizer,
    babble: Vec<f32>,
}

impl Studio {
    fn open(manifest: &Manifest) -> Result<Self> {
        let mut voices: Vec<VoiceName> =
            manifest.fixture.iter().filter_map(|fixture| Some(fixture.speech.as_ref()?.voice.clone())).collect();
        voices.sort();
        voices.dedup();
        let style = |voice: VoiceName| (voice.clone(), ermu_testkit::model(&format!("kokoro-style-{voice}")));
        let files = SynthesizerFiles {
            model: ermu_testkit::model("kokoro"),
            vocab: ermu_testkit::model("kokoro-vocab"),
            styles: voices.into_iter().map(style).collect(),
        };
        let synthesizer = Synthesizer::load(&ermu_testkit::init_onnx(), &files)?;
        Ok(Self { synthesizer, babble: Vec::new() })
    }

    fn utterance(&mut self, utterance: &Utterance) -> Result<Vec<f32>> {
        let mut pcm = self.say(&utterance.text, utterance.language, &utterance.voice, utterance.speed)?;
        if let Some(noise) = utterance.noise {
            let mut background = match noise {
                Noise::White => white(pcm.len(), 7),
                Noise::Babble => self.babble(pcm.len())?,
            };
            let snr_db = utterance.snr_db.ok_or("noise needs snr_db")?;
            let gain = level::rms(&pcm) / level::rms(&background) * level::from_dbfs(-snr_db);
            background.iter_mut().for_each(|sample| *sample *= gain);
            pcm.iter_mut().zip(background).for_each(|(sample, noise)| *sample = (*sample + noise).clamp(-1.0, 1.0));
        }
        match utterance.codec {
            None => Ok(pcm),
            Some(Codec::Mulaw) => {
                let mut narrow = resample(&pcm, RATE, SampleRate::HZ_8000)?;
                g711::through_ulaw(&mut narrow);
                Ok(resample(&narrow, SampleRate::HZ_8000, RATE)?)
            }
            Some(Codec::Opus) => through_opus(&pcm),
        }
    }

    fn say(&mut self, text: &str, language: Language, voice: &VoiceName, speed: f32) -> Result<Vec<f32>> {
        let speech = self.synthesizer.synthesize(text, language, voice, speed)?;
        Ok(resample(&speech.pcm_24k, SampleRate::HZ_24000, RATE)?)
    }

    /// Six sentences at once, each beginning somewhere else.
    fn babble(&mut self, samples: usize) -> Result<Vec<f32>> {
        if self.babble.is_empty() {
            let mut murmur = vec![0.0; 6 * RATE.hz() as usize];
            for (turn, (text, language, voice)) in [
                ("今天的天气真不错，下午我们一起去公园走走吧，晚上再吃火锅。", Language::Chinese, "zf_xiaoxiao"),
                ("这件事情我跟他说过很多次了，他就是不听，我也没有办法。", Language::Chinese, "zm_yunxi"),
                ("下个月我们要搬家，东西太多了，不知道怎么收拾才好。", Language::Chinese, "zf_xiaoyi"),
                (
                    "They closed the road near the station, so we walked home along the river.",
                    Language::English,
                    "am_michael",
                ),
                (
                    "My sister is coming over next weekend, and we are going to bake a cake.",
                    Language::English,
                    "af_heart",
                ),
                ("周末的电影票已经买好了，你几点钟到，我在门口等你。", Language::Chinese, "zm_yunxi"),
            ]
            .into_iter()
            .enumerate()
            {
                let voice = self.say(text, language, &voice.into(), 1.0)?;
                let loudness = level::rms(&voice);
                let length = murmur.len();
                for (at, sample) in murmur.iter_mut().enumerate() {
                    *sample += voice[(at + turn * length / 7) % voice.len()] / loudness;
                }
            }
            self.babble = murmur;
        }
        Ok(self.babble.iter().copied().cycle().skip(4_321).take(samples).collect())
    }
}

fn through_opus(pcm: &[f32]) -> Result<Vec<f32>> {
    let mut wide = resample(pcm, RATE, SampleRate::HZ_48000)?;
    wide.resize(wide.len().next_multiple_of(ermu_audio::FRAME_SAMPLES), 0.0);
    let (mut encoder, mut decoder) = (opus::OpusEncoder::new(opus::OpusOptions::default())?, opus::OpusDecoder::new()?);
    let mut heard = Vec::with_capacity(wide.len());
    for frame in wide.chunks_exact(ermu_audio::FRAME_SAMPLES) {
        let packet = encoder.encode(frame.try_into()?)?;
        decoder.decode(Some(&packet), &mut heard)?;
    }
    Ok(resample(&heard, SampleRate::HZ_48000, RATE)?)
}

fn make(sound: &Sound) -> Vec<f32> {
    let samples = (sound.seconds * RATE.hz() as f32) as usize;
    match sound.kind {
        SoundKind::Silence => vec![0.0; samples],
        SoundKind::White => white(samples, 11).into_iter().map(|sample| sample * 0.05).collect(),
        SoundKind::Cough => bursts(samples, &[(0.25, 0.16, 0.5), (0.62, 0.22, 0.35)], 0.55),
        SoundKind::ThroatyCough => cough(samples, sound.seed),
        SoundKind::Keyboard => {
            let strokes: Vec<_> = (0..22_u64)
                .map(|n| (0.15 + 0.125 * n as f32 + 0.03 * (((n + sound.seed) * 7) % 5) as f32, 0.012, 0.16))
                .collect();
            bursts(samples, &strokes, 0.1)
        }
        SoundKind::Knock => {
            bursts(samples, &[(0.1, 0.05, 0.6), (0.1 + 0.07 * (sound.seed + 2) as f32, 0.08, 0.4)], 0.9)
        }
    }
}

/// Noise that starts at once and decays, at (seconds, decay in seconds, amplitude). `smooth` from 0 (hiss) to 1 (rumble).
fn bursts(samples: usize, at: &[(f32, f32, f32)], smooth: f32) -> Vec<f32> {
    let mut low = 0.0;
    let noise: Vec<f32> = white(samples, 13)
        .into_iter()
        .map(|sample| {
            low = smooth * low + (1.0 - smooth) * sample;
            low
        })
        .collect();
    let seconds = |index: usize| index as f32 / RATE.hz() as f32;
    let envelope = |index: usize| -> f32 {
        let one = |&(start, decay, amplitude): &(f32, f32, f32)| {
            let age = seconds(index) - start;
            if age < 0.0 { 0.0 } else { amplitude * (age / 0.004).min(1.0) * (-age / decay).exp() }
        };
        at.iter().map(one).sum()
    };
    noise.iter().enumerate().map(|(index, sample)| (sample * envelope(index) * 2.0).clamp(-1.0, 1.0)).collect()
}

/// One to three coughs: a burst of air, its noise through the resonances of a throat, and a little voice at the end.
fn cough(samples: usize, seed: u64) -> Vec<f32> {
    let mut dice = white(64, 1_000 + seed).into_iter().map(|x| f64::from(x) * 0.5 + 0.5);
    let mut between = |low: f64, high: f64| low + (high - low) * dice.next().unwrap_or(0.5);
    let count = 1 + (seed % 3) as usize;
    let (length_s, pitch_hz) = (between(0.16, 0.3), between(110.0, 260.0));
    let formants = [between(450.0, 750.0), between(1_200.0, 1_800.0), between(2_400.0, 3_200.0)];
    let noise = white(samples, 2_000 + seed);
    let rate = f64::from(RATE.hz());
    let mut states = [[0.0_f64; 2]; 3];
    let cough = |at: f64| -> (f64, f64) {
        (0..count)
            .map(|n| at - 0.1 - n as f64 * (length_s + 0.12))
            .filter(|age| (0.0..length_s * 2.5).contains(age))
            .map(|age| {
                let breath = (age / 0.006).min(1.0) * (-age / (length_s * 0.35)).exp();
                let voice = ((age - length_s * 0.5) / 0.02).clamp(0.0, 1.0) * (-(age - length_s * 0.5) / 0.06).exp();
                (breath, 0.35 * voice.min(1.0))
            })
            .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let mut out: Vec<f32> = Vec::with_capacity(samples);
    for (n, noise) in noise.iter().enumerate() {
        let at = n as f64 / rate;
        let (breath, voice) = cough(at);
        let pulse = if (at * pitch_hz).fract() < pitch_hz / rate { 8.0 } else { 0.0 };
        let source = breath * f64::from(*noise) + voice * pulse;
        let mut sum = 0.15 * source;
        for (state, hz) in states.iter_mut().zip(formants) {
            // A two-pole resonator of 150 Hz.
            let radius = (-std::f64::consts::PI * 150.0 / rate).exp();
            let next = source * (1.0 - radius) + 2.0 * radius * (std::f64::consts::TAU * hz / rate).cos() * state[0]
                - radius * radius * state[1];
            *state = [next, state[0]];
            sum += next;
        }
        out.push(sum as f32);
    }
    let peak = level::peak(&out).max(1e-6);
    out.into_iter().map(|x| x / peak * 0.6).collect()
}

/// White noise in −1..1 (xorshift64).
fn white(samples: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(samples).collect()
}

fn join(folder: &Path, parts: &[Part]) -> Result<Vec<f32>> {
    let mut joined = Vec::new();
    for part in parts {
        match part {
            Part::Silence { silence_s } => joined.resize(joined.len() + (silence_s * RATE.hz() as f32) as usize, 0.0),
            Part::File { file } => joined.extend(read(&folder.join(file))?.mono()),
        }
    }
    Ok(joined)
}

fn read(path: &Path) -> Result<Clip> {
    Ok(wav::read(path, Duration::from_secs(300))?)
}

fn listen<'a>(folder: &Path, fixtures: impl Iterator<Item = &'a Fixture>) -> Result<()> {
    let transcriber = Transcriber::load(&ermu_testkit::model("whisper-base-q8_0"))?;
    let mut worker = transcriber.worker()?;
    for fixture in fixtures.filter(|fixture| fixture.sequence.is_none()) {
        let language = fixture.speech.as_ref().map_or(Language::Chinese, |utterance| utterance.language);
        let options = TranscribeOptions { language, ..TranscribeOptions::default() };
        let heard = worker.transcribe(&read(&folder.join(&fixture.file))?.mono(), &options)?;
        let said = fixture.speech.as_ref().map_or("", |utterance| &utterance.text);
        println!("{}\n    said  {said}\n    heard {heard:?}", fixture.file);
    }
    Ok(())
}
