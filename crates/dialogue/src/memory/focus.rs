//! What is spoken about: a stack, the newest on top, so that "that one", "the second" and "and the camera?" mean something.

use ermu_domain::{NineGrid, PhotoId, ProductId};

use crate::understand::Pick;

/// Things that words such as "it" can mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Thing {
    /// Articles that are spoken about, one or several.
    Products(Vec<ProductId>),
    /// Articles that were told one after the other, to pick from.
    List(Vec<ProductId>),
    /// What of an article is spoken about.
    Attributes(Vec<String>),
    Size(String),
    /// A place on a photo.
    Place(PhotoId, NineGrid),
}

/// The stack. A thing that is mentioned again comes to the top.
#[derive(Debug, Clone, Default)]
pub(crate) struct Focus {
    things: Vec<Thing>,
}

/// Beyond this nobody remembers.
const DEPTH: usize = 16;

impl Focus {
    /// Turns to a thing.
    pub(crate) fn turn_to(&mut self, thing: Thing) {
        // A size belongs to the article before it.
        if let Thing::Products(products) = &thing
            && self.products() != products.as_slice()
        {
            self.things.retain(|known| !matches!(known, Thing::Size(_)));
        }
        self.things.retain(|known| *known != thing);
        self.things.push(thing);
        if self.things.len() > DEPTH {
            self.things.remove(0);
        }
    }

    /// The articles that "it" or "they" mean; empty if none was spoken about.
    pub(crate) fn products(&self) -> &[ProductId] {
        self.find(|thing| match thing {
            Thing::Products(products) => Some(products.as_slice()),
            Thing::List(_) | Thing::Attributes(_) | Thing::Size(_) | Thing::Place(..) => None,
        })
        .unwrap_or_default()
    }

    /// The articles that were told last, to pick from.
    pub(crate) fn list(&self) -> &[ProductId] {
        self.find(|thing| match thing {
            Thing::List(products) => Some(products.as_slice()),
            Thing::Products(_) | Thing::Attributes(_) | Thing::Size(_) | Thing::Place(..) => None,
        })
        .unwrap_or_default()
    }

    /// What of the articles was asked last.
    pub(crate) fn attributes(&self) -> &[String] {
        self.find(|thing| match thing {
            Thing::Attributes(attributes) => Some(attributes.as_slice()),
            Thing::Products(_) | Thing::List(_) | Thing::Size(_) | Thing::Place(..) => None,
        })
        .unwrap_or_default()
    }

    /// The size that is spoken about.
    pub(crate) fn size(&self) -> Option<&str> {
        self.find(|thing| match thing {
            Thing::Size(size) => Some(size.as_str()),
            Thing::Products(_) | Thing::List(_) | Thing::Attributes(_) | Thing::Place(..) => None,
        })
    }

    /// The place that the caller pointed to on a photo.
    pub(crate) fn place(&self) -> Option<(PhotoId, NineGrid)> {
        self.find(|thing| match thing {
            Thing::Place(photo, place) => Some((*photo, *place)),
            Thing::Products(_) | Thing::List(_) | Thing::Attributes(_) | Thing::Size(_) => None,
        })
    }

    /// One of the articles that were told last, or of those spoken about if there was no list.
    pub(crate) fn pick(&self, pick: Pick) -> Option<ProductId> {
        let list = if self.list().is_empty() { self.products() } else { self.list() };
        match pick {
            Pick::Nth(at) => list.get(at),
            Pick::Last => list.last(),
        }
        .cloned()
    }

    fn find<'a, T>(&'a self, wanted: impl Fn(&'a Thing) -> Option<T>) -> Option<T> {
        self.things.iter().rev().find_map(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<ProductId> {
        names.iter().map(|name| ProductId((*name).to_owned())).collect()
    }

    #[test]
    fn the_newest_thing_of_its_kind_is_meant() {
        let mut focus = Focus::default();
        assert!(focus.products().is_empty());
        focus.turn_to(Thing::Products(ids(&["phone"])));
        focus.turn_to(Thing::Attributes(vec!["battery".to_owned()]));
        focus.turn_to(Thing::List(ids(&["a", "b", "c"])));
        assert_eq!(focus.products(), ids(&["phone"]));
        assert_eq!(focus.pick(Pick::Nth(1)), Some(ProductId("b".to_owned())));
        assert_eq!(focus.pick(Pick::Last), Some(ProductId("c".to_owned())));
        assert_eq!(focus.pick(Pick::Nth(3)), None);
        focus.turn_to(Thing::Size("L".to_owned()));
        assert_eq!(focus.size(), Some("L"));
        focus.turn_to(Thing::Products(ids(&["jeans"])));
        assert_eq!(focus.size(), None, "another article has other sizes");
    }
}
