//! What can go wrong with a shop's system.

use std::time::Duration;

/// Why something was not carried out, as far as is known: an answer may have been lost on its way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarryOutError {
    /// The system says that it will not do it: asking again does not help.
    #[error("refused: {0}")]
    Refused(String),
    /// The system did not answer, or not usefully: the same again, with the same key, may help.
    #[error("{reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// Not before this time has passed, says the system.
        retry_after: Option<Duration>,
    },
}

/// Why an order could not be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The system did not answer, or not with success.
    #[error("the shop's system: {0}")]
    Unavailable(String),
    /// The answer is not what was asked for.
    #[error("the shop's system: `{field}` {problem}")]
    Malformed {
        /// Which field; `$` is the whole answer.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Why an address cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// No URL.
    #[error("is no URL: {0}")]
    Malformed(String),
    /// Another scheme than `http`.
    #[error("has to begin with `http://`: for `https` put a proxy on this machine before it")]
    Scheme,
    /// Something that has no place in it.
    #[error("must have no user, no password, no `?` and no `#`: the token goes into an environment variable")]
    Parts,
    /// The token cannot stand in a header.
    #[error("the token holds characters that no header may hold")]
    Token,
    /// The HTTP client could not be made.
    #[error("the HTTP client: {0}")]
    Client(String),
}
