//! What the agent says: answers to questions, what is about to be done, and what was done.

use super::{
    data::{Cents, Order, Transaction, User},
    lexicon::Lexicon,
    places,
    plan::{describe, price_of, total},
    reading::{Clause, order_numbers},
    target::options_of,
    tools::{Tools, Write},
    words::{any, says},
};

/// What a question of the customer is answered with.
pub(super) fn answer(
    clause: &Clause,
    tools: &Tools,
    user: &User,
    lexicon: &Lexicon,
    last_products: &[String],
) -> Option<String> {
    let said = &clause.said;
    let mentions = lexicon.mentions(said);
    let mut products: Vec<String> = mentions.iter().flat_map(|mention| mention.products.clone()).collect();
    if products.is_empty() {
        products = last_products.to_vec();
    }
    let orders: Vec<&Order> = user.orders.iter().filter_map(|order| tools.get_order_details(order)).collect();
    let numbers = order_numbers(said);
    let holds = |order: &&&Order| order.items.iter().any(|item| products.contains(&item.product_id));
    let about: Vec<&Order> = if numbers.is_empty() {
        let mut about: Vec<&Order> = orders.iter().filter(holds).copied().collect();
        let by_place = orders.iter().filter(|order| places::names(said, &order.address)).copied().collect::<Vec<_>>();
        if about.is_empty() && !by_place.is_empty() {
            about = by_place;
        }
        if any(said, "cancelled canceled") {
            let cancelled = |order: &&&Order| order.status.to_string() == "cancelled";
            about = orders.iter().filter(cancelled).copied().collect();
        }
        about
    } else {
        orders.iter().copied().filter(|order| numbers.iter().any(|n| order.order_id.ends_with(n.as_str()))).collect()
    };
    let mut facts = Vec::new();
    if any(said, "tracking") || any(said, "transit") {
        facts.extend(if about.is_empty() { &orders } else { &about }.iter().map(|order| tracking(order)));
    }
    if any(said, "available option cheapest online") || says(said, "how many") {
        let of_shop = if mentions.is_empty() { &products } else { &mentions[0].products };
        facts.extend(of_shop.iter().filter_map(|product| stock(product, said, tools)));
    }
    if any(said, "balance") {
        facts.extend(
            user.payment_methods.values().filter_map(|method| {
                method.balance.map(|balance| format!("The balance of your gift card is {balance}"))
            }),
        );
    }
    if any(said, "total much price paid cost expensive status address material storage battery receive arriving") {
        let recent: Vec<&Order> = orders.last().copied().into_iter().collect();
        let about = if about.is_empty() { &recent } else { &about };
        facts.extend(about.iter().map(|order| order_facts(order)));
        let items = || orders.iter().flat_map(|order| &order.items).filter(|item| products.contains(&item.product_id));
        if items().count() > 1 {
            let sum = Tools::calculate(items().map(|item| item.price));
            facts.push(format!("Together those {} items cost {sum}", items().count()));
        }
    } else if facts.is_empty() && !mentions.is_empty() {
        facts.extend(about.iter().map(|order| order_facts(order)));
    }
    (!facts.is_empty()).then(|| facts.join(". ") + ".")
}

fn tracking(order: &Order) -> String {
    let ids: Vec<&str> = order.fulfillments.iter().flat_map(|sent| &sent.tracking_id).map(String::as_str).collect();
    let ids = if ids.is_empty() { "not known yet".to_owned() } else { ids.join(", ") };
    format!("Order {} is {}, sent to {}; its tracking number is {ids}", order.order_id, order.status, order.address)
}

/// What the shop has of a product, as far as the question narrows it.
fn stock(product: &str, said: &[String], tools: &Tools) -> Option<String> {
    let product = tools.get_product_details(product)?;
    let mut available: Vec<_> = product.variants.values().filter(|variant| variant.available).collect();
    available.sort_by_key(|variant| variant.price);
    let list: Vec<String> = available
        .iter()
        .map(|variant| {
            let options: Vec<&str> = variant.options.values().map(String::as_str).collect();
            format!("{} at {}", options.join(" "), variant.price)
        })
        .collect();
    let shown = if any(said, "cheapest") { &list[..list.len().min(1)] } else { &list };
    let kinds = options_of(product).len();
    Some(format!(
        "We have {} options of {} available, with {kinds} properties: {}",
        available.len(),
        product.name,
        shown.join("; ")
    ))
}

fn order_facts(order: &Order) -> String {
    let items: Vec<String> = order.items.iter().map(describe).collect();
    let most = order.items.iter().max_by_key(|item| item.price);
    let most =
        most.map(|item| format!("; the most expensive item is the {} at {}", item.name.to_lowercase(), item.price));
    format!(
        "Order {} is {}, goes to {}, and costs {} in total: {}{}",
        order.order_id,
        order.status,
        order.address,
        total(order),
        items.join("; "),
        most.unwrap_or_default()
    )
}

