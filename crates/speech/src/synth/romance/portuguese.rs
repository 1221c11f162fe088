//! Portuguese, as Brazil says it: t and d before i are affricates, final l is a u, final o a short u.

use super::{Sound, pieces, written};

/// Words that lean on their neighbours and have no stress of their own.
const UNSTRESSED: &str =
    "o a os as de do da dos das em no na nos nas com por que se me te lhe ou ao aos e eu seu meu foi sou";
/// What spelling does not tell.
const WORDS: [(&str, &str); 21] = [
    ("e", "i"),
    ("o", "ʊ"),
    ("os", "ʊs"),
    ("é", "ˈɛ"),
    ("muito", "mwˈiŋtʊ"),
    ("muita", "mwˈiŋtæ"),
    ("muitos", "mwˈiŋtʊs"),
    ("muitas", "mwˈiŋtæs"),
    ("próximo", "prˈɔsimʊ"),
    ("próxima", "prˈɔsimæ"),
    ("para", "pˌaɾæ"),
    ("por", "por"),
    ("cinquenta", "sˌiŋkwˈAŋtæ"),
    ("agora", "aɡˈɔɾæ"),
    ("hora", "ˈɔɾæ"),
    ("horas", "ˈɔɾæs"),
    ("ele", "ˈely"),
    ("robô", "xobˈo"),
    ("não", "nˈɐ̃ʊ̃"),
    ("nove", "nˈɔvy"),
    ("sete", "sˈɛʧy"),
];

/// The phonemes of a stretch of text without digits; marks stay as they are.
pub(in super::super) fn phonemes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for piece in pieces(text) {
        if piece.starts_with(char::is_alphabetic) {
            out.push_str(&word(&piece.to_lowercase()));
        } else {
            out.push_str(piece);
        }
    }
    out
}

fn word(word: &str) -> String {
    if let Some((_, known)) = WORDS.iter().find(|(known, _)| *known == word) {
        return (*known).to_owned();
    }
    let letters: Vec<char> = word.chars().collect();
    let unstressed = UNSTRESSED.split(' ').any(|unstressed| unstressed == word);
    let stress = stressed(word, &letters).filter(|_| !unstressed);
    let sounds = sounds(&letters, stress);
    let nuclei = sounds.iter().filter(|sound| sound.nucleus).count();
    let stress = sounds.iter().filter(|sound| sound.nucleus).position(|sound| sound.accented);
    // Two syllables before the stress, or one before a word's last but one.
    let secondary_from = match stress {
        Some(1) if nuclei > 2 => 1,
        Some(_) | None => 2,
    };
    written(&sounds, stress, secondary_from)
}

/// The letter whose vowel has the stress.
fn stressed(word: &str, letters: &[char]) -> Option<usize> {
    let accent = |marks: &str| letters.iter().position(|letter| marks.contains(*letter));
    if let Some(accent) = accent("áéíóúâêô").or_else(|| accent("ãõ")) {
        return Some(accent);
    }
    let nuclei = nuclei(letters);
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    let last_but_one = ends(&["a", "e", "o", "as", "es", "os", "em", "ens", "am"]);
    let from_end = if last_but_one && nuclei.len() > 1 { 2 } else { 1 };
    nuclei.len().checked_sub(from_end).and_then(|at| nuclei.get(at)).copied()
}

/// The letters that are the vowels of syllables.
fn nuclei(letters: &[char]) -> Vec<usize> {
    (0..letters.len())
        .filter(|at| is_vowel(letters[*at]) && !is_silent(letters, *at) && !glides(letters, *at))
        .collect()
}

/// The u of que, gui, qua.
fn is_silent(letters: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| letters[before]);
    let next = letters.get(at + 1).copied();
    letters[at] == 'u'
        && next.is_some_and(is_vowel)
        && (before == Some('q') || (before == Some('g') && next.is_some_and(|next| "eéêiíaáãoóô".contains(next))))
}

