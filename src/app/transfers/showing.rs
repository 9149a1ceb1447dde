//! What a permit shows of a child's transfers.

use crate::app::children::open;
use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::involvements::{self as entries, Party, Reached, may_see, party_of, reach, sensitivity_of};
use crate::app::{Failure, Index, Session, access_points, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::enquiries::DeclineReason;
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccessPointId, OrganisationId, PathwayId, TransferId};
use crate::domain::instants::Instant;
use crate::domain::involvements::Involvement;
use crate::domain::policy::{
    Action, Block, Permit, ReadTransfers, Refusal, TransferBlocks, TransferSight, sight_of_transfer,
};
use crate::domain::routes::Route;
use crate::domain::services::{Service, ServiceGroup};
use crate::domain::transfers::{Transfer, TransferBasis, TransferGap, TransferKind, TransferState, WithdrawReason};
use crate::domain::visits::Visit;
use crate::store::files::ChildFile;
use crate::store::organisations::Directory;
use crate::store::transfers;

/// One side of a transfer: who sends or receives, and how to reach them.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownSide {
    /// What it does, or is to do, for the child.
    pub service: Service,
    /// The organisation's id.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// The team's name.
    pub team_name: Option<String>,
    /// The practitioner's name and job title.
    pub practitioner: Option<(String, String)>,
    /// How to reach them; the first works now if any does.
    pub routes: Vec<Route>,
    /// The number of its involvement, where there is one that is shown.
    pub involvement: Option<i32>,
}

/// A transfer as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownTransfer {
    /// Its id.
    pub id: TransferId,
    /// The child, in lists over several.
    pub child: Option<Identity>,
    /// What it shares with those that led to it and follow on it.
    pub pathway: PathwayId,
    /// Up, down, or neither.
    pub kind: TransferKind,
    /// Where it stands.
    pub state: TransferState,
    /// Who sends, where that is shown.
    pub from: Option<ShownSide>,
    /// Who receives; nobody where it closed without consent.
    pub to: Option<ShownSide>,
    /// The desk that it goes to when it is declined.
    pub access_point: AccessPointId,
    /// The desk's name; none where it does not exist for the reader.
    pub access_point_name: Option<String>,
    /// What is open.
    pub gaps: Vec<TransferGap>,
    /// On what it stands, for those who may know.
    pub basis: Option<TransferBasis>,
    /// Why it was declined, for the same.
    pub declined: Option<DeclineReason>,
    /// Why it was taken back, for the same.
    pub withdrawn: Option<WithdrawReason>,
    /// When it was proposed.
    pub proposed_at: Instant,
    /// When the next answer is due.
    pub due_at: Option<Instant>,
    /// Whether that has passed.
    pub overdue: bool,
    /// When it was closed.
    pub closed_at: Option<Instant>,
}

/// A child's transfers, with the involvements they lead from and to and everybody whom they name.
pub(super) struct Pathways {
    /// The involvements, hidden ones among them.
    pub entries: Vec<Involvement>,
    /// The transfers, hidden ones among them.
    pub transfers: Vec<Transfer>,
    /// Whether the child is shielded.
    pub shielded: bool,
    directory: Directory,
}

/// Lists a child's transfers.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_transfers(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownTransfer>>, Failure> {
    index.disclose_about(visit, child, move |session| list(session, child)).await
}

/// Reads a transfer.
///
/// # Errors
/// As [`list_transfers`].
pub async fn read_transfer(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    id: TransferId,
) -> Result<Answer<ShownTransfer>, Failure> {
    index.disclose_about(visit, child, move |session| tell(session, child, id, Outcome::Disclosed)).await
}

