//! Sizes: which one fits, from the shop's size table.

use ermu_domain::ProductId;

use super::{
    Asked, Mind,
    product::{ProductAsked, Topic},
};
use crate::{
    ShopPack,
    memory::Thing,
    pack::{SIZE, Size},
    understand::{Body, Cue},
    wording::{self, Phrase},
};

/// How far below the table somebody may be and still wear the smallest size.
const BELOW_CM: u32 = 5;
const BELOW_KG: u32 = 6;

impl Mind {
    /// Answers what an utterance asks about sizes; says whether it did.
    pub(super) fn size_asked(&mut self, topic: &Topic<'_>, targets: &[ProductId]) -> bool {
        let talk = topic.talk;
        let sized =
            |product: &&ProductId| self.pack.range().sheet(product).is_some_and(|sheet| !sheet.sizes.is_empty());
        let Some(product) = targets.iter().find(sized).cloned() else { return false };
        let body = talk.body.height_cm.is_some() || talk.body.weight_kg.is_some();
        let about_size = talk.attributes.iter().any(|attribute| attribute == SIZE);
        let asks = talk.has(Cue::Asks) || talk.has(Cue::Points);
        if !(body
            || about_size
            || talk.size_step.is_some()
            || talk.size.is_some()
            || (talk.has(Cue::LargeBuild) && asks))
        {
            return false;
        }
        self.memory.focus.turn_to(Thing::Products(vec![product]));
        if let Some(size) = &talk.size {
            self.memory.focus.turn_to(Thing::Size(size.clone()));
        }
        if body {
            self.fit(topic);
        } else if let Some(step) = talk.size_step {
            self.step_size(step);
        } else if talk.has(Cue::LargeBuild) {
            self.ask_body();
        } else if about_size {
            self.tell_sizes();
        } else {
            self.tell_size();
        }
        true
    }

    /// The article with sizes that is spoken about, and its table.
    fn sized(&self) -> Option<(String, Vec<Size>)> {
        let sheet = |product: &ProductId| {
            let sheet = self.pack.range().sheet(product)?;
            (!sheet.sizes.is_empty()).then(|| (self.product_words(product), sheet.sizes.clone()))
        };
        self.memory.focus.products().iter().find_map(sheet)
    }

    /// Reassures, names the largest size, and asks for height and weight.
    fn ask_body(&mut self) {
        let Some((_, sizes)) = self.sized() else { return };
        if let Some(largest) = sizes.last() {
            let (height, weight) = (largest.height_cm.1.to_string(), largest.weight_kg.1.to_string());
            self.say(Phrase::SizeAsk, &[("size", &largest.name), ("height", &height), ("weight", &weight)]);
            self.asked = Asked::Product(ProductAsked::Body);
        }
    }

    /// Takes height and weight, and tells the size that fits once both are known.
    pub(super) fn fit(&mut self, topic: &Topic<'_>) {
        let told = topic.talk.body;
        let known = &mut self.memory.body;
        known.height_cm = told.height_cm.or(known.height_cm);
        known.weight_kg = told.weight_kg.or(known.weight_kg);
        let (height_cm, weight_kg) = match *known {
            Body { height_cm: Some(height), weight_kg: Some(weight) } => (height, weight),
            Body { height_cm: None, .. } => return self.ask_measure(Phrase::SizeAskHeight),
            Body { weight_kg: None, .. } => return self.ask_measure(Phrase::SizeAskWeight),
        };
        let Some((product, sizes)) = self.sized() else { return };
        let (height, weight) = (height_cm.to_string(), weight_kg.to_string());
        if let Some(size) = fitting(&sizes, height_cm, weight_kg) {
            let size = size.name.clone();
            let slots = [("height", height.as_str()), ("weight", &weight), ("product", &product), ("size", &size)];
            self.say(Phrase::SizeFits, &slots);
            self.memory.focus.turn_to(Thing::Size(size));
        } else if let (Some(first), Some(last)) = (sizes.first(), sizes.last()) {
            let from = self.span(first);
            let to = self.span(last);
            let slots =
                [("height", height.as_str()), ("weight", &weight), ("product", &product), ("from", &from), ("to", &to)];
            self.say(Phrase::SizeNone, &slots);
        }
    }

    fn ask_measure(&mut self, phrase: Phrase) {
        self.say(phrase, &[]);
        self.asked = Asked::Product(ProductAsked::Body);
    }

