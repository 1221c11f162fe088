//! `orders.csv`: the pack's own orders, with dates that may be relative so that a demonstration never grows old.

use ermu_domain::{Localized, Money, Order, OrderNumber, Parcel, Pii, ProductId, Trouble, TroubleKind};
use jiff::{
    ToSpan,
    civil::{Date, DateTime, Time},
};
use serde::Deserialize;

use super::{PackError, Product, Shop, catalogue::money};

pub(super) const FILE: &str = "orders.csv";

/// A line of the file, checked.
#[derive(Debug)]
pub(super) struct OrderRow {
    number: String,
    customer: String,
    phone: String,
    product: ProductId,
    paid: Money,
    placed: Day,
    parcel: Option<ParcelRow>,
}

#[derive(Debug)]
struct ParcelRow {
    carrier: Localized,
    waybill: String,
    collected: Moment,
    due: Moment,
    delivered: Option<Moment>,
    trouble: Option<(TroubleKind, Moment)>,
}

/// A day: `today`, `today+3`, `tomorrow`, `yesterday` or `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    FromToday(i32),
    On(Date),
}

/// A day and a time: `today 10:05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment(Day, Time);

impl Day {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "today" => Some(Self::FromToday(0)),
            "tomorrow" => Some(Self::FromToday(1)),
            "yesterday" => Some(Self::FromToday(-1)),
            _ => match text.strip_prefix("today") {
                Some(days) => days.parse().ok().filter(|days: &i32| days.unsigned_abs() <= 3650).map(Self::FromToday),
                None => text.parse().ok().map(Self::On),
            },
        }
    }

    fn resolve(self, today: Date) -> Date {
        match self {
            Self::FromToday(days) => today.saturating_add(days.days()),
            Self::On(date) => date,
        }
    }
}

impl Moment {
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.rsplit_once(' ')?;
        let (hour, minute) = time.split_once(':')?;
        Some(Self(Day::parse(day.trim())?, Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?))
    }

    fn resolve(self, today: Date) -> DateTime {
        self.0.resolve(today).to_datetime(self.1)
    }
}

impl OrderRow {
    pub(super) fn resolve(&self, today: Date, products: &[Product]) -> Order {
        Order {
            number: OrderNumber(self.number.clone()),
            customer: Pii::new(self.customer.clone()),
            phone: Pii::new(self.phone.clone()),
            product: self.product.clone(),
            product_name: products
                .iter()
                .find(|product| product.id == self.product)
                .map(|product| product.name.clone())
                .unwrap_or_default(),
            paid: self.paid,
            placed: self.placed.resolve(today),
            parcel: self.parcel.as_ref().map(|parcel| Parcel {
                carrier: parcel.carrier.clone(),
                waybill: parcel.waybill.clone(),
                collected: parcel.collected.resolve(today),
                due: parcel.due.resolve(today),
                delivered: parcel.delivered.map(|delivered| delivered.resolve(today)),
                trouble: parcel.trouble.map(|(kind, due)| Trouble { kind, due: due.resolve(today) }),
            }),
            registered: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    number: String,
    customer: String,
    phone: String,
    product: String,
    paid: String,
    placed: String,
    carrier_zh: String,
    carrier_en: String,
    waybill: String,
    collected: String,
    due: String,
    delivered: String,
    trouble: Option<TroubleKind>,
    new_due: String,
}

pub(super) fn parse(text: &str, products: &[Product], shop: &Shop) -> Result<Vec<OrderRow>, PackError> {
    let mut orders: Vec<OrderRow> = Vec::new();
    super::rules::each_row(FILE, text, |line, row: Row| {
        let fail = |problem: String| PackError::at(FILE, line, problem);
        let digits = shop.order_digits;
        if !row.number.bytes().all(|b| b.is_ascii_digit()) || !(digits.min..=digits.max).contains(&row.number.len()) {
            let problem =
                format!("`number` {:?} needs {} to {} digits (shop.yaml)", row.number, digits.min, digits.max);
            return Err(fail(problem));
        }
        if orders.iter().any(|order| order.number == row.number) {
            return Err(fail(format!("the order {} stands twice", row.number)));
        }
        if !products.iter().any(|product| product.id.0 == row.product) {
            return Err(fail(format!("`product` {:?} is not in {}", row.product, super::catalogue::FILE)));
        }
        if !row.phone.bytes().all(|b| b.is_ascii_digit()) || (!row.phone.is_empty() && row.phone.len() < 4) {
            return Err(fail(format!("`phone` {:?} needs at least 4 digits and nothing else", row.phone)));
        }
        let paid = money(&row.paid).ok_or_else(|| fail(format!("`paid` {:?} is not an amount", row.paid)))?;
        let day = |field: &str, text: &str| {
            Day::parse(text).ok_or_else(|| fail(format!("`{field}` {text:?}: write today-2 or 2026-11-21")))
        };
        let moment = |field: &str, text: &str| {
            Moment::parse(text)
                .ok_or_else(|| fail(format!("`{field}` {text:?}: write today-2 15:30 or 2026-11-21 15:30")))
        };
        let parcel = if row.waybill.is_empty() {
            let rest = [&row.carrier_zh, &row.carrier_en, &row.collected, &row.due, &row.delivered, &row.new_due];
            if rest.iter().any(|field| !field.is_empty()) {
                return Err(fail("has parcel data but no `waybill`".to_owned()));
            }
            None
        } else {
            Some(ParcelRow {
                carrier: Localized::new(row.carrier_zh, row.carrier_en),
                waybill: row.waybill,
                collected: moment("collected", &row.collected)?,
                due: moment("due", &row.due)?,
                delivered: match row.delivered.as_str() {
                    "" => None,
                    text => Some(moment("delivered", text)?),
                },
                trouble: match row.trouble {
                    Some(kind) => Some((kind, moment("new_due", &row.new_due)?)),
                    None => None,
                },
            })
        };
        orders.push(OrderRow {
            placed: day("placed", &row.placed)?,
            number: row.number,
            customer: row.customer,
            phone: row.phone,
            product: ProductId(row.product),
            paid,
            parcel,
        });
        Ok(())
    })?;
    Ok(orders)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn days_are_relative_or_fixed() {
        let today = date(2026, 3, 1);
        let on = |text| Day::parse(text).map(|day| day.resolve(today));
        assert_eq!(on("today"), Some(today));
        assert_eq!(on("tomorrow"), Some(date(2026, 3, 2)));
        assert_eq!(on("today-2"), Some(date(2026, 2, 27)));
        assert_eq!(on("2025-12-31"), Some(date(2025, 12, 31)));
        for bad in ["", "todayish", "today-99999", "31.12.2025"] {
            assert_eq!(on(bad), None, "{bad}");
        }
        assert_eq!(Moment::parse("today 10:05"), Some(Moment(Day::FromToday(0), time(10, 5, 0, 0))));
        assert_eq!(Moment::parse("today 25:05"), None);
        assert_eq!(Moment::parse("today"), None);
    }
}
