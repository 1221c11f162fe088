//! Speaks fixed clauses ahead of the calls that need them.

use std::sync::{Arc, Weak};

use ermu_dialogue::Clause;
use ermu_speech::synth::{SynthesisError, Synthesizer};

use crate::{Engine, VoiceConfig, engine::Shared};

/// Synthesises clauses into an engine's cache, with a synthesizer of its own: calls that come meanwhile do not wait for it.
pub struct WarmUp {
    engine: Weak<Shared>,
    synthesizer: Synthesizer,
    voices: VoiceConfig,
}

impl WarmUp {
    /// A warm-up for `engine`. Its cache should have a folder, so that the next start finds everything spoken.
    pub fn new(engine: &Engine, synthesizer: Synthesizer, voices: VoiceConfig) -> Self {
        Self { engine: Arc::downgrade(&engine.shared), synthesizer, voices }
    }

    /// Speaks those of the clauses that are not known, until all are or the engine is gone. `progress` is called with the
    /// number of clauses done.
    pub fn speak(&mut self, clauses: &[Clause], mut progress: impl FnMut(usize)) -> Result<(), SynthesisError> {
        for (done, clause) in clauses.iter().enumerate() {
            progress(done);
            let Some(engine) = self.engine.upgrade() else { return Ok(()) };
            if engine.models.knows(clause) {
                continue;
            }
            let Clause { text, language } = clause;
            let (voice, speed) = (self.voices.of(*language), self.voices.speed);
            let pcm_24k = self.synthesizer.synthesize(text, *language, voice, speed)?.pcm_24k;
            engine.models.keep(clause, pcm_24k);
        }
        progress(clauses.len());
        Ok(())
    }
}
