//! The model threads, and what a session says to them. Every answer goes to the session that asked.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use ermu_audio::resample::resample;
use ermu_dialogue::{Clause, Expecting, LookFor, PhotoFailure, VoiceAnalysis, gist};
use ermu_domain::{EffectId, EmotionEstimate, Language, PhotoId, ProductId, SampleRate, Sentence};
use ermu_language::SentenceEncoder;
use ermu_speech::{
    emotion::{Baseline, EmotionModel},
    end_of_turn::EndOfTurn,
    synth::{ClauseCache, SynthesisError, Synthesizer, VoiceName},
    transcriber::{self, Heard, TranscribeError, TranscribeOptions, TranscriberWorker},
    vad::{VadState, VoiceActivity},
};
use ermu_vision::{
    DecodeError, DecodeLimits, InspectError, Inspection, Inspector, Photo, WallInspection, inspect_wall,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::{debug, warn};

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
struct Owed {
    session: mpsc::Sender<Answer>,
    bad_news: Option<Answer>,
}

impl Owed {
    fn new(session: &mpsc::Sender<Answer>, bad_news: Answer) -> Self {
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

struct VadJob {
    state: Box<VadState>,
    window: [f32; 512],
    answer: oneshot::Sender<(Box<VadState>, f32)>,
}

struct TranscribeJob {
    id: EffectId,
    sound: Arc<[f32]>,
    options: TranscribeOptions,
    answer: Owed,
}

struct EndJob {
    id: EffectId,
    sound: Arc<[f32]>,
    abort: Arc<AtomicBool>,
    answer: mpsc::Sender<Answer>,
}

struct EmotionJob {
    id: EffectId,
    sound: Arc<[f32]>,
    language: Language,
    baseline: Arc<Mutex<Baseline>>,
    answer: Owed,
}

struct SpeakJob {
    id: EffectId,
    index: usize,
    clause: Clause,
    stale: Arc<AtomicBool>,
    answer: Owed,
}

/// What came of a photo.
pub(crate) enum Looked {
    Product(Box<Inspection>),
    Wall(Box<WallInspection>),
}

struct InspectJob {
    photo: PhotoId,
    bytes: Bytes,
    references: Arc<[Photo]>,
    look_for: LookFor,
    answer: Owed,
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

struct SpeechCache {
    clauses: Mutex<ClauseCache>,
    voices: VoiceConfig,
}

/// A window is judged in a fraction of a millisecond; a model that takes longer than this hangs.
const VAD_LIMIT: Duration = Duration::from_millis(250);
/// After so many windows without an answer the model is left alone,
const MOST_MISSES: u32 = 3;
/// for so many windows: two seconds.
const SKIPPED: u32 = 64;
/// Neutral utterances below this probability do not count as the caller's calm voice.
const CALM: f32 = 0.6;

impl ModelThreads {
    pub(crate) fn start(models: Models, config: &EngineConfig) -> std::io::Result<Self> {
        let speech = Arc::new(SpeechCache { clauses: Mutex::new(models.clauses), voices: config.voices.clone() });
        let cache = Arc::clone(&speech);
        let calls = config.max_calls.max(1);
        let sentences = models.sentences.clone();
        Ok(Self {
            vad: Worker::start("vad", calls * 4, vec![models.vad], detect)?,
            transcriber: Worker::start("transcriber", calls * 2, models.transcribers, move |model, job| {
                transcribe(model, sentences.as_deref(), job);
            })?,
            emotion: models.emotion.map(|model| Worker::start("emotion", calls * 2, vec![model], feel)).transpose()?,
            end_of_turn: Worker::start("end-of-turn", calls * 2, vec![models.end_of_turn], |model, job| {
                judge_end(model, &job);
            })?,
            synthesizer: Worker::start("synthesizer", calls * 64, vec![models.synthesizer], move |model, job| {
                speak(model, &cache, job);
            })?,
            inspector: Worker::start("inspector", config.photo_queue, vec![models.inspector], inspect)?,
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
        language: Language,
        expecting: Expecting,
        baseline: &Arc<Mutex<Baseline>>,
        answer: &mpsc::Sender<Answer>,
    ) -> Arc<AtomicBool> {
        let sound: Arc<[f32]> = sound.into();
        let abort = Arc::new(AtomicBool::new(false));
        let options = TranscribeOptions { language, expecting: expected_words(expecting), abort: Arc::clone(&abort) };
        let end = EndJob { id, sound: Arc::clone(&sound), abort: Arc::clone(&abort), answer: answer.clone() };
        if self.end_of_turn.submit(end).is_err() {
            debug!(%id, "no time to judge the end of a turn");
        }
        let owed = Owed::new(answer, Answer::Words { id, heard: Err(Failed), sentence: None });
        let words = TranscribeJob { id, sound: Arc::clone(&sound), options, answer: owed };
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

impl SpeechCache {
    fn find(&self, clause: &Clause) -> Option<Arc<[f32]>> {
        self.change(clause, |cache, voice, speed| cache.get(&clause.text, clause.language, voice, speed))
    }

    fn remember(&self, clause: &Clause, pcm_24k: Vec<f32>) {
        self.change(clause, |cache, voice, speed| {
            cache.insert(&clause.text, clause.language, voice, speed, pcm_24k);
        });
    }

    fn change<T>(&self, clause: &Clause, change: impl FnOnce(&mut ClauseCache, &VoiceName, f32) -> T) -> T {
        let mut cache = self.clauses.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut cache, self.voices.of(clause.language), self.voices.speed)
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

fn transcribe(model: &mut TranscriberWorker, sentences: Option<&SentenceEncoder>, job: TranscribeJob) {
    let heard = if job.options.abort.load(Ordering::Relaxed) {
        Err(Failed)
    } else {
        model.transcribe(&job.sound, &job.options).map_err(|error| {
            if !matches!(error, TranscribeError::Aborted) {
                warn!(%error, id = %job.id, "transcription failed");
            }
            Failed
        })
    };
    let sentence = match &heard {
        Ok(Heard::Words { text, .. }) => sentences.map(|encoder| encoder.encode(&gist(text))),
        Ok(Heard::Nothing(_)) | Err(Failed) => None,
    };
    job.answer.pay(Answer::Words { id: job.id, heard, sentence });
}

fn judge_end(model: &mut EndOfTurn, job: &EndJob) {
    if job.abort.load(Ordering::Relaxed) {
        return;
    }
    match model.finished(&job.sound) {
        Ok(finished) => reply(&job.answer, Answer::EndJudged { id: job.id, finished }),
        Err(error) => warn!(%error, id = %job.id, "the end of a turn could not be judged"),
    }
}

fn feel(model: &mut EmotionModel, job: EmotionJob) {
    let mut baseline = job.baseline.lock().unwrap_or_else(PoisonError::into_inner);
    let emotion = model.estimate(&job.sound, job.language, &baseline);
    if emotion.is_some_and(|emotion| emotion.neutral >= CALM) {
        baseline.enrol(&job.sound);
    }
    drop(baseline);
    job.answer.pay(Answer::Mood { id: job.id, emotion });
}

fn speak(model: &mut Synthesizer, cache: &SpeechCache, job: SpeakJob) {
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

fn inspect(model: &mut Inspector, job: InspectJob) {
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
