//! How many calls one core carries: `calls_per_core [--calls 20] [--seconds 10] [--codec opus|pcmu|pcma] [--json]`.
//!
//! This process answers the calls and is measured; the callers run in a child process. In every call both sides speak
//! all the time (a buzz with harmonics, 32 kbit/s), which is more than a conversation: the server's work is ICE, DTLS,
//! SRTP, the jitter buffer, one decoder and one encoder for each call.
//!
//! CPU seconds are not the same everywhere, nor at all times: where others share a core's two threads or its cache, the same
//! program was seen to carry 59 to 103 calls within minutes. So the codec alone is timed before and after, as a yardstick;
//! compare two programs only by runs in turns, or by calls for the same yardstick.
#![allow(clippy::print_stdout, reason = "it prints its result")]

use std::error::Error;
use std::f32::consts::TAU;
use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use ermu_audio::opus::{Application, OpusDecoder, OpusEncoder, OpusOptions};
use ermu_media::{Call, CallHandle, CallState, ClientConfig, Codec, MediaClient, MediaConfig, MediaServer};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Stands for a line's end inside a description, so that each fits on a line.
const LINE_END: &str = "\u{1f}";

struct Options {
    calls: usize,
    seconds: u64,
    codec: Codec,
    is_json: bool,
    is_client: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut options = Options { calls: 20, seconds: 10, codec: Codec::Opus, is_json: false, is_client: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--calls" => options.calls = value()?.parse()?,
            "--seconds" => options.seconds = value()?.parse()?,
            "--codec" => options.codec = value()?.parse()?,
            "--json" => options.is_json = true,
            "--client" => options.is_client = true,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    if options.is_client { run_client(&options).await } else { run_server(&options).await }
}

async fn run_server(options: &Options) -> Result<()> {
    let yardstick_before = yardstick_us()?;
    let config = MediaConfig { bind: vec![Ipv4Addr::LOCALHOST.into()], max_calls: options.calls, ..Default::default() };
    let server = MediaServer::new(config);
    let mut client = tokio::process::Command::new(std::env::current_exe()?)
        .args(["--client", "--calls", &options.calls.to_string(), "--codec", options.codec.name()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut answers = client.stdin.take().ok_or("no pipe")?;
    let mut offers = BufReader::new(client.stdout.take().ok_or("no pipe")?).lines();
    let mut handles = Vec::new();
    for _ in 0..options.calls {
        let offer = read(&mut offers).await?;
        let (answer, call) = server.accept(&offer).await?;
        answers.write_all((answer.sdp.replace("\r\n", LINE_END) + "\n").as_bytes()).await?;
        connected(&call).await?;
        handles.push(call.handle.clone());
        tokio::spawn(converse(call));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;

    let totals = || {
        let stats = handles.iter().map(CallHandle::stats);
        stats.fold((0, 0, 0, 0), |sum, one| {
            let concealed = one.frames_concealed + one.frames_recovered;
            (sum.0 + one.packets_in, sum.1 + one.packets_out, sum.2 + one.packets_lost, sum.3 + concealed)
        })
    };
    let (before, cpu_before, start) = (totals(), cpu_seconds()?, Instant::now());
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    let (after, cpu, wall) = (totals(), cpu_seconds()? - cpu_before, start.elapsed().as_secs_f64());
    let yardstick = (yardstick_before + yardstick_us()?) / 2.0;

    let calls = options.calls as f64;
    let rate = |before: u64, after: u64| (after - before) as f64 / wall / calls;
    let (rate_in, rate_out) = (rate(before.0, after.0), rate(before.1, after.1));
    let (lost, concealed) = (after.2 - before.2, after.3 - before.3);
    let percent = 100.0 * cpu / wall / calls;
    let per_core = 100.0 / percent;
    if options.is_json {
        println!(
            "{{\"calls\":{calls},\"codec\":\"{}\",\"seconds\":{wall:.2},\"cpu_seconds\":{cpu:.2},\"cpu_percent_a_call\":{percent:.3},\
             \"calls_a_core\":{per_core:.0},\"packets_in_a_second_a_call\":{rate_in:.1},\
             \"yardstick_us\":{yardstick:.0},\"packets_out_a_second_a_call\":{rate_out:.1},\"packets_lost\":{lost},\"frames_concealed\":{concealed}}}",
            options.codec.name()
        );
    } else {
        println!("{calls} {} calls both ways for {wall:.1} s: {cpu:.2} CPU seconds", options.codec.name());
        println!("one call: {percent:.2} % of a core; one core: {per_core:.0} calls");
        println!("yardstick: {yardstick:.0} µs of CPU time to encode and decode a frame");
        println!("packets a second and call: {rate_in:.1} in, {rate_out:.1} out; lost {lost}, concealed {concealed}");
    }
    if rate_in < 45.0 || rate_out < 45.0 {
        return Err("the calls did not keep up with real time: too many for this machine".into());
    }
    Ok(())
}

async fn run_client(options: &Options) -> Result<()> {
    let mut answers = BufReader::new(tokio::io::stdin()).lines();
    for _ in 0..options.calls {
        let config =
            ClientConfig { codecs: vec![options.codec], bind: vec![Ipv4Addr::LOCALHOST.into()], ..Default::default() };
        let (pending, offer) = MediaClient::offer(config).await?;
        println!("{}", offer.replace("\r\n", LINE_END));
        tokio::spawn(converse(pending.answer(&read(&mut answers).await?).await?));
    }
    // Until the other process is done.
    while answers.next_line().await?.is_some() {}
    Ok(())
}

async fn read<R: tokio::io::AsyncBufRead + Unpin>(lines: &mut Lines<R>) -> Result<String> {
    Ok(lines.next_line().await?.ok_or("the other process ended")?.replace(LINE_END, "\r\n"))
}

async fn connected(call: &Call) -> Result<()> {
    let mut state = call.handle.state();
    state.wait_for(|state| *state != CallState::Connecting).await?;
    Ok(())
}

/// Speaks and listens until the call ends.
async fn converse(mut call: Call) {
    let voice: Vec<_> = (0..50).map(buzz).collect();
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    for frame in voice.iter().cycle() {
        pace.tick().await;
        call.audio_out.send(frame);
        while call.audio_in.try_recv().is_some() {}
    }
}

/// Frame `n` of a second of a voiced sound: 120 Hz with ten harmonics, swelling four times.
fn buzz(n: usize) -> [f32; 960] {
    std::array::from_fn(|i| {
        let t = (n * 960 + i) as f32 / 48_000.0;
        let voice: f32 = (1..=10).map(|h| (TAU * 120.0 * h as f32 * t).sin() / h as f32).sum();
        0.2 * voice * (0.6 - 0.4 * (TAU * 4.0 * t).cos())
    })
}

/// CPU time of one frame through the codec alone, on this machine at this moment.
fn yardstick_us() -> Result<f64> {
    const FRAMES: usize = 2_000;
    let options =
        OpusOptions { bitrate_bps: 32_000, complexity: 2, expected_loss_percent: 5, application: Application::Voice };
    let (mut encoder, mut decoder) = (OpusEncoder::new(options)?, OpusDecoder::new()?);
    let (voice, mut pcm): (Vec<_>, _) = ((0..50).map(buzz).collect(), Vec::new());
    let before = thread_us()?;
    for frame in voice.iter().cycle().take(FRAMES) {
        pcm.clear();
        decoder.decode(Some(&encoder.encode(frame)?), &mut pcm)?;
    }
    Ok((thread_us()? - before) / FRAMES as f64)
}

/// CPU time of this thread so far.
fn thread_us() -> Result<f64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let on_cpu_ns: u64 = times.split(' ').next().ok_or("unexpected /proc/thread-self/schedstat")?.parse()?;
    Ok(on_cpu_ns as f64 / 1_000.0)
}

/// CPU time of this process so far, user and system.
fn cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(") ").ok_or("unexpected /proc/self/stat")?.1;
    let ticks: u64 = after_name.split(' ').skip(11).take(2).map(|n| n.parse().unwrap_or(0)).sum();
    Ok(ticks as f64 / 100.0)
}
