use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use ermu_domain::{ProductId, ReadField};
use ermu_vision::{DecodeLimits, FieldRules, decode, fields};

use crate::{
    config::Config,
    terminal,
    wiring::{ModelFiles, references},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu photo image-fixtures/coffee-machine-scratch.jpg --product coffee-machine -o found.jpg\n  ermu photo image-fixtures/labels/parcel-000.jpg"
)]
pub(super) struct PhotoArgs {
    /// JPEG, PNG or WebP
    photo: PathBuf,
    /// Product that is on it: its catalogue photos in the shop pack serve as reference
    #[arg(long)]
    product: Option<String>,
    /// Write the photo with the findings drawn on it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl PhotoArgs {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let bytes = std::fs::read(&self.photo).with_context(|| format!("cannot read {}", self.photo.display()))?;
        let mut references = references(&config.shop.pack.join("photos"))?;
        let photos = match self.product {
            None => Vec::new(),
            Some(product) => {
                let folder = config.shop.pack.join("photos").join(&product);
                references
                    .remove(&ProductId(product))
                    .with_context(|| format!("no catalogue photos at {}", folder.display()))?
            }
        };
        let files = ModelFiles::open()?;
        let inspection = files.inspector(config)?.inspect(&bytes, &photos)?;
        terminal::say(serde_json::to_string_pretty(&inspection.report)?);
        let lines = files.reader()?.read(&decode(&bytes, DecodeLimits::default())?)?;
        for ReadField { kind, value, confidence, .. } in fields(&lines, &FieldRules::ANY) {
            terminal::say(format!("{kind:?} {} ({:.0} %)", value.expose(), confidence.min(0.99) * 100.0));
        }
        if let Some(output) = self.output {
            std::fs::write(&output, inspection.annotated_jpeg.unwrap_or(inspection.upright_jpeg))
                .with_context(|| format!("cannot write {}", output.display()))?;
        }
        Ok(())
    }
}
