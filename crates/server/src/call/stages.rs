//! Where the time of an answer went: the recording's two ends, and between them the server's event log, laid on the
//! recording's time line. Nothing here is measured twice, so that the stages add up to the voice-to-voice latency.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Recording;

/// The stages between the caller's last sound and the agent's first, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Stages {
    /// End-pointing, first half: the caller's last sound travels, waits in the jitter buffer, and the pause behind it is
    /// noticed; ends when the final transcript is asked for.
    pub pause_ms: f64,
    /// Final transcript: waiting for a free transcriber, and transcribing.
    pub transcript_ms: f64,
    /// End-pointing, second half: what is left of the silence that ends a turn.
    pub end_of_turn_ms: f64,
    /// Decision: rules and look-ups.
    pub decision_ms: f64,
    /// First audio: the first clause from the cache or from synthesis, handed to the network.
    pub first_audio_ms: f64,
    /// Transport: encoder, network, the caller's jitter buffer, and silence before the first audible sample.
    pub transport_ms: f64,
}

impl Stages {
    /// Names of the stages, in order.
    pub const NAMES: [&str; 6] =
        ["noticing the pause", "final transcript", "rest of the silence", "decision", "first audio", "transport"];

    /// The stages in order.
    pub fn values(&self) -> [f64; 6] {
        let Self { pause_ms, transcript_ms, end_of_turn_ms, decision_ms, first_audio_ms, transport_ms } = *self;
        [pause_ms, transcript_ms, end_of_turn_ms, decision_ms, first_audio_ms, transport_ms]
    }
}

/// The server's event log on the recording's time line.
pub(super) struct TimeLine<'a> {
    events: &'a [Value],
    /// What to add to the server's clock, in microseconds.
    offset_us: i64,
}

impl<'a> TimeLine<'a> {
    /// Lays the log beside what the caller's page was shown. A notice cannot come before it is sent, and on one machine the
    /// fastest of them needs less than a millisecond: it tells how far the clocks are apart.
    pub(super) fn new(events: &'a [Value], notices: &[(Duration, Value)]) -> Option<Self> {
        let sent = events.iter().filter(|event| event["data"]["notice"]["notice"] == "listening");
        let shown = notices.iter().filter(|(_, notice)| notice["type"] == "listening");
        let apart = sent
            .zip(shown)
            .filter(|(sent, (_, shown))| sent["data"]["notice"]["voice"] == shown["voice"])
            .map(|(sent, (arrived, _))| arrived.as_micros() as i64 - sent["at_us"].as_i64().unwrap_or_default());
        apart.min().map(|offset_us| Self { events, offset_us })
    }

    /// When an event happened, in samples of the recording.
    fn position(&self, event: &Value) -> usize {
        let us = event["at_us"].as_i64().unwrap_or_default() + self.offset_us;
        Recording::position(Duration::from_micros(u64::try_from(us).unwrap_or_default()))
    }

    /// Splits the time between the last sound of what the caller began to say at `start` and the agent's first (samples of the
    /// recording). None if the log does not hold an answer to words at this place: the agent may have spoken of a photo.
    pub(super) fn split(&self, start: usize, (end, begin): (usize, usize)) -> Option<Stages> {
        // What sounded at `begin` was handed to the network before; everything else led to it, so the search goes backwards.
        let before = |limit: usize, wanted: &dyn Fn(&Value) -> bool| {
            self.events.iter().rev().find(|event| self.position(event) <= limit && wanted(&event["data"]))
        };
        let started = before(begin, &|data| data["event"] == "speech_started")?;
        let id = &started["data"]["id"];
        let said = before(self.position(started), &|data| data["effect"] == "say" && data["id"] == *id)?;
        let accepted = before(self.position(said), &|data| {
            data["notice"]["notice"] == "caption" && data["notice"]["speaker"] == "caller"
        })?;
        let heard =
            before(self.position(accepted), &|data| data["event"] == "transcribed" && !data["transcript"].is_null())?;
        let id = &heard["data"]["id"];
        let asked = before(self.position(heard), &|data| data["effect"] == "transcribe" && data["id"] == *id)?;
        let moments = [asked, heard, accepted, said, started].map(|event| self.position(event));
        // An answer to something earlier is no answer to this.
        let [asked, heard, accepted, said, started] = moments;
        if asked < start {
            return None;
        }
        let ms = |from: usize, to: usize| (to as f64 - from as f64) / 48.0;
        Some(Stages {
            pause_ms: ms(end, asked),
            transcript_ms: ms(asked, heard),
            end_of_turn_ms: ms(heard, accepted),
            decision_ms: ms(accepted, said),
            first_audio_ms: ms(said, started),
            transport_ms: ms(started, begin),
        })
    }

