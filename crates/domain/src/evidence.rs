//! What a statement rests on.

use serde::{Deserialize, Serialize};

use crate::{OrderNumber, PhotoId, Region, RuleId, TimeSpan, UtteranceId};

/// A pointer to the thing that proves a statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Evidence {
    /// The caller said it, here.
    Speech {
        /// Which utterance.
        utterance: UtteranceId,
        /// Where in the call's audio.
        span: TimeSpan,
    },
    /// The caller typed it at this moment.
    Typed {
        /// When.
        span: TimeSpan,
    },
    /// A photo shows it.
    Photo {
        /// Which photo.
        photo: PhotoId,
        /// Where on it; none means the whole photo.
        region: Option<Region>,
    },
    /// The order system says it.
    Order {
        /// Which order.
        number: OrderNumber,
        /// Which field of it.
        field: String,
    },
    /// A rule of the shop says it.
    Rule {
        /// Which rule.
        rule: RuleId,
    },
}

/// A sentence of a ticket, and what proves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// At least one pointer.
    pub evidence: Vec<Evidence>,
}
