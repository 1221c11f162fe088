//! Spanish and Brazilian Portuguese: spoken-form text → phonemes, by rules of spelling. Both write what they say closely enough
//! that a lexicon would hold little else.

mod portuguese;
mod spanish;

pub(super) use portuguese::phonemes as portuguese;
pub(super) use spanish::phonemes as spanish;

/// One sound of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sound {
    phonemes: String,
    /// The vowel of a syllable.
    nucleus: bool,
    /// Written with an accent that says where the stress is.
    accented: bool,
}

impl Sound {
    fn consonant(phonemes: &str) -> Self {
        Self { phonemes: phonemes.to_owned(), nucleus: false, accented: false }
    }
}

/// Words and marks, in order: a word is letters and apostrophes.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first.is_alphabetic() {
            true => rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// Writes sounds one after the other, with the mark of stress before its vowel and, where many syllables come before it, that of
/// the secondary stress.
fn written(sounds: &[Sound], stress: Option<usize>, secondary_from: usize) -> String {
    let mut out = String::new();
    let mut nucleus = 0;
    for sound in sounds {
        if sound.nucleus {
            match stress {
                Some(at) if at == nucleus => out.push('ˈ'),
                Some(at) if nucleus == 0 && at >= secondary_from => out.push('ˌ'),
                Some(_) | None => {}
            }
            nucleus += 1;
        }
        out.push_str(&sound.phonemes);
    }
    out
}
