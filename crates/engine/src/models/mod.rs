//! The model threads, and what a session says to them.

mod articles;
mod jobs;
mod speech;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use bytes::Bytes;
use ermu_dialogue::{Clause, Expecting, LookFor, PhotoFailure, ShopPack, VoiceAnalysis, gist};
use ermu_domain::{EffectId, Language, PhotoId, ProductId, Sentence};
use ermu_language::SentenceEncoder;
use ermu_speech::{
    emotion::{Baseline, EmotionModel},
    end_of_turn::EndOfTurn,
    synth::{ClauseCache, Synthesizer},
    transcriber::{self, TranscribeOptions, TranscriberWorker},
    vad::{VadState, VoiceActivity},
};
use ermu_vision::{Inspector, Photo};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::{debug, warn};

use crate::{
    EngineConfig,
    worker::{Overloaded, Worker},
};
pub use articles::article_by_sound;
pub use jobs::photo_failure;
pub(crate) use jobs::{Answer, Failed, Looked};
use jobs::{EmotionJob, EndJob, InspectJob, Owed, SpeakJob, TranscribeJob, VadJob};
pub use speech::VoiceConfig;
use speech::{SpeechCache, for_the_line};

/// The loaded models.
pub struct Models {
    /// Voice activity.
    pub vad: VoiceActivity,
    /// One transcriber for each thread that may transcribe at the same time.
    pub transcribers: Vec<TranscriberWorker>,
    /// What words are about; none where it was not fetched.
    pub sentences: Option<Arc<SentenceEncoder>>,
    /// Emotion from prosody; none if the shop does not want it.
    pub emotion: Option<EmotionModel>,
    /// Whether a pause ends a turn, by the sound of it.
    pub end_of_turn: EndOfTurn,
    /// Speech synthesis.
    pub synthesizer: Synthesizer,
    /// Speech that was synthesised before.
    pub clauses: ClauseCache,
    /// Photos.
    pub inspector: Inspector,
    /// Catalogue photos of the shop's products.
    pub references: HashMap<ProductId, Vec<Photo>>,
}

/// Handles to the model threads; cloned into every session.
#[derive(Clone)]
pub(crate) struct ModelThreads {
    vad: Worker<VadJob>,
    transcriber: Worker<TranscribeJob>,
    emotion: Option<Worker<EmotionJob>>,
    end_of_turn: Worker<EndJob>,
    synthesizer: Worker<SpeakJob>,
    inspector: Worker<InspectJob>,
    sentences: Option<Arc<SentenceEncoder>>,
    speech: Arc<SpeechCache>,
    references: Arc<HashMap<ProductId, Arc<[Photo]>>>,
}

/// A window is judged in a fraction of a millisecond; a model that takes longer than this hangs.
const VAD_LIMIT: Duration = Duration::from_millis(250);
/// After so many windows without an answer the model is left alone,
const MOST_MISSES: u32 = 3;
/// for so many windows: two seconds.
const SKIPPED: u32 = 64;

impl ModelThreads {
    pub(crate) fn start(models: Models, config: &EngineConfig) -> std::io::Result<Self> {
        let speech = Arc::new(SpeechCache { clauses: Mutex::new(models.clauses), voices: config.voices.clone() });
        let cache = Arc::clone(&speech);
        let calls = config.max_calls.max(1);
        let sentences = models.sentences.clone();
        Ok(Self {
            vad: Worker::start("vad", calls * 4, vec![models.vad], jobs::detect)?,
            transcriber: Worker::start("transcriber", calls * 2, models.transcribers, move |model, job| {
                jobs::transcribe(model, sentences.as_deref(), job);
            })?,
            emotion: models
                .emotion
                .map(|model| Worker::start("emotion", calls * 2, vec![model], jobs::feel))
                .transpose()?,
            end_of_turn: Worker::start("end-of-turn", calls * 2, vec![models.end_of_turn], |model, job| {
                jobs::judge_end(model, &job);
            })?,
            synthesizer: Worker::start("synthesizer", calls * 64, vec![models.synthesizer], move |model, job| {
                jobs::speak(model, &cache, job);
            })?,
            inspector: Worker::start("inspector", config.photo_queue, vec![models.inspector], jobs::inspect)?,
            sentences: models.sentences,
            speech,
            references: Arc::new(models.references.into_iter().map(|(id, photos)| (id, photos.into())).collect()),
        })
    }

