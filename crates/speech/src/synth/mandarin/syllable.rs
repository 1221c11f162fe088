//! Pinyin syllables → phonemes: initial, nucleus, tone mark, coda.

/// Appends the phonemes of a syllable such as `zhong1` (tone 5 is neutral, ü is written v or u as usual). Something that is
/// no syllable appends nothing.
pub(super) fn push_phonemes(syllable: &str, phonemes: &mut String) {
    let (base, tone) = match syllable.as_bytes().last() {
        Some(b'1') => (&syllable[..syllable.len() - 1], "→"),
        Some(b'2') => (&syllable[..syllable.len() - 1], "↗"),
        Some(b'3') => (&syllable[..syllable.len() - 1], "↓"),
        Some(b'4') => (&syllable[..syllable.len() - 1], "↘"),
        Some(b'5') => (&syllable[..syllable.len() - 1], ""),
        _ => (syllable, ""),
    };
    let (initial, rest) = split_initial(base);
    let Some((nucleus, coda)) = pronounced_final(initial, rest) else { return };
    let onset = INITIALS.iter().find(|(spelling, _)| *spelling == initial).map_or("", |(_, sound)| sound);
    for part in [onset, nucleus, tone, coda] {
        phonemes.push_str(part);
    }
}

/// Longer spellings first.
const INITIALS: [(&str, &str); 21] = [
    ("zh", "ꭧ"),
    ("ch", "ꭧʰ"),
    ("sh", "ʂ"),
    ("b", "p"),
    ("p", "pʰ"),
    ("m", "m"),
    ("f", "f"),
    ("d", "t"),
    ("t", "tʰ"),
    ("n", "n"),
    ("l", "l"),
    ("g", "k"),
    ("k", "kʰ"),
    ("h", "x"),
    ("j", "ʨ"),
    ("q", "ʨʰ"),
    ("x", "ɕ"),
    ("r", "ɻ"),
    ("z", "ʦ"),
    ("c", "ʦʰ"),
    ("s", "s"),
];

fn split_initial(base: &str) -> (&str, &str) {
    // Interjections without a vowel have no initial; what looks like one is the whole syllable.
    if matches!(base, "m" | "n" | "ng" | "hm" | "hng") {
        return ("", base);
    }
    INITIALS
        .iter()
        .find_map(|(spelling, _)| base.strip_prefix(spelling).map(|rest| (*spelling, rest)))
        .unwrap_or(("", base))
}

/// Nucleus (with its glide) and coda of a final as it is spelt after `initial`.
fn pronounced_final(initial: &str, spelling: &str) -> Option<(&'static str, &'static str)> {
    let front = matches!(initial, "j" | "q" | "x");
    Some(match spelling {
        "a" => ("a", ""),
        "ai" => ("ai", ""),
        "an" => ("a", "n"),
        "ang" => ("a", "ŋ"),
        "ao" => ("au", ""),
        "e" => ("ɤ", ""),
        "ê" => ("ɛ", ""),
        "ei" => ("ei", ""),
        "en" => ("ə", "n"),
        "eng" => ("ə", "ŋ"),
        "er" => ("ɚ", ""),
        "o" if initial.is_empty() => ("ɔ", ""),
        "o" | "uo" | "wo" | "yo" => ("wo", ""),
        "ou" => ("ou", ""),
        "ong" | "wong" => ("ʊ", "ŋ"),
        "i" if matches!(initial, "zh" | "ch" | "sh" | "r" | "z" | "c" | "s") => ("ɨ", ""),
        "i" | "yi" => ("i", ""),
        "ia" | "ya" => ("ja", ""),
        "iai" | "yai" => ("jai", ""),
        "ian" | "yan" => ("jɛ", "n"),
        "iang" | "yang" => ("ja", "ŋ"),
        "iao" | "yao" => ("jau", ""),
        "ie" | "ye" => ("je", ""),
        "in" | "yin" => ("i", "n"),
        "ing" | "ying" => ("i", "ŋ"),
        "iong" | "yong" => ("jʊ", "ŋ"),
        "iu" | "you" => ("jou", ""),
        "v" | "yu" => ("y", ""),
        "ve" | "yue" => ("ɥe", ""),
        "van" | "yuan" => ("ɥɛ", "n"),
        "vn" | "yun" => ("y", "n"),
        "u" if front => ("y", ""),
        "ue" if front => ("ɥe", ""),
        "uan" if front => ("ɥɛ", "n"),
        "un" if front => ("y", "n"),
        "u" | "wu" => ("u", ""),
        "ua" | "wa" => ("wa", ""),
        "uai" | "wai" => ("wai", ""),
        "uan" | "wan" => ("wa", "n"),
        "uang" | "wang" => ("wa", "ŋ"),
        "ui" | "wei" => ("wei", ""),
        "un" | "wen" => ("wə", "n"),
        "weng" => ("wə", "ŋ"),
        "m" => ("m", ""),
        "n" => ("n", ""),
        "ng" => ("ŋ", ""),
        "hm" => ("hm", ""),
        "hng" => ("hŋ", ""),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every syllable of the standard in its first tone; the other tones differ in the mark alone.
    const FIRST_TONES: &str = include_str!("syllables.tsv");

    fn phonemes(syllable: &str) -> String {
        let mut phonemes = String::new();
        push_phonemes(syllable, &mut phonemes);
        phonemes
    }

    #[test]
    fn all_2130_syllables() {
        let mut checked = 0;
        for line in FIRST_TONES.lines() {
            let (base, first) = line.split_once('\t').unwrap();
            for (tone, mark) in [("1", "→"), ("2", "↗"), ("3", "↓"), ("4", "↘"), ("5", "")] {
                assert_eq!(phonemes(&format!("{base}{tone}")), first.replace('→', mark), "{base}{tone}");
                checked += 1;
            }
        }
        assert_eq!(checked, 2130);
    }

    #[test]
    fn what_is_no_syllable_is_silent() {
        for nonsense in ["", "1", "5", "xyz4", "zh", "好", "z好3"] {
            assert_eq!(phonemes(nonsense), "", "{nonsense}");
        }
    }
}
