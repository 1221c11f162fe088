//! Which model files exist, what each must hash to, and where they lie on this machine.
//!
//! [`Manifest`] is `models/manifest.toml`, built into the binary so that it knows its own weights. [`Cache`] is the folder that
//! `cargo xtask models fetch` fills and that every clone of the user shares. Nothing here downloads anything.

mod cache;
mod digest;
mod manifest;
#[cfg(feature = "onnx")]
pub mod onnx;
mod origin;

pub use cache::{Cache, CacheError, Presence};
pub use digest::{BadSha256, Sha256};
pub use manifest::{Entry, Manifest, ManifestError, Role};
pub use origin::{Conversion, Origin, PackageFile, Registry};

/// What to run when a model is missing or broken; part of every error message about one.
pub const FETCH_COMMAND: &str = "cargo xtask models fetch";
