//! The shop's names for what the domain knows: damage, places, remedies, reasons.

use ermu_domain::{DefectKind, FieldKind, HandOffReason, ImageFinding, Language, Money, NineGrid, Remedy, TicketKind};

use super::{Phrase, Wording};
use crate::pack::Intent;

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
        Remedy::Return => Phrase::RemedyReturn,
        Remedy::Coupon => Phrase::RemedyCoupon,
        Remedy::Cancel => Phrase::RemedyCancel,
        Remedy::Reroute => Phrase::RemedyReroute,
        Remedy::Appointment => Phrase::RemedyAppointment,
        Remedy::Invoice => Phrase::RemedyInvoice,
        Remedy::Urge => Phrase::RemedyUrge,
        Remedy::Investigate => Phrase::RemedyInvestigate,
        Remedy::Refuse => Phrase::RemedyRefuse,
        Remedy::Review => Phrase::RemedyReview,
    }
}

/// What a case is about.
pub(crate) const fn kind(kind: TicketKind) -> Phrase {
    match kind {
        TicketKind::Damage => Phrase::KindDamage,
        TicketKind::Return => Phrase::KindReturn,
        TicketKind::Exchange => Phrase::KindExchange,
        TicketKind::Refund => Phrase::KindRefund,
        TicketKind::Repair => Phrase::KindRepair,
        TicketKind::Coupon => Phrase::KindCoupon,
        TicketKind::Address => Phrase::KindAddress,
        TicketKind::Install => Phrase::KindInstall,
        TicketKind::Invoice => Phrase::KindInvoice,
        TicketKind::Complaint => Phrase::KindComplaint,
        TicketKind::Cancel => Phrase::KindCancel,
        TicketKind::Urge => Phrase::KindUrge,
        TicketKind::Missing => Phrase::KindMissing,
        TicketKind::HandOff => Phrase::KindHandOff,
    }
}

/// What a value on a label is; phone numbers are never told.
pub(crate) const fn field(kind: FieldKind) -> Phrase {
    match kind {
        FieldKind::OrderNumber => Phrase::FieldOrderNumber,
        FieldKind::SerialNumber | FieldKind::Phone => Phrase::FieldSerialNumber,
        FieldKind::ErrorCode => Phrase::FieldErrorCode,
    }
}

/// What a caller may want, as the end of "would you like to …"; none for what nobody is asked about.
pub(crate) const fn intent(intent: Intent) -> Option<Phrase> {
    Some(match intent {
        Intent::OrderStatus => Phrase::IntentOrderStatus,
        Intent::Arrival => Phrase::IntentArrival,
        Intent::DeliveryChange => Phrase::IntentDeliveryChange,
        Intent::Stock => Phrase::IntentStock,
        Intent::ReturnExchange => Phrase::IntentReturnExchange,
        Intent::Refund => Phrase::IntentRefund,
        Intent::CancelOrder => Phrase::IntentCancelOrder,
        Intent::Warranty => Phrase::IntentWarranty,
        Intent::Damage => Phrase::IntentDamage,
        Intent::Missing => Phrase::IntentMissing,
        Intent::Install => Phrase::IntentInstall,
        Intent::Usage => Phrase::IntentUsage,
        Intent::ProductQuestion => Phrase::IntentProductQuestion,
        Intent::PriceCoupon => Phrase::IntentPriceCoupon,
        Intent::Invoice => Phrase::IntentInvoice,
        Intent::Account => Phrase::IntentAccount,
        Intent::Complaint => Phrase::IntentComplaint,
        Intent::Person
        | Intent::Greeting
        | Intent::Thanks
        | Intent::Goodbye
        | Intent::Repeat
        | Intent::Fragment
        | Intent::Other => return None,
    })
}

/// Why a person is needed.
pub(crate) const fn reason(reason: HandOffReason) -> Phrase {
    match reason {
        HandOffReason::Asked => Phrase::ReasonAsked,
        HandOffReason::Angry => Phrase::ReasonAngry,
        HandOffReason::NotUnderstood => Phrase::ReasonNotUnderstood,
        HandOffReason::PhotosUnusable => Phrase::ReasonPhotosUnusable,
        HandOffReason::Rule => Phrase::ReasonRule,
        HandOffReason::Dispute => Phrase::ReasonDispute,
        HandOffReason::Failure => Phrase::ReasonFailure,
    }
}

/// `右上角有一道划痕`: the finding in words, `as_kind` being what to call it.
pub(crate) fn finding(wording: &Wording, found: &ImageFinding, as_kind: DefectKind, language: Language) -> String {
    let place = wording.render(place(found.place), language, &[]);
    let what = wording.render(defect(as_kind), language, &[]);
    wording.render(Phrase::Finding, language, &[("place", &place), ("what", &what)])
}

/// `1299元`, `1299 yuan`.
pub(crate) fn price(price: Money, language: Language) -> String {
    let (whole, cents) = (price.0 / 100, price.0 % 100);
    let amount = if cents == 0 { whole.to_string() } else { format!("{whole}.{cents:02}") };
    match language {
        Language::Chinese => format!("{amount}元"),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => format!("{amount} yuan"),
    }
}

/// `甲、乙和丙`, `A, B and C`.
pub(crate) fn list(names: &[&str], language: Language) -> String {
    let (between, before_last) = match language {
        Language::Chinese => ("、", "和"),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => (", ", " and "),
    };
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{}{before_last}{last}", first.join(between)),
    }
}

/// Parts of a sentence that are told one after the other.
pub(crate) fn in_turn(parts: &[String], language: Language) -> String {
    match language {
        Language::Chinese => parts.join("；"),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => parts.join("; "),
    }
}
