//! Whatever Ermu says of articles stands in the catalogue, cell by cell.
#![allow(clippy::unwrap_used, reason = "a broken test may panic")]
#![allow(clippy::disallowed_methods, reason = "the catalogue is a file")]

#[allow(dead_code, reason = "the scripts use the rest")]
mod support;

use std::{collections::BTreeMap, path::Path};

use ermu_dialogue::{Core, Effect, Event};
use ermu_domain::{Language, SessionTime};
use support::{demo_pack, new_core};

/// The rows of a file of the demo pack, by column.
fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shops/demo").join(file);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Says something, and returns the answer, clause by clause.
fn ask(core: &mut Core, text: &str) -> Vec<String> {
    let now = SessionTime::ZERO;
    core.handle(Event::Typed { text: text.to_owned(), sentence: None }, now);
    let mut said = Vec::new();
    while let Some(effect) = core.poll_effect() {
        if let Effect::Say { id, clauses } = effect {
            core.handle(Event::SpeechEnded { id, clauses_heard: clauses.len() }, now);
            said.extend(clauses.into_iter().map(|clause| clause.text));
        }
    }
    said
}

/// The parts of an answer that semicolons and full stops divide.
fn sentences(clauses: &[String], language: Language) -> Vec<String> {
    let whole = clauses.join(if language == Language::Chinese { "" } else { " " });
    let lines =
        ["；", "。", "; ", ". "].into_iter().fold(whole, |text, end| text.replace(end, &format!("{}\n", end.trim())));
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn every_compared_cell_is_the_catalogues() {
    let (pack, articles) = (demo_pack(), rows("catalogue.csv"));
    let mut cells: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for article in &articles {
        for (language, name) in [("zh", "name_zh"), ("en", "name_en")] {
            let price = article["price"].trim_end_matches(".00");
            let price = if language == "zh" { format!("{price}元") } else { format!("{price} yuan") };
            let unknown = if language == "zh" { "没有标明" } else { "not stated" };
            let known = cells.entry((article[name].clone(), language)).or_default();
            known.extend([price, unknown.to_owned()]);
            for row in rows("attributes.csv") {
                if row["product"].split('|').any(|id| *id == article["id"]) {
                    known.push(row[language].clone());
                }
            }
            let sizes: Vec<_> = rows("sizes.csv")
                .into_iter()
                .filter(|row| row["product"].split('|').any(|id| *id == article["id"]))
                .map(|row| row["size"].clone())
                .collect();
            if let Some((last, first)) = sizes.split_last() {
                let (between, and) = if language == "zh" { ("、", "和") } else { (", ", " and ") };
                known.push(format!("{}{and}{last}", first.join(between)));
            }
        }
    }
    let mut compared = 0;
    for (language, name, comma, semicolon) in
        [(Language::Chinese, "name_zh", "，", "；"), (Language::English, "name_en", ", ", ";")]
    {
        let mut core = new_core(&pack, language);
        core.handle(Event::CallStarted, SessionTime::ZERO);
        for a in &articles {
            let others = articles.iter().filter(|b| b["category"] == a["category"] && b["id"] != a["id"]);
            for b in others {
                let question = match language {
                    Language::Chinese => format!("{}和{}对比一下", a[name], b[name]),
                    _ => format!("please compare the {} and the {}", a[name], b[name]),
                };
                let answer = sentences(&ask(&mut core, &question), language);
                for clause in
                    answer.iter().filter(|clause| [a, b].iter().any(|article| clause.contains(&article[name])))
                {
                    let (article, _) = [a, b]
                        .into_iter()
                        .filter_map(|article| Some((article, clause.find(&article[name])?)))
                        .min_by_key(|(article, at)| (*at, std::cmp::Reverse(article[name].len())))
                        .unwrap();
                    let (_, cell) = clause.split_once(&format!("{}{comma}", article[name])).expect("a name and a cell");
                    let cell = cell.trim_end_matches(['。', '.']).trim_end_matches(semicolon);
                    let known = &cells[&(article[name].clone(), language.code())];
                    assert!(known.iter().any(|known| known == cell), "{question}: {cell:?} is not among {known:?}");
                    compared += 1;
                }
            }
        }
    }
    println!("{compared} cells");
    assert!(compared > 300, "{compared} cells were compared");
}

#[test]
fn every_value_is_told_as_it_is_written() {
    let (pack, articles) = (demo_pack(), rows("catalogue.csv"));
    let mut core = new_core(&pack, Language::Chinese);
    core.handle(Event::CallStarted, SessionTime::ZERO);
    let (mut told, mut all, mut wrong) = (0, 0, Vec::new());
    for row in rows("attributes.csv") {
        for id in row["product"].split('|') {
            let name = &articles.iter().find(|article| article["id"] == id).unwrap()["name_zh"];
            let names = attribute_names();
            let question = format!("{name}的{}怎么样？", names[&row["attribute"]]);
            let answer = ask(&mut core, &question).concat();
            all += 1;
            if answer.contains(&row["zh"]) {
                told += 1;
            } else {
                wrong.push(format!("{question} {answer}"));
            }
        }
    }
    println!("{told} of {all} values told; not: {wrong:#?}");
    assert!(told * 100 >= all * 98, "{told} of {all}: {wrong:#?}");
}

/// The attributes' Chinese names.
fn attribute_names() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shops/demo/attributes.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let field =
        |line: &str, key: &str| line.split_once(key)?.1.split([',', '}']).next().map(|value| value.trim().to_owned());
    text.lines().filter_map(|line| Some((field(line, "id: ")?, field(line, " zh: ")?))).collect()
}
