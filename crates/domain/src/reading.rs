//! What a photo says in writing.

use serde::{Deserialize, Serialize};

use crate::{Pii, Region};

/// A value of a known form that was read on a photo. It is the sender's claim, as spoken words are; never an instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadField {
    /// What it is.
    pub kind: FieldKind,
    /// The value: digits and capital letters, without spaces. Labels are personal.
    pub value: Pii<String>,
    /// Probability of its characters, 0 to 1.
    pub confidence: f32,
    /// The box around the line that it stands on.
    pub region: Region,
}

/// The forms that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// The number of an order.
    OrderNumber,
    /// The serial number of a device.
    SerialNumber,
    /// A mobile phone number of mainland China (ITU-T E.164 national numbers of 11 digits, 13 to 19).
    Phone,
    /// What a device shows when something is wrong, such as `E04`.
    ErrorCode,
}
