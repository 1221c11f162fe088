//! `knowledge.yaml`: questions, the shop's answers, and where they are written.

use ermu_domain::Localized;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{PackError, Problems};

pub(super) const FILE: &str = "knowledge.yaml";

/// A question that the shop has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name; tickets cite it.
    pub(crate) id: String,
    /// How customers ask it.
    pub(crate) ask: Vec<String>,
    pub(crate) answer: Localized,
    /// Where it is written.
    pub(crate) source: Localized,
    /// The line of the file, from 1.
    pub(crate) line: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryYaml {
    id: String,
    ask: Vec<String>,
    answer: Localized,
    source: Localized,
}

/// Reads the answers; a pack without the file has none.
pub(super) fn parse(text: Option<&str>, problems: &mut Problems) -> Vec<Entry> {
    let yaml = text.map(|text| serde_saphyr::from_str(text).map_err(|error| PackError::yaml(FILE, &error)));
    let yaml: Vec<Spanned<EntryYaml>> = yaml.and_then(|yaml| problems.take(yaml)).unwrap_or_default();
    let mut entries: Vec<Entry> = Vec::new();
    for spanned in yaml {
        let line = spanned.defined.line();
        let EntryYaml { id, ask, answer, source } = spanned.value;
        if id.is_empty() || entries.iter().any(|entry| entry.id == id) {
            problems.add(FILE, line, format!("`id` {id:?} is empty or stands twice"));
        }
        if ask.is_empty() || ask.iter().any(|question| question.trim().is_empty()) {
            problems.add(FILE, line, format!("`{id}` needs questions in `ask`"));
        }
        for (key, text) in [("answer", &answer), ("source", &source)] {
            if text.zh.trim().is_empty() || text.en.trim().is_empty() {
                problems.add(FILE, line, format!("`{id}`: `{key}` needs both zh and en"));
            }
        }
        entries.push(Entry { id, ask, answer, source, line });
    }
    entries
}
