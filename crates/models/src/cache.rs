//! The folder of model files that all clones of one user share.

use std::env;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::{Entry, FETCH_COMMAND, Manifest, Sha256};

/// Model files, addressed by content: `<dir>/<sha256>/<file>`.
///
/// A file is hashed once; a stamp beside it then vouches for it as long as its size and modification time stay the same.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
    manifest: Manifest,
}

/// What the cache knows of an entry without hashing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No file, or one of another size.
    Absent,
    /// A file of the right size that no stamp vouches for.
    Unchecked,
    /// A file whose stamp says that it was hashed and has not changed since.
    Verified,
}

/// Why a model file cannot be given out.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The manifest has no such entry.
    #[error("no model is called {0:?}; `cargo xtask models list` shows the names")]
    UnknownId(String),
    /// Neither `ERMU_MODELS_DIR` nor `XDG_CACHE_HOME` nor `HOME` says where the cache is.
    #[error("cannot tell where the model cache is: set ERMU_MODELS_DIR to a folder")]
    NoDirectory,
    /// The file is not there.
    #[error("model {id:?} is missing at {}: run `{FETCH_COMMAND}`", path.display())]
    Missing {
        /// The entry.
        id: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file's size is not the manifest's.
    #[error("model {id:?} at {} has {found_bytes} bytes, expected {expected_bytes}: run `{FETCH_COMMAND}`", path.display())]
    WrongSize {
        /// The entry.
        id: String,
        /// The file.
        path: PathBuf,
        /// The manifest's size.
        expected_bytes: u64,
        /// The file's size.
        found_bytes: u64,
    },
    /// The file's content is not the manifest's.
    #[error("model {id:?} at {} has sha256 {found}, expected {expected}: run `{FETCH_COMMAND}`", path.display())]
    WrongHash {
        /// The entry.
        id: String,
        /// The file.
        path: PathBuf,
        /// The manifest's digest.
        expected: Sha256,
        /// The file's digest.
        found: Sha256,
    },
    /// The file is there but cannot be read.
    #[error("model {id:?} at {}: {source}", path.display())]
    Unreadable {
        /// The entry.
        id: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Cache {
    /// A cache in this folder, of these entries. Touches no file.
    #[must_use]
    pub fn new(dir: PathBuf, manifest: Manifest) -> Self {
        Self { dir, manifest }
    }

    /// The user's cache of the built-in manifest: `$ERMU_MODELS_DIR`, else `$XDG_CACHE_HOME/ermu/models`, else `~/.cache/ermu/models`.
    pub fn of_user() -> Result<Self, CacheError> {
        let folder = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let dir = env::var_os("ERMU_MODELS_DIR")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("ermu/models")))
            .or_else(|| folder("HOME").map(|home| home.join(".cache/ermu/models")))
            .ok_or(CacheError::NoDirectory)?;
        Ok(Self::new(dir, Manifest::builtin().clone()))
    }

    /// The cache's folder, which need not exist yet.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The entries that this cache holds or may hold.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the entry's file lies once fetched; it may not be there yet.
    pub fn path(&self, id: &str) -> Result<PathBuf, CacheError> {
        self.entry(id).map(|entry| self.place(entry))
    }

    /// The entry's file, known to be whole: by its stamp where that is good (cheap), else by hashing it now.
    pub fn verified(&self, id: &str) -> Result<PathBuf, CacheError> {
        let entry = self.entry(id)?;
        match self.presence(entry) {
            Presence::Verified => Ok(self.place(entry)),
            Presence::Absent | Presence::Unchecked => self.rehash(id, |_| ()),
        }
    }

    /// The entry's file, hashed now whatever its stamp says. `on_bytes` is told the number of bytes hashed since the last call.
    pub fn rehash(&self, id: &str, on_bytes: impl FnMut(u64)) -> Result<PathBuf, CacheError> {
        let entry = self.entry(id)?;
        let path = self.place(entry);
        let stamp = self.stamp_path(entry);
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => CacheError::Missing { id: id.to_owned(), path: self.place(entry) },
            _ => CacheError::Unreadable { id: id.to_owned(), path: self.place(entry), source },
        };
        let before = fs::metadata(&path).map_err(unreadable)?;
        if before.len() != entry.bytes {
            return Err(CacheError::WrongSize {
                id: id.to_owned(),
                path,
                expected_bytes: entry.bytes,
                found_bytes: before.len(),
            });
        }
        let found = Sha256::of_file(&path, on_bytes).map_err(unreadable)?;
        if found != entry.sha256 {
            // Best effort: a stamp that stays behind no longer matches the file's time anyway.
            let _ = fs::remove_file(stamp);
            return Err(CacheError::WrongHash { id: id.to_owned(), path, expected: entry.sha256, found });
        }
        // A read-only cache is fine: the next start hashes again.
        let _ = fs::write(stamp, stamp_text(&before));
        Ok(path)
    }

    /// What is there, without hashing anything.
    #[must_use]
    pub fn presence(&self, entry: &Entry) -> Presence {
        match fs::metadata(self.place(entry)) {
            Ok(file) if file.is_file() && file.len() == entry.bytes => {
                match fs::read_to_string(self.stamp_path(entry)) {
                    Ok(stamp) if stamp == stamp_text(&file) => Presence::Verified,
                    Ok(_) | Err(_) => Presence::Unchecked,
                }
            }
            Ok(_) | Err(_) => Presence::Absent,
        }
    }

    fn entry(&self, id: &str) -> Result<&Entry, CacheError> {
        self.manifest.get(id).ok_or_else(|| CacheError::UnknownId(id.to_owned()))
    }

    fn place(&self, entry: &Entry) -> PathBuf {
        self.dir.join(entry.sha256.to_string()).join(&entry.file)
    }

    fn stamp_path(&self, entry: &Entry) -> PathBuf {
        self.dir.join(entry.sha256.to_string()).join(format!(".{}.verified", entry.file))
    }
}

