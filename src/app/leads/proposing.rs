//! Asking somebody to lead. Several may be asked at once: the first who accepts leads. That the same entry is asked once
//! at a time is all a refusal can tell, and whoever asks sees that entry.

use super::ShownLeadProposal;
use super::room::Room;
use super::showing::tell;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::numbers::free_number;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::disclosures::Sealed;
use crate::domain::enquiries::working_days_after;
use crate::domain::handles::ChildRef;
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::leads::{LeadAnswer, LeadProposal, LeadProposalState};
use crate::domain::policy::{Conflict, Permit, ProposeLead, Refusal, Violation, may_propose_lead};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::leads;

/// Whom to ask to lead what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLeadProposal {
    /// Of what they are to lead.
    pub kind: LeadKind,
    /// The entry whose practitioner is to lead, by its number.
    pub involvement: i32,
}

/// Asks somebody to lead.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn propose_lead(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    new: NewLeadProposal,
    key: Option<IdempotencyKey>,
) -> Result<Answer<ShownLeadProposal>, Failure> {
    index.change(visit, move |session| propose(session, child, new, key.as_ref())).await
}

fn propose(
    session: &mut Session<'_>,
    child: ChildRef,
    new: NewLeadProposal,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<ShownLeadProposal>, Failure> {
    let (file, permit) = match open::<ProposeLead>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let earlier = match replays::find(session, key)? {
        Ok(earlier) => earlier.and_then(|replay| replay.reference),
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let mut room = Room::enter(session, file, &permit)?;
    if let Some(reference) = earlier {
        // Decided anew: the account may be of another organisation by now, and the child shielded.
        let number = reference.parse().unwrap_or_default();
        let own = |(proposal, _): &(&LeadProposal, &Involvement)| session.actor.is_of(proposal.organisation);
        return Ok(match room.proposal(session, &permit, number).filter(own).map(|_| number) {
            Some(number) => tell(session, permit, &room, number, Outcome::Unchanged),
            None => session.refuse(Refusal::NotFound),
        });
    }
    let entry = match to_ask(session, &permit, &room, new) {
        Ok(entry) => entry.number,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = clear_away(session, &permit, &room, new)? {
        return Ok(session.refuse(refusal));
    }
    let proposal = LeadProposal {
        child: permit.child(),
        number: free_number(room.proposals.iter().map(|proposal| proposal.number)),
        kind: new.kind,
        involvement: entry,
        led_by: room.lead(session, &permit, new.kind).map(|lead| lead.number),
        organisation: session.actor.organisation,
        proposed_by: session.actor.account,
        proposed_at: session.now,
        expires_at: working_days_after(session.now, session.settings.policy.lead_proposal_working_days),
        answer: LeadAnswer::Waiting,
    };
    match leads::insert_proposal(session.conn, &permit, &proposal) {
        Ok(()) => {}
        // Somebody on another node was first.
        Err(StoreError::Conflict("lead_proposal_open")) => {
            return Ok(session.refuse(Refusal::Conflict(Conflict::LeadProposed)));
        }
        Err(error) => return Err(error.into()),
    }
    let number = proposal.number;
    replays::remember(session, key, "proposed", Some(number.to_string()))?;
    room.propose(session, proposal)?;
    Ok(tell(session, permit, &room, number, Outcome::Changed))
}

/// The entry that may be asked, or why it may not. What is wrong with it is told to nobody who does not see it.
fn to_ask<'room>(
    session: &Session<'_>,
    permit: &Permit<ProposeLead>,
    room: &'room Room,
    new: NewLeadProposal,
) -> Result<&'room Involvement, Refusal> {
    let Some(entry) = room.entry(session, permit, new.involvement) else {
        let message = "is the number of no involvement of this child that you may see";
        return Err(Refusal::Invalid(Violation { pointer: "/involvement", message }));
    };
    may_be_asked(session, entry)?;
    may_propose_lead(&session.actor, &room.subject)?;
    Ok(entry)
}

/// Whether an entry's practitioner may lead: it runs, names somebody, and leads nothing.
pub(super) fn may_be_asked(session: &Session<'_>, entry: &Involvement) -> Result<(), Refusal> {
    if entry.ended_on.is_some() {
        return Err(Refusal::Conflict(Conflict::Ended));
    }
    if !entry.is_live_on(session.day) {
        return Err(Refusal::Conflict(Conflict::OutOfOrder));
    }
    if entry.practitioner.is_none() {
        return Err(Refusal::Conflict(Conflict::NobodyNamed));
    }
    if entry.lead.is_some() { Err(Refusal::Conflict(Conflict::Leads)) } else { Ok(()) }
}

/// Closes what the same entry was asked before and counts no more, or says that it has still to answer.
fn clear_away(
    session: &mut Session<'_>,
    permit: &Permit<ProposeLead>,
    room: &Room,
    new: NewLeadProposal,
) -> Result<Result<(), Refusal>, Failure> {
    let same = |proposal: &&LeadProposal| {
        (proposal.kind, proposal.involvement, proposal.answer) == (new.kind, new.involvement, LeadAnswer::Waiting)
    };
    let Some(before) = room.proposals.iter().find(same) else { return Ok(Ok(())) };
    let answer = match room.state_of(session, permit, before) {
        LeadProposalState::Expired => LeadAnswer::Expired(before.expires_at),
        LeadProposalState::Superseded => LeadAnswer::Superseded(session.now),
        _ => return Ok(Err(Refusal::Conflict(Conflict::LeadProposed))),
    };
    match leads::answer(session.conn, permit, before.number, answer) {
        // Where it was answered meanwhile it is out of the way as well.
        Ok(()) | Err(StoreError::NotFound) => Ok(Ok(())),
        Err(error) => Err(error.into()),
    }
}
