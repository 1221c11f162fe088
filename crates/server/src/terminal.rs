//! What the program says on the terminal. The only place that prints.

use std::{fmt::Display, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

/// Prints a line of results to standard output.
#[allow(clippy::print_stdout)]
pub(crate) fn say(line: impl Display) {
    println!("{line}");
}

/// Prints a line about what happens to standard error.
#[allow(clippy::print_stderr)]
pub(crate) fn note(line: impl Display) {
    eprintln!("{line}");
}

/// What the models and the transport report of themselves is for those who ask for it: much of it is no news, such as whisper.cpp's
/// error for a decoding that was dropped on purpose.
const LIBRARIES: &str = "ort=error,whisper_rs=off,rtc=off,rtc_ice=off,rtc_dtls=off,webrtc=error";

/// Sends logs to standard error; `ERMU_LOG` selects them (`info`, `ermu_engine=debug`, …).
pub(crate) fn start_logging(default: &str) {
    let wanted = std::env::var("ERMU_LOG").unwrap_or_else(|_| default.to_owned());
    let filter = EnvFilter::try_new(format!("{LIBRARIES},{wanted}")).unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// A bar for the start of the server; on something that is no terminal, one line for each kind of work.
pub(crate) fn progress() -> impl FnMut(&str, usize, usize) {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:<28} {bar:30} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let quiet = !std::io::stderr().is_terminal();
    let mut last = String::new();
    move |what, done, all| {
        if quiet && last != what {
            note(format!("{what} …"));
        }
        what.clone_into(&mut last);
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(what.to_owned());
        if done == all {
            bar.finish_and_clear();
        }
    }
}
