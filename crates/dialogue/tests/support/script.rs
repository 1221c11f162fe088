//! Scripts: one line a step, `WHEN WHAT`.
//!
//! | when | begins |
//! |---|---|
//! | `+0.8` | 0.8 s after everybody has fallen silent and nothing is under way |
//! | `~0.6` | 0.6 s after the end of the step before |
//! | `^1.0` | 1 s after Ermu next begins to speak |
//! | `@5.2` | 5.2 s after the beginning of the call |
//!
//! | what | |
//! |---|---|
//! | `say 1.5 TEXT` | 1.5 s of voice; `angry`, `mumble` (badly heard), `faint` (20 dB quieter) and `noise` (no words) alike |
//! | `judge 0.1` | the next pause sounds finished with this probability |
//! | `mute`, `unmute` | nothing comes from the caller's side; sound comes again |
//! | `type TEXT` | |
//! | `photo scratch top_right 0.83` | with `alone` behind: no reference photo exists; or `photo blurred`, `photo clean`, `photo broken`, `photo slow` |
//! | `photo wall 3 -2` | with the sheet on it, the first mark off by this many mm to the right and up; or `photo wall plain`, `photo wall oblique` |
//! | `photo label order_number 123456 error_code E04` | a photo of a label, or of a display |
//! | `hangup` | |
//!
//! Before the steps: `language en`, `caller 13800135678` (signed in), `fail lookup 1`, `fail ticket 2`, `fail hearing 3`, `hang hearing 1`,
//! `slow lookup 3.0`.

use std::{collections::VecDeque, time::Duration};

use ermu_dialogue::PhotoFailure;
use ermu_domain::{
    Basis, DefectKind, HolePoint, ImageFinding, Language, Mark, MarkSeen, MeasuredBy, MountingTemplate, NineGrid,
    PhotoPoint, PhotoReport, Pii, QualityFault, ReadField, Region, SessionTime, WallPoint, WallQuestion, WallRefusal,
    WallReport,
};

use super::report;

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) language: Language,
    /// The phone number of a caller who is signed in.
    pub(crate) caller: String,
    pub(crate) failing_lookups: u32,
    pub(crate) failing_tickets: u32,
    pub(crate) failing_transcripts: u32,
    pub(crate) hanging_transcripts: u32,
    pub(crate) lookup_time: Duration,
    pub(crate) steps: VecDeque<Step>,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) start: Start,
    pub(crate) action: Action,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Start {
    At(SessionTime),
    AfterStep(Duration),
    AfterQuiet(Duration),
    IntoSpeech(Duration),
}

#[derive(Debug)]
pub(crate) enum Action {
    Voice { length: Duration, text: String, confidence: f32, angry: bool, loudest_dbfs: f32 },
    Judge(f32),
    Mute,
    Unmute,
    Type(String),
    Photo(PhotoShows),
    HangUp,
}

#[derive(Debug, Clone)]
pub(crate) enum PhotoShows {
    Damage { kind: DefectKind, place: NineGrid, confidence: f32, has_reference: bool },
    NoDamage,
    Fault(QualityFault),
    Failed(PhotoFailure),
    Wall(WallShows),
    Label(Vec<ReadField>),
}

/// A wall: with the sheet and how far the first mark is off, or what makes it unfit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WallShows {
    Sheet(WallPoint),
    PlainPaper,
    Unfit(WallRefusal),
}

impl Script {
    pub(crate) fn parse(text: &str) -> Self {
        let mut script = Self {
            language: Language::Chinese,
            caller: String::new(),
            failing_lookups: 0,
            failing_tickets: 0,
            failing_transcripts: 0,
            hanging_transcripts: 0,
            lookup_time: Duration::from_millis(50),
            steps: VecDeque::new(),
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["language", code] => script.language = code.parse().expect("a script is well-formed"),
                ["caller", phone] => script.caller = phone.to_owned(),
                ["fail", "lookup", count] => script.failing_lookups = count.parse().expect("a script is well-formed"),
                ["fail", "ticket", count] => script.failing_tickets = count.parse().expect("a script is well-formed"),
                ["fail", "hearing", count] => {
                    script.failing_transcripts = count.parse().expect("a script is well-formed");
                }
                ["hang", "hearing", count] => {
                    script.hanging_transcripts = count.parse().expect("a script is well-formed");
                }
                ["slow", "lookup", time] => script.lookup_time = seconds(time),
                [when, what, ..] => {
                    let rest = |skipped: usize| {
                        line.splitn(skipped + 1, char::is_whitespace).nth(skipped).unwrap_or("").trim().to_owned()
                    };
                    let action = match what {
                        "say" => voice(words[2], rest(3), 0.9, false),
                        "angry" => voice(words[2], rest(3), 0.9, true),
                        "mumble" => voice(words[2], rest(3), 0.4, false),
                        "noise" => voice(words[2], String::new(), 0.9, false),
                        "faint" => match voice(words[2], rest(3), 0.9, false) {
                            Action::Voice { length, text, confidence, angry, .. } => {
                                Action::Voice { length, text, confidence, angry, loudest_dbfs: -40.0 }
                            }
                            other => other,
                        },
                        "judge" => Action::Judge(words[2].parse().expect("a script is well-formed")),
                        "mute" => Action::Mute,
                        "unmute" => Action::Unmute,
                        "type" => Action::Type(rest(2)),
                        "photo" => Action::Photo(photo(&words[2..])),
                        "hangup" => Action::HangUp,
                        _ => panic!("no such step: {line}"),
                    };
                    script.steps.push_back(Step { start: start(when), action });
                }
                _ => panic!("no such line: {line}"),
            }
        }
        script
    }
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs_f64(text.parse().unwrap_or_else(|_| panic!("{text:?} is no time")))
}

