//! Chinese words that were heard right and written wrong: 骨居 for 故居, 为级有 for 为己有.
//!
//! A small Whisper picks characters by sound, and often the wrong ones of the many that sound the same. A dictionary with
//! frequencies knows better: of all readings of a sentence in which some characters are replaced by others that sound
//! like them, the one is taken whose words are the most probable, each replacement having its price (a noisy channel over
//! a word lattice, Viterbi). Only words of two to four characters are put in; digits are never touched.

use std::collections::HashMap;

use jieba_rs::Jieba;
use pinyin::ToPinyin;

/// Natural logarithm of the number of words that jieba's dictionary was counted on.
const LOG_TOTAL: f32 = 17.91;
/// Price of a replaced character of which the model was sure, in natural logarithms; of one of which it was not at all
/// sure, and of a sound that is not quite the same. Chosen on customers' typed lines with invented misspellings.
const PRICE: f32 = 6.0;
const PRICE_UNSURE: f32 = 3.0;
const PRICE_ACCENT: f32 = 2.0;
/// Characters that are rarer than this are not put in.
const COMMON: usize = 300;
const LONGEST_WORD: usize = 4;
/// Words of people who call a shop, which the dictionary, counted on newspapers, thinks rare; and a count that makes them
/// as common as its hundred most common nouns.
const OF_CALLERS: &str = "快递 快递员 包裹 订单 订单号 单号 运单 发货 收货 退货 换货 补发 退款 退换 物流 派送 配送 签收 揽收 取件 寄回 \
    寄出 运费 邮费 客服 人工 真人 投诉 下单 付款 发票 保修 维修 售后 质保 优惠券 划痕 裂缝 裂纹 破损 磨损 漏水 漏电 屏幕 充电器 \
    充电线 数据线 照片 拍照 登记 地址 手机号 尾号 赔偿 缺货 补货 仓库 到货 催促 核实 取消";
const COUNT_OF_CALLERS: usize = 20_000;
/// Longer sentences are left as they are: nobody speaks them without a break.
const LONGEST_SENTENCE: usize = 120;

/// The dictionary and the characters of each syllable.
pub(super) struct Homophones {
    dictionary: Jieba,
    of_syllable: HashMap<&'static str, Vec<char>>,
}

/// A character, and how sure the model was of it, 0 to 1.
pub(super) type Letter = (char, f32);

impl Homophones {
    /// Loads the dictionary: some 100 ms.
    pub(super) fn new() -> Self {
        let mut dictionary = Jieba::new();
        for word in OF_CALLERS.split_whitespace() {
            dictionary.add_word(word, Some(COUNT_OF_CALLERS), None);
        }
        let mut of_syllable: HashMap<_, Vec<char>> = HashMap::new();
        for c in '\u{4e00}'..='\u{9fa5}' {
            if let Some(syllable) = syllable(c)
                && frequency(&dictionary, c.encode_utf8(&mut [0; 4])).is_some_and(|count| count >= COMMON)
            {
                of_syllable.entry(syllable).or_default().push(c);
            }
        }
        Self { dictionary, of_syllable }
    }

    /// The text with its misspelt words mended; in simplified characters before and after.
    pub(super) fn mend(&self, text: &[Letter]) -> String {
        let mut out = String::with_capacity(text.len() * 3);
        for run in text.chunk_by(|a, b| is_word_letter(a.0) == is_word_letter(b.0)) {
            if is_word_letter(run[0].0) && (2..=LONGEST_SENTENCE).contains(&run.len()) {
                out.push_str(&self.mend_run(run));
            } else {
                out.extend(run.iter().map(|letter| letter.0));
            }
        }
        out
    }

    fn mend_run(&self, run: &[Letter]) -> String {
        let alike: Vec<Alike> = run.iter().map(|letter| self.alike(*letter)).collect();
        // For each position the best way to it: its score, and the last word with where that begins.
        let mut best: Vec<(f32, usize, String)> = vec![(f32::NEG_INFINITY, 0, String::new()); run.len() + 1];
        best[0].0 = 0.0;
        for at in 0..run.len() {
            for length in 1..=LONGEST_WORD.min(run.len() - at) {
                let Some((score, word)) = self.best_word(&run[at..at + length], &alike[at..at + length]) else {
                    continue;
                };
                if best[at].0 + score > best[at + length].0 {
                    best[at + length] = (best[at].0 + score, at, word);
                }
            }
        }
        let mut words = Vec::new();
        let mut end = run.len();
        while end > 0 {
            words.push(best[end].2.as_str());
            end = best[end].1;
        }
        words.iter().rev().copied().collect()
    }

