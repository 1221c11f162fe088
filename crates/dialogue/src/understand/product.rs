//! Which article of the catalogue somebody names, also when the transcriber misspelt it.

use std::ops::Range;

use ermu_domain::ProductId;

use crate::pack::Product;

use super::{
    normalise::{is_han, normalise, tokens},
    sound::{Sound, cost},
};

/// The names of a catalogue, by sound.
#[derive(Debug)]
pub struct ProductIndex {
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    id: ProductId,
    /// Normalised.
    text: String,
    sounds: Vec<Sound>,
}

/// A name in a text, at a mean cost of its syllables.
struct Heard<'a> {
    cost: f32,
    name: &'a Name,
    at: Range<usize>,
}

/// Mean cost up to which a text was only written in other characters: 露营用 is no 露营椅.
const SAME_SOUND: f32 = 0.1;

/// Mean cost of a syllable up to which a name still counts as heard: the longer the name, the less can anything else sound
/// like it. One of two syllables is too short for more than one slip of an accent.
const fn tolerance(syllables: usize) -> f32 {
    match syllables {
        0 | 1 => 0.0,
        2 => 0.1,
        _ => 0.25,
    }
}

impl ProductIndex {
    /// The names and aliases of these articles.
    pub fn new(products: &[Product]) -> Self {
        let name = |id: &ProductId, name: &str| {
            let text = normalise(name);
            let sounds: Vec<_> = sounds(&text).into_iter().map(|(_, sound)| sound).collect();
            (!sounds.is_empty()).then(|| Name { id: id.clone(), text, sounds })
        };
        let all = |product: &Product| {
            let names = product.name.all().chain(product.aliases.iter().map(String::as_str));
            names.filter_map(|text| name(&product.id, text)).collect::<Vec<_>>()
        };
        Self { names: products.iter().flat_map(all).collect() }
    }

    /// The article that a text names, also when the transcriber misspelt it.
    pub fn named_in(&self, text: &str) -> Option<&ProductId> {
        self.find(&normalise(text))
    }

    /// The article that a normalised text names; the longest of those that fit as well.
    pub(crate) fn find(&self, normalised: &str) -> Option<&ProductId> {
        self.heard(normalised).map(|heard| &heard.name.id)
    }

    /// The text with the name of an article spelt as the catalogue spells it, if the transcriber wrote it in other characters:
    /// whatever else is read from the text finds the name then.
    pub(crate) fn spelt(&self, normalised: &str) -> Option<String> {
        let Heard { cost, name, at } = self.heard(normalised)?;
        if cost > SAME_SOUND {
            return None;
        }
        let written = &normalised[at.clone()];
        let other_characters = written != name.text && written.chars().all(is_han) && name.text.chars().all(is_han);
        other_characters.then(|| format!("{}{}{}", &normalised[..at.start], name.text, &normalised[at.end..]))
    }

    /// The name that a normalised text holds.
    fn heard(&self, normalised: &str) -> Option<Heard<'_>> {
        let heard = sounds(normalised);
        let fitting = self.names.iter().filter_map(|name| {
            let Match { cost, first, last } = closest(&heard, &name.sounds)?;
            let cost = cost / name.sounds.len() as f32;
            let is_word = matches!(name.sounds[0], Sound::Word(_));
            let bar = if is_word { 0.0 } else { tolerance(name.sounds.len()) };
            (cost <= bar).then(|| Heard { cost, name, at: heard[first].0.start..heard[last].0.end })
        });
        fitting.min_by(|one, other| {
            one.cost.total_cmp(&other.cost).then(other.name.sounds.len().cmp(&one.name.sounds.len()))
        })
    }
}

/// The sounds of a normalised text, each with its place in it.
fn sounds(normalised: &str) -> Vec<(Range<usize>, Sound)> {
    let mut from = 0;
    let tokens = tokens(normalised).into_iter().take(80).filter_map(|token| {
        // A number is a token that does not tell which.
        let number = token == "#";
        let digits = |text: &str| {
            text.find(|c: char| c.is_ascii_digit())
                .map(|at| (at, text[at..].bytes().take_while(u8::is_ascii_digit).count()))
        };
        let (at, length) =
            if number { digits(&normalised[from..])? } else { (normalised[from..].find(&token)?, token.len()) };
        let place = from + at..from + at + length;
        from = place.end;
        // `kettles` names the kettle.
        let word = || Sound::Word(token.strip_suffix('s').unwrap_or(&token).to_owned());
        Some((place, token.chars().next().and_then(Sound::of_han).unwrap_or_else(word)))
    });
    tokens.collect()
}

/// A name in what was heard: from its first sound to its last.
struct Match {
    cost: f32,
    first: usize,
    last: usize,
}

/// The cheapest reading of `name` anywhere in `heard`: a substring edit distance.
fn closest(heard: &[(Range<usize>, Sound)], name: &[Sound]) -> Option<Match> {
    // Cost, and the first sound that is used.
    let mut row: Vec<(f32, usize)> = (0..=heard.len()).map(|at| (0.0, at)).collect();
    for (i, wanted) in name.iter().enumerate() {
        let mut next = vec![((i + 1) as f32, 0); heard.len() + 1];
        for (j, (_, said)) in heard.iter().enumerate() {
            let replaced = (row[j].0 + cost(wanted, said), row[j].1);
            let missed = (row[j + 1].0 + 1.0, row[j + 1].1);
            let added = (next[j].0 + 1.0, next[j].1);
            next[j + 1] = [replaced, missed, added].into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or(replaced);
        }
        row = next;
    }
    let used = row.into_iter().enumerate().filter(|(end, (_, first))| first < end);
    let (end, (cost, first)) = used.min_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
    Some(Match { cost, first, last: end - 1 })
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

    #[test]
    fn what_was_misspelt_is_spelt_as_the_catalogue_does() {
        let index = index();
        assert_eq!(index.spelt("订单12的咖非鸡坏了").as_deref(), Some("订单12的咖啡机坏了"));
        assert_eq!(index.spelt("那个水户漏水").as_deref(), Some("那个水壶漏水"));
        assert_eq!(index.spelt("咖啡机坏了"), None);
        assert_eq!(index.spelt("my kettles leak"), None);
        assert_eq!(index.spelt("今天天气好"), None);
    }
}
