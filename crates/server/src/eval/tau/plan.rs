//! From wishes to writes: which orders and articles are meant, what the policy allows, and what stands in the way.

use std::collections::BTreeMap;

use super::{
    data::{Address, Cents, Item, Order, PaymentMethod, Source, Status, User},
    lexicon::Lexicon,
    pay::{self, PayWish},
    places,
    reading::{Act, Named, order_numbers},
    target::Target,
    tools::{Tools, Write, is_pending},
    words::{any, says},
};

/// Something that the customer wants done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    pub(super) act: Act,
    pub(super) named: Named,
    /// Products that were named in the same breath.
    pub(super) siblings: Vec<String>,
    pub(super) said: Vec<String>,
    pub(super) text: String,
    pub(super) pay: Option<PayWish>,
    /// Orders that are known to be meant.
    pub(super) orders: Vec<String>,
    /// Said later about the article that is wanted.
    pub(super) later: Vec<Vec<String>>,
    pub(super) reason: Option<&'static str>,
    pub(super) address: Option<Address>,
    /// A question for which of several was asked already.
    pub(super) asked_which: bool,
    /// Orders that it is not about any more.
    pub(super) without: Vec<String>,
    /// The nearest article will do.
    pub(super) takes_closest: bool,
}

/// Why a wish cannot be carried out as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Obstacle {
    /// Place of the wish.
    pub(super) wish: usize,
    pub(super) kind: Hitch,
    pub(super) text: String,
    /// Orders that it is about.
    pub(super) orders: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hitch {
    Impossible,
    Which,
    Reason,
    Address,
}

/// An article in an order, by its place.
pub(super) type Place = (String, usize);

/// What is to be done to one order.
#[derive(Debug, Default)]
struct Draft {
    cancel: Option<&'static str>,
    address: Option<Address>,
    swaps: Vec<(String, String)>,
    returns: Vec<String>,
    pay: Option<PayWish>,
    /// The wish that came last.
    wish: usize,
}

/// Drafts in the order in which their orders were named.
#[derive(Debug, Default)]
struct Drafts(Vec<(String, Draft)>);

impl Drafts {
    /// The draft of an order, for a wish and its place.
    fn of(&mut self, order: &str, at: usize, wish: &Wish) -> &mut Draft {
        let known = self.0.iter().position(|(known, _)| known == order);
        let place = known.unwrap_or_else(|| {
            self.0.push((order.to_owned(), Draft::default()));
            self.0.len() - 1
        });
        let draft = &mut self.0[place].1;
        draft.wish = at;
        if wish.pay.is_some() {
            draft.pay.clone_from(&wish.pay);
        }
        draft
    }
}

/// What stands in the way, what to say about it, and the orders that it is about.
pub(super) type Stop = (Hitch, String, Vec<String>);

pub(super) struct Planner<'a> {
    pub(super) tools: &'a Tools,
    pub(super) lexicon: &'a Lexicon,
    pub(super) user: &'a User,
    /// How the customer wants to pay, where a wish does not say it.
    pub(super) pay: Option<&'a PayWish>,
    /// The address that the customer had at the beginning.
    pub(super) first_address: &'a Address,
}

