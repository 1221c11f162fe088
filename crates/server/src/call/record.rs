//! What is left of a scripted call: recording, photos, ticket, latencies, and a page that shows all of it.

use std::{path::Path, time::Duration};

use anyhow::Context;
use serde_json::{Value, json};

use super::{CallOutcome, Stages, Turn, page, stages::stages};

/// A call with what the server knows about it.
pub struct Record {
    /// The call as the caller saw it.
    pub outcome: CallOutcome,
    /// The call's tickets, as staff see them.
    pub tickets: Vec<Value>,
    /// Photos with the findings drawn: id and JPEG.
    pub photos: Vec<(String, Vec<u8>)>,
    /// The event log.
    pub events: Vec<Value>,
    /// Where the time of each answer went.
    pub stages: Vec<Stages>,
}

impl Record {
    /// Asks the server for the call's tickets, photos and event log. Only this machine or a staff token may.
    pub async fn gather(server: &str, outcome: CallOutcome) -> anyhow::Result<Self> {
        let session = &outcome.session;
        let tickets = get(&format!("{server}/v1/tickets?session={session}")).await?;
        let events = get(&format!("{server}/v1/sessions/{session}/events")).await?;
        let mut photos: Vec<(String, Vec<u8>)> = Vec::new();
        let shown = outcome.notices.iter().filter(|(_, notice)| notice["type"] == "photo");
        for photo in shown.filter_map(|(_, notice)| notice["photo"].as_str()) {
            if photos.iter().any(|(id, _)| id == photo) {
                continue;
            }
            let url = format!("{server}/v1/sessions/{session}/photos/{photo}/annotated");
            let jpeg = reqwest::get(&url).await?.error_for_status()?.bytes().await?;
            photos.push((photo.to_owned(), jpeg.to_vec()));
        }
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let events = list(&events["events"]);
        Ok(Self { tickets: list(&tickets["tickets"]), stages: stages(&events), events, photos, outcome })
    }

    /// True if everything that was said got a spoken answer.
    pub fn answered(&self) -> bool {
        self.outcome.turns.iter().all(|turn| turn.voice_to_voice_ms.is_some())
    }

    /// Latencies as lines of a table.
    pub fn table(&self) -> Vec<String> {
        let mut lines = vec![format!("{:<34} {:>14} {:>16}", "turn", "voice to voice", "silent after")];
        lines.extend(self.outcome.turns.iter().map(|turn| {
            let ms = |value: Option<String>| value.map_or_else(|| "–".to_owned(), |value| value + " ms");
            let voice = ms(turn.voice_to_voice_ms.map(|ms| ms.to_string()));
            let silent = ms(turn.silent_after_ms.map(|ms| ms.to_string()));
            format!("{:<34} {voice:>14} {silent:>16}", file_name(turn))
        }));
        lines.extend(self.stages.iter().map(|stages| {
            format!(
                "  answer on the server: transcript {} ms, decision {} ms, first audio {} ms",
                stages.transcript_ms, stages.decision_ms, stages.first_audio_ms
            )
        }));
        lines
    }

    /// The call in numbers and words, without sound and pictures.
    pub fn summary(&self) -> Value {
        json!({
            "session": self.outcome.session,
            "seconds": self.outcome.recording.duration().as_secs_f64(),
            "answered": self.answered(),
            "turns": self.outcome.turns,
            "stages": self.stages,
            "tickets": self.tickets,
            "photos": self.photos.iter().map(|(id, _)| id).collect::<Vec<_>>(),
            "notices": self.outcome.notices.iter().map(|(at, notice)| {
                json!({"at_ms": at.as_millis() as u64, "notice": notice})
            }).collect::<Vec<_>>(),
        })
    }

    /// Writes `call.wav`, `photo-….jpg`, `ticket-….json`, `summary.json` and `index.html`.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let write = |name: String, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
        };
        self.outcome.recording.write(&folder.join("call.wav"))?;
        for (id, jpeg) in &self.photos {
            write(format!("photo-{id}.jpg"), jpeg)?;
        }
        for ticket in &self.tickets {
            let number = ticket["number"].as_str().unwrap_or("unknown");
            write(format!("ticket-{number}.json"), &serde_json::to_vec_pretty(ticket)?)?;
        }
        write("summary.json".into(), &serde_json::to_vec_pretty(&self.summary())?)?;
        write("index.html".into(), page::page(self).as_bytes())
    }

    /// When a photo was sent, and when the agent next spoke about it: the latency of seeing.
    pub fn photo_to_words(&self) -> Option<Duration> {
        let (seen, words) = self.outcome.notices.iter().find_map(|(at, notice)| {
            (notice["type"] == "photo").then(|| (*at, notice["words"].as_str().unwrap_or_default()))
        })?;
        let sent = self.outcome.photo_sent?;
        (!words.is_empty()).then(|| seen.saturating_sub(sent))
    }
}

pub(super) fn file_name(turn: &Turn) -> String {
    turn.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

async fn get(url: &str) -> anyhow::Result<Value> {
    let response = reqwest::get(url).await.with_context(|| format!("no answer from {url}"))?;
    Ok(response.error_for_status()?.json().await?)
}
