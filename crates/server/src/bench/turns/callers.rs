//! The sounds that callers make.

use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use ermu_audio::{level, wav};
use ermu_domain::{Language, SampleRate};
use serde::Deserialize;

use super::cases::Half;
use crate::terminal;

/// The rate of everything here.
pub(super) const RATE: SampleRate = SampleRate::HZ_48000;
/// The loudest 32 ms of a caller who speaks as usual, in dBFS.
const USUAL_DBFS: f32 = -18.0;
/// A clip begins and ends where its 10 ms are louder than this below its loudest.
const AUDIBLE_DB: f32 = 35.0;
const LONGEST: Duration = Duration::from_secs(60);

/// One sound.
#[derive(Debug, Clone)]
pub(super) struct Clip {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) half: Half,
    pub(super) voice: String,
    pub(super) language: Language,
    /// 48 kHz, at the usual level.
    pub(super) pcm: Vec<f32>,
    /// First and last audible moment, from its beginning.
    pub(super) audible: (Duration, Duration),
}

/// All sounds.
#[derive(Debug)]
pub(super) struct Callers {
    clips: Vec<Clip>,
}

#[derive(Deserialize)]
struct Manifest {
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    file: String,
    kind: String,
    half: Half,
    speech: Option<Speech>,
}

#[derive(Deserialize)]
struct Speech {
    language: Language,
    voice: String,
}

impl Callers {
    pub(super) fn read(fixtures: &Path, recordings: &Path) -> anyhow::Result<Self> {
        let path = fixtures.join("manifest.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Manifest = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
        let mut clips = Vec::new();
        for Fixture { file, kind, half, speech } in manifest.fixture {
            let pcm = wav::read(&fixtures.join(&file), LONGEST)?.mono_at(RATE)?;
            let (voice, language) = speech.map_or_else(Default::default, |speech| (speech.voice, speech.language));
            clips.push(Clip::new(file, kind, half, voice, language, pcm));
        }
        if recordings.is_dir() {
            clips.extend(real_interruptions(recordings)?);
        } else {
            terminal::note(format!("skipped: no recordings at {}", recordings.display()));
        }
        Ok(Self { clips })
    }

    /// All of a kind, in the manifest's order.
    pub(super) fn of(&self, kind: &str, half: Half) -> Vec<&Clip> {
        self.clips.iter().filter(|clip| clip.kind == kind && clip.half == half).collect()
    }

    /// What the same person says of another kind; somebody of the same language if this one says nothing of it.
    pub(super) fn by_same<'a>(&'a self, clip: &'a Clip, kind: &str) -> &'a Clip {
        let of_half = |other: &&Clip| other.kind == kind && other.half == clip.half;
        self.clips
            .iter()
            .filter(of_half)
            .find(|other| other.voice == clip.voice)
            .or_else(|| self.clips.iter().filter(of_half).find(|other| other.language == clip.language))
            .unwrap_or(clip)
    }
}

impl Clip {
    fn new(name: String, kind: String, half: Half, voice: String, language: Language, mut pcm: Vec<f32>) -> Self {
        let loudest = pcm.chunks(1_536).map(level::rms).fold(1e-6, f32::max);
        let gain = level::from_dbfs(USUAL_DBFS) / loudest;
        pcm.iter_mut().for_each(|sample| *sample = (*sample * gain).clamp(-1.0, 1.0));
        let threshold = level::from_dbfs(USUAL_DBFS - AUDIBLE_DB);
        let audible = |stretch: &[f32]| level::rms(stretch) > threshold;
        let first = pcm.chunks(480).position(audible).unwrap_or(0);
        let last = pcm.chunks(480).rposition(audible).unwrap_or(0);
        let at = |stretches: usize| Duration::from_millis(10 * stretches as u64);
        Self { name, kind, half, voice, language, pcm, audible: (at(first), at(last + 1)) }
    }
}

/// Short real utterances: nobody says these to a shop, but they interrupt as people do.
fn real_interruptions(folder: &Path) -> anyhow::Result<Vec<Clip>> {
    let path = folder.join("manifest.tsv");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut clips = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split('\t').collect();
        let [file, "zh", "zh_cmd" | "zh_read" | "zh_digits", ..] = fields[..] else { continue };
        let half = if clips.len() % 2 == 0 { Half::Tuning } else { Half::HeldOut };
        let pcm = flac(&folder.join(file))?;
        let voice = "a recorded speaker".to_owned();
        let name = PathBuf::from(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        clips.push(Clip::new(name, "recorded".to_owned(), half, voice, Language::Chinese, pcm));
    }
    Ok(clips)
}

fn flac(path: &Path) -> anyhow::Result<Vec<f32>> {
    let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut reader = claxon::FlacReader::new(BufReader::new(file)).with_context(|| format!("{}", path.display()))?;
    let info = reader.streaminfo();
    if info.channels != 1 {
        bail!("{}: {} channels instead of one", path.display(), info.channels);
    }
    let rate = SampleRate::new(info.sample_rate).with_context(|| format!("{}: its rate", path.display()))?;
    let scale = 0.5_f32.powi(info.bits_per_sample as i32 - 1);
    let pcm = reader.samples().map(|sample| Ok(sample? as f32 * scale)).collect::<Result<Vec<_>, claxon::Error>>()?;
    Ok(ermu_audio::resample::resample(&pcm, rate, RATE)?)
}
