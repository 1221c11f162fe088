//! What an utterance says of articles: which ones, what about them, what they should be good for.

use std::ops::Range as Span;

use ermu_domain::ProductId;

use crate::pack::{Product, Range};

use super::{
    figures::{BareNumbers, Body, body, upper_limit, with_figures},
    normalise::{is_han, normalise},
};

/// Everything that one utterance says of articles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Talk {
    /// Articles by their names, as they were named.
    pub(crate) products: Vec<ProductId>,
    pub(crate) category: Option<String>,
    pub(crate) attributes: Vec<String>,
    /// What they should be good for.
    pub(crate) tags: Vec<String>,
    /// A size by its name.
    pub(crate) size: Option<String>,
    /// Smaller or larger than the one spoken of, in sizes.
    pub(crate) size_step: Option<i32>,
    pub(crate) body: Body,
    pub(crate) pick: Option<Pick>,
    /// Not dearer than this, in whole units of currency.
    pub(crate) budget: Option<u32>,
    cues: Vec<Cue>,
}

/// One of those that were named last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// From 0.
    Nth(usize),
    Last,
}

/// What an utterance wants with articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// It is a question.
    Asks,
    /// Something is wanted.
    Wishes,
    Compares,
    /// The caller cannot decide.
    Hesitates,
    /// This one, that one, it.
    Points,
    /// All that were named.
    All,
    /// A large build.
    LargeBuild,
    /// What might happen, not what did.
    Supposes,
    /// Orders, returns, repairs: not only articles.
    Business,
}

const CUES: [(Cue, &str); 9] = [
    (
        Cue::Asks,
        "吗|呢|?|多大|多少|多长|多久|多重|多高|多远|几|什么|怎么样|怎样|如何|哪|会不会|是不是|有没有|能不能|可不可以|支不支持|\
        好不好|够不够|行不行|适不适合|防不防|告诉我|介绍|说说|说一下|讲讲|看看|看下|想知道|想了解|了解一下|问一下|问下|请问|what|how|which|\
        does|do you|do they|is it|is the|is this|are the|are they|can it|can i|could|tell me|about|will it|would it|would|has it|\
        have",
    ),
    (
        Cue::Wishes,
        "想买|要买|买一|买个|买件|买款|买条|买双|推荐|有没有|有什么|想要|想找|找一|求一|求推荐|来一|给我挑|帮我挑|帮我选|looking for|\
        want to buy|like to buy|need a|need an|recommend|suggest|do you have|do you sell|have you got|got any|something for|\
        i want a|i'd like a|are there any|is there a",
    ),
    (
        Cue::Compares,
        "对比|比较一下|比较下|比一比|比一下|比比|区别|差别|不同|哪个好|哪款好|哪个更|哪款更|哪一个更|哪一款更|哪个比较|哪款比较|哪一个好|\
        哪一款好|相比|比起|还是|compare|comparison|difference|differ|which is better|which one is|versus| vs",
    ),
    (
        Cue::Hesitates,
        "犹豫|纠结|再想想|想一想|考虑一下|考虑考虑|再考虑|不知道选|不知道买|拿不定|怎么选|选哪个|不太确定|hesitat|not sure|let me think|\
        can't decide|cannot decide|don't know which|which should i",
    ),
    (
        Cue::Points,
        "这个|这款|这件|这条|这双|这台|这部|这种|那个|那款|那件|那条|那台|那双|那部|它|该款|this|that|it|its|these|those|they|them",
    ),
    (Cue::All, "两个|两款|两件|两台|两种|这几款|这几个|都|both|all of|these|them"),
    (
        Cue::LargeBuild,
        "胖|大码|加大码|加肥|壮|丰满|大块头|体型大|块头大|plus size|plus-size|big guy|big man|big woman|chubby|overweight|large build|\
        larger build|bigger build|heavy build|heavier|curvy",
    ),
    (
        Cue::Supposes,
        "会不会|容易|容不容易|怕不怕|是不是会|会变|会掉|会起|会缩|会褪|会漏|会碎|能不能|防|will it|does it|prone|easily|would it|is it",
    ),
    (
        Cue::Business,
        "退|换货|换码|换个|换一|换成|更换|维修|修|赔|发票|地址|优惠|券|取消|投诉|订单|快递|物流|发货|送货|到货|收到|安装|refund|return|\
        exchange|replace|repair|invoice|address|coupon|cancel|order|parcel|package|deliver|received|shipped|install|devol|reembols|cambiar|trocar|reparar|consert|factura|nota fiscal|direccion|endereco|cupon|cupom|\
        queja|reclama|pedido|paquete|pacote|encomenda|entrega|instalar|طلب|شحن|توصيل|ارجاع|استرداد|استبدال|فاتوره|عنوان|الغاء|شكوي|تركيب",
    ),
];

