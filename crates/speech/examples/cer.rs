//! How well the transcriber hears: character error rate by category over a folder with a manifest, CPU seconds an
//! utterance, and words invented in sounds that hold none.
//!
//! `cargo run --release -p ermu-speech --example cer -- FOLDER [--vad] [--list] [--detect] [--no-noise]`, where FOLDER/manifest.tsv has a header
//! with `file`, `lang`, `category` and `transcript`, and files are 16 kHz mono FLAC. With `--vad` each file is first cut
//! by voice activity, as in a call; `ERMU_WHISPER` names another ggml model. `--list` prints every utterance, `--detect` counts right languages.
#![expect(clippy::print_stdout, reason = "this program's output is its purpose")]

use std::{collections::BTreeMap, env, error::Error, fs, path::Path, time::Instant};

use ermu_domain::Language;
use ermu_speech::{
    segmenter::{Edge, PREFIX_PADDING_SAMPLES, Segmenter, SegmenterConfig},
    transcriber::{Expecting, Heard, TranscribeOptions, Transcriber, TranscriberWorker},
    vad::{VadState, VoiceActivity, WINDOW_SAMPLES},
};

const LANGUAGES: [Language; 5] =
    [Language::Chinese, Language::English, Language::Spanish, Language::Portuguese, Language::Arabic];

#[derive(Default)]
struct Score {
    utterances: usize,
    errors: usize,
    letters: usize,
    exact: usize,
    empty: usize,
    detected: usize,
    cpu_s: f64,
    detect_cpu_s: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|a| a == flag);
    let folder = arguments.iter().find(|a| !a.starts_with("--")).ok_or("which folder?")?;
    let model = env::var_os("ERMU_WHISPER").map_or_else(|| ermu_testkit::model("whisper-base-q8_0"), Into::into);
    let transcriber = Transcriber::load(&model)?;
    let mut worker = transcriber.worker()?;
    let mut vad = VoiceActivity::load(&ermu_testkit::init_onnx(), &ermu_testkit::model("silero-vad-16k"))?;

    let manifest = fs::read_to_string(Path::new(folder).join("manifest.tsv"))?;
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column =
        |name: &str| header.iter().position(|h| *h == name).ok_or(format!("manifest.tsv has no column {name}"));
    let (file, lang, category, transcript) =
        (column("file")?, column("lang")?, column("category")?, column("transcript")?);

    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        let Ok(language) = fields[lang].parse::<Language>() else { continue };
        let pcm = flac(&Path::new(folder).join(fields[file]))?;
        let pieces = if has("--vad") { utterances(&mut vad, &pcm)? } else { vec![pcm] };
        let expecting = if fields[category].contains("digits") { Expecting::Digits } else { Expecting::Anything };
        let (mut said, mut how) = (String::new(), String::new());
        let before = cpu_s();
        for piece in pieces {
            let options = TranscribeOptions { language, expecting, ..TranscribeOptions::default() };
            match worker.transcribe(&piece, &options)? {
                Heard::Words { text, confidence, avg_log_prob, .. } => {
                    said.push_str(&text);
                    said.push(' ');
                    how.push_str(&format!("p {confidence:.2} lp {avg_log_prob:.2} "));
                }
                Heard::Nothing(why) => how.push_str(&format!("{why:?} ")),
            }
        }
        let cpu = cpu_s() - before;
        let before = cpu_s();
        let detected = if has("--detect") { worker.detect(&LANGUAGES) } else { None };
        let detect_cpu = cpu_s() - before;
        let (wanted, got) = (lenient(fields[transcript], language), lenient(&said, language));
        let errors = distance(&wanted, &got);
        if has("--list") {
            println!("{errors:3} {cpu:.2} s {how}{}\n      {}\n      {said}", fields[file], fields[transcript]);
        }
        let names = [fields[category].to_owned(), format!("= {language}")];
        for name in names {
            let score = scores.entry(name).or_default();
            score.utterances += 1;
            score.errors += errors;
            score.letters += wanted.len();
            score.exact += usize::from(errors == 0);
            score.empty += usize::from(got.is_empty());
            score.detected += usize::from(detected.is_some_and(|(found, _)| found == language));
            score.cpu_s += cpu;
            score.detect_cpu_s += detect_cpu;
        }
    }
    println!("category          n error %  exact  empty CPU s/utt language right, CPU s");
    for (name, score) in &scores {
        let rate = 100.0 * score.errors as f64 / score.letters.max(1) as f64;
        let cpu = score.cpu_s / score.utterances as f64;
        let detect_cpu = score.detect_cpu_s / score.utterances as f64;
        let Score { utterances, exact, empty, detected, .. } = score;
        println!("{name:14} {utterances:4} {rate:7.1} {exact:6} {empty:6} {cpu:9.3} {detected:14} {detect_cpu:6.3}");
    }
    if has("--no-noise") {
        return Ok(());
    }
    invented(&mut worker, &mut vad, has("--list"))
}

/// Words in ten minutes of sounds that hold none: the transcriber alone on every five seconds, and behind voice
/// activity.
fn invented(worker: &mut TranscriberWorker, vad: &mut VoiceActivity, list: bool) -> Result<(), Box<dyn Error>> {
    println!("{:14} {:>8} {:>8} {:>12}", "no words", "seconds", "invented", "behind VAD");
    for (name, pcm) in noises() {
        let mut counts = [0; 2];
        let pieces: Vec<Vec<f32>> = pcm.chunks(5 * 16_000).map(<[f32]>::to_vec).collect();
        for (count, pieces) in counts.iter_mut().zip([pieces, utterances(vad, &pcm)?]) {
            for piece in pieces {
                let heard = worker.transcribe(&piece, &TranscribeOptions::default())?;
                if list {
                    println!("    {heard:?}");
                }
                *count += usize::from(matches!(heard, Heard::Words { .. }));
            }
        }
        println!("{name:14} {:8} {:8} {:12}", pcm.len() / 16_000, counts[0], counts[1]);
    }
    Ok(())
}

