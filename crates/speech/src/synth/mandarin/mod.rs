//! Mandarin: spoken-form text → phonemes, as the voices were trained: words apart, no sandhi beyond the dictionary's.

mod readings;
mod syllable;

use jieba_rs::Jieba;

/// Turns runs of Chinese characters into phonemes.
pub(super) struct Mandarin {
    jieba: Jieba,
}

impl Mandarin {
    pub(super) fn new() -> Self {
        let mut jieba = Jieba::new();
        for (word, _) in readings::WORD_OVERRIDES {
            jieba.add_word(word, None, None);
        }
        Self { jieba }
    }

    /// The phonemes of a run of Chinese characters: a space between words, none inside.
    pub(super) fn phonemes(&self, han: &str) -> String {
        let mut phonemes = String::with_capacity(han.len() * 2);
        for token in self.jieba.cut(han, true) {
            if !phonemes.is_empty() && !phonemes.ends_with(' ') {
                phonemes.push(' ');
            }
            for syllable in readings::syllables(token.word) {
                syllable::push_phonemes(&syllable, &mut phonemes);
            }
        }
        phonemes
    }
}
