//! The waiting times of turn-taking.

use std::time::Duration;

use ermu_domain::SessionTime;
use serde::{Deserialize, Serialize};

/// How long the core waits, in milliseconds. A missing key takes its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnConfig {
    /// Silence after which a turn ends, if nothing more is known.
    pub end_of_turn_ms: u32,
    /// The same when it sounds finished.
    pub end_of_turn_finished_ms: u32,
    /// The same when it sounds unfinished.
    pub end_of_turn_unfinished_ms: u32,
    /// The same when the words so far mean nothing: more will come.
    pub end_of_turn_meaningless_ms: u32,
    /// The same while an order number is being read.
    pub end_of_turn_digits_ms: u32,
    /// The same when the number is whole.
    pub end_of_turn_whole_number_ms: u32,
    /// The same while a yes or no is expected.
    pub end_of_turn_yes_no_ms: u32,
    /// Probability of being finished from which a turn sounds finished, in percent.
    pub finished_percent: u32,
    /// Probability of being finished below which a turn sounds unfinished, in percent; 0: the sound alone never makes a turn
    /// wait, because on short Mandarin sentences it is wrong too often.
    pub unfinished_percent: u32,
    /// Silence after which the final transcript is asked for, before it is certain that the turn is over.
    pub speculate_ms: u32,
    /// The same while Ermu is silent only because of this voice: the sooner it knows, the shorter the silence.
    pub speculate_paused_ms: u32,
    /// Audio before the onset of the voice that belongs to the utterance.
    pub prefix_padding_ms: u32,
    /// Audio after the end of the voice that belongs to the utterance.
    pub suffix_padding_ms: u32,
    /// Time from the onset of the caller's voice after which Ermu falls silent, unless the voice has ended by then.
    pub barge_in_ms: u32,
    /// Ermu speaks on as soon as a voice that silenced it ends within this time: it was a sign of listening, or a cough.
    /// Words that say otherwise silence it again.
    pub brief_voice_ms: u32,
    /// Time from the onset of a voice that silenced Ermu after which its words so far are asked for.
    pub peek_ms: u32,
    /// Ermu speaks on as soon as a voice that silenced it ends within this time, if its words so far only showed that
    /// somebody listens.
    pub listening_ms: u32,
    /// The same if there were no words so far.
    pub wordless_ms: u32,
    /// An utterance over Ermu's speech that is shorter and means nothing is ignored.
    pub short_utterance_ms: u32,
    /// How much quieter than the caller, in dB, a voice is that is not the caller's.
    pub faint_db: u32,
    /// How much quieter than Ermu's own sound a voice is that may be its echo, while the caller's level is unknown.
    pub echo_db: u32,
    /// A transcript that takes longer than this will not come.
    pub hearing_limit_ms: u32,
    /// Length at which a turn is ended by force.
    pub max_turn_ms: u32,
    /// How long the finding of a photo that came without words waits for words.
    pub fusion_wait_ms: u32,
    /// Silent work after which the caller is asked to wait.
    pub patience_ms: u32,
    /// Work that takes longer than this has failed.
    pub work_limit_ms: u32,
    /// How long a language model may think about an utterance that was not understood; 0: it is not asked.
    pub proposal_limit_ms: u32,
    /// How long a finished answer waits for a language model's wording of it; 0: it is said as the shop wrote it.
    pub rephrase_limit_ms: u32,
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
            end_of_turn_finished_ms: 400,
            end_of_turn_unfinished_ms: 900,
            end_of_turn_meaningless_ms: 1_200,
            end_of_turn_digits_ms: 1_000,
            end_of_turn_whole_number_ms: 400,
            end_of_turn_yes_no_ms: 350,
            finished_percent: 80,
            unfinished_percent: 0,
            speculate_ms: 160,
            speculate_paused_ms: 64,
            prefix_padding_ms: 200,
            suffix_padding_ms: 100,
            barge_in_ms: 150,
            brief_voice_ms: 300,
            peek_ms: 320,
            listening_ms: 1_000,
            wordless_ms: 550,
            short_utterance_ms: 700,
            faint_db: 10,
            echo_db: 15,
            hearing_limit_ms: 8_000,
            max_turn_ms: 28_000,
            fusion_wait_ms: 1_200,
            patience_ms: 1_200,
            work_limit_ms: 15_000,
            proposal_limit_ms: 0,
            rephrase_limit_ms: 0,
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
