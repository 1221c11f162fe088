//! Words that mean the same in every shop: damage and anger.

use ermu_domain::DefectKind;

use super::normalise::{is_han, syllable};

/// Damage that somebody names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedDamage {
    /// This kind.
    Kind(DefectKind),
    /// Some damage: `坏了`, `broken`.
    Some,
}

const KINDS: [(DefectKind, &str); 6] = [
    (
        DefectKind::Scratch,
        "划痕|刮痕|擦痕|划伤|刮伤|刮花|划了|刮了|划花|磨痕|scratch|scrape|scuff|aranazo|aranad|rayad|rayon|rasguno|arranh|riscad|خدش|خدوش|مخدوش",
    ),
    (
        DefectKind::Crack,
        "裂痕|裂纹|裂缝|裂开|开裂|裂了|碎了|crack|shatter|split|grieta|agrietad|rajad|rachad|trincad|شرخ|مشروخ|تشقق|متشقق",
    ),
    (
        DefectKind::Dent,
        "凹|瘪|压坏|压扁|变形|磕碰|磕了|撞了|dented|dents|a dent|bent|deform|abollad|amassad|انبعاج|منبعج|معوج",
    ),
    (DefectKind::Stain, "污渍|污点|污迹|脏|斑点|锈|霉|stain|dirty|rust|mould|mold|mancha|oxidad|ferrug|بقعه|بقع |متسخ"),
    (DefectKind::Chip, "缺角|缺口|缺了一块|掉了一块|崩了|掉漆|掉瓷|chip|desconch|desportill|lascad|lascou"),
    (
        DefectKind::MissingPart,
        "少了|缺少|少一个|缺件|少件|缺零件|少零件|漏发|没有配件|missing|lacks|falta una|falta un |faltan|falta uma|falta um |faltando|faltam|ناقص|تنقص",
    ),
];

const SOME: &str = "坏|破损|破了|损坏|瑕疵|摔|质量问题|broken|broke|damage|defect|faulty|flaw|ruined|danad|estropead|averiad|roto|rota|danificad|quebrad|estragad|veio com defeito|مكسور|تالف|معطل|معطوب|خربان|خراب";

const ANGRY: &str = "气死|生气|骗子|骗人|垃圾|太过分|什么破|破店|忽悠|烦死|火大|受够|差评|投诉|无语|坑人|欺负人|太差|\
    什么态度|不像话|没完没了|岂有此理|angry|furious|ridiculous|unacceptable|scam|terrible|awful|rubbish|\
    fed up|complain|worst|disgusting|enfadad|enojad|indignad|estafa|ladrones|inaceptable|verguenza|pesimo|harto de|harta de|\
    irritad|com raiva|palhacada|inaceitavel|vergonha|pessimo|golpistas|غاضب|نصابين|احتيال|مهزله|غير مقبول|فضيحه";

const NO_PERSON: &str = "不用转|不用人工|不用找|不要人工|不要转|不需要人工|不需要转|不必转|别转|no need|don't need|not need|\
    no person|without a person|no necesito una persona|no necesito hablar|no hace falta una persona|nao preciso de uma pessoa|\
    nao preciso falar|لا احتاج الي موظف|لا احتاج موظف|لا اريد موظف";

/// The damage that a normalised text names; a kind before the mere fact.
pub(crate) fn named_damage(normalised: &str) -> Option<NamedDamage> {
    let heard = Heard::new(normalised);
    let kind = KINDS.iter().find(|(_, words)| words.split('|').any(|word| heard.contains(word)));
    match kind {
        Some((kind, _)) => Some(NamedDamage::Kind(*kind)),
        None if SOME.split('|').any(|word| heard.contains(word)) => Some(NamedDamage::Some),
        None => None,
    }
}

/// Whether a person is mentioned only to be declined.
pub(crate) fn declines_person(normalised: &str) -> bool {
    NO_PERSON.split('|').any(|words| normalised.contains(words))
}

/// Whether the words alone show anger.
pub(crate) fn is_angry(normalised: &str) -> bool {
    ANGRY.split('|').any(|word| normalised.contains(word))
}

/// A text and its sound: a transcriber writes 华痕 or 滑横 for 划痕.
struct Heard<'a> {
    text: &'a str,
    sound: String,
}

impl<'a> Heard<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, sound: sound(text) }
    }

    fn contains(&self, word: &str) -> bool {
        // By sound only what sounds like nothing else: 污渍 sounds like 务咨 in 业务咨询, 瑕疵 like 下次.
        let sound_counts = matches!(word, "划痕" | "刮痕" | "擦痕" | "裂痕" | "裂纹" | "裂缝");
        self.text.contains(word) || (sound_counts && self.sound.contains(&sound(word)))
    }
}

/// The syllables of a text, without what accents confuse at their end (-n and -ng).
fn sound(text: &str) -> String {
    let mut sound = String::from(" ");
    for c in text.chars().filter(|c| is_han(*c)) {
        // 很 sounds like 痕 and follows many a syllable: 电话很难打 is no 划痕.
        let syllable = syllable(c).filter(|_| c != '很').unwrap_or("?");
        sound.push_str(syllable.strip_suffix('g').filter(|rest| rest.ends_with('n')).unwrap_or(syllable));
        sound.push(' ');
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_heard_by_word_and_by_sound() {
        let kind = |text| named_damage(text);
        assert_eq!(kind("这里有一道划痕"), Some(NamedDamage::Kind(DefectKind::Scratch)));
        assert_eq!(kind("有一道华恨"), Some(NamedDamage::Kind(DefectKind::Scratch)), "as a transcriber may write it");
        assert_eq!(kind("屏幕上有一条滑横"), Some(NamedDamage::Kind(DefectKind::Scratch)));
        assert_eq!(kind("你们的电话很难打"), None);
        assert_eq!(kind("there is a big crack in it"), Some(NamedDamage::Kind(DefectKind::Crack)));
        assert_eq!(kind("收到就是坏的"), Some(NamedDamage::Some));
        assert_eq!(kind("什么时候能到"), None);
    }

    #[test]
    fn anger_shows_in_words() {
        assert!(is_angry("你们太过分了"));
        assert!(!is_angry("谢谢你"));
    }
}
