//! Spanish, as Castile says it: c and z lisp, ll is not y.

use super::{Sound, pieces, written};

/// Words that lean on their neighbours and have no stress of their own.
const UNSTRESSED: &str =
    "el la los las lo le les me te se nos de del a al en con por que y e o u mi tu su mis tus sus si sin";

/// The phonemes of a stretch of text without digits; marks stay as they are.
pub(in super::super) fn phonemes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    // What was last said: soft consonants depend on it across words.
    let mut before = None;
    let pieces = pieces(text);
    for (at, piece) in pieces.iter().enumerate() {
        if piece.starts_with(char::is_alphabetic) {
            let lower = piece.to_lowercase();
            let next = pieces[at + 1..].iter().take(2).find(|next| next.starts_with(char::is_alphabetic));
            let word = word(&lower, before, next.and_then(|next| next.to_lowercase().chars().next()));
            before = word.chars().next_back().or(before);
            out.push_str(&word);
        } else {
            out.push_str(piece);
            if *piece != " " {
                before = None;
            }
        }
    }
    out
}

fn word(word: &str, before: Option<char>, next: Option<char>) -> String {
    let letters: Vec<char> = word.chars().collect();
    let sounds = sounds(&letters, before, next);
    let nuclei: Vec<_> = sounds.iter().filter(|sound| sound.nucleus).collect();
    let stress = match nuclei.iter().position(|sound| sound.accented) {
        Some(accent) => Some(accent),
        None if UNSTRESSED.split(' ').any(|unstressed| unstressed == word) || nuclei.is_empty() => None,
        None if letters.last().is_some_and(|last| is_vowel(*last) || matches!(last, 'n' | 's')) => {
            Some(nuclei.len().saturating_sub(2))
        }
        None => Some(nuclei.len() - 1),
    };
    written(&sounds, stress, 2)
}

fn sounds(letters: &[char], before: Option<char>, next_word: Option<char>) -> Vec<Sound> {
    let mut sounds: Vec<Sound> = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied();
        if is_vowel(letter) || (letter == 'y' && !next.is_some_and(is_vowel)) {
            let end = (at..letters.len())
                .find(|i| {
                    !(is_vowel(letters[*i])
                        || (letters[*i] == 'y' && !letters.get(i + 1).copied().is_some_and(is_vowel)))
                })
                .unwrap_or(letters.len());
            vowels(&letters[at..end], &mut sounds);
            at = end;
            continue;
        }
        let last = sounds.last().map(|sound| sound.phonemes.as_str()).and_then(|last| last.chars().next_back());
        let last = if sounds.is_empty() { before } else { last };
        let (phonemes, taken) = consonant(&letters[at..], at == 0, last, next_word);
        if !phonemes.is_empty() {
            sounds.push(Sound::consonant(phonemes));
        }
        at += taken;
    }
    sounds
}

/// A group of vowels: each strong one is a syllable, weak ones glide beside it.
fn vowels(group: &[char], sounds: &mut Vec<Sound>) {
    let strong = |letter: char| !matches!(letter, 'i' | 'u' | 'ü' | 'y');
    let mut at = 0;
    while at < group.len() {
        let letter = group[at];
        let glides = |to: Option<&char>| to.is_some_and(|to| strong(*to));
        let weak_pair = !strong(letter) && group.get(at + 1).is_some_and(|next| !strong(*next) && *next != 'y');
        if !strong(letter)
            && (glides(group.get(at + 1)) || (weak_pair && !glides(at.checked_sub(1).and_then(|i| group.get(i)))))
        {
            sounds.push(Sound::consonant(if matches!(letter, 'i' | 'y') { "j" } else { "w" }));
            at += 1;
            continue;
        }
        let vowel = plain(letter);
        let behind = group.get(at + 1).filter(|next| !strong(**next) && !glides(group.get(at + 2)));
        let phonemes = match (vowel, behind) {
            ('a', Some('i' | 'y')) => "I",
            ('e', Some('i' | 'y')) => "A",
            ('o', Some('i' | 'y')) => "oɪ",
            ('u', Some('i' | 'y')) => "uj",
            ('a', Some('u')) => "W",
            ('e', Some('u')) => "eʊ",
            ('o', Some('u')) => "oʊ",
            ('a', _) => "a",
            ('e', _) => "e",
            ('o', _) => "o",
            ('u', _) => "u",
            (_, _) => "i",
        };
        at += if phonemes.chars().count() > 1 || matches!(phonemes, "I" | "A" | "W") { 2 } else { 1 };
        sounds.push(Sound { phonemes: phonemes.to_owned(), nucleus: true, accented: "áéíóú".contains(letter) });
    }
}

