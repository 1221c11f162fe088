//! The settings of a decoding.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use ermu_domain::Language;
use whisper_rs::{FullParams, SamplingStrategy};

use super::sound::SAMPLE_RATE_HZ;

const BEAM_SIZE: i32 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Search {
    Greedy,
    Beam,
}

pub(super) fn settings(
    language: Language,
    search: Search,
    abort: &Arc<Mutex<Arc<AtomicBool>>>,
) -> FullParams<'static, 'static> {
    let mut settings = FullParams::new(match search {
        Search::Greedy => SamplingStrategy::Greedy { best_of: 1 },
        Search::Beam => SamplingStrategy::BeamSearch { beam_size: BEAM_SIZE, patience: -1.0 },
    });
    settings.set_language(Some(language.code()));
    settings.set_no_context(true);
    settings.set_single_segment(true);
    // Without timestamps the model loops.
    settings.set_no_timestamps(false);
    settings.set_temperature(0.0);
    settings.set_temperature_inc(0.0);
    settings.set_suppress_blank(true);
    settings.set_suppress_nst(true);
    settings.set_print_progress(false);
    settings.set_print_realtime(false);
    settings.set_print_special(false);
    settings.set_print_timestamps(false);
    let abort = Arc::clone(abort);
    let aborted = move || abort.lock().unwrap_or_else(PoisonError::into_inner).load(Ordering::Relaxed);
    // The trampoline in whisper-rs 0.16 takes its data for the type that is given here, but stores a boxed trait
    // object: the two agree only if that is the type.
    settings
        .set_abort_callback_safe::<_, Box<dyn FnMut() -> bool>>(Some(Box::new(aborted) as Box<dyn FnMut() -> bool>));
    settings
}

/// Encoder frames (20 ms) for a piece: its own and 2.56 s of silence, without which the model loops. Half of that silence
/// saves a fifth of the time and costs accuracy. A multiple of 8 is faster; 1500 is all there is.
pub(super) fn audio_ctx(samples: usize) -> i32 {
    let own = samples.div_ceil(SAMPLE_RATE_HZ / 50);
    ((own + 128).next_multiple_of(8).min(1500)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_sees_the_utterance_and_some_silence() {
        assert_eq!(audio_ctx(SAMPLE_RATE_HZ), 184);
        assert_eq!(audio_ctx(4 * SAMPLE_RATE_HZ + 1), 336);
        assert_eq!(audio_ctx(28 * SAMPLE_RATE_HZ), 1500);
    }
}
