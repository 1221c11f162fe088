//! Everything that can happen to a call. A failure is an event too, so that the core is total.

use ermu_domain::{
    EffectId, EmotionEstimate, Order, PhotoId, PhotoReport, Sentence, SessionTime, TicketId, Transcript, WallRefusal,
    WallReport,
};
use serde::{Deserialize, Serialize};

/// Something happened. Events that answer an effect carry its id; an answer to an id that is no longer awaited is
/// ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The line is up: sound can flow both ways.
    CallStarted,
    /// The caller's voice began, at `at` (a little before now: detection needs some frames).
    VoiceStarted {
        /// Onset of the voice.
        at: SessionTime,
        /// How loud it is so far.
        level: VoiceLevel,
    },
    /// The caller's voice has become louder since it began.
    VoiceRose {
        /// How loud it is so far.
        level: VoiceLevel,
    },
    /// The caller's voice paused, at `at` (a little before now).
    VoiceStopped {
        /// End of the last voiced frame.
        at: SessionTime,
    },
    /// Answers [`Effect::Transcribe`](crate::Effect::Transcribe).
    Transcribed {
        /// The effect that asked.
        id: EffectId,
        /// What was heard; none if there were no words in it (noise, a cough, a hallucination that was caught).
        transcript: Option<Transcript>,
        /// How it was said; none if it was too short to tell.
        emotion: Option<EmotionEstimate>,
    },
    /// Answers `Transcribe` when the transcriber broke or was overloaded.
    TranscriptionFailed {
        /// The effect that asked.
        id: EffectId,
    },
    /// Judges the end of the audio of an [`Effect::Transcribe`](crate::Effect::Transcribe); not every installation does.
    EndJudged {
        /// The effect that asked.
        id: EffectId,
        /// Probability that the caller has finished, by the sound of it.
        finished: f32,
    },
    /// Nothing has come from the caller's side for a long time, not even noise: the microphone is off, or the line broken.
    LineSilent,
    /// After `LineSilent`: sound comes again.
    LineSounds,
    /// The caller typed a message.
    Typed {
        /// The message.
        text: String,
        /// What it is about; none where nothing reads it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sentence: Option<Sentence>,
    },
    /// The caller sent a photo. The core answers with [`Effect::InspectPhoto`](crate::Effect::InspectPhoto), at once.
    PhotoReceived {
        /// Its number in this call.
        photo: PhotoId,
    },
    /// Answers [`Effect::InspectPhoto`](crate::Effect::InspectPhoto).
    PhotoAnalysed {
        /// Which one.
        photo: PhotoId,
        /// What was seen.
        report: PhotoReport,
    },
    /// Answers [`Effect::InspectPhoto`](crate::Effect::InspectPhoto) where it asked about a wall.
    WallMeasured {
        /// Which one.
        photo: PhotoId,
        /// Where the holes belong, or why that cannot be told from this photo.
        result: Result<WallReport, WallRefusal>,
    },
    /// A photo could not be looked at.
    PhotoFailed {
        /// Which one.
        photo: PhotoId,
        /// Whose fault it was.
        failure: PhotoFailure,
    },
    /// Answers [`Effect::FindOrder`](crate::Effect::FindOrder).
    OrderFound {
        /// The effect that asked.
        id: EffectId,
        /// The order, or none if the shop has no such order.
        order: Option<Box<Order>>,
    },
    /// Answers `FindOrder` when the order system did not answer.
    OrderLookupFailed {
        /// The effect that asked.
        id: EffectId,
    },
    /// Answers [`Effect::StoreTicket`](crate::Effect::StoreTicket): the ticket is durable.
    TicketStored {
        /// The effect that asked.
        id: EffectId,
        /// Its number.
        ticket: TicketId,
    },
    /// Answers `StoreTicket` when it could not be made durable.
    TicketFailed {
        /// The effect that asked.
        id: EffectId,
    },
    /// Answers [`Effect::AskModel`](crate::Effect::AskModel).
    ModelAnswered {
        /// The effect that asked.
        id: EffectId,
        /// What it wrote; none if it failed.
        answer: Option<String>,
    },
    /// Ermu's voice began to sound, for this [`Effect::Say`](crate::Effect::Say).
    SpeechStarted {
        /// The effect that asked.
        id: EffectId,
    },
    /// Ermu's voice finished a clause that is not the last.
    ClauseEnded {
        /// The effect that asked.
        id: EffectId,
        /// How many clauses sounded whole so far.
        clauses_heard: usize,
    },
    /// Ermu's voice ended, by itself or because it was stopped. Comes once for each `Say`, also when nothing sounded.
    SpeechEnded {
        /// The effect that asked.
        id: EffectId,
        /// How many clauses sounded whole.
        clauses_heard: usize,
    },
    /// A deadline that [`Core::next_deadline`](crate::Core::next_deadline) named has come.
    Tick,
    /// The caller hung up or the line broke.
    HungUp,
}

/// How loud a voice is, in dBFS (decibels relative to an RMS of 1, over 32 ms).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VoiceLevel {
    /// Its loudest moment so far.
    pub loudest_dbfs: f32,
    /// The loudest moment of what Ermu played in the last second; very low if it was silent.
    pub own_dbfs: f32,
}

impl VoiceLevel {
    /// The louder of two moments of the same voice.
    pub(crate) const fn louder(self, other: Self) -> Self {
        Self { loudest_dbfs: self.loudest_dbfs.max(other.loudest_dbfs), own_dbfs: self.own_dbfs.max(other.own_dbfs) }
    }
}

/// Why a photo could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoFailure {
    /// The file is no photo that we can read.
    Unreadable,
    /// The file is too large, in bytes or pixels.
    TooLarge,
    /// It took longer to look at than a photo may.
    TooSlow,
    /// Our side broke or was overloaded.
    Internal,
}