/// Whether a weak vowel is the end of a diphthong: its strong one stands before it.
fn glides(letters: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| letters[before]) else { return false };
    let behind: String = letters[at + 1..].iter().collect();
    let closes =
        behind.starts_with("nh") || matches!(behind.as_str(), "r" | "l" | "z" | "m" | "n") || behind.starts_with("nd");
    let diphthong = match letters[at] {
        'i' => "aeouáéóúâêô".contains(before),
        'u' => "aeiouáéíóâêô".contains(before) && before != 'u',
        'o' => before == 'ã' || (before == 'a' && behind.trim_end_matches('s').is_empty()),
        'e' => matches!(before, 'ã' | 'õ'),
        _ => false,
    };
    // The u of que is no strong vowel.
    diphthong && !closes && !is_silent(letters, at - 1) && (at < 2 || !glides(letters, at - 1))
}

fn sounds(letters: &[char], stress: Option<usize>) -> Vec<Sound> {
    let mut sounds = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let taken = if is_vowel(letters[at]) && !is_silent(letters, at) {
            vowel(letters, at, stress, &mut sounds)
        } else {
            let (phonemes, taken) = consonant(letters, at);
            if !phonemes.is_empty() {
                sounds.push(Sound::consonant(phonemes));
            }
            taken
        };
        at += taken;
    }
    sounds
}

/// A vowel with what follows it in its syllable, if that changes it; returns how many letters that are.
fn vowel(letters: &[char], at: usize, stress: Option<usize>, sounds: &mut Vec<Sound>) -> usize {
    let (letter, next) = (letters[at], letters.get(at + 1).copied());
    let here = stress == Some(at);
    let behind = &letters[at + 1..];
    let syllable = |phonemes: &str| Sound { phonemes: phonemes.to_owned(), nucleus: true, accented: here };
    if let Some(glide) = next.filter(|_| glides(letters, at + 1)) {
        sounds.push(syllable(match (letter, glide) {
            ('ã', 'o') => "ɐ̃ʊ̃",
            ('ã', _) => "ɐ̃y",
            ('õ', _) => "o\u{303}j",
            ('a' | 'á' | 'â', 'i') => "I",
            ('a' | 'á' | 'â', _) => "W",
            ('e' | 'ê', 'i') => "A",
            ('é', 'i') => "ɛɪ",
            ('é', _) => "ɛʊ",
            ('e' | 'ê', _) => "eʊ",
            ('ó', 'i') => "ɔɪ",
            ('o' | 'ô', 'i') => "oɪ",
            ('o' | 'ô' | 'ó', _) => "ow",
            ('i' | 'í', _) => "iʊ",
            (_, _) => "uj",
        }));
        return 2;
    }
    // m and n close the syllable where no vowel follows them.
    let nasal =
        matches!(next, Some('m' | 'n')) && !behind.get(1).is_some_and(|after| is_vowel(*after) || *after == 'h');
    if nasal {
        let labial = behind.get(1).is_some_and(|after| matches!(after, 'b' | 'p'));
        let last = behind.iter().all(|rest| matches!(rest, 'm' | 'n' | 's'));
        let (vowel, end) = match letter {
            'a' | 'á' | 'â' | 'ã' if last && next == Some('m') => ("ɐ̃ʊ̃", ""),
            'a' | 'á' | 'â' | 'ã' => ("ɐ̃", if labial { "m" } else { "ŋ" }),
            'e' | 'é' | 'ê' => ("A", if labial { "m" } else { "ŋ" }),
            'i' | 'í' => ("i", if labial { "m" } else { "ŋ" }),
            'o' | 'ó' | 'ô' => ("o", if labial { "m" } else { "ŋ" }),
            _ => ("u\u{303}", if labial { "m" } else { "ŋ" }),
        };
        sounds.push(syllable(&format!("{vowel}{end}")));
        return 2;
    }
    // Final l, and l before a consonant, is a u.
    if next == Some('l') && !behind.get(1).is_some_and(|after| is_vowel(*after) || *after == 'h') {
        sounds.push(syllable(match letter {
            'a' | 'á' | 'â' => "W",
            'e' | 'é' if here => "ɛʊ",
            'e' | 'é' | 'ê' => "eʊ",
            'i' | 'í' => "iʊ",
            'o' | 'ó' | 'ô' if here => "ɔʊ",
            'o' | 'ó' | 'ô' => "oʊ",
            _ => "uw",
        }));
        return 2;
    }
    let last = behind.iter().all(|rest| *rest == 's');
    let after_stress = stress.is_some_and(|stress| at > stress);
    let before_nasal = matches!(next, Some('m' | 'n'));
    let whole: String = letters.iter().collect();
    if after_stress && matches!(letter, 'i' | 'u') && next.is_some_and(is_vowel) {
        sounds.push(Sound::consonant(if letter == 'i' { "j" } else { "w" }));
        return 1;
    }
    sounds.push(syllable(match letter {
        'a' | 'á' | 'â' if before_nasal && here => "ɐ̃",
        'ã' => "ɐ̃",
        'a' if last && !here => "æ",
        'a' | 'á' | 'â' | 'à' => "a",
        'é' => "ɛ",
        'e' if last && !here => "y",
        'e' if here && is_open_e(&whole, at) => "ɛ",
        'e' | 'ê' => "e",
        'i' | 'í' | 'y' => "i",
        'ó' => "ɔ",
        'o' if last && !here => "ʊ",
        'o' if here && whole.trim_end_matches('s').ends_with('a') && !before_nasal => "ɔ",
        'o' | 'ô' => "o",
        'õ' => "o\u{303}",
        'u' | 'ú' | 'ü' => "u",
        _ => "",
    }));
    1
}