/// One minute each.
fn noises() -> Vec<(&'static str, Vec<f32>)> {
    let mut seed = 1_u64;
    let mut white = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    let n = 60 * 16_000;
    let t = |i: usize| i as f32 / 16_000.0;
    let tone = |i: usize, hz: f32| (std::f32::consts::TAU * hz * t(i)).sin();
    let loud: Vec<f32> = (0..n).map(|_| 0.3 * white()).collect();
    let hiss: Vec<f32> = (0..n).map(|_| 0.01 * white()).collect();
    let mut low = 0.0;
    let rumble: Vec<f32> = (0..n)
        .map(|_| {
            low = 0.98 * low + 0.02 * white();
            2.0 * low
        })
        .collect();
    let hum = (0..n).map(|i| 0.1 * tone(i, 50.0) + 0.05 * tone(i, 150.0) + 0.002 * white()).collect();
    let typing = (0..n)
        .map(|i| {
            let since = t(i) % 0.23;
            0.5 * (-since * 90.0).exp() * white()
        })
        .collect();
    let ringing = (0..n).map(|i| if t(i) % 5.0 < 1.0 { 0.3 * tone(i, 450.0) } else { 0.0 }).collect();
    let melody = [262.0, 330.0, 392.0, 523.0, 440.0, 349.0, 294.0, 392.0];
    let music = (0..n)
        .map(|i| {
            let hz = melody[(t(i) * 2.5) as usize % melody.len()];
            let fade = (-(t(i) % 0.4) * 4.0).exp();
            0.25 * fade * (tone(i, hz) + 0.5 * tone(i, 2.0 * hz) + 0.3 * tone(i, 3.0 * hz)) + 0.1 * tone(i, hz / 2.0)
        })
        .collect();
    let knocks = (0..n)
        .map(|i| {
            let since = t(i) % 1.7;
            0.8 * (-since * 30.0).exp() * tone(i, 180.0)
        })
        .collect();
    let breath = (0..n).map(|i| 0.05 * (0.5 - 0.5 * tone(i, 0.3)).powi(2) * white()).collect();
    vec![
        ("silence", vec![0.0; n]),
        ("white noise", loud),
        ("hiss", hiss),
        ("rumble", rumble),
        ("mains hum", hum),
        ("typing", typing),
        ("ringing", ringing),
        ("music", music),
        ("knocks", knocks),
        ("breath", breath),
    ]
}

fn utterances(vad: &mut VoiceActivity, pcm: &[f32]) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    // An end-pointing timer: what pauses for less is one utterance.
    const PAUSE_SAMPLES: u64 = 12_800;
    let (mut state, mut segmenter) = (VadState::default(), Segmenter::new(SegmenterConfig::default()));
    let mut spans: Vec<(u64, u64)> = Vec::new();
    let mut take = |edge| match edge {
        Some(Edge::Started { at_sample }) => match spans.last_mut() {
            Some(last) if at_sample - last.1 < PAUSE_SAMPLES => {}
            _ => spans.push((at_sample, at_sample)),
        },
        Some(Edge::Stopped { at_sample }) => {
            if let Some(last) = spans.last_mut() {
                last.1 = at_sample;
            }
        }
        None => {}
    };
    for (i, window) in pcm.as_chunks::<WINDOW_SAMPLES>().0.iter().enumerate() {
        take(segmenter.push(vad.probability(&mut state, window)?, (i * WINDOW_SAMPLES) as u64));
    }
    take(segmenter.finish(pcm.len() as u64));
    let cut = |(from, to): &(u64, u64)| {
        let from = from.saturating_sub(PREFIX_PADDING_SAMPLES) as usize;
        let to = (*to as usize + 1600).min(pcm.len());
        pcm[from..to].to_vec()
    };
    Ok(spans.iter().map(cut).collect())
}

fn flac(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut reader = claxon::FlacReader::open(path)?;
    let info = reader.streaminfo();
    if (info.sample_rate, info.channels) != (16_000, 1) {
        return Err(format!("{}: 16 kHz mono is needed", path.display()).into());
    }
    let scale = 1.0 / (1_i64 << (info.bits_per_sample - 1)) as f32;
    Ok(reader.samples().map(|s| s.map(|s| s as f32 * scale)).collect::<Result<_, _>>()?)
}

/// What counts: Chinese characters with digits as characters; words of other languages.
fn lenient(text: &str, language: Language) -> Vec<String> {
    let letters = |c: char| match c {
        '0' | '〇' => '零',
        '1' | '幺' | '么' => '一',
        '2' | '两' => '二',
        '3'..='9' => ['三', '四', '五', '六', '七', '八', '九'][c as usize - '3' as usize],
        '他' | '她' | '它' => '他',
        '的' | '地' | '得' => '的',
        c => c,
    };
    match language {
        Language::Chinese => text
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .map(|c| letters(c).to_string())
            .collect(),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => text
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect(),
    }
}

fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

/// CPU seconds of this thread; wall seconds where the system does not tell.
fn cpu_s() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or_else(|| START.with(|start| start.elapsed().as_secs_f64()), |ns| ns / 1e9)
}
