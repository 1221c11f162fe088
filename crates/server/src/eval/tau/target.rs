//! What a customer wants instead: read from words against a product's own options, and found among its variants.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    data::{Cents, Item, Options, Product, Variant},
    words::{any, find, says, words},
};

/// A wish for a variant. Options that it does not name stay near to what they were.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Target {
    /// Named by its id.
    item: Option<String>,
    /// Values of which one has to be met, by option.
    wanted: BTreeMap<String, Vec<String>>,
    /// Values in the order in which they are liked, by option.
    liked: BTreeMap<String, Vec<String>>,
    compared: Vec<Compared>,
    price: Option<Extreme>,
    /// Options that have to stay as they are.
    kept: BTreeSet<String>,
    /// The same article again.
    same: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extreme {
    Least,
    Most,
}

/// An option that has to be more or less than it was.
#[derive(Debug, Clone, PartialEq)]
struct Compared {
    option: String,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// The next above or below.
    Toward(Extreme),
    /// As far as it goes.
    To(Extreme),
    /// By so much.
    By(f64),
}

const MORE: &str = "more bigger larger higher longer brighter greater harder";
const LESS: &str = "less smaller lower shorter fewer dimmer easier lighter";
const MOST: &str = "most biggest largest highest longest brightest max maximum maximized greatest hardest";
const LEAST: &str = "least smallest lowest shortest fewest easiest minimum";
const SIZES: [&str; 6] = ["xs", "s", "m", "l", "xl", "xxl"];
const GRADES: [&str; 8] = ["low", "small", "beginner", "medium", "intermediate", "large", "high", "expert"];

impl Target {
    /// Reads what is said of a product.
    pub(super) fn read(said: &[String], product: &Product) -> Self {
        let mut target = Self::default();
        if let Some(item) = said.iter().find(|word| product.variants.contains_key(*word)) {
            target.item = Some(item.clone());
        }
        let (hard, soft) = split_preference(&without_contrast(said));
        let mut used = BTreeSet::new();
        let comparisons = comparisons(&hard, product, &mut used);
        for (option, values) in options_of(product) {
            if comparisons.iter().any(|compared| compared.option == option) {
                continue;
            }
            let found = values_said(&hard, &option, &values, &mut used);
            if !found.is_empty() {
                target.wanted.insert(option.clone(), found);
            }
            let liked = values_said(&soft, &option, &values, &mut BTreeSet::new());
            if !liked.is_empty() {
                target.liked.insert(option, liked);
            }
        }
        target.kept = kept(&hard, product);
        target.kept.retain(|option| !target.wanted.contains_key(option));
        target.compared = comparisons;
        target.price = price_extreme(said);
        target.same =
            ["same item", "same spec", "new pair", "same model", "same 1"].iter().any(|same| says(said, same))
                && target.wanted.is_empty()
                && target.compared.is_empty();
        target
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over what is said later.
    pub(super) fn extend(&mut self, later: Self) {
        for (option, values) in later.wanted {
            self.compared.retain(|compared| compared.option != option);
            self.wanted.insert(option, values);
        }
        self.liked.extend(later.liked);
        self.kept.extend(later.kept);
        self.compared.extend(later.compared);
        self.item = later.item.or_else(|| self.item.take());
        self.price = later.price.or(self.price);
        self.same = (self.same || later.same) && self.wanted.is_empty();
    }

    /// How much of what is wanted an article has: for telling which of several is meant.
    pub(super) fn fits(&self, item: &Item) -> bool {
        let has = |(option, values): (&String, &Vec<String>)| {
            item.options.get(option).is_some_and(|value| values.contains(value))
        };
        self.item.as_ref().is_none_or(|id| *id == item.item_id) && self.wanted.iter().all(has)
    }

    /// Wants the values of another article of the product.
    pub(super) fn like(item: &Item) -> Self {
        let wanted = item.options.iter().map(|(option, value)| (option.clone(), vec![value.clone()])).collect();
        Self { wanted, ..Self::default() }
    }

    /// Whether a variant differs from the old article in options of which nothing was said.
    pub(super) fn leaves_open(&self, new: &Variant, old: &Item) -> bool {
        let spoken_of = |option: &String| {
            self.wanted.contains_key(option)
                || self.liked.contains_key(option)
                || self.compared.iter().any(|compared| compared.option == *option)
        };
        let changed = |(option, value): (&String, &String)| old.options.get(option) != Some(value);
        let free = self.item.is_some() || self.price.is_some() || self.same;
        !free && new.options.iter().any(|option| changed(option) && !spoken_of(option.0))
    }

    /// All available variants that fulfil the wish, the best first.
    pub(super) fn choose<'a>(&self, product: &'a Product, old: &Item) -> Vec<&'a Variant> {
        let is_old = |variant: &Variant| variant.item_id == old.item_id;
        let fits = |variant: &&Variant| {
            let wanted = self
                .wanted
                .iter()
                .all(|(option, values)| variant.options.get(option).is_some_and(|value| values.contains(value)));
            let named = self.item.as_ref().is_none_or(|item| *item == variant.item_id);
            let compared = self.compared.iter().all(|compared| compared.holds(&variant.options, &old.options));
            let kept = self.kept.iter().all(|option| variant.options.get(option) == old.options.get(option));
            variant.available && named && wanted && compared && kept && (is_old(variant) == self.same)
        };
        let mut fitting: Vec<&Variant> = product.variants.values().filter(fits).collect();
        fitting.sort_by(|a, b| self.rank(a, old).partial_cmp(&self.rank(b, old)).unwrap_or(std::cmp::Ordering::Equal));
        fitting
    }

    /// Lower is better.
    fn rank(&self, variant: &Variant, old: &Item) -> (f64, f64, f64, usize, Cents) {
        let liked = self.liked.iter().map(|(option, values)| {
            let value = variant.options.get(option);
            values.iter().position(|liked| Some(liked) == value).unwrap_or(values.len()) as f64
        });
        let price = match self.price {
            Some(Extreme::Least) => variant.price.0 as f64,
            Some(Extreme::Most) => -variant.price.0 as f64,
            None => 0.0,
        };
        let steps = self.compared.iter().map(|compared| compared.distance(&variant.options, &old.options));
        let changed = variant.options.iter().filter(|(option, value)| old.options.get(*option) != Some(*value)).count();
        (liked.sum(), price, steps.sum(), changed, variant.price)
    }
}

