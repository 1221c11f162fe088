//! Strangers send what they like; the server stays up and other calls are unharmed.

use std::time::Duration;

use ermu_server::{Server, call::Script, call::place_call, config::Config};
use ermu_testkit::fixture;
use serde_json::Value;

use crate::server::{call, config, spoken, url};

async fn post_offer(offer: impl Into<reqwest::Body>) -> reqwest::Response {
    let request = reqwest::Client::new().post(format!("{}/v1/calls", url()));
    request.header("content-type", "application/sdp").body(offer).send().await.unwrap()
}

async fn post_photo(session: &str, bytes: Vec<u8>) -> reqwest::Response {
    let form = reqwest::multipart::Form::new().part("photo", reqwest::multipart::Part::bytes(bytes).file_name("x"));
    let url = format!("{}/v1/sessions/{session}/photos", url());
    reqwest::Client::new().post(url).multipart(form).send().await.unwrap()
}

async fn healthy() {
    let health = reqwest::get(format!("{}/healthz", url())).await.unwrap();
    assert_eq!(health.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_offer_gets_an_error_that_says_why() {
    let truncated = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=aud";
    for (offer, status) in [("garbage".to_owned(), 400), (String::new(), 400), (truncated.to_owned(), 400), ("a".repeat(1 << 20), 413)] {
        let response = post_offer(offer.clone()).await;
        assert_eq!(response.status(), status, "{:.20}", offer);
        let error: Value = response.json().await.unwrap();
        assert!(!error["error"]["message"].as_str().unwrap().is_empty());
    }
    healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_for_no_call_is_refused() {
    let photo = std::fs::read(fixture("image-fixtures/coffee-machine-scratch.jpg")).unwrap();
    assert_eq!(post_photo(&"0".repeat(32), photo.clone()).await.status(), 404);
    assert_eq!(post_photo("../../etc", photo).await.status(), 404);
    healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_photos_are_spoken_about_and_the_call_goes_on() {
    let record = call("zh-bad-photos").await;
    let failed = record.events.iter().filter(|event| event["data"]["event"] == "photo_failed").count();
    assert!(failed >= 3, "each of the unreadable files fails: {failed}");
    assert!(record.answered(), "{:?}", record.outcome.turns);
    assert!(spoken(&record).contains("照片"));
    healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_noise_are_no_words() {
    let record = call("zh-noise").await;
    let invented = crate::server::captions(&record, "caller");
    assert!(invented.len() <= 1, "words out of nothing: {invented:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_more_than_allowed_gets_503() {
    let data = tempfile::tempdir().unwrap();
    let mut limited = config(data.path());
    limited.limits.calls = 1;
    let server = Server::start(&limited, &mut |_, _, _| {}).await.unwrap();
    let url = format!("http://{}", server.address);
    let script = Script::read(&fixture("audio-fixtures/calls/zh-person.toml")).unwrap();
    let (first, second) = tokio::join!(place_call(&url, &script, |_, _| {}), async {
        // The first call is being set up or on the line whenever `calls_active` says so.
        loop {
            let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap();
            if metrics.lines().any(|line| line.trim() == "ermu_calls_active 1") {
                break;
            }
            tokio::task::yield_now().await;
        }
        place_call(&url, &script, |_, _| {}).await
    });
    first.unwrap();
    assert!(second.unwrap_err().to_string().contains("503"));
    server.shut_down().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_what_to_do() {
    let start = async |change: fn(&mut Config)| {
        let data = tempfile::tempdir().unwrap();
        let mut changed = config(data.path());
        change(&mut changed);
        let started = tokio::time::timeout(Duration::from_secs(600), Server::start(&changed, &mut |_, _, _| {}));
        format!("{:#}", started.await.unwrap().err().expect("must not start"))
    };
    let dead = start(|config| config.models.whisper = Some(fixture("Cargo.toml"))).await;
    assert!(dead.contains("Cargo.toml"), "a dead model file is named: {dead}");
    let missing = start(|config| config.models.defect = Some("nowhere.onnx".into())).await;
    assert!(missing.contains("nowhere.onnx"), "{missing}");
    let pack = start(|config| config.shop.pack = "nowhere".into()).await;
    assert!(pack.contains("nowhere"), "{pack}");
    let database = start(|config| {
        let file = config.shop.data.join("ermu.db");
        std::fs::write(file, b"this is not a database, not at all, and long enough to look at").unwrap();
    })
    .await;
    assert!(database.contains("ermu.db"), "{database}");
}
