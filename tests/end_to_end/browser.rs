//! The customer's page in a real browser with a fake microphone.

use std::process::Command;

use ermu_testkit::{fixture, root};

use crate::server::url;

/// Needs Node, playwright-core and Chromium; `cargo xtask test` installs them.
#[test]
fn a_customer_calls_from_the_page() {
    let out = root().join("target/browser");
    let run = Command::new("node")
        .arg(fixture("tests/browser/call.mjs"))
        .arg(url())
        .arg(fixture("audio-fixtures/zh-damage-report.wav"))
        .arg(fixture("image-fixtures/coffee-machine-scratch.jpg"))
        .arg(&out)
        // The report is spoken. The fake microphone cannot wait for a question: what answers one is typed.
        .args(["--lead-s", "9", "--order", "654321", "--consent", "可以"])
        .output()
        .expect("node is installed");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}");
    assert!(out.join("ticket.png").is_file(), "{said}");
}
