//! From templates to sentences: the words themselves belong to the shop.

mod clauses;
mod dates;
mod names;
mod phrase;
mod translation;

use std::collections::BTreeMap;

use ermu_domain::Language;
use serde::Deserialize;
use serde_saphyr::Spanned;

pub(crate) use clauses::{HOLE, Position, split};
pub(crate) use dates::{before, day_and_time, days_until};
pub(crate) use names::{defect, field, finding, in_turn, intent, kind, list, price, reason, remedy};
pub(crate) use phrase::Phrase;
pub(crate) use translation::FILES as MORE;

use crate::{
    Clause, PackError, Shop,
    pack::{Problems, Product, Rule},
};

/// The shop's templates. In Chinese and English every phrase is there; a sentence that lacks in another language is said in
/// English.
#[derive(Debug, Default)]
pub(crate) struct Wording {
    zh: Templates,
    en: Templates,
    /// Further languages.
    more: BTreeMap<Language, Templates>,
    /// What callers of further languages hear in English, for the shop's owner.
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(&'static str),
}

/// The files of templates, Chinese and English.
pub(crate) const FILES: [&str; 2] = ["wording.zh.yaml", "wording.en.yaml"];
/// Other templates for the manner that the shop chose.
pub(crate) const PERSONAS: &str = "personas.yaml";

/// Slots that every template may use; they are the same for the whole shop.
const SHOP_SLOTS: [&str; 3] = ["shop", "persona", "callback"];

impl Wording {
    /// Reads the templates, Chinese and English, and puts those of the shop's manner in their place.
    pub(crate) fn parse(
        texts: [Result<&str, PackError>; 2],
        personas: Option<&str>,
        shop: &Shop,
    ) -> Result<Self, PackError> {
        let mut problems = Problems::default();
        let [zh, en] = texts;
        let zh = problems.take(zh.and_then(|text| parse_language(FILES[0], text, shop, Language::Chinese)));
        let en = problems.take(en.and_then(|text| parse_language(FILES[1], text, shop, Language::English)));
        let manners = problems.take(parse_personas(personas.unwrap_or("{}"), shop));
        problems.end()?;
        let mut wording = Self { zh: zh.unwrap_or_default(), en: en.unwrap_or_default(), ..Self::default() };
        if let Some(manner) = &shop.manner {
            let Some(templates) = manners.unwrap_or_default().remove(manner) else {
                let problem = format!("`manner` {manner:?} is not in {PERSONAS}");
                return Err(PackError::at("shop.yaml", 1, problem));
            };
            wording.zh.extend(templates.zh);
            wording.en.extend(templates.en);
        }
        Ok(wording)
    }

    /// Reads further languages, each of [`MORE`] that is there, and puts the shop's own words in them in their places.
    pub(crate) fn parse_more(
        &mut self,
        files: &BTreeMap<String, String>,
        shop: &Shop,
        (rules, products): (&mut [Rule], &mut [Product]),
        problems: &mut Problems,
    ) {
        for (index, (file, language)) in MORE.into_iter().zip(translation::LANGUAGES).enumerate() {
            match files.get(file) {
                Some(text) => {
                    let templates = translation::parse(index, text, shop, (rules, products), &mut self.notes);
                    self.more.extend(problems.take(templates).map(|templates| (language, templates)));
                }
                None if files.contains_key(&format!("intents.{language}.yaml")) => {
                    self.notes.push(format!("there is no {file}: who speaks that language is answered in English"));
                }
                None => {}
            }
        }
    }

    /// What callers of further languages hear in English, for the shop's owner.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether callers of a language are answered in it, as far as its file goes.
    pub(crate) fn speaks(&self, language: Language) -> bool {
        match language {
            Language::Chinese | Language::English => true,
            Language::Spanish | Language::Portuguese | Language::Arabic => self.more.contains_key(&language),
        }
    }

    /// The language that a caller of `language` gets a phrase in: theirs, or else English.
    pub(crate) fn language(&self, phrase: Phrase, language: Language) -> Language {
        match language {
            Language::Chinese | Language::English => language,
            Language::Spanish | Language::Portuguese | Language::Arabic => {
                let known = self.more.get(&language).is_some_and(|templates| templates.contains_key(&phrase));
                if known { language } else { Language::English }
            }
        }
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
            Language::English => self.en.get(&phrase),
            Language::Spanish | Language::Portuguese | Language::Arabic => {
                let own = self.more.get(&language).and_then(|templates| templates.get(&phrase));
                own.or_else(|| self.en.get(&phrase))
            }
        };
        pieces.map_or(&[], Vec::as_slice)
    }

    /// The clauses that begin a reply and that no slot changes: the caller waits for them in silence.
    pub(crate) fn beginnings(&self, language: Language) -> Vec<Clause> {
        unique(
            spoken().filter_map(|phrase| self.fixed_clauses_of(phrase, language, Position::First).into_iter().next()),
        )
    }

