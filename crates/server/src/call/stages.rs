//! Where the time of an answer went, read from the call's event log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The stages between the caller's last sound and Ermu's first, in milliseconds on the server's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stages {
    /// From the end of the voice to the final transcript: voice activity, waiting, whisper.
    pub transcript_ms: u64,
    /// From the transcript to the decision to answer: the rest of the end-pointing silence, look-ups.
    pub decision_ms: u64,
    /// From the decision to the first sound given to the network: synthesis.
    pub first_audio_ms: u64,
}

/// The stages of every answer to something that was said.
pub(super) fn stages(events: &[Value]) -> Vec<Stages> {
    let mut answers = Vec::new();
    let (mut voice_stopped, mut heard, mut said) = (None, None, None);
    for event in events {
        let at = event["at_us"].as_u64().unwrap_or_default() / 1000;
        let what = &event["data"];
        match what["event"].as_str().or(what["effect"].as_str()) {
            Some("voice_stopped") => voice_stopped = what["at"].as_u64().map(|us| us / 1000),
            Some("transcribed") if !what["transcript"].is_null() => {
                heard = voice_stopped.map(|stopped| (stopped, at));
                said = None;
            }
            Some("say") if said.is_none() => said = heard.map(|_| (what["id"].clone(), at)),
            Some("speech_started") => {
                if let (Some((stopped, heard_at)), Some((id, said_at))) = (heard, &said)
                    && *id == what["id"]
                {
                    answers.push(Stages {
                        transcript_ms: heard_at.saturating_sub(stopped),
                        decision_ms: said_at.saturating_sub(heard_at),
                        first_audio_ms: at.saturating_sub(*said_at),
                    });
                    heard = None;
                    said = None;
                }
            }
            _ => {}
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_split_where_its_events_say() {
        let log = [
            json!({"at_us": 1_100_000, "data": {"event": "voice_stopped", "at": 1_000_000}}),
            json!({"at_us": 1_450_000, "data": {"event": "transcribed", "id": 1, "transcript": {"text": "好"}}}),
            json!({"at_us": 1_500_000, "data": {"effect": "say", "id": 2, "clauses": []}}),
            json!({"at_us": 1_700_000, "data": {"event": "speech_started", "id": 2}}),
            json!({"at_us": 9_700_000, "data": {"event": "speech_started", "id": 3}}),
        ];
        assert_eq!(stages(&log), [Stages { transcript_ms: 450, decision_ms: 50, first_audio_ms: 200 }]);
    }
}
