//! `models/manifest.toml`: every weight and binary that Ermu runs on.

use std::collections::HashSet;
use std::path::{Component, Path};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Origin, Sha256};

/// All entries, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    entries: Vec<Entry>,
}

/// One model file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The name by which code and config ask for it, such as `silero-vad`.
    pub id: String,
    /// The file's name in the cache, or in `models/weights/` where it was trained here.
    pub file: String,
    /// What the whole file must hash to.
    pub sha256: Sha256,
    /// The file's exact size.
    pub bytes: u64,
    /// The licence of the weights.
    pub licence: String,
    /// What it is for, in one line.
    pub purpose: String,
    /// Who needs it; says whether an ordinary fetch brings it.
    #[serde(rename = "use", default)]
    pub role: Role,
    /// Input tensors with type and shape, as text for people.
    #[serde(default)]
    pub inputs: Option<String>,
    /// Output tensors, or the file's layout, as text for people.
    #[serde(default)]
    pub outputs: Option<String>,
    /// Where the file comes from.
    pub origin: Origin,
}

/// Who needs an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The running program.
    #[default]
    Run,
    /// Only the conversion into another entry; deleted once that is there.
    Conversion,
    /// Only a training recipe; fetched on request.
    Recipe,
    /// The running program, if its config asks for it; fetched on request.
    Optional,
}

/// Why a manifest was refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, an unknown key, a missing key or a wrong type; the message shows the line.
    #[error("model manifest: {0}")]
    Malformed(#[from] toml::de::Error),
    /// Well-formed, but an entry contradicts itself or another one.
    #[error("model manifest, entry {id:?}: {problem}")]
    Entry {
        /// The entry at fault.
        id: String,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    model: Vec<Entry>,
}

static BUILTIN: LazyLock<Manifest> = LazyLock::new(|| {
    Manifest::parse(include_str!("../../../models/manifest.toml")).expect("a test parses the built-in manifest")
});

impl Manifest {
    /// The manifest that this program was built with.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Parses a manifest and checks it: unique safe ids and file names, sources that exist.
    pub fn parse(toml: &str) -> Result<Self, ManifestError> {
        let manifest = Self { entries: toml::from_str::<Document>(toml)?.model };
        let mut seen = HashSet::new();
        for entry in &manifest.entries {
            let refuse = |problem: String| Err(ManifestError::Entry { id: entry.id.clone(), problem });
            if !seen.insert(entry.id.as_str()) {
                return refuse("the id stands twice".to_owned());
            }
            if let Err(problem) = manifest.check(entry) {
                return refuse(problem);
            }
        }
        Ok(manifest)
    }

    /// The entry of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// All entries in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn check(&self, entry: &Entry) -> Result<(), String> {
        if !is_plain_name(&entry.id) {
            return Err("an id is letters, digits, '-', '_' and '.'".to_owned());
        }
        if !is_plain_name(&entry.file) {
            return Err(format!("file {:?} is not a plain file name", entry.file));
        }
        if entry.bytes == 0 {
            return Err("bytes is 0".to_owned());
        }
        if let Origin::Joined { parts } = &entry.origin
            && parts.len() < 2
        {
            return Err("a joined origin has at least two parts".to_owned());
        }
        if let Origin::Derived { from, .. } = &entry.origin {
            let plain = |id: &str| self.get(id).is_some_and(|e| !matches!(e.origin, Origin::Derived { .. }));
            if let Some(unknown) = from.iter().find(|id| !plain(id)) {
                return Err(format!("derived from {unknown:?}, which is no fetched entry"));
            }
        }
        for part in entry.origin.package_files() {
            // Both end up on a command line; a leading '-' would be read as an option.
            for (field, text) in [("name", &part.name), ("version", &part.version)] {
                if !is_plain_name(text) {
                    return Err(format!("package {field} {text:?} holds other than letters, digits, '-', '_' and '.'"));
                }
            }
            if !Path::new(&part.path).components().all(|c| matches!(c, Component::Normal(_))) {
                return Err(format!("path {:?} is not a plain relative path", part.path));
            }
        }
        Ok(())
    }
}