/// What changes when the file does: its size and its modification time in nanoseconds.
fn stamp_text(file: &Metadata) -> String {
    let modified_ns =
        file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |t| t.as_nanos());
    format!("{} {modified_ns}\n", file.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    fn cache_of_abc() -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let manifest = format!(
            "[[model]]\nid = \"abc\"\nfile = \"abc.bin\"\nsha256 = \"{}\"\nbytes = 3\nlicence = \"MIT\"\npurpose = \"p\"\n\
             origin = {{ kind = \"trained-here\", recipe = \"r\" }}\n",
            Sha256::of_bytes(b"abc")
        );
        let cache = Cache::new(dir.path().to_owned(), Manifest::parse(&manifest).unwrap());
        (dir, cache)
    }

    fn put(cache: &Cache, content: &str) -> PathBuf {
        let path = cache.path("abc").unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn presence(cache: &Cache) -> Presence {
        cache.presence(cache.manifest().get("abc").unwrap())
    }

    #[test]
    fn a_missing_model_says_where_it_was_sought_and_what_to_run() {
        let (dir, cache) = cache_of_abc();
        let message = cache.verified("abc").unwrap_err().to_string();
        assert!(message.contains("cargo xtask models fetch"), "{message}");
        assert!(message.contains(dir.path().to_str().unwrap()), "{message}");
        assert!(cache.verified("abd").unwrap_err().to_string().contains("\"abd\""));
    }

    #[test]
    fn the_first_use_hashes_and_leaves_a_stamp_for_the_next() {
        let (_dir, cache) = cache_of_abc();
        put(&cache, "abc");
        assert_eq!(presence(&cache), Presence::Unchecked);
        cache.verified("abc").unwrap();
        assert_eq!(presence(&cache), Presence::Verified);
    }

    #[test]
    fn a_file_that_changed_after_its_stamp_is_hashed_again_and_refused() {
        let (_dir, cache) = cache_of_abc();
        let path = put(&cache, "abc");
        cache.verified("abc").unwrap();
        fs::write(&path, "abd").unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_eq!(presence(&cache), Presence::Unchecked);
        let message = cache.verified("abc").unwrap_err().to_string();
        assert!(message.contains(&Sha256::of_bytes(b"abd").to_string()), "{message}");
        assert!(message.contains(&Sha256::of_bytes(b"abc").to_string()), "{message}");
    }

    #[test]
    fn a_truncated_file_is_refused_by_its_size() {
        let (_dir, cache) = cache_of_abc();
        put(&cache, "ab");
        assert_eq!(presence(&cache), Presence::Absent);
        assert!(matches!(cache.verified("abc"), Err(CacheError::WrongSize { expected_bytes: 3, found_bytes: 2, .. })));
    }
}
