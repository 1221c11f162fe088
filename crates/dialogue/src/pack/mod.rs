//! A shop pack: everything that a shop owner edits, read from text and checked whole.

mod catalogue;
mod error;
mod intents;
mod orders;
mod rules;
mod shop;

use std::collections::BTreeMap;

use ermu_domain::{Language, Localized, Order};
use jiff::civil::Date;

pub use catalogue::Product;
pub use error::PackError;
pub(crate) use intents::{Intent, Intents};
pub(crate) use rules::{Payer, Rule};
pub use shop::{DigitRange, Shop};

use crate::{
    Clause,
    understand::{IntentIndex, ProductIndex},
    wording::Wording,
};

/// A shop, ready to serve.
#[derive(Debug)]
pub struct ShopPack {
    shop: Shop,
    products: Vec<Product>,
    orders: Vec<orders::OrderRow>,
    rules: Vec<Rule>,
    wording: Wording,
    intent_index: IntentIndex,
    product_index: ProductIndex,
}

impl ShopPack {
    /// The files of a pack, by name. Whoever reads the folder reads these; other files in it are not the pack's.
    pub const FILES: [&'static str; 7] =
        [shop::FILE, catalogue::FILE, orders::FILE, intents::FILE, rules::FILE, "wording.zh.yaml", "wording.en.yaml"];

    /// Reads and checks a pack. `files` maps each name of [`Self::FILES`] to its text.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, PackError> {
        let text = |file: &'static str| files.get(file).map(String::as_str).ok_or(PackError::Missing { file });
        let shop = shop::parse(text(shop::FILE)?)?;
        let products = catalogue::parse(text(catalogue::FILE)?)?;
        let orders = orders::parse(text(orders::FILE)?, &products, &shop)?;
        let rules = rules::parse(text(rules::FILE)?, &products)?;
        let intents = intents::parse(text(intents::FILE)?)?;
        let wording = Wording::parse(text("wording.zh.yaml")?, text("wording.en.yaml")?, &shop)?;
        Ok(Self {
            intent_index: IntentIndex::new(&intents),
            product_index: ProductIndex::new(&products),
            shop,
            products,
            orders,
            rules,
            wording,
        })
    }

    /// The shop's own data.
    pub const fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The catalogue.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The pack's own orders, their relative dates counted from `today`.
    pub fn orders(&self, today: Date) -> Vec<Order> {
        self.orders.iter().map(|row| row.resolve(today, &self.products)).collect()
    }

    /// What replies begin with, in the same words each time: worth having spoken before the first call.
    pub fn beginnings(&self) -> Vec<Clause> {
        self.wording.beginnings()
    }

    /// Everything that this shop always says in the same words, clause by clause: worth synthesising ahead of the call.
    /// The clauses that begin a reply come first: for them the caller waits in silence.
    pub fn fixed_clauses(&self) -> Vec<Clause> {
        self.wording.fixed_clauses()
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) const fn wording(&self) -> &Wording {
        &self.wording
    }

    pub(crate) const fn intent_index(&self) -> &IntentIndex {
        &self.intent_index
    }

    pub(crate) const fn product_index(&self) -> &ProductIndex {
        &self.product_index
    }

    pub(crate) fn product_name(&self, id: &ermu_domain::ProductId) -> Option<&Localized> {
        self.products.iter().find(|product| product.id == *id).map(|product| &product.name)
    }

    /// The language that Ermu answers a caller of `language` in.
    pub(crate) const fn spoken(language: Language) -> Language {
        match language {
            Language::Chinese => Language::Chinese,
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => Language::English,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
