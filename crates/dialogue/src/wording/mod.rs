//! From templates to sentences: the words themselves belong to the shop.

mod clauses;
mod dates;
mod names;
mod phrase;

use std::collections::BTreeMap;

use ermu_domain::Language;
use serde_saphyr::Spanned;

pub(crate) use clauses::{Position, split};
pub(crate) use dates::{before, day_and_time, days_until};
pub(crate) use names::{defect, finding, reason, remedy};
pub(crate) use phrase::Phrase;

use crate::{Clause, PackError, Shop};

/// The shop's templates in both languages; every phrase is there.
#[derive(Debug)]
pub(crate) struct Wording {
    zh: BTreeMap<Phrase, Vec<Piece>>,
    en: BTreeMap<Phrase, Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(&'static str),
}

/// Slots that every template may use; they are the same for the whole shop.
const SHOP_SLOTS: [&str; 3] = ["shop", "persona", "callback"];

impl Wording {
    pub(crate) fn parse(zh: &str, en: &str, shop: &Shop) -> Result<Self, PackError> {
        Ok(Self {
            zh: parse_language("wording.zh.yaml", zh, shop, Language::Chinese)?,
            en: parse_language("wording.en.yaml", en, shop, Language::English)?,
        })
    }

    /// The phrase in words. A slot that is not given stays empty.
    pub(crate) fn render(&self, phrase: Phrase, language: Language, slots: &[(&str, &str)]) -> String {
        self.pieces(phrase, language)
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Slot(name) => slots.iter().find(|(slot, _)| slot == name).map_or("", |(_, value)| value),
            })
            .collect()
    }

    fn pieces(&self, phrase: Phrase, language: Language) -> &[Piece] {
        let pieces = match language {
            Language::Chinese => self.zh.get(&phrase),
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => self.en.get(&phrase),
        };
        pieces.map_or(&[], Vec::as_slice)
    }

    /// The clauses that no slot changes.
    pub(crate) fn fixed_clauses(&self) -> Vec<Clause> {
        const HOLE: &str = "\u{fffc}";
        let mut clauses: Vec<Clause> = Vec::new();
        for language in [Language::Chinese, Language::English] {
            for phrase in Phrase::ALL.iter().copied().filter(|phrase| phrase.is_spoken()) {
                let holes: Vec<_> = phrase.slots().iter().map(|slot| (*slot, HOLE)).collect();
                let text = self.render(phrase, language, &holes);
                for position in [Position::First, Position::Later] {
                    for text in split(&text, position).into_iter().filter(|text| !text.contains(HOLE)) {
                        let clause = Clause { text, language };
                        if !clauses.contains(&clause) {
                            clauses.push(clause);
                        }
                    }
                }
            }
        }
        clauses
    }
}

fn parse_language(
    file: &'static str,
    text: &str,
    shop: &Shop,
    language: Language,
) -> Result<BTreeMap<Phrase, Vec<Piece>>, PackError> {
    let yaml: BTreeMap<String, Spanned<String>> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(file, &error))?;
    let mut phrases = BTreeMap::new();
    for (key, template) in &yaml {
        let line = template.defined.line();
        let Some(phrase) = Phrase::ALL.iter().copied().find(|phrase| phrase.key() == key) else {
            return Err(PackError::at(file, line, format!("`{key}` is not a phrase that Ermu knows")));
        };
        let pieces = parse_template(&template.value, phrase, shop, language)
            .map_err(|problem| PackError::at(file, line, format!("`{key}`: {problem}")))?;
        phrases.insert(phrase, pieces);
    }
    match Phrase::ALL.iter().find(|phrase| !phrases.contains_key(phrase)) {
        Some(phrase) => Err(PackError::at(file, 1, format!("lacks the phrase `{}`", phrase.key()))),
        None => Ok(phrases),
    }
}

fn parse_template(template: &str, phrase: Phrase, shop: &Shop, language: Language) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template.trim();
    if rest.is_empty() {
        return Err("is empty".to_owned());
    }
    while let Some(open) = rest.find(['{', '}']) {
        text.push_str(&rest[..open]);
        let (name, behind) = rest[open..]
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
            .ok_or("has a brace without its partner")?;
        rest = behind;
        match name {
            "shop" => text.push_str(shop.name.get(language)),
            "persona" => text.push_str(shop.persona.get(language)),
            "callback" => text.push_str(shop.callback.get(language)),
            _ => {
                let known = phrase.slots().iter().find(|slot| **slot == name).ok_or_else(|| {
                    let all: Vec<_> =
                        phrase.slots().iter().chain(&SHOP_SLOTS).map(|slot| format!("{{{slot}}}")).collect();
                    format!("knows no {{{name}}}, only {}", all.join(" "))
                })?;
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Slot(known));
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

impl Phrase {
    /// Phrases that are a whole of their own in speech; the others are parts of sentences or only written.
    fn is_spoken(self) -> bool {
        let key = self.key();
        !["defect.", "place.", "record.", "summary.", "remedy.", "reason.", "payer.", "finding"]
            .iter()
            .any(|prefix| key.starts_with(prefix))
    }
}
