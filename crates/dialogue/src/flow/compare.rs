//! Articles side by side, for callers who ask for it or cannot decide.

use ermu_domain::ProductId;

use super::{Asked, Mind, product::ProductAsked, values::capitalised};
use crate::{
    ShopPack,
    memory::Thing,
    wording::{self, Phrase},
};

/// Values that are compared in one go, unless the caller names them.
const COMPARED: usize = 4;

impl Mind {
    /// Compares articles line by line.
    pub(super) fn compare(&mut self, products: &[ProductId], attributes: &[String]) {
        let language = ShopPack::spoken(self.memory.language);
        let range = self.pack.range();
        let cells = |attribute: &str| -> Vec<Option<String>> {
            products.iter().map(|product| range.cell(product, attribute, language)).collect()
        };
        let told = |cells: &[Option<String>]| cells.iter().flatten().count();
        let mut lines: Vec<(String, Vec<Option<String>>)> = if attributes.is_empty() {
            let all = range.vocabulary.attributes.iter();
            let lines = all.map(|attribute| (attribute.id.clone(), cells(&attribute.id)));
            lines.filter(|(_, cells)| told(cells) > 1 && cells.windows(2).any(|pair| pair[0] != pair[1])).collect()
        } else {
            attributes.iter().map(|attribute| (attribute.clone(), cells(attribute))).collect()
        };
        if attributes.is_empty() {
            lines.truncate(COMPARED);
        }
        self.memory.focus.turn_to(Thing::Products(products.to_vec()));
        self.memory.focus.turn_to(Thing::List(products.to_vec()));
        self.say(Phrase::CompareLead, &[]);
        for (attribute, cells) in lines {
            let unknown = self.words_for(Phrase::CellUnknown);
            let values: Vec<_> = products
                .iter()
                .zip(&cells)
                .map(|(product, cell)| {
                    let value = cell.as_deref().unwrap_or(&unknown);
                    self.pack.wording().render(
                        Phrase::CellOf,
                        language,
                        &[("product", &self.product_words(product)), ("value", value)],
                    )
                })
                .collect();
            let (attribute, values) =
                (capitalised(&self.attribute_words(&attribute)), wording::in_turn(&values, language));
            self.say(Phrase::CellLine, &[("attribute", &attribute), ("values", &values)]);
        }
    }

    /// Offers a caller who cannot decide what helps to: the comparison, or the size table.
    pub(super) fn offer_table(&mut self, targets: &[ProductId]) -> bool {
        if !self.nothing_asked() {
            return false;
        }
        if self.several().len() > 1 {
            self.say(Phrase::OfferCompare, &[]);
            self.asked = Asked::Product(ProductAsked::Compare);
            return true;
        }
        let sized = |product: &ProductId| self.pack.range().sheet(product).is_some_and(|sheet| !sheet.sizes.is_empty());
        if targets.iter().any(sized) {
            self.say(Phrase::OfferSizes, &[]);
            self.asked = Asked::Product(ProductAsked::Sizes);
            return true;
        }
        false
    }
}
