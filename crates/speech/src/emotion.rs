//! Emotion from prosody.
