//! Everything that a line names, by name of the slot: for evaluations and for other front ends.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    digits::{Homophones, order_number},
    figures::BareNumbers,
    lexicon::{NamedDamage, named_damage},
    place::place,
};
use crate::ShopPack;

/// Values by slot: `number` (digits), `product`, `category`, `attribute` and `tag` (ids of the pack), `size`, `budget` (whole
/// units of currency), `height_cm`, `weight_kg`, `defect` and `place` (snake case; a defect that is not named more closely is
/// `some`). A category is there only where no article of it is named.
pub type Slots = BTreeMap<&'static str, BTreeSet<String>>;

/// What a normalised text names.
pub(super) fn slots(normalised: &str, pack: &ShopPack) -> Slots {
    let mut slots = Slots::new();
    let mut put = |slot: &'static str, value: Option<String>| {
        if let Some(value) = value {
            slots.entry(slot).or_default().insert(value);
        }
    };
    let talk = pack.talk_index().read(normalised, BareNumbers::MeanNothing);
    put("number", order_number(normalised, Homophones::Ignore, pack.shop().order_digits).map(|number| number.digits));
    let products: BTreeSet<_> = pack.product_index().find(normalised).into_iter().chain(&talk.products).collect();
    products.iter().for_each(|product| put("product", Some(product.0.clone())));
    talk.attributes.iter().for_each(|attribute| put("attribute", Some(attribute.clone())));
    talk.tags.iter().for_each(|tag| put("tag", Some(tag.clone())));
    // Whoever says 跑步鞋 names the shoe and not shoes.
    let is_of_product = |category: &String| pack.range().of_category(category).iter().any(|id| products.contains(id));
    put("category", talk.category.filter(|category| !is_of_product(category)));
    put("size", talk.size);
    put("budget", talk.budget.map(|budget| budget.to_string()));
    put("height_cm", talk.body.height_cm.map(|height| height.to_string()));
    put("weight_kg", talk.body.weight_kg.map(|weight| weight.to_string()));
    put(
        "defect",
        named_damage(normalised).map(|damage| match damage {
            NamedDamage::Kind(kind) => snake_case(&format!("{kind:?}")),
            NamedDamage::Some => "some".to_owned(),
        }),
    );
    put("place", place(normalised).map(|place| snake_case(&format!("{place:?}"))));
    slots
}

/// `TopLeft` → `top_left`.
fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pack::tests::demo, understand::normalise};

    #[test]
    fn a_line_falls_into_its_slots() {
        let read = |text: &str| {
            let slots = slots(&normalise(text), demo());
            let each = slots.into_iter().flat_map(|(slot, values)| values.into_iter().map(move |value| (slot, value)));
            each.map(|(slot, value)| format!("{slot}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(
            read("订单幺二三四五六的咖啡机左上角有划痕"),
            ["defect=scratch", "number=123456", "place=top_left", "product=coffee-machine"]
        );
        assert_eq!(
            read("适合夏天旅游穿的T恤，三百以内"),
            ["budget=300", "category=t-shirt", "tag=summer", "tag=travel"]
        );
        assert_eq!(read("灰色卫衣多少钱"), ["attribute=price", "product=sweatshirt-grey"]);
        assert_eq!(read("嗯"), [""; 0]);
    }
}
