//! The sentence encoder of this installation: it places the pack's examples once, and remembers where.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use ermu_dialogue::{ShopPack, gist};
use ermu_domain::Sentence;
use ermu_language::SentenceEncoder;
use ermu_models::{Cache, CacheError, Sha256};
use tracing::{info, warn};

/// Bytes of a text's hash by which its place is found again.
const KEY: usize = 16;
/// Places that are kept of packs that are not read at present.
const MOST_PLACES: usize = 60_000;

/// What a text's place is kept under.
type Key = [u8; KEY];

/// The encoder, and where it keeps what it has placed.
#[derive(Debug, Clone)]
pub(crate) struct Sentences {
    encoder: Arc<SentenceEncoder>,
    kept: PathBuf,
}

impl Sentences {
    /// Loads the encoder; none if it was not fetched, and then words alone are understood.
    pub(crate) fn open(cache: &Cache) -> anyhow::Result<Option<Self>> {
        let (weights, pieces) = match (cache.verified("sentence-encoder"), cache.verified("sentence-encoder-pieces")) {
            (Ok(weights), Ok(pieces)) => (weights, pieces),
            (Err(error @ CacheError::Missing { .. }), _) | (_, Err(error @ CacheError::Missing { .. })) => {
                warn!(%error, "callers are understood by words alone");
                return Ok(None);
            }
            (Err(error), _) | (_, Err(error)) => return Err(error.into()),
        };
        let kept = weights.with_file_name("places.bin");
        Ok(Some(Self { encoder: Arc::new(SentenceEncoder::load(&weights, &pieces)?), kept }))
    }

    /// What somebody said is about.
    pub(crate) fn read(&self, text: &str) -> Sentence {
        self.encoder.encode(&gist(text))
    }

    /// The encoder itself.
    pub(crate) fn encoder(&self) -> &Arc<SentenceEncoder> {
        &self.encoder
    }

    /// Lets a pack learn from what its examples are about. Those that were placed before cost nothing; `progress` is told how
    /// many of the others are placed, and how many there are.
    pub(crate) fn teach(&self, pack: &mut ShopPack, mut progress: impl FnMut(usize, usize)) {
        let mut places = read(&self.kept).unwrap_or_default();
        let mut missing: Vec<&str> = pack.examples().filter(|text| !places.contains_key(&key(text))).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let gists: Vec<String> = missing.iter().map(|text| gist(text)).collect();
            let gists: Vec<&str> = gists.iter().map(String::as_str).collect();
            let placed = self.encoder.encode_all(&gists, |done| progress(done, missing.len()));
            if places.len() + missing.len() > MOST_PLACES {
                let used: Vec<Key> = pack.examples().map(key).collect();
                places.retain(|key, _| used.contains(key));
            }
            info!(examples = missing.len(), "placed by what they are about");
            places.extend(missing.iter().map(|text| key(text)).zip(placed));
            // A cache that cannot be written costs the same seconds at the next start.
            if let Err(error) = write(&self.kept, &places) {
                warn!("what examples are about could not be kept: {error:#}");
            }
        }
        let known = |text: &str| Some((text.to_owned(), places.get(&key(text))?.clone()));
        let sentences = pack.examples().filter_map(known).collect();
        pack.learn_sentences(&sentences);
    }
}

fn key(text: &str) -> Key {
    let mut key = [0; KEY];
    key.copy_from_slice(&Sha256::of_bytes(text.as_bytes()).bytes()[..KEY]);
    key
}

/// The width of all places (4 bytes), then hash and place of each. Whatever is not that is none: it is made again.
fn read(path: &Path) -> Option<HashMap<Key, Sentence>> {
    let bytes = fs::read(path).ok()?;
    let (width, rows) = bytes.split_first_chunk()?;
    let row = KEY + usize::try_from(u32::from_le_bytes(*width)).ok()?;
    let entry = |row: &[u8]| {
        let (key, place) = row.split_first_chunk()?;
        Some((*key, Sentence::from_bytes(place)))
    };
    (rows.len() % row == 0).then(|| rows.chunks_exact(row).filter_map(entry).collect())
}

fn write(path: &Path, places: &HashMap<Key, Sentence>) -> anyhow::Result<()> {
    let width = places.values().next().map_or(0, Sentence::dimensions);
    let mut bytes = u32::try_from(width)?.to_le_bytes().to_vec();
    for (key, place) in places.iter().filter(|(_, place)| place.dimensions() == width) {
        bytes.extend(key);
        bytes.extend(place.to_bytes());
    }
    // Another process may do the same: each writes a file of its own, and the last one stays.
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let moved = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    moved.inspect_err(|_| drop(fs::remove_file(&part))).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_encoder_words_alone_have_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = Cache::of_user().unwrap().manifest().clone();
        assert!(Sentences::open(&Cache::new(folder.path().to_owned(), manifest)).unwrap().is_none());
    }

    #[test]
    fn places_are_found_again_and_a_damaged_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("places.bin");
        assert!(read(&path).is_none());
        let places = HashMap::from([
            (key("退货"), Sentence::of(&[1.0, -0.5, 0.0])),
            (key("发票"), Sentence::of(&[0.0, 0.25, 1.0])),
        ]);
        write(&path, &places).unwrap();
        assert_eq!(read(&path).unwrap(), places);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(read(&path).is_none());
    }
}
