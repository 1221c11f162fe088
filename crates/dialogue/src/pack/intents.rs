//! `intents.yaml`: what callers may want, by example.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::PackError;

pub(super) const FILE: &str = "intents.yaml";

/// What a caller may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Intent {
    /// Has it been sent, where is it.
    OrderStatus,
    /// When does it come.
    Arrival,
    /// It came damaged.
    Damage,
    /// A human being, please.
    Person,
    /// Hello.
    Greeting,
    /// Thank you.
    Thanks,
    /// That is all.
    Goodbye,
    /// Say that again.
    Repeat,
    /// Something that only the shop's people can do.
    Other,
}

impl Intent {
    pub(crate) const ALL: [Self; 9] = [
        Self::OrderStatus,
        Self::Arrival,
        Self::Damage,
        Self::Person,
        Self::Greeting,
        Self::Thanks,
        Self::Goodbye,
        Self::Repeat,
        Self::Other,
    ];
}

/// How callers say it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Examples {
    /// Words that settle it wherever they stand.
    #[serde(default)]
    pub(crate) cues: Vec<String>,
    /// Whole sentences; what is like them is meant.
    pub(crate) examples: Vec<String>,
}

pub(crate) type Intents = BTreeMap<Intent, Examples>;

pub(super) fn parse(text: &str) -> Result<Intents, PackError> {
    let yaml: BTreeMap<Intent, Spanned<Examples>> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(FILE, &error))?;
    for intent in Intent::ALL {
        match yaml.get(&intent) {
            None => return Err(PackError::at(FILE, 1, format!("lacks the intent {intent:?}"))),
            Some(found) if found.value.examples.iter().all(|example| example.trim().is_empty()) => {
                return Err(PackError::at(FILE, found.defined.line(), format!("{intent:?} needs examples")));
            }
            Some(found) if found.value.cues.iter().any(|cue| cue.trim().is_empty()) => {
                return Err(PackError::at(FILE, found.defined.line(), format!("{intent:?} has an empty cue")));
            }
            Some(_) => {}
        }
    }
    Ok(yaml.into_iter().map(|(intent, spanned)| (intent, spanned.value)).collect())
}
