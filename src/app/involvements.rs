//! Involvements: showing what a permit shows of them, and registering, changing, ending and confirming entries.

use std::cmp::Reverse;

use chrono::NaiveDate;

use super::Precondition;
use super::children::open;
use super::index::Answer;
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{OrganisationId, PractitionerId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::involvements::{Ground, Involvement, LeadKind};
use crate::domain::policy::{
    Action, Block, ChangeInvolvement, ConfirmInvolvement, Conflict, EndInvolvement, ListInvolvements, Permit, Refusal,
    RegisterInvolvement, Subject, Violation, may_change_entry,
};
use crate::domain::routes::{Route, order_for};
use crate::domain::services::{Freshness, Sensitivity, Service, ServiceGroup};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::organisations::{self, Directory};
use crate::store::{involvements, practitioners, teams};

/// An involvement as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownInvolvement {
    /// Its number within the child.
    pub number: i32,
    /// The service.
    pub service: Service,
    /// Universal, additional or sensitive: the highest of service, organisation and team.
    pub group: ServiceGroup,
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
    /// Marks the lead professional of a kind.
    pub lead: Option<LeadKind>,
    /// The first day.
    pub started_on: NaiveDate,
    /// The last day.
    pub ended_on: Option<NaiveDate>,
    /// Whether it runs today.
    pub is_live: bool,
    /// When somebody last said that it is still right.
    pub last_confirmed_at: Instant,
    /// How much that is worth today.
    pub freshness: Freshness,
    /// The ground of a sensitive entry, for those who may see grounds.
    pub ground: Option<Ground>,
}

/// What a permit shows of a child's involvements.
pub(super) struct Seen {
    /// Those that may be shown: the lead first, then what runs, then the most specialised.
    pub involvements: Vec<ShownInvolvement>,
    /// Whether any running one is sensitive, shown or not.
    pub any_sensitive: bool,
    /// Whether any running sensitive one is not shown.
    pub sensitive_withheld: bool,
}

/// Lists a child's involvements.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_involvements(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownInvolvement>>, Failure> {
    index
        .disclose(visit, move |session| {
            let (file, permit) = match open::<ListInvolvements>(session, child)? {
                Ok(opened) => opened,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let alerts = match budgets::charge_children(session, &[permit.child()])? {
                Ok(charge) => charge.alerts,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let (record, entries) = file.open(&permit)?;
            let seen = show_all(session, &permit, record.shield.is_some(), &entries)?;
            let permit = permit.with_sensitive_services(seen.any_sensitive);
            let event = session.event(session.visit.action, Outcome::Disclosed);
            let sealed = Disclosure::under(permit, &[Block::Involvements, Block::Sensitive], event, seen.involvements);
            Ok(alerts.into_iter().fold(sealed, Disclosure::also))
        })
        .await
}

/// Shows what `permit` shows of a child's involvements. Hidden entries cost the same as shown ones.
pub(super) fn show_all<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    entries: &[Involvement],
) -> Result<Seen, Failure> {
    let directory = directory_of(session, entries)?;
    let mut seen =
        Seen { involvements: Vec::with_capacity(entries.len()), any_sensitive: false, sensitive_withheld: false };
    for entry in entries {
        let sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
        let tells = entry.withdrawn_at.is_none() && entry.is_live_on(session.day);
        seen.any_sensitive |= sensitive && tells;
        if is_shown(session, permit, shielded, sensitive, entry) {
            seen.involvements.push(show(session, permit, &directory, entry));
        } else {
            seen.sensitive_withheld |= sensitive && tells;
        }
    }
    seen.involvements.sort_by_key(|each| {
        (!each.is_live, each.lead.map(Reverse).is_none(), Reverse(each.lead), Reverse(each.service.tier()), each.number)
    });
    Ok(seen)
}

fn directory_of(session: &mut Session<'_>, entries: &[Involvement]) -> Result<Directory, Failure> {
    let mut owners: Vec<OrganisationId> = entries.iter().map(|entry| entry.organisation).collect();
    let mut teams: Vec<TeamId> = entries.iter().filter_map(|entry| entry.team).collect();
    let mut people: Vec<PractitionerId> = entries.iter().filter_map(|entry| entry.practitioner).collect();
    owners.sort_unstable();
    owners.dedup();
    teams.sort_unstable();
    teams.dedup();
    people.sort_unstable();
    people.dedup();
    Ok(organisations::directory(session.conn, &owners, &teams, &people)?)
}

