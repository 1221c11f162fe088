//! Products by the words that customers use for them.

use super::{
    tools::Tools,
    words::{find, words},
};

/// Words of names that mean nothing without the others.
const WEAK: &str = "set kit light smart electric water air pet office";

/// The names of all products.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// Product id and the words of its name.
    names: Vec<(String, Vec<String>)>,
    /// Words before the last one of a name that only this product has, and no option.
    telling: Vec<(String, String)>,
}

/// Products that a place in a text may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) products: Vec<String>,
}

impl Lexicon {
    pub(super) fn new(tools: &Tools) -> Self {
        let names: Vec<(String, Vec<String>)> =
            tools.list_all_product_types().map(|(name, product)| (product.to_owned(), words(name))).collect();
        let variants = names
            .iter()
            .filter_map(|(product, _)| tools.get_product_details(product))
            .flat_map(|product| product.variants.values());
        let options = variants.flat_map(|variant| variant.options.iter());
        let said_of_options: Vec<String> =
            options.flat_map(|(name, value)| [words(name), words(value)].concat()).collect();
        let mut telling = Vec::new();
        for (product, name) in &names {
            for word in &name[..name.len().saturating_sub(1)] {
                let elsewhere = names.iter().any(|(other, name)| other != product && name.contains(word));
                let long = word.len() >= 6 && !word.ends_with("ing");
                if long && !elsewhere && !said_of_options.contains(word) && !is_weak(word) {
                    telling.push((word.clone(), product.clone()));
                }
            }
        }
        Self { names, telling }
    }

    /// All mentions of products, in order, none inside another.
    pub(super) fn mentions(&self, words: &[String]) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < words.len() {
            match self.mention(words, at) {
                Some(mention) => {
                    at += mention.length;
                    mentions.push(mention);
                }
                None => at += 1,
            }
        }
        mentions
    }

    fn mention(&self, words: &[String], at: usize) -> Option<Mention> {
        let rest = &words[at..];
        let whole = |name: &Vec<String>| rest.starts_with(name) && !(name.len() == 1 && is_weak(&name[0]));
        if let Some((product, name)) =
            self.names.iter().filter(|(_, name)| whole(name)).max_by_key(|(_, name)| name.len())
        {
            return Some(Mention { at, length: name.len(), products: vec![product.clone()] });
        }
        // `book shelf`, `t shirt`
        if let [first, second, ..] = rest {
            let joined = format!("{first}{second}");
            let one_word = |(_, name): &&(String, Vec<String>)| name.last() == Some(&joined);
            if let Some((product, _)) = self.names.iter().find(one_word) {
                return Some(Mention { at, length: 2, products: vec![product.clone()] });
            }
        }
        let word = rest.first()?;
        if let Some((_, product)) = self.telling.iter().find(|(telling, _)| telling == word) {
            // `coffee machine`: the next word may mean another product as well.
            let mut products = vec![product.clone()];
            let next = rest.get(1).map(|next| self.by_head(next)).unwrap_or_default();
            let length = 1 + usize::from(!next.is_empty());
            products.extend(next.into_iter().filter(|next| next != product));
            return Some(Mention { at, length, products });
        }
        let products = self.by_head(word);
        (!products.is_empty()).then_some(Mention { at, length: 1, products })
    }

    /// Products whose name ends in this word: `camera`, `watch`.
    fn by_head(&self, word: &str) -> Vec<String> {
        let ends = |head: &String| head == word || (word.len() >= 5 && head.ends_with(word));
        let named = self.names.iter().filter(|(_, name)| name.last().is_some_and(ends) && !is_weak(word));
        named.map(|(product, _)| product.clone()).collect()
    }

    /// Whether the words name exactly this product.
    pub(super) fn names_whole(&self, words: &[String], product: &str) -> bool {
        self.names.iter().any(|(id, name)| id == product && find(words, name).is_some())
    }
}

fn is_weak(word: &str) -> bool {
    WEAK.split(' ').any(|weak| weak == word)
}
