//! The synthesizer on its real weights.

use std::{
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use ermu_audio::resample::resample;
use ermu_domain::{Language, SampleRate};
use ermu_speech::{
    synth::{
        ClauseCache, LoadSynthesizerError, SynthesisError, Synthesizer, SynthesizerFiles, VoiceName, split_clauses,
    },
    transcriber::{Expecting, Heard, TranscribeOptions, Transcriber},
};
use ermu_testkit::{init_onnx, model, shared_data};

fn files() -> SynthesizerFiles {
    let styles = ["zf_xiaoxiao", "zm_yunjian", "af_heart", "am_michael"]
        .map(|voice| (voice.into(), model(&format!("kokoro-style-{voice}"))));
    SynthesizerFiles { model: model("kokoro"), vocab: model("kokoro-vocab"), styles: styles.into() }
}

/// One for all tests: loading takes longer than a clause, and two at once would only wait for each other.
fn synthesizer() -> MutexGuard<'static, Synthesizer> {
    static SYNTHESIZER: LazyLock<Mutex<Synthesizer>> =
        LazyLock::new(|| Synthesizer::load(&init_onnx(), &files()).unwrap_or_else(|error| panic!("{error}")).into());
    SYNTHESIZER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn chinese() -> VoiceName {
    "zf_xiaoxiao".into()
}

#[test]
fn sounds_as_long_and_as_loud_as_the_golden_sentences() {
    #[derive(serde::Deserialize)]
    struct Golden {
        text: String,
        samples: usize,
        durations: Vec<usize>,
        rms: f32,
    }
    let Some(data) = shared_data() else { return };
    let golden: Vec<Golden> =
        serde_json::from_slice(&std::fs::read(data.join("tts/golden_zh_xiaoxiao.json")).unwrap()).unwrap();
    let mut synthesizer = synthesizer();
    for golden in golden.iter().step_by(14) {
        assert_eq!(golden.durations.iter().sum::<usize>() * 600, golden.samples);
        // The first frames and the last ones of a sentence are the silence that we cut off.
        let edges = golden.durations[0] + golden.durations[golden.durations.len() - 3..].iter().sum::<usize>();
        let spoken = golden.samples - edges * 600;
        let speech = synthesizer.synthesize(&golden.text, Language::Chinese, &chinese(), 1.0).unwrap();
        let ratio = speech.pcm_24k.len() as f32 / spoken as f32;
        assert!((0.9..1.15).contains(&ratio), "{}: {ratio}", golden.text);
        let power = speech.pcm_24k.iter().map(|sample| sample * sample).sum::<f32>() / golden.samples as f32;
        let loudness = power.sqrt() / golden.rms;
        assert!((0.85..1.15).contains(&loudness), "{}: {loudness}", golden.text);
    }
}

#[test]
fn speed_language_voice_and_limits() {
    let mut synthesizer = synthesizer();
    let mut seconds = |text: &str, language, voice: &str, speed| {
        synthesizer.synthesize(text, language, &voice.into(), speed).map(|speech| speech.duration().as_secs_f32())
    };
    let normal = seconds("您好，请稍等。", Language::Chinese, "zf_xiaoxiao", 1.0).unwrap();
    let fast = seconds("您好，请稍等。", Language::Chinese, "zf_xiaoxiao", 1.3).unwrap();
    assert!(fast < normal * 0.9, "{fast} {normal}");
    let english = seconds("Your order one two three.", Language::English, "af_heart", 1.0).unwrap();
    assert!((1.0..4.0).contains(&english), "{english}");
    for nothing in ["", " ", "😀😀", "，。！", "\u{0}\u{7}\u{1b}", "\n\n"] {
        assert_eq!(seconds(nothing, Language::Chinese, "zf_xiaoxiao", 1.0).unwrap(), 0.0, "{nothing:?}");
    }
    let mut refused = |text: &str, language, voice: &str, speed| seconds(text, language, voice, speed).unwrap_err();
    use SynthesisError as E;
    assert!(matches!(
        refused(&"好".repeat(10_000), Language::Chinese, "zf_xiaoxiao", 1.0),
        E::TooLong { characters: 10_000 }
    ));
    assert!(matches!(refused("好", Language::Chinese, "nobody", 1.0), E::UnknownVoice(_)));
    assert!(matches!(refused("好", Language::Chinese, "zf_xiaoxiao", 0.0), E::Speed(_)));
    assert!(matches!(refused("好", Language::Chinese, "zf_xiaoxiao", f32::NAN), E::Speed(_)));
    assert!(matches!(refused("مرحبا", Language::Arabic, "zf_xiaoxiao", 1.0), E::UnsupportedLanguage(Language::Arabic)));
}

#[test]
fn what_it_says_is_understood() {
    let transcriber = Transcriber::load(&model("whisper-base-q8_0")).unwrap();
    let mut worker = transcriber.worker().unwrap();
    let mut synthesizer = synthesizer();
    for (text, language, voice, understood) in [
        ("好的，我马上为您查询，请稍等。", Language::Chinese, "zf_xiaoxiao", "为您查询"),
        ("您的订单123456预计明天18:00前送达。", Language::Chinese, "zf_xiaoxiao", "123456"),
        ("Your order will arrive tomorrow.", Language::English, "af_heart", "yourorderwillarrivetomorrow"),
    ] {
        let speech = synthesizer.synthesize(text, language, &voice.into(), 1.0).unwrap();
        let pcm_16k = resample(&speech.pcm_24k, SampleRate::HZ_24000, SampleRate::HZ_16000).unwrap();
        let options = TranscribeOptions { language, ..TranscribeOptions::default() };
        let Heard::Words { text: heard, .. } = worker.transcribe(&pcm_16k, &options).unwrap() else {
            panic!("nothing heard in: {text}");
        };
        let letters: String = heard.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
        assert!(letters.contains(understood), "{text}: {heard}");
    }
}

#[test]
fn another_thread_can_cancel() {
    let mut synthesizer = synthesizer();
    let cancel = AtomicBool::new(false);
    let long = "这是一个很长的句子，说完它需要很长的时间，可是已经没有人想听了。";
    let spoken = |synthesizer: &mut Synthesizer| {
        synthesizer.synthesize_unless(&cancel, long, Language::Chinese, &chinese(), 1.0)
    };
    let whole = Instant::now();
    spoken(&mut synthesizer).unwrap();
    let whole = whole.elapsed();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::park_timeout(whole / 5);
            cancel.store(true, Ordering::Relaxed);
        });
        // A run that came to its end would be a success.
        assert!(matches!(spoken(&mut synthesizer), Err(SynthesisError::Cancelled)));
    });
    assert!(matches!(spoken(&mut synthesizer), Err(SynthesisError::Cancelled)));
}

