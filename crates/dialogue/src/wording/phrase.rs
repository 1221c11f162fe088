//! Everything that Ermu can say or write, by name.

macro_rules! phrases {
    ($($(#[doc = $doc:literal])* $name:ident = $key:literal [$($slot:literal),*];)*) => {
        /// A template of `wording.<language>.yaml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Phrase {
            $($(#[doc = $doc])* $name,)*
        }

        impl Phrase {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its key in the file.
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// What may stand in its braces.
            pub(crate) const fn slots(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($slot),*],)* }
            }
        }
    };
}

phrases! {
    /// The first words of a call: they say that a robot speaks.
    Greeting = "greeting" [];
    /// Hello, to a caller who says hello.
    Hello = "hello" [];
    Welcome = "welcome" [];
    Goodbye = "goodbye" [];
    AnythingElse = "anything_else" [];
    Soothe = "soothe" [];
    /// Not understood: what Ermu can do.
    Fallback = "fallback" [];
    /// A request that only people can fulfil.
    OnlyPeople = "only_people" [];
    NotHeard = "not_heard" [];
    HearingFailed = "hearing_failed" [];
    /// Nothing comes from the caller's microphone.
    CannotHear = "cannot_hear" [];
    StillThere = "still_there" [];
    IdleGoodbye = "idle_goodbye" [];
    OneMoment = "one_moment" [];
    AllRight = "all_right" [];

    AskOrder = "order.ask" [];
    AskOrderForDamage = "order.ask_for_damage" [];
    OrderGoOn = "order.go_on" ["heard"];
    OrderConfirm = "order.confirm" ["order"];
    OrderAgain = "order.again" [];
    OrderNotFound = "order.not_found" ["order"];
    OrderNotFoundTwice = "order.not_found_twice" ["order"];
    OrderLookupFailed = "order.lookup_failed" [];
    OrderUnsent = "order.unsent" ["order"];
    OrderCollected = "order.collected" ["order", "when", "carrier", "waybill"];
    OrderDelivered = "order.delivered" ["order", "when"];
    OrderLate = "order.late" ["due"];
    Arrival = "order.arrival" ["due"];

    DamageOpen = "damage.open" [];
    AskPhoto = "photo.ask" [];
    PhotoLooking = "photo.looking" [];
    PhotoSeen = "photo.seen" ["what"];
    PhotoIsThisIt = "photo.is_this_it" [];
    PhotoDisagrees = "photo.disagrees" ["said", "what"];
    PhotoNothing = "photo.nothing" [];
    PhotoNothingAsk = "photo.nothing_ask" [];
    PhotoWhatFor = "photo.what_for" [];
    PhotoBlurred = "photo.blurred" [];
    PhotoDark = "photo.dark" [];
    PhotoGlare = "photo.glare" [];
    PhotoSmall = "photo.small" [];
    PhotoEmpty = "photo.empty" [];
    PhotoUnreadable = "photo.unreadable" [];
    PhotoTooLarge = "photo.too_large" [];
    PhotoInternal = "photo.internal" [];
    PhotoGivenUp = "photo.given_up" [];
    OtherProduct = "damage.other_product" ["order", "product", "said"];

    ProposeReplace = "propose.replace" ["product", "clause", "payer"];
    ProposeRefund = "propose.refund" ["product", "clause", "payer"];
    ProposeRepair = "propose.repair" ["product", "clause", "payer"];
    ProposePartialRefund = "propose.partial_refund" ["product", "clause", "payer"];
    ProposeRefuse = "propose.refuse" ["product", "clause"];
    ProposeReview = "propose.review" ["product", "clause"];
    ProposeYesOrNo = "propose.yes_or_no" [];
    ProposeDeclined = "propose.declined" [];
    PayerShop = "payer.shop" [];
    PayerCustomer = "payer.customer" [];
    DoneReplace = "done.replace" ["ticket"];
    DoneRefund = "done.refund" ["ticket"];
    DoneRepair = "done.repair" ["ticket"];
    DonePartialRefund = "done.partial_refund" ["ticket"];
    DoneReview = "done.review" ["ticket"];
    PromiseReplace = "promise.replace" [];
    PromiseRefund = "promise.refund" [];
    PromiseRepair = "promise.repair" [];
    PromisePartialRefund = "promise.partial_refund" [];
    PromiseReview = "promise.review" [];
    TicketFailed = "ticket.failed" [];
    TicketFailedAgain = "ticket.failed_again" [];

    OfferPerson = "person.offer" [];
    PersonStart = "person.start" [];
    PersonDone = "person.done" ["ticket"];
    PromisePerson = "promise.person" [];

    DefectScratch = "defect.scratch" [];
    DefectCrack = "defect.crack" [];
    DefectDent = "defect.dent" [];
    DefectStain = "defect.stain" [];
    DefectChip = "defect.chip" [];
    DefectMissingPart = "defect.missing_part" [];
    Finding = "finding" ["place", "what"];
    PlaceTopLeft = "place.top_left" [];
    PlaceTop = "place.top" [];
    PlaceTopRight = "place.top_right" [];
    PlaceLeft = "place.left" [];
    PlaceCentre = "place.centre" [];
    PlaceRight = "place.right" [];
    PlaceBottomLeft = "place.bottom_left" [];
    PlaceBottom = "place.bottom" [];
    PlaceBottomRight = "place.bottom_right" [];

    RecordSaid = "record.said" ["words"];
    RecordAngry = "record.angry" [];
    RecordOrder = "record.order" ["order", "product"];
    RecordDelivered = "record.delivered" ["when", "days"];
    RecordPhoto = "record.photo" ["photo", "what", "percent"];
    RecordPhotoNothing = "record.photo_nothing" ["photo"];
    RecordPhotoUnusable = "record.photo_unusable" ["photo"];
    RecordAgreed = "record.agreed" ["words"];
    RecordRule = "record.rule" ["clause"];
    SummaryDamage = "summary.damage" ["order", "product", "what", "remedy"];
    SummaryPerson = "summary.person" ["reason", "order", "what"];
    SummaryUrgent = "summary.urgent" ["summary"];
    SummaryNoOrder = "summary.no_order" [];
    SummaryNoFinding = "summary.no_finding" [];
    SummaryUndecided = "summary.undecided" [];
    RemedyReplace = "remedy.replace" [];
    RemedyRefund = "remedy.refund" [];
    RemedyRepair = "remedy.repair" [];
    RemedyPartialRefund = "remedy.partial_refund" [];
    RemedyRefuse = "remedy.refuse" [];
    RemedyReview = "remedy.review" [];
    ReasonAsked = "reason.asked" [];
    ReasonAngry = "reason.angry" [];
    ReasonNotUnderstood = "reason.not_understood" [];
    ReasonPhotosUnusable = "reason.photos_unusable" [];
    ReasonRule = "reason.rule" [];
    ReasonFailure = "reason.failure" [];
}
