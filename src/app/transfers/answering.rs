//! Answering a transfer, taking it back, placing it anew, and closing its gaps.

use super::proposing::{check_receiver, end};
use super::showing::{Pathways, ShownTransfer, tell};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::involvements::{NamedPractitioner, is_sensitive, register_practitioner};
use crate::app::numbers::free_number;
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::enquiries::DeclineReason;
use crate::domain::handles::ChildRef;
use crate::domain::ids::{OrganisationId, TeamId, TransferId};
use crate::domain::involvements::Involvement;
use crate::domain::policy::{
    AcceptTransfer, Action, CloseTransferGap, Conflict, DeclineTransfer, Permit, PlaceTransfer, Refusal, Subject,
    Violation, WithdrawTransfer, may_answer_transfer, may_close_gap, may_place_transfer, may_withdraw_transfer,
};
use crate::domain::transfers::{Receiver, Transfer, TransferGap, TransferMove, WithdrawReason};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::files::ChildFile;
use crate::store::{involvements, teams, transfers};

/// What to do with one transfer.
#[derive(Debug, Clone, PartialEq)]
pub enum TransferStep {
    /// Take the child on.
    Accept {
        /// The team that does; the one that was asked where absent.
        team: Option<TeamId>,
        /// The practitioner who does.
        practitioner: Option<NamedPractitioner>,
    },
    /// Decline it.
    Decline(DeclineReason),
    /// Take it back.
    Withdraw(WithdrawReason),
    /// Propose it to somebody else.
    Place {
        /// The organisation.
        organisation: OrganisationId,
        /// A team of it.
        team: Option<TeamId>,
    },
    /// Close a gap that was left.
    CloseGap(TransferGap),
}

/// Moves a transfer on.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn move_transfer(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    id: TransferId,
    step: TransferStep,
) -> Result<Answer<ShownTransfer>, Failure> {
    index
        .change(visit, move |session| {
            let done = match &step {
                TransferStep::Accept { .. } => apply::<AcceptTransfer>(session, child, id, &step)?,
                TransferStep::Decline(_) => apply::<DeclineTransfer>(session, child, id, &step)?,
                TransferStep::Withdraw(_) => apply::<WithdrawTransfer>(session, child, id, &step)?,
                TransferStep::Place { .. } => apply::<PlaceTransfer>(session, child, id, &step)?,
                TransferStep::CloseGap(_) => apply::<CloseTransferGap>(session, child, id, &step)?,
            };
            match done {
                // Shown as it will be read: a receiver that has begun sees more of the child, one that declined less.
                Ok(()) => tell(session, child, id, Outcome::Changed),
                Err(refusal) => Ok(session.refuse(refusal)),
            }
        })
        .await
}

/// Does one step to one transfer under a permit of its own, or says why not. Nothing was changed where it was refused.
fn apply<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    id: TransferId,
    step: &TransferStep,
) -> Result<Result<(), Refusal>, Failure> {
    match open::<A>(session, child)? {
        Ok((file, permit)) => Ok(apply_opened(session, file, &permit, id, step)?.map(|_| ())),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The same of a child that was opened for it; says whether the transfer touches a sensitive service.
pub(super) fn apply_opened<A: Action>(
    session: &mut Session<'_>,
    file: ChildFile,
    permit: &Permit<A>,
    id: TransferId,
    step: &TransferStep,
) -> Result<Result<bool, Refusal>, Failure> {
    let subject = file.subject().clone();
    let pathways = Pathways::of(session, permit, file)?;
    let transfer = match pathways.known(session, permit, id) {
        Ok(transfer) => transfer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = may_step(session, &subject, &transfer, step) {
        return Ok(Err(refusal));
    }
    let delicate = pathways.is_delicate(session, &transfer);
    let done = match step {
        TransferStep::Accept { team, practitioner } => {
            accept(session, permit, &pathways, &transfer, *team, practitioner.as_ref())
        }
        TransferStep::Decline(reason) => advance(session, permit, &transfer, TransferMove::Decline(*reason)),
        TransferStep::Withdraw(reason) => advance(session, permit, &transfer, TransferMove::Withdraw(*reason)),
        TransferStep::Place { organisation, team } => {
            place(session, permit, &pathways, &transfer, *organisation, *team)
        }
        TransferStep::CloseGap(gap) => close_gap(session, permit, transfer, *gap),
    };
    Ok(done?.map(|()| delicate))
}

fn may_step(session: &Session<'_>, subject: &Subject, transfer: &Transfer, step: &TransferStep) -> Result<(), Refusal> {
    let actor = &session.actor;
    match step {
        TransferStep::Accept { .. } | TransferStep::Decline(_) => may_answer_transfer(actor, transfer),
        TransferStep::Withdraw(_) => may_withdraw_transfer(actor, subject, transfer),
        TransferStep::Place { .. } => may_place_transfer(actor, transfer),
        TransferStep::CloseGap(_) => may_close_gap(actor, transfer),
    }
}

/// Moves a transfer on as it was read; of two who do so at once the second is told that things have moved on.
fn advance<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    transfer: &Transfer,
    moved: TransferMove,
) -> Result<Result<(), Refusal>, Failure> {
    match transfer.after(moved, session.now) {
        Some(next) => store(session, permit, &next),
        None => Ok(Err(Refusal::Conflict(Conflict::OutOfOrder))),
    }
}

fn store<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    changed: &Transfer,
) -> Result<Result<(), Refusal>, Failure> {
    match transfers::update(session.conn, permit, changed) {
        Ok(()) => Ok(Ok(())),
        Err(StoreError::NotFound) => Ok(Err(Refusal::Conflict(Conflict::OutOfOrder))),
        Err(error) => Err(error.into()),
    }
}

/// Ends the sender's involvement and begins the receiver's, in one transaction and on one day.
fn accept<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    pathways: &Pathways,
    transfer: &Transfer,
    team: Option<TeamId>,
    practitioner: Option<&NamedPractitioner>,
) -> Result<Result<(), Refusal>, Failure> {
    let Some(from) = pathways.entry(transfer.from).cloned() else { return Ok(Err(Refusal::NotFound)) };
    let begun = match begin(session, permit, pathways, transfer, team, practitioner)? {
        Ok(begun) => begun,
        Err(violation) => return Ok(Err(Refusal::Invalid(violation))),
    };
    let leaves_no_lead = from.lead.is_some_and(|kind| {
        let led = |other: &&Involvement| other.number != from.number && other.lead == Some(kind);
        let current = |other: &Involvement| other.ended_on.is_none() && other.may_be_told_on(session.day);
        !pathways.entries.iter().filter(led).any(current)
    });
    // First, since it is this that lets one of two through.
    let moved = TransferMove::Accept { to: begun.entry.number, leaves_no_lead };
    if let Err(refusal) = advance(session, permit, transfer, moved)? {
        return Ok(Err(refusal));
    }
    if begun.is_new {
        involvements::insert(session.conn, permit, &begun.entry)?;
    }
    if from.ended_on.is_none() {
        end(session, permit, from)?;
    }
    Ok(Ok(()))
}

