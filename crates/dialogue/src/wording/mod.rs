//! From templates to sentences: the words themselves belong to the shop.

mod clauses;
mod dates;
mod names;
mod phrase;

use std::collections::BTreeMap;

use ermu_domain::Language;
use serde_saphyr::Spanned;

pub(crate) use clauses::{HOLE, Position, split};
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

    /// The clauses that begin a reply and that no slot changes: the caller waits for them in silence.
    pub(crate) fn beginnings(&self) -> Vec<Clause> {
        unique(self.spoken().filter_map(|(phrase, language)| {
            self.fixed_clauses_of(phrase, language, Position::First).into_iter().next()
        }))
    }

    /// All clauses that no slot changes.
    pub(crate) fn fixed_clauses(&self) -> Vec<Clause> {
        unique(self.spoken().flat_map(|(phrase, language)| {
            let first = self.fixed_clauses_of(phrase, language, Position::First);
            first.into_iter().chain(self.fixed_clauses_of(phrase, language, Position::Later))
        }))
    }

    fn spoken(&self) -> impl Iterator<Item = (Phrase, Language)> {
        let spoken = |phrase: &Phrase| phrase.is_spoken();
        [Language::Chinese, Language::English]
            .into_iter()
            .flat_map(move |language| Phrase::ALL.iter().copied().filter(spoken).map(move |phrase| (phrase, language)))
    }

    fn fixed_clauses_of(&self, phrase: Phrase, language: Language, position: Position) -> Vec<Clause> {
        let hole = HOLE.to_string();
        let holes: Vec<_> = phrase.slots().iter().map(|slot| (*slot, hole.as_str())).collect();
        split(&self.render(phrase, language, &holes), position)
            .into_iter()
            .filter(|text| !text.contains(HOLE))
            .map(|text| Clause { text, language })
            .collect()
    }
}

fn unique(clauses: impl Iterator<Item = Clause>) -> Vec<Clause> {
    let mut unique: Vec<Clause> = Vec::new();
    for clause in clauses {
        if !unique.contains(&clause) {
            unique.push(clause);
        }
    }
    unique
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::demo;

    #[test]
    fn every_reply_can_begin_to_sound_at_once() {
        let pack = demo();
        for language in [Language::Chinese, Language::English] {
            for phrase in Phrase::ALL.iter().copied().filter(|phrase| phrase.is_spoken()) {
                let slots: Vec<_> = phrase.slots().iter().map(|slot| (*slot, "\u{fffc}")).collect();
                let text = pack.wording().render(phrase, language, &slots);
                let clauses = split(&text, Position::First);
                assert!(!clauses[0].contains('\u{fffc}'), "{}: {text}", phrase.key());
            }
        }
    }
}
