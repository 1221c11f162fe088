//! Takes up a changed shop pack without a restart. A broken edit changes nothing but the log.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use ermu_dialogue::ShopPack;
use ermu_engine::Engine;
use jiff::{Timestamp, tz::TimeZone};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::{sentences::Sentences, wiring::read_pack};

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(2);

/// Looks at the pack's files until it is aborted; calls that begin after a change take the new pack.
pub(crate) fn watch(folder: PathBuf, sentences: Option<Sentences>, engine: Engine) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut watched = Watched::new(folder, sentences);
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // Reading a pack also learns its intents: that is seconds of work, on no thread of a call.
            let looked = tokio::task::spawn_blocking(move || {
                let changed = watched.changed();
                (watched, changed)
            });
            let Ok((kept, changed)) = looked.await else { return };
            watched = kept;
            match changed {
                None => {}
                Some(Ok(pack)) => take_up(&engine, pack).await,
                Some(Err(error)) => warn!("the shop pack was changed, but the old one stays: {error:#}"),
            }
        }
    })
}

async fn take_up(engine: &Engine, pack: ShopPack) {
    if let Ok(zone) = TimeZone::get(&pack.shop().timezone) {
        let today = Timestamp::now().to_zoned(zone).date();
        if let Err(error) = engine.store().import_orders(&pack.orders(today)).await {
            warn!(%error, "the changed pack's orders could not be stored");
        }
    }
    engine.replace_pack(pack);
    info!("the shop pack was changed: calls from now on take the new one");
}

/// The pack's files, as they were when they were last looked at.
struct Watched {
    folder: PathBuf,
    sentences: Option<Sentences>,
    seen: Vec<Option<(SystemTime, u64)>>,
}

impl Watched {
    fn new(folder: PathBuf, sentences: Option<Sentences>) -> Self {
        let seen = look(&folder);
        Self { folder, sentences, seen }
    }

    /// The new pack, or why it is wrong; none if no file has changed since the last look.
    fn changed(&mut self) -> Option<anyhow::Result<ShopPack>> {
        let now = look(&self.folder);
        if now == self.seen {
            return None;
        }
        self.seen = now;
        Some(read_pack(&self.folder).map(|mut pack| {
            if let Some(sentences) = &self.sentences {
                sentences.teach(&mut pack, |_, _| ());
            }
            pack
        }))
    }
}

/// When each file was changed, and how long it is.
fn look(folder: &Path) -> Vec<Option<(SystemTime, u64)>> {
    let file = |name: &&str| {
        let metadata = folder.join(name).metadata().ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    ShopPack::FILES.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_edit_says_why_and_a_mended_one_is_taken() {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shops/demo");
        let folder = tempfile::tempdir().unwrap();
        for name in ShopPack::FILES {
            std::fs::copy(demo.join(name), folder.path().join(name)).unwrap();
        }
        let mut watched = Watched::new(folder.path().to_owned(), None);
        assert!(watched.changed().is_none(), "nothing has changed");
        let catalogue = folder.path().join("catalogue.csv");
        let text = std::fs::read_to_string(&catalogue).unwrap();
        std::fs::write(&catalogue, text.replace(",49.00,", ",cheap,")).unwrap();
        let error = format!("{:#}", watched.changed().unwrap().unwrap_err());
        assert!(error.contains("catalogue.csv:5") && error.contains("cheap"), "{error}");
        assert!(watched.changed().is_none(), "it is told once");
        std::fs::write(&catalogue, text.replace(",49.00,", ",490.00,")).unwrap();
        assert!(watched.changed().unwrap().is_ok());
    }
}
