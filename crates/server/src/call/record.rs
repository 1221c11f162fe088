//! What is left of a scripted call: recording, photos, ticket, latencies, and a page that shows all of it.

use std::{path::Path, time::Duration};

use anyhow::Context;
use serde_json::{Value, json};

use super::{CallOutcome, Cause, Role, Silence, Stages, Turn, page, stages::TimeLine};

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
}

impl Record {
    /// Asks the server for the call's tickets, photos and event log (only this machine or a staff token may), and measures the
    /// call.
    pub async fn gather(server: &str, mut outcome: CallOutcome) -> anyhow::Result<Self> {
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
        measure(&mut outcome, &events);
        Ok(Self { tickets: list(&tickets["tickets"]), events, photos, outcome })
    }

    /// True if everything that was said got a spoken answer.
    pub fn answered(&self) -> bool {
        let mut said = self.outcome.turns.iter().filter(|turn| turn.role != Role::Noise);
        said.all(|turn| turn.voice_to_voice_ms.is_some())
    }

    /// Latencies as lines of a table.
    pub fn table(&self) -> Vec<String> {
        let mut lines = vec![format!("{:<34} {:>14} {:>14}  stages", "turn", "voice to voice", "silent after")];
        lines.extend(self.outcome.turns.iter().map(|turn| {
            let voice = turn.voice_to_voice_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0} ms"));
            let silent = turn.silence.map_or_else(|| "–".to_owned(), silence);
            format!("{:<34} {voice:>14} {silent:>14}  {}", file_name(turn), stages(turn.stages))
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

/// Reads the latencies from the recording, and their stages from the event log.
fn measure(outcome: &mut CallOutcome, events: &[Value]) {
    let line = TimeLine::new(events, &outcome.notices);
    let recording = &outcome.recording;
    let ends: Vec<usize> = outcome.turns.iter().skip(1).map(|turn| turn.samples.start).chain([usize::MAX]).collect();
    for (turn, until) in outcome.turns.iter_mut().zip(ends) {
        let start = turn.samples.start;
        if let Some((end, begin)) = recording.voice_to_voice(turn.samples.clone(), until) {
            turn.voice_to_voice_ms = Some((begin as f64 - end as f64) / 48.0);
            turn.stages = line.as_ref().and_then(|line| line.split(start, (end, begin)));
            let said_until = line.as_ref().and_then(|line| line.said_until(begin));
            turn.longest_pause_ms =
                said_until.and_then(|said_until| recording.longest_pause_ms(begin..said_until.min(until)));
        }
        if turn.role == Role::Interrupting {
            let stopped = line.as_ref().and_then(|line| line.stopped(start..until));
            turn.silence = recording.silence_after(turn.samples.clone(), stopped, until);
        }
    }
}

/// How an interruption went, in short.
pub(super) fn silence(Silence { after_ms, cause }: Silence) -> String {
    match cause {
        Cause::Stopped => format!("{after_ms} ms"),
        Cause::Pause => "in a pause".to_owned(),
        Cause::Ended => "not stopped".to_owned(),
    }
}

fn stages(stages: Option<Stages>) -> String {
    let Some(stages) = stages else { return String::new() };
    let parts = stages.values().into_iter().zip(Stages::NAMES);
    parts.map(|(ms, name)| format!("{name} {ms:.0}")).collect::<Vec<_>>().join(", ")
}

pub(super) fn file_name(turn: &Turn) -> String {
    turn.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

async fn get(url: &str) -> anyhow::Result<Value> {
    let response = reqwest::get(url).await.with_context(|| format!("no answer from {url}"))?;
    Ok(response.error_for_status()?.json().await?)
}