impl Compared {
    fn values(&self, new: &Options, old: &Options) -> Option<(f64, f64)> {
        Some((size(new.get(&self.option)?)?, size(old.get(&self.option)?)?))
    }

    fn holds(&self, new: &Options, old: &Options) -> bool {
        let Some((new, old)) = self.values(new, old) else { return false };
        match self.step {
            Step::Toward(Extreme::Most) => new > old,
            Step::Toward(Extreme::Least) => new < old,
            Step::To(_) => true,
            Step::By(step) => (new - old - step).abs() < 1e-6,
        }
    }

    fn distance(&self, new: &Options, old: &Options) -> f64 {
        let Some((new, old)) = self.values(new, old) else { return f64::MAX };
        match self.step {
            Step::Toward(_) | Step::By(_) => (new - old).abs(),
            Step::To(Extreme::Most) => -new,
            Step::To(Extreme::Least) => new,
        }
    }
}

/// A value as a number, if it has an order.
fn size(value: &str) -> Option<f64> {
    let said = words(value);
    let number = said.iter().find_map(|word| word.trim_start_matches('i').parse::<f64>().ok());
    let place = |list: &[&str]| said.first().and_then(|word| list.iter().position(|known| known == word));
    let litres = said.iter().any(|word| word == "l");
    number
        .map(|number| if litres { number * 1000.0 } else { number })
        .or_else(|| place(&SIZES).map(|at| at as f64))
        .or_else(|| place(&GRADES).map(|at| at as f64))
}

/// All options of a product with their values.
pub(super) fn options_of(product: &Product) -> BTreeMap<String, BTreeSet<String>> {
    let mut options: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (option, value) in product.variants.values().flat_map(|variant| &variant.options) {
        options.entry(option.clone()).or_default().insert(value.clone());
    }
    options
}

/// Without `instead of …` and `than …`: what is not wanted.
fn without_contrast(said: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut skip = 0;
    for (at, word) in said.iter().enumerate() {
        if word == "instead" && said.get(at + 1).is_some_and(|of| of == "of") || word == "than" {
            skip = 5;
        }
        if skip == 0 {
            out.push(word.clone());
        } else {
            skip -= 1;
        }
    }
    out
}

/// What is demanded, and what is only liked.
fn split_preference(said: &[String]) -> (Vec<String>, Vec<String>) {
    let is_prefer =
        |word: &String| matches!(word.as_str(), "prefer" | "preferably" | "prefered" | "preferred" | "like");
    match said.iter().position(is_prefer) {
        Some(at) => (said[..at].to_vec(), said[at..].to_vec()),
        None => (said.to_vec(), Vec::new()),
    }
}

