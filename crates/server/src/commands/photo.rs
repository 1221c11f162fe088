use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use ermu_domain::{MarkSeen, MeasuredBy, MountingTemplate, ProductId, ReadField, WallQuestion, WallReport};
use ermu_vision::{DecodeLimits, FieldRules, decode, fields, inspect_wall};

use crate::{
    config::Config,
    terminal,
    wiring::{ModelFiles, read_pack, references},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu photo image-fixtures/coffee-machine-scratch.jpg --product coffee-machine -o found.jpg\n  ermu photo image-fixtures/labels/parcel-000.jpg\n  ermu photo --install wall-shelf wall.jpg -o holes.jpg"
)]
pub(super) struct PhotoArgs {
    /// JPEG, PNG or WebP
    photo: PathBuf,
    /// Product that is on it: its catalogue photos in the shop pack serve as reference
    #[arg(long)]
    product: Option<String>,
    /// Instead of damage, find where this article's holes belong on a wall with its printed sheet on it
    #[arg(long, value_name = "PRODUCT", conflicts_with = "product")]
    install: Option<String>,
    /// With --install: also measure how far the drawn marks are off
    #[arg(long, requires = "install")]
    marks: bool,
    /// Write the photo with the findings drawn on it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl PhotoArgs {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let bytes = std::fs::read(&self.photo).with_context(|| format!("cannot read {}", self.photo.display()))?;
        if let Some(product) = &self.install {
            return self.install(&bytes, product, config);
        }
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
    fn install(&self, bytes: &[u8], product: &str, config: &Config) -> anyhow::Result<()> {
        let pack = read_pack(&config.shop.pack)?;
        let template = pack.mounting(&ProductId(product.to_owned())).with_context(|| {
            format!("{}: {product} has no holes there", config.shop.pack.join("mounting.yaml").display())
        })?;
        let question = if self.marks { WallQuestion::Marks } else { WallQuestion::Holes };
        let inspection = inspect_wall(bytes, DecodeLimits::default(), template, question)?;
        let report = match inspection.result {
            Ok(report) => report,
            Err(refusal) => bail!("{}: not measured: {refusal:?}", self.photo.display()),
        };
        for line in told(template, &report) {
            terminal::say(line);
        }
        if let Some(output) = &self.output {
            std::fs::write(output, inspection.annotated_jpeg.unwrap_or(inspection.upright_jpeg))
                .with_context(|| format!("cannot write {}", output.display()))?;
        }
        Ok(())
    }
}

/// What was measured, line by line.
fn told(template: &MountingTemplate, report: &WallReport) -> Vec<String> {
    let name = |hole: usize| template.holes.get(hole).map_or("", |hole| hole.name.en.as_str());
    let mut lines = Vec::new();
    match report.by {
        MeasuredBy::Markers => {}
        MeasuredBy::PlainPaper => lines.push(
            "no markers: taken for a blank sheet of A4, less exactly; measure it (210 × 297 mm), and between two marks before you drill"
                .to_owned(),
        ),
    }
    for point in &report.holes {
        let (x, y) = (point.on_photo.x * report.width_px as f32, point.on_photo.y * report.height_px as f32);
        lines.push(format!(
            "{} {}: pixel {x:.0}, {y:.0} of {} × {}; {:.0} mm right, {:.0} mm up of the sheet's middle; ± {:.1} mm",
            point.hole + 1,
            name(point.hole),
            report.width_px,
            report.height_px,
            point.on_wall.x_mm,
            point.on_wall.y_mm,
            point.error_mm
        ));
    }
    if let Some((a, b)) = template.level
        && let (Some(first), Some(second)) = (template.holes.get(a), template.holes.get(b))
    {
        let distance = first.at.distance_mm(second.at);
        lines.push(format!("{} and {} are level, {distance:.0} mm apart", name(a), name(b)));
    }
    if template.least_height_mm > 0 {
        lines.push(format!("the lowest hole is at least {} mm above the floor", template.least_height_mm));
    }
    lines.push(format!("drill {} mm, {} mm deep", template.drill_mm, template.depth_mm));
    lines.push("check for hidden wires and pipes before you drill: a photo does not show them".to_owned());
    for mark in &report.marks {
        let seen = match mark.seen {
            MarkSeen::At(off) => format!("{:.1} mm right, {:.1} mm up of its place", off.x_mm, off.y_mm),
            MarkSeen::Missing => "not seen".to_owned(),
            MarkSeen::Several => "several dark spots, which is it?".to_owned(),
            MarkSeen::Covered => "under the sheet".to_owned(),
        };
        lines.push(format!("mark of {}: {seen}", name(mark.hole)));
    }
    lines
}
