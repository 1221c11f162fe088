//! Prints what speaking costs on one thread: `cargo run --release -p ermu-speech --example synthesizer_speed`.
#![expect(clippy::print_stdout, reason = "it is a measuring tool")]

use std::{error::Error, fs};

use ermu_domain::Language;
use ermu_speech::synth::{Synthesizer, SynthesizerFiles};
use ermu_testkit::{init_onnx, model};

fn main() -> Result<(), Box<dyn Error>> {
    let styles = ["zf_xiaoxiao", "af_heart"].map(|voice| (voice.into(), model(&format!("kokoro-style-{voice}"))));
    let files = SynthesizerFiles { model: model("kokoro"), vocab: model("kokoro-vocab"), styles: styles.into() };
    let onnx = init_onnx();
    let start = cpu_seconds()?;
    let mut synthesizer = Synthesizer::load(&onnx, &files)?;
    println!("load: {:.2} CPU s", cpu_seconds()? - start);
    for (text, language, voice) in [
        ("您好，", Language::Chinese, "zf_xiaoxiao"),
        ("您好，", Language::Chinese, "zf_xiaoxiao"),
        ("好的，我马上为您查询。", Language::Chinese, "zf_xiaoxiao"),
        (
            "您的订单123456今天10:05已经被快递公司揽收，运单号EF123456789，预计明天18:00前送达。",
            Language::Chinese,
            "zf_xiaoxiao",
        ),
        ("Hello,", Language::English, "af_heart"),
        (
            "Your order 123456 was collected by the carrier today at 10:05; it arrives tomorrow before 18:00.",
            Language::English,
            "af_heart",
        ),
    ] {
        let start = cpu_seconds()?;
        let speech = synthesizer.synthesize(text, language, &voice.into(), 1.0)?;
        let (spent, sound) = (cpu_seconds()? - start, speech.duration().as_secs_f64());
        println!("{spent:.2} CPU s for {sound:.2} s of sound, real-time factor {:.2}: {text}", spent / sound);
    }
    Ok(())
}

/// User and system time of this process so far.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
