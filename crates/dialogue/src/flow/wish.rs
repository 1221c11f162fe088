//! Articles that are looked for: by kind, by what they should be good for, by price.

use ermu_domain::{Money, ProductId};

use super::{
    Mind,
    product::{TOLD, Topic},
};
use crate::{
    ShopPack,
    memory::Thing,
    pack::Sheet,
    understand::{Cue, Talk},
    wording::{self, Phrase},
};

impl Mind {
    /// Whether an article is looked for, rather than something asked about a known one.
    pub(super) fn wishes(&self, topic: &Topic<'_>) -> bool {
        let talk = topic.talk;
        let described = talk.category.is_some() || !talk.tags.is_empty() || talk.budget.is_some();
        let looks =
            talk.has(Cue::Wishes) || (talk.products.is_empty() && !talk.has(Cue::Points) && !talk.tags.is_empty());
        described && looks && (talk.attributes.is_empty() || talk.has(Cue::Wishes)) && !talk.has(Cue::Business)
    }

    /// Looks for articles that are as the caller wishes.
    pub(super) fn suggest(&mut self, topic: &Topic<'_>) -> bool {
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
            let slots =
                [("product", name.as_str()), ("price", &price.unwrap_or_default()), ("what", &self.tag_words(&tags))];
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
}
