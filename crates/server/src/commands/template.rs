use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use ermu_domain::ProductId;

use crate::{config::Config, template, terminal, wiring::read_pack};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu template wall-shelf -o wall-shelf.pdf\n\nThe holes stand in mounting.yaml of the shop pack."
)]
pub(super) struct TemplateArgs {
    /// Article that is hung on a wall, by its id
    product: String,
    /// Folder of the shop pack
    #[arg(long, value_name = "DIR")]
    shop: Option<PathBuf>,
    /// The file to write; PRODUCT.pdf without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl TemplateArgs {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let folder = self.shop.as_ref().unwrap_or(&config.shop.pack);
        let pack = read_pack(folder)?;
        let id = ProductId(self.product);
        let found = pack.products().iter().find(|product| product.id == id);
        let product = found.with_context(|| format!("{}: no article has the id {id}", folder.display()))?;
        let mounting = pack
            .mounting(&id)
            .with_context(|| format!("{}: {id} has no holes there", folder.join("mounting.yaml").display()))?;
        let output = self.output.unwrap_or_else(|| PathBuf::from(format!("{id}.pdf")));
        std::fs::write(&output, template::sheets(product, mounting))
            .with_context(|| format!("cannot write {}", output.display()))?;
        terminal::say(format!("{}: print it at 100 %, and measure its ruler", output.display()));
        Ok(())
    }
}