    /// The next size, up or down from the one that is spoken about.
    fn step_size(&mut self, step: i32) {
        let Some((product, sizes)) = self.sized() else { return };
        let current = self.memory.focus.size().map(str::to_owned);
        let at = current.and_then(|current| sizes.iter().position(|size| size.name == current));
        let Some(at) = at else {
            let names: Vec<_> = sizes.iter().map(|size| size.name.as_str()).collect();
            let names = wording::list(&names, ShopPack::spoken(self.memory.language));
            return self.say(Phrase::SizeWhich, &[("sizes", &names)]);
        };
        let next = i64::try_from(at).ok().and_then(|at| usize::try_from(at + i64::from(step)).ok());
        match next.and_then(|next| sizes.get(next)) {
            Some(size) => {
                let (height, weight) = (self.range(size.height_cm), self.range(size.weight_kg));
                let slots =
                    [("size", size.name.as_str()), ("height", &height), ("weight", &weight), ("product", &product)];
                self.say(Phrase::SizeStep, &slots);
                self.memory.focus.turn_to(Thing::Size(size.name.clone()));
            }
            None => {
                let names: Vec<_> = sizes.iter().map(|size| size.name.as_str()).collect();
                let names = wording::list(&names, ShopPack::spoken(self.memory.language));
                self.say(Phrase::SizeEnd, &[("product", &product), ("sizes", &names)]);
            }
        }
    }

    /// Reads the size table.
    pub(super) fn tell_sizes(&mut self) {
        let Some((_, sizes)) = self.sized() else { return };
        self.say(Phrase::SizeTable, &[]);
        for size in &sizes {
            self.say_size(size);
        }
        self.say(Phrase::SizeTellMe, &[]);
        self.asked = Asked::Product(ProductAsked::Body);
    }

    /// Tells the line of the size that was named.
    fn tell_size(&mut self) {
        let named = self.memory.focus.size().map(str::to_owned);
        let Some((product, sizes)) = self.sized() else { return };
        match sizes.iter().find(|size| Some(&size.name) == named.as_ref()) {
            Some(size) => {
                self.say(Phrase::ProductFound, &[]);
                self.say_size(size);
            }
            None => {
                let names: Vec<_> = sizes.iter().map(|size| size.name.as_str()).collect();
                let names = wording::list(&names, ShopPack::spoken(self.memory.language));
                self.say(Phrase::SizeEnd, &[("product", &product), ("sizes", &names)]);
            }
        }
    }

    fn say_size(&mut self, size: &Size) {
        let (height, weight) = (self.range(size.height_cm), self.range(size.weight_kg));
        self.say(Phrase::CellSize, &[("size", &size.name), ("height", &height), ("weight", &weight)]);
    }

    /// A size with its measures, as part of a sentence.
    fn span(&self, size: &Size) -> String {
        let (height, weight) = (self.range(size.height_cm), self.range(size.weight_kg));
        let slots = [("size", size.name.as_str()), ("height", &height), ("weight", &weight)];
        self.pack.wording().render(Phrase::CellSpan, ShopPack::spoken(self.memory.language), &slots)
    }

    fn range(&self, (from, to): (u32, u32)) -> String {
        let (from, to) = (from.to_string(), to.to_string());
        let language = ShopPack::spoken(self.memory.language);
        self.pack.wording().render(Phrase::CellRange, language, &[("from", &from), ("to", &to)])
    }
}

/// The smallest size that neither height nor weight goes beyond.
fn fitting(sizes: &[Size], height_cm: u32, weight_kg: u32) -> Option<&Size> {
    let smallest = sizes.first()?;
    if height_cm + BELOW_CM < smallest.height_cm.0 || weight_kg + BELOW_KG < smallest.weight_kg.0 {
        return None;
    }
    sizes.iter().find(|size| height_cm <= size.height_cm.1 && weight_kg <= size.weight_kg.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_decides_which_size_fits() {
        let size = |name: &str, height_cm, weight_kg| Size { name: name.to_owned(), height_cm, weight_kg };
        let table = [size("S", (155, 163), (43, 52)), size("M", (160, 170), (50, 60)), size("L", (166, 176), (58, 70))];
        let fits = |height, weight| fitting(&table, height, weight).map(|size| size.name.as_str());
        assert_eq!(fits(160, 48), Some("S"));
        assert_eq!(fits(168, 55), Some("M"));
        assert_eq!(fits(160, 66), Some("L"), "the weight decides");
        assert_eq!(fits(175, 50), Some("L"), "the height decides");
        assert_eq!(fits(175, 90), None);
        assert_eq!(fits(185, 60), None);
        assert_eq!(fits(120, 25), None);
    }
}
