//! What is asked of the model threads, and what they do about it. Every answer goes to the session that asked.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use ermu_dialogue::{Clause, LookFor, PhotoFailure, ShopPack, gist};
use ermu_domain::{EffectId, EmotionEstimate, Language, PhotoId, Sentence};
use ermu_language::SentenceEncoder;
use ermu_speech::{
    emotion::{Baseline, EmotionModel},
    end_of_turn::EndOfTurn,
    synth::{SynthesisError, Synthesizer},
    transcriber::{Expecting, Heard, TranscribeError, TranscribeOptions, TranscriberWorker},
    vad::{VadState, VoiceActivity},
};
use ermu_vision::{
    DecodeError, DecodeLimits, InspectError, Inspection, Inspector, Photo, WallInspection, inspect_wall,
};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::{
    articles::article_by_sound,
    speech::{SpeechCache, for_the_line},
};

/// What a model thread found out for a session.
pub(crate) enum Answer {
    Words { id: EffectId, heard: Result<Heard, Failed>, sentence: Option<Sentence> },
    Mood { id: EffectId, emotion: Option<EmotionEstimate> },
    EndJudged { id: EffectId, finished: f32 },
    Spoken { id: EffectId, clause: usize, sound: Vec<f32> },
    Seen { photo: PhotoId, result: Result<Looked, PhotoFailure> },
}

/// The model broke, or had too much to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

/// An answer that is owed to a session. If the job that holds it is dropped, because its model panicked or has too much
/// to do, the session gets the bad news: nobody waits for ever.
pub(super) struct Owed {
    session: mpsc::Sender<Answer>,
    bad_news: Option<Answer>,
}

impl Owed {
    pub(super) fn new(session: &mpsc::Sender<Answer>, bad_news: Answer) -> Self {
        Self { session: session.clone(), bad_news: Some(bad_news) }
    }

    fn pay(mut self, answer: Answer) {
        self.bad_news = None;
        reply(&self.session, answer);
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(bad_news) = self.bad_news.take() {
            reply(&self.session, bad_news);
        }
    }
}

pub(super) struct VadJob {
    pub(super) state: Box<VadState>,
    pub(super) window: [f32; 512],
    pub(super) answer: oneshot::Sender<(Box<VadState>, f32)>,
}

pub(super) struct TranscribeJob {
    pub(super) id: EffectId,
    pub(super) sound: Arc<[f32]>,
    pub(super) options: TranscribeOptions,
    pub(super) pack: Arc<ShopPack>,
    pub(super) answer: Owed,
}

pub(super) struct EndJob {
    pub(super) id: EffectId,
    pub(super) sound: Arc<[f32]>,
    pub(super) abort: Arc<AtomicBool>,
    pub(super) answer: mpsc::Sender<Answer>,
}

pub(super) struct EmotionJob {
    pub(super) id: EffectId,
    pub(super) sound: Arc<[f32]>,
    pub(super) language: Language,
    pub(super) baseline: Arc<Mutex<Baseline>>,
    pub(super) answer: Owed,
}

pub(super) struct SpeakJob {
    pub(super) id: EffectId,
    pub(super) index: usize,
    pub(super) clause: Clause,
    pub(super) stale: Arc<AtomicBool>,
    pub(super) answer: Owed,
}

/// What came of a photo.
pub(crate) enum Looked {
    Product(Box<Inspection>),
    Wall(Box<WallInspection>),
}

pub(super) struct InspectJob {
    pub(super) photo: PhotoId,
    pub(super) bytes: Bytes,
    pub(super) references: Arc<[Photo]>,
    pub(super) look_for: LookFor,
    pub(super) answer: Owed,
}

/// Neutral utterances below this probability do not count as the caller's calm voice.
const CALM: f32 = 0.6;

/// Answers a session. A session that ended meanwhile does not want to know; one that does not keep up is stuck, and
/// must not hold a model that the other calls need.
fn reply(session: &mpsc::Sender<Answer>, answer: Answer) {
    if let Err(mpsc::error::TrySendError::Full(_)) = session.try_send(answer) {
        warn!("a session does not take its answers: dropped one");
    }
}

pub(super) fn detect(model: &mut VoiceActivity, mut job: VadJob) {
    match model.probability(&mut job.state, &job.window) {
        Ok(probability) => drop(job.answer.send((job.state, probability))),
        Err(error) => warn!(%error, "voice activity failed"),
    }
}

pub(super) fn transcribe(model: &mut TranscriberWorker, sentences: Option<&SentenceEncoder>, job: TranscribeJob) {
    let mut heard = if job.options.abort.load(Ordering::Relaxed) {
        Err(Failed)
    } else {
        model.transcribe(&job.sound, &job.options).map_err(|error| {
            if !matches!(error, TranscribeError::Aborted) {
                warn!(%error, id = %job.id, "transcription failed");
            }
            Failed
        })
    };
    if let Ok(Heard::Words { text, .. }) = &mut heard
        && job.options.expecting == Expecting::Anything
        && let Some(spelt) = article_by_sound(model, job.pack.product_index(), text)
    {
        *text = spelt;
    }
    let sentence = match &heard {
        Ok(Heard::Words { text, .. }) => sentences.map(|encoder| encoder.encode(&gist(text))),
        Ok(Heard::Nothing(_)) | Err(Failed) => None,
    };
    job.answer.pay(Answer::Words { id: job.id, heard, sentence });
}

