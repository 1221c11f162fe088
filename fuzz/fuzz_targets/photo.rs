//! Foreign bytes as a photo: nothing may panic, and what comes out holds pixels only.

#![cfg_attr(fuzzing, no_main)]

#[path = "../../crates/vision/tests/photo_way/mod.rs"]
mod photo_way;

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    photo_way::go(bytes);
});

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let taken = photo_way::go(&std::fs::read(&path)?);
        println!("{}: {}", path.display(), if taken { "a photo" } else { "refused" });
    }
    Ok(())
}
