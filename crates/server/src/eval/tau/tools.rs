//! The sixteen tools of the retail domain, on a database of our own.

use serde_json::Value;

use super::data::{
    Address, Asked, Cents, Db, Order, Payment, PaymentMethod, Product, Source, Status, Transaction, User, Variant,
};

/// A change of the database.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Write {
    /// `cancel_pending_order`
    Cancel { order: String, reason: String },
    /// `modify_pending_order_items`: old and new item.
    ModifyItems { order: String, items: Vec<(String, String)>, payment: String },
    /// `modify_pending_order_address`
    ModifyAddress { order: String, address: Address },
    /// `modify_pending_order_payment`
    ModifyPayment { order: String, payment: String },
    /// `modify_user_address`
    UserAddress { user: String, address: Address },
    /// `return_delivered_order_items`
    Return { order: String, items: Vec<String>, payment: String },
    /// `exchange_delivered_order_items`: old and new item.
    Exchange { order: String, items: Vec<(String, String)>, payment: String },
}

/// Why a tool did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ToolError {
    #[error("there is no such order")]
    NoOrder,
    #[error("there is no such customer")]
    NoUser,
    #[error("the state of the order does not allow it")]
    Status,
    #[error("the reason is not acceptable")]
    Reason,
    #[error("the order does not hold such an item")]
    NoItem,
    #[error("the new item is not available")]
    Unavailable,
    #[error("there is no such method of payment")]
    NoPayment,
    #[error("the method of payment cannot be used for this")]
    Payment,
    #[error("the balance of the gift card is too low")]
    Balance,
}

/// The database behind its tools, with what was done to it.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    db: Db,
    /// All writes that were carried out.
    pub(super) written: Vec<Write>,
    /// Whether the customer was handed over to a person.
    pub(super) transferred: bool,
}

impl Tools {
    pub(super) const fn new(db: Db) -> Self {
        Self { db, written: Vec::new(), transferred: false }
    }

    pub(super) const fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn find_user_id_by_email(&self, email: &str) -> Option<String> {
        let is = |user: &&User| user.email.eq_ignore_ascii_case(email);
        self.db.users.values().find(is).map(|user| user.user_id.clone())
    }

    pub(super) fn find_user_id_by_name_zip(&self, first: &str, last: &str, zip: &str) -> Option<String> {
        let is = |user: &&User| {
            user.name.first_name.eq_ignore_ascii_case(first)
                && user.name.last_name.eq_ignore_ascii_case(last)
                && user.address.zip == zip
        };
        self.db.users.values().find(is).map(|user| user.user_id.clone())
    }

    pub(super) fn get_user_details(&self, user: &str) -> Option<&User> {
        self.db.users.get(user)
    }

    pub(super) fn get_order_details(&self, order: &str) -> Option<&Order> {
        self.db.orders.get(order)
    }

    pub(super) fn get_product_details(&self, product: &str) -> Option<&Product> {
        self.db.products.get(product)
    }

    pub(super) fn get_item_details(&self, item: &str) -> Option<&Variant> {
        self.db.products.values().find_map(|product| product.variants.get(item))
    }

    /// Name and id of every product.
    pub(super) fn list_all_product_types(&self) -> impl Iterator<Item = (&str, &str)> {
        self.db.products.values().map(|product| (product.name.as_str(), product.product_id.as_str()))
    }

    /// Only sums are ever needed.
    pub(super) fn calculate(amounts: impl IntoIterator<Item = Cents>) -> Cents {
        amounts.into_iter().sum()
    }

    pub(super) const fn transfer_to_human_agents(&mut self) {
        self.transferred = true;
    }

    /// Carries a write out, or does nothing and says why. Whoever calls this has the customer's yes to it.
    pub(super) fn write(&mut self, write: &Write) -> Result<(), ToolError> {
        match write {
            Write::Cancel { order, reason } => self.cancel_pending_order(order, reason)?,
            Write::ModifyItems { order, items, payment } => self.modify_pending_order_items(order, items, payment)?,
            Write::ModifyAddress { order, address } => {
                let order = self.order(order)?;
                is_pending(order.status).then_some(()).ok_or(ToolError::Status)?;
                order.address = address.clone();
            }
            Write::ModifyPayment { order, payment } => self.modify_pending_order_payment(order, payment)?,
            Write::UserAddress { user, address } => {
                self.db.users.get_mut(user).ok_or(ToolError::NoUser)?.address = address.clone();
            }
            Write::Return { order, items, payment } => self.return_delivered_order_items(order, items, payment)?,
            Write::Exchange { order, items, payment } => self.exchange_delivered_order_items(order, items, payment)?,
        }
        self.written.push(write.clone());
        Ok(())
    }

