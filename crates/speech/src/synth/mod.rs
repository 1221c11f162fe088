//! Speech synthesis: text in Chinese or English → sound, with Kokoro-82M (24 kHz, about 0.3 s of CPU for a second of sound).
//!
//! A text goes through [`spoken_form`] (numbers, dates and codes as they are said), the pronunciation of its
//! scripts (Mandarin by word and dictionary, English by rule and lexicon) and the model's vocabulary, then sentence by sentence
//! through the model. [`split_clauses`] cuts a reply so that its first sound comes early, and a [`ClauseCache`] keeps what is
//! said again and again.

mod cache;
mod clauses;
mod english;
mod front_end;
mod level;
mod mandarin;
mod normalize;
mod romance;
mod synthesizer;
mod vocabulary;
mod voice;

pub use cache::ClauseCache;
pub use clauses::split_clauses;
pub use normalize::spoken_form;
pub use synthesizer::{
    LoadSynthesizerError, MAX_TEXT_CHARACTERS, SAMPLE_RATE_HZ, SPEEDS, Speech, SynthesisError, Synthesizer,
    SynthesizerFiles,
};
pub use voice::VoiceName;