fn list(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<Vec<ShownTransfer>>, Failure> {
    let (file, permit) = match open::<ReadTransfers>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let pathways = Pathways::of(session, &permit, file)?;
    let (mut shown, mut seen) = (Vec::with_capacity(pathways.transfers.len()), Vec::new());
    for transfer in &pathways.transfers {
        let Some(sight) = pathways.sight(session, &permit, transfer) else { continue };
        seen.extend(pathways.blocks_seen(session, transfer, sight));
        shown.push(pathways.show(session, &permit, transfer, sight)?);
    }
    let delicate = pathways.any_sensitive(session);
    let told = told(permit.with_sensitive_services(delicate), &[Block::Involvements, Block::Sensitive], &seen);
    let event = session.event(session.visit.action, Outcome::Disclosed).about(told);
    Ok(alerts.into_iter().fold(Disclosure::with(event, shown), Disclosure::also))
}

/// Answers with one transfer, as its child's file shows it now. Whoever has changed one is told what they did, even where
/// they see it no longer: a receiver that declined, or either side under a shield.
pub(super) fn tell(
    session: &mut Session<'_>,
    child: ChildRef,
    id: TransferId,
    outcome: Outcome,
) -> Result<Sealed<ShownTransfer>, Failure> {
    let (file, permit) = match open::<ReadTransfers>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let pathways = Pathways::of(session, &permit, file)?;
    let found = pathways.transfers.iter().find(|transfer| transfer.id == id);
    let seen = found.and_then(|transfer| {
        let sight = pathways.sight(session, &permit, transfer);
        let did = pathways.sight_of_own(session, transfer).filter(|_| outcome != Outcome::Disclosed);
        let reasons = did.is_some();
        let sight = sight.map(|sight| TransferSight { reasons: sight.reasons || reasons, ..sight });
        Some((transfer, sight.or(did)?))
    });
    let Some((transfer, sight)) = seen else { return Ok(session.refuse(Refusal::NotFound)) };
    let shown = pathways.show(session, &permit, transfer, sight)?;
    let seen = pathways.blocks_seen(session, transfer, sight);
    let told = told(permit.with_sensitive_services(pathways.is_delicate(session, transfer)), &seen, &seen);
    let event = session.event(session.visit.action, outcome).on(TargetKind::Transfer, id).about(told);
    Ok(alerts.into_iter().fold(Disclosure::with(event, shown), Disclosure::also))
}

/// How the log tells of an answer made of `blocks`. What a side was told because it is a side, and not because the permit
/// shows it, was `seen` all the same.
pub(super) fn told<A: Action>(permit: Permit<A>, blocks: &[Block], seen: &[Block]) -> ChildShown {
    let mut all = blocks.to_vec();
    all.sort_unstable();
    all.dedup();
    let mut told = describe(permit.pseudonym(), permit.version(), permit.is_delicate(), permit.visibility(), &all);
    for block in seen {
        if !told.shown.iter().any(|shown| shown == block.code()) {
            told.shown.push(block.code().into());
        }
    }
    told
}

impl Pathways {
    /// The transfers of a child that was opened for it.
    pub(super) fn of<A: Action>(
        session: &mut Session<'_>,
        permit: &Permit<A>,
        file: ChildFile,
    ) -> Result<Self, Failure> {
        let transfers = transfers::list_of(session.conn, permit)?;
        Self::among(session, permit, file, transfers)
    }

    /// Some transfers of a child that was opened for them.
    pub(super) fn among<A: Action>(
        session: &mut Session<'_>,
        permit: &Permit<A>,
        file: ChildFile,
        transfers: Vec<Transfer>,
    ) -> Result<Self, Failure> {
        let (record, entries) = file.open(permit)?;
        let parties = entries.iter().map(party_of).chain(transfers.iter().map(receiver_of));
        let directory = entries::directory_for(session, parties)?;
        Ok(Self { entries, transfers, shielded: record.shield.is_some(), directory })
    }

    /// The transfer with an id, if it exists for the caller: seen, or its organisation's own, which goes on keeping it
    /// right where it no longer sees it under a shield.
    pub(super) fn known<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        id: TransferId,
    ) -> Result<Transfer, Refusal> {
        let found = self.transfers.iter().find(|transfer| transfer.id == id).ok_or(Refusal::NotFound)?;
        let known = self.is_own(session, found) || self.sight(session, permit, found).is_some();
        if known { Ok(found.clone()) } else { Err(Refusal::NotFound) }
    }

    /// The involvement with a number.
    pub(super) fn entry(&self, number: i32) -> Option<&Involvement> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    /// Whether anybody may be told of a transfer: of neither of its involvements was the consent withdrawn, nor has it
    /// lapsed.
    fn may_be_told(&self, session: &Session<'_>, transfer: &Transfer) -> bool {
        let told = |number| self.entry(number).is_some_and(|entry| entry.may_be_told_on(session.day));
        told(transfer.from) && transfer.to.is_none_or(told)
    }

    /// Whether it is the caller's organisation that proposed it, and its entry exists for it.
    fn is_own(&self, session: &Session<'_>, transfer: &Transfer) -> bool {
        let kept = self.entry(transfer.from).is_some_and(|entry| entry.withdrawn_at.is_none());
        session.actor.is_of(transfer.sender) && kept
    }

    /// What a side is told of what it has done itself, where it sees no more: how things stand now, and not who sends.
    fn sight_of_own(&self, session: &Session<'_>, transfer: &Transfer) -> Option<TransferSight> {
        let side = self.is_own(session, transfer) || session.actor.is_of(transfer.receiver.organisation);
        side.then_some(TransferSight { from: false, to: true, reasons: true })
    }

    /// What of a transfer a permit shows; nothing where it does not exist for the caller.
    pub(super) fn sight<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        transfer: &Transfer,
    ) -> Option<TransferSight> {
        let actor = &session.actor;
        if !self.may_be_told(session, transfer) {
            return None;
        }
        let side = actor.is_of(transfer.sender) || actor.is_of(transfer.receiver.organisation);
        let forgotten = session.day.checked_sub_days(chrono::Days::new(session.settings.ended_visible_days));
        if !side && transfer.closed_at.is_some_and(|at| forgotten.is_some_and(|day| at.day() < day)) {
            return None;
        }
        sight_of_transfer(actor, permit.visibility(), transfer, self.blocks_of(session, transfer), self.shielded)
    }

    /// The blocks that both sides are seen by: the highest of service, organisation and team, as named and as begun.
    fn blocks_of(&self, session: &Session<'_>, transfer: &Transfer) -> TransferBlocks {
        let sensitive = |number| self.entry(number).is_none_or(|entry| self.is_sensitive(session, entry));
        let block = |sensitive| if sensitive { Block::Sensitive } else { Block::Involvements };
        let named = self.group_of(session, transfer.receiver.service, receiver_of(transfer));
        let to = named == ServiceGroup::Sensitive || transfer.to.is_some_and(sensitive);
        TransferBlocks { from: block(sensitive(transfer.from)), to: block(to) }
    }

    /// Whether an involvement is of a sensitive service.
    pub(super) fn is_sensitive(&self, session: &Session<'_>, entry: &Involvement) -> bool {
        self.group_of(session, entry.service, party_of(entry)) == ServiceGroup::Sensitive
    }

    fn group_of(&self, session: &Session<'_>, service: Service, party: Party) -> ServiceGroup {
        let (organisation, team) = sensitivity_of(session, &self.directory, party);
        session.settings.sensitivity.group_of_involvement(service, organisation, team)
    }

    /// Whether any transfer that may be told of touches a sensitive service, shown or not.
    pub(super) fn any_sensitive(&self, session: &Session<'_>) -> bool {
        let mut told = self.transfers.iter().filter(|transfer| self.may_be_told(session, transfer));
        told.any(|transfer| self.is_delicate(session, transfer))
    }

    /// Whether a transfer touches a sensitive service.
    pub(super) fn is_delicate(&self, session: &Session<'_>, transfer: &Transfer) -> bool {
        let TransferBlocks { from, to } = self.blocks_of(session, transfer);
        from == Block::Sensitive || to == Block::Sensitive
    }

    /// The blocks of which somebody is told something who sees so much of a transfer.
    pub(super) fn blocks_seen(&self, session: &Session<'_>, transfer: &Transfer, sight: TransferSight) -> Vec<Block> {
        let TransferBlocks { from, to } = self.blocks_of(session, transfer);
        [(from, sight.from), (to, sight.to)].into_iter().filter(|(_, seen)| *seen).map(|(block, _)| block).collect()
    }

    /// A transfer as it is shown to somebody who sees so much of it.
    pub(super) fn show<A: Action>(
        &self,
        session: &mut Session<'_>,
        permit: &Permit<A>,
        transfer: &Transfer,
        sight: TransferSight,
    ) -> Result<ShownTransfer, Failure> {
        let access_point = transfer.desk.access_point;
        let access_point_name = access_points::find(session, access_point)?.map(|shown| shown.point.name);
        let refused = transfer.state == TransferState::Unconsented;
        let from = self.entry(transfer.from).filter(|_| sight.from).map(|entry| {
            let number = self.number_of(session, permit, entry);
            self.side(session, entry.service, party_of(entry), number)
        });
        let to = (sight.to && !refused).then(|| {
            let begun = transfer.to.and_then(|number| self.entry(number));
            let begun = begun.and_then(|entry| Some((entry, self.number_of(session, permit, entry)?)));
            match begun {
                Some((entry, number)) => self.side(session, entry.service, party_of(entry), Some(number)),
                None => self.side(session, transfer.receiver.service, receiver_of(transfer), None),
            }
        });
        Ok(ShownTransfer {
            id: transfer.id,
            child: None,
            pathway: transfer.pathway,
            kind: transfer.kind,
            state: transfer.state,
            from,
            to,
            access_point,
            access_point_name,
            gaps: transfer.gaps.clone(),
            basis: transfer.basis.filter(|_| sight.reasons),
            declined: transfer.declined.filter(|_| sight.reasons),
            withdrawn: transfer.withdrawn.filter(|_| sight.reasons),
            proposed_at: transfer.proposed_at,
            due_at: transfer.due_at,
            overdue: transfer.is_overdue_at(session.now),
            closed_at: transfer.closed_at,
        })
    }

    /// The number of an involvement, where the caller may see that: its own, or one that the permit shows.
    fn number_of<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>, entry: &Involvement) -> Option<i32> {
        let own = session.actor.is_of(entry.organisation);
        let seen = own || may_see(session, permit, self.shielded, self.is_sensitive(session, entry), entry);
        seen.then_some(entry.number)
    }

    fn side(&self, session: &Session<'_>, service: Service, party: Party, involvement: Option<i32>) -> ShownSide {
        let Reached { organisation_name, team_name, practitioner, routes } = reach(session, &self.directory, party);
        let (organisation, ..) = party;
        ShownSide { service, organisation, organisation_name, team_name, practitioner, routes, involvement }
    }
}

/// Whom a transfer names as its receiver.
fn receiver_of(transfer: &Transfer) -> Party {
    (transfer.receiver.organisation, transfer.receiver.team, None)
}
