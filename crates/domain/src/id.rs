//! Identifiers. Counters count within one session; `SessionId` and `TicketId` are unique in one installation.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

/// One call, from the first offer to hang-up. 128 bits chosen at random by the engine, so that nobody can guess the
/// address of somebody else's photos. Written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(pub u128);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a session id is 32 hexadecimal digits")]
pub struct InvalidSessionId;

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidSessionId);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| InvalidSessionId)
    }
}

impl TryFrom<String> for SessionId {
    type Error = InvalidSessionId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.to_string()
    }
}

/// A ticket's number, counted by the store and short enough to be spoken. Written `T000123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub u64);

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{:06}", self.0)
    }
}

impl FromStr for TicketId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix(['T', 't']).unwrap_or(text).parse().map(Self)
    }
}

/// The rule (clause) of a shop's after-sales table, as its owner named it, for example `damage-7d-replace`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(pub String);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

counter!(
    /// Work that the dialogue core asked for; the event that answers it carries the same id. Written `e7`.
    EffectId,
    "e"
);
counter!(
    /// A stretch of the caller's speech between two silences. Written `u3`.
    UtteranceId,
    "u"
);
counter!(
    /// A photo that the caller sent into the session. Written `p1`.
    PhotoId,
    "p"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_id_round_trips_and_refuses_other_text() {
        let id = SessionId(0xfeed);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "feed", "+000000000000000000000000000feed", "zz00000000000000000000000000feed"] {
            assert_eq!(bad.parse::<SessionId>(), Err(InvalidSessionId), "{bad}");
        }
    }

    #[test]
    fn ticket_id_is_spoken_short() {
        assert_eq!(TicketId(42).to_string(), "T000042");
        assert_eq!("T000042".parse(), Ok(TicketId(42)));
        assert!("T".parse::<TicketId>().is_err());
    }
}
