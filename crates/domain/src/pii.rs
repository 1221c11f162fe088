//! Personal data that must not reach a log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Personal data: prints as `***` in every formatted form, so that no log line can hold it by accident.
/// The stored form (serde) is whole: the ticket of a customer needs the customer's name.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Marks a value as personal.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it. Never format what this returns into a log.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_never_shows_the_value() {
        let phone = Pii::new("13800000000");
        assert_eq!(format!("{phone} {phone:?} {:?}", Some(&phone)), "*** *** Some(***)");
        assert_eq!(*phone.expose(), "13800000000");
    }
}
