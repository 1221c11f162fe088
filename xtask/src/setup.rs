//! System packages: what is missing is installed where that is allowed, else the one line to run is printed.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// What the machine is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and running.
    Demo,
    /// Also the tests, which drive a browser.
    Test,
}

/// A program or library, by what shows that it is there, and the Debian package that brings it.
struct Requirement {
    package: &'static str,
    probe: &'static [&'static [&'static str]],
    for_tests_only: bool,
}

const REQUIREMENTS: &[Requirement] = &[
    Requirement { package: "cmake", probe: &[&["cmake", "--version"]], for_tests_only: false },
    Requirement { package: "g++", probe: &[&["c++", "--version"], &["g++", "--version"]], for_tests_only: false },
    Requirement { package: "pkg-config", probe: &[&["pkg-config", "--version"]], for_tests_only: false },
    Requirement { package: "libasound2-dev", probe: &[&["pkg-config", "--exists", "alsa"]], for_tests_only: false },
    Requirement { package: "python3-pip", probe: &[&["python3", "-m", "pip", "--version"]], for_tests_only: false },
    Requirement { package: "nodejs", probe: &[&["node", "--version"]], for_tests_only: false },
    Requirement { package: "npm", probe: &[&["npm", "--version"]], for_tests_only: false },
    // Where Debian puts it, and where the browser test looks.
    Requirement { package: "chromium", probe: &[&["test", "-x", "/usr/bin/chromium"]], for_tests_only: true },
];

/// Makes sure that everything is there.
pub(crate) fn run(purpose: Purpose) -> Result<()> {
    system_packages(purpose)?;
    match purpose {
        Purpose::Demo => Ok(()),
        Purpose::Test => browser_driver(),
    }
}

fn system_packages(purpose: Purpose) -> Result<()> {
    let missing = missing(purpose);
    if missing.is_empty() {
        eprintln!("setup: all system packages are there");
        return Ok(());
    }
    eprintln!("setup: missing {}", missing.join(", "));
    let by_hand = format!("apt-get install -y {}", missing.join(" "));
    let Some(before_apt) = may_install() else {
        bail!("run this as root, then try again: {by_hand}");
    };
    let apt = |args: &[&str]| {
        let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=400"];
        let words = [before_apt, &apt, args].concat();
        process::run(Command::new(words[0]).args(&words[1..]))
    };
    let install = [&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat();
    // The package lists may be good enough as they are; a fresh machine has none.
    if let Err(error) = apt(&install) {
        eprintln!("setup: {error}; trying again with fresh package lists");
        apt(&["update"])?;
        apt(&install)?;
    }
    let still = self::missing(purpose);
    if !still.is_empty() {
        bail!("still missing after `{by_hand}`: {}", still.join(", "));
    }
    Ok(())
}

/// playwright-core, as pinned beside the browser test.
fn browser_driver() -> Result<()> {
    let written = |path: &str| fs::metadata(path).and_then(|file| file.modified()).ok();
    let locked = written("tests/browser/package-lock.json").context("tests/browser/package-lock.json is gone")?;
    if written("tests/browser/node_modules/.package-lock.json").is_some_and(|installed| installed >= locked) {
        return Ok(());
    }
    process::run(Command::new("npm").args([
        "ci",
        "--prefix",
        "tests/browser",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))
}

fn missing(purpose: Purpose) -> Vec<&'static str> {
    let needed = REQUIREMENTS.iter().filter(|requirement| purpose == Purpose::Test || !requirement.for_tests_only);
    let there = |probe: &[&str]| process::succeeds(probe[0], &probe[1..]);
    needed.filter(|requirement| !requirement.probe.iter().any(|probe| there(probe))).map(|r| r.package).collect()
}

/// The words before `apt-get`, where this user may run it without being asked.
fn may_install() -> Option<&'static [&'static str]> {
    if !process::succeeds("apt-get", &["--version"]) {
        return None;
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    match root {
        true => Some(&[]),
        false => process::succeeds("sudo", &["-n", "true"]).then_some(&["sudo", "-n"]),
    }
}
