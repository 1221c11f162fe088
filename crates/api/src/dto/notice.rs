//! What the customer's page is shown during a call, over the data channel.

use ermu_domain::EmotionEstimate;
use serde::Serialize;

use super::{Decision, Finding, Promise, code};

/// A message to the page; `type` says which.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody said something.
    Caption {
        /// `caller` or `agent`.
        speaker: &'static str,
        /// The words.
        text: String,
        /// When it began.
        start_ms: u64,
        /// When it ended.
        end_ms: u64,
        /// How the caller sounded, if it could be told.
        emotion: Option<Emotion>,
    },
    /// The caller's voice is heard now, or no longer.
    Listening {
        /// Which.
        voice: bool,
    },
    /// Ermu has something to say, or has said all of it.
    Speaking {
        /// Which.
        voice: bool,
    },
    /// A photo was looked at.
    Photo {
        /// Its id.
        photo: String,
        /// Width of the upright photo.
        width_px: u32,
        /// Height of the upright photo.
        height_px: u32,
        /// Why it cannot be judged: `blurred`, `dark`, `glare`, `small`, `empty`; none if it can.
        faults: Vec<&'static str>,
        /// Damage, the surest first.
        findings: Vec<Finding>,
        /// The same in the caller's language.
        words: String,
    },
    /// A photo of a wall was looked at; the drawn photo is at `annotated`.
    Wall {
        /// Its id.
        photo: String,
        /// Where the holes belong; none if it cannot be measured.
        holes: Vec<HolePoint>,
        /// Their numbers and names in the caller's language, or which photo is needed instead.
        words: String,
    },
    /// A rule decided.
    Decided {
        /// What and why.
        decision: Decision,
    },
    /// A ticket is stored for good.
    Ticket {
        /// What the customer may know of it.
        ticket: CustomerTicket,
    },
    /// A person takes over.
    HandOff {
        /// `asked`, `angry`, `not_understood`, `photos_unusable`, `rule` or `failure`.
        reason: &'static str,
    },
}

/// Where a hole belongs on a photo.
#[derive(Debug, Clone, Serialize)]
pub struct HolePoint {
    /// Its number, from 1.
    pub number: usize,
    /// From the left, as a share of the photo's width.
    pub x: f32,
    /// From the top, as a share of its height.
    pub y: f32,
    /// Nine of ten such points are nearer to the truth than this, in mm.
    pub error_mm: f32,
}

/// How something was said.
#[derive(Debug, Clone, Serialize)]
pub struct Emotion {
    /// `angry`, `happy`, `neutral` or `sad`.
    pub label: &'static str,
    /// How likely, 0 to 1.
    pub probability: f32,
}

/// A ticket without what is meant for staff only.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerTicket {
    /// Its number.
    pub number: String,
    /// `damage` or `hand_off`.
    pub kind: &'static str,
    /// The order.
    pub order: Option<String>,
    /// What was noted down.
    pub statements: Vec<String>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// What was promised.
    pub promises: Vec<Promise>,
    /// Why a person goes on with it, if one does.
    pub hand_off: Option<&'static str>,
}

/// The JSON text of a notice, as the engine sends it to the page.
pub fn notice_json(notice: &ermu_engine::Notice) -> String {
    // Strings, numbers and lists only: there is nothing in it that JSON could refuse.
    serde_json::to_string(&Notice::from(notice)).unwrap_or_default()
}

impl From<&ermu_engine::Notice> for Notice {
    fn from(notice: &ermu_engine::Notice) -> Self {
        use ermu_engine::Notice as From;
        match notice {
            From::Caption { speaker, text, span, emotion } => Self::Caption {
                speaker: code::speaker(*speaker),
                text: text.clone(),
                start_ms: span.start.as_millis(),
                end_ms: span.end.as_millis(),
                emotion: emotion.as_ref().map(Emotion::from),
            },
            From::Listening { voice } => Self::Listening { voice: *voice },
            From::Speaking { voice } => Self::Speaking { voice: *voice },
            From::Photo { photo, report, words } => Self::Photo {
                photo: photo.to_string(),
                width_px: report.width_px,
                height_px: report.height_px,
                faults: report.faults.iter().map(|&fault| code::fault(fault)).collect(),
                findings: report.findings.iter().map(Finding::from).collect(),
                words: words.clone(),
            },
            From::Wall { photo, report, words } => Self::Wall {
                photo: photo.to_string(),
                holes: report.iter().flat_map(|report| &report.holes).map(HolePoint::from).collect(),
                words: words.clone(),
            },
            From::Decided { decision } => Self::Decided { decision: decision.into() },
            From::TicketStored { number, ticket } => Self::Ticket {
                ticket: CustomerTicket {
                    number: number.to_string(),
                    kind: code::ticket_kind(ticket.kind),
                    order: ticket.order.as_ref().map(ToString::to_string),
                    statements: ticket.statements.iter().map(|statement| statement.text.clone()).collect(),
                    decision: ticket.decision.as_ref().map(Decision::from),
                    promises: ticket.promises.iter().map(Promise::from).collect(),
                    hand_off: ticket.hand_off.map(code::hand_off),
                },
            },
            From::HandOff { reason } => Self::HandOff { reason: code::hand_off(*reason) },
        }
    }
}

