//! One server for all tests of this binary, on a free port.

use std::{net::SocketAddr, sync::LazyLock, thread, time::Duration};

use ermu_server::{
    Server,
    call::{Happening, Record, Script, place_call},
    config::Config,
};
use ermu_testkit::fixture;

/// A configuration on the demo shop with a database of its own. The folder must outlive the server.
pub(crate) fn config(data: &std::path::Path) -> Config {
    let mut config = Config::default();
    config.http.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.shop.pack = fixture("shops/demo");
    config.shop.data = data.to_owned();
    // One server does it for all.
    config.voices.speak_ahead = false;
    config
}

/// The address of the shared server.
pub(crate) fn url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| {
        let (ready, address) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async move {
                let data = tempfile::tempdir().unwrap();
                let mut config = config(data.path());
                config.voices.speak_ahead = true;
                let server = Server::start(&config, &mut |_, _, _| {}).await.unwrap();
                ready.send(server.address).unwrap();
                std::future::pending::<()>().await;
            });
        });
        let address = address.recv_timeout(Duration::from_secs(900)).expect("the server starts");
        format!("http://{address}")
    });
    &URL
}

/// Plays a script of audio-fixtures/calls/ to a server that has taken no call before, and gathers what came of it: where a
/// scratch is registered already, nobody is asked about it again.
pub(crate) async fn call(script: &str) -> Record {
    with_new_server(async |url| call_at(url, script).await).await
}

/// Plays two scripts at the same time to one such server.
pub(crate) async fn call_both(one: &str, other: &str) -> (Record, Record) {
    with_new_server(async |url| tokio::join!(call_at(url, one), call_at(url, other))).await
}

async fn with_new_server<T>(calls: impl AsyncFnOnce(&str) -> T) -> T {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&config(data.path()), &mut |_, _, _| {}).await.unwrap();
    let records = calls(&format!("http://{}", server.address)).await;
    server.shut_down().await.unwrap();
    records
}

/// Plays a script to the server at `url`.
pub(crate) async fn call_at(url: &str, script: &str) -> Record {
    let script = Script::read(&fixture(&format!("audio-fixtures/calls/{script}.toml"))).unwrap();
    let outcome = place_call(url, &script, |_, _: Happening<'_>| {}).await.unwrap();
    Record::gather(url, outcome).await.unwrap()
}

/// The captions of one side, in order.
pub(crate) fn captions(record: &Record, speaker: &str) -> Vec<String> {
    let captions = record.outcome.notices.iter().map(|(_, notice)| notice);
    captions
        .filter(|notice| notice["type"] == "caption" && notice["speaker"] == speaker)
        .map(|notice| notice["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// All that Ermu said, as one text.
pub(crate) fn spoken(record: &Record) -> String {
    captions(record, "agent").join("\n")
}

/// The captions of both sides, for a failure's message.
pub(crate) fn transcript(record: &Record) -> String {
    let captions = record.outcome.notices.iter().map(|(_, notice)| notice).filter(|notice| notice["type"] == "caption");
    captions.map(|notice| format!("{}: {}\n", notice["speaker"], notice["text"])).collect()
}
