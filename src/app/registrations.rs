//! Registering a child: compared first, provisional until compared, and held where it might be a hidden child.
//!
//! The answer tells nothing of hidden children. Who seems to be the same child *as a search would show them* is told
//! (`409`). A likeness that nobody can be told of leaves the answer as it would have been and the record provisional:
//! visible to its own organisation, and waiting for a person.

use chrono::NaiveDate;

use super::children::{ParsedAddress, ParsedCarer, ParsedIdentifier, ParsedMother, ParsedOtherName};
use super::index::Answer;
use super::recognition::{self, Lookalike, MIGHT_BE_THE_SAME};
use super::replays::{self, IdempotencyKey};
use super::searches::{FoundChild, found_child};
use super::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::payloads::{ChildShown, Pseudonym};
use crate::domain::children::{Child, ChildRecord, ChildStatus, Name, Publication};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::{ChildRef, Handle};
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::mothers::Mother;
use crate::domain::policy::{self, Block, CaseKind, Conflict, Refusal, SearchPermit, Violation};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{cases, children, handles, mothers, organisations};

/// A child to register.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChild {
    /// The caller's own key for it.
    pub source_key: Option<String>,
    /// The current name.
    pub name: Name,
    /// Former names and others in use.
    pub other_names: Vec<ParsedOtherName>,
    /// Date of birth; absent for an unborn child alone.
    pub date_of_birth: Option<NaiveDate>,
    /// The expected date of delivery of an unborn child.
    pub expected_on: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// Address.
    pub address: ParsedAddress,
    /// Carers.
    pub carers: Vec<ParsedCarer>,
    /// Identifiers.
    pub identifiers: Vec<ParsedIdentifier>,
    /// The mother of an unborn child.
    pub mother: Option<ParsedMother>,
    /// Children the caller has been told of and says that this one is none of them.
    pub not_same_as: Vec<ChildRef>,
}

/// What came of a registration.
#[derive(Debug, Clone, PartialEq)]
pub enum Registration {
    /// Registered; visible to the caller's organisation at once, and to others once it has been compared.
    Provisional {
        /// The number for life.
        index_number: IndexNumber,
        /// Names the child for twelve hours, to this account alone.
        handle: Handle,
    },
    /// Held for a person, for whatever reason.
    Held,
    /// It seems to be one of these; register again with `not_same_as` if it is not.
    Lookalikes(Vec<FoundChild>),
}

/// Registers a child.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn register_child(
    index: &Index,
    visit: Visit,
    new: NewChild,
    key: Option<IdempotencyKey>,
) -> Result<Answer<Registration>, Failure> {
    index.change(visit, move |session| register(session, new, key.as_ref())).await
}

