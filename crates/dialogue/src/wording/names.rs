//! The shop's names for what the domain knows: damage, places, remedies, reasons.

use ermu_domain::{DefectKind, HandOffReason, ImageFinding, Language, NineGrid, Remedy};

use super::{Phrase, Wording};

/// `一道划痕`.
pub(crate) const fn defect(kind: DefectKind) -> Phrase {
    match kind {
        DefectKind::Scratch => Phrase::DefectScratch,
        DefectKind::Crack => Phrase::DefectCrack,
        DefectKind::Dent => Phrase::DefectDent,
        DefectKind::Stain => Phrase::DefectStain,
        DefectKind::Chip => Phrase::DefectChip,
        DefectKind::MissingPart => Phrase::DefectMissingPart,
    }
}

const fn place(place: NineGrid) -> Phrase {
    match place {
        NineGrid::TopLeft => Phrase::PlaceTopLeft,
        NineGrid::Top => Phrase::PlaceTop,
        NineGrid::TopRight => Phrase::PlaceTopRight,
        NineGrid::Left => Phrase::PlaceLeft,
        NineGrid::Centre => Phrase::PlaceCentre,
        NineGrid::Right => Phrase::PlaceRight,
        NineGrid::BottomLeft => Phrase::PlaceBottomLeft,
        NineGrid::Bottom => Phrase::PlaceBottom,
        NineGrid::BottomRight => Phrase::PlaceBottomRight,
    }
}

/// What a remedy is called.
pub(crate) const fn remedy(remedy: Remedy) -> Phrase {
    match remedy {
        Remedy::Replace => Phrase::RemedyReplace,
        Remedy::Refund => Phrase::RemedyRefund,
        Remedy::Repair => Phrase::RemedyRepair,
        Remedy::PartialRefund => Phrase::RemedyPartialRefund,
        Remedy::Refuse => Phrase::RemedyRefuse,
        Remedy::Review => Phrase::RemedyReview,
    }
}

/// Why a person is needed.
pub(crate) const fn reason(reason: HandOffReason) -> Phrase {
    match reason {
        HandOffReason::Asked => Phrase::ReasonAsked,
        HandOffReason::Angry => Phrase::ReasonAngry,
        HandOffReason::NotUnderstood => Phrase::ReasonNotUnderstood,
        HandOffReason::PhotosUnusable => Phrase::ReasonPhotosUnusable,
        HandOffReason::Rule => Phrase::ReasonRule,
        HandOffReason::Failure => Phrase::ReasonFailure,
    }
}

/// `右上角有一道划痕`: the finding in words, `as_kind` being what to call it.
pub(crate) fn finding(wording: &Wording, found: &ImageFinding, as_kind: DefectKind, language: Language) -> String {
    let place = wording.render(place(found.place), language, &[]);
    let what = wording.render(defect(as_kind), language, &[]);
    wording.render(Phrase::Finding, language, &[("place", &place), ("what", &what)])
}
