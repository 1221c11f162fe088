//! Errors of a transcriber, simulated: characters that sound alike, lost and doubled characters. Chinese only.

use std::collections::BTreeMap;

use pinyin::ToPinyin;

use super::lines::Line;

/// Disturbs texts; the same seed disturbs in the same way.
pub(super) struct Noise {
    /// Share of the characters, 0 to 1.
    share: f64,
    /// The characters of the evaluated lines by their syllable.
    alike: BTreeMap<&'static str, Vec<char>>,
    state: u64,
}

impl Noise {
    pub(super) fn new(lines: &[Line], share: f64, seed: u64) -> Self {
        let mut alike: BTreeMap<&'static str, Vec<char>> = BTreeMap::new();
        for c in lines.iter().flat_map(|line| line.text.chars()) {
            if let Some(pinyin) = c.to_pinyin() {
                let known = alike.entry(pinyin.plain()).or_default();
                if !known.contains(&c) {
                    known.push(c);
                }
            }
        }
        Self { share, alike, state: 0x5eed ^ (seed << 32) }
    }

    /// Of the characters that are hit 70 % become another of the same or a near sound, 20 % are lost, 10 % doubled.
    pub(super) fn disturb(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            let Some(pinyin) = c.to_pinyin() else {
                out.push(c);
                continue;
            };
            if self.uniform() >= self.share {
                out.push(c);
                continue;
            }
            match self.uniform() {
                kind if kind < 0.7 => out.push(self.alike(c, pinyin.plain())),
                kind if kind < 0.9 => {}
                _ => out.extend([c, c]),
            }
        }
        out
    }

    fn alike(&mut self, c: char, syllable: &'static str) -> char {
        let near = near(syllable);
        let sound =
            if self.uniform() < 0.3 && self.alike.contains_key(near.as_str()) { near.as_str() } else { syllable };
        let place = self.uniform();
        let others: Vec<char> =
            self.alike.get(sound).into_iter().flatten().copied().filter(|other| *other != c).collect();
        others.get((place * others.len() as f64) as usize).copied().unwrap_or(c)
    }

    /// SplitMix64, as a number from 0 to below 1.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A sound that is often taken for this one.
fn near(syllable: &str) -> String {
    const FIRST: [(&str, &str); 8] =
        [("zh", "z"), ("ch", "c"), ("sh", "s"), ("z", "zh"), ("c", "ch"), ("s", "sh"), ("n", "l"), ("l", "n")];
    if let Some(rest) = syllable.strip_suffix("ng") {
        return format!("{rest}n");
    }
    let swapped = FIRST.iter().find_map(|(a, b)| syllable.strip_prefix(a).map(|rest| format!("{b}{rest}")));
    swapped.unwrap_or_else(|| if syllable.ends_with('n') { format!("{syllable}g") } else { syllable.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_wanted_share_is_disturbed_and_always_in_the_same_way() {
        let text = "我的快递什么时候能到请帮我查一下物流信息为什么一直没有更新".repeat(20);
        let line = Line { text: text.clone(), label: "logistics".to_owned(), slots: None };
        let disturbed = Noise::new(std::slice::from_ref(&line), 0.1, 1).disturb(&text);
        let lost = text.chars().count() as f64 - disturbed.chars().count() as f64;
        assert!(lost.abs() < 0.05 * text.chars().count() as f64);
        assert_ne!(disturbed, text);
        assert_eq!(disturbed, Noise::new(std::slice::from_ref(&line), 0.1, 1).disturb(&text));
        assert_eq!(Noise::new(&[line], 0.0, 1).disturb(&text), text);
    }
}
