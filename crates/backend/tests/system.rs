//! The client against a shop's system that has bad days.

#![allow(clippy::unwrap_used, reason = "a broken test may panic")]

use std::time::Duration;

use ermu_backend::{CarryOutError, Effect, LookupError, ShopSystem, ShopSystemConfig};
use ermu_domain::{Action, ActionKind, OrderNumber, Pii, TicketId};
use ermu_testkit::shop_system::{self, Fault};
use serde_json::{Value, json};

fn order(number: &str, phone: &str) -> Value {
    json!({
        "number": number, "customer": "somebody", "phone": phone, "product": "lamp",
        "product_name": {"zh": "灯", "en": "lamp"}, "paid": 19990, "placed": "2026-11-10", "parcel": null,
    })
}

fn client(url: &str, timeout: Duration) -> ShopSystem {
    let token = Some(Pii::new("secret".to_owned()));
    ShopSystem::new(&ShopSystemConfig { url: url.to_owned(), token, timeout }).unwrap()
}

async fn shop() -> shop_system::ShopSystem {
    let orders = vec![order("123456", "138-0000-0001"), order("654321", "13800000001"), order("1", "13900000009")];
    shop_system::ShopSystem::start(orders, Some("secret")).await
}

fn refund() -> Action {
    Action {
        kind: ActionKind::RefundMoney,
        order: Some(OrderNumber("123456".into())),
        product: None,
        detail: Some(Pii::new("张三".to_owned())),
    }
}

#[tokio::test]
async fn an_effect_is_done_once_however_often_it_is_sent() {
    let (shop, action) = (shop().await, refund());
    let system = client(&shop.url, Duration::from_secs(10));
    let effect = Effect { key: "refund_money 123456", ticket: TicketId(42), action: &action };
    shop.misbehave([Some(Fault::FailsBefore), Some(Fault::FailsAfter), Some(Fault::IsBusy), Some(Fault::LeadsAway)]);
    for reason in ["500: out of order", "500: it is done, but I forgot to say so", "status 429", "status 302"] {
        let error = system.carry_out(&effect).await.unwrap_err();
        assert!(matches!(&error, CarryOutError::Unavailable { reason: said, .. } if said == reason), "{error:?}");
    }
    for _ in 0..3 {
        assert_eq!(system.carry_out(&effect).await.as_deref(), Ok("R-1"));
    }
    let body = json!({
        "key": "refund_money 123456", "ticket": "T000042", "kind": "refund_money", "order": "123456", "product": null,
        "detail": "张三",
    });
    assert_eq!(shop.done(), [body]);
}

#[tokio::test]
async fn busy_refused_garbled_and_late_answers_are_told_apart() {
    let (shop, action) = (shop().await, refund());
    let system = client(&shop.url, Duration::from_millis(400));
    let effect = Effect { key: "a", ticket: TicketId(1), action: &action };
    shop.misbehave([Some(Fault::Refuses), Some(Fault::HangsAfter), Some(Fault::Babbles), Some(Fault::IsBusy)]);
    let refused = system.carry_out(&effect).await.unwrap_err();
    assert_eq!(refused, CarryOutError::Refused("422: the order was paid back long ago".into()));
    let late = system.carry_out(&effect).await.unwrap_err();
    assert_eq!(late, CarryOutError::Unavailable { reason: "no answer in time".into(), retry_after: None });
    assert_eq!(system.carry_out(&effect).await.as_deref(), Ok(""), "done, and not called anything");
    let busy = system.carry_out(&effect).await.unwrap_err();
    assert!(matches!(busy, CarryOutError::Unavailable { retry_after: Some(Duration::ZERO), .. }), "{busy:?}");
    assert_eq!(shop.done().len(), 1);

    let wrong = ShopSystem::new(&ShopSystemConfig { url: shop.url.clone(), token: None, timeout: system.timeout() });
    let unknown = wrong.unwrap().carry_out(&effect).await.unwrap_err();
    assert!(matches!(&unknown, CarryOutError::Unavailable { reason, .. } if reason.starts_with("401")), "{unknown:?}");
    let url = shop.url.clone();
    drop(shop);
    let gone = client(&url, Duration::from_secs(10)).carry_out(&effect).await.unwrap_err();
    assert!(matches!(gone, CarryOutError::Unavailable { .. }), "{gone:?}");
}

#[tokio::test]
async fn orders_are_looked_up_and_strangers_orders_left_out() {
    let shop = shop().await;
    let system = client(&shop.url, Duration::from_secs(10));
    let number = |text: &str| OrderNumber(text.to_owned());
    let found = system.order(&number("123456")).await.unwrap().unwrap();
    assert_eq!((found.number.0.as_str(), found.phone.expose().as_str()), ("123456", "13800000001"));
    for none in ["999999", "..", "", "a/b"] {
        assert_eq!(system.order(&number(none)).await, Ok(None), "{none}");
    }
    let orders = system.orders_of(&Pii::new("13800000001".to_owned())).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.number.0.as_str()).collect::<Vec<_>>(), ["654321"]);
    shop.misbehave([Some(Fault::Babbles), Some(Fault::FailsBefore)]);
    let garbled = system.order(&number("123456")).await.unwrap_err();
    assert!(matches!(garbled, LookupError::Malformed { field: "$", .. }), "{garbled}");
    let failed = system.order(&number("123456")).await.unwrap_err();
    assert_eq!(failed, LookupError::Unavailable("500: out of order".into()));
}

#[tokio::test]
async fn orders_of_somebody_else_are_not_taken() {
    let shop = shop().await;
    let system = client(&shop.url, Duration::from_secs(10));
    shop.misbehave([Some(Fault::MixesUp), Some(Fault::MixesUp)]);
    let error = system.order(&OrderNumber("123456".into())).await.unwrap_err();
    assert!(matches!(error, LookupError::Malformed { field: "number", .. }), "{error}");
    let orders = system.orders_of(&Pii::new("13900000009".to_owned())).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.number.0.as_str()).collect::<Vec<_>>(), ["1"]);
}