/// The words of a shop's range, the longest first.
#[derive(Debug)]
pub(crate) struct TalkIndex {
    words: Vec<(String, Means)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Means {
    Product(ProductId),
    Category(String),
    Attribute(String),
    Tag(String),
    Size(String),
}

impl Talk {
    pub(crate) fn has(&self, cue: Cue) -> bool {
        self.cues.contains(&cue)
    }
}

impl TalkIndex {
    pub(crate) fn new(products: &[Product], range: &Range) -> Self {
        let mut words = Vec::new();
        let mut add = |word: &str, means: Means| {
            let word = normalise(word);
            if !word.is_empty() && !words.contains(&(word.clone(), means.clone())) {
                words.push((word, means));
            }
        };
        for product in products {
            for name in [&product.name.zh, &product.name.en].into_iter().chain(&product.aliases) {
                add(name, Means::Product(product.id.clone()));
            }
        }
        let vocabulary = &range.vocabulary;
        for category in &vocabulary.categories {
            for word in [&category.name.zh, &category.name.en].into_iter().chain(&category.words) {
                add(word, Means::Category(category.id.clone()));
            }
        }
        for attribute in &vocabulary.attributes {
            for word in [&attribute.name.zh, &attribute.name.en].into_iter().chain(&attribute.words) {
                add(word, Means::Attribute(attribute.id.clone()));
            }
        }
        for tag in &vocabulary.tags {
            for word in [&tag.term.name.zh, &tag.term.name.en].into_iter().chain(&tag.term.words) {
                add(word, Means::Tag(tag.term.id.clone()));
            }
        }
        for (_, sheet) in range.products() {
            for size in &sheet.sizes {
                add(&size.name, Means::Size(size.name.clone()));
            }
        }
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.chars().count()));
        Self { words }
    }

    /// Reads a normalised text; `bare_numbers` says what numbers without units mean.
    pub(crate) fn read(&self, normalised: &str, bare_numbers: BareNumbers) -> Talk {
        let mut found = self.find(normalised);
        let mut unclaimed: Vec<char> = normalised.chars().collect();
        for (span, _) in &found {
            let from = normalised[..span.start].chars().count();
            let length = normalised[span.clone()].chars().count();
            unclaimed[from..from + length].fill(' ');
        }
        let unclaimed: String = unclaimed.into_iter().collect();
        found.sort_by_key(|(span, _)| span.start);
        let mut talk = Talk {
            body: body(normalised, bare_numbers),
            pick: pick(normalised),
            budget: upper_limit(normalised),
            size_step: size_step(normalised),
            ..Talk::default()
        };
        for (span, means) in found {
            match means {
                Means::Product(id) => push_new(&mut talk.products, id),
                Means::Category(id) => talk.category = talk.category.or(Some(id)),
                Means::Attribute(id) => push_new(&mut talk.attributes, id),
                Means::Tag(id) => push_new(&mut talk.tags, id),
                Means::Size(name) if is_size(normalised, &span) => talk.size = talk.size.or(Some(name)),
                Means::Size(_) => {}
            }
        }
        for (cue, words) in CUES {
            // What the shop's own words say is no other business: 保修 in an attribute is no repair.
            let text = if cue == Cue::Business { &unclaimed } else { normalised };
            if words.split('|').any(|word| mentions(text, word).next().is_some()) {
                talk.cues.push(cue);
            }
        }
        talk
    }

    /// The words that stand in a text; a longer word hides what is part of it.
    fn find(&self, normalised: &str) -> Vec<(Span<usize>, Means)> {
        let mut found: Vec<(Span<usize>, Means)> = Vec::new();
        for (word, means) in &self.words {
            for span in mentions(normalised, word) {
                let hidden =
                    found.iter().any(|(other, _)| *other != span && other.start < span.end && span.start < other.end);
                if !hidden {
                    found.push((span, means.clone()));
                }
            }
        }
        found
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// Where a word stands in a normalised text: Latin ones at word borders, also in the plural.
fn mentions<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Span<usize>> + 'a {
    let bare = word.trim();
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(bare).map(|(at, found)| at..at + found.len()).filter(move |span| {
        let (before, behind) = (&text[..span.start], &text[span.end..]);
        let plural = behind.strip_prefix('s').unwrap_or(behind);
        let begins = !latin(bare.chars().next()) || !(latin(before.chars().next_back()) || before.ends_with('\''));
        let ends = !latin(bare.chars().next_back()) || !latin(behind.chars().next()) || !latin(plural.chars().next());
        begins && ends
    })
}

/// A letter is a size only where sizes are spoken of.
fn is_size(text: &str, span: &Span<usize>) -> bool {
    let (before, behind) = (text[..span.start].trim_end(), text[span.end..].trim_start());
    let name = &text[span.clone()];
    let spoken = |c: char| matches!(c, '码' | '号' | '的');
    name.chars().count() > 1 && !name.chars().all(|c| c.is_ascii_digit())
        || behind.starts_with(spoken)
        || before.ends_with(['穿', '码', '选', '拿', '号'])
        || before.ends_with("size")
        || behind.starts_with("size")
        || text.chars().filter(|c| c.is_alphanumeric()).count() <= 2
}