fn register(
    session: &mut Session<'_>,
    new: NewChild,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<Registration>, Failure> {
    let permit = match policy::decide_registration(&session.actor, new.date_of_birth.is_none()) {
        Ok(permit) => permit,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let charge = match budgets::charge_search(session)? {
        Ok(charge) => charge,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    match replays::find(session, key)? {
        Ok(Some(earlier)) => return replay(session, earlier.reference),
        Ok(None) => {}
        Err(refusal) => return Ok(session.refuse(refusal)),
    }
    if let Some(violation) = wrong_dates(session.day, &new) {
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    let not_same_as = new.not_same_as.clone();
    let mother = new.mother.clone().map(|mother| mother.supplied_by(session.actor.organisation));
    let child = compose(session, new)?;
    let secret = session.settings.keys;
    let lookalikes = recognition::find_lookalikes(session.conn, &secret, &child, session.day)?;
    let excluded = resolve_all(session, &not_same_as)?;
    let told = shown_lookalikes(session, &permit, &lookalikes, &excluded);
    let sealed = if told.is_empty() {
        settle(session, &permit, Newcomer { child, mother }, &lookalikes, &excluded, key)?
    } else {
        tell_lookalikes(session, told, Registration::Lookalikes)?
    };
    Ok(charge.alerts.into_iter().fold(sealed, Disclosure::also))
}

/// The same request again: what it registered, if the caller may still see it.
fn replay(session: &mut Session<'_>, reference: Option<String>) -> Result<Sealed<Registration>, Failure> {
    let Some(number) = reference.and_then(|reference| IndexNumber::parse(&reference).ok()) else {
        let event = session.event(AuditAction::ChildRegister, Outcome::Unchanged);
        return Ok(Disclosure::with(event, Registration::Held));
    };
    let opened = super::children::open::<policy::ReadChild>(session, ChildRef::Number(number))?;
    let permit = match opened {
        Ok((_, permit)) => permit,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let handle = give_handle(session, permit.child())?;
    let event = session.event(AuditAction::ChildRegister, Outcome::Unchanged);
    Ok(Disclosure::under(permit, &[Block::Identity], event, Registration::Provisional { index_number: number, handle }))
}

/// The record as it would be stored, provisional.
fn compose(session: &mut Session<'_>, new: NewChild) -> Result<Child, Failure> {
    let mine = session.actor.organisation;
    let area = organisations::find(session.conn, mine)?.map_or(session.actor.area.clone(), |own| own.area);
    let record = ChildRecord {
        id: children::next_id(session.conn)?,
        index_number: IndexNumber::from_random_bits(rand::random()),
        status: if new.date_of_birth.is_some() { ChildStatus::Active } else { ChildStatus::Unborn },
        publication: Publication::Provisional,
        supplied_by: mine,
        source_key: new.source_key,
        area,
        name: new.name,
        date_of_birth: new.date_of_birth,
        expected_on: new.expected_on,
        died_on: None,
        stays_until: None,
        sex: new.sex,
        address: new.address.supplied_by(mine),
        shield: None,
        closed_on: None,
        merged_into: None,
        version: 1,
        created_at: session.now,
        updated_at: session.now,
    };
    Ok(Child {
        record,
        other_names: new.other_names.into_iter().map(|name| name.supplied_by(mine)).collect(),
        carers: new.carers.into_iter().map(|carer| carer.supplied_by(mine)).collect(),
        identifiers: new.identifiers.into_iter().map(|each| each.supplied_by(mine)).collect(),
    })
}

fn wrong_dates(day: NaiveDate, new: &NewChild) -> Option<Violation> {
    let wrong = |pointer, message| Some(Violation { pointer, message });
    match (new.date_of_birth, new.expected_on) {
        (None, None) => wrong("/date_of_birth", "is needed, or expected_on for an unborn child"),
        (Some(_), Some(_)) => wrong("/expected_on", "belongs to an unborn child only; leave it out"),
        (Some(_), None) if new.mother.is_some() => {
            wrong("/mother", "is recorded before birth only; name her as a carer")
        }
        (Some(born), None) if born > day => wrong("/date_of_birth", "lies in the future; use expected_on before birth"),
        (Some(born), None) if crate::domain::instants::whole_years(born, day).is_some_and(|age| age >= 25) => {
            wrong("/date_of_birth", "lies 25 years or more ago; this is an index of children")
        }
        (None, Some(due)) => wrong_due_date(day, due),
        _ => None,
    }
}

/// An expected date of delivery is near.
pub(super) fn wrong_due_date(day: NaiveDate, due: NaiveDate) -> Option<Violation> {
    let wrong = |message| Some(Violation { pointer: "/expected_on", message });
    if due < day.checked_sub_days(chrono::Days::new(60)).unwrap_or(day) {
        return wrong("lies more than 60 days in the past; register the birth");
    }
    if due > day.checked_add_days(chrono::Days::new(300)).unwrap_or(day) {
        return wrong("lies more than 300 days ahead");
    }
    None
}

pub(super) fn resolve_all(session: &mut Session<'_>, refs: &[ChildRef]) -> Result<Vec<ChildId>, Failure> {
    let mut ids = Vec::with_capacity(refs.len());
    for each in refs {
        ids.extend(super::children::resolve(session, *each)?);
    }
    Ok(ids)
}

pub(super) type Told = Vec<(ChildId, ChildShown, FoundChild)>;

/// The lookalikes that a search would show this caller and that have not been excluded.
pub(super) fn shown_lookalikes(
    session: &Session<'_>,
    permit: &SearchPermit,
    lookalikes: &[Lookalike],
    excluded: &[ChildId],
) -> Told {
    let seen = lookalikes.iter().filter(|each| recognition::is_seen_as_same(each));
    let open = seen.filter(|each| !excluded.contains(&recognition::id_of(each)));
    open.filter_map(|each| {
        let (record, visibility) = each.candidate.open(permit, session.day)?;
        let subject = each.candidate.subject();
        let told = describe(subject.pseudonym, subject.version, subject.shielded, &visibility, &[Block::Identity]);
        Some((subject.child, told, found_child(record, subject, each.visibly)))
    })
    .take(crate::domain::matching::SearchQuery::DEFAULT_LIMIT)
    .collect()
}

/// Answers with the children it seems to be; nothing is registered.
pub(super) fn tell_lookalikes<T>(
    session: &mut Session<'_>,
    told: Told,
    answer_with: fn(Vec<FoundChild>) -> T,
) -> Result<Sealed<T>, Failure> {
    let ids: Vec<ChildId> = told.iter().map(|(child, ..)| *child).collect();
    let alerts = match budgets::charge_children(session, &ids)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let answer: [u8; 16] = rand::random();
    handles::insert(session.conn, answer, session.actor.account, &ids, session.now)?;
    let mut event = session.event(session.visit.action, Outcome::Conflict);
    let mut found = Vec::with_capacity(told.len());
    for (position, (_, shown, mut child)) in (0_u8..).zip(told) {
        child.handle = Handle { answer, position };
        event = event.about(shown);
        found.push(child);
    }
    let sealed = Disclosure::with(event, answer_with(found));
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// A record on its way in.
struct Newcomer {
    child: Child,
    mother: Option<Mother>,
}

/// Stores the record and decides whether it is published, waits, or is held.
fn settle(
    session: &mut Session<'_>,
    permit: &SearchPermit,
    newcomer: Newcomer,
    lookalikes: &[Lookalike],
    excluded: &[ChildId],
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<Registration>, Failure> {
    let Newcomer { mut child, mother } = newcomer;
    let doubtful = lookalikes.iter().any(|each| {
        let shown = each.candidate.open(permit, session.day).is_some() && each.candidate.subject().is_public();
        shown && each.visibly >= MIGHT_BE_THE_SAME && !excluded.contains(&recognition::id_of(each))
    });
    let waits = recognition::must_wait(session, &child, lookalikes)?;
    child.record.publication = match (doubtful, waits) {
        (true, _) => Publication::Held,
        (false, true) => Publication::Provisional,
        (false, false) => Publication::Published,
    };
    let pseudonym = Pseudonym(rand::random());
    match children::insert(session.conn, &child, pseudonym) {
        Ok(()) => {}
        Err(StoreError::Conflict("child_source")) => {
            return Ok(session.refuse(Refusal::Conflict(Conflict::SourceKey)));
        }
        Err(error) => return Err(error.into()),
    }
    let secret = session.settings.keys;
    recognition::rekey(session.conn, &secret, None, &child)?;
    if mother.is_some() {
        mothers::replace(session.conn, &secret, child.record.id, mother.as_ref())?;
    }
    if doubtful || waits {
        cases::open(session.conn, child.record.id, CaseKind::Review, &child.record.area, None, session.now)?;
    }
    let told = ChildShown::new(pseudonym).shown([Block::Identity.code()]).at_version(1).protected(waits);
    if doubtful {
        replays::remember(session, key, "held", None)?;
        let event = session.event(AuditAction::ChildRegister, Outcome::Held).about(told);
        return Ok(Disclosure::with(event, Registration::Held));
    }
    let index_number = child.record.index_number;
    replays::remember(session, key, "registered", Some(index_number.compact()))?;
    let handle = give_handle(session, child.record.id)?;
    let event = session.event(AuditAction::ChildRegister, Outcome::Changed).about(told);
    Ok(Disclosure::with(event, Registration::Provisional { index_number, handle }))
}

pub(super) fn give_handle(session: &mut Session<'_>, child: ChildId) -> Result<Handle, Failure> {
    let answer: [u8; 16] = rand::random();
    handles::insert(session.conn, answer, session.actor.account, &[child], session.now)?;
    Ok(Handle { answer, position: 0 })
}
