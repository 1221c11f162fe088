//! `attributes.csv` and `sizes.csv`: what is written of each article. Whatever Ermu says of an article stands here.

use std::collections::{BTreeMap, BTreeSet};

use ermu_domain::{Language, Localized, ProductId};
use serde::Deserialize;

use super::{
    PackError, Problems, Product,
    attributes::{self, PRICE, SIZE, Tag, Term, Vocabulary},
    catalogue,
};
use crate::wording;

pub(super) const CELLS_FILE: &str = "attributes.csv";
pub(super) const SIZES_FILE: &str = "sizes.csv";

/// Everything that is known of the articles.
#[derive(Debug, Default)]
pub(crate) struct Range {
    pub(crate) vocabulary: Vocabulary,
    sheets: BTreeMap<ProductId, Sheet>,
}

/// What is written of one article.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) name: Localized,
    pub(crate) category: Option<String>,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) goes_with: Option<ProductId>,
    pub(crate) price: ermu_domain::Money,
    cells: BTreeMap<String, Localized>,
    /// From small to large; empty for what has no sizes.
    pub(crate) sizes: Vec<Size>,
}

/// A line of a size table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) name: String,
    /// From and to.
    pub(crate) height_cm: (u32, u32),
    /// From and to.
    pub(crate) weight_kg: (u32, u32),
}

impl Range {
    /// What is written of an article.
    pub(crate) fn sheet(&self, product: &ProductId) -> Option<&Sheet> {
        self.sheets.get(product)
    }

    /// An attribute's value in the catalogue's words; none if nothing is written.
    pub(crate) fn cell(&self, product: &ProductId, attribute: &str, language: Language) -> Option<String> {
        let sheet = self.sheet(product)?;
        match attribute {
            PRICE => Some(wording::price(sheet.price, language)),
            SIZE if !sheet.sizes.is_empty() => {
                let names: Vec<_> = sheet.sizes.iter().map(|size| size.name.as_str()).collect();
                Some(wording::list(&names, language))
            }
            _ => sheet.cells.get(attribute).map(|cell| cell.get(language).to_owned()),
        }
    }

    pub(crate) fn attribute(&self, id: &str) -> Option<&Term> {
        self.vocabulary.attributes.iter().find(|attribute| attribute.id == id)
    }

    pub(crate) fn tag(&self, id: &str) -> Option<&Tag> {
        self.vocabulary.tags.iter().find(|tag| tag.term.id == id)
    }

    pub(crate) fn category(&self, id: &str) -> Option<&Term> {
        self.vocabulary.categories.iter().find(|category| category.id == id)
    }

    /// The articles of a category.
    pub(crate) fn of_category(&self, category: &str) -> Vec<ProductId> {
        let belongs = |sheet: &Sheet| sheet.category.as_deref() == Some(category);
        self.sheets.iter().filter(|(_, sheet)| belongs(sheet)).map(|(id, _)| id.clone()).collect()
    }

