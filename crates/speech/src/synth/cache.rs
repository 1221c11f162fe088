//! Clauses that were spoken before: in memory, and for fixed wording also in a folder.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ermu_domain::Language;
use sha2::{Digest, Sha256};

use super::{synthesizer::SAMPLE_RATE_HZ, voice::VoiceName};

/// Bump when the same text would sound different: a rule of pronunciation changed, for example.
const FRONT_END_VERSION: u32 = 1;
/// First bytes of a file.
const MAGIC: &[u8; 8] = b"ermuPCM1";
/// Magic, sampling rate, number of samples, sha256 of the samples.
const HEADER_BYTES: usize = 8 + 4 + 4 + 32;

type Key = [u8; 32];

/// Sound by text, language, voice and speed. The clauses that were not wanted for longest go first when the memory is
/// used up.
///
/// A folder holds the clauses that were [`keep`](Self::keep)t, which are the same for every caller, also those that memory
/// has no room for; what is said to one caller (an order number, a name) stays in memory. Each model needs a folder of its own.
#[derive(Debug)]
pub struct ClauseCache {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    limit_bytes: usize,
    uses: u64,
    folder: Option<PathBuf>,
}

#[derive(Debug)]
struct Entry {
    pcm_24k: Arc<[f32]>,
    last_use: u64,
}

impl ClauseCache {
    /// An empty cache that holds at most `limit_bytes` of sound (96 kB a second).
    pub fn in_memory(limit_bytes: usize) -> Self {
        Self { entries: HashMap::new(), bytes: 0, limit_bytes, uses: 0, folder: None }
    }

    /// A cache that keeps fixed clauses in `folder`, which is made if it is not there.
    pub fn in_folder(limit_bytes: usize, folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: Some(folder.to_owned()), ..Self::in_memory(limit_bytes) })
    }

    /// The sound of a clause (24 kHz), from memory or from the folder. A folder that cannot be read costs time, not the answer.
    pub fn get(&mut self, text: &str, language: Language, voice: &VoiceName, speed: f32) -> Option<Arc<[f32]>> {
        let key = key(text, language, voice, speed);
        self.find(&key).or_else(|| {
            let pcm: Arc<[f32]> = read(&self.path(&key)?)?.into();
            self.remember(key, Arc::clone(&pcm));
            Some(pcm)
        })
    }

    /// Remembers the sound of a clause (24 kHz), in memory only: what is said to one caller.
    pub fn insert(&mut self, text: &str, language: Language, voice: &VoiceName, speed: f32, pcm_24k: Vec<f32>) {
        self.remember(key(text, language, voice, speed), pcm_24k.into());
    }

    /// Remembers the sound of a clause of fixed wording (24 kHz), in the folder too.
    pub fn keep(&mut self, text: &str, language: Language, voice: &VoiceName, speed: f32, pcm_24k: Vec<f32>) {
        let key = key(text, language, voice, speed);
        if let Some(Err(error)) = self.path(&key).map(|path| write(&path, &pcm_24k)) {
            tracing::warn!(%error, "a clause could not be kept in the cache folder");
        }
        self.remember(key, pcm_24k.into());
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(file_name(key)))
    }

    fn find(&mut self, key: &Key) -> Option<Arc<[f32]>> {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.last_use = self.uses;
        Some(Arc::clone(&entry.pcm_24k))
    }

    fn remember(&mut self, key: Key, pcm_24k: Arc<[f32]>) {
        let bytes = size_of_val(&*pcm_24k);
        if bytes > self.limit_bytes {
            return;
        }
        self.uses += 1;
        if let Some(replaced) = self.entries.insert(key, Entry { pcm_24k, last_use: self.uses }) {
            self.bytes -= size_of_val(&*replaced.pcm_24k);
        }
        self.bytes += bytes;
        while self.bytes > self.limit_bytes {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use).map(|(key, _)| *key);
            let Some(evicted) = oldest.and_then(|key| self.entries.remove(&key)) else { return };
            self.bytes -= size_of_val(&*evicted.pcm_24k);
        }
    }
}

fn key(text: &str, language: Language, voice: &VoiceName, speed: f32) -> Key {
    let mut hash = Sha256::new();
    hash.update(FRONT_END_VERSION.to_le_bytes());
    hash.update(speed.to_bits().to_le_bytes());
    for part in [language.code(), voice.as_str(), text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn file_name(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + ".pcm"
}

/// The samples of a file, or none if it is missing, cut short, damaged or of another form.
fn read(path: &Path) -> Option<Vec<f32>> {
    let bytes = fs::read(path).ok()?;
    let (header, samples) = bytes.split_at_checked(HEADER_BYTES)?;
    let intact = header == self::header(samples);
    if !intact {
        tracing::warn!(path = %path.display(), "a cached clause is damaged: it is synthesised again");
        return None;
    }
    Some(samples.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_767.0).collect())
}

/// Writes 16-bit samples beside `path` and then moves them there, so that no half a file is ever seen.
fn write(path: &Path, pcm_24k: &[f32]) -> io::Result<()> {
    let quantised =
        pcm_24k.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes());
    let samples: Vec<u8> = quantised.collect();
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&unfinished, [header(&samples).as_slice(), &samples].concat())?;
    fs::rename(&unfinished, path)
}