    /// Carries out an action of a task's solution; reading tools change nothing.
    pub(super) fn apply(&mut self, name: &str, arguments: &Value) -> Result<(), ToolError> {
        write_of(name, arguments).map_or(Ok(()), |write| self.write(&write))
    }

    fn order(&mut self, order: &str) -> Result<&mut Order, ToolError> {
        self.db.orders.get_mut(order).ok_or(ToolError::NoOrder)
    }

    fn method(&mut self, order: &str, payment: &str) -> Result<&mut PaymentMethod, ToolError> {
        let user = self.db.orders.get(order).map(|order| order.user_id.clone()).ok_or(ToolError::NoOrder)?;
        let user = self.db.users.get_mut(&user).ok_or(ToolError::NoUser)?;
        user.payment_methods.get_mut(payment).ok_or(ToolError::NoPayment)
    }

    fn cancel_pending_order(&mut self, id: &str, reason: &str) -> Result<(), ToolError> {
        let order = self.order(id)?;
        (order.status == Status::Pending).then_some(()).ok_or(ToolError::Status)?;
        matches!(reason, "no longer needed" | "ordered by mistake").then_some(()).ok_or(ToolError::Reason)?;
        order.status = Status::Cancelled;
        order.request = Some(Asked::Cancel { reason: reason.to_owned() });
        let paid = order.payment_history.clone();
        let refunds = paid.iter().map(|paid| Payment { transaction_type: Transaction::Refund, ..paid.clone() });
        order.payment_history.extend(refunds);
        for Payment { amount, payment_method_id, .. } in paid {
            self.move_balance(id, &payment_method_id, amount)?;
        }
        Ok(())
    }

    /// Puts money on a gift card; other methods have no balance here.
    fn move_balance(&mut self, order: &str, payment: &str, amount: Cents) -> Result<(), ToolError> {
        if let Some(balance) = &mut self.method(order, payment)?.balance {
            balance.0 += amount.0;
        }
        Ok(())
    }

    /// What the new items cost more than the old ones, if the order and the shop hold them.
    pub(super) fn difference(&self, order: &str, items: &[(String, String)]) -> Result<Cents, ToolError> {
        let order = self.get_order_details(order).ok_or(ToolError::NoOrder)?;
        let mut left: Vec<_> = order.items.iter().collect();
        let mut difference = 0;
        for (old, new) in items {
            let at = left.iter().position(|item| item.item_id == *old).ok_or(ToolError::NoItem)?;
            let item = left.remove(at);
            let product = self.get_product_details(&item.product_id).ok_or(ToolError::NoItem)?;
            let new = product.variants.get(new).filter(|new| new.available).ok_or(ToolError::Unavailable)?;
            difference += new.price.0 - item.price.0;
        }
        Ok(Cents(difference))
    }

    fn covered(&mut self, order: &str, payment: &str, amount: Cents) -> Result<(), ToolError> {
        let balance = self.method(order, payment)?.balance;
        balance.is_none_or(|balance| balance >= amount).then_some(()).ok_or(ToolError::Balance)
    }

    fn modify_pending_order_items(
        &mut self,
        id: &str,
        items: &[(String, String)],
        payment: &str,
    ) -> Result<(), ToolError> {
        (self.order(id)?.status == Status::Pending).then_some(()).ok_or(ToolError::Status)?;
        items.iter().all(|(old, new)| old != new).then_some(()).ok_or(ToolError::Unavailable)?;
        let difference = self.difference(id, items)?;
        self.covered(id, payment, difference)?;
        self.move_balance(id, payment, Cents(-difference.0))?;
        let variants: Vec<Option<Variant>> = items.iter().map(|(_, new)| self.get_item_details(new).cloned()).collect();
        let order = self.order(id)?;
        let transaction_type = if difference.0 > 0 { Transaction::Payment } else { Transaction::Refund };
        let amount = Cents(difference.0.abs());
        order.payment_history.push(Payment { transaction_type, amount, payment_method_id: payment.to_owned() });
        for ((old, _), variant) in items.iter().zip(variants) {
            let item = order.items.iter_mut().find(|item| item.item_id == *old).ok_or(ToolError::NoItem)?;
            let variant = variant.ok_or(ToolError::Unavailable)?;
            (item.item_id, item.price, item.options) = (variant.item_id, variant.price, variant.options);
        }
        order.status = Status::Modified;
        Ok(())
    }

