//! `cargo xtask test` and `cargo xtask check`.

use anyhow::Result;

use crate::{models, process, setup};

/// Everything that can fail at run time. One command builds it all once.
pub(crate) fn test() -> Result<()> {
    setup::run(setup::Purpose::Test)?;
    models::fetch(&models::FetchArgs::default())?;
    process::run(process::cargo().args(["test", "--release", "--workspace"]))
}

/// Everything that can be said without running: format, lints, documentation. Which crate may know which is a test.
pub(crate) fn check() -> Result<()> {
    process::run(process::cargo().args(["fmt", "--all", "--check"]))?;
    setup::run(setup::Purpose::Demo)?;
    let lints = ["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    process::run(process::cargo().args(lints))?;
    // Fuzz targets are outside the workspace and have to go on compiling.
    let fuzz = ["check", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target/fuzz"];
    process::run(process::cargo().args(fuzz))?;
    let docs = ["doc", "--release", "--workspace", "--no-deps", "--document-private-items"];
    process::run(process::cargo().args(docs).env("RUSTDOCFLAGS", "--deny warnings"))
}