/// `same size and material`: the options behind `same`.
fn kept(said: &[String], product: &Product) -> BTreeSet<String> {
    let options = options_of(product);
    let mut kept = BTreeSet::new();
    for at in (0..said.len()).filter(|at| said[*at] == "same") {
        let behind = &said[at + 1..said.len().min(at + 5)];
        let words_of_list = behind.iter().take_while(|word| {
            *word == "and" || *word == "level" || options.keys().any(|option| words(option).contains(word))
        });
        for word in words_of_list {
            kept.extend(options.keys().filter(|option| words(option).contains(word) && word != "and").cloned());
        }
    }
    kept
}

fn price_extreme(said: &[String]) -> Option<Extreme> {
    if any(said, "cheapest") || says(said, "least expensive") || says(said, "lowest price") {
        Some(Extreme::Least)
    } else if says(said, "most expensive") || any(said, "priciest") {
        Some(Extreme::Most)
    } else {
        None
    }
}

fn comparisons(said: &[String], product: &Product, used: &mut BTreeSet<usize>) -> Vec<Compared> {
    let options = options_of(product);
    let ordered = |option: &String| options[option].iter().all(|value| size(value).is_some());
    let mut found: Vec<Compared> = Vec::new();
    for (at, word) in said.iter().enumerate() {
        let is = |list: &str| list.split(' ').any(|listed| listed == word);
        let step = if is(MORE) {
            Step::Toward(Extreme::Most)
        } else if is(LESS) {
            Step::Toward(Extreme::Least)
        } else if is(MOST) {
            Step::To(Extreme::Most)
        } else if is(LEAST) {
            Step::To(Extreme::Least)
        } else {
            continue;
        };
        if said.get(at + 1).is_some_and(|next| next == "expensive" || next == "price") {
            continue;
        }
        let near: Vec<String> = said[at.saturating_sub(4)..said.len().min(at + 4)].to_vec();
        let named = options.keys().find(|option| {
            ordered(option) && words(option).iter().any(|part| near.contains(part) && part != "level" && part != "size")
        });
        let by_adjective = |names: &[&str]| {
            let has = |name: &&str| options.keys().find(|option| option.as_str() == *name && ordered(option));
            names.iter().find_map(has)
        };
        let option = named.or_else(|| match word.as_str() {
            "brighter" | "brightest" | "dimmer" => by_adjective(&["brightness"]),
            "easiest" | "easier" | "harder" | "hardest" => by_adjective(&["difficulty level"]),
            "less" | "more" if near.contains(&"bright".to_owned()) => by_adjective(&["brightness"]),
            "longer" | "longest" | "shorter" | "shortest" => by_adjective(&["length", "height"]),
            "higher" | "highest" | "lower" | "lowest" => by_adjective(&["height"]),
            "less" | "more" | "most" | "least" | "fewer" | "fewest" => None,
            _ => by_adjective(&[
                "size",
                "capacity",
                "frame size",
                "screen size",
                "length",
                "height",
                "diameter",
                "room size",
                "kit size",
            ]),
        });
        let Some(option) = option else { continue };
        // `1000 more pieces`, `500 pieces less`
        let before = [at.checked_sub(1), at.checked_sub(2)].into_iter().flatten();
        let amount = before.filter_map(|at| Some((at, said[at].parse::<f64>().ok()?))).find(|(_, by)| *by >= 10.0);
        let step = match (step, amount) {
            (Step::Toward(direction), Some((place, by))) => {
                used.insert(place);
                Step::By(if direction == Extreme::Most { by } else { -by })
            }
            (step, _) => step,
        };
        used.insert(at);
        if !found.iter().any(|known| known.option == *option) {
            found.push(Compared { option: option.clone(), step });
        }
    }
    found
}

/// The values of an option that a text names, in its order.
fn values_said(said: &[String], option: &str, values: &BTreeSet<String>, used: &mut BTreeSet<usize>) -> Vec<String> {
    let name = words(option);
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut longest: Vec<&String> = values.iter().collect();
    longest.sort_by_key(|value| std::cmp::Reverse(words(value).len()));
    for value in longest {
        let wanted = words(value);
        let starts = (0..said.len()).filter(|at| said[*at..].starts_with(&wanted) || is_size(&said[*at], &wanted));
        for at in starts {
            let length = if said[at..].starts_with(&wanted) { wanted.len() } else { 1 };
            if (at..at + length).any(|place| used.contains(&place)) || !is_of(said, at, length, &wanted, &name) {
                continue;
            }
            used.extend(at..at + length);
            found.push((at, value.clone()));
        }
    }
    if found.is_empty() {
        found.extend(by_name(said, &name, values).into_iter().chain(by_beginning(said, values, used)));
    }
    if let Some((at, value)) = found.first()
        && said.get(at + words(value).len()..).is_some_and(|rest| rest.starts_with(&["or".into(), "above".into()]))
        && let Some(least) = size(value)
    {
        return values.iter().filter(|value| size(value).is_some_and(|size| size >= least)).cloned().collect();
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, value)| value).collect()
}

