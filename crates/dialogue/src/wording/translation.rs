//! `wording.es.yaml`, `wording.pt.yaml`, `wording.ar.yaml`: what Ermu says in a further language, with the shop's own words in
//! it: who it is, its rules and its articles.

use std::collections::BTreeMap;

use ermu_domain::Language;
use serde_saphyr::Spanned;

use super::{Phrase, Templates, parse_templates};
use crate::{
    PackError, Shop,
    pack::{Problems, Product, Rule},
};

/// The files of further languages, in [`LANGUAGES`]' order; one that is not there means that English is spoken instead.
pub(crate) const FILES: [&str; 3] = ["wording.es.yaml", "wording.pt.yaml", "wording.ar.yaml"];
/// What each of [`FILES`] is in.
pub(super) const LANGUAGES: [Language; 3] = [Language::Spanish, Language::Portuguese, Language::Arabic];

/// Begins the key of a rule's clause; its id follows.
const CLAUSE: &str = "clause.";
/// Begins the key of an article's name; its id follows.
const NAME: &str = "name.";
/// Sentences that are said in English where they lack: no more of them than this is listed by name.
const LISTED: usize = 5;

/// Reads one language, puts the shop's own words in their places, and notes what is said in English.
///
/// Whole sentences may lack: they are said in English, together with what fills them. Parts of sentences and what tickets hold
/// may not, because they would stand in sentences of another language.
pub(super) fn parse(
    index: usize,
    text: &str,
    shop: &Shop,
    (rules, products): (&mut [Rule], &mut [Product]),
    notes: &mut Vec<String>,
) -> Result<Templates, PackError> {
    let (file, language) = (FILES[index], LANGUAGES[index]);
    let mut yaml: BTreeMap<String, Spanned<String>> =
        serde_saphyr::from_str(text).map_err(|error| PackError::yaml(file, &error))?;
    let mut problems = Problems::default();
    let mut shop = shop.clone();
    for (key, place) in [("shop", &mut shop.name), ("persona", &mut shop.persona), ("callback", &mut shop.callback)] {
        match yaml.remove(key) {
            Some(words) => place.set(language, words.value),
            None => problems.add(file, 1, format!("lacks `{key}`")),
        }
    }
    let (own, phrases): (BTreeMap<_, _>, BTreeMap<_, _>) =
        yaml.into_iter().partition(|(key, _)| key.starts_with(CLAUSE) || key.starts_with(NAME));
    for (key, words) in own {
        let place = match key.strip_prefix(CLAUSE) {
            Some(id) => rules.iter_mut().find(|rule| rule.id.0 == id).map(|rule| &mut rule.clause),
            None => products
                .iter_mut()
                .find(|product| Some(product.id.0.as_str()) == key.strip_prefix(NAME))
                .map(|product| &mut product.name),
        };
        match place {
            Some(place) => place.set(language, words.value.trim()),
            // The rule is gone, its translation may stay.
            None => notes.push(format!("{file}:{}: `{key}` is neither a rule nor an article", words.defined.line())),
        }
    }
    for (key, template) in &phrases {
        if Phrase::ALL.iter().any(|phrase| phrase.key() == key && phrase.is_of_articles()) {
            problems.add(file, template.defined.line(), format!("`{key}` is said in Chinese and English only"));
        }
    }
    let templates = parse_templates(file, &phrases, &shop, language, &mut problems);
    let lacking = Phrase::ALL.iter().filter(|phrase| !phrase.is_of_articles() && !phrases.contains_key(phrase.key()));
    let (sentences, parts): (Vec<&Phrase>, Vec<&Phrase>) =
        lacking.partition(|phrase| phrase.is_spoken() || phrase.is_of_walls());
    for part in parts {
        problems.add(file, 1, format!("lacks `{}`, which is part of sentences or of tickets", part.key()));
    }
    let mut note = |what: &str, keys: &[String]| {
        if !keys.is_empty() {
            let more = if keys.len() > LISTED { format!(" and {} more", keys.len() - LISTED) } else { String::new() };
            notes.push(format!("{file} lacks {}{more}: {what} in English", keys[..keys.len().min(LISTED)].join(", ")));
        }
    };
    note("said", &sentences.iter().map(|phrase| phrase.key().to_owned()).collect::<Vec<_>>());
    let clauses: Vec<_> = rules.iter().filter(|rule| !rule.clause.has(language)).collect();
    note("proposed", &clauses.iter().map(|rule| format!("{CLAUSE}{}", rule.id.0)).collect::<Vec<_>>());
    let names: Vec<_> = products.iter().filter(|product| !product.name.has(language)).collect();
    note("named", &names.iter().map(|product| format!("{NAME}{}", product.id.0)).collect::<Vec<_>>());
    problems.end().map(|()| templates)
}
