//! Who leads, who was asked to, and who led before: as far as a permit shows it.

use chrono::NaiveDate;

use super::room::Room;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::involvements::ShownInvolvement;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::OrganisationId;
use crate::domain::instants::Instant;
use crate::domain::involvements::LeadKind;
use crate::domain::leads::{LeadDeclineReason, LeadEnd, LeadProposalState};
use crate::domain::policy::{Action, Block, Permit, ReadLead, Refusal};
use crate::domain::routes::Route;
use crate::domain::visits::Visit;

/// A lead professional as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownLead {
    /// Of what.
    pub kind: LeadKind,
    /// The entry they lead by.
    pub entry: ShownInvolvement,
    /// Since when.
    pub since: Instant,
    /// Who stands in, now or later.
    pub cover: Option<ShownCover>,
}

/// Whoever stands in for a lead professional.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownCover {
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// Whether they stand in today.
    pub runs: bool,
    /// How to reach them; the first works now if any does.
    pub routes: Vec<Route>,
}

/// A proposal as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownLeadProposal {
    /// Its number within the child.
    pub number: i32,
    /// Of what they are to lead.
    pub kind: LeadKind,
    /// How it stands, as far as the caller may know who leads.
    pub state: LeadProposalState,
    /// The entry whose practitioner was asked.
    pub involvement: i32,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// The practitioner's name and job title.
    pub practitioner: Option<(String, String)>,
    /// The organisation that asked, where it may be seen.
    pub proposed_by: Option<(OrganisationId, String)>,
    /// When.
    pub proposed_at: Instant,
    /// From when on it counts no more.
    pub expires_at: Instant,
    /// When it was answered.
    pub closed_at: Option<Instant>,
    /// Why it was declined.
    pub reason: Option<LeadDeclineReason>,
}

/// A lead that ended, as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownPastLead {
    /// Of what.
    pub kind: LeadKind,
    /// The entry they led by.
    pub involvement: i32,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// The team's name.
    pub team_name: Option<String>,
    /// The practitioner's name and job title.
    pub practitioner: Option<(String, String)>,
    /// Since when.
    pub since: Instant,
    /// Until when.
    pub until: Instant,
    /// With what it ended.
    pub ended_as: LeadEnd,
}

/// What a permit shows of a child's lead professionals.
#[derive(Debug, Clone, PartialEq)]
pub struct Leads {
    /// Who leads.
    pub leads: Vec<ShownLead>,
    /// Who was asked to, newest first.
    pub proposals: Vec<ShownLeadProposal>,
    /// Who led before, the latest first.
    pub history: Vec<ShownPastLead>,
}

/// Reads who leads, who was asked to and who led before.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn read_lead_professional(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<Leads>, Failure> {
    index
        .disclose_about(visit, child, move |session| {
            let (room, permit, alerts) = match look(session, child)? {
                Ok(looked) => looked,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let leads = Leads {
                leads: room.show_leads(session, &permit),
                proposals: room.show_proposals(session, &permit),
                history: room.show_past(session, &permit),
            };
            let permit = permit.with_sensitive_services(room.any_sensitive(session));
            let event = session.event(session.visit.action, Outcome::Disclosed);
            let sealed = Disclosure::under(permit, &[Block::Involvements, Block::Sensitive], event, leads);
            Ok(alerts.into_iter().fold(sealed, Disclosure::also))
        })
        .await
}

/// Reads how one proposal stands.
///
/// # Errors
/// As [`read_lead_professional`].
pub async fn read_lead_proposal(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
) -> Result<Answer<ShownLeadProposal>, Failure> {
    index
        .disclose_about(visit, child, move |session| {
            let (room, permit, alerts) = match look(session, child)? {
                Ok(looked) => looked,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            if room.proposal(session, &permit, number).is_none() {
                return Ok(session.refuse(Refusal::NotFound));
            }
            let sealed = tell(session, permit, &room, number, Outcome::Disclosed);
            Ok(alerts.into_iter().fold(sealed, Disclosure::also))
        })
        .await
}

type Looked = (Room, Permit<ReadLead>, Vec<crate::domain::audit::events::Event>);

fn look(session: &mut Session<'_>, child: ChildRef) -> Result<Result<Looked, Refusal>, Failure> {
    let (file, permit) = match open::<ReadLead>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    Ok(Ok((room, permit, alerts)))
}

/// Answers with one proposal, where the caller may know of it.
pub(super) fn tell<A: Action>(
    session: &Session<'_>,
    permit: Permit<A>,
    room: &Room,
    number: i32,
    outcome: Outcome,
) -> Sealed<ShownLeadProposal> {
    let Some((proposal, entry)) = room.proposal(session, &permit, number) else {
        return session.refuse(Refusal::NotFound);
    };
    let shown = room.show_proposal(session, &permit, proposal, entry);
    let block = room.block_of(session, entry);
    let event = session.event(session.visit.action, outcome).on(TargetKind::LeadProposal, number);
    Disclosure::under(permit.with_sensitive_services(block == Block::Sensitive), &[block], event, shown)
}
