//! What callers ask about articles: values, whether it suits them, comparisons, wishes. Every value is the catalogue's.

use ermu_domain::{Emotion, Money, ProductId};

use super::{Asked, Mind};
use crate::{
    ShopPack,
    memory::{Said, Thing},
    pack::{Intent, PRICE, SIZE, Sheet},
    understand::{Answer, BareNumbers, Cue, Meaning, SpokenNumber, Talk, is_fragment, normalise},
    wording::{self, Phrase},
};

/// Articles that are told in one go.
const TOLD: usize = 3;
/// Values that are compared in one go, unless the caller names them.
const COMPARED: usize = 4;

/// A question about articles that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProductAsked {
    /// Which article? What was asked about it.
    Which(Vec<String>),
    /// How tall and how heavy?
    Body,
    /// Shall I compare them?
    Compare,
    /// Shall I read the size table?
    Sizes,
}

/// What the words are about, so far as it is clear.
pub(super) struct Topic<'a> {
    pub(super) talk: &'a Talk,
    pub(super) meaning: &'a Meaning,
    pub(super) said: &'a Said,
    pub(super) normalised: &'a str,
}

impl Mind {
    /// Answers what an utterance asks about articles; says whether it asked anything.
    pub(super) fn talk_of_products(&mut self, said: &Said, meaning: &Meaning) -> bool {
        let normalised = self.pack.glossary().apply(&normalise(&said.text));
        let bare = match self.asked {
            Asked::Product(ProductAsked::Body) => BareNumbers::AreABody,
            _ => BareNumbers::MeanNothing,
        };
        let talk = self.pack.talk_index().read(&normalised, bare);
        let topic = Topic { talk: &talk, meaning, said, normalised: &normalised };
        let stands = self.asked.clone();
        if let Asked::Product(question) = &stands {
            self.asked = Asked::Nothing;
            if self.product_answered(question, &topic) {
                return true;
            }
        }
        if self.is_other_business(&topic) || !self.product_asked(&topic) {
            return false;
        }
        if self.case.is_none() {
            // What is asked about before buying is not what was bought.
            self.memory.product = None;
        }
        if self.asked == Asked::AnythingElse {
            self.asked = Asked::Nothing;
        } else if self.asked == stands {
            self.ask_again();
        }
        true
    }

    /// Takes an utterance as the answer to our own question.
    fn product_answered(&mut self, question: &ProductAsked, topic: &Topic<'_>) -> bool {
        let talk = topic.talk;
        match (question, topic.meaning.answer) {
            (ProductAsked::Body, _) if talk.body.height_cm.is_some() || talk.body.weight_kg.is_some() => {
                self.fit(topic);
            }
            (ProductAsked::Body | ProductAsked::Sizes, Some(Answer::No)) if topic.meaning.bare_answer => {
                self.say(Phrase::AllRight, &[]);
            }
            (ProductAsked::Sizes, Some(Answer::Yes)) => self.tell_sizes(),
            (ProductAsked::Compare, Some(Answer::Yes)) => {
                let products = self.several();
                self.compare(&products, &[]);
            }
            (ProductAsked::Compare, Some(Answer::No)) => self.say(Phrase::AllRight, &[]),
            (ProductAsked::Which(attributes), _) => {
                let targets = self.named(topic);
                if targets.is_empty() {
                    return false;
                }
                let attributes = if talk.attributes.is_empty() { attributes } else { &talk.attributes };
                self.tell_cells(&targets, attributes, topic);
            }
            (ProductAsked::Body | ProductAsked::Sizes | ProductAsked::Compare, _) => return false,
        }
        true
    }

    /// Repeats our own question.
    pub(super) fn ask_about_product_again(&mut self, question: &ProductAsked) {
        match question {
            ProductAsked::Which(_) => self.say(Phrase::ProductWhich, &[]),
            ProductAsked::Body if self.memory.body.height_cm.is_some() => self.say(Phrase::SizeAskWeight, &[]),
            ProductAsked::Body => self.say(Phrase::SizeAskHeight, &[]),
            ProductAsked::Compare => self.say(Phrase::OfferCompare, &[]),
            ProductAsked::Sizes => self.say(Phrase::OfferSizes, &[]),
        }
    }

