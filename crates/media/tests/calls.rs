//! Real calls on loopback. Nothing here sleeps to synchronise; time-outs are guards only.

use std::f32::consts::TAU;
use std::net::Ipv4Addr;
use std::time::Duration;

use ermu_media::*;

const FRAME_SAMPLES: usize = 960;
const GUARD: Duration = Duration::from_secs(20);

fn server_config() -> MediaConfig {
    MediaConfig { bind: vec![Ipv4Addr::LOCALHOST.into()], ..MediaConfig::default() }
}

fn client_config() -> ClientConfig {
    ClientConfig { bind: vec![Ipv4Addr::LOCALHOST.into()], ..ClientConfig::default() }
}

async fn call(server: &MediaServer) -> (Call, Call) {
    let (pending, offer) = MediaClient::offer(client_config()).await.unwrap();
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
        assert!(share_at(middle(&heard, 50), hz) > 0.8, "{}", share_at(middle(&heard, 50), hz));
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
                assert!(share_at(middle(&heard, 40), hz) > 0.8);
                assert!(share_at(middle(&heard, 40), other) < 0.001);
            }
            players.await.unwrap();
        }));
    }
    for listener in listeners {
        listener.await.unwrap();
    }
}
