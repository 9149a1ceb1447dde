//! Brokered contact: asked by a practitioner, worked by the management team of their area, answered by the service.
//! Neither side learns what it may not: whoever asks is answered alike whether or not anything is withheld.

use super::children::open;
use super::contacts::{Broker, broker};
use super::index::Answer;
use super::involvements::{is_sensitive, may_see};
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Session, budgets};
use crate::domain::accounts::{AccountStatus, Role};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::brokered_contacts::{BrokeredContact, ContactNeed, ContactPart, ContactState, ContactStep, due_at};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccountId, ContactId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::Involvement;
use crate::domain::policy::{
    self, Action, AskForContact, Block, CaseKind, Conflict, Forbidden, MoveBrokeredContact, Permit,
    ReadBrokeredContacts, Refusal, Violation,
};
use crate::domain::routes::{Route, order_for};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{accounts, brokered_contacts, cases, files, organisations};

/// Requests listed at a time.
const LISTED: i64 = 50;

/// Who asked, for the broker and for the service it was forwarded to: asking tells them.
#[derive(Debug, Clone, PartialEq)]
pub struct Asker {
    /// Their name.
    pub name: String,
    /// Their organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// How to reach it; the first works now.
    pub routes: Vec<Route>,
}

/// A request as one side sees it; what that side may not know is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownContact {
    /// The request. Who asks sees [`BrokeredContact::state`] as asked until it is closed.
    pub contact: BrokeredContact,
    /// The child, in lists over several.
    pub child: Option<IndexNumber>,
    /// What the caller is to it.
    pub part: ContactPart,
    /// Whether the caller is the manager who took it.
    pub is_mine: bool,
    /// Whether it should be done with by now.
    pub overdue: bool,
    /// Who asked.
    pub asker: Option<Asker>,
    /// The desk of the asker's own area, for the asker: its first route works now, by night too where it has one.
    pub broker: Option<Broker>,
}

/// Asks to be put in touch with whatever is withheld about a child; once for each idempotency key.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn request_brokered_contact(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    need: ContactNeed,
    key: Option<IdempotencyKey>,
) -> Result<Answer<ShownContact>, Failure> {
    index.change(visit, move |session| ask(session, child, need, key.as_ref())).await
}

/// Lists the requests about a child that the caller has to do with.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_brokered_contacts(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownContact>>, Failure> {
    index
        .disclose(visit, move |session| {
            let (permit, entries) = match open_contacts::<ReadBrokeredContacts>(session, child)? {
                Ok(opened) => opened,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let mut shown = Vec::new();
            for contact in brokered_contacts::list_of(session.conn, permit.child())? {
                shown.extend(show(session, &entries, contact, None)?);
            }
            let event = session.event(session.visit.action, Outcome::Disclosed);
            Ok(Disclosure::under(permit, &[Block::Identity], event, shown))
        })
        .await
}

