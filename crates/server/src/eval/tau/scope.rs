//! Which orders and articles a customer means.

use super::{
    data::{Item, Order, Status},
    places,
    plan::{Hitch, Place, Planner, Stop, Wish, describe},
    reading::{Act, Part, order_numbers},
    target::Target,
    tools::is_pending,
    words::{any, says},
};

impl<'a> Planner<'a> {
    /// The customer's orders that a wish may be about.
    pub(super) fn scope(&self, wish: &Wish) -> Vec<&'a Order> {
        let numbers = order_numbers(&wish.said);
        let mut orders = self.orders();
        orders.retain(|order| !wish.without.contains(&order.order_id));
        let narrow = |orders: &mut Vec<&'a Order>, keep: &dyn Fn(&Order) -> bool| {
            if orders.iter().any(|order| keep(order)) {
                orders.retain(|order| keep(order));
            }
        };
        if !wish.orders.is_empty() {
            orders.retain(|order| wish.orders.contains(&order.order_id));
        } else if !numbers.is_empty() {
            orders.retain(|order| numbers.iter().any(|number| order.order_id.ends_with(number.as_str())));
        }
        if any(&wish.said, "pending") {
            narrow(&mut orders, &|order| is_pending(order.status));
        }
        if any(&wish.said, "received delivered arrived") && wish.act != Act::Exchange {
            narrow(&mut orders, &|order| order.status == Status::Delivered);
        }
        if wish.act != Act::Address {
            let by_place = |order: &Order| places::names(&wish.said, &order.address);
            if orders.iter().any(|order| by_place(order)) && says(&wish.said, "order") {
                narrow(&mut orders, &by_place);
            }
        }
        for product in &wish.named.beside {
            narrow(&mut orders, &|order| order.items.iter().any(|item| item.product_id == *product));
        }
        orders
    }

    /// The articles that a part means among those that may be touched; an empty list if there is none at all.
    pub(super) fn meant(
        &self,
        wish: &Wish,
        part: &Part,
        claimed: &[Place],
        touchable: impl Fn(&Order) -> bool,
    ) -> Result<Vec<(&'a Order, usize)>, Stop> {
        let of = |item: &Item| part.products.contains(&item.product_id);
        let all: Vec<(&Order, usize)> = self
            .scope(wish)
            .into_iter()
            .flat_map(|order| (0..order.items.len()).map(move |at| (order, at)))
            .filter(|(order, at)| of(&order.items[*at]))
            .collect();
        let name = part.products.first().and_then(|product| self.tools.get_product_details(product));
        let name = name.map_or("item", |product| product.name.as_str()).to_lowercase();
        if all.is_empty() {
            return Err((Hitch::Impossible, format!("I cannot find a {name} in your orders"), Vec::new()));
        }
        let mut found: Vec<(&Order, usize)> = all.iter().copied().filter(|(order, _)| touchable(order)).collect();
        if found.is_empty() {
            let (order, _) = all[0];
            let orders = all.iter().map(|(order, _)| order.order_id.clone()).collect();
            let text = format!("order {} with the {name} is {}, so that is not possible", order.order_id, order.status);
            return Err((Hitch::Impossible, text, orders));
        }
        found.retain(|(order, at)| !claimed.contains(&(order.order_id.clone(), *at)));
        let narrow = |found: &mut Vec<(&'a Order, usize)>, keep: &dyn Fn(&(&'a Order, usize)) -> bool| {
            if found.iter().any(keep) {
                found.retain(|place| keep(place));
            }
        };
        // The product that is named whole before those that only share a word.
        narrow(&mut found, &|(order, at)| self.lexicon.names_whole(&wish.said, &order.items[*at].product_id));
        let described = |(order, at): &(&Order, usize)| {
            let item = &order.items[*at];
            let product = self.tools.get_product_details(&item.product_id);
            product.is_some_and(|product| Target::read(&without_price(&part.source), product).fits(item))
        };
        narrow(&mut found, &described);
        if any(&part.source, "pending") {
            narrow(&mut found, &|(order, _)| is_pending(order.status));
        }
        if any(&part.source, "received delivered arrived") {
            narrow(&mut found, &|(order, _)| order.status == Status::Delivered);
        }
        let price = |(order, at): &(&'a Order, usize)| order.items[*at].price;
        let most = says(&part.source, "more expensive") || says(&part.source, "most expensive");
        let least = says(&part.source, "less expensive") || any(&part.source, "cheaper cheapest");
        if most || least {
            let extreme = if most { found.iter().map(price).max() } else { found.iter().map(price).min() };
            found.retain(|place| Some(price(place)) == extreme);
        }
        if part.every || found.len() < 2 {
            return Ok(found);
        }
        // The order that holds most of what was named with it.
        let beside = |order: &Order| {
            let holds = |product: &&String| order.items.iter().any(|item| item.product_id == **product);
            wish.siblings.iter().filter(holds).count()
        };
        let best = found.iter().map(|(order, _)| beside(order)).max();
        found.retain(|(order, _)| Some(beside(order)) == best);
        let first = &found[0].0.items[found[0].1];
        let alike = found.iter().all(|(order, at)| order.items[*at].item_id == first.item_id);
        if alike || wish.asked_which {
            found.truncate(1);
        }
        if found.len() > 1 {
            let list: Vec<String> = found
                .iter()
                .map(|(order, at)| format!("{} in order {}", describe(&order.items[*at]), order.order_id))
                .collect();
            return Err((Hitch::Which, format!("there are several: {}", list.join("; ")), Vec::new()));
        }
        Ok(found)
    }

    /// The articles that a part of an exchange means.
    pub(super) fn exchangeable(
        &self,
        wish: &Wish,
        part: &Part,
        claimed: &[Place],
    ) -> Result<Vec<(&'a Order, usize)>, Stop> {
        let open = |order: &Order| matches!(order.status, Status::Pending | Status::Delivered);
        let found = self.meant(wish, part, claimed, open);
        // An exchange speaks first of what has come, a change of what has not.
        let first = if any(&wish.said, "exchange exchanged") { Status::Delivered } else { Status::Pending };
        match found {
            Err((Hitch::Which, ..)) => {
                self.meant(wish, part, claimed, |order| order.status == first).or_else(|other| match other.0 {
                    Hitch::Which => Err(other),
                    Hitch::Impossible | Hitch::Reason | Hitch::Address => found,
                })
            }
            found => found,
        }
    }

    /// `the same type as the one that I already received`: another article of the product in the customer's orders.
    pub(super) fn other_of_kind(&self, part: &Part, item: &Item) -> Option<Target> {
        let pending = says(&part.target, "pending order");
        let received = any(&part.target, "received") && any(&part.target, "already same");
        if !pending && !received {
            return None;
        }
        let is = |order: &&&Order| if pending { is_pending(order.status) } else { order.status == Status::Delivered };
        let orders = self.orders();
        let mut others = orders.iter().filter(is).flat_map(|order| &order.items);
        others.find(|other| other.product_id == item.product_id && other.item_id != item.item_id).map(Target::like)
    }
}

/// `the more expensive one` says nothing of options.
fn without_price(said: &[String]) -> Vec<String> {
    let price = |word: &&String| !matches!(word.as_str(), "more" | "less" | "most" | "least" | "expensive" | "cheaper");
    said.iter().filter(price).cloned().collect()
}