    /// Whether an utterance speaks of articles only on the way to something else.
    fn is_other_business(&self, topic: &Topic<'_>) -> bool {
        let Topic { talk, meaning, .. } = topic;
        let shop = self.pack.shop().order_digits;
        let whole = |number: &SpokenNumber| (shop.min..=shop.max).contains(&number.digits.len());
        let steps = talk.size_step.is_some() && self.case.is_none() && self.memory.order.is_none();
        let supposes = talk.has(Cue::Supposes);
        (talk.has(Cue::Business) && !steps && !(supposes && !talk.attributes.is_empty()))
            || meaning.number.as_ref().is_some_and(whole)
            || (meaning.damage.is_some() && !supposes)
            || (meaning.intent_is_plain && meaning.intent.is_some_and(|intent| is_after_sale(intent) && !steps))
    }

    fn product_asked(&mut self, topic: &Topic<'_>) -> bool {
        let talk = topic.talk;
        // While something else is asked, only a plain question about an article is none of its answer.
        let free = matches!(self.asked, Asked::Nothing | Asked::AnythingElse | Asked::Product(_));
        let about_values = !talk.attributes.is_empty() && !talk.attributes.iter().any(|attribute| attribute == SIZE);
        if !free && !(talk.has(Cue::Asks) && (about_values || !talk.tags.is_empty())) {
            return false;
        }
        let (asks, short) = (talk.has(Cue::Asks), is_fragment(topic.normalised));
        let targets = self.targets(topic);
        if free && self.size_asked(topic, &targets) {
            return true;
        }
        let several = if targets.len() > 1 { targets.clone() } else { self.with_focus(&targets) };
        if talk.has(Cue::Compares) && several.len() > 1 {
            self.compare(&several, &talk.attributes);
            return true;
        }
        let mentions = !talk.products.is_empty() || !targets.is_empty();
        if !talk.attributes.is_empty() && (asks || short || talk.has(Cue::Points)) && !self.wishes(topic) {
            if targets.is_empty() {
                return self.ask_which(topic);
            }
            self.tell_cells(&targets, &talk.attributes, topic);
            return true;
        }
        if !talk.tags.is_empty() && mentions && asks && !self.wishes(topic) {
            self.tell_suits(&targets, topic);
            return true;
        }
        if self.wishes(topic) {
            return self.suggest(topic);
        }
        if let Some(product) = talk.pick.and_then(|pick| self.memory.focus.pick(pick)) {
            self.introduce(&product);
            return true;
        }
        if talk.has(Cue::Hesitates) {
            return self.offer_table(&targets);
        }
        self.ask_about(topic, &targets)
    }

    /// A question about an article of which no word names what is asked.
    fn ask_about(&mut self, topic: &Topic<'_>, targets: &[ProductId]) -> bool {
        const INTRODUCE: &str = "介绍|怎么样|说说|讲讲|什么样|有什么特点|好用吗|tell me about|tell me more|describe|any good|what is it like";
        let [product] = targets else { return false };
        let named = !topic.talk.products.is_empty() || topic.talk.has(Cue::Points);
        let introduce = INTRODUCE.split('|').any(|words| topic.normalised.contains(words));
        if named && introduce && topic.meaning.damage.is_none() {
            self.introduce(product);
            return true;
        }
        let likes_again = !self.memory.focus.attributes().is_empty() && is_fragment(topic.normalised);
        // "And the grey one?": what was asked of the last one.
        let other = !self.named(topic).is_empty();
        if other && likes_again && self.nothing_asked() {
            let attributes = self.memory.focus.attributes().to_vec();
            self.tell_cells(targets, &attributes, topic);
            return true;
        }
        if named && topic.meaning.intent == Some(Intent::ProductQuestion) && topic.talk.has(Cue::Asks) {
            if self.knows(topic.said, super::knowledge::LIKELY) {
                return true;
            }
            let name = self.product_words(product);
            self.say(Phrase::ProductUnknown, &[("product", &name)]);
            self.keep_question(topic.said);
            return true;
        }
        false
    }

