//! Prints the prosody features of WAV files as CSV: `prosody_features LIST`, where LIST is a file with one path a
//! line. Files without enough voice get no row.
#![allow(clippy::print_stdout)]

use std::{env, error::Error, fs, path::Path, time::Duration};

use ermu_audio::{prosody, wav};
use ermu_domain::SampleRate;

fn main() -> Result<(), Box<dyn Error>> {
    let list = env::args().nth(1).ok_or("usage: prosody_features LIST (a file with one WAV path a line)")?;
    println!("file,{}", prosody::NAMES.join(","));
    for path in fs::read_to_string(list)?.lines() {
        let clip = wav::read(Path::new(path), Duration::from_secs(60))?;
        if let Some(features) = prosody::features(&clip.mono_at(SampleRate::HZ_8000)?) {
            let row: Vec<String> = features.iter().map(f32::to_string).collect();
            println!("{path},{}", row.join(","));
        }
    }
    Ok(())
}
