//! Answering whoever asked: accepting, which moves the lead in one step, declining, and taking the question back.

use super::ShownLeadProposal;
use super::proposing::may_be_asked;
use super::room::Room;
use super::showing::tell;
use super::terms::{begin, end};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::leads::{LeadAnswer, LeadDeclineReason, LeadEnd, LeadProposalState};
use crate::domain::policy::{
    AcceptLead, Action, Conflict, DeclineLead, Permit, Refusal, WithdrawLead, may_answer_lead_proposal, may_take_lead,
    may_withdraw_lead_proposal,
};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::leads;

/// What becomes of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadStep {
    /// Whoever was asked leads from now on.
    Accept,
    /// Whoever was asked does not.
    Decline(LeadDeclineReason),
    /// It is taken back.
    Withdraw,
}

/// Accepts, declines or takes back that somebody lead.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn answer_lead_proposal(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
    step: LeadStep,
) -> Result<Answer<ShownLeadProposal>, Failure> {
    index
        .change(visit, move |session| match step {
            LeadStep::Accept => apply::<AcceptLead>(session, child, number, step),
            LeadStep::Decline(_) => apply::<DeclineLead>(session, child, number, step),
            LeadStep::Withdraw => apply::<WithdrawLead>(session, child, number, step),
        })
        .await
}

fn apply<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    step: LeadStep,
) -> Result<Sealed<ShownLeadProposal>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let mut room = Room::enter(session, file, &permit)?;
    let (kind, involvement) = match may(session, &permit, &room, number, step) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let answer = match step {
        LeadStep::Accept => LeadAnswer::Accepted(session.now),
        LeadStep::Decline(reason) => LeadAnswer::Declined(session.now, reason),
        LeadStep::Withdraw => LeadAnswer::Withdrawn(session.now),
    };
    let done = match leads::answer(session.conn, &permit, number, answer) {
        Ok(()) if step == LeadStep::Accept => hand_over(session, &permit, &mut room, kind, involvement)?,
        Ok(()) => true,
        // Somebody on another node was first.
        Err(StoreError::NotFound) => false,
        Err(error) => return Err(error.into()),
    };
    if !done {
        return Ok(session.refuse(Refusal::Conflict(Conflict::LeadProposalOver)));
    }
    room.answered(number, answer);
    Ok(tell(session, permit, &room, number, Outcome::Changed))
}

/// Of what the entry was asked to lead, where the caller may answer so. What is not seen does not exist.
fn may<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    room: &Room,
    number: i32,
    step: LeadStep,
) -> Result<(LeadKind, i32), Refusal> {
    let (proposal, entry) = room.proposal(session, permit, number).ok_or(Refusal::NotFound)?;
    let leads = room.lead(session, permit, proposal.kind).map(|lead| lead.organisation);
    match step {
        LeadStep::Accept | LeadStep::Decline(_) => may_answer_lead_proposal(&session.actor, entry.organisation)?,
        LeadStep::Withdraw => {
            may_withdraw_lead_proposal(&session.actor, &room.subject, proposal.organisation, leads)?;
        }
    }
    if room.state_of(session, permit, proposal) != LeadProposalState::Open {
        return Err(Refusal::Conflict(Conflict::LeadProposalOver));
    }
    if step == LeadStep::Accept {
        may_be_asked(session, entry)?;
        may_take_lead(&session.actor, proposal.organisation, leads)?;
    }
    Ok((proposal.kind, entry.number))
}

/// Moves the lead, in this transaction; whether it could be: of several who accept at once the database lets one.
fn hand_over<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    room: &mut Room,
    kind: LeadKind,
    to: i32,
) -> Result<bool, Failure> {
    let marked = |entry: &&Involvement| entry.lead == Some(kind) && entry.ended_on.is_none();
    let before = room.entries.iter().find(marked).cloned();
    match leads::move_lead(session.conn, permit, kind, (before.as_ref().map(|lead| lead.number), to), session.now) {
        Ok(()) => {}
        Err(StoreError::NotFound | StoreError::Conflict("involvement_lead")) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    if let Some(before) = before {
        let told = before.may_be_told_on(session.day);
        end(session, permit, &before, if told { LeadEnd::HandedOver } else { LeadEnd::ConsentEnded })?;
    }
    for entry in &mut room.entries {
        if entry.number == to {
            entry.lead = Some(kind);
            begin(session, permit, entry)?;
        } else if entry.lead == Some(kind) && entry.ended_on.is_none() {
            entry.lead = None;
        }
    }
    Ok(true)
}
