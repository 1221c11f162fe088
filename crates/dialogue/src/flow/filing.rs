//! Tickets on their way: asked for, stored, failed, and what of their promises was heard.

use ermu_domain::{
    EffectId, HandOffReason, Order, Promise, PromiseHeard, Registered, Remedy, Ticket, TicketId, TicketKind,
};

use super::{Asked, Mind};
use crate::{Effect, Notice, line::Line, memory::Said, policy::Ruling, ticket::Draft, turn::Mark, wording::Phrase};

/// Failures after which the caller is told that nothing was registered; then nothing is, behind their back.
const GIVE_UP: u32 = 2;

/// A ticket of this call.
#[derive(Debug, Clone)]
pub(super) struct Filing {
    key: u32,
    ticket: Ticket,
    /// What is said once it is stored, and what is promised with it.
    done: Phrase,
    promise: Phrase,
    state: State,
    /// An update of the stored ticket, which nobody waits for.
    update: Option<EffectId>,
    number: Option<TicketId>,
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Storing(EffectId),
    Failed,
    Stored,
}

impl Mind {
    pub(super) fn is_filing(&self) -> bool {
        self.filings.iter().any(|filing| matches!(filing.state, State::Storing(_)))
    }

    /// Has a ticket made durable. What it says is spoken only when [`Self::ticket_stored`] comes.
    pub(super) fn file(
        &mut self,
        kind: TicketKind,
        order: Option<&Order>,
        agreed: Option<(&Ruling, &Said)>,
        hand_off: Option<HandOffReason>,
        line: &mut Line,
    ) {
        let (done, promise) = match (kind == TicketKind::HandOff, &agreed) {
            (true, _) => (Phrase::PersonDone, Phrase::PromisePerson),
            (false, Some((ruling, _))) => done_phrases(ruling.decision.remedy),
            (false, None) => (Phrase::DoneReview, Phrase::PromiseReview),
        };
        // A case that ends with the call promises nothing: nobody hears it.
        let promises = if kind == TicketKind::HandOff || agreed.is_some() {
            vec![Promise { text: self.words_for(promise), heard: PromiseHeard::NotYet }]
        } else {
            Vec::new()
        };
        let actions = agreed.map_or(Vec::new(), |(ruling, _)| self.actions(ruling, order));
        let identity = order.filter(|_| kind != TicketKind::Damage).and_then(|order| {
            let proven = self.proven.contains(&order.number.0).then_some(Phrase::RecordProven);
            if self.owns(&order.number.0) { Some(Phrase::RecordSignedIn) } else { proven }
        });
        let draft = Draft {
            pack: &self.pack,
            session: self.session,
            today: self.clock(line.now).date(),
            memory: &self.memory,
            kind,
            order,
            agreed,
            hand_off,
            promises,
            actions,
            told: self.case.as_ref().map(super::Case::told).unwrap_or_default(),
            identity,
        };
        let ticket = draft.write();
        // A second wish for a person renews the first ticket.
        let known = (kind == TicketKind::HandOff)
            .then(|| self.filings.iter().position(|filing| filing.ticket.kind == TicketKind::HandOff))
            .flatten();
        let id = line.next_id();
        let key = match known {
            Some(at) => {
                let filing = &mut self.filings[at];
                filing.ticket = ticket.clone();
                filing.state = State::Storing(id);
                filing.key
            }
            None => {
                self.last_key += 1;
                let key = self.last_key;
                let (state, ticket) = (State::Storing(id), ticket.clone());
                let filing = Filing { key, ticket, done, promise, state, update: None, number: None, failures: 0 };
                self.filings.push(filing);
                key
            }
        };
        line.send(Effect::StoreTicket { id, key, ticket: Box::new(ticket) });
        if kind != TicketKind::HandOff {
            self.memory.photos.iter_mut().for_each(|photo| photo.filed = true);
        }
    }

    /// A ticket is durable: only now is it spoken of as done.
    pub(crate) fn ticket_stored(&mut self, id: EffectId, number: TicketId, line: &mut Line) {
        if let Some(filing) = self.filings.iter_mut().find(|filing| filing.update == Some(id)) {
            filing.update = None;
            return;
        }
        let Some(filing) = self.filings.iter_mut().find(|filing| filing.state == State::Storing(id)) else { return };
        filing.state = State::Stored;
        filing.number = Some(number);
        if let (Some(order), Some(decision)) = (&filing.ticket.order, &filing.ticket.decision) {
            let past = Registered { ticket: number, kind: filing.ticket.kind, remedy: Some(decision.remedy) };
            let known = self.memory.order.iter_mut().chain(&mut self.own);
            known.filter(|known| known.number == *order).for_each(|known| known.registered.push(past));
        }
        let (key, done, promise) = (filing.key, filing.done, filing.promise);
        let (ticket, hand_off) = (filing.ticket.clone(), filing.ticket.hand_off);
        line.show(Notice::TicketStored { number, ticket: Box::new(ticket) });
        if let Some(reason) = hand_off {
            line.show(Notice::HandOff { reason });
        }
        self.say(done, &[("ticket", &number.to_string())]);
        self.say_marked(promise, Mark::Promise(key));
        self.say(Phrase::AnythingElse, &[]);
        self.asked = Asked::AnythingElse;
    }

