//! What those look through who look after the lead professionals of an area: each child under a permit of its own, and as
//! far as that shows it.

use super::room::Room;
use super::{ShownLead, ShownLeadProposal};
use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, Criteria};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::ids::{ChildId, PractitionerId};
use crate::domain::involvements::LeadKind;
use crate::domain::leads::{AfterChild, LeadProposalState, LeadWarning, LeadWorkList, SERVICES_THAT_NEED_A_LEAD};
use crate::domain::pages::Page;
use crate::domain::policy::{Block, ListLeadWork, decide, decide_lead_work, is_listed_by_area};
use crate::domain::services::Freshness;
use crate::domain::visits::Visit;
use crate::store::files;
use crate::store::lead_work::{LeadWorkScope, list_candidates, list_lapsed};

/// A child on a list.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadWork {
    /// Who it is.
    pub child: Identity,
    /// How many additional services run that the caller sees.
    pub additional_services: usize,
    /// Who leads.
    pub leads: Vec<ShownLead>,
    /// Who was asked to and has not answered yet.
    pub proposals: Vec<ShownLeadProposal>,
    /// What there is to be warned of about those who lead.
    pub warnings: Vec<(LeadKind, LeadWarning)>,
}

/// Children that are read at once.
const BATCH: u16 = 100;

/// Lists the children of the caller's own area who belong on a list, in the order of their numbers.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_lead_work(
    index: &Index,
    visit: Visit,
    list: LeadWorkList,
    after: Option<AfterChild>,
    limit: u16,
) -> Result<Answer<Page<LeadWork, AfterChild>>, Failure> {
    let so_many = usize::from(limit).saturating_add(1);
    let look = move |session: &mut Session<'_>| match decide_lead_work(&session.actor) {
        Ok(()) => look_through(session, list, after, so_many),
        Err(_) => Ok(Vec::new()),
    };
    let found = index.survey(visit.clone(), look).await?.unwrap_or_default();
    index.disclose(visit, move |session| work(session, list, after, limit, &found)).await
}

/// A child on a list, what the log is told of it, and its row.
type Listed = (LeadWork, ChildShown, ChildId);

fn work(
    session: &mut Session<'_>,
    list: LeadWorkList,
    after: Option<AfterChild>,
    limit: u16,
    found: &[ChildId],
) -> Result<Sealed<Page<LeadWork, AfterChild>>, Failure> {
    if let Err(refusal) = decide_lead_work(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let page = read(session, list, found, limit)?;
    let ids: Vec<ChildId> = page.items.iter().map(|(.., id)| *id).collect();
    let alerts = match budgets::charge_children(session, &ids)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new()
        .with("list", list.code())
        .with_some("cursor", after.map(|after| after.to_string()))
        .with("limit", limit);
    let event = session.event(session.visit.action, outcome).asking(asked);
    let event = page.items.iter().fold(event, |event, (_, told, _)| event.about(told.clone()));
    let sealed = Disclosure::with(event, page.map(|(item, ..)| item));
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// Reads again those who were found on a list, as they are now; whoever belongs there no more is left out.
fn read(
    session: &mut Session<'_>,
    list: LeadWorkList,
    found: &[ChildId],
    limit: u16,
) -> Result<Page<Listed, AfterChild>, Failure> {
    let (wanted, more) = found.split_at(found.len().min(limit.into()));
    let mut items: Vec<Listed> = Vec::with_capacity(wanted.len());
    for id in wanted {
        items.extend(look_at(session, list, *id)?);
    }
    let last = items.last().filter(|_| !more.is_empty());
    let next = last.map(|(last, ..)| AfterChild(last.child.index_number));
    Ok(Page { items, next })
}

/// Looks through an area until so many are found or nobody is left: thousands of records, where most belong on no list.
fn look_through(
    session: &mut Session<'_>,
    list: LeadWorkList,
    after: Option<AfterChild>,
    so_many: usize,
) -> Result<Vec<ChildId>, Failure> {
    let area = session.actor.area.clone();
    let stale_at = session.settings.freshness.stale_at(session.now);
    let scope = LeadWorkScope { area: &area, list, now: session.now, stale_at, day: session.day };
    let mut found = Vec::new();
    let mut after = after.map(|after| after.0);
    loop {
        let batch = list_candidates(session.conn, &scope, after, BATCH)?;
        let Some((_, last)) = batch.last() else { return Ok(found) };
        after = Some(*last);
        for (id, _) in batch {
            found.extend(look_at(session, list, id)?.map(|_| id));
            if found.len() >= so_many {
                return Ok(found);
            }
        }
    }
}

/// A child as this permit shows it, where it belongs on the list so.
fn look_at(session: &mut Session<'_>, list: LeadWorkList, id: ChildId) -> Result<Option<Listed>, Failure> {
    let Some(file) = files::find(session.conn, Some(id), session.day)? else { return Ok(None) };
    let Ok(permit) = decide::<ListLeadWork>(&session.actor, file.subject(), session.day) else { return Ok(None) };
    if !is_listed_by_area(file.subject(), permit.visibility().all(Block::Involvements)) {
        return Ok(None);
    }
    let room = Room::enter(session, file, &permit)?;
    let mut proposals = room.show_proposals(session, &permit);
    proposals.retain(|proposal| proposal.state == LeadProposalState::Open);
    let leads = room.show_leads(session, &permit);
    let item = LeadWork {
        child: Identity::from(&room.record),
        additional_services: room.count_additional(session, &permit),
        warnings: warnings(session, &room, &leads)?,
        leads,
        proposals,
    };
    let belongs = match list {
        LeadWorkList::WithoutLead => item.leads.is_empty() && item.additional_services >= SERVICES_THAT_NEED_A_LEAD,
        LeadWorkList::StaleContact => item.leads.iter().any(|lead| lead.entry.freshness == Freshness::Stale),
        LeadWorkList::Proposed => !item.proposals.is_empty(),
        LeadWorkList::LapsedTraining => !item.warnings.is_empty(),
    };
    if !belongs {
        return Ok(None);
    }
    let delicate = permit.is_delicate() || room.any_sensitive(session);
    let blocks = [Block::Identity, Block::Involvements, Block::Sensitive];
    let told = describe(permit.pseudonym(), permit.version(), delicate, permit.visibility(), &blocks);
    Ok(Some((item, told, id)))
}

/// What there is to be warned of about those who are shown to lead.
fn warnings(
    session: &mut Session<'_>,
    room: &Room,
    leads: &[ShownLead],
) -> Result<Vec<(LeadKind, LeadWarning)>, Failure> {
    let person_of = |lead: &ShownLead| -> Option<(LeadKind, PractitionerId)> {
        let entry = room.entries.iter().find(|entry| entry.number == lead.entry.number)?;
        Some((lead.kind, entry.practitioner?))
    };
    let people: Vec<_> = leads.iter().filter_map(person_of).collect();
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<PractitionerId> = people.iter().map(|(_, person)| *person).collect();
    let lapsed = list_lapsed(session.conn, &ids, session.day)?;
    let warned = people.into_iter().filter(|(_, person)| lapsed.contains(person));
    Ok(warned.map(|(kind, _)| (kind, LeadWarning::TrainingLapsed)).collect())
}
