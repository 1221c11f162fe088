//! Strangers send what they like; the server stays up and other calls are unharmed.

use std::time::Duration;

use ermu_domain::Language;
use ermu_server::{
    Server,
    call::{Script, dial, place_call},
    config::Config,
};
use ermu_testkit::fixture;
use serde_json::Value;

use crate::server::{call, call_at, config, spoken, transcript, url};

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
    for (offer, status) in
        [("garbage".to_owned(), 400), (String::new(), 400), (truncated.to_owned(), 400), ("a".repeat(1 << 20), 413)]
    {
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

/// A PNG whose header promises 50,000 × 50,000 pixels.
fn bomb() -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(50_000_u32.to_be_bytes());
    header.extend(50_000_u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(&header);
    // The checksum of exactly this header (CRC-32, as `cksum -a crc32b` prints it).
    png.extend(crc32(&header).to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_photos_are_spoken_about_and_the_call_goes_on() {
    let (session, mut call) = dial(&reqwest::Client::new(), url(), Language::Chinese).await.unwrap();
    let good = std::fs::read(fixture("image-fixtures/coffee-machine-scratch.jpg")).unwrap();
    assert_eq!(post_photo(&session, Vec::new()).await.status(), 400, "no bytes");
    assert_eq!(post_photo(&session, b"<svg>this calls itself a photo</svg>".to_vec()).await.status(), 415, "no photo");
    assert_eq!(post_photo(&session, vec![0; 21 << 20]).await.status(), 413, "too many bytes");
    let said = async |call: &mut ermu_media::Call, what: &str| {
        let wait = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let message = call.messages_in.recv().await.expect("the call goes on");
                let notice: Value = serde_json::from_str(&message).unwrap();
                let text = notice["text"].as_str().or(notice["words"].as_str()).unwrap_or_default().to_owned();
                if text.contains(what) {
                    return text;
                }
            }
        });
        wait.await.unwrap_or_else(|_| panic!("nobody says {what}"))
    };
    // Each bad one is answered with what to send instead; the good one is looked at.
    for (photo, about) in [(good[..good.len() / 3].to_vec(), "发一张"), (bomb(), "发一张"), (good, "收到照片")]
    {
        assert_eq!(post_photo(&session, photo).await.status(), 202);
        said(&mut call, about).await;
    }
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
        let mut quiet = |_: &str, _, _| {};
        let started = tokio::time::timeout(Duration::from_secs(600), Server::start(&changed, &mut quiet)).await;
        format!("{:#}", started.unwrap().err().expect("must not start"))
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

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_promised_and_the_call_goes_on() {
    let data = tempfile::tempdir().unwrap();
    // The first start makes the file; from then on it may not grow.
    Server::start(&config(data.path()), &mut |_, _, _| {}).await.unwrap().shut_down().await.unwrap();
    let mut full = config(data.path());
    full.limits.database_bytes = Some(data.path().join("ermu.db").metadata().unwrap().len());
    let server = Server::start(&full, &mut |_, _, _| {}).await.unwrap();
    let url = format!("http://{}", server.address);
    let record = call_at(&url, "zh-damage").await;
    let said = spoken(&record);
    // The photo cannot be kept, so nothing rests on it.
    assert!(said.contains("图片的功能出了点问题") && said.contains("再见"), "{}", transcript(&record));
    assert!(!said.contains("工单号"), "a number was spoken: {said}");
    // A short note of an unfinished case may still find room.
    assert!(record.tickets.iter().all(|ticket| ticket["decision"].is_null()), "{:?}", record.tickets);
    assert_eq!(reqwest::get(format!("{url}/healthz")).await.unwrap().status(), 200);
    server.shut_down().await.unwrap();
}
