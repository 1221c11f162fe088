//! Writes tickets: each statement with what proves it.

use ermu_domain::{
    Action, Evidence, FieldKind, HandOffReason, ImageFinding, Language, Localized, Order, OrderNumber, PhotoId, Pii,
    ProductId, Promise, SessionId, Slot, SlotName, Statement, Ticket, TicketKind,
};
use jiff::civil::Date;

use crate::{
    ShopPack,
    memory::{Memory, Said},
    policy::Ruling,
    understand::{NamedDamage, named_damage, normalise},
    wording::{self, Phrase},
};

/// Something that was told in answer to a question of the flow, or before it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) slot: SlotName,
    pub(crate) value: String,
    pub(crate) said: Said,
}

/// What was told, in one text; none if nothing was.
pub(crate) fn in_words(told: &[Told]) -> Option<String> {
    let values: Vec<_> = told.iter().map(|told| told.value.as_str()).collect();
    (!values.is_empty()).then(|| values.join("; "))
}

/// What a ticket is made from.
pub(crate) struct Draft<'a> {
    pub(crate) pack: &'a ShopPack,
    pub(crate) session: SessionId,
    pub(crate) today: Date,
    pub(crate) memory: &'a Memory,
    pub(crate) kind: TicketKind,
    pub(crate) order: Option<&'a Order>,
    /// Set only after the caller's yes, which is the second.
    pub(crate) agreed: Option<(&'a Ruling, &'a Said)>,
    pub(crate) hand_off: Option<HandOffReason>,
    pub(crate) promises: Vec<Promise>,
    /// What the agreed remedy makes happen.
    pub(crate) actions: Vec<Action>,
    /// What was asked for and told.
    pub(crate) told: Vec<Told>,
    /// Why the caller was taken for the one who ordered, if it mattered.
    pub(crate) identity: Option<Phrase>,
}

