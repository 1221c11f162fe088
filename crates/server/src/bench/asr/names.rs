//! Names of a catalogue in what was heard; each name is also asked of the catalogue without it, where it must not be found.

use ermu_dialogue::{Product, ProductIndex};
use ermu_domain::{Localized, Money, ProductId};
use serde::Serialize;

/// A catalogue of 200 and more names: articles of a household shop, and those names that the recordings of
/// `../shared/data/speech` hold.
const CATALOGUE: &str = include_str!("catalogue.txt");

pub(super) struct Catalogue {
    products: Vec<Product>,
    /// What callers of a shop say.
    sentences: Vec<String>,
    index: ProductIndex,
}

/// How many names came through.
#[derive(Debug, Default, Serialize)]
pub(super) struct Names {
    /// Entries of the catalogue.
    entries: usize,
    /// Names that were spoken.
    spoken: usize,
    right: usize,
    right_rate: f64,
    /// Another name was taken.
    wrong: usize,
    /// Of as many names that are not in the catalogue, those for which none was taken.
    outside_rejected: usize,
    outside_rejected_rate: f64,
}

impl Catalogue {
    /// The catalogue of a shop whose callers speak like `sentences`.
    pub(super) fn new(sentences: Vec<String>) -> Self {
        let products: Vec<Product> =
            CATALOGUE.lines().map(str::trim).filter(|name| !name.is_empty()).map(product).collect();
        let index = ProductIndex::new(&products, sentences.iter().map(String::as_str));
        Self { products, sentences, index }
    }

    pub(super) fn results(&self) -> Names {
        Names { entries: self.products.len(), ..Names::default() }
    }

    /// The longest name in what was said, if there is one.
    pub(super) fn name_in(&self, said: &str) -> Option<&str> {
        let said: String = said.chars().filter(|c| c.is_alphanumeric()).collect();
        let names = self.products.iter().map(|product| product.name.zh.as_str());
        names.filter(|name| said.contains(name)).max_by_key(|name| name.len())
    }

    /// `count` articles spread over the catalogue.
    pub(super) fn some(&self, count: usize) -> impl Iterator<Item = &str> {
        let step = (self.products.len() / count.max(1)).max(1);
        self.products.iter().step_by(step).take(count).map(|product| product.name.zh.as_str())
    }

    /// Adds a name that was spoken, and the words that are heard by somebody who knows certain articles.
    pub(super) fn add(&self, names: &mut Names, spoken: &str, mut heard: impl FnMut(&ProductIndex) -> String) {
        names.spoken += 1;
        match self.index.named_in(&heard(&self.index)) {
            Some(id) if id.0 == spoken => names.right += 1,
            Some(_) => names.wrong += 1,
            None => {}
        }
        let others: Vec<Product> = self.products.iter().filter(|product| product.id.0 != spoken).cloned().collect();
        let without = ProductIndex::new(&others, self.sentences.iter().map(String::as_str));
        names.outside_rejected += usize::from(without.named_in(&heard(&without)).is_none());
        names.right_rate = names.right as f64 / names.spoken as f64;
        names.outside_rejected_rate = names.outside_rejected as f64 / names.spoken as f64;
    }
}

impl Names {
    pub(super) fn line(&self) -> String {
        let Self { entries, spoken, right, wrong, outside_rejected, .. } = self;
        format!(
            "names: {right} of {spoken} right, {wrong} wrong, of {entries} entries; {outside_rejected} of {spoken} rejected \
             where the catalogue does not hold them"
        )
    }
}

fn product(name: &str) -> Product {
    Product {
        id: ProductId(name.to_owned()),
        name: Localized::new(name.to_owned(), format!("article {name}")),
        aliases: Vec::new(),
        price: Money(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_large_and_holds_no_name_twice() {
        let catalogue = Catalogue::new(Vec::new());
        let mut names: Vec<&str> = catalogue.products.iter().map(|product| product.id.0.as_str()).collect();
        assert!(names.len() >= 200, "{}", names.len());
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_name_heard_right_is_right_and_rejected_without_its_entry() {
        let catalogue = Catalogue::new(Vec::new());
        let mut names = catalogue.results();
        catalogue.add(&mut names, "电热水壶", |_| "我买的电热水壶坏了".to_owned());
        assert_eq!((names.right, names.wrong, names.outside_rejected), (1, 0, 1));
        assert_eq!(catalogue.name_in("我买的、电热水壶坏了。"), Some("电热水壶"));
    }
}
