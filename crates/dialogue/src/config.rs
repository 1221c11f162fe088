//! The waiting times of turn-taking.

use std::time::Duration;

use ermu_domain::SessionTime;
use serde::{Deserialize, Serialize};

/// How long the core waits, in milliseconds. A missing key takes its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnConfig {
    /// Silence after which a turn ends.
    pub end_of_turn_ms: u32,
    /// The same while an order number is being read.
    pub end_of_turn_digits_ms: u32,
    /// The same while a yes or no is expected.
    pub end_of_turn_yes_no_ms: u32,
    /// Silence after which the final transcript is asked for, before it is certain that the turn is over.
    pub speculate_ms: u32,
    /// Audio before the onset of the voice that belongs to the utterance.
    pub prefix_padding_ms: u32,
    /// Audio after the end of the voice that belongs to the utterance.
    pub suffix_padding_ms: u32,
    /// Time from the onset of the caller's voice after which Ermu falls silent, unless the voice has ended by then. A
    /// pause is detected some 100 ms late, so this ignores clicks and short coughs; what a longer cough cut off is said
    /// again.
    pub barge_in_ms: u32,
    /// Length at which a turn is ended by force.
    pub max_turn_ms: u32,
    /// How long the finding of a photo that came without words waits for words.
    pub fusion_wait_ms: u32,
    /// Silent work after which the caller is asked to wait.
    pub patience_ms: u32,
    /// Work that takes longer than this has failed.
    pub work_limit_ms: u32,
    /// Silence of both sides after which the caller is asked whether they are still there.
    pub idle_ms: u32,
    /// The same while the caller is taking a photo.
    pub idle_photo_ms: u32,
    /// How often a silent caller is asked before the call ends.
    pub idle_prompts: u32,
}

impl Default for TurnConfig {
    fn default() -> Self {
        Self {
            end_of_turn_ms: 500,
            end_of_turn_digits_ms: 900,
            end_of_turn_yes_no_ms: 350,
            speculate_ms: 160,
            prefix_padding_ms: 200,
            suffix_padding_ms: 100,
            barge_in_ms: 160,
            max_turn_ms: 28_000,
            fusion_wait_ms: 1_200,
            patience_ms: 1_200,
            work_limit_ms: 15_000,
            idle_ms: 12_000,
            idle_photo_ms: 40_000,
            idle_prompts: 2,
        }
    }
}

pub(crate) fn ms(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

/// A moment after another, without wrapping.
pub(crate) fn after(start: SessionTime, milliseconds: u32) -> SessionTime {
    start + ms(milliseconds)
}
