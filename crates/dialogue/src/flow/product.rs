//! What callers ask about articles: values, whether it suits them, comparisons, wishes. Every value is the catalogue's.

use ermu_domain::ProductId;

use super::{Asked, Mind, knowledge::LIKELY};
use crate::{
    memory::Said,
    pack::{Intent, SIZE},
    understand::{Answer, BareNumbers, Cue, Meaning, SpokenNumber, Talk, is_fragment, normalise},
    wording::Phrase,
};

/// Articles that are told in one go.
pub(super) const TOLD: usize = 3;

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
        if matches!(self.asked, Asked::AnythingElse | Asked::Person) {
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
        let asks_a_value = supposes && !talk.attributes.is_empty();
        (talk.has(Cue::Business) && !steps && !asks_a_value)
            || meaning.number.as_ref().is_some_and(whole)
            || (meaning.damage.is_some() && !supposes)
            || (meaning.intent_is_plain && !steps && meaning.intent.is_some_and(is_after_sale))
    }

    fn product_asked(&mut self, topic: &Topic<'_>) -> bool {
        let talk = topic.talk;
        // While something else is asked, only a plain question about an article is none of its answer.
        let free = matches!(self.asked, Asked::Nothing | Asked::AnythingElse | Asked::Person | Asked::Product(_));
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
        if talk.products.len() > 1 && talk.attributes.is_empty() && asks && !self.wishes(topic) {
            self.compare(&talk.products[..talk.products.len().min(TOLD)], &[]);
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
        const AS_BEFORE: &str = "呢|那|and |what about|how about";
        let as_before = AS_BEFORE.split('|').any(|words| topic.normalised.contains(words));
        let other = !self.named(topic).is_empty();
        if other && as_before && likes_again && self.nothing_asked() {
            let attributes = self.memory.focus.attributes().to_vec();
            self.tell_cells(targets, &attributes, topic);
            return true;
        }
        if named && topic.meaning.intent == Some(Intent::ProductQuestion) && topic.talk.has(Cue::Asks) {
            if self.knows(topic.said, LIKELY) {
                return true;
            }
            let name = self.product_words(product);
            self.say(Phrase::ProductUnknown, &[("product", &name)]);
            self.keep_question(topic.said);
            return true;
        }
        false
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

    pub(super) fn several(&self) -> Vec<ProductId> {
        self.with_focus(&[])
    }

    fn ask_which(&mut self, topic: &Topic<'_>) -> bool {
        // Without an article a general answer of the shop comes first: "how long is the warranty".
        if self.knows(topic.said, LIKELY) {
            return true;
        }
        self.say(Phrase::ProductWhich, &[]);
        self.asked = Asked::Product(ProductAsked::Which(topic.talk.attributes.clone()));
        true
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
