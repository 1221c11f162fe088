//! The demo pack, and packs that are broken on purpose.

use std::{collections::BTreeMap, path::Path};

use super::*;

/// The demo pack's files.
#[allow(clippy::disallowed_methods, reason = "tests read the pack that the project ships")]
fn demo_files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shops/demo");
    ShopPack::FILES
        .into_iter()
        .map(|file| (file.to_owned(), std::fs::read_to_string(folder.join(file)).unwrap()))
        .collect()
}

pub(crate) fn demo() -> ShopPack {
    ShopPack::parse(&demo_files()).unwrap()
}

/// The error of the demo pack with one text replaced.
fn broken(file: &str, good: &str, bad: &str) -> String {
    let mut files = demo_files();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(good), "{file} lacks {good:?}");
    *text = text.replacen(good, bad, 1);
    ShopPack::parse(&files).unwrap_err().to_string()
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
fn fixed_clauses_hold_the_greeting_and_no_hole() {
    let clauses = demo().fixed_clauses();
    assert!(clauses.iter().any(|clause| clause.text == "您好，"));
    assert!(clauses.iter().all(|clause| !clause.text.contains('\u{fffc}')));
    assert_eq!(clauses[0].text, "您好，", "what is waited for comes first");
    println!("{} fixed clauses", clauses.len());
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
    ];
    for (file, good, bad, place, problem) in cases {
        let error = broken(file, good, bad);
        assert!(error.starts_with(place) && error.contains(problem), "{error}");
        let line: u64 = error[place.len()..].split(':').next().unwrap().parse().unwrap();
        assert!(line >= 1, "{error}");
    }
}