/// Reads a request.
///
/// # Errors
/// As [`list_brokered_contacts`].
pub async fn read_brokered_contact(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    contact: ContactId,
) -> Result<Answer<ShownContact>, Failure> {
    index
        .disclose(visit, move |session| {
            let (permit, entries) = match open_contacts::<ReadBrokeredContacts>(session, child)? {
                Ok(opened) => opened,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            tell(session, permit, &entries, contact, Outcome::Disclosed)
        })
        .await
}

/// Moves a request on.
///
/// # Errors
/// As [`request_brokered_contact`].
pub async fn move_brokered_contact(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    contact: ContactId,
    step: ContactStep,
) -> Result<Answer<ShownContact>, Failure> {
    index.change(visit, move |session| step_on(session, child, contact, step)).await
}

/// Lists the open requests that the caller has to do with, over all children: a manager those of the area, everybody
/// else their own and those forwarded to their organisation.
///
/// # Errors
/// As [`list_brokered_contacts`].
pub async fn list_brokered_contact_work(index: &Index, visit: Visit) -> Result<Answer<Vec<ShownContact>>, Failure> {
    index.disclose(visit, list_work).await
}

fn ask(
    session: &mut Session<'_>,
    child: ChildRef,
    need: ContactNeed,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<ShownContact>, Failure> {
    let (permit, entries) = match open_contacts::<AskForContact>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if session.actor.is_machine() {
        return Ok(session.refuse(Refusal::Forbidden(Forbidden::Role)));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(Some(earlier)) => {
            let id = earlier.reference.and_then(|reference| reference.parse().ok());
            let here = brokered_contacts::list_of(session.conn, permit.child())?;
            return match id.filter(|id| here.iter().any(|contact| contact.id == *id)) {
                Some(id) => tell(session, permit, &entries, id, Outcome::Unchanged),
                // The key is the account's and the operation's: it was sent for another child.
                None => Ok(session.refuse(Refusal::KeyReused)),
            };
        }
        Ok(None) => {}
    }
    let asker = session.actor.account;
    if brokered_contacts::find_open(session.conn, permit.child(), asker)?.is_some() {
        return Ok(session.refuse(Refusal::Conflict(Conflict::ContactAsked)));
    }
    let area = session.actor.area.clone();
    let case = cases::open(session.conn, permit.child(), CaseKind::Broker, &area, None, session.now)?;
    let contact = BrokeredContact {
        id: ContactId::new(),
        child: permit.child(),
        case,
        area,
        manager: None,
        need,
        asked_by: asker,
        state: ContactState::Asked,
        entry: None,
        decline_reason: None,
        outcome: None,
        asked_at: session.now,
        due_at: due_at(need, session.now),
        closed_at: None,
    };
    match brokered_contacts::insert(session.conn, &contact) {
        Ok(()) => {}
        Err(StoreError::Conflict("brokered_contact_open")) => {
            return Ok(session.refuse(Refusal::Conflict(Conflict::ContactAsked)));
        }
        Err(error) => return Err(error.into()),
    }
    replays::remember(session, key, "asked", Some(contact.id.to_string()))?;
    tell(session, permit, &entries, contact.id, Outcome::Changed)
}

fn step_on(
    session: &mut Session<'_>,
    child: ChildRef,
    id: ContactId,
    step: ContactStep,
) -> Result<Sealed<ShownContact>, Failure> {
    let (file, permit) = match open::<MoveBrokeredContact>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let permit = permit.with_sensitive_services(true);
    let (record, entries) = file.open(&permit)?;
    let listed = brokered_contacts::list_of(session.conn, permit.child())?;
    let found = listed.into_iter().find(|contact| contact.id == id);
    let Some(contact) = found else { return Ok(session.refuse(Refusal::NotFound)) };
    let Some(part) = part_of(session, &entries, &contact) else { return Ok(session.refuse(Refusal::NotFound)) };
    if let Err(refusal) = may_step(session, &contact, part, step)? {
        return Ok(session.refuse(refusal));
    }
    if let ContactStep::Forward(number) = step {
        let shielded = record.shield.is_some();
        if !may_forward_to(session, &permit, shielded, &entries, (number, contact.asked_by))? {
            let message = "must be the number of a running involvement that you see and that is withheld from others";
            return Ok(session.refuse(Refusal::Invalid(Violation { pointer: "/involvement", message })));
        }
    }
    let after = contact.after(step, session.actor.account, session.now);
    let done = match step {
        ContactStep::Take => cases::assign(session.conn, contact.case, session.actor.account),
        ContactStep::Close(_) => brokered_contacts::update(session.conn, &contact, &after)
            .and_then(|()| cases::close(session.conn, contact.case, session.now)),
        _ => brokered_contacts::update(session.conn, &contact, &after),
    };
    match done {
        Ok(()) => tell(session, permit, &entries, id, Outcome::Changed),
        Err(StoreError::NotFound) => Ok(session.refuse(Refusal::Conflict(Conflict::ContactState))),
        Err(error) => Err(error.into()),
    }
}

/// Whether the step is the caller's, and fits how the request stands.
fn may_step(
    session: &mut Session<'_>,
    contact: &BrokeredContact,
    part: ContactPart,
    step: ContactStep,
) -> Result<Result<(), Refusal>, Failure> {
    if step.part() != part || session.actor.is_machine() {
        return Ok(Err(Refusal::Forbidden(Forbidden::Role)));
    }
    if !step.fits(contact.state) {
        return Ok(Err(Refusal::Conflict(Conflict::ContactState)));
    }
    let needs_manager = matches!(step, ContactStep::Forward(_) | ContactStep::Close(_));
    if needs_manager && contact.manager != Some(session.actor.account) {
        return Ok(Err(Refusal::Conflict(Conflict::ContactNotTaken)));
    }
    // Nobody is put in touch with somebody who was suspended since they asked.
    let puts_in_touch = matches!(step, ContactStep::Forward(_) | ContactStep::Accept);
    if puts_in_touch && !asker_stands(session, contact.asked_by)? {
        return Ok(Err(Refusal::Conflict(Conflict::ContactState)));
    }
    Ok(Ok(()))
}

fn asker_stands(session: &mut Session<'_>, asker: AccountId) -> Result<bool, Failure> {
    let account = accounts::find(session.conn, asker)?;
    Ok(account.is_some_and(|account| account.status == AccountStatus::Active))
}

/// Only what is withheld from others is brokered, and only to where the manager sees it in this case.
fn may_forward_to(
    session: &mut Session<'_>,
    permit: &Permit<MoveBrokeredContact>,
    shielded: bool,
    entries: &[Involvement],
    (number, asked_by): (i32, AccountId),
) -> Result<bool, Failure> {
    let Some(entry) = entries.iter().find(|entry| entry.number == number) else { return Ok(false) };
    let sensitive = is_sensitive(session, entry)?;
    let runs = entry.is_live_on(session.day);
    let asker = accounts::find(session.conn, asked_by)?.map(|account| account.organisation);
    let (owner, service) = (entry.organisation, entry.service);
    let by_agreement = asker.is_some_and(|asker| permit.visibility().is_withheld_from(asker, owner, service));
    let withheld = sensitive || shielded || by_agreement;
    Ok(runs && withheld && may_see(session, permit, shielded, sensitive, entry))
}

fn list_work(session: &mut Session<'_>) -> Result<Sealed<Vec<ShownContact>>, Failure> {
    if let Err(refusal) = policy::decide_search(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let (account, organisation) = (session.actor.account, session.actor.organisation);
    let mut listed = brokered_contacts::list_asked_by(session.conn, account, LISTED)?;
    listed.extend(brokered_contacts::list_forwarded_to(session.conn, organisation, LISTED)?);
    if session.actor.role == Role::Manager {
        let area = session.actor.area.clone();
        listed.extend(brokered_contacts::list_of_area(session.conn, &area, LISTED)?);
    }
    listed.sort_by_key(|contact| (contact.due_at, contact.id));
    listed.dedup_by_key(|contact| contact.id);
    let mut event = session.event(session.visit.action, Outcome::Disclosed);
    let mut shown = Vec::with_capacity(listed.len());
    let mut children = Vec::with_capacity(listed.len());
    for contact in listed {
        let Some(file) = files::find(session.conn, Some(contact.child), session.day)? else { continue };
        let decided = policy::decide::<ReadBrokeredContacts>(&session.actor, file.subject(), session.day);
        let Ok(permit) = decided else { continue };
        let (record, entries) = file.open(&permit)?;
        let Some(each) = show(session, &entries, contact, Some(record.index_number))? else { continue };
        let blocks = [Block::Identity];
        event = event
            .about(describe(permit.pseudonym(), permit.version(), true, permit.visibility(), &blocks))
            .on(TargetKind::BrokeredContact, each.contact.id);
        children.push(permit.child());
        shown.push(each);
    }
    let alerts = match budgets::charge_children(session, &children)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    Ok(alerts.into_iter().fold(Disclosure::with(event, shown), Disclosure::also))
}

/// A permit and the entries it was given for, or why there is none.
type Opened<A> = Result<(Permit<A>, Vec<Involvement>), Refusal>;

/// Opens a child for its requests. The log takes each for one with sensitive services, whether or not there are any.
fn open_contacts<A: Action>(session: &mut Session<'_>, child: ChildRef) -> Result<Opened<A>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (_, entries) = file.open(&permit)?;
    Ok(Ok((permit.with_sensitive_services(true), entries)))
}

fn tell<A: Action>(
    session: &mut Session<'_>,
    permit: Permit<A>,
    entries: &[Involvement],
    id: ContactId,
    outcome: Outcome,
) -> Result<Sealed<ShownContact>, Failure> {
    let listed = brokered_contacts::list_of(session.conn, permit.child())?;
    let shown = match listed.into_iter().find(|contact| contact.id == id) {
        Some(contact) => show(session, entries, contact, None)?,
        None => None,
    };
    let Some(shown) = shown else { return Ok(session.refuse(Refusal::NotFound)) };
    let said = Criteria::new().with("part", shown.part.code()).with("state", shown.contact.state.code());
    let event = session.event(session.visit.action, outcome).on(TargetKind::BrokeredContact, id).asking(said);
    Ok(Disclosure::under(permit, &[Block::Identity], event, shown))
}

/// What the caller is to a request; nothing where it does not exist for them. Nobody brokers what they asked
/// themselves, and no partner system brokers or answers for anybody.
fn part_of(session: &Session<'_>, entries: &[Involvement], contact: &BrokeredContact) -> Option<ContactPart> {
    let actor = &session.actor;
    if contact.asked_by == actor.account {
        return Some(ContactPart::Asker);
    }
    if actor.through.is_some() {
        return None;
    }
    if actor.role == Role::Manager && actor.area == contact.area {
        return Some(ContactPart::Broker);
    }
    let forwarded = entries.iter().find(|entry| Some(entry.number) == contact.entry)?;
    // An entry whose consent was withdrawn or has lapsed exists for nobody, and an answered request is its team's no longer.
    let theirs = forwarded.organisation == actor.organisation && forwarded.may_be_told_on(session.day);
    (theirs && forwarded.is_live_on(session.day) && contact.closed_at.is_none()).then_some(ContactPart::Provider)
}

fn show(
    session: &mut Session<'_>,
    entries: &[Involvement],
    mut contact: BrokeredContact,
    child: Option<IndexNumber>,
) -> Result<Option<ShownContact>, Failure> {
    let Some(part) = part_of(session, entries, &contact) else { return Ok(None) };
    let is_mine = contact.manager == Some(session.actor.account);
    let overdue = contact.is_overdue(session.now);
    let inside =
        part == ContactPart::Provider || (part == ContactPart::Broker && is_mine && contact.closed_at.is_none());
    let untold = |number: i32| entries.iter().any(|entry| entry.number == number && !entry.may_be_told_on(session.day));
    if !inside || contact.entry.is_some_and(untold) {
        contact.entry = None;
        contact.decline_reason = None;
    }
    if part == ContactPart::Asker && contact.closed_at.is_none() {
        contact.state = ContactState::Asked;
    }
    let asker = match part {
        ContactPart::Asker => None,
        ContactPart::Broker | ContactPart::Provider => asker_of(session, contact.asked_by)?,
    };
    let broker = if part == ContactPart::Asker { broker(session)? } else { None };
    Ok(Some(ShownContact { contact, child, part, is_mine, overdue, asker, broker }))
}

fn asker_of(session: &mut Session<'_>, id: AccountId) -> Result<Option<Asker>, Failure> {
    let Some(account) = accounts::find(session.conn, id)? else { return Ok(None) };
    let directory = organisations::directory(session.conn, &[account.organisation], &[], &[])?;
    let Some(organisation) = directory.organisations.get(&account.organisation) else { return Ok(None) };
    let mut routes = organisation.routes.clone();
    order_for(session.now, &mut routes);
    Ok(Some(Asker {
        name: account.name,
        organisation: account.organisation,
        organisation_name: organisation.name.clone(),
        routes,
    }))
}
