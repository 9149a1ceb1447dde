//! What a draft would hide and show if it were adopted: counted, and listed child by child, each under a permit of its own.
//!
//! Looked through on a pooled connection, a batch of children at a time; those on the page are read again where it is
//! recorded that they are told.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::agreements::{about, refuse};
use super::keeping::managed;
use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::involvements::{directory_for, group_of, may_see, party_of};
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, Criteria};
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::ids::{ChildId, OrganisationId, PartnershipId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::Involvement;
use crate::domain::leads::AfterChild;
use crate::domain::partnerships::{
    Agreement, AgreementEffect, AgreementState, Audience, DefaultVisibility, Members, Partnership,
};
use crate::domain::policy::{Block, Conflict, Permit, Refusal, TryAgreement, Violation, decide, is_listed_by_area};
use crate::domain::services::{Service, ServiceGroup};
use crate::domain::visits::Visit;
use crate::store::files::{self, ChildFile};
use crate::store::organisations::Directory;
use crate::store::{agreements, partnerships};

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// As on this day; where none is given, today or the draft's first day, whichever is later.
    pub on: Option<NaiveDate>,
    /// For these readers.
    pub audience: Audience,
    /// From after this child.
    pub after: Option<AfterChild>,
    /// So many children listed at most.
    pub limit: u16,
}

/// Of how many entries of a service of an organisation something would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// The service.
    pub service: Service,
    /// Of so many nothing would be told any more.
    pub vanish: u32,
    /// Of so many no more than that there is one.
    pub become_brokered: u32,
    /// Of so many more.
    pub appear: u32,
}

/// An entry of which something would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedEntry {
    /// Its number within the child.
    pub number: i32,
    /// The service.
    pub service: Service,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// What would become of it.
    pub effect: AgreementEffect,
    /// How much is told of it today.
    pub before: DefaultVisibility,
    /// How much would be.
    pub after: DefaultVisibility,
}

/// A child of whom something would change.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedChild {
    /// Who it is.
    pub child: Identity,
    /// The entries.
    pub entries: Vec<TriedEntry>,
}

/// What a draft would do.
#[derive(Debug, Clone, PartialEq)]
pub struct DryRun {
    /// On which day.
    pub on: NaiveDate,
    /// For whom.
    pub audience: Audience,
    /// How many entries would change, by organisation and service.
    pub tallies: Vec<Tally>,
    /// Whether everybody was counted: no more than so many are looked at for one answer.
    pub complete: bool,
    /// A page of the children.
    pub children: Vec<TriedChild>,
    /// Where the next page begins.
    pub next: Option<AfterChild>,
}

/// Children that are read at once.
const BATCH: u16 = 100;
/// Children that are looked at for one answer.
const MOST_CHILDREN: usize = 5_000;

/// Tries what an agreement that is drafted would hide and show.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn dry_run_agreement(
    index: &Index,
    visit: Visit,
    (id, number): (PartnershipId, i32),
    trial: Trial,
) -> Result<Answer<DryRun>, Failure> {
    let look = move |session: &mut Session<'_>| match Plan::of(session, id, number, &trial)? {
        Ok(plan) => look_through(session, &plan, &trial),
        Err(_) => Ok(Found::default()),
    };
    let found = index.survey(visit.clone(), look).await?.unwrap_or_default();
    index.disclose(visit, move |session| tell(session, id, number, &trial, found)).await
}

/// What is compared with what.
struct Plan {
    partnership: Partnership,
    draft: Agreement,
    in_force: Option<Agreement>,
    members: Members,
    today: NaiveDate,
    on: NaiveDate,
    for_members: bool,
}

/// What was found on a pooled connection.
#[derive(Default)]
struct Found {
    tallies: Vec<Tally>,
    children: Vec<(ChildId, IndexNumber)>,
    complete: bool,
}