/// The receiving involvement, and whether it has still to be entered.
struct Begun {
    entry: Involvement,
    is_new: bool,
}

/// The involvement that begins, or one like it that runs already.
fn begin<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    pathways: &Pathways,
    transfer: &Transfer,
    team: Option<TeamId>,
    practitioner: Option<&NamedPractitioner>,
) -> Result<Result<Begun, Violation>, Failure> {
    let Receiver { organisation, team: asked, service } = transfer.receiver;
    if let Some(team) = team
        && teams::find(session.conn, team)?.is_none_or(|team| team.organisation != organisation)
    {
        return Ok(Err(Violation { pointer: "/team", message: "is not a team of your organisation" }));
    }
    let practitioner = match practitioner {
        Some(person) => Some(register_practitioner(session, organisation, person)?),
        None => None,
    };
    let mut entry = Involvement {
        child: permit.child(),
        number: free_number(pathways.entries.iter().map(|entry| entry.number)),
        service,
        organisation,
        team: team.or(asked),
        practitioner,
        started_on: session.day,
        ended_on: None,
        last_confirmed_at: session.now,
        lead: None,
        ground: None,
        withdrawn_at: None,
        // A system's entry is its organisation's feed; a person's is their own, and widens nothing for them.
        entered_by: (!session.actor.is_machine()).then_some(session.actor.account),
        entered_under_shield: pathways.shielded,
        version: 1,
        created_at: session.now,
    };
    let same = |other: &&Involvement| {
        (other.service, other.organisation, other.team, other.practitioner)
            == (entry.service, entry.organisation, entry.team, entry.practitioner)
    };
    let runs = |other: &&Involvement| other.ended_on.is_none() && other.may_be_told_on(session.day);
    let others = pathways.entries.iter().filter(|other| other.number != transfer.from);
    if let Some(running) = others.filter(same).find(runs) {
        return Ok(Ok(Begun { entry: running.clone(), is_new: false }));
    }
    if is_sensitive(session, &entry)? {
        entry.ground = transfer.basis.and_then(|basis| basis.ground());
        if entry.ground.is_none() {
            let message = "is sensitive, and this transfer stands on neither consent nor significant harm";
            return Ok(Err(Violation { pointer: "/team", message }));
        }
    }
    Ok(Ok(Begun { entry, is_new: true }))
}

/// Asks somebody else.
fn place<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    pathways: &Pathways,
    transfer: &Transfer,
    organisation: OrganisationId,
    team: Option<TeamId>,
) -> Result<Result<(), Refusal>, Failure> {
    let to = Receiver { organisation, team, service: transfer.receiver.service };
    if let Err(Violation { pointer, message }) = check_receiver(session, to)? {
        // The body of this step names the receiver itself.
        let pointer = pointer.strip_prefix("/to").unwrap_or(pointer);
        return Ok(Err(Refusal::Invalid(Violation { pointer, message })));
    }
    let from = pathways.entry(transfer.from).map(|entry| (entry.service, entry.organisation, entry.team));
    if from == Some((to.service, to.organisation, to.team)) {
        let violation = Violation { pointer: "/organisation", message: "is where the child is already" };
        return Ok(Err(Refusal::Invalid(violation)));
    }
    let Some(mut next) = transfer.after(TransferMove::Place { organisation, team }, session.now) else {
        return Ok(Err(Refusal::Conflict(Conflict::OutOfOrder)));
    };
    // Whoever places it knows of a shield that was asked for since.
    next.under_shield |= pathways.shielded;
    store(session, permit, &next)
}

fn close_gap<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    transfer: Transfer,
    gap: TransferGap,
) -> Result<Result<(), Refusal>, Failure> {
    if gap == TransferGap::NobodyAccepted {
        let message = "is closed by an acceptance, or by taking the transfer back";
        return Ok(Err(Refusal::Invalid(Violation { pointer: "/gap", message })));
    }
    let mut changed = transfer;
    if !changed.close_gap(gap) {
        return Ok(Err(Refusal::Conflict(Conflict::OutOfOrder)));
    }
    store(session, permit, &changed)
}
