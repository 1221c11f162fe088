//! What of a text is counted: n-grams of characters and words, and of syllables, which survive a wrong character.

use crate::understand::normalise::{is_han, syllable};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Han(char),
    /// A word of a script with spaces.
    Word(String),
    /// A price, a size, a date.
    Figure,
    /// Long enough for an order or a telephone.
    LongNumber,
    /// Punctuation, spaces, the ends of the text.
    Break,
}

/// Pieces of an n-gram. Three cost 1 point on blocks of examples that were kept back together, and time.
const LONGEST: usize = 2;
/// Digits from which a number is long.
const LONG: usize = 5;
/// Nobody says more in one breath; noise may.
const MOST_PIECES: usize = 120;

/// The features of a normalised text: hashes of n-grams (FNV-1a, 64 bits), sorted, each once.
pub(super) fn features(normalised: &str) -> Vec<u64> {
    let pieces = pieces(normalised);
    let mut features = Vec::with_capacity(pieces.len() * 8);
    let written: Vec<u64> = pieces.iter().map(written).collect();
    n_grams(&written, 'c', LONGEST, &mut features);
    if pieces.iter().any(|piece| matches!(piece, Piece::Han(_))) {
        let spoken: Vec<u64> = pieces.iter().map(spoken).collect();
        n_grams(&spoken, 's', LONGEST, &mut features);
    }
    for piece in &pieces {
        if let Piece::Word(word) = piece {
            parts_of(word, &mut features);
        }
    }
    features.sort_unstable();
    features.dedup();
    features
}

fn pieces(normalised: &str) -> Vec<Piece> {
    let mut pieces = vec![Piece::Break];
    let mut chars = normalised.chars().peekable();
    while let Some(c) = chars.next() {
        if pieces.len() >= MOST_PIECES {
            break;
        }
        if is_han(c) {
            pieces.push(Piece::Han(c));
            spoken_number(&mut pieces);
        } else if c.is_ascii_digit() {
            let mut length = 1;
            while chars.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).is_some() {
                length += 1;
            }
            pieces.push(if length < LONG { Piece::Figure } else { Piece::LongNumber });
        } else if c.is_alphabetic() {
            let mut word = String::from(c);
            let inside = |c: &char| (c.is_alphabetic() && !is_han(*c)) || *c == '\'';
            while let Some(c) = chars.next_if(inside) {
                word.push(c);
            }
            pieces.push(Piece::Word(word));
        } else if pieces.last() != Some(&Piece::Break) {
            pieces.push(Piece::Break);
        }
    }
    if pieces.last() != Some(&Piece::Break) {
        pieces.push(Piece::Break);
    }
    pieces
}

/// Digits read one by one are a long number too: 幺二三四五六.
fn spoken_number(pieces: &mut Vec<Piece>) {
    let is_digit = |piece: &Piece| match piece {
        Piece::Han(c) => "零〇幺一二两三四五六七八九".contains(*c),
        Piece::Word(_) | Piece::Figure | Piece::LongNumber | Piece::Break => false,
    };
    if let [.., Piece::LongNumber, last] = pieces.as_slice()
        && is_digit(last)
    {
        pieces.pop();
    }
    if let Some(at) = pieces.len().checked_sub(LONG)
        && pieces[at..].iter().all(is_digit)
    {
        pieces.truncate(at);
        pieces.push(Piece::LongNumber);
    }
}

fn written(piece: &Piece) -> u64 {
    match piece {
        Piece::Han(c) => hash(c.encode_utf8(&mut [0; 4]).as_bytes()),
        Piece::Word(word) => hash(word.as_bytes()),
        Piece::Figure => hash(b"#"),
        Piece::LongNumber => hash(b"##"),
        Piece::Break => hash(b" "),
    }
}

/// As [`written`], but by sound, without what accents and transcribers confuse: zh z, ch c, sh s, l n, f h, -ng -n.
fn spoken(piece: &Piece) -> u64 {
    let Piece::Han(c) = piece else { return written(piece) };
    let Some(syllable) = syllable(*c) else { return written(piece) };
    let mut sound = String::with_capacity(6);
    let rest = syllable.strip_suffix('g').filter(|rest| rest.ends_with('n')).unwrap_or(syllable);
    let mut letters = rest.chars();
    let first = match letters.next() {
        Some('l') => 'n',
        Some('f') => 'h',
        Some(first) => first,
        None => return written(piece),
    };
    sound.push(first);
    let tail = letters.as_str();
    sound.push_str(if matches!(first, 'z' | 'c' | 's') { tail.strip_prefix('h').unwrap_or(tail) } else { tail });
    hash(sound.as_bytes())
}

/// One to `most` neighbours at a time.
fn n_grams(pieces: &[u64], kind: char, most: usize, features: &mut Vec<u64>) {
    let blank = hash(b" ");
    for from in 0..pieces.len() {
        let mut feature = hash(&[kind as u8]);
        for (length, piece) in pieces[from..].iter().take(most).enumerate() {
            feature = mix(feature, *piece);
            if length > 0 || *piece != blank {
                features.push(feature);
            }
        }
    }
}

/// The beginnings of a word, for its endings: devolver, devolución.
fn parts_of(word: &str, features: &mut Vec<u64>) {
    let letters: Vec<char> = word.chars().collect();
    for length in [3, 4, 5] {
        if letters.len() > length {
            let start: String = letters[..length].iter().collect();
            features.push(mix(hash(b"start"), hash(start.as_bytes())));
        }
    }
}

const PRIME: u64 = 0x0100_0000_01b3;

fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

fn mix(a: u64, b: u64) -> u64 {
    (a.rotate_left(17) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_its_script_cuts() {
        let han = |text: &str| text.chars().map(Piece::Han).collect::<Vec<_>>();
        let mut expected = vec![Piece::Break];
        expected.extend(han("订单"));
        expected.extend([Piece::LongNumber, Piece::Break]);
        expected.extend(han("买"));
        expected.push(Piece::Figure);
        expected.extend(han("个"));
        expected.extend([Piece::Word("app".into()), Piece::Break]);
        assert_eq!(pieces("订单123456，买3个app!"), expected);
        assert_eq!(pieces("幺二三四五六"), [Piece::Break, Piece::LongNumber, Piece::Break]);
    }

    #[test]
    fn what_sounds_alike_shares_features() {
        let shared = |a: &str, b: &str| {
            let other = features(b);
            features(a).iter().filter(|feature| other.contains(feature)).count()
        };
        assert!(shared("转人工", "专人供") >= 6);
        assert_eq!(shared("转人工", "发票"), 0);
    }
}
