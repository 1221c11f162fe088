//! Photos: they come, are looked at, and are fused with what was said.

use ermu_domain::{PhotoId, PhotoReport, QualityFault};

use super::{Cause, Mind, label::Labels};
use crate::{
    Effect, LookFor, Notice, PhotoFailure,
    line::Line,
    memory::{Photo, View},
    wording::{self, Phrase},
};

/// Photos that one call may send; what comes after is ignored.
const MAX_PHOTOS: usize = 50;

impl Mind {
    /// A photo has come: has it looked at, at once.
    pub(crate) fn photo_received(&mut self, id: PhotoId, line: &mut Line) -> bool {
        if self.wall_photo_came(id, line) {
            return true;
        }
        if self.memory.photos.len() >= MAX_PHOTOS || self.memory.photo_mut(id).is_some() {
            return false;
        }
        let product = self.memory.expected_product().cloned();
        line.send(Effect::InspectPhoto { photo: id, product: product.clone(), look_for: LookFor::Damage });
        self.memory.photos.push(Photo {
            id,
            pending: 1,
            product,
            seen: None,
            fresh: false,
            told: None,
            counted: false,
            filed: false,
            is_label: false,
        });
        true
    }

    /// Says that the photo has come, while it is being looked at.
    pub(crate) fn acknowledge_photo(&mut self, id: PhotoId) {
        if self.measures(Some(id)) {
            return self.say(Phrase::PhotoLooking, &[]);
        }
        if self.memory.photo_mut(id).is_some_and(|photo| photo.pending > 0) {
            self.say(Phrase::PhotoLooking, &[]);
        }
        if self.asked == super::Asked::Photo {
            self.asked = super::Asked::Nothing;
        }
    }

    /// Takes the answer to an inspection; says whether it was awaited.
    pub(crate) fn photo_answered(&mut self, id: PhotoId, seen: Result<PhotoReport, PhotoFailure>) -> bool {
        match self.memory.photo_mut(id) {
            Some(photo) if photo.pending > 0 => {
                photo.pending -= 1;
                photo.seen = Some(seen);
                photo.fresh = true;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Whether somebody waits for what the photos show; otherwise words may come that tell what they are for.
    pub(crate) fn photo_is_expected(&self) -> bool {
        self.case.as_ref().is_some_and(|case| case.complaint)
    }

    /// A photo was looked at, and the moment is right to speak about it.
    pub(crate) fn fuse_photo(&mut self, line: &mut Line) {
        // What is still being looked at brings its own news.
        if self.memory.view() == View::Looking || !self.memory.open_photos().any(|photo| photo.fresh) {
            return;
        }
        let news = self.read_labels(line);
        if self.memory.open_photos().any(|photo| photo.fresh) {
            self.case.get_or_insert_default();
        }
        if self.take_labels(news, line) == Labels::GoOn {
            self.advance(Cause::Photo, line);
        }
    }

    /// The product became known: photos that were judged without it are judged again.
    pub(super) fn inspect_again(&mut self, line: &mut Line) {
        let Some(product) = self.memory.expected_product().cloned() else { return };
        for photo in self.memory.photos.iter_mut().filter(|photo| !photo.filed && !photo.is_label) {
            if photo.product.as_ref() != Some(&product) {
                photo.product = Some(product.clone());
                photo.pending += 1;
                let product = Some(product.clone());
                line.send(Effect::InspectPhoto { photo: photo.id, product, look_for: LookFor::Damage });
            }
        }
    }

    /// Gives up what takes too long.
    pub(crate) fn abandon_photos(&mut self, line: &mut Line) {
        let mut late = false;
        for photo in self.memory.photos.iter_mut().filter(|photo| photo.pending > 0) {
            late = true;
            photo.pending = 0;
            photo.fresh = true;
            photo.seen.get_or_insert(Err(PhotoFailure::Internal));
        }
        if late {
            self.fuse_photo(line);
        }
    }

    /// Tells what a photo shows, once for each thing that it shows, and draws it.
    pub(super) fn tell_photo(&mut self, view: &View, line: &mut Line) {
        if *view != View::Looking {
            self.memory.photos.iter_mut().for_each(|photo| photo.fresh = false);
        }
        let language = self.memory.language;
        let named = self.case.as_ref().and_then(|case| case.damage);
        let (id, words, spoken) = match view {
            View::NoPhoto | View::Looking => return,
            View::Found(id, finding) => {
                let kind = named.filter(|kind| super::case::compatible(*kind, finding.kind)).unwrap_or(finding.kind);
                (*id, wording::finding(self.pack.wording(), finding, kind, language), Some((finding, kind)))
            }
            View::Nothing(id) => (*id, self.words_for(Phrase::PhotoNothing), None),
            View::Faulty(id, fault) => (*id, self.words_for(fault_phrase(*fault)), None),
            View::Failed(id, failure) => (*id, self.words_for(failure_phrase(*failure)), None),
        };
        let Some(photo) = self.memory.photo_mut(id) else { return };
        let again = photo.told.replace(words.clone());
        let seen = photo.seen.clone();
        if again.as_ref() == Some(&words) {
            return;
        }
        if let Some((finding, kind)) = spoken.filter(|_| !self.disagrees(view)) {
            self.say_in(Phrase::PhotoSeen, |words, language| {
                Some(vec![("what", wording::finding(words, finding, kind, language))])
            });
        }
        if let Some(Ok(report)) = seen {
            line.show(Notice::Photo { photo: id, report, words });
        }
    }
}

pub(super) const fn fault_phrase(fault: QualityFault) -> Phrase {
    match fault {
        QualityFault::Blurred => Phrase::PhotoBlurred,
        QualityFault::Dark => Phrase::PhotoDark,
        QualityFault::Glare => Phrase::PhotoGlare,
        QualityFault::Small => Phrase::PhotoSmall,
        QualityFault::Empty => Phrase::PhotoEmpty,
    }
}

pub(super) const fn failure_phrase(failure: PhotoFailure) -> Phrase {
    match failure {
        PhotoFailure::Unreadable => Phrase::PhotoUnreadable,
        PhotoFailure::TooLarge => Phrase::PhotoTooLarge,
        PhotoFailure::TooSlow => Phrase::PhotoTooSlow,
        PhotoFailure::Internal => Phrase::PhotoInternal,
    }
}
