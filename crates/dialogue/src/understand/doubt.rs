//! What could have been an article where none was understood: readings of a text, for whoever has the sound to weigh them.

use std::{collections::BTreeSet, ops::Range};

use super::{
    normalise::{is_han, normalise},
    product::{ProductIndex, SAME_SOUND, closest_in, sounds},
    spelling::EDGE,
};

/// A text that names no article, and what it would be if a stretch of it, which nobody says so, were a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The text; normalised, as the readings are.
    pub heard: String,
    /// The text with the name of an article in it, one for each article, the one that sounds most like it first. Never empty.
    pub readings: Vec<String>,
}

/// Mean cost of a syllable up to which a name is worth asking for. Of 60 real lines without a name 6 have one that near.
const FURTHEST: f32 = 0.45;
/// More would only cost time: what is far down the list was not said.
const MOST_READINGS: usize = 6;

impl ProductIndex {
    /// Which articles a text may mean that names none as it stands. None in most cases: where one is named, or nothing in the
    /// text is both odd and like a name. Only names in Chinese characters can be meant.
    pub fn doubt(&self, text: &str) -> Option<Doubt> {
        let heard = normalise(text);
        if self.find(&heard).is_some() {
            return None;
        }
        let said = sounds(&heard);
        let mut near: Vec<(f32, _, String)> = Vec::new();
        for name in self.names.iter().filter(|name| name.sounds.len() > 1 && name.text.chars().all(is_han)) {
            let Some(found) = closest_in(&said, &name.sounds) else { continue };
            let cost = found.cost / name.sounds.len() as f32;
            let at = said[found.first].0.start..said[found.last].0.end;
            let is_odd = cost <= SAME_SOUND || self.is_odd(&heard[at.clone()]);
            if cost <= FURTHEST && is_odd && self.is_usual_around(&heard, &at) {
                near.push((cost, &name.id, format!("{}{}{}", &heard[..at.start], name.text, &heard[at.end..])));
            }
        }
        near.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut articles = BTreeSet::new();
        let readings = near.into_iter().filter(|(_, id, _)| articles.insert(*id)).map(|(_, _, reading)| reading);
        let readings: Vec<String> = readings.take(MOST_READINGS).collect();
        (!readings.is_empty()).then_some(Doubt { heard, readings })
    }

    /// Whether callers say what stands before and behind a stretch: if not, that belongs to what was misheard too, and a name in
    /// place of the stretch alone would be a shorter one than was said: 电战刀什么时候发货 is no 电钻.
    fn is_usual_around(&self, text: &str, at: &Range<usize>) -> bool {
        let is_usual = |near: Option<char>, far: Option<char>, pair: fn(char, char) -> [char; 2]| {
            near.is_none_or(|near| self.usual.odd_in(&pair(near, far.unwrap_or(EDGE))) == 0)
        };
        let mut before = text[..at.start].chars().rev().filter(|c| c.is_alphanumeric());
        let mut behind = text[at.end..].chars().filter(|c| c.is_alphanumeric());
        is_usual(before.next(), before.next(), |near, far| [far, near])
            && is_usual(behind.next(), behind.next(), |near, far| [near, far])
    }
}

#[cfg(test)]
mod tests {
    use ermu_domain::{Localized, Money, ProductId};

    use super::*;
    use crate::pack::Product;

    fn index() -> ProductIndex {
        let product = |name: &str, alias: &str| Product {
            id: ProductId(name.to_owned()),
            name: Localized::new(name.to_owned(), format!("article {name}")),
            aliases: vec![alias.to_owned()],
            price: Money(1),
        };
        ProductIndex::new(
            &[product("电钻", "冲击电钻"), product("循环扇", "空气循环扇"), product("电饭煲", "电饭锅")],
            ["我买的东西坏了", "什么时候发货", "电站在哪里"],
        )
    }

    fn readings(text: &str) -> Vec<String> {
        index().doubt(text).map_or_else(Vec::new, |doubt| doubt.readings)
    }

    #[test]
    fn what_sounds_a_little_like_a_name_may_be_one() {
        assert_eq!(readings("徐魂上"), ["循环扇"]);
        assert_eq!(readings("我买的电掌坏了。"), ["我买的电钻坏了。"]);
        assert_eq!(index().doubt("电掌什么时候发货？").map(|doubt| doubt.heard).as_deref(), Some("电掌什么时候发货?"));
    }

    #[test]
    fn there_is_no_doubt_about_what_is_named_or_far_from_every_name_or_said_so() {
        assert_eq!(index().doubt("我买的循环扇坏了"), None);
        assert_eq!(index().doubt("我想开发票"), None);
        assert_eq!(index().doubt("电站什么时候发货"), None, "callers speak of 电站");
        assert_eq!(index().doubt(""), None);
    }

    #[test]
    fn a_stretch_ends_where_callers_words_begin() {
        assert_eq!(readings("电战刀什么时候发货"), ["电饭煲什么时候发货"]);
    }
}