fn start(when: &str) -> Start {
    let time = seconds(&when[1..]);
    match &when[..1] {
        "@" => Start::At(SessionTime::ZERO + time),
        "~" => Start::AfterStep(time),
        "+" => Start::AfterQuiet(time),
        "^" => Start::IntoSpeech(time),
        _ => panic!("no such time: {when}"),
    }
}

fn voice(length: &str, text: String, confidence: f32, angry: bool) -> Action {
    Action::Voice { length: seconds(length), text, confidence, angry, loudest_dbfs: -20.0 }
}

fn photo(words: &[&str]) -> PhotoShows {
    match words {
        ["wall", "oblique"] => PhotoShows::Wall(WallShows::Unfit(WallRefusal::Oblique)),
        ["wall", "far"] => PhotoShows::Wall(WallShows::Unfit(WallRefusal::FarFromSheet { hole: 1 })),
        ["wall", "plain"] => PhotoShows::Wall(WallShows::PlainPaper),
        ["wall", right, up] => {
            let mm = |text: &str| text.parse().expect("a script is well-formed");
            PhotoShows::Wall(WallShows::Sheet(WallPoint { x_mm: mm(right), y_mm: mm(up) }))
        }
        ["clean"] => PhotoShows::NoDamage,
        ["broken"] => PhotoShows::Failed(PhotoFailure::Internal),
        ["slow"] => PhotoShows::Failed(PhotoFailure::TooSlow),
        ["blurred"] => PhotoShows::Fault(QualityFault::Blurred),
        ["label", values @ ..] => {
            let field = |pair: &[&str]| ReadField {
                kind: serde_json::from_value(pair[0].into()).expect("a known name"),
                value: Pii::new(pair[1].to_owned()),
                confidence: 0.9,
                region: Region { x: 0.1, y: 0.2, width: 0.3, height: 0.05 },
            };
            PhotoShows::Label(values.chunks_exact(2).map(field).collect())
        }
        ["dark"] => PhotoShows::Fault(QualityFault::Dark),
        [kind, place, confidence, rest @ ..] => PhotoShows::Damage {
            kind: serde_json::from_value((*kind).into()).expect("a known name"),
            place: serde_json::from_value((*place).into()).expect("a known name"),
            confidence: confidence.parse().expect("a script is well-formed"),
            has_reference: rest.is_empty(),
        },
        _ => panic!("no such photo: {words:?}"),
    }
}

impl PhotoShows {
    /// What an inspection reports, with or without knowing the product.
    pub(crate) fn report(&self, product_known: bool) -> Result<PhotoReport, PhotoFailure> {
        match self.clone() {
            Self::Failed(failure) => Err(failure),
            // Without the question about a wall there is nothing on it.
            Self::Wall(_) | Self::NoDamage => Ok(report(Vec::new(), Vec::new())),
            Self::Fault(fault) => Ok(report(Vec::new(), vec![fault])),
            Self::Label(fields) => Ok(PhotoReport { fields, ..report(Vec::new(), Vec::new()) }),
            Self::Damage { kind, place, confidence, has_reference } => {
                let region = Region { x: 0.7, y: 0.1, width: 0.2, height: 0.05 };
                let basis = if has_reference && product_known { Basis::Reference } else { Basis::PhotoAlone };
                let finding = ImageFinding { kind, region, place, area: 0.01, confidence, basis };
                Ok(report(vec![finding], Vec::new()))
            }
        }
    }
}

impl WallShows {
    /// What measuring it gives: each hole where it belongs, all marks but the first right.
    pub(crate) fn result(self, question: WallQuestion, template: &MountingTemplate) -> Result<WallReport, WallRefusal> {
        let (off, by) = match self {
            Self::Sheet(off) => (off, MeasuredBy::Markers),
            Self::PlainPaper => (WallPoint::default(), MeasuredBy::PlainPaper),
            Self::Unfit(refusal) => return Err(refusal),
        };
        let holes = template.holes.iter().enumerate().map(|(hole, of)| HolePoint {
            hole,
            on_photo: PhotoPoint { x: 0.5, y: 0.5 },
            on_wall: of.at,
            error_mm: 1.4,
        });
        let marks = (0..template.holes.len()).map(|hole| {
            let seen = MarkSeen::At(if hole == 0 { off } else { WallPoint::default() });
            Mark { hole, seen }
        });
        let marks = if question == WallQuestion::Marks { marks.collect() } else { Vec::new() };
        let (width_px, height_px) = (1600, 1200);
        Ok(WallReport { width_px, height_px, sheets: 1, by, holes: holes.collect(), keep_free: None, marks })
    }
}