impl From<&ermu_domain::HolePoint> for HolePoint {
    fn from(point: &ermu_domain::HolePoint) -> Self {
        Self { number: point.hole + 1, x: point.on_photo.x, y: point.on_photo.y, error_mm: point.error_mm }
    }
}

impl From<&EmotionEstimate> for Emotion {
    fn from(estimate: &EmotionEstimate) -> Self {
        let (emotion, probability) = estimate.likeliest();
        Self { label: code::emotion(emotion), probability }
    }
}

#[cfg(test)]
mod tests {
    use ermu_domain::{
        Basis, DefectKind, ImageFinding, NineGrid, PhotoId, PhotoReport, QualityFault, Region, SessionTime, TicketId,
        TimeSpan,
    };
    use ermu_engine::Speaker;
    use serde_json::{Value, json};

    use super::*;
    use crate::dto::ticket::tests::full_ticket;

    fn sent(notice: &ermu_engine::Notice) -> Value {
        serde_json::from_str(&notice_json(notice)).unwrap()
    }

    #[test]
    fn captions() {
        let caption = ermu_engine::Notice::Caption {
            speaker: Speaker::Caller,
            text: "你好\u{2028}\"".into(),
            span: TimeSpan { start: SessionTime::from_micros(1_500_900), end: SessionTime::from_millis(2_000) },
            emotion: Some(EmotionEstimate { angry: 0.75, happy: 0.0, neutral: 0.25, sad: 0.0 }),
        };
        assert_eq!(
            sent(&caption),
            json!({
                "type": "caption", "speaker": "caller", "text": "你好\u{2028}\"", "start_ms": 1500, "end_ms": 2000,
                "emotion": {"label": "angry", "probability": 0.75},
            })
        );
    }

    #[test]
    fn photos() {
        let finding = ImageFinding {
            kind: DefectKind::Scratch,
            region: Region { x: 0.5, y: 0.25, width: 0.125, height: 0.0625 },
            place: NineGrid::TopRight,
            area: 0.25,
            confidence: 0.5,
            basis: Basis::PhotoAlone,
        };
        let report = PhotoReport {
            width_px: 640,
            height_px: 480,
            faults: vec![QualityFault::Glare],
            findings: vec![finding],
            fields: vec![],
        };
        let photo = ermu_engine::Notice::Photo { photo: PhotoId(1), report, words: "右上角有一道划痕".into() };
        assert_eq!(
            sent(&photo),
            json!({
                "type": "photo", "photo": "p1", "width_px": 640, "height_px": 480, "faults": ["glare"],
                "words": "右上角有一道划痕",
                "findings": [{
                    "kind": "scratch", "region": {"x": 0.5, "y": 0.25, "width": 0.125, "height": 0.0625},
                    "place": "top_right", "area": 0.25, "confidence": 0.5, "basis": "photo_alone",
                }],
            })
        );
    }

    #[test]
    fn the_customer_sees_the_ticket_without_what_is_for_staff() {
        let stored = ermu_engine::Notice::TicketStored { number: TicketId(7), ticket: Box::new(full_ticket()) };
        assert_eq!(
            sent(&stored),
            json!({
                "type": "ticket",
                "ticket": {
                    "number": "T000007", "kind": "damage", "order": "123456", "statements": ["杯身有裂纹"],
                    "decision": {"remedy": "replace", "rule": "damage-7d", "clause": {"zh": "七天内换新", "en": "New within 7 days"}},
                    "promises": [{"text": "明天取件", "heard": "partly"}], "hand_off": null,
                },
            })
        );
    }
}
