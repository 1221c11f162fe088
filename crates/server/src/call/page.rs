//! The page that shows a call on a time line: both voices, what was said, seen and decided.

use std::fmt::Write;

use serde_json::Value;

use super::{
    Record,
    narrate::describe,
    record::{file_name, silence},
};

const STYLE: &str = include_str!("page.css");
/// Columns of the sound outline.
const COLUMNS: usize = 1000;
const HEIGHT: f32 = 60.0;

/// A page of HTML that stands beside `call.wav` and the photos.
pub(super) fn page(record: &Record) -> String {
    let recording = &record.outcome.recording;
    let seconds = recording.duration().as_secs_f64().max(0.001);
    let mut html = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        html,
        "<!doctype html><html lang=zh><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Ermu 耳目 – call {session}</title><style>{STYLE}</style><main><h1>Ermu 耳目 <small>call {short}, \
         {seconds:.1} s</small></h1><audio controls src=call.wav></audio>",
        session = escape(&record.outcome.session),
        short = escape(record.outcome.session.get(..8).unwrap_or_default()),
    );
    outline(&mut html, record);
    html.push_str("<div class=columns><section><h2>对话 Conversation</h2><ol class=talk>");
    for (at, notice) in &record.outcome.notices {
        let Some(line) = describe(notice) else { continue };
        let class = match (notice["type"].as_str(), notice["speaker"].as_str()) {
            (Some("caption"), Some("agent")) => "agent",
            (Some("caption"), _) => "caller",
            _ => "fact",
        };
        let _ = write!(html, "<li class={class}><time>{:.1} s</time> {}", at.as_secs_f64(), escape(&line));
    }
    html.push_str("</ol></section><section>");
    for (id, _) in &record.photos {
        let id = escape(id);
        let _ = write!(html, "<h2>照片 Photo {id}</h2><img src='photo-{id}.jpg' alt='photo {id} with findings'>");
    }
    for ticket in &record.tickets {
        card(&mut html, ticket);
    }
    html.push_str("<h2>延迟 Latency</h2><table><tr><th>turn<th>voice to voice<th>silent after");
    for turn in &record.outcome.turns {
        let voice = turn.voice_to_voice_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0} ms"));
        let silent = turn.silence.map_or_else(|| "–".to_owned(), silence);
        let _ = write!(html, "<tr><td>{}<td>{voice}<td>{silent}", escape(&file_name(turn)));
    }
    html.push_str("</table></section></div></main></html>");
    html
}

/// Both voices over time; the caller above the line, Ermu below.
fn outline(html: &mut String, record: &Record) {
    let _ = write!(html, "<svg viewBox='0 0 {COLUMNS} {}' preserveAspectRatio=none role=img>", HEIGHT * 2.0);
    for (x, (caller, agent)) in record.outcome.recording.outline(COLUMNS).into_iter().enumerate() {
        for (class, from, to) in [("caller", -caller, 0.0), ("agent", 0.0, agent)] {
            if from < to {
                let (y1, y2) = (HEIGHT * (1.0 + from), HEIGHT * (1.0 + to));
                let _ = write!(html, "<line class={class} x1={x} x2={x} y1={y1:.1} y2={y2:.1} />");
            }
        }
    }
    let seconds = record.outcome.recording.duration().as_secs_f64().max(0.001);
    for (at, notice) in &record.outcome.notices {
        if matches!(notice["type"].as_str(), Some("photo" | "ticket" | "decided" | "hand_off")) {
            let x = at.as_secs_f64() / seconds * COLUMNS as f64;
            let _ = write!(
                html,
                "<line class=fact x1={x:.0} x2={x:.0} y1=0 y2={}><title>{}</title></line>",
                HEIGHT * 2.0,
                escape(&describe(notice).unwrap_or_default()),
            );
        }
    }
    html.push_str("</svg><p class=key><span class=caller>caller</span> <span class=agent>Ermu</span></p>");
}

fn card(html: &mut String, ticket: &Value) {
    let text = |value: &Value| escape(value.as_str().unwrap_or_default());
    let _ = write!(
        html,
        "<h2>工单 Ticket {}</h2><div class=card><p>{}<p>{}<ul>",
        text(&ticket["number"]),
        text(&ticket["summary"]["zh"]),
        text(&ticket["summary"]["en"]),
    );
    for statement in ticket["statements"].as_array().into_iter().flatten() {
        let _ = write!(html, "<li>{}<small>", text(&statement["text"]));
        for evidence in statement["evidence"].as_array().into_iter().flatten() {
            let _ = write!(html, " {}", escape(&pointer(evidence)));
        }
        html.push_str("</small>");
    }
    html.push_str("</ul>");
    if let Some(clause) = ticket["decision"]["clause"]["zh"].as_str() {
        let _ = write!(html, "<p class=clause>{}: {}", text(&ticket["decision"]["rule"]), escape(clause));
    }
    html.push_str("</div>");
}

/// Where a statement can be checked, in short.
fn pointer(evidence: &Value) -> String {
    let word = |key: &str| evidence[key].as_str().unwrap_or_default();
    let seconds = |key: &str| evidence[key].as_f64().unwrap_or_default() / 1000.0;
    match word("type") {
        "speech" => format!("[{} {:.1}–{:.1} s]", word("utterance"), seconds("start_ms"), seconds("end_ms")),
        "typed" => format!("[typed {:.1} s]", seconds("at_ms")),
        "photo" => format!("[photo {}]", word("photo")),
        "order" => format!("[order {} · {}]", word("number"), word("field")),
        "rule" => format!("[rule {}]", word("rule")),
        other => format!("[{other}]"),
    }
}

/// Text that was spoken or typed by strangers, safe inside of HTML and of quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_say_stays_text() {
        assert_eq!(escape("<img onerror='x'>&"), "&lt;img onerror=&#39;x&#39;&gt;&amp;");
    }
}
