//! Acted emotional speech: a folder with `manifest.csv` (columns file, corpus, speaker, emotion, …) and FLAC or WAV files.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use ermu_audio::wav;
use ermu_domain::SampleRate;

/// Longer files are refused.
const LIMIT: Duration = Duration::from_secs(60);

/// One utterance of a corpus.
pub(super) struct Recording {
    pub(super) corpus: String,
    pub(super) speaker: String,
    /// As the corpus names it: angry, happy, neutral, sad, calm, fear, …
    pub(super) emotion: String,
    /// 16 kHz.
    pub(super) pcm_16k: Vec<f32>,
}

/// Reads every file that the manifest names.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Recording>> {
    let manifest = folder.join("manifest.csv");
    let text = std::fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        let at = header.iter().position(|title| *title == name);
        at.with_context(|| format!("{} has no column `{name}`", manifest.display()))
    };
    let columns = [column("file")?, column("corpus")?, column("speaker")?, column("emotion")?];
    lines
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let cell = |at: usize| cells.get(at).copied().with_context(|| format!("{line:?} has too few columns"));
            let [file, corpus, speaker, emotion] = columns.map(cell);
            let pcm_16k = sound(&folder.join(file?))?;
            Ok(Recording { corpus: corpus?.into(), speaker: speaker?.into(), emotion: emotion?.into(), pcm_16k })
        })
        .collect()
}

fn sound(path: &Path) -> anyhow::Result<Vec<f32>> {
    if path.extension().is_some_and(|extension| extension == "wav") {
        return Ok(wav::read(path, LIMIT)?.mono_at(SampleRate::HZ_16000)?);
    }
    flac(path).with_context(|| format!("cannot read {}", path.display()))
}

fn flac(path: &Path) -> anyhow::Result<Vec<f32>> {
    let mut reader = claxon::FlacReader::open(path)?;
    let info = reader.streaminfo();
    if (info.sample_rate, info.channels) != (SampleRate::HZ_16000.hz(), 1) {
        bail!("it has {} channels at {} Hz: mono FLAC at 16,000 Hz is read", info.channels, info.sample_rate);
    }
    let scale = 1.0 / 2f32.powi(info.bits_per_sample as i32 - 1);
    let limit = SampleRate::HZ_16000.samples_in(LIMIT);
    let samples = reader.samples().take(limit).map(|sample| Ok(sample? as f32 * scale));
    samples.collect()
}
