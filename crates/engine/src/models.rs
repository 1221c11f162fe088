//! The model threads, and what a session says to them. Every answer goes to the session that asked.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use ermu_audio::resample::resample;
use ermu_dialogue::{Clause, Expecting, PhotoFailure};
use ermu_domain::{EffectId, EmotionEstimate, Language, PhotoId, ProductId, SampleRate};
use ermu_speech::{
    emotion::{Baseline, EmotionModel},
    synth::{ClauseCache, SynthesisError, Synthesizer, VoiceName},
    transcriber::{self, Heard, TranscribeOptions, TranscriberWorker},
    vad::{VadState, VoiceActivity},
};
use ermu_vision::{DecodeError, InspectError, Inspection, Inspector, Photo};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use crate::{
    EngineConfig,
    worker::{Overloaded, Worker},
};

/// The loaded models.
pub struct Models {
    /// Voice activity.
    pub vad: VoiceActivity,
    /// One transcriber for each thread that may transcribe at the same time.
    pub transcribers: Vec<TranscriberWorker>,
    /// Emotion from prosody; none if the shop does not want it.
    pub emotion: Option<EmotionModel>,
    /// Speech synthesis.
    pub synthesizer: Synthesizer,
    /// Bytes of synthesised speech that are kept in memory (96 kB a second).
    pub clause_cache_bytes: usize,
    /// Photos.
    pub inspector: Inspector,
    /// Catalogue photos of the shop's products.
    pub references: HashMap<ProductId, Vec<Photo>>,
}

/// Which voice speaks a language, and how fast.
#[derive(Debug, Clone)]
pub struct VoiceConfig {
    /// Voice for Chinese.
    pub chinese: VoiceName,
    /// Voice for every other language.
    pub english: VoiceName,
    /// Speed, 1 being the voice's own.
    pub speed: f32,
}

impl VoiceConfig {
    pub(crate) fn of(&self, language: Language) -> &VoiceName {
        match language {
            Language::Chinese => &self.chinese,
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => &self.english,
        }
    }
}

/// What a model thread found out for a session.
pub(crate) enum Answer {
    Words { id: EffectId, heard: Result<Heard, Failed> },
    Mood { id: EffectId, emotion: Option<EmotionEstimate> },
    Spoken { id: EffectId, clause: usize, sound: Vec<f32> },
    Seen { photo: PhotoId, result: Result<Box<Inspection>, PhotoFailure> },
}

/// The model broke, or had too much to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

struct VadJob {
    state: Box<VadState>,
    window: [f32; 512],
    answer: oneshot::Sender<(Box<VadState>, f32)>,
}

struct TranscribeJob {
    id: EffectId,
    sound: Arc<[f32]>,
    options: TranscribeOptions,
    answer: mpsc::Sender<Answer>,
}

struct EmotionJob {
    id: EffectId,
    sound: Arc<[f32]>,
    language: Language,
    baseline: Arc<Mutex<Baseline>>,
    answer: mpsc::Sender<Answer>,
}

struct SpeakJob {
    id: EffectId,
    index: usize,
    clause: Clause,
    stale: Arc<AtomicBool>,
    answer: mpsc::Sender<Answer>,
}

struct InspectJob {
    photo: PhotoId,
    bytes: Bytes,
    references: Arc<[Photo]>,
    answer: mpsc::Sender<Answer>,
}

/// Handles to the model threads; cloned into every session.
#[derive(Clone)]
pub(crate) struct ModelThreads {
    vad: Worker<VadJob>,
    transcriber: Worker<TranscribeJob>,
    emotion: Option<Worker<EmotionJob>>,
    synthesizer: Worker<SpeakJob>,
    inspector: Worker<InspectJob>,
    speech: Arc<SpeechCache>,
    references: Arc<HashMap<ProductId, Arc<[Photo]>>>,
}

struct SpeechCache {
    clauses: Mutex<ClauseCache>,
    voices: VoiceConfig,
}

/// Neutral utterances below this probability do not count as the caller's calm voice.
const CALM: f32 = 0.6;

