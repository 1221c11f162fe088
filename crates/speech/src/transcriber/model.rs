//! whisper.cpp: loading, the settings of a decoding, escalation, and the language that was spoken.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use ermu_domain::Language;
use whisper_rs::{FullParams, WhisperContext, WhisperContextParameters, WhisperError, WhisperState};

use super::{
    Expecting, Heard, TranscribeError, TranscribeOptions, WhisperFailure, Why,
    answers::{Answers, Side, Told},
    draft::{Draft, letters},
    guards::{self, Decoding},
    homophones::{Homophones, Letter},
    numbers::{self, NumberTokens, Reading},
    readings,
    scorer::Scorer,
    settings::{Search, audio_ctx, settings},
    simplify::simplify,
    sound::{self, SAMPLE_RATE_HZ},
    text,
    threads::Running,
};

/// Languages that [`TranscriberWorker::detect`] can tell apart.
const LANGUAGES: [Language; 5] =
    [Language::Chinese, Language::English, Language::Spanish, Language::Portuguese, Language::Arabic];
/// A longer sound is more than a yes or a no and a word of politeness.
const LONGEST_ANSWER_SECONDS: f32 = 2.4;
/// Words of this mean log-probability are what they are: 是吗 is no 是的.
const SURE_AVG_LOG_PROB: f32 = -0.5;
/// How much likelier a yes is than other words because it was asked for, as a logarithm. Of 68 short utterances in seven synthetic voices,
/// "sim, por favor" heard as "senha, por favor" needed 5.1; the yes in 可以换吗, which is none, would need 8.3.
const ASKED_FOR: f32 = 5.5;
/// With fewer digits what was read is no number yet.
const FEWEST_DIGITS: usize = 4;
/// Below this mean log-probability a number that was asked for was not said.
const UNSURE_NUMBER_AVG_LOG_PROB: f32 = -3.2;
/// So many characters that are none may stand for digits: 三有四有 is 3141.
const MAX_STRAY: usize = 8;
/// From this sureness on, what may be a number among words is a number.
const SURE_NUMBER: f32 = 0.75;
/// A loop of one digit from this on is that digit, said often: how often, those know who asked.
const SURE_LOOP_AVG_LOG_PROB: f32 = -1.2;
/// More is a loop.
const MAX_DIGITS_PER_SECOND: f32 = 6.0;

/// The model's weights, shared by all workers.
pub struct Transcriber {
    context: Arc<WhisperContext>,
    /// None for a model that knows English only.
    homophones: Option<Arc<Homophones>>,
    closed: Arc<Closed>,
    running: Running,
}

/// What can be told apart where only a few things can have been said.
struct Closed {
    numbers: NumberTokens,
    answers: Answers,
    /// None for a model that knows English only.
    scorers: Vec<(Language, Scorer)>,
}

/// A decoder of its own over shared weights, for one OS thread. It keeps about 50 MB, 45 MB more once it has used a beam.
pub struct TranscriberWorker {
    context: Arc<WhisperContext>,
    state: WhisperState,
    /// The language of the last utterance, while all of it is encoded.
    encoded: Option<Language>,
    /// Settings, built once for each kind of decoding: whisper-rs leaks a language and a callback for each set.
    settings: HashMap<(Language, Search), FullParams<'static, 'static>>,
    /// The flag of the utterance in work, for the callback in `settings`.
    abort: Arc<Mutex<Arc<AtomicBool>>>,
    tokens: Tokens,
    homophones: Option<Arc<Homophones>>,
    closed: Arc<Closed>,
    /// Transcriptions that go on at this moment, of all workers.
    running: Running,
    sound: Vec<f32>,
}

/// Special tokens of the model.
#[derive(Debug, Clone, Copy)]
struct Tokens {
    /// Tokens below it are text.
    end_of_text: i32,
    start: i32,
    languages: [i32; LANGUAGES.len()],
    multilingual: bool,
}

/// Why a Whisper model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadTranscriberError {
    /// The file cannot be opened.
    #[error("Whisper model {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no Whisper model in ggml format, or is cut off.
    #[error("Whisper model {path}: not a ggml Whisper model, or damaged")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// There is no memory for a decoder.
    #[error("no memory for a Whisper decoder")]
    NoMemory,
}