fn pick(normalised: &str) -> Option<Pick> {
    const ENGLISH: [(&str, Pick); 10] = [
        ("first", Pick::Nth(0)),
        ("second", Pick::Nth(1)),
        ("third", Pick::Nth(2)),
        ("fourth", Pick::Nth(3)),
        ("former", Pick::Nth(0)),
        ("latter", Pick::Last),
        ("last one", Pick::Last),
        ("前者", Pick::Nth(0)),
        ("后者", Pick::Last),
        ("最后一", Pick::Last),
    ];
    let text = with_figures(normalised);
    let counted = text.match_indices('第').find_map(|(at, found)| {
        let behind = &text[at + found.len()..];
        let number: usize = behind.get(..1)?.parse().ok()?;
        let thing = behind.get(1..)?.chars().next();
        thing.is_none_or(|c| !c.is_ascii_digit() && !matches!(c, '次' | '天' | '页')).then_some(number)
    });
    if let Some(number @ 1..=9) = counted {
        return Some(Pick::Nth(number - 1));
    }
    if ["前面那", "前一个", "上一个"].iter().any(|word| normalised.contains(word)) {
        return Some(Pick::Nth(0));
    }
    if ["后面那", "后一个"].iter().any(|word| normalised.contains(word)) {
        return Some(Pick::Last);
    }
    ENGLISH.iter().find(|(word, _)| mentions(normalised, word).next().is_some()).map(|(_, pick)| *pick)
}

fn size_step(normalised: &str) -> Option<i32> {
    const STEPS: [(&str, i32); 6] = [
        ("小两号|小两码|小2号|two sizes smaller|two sizes down", -2),
        ("大两号|大两码|大2号|two sizes larger|two sizes bigger|two sizes up", 2),
        (
            "小一号|小一码|小1号|小1码|小一个码|小号一点|码小一点|小一点的|小点的|size smaller|one size down|smaller size|smaller one|a smaller",
            -1,
        ),
        (
            "大一号|大一码|大1号|大1码|大一个码|大号一点|码大一点|大一点的|大点的|size larger|size bigger|one size up|larger size|bigger size|\
            larger one|bigger one",
            1,
        ),
        ("太大了换|有没有小号", -1),
        ("太小了换|有没有大号", 1),
    ];
    let says = |words: &str| words.split('|').any(|word| mentions(normalised, word).next().is_some());
    STEPS.iter().find(|(words, _)| says(words)).map(|(_, step)| *step)
}

/// Whether a text is so short that it can only go on with what was spoken of.
pub(crate) fn is_fragment(normalised: &str) -> bool {
    let han = normalised.chars().filter(|c| is_han(*c)).count();
    let words = normalised.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).count();
    han + words <= 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pack::{Slot, tests::demo},
        understand::figures::BareNumbers,
    };

    fn read(text: &str) -> Talk {
        demo().talk_index().read(&normalise(text), BareNumbers::MeanNothing)
    }

    #[test]
    fn the_reference_wish_falls_into_its_slots() {
        let pack = demo();
        let talk = read("我想买一件适合夏天旅游穿的，透气又好洗的T恤");
        let slot = |wanted: Slot| -> Vec<_> {
            let tags = talk.tags.iter().filter_map(|id| pack.range().tag(id));
            tags.filter(|tag| tag.slot == wanted).map(|tag| tag.term.name.zh.clone()).collect()
        };
        assert_eq!(slot(Slot::Season), ["夏天"]);
        assert_eq!(slot(Slot::Scene), ["旅游"]);
        assert_eq!(slot(Slot::Need), ["透气", "好洗"]);
        assert_eq!(talk.category.as_deref(), Some("t-shirt"));
        assert!(talk.has(Cue::Wishes));
    }

    #[test]
    fn a_longer_word_hides_its_parts() {
        let talk = read("保温杯多少钱");
        assert_eq!(talk.products, [ProductId("thermos".to_owned())]);
        assert_eq!(talk.attributes, ["price"], "保温 is part of a name here");
    }

    #[test]
    fn picks_steps_and_sizes() {
        assert_eq!(read("第二个").pick, Some(Pick::Nth(1)));
        assert_eq!(read("the second one please").pick, Some(Pick::Nth(1)));
        assert_eq!(read("第二天到").pick, None);
        assert_eq!(read("换那个小一号的").size_step, Some(-1));
        assert_eq!(read("do you have one size up").size_step, Some(1));
        assert_eq!(read("L码的").size.as_deref(), Some("L"));
        assert_eq!(read("I'm sure it's fine").size, None);
    }
}