/// The group of an entry; one whose organisation or team cannot be read counts as sensitive.
fn group_of(session: &Session<'_>, directory: &Directory, entry: &Involvement) -> ServiceGroup {
    let policy = &session.settings.sensitivity;
    let Some(organisation) = directory.organisations.get(&entry.organisation) else { return ServiceGroup::Sensitive };
    let organisation = policy.of_organisation(organisation.kind, Sensitivity::marked(organisation.sensitive));
    let team = entry.team.map(|team| {
        let marked = directory.teams.get(&team).is_none_or(|team| team.sensitive);
        Sensitivity::marked(marked)
    });
    policy.group_of_involvement(entry.service, organisation, team)
}

fn is_shown<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    sensitive: bool,
    entry: &Involvement,
) -> bool {
    let own = entry.organisation == session.actor.organisation;
    // Withdrawal of consent removes visibility at once, for everybody.
    if entry.withdrawn_at.is_some() {
        return false;
    }
    // What was entered under a shield stays hidden after it until its owner confirms it.
    if entry.entered_under_shield && !shielded && !own {
        return false;
    }
    let forgotten = session.day.checked_sub_days(chrono::Days::new(session.settings.ended_visible_days));
    if !own && entry.ended_on.is_some_and(|ended| forgotten.is_some_and(|day| ended < day)) {
        return false;
    }
    let block = if sensitive { Block::Sensitive } else { Block::Involvements };
    permit.visibility().shows(block, entry.organisation)
}

