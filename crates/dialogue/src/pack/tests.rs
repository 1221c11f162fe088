//! The demo pack, and packs that are broken on purpose.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
};

use super::*;

/// The demo pack's files.
#[allow(clippy::disallowed_methods, reason = "tests read the pack that the project ships")]
pub(crate) fn demo_files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shops/demo");
    ShopPack::FILES
        .into_iter()
        .map(|file| (file.to_owned(), std::fs::read_to_string(folder.join(file)).unwrap()))
        .collect()
}

/// The demo pack, read once: it learns its intents when it is read.
pub(crate) fn demo() -> &'static Arc<ShopPack> {
    static DEMO: LazyLock<Arc<ShopPack>> = LazyLock::new(|| Arc::new(ShopPack::parse(&demo_files()).unwrap()));
    &DEMO
}

/// The error of the demo pack with one text replaced.
fn broken(file: &str, good: &str, bad: &str) -> String {
    let mut files = demo_files();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(good), "{file} lacks {good:?}");
    *text = text.replacen(good, bad, 1);
    match ShopPack::parse(&files) {
        Ok(_) => panic!("{file} with {bad:?} was not refused"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_demo_pack_holds_the_reference_order() {
    let today = jiff::civil::date(2026, 11, 21);
    let orders = demo().orders(today);
    let order = orders.iter().find(|order| order.number.0 == "123456").unwrap();
    let parcel = order.parcel.as_ref().unwrap();
    assert_eq!(parcel.waybill, "EF123456789");
    assert_eq!(parcel.collected, today.at(10, 5, 0, 0));
    assert_eq!(parcel.due, jiff::civil::date(2026, 11, 22).at(18, 0, 0, 0));
    assert_eq!(parcel.delivered, None);
}

#[test]
fn a_number_of_digits_is_known_where_all_orders_have_as_many() {
    assert_eq!(demo().shop().order_digits.exact(), Some(6));
    assert_eq!(DigitRange { min: 6, max: 8 }.exact(), None);
}

#[test]
fn fixed_clauses_hold_the_greeting_and_no_hole() {
    let clauses = demo().fixed_clauses();
    assert!(clauses.iter().any(|clause| clause.text == "您好，"));
    assert!(clauses.iter().all(|clause| !clause.text.contains('\u{fffc}')));
    assert_eq!(clauses[0].text, "您好，", "what is waited for comes first");
    println!("{} fixed clauses", clauses.len());
}

#[test]
fn an_article_that_is_hung_has_its_holes() {
    let shelf = demo().mounting(&ProductId("wall-shelf".into())).unwrap();
    assert_eq!(shelf.holes.len(), 2);
    assert_eq!((shelf.level, shelf.least_height_mm, shelf.drill_mm), (Some((0, 1)), 1200, 8));
    assert!((shelf.holes[1].at.x_mm - 200.0).abs() < 1e-6 && shelf.holes[0].name.en == "left hole");
    assert!(demo().mounting(&ProductId("kettle".into())).is_none());
}

#[test]
fn errors_name_file_and_line() {
    let mut files = demo_files();
    files.remove("rules.csv");
    assert_eq!(ShopPack::parse(&files).unwrap_err().to_string(), "the shop pack lacks the file rules.csv");

    let cases = [
        ("wording.zh.yaml", "greeting:", "greting:", "wording.zh.yaml:", "`greting` is not a phrase"),
        ("wording.en.yaml", "{order}", "{odrer}", "wording.en.yaml:", "knows no {odrer}"),
        ("intents.yaml", "order_status:", "order_stats:", "intents.yaml:", "order_stats"),
        ("rules.csv", ",replace,", ",replcae,", "rules.csv:", "replcae"),
        ("rules.csv", ",0-7,0.6,", ",0-7,,", "rules.csv:", "needs a `min_confidence`"),
        ("orders.csv", "today 10:05", "today 10.05", "orders.csv:", "`collected`"),
        ("catalogue.csv", ",199.00", ",cheap", "catalogue.csv:", "`price`"),
        ("shop.yaml", "languages: [zh, en]", "languages: [zh, fr]", "shop.yaml:", ""),
        ("shop.yaml", "timezone:", "time_zone:", "shop.yaml:", "time_zone"),
        ("mounting.yaml", "wall-shelf:\n", "wall-shelve:\n", "mounting.yaml:5", "is not in catalogue.csv"),
        ("mounting.yaml", "x: 200, y: 0", "x: 200, y: 9", "mounting.yaml:5", "differ in y"),
        ("mounting.yaml", "x: 200, y: 0", "x: -198, y: 0", "mounting.yaml:8", "two holes overlap"),
        ("mounting.yaml", "x: 200, y: 0", "x: .nan, y: 0", "mounting.yaml:8", "`x` and `y`"),
        ("mounting.yaml", "level: [1, 2]", "level: [1, 3]", "mounting.yaml:5", "`level` names two"),
        ("mounting.yaml", "diameter: 8", "diameter: 80", "mounting.yaml:5", "`diameter` 80"),
        ("mounting.yaml", "clearance: 100", "clearence: 100", "mounting.yaml:", "clearence"),
    ];
    for (file, good, bad, place, problem) in cases {
        let error = broken(file, good, bad);
        assert!(error.starts_with(place) && error.contains(problem), "{error}");
        let line: u64 = error.split(':').nth(1).unwrap().parse().unwrap();
        assert!(line >= 1, "{error}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut files = demo_files();
    for (file, good, bad) in [
        ("catalogue.csv", "咖啡机,coffee machine", ",coffee machine"),
        ("catalogue.csv", ",cup,one-person|gift,", ",cup,one-person|present,"),
        ("attributes.csv", "phone,battery,", "telephone,battery,"),
        ("sizes.csv", "155-163", "163-155"),
        ("knowledge.yaml", "- id: carriers", "- id: warranty"),
        ("wording.zh.yaml", "welcome:", "wellcome:"),
        ("rules.csv", ",replace,", ",replcae,"),
        ("personas.yaml", "机器人", "客服"),
    ] {
        let text = files.get_mut(file).unwrap();
        assert!(text.contains(good), "{file} lacks {good:?}");
        *text = text.replacen(good, bad, 1);
    }
    let error = ShopPack::parse(&files).unwrap_err();
    let told: Vec<_> = error.each().iter().map(ToString::to_string).collect();
    for (file, problem) in [
        ("catalogue.csv:3", "needs name_zh"),
        ("catalogue.csv:5", "\"present\" is not in attributes.yaml"),
        ("attributes.csv:", "\"telephone\" is not in catalogue.csv"),
        ("sizes.csv:3", "`height_cm`"),
        ("knowledge.yaml:", "stands twice"),
        ("wording.zh.yaml:", "`wellcome` is not a phrase"),
        ("wording.zh.yaml:", "lacks the phrase `welcome`"),
        ("rules.csv:", "replcae"),
        ("personas.yaml:", "a robot speaks"),
    ] {
        assert!(
            told.iter().any(|told| told.starts_with(file) && told.contains(problem)),
            "{file} {problem}: {told:#?}"
        );
    }
}

#[test]
fn what_nobody_may_promise_is_refused() {
    for (file, good, bad, why) in [
        ("wording.zh.yaml", "hello: 您好，", "hello: 您好，我是真人客服，", "human"),
        ("knowledge.yaml", "多数是一年；", "保证退款；", "keep"),
        ("attributes.csv", "不缩水", "百分之百不缩水", "keep"),
        ("wording.en.yaml", "welcome: You're welcome.", "welcome: This cures everything.", "medical"),
        ("shop.yaml", "never_say: []", "never_say: [顺达]", "under `never_say`"),
    ] {
        let error = broken(file, good, bad);
        assert!(error.contains("may not be said") && error.contains(why), "{error}");
    }
}

#[test]
fn a_manner_changes_the_words_and_an_unknown_one_is_refused() {
    let mut files = demo_files();
    let shop = files.get_mut("shop.yaml").unwrap();
    shop.push_str("\nmanner: friendly\n");
    let pack = ShopPack::parse(&files).unwrap();
    let said = |phrase, language| pack.wording().render(phrase, language, &[]);
    assert!(said(crate::wording::Phrase::Hello, Language::Chinese).starts_with("宝子"));
    assert_eq!(
        said(crate::wording::Phrase::AllRight, Language::English),
        demo().wording().render(crate::wording::Phrase::AllRight, Language::English, &[]),
        "what the manner does not write stays"
    );
    let error = broken("shop.yaml", "never_say:", "manner: rude\nnever_say:");
    assert!(error.contains("\"rude\" is not in personas.yaml"), "{error}");
}

/// What lacks in a further language is said in English, whole, and told to the shop's owner; parts of sentences may not lack.
#[test]
fn walls_are_told_of_in_every_language_of_the_demo() {
    use crate::wording::Phrase;
    let phrases = Phrase::ALL.iter().filter(|phrase| phrase.key().contains("mount"));
    let mut count = 0;
    for phrase in phrases {
        count += 1;
        for language in [Language::Spanish, Language::Portuguese, Language::Arabic] {
            assert_eq!(demo().wording().language(*phrase, language), language, "{}", phrase.key());
        }
    }
    assert_eq!(count, 37);
    for template in ["wall-shelf", "tv-bracket"].map(|id| demo().mounting(&ProductId(id.into())).unwrap()) {
        assert!(
            template
                .holes
                .iter()
                .all(|hole| !hole.name.es.is_empty() && !hole.name.pt.is_empty() && !hole.name.ar.is_empty())
        );
    }
}

#[test]
fn a_further_language_may_have_gaps_but_no_mixed_sentences() {
    use crate::wording::Phrase;
    assert!(demo().notes().is_empty(), "{:?}", demo().notes());
    let mut files = demo_files();
    let spanish = files.get_mut("wording.es.yaml").unwrap();
    *spanish = spanish
        .lines()
        .filter(|line| {
            !["order.late:", "clause.return-7d:", "name.cup:", "cell.mount_up:"].iter().any(|key| line.starts_with(key))
        })
        .chain(["clause.gone: nada"])
        .collect::<Vec<_>>()
        .join("\n");
    files.remove("wording.pt.yaml");
    let pack = ShopPack::parse(&files).unwrap();
    let notes = pack.notes().join("\n");
    for told in [
        "`clause.gone` is neither",
        "lacks order.late, cell.mount_up: said in English",
        "lacks clause.return-7d: proposed in English",
        "lacks name.cup: named in English",
        "there is no wording.pt.yaml",
    ] {
        assert!(notes.contains(told), "{told}: {notes}");
    }
    let wording = pack.wording();
    assert_eq!(wording.language(Phrase::OrderLate, Language::Spanish), Language::English);
    assert_eq!(wording.language(Phrase::Arrival, Language::Spanish), Language::Spanish);
    assert_eq!(wording.language(Phrase::Arrival, Language::Portuguese), Language::English);
    assert_eq!(wording.render(Phrase::AllRight, Language::Portuguese, &[]), "All right.");
    let part = broken("wording.es.yaml", "payer.shop: ", "payer.nobody: ");
    assert!(part.contains("lacks `payer.shop`") && part.contains("`payer.nobody` is not a phrase"), "{part}");
    let article = broken("wording.ar.yaml", "hello: ", "size.ask: مقاس\nhello: ");
    assert!(article.contains("wording.ar.yaml:") && article.contains("said in Chinese and English only"), "{article}");
}
