//! Words for closed sets of values. Each match is exhaustive: a new value must be given its word here, and an old
//! word cannot change when somebody renames a variant.

use ermu_domain::{
    ActionKind, Basis, DefectKind, Emotion, HandOffReason, NineGrid, PromiseHeard, QualityFault, Remedy, SlotName,
    TicketKind,
};
use ermu_engine::{EffectState, Speaker};

macro_rules! codes {
    ($($name:ident($type:ty) { $($variant:ident => $code:literal),* $(,)? })*) => {
        $(
            pub(super) const fn $name(value: $type) -> &'static str {
                match value { $(<$type>::$variant => $code),* }
            }
        )*
    };
}

codes! {
    speaker(Speaker) { Caller => "caller", Agent => "agent" }
    emotion(Emotion) { Angry => "angry", Happy => "happy", Neutral => "neutral", Sad => "sad" }
    defect(DefectKind) {
        Scratch => "scratch", Crack => "crack", Dent => "dent", Stain => "stain", Chip => "chip",
        MissingPart => "missing_part",
    }
    place(NineGrid) {
        TopLeft => "top_left", Top => "top", TopRight => "top_right",
        Left => "left", Centre => "centre", Right => "right",
        BottomLeft => "bottom_left", Bottom => "bottom", BottomRight => "bottom_right",
    }
    basis(Basis) { Reference => "reference", PhotoAlone => "photo_alone" }
    fault(QualityFault) {
        Blurred => "blurred", Dark => "dark", Glare => "glare", Small => "small", Empty => "empty",
    }
    slot(SlotName) {
        Product => "product", Damage => "damage", Problem => "problem", Wish => "wish", Address => "address",
        Day => "day", Title => "title", SerialNumber => "serial_number", ErrorCode => "error_code",
    }
    ticket_kind(TicketKind) {
        Damage => "damage", Return => "return", Exchange => "exchange", Refund => "refund", Repair => "repair",
        Coupon => "coupon", Address => "address", Install => "install", Invoice => "invoice", Complaint => "complaint",
        Cancel => "cancel", Urge => "urge", Missing => "missing", HandOff => "hand_off",
    }
    remedy(Remedy) {
        Replace => "replace", Refund => "refund", Repair => "repair", PartialRefund => "partial_refund",
        Return => "return", Coupon => "coupon", Cancel => "cancel", Reroute => "reroute", Appointment => "appointment",
        Invoice => "invoice", Urge => "urge", Investigate => "investigate", Refuse => "refuse", Review => "review",
    }
    hand_off(HandOffReason) {
        Asked => "asked", Angry => "angry", NotUnderstood => "not_understood",
        PhotosUnusable => "photos_unusable", Rule => "rule", Dispute => "dispute", Failure => "failure",
    }
    action(ActionKind) {
        SendReplacement => "send_replacement", RefundMoney => "refund_money", RefundPart => "refund_part",
        BookPickUp => "book_pick_up", RepairArticle => "repair_article", IssueCoupon => "issue_coupon",
        CancelOrder => "cancel_order", StopParcel => "stop_parcel", ChangeDelivery => "change_delivery",
        BookInstallation => "book_installation", IssueInvoice => "issue_invoice", UrgeCarrier => "urge_carrier",
        FreezeStock => "freeze_stock", TellWarehouse => "tell_warehouse",
    }
    effect(EffectState) { Waiting => "waiting", Done => "done", GivenUp => "given_up" }
    heard(PromiseHeard) { Whole => "whole", Partly => "partly", NotYet => "not_yet" }
}
