//! What can go wrong with a database, by what its owner can do about it.

use std::{io, path::PathBuf};

use ermu_domain::SessionId;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder cannot be made or opened.
    #[error("cannot open the database {path}: {source}")]
    File {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else, or broken.
    #[error("{path} is not an Ermu database or is damaged: move it away or restore a backup")]
    NotADatabase {
        /// The database file.
        path: PathBuf,
    },
    /// A newer Ermu has changed the tables.
    #[error("the database {path} was written by a newer Ermu (table version {version}): run that version")]
    TooNew {
        /// The database file.
        path: PathBuf,
        /// The version of its tables.
        version: i64,
    },
    /// Another process keeps it locked.
    #[error("the database {path} is locked by another process")]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The disk, or the size that was granted to the database, is full.
    #[error("no space left for the database {path}")]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot set up the database {path}: {source}")]
    Internal {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

impl OpenError {
    pub(crate) fn of(path: PathBuf, source: sqlx::Error) -> Self {
        match Fault::of(&source) {
            Fault::Corrupt => Self::NotADatabase { path },
            Fault::Busy => Self::Locked { path },
            Fault::Full => Self::Full { path },
            Fault::Reference | Fault::Other => Self::Internal { path, source },
        }
    }
}

/// Why something could not be stored or read. After each of them the store stays usable.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the size that was granted to the database, is full. Nothing of the request was stored.
    #[error("the database is full: free disk space")]
    Full,
    /// Others kept the database locked for too long. Nothing of the request was stored; trying again may help.
    #[error("the database is busy")]
    Busy,
    /// What is stored cannot be understood.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// Nobody began this session.
    #[error("the session {0} was never begun")]
    UnknownSession(SessionId),
    /// Anything else.
    #[error("the database failed: {0}")]
    Internal(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        match Fault::of(&source) {
            Fault::Full => Self::Full,
            Fault::Busy => Self::Busy,
            Fault::Corrupt => Self::Corrupt(source.to_string()),
            Fault::Reference | Fault::Other => Self::Internal(source),
        }
    }
}

impl StoreError {
    /// The error of a write that belongs to a session: the tables' only references are to sessions.
    pub(crate) fn in_session(session: SessionId) -> impl Fn(sqlx::Error) -> Self {
        move |source| match Fault::of(&source) {
            Fault::Reference => Self::UnknownSession(session),
            Fault::Full | Fault::Busy | Fault::Corrupt | Fault::Other => source.into(),
        }
    }

    /// A value that has no stored form.
    pub(crate) fn unwritable(source: serde_json::Error) -> Self {
        Self::Internal(sqlx::Error::Encode(source.into()))
    }

    /// Stored text that does not parse.
    pub(crate) fn unreadable(what: &str, source: &serde_json::Error) -> Self {
        Self::Corrupt(format!("{what}: {source}"))
    }
}

enum Fault {
    Full,
    Busy,
    Corrupt,
    Reference,
    Other,
}

impl Fault {
    /// Sorts by SQLite's primary result code (<https://sqlite.org/rescode.html>), which is the low byte.
    fn of(error: &sqlx::Error) -> Self {
        const BUSY: u32 = 5;
        const LOCKED: u32 = 6;
        const CORRUPT: u32 = 11;
        const FULL: u32 = 13;
        const NOT_A_DATABASE: u32 = 26;

        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy;
        }
        let Some(database) = error.as_database_error() else { return Self::Other };
        if database.is_foreign_key_violation() {
            return Self::Reference;
        }
        match database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff) {
            Some(FULL) => Self::Full,
            Some(BUSY | LOCKED) => Self::Busy,
            Some(CORRUPT | NOT_A_DATABASE) => Self::Corrupt,
            _ => Self::Other,
        }
    }
}
