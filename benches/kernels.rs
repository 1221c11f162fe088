//! What runs for every frame or every utterance of every call: `cargo bench`.

use std::{collections::BTreeMap, hint::black_box, sync::Arc, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use ermu_audio::{
    FRAME_SAMPLES, Frame,
    opus::{OpusDecoder, OpusEncoder, OpusOptions},
    prosody,
    resample::Resampler,
    wav,
};
use ermu_dialogue::{Core, Event, Opening, ShopPack, TurnConfig, VoiceAnalysis};
use ermu_domain::{Language, SampleRate, SessionId, SessionTime};
use ermu_testkit::fixture;
use ermu_vision::{DecodeLimits, decode};

fn speech(rate: SampleRate) -> Vec<f32> {
    let clip = wav::read(&fixture("audio-fixtures/zh-damage-report.wav"), Duration::from_secs(30)).expect("a fixture");
    clip.mono_at(rate).expect("a rate that is converted")
}

fn frame() -> Frame {
    let speech = speech(SampleRate::HZ_48000);
    let mut frame = [0.0; FRAME_SAMPLES];
    frame.copy_from_slice(&speech[48_000..48_000 + FRAME_SAMPLES]);
    frame
}

fn sound(bench: &mut Criterion) {
    let frame = frame();
    let mut resampler = Resampler::new(SampleRate::HZ_48000, SampleRate::HZ_16000).expect("rates");
    let mut output = Vec::new();
    bench.bench_function("resample a frame 48 to 16 kHz", |bench| {
        bench.iter(|| {
            output.clear();
            resampler.push(black_box(&frame), &mut output).expect("sound");
        });
    });
    let mut encoder = OpusEncoder::new(OpusOptions::default()).expect("an encoder");
    bench.bench_function("encode a frame", |bench| bench.iter(|| encoder.encode(black_box(&frame)).expect("a packet")));
    let packet = encoder.encode(&frame).expect("a packet");
    let mut decoder = OpusDecoder::new().expect("a decoder");
    bench.bench_function("decode a frame", |bench| {
        bench.iter(|| {
            output.clear();
            decoder.decode(Some(black_box(&packet)), &mut output).expect("sound")
        });
    });
    let utterance = speech(SampleRate::HZ_8000);
    bench.bench_function("prosody features of an utterance", |bench| {
        bench.iter(|| prosody::features(black_box(&utterance)));
    });
}

fn photo(bench: &mut Criterion) {
    let bytes = std::fs::read(fixture("image-fixtures/coffee-machine-scratch.jpg")).expect("a fixture");
    bench.bench_function("decode a photo", |bench| {
        bench.iter(|| decode(black_box(&bytes), DecodeLimits::default()).expect("a photo"));
    });
}

fn dialogue(bench: &mut Criterion) {
    let folder = fixture("shops/demo");
    let files: BTreeMap<String, String> = ShopPack::FILES
        .iter()
        .map(|name| ((*name).to_owned(), std::fs::read_to_string(folder.join(name)).expect("a pack file")))
        .collect();
    bench.bench_function("read and check a shop pack", |bench| {
        bench.iter(|| ShopPack::parse(black_box(&files)).expect("the demo shop"));
    });
    let pack = Arc::new(ShopPack::parse(&files).expect("the demo shop"));
    let opening = || Opening {
        session: SessionId(1),
        language: Language::Chinese,
        today: "2026-11-21T09:00:00".parse().expect("a date"),
        caller_orders: Vec::new(),
        voice_analysis: VoiceAnalysis::default(),
        config: TurnConfig::default(),
    };
    bench.bench_function("understand a sentence and answer", |bench| {
        bench.iter(|| {
            let mut core = Core::new(Arc::clone(&pack), opening());
            core.handle(Event::CallStarted, SessionTime::ZERO);
            let text = "我昨天收到的咖啡机，屏幕上有一道划痕。".to_owned();
            core.handle(Event::Typed { text, sentence: None }, SessionTime::from_millis(5_000));
            while let Some(effect) = core.poll_effect() {
                black_box(effect);
            }
        });
    });
}

criterion_group!(kernels, sound, photo, dialogue);
criterion_main!(kernels);
