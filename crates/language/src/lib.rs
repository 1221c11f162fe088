//! What sentences are about: a sentence encoder for sixteen languages, run on text.
//!
//! The network is Google's Universal Sentence Encoder, multilingual (Yang et al., 2019: embeddings of word pieces,
//! three branches of convolutions over 2, 3 and 5 pieces, an average, and a small feed-forward network). Its weights come
//! from a package; models/cards says from which.

mod encoder;
mod pieces;
mod safetensors;

use std::path::PathBuf;

pub use encoder::SentenceEncoder;

/// Why the sentence encoder cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file could not be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} is no sentence encoder: {problem}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}
