//! Hearing and speaking: sound to words and mood, words to sound.
//!
//! Everything here is blocking and single-threaded; the engine gives each model an OS thread of its own. Sound is mono
//! `f32` in −1..1, 16 kHz on the way in and 24 kHz on the way out. Nothing in this crate knows about dialogues, calls
//! or clocks: a position in sound is a number of samples.
//!
//! The way in: [`vad`] gives each 32 ms a probability of voice, [`segmenter`] turns the probabilities into the edges of
//! utterances, [`end_of_turn`] tells how finished a pause sounds, [`transcriber`] turns an utterance into words (or says why it holds none), [`emotion`] into a mood. The
//! way out: [`synth`].

pub mod emotion;
pub mod end_of_turn;
pub mod segmenter;
pub mod synth;
pub mod transcriber;
pub mod vad;
