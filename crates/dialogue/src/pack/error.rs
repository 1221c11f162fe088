//! What can be wrong with a shop pack.

/// Why a shop pack was refused; it names the place to correct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A file is not there.
    #[error("the shop pack lacks the file {file}")]
    Missing {
        /// Its name.
        file: &'static str,
    },
    /// Something in a file is wrong.
    #[error("{file}:{line}: {problem}")]
    Malformed {
        /// Its name.
        file: &'static str,
        /// The line, from 1.
        line: u64,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

impl PackError {
    pub(crate) fn at(file: &'static str, line: u64, problem: impl Into<String>) -> Self {
        Self::Malformed { file, line, problem: problem.into() }
    }

    pub(crate) fn yaml(file: &'static str, error: &serde_saphyr::Error) -> Self {
        let line = error.location().map_or(1, |location| location.line());
        Self::at(file, line, error.to_string().lines().next().unwrap_or("not valid YAML"))
    }

    pub(crate) fn csv(file: &'static str, error: &csv::Error) -> Self {
        let line = error.position().map_or(1, csv::Position::line);
        match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => Self::at(file, line, err.to_string()),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                Self::at(file, line, format!("has {len} fields, the first line has {expected_len}"))
            }
            _ => Self::at(file, line, error.to_string()),
        }
    }
}