    fn modify_pending_order_payment(&mut self, id: &str, payment: &str) -> Result<(), ToolError> {
        let order = self.order(id)?;
        is_pending(order.status).then_some(()).ok_or(ToolError::Status)?;
        let [paid] = order.payment_history.as_slice() else { return Err(ToolError::Payment) };
        let paid = paid.clone();
        (paid.payment_method_id != payment).then_some(()).ok_or(ToolError::Payment)?;
        self.covered(id, payment, paid.amount)?;
        self.move_balance(id, payment, Cents(-paid.amount.0))?;
        self.move_balance(id, &paid.payment_method_id, paid.amount)?;
        let back = Payment { transaction_type: Transaction::Refund, ..paid.clone() };
        self.order(id)?.payment_history.extend([Payment { payment_method_id: payment.to_owned(), ..paid }, back]);
        Ok(())
    }

    fn return_delivered_order_items(&mut self, id: &str, items: &[String], payment: &str) -> Result<(), ToolError> {
        let source = self.method(id, payment)?.source;
        let order = self.order(id)?;
        (order.status == Status::Delivered).then_some(()).ok_or(ToolError::Status)?;
        let original = order.payment_history.first().is_some_and(|paid| paid.payment_method_id == payment);
        (original || source == Source::GiftCard).then_some(()).ok_or(ToolError::Payment)?;
        let mut left: Vec<_> = order.items.iter().map(|item| &item.item_id).collect();
        for item in items {
            let at = left.iter().position(|left| *left == item).ok_or(ToolError::NoItem)?;
            left.remove(at);
        }
        let mut items = items.to_vec();
        items.sort();
        order.status = Status::ReturnRequested;
        order.request = Some(Asked::Return { items, payment: payment.to_owned() });
        Ok(())
    }

    fn exchange_delivered_order_items(
        &mut self,
        id: &str,
        items: &[(String, String)],
        payment: &str,
    ) -> Result<(), ToolError> {
        (self.order(id)?.status == Status::Delivered).then_some(()).ok_or(ToolError::Status)?;
        let difference = self.difference(id, items)?;
        self.covered(id, payment, difference)?;
        let (mut old, mut new): (Vec<String>, Vec<String>) = items.iter().cloned().unzip();
        old.sort();
        new.sort();
        let order = self.order(id)?;
        order.status = Status::ExchangeRequested;
        order.request = Some(Asked::Exchange { items: old, new_items: new, payment: payment.to_owned(), difference });
        Ok(())
    }
}

pub(super) const fn is_pending(status: Status) -> bool {
    matches!(status, Status::Pending | Status::Modified)
}

/// The write that a tool call of a task's solution is; none for a reading tool.
fn write_of(name: &str, arguments: &Value) -> Option<Write> {
    let text = |key: &str| arguments[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| -> Vec<String> {
        arguments[key].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let pairs = || list("item_ids").into_iter().zip(list("new_item_ids")).collect();
    let address = || Address {
        address1: text("address1"),
        address2: text("address2"),
        city: text("city"),
        country: text("country"),
        state: text("state"),
        zip: text("zip"),
    };
    let order = text("order_id");
    let payment = text("payment_method_id");
    Some(match name {
        "cancel_pending_order" => Write::Cancel { order, reason: text("reason") },
        "modify_pending_order_items" => Write::ModifyItems { order, items: pairs(), payment },
        "modify_pending_order_address" => Write::ModifyAddress { order, address: address() },
        "modify_pending_order_payment" => Write::ModifyPayment { order, payment },
        "modify_user_address" => Write::UserAddress { user: text("user_id"), address: address() },
        "return_delivered_order_items" => Write::Return { order, items: list("item_ids"), payment },
        "exchange_delivered_order_items" => Write::Exchange { order, items: pairs(), payment },
        _ => return None,
    })
}