    /// Where what began to sound at `begin` had been said, or was cut off; in samples of the recording.
    pub(super) fn said_until(&self, begin: usize) -> Option<usize> {
        let started = self
            .events
            .iter()
            .rev()
            .find(|event| event["data"]["event"] == "speech_started" && self.position(event) <= begin)?;
        let id = &started["data"]["id"];
        let ended =
            self.events.iter().find(|event| event["data"]["event"] == "speech_ended" && event["data"]["id"] == *id)?;
        Some(self.position(ended))
    }

    /// The first moment in `range` (samples of the recording) at which the agent was told to stop speaking.
    pub(super) fn stopped(&self, range: std::ops::Range<usize>) -> Option<usize> {
        let stops = self
            .events
            .iter()
            .filter(|event| matches!(event["data"]["effect"].as_str(), Some("stop_speaking" | "pause_speaking")));
        stops.map(|event| self.position(event)).find(|at| range.contains(at))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn samples(ms: u64) -> usize {
        ms as usize * 48
    }

    fn log() -> Vec<Value> {
        let show = |at: u64, notice: Value| json!({"at_us": at * 1000, "data": {"effect": "show", "notice": notice}});
        vec![
            show(400, json!({"notice": "listening", "voice": true})),
            json!({"at_us": 1_160_000, "data": {"effect": "transcribe", "id": 1}}),
            show(1_100, json!({"notice": "listening", "voice": false})),
            json!({"at_us": 1_450_000, "data": {"event": "transcribed", "id": 1, "transcript": {"text": "好"}}}),
            show(1_500, json!({"notice": "caption", "speaker": "caller"})),
            json!({"at_us": 1_510_000, "data": {"effect": "say", "id": 2, "clauses": []}}),
            json!({"at_us": 1_530_000, "data": {"event": "speech_started", "id": 2}}),
            json!({"at_us": 2_500_000, "data": {"event": "speech_ended", "id": 2}}),
            json!({"at_us": 3_000_000, "data": {"effect": "stop_speaking"}}),
        ]
    }

    fn notices() -> Vec<(Duration, Value)> {
        let listening = |ms, voice| (Duration::from_millis(ms), json!({"type": "listening", "voice": voice}));
        // The server's clock began 50 ms after the recording's; the second notice was 3 ms on its way.
        vec![listening(450, true), listening(1_153, false)]
    }

    #[test]
    fn the_stages_of_an_answer_add_up_to_its_latency() {
        let log = log();
        let line = TimeLine::new(&log, &notices()).unwrap();
        let (end, begin) = (samples(1_020), samples(1_650));
        let stages = line.split(samples(100), (end, begin)).unwrap();
        let expected = [210.0, 290.0, 50.0, 10.0, 20.0, 50.0];
        assert_eq!(stages.values(), expected);
        assert_eq!(stages.values().iter().sum::<f64>(), (begin - end) as f64 / 48.0);
        assert_eq!(line.said_until(begin), Some(samples(2_570)));
        assert_eq!(line.stopped(samples(3_000)..samples(4_000)), Some(samples(3_070)));
        assert_eq!(line.stopped(samples(4_000)..samples(5_000)), None);
    }

    #[test]
    fn an_answer_to_something_earlier_is_not_split() {
        let log = log();
        let line = TimeLine::new(&log, &notices()).unwrap();
        assert_eq!(line.split(samples(1_300), (samples(1_400), samples(1_650))), None);
        assert!(TimeLine::new(&log, &[]).is_none());
    }
}
