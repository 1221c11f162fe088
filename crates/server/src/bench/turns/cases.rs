//! The cases: who says what, when, and what Ermu should do about it.

use std::time::Duration;

use ermu_domain::Language;
use serde::Deserialize;

use super::callers::{Callers, Clip};

/// Which part of the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Half {
    /// Thresholds are chosen on it.
    Tuning,
    /// Numbers are reported on it.
    HeldOut,
}

/// What a case asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ermu has to fall silent and answer.
    Interruption,
    /// Ermu has to speak on.
    Backchannel,
    /// The same for a cough, keys, a knock.
    Noise,
    /// The same for somebody else's voice, and words for somebody else.
    NotForMe,
    /// A pause inside a sentence: Ermu has to wait.
    Thinking,
    /// A number read with gaps, after it was asked for.
    Digits,
    /// A plain question.
    Question,
    /// Ermu's own voice out of the caller's loudspeaker.
    Echo,
}

/// When a clip begins to play.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// This long after the last clip's end.
    AfterLast(Duration),
    /// This long into Ermu's next speech.
    IntoSpeech(Duration),
    /// This long after Ermu has said all.
    AfterSpeech(Duration),
}

/// A clip to play.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    pub(super) when: When,
    pub(super) clip: &'a Clip,
    /// Relative to the caller's usual level.
    pub(super) gain_db: f32,
}

/// One short call.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) language: Language,
    pub(super) lines: Vec<Line<'a>>,
    /// The line that is judged first; those before it lead there.
    pub(super) judged: usize,
    /// Whether the judged sound plays while Ermu speaks.
    pub(super) over_speech: Place,
    /// What the caller types when the first answer begins, for a long reply that does not depend on what was heard.
    pub(super) typed: Option<&'static str>,
    /// Level of Ermu's voice in the caller's microphone, and its delay.
    pub(super) echo: Option<(f32, Duration)>,
}

/// Where the judged sound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    OverSpeech,
    InSilence,
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A pause after which the caller opens the call, and between turns.
const POLITE: Duration = ms(500);

/// All cases of a half.
pub(super) fn all(callers: &Callers, half: Half) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    over_replies(callers, half, &mut cases);
    in_silence(callers, half, &mut cases);
    turns(callers, half, &mut cases);
    for (n, (db, delay)) in [(-20.0, 90), (-20.0, 240), (-25.0, 150), (-30.0, 200)].into_iter().enumerate() {
        for clip in callers.of("opening", half) {
            let mut case = opened(callers, clip, Kind::Echo, format!("echo{db}dB"));
            case.name = format!("{}-{n}", case.name);
            case.judged = 1;
            case.echo = Some((db, ms(delay)));
            cases.push(case);
        }
    }
    cases
}

/// A call whose caller speaks once, so that the level is known, and then asks for the order: a long reply follows.
fn opened<'a>(callers: &'a Callers, clip: &'a Clip, kind: Kind, name: impl std::fmt::Display) -> Case<'a> {
    let opening = callers.by_same(clip, "opening");
    Case {
        name: format!("{name}-{}", clip.name.trim_end_matches(".wav")),
        kind,
        language: opening.language,
        lines: vec![Line { when: When::AfterSpeech(POLITE), clip: opening, gain_db: 0.0 }],
        judged: 1,
        over_speech: Place::OverSpeech,
        typed: Some(match opening.language {
            Language::Chinese => "我的订单123456发货了吗",
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => {
                "where is my order 123456"
            }
        }),
        echo: None,
    }
}

