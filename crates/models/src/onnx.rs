//! ONNX Runtime, loaded once a process from the library in the model cache.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use ort::environment::Environment;

/// Why ONNX Runtime cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OnnxError {
    /// No file there.
    #[error("ONNX Runtime is missing at {}: run `{}`", .0.display(), crate::FETCH_COMMAND)]
    Missing(PathBuf),
    /// The file is no loadable ONNX Runtime of a version that this program was built for.
    #[error("ONNX Runtime cannot be loaded from {}: {reason}", path.display())]
    Unloadable {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
}

// `ort` itself keeps only a weak reference, and refuses a second environment.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads ONNX Runtime from this shared library; every session is built on what it gives. Later calls return the same at
/// once, whatever path they give: there is one a process.
///
/// A failed call changes nothing, so that another path may be tried.
pub fn init(library: &Path) -> Result<Environment, OnnxError> {
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = environment.as_ref() {
        return Ok(environment.clone());
    }
    if !library.is_file() {
        return Err(OnnxError::Missing(library.to_owned()));
    }
    let unloadable = |reason: String| OnnxError::Unloadable { path: library.to_owned(), reason };
    // `ort` looks beside the executable first when the path is relative.
    let absolute = std::path::absolute(library).map_err(|error| unloadable(error.to_string()))?;
    let builder = ort::init_from(&absolute).map_err(|error| unloadable(error.to_string()))?;
    let built = builder.with_name("ermu").build().map_err(|error| unloadable(error.to_string()))?;
    *environment = Some(built.clone());
    Ok(built)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_says_what_to_run() {
        let message = init(Path::new("/nowhere/libonnxruntime.so")).err().unwrap().to_string();
        assert!(message.contains("cargo xtask models fetch"), "{message}");
    }

    #[test]
    fn a_dead_library_is_an_error_and_not_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("libonnxruntime.so");
        std::fs::write(&path, "not an ELF file").unwrap();
        assert!(matches!(init(&path), Err(OnnxError::Unloadable { .. })));
    }
}