impl<'a> Planner<'a> {
    pub(super) fn orders(&self) -> Vec<&'a Order> {
        self.user.orders.iter().filter_map(|order| self.tools.get_order_details(order)).collect()
    }

    /// The writes for all wishes, or the first thing in the way.
    pub(super) fn plan(&self, wishes: &[Wish]) -> Result<Vec<Write>, Obstacle> {
        let mut drafts = Drafts::default();
        let mut claimed: Vec<Place> = Vec::new();
        let mut user_address = None;
        for (at, wish) in wishes.iter().enumerate() {
            let hitch = |(kind, text, orders): Stop| Obstacle { wish: at, kind, text, orders };
            match wish.act {
                Act::Cancel => {
                    for (order, reason) in self.cancel(wish).map_err(hitch)? {
                        drafts.of(&order, at, wish).cancel = Some(reason);
                    }
                }
                Act::Return | Act::CancelOrReturn => {
                    if wish.act == Act::CancelOrReturn {
                        for (order, reason) in self.cancel_all(wish).map_err(hitch)? {
                            drafts.of(&order, at, wish).cancel = Some(reason);
                        }
                    }
                    for (order, item) in self.returned(wish, &mut claimed).map_err(hitch)? {
                        drafts.of(&order, at, wish).returns.push(item);
                    }
                }
                Act::Exchange => {
                    for (order, old, new) in self.swapped(wish, &mut claimed).map_err(hitch)? {
                        drafts.of(&order, at, wish).swaps.push((old, new));
                    }
                }
                Act::Address => {
                    let (orders, user, address) = self.moved(wish).map_err(hitch)?;
                    for order in orders {
                        drafts.of(&order, at, wish).address = Some(address.clone());
                    }
                    if user {
                        user_address = Some(address);
                    }
                }
                Act::Undo | Act::Person | Act::Keep | Act::Ask => {}
            }
        }
        let mut writes = Vec::new();
        for (order, draft) in drafts.0 {
            writes.extend(self.writes(&order, draft)?);
        }
        if let Some(address) = user_address {
            writes.push(Write::UserAddress { user: self.user.user_id.clone(), address });
        }
        Ok(writes)
    }

    fn writes(&self, id: &str, draft: Draft) -> Result<Vec<Write>, Obstacle> {
        let hitch = |text: &str| Obstacle {
            wish: draft.wish,
            kind: Hitch::Impossible,
            text: text.to_owned(),
            orders: vec![id.to_owned()],
        };
        let order = self.tools.get_order_details(id).ok_or_else(|| hitch("there is no such order"))?;
        let wish = draft.pay.as_ref().or(self.pay);
        let mut writes = Vec::new();
        if let Some(reason) = draft.cancel {
            // The refund goes where the money came from; who demands something else does not want this.
            let elsewhere = draft.pay.as_ref().is_some_and(|wish| {
                wish.method(self.user, order, |method| method.id == pay::original(order)).is_none()
            });
            if elsewhere {
                return Err(hitch("the refund for a cancelled order can only go to the original payment method"));
            }
            return Ok(vec![Write::Cancel { order: id.to_owned(), reason: reason.to_owned() }]);
        }
        if let Some(address) = draft.address {
            writes.push(Write::ModifyAddress { order: id.to_owned(), address });
        }
        if !draft.returns.is_empty() && !draft.swaps.is_empty() {
            let back = price_of(order, &draft.returns);
            let saved = self.tools.difference(id, &draft.swaps).map_or(Cents(0), |difference| Cents(-difference.0));
            let saves = if saved.0 < 0 { "costs" } else { "saves" };
            return Err(hitch(&format!(
                "for one order I can either return items, which gives you back {back}, or exchange items, which {saves} \
                 {saved}, but not both"
            )));
        }
        let choose = |allowed: &dyn Fn(&PaymentMethod) -> bool| {
            let usual = || {
                let methods = || self.user.payment_methods.values().filter(|method| allowed(method));
                methods().find(|method| method.id == pay::original(order)).or_else(|| methods().next())
            };
            match wish {
                Some(wish) => wish.method(self.user, order, allowed),
                None => usual(),
            }
        };
        if !draft.returns.is_empty() {
            let allowed =
                |method: &PaymentMethod| method.id == pay::original(order) || method.source == Source::GiftCard;
            let method = choose(&allowed)
                .ok_or_else(|| hitch("the refund can only go to the original payment method or to a gift card"))?;
            writes.push(Write::Return { order: id.to_owned(), items: draft.returns, payment: method.id.clone() });
        } else if !draft.swaps.is_empty() {
            let difference = self.tools.difference(id, &draft.swaps).map_err(|error| hitch(&error.to_string()))?;
            let allowed = |method: &PaymentMethod| method.balance.is_none_or(|balance| balance >= difference);
            let method = choose(&allowed).ok_or_else(|| hitch("that payment method cannot be used for it"))?;
            let (order_id, items, payment) = (id.to_owned(), draft.swaps, method.id.clone());
            writes.push(if is_pending(order.status) {
                Write::ModifyItems { order: order_id, items, payment }
            } else {
                Write::Exchange { order: order_id, items, payment }
            });
        }
        Ok(writes)
    }

    fn reason(wish: &Wish) -> Result<&'static str, Stop> {
        wish.reason.or_else(|| reason(&wish.said)).ok_or((Hitch::Reason, String::new(), Vec::new()))
    }

    fn cancel(&self, wish: &Wish) -> Result<Vec<(String, &'static str)>, Stop> {
        let scope = self.scope(wish);
        let whole = any(&wish.said, "whole entire");
        let mut orders: Vec<&Order> = Vec::new();
        if wish.named.parts.iter().any(|part| !part.products.is_empty()) && (wish.orders.is_empty() || !whole) {
            let named = |item: &Item| wish.named.parts.iter().any(|part| part.products.contains(&item.product_id));
            let mut partly = Vec::new();
            for part in &wish.named.parts {
                let single = Wish {
                    siblings: wish.named.parts.iter().flat_map(|part| part.products.clone()).collect(),
                    ..wish.clone()
                };
                for (order, _) in self.meant(&single, part, &[], |order| order.status == Status::Pending)? {
                    if !whole && order.items.iter().any(|item| !named(item)) && !partly.contains(&order.order_id) {
                        partly.push(order.order_id.clone());
                    }
                    if !orders.iter().any(|known| known.order_id == order.order_id) {
                        orders.push(order);
                    }
                }
            }
            if let Some(order) = partly.first() {
                let text = format!("a single item cannot be cancelled, only the whole order {order}");
                return Err((Hitch::Impossible, text, orders.iter().map(|order| order.order_id.clone()).collect()));
            }
        } else {
            orders = scope.iter().copied().filter(|order| order.status == Status::Pending).collect();
            let narrowed = !wish.orders.is_empty() || !order_numbers(&wish.said).is_empty() || orders.len() == 1;
            if orders.is_empty() {
                let state = scope
                    .first()
                    .map_or("not pending".to_owned(), |order| format!("{} is {}", order.order_id, order.status));
                return Err((Hitch::Impossible, format!("only pending orders can be cancelled, {state}"), Vec::new()));
            }
            if !narrowed && wish.asked_which {
                return Err((Hitch::Impossible, "I cannot tell which order that is".to_owned(), Vec::new()));
            }
            if !narrowed && !any(&wish.said, "all both every") {
                let list: Vec<String> = orders.iter().map(|order| order.order_id.clone()).collect();
                return Err((Hitch::Which, format!("your pending orders are {}", list.join(", ")), Vec::new()));
            }
        }
        let reason = Self::reason(wish)?;
        Ok(orders.into_iter().map(|order| (order.order_id.clone(), reason)).collect())
    }

    /// All pending orders without the articles that are left out.
    fn cancel_all(&self, wish: &Wish) -> Result<Vec<(String, &'static str)>, Stop> {
        let kept = |order: &Order| order.items.iter().any(|item| wish.named.excepted.contains(&item.product_id));
        let pending = |order: &&Order| order.status == Status::Pending && !kept(order);
        let orders: Vec<&Order> = self.scope(wish).into_iter().filter(pending).collect();
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let reason = Self::reason(wish)?;
        Ok(orders.into_iter().map(|order| (order.order_id.clone(), reason)).collect())
    }

    fn returned(&self, wish: &Wish, claimed: &mut Vec<Place>) -> Result<Vec<(String, String)>, Stop> {
        let delivered = |order: &Order| order.status == Status::Delivered;
        let mut items: Vec<(&Order, usize)> = Vec::new();
        for part in &wish.named.parts {
            if !part.products.is_empty() {
                items.extend(self.meant(wish, part, claimed, delivered)?);
                continue;
            }
            let mut orders: Vec<&Order> = self.scope(wish).into_iter().filter(|order| delivered(order)).collect();
            // "All of it except the lamp" speaks of the order with the lamp.
            let holds = |order: &&Order| order.items.iter().any(|item| wish.named.excepted.contains(&item.product_id));
            if wish.act == Act::Return && orders.iter().any(holds) {
                orders.retain(|order| holds(order));
            }
            for order in orders {
                let kept = |item: &Item| wish.named.excepted.contains(&item.product_id);
                items.extend((0..order.items.len()).filter(|at| !kept(&order.items[*at])).map(|at| (order, at)));
            }
        }
        if items.is_empty() && wish.act == Act::Return {
            return Err((Hitch::Impossible, "I cannot find a delivered order for that return".to_owned(), Vec::new()));
        }
        claimed.extend(items.iter().map(|(order, at)| (order.order_id.clone(), *at)));
        Ok(items.into_iter().map(|(order, at)| (order.order_id.clone(), order.items[at].item_id.clone())).collect())
    }

    fn swapped(&self, wish: &Wish, claimed: &mut Vec<Place>) -> Result<Vec<(String, String, String)>, Stop> {
        let open = |order: &Order| matches!(order.status, Status::Pending | Status::Delivered);
        let mut swaps = Vec::new();
        for part in &wish.named.parts {
            let items = if part.products.is_empty() {
                let orders = self.scope(wish).into_iter().filter(|order| open(order));
                orders.flat_map(|order| (0..order.items.len()).map(move |at| (order, at))).collect()
            } else {
                self.exchangeable(wish, part, claimed)?
            };
            for (order, at) in items {
                let item = &order.items[at];
                let Some(product) = self.tools.get_product_details(&item.product_id) else { continue };
                let mut target = self.other_of_kind(part, item).unwrap_or_else(|| Target::read(&part.target, product));
                wish.later.iter().for_each(|later| target.extend(Target::read(later, product)));
                let orders = vec![order.order_id.clone()];
                let name = product.name.to_lowercase();
                if target.is_empty() {
                    return Err((Hitch::Impossible, format!("I do not know yet what you want for the {name}"), orders));
                }
                let Some(new) = target.choose(product, item).first().copied() else {
                    if part.products.is_empty() {
                        continue;
                    }
                    return Err((Hitch::Impossible, format!("there is no such {name} available"), orders));
                };
                if !wish.takes_closest && !part.products.is_empty() && target.leaves_open(new, item) {
                    let item = Item {
                        item_id: new.item_id.clone(),
                        price: new.price,
                        options: new.options.clone(),
                        ..item.clone()
                    };
                    let text =
                        format!("there is no such {name} with all else the same; the closest is {}", describe(&item));
                    return Err((Hitch::Impossible, text, orders));
                }
                claimed.push((order.order_id.clone(), at));
                swaps.push((order.order_id.clone(), item.item_id.clone(), new.item_id.clone()));
            }
        }
        Ok(swaps)
    }

    /// The only other address than the customer's own that the shop knows of the customer.
    fn only_other_address(&self) -> Option<Address> {
        let orders = self.orders();
        let mut others: Vec<&Address> = Vec::new();
        for order in &orders {
            if order.address != self.user.address && !others.contains(&&order.address) {
                others.push(&order.address);
            }
        }
        if let [other] = others[..] { Some(other.clone()) } else { None }
    }

    /// Orders, whether the customer's own record too, and the address that they get.
    fn moved(&self, wish: &Wish) -> Result<(Vec<String>, bool, Address), Stop> {
        let said = &wish.said;
        // Where it shall go begins behind the last `to`, up to what is moved along.
        let to =
            said.iter().enumerate().skip(wish.verb_place()).filter(|(_, word)| *word == "to").map(|(at, _)| at).next();
        let (left, right) = to.map_or((said.as_slice(), [].as_slice()), |to| said.split_at(to));
        let along = right.iter().position(|word| matches!(word.as_str(), "along" | "including")).unwrap_or(right.len());
        let (place, more) = right.split_at(along);
        let orders = self.orders();
        let same_as = order_numbers(place);
        let address = wish
            .address
            .clone()
            .or_else(|| places::written(&wish.text))
            .or_else(|| any(place, "original back").then(|| self.first_address.clone()))
            .or_else(|| {
                let number = same_as.first()?;
                let order = orders.iter().find(|order| order.order_id.ends_with(number.as_str()))?;
                Some(order.address.clone())
            })
            .or_else(|| places::pointed_at(place, self.user, &orders))
            .or_else(|| if place.is_empty() { None } else { self.only_other_address() });
        let Some(address) = address else { return Err((Hitch::Address, String::new(), Vec::new())) };
        let what = [left, more].concat();
        let user = any(&what, "user default profile");
        let mut changed: Vec<&Order> = self.scope(wish).into_iter().filter(|order| is_pending(order.status)).collect();
        changed.retain(|order| !same_as.iter().any(|number| order.order_id.ends_with(number.as_str())));
        let named: Vec<String> = wish.named.parts.iter().flat_map(|part| part.products.clone()).collect();
        if !named.is_empty() {
            changed.retain(|order| order.items.iter().any(|item| named.contains(&item.product_id)));
        }
        if changed.iter().any(|order| places::names(left, &order.address)) {
            changed.retain(|order| places::names(left, &order.address));
        }
        let about_orders = any(&what, "order") || !named.is_empty() || !wish.orders.is_empty() || !user;
        changed.retain(|order| order.address != address);
        if !about_orders {
            changed.clear();
        }
        if changed.is_empty() && !user {
            return Err((
                Hitch::Impossible,
                "there is no pending order whose address could be changed".to_owned(),
                Vec::new(),
            ));
        }
        Ok((changed.into_iter().map(|order| order.order_id.clone()).collect(), user, address))
    }
}

