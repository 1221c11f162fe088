//! Real calls on loopback. Nothing here sleeps to synchronise; time-outs are guards only.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::f32::consts::TAU;
use std::net::Ipv4Addr;
use std::time::Duration;

use ermu_media::*;
use futures::FutureExt;

const FRAME_SAMPLES: usize = 960;
const GUARD: Duration = Duration::from_secs(20);

fn server_config() -> MediaConfig {
    MediaConfig { bind: vec![Ipv4Addr::LOCALHOST.into()], ..MediaConfig::default() }
}

fn client_config() -> ClientConfig {
    ClientConfig { bind: vec![Ipv4Addr::LOCALHOST.into()], ..ClientConfig::default() }
}

async fn call(server: &MediaServer) -> (Call, Call) {
    call_with(server, client_config()).await
}

async fn call_with(server: &MediaServer, config: ClientConfig) -> (Call, Call) {
    let (pending, offer) = MediaClient::offer(config).await.unwrap();
    let (answer, at_server) = server.accept(&offer).await.unwrap();
    let at_client = pending.answer(&answer.sdp).await.unwrap();
    connected(&at_server).await;
    connected(&at_client).await;
    (at_server, at_client)
}

async fn connected(call: &Call) {
    let mut state = call.handle.state();
    tokio::time::timeout(GUARD, state.wait_for(|state| *state == CallState::Connected)).await.unwrap().unwrap();
}

async fn ended(call: &Call) -> EndReason {
    tokio::time::timeout(GUARD, call.handle.ended()).await.unwrap()
}

fn tone(hz: f32, frame: usize) -> [f32; FRAME_SAMPLES] {
    std::array::from_fn(|n| 0.3 * (TAU * hz * (frame * FRAME_SAMPLES + n) as f32 / 48_000.0).sin())
}

/// Sends a tone at the pace of a call, then returns the sender.
async fn play(mut audio_out: AudioSender, hz: f32, frames: usize) -> AudioSender {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    for frame in 0..frames {
        pace.tick().await;
        audio_out.send(&tone(hz, frame));
    }
    audio_out
}

/// Collects sound until the tone has been heard and is followed by `quiet_frames` of silence.
async fn hear(audio_in: &mut AudioReceiver, quiet_frames: usize) -> Vec<f32> {
    let mut heard = Vec::new();
    let mut quiet = 0;
    while quiet < quiet_frames {
        let frame = tokio::time::timeout(GUARD, audio_in.recv()).await.unwrap().expect("the call ended");
        let is_loud = rms(&frame.pcm[..]) > 0.02;
        quiet = if is_loud || heard.is_empty() { 0 } else { quiet + 1 };
        if is_loud || !heard.is_empty() {
            heard.extend_from_slice(&frame.pcm[..]);
        }
    }
    heard.truncate(heard.len() - quiet_frames * FRAME_SAMPLES);
    heard
}

fn rms(pcm: &[f32]) -> f32 {
    (pcm.iter().map(|x| x * x).sum::<f32>() / pcm.len() as f32).sqrt()
}

/// The share of the sound's power at `hz` (Goertzel).
fn share_at(pcm: &[f32], hz: f32) -> f32 {
    let (mut re, mut im) = (0.0f64, 0.0f64);
    for (n, x) in pcm.iter().enumerate() {
        let angle = f64::from(TAU) * f64::from(hz) * n as f64 / 48_000.0;
        re += f64::from(*x) * angle.cos();
        im += f64::from(*x) * angle.sin();
    }
    let n = pcm.len() as f64;
    (2.0 * (re * re + im * im) / n / n / f64::from(rms(pcm)).powi(2)) as f32
}

/// The same where it is clearest for 200 ms: on a busy machine a late frame shifts what comes after it.
fn clearest_at(pcm: &[f32], hz: f32) -> f32 {
    pcm.chunks_exact(10 * FRAME_SAMPLES).map(|part| share_at(part, hz)).fold(0.0, f32::max)
}

