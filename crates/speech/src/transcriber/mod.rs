//! Words: one utterance of sound to text, or the reason why it holds none (Whisper through whisper.cpp).
//!
//! Whisper invents words when it hears none, loops when it is unsure, mixes traditional with simplified characters,
//! and writes Chinese by its sound. So an utterance passes a level gate before the model, `guards` after it, and
//! `homophones` and `text` on its way out.

mod answers;
mod draft;
mod guards;
mod homophones;
mod model;
mod numbers;
mod readings;
mod scorer;
mod settings;
mod simplify;
mod sound;
mod text;
mod threads;

use std::sync::{Arc, atomic::AtomicBool};

use ermu_domain::Language;

pub use self::model::{LoadTranscriberError, Transcriber, TranscriberWorker};
pub use self::sound::MAX_SECONDS;

/// What the speaker was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Expecting {
    /// Anything.
    #[default]
    Anything,
    /// A number, digit by digit.
    Digits,
    /// Yes or no.
    YesNo,
}

/// How to transcribe one utterance.
#[derive(Debug, Clone, Default)]
pub struct TranscribeOptions {
    /// The language that is spoken.
    pub language: Language,
    /// What kind of words to lean towards.
    pub expecting: Expecting,
    /// How many digits a number has that is asked for, if all have as many: one among words that was read with so many at once is not
    /// read again with more care.
    pub digits: Option<usize>,
    /// Set it from another thread to give up. Seen before the encoder and at each step of the decoder, so it takes up
    /// to the encoder's time (about 70 % of the whole).
    pub abort: Arc<AtomicBool>,
}

/// What an utterance holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Words.
    Words {
        /// The words; Chinese in simplified characters and with Chinese punctuation.
        text: String,
        /// Their language.
        language: Language,
        /// Mean probability of the tokens, 0 to 1.
        confidence: f32,
        /// Mean natural logarithm of the tokens' probabilities.
        avg_log_prob: f32,
    },
    /// No words.
    Nothing(Why),
}

/// Why an utterance holds no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It is too quiet to be speech.
    Silence,
    /// The model heard none.
    NoWords,
    /// The model guessed.
    Unsure,
    /// More words than anybody can say in that time.
    TooFast,
    /// The same words again and again.
    Repetition,
    /// A phrase that the model has from subtitles and says when it hears noise.
    StockPhrase,
}

/// Why an utterance could not be transcribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TranscribeError {
    /// A sample is NaN or infinite.
    #[error("sample {index} is not a finite number")]
    NotFinite {
        /// Its index.
        index: usize,
    },
    /// Over the limit.
    #[error("an utterance may last {MAX_SECONDS} s, this one lasts {seconds} s")]
    TooLong {
        /// Its whole seconds.
        seconds: usize,
    },
    /// The model is English only.
    #[error("this Whisper model knows English only, not {language}")]
    UnsupportedLanguage {
        /// What was asked for.
        language: Language,
    },
    /// [`TranscribeOptions::abort`] was set.
    #[error("given up, as asked")]
    Aborted,
    /// whisper.cpp broke; its code is in the message.
    #[error("whisper.cpp failed: {0}")]
    Model(#[from] WhisperFailure),
}

/// What whisper.cpp says about its failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code {code}")]
pub struct WhisperFailure {
    /// Its return code.
    code: i32,
}