fn show<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    directory: &Directory,
    entry: &Involvement,
) -> ShownInvolvement {
    let organisation = directory.organisations.get(&entry.organisation);
    let team = entry.team.and_then(|team| directory.teams.get(&team));
    let practitioner = entry.practitioner.and_then(|practitioner| directory.practitioners.get(&practitioner));
    let person = practitioner.map(|practitioner| practitioner.routes.as_slice()).unwrap_or_default();
    let team_routes = team.map(|team| team.routes.as_slice()).unwrap_or_default();
    let desk = organisation.map(|organisation| organisation.routes.as_slice()).unwrap_or_default();
    let mut routes = [person, team_routes, desk].concat();
    order_for(session.now, &mut routes);
    let grounds = permit.visibility().shows(Block::Metadata, entry.organisation);
    ShownInvolvement {
        number: entry.number,
        service: entry.service,
        group: group_of(session, directory, entry),
        organisation: entry.organisation,
        organisation_name: organisation.map(|organisation| organisation.name.clone()).unwrap_or_default(),
        team_name: team.map(|team| team.name.clone()),
        practitioner: practitioner.map(|person| (person.name.clone(), person.job_title.clone())),
        routes,
        lead: entry.lead,
        started_on: entry.started_on,
        ended_on: entry.ended_on,
        is_live: entry.is_live_on(session.day),
        last_confirmed_at: entry.last_confirmed_at,
        freshness: session.settings.freshness.freshness(entry.last_confirmed_at, session.now),
        ground: entry.ground.filter(|_| grounds),
    }
}

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
    let (record, entries) = file.open(&permit)?;
    if let Some(number) = earlier {
        let entry = entries.iter().find(|entry| entry.number.to_string() == number).cloned();
        return match entry {
            Some(entry) => tell(session, permit, &entry, Outcome::Unchanged),
            None => Ok(session.refuse(Refusal::NotFound)),
        };
    }
    let entry = match prepare(session, &permit, &record, &entries, owner, new)? {
        Ok(entry) => entry,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    match involvements::insert(session.conn, &permit, &entry) {
        Ok(()) => {}
        Err(StoreError::Conflict("involvement_lead")) => {
            return Ok(session.refuse(Refusal::Conflict(Conflict::LeadProfessional)));
        }
        Err(error) => return Err(error.into()),
    }
    replays::remember(session, key, "registered", Some(entry.number.to_string()))?;
    tell(session, permit, &entry, Outcome::Changed)
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
        number: free_number(entries),
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

fn invalid(pointer: &'static str, message: &'static str) -> Refusal {
    Refusal::Invalid(Violation { pointer, message })
}

/// Dates must be consistent with one another and with the child's.
fn wrong_dates(
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

fn register_practitioner(
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

/// A number no entry of the child has; random, so that gaps count nothing.
pub(super) fn free_number(entries: &[Involvement]) -> i32 {
    loop {
        let number = rand::random_range(1..=Involvement::HIGHEST_NUMBER);
        if entries.iter().all(|entry| entry.number != number) {
            return number;
        }
    }
}

/// Answers with one entry of the caller's organisation, or of one the caller manages.
fn tell<A: Action>(
    session: &mut Session<'_>,
    permit: Permit<A>,
    entry: &Involvement,
    outcome: Outcome,
) -> Result<Sealed<ShownInvolvement>, Failure> {
    let directory = directory_of(session, std::slice::from_ref(entry))?;
    let sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
    let shown = show(session, &permit, &directory, entry);
    let event = session.event(session.visit.action, outcome).on(TargetKind::Involvement, entry.number);
    let block = if sensitive { Block::Sensitive } else { Block::Involvements };
    Ok(Disclosure::under(permit.with_sensitive_services(sensitive), &[block], event, shown))
}

/// What to do with one entry.
#[derive(Debug, Clone, PartialEq)]
pub enum EntryChange {
    /// Change what the entry says; what is absent stays.
    Change {
        /// Another team; `Some(None)` removes it.
        team: Option<Option<TeamId>>,
        /// Another practitioner; `Some(None)` removes them.
        practitioner: Option<Option<NamedPractitioner>>,
        /// Another first day.
        started_on: Option<NaiveDate>,
        /// Another mark; `Some(None)` removes it.
        lead: Option<Option<LeadKind>>,
    },
    /// End it on a day.
    End {
        /// The last day; today where absent.
        on: Option<NaiveDate>,
    },
    /// Say that it is still right.
    Confirm,
}

/// Changes, ends or confirms an entry.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_involvement(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
    change: EntryChange,
    precondition: Precondition<ShownInvolvement>,
) -> Result<Answer<ShownInvolvement>, Failure> {
    index
        .change(visit, move |session| match &change {
            EntryChange::Change { .. } => apply::<ChangeInvolvement>(session, child, number, &change, precondition),
            EntryChange::End { .. } => apply::<EndInvolvement>(session, child, number, &change, precondition),
            EntryChange::Confirm => apply::<ConfirmInvolvement>(session, child, number, &change, precondition),
        })
        .await
}

fn apply<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    change: &EntryChange,
    precondition: Precondition<ShownInvolvement>,
) -> Result<Sealed<ShownInvolvement>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let subject = file.subject().clone();
    let (record, entries) = file.open(&permit)?;
    let mut entry = match own_entry(session, &permit, &subject, &record, &entries, number)? {
        Ok(entry) => entry,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let directory = directory_of(session, std::slice::from_ref(&entry))?;
    if !precondition.holds(&show(session, &permit, &directory, &entry)) {
        return Ok(session.refuse(Refusal::Stale));
    }
    if let Err(refusal) = alter(session, &record, &mut entry, change)? {
        return Ok(session.refuse(refusal));
    }
    entry.version = entry.version.saturating_add(1);
    match involvements::update(session.conn, &permit, &entry) {
        Ok(()) => tell(session, permit, &entry, Outcome::Changed),
        Err(StoreError::Conflict("involvement_lead")) => {
            Ok(session.refuse(Refusal::Conflict(Conflict::LeadProfessional)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The entry with a number, if the caller may change it: one that is not seen does not exist.
fn own_entry<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    subject: &Subject,
    record: &ChildRecord,
    entries: &[Involvement],
    number: i32,
) -> Result<Result<Involvement, Refusal>, Failure> {
    let directory = directory_of(session, entries)?;
    let Some(entry) = entries.iter().find(|entry| entry.number == number) else { return Ok(Err(Refusal::NotFound)) };
    let sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
    // An organisation may go on keeping its own entry right even where it no longer sees it under a shield.
    let own = entry.organisation == session.actor.organisation && entry.withdrawn_at.is_none();
    if !own && !is_shown(session, permit, record.shield.is_some(), sensitive, entry) {
        return Ok(Err(Refusal::NotFound));
    }
    Ok(may_change_entry(&session.actor, subject, entry.organisation).map(|()| entry.clone()))
}

fn alter(
    session: &mut Session<'_>,
    record: &ChildRecord,
    entry: &mut Involvement,
    change: &EntryChange,
) -> Result<Result<(), Refusal>, Failure> {
    if entry.ended_on.is_some() {
        return Ok(Err(Refusal::Conflict(Conflict::Ended)));
    }
    match change {
        EntryChange::Confirm => {
            entry.last_confirmed_at = session.now;
            entry.entered_under_shield &= record.shield.is_some();
        }
        EntryChange::End { on } => entry.ended_on = Some(on.unwrap_or(session.day)),
        EntryChange::Change { team, practitioner, started_on, lead } => {
            if let Some(team) = *team {
                if let Some(team) = team
                    && teams::find(session.conn, team)?.is_none_or(|team| team.organisation != entry.organisation)
                {
                    return Ok(Err(invalid("/team", "is not a team of that organisation")));
                }
                entry.team = team;
            }
            if let Some(practitioner) = practitioner {
                entry.practitioner = match practitioner {
                    Some(person) => Some(register_practitioner(session, entry.organisation, person)?),
                    None => None,
                };
            }
            entry.started_on = started_on.unwrap_or(entry.started_on);
            entry.lead = lead.unwrap_or(entry.lead);
            entry.last_confirmed_at = session.now;
        }
    }
    let wrong = wrong_dates(session, record, entry.started_on, entry.ended_on);
    Ok(wrong.map_or(Ok(()), |violation| Err(Refusal::Invalid(violation))))
}
