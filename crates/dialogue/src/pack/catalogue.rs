//! `catalogue.csv`: what the shop sells.

use ermu_domain::{Localized, Money, ProductId};
use serde::Deserialize;

use super::Problems;

pub(super) const FILE: &str = "catalogue.csv";

/// An article of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its key.
    pub id: ProductId,
    /// Its name.
    pub name: Localized,
    /// What customers call it besides.
    pub aliases: Vec<String>,
    /// Its price.
    pub price: Money,
}

/// A line of the file. What it names of other files is not checked yet.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) product: Product,
    pub(super) category: Option<String>,
    pub(super) tags: Vec<String>,
    /// What is bought with it.
    pub(super) goes_with: Option<ProductId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name_zh: String,
    name_en: String,
    aliases: String,
    price: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    goes_with: String,
}

/// Reads the products. A line with a mistake in it is kept as far as it goes, so that other files may still name it.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut lines = Problems::default();
    let read = super::rules::each_row(FILE, text, |line, row: Row| {
        let mut fail = |problem: String| lines.add(FILE, line, problem);
        if row.id.is_empty() || !row.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            fail(format!("`id` {:?} may hold only a–z, 0–9 and -", row.id));
        }
        if entries.iter().any(|entry| entry.product.id.0 == row.id) {
            fail(format!("the id {} stands twice", row.id));
        }
        if row.name_zh.is_empty() || row.name_en.is_empty() {
            fail("needs name_zh and name_en".to_owned());
        }
        let price = money(&row.price).unwrap_or_else(|| {
            fail(format!("`price` {:?} is not an amount such as 199.90", row.price));
            Money(0)
        });
        let product = Product {
            id: ProductId(row.id),
            name: Localized::new(row.name_zh, row.name_en),
            aliases: list(&row.aliases),
            price,
        };
        entries.push(Entry {
            line,
            product,
            category: Some(row.category).filter(|category| !category.is_empty()),
            tags: list(&row.tags),
            goes_with: Some(row.goes_with).filter(|id| !id.is_empty()).map(ProductId),
        });
        Ok(())
    });
    problems.take(read);
    problems.take(lines.end());
    if entries.is_empty() {
        problems.add(FILE, 1, "holds no product");
    }
    entries
}

/// The parts of a field, with bars between them.
pub(super) fn list(field: &str) -> Vec<String> {
    field.split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `199.90` → 19990 hundredths.
pub(super) fn money(text: &str) -> Option<Money> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    Some(Money(whole.parse::<i64>().ok()? * 100 + cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        assert_eq!(money("199.9"), Some(Money(19_990)));
        assert_eq!(money("199"), Some(Money(19_900)));
        for bad in ["", ".5", "1.999", "-1", "1e3", "9999999999999"] {
            assert_eq!(money(bad), None, "{bad}");
        }
    }
}
