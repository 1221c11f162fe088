//! What a scripted customer is: goal, facts, persona, surprises, and what has to have come of it. `docs/eval-calls.md`
//! explains the format.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail};
use ermu_domain::{
    ActionKind, Basis, DefectKind, HandOffReason, ImageFinding, Language, NineGrid, PhotoReport, Pii, QualityFault,
    ReadField, Region, Remedy, TicketKind,
};
use serde::Deserialize;

/// A scripted customer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Its name, unique in the folder.
    pub(crate) name: String,
    /// What the customer wants, for people who read the file.
    #[allow(dead_code, reason = "for readers")]
    #[serde(default)]
    pub(crate) goal: String,
    #[serde(default)]
    pub(crate) language: Language,
    /// The phone number of a customer whom the shop's site has signed in.
    #[serde(default)]
    pub(crate) caller: String,
    /// The first words, in several wordings: each is a call of its own.
    pub(crate) opening: Vec<String>,
    #[serde(default)]
    pub(crate) mood: Mood,
    #[serde(default)]
    pub(crate) channel: Channel,
    /// What the customer knows, and says when it is asked for.
    #[serde(default)]
    pub(crate) facts: BTreeMap<Topic, Wordings>,
    /// What the customer sends when a photo is asked for, in order.
    #[serde(default)]
    pub(crate) photos: Vec<Photo>,
    /// A photo that is sent with the first words.
    #[serde(default)]
    pub(crate) photo_first: Option<Photo>,
    #[serde(default)]
    pub(crate) surprises: Vec<Surprise>,
    /// What is asked later, one after the other, when nothing else is open.
    #[serde(default)]
    pub(crate) then: Vec<Wordings>,
    /// How often the same customer calls with the same wish, one call after the other.
    #[serde(default = "one")]
    pub(crate) calls: u32,
    #[serde(default)]
    pub(crate) expect: Expect,
}

const fn one() -> u32 {
    1
}

/// One text, or several of which each call takes one.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Wordings {
    One(String),
    Several(Vec<String>),
}

impl Wordings {
    /// The wording of this call.
    pub(crate) fn of(&self, call: usize) -> &str {
        match self {
            Self::One(text) => text,
            Self::Several(texts) => texts.get(call % texts.len().max(1)).map_or("", String::as_str),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    #[default]
    Calm,
    Angry,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    #[default]
    Speech,
    Typing,
}

/// What Ermu can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    /// The order's number.
    Order,
    /// Whether it heard the number well.
    ConfirmNumber,
    /// Which of the customer's orders.
    Which,
    /// The end of the phone number.
    Phone,
    Photo,
    Problem,
    Wish,
    Address,
    Day,
    Title,
    /// Whether what the photo shows is meant.
    ThisDamage,
    /// Whether the order is the right one although its product has another name.
    ThisOrder,
    /// Whether a remedy is to be registered.
    Proposal,
    /// Whether a person should call.
    Person,
    /// Height and weight, or what the size table needs.
    Size,
    /// Whether to try again.
    Retry,
    /// Nothing in particular.
    Else,
    /// It did not understand.
    Puzzled,
}

/// Something that the customer does instead of answering.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Surprise {
    /// When this is asked for.
    pub(crate) at: Topic,
    #[serde(default)]
    pub(crate) say: Option<Wordings>,
    #[serde(default)]
    pub(crate) how: How,
    #[serde(default)]
    pub(crate) mood: Mood,
    #[serde(default)]
    pub(crate) photo: Option<Photo>,
}

impl Case {
    /// Every photo that the customer may send.
    pub(crate) fn all_photos(&self) -> impl Iterator<Item = &Photo> {
        let surprises = self.surprises.iter().filter_map(|surprise| surprise.photo.as_ref());
        self.photos.iter().chain(&self.photo_first).chain(surprises)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// When Ermu has finished.
    #[default]
    InTurn,
    /// Into Ermu's words, after the first of them.
    BargeIn,
    /// By hanging up.
    HangUp,
}

/// `scratch top_right 0.83`, with `alone` behind where no reference exists; `clean`, `blurred`, `dark`, `broken`;
/// `label order_number 654321 error_code E04`. With `as coffee-machine-scratch.jpg` behind, that file shows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Photo {
    /// What is seen on it, where nobody really looks.
    pub(crate) shows: Shows,
    /// What is sent where somebody does.
    pub(crate) file: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shows {
    Damage { finding: ImageFinding, has_reference: bool },
    Clean,
    Fault(QualityFault),
    Broken,
    Label(Vec<ReadField>),
}

impl TryFrom<String> for Photo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (shows, file) = match text.split_once(" as ") {
            Some((shows, file)) => (shows, Some(file.trim().to_owned())),
            None => (text.as_str(), None),
        };
        Ok(Self { shows: shows.to_owned().try_into()?, file })
    }
}