pub(super) fn judge_end(model: &mut EndOfTurn, job: &EndJob) {
    if job.abort.load(Ordering::Relaxed) {
        return;
    }
    match model.finished(&job.sound) {
        Ok(finished) => reply(&job.answer, Answer::EndJudged { id: job.id, finished }),
        Err(error) => warn!(%error, id = %job.id, "the end of a turn could not be judged"),
    }
}

pub(super) fn feel(model: &mut EmotionModel, job: EmotionJob) {
    let mut baseline = job.baseline.lock().unwrap_or_else(PoisonError::into_inner);
    let emotion = model.estimate(&job.sound, job.language, &baseline);
    if emotion.is_some_and(|emotion| emotion.neutral >= CALM) {
        baseline.enrol(&job.sound);
    }
    drop(baseline);
    job.answer.pay(Answer::Mood { id: job.id, emotion });
}

pub(super) fn speak(model: &mut Synthesizer, cache: &SpeechCache, job: SpeakJob) {
    if job.stale.load(Ordering::Relaxed) {
        return;
    }
    let Clause { text, language } = &job.clause;
    let (voice, speed) = (cache.voices.of(*language), cache.voices.speed);
    let sound = match model.synthesize_unless(&job.stale, text, *language, voice, speed) {
        Ok(speech) => {
            let sound = for_the_line(&speech.pcm_24k);
            cache.remember(&job.clause, speech.pcm_24k);
            sound
        }
        Err(SynthesisError::Cancelled) => return,
        Err(error) => {
            warn!(%error, id = %job.id, "speech synthesis failed");
            Vec::new()
        }
    };
    job.answer.pay(Answer::Spoken { id: job.id, clause: job.index, sound });
}

pub(super) fn inspect(model: &mut Inspector, job: InspectJob) {
    let looked = match &job.look_for {
        LookFor::Damage => model.inspect(&job.bytes, &job.references).map(|seen| Looked::Product(Box::new(seen))),
        LookFor::Wall { question, template } => {
            let seen = inspect_wall(&job.bytes, DecodeLimits::default(), template, *question);
            seen.map(|seen| Looked::Wall(Box::new(seen)))
        }
    };
    let result = looked.map_err(|error| {
        warn!(%error, photo = %job.photo, "a photo could not be inspected");
        photo_failure(&error)
    });
    job.answer.pay(Answer::Seen { photo: job.photo, result });
}

/// What a caller is told of a photo that could not be inspected.
#[must_use]
pub fn photo_failure(error: &InspectError) -> PhotoFailure {
    match error {
        InspectError::Decode(DecodeError::TooManyBytes { .. } | DecodeError::TooManyPixels { .. }) => {
            PhotoFailure::TooLarge
        }
        InspectError::Decode(
            DecodeError::Empty | DecodeError::UnsupportedFormat(_) | DecodeError::Malformed { .. },
        ) => PhotoFailure::Unreadable,
        InspectError::TooSlow(_) | InspectError::Decode(DecodeError::TooSlow(_)) => PhotoFailure::TooSlow,
        InspectError::Locate(_) | InspectError::Read(_) | InspectError::Encode(_) => PhotoFailure::Internal,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_caller_is_told_what_is_wrong_with_a_photo() {
        let limits = DecodeLimits { max_time: Duration::ZERO, ..DecodeLimits::default() };
        let failure = |bytes: &[u8], limits| photo_failure(&ermu_vision::decode(bytes, limits).unwrap_err().into());
        assert_eq!(failure(b"text", limits), PhotoFailure::TooSlow);
        assert_eq!(failure(b"text", DecodeLimits::default()), PhotoFailure::Unreadable);
        assert_eq!(failure(&[0; 2], DecodeLimits { max_bytes: 1, ..DecodeLimits::default() }), PhotoFailure::TooLarge);
    }

    #[tokio::test]
    async fn what_is_owed_is_paid_once_or_refused() {
        let (session, mut answers) = mpsc::channel(4);
        let owed = |id| Owed::new(&session, Answer::Words { id: EffectId(id), heard: Err(Failed), sentence: None });
        owed(1).pay(Answer::Mood { id: EffectId(1), emotion: None });
        drop(owed(2));
        assert!(matches!(answers.recv().await, Some(Answer::Mood { id: EffectId(1), .. })));
        assert!(matches!(answers.recv().await, Some(Answer::Words { id: EffectId(2), heard: Err(Failed), .. })));
        assert!(answers.try_recv().is_err(), "nothing more");
    }
}
