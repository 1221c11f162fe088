//! Everything that the core can ask for.

use ermu_domain::{
    Decision, EffectId, EmotionEstimate, Evidence, HandOffReason, Language, MountingTemplate, PhotoId, PhotoReport,
    ProductId, Ticket, TicketId, TimeSpan, UtteranceId, WallQuestion, WallReport,
};
use serde::{Deserialize, Serialize};

use crate::ModelRequest;

/// Work for the world outside. Effects with an id are answered by an event with the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Transcribe the caller's audio in `span` and estimate its emotion. Answered by `Transcribed` or
    /// `TranscriptionFailed`; before that, by `EndJudged` where a model judges whether it sounds finished.
    Transcribe {
        /// Answer with this id.
        id: EffectId,
        /// Which utterance it belongs to.
        utterance: UtteranceId,
        /// Where in the caller's audio.
        span: TimeSpan,
        /// The language to expect.
        language: Language,
        /// What kind of words to expect.
        expecting: Expecting,
    },
    /// The answer to this `Transcribe` is no longer wanted; drop the work if it has not begun.
    CancelTranscription {
        /// The effect that asked.
        id: EffectId,
    },
    /// Speak, clause by clause, after what is already being spoken. Answered by `SpeechStarted` (if it sounds) and
    /// always `SpeechEnded`.
    Say {
        /// Answer with this id.
        id: EffectId,
        /// The clauses; each is synthesised on its own, so that the first sounds early.
        clauses: Vec<Clause>,
    },
    /// Fall silent at once, but keep what is queued: `ResumeSpeaking` or `StopSpeaking` follows.
    PauseSpeaking,
    /// Go on speaking where `PauseSpeaking` stopped.
    ResumeSpeaking,
    /// Stop speaking at once and drop what is queued. Each open `Say` is answered by `SpeechEnded`.
    StopSpeaking,
    /// Look an order up. Answered by `OrderFound` or `OrderLookupFailed`.
    FindOrder {
        /// Answer with this id.
        id: EffectId,
        /// The number, digits (and letters) only.
        number: String,
    },
    /// Look at a photo that [`Event::PhotoReceived`](crate::Event::PhotoReceived) announced. With a product, its catalogue
    /// photos serve as reference; ask again once the product becomes known (the newer answer replaces the older).
    /// Answered by `PhotoAnalysed` or `WallMeasured`, or by `PhotoFailed`.
    InspectPhoto {
        /// Which one.
        photo: PhotoId,
        /// What should be on it, if known.
        product: Option<ProductId>,
        /// What to look for.
        look_for: LookFor,
    },
    /// Make a ticket durable. The same `key` again replaces the ticket of before: at most one ticket for each
    /// session and key exists. Answered by `TicketStored` or `TicketFailed`.
    StoreTicket {
        /// Answer with this id.
        id: EffectId,
        /// Idempotency key within the session.
        key: u32,
        /// The ticket.
        ticket: Box<Ticket>,
    },
    /// Ask the language model. Asked only where [`TurnConfig`](crate::TurnConfig) gives it time. Answered by `ModelAnswered`,
    /// or not: the core waits no longer than that time.
    AskModel {
        /// Answer with this id.
        id: EffectId,
        /// What to ask.
        request: ModelRequest,
    },
    /// Keep a question that the shop's files have no answer to: a person approves one, or leaves it. Not answered.
    KeepQuestion {
        /// The caller's words.
        question: String,
        /// Where they said it.
        evidence: Evidence,
    },
    /// Show something to the caller (and to whoever watches). Not answered.
    Show {
        /// What to show.
        notice: Notice,
    },
    /// Hang up, after what is being spoken has sounded.
    EndCall,
}

/// What a photo is looked at for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookFor {
    /// Damage to an article. Answered by `PhotoAnalysed`.
    Damage,
    /// The holes of an article that is hung on this wall. Answered by `WallMeasured`.
    Wall {
        /// What about them.
        question: WallQuestion,
        /// Where they are.
        template: Box<MountingTemplate>,
    },
}

/// A stretch of speech that is synthesised in one piece.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Clause {
    /// The words, with punctuation; numbers and units as written (`订单123456`).
    pub text: String,
    /// Their language.
    pub language: Language,
}

/// What the core expects the caller to say next: the transcriber may lean towards it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expecting {
    /// Anything.
    #[default]
    Anything,
    /// An order number, read digit by digit.
    Digits,
    /// Yes or no.
    YesNo,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer.
    Caller,
    /// Ermu.
    Agent,
}

/// Something for the caller's screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody said something. An agent's caption is shown when its `Say` is asked for.
    Caption {
        /// Who.
        speaker: Speaker,
        /// The words.
        text: String,
        /// Where in the call; for the agent's, from the moment of asking, without length.
        span: TimeSpan,
        /// How it was said, for the caller's.
        emotion: Option<EmotionEstimate>,
    },
    /// The caller began to speak, or paused.
    Listening {
        /// True while the caller's voice is heard.
        voice: bool,
    },
    /// Ermu has something to say, or has said it. Shown by whoever plays the sound; the core does not ask for it.
    Speaking {
        /// True from the moment that something is to be said until all of it has sounded.
        voice: bool,
    },
    /// A photo was looked at.
    Photo {
        /// Which one.
        photo: PhotoId,
        /// What was seen.
        report: PhotoReport,
        /// The finding in words, in the caller's language (`右上角有一道划痕`).
        words: String,
    },
    /// A photo of a wall was looked at: where the holes belong.
    Wall {
        /// Which photo.
        photo: PhotoId,
        /// The points; none if the photo cannot be measured.
        report: Option<WallReport>,
        /// The holes' numbers and names in the caller's language (`1 左孔，2 右孔`), or which photo is needed instead.
        words: String,
    },
    /// A rule decided.
    Decided {
        /// What, and by which rule.
        decision: Decision,
    },
    /// A ticket is durable.
    TicketStored {
        /// Its number.
        number: TicketId,
        /// The ticket.
        ticket: Box<Ticket>,
    },
    /// A person takes over.
    HandOff {
        /// Why.
        reason: HandOffReason,
    },
}
