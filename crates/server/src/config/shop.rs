use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[shop]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopConfig {
    /// The shop pack: what the owner edits.
    pub pack: PathBuf,
    /// Where the database is kept.
    pub data: PathBuf,
}

impl Default for ShopConfig {
    fn default() -> Self {
        Self { pack: "shops/demo".into(), data: "data".into() }
    }
}
