//! Which article of the catalogue somebody names, also when the transcriber misspelt it.

use std::ops::Range;

use ermu_domain::ProductId;

use crate::pack::Product;

use super::{
    normalise::{is_han, normalise, tokens},
    sound::{Sound, cost},
    spelling::UsualPairs,
};

/// The names of a catalogue, by sound.
#[derive(Debug)]
pub struct ProductIndex {
    pub(super) names: Vec<Name>,
    /// A misheard name is mostly an odd string of characters.
    pub(super) usual: UsualPairs,
}

#[derive(Debug)]
pub(super) struct Name {
    pub(super) id: ProductId,
    /// Normalised.
    pub(super) text: String,
    pub(super) sounds: Vec<Sound>,
}

/// A name in a text, at a mean cost of its syllables.
struct Heard<'a> {
    cost: f32,
    name: &'a Name,
    at: Range<usize>,
}

impl Heard<'_> {
    /// How much speaks for it: of two names in one text a long one that fits roughly, 颈椎按摩仪, is likelier than a short one
    /// that its end sounds like, 按摩椅.
    fn weight(&self) -> f32 {
        const A_SYLLABLE: f32 = 0.5;
        (A_SYLLABLE - self.cost) * self.name.sounds.len() as f32
    }
}

/// Mean cost up to which a text was only written in other characters: 露营用 is no 露营椅.
pub(super) const SAME_SOUND: f32 = 0.1;

/// Mean cost of a syllable up to which a name counts as heard whatever else is in the catalogue: the longer the name, the less
/// can anything else sound like it. One of two syllables is too short for more than one slip of an accent.
const fn tolerance(syllables: usize) -> f32 {
    match syllables {
        0 | 1 => 0.0,
        2 => 0.1,
        _ => 0.25,
    }
}

/// The same for a name that no other comes near: less than one syllable of three that is altogether another.
const fn widest(syllables: usize) -> f32 {
    match syllables {
        0..=2 => tolerance(syllables),
        _ => 0.325,
    }
}

/// How much less a name has to cost than every other one, to count beyond its [`tolerance`].
const MARGIN: f32 = 0.1;

impl ProductIndex {
    /// The names and aliases of these articles, in a shop whose callers speak like `sentences`.
    pub fn new<'a>(products: &[Product], sentences: impl IntoIterator<Item = &'a str>) -> Self {
        let name = |id: &ProductId, name: &str| {
            let text = normalise(name);
            let sounds: Vec<_> = sounds(&text).into_iter().map(|(_, sound)| sound).collect();
            (!sounds.is_empty()).then(|| Name { id: id.clone(), text, sounds })
        };
        let all = |product: &Product| {
            let names = product.name.all().chain(product.aliases.iter().map(String::as_str));
            names.filter_map(|text| name(&product.id, text)).collect::<Vec<_>>()
        };
        Self { names: products.iter().flat_map(all).collect(), usual: UsualPairs::of(sentences) }
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
        let mut closest: Vec<Heard<'_>> = Vec::new();
        for name in &self.names {
            let Some(Match { cost, first, last }) = closest_in(&heard, &name.sounds) else { continue };
            let cost = cost / name.sounds.len() as f32;
            let is_word = matches!(name.sounds[0], Sound::Word(_));
            let at = heard[first].0.start..heard[last].0.end;
            // What callers say so is no name that was misspelt.
            let is_likely =
                if is_word { cost == 0.0 } else { cost <= SAME_SOUND || self.is_odd(&normalised[at.clone()]) };
            if is_likely {
                closest.push(Heard { cost, name, at });
            }
        }
        let of = |heard: &Heard<'_>, bar: fn(usize) -> f32| heard.cost <= bar(heard.name.sounds.len());
        let likelier = |one: &&Heard<'_>, other: &&Heard<'_>| {
            let written = |heard: &Heard<'_>| normalised.contains(&heard.name.text);
            one.weight().total_cmp(&other.weight()).then(written(one).cmp(&written(other)))
        };
        let best = closest.iter().filter(|heard| of(heard, tolerance)).max_by(likelier).or_else(|| {
            let best = closest.iter().filter(|heard| of(heard, widest)).min_by(|a, b| a.cost.total_cmp(&b.cost))?;
            let others = closest.iter().filter(|other| other.name.id != best.name.id);
            let is_alone = others.map(|other| other.cost).fold(f32::INFINITY, f32::min) >= best.cost + MARGIN;
            is_alone.then_some(best)
        })?;
        Some(Heard { cost: best.cost, name: best.name, at: best.at.clone() })
    }

    /// Whether a text has characters side by side that callers do not say so.
    pub(super) fn is_odd(&self, text: &str) -> bool {
        self.usual.odd_in(&text.chars().collect::<Vec<_>>()) > 0
    }
}

