//! Speaks fixed clauses ahead of the calls that need them.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use ermu_dialogue::Clause;
use ermu_speech::synth::{SynthesisError, Synthesizer};

use crate::{Engine, VoiceConfig, engine::Shared};

/// Synthesises clauses into an engine's cache, with synthesizers of its own: calls that come meanwhile do not wait for it.
#[derive(Clone)]
pub struct WarmUp {
    engine: Weak<Shared>,
    voices: VoiceConfig,
}

impl WarmUp {
    /// A warm-up for `engine`. Its cache should have a folder, so that the next start finds everything spoken.
    pub fn new(engine: &Engine, voices: VoiceConfig) -> Self {
        Self { engine: Arc::downgrade(&engine.shared), voices }
    }

    /// Those of the clauses that are not spoken yet.
    pub fn missing(&self, clauses: Vec<Clause>) -> Vec<Clause> {
        let Some(engine) = self.engine.upgrade() else { return Vec::new() };
        clauses.into_iter().filter(|clause| !engine.models.knows(clause)).collect()
    }

    /// Speaks these clauses, the first ones first, on a thread for each synthesizer, until all are spoken or the engine is gone.
    /// `progress` is called with the number of clauses done.
    pub fn speak(
        &self,
        synthesizers: &mut [Synthesizer],
        clauses: &[Clause],
        mut progress: impl FnMut(usize),
    ) -> Result<(), SynthesisError> {
        let (next, done) = (AtomicUsize::new(0), std::sync::mpsc::channel());
        thread::scope(|scope| {
            for synthesizer in synthesizers {
                let (next, done) = (&next, done.0.clone());
                scope.spawn(move || {
                    while let Some(clause) = clauses.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let spoken = self.speak_one(synthesizer, clause);
                        let failed = spoken.is_err();
                        if done.send(spoken).is_err() || failed {
                            return;
                        }
                    }
                });
            }
            drop(done.0);
            progress(0);
            let mut count = 0;
            done.1.iter().try_for_each(|spoken| {
                count += 1;
                progress(count);
                spoken
            })
        })
    }

    fn speak_one(&self, synthesizer: &mut Synthesizer, clause: &Clause) -> Result<(), SynthesisError> {
        let Some(engine) = self.engine.upgrade() else { return Err(SynthesisError::Cancelled) };
        let Clause { text, language } = clause;
        let pcm_24k = synthesizer.synthesize(text, *language, self.voices.of(*language), self.voices.speed)?.pcm_24k;
        engine.models.keep(clause, pcm_24k);
        Ok(())
    }
}
