//! `attributes.yaml`: the words that customers use for what an article is, has and is good for.

use ermu_domain::Localized;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{PackError, Problems};

pub(super) const FILE: &str = "attributes.yaml";

/// The attribute whose value is the price in the catalogue.
pub(crate) const PRICE: &str = "price";
/// The attribute whose value is the size table.
pub(crate) const SIZE: &str = "size";

/// The words of a shop's range.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Kinds of articles: `手机`.
    pub(crate) categories: Vec<Term>,
    /// What an article has a value of: `电池容量`. In the order in which they are compared.
    pub(crate) attributes: Vec<Term>,
    /// What an article is good for: `露营`.
    pub(crate) tags: Vec<Tag>,
}

/// Something with a name, and what customers call it besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) id: String,
    pub(crate) name: Localized,
    pub(crate) words: Vec<String>,
}

/// What an article is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) term: Term,
    pub(crate) slot: Slot,
    /// The attribute whose value answers "is it good for that?" before a yes or no does.
    pub(crate) answered_by: Option<String>,
}

/// Which part of a wish a tag fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slot {
    /// When: summer.
    Season,
    /// Where and what for: travel.
    Scene,
    /// What it should be like: breathable.
    Need,
    /// Who for: one person.
    Audience,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Yaml {
    #[serde(default)]
    categories: Vec<Spanned<TermYaml>>,
    #[serde(default)]
    attributes: Vec<Spanned<TermYaml>>,
    #[serde(default)]
    tags: Vec<Spanned<TagYaml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermYaml {
    id: String,
    zh: String,
    en: String,
    #[serde(default)]
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagYaml {
    id: String,
    zh: String,
    en: String,
    slot: Slot,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    answered_by: Option<String>,
}

/// Reads the words; a pack without the file has none.
pub(super) fn parse(text: Option<&str>, problems: &mut Problems) -> Vocabulary {
    let yaml = text.map(|text| serde_saphyr::from_str(text).map_err(|error| PackError::yaml(FILE, &error)));
    let Some(Yaml { categories, attributes, tags }) = yaml.and_then(|yaml| problems.take(yaml)) else {
        return Vocabulary::default();
    };
    let mut seen = Vec::new();
    let mut term = |list: &'static str, line: u64, yaml: TermYaml| {
        let TermYaml { id, zh, en, words } = yaml;
        if [&id, &zh, &en].into_iter().chain(&words).any(|text| text.trim().is_empty()) {
            problems.add(FILE, line, format!("`{id}` needs an id, zh, en and words that are not empty"));
        }
        if seen.contains(&(list, id.clone())) {
            problems.add(FILE, line, format!("the id `{id}` stands twice under `{list}`"));
        }
        seen.push((list, id.clone()));
        Term { id, name: Localized::new(zh, en), words }
    };
    let mut terms = |list: &'static str, yaml: Vec<Spanned<TermYaml>>| -> Vec<Term> {
        yaml.into_iter().map(|yaml| term(list, yaml.defined.line(), yaml.value)).collect()
    };
    let (categories, attributes) = (terms("categories", categories), terms("attributes", attributes));
    let mut read = Vec::new();
    for yaml in tags {
        let line = yaml.defined.line();
        let TagYaml { id, zh, en, slot, words, answered_by } = yaml.value;
        read.push((line, Tag { term: term("tags", line, TermYaml { id, zh, en, words }), slot, answered_by }));
    }
    for (line, tag) in &read {
        let unknown = tag.answered_by.as_ref().filter(|id| !attributes.iter().any(|attribute| attribute.id == **id));
        if let Some(id) = unknown {
            problems.add(FILE, *line, format!("`answered_by` {id:?} is no attribute of this file"));
        }
    }
    Vocabulary { categories, attributes, tags: read.into_iter().map(|(_, tag)| tag).collect() }
}
