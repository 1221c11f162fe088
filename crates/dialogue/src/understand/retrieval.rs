//! Which of the shop's questions a text asks: likeness of characters, words and sounds, weighed by how rare they are.

use std::collections::{BTreeMap, BTreeSet};

use super::normalise::{is_han, normalise, syllable, tokens};
use crate::pack::KnowledgeEntry;

/// The questions of the knowledge base.
#[derive(Debug)]
pub(crate) struct KnowledgeIndex {
    /// Which entry, and its question's features with their weights, of length 1.
    questions: Vec<(usize, BTreeMap<String, f32>)>,
    rarity: BTreeMap<String, f32>,
    unseen: f32,
}

impl KnowledgeIndex {
    pub(crate) fn new(entries: &[KnowledgeEntry]) -> Self {
        let questions: Vec<_> = entries
            .iter()
            .enumerate()
            .flat_map(|(at, entry)| entry.ask.iter().map(move |question| (at, features(&normalise(question)))))
            .collect();
        let mut counts: BTreeMap<&String, f32> = BTreeMap::new();
        for feature in questions.iter().flat_map(|(_, features)| features) {
            *counts.entry(feature).or_default() += 1.0;
        }
        let total = questions.len() as f32;
        let rarity = counts.into_iter().map(|(feature, count)| (feature.clone(), weight(total, count))).collect();
        let mut index = Self { questions: Vec::new(), rarity, unseen: weight(total, 0.0) };
        index.questions = questions.into_iter().map(|(at, features)| (at, index.weigh(features))).collect();
        index
    }

    /// The entry with the question most like a normalised text, and how like, 0 to 1.
    pub(crate) fn best(&self, normalised: &str) -> Option<(usize, f32)> {
        let asked = self.weigh(features(normalised));
        self.questions
            .iter()
            .map(|(at, question)| {
                let shared = asked.iter().filter_map(|(feature, weight)| Some(weight * question.get(feature)?));
                (*at, shared.sum::<f32>())
            })
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn weigh(&self, features: BTreeSet<String>) -> BTreeMap<String, f32> {
        let mut weighed: BTreeMap<_, _> = features
            .into_iter()
            .map(|feature| {
                let rarity = self.rarity.get(&feature).copied().unwrap_or(self.unseen);
                (feature, rarity)
            })
            .collect();
        let length = weighed.values().map(|weight| weight * weight).sum::<f32>().sqrt();
        weighed.values_mut().for_each(|weight| *weight /= length.max(f32::MIN_POSITIVE));
        weighed
    }
}

fn weight(total: f32, count: f32) -> f32 {
    ((1.0 + total) / (1.0 + count)).ln() + 1.0
}

/// Words, pairs of neighbours, and pairs of syllables, which survive a wrong character.
fn features(normalised: &str) -> BTreeSet<String> {
    const FILLERS: &str = "的 了 吗 呢 啊 呀 吧 请 问 我 你 您 们 想 一 下 那 里 这 店 有 能 可 以 会 要 给 是 在 也 都 就 个 \
        the a an is are do does i you your my please to of it there can at";
    let filler = |token: &String| FILLERS.split(' ').any(|filler| filler == token);
    let tokens: Vec<String> = tokens(normalised).into_iter().filter(|token| !filler(token)).take(80).collect();
    let sound = |token: &String| token.chars().next().filter(|c| is_han(*c)).and_then(syllable);
    let mut features: BTreeSet<_> = tokens.iter().map(|token| format!("1{token}")).collect();
    for pair in tokens.windows(2) {
        features.insert(format!("2{} {}", pair[0], pair[1]));
        if let (Some(a), Some(b)) = (sound(&pair[0]), sound(&pair[1])) {
            features.insert(format!("p{a} {b}"));
        }
    }
    features
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::demo;

    #[test]
    fn a_question_is_found_in_other_words_and_strange_ones_are_not() {
        let pack = demo();
        let ask = |text: &str| pack.answer_to(&normalise(text)).map(|(entry, likeness)| (entry.id.as_str(), likeness));
        for (text, id) in
            [("你们保修多久", "warranty"), ("保修期是多长时间", "warranty"), ("how long is your warranty", "warranty")]
        {
            let (found, likeness) = ask(text).unwrap();
            assert!(found == id && likeness > 0.5, "{text}: {found} {likeness}");
        }
        let (found, likeness) = ask("今天天气不错").unwrap();
        assert!(likeness < 0.4, "{found} {likeness}");
    }
}
