//! Examples by their sound: 推火 is 退货. Two syllables give a transcriber nothing to tell characters by.

use crate::{
    pack::Intent,
    understand::sound::{Sound, cost},
};

/// Longer sentences are understood by what else stands in them.
const SYLLABLES: std::ops::RangeInclusive<usize> = 2..=5;
/// The mean cost of a syllable up to which an example is heard: two syllables are soon like any others.
const TOLERANCE: [f32; 2] = [0.1, 0.21];
/// What costs more is another syllable altogether: 我要查订单 is not 我要改订单.
const MAX_COST: f32 = 0.65;
/// Up to this mean cost it is the same sound in other characters.
const SAME_SOUND: f32 = 0.05;
/// How much dearer every example of another intent has to be, by the syllable.
const MARGIN: f32 = 0.1;

/// The short Chinese examples of a pack.
#[derive(Debug)]
pub(super) struct Sounding(Vec<Example>);

#[derive(Debug)]
struct Example {
    intent: Intent,
    text: String,
    sounds: Vec<Sound>,
}

/// An example that something sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Likeness<'a> {
    pub(super) example: &'a str,
    /// Whether only the characters differ.
    pub(super) is_same: bool,
}

impl Sounding {
    /// `texts` are examples without punctuation and spaces.
    pub(super) fn new(texts: impl Iterator<Item = (Intent, String)>) -> Self {
        Self(texts.filter_map(|(intent, text)| Some(Example { intent, sounds: sounds(&text)?, text })).collect())
    }

    /// The example that a text without punctuation and spaces sounds like, if those of no other intent sound nearly as like it.
    pub(super) fn like(&self, bare: &str) -> Option<Likeness<'_>> {
        let heard = sounds(bare)?;
        let syllables = heard.len() as f32;
        let tolerance = TOLERANCE[usize::from(heard.len() > 2)];
        let fitting = self.0.iter().filter(|example| example.sounds.len() == heard.len()).filter_map(|example| {
            let limit = (tolerance + MARGIN) * syllables;
            let mut sum = 0.0;
            for (a, b) in heard.iter().zip(&example.sounds) {
                let cost = cost(a, b);
                sum += cost;
                if sum > limit || cost > MAX_COST {
                    return None;
                }
            }
            Some((sum / syllables, example))
        });
        let mut fitting: Vec<_> = fitting.collect();
        fitting.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, example) = fitting.first().filter(|(cost, _)| *cost <= tolerance)?;
        let other = fitting.iter().find(|(_, other)| other.intent != example.intent);
        let example_alone = other.is_none_or(|(cost, _)| cost - best >= MARGIN);
        example_alone.then_some(Likeness { example: &example.text, is_same: *best <= SAME_SOUND })
    }
}

/// The syllables of a short text of Han characters alone.
fn sounds(text: &str) -> Option<Vec<Sound>> {
    if text.chars().take(SYLLABLES.end() + 1).count() > *SYLLABLES.end() {
        return None;
    }
    let sounds = text.chars().map(Sound::of_han).collect::<Option<Vec<_>>>()?;
    SYLLABLES.contains(&sounds.len()).then_some(sounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sounding() -> Sounding {
        let texts = [
            (Intent::ReturnExchange, "退货"),
            (Intent::OrderStatus, "查物流"),
            (Intent::Person, "转人工"),
            (Intent::Damage, "坏了"),
            (Intent::Fragment, "快了"),
            (Intent::OrderStatus, "到货了吗我昨天下的单"),
        ];
        Sounding::new(texts.into_iter().map(|(intent, text)| (intent, text.to_owned())))
    }

    #[test]
    fn a_short_wish_is_known_by_its_sound() {
        for (heard, meant) in [("推火", "退货"), ("茶物料", "查物流"), ("战人工", "转人工"), ("怀了", "坏了")]
        {
            assert_eq!(sounding().like(heard).map(|like| like.example), Some(meant), "{heard}");
        }
        assert!(sounding().like("推火").unwrap().is_same && !sounding().like("战人工").unwrap().is_same);
    }

    #[test]
    fn what_is_only_a_little_like_it_is_not() {
        for heard in ["接人工", "脱货", "卡路里", "货", "退货吧", "我要退火", "ok", "", "快来"] {
            assert_eq!(sounding().like(heard), None, "{heard}");
        }
    }

    #[test]
    fn between_two_intents_nothing_is_heard() {
        let texts = [(Intent::Stock, "有货"), (Intent::PriceCoupon, "优惠")].map(|(i, t)| (i, t.to_owned()));
        let sounding = Sounding::new(texts.into_iter());
        assert_eq!(sounding.like("有火").map(|like| like.example), Some("有货"));
        let texts = [(Intent::Stock, "有货"), (Intent::PriceCoupon, "油货")].map(|(i, t)| (i, t.to_owned()));
        assert_eq!(Sounding::new(texts.into_iter()).like("有火"), None);
    }
}