fn new_items(items: &[(String, String)], order: Option<&Order>, tools: &Tools) -> String {
    let mut difference = 0;
    let lines: Vec<String> = items
        .iter()
        .filter_map(|(old, new)| {
            let old = order?.items.iter().find(|item| item.item_id == *old)?;
            let variant = tools.get_item_details(new)?;
            difference += variant.price.0 - old.price.0;
            let options: Vec<&str> = variant.options.values().map(String::as_str).collect();
            let by = Cents(variant.price.0 - old.price.0);
            let sign = if by.0 < 0 { "less" } else { "more" };
            Some(format!("{} for item {new} ({}; {}, {by} {sign})", describe(old), options.join(", "), variant.price))
        })
        .collect();
    let (what, amount) = if difference < 0 { ("you get back", -difference) } else { ("you pay", difference) };
    format!("{}; {what} {}", lines.join(" and "), Cents(amount))
}

/// What is about to be done, with everything that the customer says yes to.
pub(super) fn read_out(write: &Write, tools: &Tools, user: &User) -> String {
    let of = |order: &str| tools.get_order_details(order);
    match write {
        Write::Cancel { order, reason } => {
            let refund = of(order).map_or(Cents(0), paid);
            format!("cancel order {order} because it is {reason}, refund {refund} to the original payment method")
        }
        Write::Return { order, items, payment } => {
            let found = of(order);
            let lines: Vec<String> = found
                .into_iter()
                .flat_map(|order| &order.items)
                .filter(|item| items.contains(&item.item_id))
                .map(describe)
                .collect();
            let refund = found.map_or(Cents(0), |order| price_of(order, items));
            format!("return from order {order}: {}; refund {refund} to {payment}", lines.join(" and "))
        }
        Write::Exchange { order, items, payment } => {
            format!("exchange in order {order}: {} by {payment}", new_items(items, of(order), tools))
        }
        Write::ModifyItems { order, items, payment } => {
            format!(
                "modify order {order}, which can be done only once: {} by {payment}",
                new_items(items, of(order), tools)
            )
        }
        Write::ModifyAddress { order, address } => format!("send order {order} to {address}"),
        Write::ModifyPayment { order, payment } => format!("pay order {order} by {payment}"),
        Write::UserAddress { address, .. } => format!("change the default address of {} to {address}", user.user_id),
    }
}

fn paid(order: &Order) -> Cents {
    let payments = order.payment_history.iter().filter(|paid| paid.transaction_type == Transaction::Payment);
    Tools::calculate(payments.map(|paid| paid.amount))
}

/// What was done; `before` is the database before it.
pub(super) fn done(write: &Write, before: &Tools, after: &Tools) -> String {
    let of = |order: &str| before.get_order_details(order);
    match write {
        Write::Cancel { order, .. } => {
            format!("Order {order} is cancelled; you get back {}.", of(order).map_or(Cents(0), paid))
        }
        Write::Return { order, items, .. } => {
            let (refund, all) = of(order).map_or((Cents(0), Cents(0)), |order| (price_of(order, items), total(order)));
            let left = Cents(all.0 - refund.0);
            format!(
                "The return from order {order} is requested; you get back {refund}. The remaining items cost {left}."
            )
        }
        Write::Exchange { order, .. } => format!("The exchange in order {order} is requested."),
        Write::ModifyItems { order, .. } => {
            let total = after.get_order_details(order).map_or(Cents(0), total);
            format!("Order {order} is changed; its new total is {total}.")
        }
        Write::ModifyAddress { order, .. } => {
            format!(
                "Order {order} will be sent to the new address; its total is {}.",
                of(order).map_or(Cents(0), total)
            )
        }
        Write::ModifyPayment { order, .. } => format!("Order {order} is paid in the new way."),
        Write::UserAddress { .. } => "Your default address is changed.".to_owned(),
    }
}

/// What all writes of the talk come to.
pub(super) fn sum(tools: &Tools, user: &User) -> String {
    let amount = |write: &Write| match write {
        Write::Cancel { order, .. } => tools.get_order_details(order).map_or(0, |order| paid(order).0),
        Write::Return { order, items, .. } => {
            tools.get_order_details(order).map_or(0, |order| price_of(order, items).0)
        }
        Write::Exchange { order, items, .. } => -tools.difference(order, items).map_or(0, |difference| difference.0),
        Write::ModifyItems { order, .. } => {
            let last = tools.get_order_details(order).and_then(|order| order.payment_history.last());
            last.map_or(0, |paid| match paid.transaction_type {
                Transaction::Payment => -paid.amount.0,
                Transaction::Refund => paid.amount.0,
            })
        }
        Write::ModifyAddress { .. } | Write::ModifyPayment { .. } | Write::UserAddress { .. } => 0,
    };
    let back: i64 = tools.written.iter().map(amount).sum();
    let cards = user.payment_methods.values().filter_map(|method| method.balance);
    let cards: Vec<String> = cards.map(|balance| format!(" The balance of your gift card is {balance}.")).collect();
    let what = match back {
        0 => String::new(),
        1.. => format!("In total you get back {}.", Cents(back)),
        _ => format!("In total you pay {}.", Cents(-back)),
    };
    what + &cards.concat()
}