#[test]
fn broken_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let dead = folder.path().join("dead");
    std::fs::write(&dead, b"not a model").unwrap();
    let onnx = init_onnx();
    let load = |change: fn(&mut SynthesizerFiles, std::path::PathBuf)| {
        let mut files = files();
        change(&mut files, dead.clone());
        Synthesizer::load(&onnx, &files).unwrap_err()
    };
    for error in [
        load(|files, dead| files.vocab = dead),
        load(|files, dead| files.styles[0].1 = dead),
        load(|files, dead| files.model = dead),
    ] {
        assert!(error.to_string().contains("dead"), "{error}");
    }
    let other = load(|files, _| files.model = model("silero-vad"));
    assert!(matches!(other, LoadSynthesizerError::Unsupported { .. }), "{other}");
}

#[test]
fn a_synthesizer_can_move_to_its_thread() {
    fn sendable<T: Send + 'static>() {}
    sendable::<Synthesizer>();
    sendable::<ClauseCache>();
    assert_eq!(split_clauses("您好，我是小安。", Language::Chinese), ["您好，", "我是小安。"]);
}

/// Left to itself the small Whisper guesses at these, and guesses are thrown away.
#[test]
fn a_short_sound_is_heard_as_what_was_asked_for() {
    let whisper = Transcriber::load(&model("whisper-base-q8_0")).unwrap();
    let mut worker = whisper.worker().unwrap();
    let mut hear = |text: &str, language, voice: &str, expecting| {
        let speech = synthesizer().synthesize(text, language, &voice.into(), 1.0).unwrap();
        let pcm_16k = resample(&speech.pcm_24k, SampleRate::HZ_24000, SampleRate::HZ_16000).unwrap();
        match worker.transcribe(&pcm_16k, &TranscribeOptions { language, expecting, ..TranscribeOptions::default() }) {
            Ok(Heard::Words { text, .. }) => text,
            other => format!("{other:?}"),
        }
    };
    let (zh, en) = (Language::Chinese, Language::English);
    assert_eq!(hear("是的", zh, "zm_yunjian", Expecting::YesNo), "是的");
    assert_eq!(hear("好的", zh, "zm_yunjian", Expecting::YesNo), "好的");
    assert_eq!(hear("No", en, "am_michael", Expecting::YesNo), "No.");
    // A question is no yes, however much of one it holds.
    for (text, voice) in [("可以换吗", "zf_xiaoxiao"), ("是吗", "zm_yunjian"), ("多少钱", "zm_yunjian")] {
        let heard = hear(text, zh, voice, Expecting::YesNo);
        assert!(!["是", "是的", "可以", "好"].contains(&heard.as_str()), "{text}: {heard}");
    }
    let mut digits = |text: &str| {
        let heard = hear(text, zh, "zm_yunjian", Expecting::Digits);
        heard.chars().filter(|c| c.is_alphanumeric()).collect::<String>()
    };
    for number in ["七七八八", "六五四三二一", "二四六八一零"] {
        assert_eq!(digits(number), number);
    }
    assert_eq!(digits("我要退货"), "我要退货");
    // How often a digit was said that goes on and on nobody can tell, but which it was.
    let eights = digits("八八八八八八");
    assert!(eights.len() >= 6 && eights.chars().all(|c| "8八".contains(c)), "{eights}");
}