impl Transcriber {
    /// Loads a Whisper model in ggml format, of any size. whisper.cpp's messages go to `tracing` from here on.
    pub fn load(path: &Path) -> Result<Self, LoadTranscriberError> {
        whisper_rs::install_logging_hooks();
        std::fs::File::open(path).map_err(|source| LoadTranscriberError::Unreadable { path: path.into(), source })?;
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(false).flash_attn(false);
        let context = WhisperContext::new_with_params(path, parameters)
            .map_err(|_| LoadTranscriberError::Malformed { path: path.into() })?;
        let homophones = context.is_multilingual().then(|| Arc::new(Homophones::new()));
        let scorer = |language: Language| {
            let token = context.token_lang(whisper_rs::get_lang_id(language.code())?);
            Some((language, Scorer::new(&context, token)))
        };
        let languages = LANGUAGES.into_iter().filter(|_| context.is_multilingual());
        let closed = Arc::new(Closed {
            numbers: NumberTokens::of(&context),
            answers: Answers::of(&context),
            scorers: languages.filter_map(scorer).collect(),
        });
        Ok(Self { context: Arc::new(context), homophones, closed, running: Running::default() })
    }

    /// A decoder on these weights; it keeps them alive.
    pub fn worker(&self) -> Result<TranscriberWorker, LoadTranscriberError> {
        let state = self.context.create_state().map_err(|_| LoadTranscriberError::NoMemory)?;
        let tokens = Tokens {
            end_of_text: self.context.token_eot(),
            start: self.context.token_sot(),
            languages: LANGUAGES.map(|language| {
                whisper_rs::get_lang_id(language.code()).map_or(i32::MAX, |id| self.context.token_lang(id))
            }),
            multilingual: self.context.is_multilingual(),
        };
        Ok(TranscriberWorker {
            context: Arc::clone(&self.context),
            state,
            encoded: None,
            settings: HashMap::new(),
            abort: Arc::default(),
            tokens,
            homophones: self.homophones.clone(),
            closed: Arc::clone(&self.closed),
            running: self.running.clone(),
            sound: Vec::new(),
        })
    }
}

impl std::fmt::Debug for Transcriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transcriber").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TranscriberWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TranscriberWorker").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

impl TranscriberWorker {
    /// Transcribes one utterance of 16 kHz sound, at most [`MAX_SECONDS`](super::MAX_SECONDS) long.
    pub fn transcribe(&mut self, pcm_16k: &[f32], options: &TranscribeOptions) -> Result<Heard, TranscribeError> {
        let language = options.language;
        if !self.tokens.multilingual && language != Language::English {
            return Err(TranscribeError::UnsupportedLanguage { language });
        }
        self.encoded = None;
        let mut sound = std::mem::take(&mut self.sound);
        let heard = sound::condition(pcm_16k, &mut sound)
            .and_then(|()| self.transcribe_conditioned(&sound, pcm_16k.len(), options));
        self.sound = sound;
        heard
    }

    /// Which of these languages the last transcribed utterance is in, and how probable that is among them. Costs one
    /// step of the decoder, since the utterance is still encoded. None if nothing was transcribed, the utterance was
    /// too quiet, or the model knows English only.
    pub fn detect(&mut self, among: &[Language]) -> Option<(Language, f32)> {
        if !self.tokens.multilingual || self.state.full_n_segments() == 0 {
            return None;
        }
        self.state.decode(&[self.tokens.start], 0, 1).ok()?;
        let logits = self.state.get_logits().ok()?;
        let scores: Vec<(Language, f32)> = LANGUAGES
            .into_iter()
            .zip(self.tokens.languages)
            .filter(|(language, _)| among.contains(language))
            .filter_map(|(language, token)| Some((language, *logits.get(usize::try_from(token).ok()?)?)))
            .collect();
        let best = *scores.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let sum: f32 = scores.iter().map(|(_, logit)| (logit - best.1).exp()).sum();
        Some((best.0, 1.0 / sum))
    }

    /// Which of these readings the last utterance holds rather than the words that were heard in it, both whole texts: one that is
    /// nearly as likely as those, if no other is. None too if nothing was heard, or the utterance was longer than the model's
    /// window. Costs a step of the decoder for each token in which a likely reading differs.
    pub fn likeliest(&mut self, heard: &str, readings: &[String]) -> Result<Option<usize>, TranscribeError> {
        let Some(scorer) = self.encoded.and_then(|language| self.scorer(language)) else { return Ok(None) };
        let context = Arc::clone(&self.context);
        // A text has at most as many tokens as bytes.
        let tokens = |text: &str| context.tokenize(text, text.len().max(1)).map_err(failure);
        let heard = tokens(heard)?;
        let readings = readings.iter().map(|reading| tokens(reading)).collect::<Result<Vec<_>, _>>()?;
        Ok(readings::likeliest(&mut self.state, &scorer, &heard, &readings).map_err(failure)?)
    }