fn header(samples: &[u8]) -> Vec<u8> {
    let count = u32::try_from(samples.len() / 2).unwrap_or(u32::MAX);
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend(MAGIC);
    header.extend(SAMPLE_RATE_HZ.to_le_bytes());
    header.extend(count.to_le_bytes());
    header.extend(Sha256::digest(samples));
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_changes_the_sound_is_in_the_key() {
        let base = key("好", Language::Chinese, &"a".into(), 1.0);
        for other in [
            key("号", Language::Chinese, &"a".into(), 1.0),
            key("好", Language::English, &"a".into(), 1.0),
            key("好", Language::Chinese, &"b".into(), 1.0),
            key("好", Language::Chinese, &"a".into(), 1.1),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base, key("好", Language::Chinese, &"a".into(), 1.0));
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_limit_holds() {
        let mut cache = ClauseCache::in_memory(8_000);
        let voice = VoiceName::from("v");
        let insert = |cache: &mut ClauseCache, text: &str, samples: usize| {
            cache.insert(text, Language::Chinese, &voice, 1.0, vec![0.0; samples]);
        };
        let known = |cache: &mut ClauseCache, text: &str| cache.get(text, Language::Chinese, &voice, 1.0).is_some();
        insert(&mut cache, "one", 900);
        insert(&mut cache, "two", 900);
        assert!(known(&mut cache, "one"));
        insert(&mut cache, "three", 900);
        assert!(known(&mut cache, "one") && !known(&mut cache, "two") && known(&mut cache, "three"));
        insert(&mut cache, "huge", 3_000);
        assert!(!known(&mut cache, "huge") && known(&mut cache, "one"));
        insert(&mut cache, "one", 1_000);
        assert_eq!(cache.bytes, 4 * 1_900);
    }

    #[test]
    fn what_memory_has_no_room_for_is_found_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let voice = VoiceName::from("v");
        let mut cache = ClauseCache::in_folder(8_000, folder.path()).unwrap();
        for text in ["one", "two", "three"] {
            cache.keep(text, Language::Chinese, &voice, 1.0, vec![0.5; 900]);
        }
        cache.insert("yours", Language::Chinese, &voice, 1.0, vec![0.5; 900]);
        assert_eq!(cache.entries.len(), 2);
        for mut cache in [cache, ClauseCache::in_folder(8_000, folder.path()).unwrap()] {
            for text in ["one", "two", "three"] {
                let pcm = cache.get(text, Language::Chinese, &voice, 1.0).unwrap();
                assert!(pcm.len() == 900 && (pcm[0] - 0.5).abs() < 1e-4);
            }
        }
        let mut anew = ClauseCache::in_folder(8_000, folder.path()).unwrap();
        assert!(anew.get("yours", Language::Chinese, &voice, 1.0).is_none(), "said to one caller");
        for file in fs::read_dir(folder.path()).unwrap() {
            fs::write(file.unwrap().path(), b"dead").unwrap();
        }
        assert!(anew.get("one", Language::Chinese, &voice, 1.0).is_none(), "damaged");
        anew.keep("one", Language::Chinese, &voice, 1.0, vec![0.5; 900]);
        assert!(
            ClauseCache::in_folder(8_000, folder.path()).unwrap().get("one", Language::Chinese, &voice, 1.0).is_some()
        );
    }

    #[test]
    fn files_are_checked_when_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pcm");
        let pcm = [0.0, 0.5, -0.5, 1.5];
        assert!(read(&path).is_none());
        write(&path, &pcm).unwrap();
        let back = read(&path).unwrap();
        assert!(back.iter().zip([0.0, 0.5, -0.5, 1.0]).all(|(a, b)| (a - b).abs() < 1e-4));
        let good = fs::read(&path).unwrap();
        for damage in 0..good.len() {
            let mut bad = good.clone();
            bad[damage] ^= 1;
            fs::write(&path, bad).unwrap();
            assert!(read(&path).is_none(), "byte {damage}");
        }
        fs::write(&path, &good[..good.len() - 2]).unwrap();
        assert!(read(&path).is_none());
        write(&path, &[]).unwrap();
        assert_eq!(read(&path), Some(vec![]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
