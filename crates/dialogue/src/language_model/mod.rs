//! What a language model may help with, and the fences around it.
//!
//! It may propose what an utterance means, and put a finished answer into other words. It decides nothing and writes nothing: what
//! it says is a stranger's word, read with limits, checked against the caller's words and the shop's data, and dropped when in
//! doubt. A call goes the same way without it, only less far.

mod facts;
mod proposal;
mod rephrase;

use serde::{Deserialize, Serialize};

pub(crate) use proposal::{Proposal, question};
pub(crate) use rephrase::{polish, polished};

/// The longest answer that is read, in bytes.
const ANSWER_BYTES: usize = 4 * 1024;

/// What a language model is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// What it is to do; the same for every call of a shop.
    pub instructions: String,
    /// What it is to do that with: JSON, because a caller's words are in it.
    pub input: String,
    /// The JSON schema (draft 2020-12) of its answer, and a name for it.
    pub schema: serde_json::Value,
    /// The schema's name: letters and `_`.
    pub schema_name: String,
}

/// Reads a model's answer: one JSON object of this form and nothing beside it.
fn read<'a, T: Deserialize<'a>>(answer: &'a str) -> Option<T> {
    (answer.len() <= ANSWER_BYTES).then(|| serde_json::from_str(answer.trim()).ok()).flatten()
}
