//! Where a model file comes from.

use std::fmt;

use serde::Deserialize;

/// How an entry's file comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Origin {
    /// One file of one registry package, as it is.
    Package {
        /// Which registry.
        registry: Registry,
        /// The package's name.
        name: String,
        /// The exact version.
        version: String,
        /// The file's path inside the wheel or tarball.
        path: String,
    },
    /// Files of several packages, joined end to end in this order.
    Joined {
        /// At least two parts.
        parts: Vec<PackageFile>,
    },
    /// Computed on this machine from other entries.
    Derived {
        /// How.
        conversion: Conversion,
        /// The ids of the entries it reads.
        from: Vec<String>,
    },
    /// Trained by this project; the file lies in `models/weights/` of the repository.
    TrainedHere {
        /// The folder of the training recipe, relative to the repository's root.
        recipe: String,
    },
}

/// One file inside a registry package.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFile {
    /// Which registry.
    pub registry: Registry,
    /// The package's name.
    pub name: String,
    /// The exact version.
    pub version: String,
    /// The file's path inside the wheel or tarball.
    pub path: String,
}

/// A package registry, used through its ordinary client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// Python packages, by `pip`.
    Pypi,
    /// JavaScript packages, by `npm`.
    Npm,
}

/// A named conversion that `xtask` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Conversion {
    /// Whisper from CTranslate2 and tokenizer.json to whisper.cpp's ggml, weights as 8-bit blocks.
    #[serde(rename = "ct2-to-ggml-q8_0")]
    Ct2ToGgmlQ8_0,
    /// The sentence encoder from NumPy's archive to safetensors, its table of word pieces put together.
    #[serde(rename = "use-npz-to-safetensors")]
    UseNpzToSafetensors,
}

impl Origin {
    /// The package files that this origin reads, in joining order; empty where none is.
    #[must_use]
    pub fn package_files(&self) -> Vec<PackageFile> {
        match self {
            Self::Package { registry, name, version, path } => vec![PackageFile {
                registry: *registry,
                name: name.clone(),
                version: version.clone(),
                path: path.clone(),
            }],
            Self::Joined { parts } => parts.clone(),
            Self::Derived { .. } | Self::TrainedHere { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package { registry, name, version, .. } => write!(f, "{registry} {name} {version}"),
            Self::Joined { parts } => {
                for (i, part) in parts.iter().enumerate() {
                    let plus = if i == 0 { "" } else { " + " };
                    write!(f, "{plus}{} {} {}", part.registry, part.name, part.version)?;
                }
                Ok(())
            }
            Self::Derived { conversion, from } => write!(f, "{conversion} of {}", from.join(" + ")),
            Self::TrainedHere { recipe } => write!(f, "trained here, {recipe}"),
        }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pypi => "PyPI",
            Self::Npm => "npm",
        })
    }
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ct2ToGgmlQ8_0 => f.write_str("ct2-to-ggml-q8_0"),
            Self::UseNpzToSafetensors => f.write_str("use-npz-to-safetensors"),
        }
    }
}
