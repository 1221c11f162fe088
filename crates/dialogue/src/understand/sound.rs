//! How alike two syllables sound, for what a transcriber misspelt.

use super::normalise::{is_han, syllable};

/// A syllable cut into what is confused with each other, or a Latin word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sound {
    Syllable { initial: &'static str, rest: &'static str },
    Word(String),
}

impl Sound {
    /// The sound of a Han character; none if its reading is not known.
    pub(super) fn of_han(c: char) -> Option<Self> {
        is_han(c).then(|| syllable(c)).flatten().map(Self::of_syllable)
    }

    /// The sound of a syllable in pinyin without its tone.
    pub(super) fn of_syllable(syllable: &'static str) -> Self {
        let (initial, rest) = cut(syllable);
        Self::Syllable { initial, rest }
    }
}

/// Cuts a syllable into initial and final.
fn cut(syllable: &'static str) -> (&'static str, &'static str) {
    let initial = if syllable.starts_with("zh") || syllable.starts_with("ch") || syllable.starts_with("sh") {
        2
    } else {
        usize::from(!syllable.starts_with(['a', 'e', 'o']))
    };
    syllable.split_at_checked(initial).unwrap_or(("", syllable))
}

/// 0 for the same, small for what dialects and transcribers confuse, 1 for the rest.
pub(super) fn cost(a: &Sound, b: &Sound) -> f32 {
    match (a, b) {
        (Sound::Syllable { initial: i1, rest: r1 }, Sound::Syllable { initial: i2, rest: r2 }) => {
            let initial = if i1 == i2 {
                0.0
            } else if confused(i1, i2, &[("z", "zh"), ("c", "ch"), ("s", "sh"), ("n", "l"), ("f", "h"), ("r", "l")]) {
                0.2
            } else {
                0.6
            };
            let rest = if r1 == r2 {
                0.0
            } else if confused(r1, r2, &[("an", "ang"), ("en", "eng"), ("in", "ing"), ("uan", "uang"), ("ian", "iang")])
            {
                0.2
            } else {
                0.6
            };
            f32::min(initial + rest, 1.0)
        }
        (Sound::Word(a), Sound::Word(b)) if a == b => 0.0,
        (Sound::Word(_) | Sound::Syllable { .. }, Sound::Word(_) | Sound::Syllable { .. }) => 1.0,
    }
}

fn confused(a: &str, b: &str, pairs: &[(&str, &str)]) -> bool {
    pairs.iter().any(|pair| *pair == (a, b) || *pair == (b, a))
}