/// Stressed e is open before these; elsewhere closed. Spelling says no more.
fn is_open_e(word: &str, at: usize) -> bool {
    let from = word.char_indices().nth(at + 1).map_or("", |(byte, _)| &word[byte..]);
    ["rr", "la", "lo", "ro", "ra", "rt", "st", "lh", "gu", "ga", "te"].iter().any(|begin| from.starts_with(begin))
}

/// The sound of a consonant, and how many letters write it.
fn consonant(letters: &[char], at: usize) -> (&'static str, usize) {
    let letter = letters[at];
    let (before, next) = (at.checked_sub(1).map(|before| letters[before]), letters.get(at + 1).copied());
    let after = letters.get(at + 2).copied();
    let vowel = |letter: Option<char>| letter.is_some_and(is_vowel);
    let front = |letter: Option<char>| letter.is_some_and(|letter| "eéêií".contains(letter));
    // A final e sounds as an i.
    let before_i =
        matches!(next, Some('i' | 'í')) || (next == Some('e') && letters[at + 2..].iter().all(|rest| *rest == 's'));
    match (letter, next) {
        ('c', Some('h')) | ('s', Some('h')) => ("ʃ", 2),
        ('l', Some('h')) => ("lj", 2),
        ('n', Some('h')) => ("ɲ", 2),
        ('r', Some('r')) => ("x", 2),
        ('s', Some('s')) => ("s", 2),
        ('s', Some('c')) if front(after) => ("s", 2),
        ('q', Some('u')) if front(after) => ("k", 2),
        ('q', Some('u')) => ("kw", 2),
        ('g', Some('u')) if front(after) => ("ɡ", 2),
        ('g', Some('u')) if vowel(after) => ("ɡw", 2),
        ('t', _) if before_i => ("ʧ", 1),
        ('d', _) if before_i => ("ʤ", 1),
        ('c', _) if front(next) => ("s", 1),
        ('c' | 'k' | 'q', _) => ("k", 1),
        ('ç', _) => ("s", 1),
        ('g', _) if front(next) => ("ʒ", 1),
        ('g', _) => ("ɡ", 1),
        ('j', _) => ("ʒ", 1),
        ('h', _) => ("", 1),
        ('r', _) if at == 0 || matches!(before, Some('n' | 'l' | 's')) => ("x", 1),
        ('r', _) if vowel(before) && vowel(next) => ("ɾ", 1),
        ('r', Some(next)) if vowel(before) && !is_vowel(next) => ("ɾə", 1),
        ('r', _) => ("r", 1),
        ('s', _) if vowel(before) && vowel(next) => ("z", 1),
        ('s', Some('b' | 'd' | 'g' | 'l' | 'm' | 'n' | 'r' | 'v')) => ("z", 1),
        ('s', _) => ("s", 1),
        ('x', _) if before == Some('e') && at == 1 && vowel(next) => ("z", 1),
        ('x', Some('p' | 't' | 'c')) => ("s", 1),
        ('x', _) => ("ʃ", 1),
        ('z', None) => ("s", 1),
        ('z', _) => ("z", 1),
        ('w', _) => ("w", 1),
        ('ñ', _) => ("ɲ", 1),
        ('b', _) => ("b", 1),
        ('d', _) => ("d", 1),
        ('f', _) => ("f", 1),
        ('l', _) => ("l", 1),
        ('m', _) => ("m", 1),
        ('n', _) => ("n", 1),
        ('p', _) => ("p", 1),
        ('t', _) => ("t", 1),
        ('v', _) => ("v", 1),
        (_, _) => ("", 1),
    }
}

