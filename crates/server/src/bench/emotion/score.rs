//! How well a score tells one kind from another.

/// Area under the ROC curve: the share of pairs in which the positive one scores higher; ties count half. None if one
/// kind is missing.
pub(super) fn auc(scored: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|(_, positive)| *positive).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut below = 0;
    let mut pairs = 0.0;
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let higher = ties.iter().filter(|(_, positive)| *positive).count();
        let lower = ties.len() - higher;
        pairs += higher as f64 * (below as f64 + lower as f64 / 2.0);
        below += lower;
    }
    Some(pairs / (positives * negatives) as f64)
}

/// The largest share of the positive ones that a threshold finds while at most `share` of the others pass it.
pub(super) fn recall_at_false_alarms(scored: &[(f64, bool)], share: f64) -> Option<f64> {
    let mut others: Vec<f64> = scored.iter().filter(|(_, positive)| !positive).map(|(score, _)| *score).collect();
    let positives: Vec<f64> = scored.iter().filter(|(_, positive)| *positive).map(|(score, _)| *score).collect();
    if positives.is_empty() || others.is_empty() {
        return None;
    }
    others.sort_by(|a, b| b.total_cmp(a));
    let allowed = (share * others.len() as f64) as usize;
    let threshold = others.get(allowed).copied().unwrap_or(f64::NEG_INFINITY);
    Some(positives.iter().filter(|score| **score > threshold).count() as f64 / positives.len() as f64)
}

/// The share that a threshold of 0 gets right.
pub(super) fn accuracy(scored: &[(f64, bool)]) -> Option<f64> {
    let right = scored.iter().filter(|(score, positive)| (*score > 0.0) == *positive).count();
    (!scored.is_empty()).then(|| right as f64 / scored.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_rankings() {
        let scored = [(3.0, true), (2.0, false), (1.0, true), (0.0, false)];
        assert_eq!(auc(&scored), Some(0.75));
        assert_eq!(auc(&[(1.0, true), (1.0, false)]), Some(0.5));
        assert_eq!(auc(&[(1.0, true)]), None);
        assert_eq!(accuracy(&[(1.0, true), (-1.0, true), (-2.0, false), (0.0, false)]), Some(0.75));
    }

    #[test]
    fn recall_counts_what_passes_the_allowed_false_alarms() {
        let mut scored: Vec<(f64, bool)> = (0..20).map(|n| (f64::from(n), false)).collect();
        scored.extend([(18.5, true), (17.5, true), (30.0, true), (0.0, true)]);
        // One of twenty may pass, so that the threshold is the second highest of the others: 18.
        assert_eq!(recall_at_false_alarms(&scored, 0.05), Some(0.5));
        assert_eq!(recall_at_false_alarms(&scored, 1.0), Some(1.0));
    }
}
