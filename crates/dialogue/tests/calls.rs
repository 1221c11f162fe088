//! Whole calls: each file of `tests/scripts/` is a script and, below a line of `=`, the time line that it has to give.
//! `UPDATE_GOLDEN=1 cargo test --release -p ermu-dialogue --test calls` writes the time lines anew.
#![allow(clippy::disallowed_methods, reason = "golden files are files")]

mod support;

use std::{fs, path::Path};

use support::{Call, Script, demo_pack};

const RULER: &str = "\n================\n";

#[test]
fn calls_go_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 12, "the scripts are there");
    let (pack, update) = (demo_pack(), std::env::var_os("UPDATE_GOLDEN").is_some());
    let mut differing = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let (script, golden) = text.split_once(RULER).unwrap_or((&text, ""));
        let played = Call::new(pack.clone(), Script::parse(script)).play();
        let again = Call::new(pack.clone(), Script::parse(script)).play();
        assert_eq!(played, again, "{name}: the same call twice");
        if update {
            fs::write(&file, format!("{}{RULER}{played}", script.trim_end())).unwrap();
        } else if played != golden {
            let first = played.lines().zip(golden.lines()).position(|(new, old)| new != old).unwrap_or(0);
            differing.push(format!("{name}, line {first}:\n{played}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