    /// The queues' lengths, for metrics: name and jobs waiting.
    pub(crate) fn queues(&self) -> [(&'static str, usize); 6] {
        [
            ("vad", self.vad.waiting()),
            ("transcriber", self.transcriber.waiting()),
            ("emotion", self.emotion.as_ref().map_or(0, Worker::waiting)),
            ("end_of_turn", self.end_of_turn.waiting()),
            ("synthesizer", self.synthesizer.waiting()),
            ("inspector", self.inspector.waiting()),
        ]
    }

    /// Whether a clause can be said without waiting.
    pub(crate) fn knows(&self, clause: &Clause) -> bool {
        self.speech.find(clause).is_some()
    }

    /// Keeps the sound of a clause of fixed wording for all calls, now and later.
    pub(crate) fn keep(&self, clause: &Clause, pcm_24k: Vec<f32>) {
        self.speech.change(clause, |cache, voice, speed| {
            cache.keep(&clause.text, clause.language, voice, speed, pcm_24k);
        });
    }

    /// What a message is about.
    pub(crate) fn sentence(&self, text: &str) -> Option<Sentence> {
        self.sentences.as_ref().map(|encoder| encoder.encode(&gist(text)))
    }

    pub(crate) const fn voice_analysis(&self) -> VoiceAnalysis {
        if self.emotion.is_some() { VoiceAnalysis::WordsAndEmotion } else { VoiceAnalysis::Words }
    }

    pub(crate) fn vad(&self) -> VadClient {
        VadClient { worker: self.vad.clone(), state: Some(Box::default()), misses: 0, skip: 0 }
    }

    pub(crate) fn voice(&self, answer: mpsc::Sender<Answer>) -> VoiceClient {
        VoiceClient { synthesizer: self.synthesizer.clone(), speech: Arc::clone(&self.speech), answer }
    }

    /// Asks for words and mood of a stretch of sound; both are answered. Setting the returned flag drops the work.
    pub(crate) fn listen(
        &self,
        id: EffectId,
        sound: Vec<f32>,
        said: Said,
        baseline: &Arc<Mutex<Baseline>>,
        answer: &mpsc::Sender<Answer>,
    ) -> Arc<AtomicBool> {
        let Said { language, expecting, pack } = said;
        let sound: Arc<[f32]> = sound.into();
        let abort = Arc::new(AtomicBool::new(false));
        let options = TranscribeOptions {
            language,
            expecting: expected_words(expecting),
            digits: pack.shop().order_digits.exact(),
            abort: Arc::clone(&abort),
        };
        let end = EndJob { id, sound: Arc::clone(&sound), abort: Arc::clone(&abort), answer: answer.clone() };
        if self.end_of_turn.submit(end).is_err() {
            debug!(%id, "no time to judge the end of a turn");
        }
        let owed = Owed::new(answer, Answer::Words { id, heard: Err(Failed), sentence: None });
        let words = TranscribeJob { id, sound: Arc::clone(&sound), options, pack, answer: owed };
        if self.transcriber.submit(words).is_err() {
            warn!(%id, "the transcriber has too much to do");
        }
        let owed = Owed::new(answer, Answer::Mood { id, emotion: None });
        let mood = EmotionJob { id, sound, language, baseline: Arc::clone(baseline), answer: owed };
        if self.emotion.as_ref().is_none_or(|worker| worker.submit(mood).is_err()) {
            debug!(%id, "no time for the mood of an utterance");
        }
        abort
    }

    /// Asks for an inspection; it is answered.
    pub(crate) fn look(
        &self,
        photo: PhotoId,
        bytes: Bytes,
        product: Option<&ProductId>,
        look_for: LookFor,
        answer: &mpsc::Sender<Answer>,
    ) {
        let references = product.and_then(|product| self.references.get(product)).map_or_else(|| [].into(), Arc::clone);
        let owed = Owed::new(answer, Answer::Seen { photo, result: Err(PhotoFailure::Internal) });
        if self.inspector.submit(InspectJob { photo, bytes, references, look_for, answer: owed }).is_err() {
            warn!(%photo, "too many photos wait to be looked at");
        }
    }
}

/// What is known ahead of what a caller says.
pub(crate) struct Said {
    pub(crate) language: Language,
    pub(crate) expecting: Expecting,
    /// Whose articles may be named.
    pub(crate) pack: Arc<ShopPack>,
}

/// Voice activity of one call, one window at a time. A model that hangs is asked again after a while.
pub(crate) struct VadClient {
    worker: Worker<VadJob>,
    state: Option<Box<VadState>>,
    /// Windows in a row without an answer.
    misses: u32,
    /// Windows for which the model is left alone.
    skip: u32,
}

impl VadClient {
    /// The probability of voice in the window, or none if the model has no time for it or is broken.
    pub(crate) async fn probability(&mut self, window: [f32; 512]) -> Option<f32> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        let (answer, answered) = oneshot::channel();
        let state = self.state.take().unwrap_or_default();
        let asked = self.worker.submit(VadJob { state, window, answer });
        let answered = match asked {
            Ok(()) => timeout(VAD_LIMIT, answered).await.ok().and_then(Result::ok),
            Err(Overloaded) => None,
        };
        let Some((state, probability)) = answered else {
            self.misses += 1;
            if self.misses >= MOST_MISSES {
                self.misses = 0;
                self.skip = SKIPPED;
                warn!("voice activity does not answer: hearing by level");
            }
            return None;
        };
        self.misses = 0;
        self.state = Some(state);
        Some(probability)
    }
}