/// One path component that needs no quoting and is no option: `[A-Za-z0-9_][A-Za-z0-9_.-]*`.
fn is_plain_name(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.bytes().next().is_some_and(word) && text.bytes().all(|b| word(b) || b == b'-' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn entry(id: &str, rest: &str) -> String {
        format!(
            "[[model]]\nid = \"{id}\"\nfile = \"a.onnx\"\nsha256 = \"{HASH}\"\nbytes = 3\nlicence = \"MIT\"\npurpose = \"p\"\n{rest}\n"
        )
    }

    const ORIGIN: &str =
        r#"origin = { kind = "package", registry = "pypi", name = "p", version = "1", path = "d/a.onnx" }"#;

    fn refusal(toml: &str) -> String {
        Manifest::parse(toml).expect_err("must be refused").to_string()
    }

    #[test]
    fn the_builtin_manifest_parses_and_names_what_the_program_asks_for() {
        let manifest = Manifest::builtin();
        for id in [
            "onnxruntime",
            "silero-vad",
            "smart-turn",
            "whisper-base-q8_0",
            "kokoro",
            "kokoro-vocab",
            "kokoro-style-zf_xiaoxiao",
        ] {
            assert_eq!(manifest.get(id).map(|e| e.role), Some(Role::Run), "{id}");
        }
        assert_eq!(manifest.get("lite0").map(|e| e.role), Some(Role::Recipe));
    }

    #[test]
    fn weights_trained_here_are_in_the_repository_as_the_manifest_says() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        for entry in Manifest::builtin().entries() {
            let Origin::TrainedHere { recipe } = &entry.origin else { continue };
            assert!(root.join(recipe).is_dir(), "{}: no recipe at {recipe}", entry.id);
            let weights = root.join("models/weights").join(&entry.file);
            let found = Sha256::of_file(&weights, |_| ()).unwrap_or_else(|e| panic!("{}: {e}", weights.display()));
            assert_eq!(found, entry.sha256, "{}: the weights changed, the manifest did not", entry.id);
            assert_eq!(std::fs::metadata(&weights).unwrap().len(), entry.bytes, "{}", entry.id);
        }
    }

    #[test]
    fn a_minimal_entry_is_accepted() {
        let manifest = Manifest::parse(&entry("a", ORIGIN)).unwrap();
        let a = manifest.get("a").unwrap();
        assert_eq!((a.role, a.bytes, a.sha256), (Role::Run, 3, HASH.parse().unwrap()));
        assert_eq!(a.origin.package_files()[0].path, "d/a.onnx");
    }

    #[test]
    fn unknown_keys_are_refused_at_every_level() {
        assert!(refusal(&format!("colour = 1\n{}", entry("a", ORIGIN))).contains("colour"));
        assert!(refusal(&entry("a", &format!("colour = 1\n{ORIGIN}"))).contains("colour"));
        assert!(refusal(&entry("a", &ORIGIN.replace("path =", "colour = 1, path ="))).contains("colour"));
        assert!(refusal(&entry("a", &ORIGIN.replace("pypi", "ftp"))).contains("ftp"));
        assert!(refusal(&entry("a", &format!("use = \"never\"\n{ORIGIN}"))).contains("never"));
    }

    #[test]
    fn entries_that_contradict_themselves_are_refused_by_name() {
        assert!(refusal(&(entry("a", ORIGIN) + &entry("a", ORIGIN))).contains("stands twice"));
        assert!(refusal(&entry("a", ORIGIN).replace("a.onnx\"\nsha", "../a\"\nsha")).contains("plain file name"));
        assert!(refusal(&entry("a", &ORIGIN.replace("d/a", "../a"))).contains("plain relative path"));
        assert!(refusal(&entry("a", &ORIGIN.replace("\"p\"", "\"-rf\""))).contains("package name"));
        assert!(refusal(&entry("a", r#"origin = { kind = "joined", parts = [] }"#)).contains("two parts"));
        let derived = r#"origin = { kind = "derived", conversion = "ct2-to-ggml-q8_0", from = ["b"] }"#;
        assert!(refusal(&entry("a", derived)).contains("\"b\""));
        assert!(refusal(&entry("a", ORIGIN).replace("bytes = 3", "bytes = 0")).contains("bytes"));
        assert!(refusal(&entry("a", ORIGIN).replace(HASH, "abc")).contains("sha256"));
    }
}
