//! A shop pack: everything that a shop owner edits, read from text and checked whole.

mod attributes;
mod catalogue;
mod error;
mod flows;
mod forbidden;
mod glossary;
mod intents;
mod knowledge;
mod mounting;
mod orders;
mod rules;
mod sheets;
mod shop;

use std::collections::BTreeMap;

use ermu_domain::{Language, Localized, MountingTemplate, Order, ProductId, Sentence};
use jiff::civil::Date;

#[cfg(test)]
pub(crate) use attributes::Slot;
pub(crate) use attributes::{PRICE, SIZE};
pub use catalogue::Product;
pub use error::PackError;
pub(crate) use error::Problems;
pub(crate) use flows::{Flows, Step};
pub(crate) use glossary::Glossary;
#[cfg(test)]
pub(crate) use intents::Examples;
pub use intents::Intent;
pub(crate) use intents::Intents;
pub(crate) use knowledge::Entry as KnowledgeEntry;
pub(crate) use rules::{Payer, Rule, Stage};
pub(crate) use sheets::{Range, Sheet, Size};
pub use shop::{DigitRange, Shop};

use crate::{
    Clause,
    understand::{IntentIndex, KnowledgeIndex, Medium, ProductIndex, Spelling, TalkIndex, normalise},
    wording::{self, Wording},
};

/// A shop, ready to serve.
#[derive(Debug)]
pub struct ShopPack {
    shop: Shop,
    products: Vec<Product>,
    orders: Vec<orders::OrderRow>,
    rules: Vec<Rule>,
    flows: Flows,
    wording: Wording,
    intent_index: IntentIndex,
    product_index: ProductIndex,
    spelling: Spelling,
    range: Range,
    talk_index: TalkIndex,
    glossary: Glossary,
    knowledge: Vec<KnowledgeEntry>,
    knowledge_index: KnowledgeIndex,
    mountings: BTreeMap<ProductId, MountingTemplate>,
}

impl ShopPack {
    /// The files of a pack, by name. Whoever reads the folder reads these, as far as they are there; other files in it are
    /// not the pack's.
    pub const FILES: [&'static str; 22] = [
        shop::FILE,
        catalogue::FILE,
        orders::FILE,
        intents::FILE,
        intents::MORE[0],
        intents::MORE[1],
        intents::MORE[2],
        intents::MORE[3],
        rules::FILE,
        flows::FILE,
        wording::FILES[0],
        wording::FILES[1],
        wording::MORE[0],
        wording::MORE[1],
        wording::MORE[2],
        wording::PERSONAS,
        attributes::FILE,
        sheets::CELLS_FILE,
        sheets::SIZES_FILE,
        knowledge::FILE,
        glossary::FILE,
        mounting::FILE,
    ];

