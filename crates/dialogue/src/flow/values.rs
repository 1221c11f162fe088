//! What is written of an article, told: values, what it is good for, what goes with it.

use ermu_domain::{Emotion, ProductId};

use super::{
    Mind,
    knowledge::LIKELY,
    product::{TOLD, Topic},
};
use crate::{
    ShopPack,
    memory::Thing,
    pack::{PRICE, Sheet},
    wording::{self, Phrase},
};

impl Mind {
    /// Tells values, article by article.
    pub(super) fn tell_cells(&mut self, products: &[ProductId], attributes: &[String], topic: &Topic<'_>) {
        let language = ShopPack::spoken(self.memory.language);
        self.memory.focus.turn_to(Thing::Products(products.to_vec()));
        self.memory.focus.turn_to(Thing::Attributes(attributes.to_vec()));
        let mut missing = Vec::new();
        let mut known = Vec::new();
        for product in products {
            for attribute in attributes {
                match self.pack.range().cell(product, attribute, language) {
                    Some(value) => known.push((product, attribute, value)),
                    None => missing.push((product, attribute)),
                }
            }
        }
        if known.is_empty() && self.knows(topic.said, LIKELY) {
            return;
        }
        if !known.is_empty() {
            self.say(Phrase::ProductFound, &[]);
        }
        for (product, attribute, value) in &known {
            self.say_cell(product, attribute, value);
        }
        // Of several articles only what is known matters.
        if known.is_empty() || products.len() == 1 {
            for (product, attribute) in missing {
                let (product, attribute) = (self.product_words(product), self.attribute_words(attribute));
                self.say(Phrase::ProductNoValue, &[("product", &product), ("attribute", &attribute)]);
            }
            if known.is_empty() {
                self.keep_question(topic.said);
            }
        }
        if !topic.talk.tags.is_empty()
            && let [product] = products
        {
            self.say_suits(product, &topic.talk.tags);
        }
    }

    /// Answers whether articles are good for something: first the value that tells it, then yes or no as it is written.
    pub(super) fn tell_suits(&mut self, products: &[ProductId], topic: &Topic<'_>) {
        let language = ShopPack::spoken(self.memory.language);
        let tags = &topic.talk.tags;
        self.memory.focus.turn_to(Thing::Products(products.to_vec()));
        let mut told = false;
        for product in products {
            for tag in tags {
                let attribute = self.pack.range().tag(tag).and_then(|tag| tag.answered_by.clone());
                let value = attribute.and_then(|attribute| {
                    let value = self.pack.range().cell(product, &attribute, language)?;
                    Some((attribute, value))
                });
                if let Some((attribute, value)) = value {
                    if !std::mem::replace(&mut told, true) {
                        self.say(Phrase::ProductFound, &[]);
                    }
                    self.say_cell(product, &attribute, &value);
                    self.memory.focus.turn_to(Thing::Attributes(vec![attribute]));
                }
            }
            self.say_suits(product, tags);
        }
        if let [product] = products {
            self.mention_what_goes_with(product);
        }
    }

    fn say_suits(&mut self, product: &ProductId, tags: &[String]) {
        let name = self.product_words(product);
        let has = |tag: &&String| self.pack.range().sheet(product).is_some_and(|sheet| sheet.tags.contains(*tag));
        let (yes, no): (Vec<&String>, Vec<&String>) = tags.iter().partition(has);
        if !yes.is_empty() {
            let what = self.tag_words(&yes);
            self.say(Phrase::ProductSuits, &[("product", &name), ("what", &what)]);
        }
        if !no.is_empty() {
            let what = self.tag_words(&no);
            self.say(Phrase::ProductSuitsUnknown, &[("product", &name), ("what", &what)]);
            let other = self.others_for(product, &no);
            if !other.is_empty() {
                self.say(Phrase::ProductOthers, &[("what", &what), ("products", &self.name_list(&other))]);
                self.memory.focus.turn_to(Thing::List(other));
            }
        }
    }

    /// Articles of the same kind that are good for what this one is not.
    fn others_for(&self, product: &ProductId, tags: &[&String]) -> Vec<ProductId> {
        let range = self.pack.range();
        let category = range.sheet(product).and_then(|sheet| sheet.category.as_ref());
        let good =
            |sheet: &Sheet| sheet.category.as_ref() == category && tags.iter().all(|tag| sheet.tags.contains(*tag));
        range.products().filter(|(_, sheet)| good(sheet)).map(|(id, _)| id.clone()).take(TOLD).collect()
    }

    /// What is bought with it, to callers who are in the mood for it.
    fn mention_what_goes_with(&mut self, product: &ProductId) {
        let calm = self.memory.angry_count() == 0
            && self.memory.emotions.last().is_none_or(|(_, emotion)| emotion.likeliest().0 != Emotion::Angry);
        let other = self.pack.range().sheet(product).and_then(|sheet| sheet.goes_with.clone());
        if let Some(other) = other.filter(|_| calm) {
            let (product, other) = (self.product_words(product), self.product_words(&other));
            self.say(Phrase::ProductGoesWith, &[("product", &product), ("other", &other)]);
        }
    }

    /// Tells an article's name, price and first values.
    pub(super) fn introduce(&mut self, product: &ProductId) {
        const VALUES: usize = 3;
        let language = ShopPack::spoken(self.memory.language);
        self.memory.focus.turn_to(Thing::Products(vec![product.clone()]));
        let name = self.product_words(product);
        let range = self.pack.range();
        let price = range.sheet(product).map(|sheet| wording::price(sheet.price, language)).unwrap_or_default();
        let values: Vec<_> = range
            .vocabulary
            .attributes
            .iter()
            .filter(|attribute| attribute.id != PRICE)
            .filter_map(|attribute| Some((attribute.id.clone(), range.cell(product, &attribute.id, language)?)))
            .take(VALUES)
            .collect();
        self.say(Phrase::ProductBrief, &[("product", &name), ("price", &price)]);
        for (attribute, value) in values {
            let attribute = capitalised(&self.attribute_words(&attribute));
            self.say(Phrase::CellBrief, &[("attribute", &attribute), ("value", &value)]);
        }
    }

    fn say_cell(&mut self, product: &ProductId, attribute: &str, value: &str) {
        let (product, attribute) = (self.product_words(product), self.attribute_words(attribute));
        self.say(Phrase::Cell, &[("product", &product), ("attribute", &attribute), ("value", value)]);
    }

    pub(super) fn tag_words(&self, tags: &[&String]) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let names: Vec<_> =
            tags.iter().filter_map(|id| Some(self.pack.range().tag(id)?.term.name.get(language))).collect();
        wording::list(&names, language)
    }

    fn name_list(&self, products: &[ProductId]) -> String {
        let names: Vec<_> = products.iter().map(|product| self.product_words(product)).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        wording::list(&names, ShopPack::spoken(self.memory.language))
    }

    pub(super) fn product_words(&self, product: &ProductId) -> String {
        let language = ShopPack::spoken(self.memory.language);
        self.pack.range().sheet(product).map(|sheet| sheet.name.get(language).to_owned()).unwrap_or_default()
    }

    pub(super) fn attribute_words(&self, attribute: &str) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let name = self.pack.range().attribute(attribute).map(|attribute| attribute.name.get(language).to_owned());
        name.unwrap_or_else(|| attribute.to_owned())
    }
}

/// For the beginning of a sentence.
pub(super) fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