impl ModelThreads {
    pub(crate) fn start(models: Models, config: &EngineConfig) -> std::io::Result<Self> {
        let speech = Arc::new(SpeechCache {
            clauses: Mutex::new(ClauseCache::in_memory(models.clause_cache_bytes)),
            voices: config.voices.clone(),
        });
        let cache = Arc::clone(&speech);
        let calls = config.max_calls.max(1);
        Ok(Self {
            vad: Worker::start("vad", calls * 4, vec![models.vad], detect)?,
            transcriber: Worker::start("transcriber", calls * 2, models.transcribers, |model, job| {
                transcribe(model, &job);
            })?,
            emotion: models
                .emotion
                .map(|model| Worker::start("emotion", calls * 2, vec![model], |model, job| feel(model, &job)))
                .transpose()?,
            synthesizer: Worker::start("synthesizer", calls * 64, vec![models.synthesizer], move |model, job| {
                speak(model, &cache, &job);
            })?,
            inspector: Worker::start("inspector", config.photo_queue, vec![models.inspector], |model, job| {
                inspect(model, &job);
            })?,
            speech,
            references: Arc::new(models.references.into_iter().map(|(id, photos)| (id, photos.into())).collect()),
        })
    }

    /// The queues' lengths, for metrics: name and jobs waiting.
    pub(crate) fn queues(&self) -> [(&'static str, usize); 5] {
        [
            ("vad", self.vad.waiting()),
            ("transcriber", self.transcriber.waiting()),
            ("emotion", self.emotion.as_ref().map_or(0, Worker::waiting)),
            ("synthesizer", self.synthesizer.waiting()),
            ("inspector", self.inspector.waiting()),
        ]
    }

    /// Puts the sound of a clause into the cache of all calls.
    pub(crate) fn remember(&self, clause: &Clause, pcm_24k: Vec<f32>) {
        self.speech.remember(clause, pcm_24k);
    }

    pub(crate) fn vad(&self) -> VadClient {
        VadClient(self.vad.clone())
    }

    pub(crate) fn voice(&self, answer: mpsc::Sender<Answer>) -> VoiceClient {
        VoiceClient { synthesizer: self.synthesizer.clone(), speech: Arc::clone(&self.speech), answer }
    }

    /// Asks for words and mood of a stretch of sound; both are answered. Setting the returned flag drops the work.
    pub(crate) fn listen(
        &self,
        id: EffectId,
        sound: Vec<f32>,
        language: Language,
        expecting: Expecting,
        baseline: &Arc<Mutex<Baseline>>,
        answer: &mpsc::Sender<Answer>,
    ) -> Arc<AtomicBool> {
        let sound: Arc<[f32]> = sound.into();
        let abort = Arc::new(AtomicBool::new(false));
        let options = TranscribeOptions { language, expecting: expected_words(expecting), abort: Arc::clone(&abort) };
        let words = TranscribeJob { id, sound: Arc::clone(&sound), options, answer: answer.clone() };
        if self.transcriber.submit(words).is_err() {
            reply(answer, Answer::Words { id, heard: Err(Failed) });
        }
        let mood = EmotionJob { id, sound, language, baseline: Arc::clone(baseline), answer: answer.clone() };
        if !self.emotion.as_ref().is_some_and(|worker| worker.submit(mood).is_ok()) {
            reply(answer, Answer::Mood { id, emotion: None });
        }
        abort
    }

    /// Asks for an inspection; it is answered.
    pub(crate) fn look(
        &self,
        photo: PhotoId,
        bytes: Bytes,
        product: Option<&ProductId>,
        answer: &mpsc::Sender<Answer>,
    ) {
        let references = product.and_then(|product| self.references.get(product)).map_or_else(|| [].into(), Arc::clone);
        let job = InspectJob { photo, bytes, references, answer: answer.clone() };
        if self.inspector.submit(job).is_err() {
            reply(answer, Answer::Seen { photo, result: Err(PhotoFailure::Internal) });
        }
    }
}

/// Voice activity, one window at a time.
pub(crate) struct VadClient(Worker<VadJob>);

impl VadClient {
    /// The probability of voice in the window, or none if the model had no time for it.
    pub(crate) async fn probability(&self, state: Box<VadState>, window: [f32; 512]) -> Option<(Box<VadState>, f32)> {
        let (answer, answered) = oneshot::channel();
        self.0.submit(VadJob { state, window, answer }).ok()?;
        answered.await.ok()
    }
}

/// Speech for one session.
pub(crate) struct VoiceClient {
    synthesizer: Worker<SpeakJob>,
    speech: Arc<SpeechCache>,
    answer: mpsc::Sender<Answer>,
}

impl VoiceClient {
    /// The sound of a clause if it is known; otherwise it is asked for, and answered with `Spoken`.
    pub(crate) fn speak(
        &self,
        id: EffectId,
        index: usize,
        clause: &Clause,
        stale: &Arc<AtomicBool>,
    ) -> Option<Vec<f32>> {
        if let Some(sound) = self.speech.known(clause) {
            return Some(sound);
        }
        let (clause, stale, answer) = (clause.clone(), Arc::clone(stale), self.answer.clone());
        match self.synthesizer.submit(SpeakJob { id, index, clause, stale, answer }) {
            Ok(()) => None,
            // Rather a gap in the sentence than a wait that never ends.
            Err(Overloaded) => Some(Vec::new()),
        }
    }
}

impl SpeechCache {
    fn known(&self, clause: &Clause) -> Option<Vec<f32>> {
        let (voice, speed) = (self.voices.of(clause.language), self.voices.speed);
        let mut cache = self.clauses.lock().unwrap_or_else(PoisonError::into_inner);
        let pcm_24k = cache.get(&clause.text, clause.language, voice, speed)?;
        drop(cache);
        Some(for_the_line(&pcm_24k))
    }

