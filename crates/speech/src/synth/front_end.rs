//! Text → phonemes, sentence by sentence: spoken form, scripts apart, punctuation of the model's alphabet.

use ermu_domain::Language;

use super::{
    clauses::sentences,
    english::{English, spell},
    mandarin::Mandarin,
    normalize::spoken_form,
    romance,
};

/// The pronunciation of Chinese, English, Spanish and Portuguese.
pub(super) struct FrontEnd {
    mandarin: Mandarin,
    english: English,
}

impl FrontEnd {
    pub(super) fn new() -> Self {
        Self { mandarin: Mandarin::new(), english: English::new() }
    }

    /// The phonemes of each sentence of `text`; sentences with nothing to say are left out.
    pub(super) fn phonemes(&self, text: &str, language: Language) -> Vec<String> {
        let spoken = spoken_form(text, language);
        let sentences = sentences(&spoken).into_iter().map(|sentence| self.sentence(sentence, language));
        sentences.filter(|phonemes| phonemes.contains(char::is_alphabetic)).collect()
    }

    fn sentence(&self, sentence: &str, language: Language) -> String {
        let mut phonemes = String::with_capacity(sentence.len() * 2);
        let mut rest = sentence;
        while let Some(first) = rest.chars().next() {
            let script = Script::of(first, language);
            let end = rest.find(|next| Script::of(next, language) != script).unwrap_or(rest.len());
            let run;
            (run, rest) = rest.split_at(end);
            let sound = match script {
                Script::Han => self.mandarin.phonemes(run),
                Script::Latin => self.latin(run, language),
                Script::Punctuation => run.chars().map(punctuation).collect(),
            };
            phonemes.push_str(&sound);
            // Words of different scripts are words apart.
            phonemes.push(' ');
        }
        tidy(&phonemes)
    }

    fn latin(&self, run: &str, language: Language) -> String {
        match language {
            Language::English => self.english.phonemes(run),
            Language::Spanish => romance::spanish(run),
            Language::Portuguese => romance::portuguese(run),
            // Between Chinese words an abbreviation is spelt; what looks like a word is read.
            Language::Chinese | Language::Arabic => {
                let words = run.split_whitespace().map(|word| {
                    let letters: String = word.chars().filter(char::is_ascii_alphabetic).collect();
                    let abbreviation = letters.len() < 6 && letters.chars().all(|letter| letter.is_ascii_uppercase());
                    if abbreviation || letters.eq_ignore_ascii_case("app") {
                        spell(&letters)
                    } else {
                        self.english.phonemes(word)
                    }
                });
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Han,
    Latin,
    Punctuation,
}

impl Script {
    /// In languages with spaces, spaces and the marks inside a sentence belong to the Latin run, so that the words are seen together.
    fn of(character: char, language: Language) -> Self {
        match character {
            '\u{3400}'..='\u{9fff}' | '〇' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Self::Han,
            _ if character.is_alphabetic() || character == '\'' => Self::Latin,
            ' ' | ',' | '.' | '-' | '!' | '?' | ';' | ':' if language != Language::Chinese => Self::Latin,
            _ => Self::Punctuation,
        }
    }
}

/// A mark as the model knows it; what it does not know becomes a space.
const fn punctuation(mark: char) -> &'static str {
    match mark {
        '，' | '、' | ',' => ", ",
        '。' | '.' | '\n' => ". ",
        '！' | '!' => "! ",
        '？' | '?' => "? ",
        '：' | ':' => ": ",
        '；' | ';' => "; ",
        '—' => "—",
        '…' => "…",
        _ => " ",
    }
}

/// One space between words, none at the ends or before a mark, and a mark only once.
fn tidy(phonemes: &str) -> String {
    let mut tidy = String::with_capacity(phonemes.len());
    for symbol in phonemes.chars() {
        let mark = matches!(symbol, ',' | '.' | '!' | '?' | ':' | ';' | '…' | '—');
        if mark {
            let words = tidy.trim_end_matches(' ').len();
            tidy.truncate(words);
            if tidy.is_empty() || tidy.ends_with([',', '.', '!', '?', ':', ';', '…', '—']) {
                continue;
            }
        }
        if symbol != ' ' || !(tidy.is_empty() || tidy.ends_with(' ')) {
            tidy.push(symbol);
        }
    }
    let words = tidy.trim_end_matches(' ').len();
    tidy.truncate(words);
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_marks() {
        assert_eq!(tidy("  a  b , c.. d ?! "), "a b, c. d?");
        assert_eq!(tidy(", ."), "");
    }

    #[test]
    fn scripts_are_words_apart() {
        let front_end = FrontEnd::new();
        let one = |text, language| front_end.phonemes(text, language).join("|");
        assert_eq!(one("下载APP吧。", Language::Chinese), "ɕja↘ʦai↓ ˈA pˈi pˈi pa.");
        assert!(one("您好，hello。", Language::Chinese).ends_with("həlˈO."));
        assert!(one("Mr. 王 is here.", Language::English).contains("wa↗ŋ ɪz"));
        assert_eq!(one("¿Dónde está, por favor?", Language::Spanish), "dˈonde estˈa, poɾ faβˈoɾ?");
        assert_eq!(one("Não, obrigado.", Language::Portuguese), "nˈɐ̃ʊ̃, ˌobriɡˈadʊ.");
        assert_eq!(one("😀 … ！", Language::Chinese), "");
        assert_eq!(front_end.phonemes("好。好的！", Language::Chinese).len(), 2);
    }

    #[test]
    fn golden_sentences() {
        #[derive(serde::Deserialize)]
        struct Golden {
            text: String,
            norm: String,
            phonemes: String,
        }
        let Some(data) = ermu_testkit::shared_data() else { return };
        let golden = std::fs::read(data.join("tts/golden_zh_xiaoxiao.json")).unwrap();
        let golden: Vec<Golden> = serde_json::from_slice(&golden).unwrap();
        let front_end = FrontEnd::new();
        for golden in &golden {
            assert_eq!(spoken_form(&golden.text, Language::Chinese), golden.norm);
            // Where the golden sentence is mispronounced: 长按 is cháng'àn, not zhǎng'àn.
            let right = golden.phonemes.replace("ʨʰi↓ŋꭧa↓ŋ a↘n", "ʨʰi↓ŋ ꭧʰa↗ŋa↘n");
            let ours = front_end.phonemes(&golden.text, Language::Chinese).join(" ");
            assert_eq!(ours, right, "{}", golden.text);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]

        #[test]
        fn no_text_panics(text in proptest::string::string_regex("[ -~]{0,40}|[0-9:./,%¥$xX*~-]{0,30}|\\PC{0,40}|[订单号2个年月日点A-Z0-9 .-]{0,30}").unwrap()) {
            use std::sync::LazyLock;
            static FRONT_END: LazyLock<std::sync::Mutex<FrontEnd>> = LazyLock::new(|| std::sync::Mutex::new(FrontEnd::new()));
            let front_end = FRONT_END.lock().unwrap();
            for language in [Language::Chinese, Language::English, Language::Spanish, Language::Portuguese] {
                for phonemes in front_end.phonemes(&text, language) {
                    assert!(!phonemes.starts_with(' ') && !phonemes.ends_with(' ') && !phonemes.contains("  "));
                    assert!(!phonemes.contains(|symbol: char| symbol.is_ascii_digit()), "{phonemes}");
                }
                crate::synth::split_clauses(&text, language);
            }
        }
    }
}