/// The middle of the sound, away from the codec's rise and fall.
fn middle(pcm: &[f32], frames: usize) -> &[f32] {
    let cut = (pcm.len() - frames * FRAME_SAMPLES) / 2;
    &pcm[cut..cut + frames * FRAME_SAMPLES]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tone_is_heard_both_ways_with_its_pitch_and_length() {
    let server = MediaServer::new(server_config());
    let (mut at_server, mut at_client) = call(&server).await;
    let to_server = tokio::spawn(play(at_client.audio_out, 440.0, 75));
    let to_client = tokio::spawn(play(at_server.audio_out, 1_000.0, 75));
    let (up, down) = tokio::join!(hear(&mut at_server.audio_in, 5), hear(&mut at_client.audio_in, 5));
    for (heard, hz, other) in [(up, 440.0, 1_000.0), (down, 1_000.0, 440.0)] {
        let frames = heard.len() / FRAME_SAMPLES;
        assert!((73..=80).contains(&frames), "{frames} frames of 75");
        assert!((rms(middle(&heard, 50)) - 0.212).abs() < 0.03, "{}", rms(middle(&heard, 50)));
        assert!(clearest_at(middle(&heard, 50), hz) > 0.8, "{}", clearest_at(middle(&heard, 50), hz));
        assert!(share_at(middle(&heard, 50), other) < 0.01);
    }
    to_server.await.unwrap();
    to_client.await.unwrap();
    let stats = at_server.handle.stats();
    assert!(stats.packets_in >= 75 && stats.packets_out >= 75, "{stats:?}");
    assert!(stats.packets_in <= 86, "silence is sent: {stats:?}");
    assert_eq!(stats.packets_lost, 0, "{stats:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_from_the_telephone_is_heard_both_ways() {
    let server = MediaServer::new(server_config());
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let config = ClientConfig { codecs: vec![codec], ..client_config() };
        let (mut at_server, mut at_client) = call_with(&server, config).await;
        assert_eq!((at_server.handle.codec(), at_client.handle.codec()), (Some(codec), Some(codec)));
        let to_server = tokio::spawn(play(at_client.audio_out, 440.0, 75));
        let to_client = tokio::spawn(play(at_server.audio_out, 1_000.0, 75));
        let (up, down) = tokio::join!(hear(&mut at_server.audio_in, 5), hear(&mut at_client.audio_in, 5));
        for (heard, hz, other) in [(up, 440.0, 1_000.0), (down, 1_000.0, 440.0)] {
            let frames = heard.len() / FRAME_SAMPLES;
            assert!((73..=80).contains(&frames), "{frames} frames of 75");
            assert!((rms(middle(&heard, 50)) - 0.212).abs() < 0.02, "{}", rms(middle(&heard, 50)));
            assert!(clearest_at(middle(&heard, 50), hz) > 0.9, "{}", clearest_at(middle(&heard, 50), hz));
            assert!(share_at(middle(&heard, 50), other) < 0.01);
        }
        to_server.await.unwrap();
        to_client.await.unwrap();
        let stats = at_server.handle.stats();
        assert!((75..=86).contains(&stats.packets_in) && stats.packets_out >= 75, "{stats:?}");
        assert_eq!(stats.bytes_in, stats.packets_in * 160, "{stats:?}");
        assert_eq!((stats.packets_lost, stats.packets_malformed), (0, 0), "{stats:?}");
    }
    // Who offers both gets Opus.
    let (at_server, at_client) = call(&server).await;
    assert_eq!((at_server.handle.codec(), at_client.handle.codec()), (Some(Codec::Opus), Some(Codec::Opus)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_calls_never_mix() {
    let server = MediaServer::new(server_config());
    let (one, two) = tokio::join!(call(&server), call(&server));
    assert_eq!(server.calls(), 2);
    let mut listeners = Vec::new();
    for ((mut at_server, mut at_client), hz, other) in [(one, 500.0, 1_300.0), (two, 1_300.0, 500.0)] {
        listeners.push(tokio::spawn(async move {
            let players = (play(at_client.audio_out, hz, 60), play(at_server.audio_out, hz, 60));
            let players = tokio::spawn(async move { tokio::join!(players.0, players.1) });
            let heard = tokio::join!(hear(&mut at_server.audio_in, 5), hear(&mut at_client.audio_in, 5));
            at_client.messages_out.send(format!("{hz}")).unwrap();
            let message = tokio::time::timeout(GUARD, at_server.messages_in.recv()).await.unwrap();
            assert_eq!(message.unwrap(), format!("{hz}"));
            for heard in [heard.0, heard.1] {
                assert!(clearest_at(middle(&heard, 40), hz) > 0.8);
                assert!(share_at(middle(&heard, 40), other) < 0.001);
            }
            players.await.unwrap();
        }));
    }
    for listener in listeners {
        listener.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_go_both_ways_in_order_and_those_from_before_the_connection_too() {
    let server = MediaServer::new(server_config());
    let (pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    let (answer, mut at_server) = server.accept(&offer).await.unwrap();
    at_server.messages_out.send("early").unwrap();
    let mut at_client = pending.answer(&answer.sdp).await.unwrap();
    at_client.messages_out.send("你好").unwrap();
    let large = "x".repeat(MAX_MESSAGE_BYTES);
    assert_eq!(
        at_client.messages_out.send(large.clone() + "x"),
        Err(SendError::TooLarge { bytes: MAX_MESSAGE_BYTES + 1 })
    );
    at_client.messages_out.send(large.clone()).unwrap();
    for n in 0..20 {
        at_server.messages_out.send(n.to_string()).unwrap();
    }
    let next = async |messages: &mut tokio::sync::mpsc::Receiver<String>| {
        tokio::time::timeout(GUARD, messages.recv()).await.unwrap().unwrap()
    };
    assert_eq!(next(&mut at_server.messages_in).await, "你好");
    assert_eq!(next(&mut at_server.messages_in).await, large);
    assert_eq!(next(&mut at_client.messages_in).await, "early");
    for n in 0..20 {
        assert_eq!(next(&mut at_client.messages_in).await, n.to_string());
    }
    let stats = at_server.handle.stats();
    assert_eq!((stats.messages_in, stats.messages_dropped), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_nobody_fetches_are_dropped_and_counted() {
    let server = MediaServer::new(server_config());
    let (at_server, mut at_client) = call(&server).await;
    let mut sent = 0;
    // The server's application fetches nothing: 64 fit, the rest is dropped, and the call lives on.
    while at_server.handle.stats().messages_dropped < 10 {
        match at_client.messages_out.send(sent.to_string()) {
            Ok(()) => sent += 1,
            Err(SendError::Full) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(at_server.handle.stats().messages_in, 64);
    at_server.messages_out.send("still here").unwrap();
    let message = tokio::time::timeout(GUARD, at_client.messages_in.recv()).await.unwrap();
    assert_eq!(message.as_deref(), Some("still here"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_either_side_ends_the_other() {
    let server = MediaServer::new(server_config());
    let (at_server, mut at_client) = call(&server).await;
    at_server.handle.close().await;
    assert_eq!(ended(&at_server).await, EndReason::Closed);
    assert_eq!(ended(&at_client).await, EndReason::HungUp);
    assert_eq!(tokio::time::timeout(GUARD, at_client.audio_in.recv()).await.unwrap(), None);
    assert_eq!(at_client.messages_out.send("too late"), Err(SendError::Ended));

    let (at_server, at_client) = call(&server).await;
    drop(at_client);
    assert_eq!(ended(&at_server).await, EndReason::HungUp);
    assert_eq!(server.calls(), 0);
}

/// One thread, so that what is alive can be counted.
#[tokio::test]
async fn all_tasks_end_and_the_place_is_free_when_a_call_is_dropped() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let server = MediaServer::new(MediaConfig { max_calls: 1, ..server_config() });
    let before = tasks();
    for _ in 0..3 {
        let (at_server, at_client) = call(&server).await;
        assert!(tasks() > before);
        let (server_handle, client_handle) = (at_server.handle.clone(), at_client.handle.clone());
        drop((at_server, at_client));
        server_handle.ended().await;
        client_handle.ended().await;
        assert_eq!(server.calls(), 0);
        // The supervisors tell the end with their last step; let them take it.
        for _ in 0..100 {
            if tasks() == before {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(tasks(), before);
    }
    // An offer that is given up, and an accept that is cancelled half-way, leave nothing behind either.
    let (pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    assert!(server.accept(&offer).now_or_never().is_none());
    drop(pending);
    tokio::time::timeout(GUARD, async {
        while tasks() != before || server.calls() != 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_offers_are_refused_and_the_server_stays_usable() {
    let server = MediaServer::new(server_config());
    let (_pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    let refused = async |offer: &str| server.accept(offer).await.err();
    for garbage in ["", "v=0", "\0\0\0", "hello", "v=0\r\nm=audio", "{\"type\":\"offer\"}"] {
        assert!(
            matches!(refused(garbage).await, Some(AcceptError::Malformed(_) | AcceptError::NoAudio)),
            "{garbage:?}"
        );
    }
    assert_eq!(
        refused(&"v=0\r\n".repeat(50_000)).await,
        Some(AcceptError::TooLarge { bytes: 250_000, limit_bytes: 65_536 })
    );
    assert_eq!(refused(&offer.replace("m=audio", "m=video")).await, Some(AcceptError::NoAudio));
    let (_pending, opus_only) =
        MediaClient::offer(ClientConfig { codecs: vec![Codec::Opus], ..client_config() }).await.unwrap();
    assert_eq!(refused(&opus_only.replace("opus/48000", "G722/8000")).await, Some(AcceptError::NoAudio));
    assert_eq!(refused(&offer.replace("a=sendrecv", "a=recvonly")).await, Some(AcceptError::NoAudio));
    // Cut at every length and with every line missing or spoilt in turn: an answer or an error, never a panic.
    let lines: Vec<&str> = offer.lines().collect();
    for cut in (0..offer.len()).step_by(7) {
        let _ = server.accept(&offer[..cut]).await;
    }
    for spoilt in 0..lines.len() {
        let without: Vec<_> = lines.iter().enumerate().filter(|(n, _)| *n != spoilt).map(|(_, line)| *line).collect();
        let _ = server.accept(&(without.join("\r\n") + "\r\n")).await;
        let half = &lines[spoilt][..lines[spoilt].len() / 2];
        let with: Vec<_> = lines.iter().enumerate().map(|(n, line)| if n == spoilt { half } else { line }).collect();
        let _ = server.accept(&(with.join("\r\n") + "\r\n")).await;
    }
    let (mut at_server, at_client) = call(&server).await;
    at_client.messages_out.send("works").unwrap();
    let message = tokio::time::timeout(GUARD, at_server.messages_in.recv()).await.unwrap();
    assert_eq!(message.as_deref(), Some("works"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_cap_a_caller_is_told_so_until_a_place_is_free() {
    let server = MediaServer::new(MediaConfig { max_calls: 1, ..server_config() });
    let (at_server, _at_client) = call(&server).await;
    let (_pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    assert_eq!(server.accept(&offer).await.err(), Some(AcceptError::Busy));
    at_server.handle.close().await;
    assert!(server.accept(&offer).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_stay_within_the_port_range() {
    let port = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let server = MediaServer::new(MediaConfig { ports: Some(port..=port), ..server_config() });
    let (_pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    let (answer, at_server) = server.accept(&offer).await.unwrap();
    assert!(answer.sdp.contains(&format!(" 127.0.0.1 {port} typ host")), "{}", answer.sdp);
    assert_eq!(server.accept(&offer).await.err(), Some(AcceptError::Busy));
    at_server.handle.close().await;
    assert!(server.accept(&offer).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_never_connects_is_given_up() {
    let server = MediaServer::new(MediaConfig { setup_timeout: Duration::from_millis(300), ..server_config() });
    let (pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    drop(pending);
    let (_, at_server) = server.accept(&offer).await.unwrap();
    assert_eq!(ended(&at_server).await, EndReason::SetupTimeout);
    assert_eq!(server.calls(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_whose_network_dies_is_given_up_after_the_idle_time_out() {
    let server = MediaServer::new(MediaConfig { idle_timeout: Duration::from_millis(1_500), ..server_config() });
    // The client's runtime is stopped without a word, as a phone whose network is gone.
    let client = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (pending, offer) = client.spawn(MediaClient::offer(client_config())).await.unwrap().unwrap();
    let (answer, at_server) = server.accept(&offer).await.unwrap();
    let at_client = client.spawn(async move { pending.answer(&answer.sdp).await.unwrap() }).await.unwrap();
    connected(&at_server).await;
    client.shutdown_background();
    assert_eq!(ended(&at_server).await, EndReason::IdleTimeout);
    drop(at_client);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_come_after_the_offer_are_used() {
    let server = MediaServer::new(server_config());
    let (pending, offer) = MediaClient::offer(client_config()).await.unwrap();
    let candidates: String =
        offer.lines().filter(|line| line.starts_with("a=candidate:")).map(|line| format!("{line}\r\n")).collect();
    let bare: String =
        offer.lines().filter(|line| !line.contains("candidate")).map(|line| format!("{line}\r\n")).collect();
    let (answer, at_server) = server.accept(&bare).await.unwrap();
    let fragment = format!("a=ice-ufrag:x\r\na=mid:0\r\n{candidates}a=end-of-candidates\r\n");
    assert!(at_server.handle.add_remote_candidates(&fragment).await.unwrap() > 0);
    let at_client = pending.answer(&answer.sdp).await.unwrap();
    connected(&at_client).await;
    connected(&at_server).await;

    assert!(matches!(
        at_server.handle.add_remote_candidates("candidate:x x udp x").await,
        Err(CandidateError::Malformed(_))
    ));
    let flood = "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n".repeat(65);
    assert_eq!(at_server.handle.add_remote_candidates(&flood).await, Err(CandidateError::TooMany));
    let huge = " ".repeat(20_000);
    assert_eq!(at_server.handle.add_remote_candidates(&huge).await, Err(CandidateError::TooLarge { bytes: 20_000 }));
    at_server.handle.close().await;
    assert_eq!(at_server.handle.add_remote_candidates(&fragment).await, Err(CandidateError::Ended));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_all_interfaces_is_reached_over_loopback_too() {
    let server = MediaServer::new(MediaConfig::default());
    let (_at_server, _at_client) = call(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_a_word_keeps_time_and_stays() {
    let server = MediaServer::new(MediaConfig { idle_timeout: Duration::from_millis(800), ..server_config() });
    let (mut at_server, mut at_client) = call(&server).await;
    at_client.audio_out.send(&tone(440.0, 0));
    // The client sends one packet and is then silent for twice the idle time-out: silence comes at the pace of a call.
    let mut frames = Vec::new();
    for _ in 0..80 {
        frames.push(tokio::time::timeout(GUARD, at_server.audio_in.recv()).await.unwrap().unwrap());
    }
    assert!(frames.iter().enumerate().all(|(n, frame)| frame.index == n as u64));
    assert_eq!(frames[0].source, FrameSource::Decoded);
    assert!(frames[10..].iter().all(|frame| frame.source == FrameSource::Silence));
    assert_eq!(*at_server.handle.state().borrow(), CallState::Connected);
}

/// What Chromium 156 sends for a microphone and a data channel, with its names, keys and addresses replaced.
const CHROMIUM_OFFER: &str = include_str!("data/chromium-156-offer.sdp");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browsers_offer_is_answered() {
    let server = MediaServer::new(server_config());
    let (answer, _call) = server.accept(CHROMIUM_OFFER).await.unwrap();
    let lines: Vec<&str> = answer.sdp.lines().collect();
    assert!(lines.contains(&"m=audio 9 UDP/TLS/RTP/SAVPF 111"), "{}", answer.sdp);
    assert!(lines.contains(&"a=sendrecv") && lines.contains(&"a=setup:passive"));
    assert!(lines.contains(&"m=application 9 UDP/DTLS/SCTP webrtc-datachannel"));
    assert!(lines.contains(&format!("a=max-message-size:{MAX_MESSAGE_BYTES}").as_str()));
    assert!(lines.iter().any(|line| line.starts_with("a=candidate:") && line.contains(" 127.0.0.1 ")));
    // Without Opus it is the telephone's sound, which needs no rtpmap lines.
    let telephone = CHROMIUM_OFFER
        .replace("SAVPF 111 63 9 0 8 13 110 126", "SAVPF 8 0 13 126")
        .replace("a=rtpmap:8 PCMA/8000\r\n", "");
    let (answer, _call) = server.accept(&telephone).await.unwrap();
    assert!(answer.sdp.contains("m=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"), "{}", answer.sdp);
    // Another number for Opus (as Firefox gives it) is taken over.
    let (answer, _call) = server.accept(&CHROMIUM_OFFER.replace("111", "109")).await.unwrap();
    assert!(answer.sdp.contains("m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n"), "{}", answer.sdp);
    // A camera is declined, the sound goes on.
    let camera = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sendrecv\r\na=rtcp-mux\r\n\
                  a=setup:actpass\r\na=rtpmap:96 VP8/90000\r\n";
    let (answer, _call) = server.accept(&(CHROMIUM_OFFER.to_owned() + camera)).await.unwrap();
    assert!(answer.sdp.contains("m=video 0 "), "{}", answer.sdp);
    assert!(answer.sdp.contains("m=audio 9 "));
}