/// `small` for S.
fn is_size(word: &str, value: &[String]) -> bool {
    let [value] = value else { return false };
    matches!((word, value.as_str()), ("small", "s") | ("medium", "m") | ("large", "l"))
}

/// Numbers and yes-or-no belong to an option only if it is named beside them.
fn is_of(said: &[String], at: usize, length: usize, value: &[String], name: &[String]) -> bool {
    let bare =
        value.len() == 1 && (value[0].parse::<f64>().is_ok() || matches!(value[0].as_str(), "yes" | "no" | "none"));
    let beside = said[at.saturating_sub(2)..said.len().min(at + length + 2)].to_vec();
    let shared = value.len() == 1 && matches!(value[0].as_str(), "high" | "low" | "rgb");
    (!bare && !shared) || beside.iter().any(|word| name.contains(word)) || (shared && value[0] == "rgb")
}

/// `waterproof`, `not resistant to water`, `no backlight`.
fn by_name(said: &[String], name: &[String], values: &BTreeSet<String>) -> Option<(usize, String)> {
    let negative = values.iter().find(|value| matches!(value.as_str(), "no" | "none" | "not resistant"));
    let positive = values.iter().find(|value| value.as_str() == "yes");
    let at = find(said, name).or_else(|| {
        // `resistant to water`
        let mut parts = name.iter().map(|part| part.get(..part.len().min(6)).unwrap_or(part));
        parts
            .all(|part| said.iter().any(|word| word.starts_with(part)))
            .then(|| said.iter().position(|word| name.iter().any(|part| word == part)))
            .flatten()
    })?;
    let before = &said[at.saturating_sub(5)..at];
    if any(before, "care matter") {
        return None;
    }
    let near = &said[at.saturating_sub(3)..at];
    if any(near, "not no without non none") {
        return negative.map(|value| (at, value.clone()));
    }
    positive.map(|value| (at, value.clone()))
}

/// `Google Home` for Google Assistant, `soft` for softshell.
fn by_beginning(said: &[String], values: &BTreeSet<String>, used: &mut BTreeSet<usize>) -> Option<(usize, String)> {
    for (at, word) in said.iter().enumerate().filter(|(_, word)| word.len() >= 4) {
        let begins = |value: &&String| words(value).first().is_some_and(|first| first.starts_with(word.as_str()));
        let mut beginning = values.iter().filter(begins);
        if let (Some(value), None) = (beginning.next(), beginning.next())
            && !used.contains(&at)
        {
            used.insert(at);
            return Some((at, value.clone()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boots() -> Product {
        let variant = |id: &str, size: &str, material: &str, waterproof: &str, price| {
            let options = [("size", size), ("material", material), ("waterproof", waterproof)]
                .map(|(option, value)| (option.to_owned(), value.to_owned()));
            let options = options.into_iter().collect();
            (id.to_owned(), Variant { item_id: id.to_owned(), options, available: true, price: Cents(price) })
        };
        Product {
            name: "Hiking Boots".to_owned(),
            product_id: "9".to_owned(),
            variants: [
                variant("1", "8", "leather", "yes", 900),
                variant("2", "9", "leather", "no", 800),
                variant("3", "9", "leather", "yes", 700),
                variant("4", "10", "synthetic", "no", 600),
            ]
            .into_iter()
            .collect(),
        }
    }

    fn chosen(said: &str) -> Vec<String> {
        let product = boots();
        let old = &product.variants["2"];
        let old = Item {
            name: product.name.clone(),
            product_id: product.product_id.clone(),
            item_id: old.item_id.clone(),
            price: old.price,
            options: old.options.clone(),
        };
        let target = Target::read(&words(said), &product);
        target.choose(&product, &old).into_iter().map(|variant| variant.item_id.clone()).collect()
    }

    #[test]
    fn wishes_are_read_against_the_options() {
        assert_eq!(chosen("to a waterproof pair"), ["3", "1"]);
        assert_eq!(chosen("to size 8, do not care about waterproof or not"), ["1"]);
        assert_eq!(chosen("for a smaller one")[0], "1");
        assert_eq!(chosen("to the cheapest")[0], "4");
        assert_eq!(chosen("the most expensive")[0], "1");
        assert_eq!(chosen("to synthetic instead of leather"), ["4"]);
        // None has it: the fewest changes first, then the cheapest.
        assert_eq!(chosen("size 11"), ["3", "4", "1"]);
        assert_eq!(chosen("the same item"), ["2"]);
    }
}