/// The sound of the consonant that a word goes on with, and how many letters write it.
fn consonant(letters: &[char], initial: bool, last: Option<char>, next_word: Option<char>) -> (&'static str, usize) {
    let next = letters.get(1).copied();
    let front = |letter: Option<char>| letter.is_some_and(|letter| "eéií".contains(letter));
    let nasal = matches!(last, Some('n' | 'm' | 'ɲ'));
    let following = next.or(next_word);
    match (letters[0], next) {
        ('c', Some('h')) => ("ʧ", 2),
        ('s', Some('h')) => ("ʃ", 2),
        ('l', Some('l')) => ("ʎ", 2),
        ('r', Some('r')) => ("r", 2),
        ('q', Some('u')) => ("k", 2),
        ('q', _) => ("k", 1),
        ('g', Some('u')) if front(letters.get(2).copied()) => (soft(last.is_none() || nasal, "ɡ", "ɣ"), 2),
        ('b' | 'v', _) => (soft(last.is_none() || nasal, "b", "β"), 1),
        ('d', _) => (soft(last.is_none() || nasal || last == Some('l') || (next.is_none() && !initial), "d", "ð"), 1),
        ('g', _) if front(next) => ("x", 1),
        ('g', _) => (soft(last.is_none() || nasal || next == Some('n'), "ɡ", "ɣ"), 1),
        ('c' | 'z', _) if front(next) => ("θ", 1),
        ('c' | 'k', _) => ("k", 1),
        ('z', _) => ("θ", 1),
        ('h', _) => ("", 1),
        ('j', _) => ("x", 1),
        ('ñ', _) => ("ɲ", 1),
        ('n', _) if following.is_some_and(|next| "bvpm".contains(next)) => ("m", 1),
        ('r', _) if initial || matches!(last, Some('n' | 'l' | 's')) => ("r", 1),
        ('r', _) => ("ɾ", 1),
        ('x', _) if initial => ("s", 1),
        ('x', _) => ("ks", 1),
        ('y', _) => ("ʝ", 1),
        ('w', _) => ("w", 1),
        ('ç', _) => ("s", 1),
        ('f', _) => ("f", 1),
        ('l', _) => ("l", 1),
        ('m', _) => ("m", 1),
        ('n', _) => ("n", 1),
        ('p', _) => ("p", 1),
        ('s', _) => ("s", 1),
        ('t', _) => ("t", 1),
        (_, _) => ("", 1),
    }
}

const fn soft(hard_here: bool, hard: &'static str, soft: &'static str) -> &'static str {
    if hard_here { hard } else { soft }
}

const fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'á' | 'é' | 'í' | 'ó' | 'ú' | 'ü')
}

const fn plain(letter: char) -> char {
    match letter {
        'á' => 'a',
        'é' => 'e',
        'í' | 'y' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_they_are_said() {
        for (text, said) in [
            ("hola gracias", "ˈola ɣɾˈaθjas"),
            ("el pedido número seis cinco", "el peðˈiðo nˈumeɾo sˈAs θˈinko"),
            ("guerra vergüenza", "ɡˈera βeɾɣwˈenθa"),
            ("aire hoy causa deuda muy cuidado", "ˈIɾe ˈoɪ kˈWsa ðˈeʊða mˈuj kwiðˈaðo"),
            ("está bien ciudad rey ayer calle", "estˈa βjˈen θjuðˈad rˈA aʝˈeɾ kˈaʎe"),
            ("examen extra xilófono", "eksˈamen ˈekstɾa silˈofono"),
            ("con vino, digno", "kom bˈino, dˈiɡno"),
            ("no se preocupe de usted", "nˈo se pɾˌeokˈupe ðe ustˈed"),
            ("recogió transportista devolución", "rˌekoxjˈo tɾˌanspoɾtˈista ðˌeβoluθjˈon"),
            ("tienda robot día baúl", "tjˈenda roβˈot ðˈia βaˈul"),
            ("queja guitarra jueves chico mañana", "kˈexa ɣitˈara xwˈeβes ʧˈiko maɲˈana"),
        ] {
            assert_eq!(phonemes(text), said, "{text}");
        }
    }
}
