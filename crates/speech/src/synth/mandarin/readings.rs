//! Words → pinyin syllables with tone digits (5: neutral, v: ü).

use std::{collections::HashMap, sync::LazyLock};

use pinyin::ToPinyin;

/// The longest entry of the table, in characters.
const LONGEST: usize = 4;

/// The words of `readings.tsv`, and over them our own.
static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let table = include_str!("readings.tsv").lines().filter(|line| !line.starts_with('#'));
    table.filter_map(|line| line.split_once('\t')).chain(WORD_OVERRIDES.iter().copied()).collect()
});

/// Words that the table lacks or reads in a way that a shop does not mean. Jieba is told to keep them whole.
pub(super) const WORD_OVERRIDES: &[(&str, &str)] = &[
    ("这个", "zhe4 ge5"),
    ("那个", "na4 ge5"),
    ("哪个", "na3 ge5"),
    ("高兴", "gao1 xing4"),
    ("长按", "chang2 an4"),
    ("不好意思", "bu4 hao3 yi4 si5"),
    ("还在", "hai2 zai4"),
    ("还要", "hai2 yao4"),
    ("还可以", "hai2 ke3 yi3"),
    ("都可以", "dou1 ke3 yi3"),
    ("重发", "chong2 fa1"),
    ("重拍", "chong2 pai1"),
    ("补发", "bu3 fa1"),
    ("还款", "huan2 kuan3"),
    ("差评", "cha4 ping2"),
    ("好评", "hao3 ping2"),
    ("爱好", "ai4 hao4"),
    ("一行", "yi4 hang2"),
    ("上去", "shang4 qu4"),
    ("调换", "diao4 huan4"),
    ("调货", "diao4 huo4"),
    ("得到", "de2 dao4"),
    ("没得", "mei2 de5"),
    ("空着", "kong4 zhe5"),
    ("称重", "cheng1 zhong4"),
    ("包着", "bao1 zhe5"),
    ("亲亲", "qin1 qin1"),
];

/// Characters whose usual reading alone, or in a word that is not in the table, is not the first of the dictionary.
const CHARACTER_OVERRIDES: &[(char, &str)] =
    &[('拧', "ning3"), ('得', "de5"), ('长', "chang2"), ('划', "hua2"), ('嗯', "en1")];

/// The syllables of a word: the longest known stretches from the left, and single characters between them. What is no
/// Chinese character has no syllable.
pub(super) fn syllables(word: &str) -> Vec<String> {
    let characters: Vec<(usize, char)> = word.char_indices().collect();
    let mut syllables = Vec::with_capacity(characters.len());
    let mut at = 0;
    while at < characters.len() {
        let longest = LONGEST.min(characters.len() - at);
        let known = (2..=longest).rev().find_map(|length| {
            let end = characters.get(at + length).map_or(word.len(), |(byte, _)| *byte);
            WORDS.get(&word[characters[at].0..end]).map(|reading| (length, *reading))
        });
        if let Some((length, reading)) = known {
            syllables.extend(reading.split(' ').map(str::to_owned));
            at += length;
        } else {
            syllables.extend(character(characters[at].1));
            at += 1;
        }
    }
    syllables
}

fn character(character: char) -> Option<String> {
    if let Some((_, reading)) = CHARACTER_OVERRIDES.iter().find(|(other, _)| *other == character) {
        return Some((*reading).to_owned());
    }
    let reading = character.to_pinyin()?.with_tone_num_end().replace('ü', "v");
    Some(if reading.ends_with(|last: char| last.is_ascii_digit()) { reading } else { reading + "5" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_characters() {
        for (word, reading) in [
            ("六", "liu4"),
            ("的", "de5"),
            ("不", "bu4"),
            ("不要", "bu2 yao4"),
            ("一个", "yi2 ge4"),
            ("一百九十九", "yi4 bai3 jiu3 shi2 jiu3"),
            ("高兴", "gao1 xing4"),
            ("了解", "liao3 jie3"),
            ("重新", "chong2 xin1"),
            ("银行", "yin2 hang2"),
            ("觉得", "jue2 de5"),
            ("绿色", "lv4 se4"),
            ("还", "hai2"),
            ("都", "dou1"),
            ("没有", "mei2 you3"),
            ("这个", "zhe4 ge5"),
            ("好a的", "hao3 de5"),
            ("", ""),
        ] {
            assert_eq!(syllables(word).join(" "), reading, "{word}");
        }
    }

    #[test]
    fn every_reading_is_made_of_syllables() {
        let known: std::collections::HashSet<&str> =
            include_str!("syllables.tsv").lines().filter_map(|line| line.split('\t').next()).collect();
        let overrides = CHARACTER_OVERRIDES.iter().map(|(_, reading)| *reading);
        for (word, reading) in WORDS.iter() {
            assert_eq!(word.chars().count(), reading.split(' ').count(), "{word}");
            assert!(word.chars().count() <= LONGEST, "{word}");
        }
        for syllable in WORDS.values().copied().chain(overrides).flat_map(|reading| reading.split(' ')) {
            let (base, tone) = syllable.split_at(syllable.len() - 1);
            assert!(known.contains(base) && "12345".contains(tone), "{syllable}");
        }
    }
}