/// Speech for one session.
pub(crate) struct VoiceClient {
    synthesizer: Worker<SpeakJob>,
    speech: Arc<SpeechCache>,
    answer: mpsc::Sender<Answer>,
}

impl VoiceClient {
    /// The sound of a clause if it is known; otherwise it is asked for, and always answered with `Spoken`.
    pub(crate) fn speak(
        &self,
        id: EffectId,
        index: usize,
        clause: &Clause,
        stale: &Arc<AtomicBool>,
    ) -> Option<Vec<f32>> {
        if let Some(pcm_24k) = self.speech.find(clause) {
            return Some(for_the_line(&pcm_24k));
        }
        // Rather a gap in the sentence than a wait that never ends.
        let answer = Owed::new(&self.answer, Answer::Spoken { id, clause: index, sound: Vec::new() });
        let (clause, stale) = (clause.clone(), Arc::clone(stale));
        if self.synthesizer.submit(SpeakJob { id, index, clause, stale, answer }).is_err() {
            warn!(%id, "the synthesizer has too much to do");
        }
        None
    }
}

fn expected_words(expecting: Expecting) -> transcriber::Expecting {
    match expecting {
        Expecting::Anything => transcriber::Expecting::Anything,
        Expecting::Digits => transcriber::Expecting::Digits,
        Expecting::YesNo => transcriber::Expecting::YesNo,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_voice_activity_model_that_hangs_is_left_alone_and_asked_again() {
        let (seen, asked) = std::sync::mpsc::channel();
        // Jobs are kept and never answered.
        let model = Vec::<VadJob>::new();
        let worker = Worker::start("test", 200, vec![model], move |kept, job| {
            kept.push(job);
            seen.send(()).ok();
        });
        let mut client = VadClient { worker: worker.unwrap(), state: Some(Box::default()), misses: 0, skip: 0 };
        for _ in 0..MOST_MISSES + SKIPPED + 1 {
            assert_eq!(client.probability([0.0; 512]).await, None);
        }
        drop(client);
        assert_eq!(asked.iter().count() as u32, MOST_MISSES + 1);
    }
}