    /// The most probable word that may have been said here, and its score.
    fn best_word(&self, letters: &[Letter], alike: &[Alike]) -> Option<(f32, String)> {
        let as_heard: Vec<char> = letters.iter().map(|letter| letter.0).collect();
        let written: String = as_heard.iter().collect();
        let heard = frequency(&self.dictionary, &written);
        if letters.len() == 1 {
            return Some((log_probability(heard.unwrap_or(1)), written));
        }
        let mut best = heard.map(|count| (log_probability(count), written));
        let mut consider = |chars: &[char], price: f32| {
            // What cannot win even as the most frequent word of all need not be looked up.
            if best.as_ref().is_some_and(|(score, _)| *score >= log_probability(1_000_000) - price) {
                return;
            }
            let word: String = chars.iter().collect();
            if let Some(count) = frequency(&self.dictionary, &word) {
                let score = log_probability(count) - price;
                if best.as_ref().is_none_or(|(least, _)| score > *least) {
                    best = Some((score, word));
                }
            }
        };
        let mut chars = as_heard.clone();
        for i in 0..chars.len() {
            for &(c, price) in alike[i].same.iter().chain(&alike[i].accent) {
                chars[i] = c;
                consider(&chars, price);
            }
            for j in i + 1..chars.len() {
                for &(first, price_first) in &alike[i].same {
                    chars[i] = first;
                    for &(second, price_second) in &alike[j].same {
                        chars[j] = second;
                        consider(&chars, price_first + price_second);
                    }
                }
                chars[j] = as_heard[j];
            }
            chars[i] = as_heard[i];
        }
        best
    }

    fn alike(&self, (heard, sureness): Letter) -> Alike {
        let Some(syllable) = syllable(heard) else { return Alike::default() };
        let price = PRICE_UNSURE + (PRICE - PRICE_UNSURE) * sureness.clamp(0.0, 1.0);
        let of = |syllable: &str| self.of_syllable.get(syllable).map_or(&[][..], Vec::as_slice);
        let same = of(syllable).iter().filter(|c| **c != heard).map(|c| (*c, price)).collect();
        let accents = accents(syllable);
        let accent = accents.iter().flat_map(|near| of(near)).map(|c| (*c, price + PRICE_ACCENT)).collect();
        Alike { same, accent }
    }
}

/// Characters that sound like one, each with its price.
#[derive(Default)]
struct Alike {
    same: Vec<(char, f32)>,
    /// With the sound that another accent gives it.
    accent: Vec<(char, f32)>,
}

/// Han characters that are no digits: a number is not a matter of spelling.
fn is_word_letter(c: char) -> bool {
    ('\u{4e00}'..='\u{9fa5}').contains(&c) && !"零一二三四五六七八九十百千万两幺".contains(c)
}

fn syllable(c: char) -> Option<&'static str> {
    c.to_pinyin().map(pinyin::Pinyin::plain)
}

/// How often the dictionary counted a word.
fn frequency(dictionary: &Jieba, word: &str) -> Option<usize> {
    dictionary.has_word(word).then(|| dictionary.suggest_freq(word))
}

fn log_probability(count: usize) -> f32 {
    (count.max(1) as f32).ln() - LOG_TOTAL
}

/// The syllables that accents and a small model confuse with one: zh and z, n and l, -n and -ng.
fn accents(syllable: &str) -> Vec<String> {
    const INITIALS: [(&str, &str); 5] = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h")];
    let mut near = Vec::new();
    for (a, b) in INITIALS {
        for (from, to) in [(a, b), (b, a)] {
            match syllable.strip_prefix(from) {
                // `zhi` does not begin with `z` in this sense.
                Some(rest) if !(from.len() == 1 && rest.starts_with('h')) => near.push(format!("{to}{rest}")),
                _ => {}
            }
        }
    }
    for vowel in ["a", "e", "i"] {
        if let Some(rest) = syllable.strip_suffix(&format!("{vowel}ng")) {
            near.push(format!("{rest}{vowel}n"));
        } else if let Some(rest) = syllable.strip_suffix(&format!("{vowel}n")) {
            near.push(format!("{rest}{vowel}ng"));
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static HOMOPHONES: LazyLock<Homophones> = LazyLock::new(Homophones::new);

    fn mended(text: &str) -> String {
        let letters: Vec<Letter> = text.chars().map(|c| (c, 0.6)).collect();
        HOMOPHONES.mend(&letters)
    }

    #[test]
    fn misspelt_words_are_mended() {
        for (heard, said) in [
            ("我的快弟还没收到", "我的快递还没收到"),
            ("怎么申请退或", "怎么申请退货"),
            ("屏目上有划痕", "屏幕上有划痕"),
            ("能不能给我换一个心的充电气", "能不能给我换一个心的充电器"),
        ] {
            assert_eq!(mended(heard), said);
        }
    }

    #[test]
    fn what_is_right_stays() {
        for text in [
            "我的订单什么时候到",
            "你们这是什么质量，我要投诉！",
            "一三八零八五五三三幺六",
            "我昨天收到的咖啡机，屏幕上有一道划痕。",
            "帮我转人工",
            "好的，谢谢，再见。",
            "hello，OK吗",
            "",
        ] {
            assert_eq!(mended(text), text);
        }
    }

    #[test]
    fn sureness_protects() {
        let price = |sureness| HOMOPHONES.alike(('骨', sureness)).same[0].1;
        assert!(price(1.0) > price(0.2));
    }

    #[test]
    fn accents_go_both_ways() {
        assert_eq!(accents("zhi"), ["zi"]);
        assert_eq!(accents("zi"), ["zhi"]);
        assert_eq!(accents("luan"), ["nuan", "luang"]);
        assert_eq!(accents("jing"), ["jin"]);
        assert!(accents("a").is_empty());
    }

    #[test]
    fn a_monologue_without_a_break_is_left_alone() {
        let text = "好".repeat(LONGEST_SENTENCE + 1);
        assert_eq!(mended(&text), text);
    }
}
