//! Recording what came of a pregnancy. A birth keeps the number and everybody involved; of twins the first keeps the
//! number and the others get records with the same history; without a live birth the record closes and goes early.

use chrono::NaiveDate;

use super::children::{ParsedIdentifier, open};
use super::index::Answer;
use super::registrations::{give_handle, resolve_all, shown_lookalikes, tell_lookalikes};
use super::replays::{self, IdempotencyKey};
use super::searches::FoundChild;
use super::{Failure, Index, Session, recognition};
use crate::domain::assessments::Assessment;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::{ChildShown, Criteria, Pseudonym};
use crate::domain::births::{BirthOutcome, goes_on, wrong_birth_date};
use crate::domain::children::{AddressState, Child, ChildStatus, Name, OtherName, OtherNameKind, Publication};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::{ChildRef, Handle};
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::Involvement;
use crate::domain::mothers::Mother;
use crate::domain::policy::{
    self, Block, CaseKind, Conflict, OpenCase, Permit, RecordBirth, Refusal, Violation, may_record_birth,
};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::recorder::Kind;
use crate::store::transactions::write_tx;
use crate::store::{assessments, cases, child_teams, children, involvements, mothers, purges};

/// A child that was born.
#[derive(Debug, Clone, PartialEq)]
pub struct Newborn {
    /// The name; the provisional one stays where nobody has given another.
    pub name: Option<Name>,
    /// Sex; unknown where absent.
    pub sex: Option<Sex>,
    /// Numbers given at birth.
    pub identifiers: Vec<ParsedIdentifier>,
}

/// What came of a pregnancy, as it is told.
#[derive(Debug, Clone, PartialEq)]
pub enum ToldBirth {
    /// One child or several were born alive.
    Live {
        /// The day.
        born_on: NaiveDate,
        /// The children, in the order of birth.
        children: Vec<Newborn>,
        /// Children the caller has been told of and says that none of these is.
        not_same_as: Vec<ChildRef>,
    },
    /// There was no live birth.
    None,
}

/// What came of the record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordedBirth {
    /// A record for each child; the first is the one that was there before the birth.
    Live(Vec<(IndexNumber, Handle)>),
    /// The record is closed.
    Closed {
        /// From this day on nobody is shown it but the management team.
        closed_on: NaiveDate,
        /// On this day it goes from every table.
        goes_on: NaiveDate,
    },
    /// A child seems to be registered already as one of these; record it again with `not_same_as` if it is not.
    Lookalikes(Vec<FoundChild>),
}

/// Records what came of a pregnancy.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn record_birth(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    told: ToldBirth,
    key: Option<IdempotencyKey>,
) -> Result<Answer<RecordedBirth>, Failure> {
    index.change(visit, move |session| record(session, child, told, key.as_ref())).await
}

fn record(
    session: &mut Session<'_>,
    child: ChildRef,
    told: ToldBirth,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<RecordedBirth>, Failure> {
    match replays::find(session, key)? {
        Ok(Some(earlier)) => return replay(session, child, earlier.reference.as_deref().unwrap_or_default()),
        Ok(None) => {}
        Err(refusal) => return Ok(session.refuse(refusal)),
    }
    let (file, permit) = match open::<RecordBirth>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_record_birth(&session.actor, file.subject()) {
        return Ok(session.refuse(refusal));
    }
    let cases = file.subject().cases.clone();
    let assessments = file.assessments(&permit)?.to_vec();
    let (record, entries) = file.open(&permit)?;
    if record.status != ChildStatus::Unborn {
        return Ok(session.refuse(Refusal::Conflict(Conflict::Born)));
    }
    let before = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    match told {
        ToldBirth::None => close(session, permit, before, key),
        ToldBirth::Live { born_on, children, not_same_as } => {
            if let Some(message) = wrong_birth_date(born_on, before.record.expected_on, session.day) {
                let violation = Violation { pointer: "/date_of_birth", message };
                return Ok(session.refuse(Refusal::Invalid(violation)));
            }
            let excluded = resolve_all(session, &not_same_as)?;
            let mother = mothers::find(session.conn, &permit)?;
            let pregnancy = Pregnancy { permit, before, mother, entries, assessments, cases };
            bear(session, pregnancy, born_on, children, &excluded, key)
        }
    }
}

/// Everything that stands around an unborn child.
struct Pregnancy {
    permit: Permit<RecordBirth>,
    before: Child,
    mother: Option<Mother>,
    entries: Vec<Involvement>,
    assessments: Vec<Assessment>,
    cases: Vec<OpenCase>,
}

/// The same request again: the records it made, as far as the caller may still see them.
fn replay(session: &mut Session<'_>, child: ChildRef, reference: &str) -> Result<Sealed<RecordedBirth>, Failure> {
    if let Some(closed_on) = reference.strip_prefix("closed ").and_then(|day| day.parse().ok()) {
        let event = session.event(session.visit.action, Outcome::Unchanged);
        return Ok(Disclosure::with(event, RecordedBirth::Closed { closed_on, goes_on: goes_on(closed_on) }));
    }
    let mut event = session.event(session.visit.action, Outcome::Unchanged);
    let mut born = Vec::new();
    // The key is the account's and the operation's; the child in the path must be the one it was sent for.
    let first = super::children::resolve(session, child)?;
    for number in reference.split(' ').filter_map(|number| IndexNumber::parse(number).ok()) {
        let (_, permit) = match open::<policy::ReadChild>(session, ChildRef::Number(number))? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(session.refuse(refusal)),
        };
        if born.is_empty() && first != Some(permit.child()) {
            return Ok(session.refuse(Refusal::KeyReused));
        }
        let identity = [Block::Identity];
        let told = describe(permit.pseudonym(), permit.version(), permit.is_delicate(), permit.visibility(), &identity);
        event = event.about(told);
        born.push((number, give_handle(session, permit.child())?));
    }
    Ok(Disclosure::with(event, RecordedBirth::Live(born)))
}

