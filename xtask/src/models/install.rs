//! Putting a file into the cache: written beside its place, checked, then moved there in one step.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use ermu_models::{Cache, Entry, Sha256};

/// Lets `write` produce the entry's content and installs it if its hash is right; else leaves the cache as it was.
pub(super) fn install(
    cache: &Cache,
    entry: &Entry,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<()>,
) -> Result<PathBuf> {
    let place = cache.path(&entry.id)?;
    let folder = place.parent().context("the cache has no folder")?;
    let part = Part(folder.join(format!(".{}.{}.part", entry.file, std::process::id())));
    let created = fs::create_dir_all(folder).and_then(|()| File::create(&part.0));
    let mut out = BufWriter::new(created.with_context(|| format!("cannot write to {}", folder.display()))?);
    let written = write(&mut out).and_then(|()| Ok(out.into_inner()?.sync_all()?));
    written.with_context(|| format!("cannot make {}", entry.file))?;
    let found = Sha256::of_file(&part.0, |_| ())?;
    if found != entry.sha256 {
        let found_bytes = fs::metadata(&part.0)?.len();
        bail!(
            "refused: {} ({} from {})\n  expected sha256 {}, {} bytes\n  found    sha256 {found}, {found_bytes} bytes\n\
             Nothing was put into the cache. If the source was replaced on purpose, models/manifest.toml must say so.",
            entry.id,
            entry.file,
            entry.origin,
            entry.sha256,
            entry.bytes
        );
    }
    fs::rename(&part.0, &place)?;
    // Leaves the stamp, and hashes what is really on the disk.
    Ok(cache.verified(&entry.id)?)
}

/// A file that is deleted unless it was moved away.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use ermu_models::{Manifest, Presence};

    fn cache(dir: &tempfile::TempDir) -> Cache {
        let manifest = format!(
            "[[model]]\nid = \"abc\"\nfile = \"abc.bin\"\nsha256 = \"{}\"\nbytes = 3\nlicence = \"MIT\"\npurpose = \"p\"\n\
             origin = {{ kind = \"trained-here\", recipe = \"r\" }}\n",
            Sha256::of_bytes(b"abc")
        );
        Cache::new(dir.path().to_owned(), Manifest::parse(&manifest).unwrap())
    }

    fn install_text(cache: &Cache, text: &str) -> Result<PathBuf> {
        install(cache, cache.manifest().get("abc").unwrap(), |out| Ok(out.write_all(text.as_bytes())?))
    }

    #[test]
    fn the_right_content_is_installed_and_vouched_for() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(&dir);
        let path = install_text(&cache, "abc").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"abc");
        assert_eq!(cache.presence(cache.manifest().get("abc").unwrap()), Presence::Verified);
        install_text(&cache, "abc").unwrap();
    }

    #[test]
    fn the_wrong_content_is_refused_by_name_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(&dir);
        let message = install_text(&cache, "abd").unwrap_err().to_string();
        for part in ["abc.bin", &Sha256::of_bytes(b"abc").to_string(), &Sha256::of_bytes(b"abd").to_string()] {
            assert!(message.contains(part), "{message}");
        }
        let failed = install(&cache, cache.manifest().get("abc").unwrap(), |_| bail!("half way"));
        assert!(format!("{:#}", failed.unwrap_err()).contains("half way"));
        let folder = cache.path("abc").unwrap().parent().unwrap().to_owned();
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
}