    /// Reads and checks a pack. `files` maps each name of [`Self::FILES`] to its text. The files that tell of articles, answer
    /// questions, translate words, change the manner and tell of holes in walls may lack, as may further languages. The error holds everything that
    /// is wrong.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, PackError> {
        let optional = |file: &'static str| files.get(file).map(String::as_str);
        let text = |file: &'static str| optional(file).ok_or(PackError::Missing { file });
        let mut problems = Problems::default();
        let shop = problems.take(text(shop::FILE).and_then(shop::parse));
        // A file that rests on another one is read although that one is wrong: all mistakes at once.
        let unread = Shop::unread();
        let known_shop = shop.as_ref().unwrap_or(&unread);
        let entries = problems.take(text(catalogue::FILE)).map(|text| catalogue::parse(text, &mut problems));
        let entries = entries.unwrap_or_default();
        let vocabulary = attributes::parse(optional(attributes::FILE), &mut problems);
        let (cells, sizes) = (optional(sheets::CELLS_FILE), optional(sheets::SIZES_FILE));
        let range = sheets::parse(&entries, vocabulary, cells, sizes, &mut problems);
        let mut products = sheets::products(entries);
        let mountings = mounting::parse(optional(mounting::FILE), &products, &mut problems);
        let orders = problems.take(text(orders::FILE).and_then(|text| orders::parse(text, &products, known_shop)));
        let mut rules = problems.take(text(rules::FILE).and_then(|text| rules::parse(text, &products)));
        let flows = problems.take(text(flows::FILE).and_then(flows::parse));
        let languages = intents::MORE.into_iter().filter_map(|file| Some((file, optional(file)?)));
        let languages = languages.collect::<Vec<_>>();
        let intents = problems.take(text(intents::FILE).and_then(|text| intents::parse(text, &languages)));
        let wording = problems.take(Wording::parse(
            [text(wording::FILES[0]), text(wording::FILES[1])],
            optional(wording::PERSONAS),
            known_shop,
        ));
        let mut wording = wording.unwrap_or_default();
        let own_words = (rules.as_deref_mut().unwrap_or_default(), products.as_mut_slice());
        wording.parse_more(files, known_shop, own_words, &mut problems);
        let glossary = glossary::parse(optional(glossary::FILE), &mut problems);
        let knowledge = knowledge::parse(optional(knowledge::FILE), &mut problems);
        forbidden::check(files, &knowledge, known_shop, &mut problems);
        problems.end()?;
        let (Some(shop), Some(orders), Some(rules), Some(flows), Some(intents)) = (shop, orders, rules, flows, intents)
        else {
            return Err(PackError::at(shop::FILE, 1, "cannot be read"));
        };
        let intent_index = IntentIndex::new(&intents);
        Ok(Self {
            product_index: ProductIndex::new(&products, intent_index.examples()),
            spelling: Spelling::of(intent_index.examples(), files),
            intent_index,
            talk_index: TalkIndex::new(&products, &range),
            knowledge_index: KnowledgeIndex::new(&knowledge),
            shop,
            products,
            range,
            orders,
            rules,
            flows,
            wording,
            glossary,
            knowledge,
            mountings,
        })
    }

    /// What callers say, by the pack's own examples in all languages: what a sentence encoder has to place for
    /// [`Self::learn_sentences`].
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        self.intent_index.examples()
    }

    /// Learns intents from what the examples are about, beside their words: some seconds of work. From then on utterances
    /// that come with their own [`Sentence`], of the same encoder, are understood by both; all others by words alone.
    /// Examples that are not among `sentences`, or of another width than most, are left out.
    pub fn learn_sentences(&mut self, sentences: &BTreeMap<String, Sentence>) {
        self.intent_index.learn_sentences(sentences);
    }

    /// The shop's own data.
    pub const fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The catalogue.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The pack's own orders, their relative dates counted from `today`.
    pub fn orders(&self, today: Date) -> Vec<Order> {
        self.orders.iter().map(|row| row.resolve(today, &self.products)).collect()
    }

    /// What replies in a language begin with, in the same words each time: worth having spoken before the first call.
    pub fn beginnings(&self, language: Language) -> Vec<Clause> {
        self.wording.beginnings(language)
    }

    /// Everything that this shop always says in the same words, in Chinese, English and `languages` of `shop.yaml`, clause by clause: worth synthesising ahead of the call.
    /// The clauses that begin a reply come first: for them the caller waits in silence.
    pub fn fixed_clauses(&self) -> Vec<Clause> {
        self.wording.fixed_clauses(&self.shop.languages)
    }

    /// What callers of further languages hear in English because the pack lacks it in theirs: for the shop's owner, no mistakes.
    pub fn notes(&self) -> &[String] {
        self.wording.notes()
    }

    /// How an article is hung on a wall; none if it is not.
    pub fn mounting(&self, product: &ProductId) -> Option<&MountingTemplate> {
        self.mountings.get(product)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) const fn flows(&self) -> &Flows {
        &self.flows
    }

    pub(crate) const fn wording(&self) -> &Wording {
        &self.wording
    }

    pub(crate) const fn intent_index(&self) -> &IntentIndex {
        &self.intent_index
    }

    /// The articles, by the sound of their names.
    pub const fn product_index(&self) -> &ProductIndex {
        &self.product_index
    }

    /// A text with the article that it names spelt as the catalogue does, and what callers often say as they say it: a transcriber
    /// writes 唯一 for 卫衣 and 油会劝 for 优惠券.
    pub(crate) fn spelt(&self, text: &str, medium: Medium) -> String {
        let text = self.with_article_spelt(text);
        self.spelling.mended(&normalise(&text), medium).unwrap_or(text)
    }

    /// The same for what may hold any word at all, an address or a name.
    pub(crate) fn with_article_spelt(&self, text: &str) -> String {
        self.product_index.spelt(&normalise(text)).unwrap_or_else(|| text.to_owned())
    }

    pub(crate) const fn talk_index(&self) -> &TalkIndex {
        &self.talk_index
    }

    pub(crate) const fn range(&self) -> &Range {
        &self.range
    }

    pub(crate) const fn glossary(&self) -> &Glossary {
        &self.glossary
    }

    /// The shop's answer to what a normalised text asks, and how like it is to a question of the pack, 0 to 1.
    pub(crate) fn answer_to(&self, normalised: &str) -> Option<(&KnowledgeEntry, f32)> {
        let (at, likeness) = self.knowledge_index.best(normalised)?;
        Some((self.knowledge.get(at)?, likeness))
    }

    /// Whether nothing in a text is a promise or pretence that no wording may hold.
    pub(crate) fn may_say(&self, text: &str) -> bool {
        forbidden::forbidden(text, &self.shop).next().is_none()
    }

    pub(crate) fn product_name(&self, id: &ProductId) -> Option<&Localized> {
        self.products.iter().find(|product| product.id == *id).map(|product| &product.name)
    }

    /// The language that a caller of `language` is told of articles in: what is known of them stands in Chinese and English.
    pub(crate) const fn spoken(language: Language) -> Language {
        match language {
            Language::Chinese => Language::Chinese,
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => Language::English,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