    fn remember(&self, clause: &Clause, pcm_24k: Vec<f32>) {
        let (voice, speed) = (self.voices.of(clause.language), self.voices.speed);
        let mut cache = self.clauses.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(&clause.text, clause.language, voice, speed, pcm_24k);
    }
}

fn for_the_line(pcm_24k: &[f32]) -> Vec<f32> {
    resample(pcm_24k, SampleRate::HZ_24000, SampleRate::HZ_48000).unwrap_or_else(|error| {
        warn!(%error, "synthesised speech could not be resampled");
        Vec::new()
    })
}

fn expected_words(expecting: Expecting) -> transcriber::Expecting {
    match expecting {
        Expecting::Anything => transcriber::Expecting::Anything,
        Expecting::Digits => transcriber::Expecting::Digits,
        Expecting::YesNo => transcriber::Expecting::YesNo,
    }
}

/// Answers a session. A session that ended meanwhile does not want to know; one that does not keep up is stuck, and
/// must not hold a model that the other calls need.
fn reply(session: &mpsc::Sender<Answer>, answer: Answer) {
    if let Err(mpsc::error::TrySendError::Full(_)) = session.try_send(answer) {
        warn!("a session does not take its answers: dropped one");
    }
}

fn detect(model: &mut VoiceActivity, mut job: VadJob) {
    match model.probability(&mut job.state, &job.window) {
        Ok(probability) => drop(job.answer.send((job.state, probability))),
        Err(error) => warn!(%error, "voice activity failed"),
    }
}

fn transcribe(model: &mut TranscriberWorker, job: &TranscribeJob) {
    let heard = if job.options.abort.load(Ordering::Relaxed) {
        Err(Failed)
    } else {
        model.transcribe(&job.sound, &job.options).map_err(|error| {
            warn!(%error, id = %job.id, "transcription failed");
            Failed
        })
    };
    reply(&job.answer, Answer::Words { id: job.id, heard });
}

fn feel(model: &mut EmotionModel, job: &EmotionJob) {
    let mut baseline = job.baseline.lock().unwrap_or_else(PoisonError::into_inner);
    let emotion = model.estimate(&job.sound, job.language, &baseline);
    if emotion.is_some_and(|emotion| emotion.neutral >= CALM) {
        baseline.enrol(&job.sound);
    }
    reply(&job.answer, Answer::Mood { id: job.id, emotion });
}

fn speak(model: &mut Synthesizer, cache: &SpeechCache, job: &SpeakJob) {
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
    reply(&job.answer, Answer::Spoken { id: job.id, clause: job.index, sound });
}

fn inspect(model: &mut Inspector, job: &InspectJob) {
    let result = model.inspect(&job.bytes, &job.references).map(Box::new).map_err(|error| {
        warn!(%error, photo = %job.photo, "a photo could not be inspected");
        match error {
            InspectError::Decode(DecodeError::TooManyBytes { .. } | DecodeError::TooManyPixels { .. }) => {
                PhotoFailure::TooLarge
            }
            InspectError::Decode(
                DecodeError::Empty | DecodeError::UnsupportedFormat(_) | DecodeError::Malformed { .. },
            ) => PhotoFailure::Unreadable,
            InspectError::Locate(_) | InspectError::Encode(_) => PhotoFailure::Internal,
        }
    });
    reply(&job.answer, Answer::Seen { photo: job.photo, result });
}