    /// All articles.
    pub(crate) fn products(&self) -> impl Iterator<Item = (&ProductId, &Sheet)> {
        self.sheets.iter()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellRow {
    product: String,
    attribute: String,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SizeRow {
    product: String,
    size: String,
    height_cm: String,
    weight_kg: String,
}

/// Puts together what the files say of each article.
pub(super) fn parse(
    entries: &[catalogue::Entry],
    vocabulary: Vocabulary,
    cells: Option<&str>,
    sizes: Option<&str>,
    problems: &mut Problems,
) -> Range {
    let mut sheets = BTreeMap::new();
    for entry in entries {
        check_names(entry, entries, &vocabulary, problems);
        let sheet = Sheet {
            name: entry.product.name.clone(),
            category: entry.category.clone(),
            tags: entry.tags.iter().cloned().collect(),
            goes_with: entry.goes_with.clone(),
            price: entry.product.price,
            cells: BTreeMap::new(),
            sizes: Vec::new(),
        };
        sheets.insert(entry.product.id.clone(), sheet);
    }
    if let Some(text) = cells {
        problems.take(take_cells(text, &vocabulary, &mut sheets));
    }
    if let Some(text) = sizes {
        problems.take(take_sizes(text, &mut sheets));
    }
    Range { vocabulary, sheets }
}

fn check_names(
    entry: &catalogue::Entry,
    entries: &[catalogue::Entry],
    vocabulary: &Vocabulary,
    problems: &mut Problems,
) {
    let mut fail = |problem: String| problems.add(catalogue::FILE, entry.line, problem);
    if let Some(category) = &entry.category
        && !vocabulary.categories.iter().any(|known| known.id == *category)
    {
        fail(format!("`category` {category:?} is not in {}", attributes::FILE));
    }
    for tag in &entry.tags {
        if !vocabulary.tags.iter().any(|known| known.term.id == *tag) {
            fail(format!("the tag {tag:?} is not in {}", attributes::FILE));
        }
    }
    if let Some(other) = &entry.goes_with
        && !entries.iter().any(|entry| entry.product.id == *other)
    {
        fail(format!("`goes_with` {:?} is not in this file", other.0));
    }
}

fn take_cells(text: &str, vocabulary: &Vocabulary, sheets: &mut BTreeMap<ProductId, Sheet>) -> Result<(), PackError> {
    super::rules::each_row(CELLS_FILE, text, |line, row: CellRow| {
        let fail = |problem: String| Err(PackError::at(CELLS_FILE, line, problem));
        if !vocabulary.attributes.iter().any(|attribute| attribute.id == row.attribute) {
            return fail(format!("`attribute` {:?} is not in {}", row.attribute, attributes::FILE));
        }
        if row.attribute == PRICE || row.attribute == SIZE {
            let file = if row.attribute == PRICE { catalogue::FILE } else { SIZES_FILE };
            return fail(format!("`{}` comes from {file}", row.attribute));
        }
        if row.zh.is_empty() || row.en.is_empty() {
            return fail("needs zh and en".to_owned());
        }
        for id in catalogue::list(&row.product) {
            let Some(sheet) = sheets.get_mut(&ProductId(id.clone())) else {
                return fail(format!("`product` {id:?} is not in {}", catalogue::FILE));
            };
            let cell = Localized::new(row.zh.clone(), row.en.clone());
            if sheet.cells.insert(row.attribute.clone(), cell).is_some() {
                return fail(format!("`{}` of {id} stands twice", row.attribute));
            }
        }
        Ok(())
    })
}

fn take_sizes(text: &str, sheets: &mut BTreeMap<ProductId, Sheet>) -> Result<(), PackError> {
    super::rules::each_row(SIZES_FILE, text, |line, row: SizeRow| {
        let fail = |problem: String| PackError::at(SIZES_FILE, line, problem);
        let span = |field: &str, text: &str| {
            let ends = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
            ends.filter(|(from, to): &(u32, u32)| from <= to && *to < 400)
                .ok_or_else(|| fail(format!("`{field}` {text:?}: write from and to such as 160-168")))
        };
        if row.size.is_empty() {
            return Err(fail("needs a `size`".to_owned()));
        }
        let size = Size {
            name: row.size,
            height_cm: span("height_cm", &row.height_cm)?,
            weight_kg: span("weight_kg", &row.weight_kg)?,
        };
        for id in catalogue::list(&row.product) {
            let Some(sheet) = sheets.get_mut(&ProductId(id.clone())) else {
                return Err(fail(format!("`product` {id:?} is not in {}", catalogue::FILE)));
            };
            if sheet.sizes.iter().any(|known| known.name == size.name) {
                return Err(fail(format!("the size {} of {id} stands twice", size.name)));
            }
            sheet.sizes.push(size.clone());
        }
        Ok(())
    })
}

/// The products themselves.
pub(super) fn products(entries: Vec<catalogue::Entry>) -> Vec<Product> {
    entries.into_iter().map(|entry| entry.product).collect()
}
