//! What tests share: model files, fixtures, the optional folder of evaluation data, and a renderer of walls. Only ever a dev-dependency.
//!
//! These functions panic where a test could not go on, with a message that says what to run.

pub mod language_model;
pub mod shop_system;
pub mod wall;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Once;

use ermu_models::Cache;

/// The verified file of a model.
///
/// # Panics
/// If it was not fetched: run `cargo xtask models fetch`.
#[must_use]
pub fn model(id: &str) -> PathBuf {
    Cache::of_user().and_then(|cache| cache.verified(id)).unwrap_or_else(|error| panic!("{error}"))
}

/// ONNX Runtime for this process, to build sessions on.
///
/// # Panics
/// If the library was not fetched or does not load.
pub fn init_onnx() -> ermu_models::onnx::Environment {
    ermu_models::onnx::init(&model("onnxruntime")).unwrap_or_else(|error| panic!("{error}"))
}

/// The folder of real recordings and photos that this project may use but not ship: `$ERMU_SHARED_DATA`, else `../shared/data`
/// beside the checkout. Prints "skipped: no data …" and gives `None` where there is none, so that the test can return.
#[must_use]
#[expect(clippy::print_stderr, reason = "a skipped test must be seen to be skipped")]
pub fn shared_data() -> Option<PathBuf> {
    let dir = env::var_os("ERMU_SHARED_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if dir.is_dir() {
        return dir.canonicalize().ok();
    }
    static TOLD: Once = Once::new();
    TOLD.call_once(|| eprintln!("skipped: no data at {} (set ERMU_SHARED_DATA)", dir.display()));
    None
}

/// A file of the repository, such as `fixture("audio-fixtures/manifest.toml")`.
///
/// # Panics
/// If it is not there.
#[must_use]
pub fn fixture(path_from_root: &str) -> PathBuf {
    let path = root().join(path_from_root);
    assert!(path.exists(), "no fixture at {}", path.display());
    path
}

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map_or_else(PathBuf::new, Path::to_owned)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_root_holds_the_workspace() {
        assert!(super::fixture("Cargo.toml").is_file());
        assert!(super::fixture("models/manifest.toml").is_file());
    }

    #[test]
    #[should_panic(expected = "no model is called")]
    fn an_unknown_model_panics_with_its_name() {
        let _ = super::model("no-such-model");
    }

    #[test]
    fn onnx_runtime_loads_and_a_second_call_is_free() {
        super::init_onnx();
        super::init_onnx();
    }
}
