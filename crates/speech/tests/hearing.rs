//! Voice activity, segmenter and transcriber on the real models.

use std::{
    path::Path,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use ermu_domain::Language;
use ermu_speech::{
    segmenter::{Edge, Segmenter, SegmenterConfig},
    transcriber::{
        Expecting, Heard, MAX_SECONDS, TranscribeError, TranscribeOptions, Transcriber, TranscriberWorker, Why,
    },
    vad::{LoadVadError, VadError, VadState, VoiceActivity, WINDOW_SAMPLES},
};
use ermu_testkit::{init_onnx, model, shared_data};

const RATE: usize = 16_000;

static WHISPER: LazyLock<Transcriber> =
    LazyLock::new(|| Transcriber::load(&model("whisper-base-q8_0")).expect("the model loads"));

fn worker() -> TranscriberWorker {
    WHISPER.worker().expect("there is memory")
}

fn vad() -> VoiceActivity {
    VoiceActivity::load(&init_onnx(), &model("silero-vad-16k")).expect("the model loads")
}

/// Something like a vowel: harmonics of 120 Hz under three formants, in bursts.
fn vowel() -> Vec<f32> {
    use std::f64::consts::TAU;
    (0..40 * WINDOW_SAMPLES)
        .map(|i| {
            let t = i as f64 / RATE as f64;
            let voice: f64 = (1..25)
                .map(f64::from)
                .map(|h| {
                    let near =
                        |centre: f64, width: f64, gain: f64| gain / (1.0 + ((120.0 * h - centre) / width).powi(2));
                    let gain = near(700.0, 120.0, 1.0) + near(1200.0, 150.0, 0.6) + near(2600.0, 250.0, 0.3);
                    gain * (TAU * h * 120.0 * t + h * 0.3 * (TAU * 4.0 * t).sin()).sin()
                })
                .sum();
            (0.12 * (TAU * 2.2 * t).sin().clamp(0.0, 1.0) * voice) as f32
        })
        .collect()
}

fn noise(samples: usize, level: f32) -> Vec<f32> {
    let mut seed = 7_u64;
    (0..samples)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            level * ((seed >> 40) as f32 / (1_u64 << 23) as f32 - 1.0)
        })
        .collect()
}

fn tone(samples: usize, hz: f32) -> Vec<f32> {
    (0..samples).map(|i| 0.3 * (std::f32::consts::TAU * hz * i as f32 / RATE as f32).sin()).collect()
}

fn flac(path: &Path) -> Vec<f32> {
    let mut reader = claxon::FlacReader::open(path).expect("a FLAC file");
    assert_eq!((reader.streaminfo().sample_rate, reader.streaminfo().bits_per_sample), (16_000, 16));
    reader.samples().map(|s| s.expect("a sample") as f32 / 32_768.0).collect()
}

#[test]
fn voice_activity_gives_the_reference_probabilities() {
    // onnxruntime 1.31.1 in Python, on the same samples.
    const REFERENCE: [f32; 12] =
        [0.2722, 0.5696, 0.3771, 0.1996, 0.0868, 0.0896, 0.2051, 0.0205, 0.0193, 0.0178, 0.0157, 0.0121];
    let (mut vad, mut state) = (vad(), VadState::default());
    for pass in 0..2 {
        for (window, expected) in vowel().as_chunks::<WINDOW_SAMPLES>().0.iter().zip(REFERENCE) {
            let probability = vad.probability(&mut state, window).expect("a probability");
            assert!((probability - expected).abs() < 2e-3, "pass {pass}: {probability} is not {expected}");
        }
        state.reset();
    }
}

#[test]
fn voice_activity_keeps_two_calls_apart() {
    let mut vad = vad();
    let (mut one, mut two) = (VadState::default(), VadState::default());
    let alone: Vec<f32> = {
        let mut state = VadState::default();
        vowel().as_chunks().0.iter().map(|w| vad.probability(&mut state, w).expect("a probability")).collect()
    };
    for (window, expected) in vowel().as_chunks().0.iter().zip(alone) {
        vad.probability(&mut two, &[0.5; WINDOW_SAMPLES]).expect("a probability");
        assert_eq!(vad.probability(&mut one, window).expect("a probability"), expected);
    }
}