impl TryFrom<String> for Shows {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let name = |word: &str| serde_json::Value::from(word);
        let bad = |error: &dyn std::fmt::Display| format!("photo {text:?}: {error}");
        Ok(match words.as_slice() {
            ["clean"] => Self::Clean,
            ["broken"] => Self::Broken,
            ["label", values @ ..] => {
                let (pairs, []) = values.as_chunks::<2>() else { return Err(bad(&"a value is missing")) };
                let field = |[kind, value]: &[&str; 2]| {
                    Ok(ReadField {
                        kind: serde_json::from_value(name(kind)).map_err(|error| bad(&error))?,
                        value: Pii::new((*value).to_owned()),
                        confidence: 0.9,
                        region: Region { x: 0.1, y: 0.2, width: 0.3, height: 0.05 },
                    })
                };
                Self::Label(pairs.iter().map(field).collect::<Result<_, String>>()?)
            }
            [fault] => Self::Fault(serde_json::from_value::<QualityFault>(name(fault)).map_err(|error| bad(&error))?),
            [kind, place, confidence, rest @ ..] => Self::Damage {
                finding: ImageFinding {
                    kind: serde_json::from_value::<DefectKind>(name(kind)).map_err(|error| bad(&error))?,
                    place: serde_json::from_value::<NineGrid>(name(place)).map_err(|error| bad(&error))?,
                    confidence: confidence.parse().map_err(|error| bad(&error))?,
                    region: Region { x: 0.7, y: 0.1, width: 0.2, height: 0.05 },
                    area: 0.01,
                    basis: Basis::Reference,
                },
                has_reference: rest.is_empty(),
            },
            _ => return Err(bad(&"write `scratch top_right 0.83`, `clean`, `blurred`, `dark` or `broken`")),
        })
    }
}

impl Shows {
    /// What an inspection reports; none if it fails.
    pub(crate) fn report(&self, product_is_known: bool) -> Option<PhotoReport> {
        let report = |faults, findings| {
            Some(PhotoReport { width_px: 1200, height_px: 900, faults, findings, fields: Vec::new() })
        };
        match self {
            Self::Damage { finding, has_reference } => {
                let basis = if *has_reference && product_is_known { Basis::Reference } else { Basis::PhotoAlone };
                report(Vec::new(), vec![ImageFinding { basis, ..finding.clone() }])
            }
            Self::Clean => report(Vec::new(), Vec::new()),
            Self::Fault(fault) => report(vec![*fault], Vec::new()),
            Self::Label(fields) => {
                report(Vec::new(), Vec::new()).map(|report| PhotoReport { fields: fields.clone(), ..report })
            }
            Self::Broken => None,
        }
    }
}

/// What has to have come of the calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// Each stands in what Ermu said. With `|` between: one of them does.
    #[serde(default)]
    pub(crate) said: Vec<String>,
    /// None stands in what Ermu said.
    #[serde(default)]
    pub(crate) never: Vec<String>,
    /// The tickets in the database, all of them.
    #[serde(default)]
    pub(crate) tickets: Vec<ExpectedTicket>,
    /// The outbox, all of it: `refund_money 654321`.
    #[serde(default)]
    pub(crate) actions: Vec<String>,
}

/// A ticket; what is not written here may be anything.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedTicket {
    pub(crate) kind: TicketKind,
    #[serde(default)]
    pub(crate) order: Option<String>,
    #[serde(default)]
    pub(crate) remedy: Option<Remedy>,
    #[serde(default)]
    pub(crate) rule: Option<String>,
    #[serde(default)]
    pub(crate) hand_off: Option<HandOffReason>,
    /// Where the damage is.
    #[serde(default)]
    pub(crate) place: Option<NineGrid>,
    /// Words of a detail or a statement.
    #[serde(default)]
    pub(crate) holds: Vec<String>,
}

/// `refund_money` → the action.
pub(crate) fn action_kind(name: &str) -> anyhow::Result<ActionKind> {
    serde_json::from_value(name.into()).with_context(|| format!("no action is called {name:?}"))
}

/// All cases of a folder, by file and name.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Vec<(String, Case)>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let mut cases: Vec<(String, Case)> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let read: Vec<Case> =
            serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
        for case in read {
            if case.opening.is_empty() {
                bail!("{}: the case `{}` has no opening", file.display(), case.name);
            }
            if cases.iter().any(|(_, known)| known.name == case.name) {
                bail!("{}: two cases are called `{}`", file.display(), case.name);
            }
            cases.push((file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), case));
        }
    }
    Ok(cases)
}
