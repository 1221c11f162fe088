//! Speech that is known already, and in which voice it is.

use std::sync::{Arc, Mutex, PoisonError};

use ermu_audio::resample::resample;
use ermu_dialogue::Clause;
use ermu_domain::{Language, SampleRate};
use ermu_speech::synth::{ClauseCache, VoiceName};
use tracing::warn;

/// Which voice speaks a language, and how fast.
#[derive(Debug, Clone)]
pub struct VoiceConfig {
    /// Voice for Chinese.
    pub chinese: VoiceName,
    /// Voice for English, which Arabic callers hear too.
    pub english: VoiceName,
    /// Voice for Spanish.
    pub spanish: VoiceName,
    /// Voice for Portuguese.
    pub portuguese: VoiceName,
    /// Speed, 1 being the voice's own.
    pub speed: f32,
}

impl VoiceConfig {
    pub(crate) fn of(&self, language: Language) -> &VoiceName {
        match language {
            Language::Chinese => &self.chinese,
            Language::English | Language::Arabic => &self.english,
            Language::Spanish => &self.spanish,
            Language::Portuguese => &self.portuguese,
        }
    }
}

/// Clauses that were spoken before, for all calls.
pub(super) struct SpeechCache {
    pub(super) clauses: Mutex<ClauseCache>,
    pub(super) voices: VoiceConfig,
}

impl SpeechCache {
    pub(super) fn find(&self, clause: &Clause) -> Option<Arc<[f32]>> {
        self.change(clause, |cache, voice, speed| cache.get(&clause.text, clause.language, voice, speed))
    }

    pub(super) fn remember(&self, clause: &Clause, pcm_24k: Vec<f32>) {
        self.change(clause, |cache, voice, speed| {
            cache.insert(&clause.text, clause.language, voice, speed, pcm_24k);
        });
    }

    pub(super) fn change<T>(&self, clause: &Clause, change: impl FnOnce(&mut ClauseCache, &VoiceName, f32) -> T) -> T {
        let mut cache = self.clauses.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut cache, self.voices.of(clause.language), self.voices.speed)
    }
}

pub(super) fn for_the_line(pcm_24k: &[f32]) -> Vec<f32> {
    resample(pcm_24k, SampleRate::HZ_24000, SampleRate::HZ_48000).unwrap_or_else(|error| {
        warn!(%error, "synthesised speech could not be resampled");
        Vec::new()
    })
}
