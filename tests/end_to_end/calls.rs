//! The three flows, in Chinese and in English.

use ermu_server::call::Role;

use crate::server::{call, captions, spoken, transcript};

#[tokio::test(flavor = "multi_thread")]
async fn where_is_my_order() {
    let record = call("zh-order-status").await;
    let said = spoken(&record);
    assert!(captions(&record, "agent")[0].contains("机器人"), "the first thing said discloses the robot: {said}");
    for fact in ["EF123456789", "10:05", "18:00"] {
        assert!(said.contains(fact), "{fact} is missing in: {said}");
    }
    assert!(record.answered(), "{:?}", record.outcome.turns);
    assert!(record.tickets.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_is_my_order_in_english() {
    let record = call("en-order-status").await;
    let said = spoken(&record);
    for fact in ["robot", "EF123456789"] {
        assert!(said.contains(fact), "{fact} is missing in: {said}");
    }
    assert!(said.contains("18:00") || said.contains("6 pm"), "the hour is missing in: {said}");
    assert!(record.answered(), "{:?}", record.outcome.turns);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_becomes_a_ticket_with_its_evidence() {
    let record = call("zh-damage").await;
    let said = spoken(&record);
    assert!(said.contains("右上角"), "the place is spoken: {said}");
    let ticket = record.tickets.iter().find(|ticket| ticket["kind"] == "damage");
    let ticket = ticket.unwrap_or_else(|| panic!("no damage ticket:\n{}", transcript(&record)));
    assert_eq!(ticket["order"], "654321");
    assert_eq!(ticket["findings"][0]["kind"], "scratch");
    assert_eq!(ticket["findings"][0]["place"], "top_right");
    assert_eq!(ticket["decision"]["remedy"], "replace");
    assert!(said.contains(ticket["number"].as_str().unwrap()), "the number is spoken: {said}");
    for statement in ticket["statements"].as_array().unwrap() {
        assert!(!statement["evidence"].as_array().unwrap().is_empty(), "no evidence: {statement}");
    }
    let kinds: Vec<_> = ticket["statements"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|statement| statement["evidence"].as_array().unwrap())
        .map(|evidence| evidence["type"].as_str().unwrap())
        .collect();
    for kind in ["speech", "photo", "order", "rule"] {
        assert!(kinds.contains(&kind), "no evidence of kind {kind}: {kinds:?}");
    }
    assert_eq!(record.photos.len(), 1);
    assert!(record.photos[0].1.starts_with(&[0xff, 0xd8]), "the photo with the finding drawn is a JPEG");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scratch_becomes_a_ticket_in_english() {
    let record = call("en-damage").await;
    let ticket = record.tickets.iter().find(|ticket| ticket["kind"] == "damage");
    let ticket = ticket.unwrap_or_else(|| panic!("no damage ticket:\n{}", transcript(&record)));
    assert_eq!(ticket["language"], "en");
    assert_eq!(ticket["findings"][0]["kind"], "scratch");
    assert!(record.answered(), "{:?}", record.outcome.turns);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_had_at_any_time() {
    for script in ["zh-person", "en-person"] {
        let record = call(script).await;
        let ticket = record.tickets.iter().find(|ticket| ticket["kind"] == "hand_off");
        let ticket = ticket.unwrap_or_else(|| panic!("{script}: no hand-off ticket:\n{}", transcript(&record)));
        assert_eq!(ticket["hand_off"], "asked");
        assert!(record.answered(), "{script}: {:?}", record.outcome.turns);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_is_heard_and_the_answer_cut() {
    let record = call("zh-barge-in").await;
    let interruption = record.outcome.turns.iter().find(|turn| turn.role == Role::Interrupting);
    assert!(interruption.is_some_and(|turn| turn.silence.is_some()), "the agent falls silent");
    let cut = record.events.iter().any(|event| event["data"]["effect"] == "stop_speaking");
    assert!(cut, "the core stops its voice");
    assert!(record.answered(), "{:?}", record.outcome.turns);
}
