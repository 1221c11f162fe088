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
    /// The same where the voice is analysed for how the caller feels.
    GreetingEmotion = "greeting.emotion" [];
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
    /// The same where a number was asked for.
    NumberNotHeard = "number.not_heard" [];
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
    PhotoTooSlow = "photo.too_slow" [];
    PhotoInternal = "photo.internal" [];
    PhotoGivenUp = "photo.given_up" [];
    PhotoReadCode = "photo.read_code" ["code"];
    PhotoReadSerial = "photo.read_serial" [];
    OtherProduct = "damage.other_product" ["order", "product", "said"];

    ProposeReplace = "propose.replace" ["product", "clause", "payer", "order", "detail"];
    ProposeRefund = "propose.refund" ["product", "clause", "payer", "order", "detail"];
    ProposeRepair = "propose.repair" ["product", "clause", "payer", "order", "detail"];
    ProposePartialRefund = "propose.partial_refund" ["product", "clause", "payer", "order", "detail"];
    ProposeRefuse = "propose.refuse" ["product", "clause", "payer", "order", "detail"];
    ProposeReview = "propose.review" ["product", "clause", "payer", "order", "detail"];
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
    RecordRead = "record.read" ["photo", "field", "value", "percent"];
    FieldOrderNumber = "field.order_number" [];
    FieldSerialNumber = "field.serial_number" [];
    FieldErrorCode = "field.error_code" [];
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

    // after-sales
    PhotoUnsure = "photo.unsure" [];
    OrderDelayed = "order.delayed" ["order", "due"];
    OrderFailedDelivery = "order.failed_delivery" ["order", "due"];
    OrderWhich = "order.which" ["orders"];
    OrderListed = "order.listed" ["place", "product", "order"];
    ThisOrder = "order.this" ["order", "product"];
    NoOrderNumber = "order.no_number" [];
    AskPhone = "ask.phone" [];
    PhoneWrong = "phone.wrong" [];
    PhoneRefused = "phone.refused" [];
    AskProblem = "ask.problem" [];
    AskWish = "ask.wish" [];
    AskAddress = "ask.address" [];
    AskDay = "ask.day" [];
    AskTitle = "ask.title" [];
    AskPhotoOfDamage = "ask.photo_of_damage" [];
    Already = "case.already" ["order", "what", "ticket"];
    BeforeYouGo = "case.before_you_go" [];
    PersonSenior = "person.senior" [];
    ProposeReturn = "propose.return" ["product", "clause", "payer", "order", "detail"];
    DoneReturn = "done.return" ["ticket"];
    PromiseReturn = "promise.return" [];
    RemedyReturn = "remedy.return" [];
    ProposeCoupon = "propose.coupon" ["product", "clause", "payer", "order", "detail"];
    DoneCoupon = "done.coupon" ["ticket"];
    PromiseCoupon = "promise.coupon" [];
    RemedyCoupon = "remedy.coupon" [];
    ProposeCancel = "propose.cancel" ["product", "clause", "payer", "order", "detail"];
    DoneCancel = "done.cancel" ["ticket"];
    PromiseCancel = "promise.cancel" [];
    RemedyCancel = "remedy.cancel" [];
    ProposeReroute = "propose.reroute" ["product", "clause", "payer", "order", "detail"];
    DoneReroute = "done.reroute" ["ticket"];
    PromiseReroute = "promise.reroute" [];
    RemedyReroute = "remedy.reroute" [];
    ProposeAppointment = "propose.appointment" ["product", "clause", "payer", "order", "detail"];
    DoneAppointment = "done.appointment" ["ticket"];
    PromiseAppointment = "promise.appointment" [];
    RemedyAppointment = "remedy.appointment" [];
    ProposeInvoice = "propose.invoice" ["product", "clause", "payer", "order", "detail"];
    DoneInvoice = "done.invoice" ["ticket"];
    PromiseInvoice = "promise.invoice" [];
    RemedyInvoice = "remedy.invoice" [];
    ProposeUrge = "propose.urge" ["product", "clause", "payer", "order", "detail"];
    DoneUrge = "done.urge" ["ticket"];
    PromiseUrge = "promise.urge" [];
    RemedyUrge = "remedy.urge" [];
    ProposeInvestigate = "propose.investigate" ["product", "clause", "payer", "order", "detail"];
    DoneInvestigate = "done.investigate" ["ticket"];
    PromiseInvestigate = "promise.investigate" [];
    RemedyInvestigate = "remedy.investigate" [];
    KindDamage = "kind.damage" [];
    KindReturn = "kind.return" [];
    KindExchange = "kind.exchange" [];
    KindRefund = "kind.refund" [];
    KindRepair = "kind.repair" [];
    KindCoupon = "kind.coupon" [];
    KindAddress = "kind.address" [];
    KindInstall = "kind.install" [];
    KindInvoice = "kind.invoice" [];
    KindComplaint = "kind.complaint" [];
    KindCancel = "kind.cancel" [];
    KindUrge = "kind.urge" [];
    KindMissing = "kind.missing" [];
    KindHandOff = "kind.hand_off" [];
    RecordProven = "record.proven" [];
    RecordSignedIn = "record.signed_in" [];
    SummaryRequest = "summary.request" ["kind", "order", "product", "remedy", "detail"];
    SummaryNoDetail = "summary.no_detail" [];
    ReasonDispute = "reason.dispute" [];

    // articles
    /// Leads values that were looked up.
    ProductFound = "product.found" [];
    ProductWhich = "product.which" [];
    ProductNoValue = "product.no_value" ["product", "attribute"];
    ProductUnknown = "product.unknown" ["product"];
    ProductSuits = "product.suits" ["product", "what"];
    ProductSuitsUnknown = "product.suits_unknown" ["product", "what"];
    ProductOthers = "product.others" ["what", "products"];
    ProductGoesWith = "product.goes_with" ["product", "other"];
    ProductBrief = "product.brief" ["product", "price"];
    WishFound = "wish.found" ["wish"];
    WishNearly = "wish.nearly" ["wish"];
    WishNone = "wish.none" ["wish"];
    WishWhich = "wish.which" [];
    CompareLead = "compare.lead" [];
    OfferCompare = "compare.offer" [];
    SizeAsk = "size.ask" ["size", "height", "weight"];
    SizeAskHeight = "size.ask_height" [];
    SizeAskWeight = "size.ask_weight" [];
    SizeFits = "size.fits" ["height", "weight", "product", "size"];
    SizeNone = "size.none" ["height", "weight", "product", "from", "to"];
    SizeStep = "size.step" ["size", "height", "weight", "product"];
    SizeEnd = "size.end" ["product", "sizes"];
    SizeWhich = "size.which" ["sizes"];
    SizeTable = "size.table" [];
    SizeTellMe = "size.tell_me" [];
    OfferSizes = "size.offer" [];
    /// Parts of what follows a lead.
    Cell = "cell.value" ["product", "attribute", "value"];
    CellBrief = "cell.brief" ["attribute", "value"];
    CellLine = "cell.line" ["attribute", "values"];
    CellOf = "cell.of" ["product", "value"];
    CellUnknown = "cell.unknown" [];
    CellItem = "cell.item" ["product", "price", "what"];
    CellItemNearly = "cell.item_nearly" ["product", "price", "what"];
    CellWish = "cell.wish" ["what", "category"];
    CellAnything = "cell.anything" [];
    CellBudget = "cell.budget" ["limit"];
    CellSize = "cell.size" ["size", "height", "weight"];
    CellSpan = "cell.span" ["size", "height", "weight"];
    CellRange = "cell.range" ["from", "to"];

    // hanging on a wall
    MountWhich = "mount.which" ["products"];
    MountAskPhoto = "mount.ask_photo" ["product"];
    MountPoints = "mount.points" ["count", "error"];
    MountPointsPlain = "mount.points_plain" ["count", "error"];
    MountIsA4 = "mount.is_a4" [];
    MountNotA4 = "mount.not_a4" [];
    MountRuler = "mount.ruler" ["first", "second", "distance"];
    MountHow = "mount.how" [];
    MountWires = "mount.wires" [];
    MountHeight = "mount.height" ["height"];
    MountHole = "mount.hole" ["number", "name", "where"];
    MountLevel = "mount.level" ["first", "second", "distance"];
    MountCheck = "mount.check" [];
    MountDrill = "mount.drill" ["diameter", "depth"];
    MountDone = "mount.done" [];
    MountStopped = "mount.stopped" [];
    MountMarks = "mount.marks" ["marks"];
    MountMarksPlain = "mount.marks_plain" ["marks"];
    MountMarksNext = "mount.marks_next" [];
    MountNoSheet = "mount.no_sheet" [];
    MountHidden = "mount.hidden" [];
    MountOblique = "mount.oblique" [];
    MountVague = "mount.vague" [];
    MountNotFlat = "mount.not_flat" [];
    MountFar = "mount.far" ["name"];
    MountOffPhoto = "mount.off_photo" ["name"];
    MountGivenUp = "mount.given_up" [];
    CellMountRight = "cell.mount_right" ["length"];
    CellMountLeft = "cell.mount_left" ["length"];
    CellMountUp = "cell.mount_up" ["length"];
    CellMountDown = "cell.mount_down" ["length"];
    CellMountHere = "cell.mount_here" [];
    CellMountGood = "cell.mount_good" ["name"];
    CellMountOff = "cell.mount_off" ["name", "where"];
    CellMountMissing = "cell.mount_missing" ["name"];
    CellMountSeveral = "cell.mount_several" ["name"];
    CellMountCovered = "cell.mount_covered" ["name"];
    // which of two
    WhichIntent = "which.ask" ["first", "second"];
    IntentOrderStatus = "intent.order_status" [];
    IntentArrival = "intent.arrival" [];
    IntentDeliveryChange = "intent.delivery_change" [];
    IntentStock = "intent.stock" [];
    IntentReturnExchange = "intent.return_exchange" [];
    IntentRefund = "intent.refund" [];
    IntentCancelOrder = "intent.cancel_order" [];
    IntentWarranty = "intent.warranty" [];
    IntentDamage = "intent.damage" [];
    IntentMissing = "intent.missing" [];
    IntentInstall = "intent.install" [];
    IntentUsage = "intent.usage" [];
    IntentProductQuestion = "intent.product_question" [];
    IntentPriceCoupon = "intent.price_coupon" [];
    IntentInvoice = "intent.invoice" [];
    IntentAccount = "intent.account" [];
    IntentComplaint = "intent.complaint" [];

    // questions
    KnowledgeAnswer = "knowledge.answer" ["answer", "source"];
    AmRobot = "robot" [];
    NoMedical = "no_medical_advice" [];
}