impl Draft<'_> {
    pub(crate) fn write(self) -> Ticket {
        Ticket {
            session: self.session,
            kind: self.kind,
            language: self.memory.language,
            order: self.order.map(|order| order.number.clone()),
            summary: self.summaries(),
            slots: self.slots(),
            statements: self.statements(),
            findings: self.findings(),
            emotions: self.memory.emotions.clone(),
            decision: self.agreed.map(|(ruling, _)| ruling.decision.clone()),
            hand_off: self.hand_off,
            actions: self.actions.clone(),
            promises: self.promises,
        }
    }

    fn slots(&self) -> Vec<Slot> {
        let mut slots: Vec<_> = self.product_slot().into_iter().chain(self.damage_slot()).collect();
        for Told { slot, value, said } in &self.told {
            let value = Pii::new(value.clone());
            slots.push(Slot { name: *slot, value, evidence: vec![said.evidence.clone()] });
        }
        for (photo, field) in &self.memory.read {
            let name = match field.kind {
                FieldKind::SerialNumber => SlotName::SerialNumber,
                FieldKind::ErrorCode => SlotName::ErrorCode,
                FieldKind::OrderNumber | FieldKind::Phone => continue,
            };
            let evidence = vec![Evidence::Photo { photo: *photo, region: Some(field.region) }];
            slots.push(Slot { name, value: field.value.clone(), evidence });
        }
        slots
    }

    /// The order's article, or else the one that the caller named.
    fn product_slot(&self) -> Option<Slot> {
        let slot = |id: &ProductId, evidence| Slot {
            name: SlotName::Product,
            value: Pii::new(id.0.clone()),
            evidence: vec![evidence],
        };
        if let Some(order) = self.order {
            let field = Evidence::Order { number: order.number.clone(), field: "product".to_owned() };
            return Some(slot(&order.product, field));
        }
        let named =
            |said: &&Said| self.pack.product_index().find(&normalise(&said.text)) == self.memory.product.as_ref();
        let said = self.memory.said.iter().rev().find(named)?;
        Some(slot(self.memory.product.as_ref()?, said.evidence.clone()))
    }

    /// The damage that the caller named last.
    fn damage_slot(&self) -> Option<Slot> {
        let named = |said: &Said| match named_damage(&normalise(&said.text)) {
            Some(NamedDamage::Kind(kind)) => Some((kind, said.evidence.clone())),
            Some(NamedDamage::Some) | None => None,
        };
        let (kind, evidence) = self.memory.said.iter().rev().find_map(named)?;
        Some(Slot { name: SlotName::Damage, value: Pii::new(kind.name().to_owned()), evidence: vec![evidence] })
    }

    fn findings(&self) -> Vec<(PhotoId, ImageFinding)> {
        self.memory
            .open_photos()
            .filter(|photo| !photo.is_label)
            .filter_map(|photo| Some((photo.id, photo.seen.as_ref()?.as_ref().ok()?)))
            .flat_map(|(id, report)| report.findings.iter().map(move |finding| (id, finding.clone())))
            .collect()
    }

    fn statements(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        let yes = self.agreed.map(|(_, yes)| yes);
        let words = self.memory.said.iter().filter(|said| !said.bare && Some(*said) != yes);
        for said in words {
            statements.push(self.state(Phrase::RecordSaid, &[("words", &said.words)], vec![said.evidence.clone()]));
        }
        let angry: Vec<_> =
            self.memory.said.iter().filter(|said| said.angry).map(|said| said.evidence.clone()).collect();
        if !angry.is_empty() {
            statements.push(self.state(Phrase::RecordAngry, &[], angry));
        }
        if let Some(order) = self.order {
            self.state_order(order, &mut statements);
            if let Some(identity) = self.identity {
                let phone = Evidence::Order { number: order.number.clone(), field: "phone".to_owned() };
                statements.push(self.state(identity, &[], vec![phone]));
            }
        }
        self.state_photos(&mut statements);
        if let Some((ruling, yes)) = self.agreed {
            let clause = ruling.decision.clause.get(self.memory.language);
            let rule = Evidence::Rule { rule: ruling.decision.rule.clone() };
            statements.push(self.state(Phrase::RecordRule, &[("clause", clause)], vec![rule]));
            statements.push(self.state(Phrase::RecordAgreed, &[("words", &yes.text)], vec![yes.evidence.clone()]));
        }
        statements
    }

    fn state_order(&self, order: &Order, statements: &mut Vec<Statement>) {
        let language = self.memory.language;
        let field = |field: &str| Evidence::Order { number: order.number.clone(), field: field.to_owned() };
        let slots = [("order", order.number.0.as_str()), ("product", order.product_name.get(language))];
        statements.push(self.state(Phrase::RecordOrder, &slots, vec![field("product")]));
        if let Some(delivered) = order.parcel.as_ref().and_then(|parcel| parcel.delivered) {
            let when = wording::day_and_time(delivered, self.today, language);
            let days = wording::days_until(self.today, delivered.date()).to_string();
            let slots = [("when", when.as_str()), ("days", &days)];
            statements.push(self.state(Phrase::RecordDelivered, &slots, vec![field("parcel.delivered")]));
        }
    }

    fn state_photos(&self, statements: &mut Vec<Statement>) {
        let language = self.memory.language;
        for photo in self.memory.open_photos() {
            let id = photo.id.to_string();
            let whole = vec![Evidence::Photo { photo: photo.id, region: None }];
            match &photo.seen {
                Some(Ok(report)) if !report.faults.is_empty() => {
                    statements.push(self.state(Phrase::RecordPhotoUnusable, &[("photo", &id)], whole));
                }
                Some(Ok(_)) if photo.is_label => {}
                Some(Ok(report)) if report.findings.is_empty() => {
                    statements.push(self.state(Phrase::RecordPhotoNothing, &[("photo", &id)], whole));
                }
                Some(Ok(report)) => {
                    for finding in &report.findings {
                        let what = wording::finding(self.pack.wording(), finding, finding.kind, language);
                        let percent = percent(finding.confidence);
                        let slots = [("photo", id.as_str()), ("what", &what), ("percent", &percent)];
                        let evidence = Evidence::Photo { photo: photo.id, region: Some(finding.region) };
                        statements.push(self.state(Phrase::RecordPhoto, &slots, vec![evidence]));
                    }
                }
                Some(Err(_)) => {
                    statements.push(self.state(Phrase::RecordPhotoUnusable, &[("photo", &id)], whole));
                }
                None => {}
            }
            self.state_read(photo.id, statements);
        }
    }

    /// What a photo says in writing; order numbers only where the ticket is about that order.
    fn state_read(&self, photo: PhotoId, statements: &mut Vec<Statement>) {
        for (_, field) in self.memory.read.iter().filter(|(on, _)| *on == photo) {
            let matters = match field.kind {
                FieldKind::OrderNumber => self.order.is_some_and(|order| order.number.0 == *field.value.expose()),
                FieldKind::SerialNumber | FieldKind::ErrorCode => true,
                FieldKind::Phone => false,
            };
            if matters {
                let name = self.pack.wording().render(wording::field(field.kind), self.memory.language, &[]);
                let (photo_words, percent) = (photo.to_string(), percent(field.confidence));
                let slots = [
                    ("photo", photo_words.as_str()),
                    ("field", &name),
                    ("value", field.value.expose()),
                    ("percent", &percent),
                ];
                let evidence = Evidence::Photo { photo, region: Some(field.region) };
                statements.push(self.state(Phrase::RecordRead, &slots, vec![evidence]));
            }
        }
    }

    fn state(&self, phrase: Phrase, slots: &[(&str, &str)], evidence: Vec<Evidence>) -> Statement {
        Statement { text: self.pack.wording().render(phrase, self.memory.language, slots), evidence }
    }

    /// For the shop's people, and in the customer's language where the shop's wording has it.
    fn summaries(&self) -> Localized {
        let mut summaries = Localized::new(self.summary(Language::Chinese), self.summary(Language::English));
        let language = self.memory.language;
        if self.pack.wording().speaks(language) {
            summaries.set(language, self.summary(language));
        }
        summaries
    }

    fn summary(&self, language: Language) -> String {
        let say = |phrase, slots: &[(&str, &str)]| self.pack.wording().render(phrase, language, slots);
        let order = match self.order {
            Some(Order { number: OrderNumber(number), .. }) => number.clone(),
            None => say(Phrase::SummaryNoOrder, &[]),
        };
        let product = match self.order {
            Some(order) => order.product_name.get(language).to_owned(),
            None => self
                .memory
                .product
                .as_ref()
                .and_then(|id| self.pack.product_name(id))
                .map(|name| name.get(language).to_owned())
                .unwrap_or_default(),
        };
        let what = match self.findings().first() {
            Some((_, finding)) => wording::finding(self.pack.wording(), finding, finding.kind, language),
            None => say(Phrase::SummaryNoFinding, &[]),
        };
        let summary = match self.kind {
            TicketKind::Damage => {
                let remedy = match self.agreed {
                    Some((ruling, _)) => say(wording::remedy(ruling.decision.remedy), &[]),
                    None => say(Phrase::SummaryUndecided, &[]),
                };
                let slots = [("order", order.as_str()), ("product", &product), ("what", &what), ("remedy", &remedy)];
                say(Phrase::SummaryDamage, &slots)
            }
            TicketKind::HandOff => {
                let reason = self.hand_off.map(|reason| say(wording::reason(reason), &[])).unwrap_or_default();
                say(Phrase::SummaryPerson, &[("reason", &reason), ("order", &order), ("what", &what)])
            }
            TicketKind::Return
            | TicketKind::Exchange
            | TicketKind::Refund
            | TicketKind::Repair
            | TicketKind::Coupon
            | TicketKind::Address
            | TicketKind::Install
            | TicketKind::Invoice
            | TicketKind::Complaint
            | TicketKind::Cancel
            | TicketKind::Urge
            | TicketKind::Missing => {
                let remedy = match self.agreed {
                    Some((ruling, _)) => say(wording::remedy(ruling.decision.remedy), &[]),
                    None => say(Phrase::SummaryUndecided, &[]),
                };
                let kind = say(wording::kind(self.kind), &[]);
                let detail = in_words(&self.told).unwrap_or_else(|| say(Phrase::SummaryNoDetail, &[]));
                let slots = [
                    ("kind", kind.as_str()),
                    ("order", &order),
                    ("product", &product),
                    ("remedy", &remedy),
                    ("detail", &detail),
                ];
                say(Phrase::SummaryRequest, &slots)
            }
        };
        if self.memory.angry_count() > 0 { say(Phrase::SummaryUrgent, &[("summary", &summary)]) } else { summary }
    }
}

/// A probability in percent; nothing is quite certain.
fn percent(confidence: f32) -> String {
    format!("{:.0}", (confidence.clamp(0.0, 1.0) * 100.0).min(99.0))
}
