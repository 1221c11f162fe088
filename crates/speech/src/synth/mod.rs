//! Speech synthesis.