    /// A ticket could not be made durable: nothing is promised.
    pub(crate) fn ticket_failed(&mut self, id: EffectId) {
        if let Some(filing) = self.filings.iter_mut().find(|filing| filing.update == Some(id)) {
            filing.update = None;
            return;
        }
        let Some(filing) = self.filings.iter_mut().find(|filing| filing.state == State::Storing(id)) else { return };
        filing.state = State::Failed;
        filing.failures += 1;
        let (key, failures) = (filing.key, filing.failures);
        if failures < GIVE_UP {
            self.asked = Asked::Retry(key);
            self.say(Phrase::TicketFailed, &[]);
        } else {
            self.asked = Asked::Nothing;
            self.say(Phrase::TicketFailedAgain, &[]);
        }
    }

    /// Stores a ticket again that failed before.
    pub(super) fn retry(&mut self, key: u32, line: &mut Line) {
        self.asked = Asked::Nothing;
        if let Some(filing) = self.filings.iter_mut().find(|filing| filing.key == key && filing.state == State::Failed)
        {
            let id = line.next_id();
            filing.state = State::Storing(id);
            line.send(Effect::StoreTicket { id, key, ticket: Box::new(filing.ticket.clone()) });
        }
    }

    /// The call is over: what failed is tried a last time.
    pub(super) fn retry_failed(&mut self, line: &mut Line) {
        let given_up = |filing: &&Filing| filing.failures >= GIVE_UP;
        let failed = self.filings.iter().filter(|filing| filing.state == State::Failed && !given_up(filing));
        let failed: Vec<_> = failed.map(|filing| filing.key).collect();
        failed.into_iter().for_each(|key| self.retry(key, line));
    }

    /// Writes into the stored ticket how much of its promise was heard.
    pub(super) fn promise_heard(&mut self, key: u32, heard: PromiseHeard, line: &mut Line) {
        let Some(filing) = self.filings.iter_mut().find(|filing| filing.key == key) else { return };
        let Some(promise) = filing.ticket.promises.first_mut() else { return };
        if rank(heard) > rank(promise.heard) && filing.state == State::Stored {
            promise.heard = heard;
            let id = line.next_id();
            filing.update = Some(id);
            line.send(Effect::StoreTicket { id, key, ticket: Box::new(filing.ticket.clone()) });
        }
    }
}

const fn rank(heard: PromiseHeard) -> u8 {
    match heard {
        PromiseHeard::NotYet => 0,
        PromiseHeard::Partly => 1,
        PromiseHeard::Whole => 2,
    }
}

const fn done_phrases(remedy: Remedy) -> (Phrase, Phrase) {
    match remedy {
        Remedy::Replace => (Phrase::DoneReplace, Phrase::PromiseReplace),
        Remedy::Refund => (Phrase::DoneRefund, Phrase::PromiseRefund),
        Remedy::Repair => (Phrase::DoneRepair, Phrase::PromiseRepair),
        Remedy::PartialRefund => (Phrase::DonePartialRefund, Phrase::PromisePartialRefund),
        Remedy::Return => (Phrase::DoneReturn, Phrase::PromiseReturn),
        Remedy::Coupon => (Phrase::DoneCoupon, Phrase::PromiseCoupon),
        Remedy::Cancel => (Phrase::DoneCancel, Phrase::PromiseCancel),
        Remedy::Reroute => (Phrase::DoneReroute, Phrase::PromiseReroute),
        Remedy::Appointment => (Phrase::DoneAppointment, Phrase::PromiseAppointment),
        Remedy::Invoice => (Phrase::DoneInvoice, Phrase::PromiseInvoice),
        Remedy::Urge => (Phrase::DoneUrge, Phrase::PromiseUrge),
        Remedy::Investigate => (Phrase::DoneInvestigate, Phrase::PromiseInvestigate),
        Remedy::Refuse | Remedy::Review => (Phrase::DoneReview, Phrase::PromiseReview),
    }
}