const fn is_vowel(letter: char) -> bool {
    matches!(
        letter,
        'a' | 'e' | 'i' | 'o' | 'u' | 'á' | 'é' | 'í' | 'ó' | 'ú' | 'â' | 'ê' | 'ô' | 'ã' | 'õ' | 'à' | 'ü' | 'y'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_they_are_said() {
        for (text, said) in [
            ("olá assistente", "olˈa ˌasistˈAŋʧy"),
            ("um pedido de informação", "ˈu\u{303}ŋ pˌeʤˈidʊ ʤy ˌiŋfoɾəmasˈɐ̃ʊ̃"),
            ("dia gente leite", "ʤˈiæ ʒˈAŋʧy lˈAʧy"),
            ("os quatro últimos dígitos do telefone", "ʊs kwˈatrʊ ˈuwʧimʊs ʤˈiʒitʊs dʊ tˌelefˈony"),
            ("registrar devolução carro rua", "xˌeʒistrˈar dˌevolusˈɐ̃ʊ̃ kˈaxʊ xˈuæ"),
            ("casa rosa passo caixa exame enxada", "kˈazæ xˈɔzæ pˈasʊ kˈIʃæ ˌezˈɐ̃my ˌAŋʃˈadæ"),
            ("sim com também viagem", "sˈiŋ koŋ tɐ̃mbˈAŋ vˌiˈaʒAŋ"),
            ("pães mãe põe corações", "pˈɐ̃ys mˈɐ̃y pˈo\u{303}j kˌoɾasˈo\u{303}js"),
            ("final mal papel azul brasil", "finˈW mˈW papˈɛʊ azˈuw brazˈiʊ"),
            ("senhor filho trabalho chave", "seɲˈor fˈiljʊ trˌabˈaljʊ ʃˈavy"),
            ("quero quinze água guerra", "kˈɛɾʊ kˈiŋzy ˈaɡwæ ɡˈɛxæ"),
            ("obrigado por ligar", "ˌobriɡˈadʊ por liɡˈar"),
            ("céu herói aí mais dois", "sˈɛʊ eɾˈɔɪ aˈi mˈIs dˈoɪs"),
            ("mesmo glória", "mˈezmʊ ɡlˈɔɾjæ"),
        ] {
            assert_eq!(phonemes(text), said, "{text}");
        }
    }
}
