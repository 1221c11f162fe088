//! What lines name, against what was understood that they name.

use std::collections::{BTreeMap, BTreeSet};

use ermu_dialogue::Slots;
use serde::Serialize;

/// Values of one slot.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Values {
    /// That the lines name.
    pub(super) named: usize,
    /// That were found in them.
    pub(super) found: usize,
    /// Of these, those that the lines do name.
    pub(super) right: usize,
}

/// Counts the values by slot.
pub(super) fn count(named: &BTreeMap<String, BTreeSet<String>>, found: &Slots) -> BTreeMap<String, Values> {
    let mut counts: BTreeMap<String, Values> = BTreeMap::new();
    for (slot, values) in named {
        let right = values.iter().filter(|value| found.get(slot.as_str()).is_some_and(|found| found.contains(*value)));
        let counted = counts.entry(slot.clone()).or_default();
        (counted.named, counted.right) = (values.len(), right.count());
    }
    for (slot, values) in found {
        counts.entry((*slot).to_owned()).or_default().found = values.len();
    }
    counts
}

/// Adds up the counts of several lines.
pub(super) fn sum<'a>(counts: impl Iterator<Item = &'a BTreeMap<String, Values>>) -> BTreeMap<String, Values> {
    let mut all: BTreeMap<String, Values> = BTreeMap::new();
    for (slot, values) in counts.flatten() {
        let sum = all.entry(slot.clone()).or_default();
        sum.named += values.named;
        sum.found += values.found;
        sum.right += values.right;
    }
    all
}

impl Values {
    /// Share of what was found that is right; 1 if nothing was found.
    pub(super) fn precision(self) -> f64 {
        if self.found == 0 { 1.0 } else { self.right as f64 / self.found as f64 }
    }

    /// Share of what is named that was found; 1 if nothing is named.
    pub(super) fn recall(self) -> f64 {
        if self.named == 0 { 1.0 } else { self.right as f64 / self.named as f64 }
    }

    pub(super) fn add(self, other: Self) -> Self {
        Self { named: self.named + other.named, found: self.found + other.found, right: self.right + other.right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missed_and_what_is_made_up_both_count() {
        let named = BTreeMap::from([
            ("product".to_owned(), BTreeSet::from(["cup".to_owned(), "fan".to_owned()])),
            ("number".to_owned(), BTreeSet::from(["123456".to_owned()])),
        ]);
        let found =
            Slots::from([("product", BTreeSet::from(["cup".to_owned()])), ("size", BTreeSet::from(["L".to_owned()]))]);
        let counts = count(&named, &found);
        let all = sum([&counts, &counts].into_iter());
        assert_eq!(all["product"], Values { named: 4, found: 2, right: 2 });
        assert_eq!(all["number"], Values { named: 2, found: 0, right: 0 });
        assert_eq!(all["size"], Values { named: 0, found: 2, right: 0 });
        assert!((all["product"].recall() - 0.5).abs() < 1e-9 && (all["product"].precision() - 1.0).abs() < 1e-9);
        assert!(all["size"].precision().abs() < 1e-9 && all["number"].recall().abs() < 1e-9);
        assert_eq!(all["product"].add(all["number"]).named, 6);
    }
}