impl Plan {
    fn of(
        session: &mut Session<'_>,
        id: PartnershipId,
        number: i32,
        trial: &Trial,
    ) -> Result<Result<Self, Refusal>, Failure> {
        let partnership = match managed(session, id)? {
            Ok(partnership) => partnership,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let all = agreements::list(session.conn, id)?;
        let Some(draft) = all.iter().find(|agreement| agreement.number == number).cloned() else {
            return Ok(Err(Refusal::NotFound));
        };
        if draft.state != AgreementState::Draft {
            return Ok(Err(Refusal::Conflict(Conflict::OutOfOrder)));
        }
        let today = session.day;
        let on = trial.on.unwrap_or_else(|| draft.from.max(today));
        let binds = Agreement { state: AgreementState::Adopted, ..draft.clone() }.is_in_force_on(on);
        if !binds {
            let message = "must be one of the days that the agreement is for";
            return Ok(Err(Refusal::Invalid(Violation { pointer: "/on", message })));
        }
        let in_force = all.into_iter().find(|agreement| agreement.is_in_force_on(today));
        let members = agreements::read_members(session.conn, id)?;
        let for_members = trial.audience == Audience::Members;
        Ok(Ok(Self { partnership, draft, in_force, members, today, on, for_members }))
    }

    /// Every service that either agreement says something of.
    fn services(&self) -> Vec<Service> {
        let named = self.in_force.iter().chain([&self.draft]).flat_map(|agreement| &agreement.defaults);
        let mut services: Vec<Service> = named.map(|line| line.service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// How much is told of an entry today, and how much would be.
    fn compare(&self, entry: &Involvement) -> (DefaultVisibility, DefaultVisibility) {
        let told = |agreement: Option<&Agreement>, day| match agreement {
            Some(agreement) if self.members.include(entry.organisation, day) => {
                agreement.tells(entry.service, self.for_members)
            }
            _ => DefaultVisibility::Shown,
        };
        (told(self.in_force.as_ref(), self.today), told(Some(&self.draft), self.on))
    }
}

/// A child of whom something would change, what the log is told of it, and its row.
struct Listed {
    tried: TriedChild,
    told: ChildShown,
    id: ChildId,
}

fn look_through(session: &mut Session<'_>, plan: &Plan, trial: &Trial) -> Result<Found, Failure> {
    let services = plan.services();
    let so_many = usize::from(trial.limit).saturating_add(1);
    let mut tallies: BTreeMap<(String, OrganisationId, Service), [u32; 3]> = BTreeMap::new();
    let mut found = Found { complete: true, ..Found::default() };
    let (mut after, mut looked_at) = (trial.after.map(|after| after.0), 0_usize);
    while !services.is_empty() {
        let batch = partnerships::list_touched(session.conn, &plan.partnership, &services, after, BATCH)?;
        let Some((_, last)) = batch.last() else { break };
        if looked_at >= MOST_CHILDREN {
            found.complete = false;
            break;
        }
        (after, looked_at) = (Some(*last), looked_at.saturating_add(batch.len()));
        let ids: Vec<ChildId> = batch.into_iter().map(|(id, _)| id).collect();
        for listed in look_at(session, plan, &ids)? {
            for entry in &listed.tried.entries {
                let key = (entry.organisation_name.clone(), entry.organisation, entry.service);
                let [vanish, brokered, appear] = tallies.entry(key).or_default();
                let count = match entry.effect {
                    AgreementEffect::Vanishes => vanish,
                    AgreementEffect::BecomesBrokered => brokered,
                    AgreementEffect::Appears => appear,
                };
                *count = count.saturating_add(1);
            }
            if found.children.len() < so_many {
                found.children.push((listed.id, listed.tried.child.index_number));
            }
        }
    }
    let tally = |(key, counts): ((String, OrganisationId, Service), [u32; 3])| {
        let (organisation_name, organisation, service) = key;
        let [vanish, become_brokered, appear] = counts;
        Tally { organisation, organisation_name, service, vanish, become_brokered, appear }
    };
    found.tallies = tallies.into_iter().map(tally).collect();
    Ok(found)
}

/// Those of these children of whom the caller may be told that something would change, in the order of their numbers.
fn look_at(session: &mut Session<'_>, plan: &Plan, ids: &[ChildId]) -> Result<Vec<Listed>, Failure> {
    let mut opened = Vec::with_capacity(ids.len());
    for file in files::list(session.conn, ids, session.day)? {
        opened.extend(open(session, file)?);
    }
    let parties = opened.iter().flat_map(|(_, _, entries)| entries.iter().map(party_of));
    let directory = directory_for(session, parties)?;
    let mut listed: Vec<Listed> =
        opened.into_iter().filter_map(|child| list(session, plan, &directory, child)).collect();
    listed.sort_by_key(|each| each.tried.child.index_number.compact());
    Ok(listed)
}

type Opened = (Permit<TryAgreement>, ChildRecord, Vec<Involvement>);

/// A child that the caller may be told of in a list of its area.
fn open(session: &Session<'_>, file: ChildFile) -> Result<Option<Opened>, Failure> {
    let Ok(permit) = decide::<TryAgreement>(&session.actor, file.subject(), session.day) else { return Ok(None) };
    if !is_listed_by_area(file.subject(), permit.visibility().all(Block::Involvements)) {
        return Ok(None);
    }
    let (record, entries) = file.open(&permit)?;
    Ok(Some((permit, record, entries)))
}

fn list(
    session: &Session<'_>,
    plan: &Plan,
    directory: &Directory,
    (permit, record, entries): Opened,
) -> Option<Listed> {
    let shielded = record.shield.is_some();
    let is_sensitive = |entry: &Involvement| group_of(session, directory, entry) == ServiceGroup::Sensitive;
    let tried = |entry: &Involvement| {
        // What is sensitive no agreement touches, and what the caller does not see is not told of here either.
        let seen =
            entry.is_live_on(session.day) && !is_sensitive(entry) && may_see(session, &permit, shielded, false, entry);
        let (before, after) = plan.compare(entry);
        let effect = AgreementEffect::of(before, after).filter(|_| seen)?;
        let organisation = directory.organisations.get(&entry.organisation)?;
        let (number, service, organisation_name) = (entry.number, entry.service, organisation.name.clone());
        Some(TriedEntry { number, service, organisation: organisation.id, organisation_name, effect, before, after })
    };
    let touched: Vec<TriedEntry> = entries.iter().filter_map(tried).collect();
    if touched.is_empty() {
        return None;
    }
    let any_sensitive = entries.iter().any(|entry| entry.may_be_told_on(session.day) && is_sensitive(entry));
    let delicate = permit.is_delicate() || any_sensitive;
    let blocks = [Block::Identity, Block::Involvements];
    let told = describe(permit.pseudonym(), permit.version(), delicate, permit.visibility(), &blocks);
    let tried = TriedChild { child: Identity::from(&record), entries: touched };
    Some(Listed { tried, told, id: permit.child() })
}

fn tell(
    session: &mut Session<'_>,
    id: PartnershipId,
    number: i32,
    trial: &Trial,
    found: Found,
) -> Result<Sealed<DryRun>, Failure> {
    let plan = match Plan::of(session, id, number, trial)? {
        Ok(plan) => plan,
        Err(refusal) => return Ok(refuse(session, id, number, refusal)),
    };
    let Found { tallies, children, complete } = found;
    let (wanted, more) = children.split_at(children.len().min(trial.limit.into()));
    let ids: Vec<ChildId> = wanted.iter().map(|(id, _)| *id).collect();
    let listed = look_at(session, &plan, &ids)?;
    let told: Vec<ChildId> = listed.iter().map(|each| each.id).collect();
    let alerts = match budgets::charge_children(session, &told)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(refuse(session, id, number, refusal)),
    };
    let goes_on = !more.is_empty() || !complete;
    // Of those who were found, not of those who are still to be told of: a page may come out empty and have others behind it.
    let next = wanted.last().filter(|_| goes_on).map(|(_, last)| AfterChild(*last));
    let asked = Criteria::new()
        .with("on", plan.on.to_string())
        .with("audience", trial.audience.code())
        .with_some("cursor", trial.after.map(|after| after.to_string()))
        .with("limit", trial.limit);
    let mut event = about(session, id, number, Outcome::Disclosed).asking(asked);
    let mut children = Vec::with_capacity(listed.len());
    for Listed { tried, told, .. } in listed {
        event = event.about(told);
        children.push(tried);
    }
    let run = DryRun { on: plan.on, audience: trial.audience, tallies, complete, children, next };
    Ok(alerts.into_iter().fold(Disclosure::with(event, run), Disclosure::also))
}
