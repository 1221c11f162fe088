//! `mounting.yaml`: articles that are hung on a wall, and where their holes are.

use std::collections::BTreeMap;

use ermu_domain::{Hole, Localized, MountingTemplate, Outline, ProductId, WallPoint};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{PackError, Problems, Product};

pub(super) const FILE: &str = "mounting.yaml";

/// Nothing is farther from the sheet, or higher above the floor, than this.
const FARTHEST_MM: u32 = 3000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateYaml {
    drill: DrillYaml,
    holes: Vec<Spanned<HoleYaml>>,
    #[serde(default)]
    level: Option<(usize, usize)>,
    #[serde(default)]
    least_height: u32,
    article: ArticleYaml,
    #[serde(default)]
    clearance: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DrillYaml {
    diameter: u32,
    depth: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoleYaml {
    zh: String,
    en: String,
    /// Names in further languages; who lacks one is told of the hole in English.
    #[serde(default)]
    es: String,
    #[serde(default)]
    pt: String,
    #[serde(default)]
    ar: String,
    x: f32,
    y: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticleYaml {
    left: u32,
    right: u32,
    above: u32,
    below: u32,
}

/// Reads the templates; a pack without the file has none.
pub(super) fn parse(
    text: Option<&str>,
    products: &[Product],
    problems: &mut Problems,
) -> BTreeMap<ProductId, MountingTemplate> {
    let yaml = text.map(|text| serde_saphyr::from_str(text).map_err(|error| PackError::yaml(FILE, &error)));
    let yaml: BTreeMap<String, Spanned<TemplateYaml>> = yaml.and_then(|yaml| problems.take(yaml)).unwrap_or_default();
    let mut templates = BTreeMap::new();
    for (id, yaml) in yaml {
        let (line, yaml) = (yaml.defined.line(), yaml.value);
        if !products.iter().any(|product| product.id.0 == id) {
            problems.add(FILE, line, format!("{id:?} is not in {}", super::catalogue::FILE));
        }
        check(&id, line, &yaml, problems);
        let TemplateYaml { drill, holes, level, least_height, article, clearance } = yaml;
        let hole = |yaml: Spanned<HoleYaml>| {
            let HoleYaml { zh, en, es, pt, ar, x, y } = yaml.value;
            Hole { name: Localized { zh, en, es, pt, ar }, at: WallPoint { x_mm: x, y_mm: y } }
        };
        let template = MountingTemplate {
            holes: holes.into_iter().map(hole).collect(),
            drill_mm: drill.diameter,
            depth_mm: drill.depth,
            // Holes are counted from 1 in the file.
            level: level.map(|(a, b)| (a.saturating_sub(1), b.saturating_sub(1))),
            least_height_mm: least_height,
            outline: Outline {
                left_mm: article.left,
                right_mm: article.right,
                above_mm: article.above,
                below_mm: article.below,
                clearance_mm: clearance,
            },
        };
        templates.insert(ProductId(id), template);
    }
    templates
}

fn check(id: &str, line: u64, yaml: &TemplateYaml, problems: &mut Problems) {
    let mut fail = |line: u64, problem: String| problems.add(FILE, line, format!("{id}: {problem}"));
    let TemplateYaml { drill, holes, level, least_height, article, clearance } = yaml;
    if !(2..=30).contains(&drill.diameter) {
        fail(line, format!("`diameter` {} is not 2 to 30 mm", drill.diameter));
    }
    if !(5..=200).contains(&drill.depth) {
        fail(line, format!("`depth` {} is not 5 to 200 mm", drill.depth));
    }
    let most = MountingTemplate::MOST_HOLES;
    if !(1..=most).contains(&holes.len()) {
        fail(line, format!("has {} holes, 1 to {most} are taken", holes.len()));
    }
    for (name, value) in [
        ("least_height", *least_height),
        ("clearance", *clearance),
        ("left", article.left),
        ("right", article.right),
        ("above", article.above),
        ("below", article.below),
    ] {
        if value > FARTHEST_MM {
            fail(line, format!("`{name}` {value} is more than {FARTHEST_MM} mm"));
        }
    }
    for (index, hole) in holes.iter().enumerate() {
        let (line, hole) = (hole.defined.line(), &hole.value);
        if hole.zh.trim().is_empty() || hole.en.trim().is_empty() {
            fail(line, "a hole needs zh and en".to_owned());
        }
        let far = |v: f32| !v.is_finite() || v.abs() > FARTHEST_MM as f32;
        if far(hole.x) || far(hole.y) {
            fail(line, format!("`x` and `y` need -{FARTHEST_MM} to {FARTHEST_MM} mm"));
        }
        let apart = |other: &HoleYaml| (hole.x - other.x).hypot(hole.y - other.y);
        if holes[..index].iter().any(|other| apart(&other.value) < drill.diameter as f32) {
            fail(line, "two holes overlap".to_owned());
        }
    }
    if let Some((a, b)) = *level {
        let hole = |number: usize| number.checked_sub(1).and_then(|index| holes.get(index)).map(|hole| &hole.value);
        match (hole(a), hole(b)) {
            (Some(first), Some(second)) if a != b => {
                if (first.y - second.y).abs() > 1.0 {
                    fail(line, format!("`level`: the holes {a} and {b} differ in y"));
                }
            }
            _ => fail(line, format!("`level` names two of the {} holes, such as [1, 2]", holes.len())),
        }
    }
}
