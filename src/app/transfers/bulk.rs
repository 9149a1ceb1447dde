//! Moves between universal services in bulk, as each September: many children in one request, each under a permit of its
//! own and with an answer of its own.

use super::answering::{TransferStep, apply_opened};
use super::proposing::{NewTransfer, check_receiver, propose_opened};
use super::showing::told;
use crate::app::children::resolve;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccessPointId, ChildId, TransferId};
use crate::domain::policy::{self, AcceptTransfer, Action, Block, Conflict, Permit, ProposeTransfer, Refusal};
use crate::domain::services::Service;
use crate::domain::transfers::{Receiver, TransferKind};
use crate::domain::visits::Visit;
use crate::store::files::{self, ChildFile};
use crate::store::transfers;

/// Moves to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMoves {
    /// The universal service that the caller's organisation gives these children.
    pub from: Service,
    /// Who is to receive them, for a universal service as well.
    pub to: Receiver,
    /// Where one goes when it is declined.
    pub access_point: Option<AccessPointId>,
    /// The children, as they were named.
    pub children: Vec<(String, ChildRef)>,
}

/// What came of one of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It was done.
    Done(TransferId),
    /// It had been proposed to the same receiver before.
    Before(TransferId),
    /// It was refused, and nothing was changed for it.
    Refused(Refusal),
}

/// Proposes a move of each child, and says of each what came of it.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn propose_transfers(
    index: &Index,
    visit: Visit,
    new: NewMoves,
) -> Result<Answer<Vec<(String, Moved)>>, Failure> {
    index.change(visit, move |session| propose_all(session, new)).await
}

/// Accepts each of several transfers, and says of each what came of it.
///
/// # Errors
/// As [`propose_transfers`].
pub async fn accept_transfers(
    index: &Index,
    visit: Visit,
    ids: Vec<TransferId>,
    step: TransferStep,
) -> Result<Answer<Vec<(TransferId, Moved)>>, Failure> {
    index.change(visit, move |session| accept_all(session, &ids, &step)).await
}

fn propose_all(session: &mut Session<'_>, new: NewMoves) -> Result<Sealed<Vec<(String, Moved)>>, Failure> {
    if let Err(refusal) = policy::may_look_at_children(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    // Said once, and not of each child.
    if let Err(violation) = check_receiver(session, new.to)? {
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    let asked = Criteria::new().with("children", new.children.len());
    let mut event = session.event(session.visit.action, Outcome::Changed).asking(asked);
    let mut answers = Vec::with_capacity(new.children.len());
    for (sent, child) in &new.children {
        let id = resolve(session, *child)?;
        let moved = match open_alone::<ProposeTransfer>(session, id)? {
            Err(refusal) => Moved::Refused(refusal),
            Ok((file, permit)) => {
                let moved = propose_for(session, &new, file, &permit)?;
                if let Moved::Done(id) | Moved::Before(id) = &moved {
                    let seen = [Block::Involvements];
                    event = event.about(told(permit, &seen, &seen)).on(TargetKind::Transfer, *id);
                }
                moved
            }
        };
        answers.push((sent.clone(), moved));
    }
    Ok(Disclosure::with(event, answers))
}

/// Proposes one of many, from the caller's own running involvement of the service.
fn propose_for(
    session: &mut Session<'_>,
    new: &NewMoves,
    file: ChildFile,
    permit: &Permit<ProposeTransfer>,
) -> Result<Moved, Failure> {
    let own = session.actor.organisation;
    let day = session.day;
    let entry = file.involvements(permit)?.iter().find(|entry| {
        let runs = entry.is_live_on(day) && entry.ended_on.is_none() && entry.may_be_told_on(day);
        entry.organisation == own && entry.service == new.from && runs
    });
    // A child with whom the caller does not work is no other than one that is not there.
    let Some(from) = entry.map(|entry| entry.number) else { return Ok(Moved::Refused(Refusal::NotFound)) };
    let one = NewTransfer {
        kind: TransferKind::Transfer,
        from,
        to: new.to,
        access_point: new.access_point,
        basis: None,
        gaps: Vec::new(),
    };
    Ok(match propose_opened(session, file, permit, &one)? {
        Ok(id) => Moved::Done(id),
        Err(Refusal::Conflict(Conflict::TransferOpen)) => {
            let open = transfers::list_of(session.conn, permit)?;
            let same =
                open.iter().find(|each| each.from == from && each.closed_at.is_none() && each.receiver == new.to);
            same.map_or(Moved::Refused(Refusal::Conflict(Conflict::TransferOpen)), |same| Moved::Before(same.id))
        }
        Err(refusal) => Moved::Refused(refusal),
    })
}

fn accept_all(
    session: &mut Session<'_>,
    ids: &[TransferId],
    step: &TransferStep,
) -> Result<Sealed<Vec<(TransferId, Moved)>>, Failure> {
    if let Err(refusal) = policy::may_look_at_children(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let asked = Criteria::new().with("transfers", ids.len());
    let mut event = session.event(session.visit.action, Outcome::Changed).asking(asked);
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids {
        let child = transfers::find_child(session.conn, *id)?;
        let moved = match open_alone::<AcceptTransfer>(session, child)? {
            Err(refusal) => Moved::Refused(refusal),
            Ok((file, permit)) => match apply_opened(session, file, &permit, *id, step)? {
                Err(refusal) => Moved::Refused(refusal),
                Ok(delicate) => {
                    let seen = [Block::Involvements];
                    event = event
                        .about(told(permit.with_sensitive_services(delicate), &seen, &seen))
                        .on(TargetKind::Transfer, *id);
                    Moved::Done(*id)
                }
            },
        };
        answers.push((*id, moved));
    }
    Ok(Disclosure::with(event, answers))
}

/// One of many children, opened under a permit of its own; as many statements are run whether or not it exists.
fn open_alone<A: Action>(
    session: &mut Session<'_>,
    child: Option<ChildId>,
) -> Result<Result<(ChildFile, Permit<A>), Refusal>, Failure> {
    let Some(file) = files::find(session.conn, child, session.day)? else { return Ok(Err(Refusal::NotFound)) };
    Ok(policy::decide::<A>(&session.actor, file.subject(), session.day).map(|permit| (file, permit)))
}