#[test]
fn voice_activity_refuses_what_is_not_finite_and_goes_on() {
    let (mut vad, mut state) = (vad(), VadState::default());
    let mut window = [0.0; WINDOW_SAMPLES];
    window[3] = f32::NAN;
    let before = state.clone();
    assert!(matches!(vad.probability(&mut state, &window), Err(VadError::NotFinite { index: 3 })));
    assert_eq!(state, before);
    window[3] = f32::MAX;
    assert!(vad.probability(&mut state, &window).expect("a probability").is_finite());
}

#[test]
fn another_graph_is_no_voice_activity_model() {
    let onnx = init_onnx();
    assert!(matches!(VoiceActivity::load(&onnx, &model("smart-turn")), Err(LoadVadError::Unsupported { .. })));
    assert!(matches!(VoiceActivity::load(&onnx, Path::new("/nowhere")), Err(LoadVadError::Unreadable { .. })));
    assert!(matches!(VoiceActivity::load(&onnx, &model("kokoro-vocab")), Err(LoadVadError::Unreadable { .. })));
}

#[test]
fn sound_without_words_gives_none() {
    let mut worker = worker();
    let sounds = [
        ("no sample", vec![]),
        ("one sample", vec![0.9]),
        ("silence", vec![0.0; 3 * RATE]),
        ("an offset", vec![0.8; 3 * RATE]),
        ("noise", noise(4 * RATE, 0.2)),
        ("hiss", noise(4 * RATE, 0.01)),
        ("a tone", tone(3 * RATE, 440.0)),
        ("hum", tone(3 * RATE, 50.0)),
        ("a click", [vec![0.0; RATE], vec![1.0; 20], vec![0.0; RATE]].concat()),
        ("a minute of silence", vec![0.0; 60 * RATE]),
    ];
    for (name, sound) in sounds {
        let heard = worker.transcribe(&sound, &TranscribeOptions::default());
        assert!(matches!(heard, Ok(Heard::Nothing(_))), "{name}: {heard:?}");
    }
    assert_eq!(worker.transcribe(&[], &TranscribeOptions::default()), Ok(Heard::Nothing(Why::Silence)));
}

#[test]
fn bad_sound_is_an_error_that_names_the_limit() {
    let mut worker = worker();
    let options = TranscribeOptions::default();
    assert_eq!(worker.transcribe(&[0.0, f32::NAN], &options), Err(TranscribeError::NotFinite { index: 1 }));
    assert_eq!(worker.transcribe(&[f32::NEG_INFINITY], &options), Err(TranscribeError::NotFinite { index: 0 }));
    let error = worker.transcribe(&vec![0.0; (MAX_SECONDS + 1) * RATE], &options).expect_err("too long");
    assert!(error.to_string().contains(&MAX_SECONDS.to_string()), "{error}");
}

#[test]
fn an_aborted_transcription_ends_and_the_worker_lives_on() {
    let mut worker = worker();
    let options = TranscribeOptions { abort: Arc::new(AtomicBool::new(true)), ..TranscribeOptions::default() };
    assert_eq!(worker.transcribe(&tone(RATE, 300.0), &options), Err(TranscribeError::Aborted));
    let options = TranscribeOptions::default();
    let abort = Arc::clone(&options.abort);
    let sound = noise(25 * RATE, 0.2);
    let heard = std::thread::scope(|scope| {
        let heard = scope.spawn(|| worker.transcribe(&sound, &options));
        // While it encodes or just before; either is seen.
        abort.store(true, Ordering::Relaxed);
        heard.join().expect("no panic")
    });
    assert_eq!(heard, Err(TranscribeError::Aborted));
    let heard = worker.transcribe(&noise(2 * RATE, 0.2), &TranscribeOptions::default());
    assert!(matches!(heard, Ok(Heard::Nothing(_))), "{heard:?}");
}

