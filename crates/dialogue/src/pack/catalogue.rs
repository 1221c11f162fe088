//! `catalogue.csv`: what the shop sells.

use ermu_domain::{Localized, Money, ProductId};
use serde::Deserialize;

use super::PackError;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name_zh: String,
    name_en: String,
    aliases: String,
    price: String,
}

pub(super) fn parse(text: &str) -> Result<Vec<Product>, PackError> {
    let mut products: Vec<Product> = Vec::new();
    super::rules::each_row(FILE, text, |line, row: Row| {
        let fail = |problem: String| Err(PackError::at(FILE, line, problem));
        if row.id.is_empty() || !row.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return fail(format!("`id` {:?} may hold only a–z, 0–9 and -", row.id));
        }
        if products.iter().any(|product| product.id.0 == row.id) {
            return fail(format!("the id {} stands twice", row.id));
        }
        if row.name_zh.is_empty() || row.name_en.is_empty() {
            return fail("needs name_zh and name_en".to_owned());
        }
        let Some(price) = money(&row.price) else {
            return fail(format!("`price` {:?} is not an amount such as 199.90", row.price));
        };
        products.push(Product {
            id: ProductId(row.id),
            name: Localized { zh: row.name_zh, en: row.name_en },
            aliases: row
                .aliases
                .split('|')
                .map(str::trim)
                .filter(|alias| !alias.is_empty())
                .map(str::to_owned)
                .collect(),
            price,
        });
        Ok(())
    })?;
    if products.is_empty() {
        return Err(PackError::at(FILE, 1, "holds no product"));
    }
    Ok(products)
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
