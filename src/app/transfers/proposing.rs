//! Proposing a transfer from an involvement of one's own organisation; a step down without consent closes at once.

use chrono::NaiveDate;

use super::showing::{Pathways, ShownTransfer, tell};
use crate::app::access_points;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::involvements::{own_entry, party_of, sensitivity_of};
use crate::app::organisations::find_visible;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session, leads};
use crate::domain::audit::actions::Outcome;
use crate::domain::disclosures::Sealed;
use crate::domain::enquiries::AccessPointKind;
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccessPointId, OrganisationId, PathwayId, TransferId};
use crate::domain::involvements::Involvement;
use crate::domain::policy::{
    Action, Conflict, Permit, ProposeTransfer, Refusal, Violation, may_propose_from, sees_team,
};
use crate::domain::services::ServiceGroup;
use crate::domain::transfers::{
    Receiver, Transfer, TransferBasis, TransferBasisKind, TransferDesk, TransferGap, TransferKind, TransferState,
    due_at,
};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::files::ChildFile;
use crate::store::{involvements, organisations, teams, transfers};

/// A transfer to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransfer {
    /// Up, down, or neither.
    pub kind: TransferKind,
    /// The number of the sending involvement.
    pub from: i32,
    /// Who is to receive.
    pub to: Receiver,
    /// Where it goes when it is declined; the first front door of the sender's area where none is named.
    pub access_point: Option<AccessPointId>,
    /// On what it stands.
    pub basis: Option<TransferBasis>,
    /// What is open, each once.
    pub gaps: Vec<TransferGap>,
}

/// Proposes a transfer; once for each idempotency key.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn propose_transfer(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    new: NewTransfer,
    key: Option<IdempotencyKey>,
) -> Result<Answer<ShownTransfer>, Failure> {
    index.change(visit, move |session| propose(session, child, &new, key.as_ref())).await
}