    /// Whether an article is looked for, rather than something asked about a known one.
    fn wishes(&self, topic: &Topic<'_>) -> bool {
        let talk = topic.talk;
        let described = talk.category.is_some() || !talk.tags.is_empty() || talk.budget.is_some();
        let looks = talk.has(Cue::Wishes) || (talk.products.is_empty() && !talk.has(Cue::Points) && !talk.tags.is_empty());
        described && looks && (talk.attributes.is_empty() || talk.has(Cue::Wishes)) && !talk.has(Cue::Business)
    }

    /// The articles that an utterance itself names.
    fn named(&self, topic: &Topic<'_>) -> Vec<ProductId> {
        let talk = topic.talk;
        if !talk.products.is_empty() {
            return talk.products.iter().take(TOLD).cloned().collect();
        }
        if let Some(product) = talk.pick.and_then(|pick| self.memory.focus.pick(pick)) {
            return vec![product];
        }
        if let Some(category) = &talk.category {
            let of_category = self.pack.range().of_category(category);
            let spoken_of: Vec<_> =
                self.memory.focus.products().iter().filter(|product| of_category.contains(product)).cloned().collect();
            let products = if spoken_of.is_empty() { of_category } else { spoken_of };
            return products.into_iter().take(TOLD).collect();
        }
        match self.sibling(topic.normalised) {
            Some(sibling) => vec![sibling],
            None => topic.meaning.product.iter().cloned().collect(),
        }
    }

    /// Another article of the kind that is spoken of, by what its name has of its own: "the grey one".
    fn sibling(&self, normalised: &str) -> Option<ProductId> {
        let range = self.pack.range();
        let current = self.memory.focus.products().first()?;
        let category = range.category(range.sheet(current)?.category.as_ref()?)?;
        let own = |name: &str, kind: &str| {
            let own = normalise(&name.replace(kind, ""));
            (own.chars().count() > 1).then_some(own)
        };
        range.of_category(&category.id).into_iter().filter(|product| product != current).find(|product| {
            range.sheet(product).is_some_and(|sheet| {
                let zh = own(&sheet.name.zh, &category.name.zh).is_some_and(|own| normalised.contains(&own));
                let en = own(&sheet.name.en, &category.name.en)
                    .is_some_and(|own| normalised.split(|c: char| !c.is_alphanumeric()).any(|word| word == own));
                zh || en
            })
        })
    }

    /// The articles that an utterance is about: named, picked, or spoken of before.
    fn targets(&self, topic: &Topic<'_>) -> Vec<ProductId> {
        let named = self.named(topic);
        if !named.is_empty() {
            return named;
        }
        if topic.talk.has(Cue::All) && self.memory.focus.list().len() > 1 && self.memory.focus.products().len() < 2 {
            return self.memory.focus.list().iter().take(TOLD).cloned().collect();
        }
        match self.memory.focus.products() {
            [] => self.memory.order.iter().map(|order| order.product.clone()).collect(),
            products => products.to_vec(),
        }
    }

    /// One named article and the one spoken of before, or those that were told.
    fn with_focus(&self, targets: &[ProductId]) -> Vec<ProductId> {
        let mut several = targets.to_vec();
        let others = self.memory.focus.products().iter().chain(self.memory.focus.list());
        for other in others {
            if !several.contains(other) && several.len() < TOLD {
                several.push(other.clone());
            }
        }
        several
    }

    fn several(&self) -> Vec<ProductId> {
        self.with_focus(&[])
    }

    fn ask_which(&mut self, topic: &Topic<'_>) -> bool {
        // Without an article a general answer of the shop comes first: "how long is the warranty".
        if self.knows(topic.said, super::knowledge::LIKELY) {
            return true;
        }
        self.say(Phrase::ProductWhich, &[]);
        self.asked = Asked::Product(ProductAsked::Which(topic.talk.attributes.clone()));
        true
    }

