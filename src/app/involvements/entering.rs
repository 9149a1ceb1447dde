//! Registering an involvement.

use chrono::NaiveDate;

use super::changing::own_entry;
use super::consents::release_lapsed_lead;
use super::showing::{ShownInvolvement, directory_of, group_of, tell};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::numbers::free_number;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session, leads};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::ids::{OrganisationId, PractitionerId, TeamId};
use crate::domain::involvements::{Ground, Involvement, LeadKind};
use crate::domain::policy::{Conflict, Permit, Refusal, RegisterInvolvement, Violation, may_change_entry};
use crate::domain::routes::Route;
use crate::domain::services::{Service, ServiceGroup};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{involvements, organisations, practitioners, teams};

/// A practitioner as an entry names them.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedPractitioner {
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// How to reach them; empty leaves what is registered.
    pub routes: Vec<Route>,
}

/// An involvement to register.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInvolvement {
    /// The service.
    pub service: Service,
    /// The organisation; the caller's own where absent.
    pub organisation: Option<OrganisationId>,
    /// The team.
    pub team: Option<TeamId>,
    /// The practitioner.
    pub practitioner: Option<NamedPractitioner>,
    /// The first day.
    pub started_on: NaiveDate,
    /// Marks the lead professional of a kind.
    pub lead: Option<LeadKind>,
    /// The ground, for a sensitive service.
    pub ground: Option<Ground>,
}

/// Registers an involvement.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn register_involvement(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    new: NewInvolvement,
    key: Option<IdempotencyKey>,
) -> Result<Answer<ShownInvolvement>, Failure> {
    index.change(visit, move |session| register(session, child, new, key.as_ref())).await
}

fn register(
    session: &mut Session<'_>,
    child: ChildRef,
    new: NewInvolvement,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<ShownInvolvement>, Failure> {
    let (file, permit) = match open::<RegisterInvolvement>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let owner = new.organisation.unwrap_or(session.actor.organisation);
    if let Err(refusal) = may_change_entry(&session.actor, file.subject(), owner) {
        return Ok(session.refuse(refusal));
    }
    let earlier = match replays::find(session, key)? {
        Ok(earlier) => earlier.and_then(|replay| replay.reference),
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let subject = file.subject().clone();
    let (record, entries) = file.open(&permit)?;
    if let Some(reference) = earlier {
        // Decided anew: the account may be of another organisation by now, and the child shielded.
        let number = reference.parse().unwrap_or_default();
        return match own_entry(session, &permit, &subject, &record, &entries, number)? {
            Ok(entry) => tell(session, permit, &entry, Outcome::Unchanged),
            Err(refusal) => Ok(session.refuse(refusal)),
        };
    }
    let entry = match prepare(session, &permit, &record, &entries, owner, new)? {
        Ok(entry) => entry,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    release_lapsed_lead(session, &permit, &entries, entry.lead)?;
    match involvements::insert(session.conn, &permit, &entry) {
        Ok(()) => {}
        Err(StoreError::Conflict("involvement_lead")) => {
            return Ok(session.refuse(Refusal::Conflict(Conflict::LeadProfessional)));
        }
        Err(error) => return Err(error.into()),
    }
    leads::begin(session, &permit, &entry)?;
    replays::remember(session, key, "registered", Some(entry.number.to_string()))?;
    // Shown as it will be read: with the entry in place its organisation has more to see of it.
    match open::<RegisterInvolvement>(session, child)? {
        Ok((_, permit)) => tell(session, permit, &entry, Outcome::Changed),
        Err(refusal) => Ok(session.refuse(refusal)),
    }
}

/// Makes the entry to insert, or says what is wrong with it.
fn prepare(
    session: &mut Session<'_>,
    permit: &Permit<RegisterInvolvement>,
    record: &ChildRecord,
    entries: &[Involvement],
    owner: OrganisationId,
    new: NewInvolvement,
) -> Result<Result<Involvement, Refusal>, Failure> {
    if let Some(violation) = wrong_dates(session, record, new.started_on, None) {
        return Ok(Err(Refusal::Invalid(violation)));
    }
    if organisations::find(session.conn, owner)?.is_none() {
        return Ok(Err(invalid("/organisation", "is not registered here")));
    }
    if let Some(team) = new.team
        && teams::find(session.conn, team)?.is_none_or(|team| team.organisation != owner)
    {
        return Ok(Err(invalid("/team", "is not a team of that organisation")));
    }
    let practitioner = match &new.practitioner {
        Some(person) => Some(register_practitioner(session, owner, person)?),
        None => None,
    };
    let entry = Involvement {
        child: permit.child(),
        number: free_number(entries.iter().map(|entry| entry.number)),
        service: new.service,
        organisation: owner,
        team: new.team,
        practitioner,
        started_on: new.started_on,
        ended_on: None,
        last_confirmed_at: session.now,
        lead: new.lead,
        ground: new.ground,
        withdrawn_at: None,
        // A system's entry is its organisation's feed; a person's is their own, and widens nothing for them.
        entered_by: (!session.actor.is_machine()).then_some(session.actor.account),
        entered_under_shield: record.shield.is_some(),
        version: 1,
        created_at: session.now,
    };
    let same = |other: &&Involvement| {
        (other.service, other.organisation, other.team, other.practitioner)
            == (entry.service, entry.organisation, entry.team, entry.practitioner)
    };
    if entries.iter().filter(same).any(|other| other.ended_on.is_none() && other.withdrawn_at.is_none()) {
        return Ok(Err(Refusal::Conflict(Conflict::Registered)));
    }
    let directory = directory_of(session, std::slice::from_ref(&entry))?;
    let sensitive = group_of(session, &directory, &entry) == ServiceGroup::Sensitive;
    Ok(match (sensitive, entry.ground) {
        (true, None) => Err(invalid("/ground", "a sensitive service needs consent or suspected significant harm")),
        (false, Some(_)) => Err(invalid("/ground", "belongs to sensitive services only; leave it out")),
        _ => Ok(entry),
    })
}

pub(super) fn invalid(pointer: &'static str, message: &'static str) -> Refusal {
    Refusal::Invalid(Violation { pointer, message })
}

/// Dates must be consistent with one another and with the child's.
pub(in crate::app) fn wrong_dates(
    session: &Session<'_>,
    record: &ChildRecord,
    started_on: NaiveDate,
    ended_on: Option<NaiveDate>,
) -> Option<Violation> {
    let wrong = |pointer, message| Some(Violation { pointer, message });
    let year = chrono::Days::new(366);
    if session.day.checked_add_days(year).is_some_and(|latest| started_on > latest) {
        return wrong("/started_on", "lies more than a year ahead");
    }
    // Maternity services are involved before the birth.
    let earliest = record.date_of_birth.or(record.expected_on).and_then(|born| born.checked_sub_days(year));
    if earliest.is_some_and(|earliest| started_on < earliest) {
        return wrong("/started_on", "lies more than a year before the child's birth");
    }
    match ended_on {
        Some(ended) if ended < started_on => wrong("/ended_on", "lies before the start"),
        Some(ended) if ended > session.day => wrong("/ended_on", "lies in the future"),
        _ => None,
    }
}

pub(in crate::app) fn register_practitioner(
    session: &mut Session<'_>,
    owner: OrganisationId,
    person: &NamedPractitioner,
) -> Result<PractitionerId, Failure> {
    let known = practitioners::find_or_insert(session.conn, owner, &person.name, &person.job_title)?;
    if !person.routes.is_empty() && known.routes != person.routes {
        practitioners::replace_routes(session.conn, known.id, &person.routes)?;
    }
    Ok(known.id)
}