impl Wish {
    /// The products that it names.
    pub(super) fn products(&self) -> Vec<String> {
        self.named.parts.iter().flat_map(|part| part.products.clone()).collect()
    }

    /// Where the part of an address wish begins that may name the destination.
    fn verb_place(&self) -> usize {
        self.said.iter().position(|word| word == "address" || word == "order").unwrap_or(0)
    }
}

/// The reason for a cancellation, if it is one of the two that count.
pub(super) fn reason(said: &[String]) -> Option<&'static str> {
    if any(said, "mistake accident accidentally") {
        Some("ordered by mistake")
    } else if says(said, "no longer need") || says(said, "no longer needed") || any(said, "needed") {
        Some("no longer needed")
    } else {
        None
    }
}

/// An article in words.
pub(super) fn describe(item: &Item) -> String {
    let options: Vec<String> = item.options.iter().map(|(option, value)| format!("{option} {value}")).collect();
    format!("{} (item {}: {}; {})", item.name, item.item_id, options.join(", "), item.price)
}

/// What all articles of an order cost.
pub(super) fn total(order: &Order) -> Cents {
    Tools::calculate(order.items.iter().map(|item| item.price))
}

/// Prices of the articles that a write returns or cancels, by their number in the order.
pub(super) fn price_of(order: &Order, ids: &[String]) -> Cents {
    let mut left: BTreeMap<usize, &Item> = order.items.iter().enumerate().collect();
    let mut take = |id: &String| {
        let at = left.iter().find(|(_, item)| item.item_id == *id).map(|(at, _)| *at)?;
        left.remove(&at).map(|item| item.price)
    };
    let prices: Vec<Cents> = ids.iter().filter_map(&mut take).collect();
    Tools::calculate(prices)
}