fn over_replies<'a>(callers: &'a Callers, half: Half, cases: &mut Vec<Case<'a>>) {
    // How far into the reply: sentences of Ermu take some seconds.
    let offsets = [ms(900), ms(2_100), ms(3_400), ms(1_500), ms(2_700)];
    let mut count = 0;
    let mut add = |clip: &'a Clip, kind: Kind, name: &str, gain_db: f32| {
        let mut case = opened(callers, clip, kind, name);
        case.lines.push(Line { when: When::IntoSpeech(offsets[count % offsets.len()]), clip, gain_db });
        count += 1;
        cases.push(case);
    };
    for (n, clip) in callers.of("interruption", half).into_iter().enumerate() {
        add(clip, Kind::Interruption, "interruption", [0.0, -4.0, 3.0][n % 3]);
        add(clip, Kind::Interruption, "interruption-again", [-2.0, 2.0, -5.0][n % 3]);
    }
    for (n, clip) in callers.of("recorded", half).into_iter().enumerate() {
        add(clip, Kind::Interruption, "interruption-recorded", [0.0, -4.0, 3.0][n % 3]);
    }
    for (n, clip) in callers.of("backchannel", half).into_iter().enumerate() {
        add(clip, Kind::Backchannel, "backchannel", [0.0, -6.0, -3.0][n % 3]);
        add(clip, Kind::Backchannel, "backchannel-again", [-4.0, -1.0, -8.0][n % 3]);
    }
    for kind in ["cough", "typing"] {
        for (n, clip) in callers.of(kind, half).into_iter().enumerate() {
            add(clip, Kind::Noise, kind, [0.0, -5.0][n % 2]);
            add(clip, Kind::Noise, &format!("{kind}-again"), [-8.0, 2.0][n % 2]);
        }
    }
    for clip in callers.of("background", half) {
        add(clip, Kind::NotForMe, "background-12dB", -12.0);
        add(clip, Kind::NotForMe, "background-18dB", -18.0);
    }
    for clip in callers.of("aside", half) {
        add(clip, Kind::NotForMe, "aside", 0.0);
    }
    // Into the greeting, when nothing is known of the caller.
    for clip in callers.of("interruption", half).into_iter().step_by(4) {
        cases.push(greeted(clip, Kind::Interruption, "interruption-greeting"));
    }
    for clip in callers.of("backchannel", half).into_iter().step_by(4) {
        cases.push(greeted(clip, Kind::Backchannel, "backchannel-greeting"));
    }
}

fn greeted<'a>(clip: &'a Clip, kind: Kind, name: &str) -> Case<'a> {
    Case {
        name: format!("{name}-{}", clip.name.trim_end_matches(".wav")),
        kind,
        language: clip.language,
        lines: vec![Line { when: When::IntoSpeech(ms(1_800)), clip, gain_db: 0.0 }],
        judged: 0,
        over_speech: Place::OverSpeech,
        typed: None,
        echo: None,
    }
}

fn in_silence<'a>(callers: &'a Callers, half: Half, cases: &mut Vec<Case<'a>>) {
    let kinds = [
        ("cough", Kind::Noise, 0.0),
        ("typing", Kind::Noise, 0.0),
        ("background", Kind::NotForMe, -15.0),
        ("aside", Kind::NotForMe, 0.0),
    ];
    for (name, kind, gain_db) in kinds {
        for clip in callers.of(name, half) {
            let mut case = opened(callers, clip, kind, format!("{name}-silence"));
            case.lines.push(Line { when: When::AfterSpeech(ms(900)), clip, gain_db });
            case.over_speech = Place::InSilence;
            cases.push(case);
        }
    }
}

fn turns<'a>(callers: &'a Callers, half: Half, cases: &mut Vec<Case<'a>>) {
    let plain = |clip: &'a Clip, kind, name: &str| Case {
        name: format!("{name}-{}", clip.name.trim_end_matches(".wav")),
        kind,
        language: clip.language,
        lines: vec![Line { when: When::AfterSpeech(POLITE), clip, gain_db: 0.0 }],
        judged: 0,
        over_speech: Place::InSilence,
        typed: None,
        echo: None,
    };
    for clip in callers.of("question", half).into_iter().chain(callers.of("opening", half)) {
        cases.push(plain(clip, Kind::Question, "question"));
    }
    let (first, second) = (callers.of("thinking_a", half), callers.of("thinking_b", half));
    for (a, b) in first.into_iter().zip(second) {
        for pause in [500, 800, 1_100] {
            let mut case = plain(a, Kind::Thinking, &format!("thinking-{pause}"));
            case.lines.push(Line { when: When::AfterLast(ms(pause)), clip: b, gain_db: 0.0 });
            cases.push(case);
        }
    }
    let parts = ["digits_a", "digits_b", "digits_c"].map(|kind| callers.of(kind, half));
    let mut thirds = parts[2].iter();
    for (a, b) in parts[0].iter().zip(&parts[1]) {
        // Two digits at a time are followed by a third part.
        let third =
            if a.pcm.len() < 48_000 * 11 / 10 && a.language == Language::Chinese { thirds.next() } else { None };
        for gap in [400, 700] {
            let ask = callers.by_same(a, "ask");
            let mut case = plain(ask, Kind::Digits, &format!("digits-{gap}-{}", a.name.trim_end_matches(".wav")));
            case.judged = 1;
            case.language = a.language;
            case.lines.push(Line { when: When::AfterSpeech(POLITE), clip: a, gain_db: 0.0 });
            for part in [Some(b), third].into_iter().flatten() {
                case.lines.push(Line { when: When::AfterLast(ms(gap)), clip: part, gain_db: 0.0 });
            }
            cases.push(case);
        }
    }
}
