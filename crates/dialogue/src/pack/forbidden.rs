//! What no wording may promise or pretend: checked wherever a shop owner writes what Ermu says.

use std::collections::BTreeMap;

use super::{KnowledgeEntry, Problems, Shop, knowledge, sheets};
use crate::wording;

/// To be human.
const HUMAN: &str = "我是真人|我是人工|不是机器人|我是活人|i am human|i'm human|i am a human|i'm a human|i am a person|i'm a person|\
    a real person here|i am not a robot|i'm not a robot|soy un humano|soy humano|soy una persona real|no soy un robot|\
    sou um humano|sou humano|sou uma pessoa de verdade|não sou um robô|أنا إنسان|لست روبوت";
/// To heal, or to judge what is safe for a body.
const MEDICAL: &str = "包治|根治|治愈|治疗|疗效|药效|抗癌|防癌|替代药|过敏也能|不会过敏|cures|heals|treats|clinically proven|safe for allerg";
/// What nobody can keep.
const ABSOLUTE: &str = "百分之百|100%有效|全网最低|绝对不会|永远不会坏|保证退款|保证不|一定能退|国家级|guarantee|best in the world|\
    never breaks|risk-free|risk free|garantizamos|garantizado|sin ningún riesgo|garantimos|garantido|sem nenhum risco|نضمن";

/// The files whose every line is something that Ermu says.
const SPOKEN: [&str; 7] = [
    wording::FILES[0],
    wording::FILES[1],
    wording::MORE[0],
    wording::MORE[1],
    wording::MORE[2],
    wording::PERSONAS,
    sheets::CELLS_FILE,
];

/// Reports everything that says what none may say, and a greeting that hides the robot.
pub(super) fn check(
    files: &BTreeMap<String, String>,
    knowledge: &[KnowledgeEntry],
    shop: &Shop,
    problems: &mut Problems,
) {
    for file in SPOKEN {
        let lines = files.get(file).map(|text| text.lines()).into_iter().flatten();
        for (number, line) in (1..).zip(lines) {
            if line.trim_start().starts_with('#') {
                continue;
            }
            check_line(file, number, line, shop, problems);
            let greeting = line.trim_start().strip_prefix("greeting:").map(str::to_lowercase);
            if greeting.is_some_and(|greeting| {
                !["机器人", "robot", "robô", "روبوت"].iter().any(|word| greeting.contains(word))
            }) {
                problems.add(file, number, "`greeting` has to say that a robot speaks (机器人, robot, robô, روبوت)");
            }
        }
    }
    // How customers ask is theirs to choose; how the shop answers is checked.
    for entry in knowledge {
        let answer = format!("{} {}", entry.answer.zh, entry.answer.en);
        check_line(knowledge::FILE, entry.line, &answer, shop, problems);
    }
}

fn check_line(file: &'static str, number: u64, line: &str, shop: &Shop, problems: &mut Problems) {
    for (found, why) in forbidden(line, shop) {
        problems.add(file, number, format!("{found:?} may not be said: {why}"));
    }
}

/// What in a text may not be said, and why.
pub(super) fn forbidden<'a>(text: &str, shop: &'a Shop) -> impl Iterator<Item = (&'a str, &'static str)> {
    let text = text.to_lowercase();
    let anywhere = [
        (HUMAN, "Ermu never says that it is human"),
        (MEDICAL, "no medical promises"),
        (ABSOLUTE, "nobody can keep such a promise"),
    ];
    let anywhere = anywhere.map(|(words, why)| Some((words.split('|').find(|words| text.contains(words))?, why)));
    let here = shop.never_say.iter().find(|words| text.contains(&words.to_lowercase()));
    let here = here.map(|found| (found.as_str(), "it is under `never_say` in shop.yaml"));
    anywhere.into_iter().flatten().chain(here)
}