/// Makes records of the children that were born, unless one of them seems to be here already.
fn bear(
    session: &mut Session<'_>,
    pregnancy: Pregnancy,
    born_on: NaiveDate,
    newborns: Vec<Newborn>,
    excluded: &[ChildId],
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<RecordedBirth>, Failure> {
    let search = match policy::decide_search(&session.actor) {
        Ok(search) => search,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let secret = session.settings.keys;
    let mut born = Vec::with_capacity(newborns.len());
    for newborn in newborns {
        let child = as_born(session, &pregnancy.before, born_on, newborn);
        let lookalikes = recognition::find_lookalikes(session.conn, &secret, &child, session.day)?;
        let told = shown_lookalikes(session, &search, &lookalikes, excluded);
        if !told.is_empty() {
            return tell_lookalikes(session, told, RecordedBirth::Lookalikes);
        }
        let waits = recognition::must_wait(session, &child, &lookalikes)?;
        born.push((child, waits));
    }
    let mut event = session.event(session.visit.action, Outcome::Changed);
    let mut numbers = Vec::with_capacity(born.len());
    for (position, (mut child, waits)) in born.into_iter().enumerate() {
        // Whoever could not be told from a hidden child, or lives with one, waits for a person.
        let is_shown = child.record.shield.is_none() && child.record.publication == Publication::Published;
        let held = waits && is_shown;
        if held {
            child.record.publication = Publication::Provisional;
        }
        let pseudonym = if position == 0 {
            keep(session, &pregnancy, &child)?;
            pregnancy.permit.pseudonym()
        } else {
            add_twin(session, &pregnancy, &mut child)?
        };
        let id = child.record.id;
        if held {
            cases::open(session.conn, id, CaseKind::Review, &child.record.area, None, session.now)?;
        }
        let delicate = held || child.record.shield.is_some();
        let told = ChildShown::new(pseudonym).shown([Block::Identity.code()]).at_version(child.record.version);
        event = event.about(told.protected(delicate));
        numbers.push((child.record.index_number, give_handle(session, id)?));
    }
    let reference: Vec<String> = numbers.iter().map(|(number, _)| number.compact()).collect();
    replays::remember(session, key, BirthOutcome::LiveBirth.code(), Some(reference.join(" ")))?;
    let event = event.asking(Criteria::new().with("outcome", BirthOutcome::LiveBirth.code()));
    Ok(Disclosure::with(event, RecordedBirth::Live(numbers)))
}

/// The record of a child that was born: the one before the birth, with what is known now.
fn as_born(session: &Session<'_>, before: &Child, born_on: NaiveDate, newborn: Newborn) -> Child {
    let mut child = before.clone();
    let record = &mut child.record;
    let mine = session.actor.organisation;
    if let Some(name) = newborn.name.filter(|name| *name != record.name) {
        let provisional = std::mem::replace(&mut record.name, name);
        if !provisional.given.is_empty() {
            child.other_names.push(OtherName {
                kind: OtherNameKind::Former,
                name: provisional,
                supplied_by: record.supplied_by,
            });
        }
    }
    record.status = ChildStatus::Active;
    record.date_of_birth = Some(born_on);
    record.expected_on = None;
    record.sex = newborn.sex.unwrap_or(record.sex);
    record.version = record.version.saturating_add(1);
    record.updated_at = session.now;
    child.identifiers.extend(newborn.identifiers.into_iter().map(|each| each.supplied_by(mine)));
    child
}

/// The first child keeps the record, its number and its involvements.
fn keep(session: &mut Session<'_>, pregnancy: &Pregnancy, child: &Child) -> Result<(), Failure> {
    let secret = session.settings.keys;
    children::update(session.conn, &pregnancy.permit, child)?;
    recognition::rekey(session.conn, &secret, Some(&pregnancy.before), child)
}

/// A further child gets a number of its own and everything else that the first one has: the mother, who is involved,
/// what is assessed, what was settled of the team, and what the management team has open.
fn add_twin(session: &mut Session<'_>, pregnancy: &Pregnancy, child: &mut Child) -> Result<Pseudonym, Failure> {
    let secret = session.settings.keys;
    let record = &mut child.record;
    record.id = children::next_id(session.conn)?;
    record.index_number = IndexNumber::from_random_bits(rand::random());
    record.source_key = None;
    record.version = 1;
    record.created_at = session.now;
    let pseudonym = Pseudonym(rand::random());
    children::insert(session.conn, child, pseudonym)?;
    recognition::rekey(session.conn, &secret, None, child)?;
    mothers::replace(session.conn, &secret, child.record.id, pregnancy.mother.as_ref())?;
    involvements::insert_copies(session.conn, &pregnancy.permit, &pregnancy.entries, child.record.id)?;
    assessments::insert_copies(session.conn, &pregnancy.permit, &pregnancy.assessments, child.record.id)?;
    child_teams::insert_copy(session.conn, &pregnancy.permit, child.record.id)?;
    for case in &pregnancy.cases {
        let OpenCase { kind, manager } = case;
        cases::open(session.conn, child.record.id, *kind, &child.record.area, *manager, session.now)?;
    }
    Ok(pseudonym)
}

/// Closes the record: what the family could be found or reached by goes now, the rest in four weeks.
fn close(
    session: &mut Session<'_>,
    permit: Permit<RecordBirth>,
    before: Child,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<RecordedBirth>, Failure> {
    let secret = session.settings.keys;
    let closed_on = session.day;
    let goes_on = goes_on(closed_on);
    let mut record = before.record.clone();
    record.status = ChildStatus::Archived;
    record.closed_on = Some(closed_on);
    record.address.state = AddressState::NoneKnown;
    record.address.intent = None;
    record.address.lines = Vec::new();
    record.address.postcode = None;
    record.version = record.version.saturating_add(1);
    record.updated_at = session.now;
    let closed = Child { record, other_names: Vec::new(), carers: Vec::new(), identifiers: Vec::new() };
    children::update(session.conn, &permit, &closed)?;
    recognition::forget_keys(session.conn, &secret, &before)?;
    mothers::replace(session.conn, &secret, permit.child(), None)?;
    purges::insert(session.conn, permit.child(), goes_on)?;
    replays::remember(session, key, BirthOutcome::NoLiveBirth.code(), Some(format!("closed {closed_on}")))?;
    let event = session
        .event(session.visit.action, Outcome::Changed)
        .asking(Criteria::new().with("outcome", BirthOutcome::NoLiveBirth.code()));
    Ok(Disclosure::under(permit, &[Block::Identity], event, RecordedBirth::Closed { closed_on, goes_on }))
}

/// Records purged at a time.
const PURGED_AT_ONCE: u16 = 100;

impl Index {
    /// Purges records whose day has come, one event each, and says how many.
    ///
    /// # Errors
    /// As [`Index::change`]: what cannot be recorded is not purged.
    pub async fn purge_due(&self) -> Result<usize, Failure> {
        let (now, day) = (self.now(), self.now().day());
        let due = self.prepare(move |conn, _| Ok(purges::list_due(conn, day, PURGED_AT_ONCE)?)).await?;
        let count = due.len();
        for (child, pseudonym) in due {
            let event = Event::new(AuditAction::ChildPurge, Outcome::Done, now.to_utc())
                .by(Caller::of("serve"))
                .about(ChildShown::new(pseudonym));
            self.recorder()
                .record::<_, Failure, _>(Kind::Change, move |conn| {
                    write_tx(conn, |conn| purges::purge(conn, child))?;
                    Ok(Disclosure::with(event, ()))
                })
                .await?;
        }
        Ok(count)
    }
}
