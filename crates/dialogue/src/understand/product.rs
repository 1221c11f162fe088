//! Which article of the catalogue somebody names, also when the transcriber misspelt it.

use ermu_domain::ProductId;

use crate::pack::Product;

use super::{
    normalise::{normalise, tokens},
    sound::{Sound, cost},
};

/// The names of a catalogue, by sound.
#[derive(Debug)]
pub struct ProductIndex {
    names: Vec<(ProductId, Vec<Sound>)>,
}

/// Mean cost of a syllable up to which a name still counts as heard; a name of two syllables is too short for more than
/// one slip of an accent.
const TOLERANCE: f32 = 0.25;
const TOLERANCE_SHORT: f32 = 0.1;

impl ProductIndex {
    /// The names and aliases of these articles.
    pub fn new(products: &[Product]) -> Self {
        let mut names = Vec::new();
        for product in products {
            for name in product.name.all().chain(product.aliases.iter().map(String::as_str)) {
                let sounds = sounds(&normalise(name));
                if !sounds.is_empty() {
                    names.push((product.id.clone(), sounds));
                }
            }
        }
        Self { names }
    }

    /// The article that a text names, also when the transcriber misspelt it.
    pub fn named_in(&self, text: &str) -> Option<&ProductId> {
        self.find(&normalise(text))
    }

    /// The article that a normalised text names; the longest of those that fit as well.
    pub(crate) fn find(&self, normalised: &str) -> Option<&ProductId> {
        let heard = sounds(normalised);
        self.names
            .iter()
            .filter_map(|(id, name)| {
                let cost = closest(&heard, name)? / name.len() as f32;
                let bar = match name.as_slice() {
                    [_] | [Sound::Word(_), ..] => 0.0,
                    [_, _] => TOLERANCE_SHORT,
                    _ => TOLERANCE,
                };
                (cost <= bar).then_some((cost, std::cmp::Reverse(name.len()), id))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, _, id)| id)
    }
}

fn sounds(normalised: &str) -> Vec<Sound> {
    tokens(normalised)
        .into_iter()
        .take(80)
        .map(|token| {
            // `kettles` names the kettle.
            let word = || Sound::Word(token.strip_suffix('s').unwrap_or(&token).to_owned());
            token.chars().next().and_then(Sound::of_han).unwrap_or_else(word)
        })
        .collect()
}

/// The least cost of reading `name` anywhere in `heard`: a substring edit distance.
fn closest(heard: &[Sound], name: &[Sound]) -> Option<f32> {
    if heard.is_empty() {
        return None;
    }
    let mut row = vec![0.0_f32; heard.len() + 1];
    for (i, wanted) in name.iter().enumerate() {
        let mut next = vec![(i + 1) as f32; heard.len() + 1];
        for (j, said) in heard.iter().enumerate() {
            next[j + 1] = (row[j] + cost(wanted, said)).min(row[j + 1] + 1.0).min(next[j] + 1.0);
        }
        row = next;
    }
    row.into_iter().min_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use ermu_domain::{Localized, Money};

    use super::*;

    fn index() -> ProductIndex {
        let product = |id: &str, zh: &str, en: &str, alias: &str| Product {
            id: ProductId(id.to_owned()),
            name: Localized::new(zh.to_owned(), en.to_owned()),
            aliases: vec![alias.to_owned()],
            price: Money(1),
        };
        ProductIndex::new(&[
            product("coffee-machine", "咖啡机", "coffee machine", "半自动咖啡机"),
            product("kettle", "电热水壶", "kettle", "水壶"),
        ])
    }

    #[test]
    fn a_name_is_found_although_it_is_misspelt() {
        let index = index();
        let find = |text| index.find(text).map(|id| id.0.as_str());
        assert_eq!(find("我买的咖啡机有划痕"), Some("coffee-machine"));
        assert_eq!(find("我买的咖非机坏了"), Some("coffee-machine"));
        assert_eq!(find("那个水户漏水"), Some("kettle"));
        assert_eq!(find("my kettles leak"), Some("kettle"));
        assert_eq!(find("我的订单什么时候到"), None);
        assert_eq!(find("machine gun"), None);
        assert_eq!(find("水货"), None);
    }
}
