//! A server with a shop's own system and a language model beside it.

use std::time::Duration;

use ermu_domain::Language;
use ermu_server::{Server, call::dial};
use ermu_testkit::{
    language_model::{self, Reply},
    shop_system::{Fault, ShopSystem},
};
use serde_json::{Value, json};

use crate::server::config;

/// Something that no example of the demo shop is like.
const UNCLEAR: &str = "那个啥，就上回那事儿，您给瞅瞅呗";

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_the_shops_own_system_is_cancelled_there_once() {
    let order = json!({
        "number": "778899", "customer": "somebody", "phone": "13800000001", "product": "coffee-machine",
        "product_name": {"zh": "咖啡机", "en": "coffee machine"}, "paid": 19990, "placed": "2026-11-10", "parcel": null,
    });
    let shop = ShopSystem::start(vec![order], None).await;
    let answer = json!({"intent": "cancel_order", "order_number": "123456", "product": null});
    let model = language_model::Server::start([Reply::Says(answer.to_string())]).await;
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path());
    config.backend.url = Some(shop.url.clone());
    config.language_model.url = Some(model.url.clone());
    config.language_model.understand_ms = 10_000;
    let server = Server::start(&config, &mut |_, _, _| {}).await.unwrap();
    let url = format!("http://{}", server.address);
    let (_, mut call) = dial(&reqwest::Client::new(), &url, Language::Chinese).await.unwrap();
    let mut log = Vec::new();
    for (text, answered_by) in [
        (UNCLEAR, "订单号"),
        ("778899", "后四位"),
        ("0001", "需要我现在为您"),
        // What is asked for first goes wrong there, as does the answer to the second attempt.
        ("可以", "工单号"),
    ] {
        if text == "可以" {
            shop.misbehave([Some(Fault::FailsBefore), Some(Fault::FailsAfter)]);
        }
        call.messages_out.send(json!({"type": "text", "text": text}).to_string()).unwrap();
        let answered = async {
            loop {
                let message = call.messages_in.recv().await.expect("the call goes on");
                let notice: Value = serde_json::from_str(&message).unwrap();
                log.push(format!("{} {}", notice["speaker"], notice["text"]));
                if notice["speaker"] == "agent" && notice["text"].as_str().unwrap().contains(answered_by) {
                    return;
                }
            }
        };
        let answered = tokio::time::timeout(Duration::from_secs(60), answered).await;
        assert!(answered.is_ok(), "{text} is not answered by {answered_by}: {log:#?}");
    }
    let said = log.concat();
    assert!(!said.contains("123456"), "the language model made an order up: {log:#?}");
    let [asked] = &model.requests()[..] else { panic!("{:?}", model.requests()) };
    assert!(asked["messages"][1]["content"].as_str().unwrap().contains("上回那事儿"));

    // Both effects arrive, each once, however often they had to be asked for.
    let done = tokio::time::timeout(Duration::from_secs(60), async {
        while shop.done().len() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    done.await.unwrap_or_else(|_| panic!("{:?}", shop.done()));
    server.shut_down().await.unwrap();
    let done = shop.done();
    let kinds: Vec<_> =
        done.iter().map(|effect| (effect["kind"].as_str().unwrap(), effect["order"].as_str())).collect();
    assert_eq!(kinds, [("cancel_order", Some("778899")), ("refund_money", Some("778899"))]);
}
