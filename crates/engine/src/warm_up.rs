//! Speaks fixed clauses ahead of the calls that need them.

use std::sync::{Arc, Weak};

use ermu_dialogue::Clause;
use ermu_speech::synth::{ClauseCache, SynthesisError, Synthesizer};

use crate::{Engine, VoiceConfig, engine::Shared};

/// Synthesises clauses into an engine's cache, with a synthesizer of its own: calls that come meanwhile do not wait for it.
pub struct WarmUp {
    engine: Weak<Shared>,
    synthesizer: Synthesizer,
    /// What was spoken in an earlier run lies in this cache's folder.
    kept: ClauseCache,
    voices: VoiceConfig,
}

impl WarmUp {
    /// A warm-up for `engine`. `kept` should have a folder, so that the next start finds everything spoken.
    pub fn new(engine: &Engine, synthesizer: Synthesizer, kept: ClauseCache, voices: VoiceConfig) -> Self {
        Self { engine: Arc::downgrade(&engine.shared), synthesizer, kept, voices }
    }

    /// Speaks these clauses, until all are spoken or the engine is gone. `progress` is called with the number of clauses done.
    pub fn speak(&mut self, clauses: &[Clause], mut progress: impl FnMut(usize)) -> Result<(), SynthesisError> {
        for (done, clause) in clauses.iter().enumerate() {
            progress(done);
            let (voice, speed) = (self.voices.of(clause.language), self.voices.speed);
            let pcm = self.kept.prepare(&mut self.synthesizer, &clause.text, clause.language, voice, speed)?;
            let Some(engine) = self.engine.upgrade() else { return Ok(()) };
            engine.models.remember(clause, pcm.to_vec());
        }
        progress(clauses.len());
        Ok(())
    }
}
