//! What the core knows of the call so far.

mod focus;

use ermu_domain::{
    EmotionEstimate, Evidence, ImageFinding, Language, NineGrid, Order, PhotoId, PhotoReport, ProductId, QualityFault,
    ReadField, Sentence, TimeSpan,
};

pub(crate) use focus::{Focus, Thing};

use crate::{PhotoFailure, understand::Body};

/// Everything that was heard, seen and looked up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// The caller's language.
    pub(crate) language: Language,
    /// What the caller said, in order.
    pub(crate) said: Vec<Said>,
    /// How the caller sounded.
    pub(crate) emotions: Vec<(TimeSpan, EmotionEstimate)>,
    /// The order that is spoken about.
    pub(crate) order: Option<Order>,
    /// The article that the caller named.
    pub(crate) product: Option<ProductId>,
    pub(crate) photos: Vec<Photo>,
    /// What the photos say in writing, each value once.
    pub(crate) read: Vec<(PhotoId, ReadField)>,
    /// What is spoken about.
    pub(crate) focus: Focus,
    /// How tall and heavy the one is who will wear it.
    pub(crate) body: Body,
}

/// Something that the caller said or typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    /// As it was heard.
    pub(crate) words: String,
    /// As it is understood: with articles spelt as the catalogue does.
    pub(crate) text: String,
    /// What it is about, if something read it.
    pub(crate) sentence: Option<Sentence>,
    pub(crate) evidence: Evidence,
    pub(crate) angry: bool,
    /// A yes or no, which says nothing without its question.
    pub(crate) bare: bool,
}

/// A photo of this call.
#[derive(Debug, Clone)]
pub(crate) struct Photo {
    pub(crate) id: PhotoId,
    /// Inspections that were asked for and not answered.
    pub(crate) pending: u32,
    /// With which product it was last inspected.
    pub(crate) product: Option<ProductId>,
    /// The newest answer.
    pub(crate) seen: Option<Result<PhotoReport, PhotoFailure>>,
    /// Whether the newest answer was not considered yet.
    pub(crate) fresh: bool,
    /// The finding as it was told to the caller.
    pub(crate) told: Option<String>,
    /// Whether it was already counted as unusable.
    pub(crate) counted: bool,
    /// Whether it belongs to a case that is done.
    pub(crate) filed: bool,
    /// Whether it shows a label, and nothing else.
    pub(crate) is_label: bool,
}

/// What the photos of the open case show, all together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum View {
    NoPhoto,
    /// A photo is being looked at.
    Looking,
    Found(PhotoId, ImageFinding),
    /// A good photo without damage on it.
    Nothing(PhotoId),
    Faulty(PhotoId, QualityFault),
    Failed(PhotoId, PhotoFailure),
}

impl Memory {
    /// How many utterances were angry.
    pub(crate) fn angry_count(&self) -> usize {
        self.said.iter().filter(|said| said.angry).count()
    }

    /// The product that a photo should show, if known.
    pub(crate) fn expected_product(&self) -> Option<&ProductId> {
        self.order.as_ref().map(|order| &order.product).or(self.product.as_ref())
    }

    /// Turns to what a photo shows at this place; says whether something was found there.
    pub(crate) fn point_at(&mut self, place: NineGrid) -> bool {
        let shows = |photo: &&Photo| match &photo.seen {
            Some(Ok(report)) => report.findings.iter().any(|finding| finding.place == place),
            Some(Err(_)) | None => false,
        };
        let photo = self.open_photos().rev().find(shows).map(|photo| photo.id);
        photo.is_some_and(|photo| {
            self.focus.turn_to(Thing::Place(photo, place));
            true
        })
    }

    pub(crate) fn photo_mut(&mut self, id: PhotoId) -> Option<&mut Photo> {
        self.photos.iter_mut().find(|photo| photo.id == id)
    }

    /// The photos that no finished case took with it.
    pub(crate) fn open_photos(&self) -> impl DoubleEndedIterator<Item = &Photo> {
        self.photos.iter().filter(|photo| !photo.filed)
    }

    pub(crate) fn view(&self) -> View {
        if self.open_photos().any(|photo| photo.pending > 0) {
            return View::Looking;
        }
        let pictures = || self.open_photos().filter(|photo| !photo.is_label);
        let found = pictures().rev().find_map(|photo| match &photo.seen {
            Some(Ok(report)) => {
                // What the caller pointed to, or else the surest.
                let pointed = self.focus.place().filter(|(id, _)| *id == photo.id);
                let there = pointed.and_then(|(_, place)| report.findings.iter().find(|found| found.place == place));
                there.or(report.findings.first()).map(|finding| (photo.id, finding.clone()))
            }
            Some(Err(_)) | None => None,
        });
        if let Some((id, finding)) = found {
            return View::Found(id, finding);
        }
        match pictures().next_back().and_then(|photo| Some((photo.id, photo.seen.as_ref()?))) {
            None => View::NoPhoto,
            Some((id, Err(failure))) => View::Failed(id, *failure),
            Some((id, Ok(report))) => match report.faults.first() {
                Some(fault) => View::Faulty(id, *fault),
                None => View::Nothing(id),
            },
        }
    }
}