#[test]
fn real_speech_is_found_by_voice_activity() {
    let Some(data) = shared_data() else { return };
    let mut vad = vad();
    for file in ["zh/aishell_S0150_W0005.flac", "zh/aishell_S0150_W0063.flac", "zh/aishell_S0150_W0084.flac"] {
        let pcm = [vec![0.0; RATE], flac(&data.join("speech").join(file)), vec![0.0; RATE]].concat();
        let (mut state, mut segmenter) = (VadState::default(), Segmenter::new(SegmenterConfig::default()));
        let mut edges = Vec::new();
        for (window, i) in pcm.as_chunks::<WINDOW_SAMPLES>().0.iter().zip(0_u64..) {
            let probability = vad.probability(&mut state, window).expect("a probability");
            edges.extend(segmenter.push(probability, i * WINDOW_SAMPLES as u64));
        }
        let Some(Edge::Started { at_sample: start }) = edges.first().copied() else { panic!("{file}: {edges:?}") };
        let Some(Edge::Stopped { at_sample: end }) = edges.last().copied() else { panic!("{file}: {edges:?}") };
        let range = RATE as u64 - 512..(pcm.len() - RATE) as u64 + 3200;
        assert!(range.contains(&start) && range.contains(&end) && end - start > 8000, "{file}: {edges:?}");
    }
}

#[test]
fn real_speech_is_heard() {
    let Some(data) = shared_data() else { return };
    let mut worker = worker();
    for (file, expecting, words) in [
        ("zh/aishell_S0150_W0005.flac", Expecting::Anything, "调高温度"),
        ("zh/aishell_S0150_W0063.flac", Expecting::Anything, "想听歌曲一辈子的爱"),
        // The model writes 骨居, which is no word.
        ("zh/aishell_S0150_W0009.flac", Expecting::Anything, "上海孙中山故居纪念馆"),
        ("zh/aishell_S0150_W0085.flac", Expecting::Digits, "一三五一五零八二一九二"),
    ] {
        let pcm = flac(&data.join("speech").join(file));
        let options = TranscribeOptions { expecting, ..TranscribeOptions::default() };
        let heard = worker.transcribe(&pcm, &options).expect("a transcription");
        let Heard::Words { text, language, confidence, avg_log_prob } = heard else { panic!("{file}: {heard:?}") };
        assert_eq!((text.as_str(), language), (words, Language::Chinese));
        assert!((0.5..=1.0).contains(&confidence) && (-0.7..0.0).contains(&avg_log_prob));
        let detected = worker.detect(&[Language::Chinese, Language::English]);
        assert!(matches!(detected, Some((Language::Chinese, p)) if p > 0.5), "{detected:?}");
    }
}

#[test]
fn of_several_readings_the_sound_tells_the_one_that_was_said() {
    let Some(data) = shared_data() else { return };
    let mut worker = worker();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    assert_eq!(worker.likeliest("你好", &texts(&["你们好"])).expect("an answer"), None, "nothing was heard yet");
    let pcm = flac(&data.join("speech/zh/aishell_S0150_W0030.flac"));
    worker.transcribe(&pcm, &TranscribeOptions::default()).expect("a transcription");
    let likeliest = |worker: &mut TranscriberWorker, readings: &[&str]| {
        worker.likeliest("杭州大沙构成超市", &texts(readings)).expect("an answer")
    };
    assert_eq!(likeliest(&mut worker, &["杭州大学购物超市", "杭州大厦购物城超市", "广州塔下购物城"]), Some(1));
    assert_eq!(likeliest(&mut worker, &["杭州电饭煲超市", "老洋房花园饭店"]), None, "far from what was said");
    assert_eq!(likeliest(&mut worker, &["杭州大厦购物城超市", "杭州大厦购物城超市"]), None, "as likely as each other");
    assert_eq!(likeliest(&mut worker, &[]), None);
}

#[test]
fn a_long_utterance_is_cut_and_heard_to_its_end() {
    let Some(data) = shared_data() else { return };
    let mut worker = worker();
    let mut pcm = Vec::new();
    for number in ["0005", "0008", "0009", "0013", "0030", "0035", "0061", "0062", "0074", "0085", "0094", "0063"] {
        pcm.extend(flac(&data.join(format!("speech/zh/aishell_S0150_W{number}.flac"))));
        pcm.resize(pcm.len() + RATE / 2, 0.0);
    }
    assert!(pcm.len() > 30 * RATE);
    let heard = worker.transcribe(&pcm, &TranscribeOptions::default()).expect("a transcription");
    let Heard::Words { text, .. } = heard else { panic!("{heard:?}") };
    assert!(text.starts_with("调高温度") && text.contains("孙中山"), "{text}");
    assert!(text.trim_end_matches(|c: char| !c.is_alphanumeric()).ends_with("一辈子的爱"), "{text}");
}