/// The sounds of a normalised text, each with its place in it.
pub(super) fn sounds(normalised: &str) -> Vec<(Range<usize>, Sound)> {
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
        let word = || Sound::Word(bare(&token).to_owned());
        Some((place, token.chars().next().and_then(Sound::of_han).unwrap_or_else(word)))
    });
    tokens.collect()
}

/// A word without its plural or its Arabic article: `kettles` names the kettle, and الرف is رف.
fn bare(word: &str) -> &str {
    const ARTICLE: &str = "ال";
    let without = word.strip_prefix(ARTICLE).filter(|rest| rest.chars().count() > 1).unwrap_or(word);
    without.strip_suffix('s').unwrap_or(without)
}

/// A name in what was heard: from its first sound to its last.
pub(super) struct Match {
    pub(super) cost: f32,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// The cheapest reading of `name` anywhere in `heard`: a substring edit distance.
pub(super) fn closest_in(heard: &[(Range<usize>, Sound)], name: &[Sound]) -> Option<Match> {
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
        ProductIndex::new(
            &[
                product("coffee-machine", "咖啡机", "coffee machine", "半自动咖啡机"),
                product("kettle", "电热水壶", "kettle", "水壶"),
                product("grinder", "磨豆机", "grinder", "手动磨豆机"),
                product("mixer", "厨师机", "stand mixer", "家用厨师机"),
                product("dryer", "除湿机", "dehumidifier", "家用除湿机"),
                product("thermos", "保温壶", "thermos flask", "غلاية"),
            ],
            ["这个墨斗鸡好吃吗"],
        )
    }

    #[test]
    fn a_name_is_found_although_it_is_misspelt() {
        let index = index();
        let find = |text| index.find(text).map(|id| id.0.as_str());
        assert_eq!(find("我买的咖啡机有划痕"), Some("coffee-machine"));
        assert_eq!(find("我买的咖非机坏了"), Some("coffee-machine"));
        assert_eq!(find("那个水户漏水"), Some("kettle"));
        assert_eq!(find("my kettles leak"), Some("kettle"));
        assert_eq!(find("عندي الغلايه مكسوره"), Some("thermos"));
        assert_eq!(find("我的订单什么时候到"), None);
        assert_eq!(find("machine gun"), None);
        assert_eq!(find("水货"), None);
    }

    #[test]
    fn what_is_far_from_a_name_counts_only_if_it_means_nothing_else() {
        let index = index();
        let find = |text| index.find(text).map(|id| id.0.as_str());
        assert_eq!(find("我买的模特积坏了"), Some("grinder"));
        let said = ProductIndex { usual: UsualPairs::of(["模特积"]), ..index };
        assert_eq!(said.find("我买的模特积坏了"), None, "callers say so");
    }

    #[test]
    fn of_names_that_sound_the_same_the_written_one_is_meant() {
        let index = index();
        assert_eq!(index.find("我的除湿机坏了").map(|id| id.0.as_str()), Some("dryer"));
        assert_eq!(index.find("我的厨师机坏了").map(|id| id.0.as_str()), Some("mixer"));
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
