//! Articles of the catalogue whose names the transcriber does not know how to write.

use ermu_dialogue::{Doubt, ProductIndex};
use ermu_speech::transcriber::TranscriberWorker;
use tracing::warn;

/// What was just transcribed as `text`, with the article that it names spelt as the catalogue does, where the text names none and
/// the sound speaks for one. None in all other cases, most of which cost nothing.
pub fn article_by_sound(worker: &mut TranscriberWorker, articles: &ProductIndex, text: &str) -> Option<String> {
    let Doubt { heard, readings } = articles.doubt(text)?;
    match worker.likeliest(&heard, &readings) {
        Ok(likeliest) => readings.into_iter().nth(likeliest?),
        Err(error) => {
            warn!(%error, "readings of an utterance could not be weighed");
            None
        }
    }
}
