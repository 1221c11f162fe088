//! What a caller's line does to recordings: `through_a_call FROM TO [--codec opus|pcmu|pcma] [--loss 5] [--together 8]`.
//!
//! Plays every WAV file of the folder FROM through a real call on loopback, at the pace of a call, and writes what the
//! other side hears into TO, 16 kHz. `--loss` drops so many packets in a hundred on the way. Give both folders to a bench
//! of hearing to see what the line costs.
#![allow(clippy::print_stdout, reason = "it prints its result")]

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ermu_audio::{FRAME_SAMPLES, SampleRate, resample::resample, wav};
use ermu_media::{Call, CallState, CallStats, ClientConfig, Codec, MediaClient, MediaConfig, MediaServer};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The longest recording that is played.
const LONGEST: Duration = Duration::from_secs(60);
/// Frames of silence before and after: the start of the stream, and what is still on its way.
const MARGIN_FRAMES: usize = 25;

#[derive(Clone)]
struct Options {
    from: PathBuf,
    to: PathBuf,
    codec: Codec,
    loss_percent: u32,
    together: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    std::fs::create_dir_all(&options.to)?;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&options.from)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wav"));
    files.sort();
    let config = MediaConfig { bind: vec![Ipv4Addr::LOCALHOST.into()], ..Default::default() };
    let server = MediaServer::new(config);
    let mut totals = CallStats::default();
    for (round, group) in files.chunks(options.together).enumerate() {
        let mut calls = JoinSet::new();
        for (n, file) in group.iter().enumerate() {
            let seed = (round * options.together + n) as u32;
            calls.spawn(carry(server.clone(), options.clone(), file.clone(), seed));
        }
        while let Some(stats) = calls.join_next().await {
            let stats = stats??;
            totals.packets_in += stats.packets_in;
            totals.packets_lost += stats.packets_lost;
            totals.frames_recovered += stats.frames_recovered;
            totals.frames_concealed += stats.frames_concealed;
        }
    }
    let CallStats { packets_in, packets_lost, frames_recovered, frames_concealed, .. } = totals;
    println!(
        "{} recordings, {}: {packets_in} packets came, {packets_lost} were lost; {frames_recovered} frames were recovered, \
         {frames_concealed} made up",
        files.len(),
        options.codec.name()
    );
    Ok(())
}

fn options() -> Result<Options> {
    let mut folders = Vec::new();
    let (mut codec, mut loss_percent, mut together) = (Codec::Opus, 0, 8);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--codec" => codec = value()?.parse()?,
            "--loss" => loss_percent = value()?.parse()?,
            "--together" => together = value()?.parse::<usize>()?.max(1),
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let [from, to]: [PathBuf; 2] = folders.try_into().map_err(|_| "give two folders")?;
    Ok(Options { from, to, codec, loss_percent, together })
}

/// Plays one recording through a call of its own.
async fn carry(server: MediaServer, options: Options, file: PathBuf, seed: u32) -> Result<CallStats> {
    let pcm = wav::read(&file, LONGEST)?.mono_at(SampleRate::HZ_48000)?;
    let (mut at_server, mut at_client) = call(&server, &options, seed).await?;
    let margin = vec![0.0; MARGIN_FRAMES * FRAME_SAMPLES];
    let pcm = [&margin[..], &pcm, &margin].concat();
    let frames = pcm.len() / FRAME_SAMPLES;
    let speaking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        for frame in pcm.as_chunks::<FRAME_SAMPLES>().0 {
            pace.tick().await;
            // A faint hiss instead of digital silence, so that the stream begins and ends with the recording's margins.
            let mut frame = *frame;
            frame.iter_mut().enumerate().for_each(|(n, sample)| *sample += if n % 2 == 0 { 1e-4 } else { -1e-4 });
            at_client.audio_out.send(&frame);
        }
    };
    let listening = async {
        let mut heard = Vec::with_capacity(pcm.len());
        while heard.len() < frames * FRAME_SAMPLES {
            match at_server.audio_in.recv().await {
                Some(frame) => heard.extend_from_slice(&frame.pcm[..]),
                None => break,
            }
        }
        heard
    };
    let ((), heard) = tokio::join!(speaking, listening);
    let heard = resample(&heard, SampleRate::HZ_48000, SampleRate::HZ_16000)?;
    let name = file.file_name().unwrap_or_default();
    wav::write(&options.to.join(Path::new(name)), SampleRate::HZ_16000, &[&heard])?;
    Ok(at_server.handle.stats())
}

/// A call whose packets all go through a relay that loses some of them.
async fn call(server: &MediaServer, options: &Options, seed: u32) -> Result<(Call, Call)> {
    let config =
        ClientConfig { codecs: vec![options.codec], bind: vec![Ipv4Addr::LOCALHOST.into()], ..Default::default() };
    let (pending, offer) = MediaClient::offer(config).await?;
    // Without the client's own addresses the server only learns the relay's.
    let offer: String = offer.split_inclusive('\n').filter(|line| !line.contains("candidate")).collect();
    let (answer, at_server) = server.accept(&offer).await?;
    let port = answer.sdp.lines().find_map(|line| line.strip_prefix("a=candidate:")?.split(' ').nth(5));
    let port = port.ok_or("the answer has no candidate")?.to_owned();
    let relay = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let sdp = answer.sdp.replace(&format!(" {port} typ"), &format!(" {} typ", relay.local_addr()?.port()));
    tokio::spawn(pass_on(relay, SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?)), options.loss_percent, seed));
    let at_client = pending.answer(&sdp).await?;
    for call in [&at_server, &at_client] {
        call.handle.state().wait_for(|state| *state != CallState::Connecting).await?;
    }
    Ok((at_server, at_client))
}

/// Passes packets on between the server and whoever else sends, and loses some of the sound on its way to the server.
async fn pass_on(relay: UdpSocket, server: SocketAddr, loss_percent: u32, seed: u32) {
    let mut client = None;
    let mut random = seed.wrapping_mul(2_654_435_761) | 1;
    let mut packet = [0; 2_048];
    while let Ok((bytes, from)) = relay.recv_from(&mut packet).await {
        if from == server {
            if let Some(client) = client {
                relay.send_to(&packet[..bytes], client).await.ok();
            }
            continue;
        }
        client = Some(from);
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        // RTP and RTCP begin with version 2 (RFC 7983 §7).
        let is_media = (128..192).contains(&packet[0]);
        if !is_media || random % 100 >= loss_percent {
            relay.send_to(&packet[..bytes], server).await.ok();
        }
    }
}