fn propose(
    session: &mut Session<'_>,
    child: ChildRef,
    new: &NewTransfer,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<ShownTransfer>, Failure> {
    let earlier = match replays::find(session, key)? {
        Ok(earlier) => earlier.map(|replay| replay.reference.unwrap_or_default()),
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Some(reference) = earlier {
        return replay(session, child, &reference);
    }
    match propose_one(session, child, new)? {
        Ok(id) => {
            replays::remember(session, key, "proposed", Some(id.to_string()))?;
            tell(session, child, id, Outcome::Changed)
        }
        Err(refusal) => Ok(session.refuse(refusal)),
    }
}

/// The same request again, decided anew: the account may be of another organisation by now, and the child shielded.
fn replay(session: &mut Session<'_>, child: ChildRef, reference: &str) -> Result<Sealed<ShownTransfer>, Failure> {
    let (file, permit) = match open::<ProposeTransfer>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let pathways = Pathways::of(session, &permit, file)?;
    let Some(id) = reference.parse().ok().filter(|id| pathways.transfers.iter().any(|each| each.id == *id)) else {
        // The key is the account's and the operation's: it was sent for another child.
        return Ok(session.refuse(Refusal::KeyReused));
    };
    let decided = pathways.known(session, &permit, id).and_then(|own| may_propose_from(&session.actor, own.sender));
    match decided {
        Ok(()) => tell(session, child, id, Outcome::Unchanged),
        Err(refusal) => Ok(session.refuse(refusal)),
    }
}

/// Proposes a transfer of one child under a permit of its own, or says why not. Nothing was changed where it was refused.
fn propose_one(
    session: &mut Session<'_>,
    child: ChildRef,
    new: &NewTransfer,
) -> Result<Result<TransferId, Refusal>, Failure> {
    match open::<ProposeTransfer>(session, child)? {
        Ok((file, permit)) => propose_opened(session, file, &permit, new),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The same of a child that was opened for it.
pub(super) fn propose_opened(
    session: &mut Session<'_>,
    file: ChildFile,
    permit: &Permit<ProposeTransfer>,
    new: &NewTransfer,
) -> Result<Result<TransferId, Refusal>, Failure> {
    let subject = file.subject().clone();
    let record = file.record(permit)?.clone();
    let pathways = Pathways::of(session, permit, file)?;
    let entry = match own_entry(session, permit, &subject, &record, &pathways.entries, new.from)? {
        Ok(entry) => entry,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = may_propose_from(&session.actor, entry.organisation) {
        return Ok(Err(refusal));
    }
    if entry.ended_on.is_some() {
        return Ok(Err(Refusal::Conflict(Conflict::Ended)));
    }
    let sensitive = match check(session, &pathways, &entry, new)? {
        Ok(sensitive) => sensitive,
        Err(violation) => return Ok(Err(Refusal::Invalid(violation))),
    };
    if let Err(violation) = check_basis(new, &entry, sensitive, session.day) {
        return Ok(Err(Refusal::Invalid(violation)));
    }
    let desk = match desk(session, new)? {
        Ok(desk) => desk,
        Err(violation) => return Ok(Err(Refusal::Invalid(violation))),
    };
    let transfer = prepare(session, permit, &pathways, &entry, new, desk);
    match transfers::insert(session.conn, permit, &transfer) {
        Ok(()) => {}
        Err(StoreError::Conflict("transfer_open")) => return Ok(Err(Refusal::Conflict(Conflict::TransferOpen))),
        Err(error) => return Err(error.into()),
    }
    if transfer.state == TransferState::Unconsented {
        end(session, permit, entry)?;
    }
    Ok(Ok(transfer.id))
}

/// Ends the sending involvement today.
pub(super) fn end<A: Action>(session: &mut Session<'_>, permit: &Permit<A>, entry: Involvement) -> Result<(), Failure> {
    let version = entry.version.saturating_add(1);
    let ended_on = Some(session.day.max(entry.started_on));
    let ended = Involvement { ended_on, version, ..entry.clone() };
    involvements::update(session.conn, permit, &ended)?;
    leads::follow(session, permit, &entry, &ended)
}

/// Checks where a transfer leads from and to, and says whether a sensitive service is on either side.
fn check(
    session: &mut Session<'_>,
    pathways: &Pathways,
    entry: &Involvement,
    new: &NewTransfer,
) -> Result<Result<bool, Violation>, Failure> {
    let wrong = |pointer, message| Ok(Err(Violation { pointer, message }));
    if entry.started_on > session.day {
        return wrong("/involvement", "has not begun");
    }
    if new.kind != TransferKind::between(entry.service, new.to.service) {
        return wrong("/kind", "is not what a move between these services is: by the need they answer to");
    }
    let to = new.to;
    if let Err(violation) = check_receiver(session, to)? {
        return Ok(Err(violation));
    }
    if (entry.service, entry.organisation, entry.team) == (to.service, to.organisation, to.team) {
        return wrong("/to", "is where the child is already");
    }
    let party = (to.organisation, to.team, None);
    let directory = crate::app::involvements::directory_for(session, [party_of(entry), party].into_iter())?;
    let (organisation, team) = sensitivity_of(session, &directory, party);
    let group = session.settings.sensitivity.group_of_involvement(to.service, organisation, team);
    Ok(Ok(group == ServiceGroup::Sensitive || pathways.is_sensitive(session, entry)))
}

/// Checks that whoever is to receive exists for the caller.
pub(super) fn check_receiver(session: &mut Session<'_>, to: Receiver) -> Result<Result<(), Violation>, Failure> {
    let wrong = |pointer, message| Ok(Err(Violation { pointer, message }));
    let Some(organisation) = find_visible(session, to.organisation)? else {
        return wrong("/to/organisation", "is not registered here");
    };
    if let Some(id) = to.team {
        let team = teams::find(session.conn, id)?.filter(|team| team.organisation == organisation.id);
        if team.is_none_or(|team| !sees_team(&session.actor, &organisation, &team)) {
            return wrong("/to/team", "is not a team of that organisation");
        }
    }
    Ok(Ok(()))
}

/// Checks on what a transfer stands. Consent is asked for again before a step down; suspected significant harm needs none
/// before a step up, and a move between universal services stands on nothing.
fn check_basis(new: &NewTransfer, entry: &Involvement, sensitive: bool, day: NaiveDate) -> Result<(), Violation> {
    use TransferBasisKind::{Consent, ConsentRefused, SignificantHarm};
    let wrong = |pointer, message| Err(Violation { pointer, message });
    let universal = |group| group == ServiceGroup::Universal;
    let Some(basis) = new.basis else {
        let moves_on = universal(entry.service.group()) && universal(new.to.service.group()) && !sensitive;
        return if moves_on { Ok(()) } else { wrong("/basis", "is needed: consent, or suspected significant harm") };
    };
    match (new.kind, basis.kind) {
        (TransferKind::StepDown, SignificantHarm) => {
            return wrong("/basis/kind", "must be consent or consent-refused: a step down asks again");
        }
        (TransferKind::StepUp | TransferKind::Transfer, ConsentRefused) => {
            return wrong(
                "/basis/kind",
                "must be consent or significant-harm: only a step down closes without consent",
            );
        }
        _ => {}
    }
    if basis.kind == SignificantHarm && basis.given_by.is_some() {
        return wrong("/basis/given_by", "has a place only with consent or its refusal");
    }
    if basis.kind == Consent && basis.given_by.is_none() {
        return wrong("/basis/given_by", "is needed with consent");
    }
    match basis.on {
        None if basis.kind != SignificantHarm => wrong("/basis/on", "is needed with consent and its refusal"),
        Some(on) if on > day => wrong("/basis/on", "lies in the future"),
        Some(on) if new.kind == TransferKind::StepDown && on < entry.started_on => {
            wrong("/basis/on", "lies before this involvement began: ask again")
        }
        _ => Ok(()),
    }
}

/// The desk that is to place the transfer, should it be declined.
fn desk(session: &mut Session<'_>, new: &NewTransfer) -> Result<Result<TransferDesk, Violation>, Failure> {
    let wrong = |message| Ok(Err(Violation { pointer: "/access_point", message }));
    let id = match new.access_point {
        Some(id) => Some(id),
        None => first_front_door(session, session.actor.organisation, new.kind)?,
    };
    let Some(id) = id else {
        return wrong("is needed: the area of your organisation has no front door");
    };
    match access_points::find(session, id)? {
        None => wrong("is not registered here"),
        Some(shown) => {
            Ok(Ok(TransferDesk { access_point: id, organisation: shown.point.organisation, area: shown.point.area }))
        }
    }
}

/// The first front door, by name, of the area of an organisation; never of the child's, which would tell the region.
fn first_front_door(
    session: &mut Session<'_>,
    sender: OrganisationId,
    kind: TransferKind,
) -> Result<Option<AccessPointId>, Failure> {
    let Some(organisation) = organisations::find(session.conn, sender)? else { return Ok(None) };
    for point in crate::store::access_points::list(session.conn, Some(&organisation.area))? {
        let fits = point.kind == AccessPointKind::FrontDoor && point.answers(kind.need());
        if fits && find_visible(session, point.organisation)?.is_some() {
            return Ok(Some(point.id));
        }
    }
    Ok(None)
}

fn prepare(
    session: &Session<'_>,
    permit: &Permit<ProposeTransfer>,
    pathways: &Pathways,
    entry: &Involvement,
    new: &NewTransfer,
    desk: TransferDesk,
) -> Transfer {
    let refused = new.basis.is_some_and(|basis| basis.kind == TransferBasisKind::ConsentRefused);
    // What brought the child here and what sends it on are links of one pathway.
    let before = pathways.transfers.iter().find(|each| each.to == Some(entry.number));
    let mut transfer = Transfer {
        id: TransferId::new(),
        child: permit.child(),
        pathway: before.map_or_else(PathwayId::at_random, |before| before.pathway),
        kind: new.kind,
        state: if refused { TransferState::Unconsented } else { TransferState::Proposed },
        from: entry.number,
        sender: entry.organisation,
        receiver: new.to,
        to: None,
        desk,
        basis: new.basis,
        gaps: Vec::new(),
        declined: None,
        withdrawn: None,
        proposed_by: session.actor.account,
        proposed_at: session.now,
        due_at: (!refused).then(|| due_at(new.kind, session.now)),
        closed_at: refused.then_some(session.now),
        under_shield: pathways.shielded,
        version: 1,
    };
    let no_consent = refused.then_some(TransferGap::NoConsent);
    no_consent.into_iter().chain(new.gaps.iter().copied()).for_each(|gap| transfer.open_gap(gap));
    transfer
}
