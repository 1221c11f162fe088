//! The conversation as lines of text, while it happens.

use std::{path::Path, time::Duration};

use serde_json::Value;

use super::Happening;

/// A line for the terminal; none for what a reader does not need.
pub fn narrate(at: Duration, happening: &Happening<'_>) -> Option<String> {
    let line = match happening {
        Happening::Says(path) => format!("  ▶ plays {}", name(path)),
        Happening::Sends(path) => format!("  ▶ sends {}", name(path)),
        Happening::Answers(after) => format!("  ↳ first sound after {} ms", after.as_millis()),
        Happening::Notice(notice) => describe(notice)?,
    };
    Some(format!("{:>6.1}s {line}", at.as_secs_f64()))
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// What a notice of the page's data channel says.
pub(super) fn describe(notice: &Value) -> Option<String> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    Some(match notice["type"].as_str()? {
        "caption" if notice["speaker"] == "agent" => format!("Ermu   {}", text(notice, "text")),
        "caption" => {
            let emotion = &notice["emotion"];
            let mood = match (emotion["label"].as_str(), emotion["probability"].as_f64()) {
                (Some(label), Some(probability)) => format!("  [{label} {:.0} %]", probability * 100.0),
                _ => String::new(),
            };
            format!("caller {}{mood}", text(notice, "text"))
        }
        "photo" => {
            let findings: Vec<_> = notice["findings"].as_array().into_iter().flatten().map(finding).collect();
            let faults: Vec<_> = notice["faults"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let seen = match (findings.is_empty(), faults.is_empty()) {
                (false, _) => findings.join(", "),
                (true, false) => format!("cannot be judged: {}", faults.join(", ")),
                (true, true) => "no damage found".to_owned(),
            };
            format!("photo  {} ({seen})", text(notice, "words"))
        }
        "decided" => {
            let decision = &notice["decision"];
            let clause = decision["clause"]["zh"].as_str().unwrap_or_default();
            format!("rule   {} → {}: {clause}", text(decision, "rule"), text(decision, "remedy"))
        }
        "ticket" => format!("ticket {} stored", text(&notice["ticket"], "number")),
        "hand_off" => format!("person needed: {}", text(notice, "reason")),
        _ => return None,
    })
}

fn finding(finding: &Value) -> String {
    let word = |key: &str| finding[key].as_str().unwrap_or_default();
    let confidence = finding["confidence"].as_f64().unwrap_or_default() * 100.0;
    format!("{} at {}, {confidence:.0} % sure, {}", word("kind"), word("place"), word("basis"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reader_sees_who_said_what_and_how() {
        let caption = json!({"type": "caption", "speaker": "caller", "text": "坏了",
            "emotion": {"label": "angry", "probability": 0.8}});
        let line = narrate(Duration::from_millis(1500), &Happening::Notice(&caption)).unwrap();
        assert_eq!(line, "   1.5s caller 坏了  [angry 80 %]");
        assert_eq!(describe(&json!({"type": "listening", "voice": true})), None);
        assert_eq!(describe(&json!("garbage")), None);
    }
}