    /// All clauses that no slot changes, in Chinese, English and those of the shop's further `languages` that a voice speaks;
    /// those that begin a reply come first.
    pub(crate) fn fixed_clauses(&self, languages: &[Language]) -> Vec<Clause> {
        let further = languages.iter().copied().filter(|language| self.more.contains_key(language));
        let voiced = further.filter(|language| voice_of(*language) == *language);
        let languages: Vec<_> = [Language::Chinese, Language::English].into_iter().chain(voiced).collect();
        let all = languages.iter().copied().flat_map(|language| {
            spoken().flat_map(move |phrase| {
                let first = self.fixed_clauses_of(phrase, language, Position::First);
                first.into_iter().chain(self.fixed_clauses_of(phrase, language, Position::Later))
            })
        });
        unique(languages.iter().copied().flat_map(|language| self.beginnings(language)).chain(all))
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

/// The language that sounds where `language` is written: no voice speaks Arabic.
pub(crate) const fn voice_of(language: Language) -> Language {
    match language {
        Language::Arabic => Language::English,
        Language::Chinese | Language::English | Language::Spanish | Language::Portuguese => language,
    }
}

fn spoken() -> impl Iterator<Item = Phrase> {
    Phrase::ALL.iter().copied().filter(|phrase| phrase.is_spoken())
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

type Templates = BTreeMap<Phrase, Vec<Piece>>;

fn parse_language(file: &'static str, text: &str, shop: &Shop, language: Language) -> Result<Templates, PackError> {
    let yaml: BTreeMap<String, Spanned<String>> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(file, &error))?;
    let mut problems = Problems::default();
    let phrases = parse_templates(file, &yaml, shop, language, &mut problems);
    for phrase in Phrase::ALL.iter().filter(|phrase| !yaml.contains_key(phrase.key())) {
        problems.add(file, 1, format!("lacks the phrase `{}`", phrase.key()));
    }
    problems.end().map(|()| phrases)
}

fn parse_templates(
    file: &'static str,
    yaml: &BTreeMap<String, Spanned<String>>,
    shop: &Shop,
    language: Language,
    problems: &mut Problems,
) -> Templates {
    let mut phrases = BTreeMap::new();
    for (key, template) in yaml {
        let line = template.defined.line();
        let Some(phrase) = Phrase::ALL.iter().copied().find(|phrase| phrase.key() == key) else {
            problems.add(file, line, format!("`{key}` is not a phrase that Ermu knows"));
            continue;
        };
        let pieces = parse_template(&template.value, phrase, shop, language)
            .map_err(|problem| PackError::at(file, line, format!("`{key}`: {problem}")));
        phrases.extend(problems.take(pieces).map(|pieces| (phrase, pieces)));
    }
    phrases
}

/// `personas.yaml`: for each manner the templates that differ, by language.
fn parse_personas(text: &str, shop: &Shop) -> Result<BTreeMap<String, Wording>, PackError> {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Yaml {
        zh: BTreeMap<String, Spanned<String>>,
        en: BTreeMap<String, Spanned<String>>,
    }
    let yaml: BTreeMap<String, Yaml> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(PERSONAS, &error))?;
    let mut problems = Problems::default();
    let mut manners = BTreeMap::new();
    for (manner, Yaml { zh, en }) in yaml {
        let zh = parse_templates(PERSONAS, &zh, shop, Language::Chinese, &mut problems);
        let en = parse_templates(PERSONAS, &en, shop, Language::English, &mut problems);
        manners.insert(manner, Wording { zh, en, ..Wording::default() });
    }
    problems.end().map(|()| manners)
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
    /// What tells of articles and the shop's written answers, whose data are in Chinese and English.
    fn is_of_articles(self) -> bool {
        let key = self.key();
        let article = ["product.", "wish.", "compare.", "size.", "cell.", "knowledge."];
        article.iter().any(|prefix| key.starts_with(prefix)) && !self.is_of_walls()
    }

    /// Parts of sentences about holes in walls: where a language lacks one, the sentence around it is said in English.
    fn is_of_walls(self) -> bool {
        self.key().starts_with("cell.mount_")
    }

    /// Phrases that are a whole of their own in speech; the others are parts of sentences or only written.
    fn is_spoken(self) -> bool {
        let key = self.key();
        ![
            "defect.",
            "place.",
            "record.",
            "summary.",
            "remedy.",
            "reason.",
            "payer.",
            "finding",
            "cell.",
            "kind.",
            "field.",
            "intent.",
            "order.listed",
        ]
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
        for language in [Language::Chinese, Language::English, Language::Spanish, Language::Portuguese] {
            for phrase in Phrase::ALL.iter().copied().filter(|phrase| phrase.is_spoken()) {
                let slots: Vec<_> = phrase.slots().iter().map(|slot| (*slot, "\u{fffc}")).collect();
                let text = pack.wording().render(phrase, language, &slots);
                let clauses = split(&text, Position::First);
                assert!(!clauses[0].contains('\u{fffc}'), "{}: {text}", phrase.key());
            }
        }
    }
}
