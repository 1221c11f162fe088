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

/// The syllable of a Han character as those say it who tell neither zh from z nor -ng from -n.
pub(super) fn without_accent(c: char) -> Option<String> {
    let (initial, rest) = cut(syllable(c)?);
    let initial = initial.strip_suffix('h').filter(|plain| !plain.is_empty()).unwrap_or(initial);
    let rest = rest.strip_suffix("ng").map_or_else(|| rest.to_owned(), |start| format!("{start}n"));
    Some(format!("{initial}{rest} "))
}

/// Whether two characters begin or end with the same sound: 券 and 签.
pub(super) fn is_half_alike(a: char, b: char) -> bool {
    let (Some(a), Some(b)) = (syllable(a).map(cut), syllable(b).map(cut)) else { return false };
    a != b && (a.1 == b.1 || (a.0 == b.0 && !a.0.is_empty()))
}

/// 0 for the same, small for what dialects confuse, more for what is alike, 1 for the rest.
pub(super) fn cost(a: &Sound, b: &Sound) -> f32 {
    match (a, b) {
        (Sound::Syllable { initial: i1, rest: r1 }, Sound::Syllable { initial: i2, rest: r2 }) => {
            f32::min(initial_cost(i1, i2) + rest_cost(r1, r2), 1.0)
        }
        (Sound::Word(a), Sound::Word(b)) if a == b => 0.0,
        (Sound::Word(_) | Sound::Syllable { .. }, Sound::Word(_) | Sound::Syllable { .. }) => 1.0,
    }
}

/// Confused by dialects.
const ACCENT: f32 = 0.2;
/// Confused on a bad line.
const ALIKE: f32 = 0.35;
const DIFFERENT: f32 = 0.6;

fn initial_cost(a: &str, b: &str) -> f32 {
    const ACCENTS: [(&str, &str); 6] = [("z", "zh"), ("c", "ch"), ("s", "sh"), ("n", "l"), ("f", "h"), ("r", "l")];
    /// The same place with more or less breath, or the same way at the next place.
    const NEAR: [(&str, &str); 14] = [
        ("b", "p"),
        ("d", "t"),
        ("g", "k"),
        ("j", "q"),
        ("q", "x"),
        ("j", "x"),
        ("zh", "ch"),
        ("z", "c"),
        ("m", "n"),
        ("k", "h"),
        ("j", "zh"),
        ("q", "ch"),
        ("x", "sh"),
        ("c", "s"),
    ];
    if a == b {
        0.0
    } else if paired(a, b, &ACCENTS) {
        ACCENT
    } else if paired(a, b, &NEAR) {
        ALIKE
    } else {
        DIFFERENT
    }
}

fn rest_cost(a: &str, b: &str) -> f32 {
    const ACCENTS: [(&str, &str); 5] = [("an", "ang"), ("en", "eng"), ("in", "ing"), ("uan", "uang"), ("ian", "iang")];
    // `ou` and `u`, `ai` and `a`, `ian` and `an`: one sound of the longer is not heard.
    let contained = |long: &str, short: &str| {
        long.len() == short.len() + 1 && !short.is_empty() && (long.starts_with(short) || long.ends_with(short))
    };
    if a == b {
        0.0
    } else if paired(a, b, &ACCENTS) {
        ACCENT
    } else if contained(a, b) || contained(b, a) {
        ALIKE
    } else {
        DIFFERENT
    }
}

/// Whether a Chinese text, without its punctuation, is as good as another by its sound.
pub(crate) fn sounds_like(heard: &str, wanted: &str) -> bool {
    const MEAN_COST: f32 = 0.2;
    let sounds =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).map(Sound::of_han).collect::<Option<Vec<_>>>();
    let (Some(heard), Some(wanted)) = (sounds(heard), sounds(wanted)) else { return false };
    let costs: f32 = heard.iter().zip(&wanted).map(|(a, b)| cost(a, b)).sum();
    heard.len() == wanted.len() && costs <= MEAN_COST * wanted.len() as f32
}

fn paired(a: &str, b: &str, pairs: &[(&str, &str)]) -> bool {
    pairs.iter().any(|pair| *pair == (a, b) || *pair == (b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_by_its_sound() {
        assert!(sounds_like("客人。", "个人") && sounds_like("个人", "个人"));
        assert!(!sounds_like("人工", "个人") && !sounds_like("个人的", "个人") && !sounds_like("ok", "个人"));
    }

    #[test]
    fn accents_are_left_out() {
        assert_eq!(without_accent('痕'), without_accent('横'));
        assert_eq!(without_accent('住'), without_accent('足'));
        assert_eq!(without_accent('好').as_deref(), Some("hao "));
        assert_ne!(without_accent('横'), without_accent('冷'));
        assert_eq!(without_accent('a'), None);
        assert!(is_half_alike('券', '签') && is_half_alike('良', '了') && !is_half_alike('券', '好'));
        assert!(!is_half_alike('券', '劝'), "the same");
    }

    #[test]
    fn the_more_alike_the_cheaper() {
        let between = |a, b| cost(&Sound::of_syllable(a), &Sound::of_syllable(b));
        assert_eq!(between("ji", "ji"), 0.0);
        assert!(between("zi", "zhi") < between("ji", "qi"));
        assert!(between("shu", "shou") < between("shu", "sha"));
        assert!(between("men", "nen") < between("men", "ken"));
        assert_eq!(between("bo", "xian"), 1.0);
        assert_eq!(cost(&Sound::Word("app".to_owned()), &Sound::of_syllable("ai")), 1.0);
    }
}
