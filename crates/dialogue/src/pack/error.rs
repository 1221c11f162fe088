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
    /// Several things are wrong. None of them is `Several` again.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<PackError>),
}

impl PackError {
    /// Everything that is wrong, one by one.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(problems) => problems,
            Self::Missing { .. } | Self::Malformed { .. } => std::slice::from_ref(self),
        }
    }

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

/// Gathers what is wrong, so that a shop owner sees all of it at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<PackError>);

impl Problems {
    /// The value, or none if there was a problem, which is kept.
    pub(crate) fn take<T>(&mut self, result: Result<T, PackError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(PackError::Several(problems)) => {
                self.0.extend(problems);
                None
            }
            Err(problem) => {
                self.0.push(problem);
                None
            }
        }
    }

    /// Keeps a problem.
    pub(crate) fn add(&mut self, file: &'static str, line: u64, problem: impl Into<String>) {
        self.0.push(PackError::at(file, line, problem));
    }

    /// An error if there was any problem.
    pub(crate) fn end(mut self) -> Result<(), PackError> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(self.0.remove(0)),
            _ => Err(PackError::Several(self.0)),
        }
    }
}
