//! Which crate may know which: read from `cargo metadata`, so that it is what Cargo builds and not what we remember.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde::Deserialize;

const ENGINE_ROOMS: &[&str] =
    &["audio", "backend", "dialogue", "domain", "language", "media", "speech", "store", "vision"];

/// For each crate, the crates of this workspace that its code may use. ARCHITECTURE.md draws the same arrows.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "server",
        &[
            "api", "audio", "backend", "dialogue", "domain", "engine", "language", "media", "models", "speech",
            "store", "vision",
        ],
    ),
    ("api", &["domain", "engine"]),
    ("engine", ENGINE_ROOMS),
    ("media", &["audio", "domain"]),
    ("speech", &["audio", "domain"]),
    ("vision", &["domain"]),
    ("language", &["domain"]),
    ("store", &["domain"]),
    ("dialogue", &["domain"]),
    ("audio", &["domain"]),
    ("backend", &["domain"]),
    ("domain", &[]),
    ("models", &[]),
    ("testkit", &["audio", "domain", "models"]),
    ("xtask", &["models"]),
    // The root package holds only tests and benches.
    ("ermu", &[]),
];

/// What tests alone may use in addition.
const FOR_TESTS: &[&str] = &["testkit"];

/// What `cargo metadata --no-deps` says, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DependencyKind {
    Normal,
    Build,
    Development,
}

impl Dependency {
    fn kind(&self) -> DependencyKind {
        match self.kind.as_deref() {
            None => DependencyKind::Normal,
            Some("build") => DependencyKind::Build,
            Some("dev") => DependencyKind::Development,
            Some(other) => panic!("cargo metadata knows a new kind of dependency: {other}"),
        }
    }
}

/// One dependency between two crates of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arrow<'a> {
    from: &'a str,
    to: &'a str,
    kind: DependencyKind,
}

/// What is wrong with the arrow, in words; none if it is allowed.
fn complaint(arrow: Arrow<'_>) -> Option<String> {
    let Arrow { from, to, kind } = arrow;
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == from) else {
        return Some(format!("crate `{from}` is not on the map: add it to ARROWS and to ARCHITECTURE.md"));
    };
    let for_tests = kind == DependencyKind::Development;
    // Tests of the whole may use all of it.
    let fine = allowed.contains(&to) || for_tests && (FOR_TESTS.contains(&to) || from == "ermu");
    if fine {
        return None;
    }
    let how = if for_tests { " in its tests" } else { "" };
    Some(format!("forbidden arrow {from} → {to}: `{from}` must not know `{to}`{how}; it may know {allowed:?}"))
}

/// `ermu-audio` is the crate `audio`.
fn short(package: &str) -> &str {
    package.strip_prefix("ermu-").unwrap_or(package)
}

#[test]
fn crates_know_only_what_the_map_allows() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked", "--manifest-path", manifest])
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).expect("cargo metadata");
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut complaints = Vec::new();
    let mut arrows = 0;
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(dependency.name.as_str())) {
            arrows += 1;
            let arrow = Arrow { from: short(&package.name), to: short(&dependency.name), kind: dependency.kind() };
            complaints.extend(complaint(arrow));
        }
    }
    assert!(arrows > 20, "only {arrows} arrows were found: this test no longer sees the workspace");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let on_map: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let gone: Vec<&&str> = on_map.iter().filter(|name| !ours.iter().any(|package| short(package) == **name)).collect();
    assert!(gone.is_empty(), "on the map, but not in the workspace: {gone:?}");
}

#[test]
fn a_forbidden_arrow_would_be_found() {
    let arrow = |from, to, kind| complaint(Arrow { from, to, kind });
    let siblings = arrow("media", "speech", DependencyKind::Normal).expect("must be refused");
    assert!(siblings.contains("media → speech"), "{siblings}");
    for (from, to) in
        [("domain", "audio"), ("dialogue", "store"), ("models", "domain"), ("engine", "api"), ("api", "store")]
    {
        assert!(arrow(from, to, DependencyKind::Normal).is_some(), "{from} → {to}");
        assert!(arrow(from, to, DependencyKind::Build).is_some(), "{from} → {to}");
    }
    assert!(arrow("speech", "testkit", DependencyKind::Normal).is_some());
    assert!(arrow("speech", "testkit", DependencyKind::Development).is_none());
    assert!(arrow("speech", "vision", DependencyKind::Development).is_some());
    assert!(arrow("newcomer", "domain", DependencyKind::Normal).is_some());
}

#[test]
fn the_map_has_no_circle() {
    let map: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    fn depth(map: &BTreeMap<&str, &[&str]>, name: &str, steps: usize) -> usize {
        assert!(steps <= map.len(), "the arrows from {name} run in a circle");
        map[name].iter().map(|to| 1 + depth(map, to, steps + 1)).max().unwrap_or(0)
    }
    for name in map.keys() {
        depth(&map, name, 0);
    }
}
