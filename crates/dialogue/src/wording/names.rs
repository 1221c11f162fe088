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

/// `1299元`, `1299 yuan`, `1299 yuanes`, `0,50 yuan`, with the decimal mark of the language.
pub(crate) fn price(price: Money, language: Language) -> String {
    let (whole, cents) = (price.0 / 100, price.0 % 100);
    let mark = match language {
        Language::Chinese | Language::English | Language::Arabic => '.',
        Language::Spanish | Language::Portuguese => ',',
    };
    let amount = if cents == 0 { whole.to_string() } else { format!("{whole}{mark}{cents:02}") };
    let unit = match language {
        Language::Chinese => "元",
        Language::Spanish if price.0 == 100 => " yuan",
        Language::Spanish => " yuanes",
        Language::English | Language::Portuguese => " yuan",
        Language::Arabic => " يوان",
    };
    format!("{amount}{unit}")
}

/// `甲、乙和丙`, `A, B and C`, `A, B y C`.
pub(crate) fn list(names: &[&str], language: Language) -> String {
    let (between, before_last) = match language {
        Language::Chinese => ("、", "和"),
        Language::English => (", ", " and "),
        // Before the sound of an i, y becomes e.
        Language::Spanish if names.last().is_some_and(|last| begins_with_i(last)) => (", ", " e "),
        Language::Spanish => (", ", " y "),
        Language::Portuguese => (", ", " e "),
        Language::Arabic => ("، ", " و"),
    };
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{}{before_last}{last}", first.join(between)),
    }
}

fn begins_with_i(word: &str) -> bool {
    let word = word.to_lowercase();
    ["i", "í", "hi", "hí"].iter().any(|i| word.starts_with(i))
        && !["hie", "hia"].iter().any(|glide| word.starts_with(glide))
}

/// Parts of a sentence that are told one after the other.
pub(crate) fn in_turn(parts: &[String], language: Language) -> String {
    match language {
        Language::Chinese => parts.join("；"),
        Language::English | Language::Spanish | Language::Portuguese => parts.join("; "),
        Language::Arabic => parts.join("؛ "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_prices_as_each_language_writes_them() {
        let names = ["A", "B", "impresora"];
        let lists = [Language::Chinese, Language::English, Language::Spanish, Language::Portuguese, Language::Arabic]
            .map(|language| list(&names, language));
        assert_eq!(
            lists,
            ["A、B和impresora", "A, B and impresora", "A, B e impresora", "A, B e impresora", "A، B وimpresora"]
        );
        assert_eq!(list(&["té", "hielo"], Language::Spanish), "té y hielo");
        assert_eq!(price(Money(129_950), Language::Portuguese), "1299,50 yuan");
        assert_eq!(
            [price(Money(100), Language::Spanish), price(Money(200), Language::Spanish)],
            ["1 yuan", "2 yuanes"]
        );
    }
}
