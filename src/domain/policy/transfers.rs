//! Who proposes, answers and places transfers, and what of one is seen by whom.

use super::access_points::works_area_list;
use super::actors::Actor;
use super::blocks::{Block, Visibility};
use super::refusals::{Forbidden, Refusal};
use super::rights::may_change_entry;
use super::subjects::Subject;
use crate::domain::ids::OrganisationId;
use crate::domain::partnerships::DefaultVisibility;
use crate::domain::transfers::{Transfer, TransferState};

/// The blocks that the two sides of a transfer are seen by: each as an involvement of that service would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferBlocks {
    /// The sender's side.
    pub from: Block,
    /// The receiver's side.
    pub to: Block,
}

/// What of a transfer is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferSight {
    /// Who sends.
    pub from: bool,
    /// Who receives.
    pub to: bool,
    /// On what it stands, and why it was declined or taken back.
    pub reasons: bool,
}

/// What of a transfer is seen under a visibility; nothing where it does not exist for the actor.
///
/// Both sides see it: proposing tells the receiver. Others see it where they would see both involvements, so that one to
/// or from a sensitive service is told to nobody who would not be told of the service. Under a shield the sender sees it
/// as it sees its own entries; the receiver, what was proposed to it in knowledge of the shield and waits for its answer,
/// without who sends; everybody else, and what was proposed before the shield, waits for the management team.
#[must_use]
pub fn sight_of_transfer(
    actor: &Actor,
    visibility: &Visibility,
    transfer: &Transfer,
    blocks: TransferBlocks,
    shielded: bool,
) -> Option<TransferSight> {
    let unconsented = transfer.state == TransferState::Unconsented;
    let sends = is_wholly_of(actor, transfer.sender);
    // While it is asked and once it has accepted: what was declined or taken back is nothing of the receiver's, and a step
    // down without consent is told to nobody to whom the family did not consent.
    let its = matches!(transfer.state, TransferState::Proposed | TransferState::Accepted);
    let receives = its && is_wholly_of(actor, transfer.receiver.organisation);
    let from = visibility.shows(blocks.from, transfer.sender);
    // The receiver may have no entry yet: it is seen as one of the service that it is asked for would be.
    let asked = visibility.tells(blocks.to, transfer.receiver.organisation, transfer.receiver.service);
    let to = asked == DefaultVisibility::Shown && visibility.shows(blocks.to, transfer.receiver.organisation);
    let manages = visibility.all(Block::Metadata);
    let all = from && to && (manages || !unconsented);
    let reasons = sends || receives || manages || may_place_transfer(actor, transfer).is_ok();
    let whole = Some(TransferSight { from: true, to: true, reasons });
    if !shielded {
        let told = sends || receives || (all && !transfer.under_shield);
        return whole.filter(|_| told);
    }
    if all || (sends && from) {
        return whole;
    }
    let waits = transfer.under_shield && transfer.state == TransferState::Proposed;
    let began = transfer.to.is_some() && to;
    (receives && (waits || began)).then_some(TransferSight { from, to: true, reasons })
}

/// Whether everybody behind a request is of one organisation: a system of another's is told no more than that other.
fn is_wholly_of(actor: &Actor, organisation: OrganisationId) -> bool {
    actor.organisation == organisation && actor.others().all(|other| is_wholly_of(other, organisation))
}

/// Decides whether the actor may propose a transfer of an involvement of `owner`: its own organisation alone, since nobody
/// sends a child on for others.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_propose_from(actor: &Actor, owner: OrganisationId) -> Result<(), Refusal> {
    if actor.organisation == owner { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}

/// Decides whether the actor may accept or decline a transfer: the receiver's people and systems, and nobody what they
/// proposed themselves.
///
/// # Errors
/// `not-your-organisations-entry`, or `not-for-yourself`.
pub fn may_answer_transfer(actor: &Actor, transfer: &Transfer) -> Result<(), Refusal> {
    if actor.organisation != transfer.receiver.organisation {
        return Err(Refusal::Forbidden(Forbidden::NotOwner));
    }
    if actor.account == transfer.proposed_by {
        return Err(Refusal::Forbidden(Forbidden::Oneself));
    }
    Ok(())
}

/// Decides whether the actor may take a transfer back: the sender, and the management team of the child's area.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_withdraw_transfer(actor: &Actor, subject: &Subject, transfer: &Transfer) -> Result<(), Refusal> {
    may_change_entry(actor, subject, transfer.sender)
}

/// Decides whether the actor may propose a declined transfer to somebody else: the people of the desk, and who works the
/// list of its area.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_place_transfer(actor: &Actor, transfer: &Transfer) -> Result<(), Refusal> {
    let desk = &transfer.desk;
    let own = actor.organisation == desk.organisation;
    if own || (works_area_list(actor) && actor.area == desk.area) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::NotOwner))
    }
}

/// Decides whether the actor may close a gap of a transfer: whoever has the child, which is the receiver once it has
/// accepted and the sender before.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_close_gap(actor: &Actor, transfer: &Transfer) -> Result<(), Refusal> {
    let accepted = transfer.state == TransferState::Accepted;
    let owner = if accepted { transfer.receiver.organisation } else { transfer.sender };
    if actor.organisation == owner { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}