    /// Tells values, article by article.
    fn tell_cells(&mut self, products: &[ProductId], attributes: &[String], topic: &Topic<'_>) {
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
    fn tell_suits(&mut self, products: &[ProductId], topic: &Topic<'_>) {
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
        let good = |sheet: &Sheet| sheet.category.as_ref() == category && tags.iter().all(|tag| sheet.tags.contains(*tag));
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

    /// Looks for articles that are as the caller wishes.
    fn suggest(&mut self, topic: &Topic<'_>) -> bool {
        let talk = topic.talk;
        let range = self.pack.range();
        let spoken_of = self.memory.focus.products().first().and_then(|product| range.sheet(product)?.category.clone());
        let fits = |sheet: &Sheet, category: Option<&String>, budget: Option<u32>| {
            let affordable = budget.is_none_or(|most| sheet.price.0 <= i64::from(most) * 100);
            affordable && category.is_none_or(|category| sheet.category.as_ref() == Some(category))
        };
        let matching = |sheet: &Sheet| talk.tags.iter().filter(|tag| sheet.tags.contains(*tag)).count();
        let search = |category: Option<&String>, least: usize, budget| -> Vec<(usize, i64, ProductId)> {
            let mut found: Vec<_> = range
                .products()
                .filter(|(_, sheet)| fits(sheet, category, budget) && matching(sheet) >= least)
                .map(|(id, sheet)| (matching(sheet), sheet.price.0, id.clone()))
                .collect();
            found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            found.truncate(TOLD);
            found
        };
        const OF_ITS_KIND: &str = "款|版|型号| one|version|model";
        let of_its_kind = OF_ITS_KIND.split('|').any(|word| topic.normalised.contains(word));
        let all = talk.tags.len();
        let mut found = match (&talk.category, &spoken_of) {
            (Some(category), _) => search(Some(category), all, talk.budget),
            (None, Some(category)) if of_its_kind => search(Some(category), all, talk.budget),
            (None, _) => Vec::new(),
        };
        if found.is_empty() && talk.category.is_none() {
            found = search(None, all, talk.budget);
        }
        let exact = !found.is_empty();
        if !exact && all > 0 {
            found = search(talk.category.as_ref(), 1, talk.budget);
        }
        if found.is_empty() && talk.budget.is_some() {
            found = search(talk.category.as_ref(), all, None);
        }
        let wish = self.wish_words(talk);
        if found.is_empty() {
            self.say(Phrase::WishNone, &[("wish", &wish)]);
            self.keep_question(topic.said);
            return true;
        }
        self.say(if exact { Phrase::WishFound } else { Phrase::WishNearly }, &[("wish", &wish)]);
        let language = ShopPack::spoken(self.memory.language);
        for (_, _, product) in &found {
            let name = self.product_words(product);
            let price = self.pack.range().sheet(product).map(|sheet| wording::price(sheet.price, language));
            let has = |tag: &&String| self.pack.range().sheet(product).is_some_and(|sheet| sheet.tags.contains(*tag));
            let tags: Vec<_> = talk.tags.iter().filter(has).collect();
            let slots = [("product", name.as_str()), ("price", &price.unwrap_or_default()), ("what", &self.tag_words(&tags))];
            self.say(if exact || tags.is_empty() { Phrase::CellItem } else { Phrase::CellItemNearly }, &slots);
        }
        let products: Vec<_> = found.into_iter().map(|(_, _, product)| product).collect();
        if products.len() > 1 {
            self.say(Phrase::WishWhich, &[]);
        }
        self.memory.focus.turn_to(Thing::Products(products.clone()));
        self.memory.focus.turn_to(Thing::List(products));
        true
    }

    /// Compares articles line by line.
    fn compare(&mut self, products: &[ProductId], attributes: &[String]) {
        let language = ShopPack::spoken(self.memory.language);
        let range = self.pack.range();
        let cells = |attribute: &str| -> Vec<Option<String>> {
            products.iter().map(|product| range.cell(product, attribute, language)).collect()
        };
        let told = |cells: &[Option<String>]| cells.iter().flatten().count();
        let mut lines: Vec<(String, Vec<Option<String>>)> = if attributes.is_empty() {
            let all = range.vocabulary.attributes.iter();
            let lines = all.map(|attribute| (attribute.id.clone(), cells(&attribute.id)));
            lines.filter(|(_, cells)| told(cells) > 1 && cells.windows(2).any(|pair| pair[0] != pair[1])).collect()
        } else {
            attributes.iter().map(|attribute| (attribute.clone(), cells(attribute))).collect()
        };
        if attributes.is_empty() {
            lines.truncate(COMPARED);
        }
        self.memory.focus.turn_to(Thing::Products(products.to_vec()));
        self.memory.focus.turn_to(Thing::List(products.to_vec()));
        self.say(Phrase::CompareLead, &[]);
        for (attribute, cells) in lines {
            let unknown = self.words_for(Phrase::CellUnknown);
            let values: Vec<_> = products
                .iter()
                .zip(&cells)
                .map(|(product, cell)| {
                    let value = cell.as_deref().unwrap_or(&unknown);
                    self.pack.wording().render(
                        Phrase::CellOf,
                        language,
                        &[("product", &self.product_words(product)), ("value", value)],
                    )
                })
                .collect();
            let (attribute, values) = (self.attribute_words(&attribute), wording::in_turn(&values, language));
            self.say(Phrase::CellLine, &[("attribute", &attribute), ("values", &values)]);
        }
    }

    /// Tells an article's name, price and first values.
    fn introduce(&mut self, product: &ProductId) {
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
            let attribute = self.attribute_words(&attribute);
            self.say(Phrase::CellBrief, &[("attribute", &attribute), ("value", &value)]);
        }
    }

    /// Offers a caller who cannot decide what helps to: the comparison, or the size table.
    fn offer_table(&mut self, targets: &[ProductId]) -> bool {
        if !self.nothing_asked() {
            return false;
        }
        if self.several().len() > 1 {
            self.say(Phrase::OfferCompare, &[]);
            self.asked = Asked::Product(ProductAsked::Compare);
            return true;
        }
        let sized = |product: &ProductId| self.pack.range().sheet(product).is_some_and(|sheet| !sheet.sizes.is_empty());
        if targets.iter().any(sized) {
            self.say(Phrase::OfferSizes, &[]);
            self.asked = Asked::Product(ProductAsked::Sizes);
            return true;
        }
        false
    }

    fn say_cell(&mut self, product: &ProductId, attribute: &str, value: &str) {
        let (product, attribute) = (self.product_words(product), self.attribute_words(attribute));
        self.say(Phrase::Cell, &[("product", &product), ("attribute", &attribute), ("value", value)]);
    }

    /// `夏天、旅游、透气和好洗的T恤`.
    fn wish_words(&self, talk: &Talk) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let tags: Vec<_> = talk.tags.iter().collect();
        let mut what = self.tag_words(&tags);
        if let Some(budget) = talk.budget {
            let limit = wording::price(Money(i64::from(budget) * 100), language);
            let limit = self.pack.wording().render(Phrase::CellBudget, language, &[("limit", &limit)]);
            what = if what.is_empty() { limit } else { wording::list(&[&what, &limit], language) };
        }
        let category = talk.category.as_ref().and_then(|id| self.pack.range().category(id));
        let category = category.map(|category| category.name.get(language).to_owned());
        let category = category.unwrap_or_else(|| self.words_for(Phrase::CellAnything));
        if what.is_empty() {
            return category;
        }
        self.pack.wording().render(Phrase::CellWish, language, &[("what", &what), ("category", &category)])
    }

    fn tag_words(&self, tags: &[&String]) -> String {
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

    fn attribute_words(&self, attribute: &str) -> String {
        let language = ShopPack::spoken(self.memory.language);
        let name = self.pack.range().attribute(attribute).map(|attribute| attribute.name.get(language).to_owned());
        name.unwrap_or_else(|| attribute.to_owned())
    }
}

/// Whether an intent is about what was bought.
const fn is_after_sale(intent: Intent) -> bool {
    match intent {
        Intent::OrderStatus
        | Intent::Arrival
        | Intent::DeliveryChange
        | Intent::ReturnExchange
        | Intent::Refund
        | Intent::CancelOrder
        | Intent::Damage
        | Intent::Missing
        | Intent::Install
        | Intent::Invoice
        | Intent::Account
        | Intent::Person
        | Intent::Complaint
        | Intent::Goodbye
        | Intent::Repeat => true,
        Intent::Stock
        | Intent::Warranty
        | Intent::Usage
        | Intent::ProductQuestion
        | Intent::PriceCoupon
        | Intent::Greeting
        | Intent::Thanks
        | Intent::Fragment
        | Intent::Other => false,
    }
}