    fn transcribe_conditioned(
        &mut self,
        sound: &[f32],
        spoken_samples: usize,
        options: &TranscribeOptions,
    ) -> Result<Heard, TranscribeError> {
        if guards::is_silence(sound::loudest_dbfs(sound)) {
            return Ok(Heard::Nothing(Why::Silence));
        }
        *self.abort.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&options.abort);
        let running = self.running.clone();
        let _running = running.begin();
        let (mut raw, mut tokens, mut probability_sum, mut log_prob_sum) = (String::new(), 0, 0.0, 0.0);
        let mut why = Why::NoWords;
        let pieces = sound::pieces(sound);
        let is_whole = pieces.len() == 1;
        for piece in pieces {
            let seconds = piece.len().min(spoken_samples) as f32 / SAMPLE_RATE_HZ as f32;
            let draft = self.best_draft(piece, seconds, options)?;
            match draft.objection {
                Some(objection) => why = objection,
                None => {
                    raw.push_str(&self.spell(&draft.letters, options));
                    raw.push(' ');
                    tokens += draft.tokens;
                    probability_sum += draft.probability_sum;
                    log_prob_sum += draft.log_prob_sum;
                }
            }
        }
        let text = text::clean(&raw, options.language);
        if text.is_empty() {
            return Ok(Heard::Nothing(why));
        }
        self.encoded = is_whole.then_some(options.language);
        let count = tokens.max(1) as f32;
        Ok(Heard::Words {
            text,
            language: options.language,
            confidence: probability_sum / count,
            avg_log_prob: log_prob_sum / count,
        })
    }

    /// The words as they are written; of Chinese, with what only sounds right mended. A number is no matter of spelling.
    fn spell(&self, letters: &[Letter], options: &TranscribeOptions) -> String {
        let written: String = letters.iter().map(|letter| letter.0).collect();
        match (&self.homophones, options.language, options.expecting) {
            (Some(homophones), Language::Chinese, Expecting::Anything | Expecting::YesNo) => {
                // One character becomes one, so that each keeps its probability.
                let simple = simplify(&written);
                let simple: Vec<Letter> = simple.chars().zip(letters).map(|(c, letter)| (c, letter.1)).collect();
                homophones.mend(&simple)
            }
            _ => written,
        }
    }

    /// Decodes greedily; with a beam where that helps: numbers, and loops. For other words a
    /// prototype's beam was no better (17.1 against 16.9 % errors on 104 utterances) at nearly twice the cost.
    fn best_draft(
        &mut self,
        piece: &[f32],
        seconds: f32,
        options: &TranscribeOptions,
    ) -> Result<Draft, TranscribeError> {
        match options.expecting {
            Expecting::Digits => {
                let draft = self.decode(piece, seconds, Search::Greedy, options)?;
                let text = draft.text();
                let digits = numbers::digits(&text);
                let words = text.chars().filter(|c| c.is_alphanumeric()).count() - digits;
                let may_be_number = words <= MAX_STRAY || draft.objection.is_some();
                let number = if may_be_number { self.number(seconds, options)? } else { None };
                match (number, draft.objection) {
                    (Some(number), _) if words == 0 || digits < FEWEST_DIGITS || number.sureness >= SURE_NUMBER => {
                        Ok(number.into())
                    }
                    (_, None) if digits < FEWEST_DIGITS || words == 0 || options.digits == Some(digits) => Ok(draft),
                    (_, Some(Why::Silence | Why::NoWords | Why::Unsure | Why::StockPhrase)) => Ok(draft),
                    // A number among words, or a loop.
                    (_, None | Some(Why::Repetition | Why::TooFast)) => {
                        self.decode(piece, seconds, Search::Beam, options)
                    }
                }
            }
            Expecting::YesNo => {
                let draft = self.decode(piece, seconds, Search::Greedy, options)?;
                let may_be_another = match draft.objection {
                    Some(objection) => objection == Why::Unsure,
                    None => !self.closed.answers.holds(&draft.text()),
                };
                if !may_be_another || seconds > LONGEST_ANSWER_SECONDS {
                    return Ok(draft);
                }
                // Words that are heard surely are what they are, unless a no, which moves nothing, or nearly as likely a yes.
                let is_sure = draft.objection.is_none() && draft.avg_log_prob() >= SURE_AVG_LOG_PROB;
                let may_be =
                    |told: &Told| !is_sure || told.side == Side::No || told.log_prob >= draft.log_prob_sum - ASKED_FOR;
                let told = self.answer(options)?.filter(may_be);
                Ok(told.map_or(draft, |told| Draft::of(told.text, told.tokens, told.confidence.ln())))
            }
            Expecting::Anything => {
                let greedy = self.decode(piece, seconds, Search::Greedy, options)?;
                match greedy.objection {
                    Some(Why::Repetition | Why::TooFast) => self.decode(piece, seconds, Search::Beam, options),
                    Some(Why::Silence | Why::NoWords | Why::Unsure | Why::StockPhrase) | None => Ok(greedy),
                }
            }
        }
    }

    /// Reads what was just decoded as a number and nothing else; none if it sounds too little like one.
    fn number(&mut self, seconds: f32, options: &TranscribeOptions) -> Result<Option<Reading>, TranscribeError> {
        let Some(scorer) = self.scorer(options.language) else { return Ok(None) };
        let reading = self.closed.numbers.read(&mut self.state, &scorer, options.language).map_err(failure)?;
        let believed = |reading: &Reading| {
            let digits = numbers::digits(&reading.text);
            reading.avg_log_prob >= UNSURE_NUMBER_AVG_LOG_PROB
                && digits >= FEWEST_DIGITS
                && if numbers::is_endless(&reading.text) {
                    numbers::is_one_digit_but_one(&reading.text) && reading.avg_log_prob >= SURE_LOOP_AVG_LOG_PROB
                } else {
                    digits as f32 <= MAX_DIGITS_PER_SECOND * seconds.max(1.0)
                }
        };
        Ok(reading.filter(believed))
    }

    /// Tells whether what was just decoded is a yes or a no; none if neither is likely.
    fn answer(&mut self, options: &TranscribeOptions) -> Result<Option<Told>, TranscribeError> {
        let Some(scorer) = self.scorer(options.language) else { return Ok(None) };
        Ok(self.closed.answers.tell(&mut self.state, &scorer, options.language).map_err(failure)?)
    }

    fn scorer(&self, language: Language) -> Option<Scorer> {
        let scorer = self.closed.scorers.iter().find(|(known, _)| *known == language)?;
        Some(scorer.1.with_threads(self.running.threads()))
    }

    fn decode(
        &mut self,
        piece: &[f32],
        seconds: f32,
        search: Search,
        options: &TranscribeOptions,
    ) -> Result<Draft, TranscribeError> {
        if options.abort.load(Ordering::Relaxed) {
            return Err(TranscribeError::Aborted);
        }
        let mut settings = self.settings(options.language, search);
        settings.set_audio_ctx(audio_ctx(piece.len()));
        settings.set_n_threads(self.running.threads());
        // A loop is cut where the guards would reject it anyway; timestamps and the end need their tokens too.
        settings.set_max_tokens(guards::max_tokens(seconds) as i32 + 8);
        self.state.full(settings, piece).map_err(|error| {
            if options.abort.load(Ordering::Relaxed) { TranscribeError::Aborted } else { failure(error).into() }
        })?;
        let mut draft =
            Draft { letters: Vec::new(), tokens: 0, probability_sum: 0.0, log_prob_sum: 0.0, objection: None };
        // A token may hold a part of a character, so bytes are gathered first.
        let mut bytes: Vec<(u8, f32)> = Vec::new();
        for segment in self.state.as_iter() {
            for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
                let data = token.token_data();
                if data.id < self.tokens.end_of_text {
                    bytes.extend(token.to_bytes().map_err(failure)?.iter().map(|&byte| (byte, data.p)));
                    draft.tokens += 1;
                    draft.probability_sum += data.p;
                    draft.log_prob_sum += data.plog;
                }
            }
        }
        draft.letters = letters(&bytes);
        let spoken = text::clean(&draft.text(), options.language);
        let decoding = Decoding { text: &spoken, tokens: draft.tokens, avg_log_prob: draft.avg_log_prob(), seconds };
        draft.objection = guards::objection(decoding);
        Ok(draft)
    }

    fn settings(&mut self, language: Language, search: Search) -> FullParams<'static, 'static> {
        self.settings.entry((language, search)).or_insert_with(|| settings(language, search, &self.abort)).clone()
    }
}

fn failure(error: WhisperError) -> WhisperFailure {
    tracing::warn!(%error, "whisper.cpp failed");
    WhisperFailure { code: if let WhisperError::GenericError(code) = error { code } else { 0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_model_is_refused() {
        assert!(matches!(
            Transcriber::load(Path::new("/nowhere/whisper.bin")),
            Err(LoadTranscriberError::Unreadable { .. })
        ));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("whisper.bin");
        std::fs::write(&path, b"not a model").unwrap();
        assert!(matches!(Transcriber::load(&path), Err(LoadTranscriberError::Malformed { .. })));
    }
}
