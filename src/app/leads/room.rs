//! All that is recorded of a child's lead professionals, and which part of it a permit shows. What is not seen does not
//! exist: whoever a caller may not know of leads nobody for them, and has not been asked.

use std::collections::BTreeSet;

use super::showing::ShownCover;
use super::terms::since;
use super::{ShownLead, ShownLeadProposal, ShownPastLead};
use crate::app::involvements::{
    Reached, ShownInvolvement, directory_for, group_of, may_see, party_of, reach, sensitivity_of, show, show_from,
};
use crate::app::{Failure, Session};
use crate::domain::children::ChildRecord;
use crate::domain::ids::{OrganisationId, TeamId};
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::leads::{LeadAnswer, LeadCover, LeadProposal, LeadProposalState, LeadTerm, PastLead};
use crate::domain::policy::{Action, Block, Permit, Subject};
use crate::domain::services::{Service, ServiceGroup};
use crate::store::files::ChildFile;
use crate::store::leads;
use crate::store::organisations::Directory;

/// What is recorded of a child's lead professionals, hidden parts among it.
pub(in crate::app) struct Room {
    /// The facts of the decision.
    pub subject: Subject,
    /// The record.
    pub record: ChildRecord,
    /// The involvements.
    pub entries: Vec<Involvement>,
    /// What was proposed, newest first.
    pub proposals: Vec<LeadProposal>,
    /// Since when those lead who do, and who stands in.
    pub terms: Vec<LeadTerm>,
    past: Vec<PastLead>,
    directory: Directory,
}

impl Room {
    /// Reads it, with everybody whom it names. As many statements are run whatever there is to hide.
    pub(in crate::app) fn enter<A: Action>(
        session: &mut Session<'_>,
        file: ChildFile,
        permit: &Permit<A>,
    ) -> Result<Self, Failure> {
        let subject = file.subject().clone();
        let (record, entries) = file.open(permit)?;
        let proposals = leads::list_proposals(session.conn, permit)?;
        let terms = leads::list_terms(session.conn, permit)?;
        let past = leads::list_past(session.conn, permit)?;
        let mut parties: Vec<_> = entries.iter().map(party_of).collect();
        parties.extend(proposals.iter().map(|proposal| (proposal.organisation, None, None)));
        for entry in &entries {
            let of_entry = past.iter().filter(|lead| lead.involvement == entry.number);
            parties.extend(of_entry.map(|lead| (entry.organisation, lead.team, lead.practitioner)));
            let covers = terms.iter().filter(|term| term.is_of(entry)).filter_map(|term| term.cover);
            parties.extend(covers.map(|cover| (entry.organisation, entry.team, Some(cover.practitioner))));
        }
        let directory = directory_for(session, parties.into_iter())?;
        Ok(Self { subject, record, entries, proposals, terms, past, directory })
    }

    fn is_sensitive(&self, session: &Session<'_>, entry: &Involvement) -> bool {
        group_of(session, &self.directory, entry) == ServiceGroup::Sensitive
    }

    /// The block that an entry, and what is about it, is seen by.
    pub(super) fn block_of(&self, session: &Session<'_>, entry: &Involvement) -> Block {
        if self.is_sensitive(session, entry) { Block::Sensitive } else { Block::Involvements }
    }

    /// Whether any running entry is sensitive, shown or not.
    pub(in crate::app) fn any_sensitive(&self, session: &Session<'_>) -> bool {
        let tells = |entry: &&Involvement| entry.may_be_told_on(session.day) && entry.is_live_on(session.day);
        self.entries.iter().filter(tells).any(|entry| self.is_sensitive(session, entry))
    }

    fn shows<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>, entry: &Involvement) -> bool {
        may_see(session, permit, self.record.shield.is_some(), self.is_sensitive(session, entry), entry)
    }

    /// Whether the caller may know of an entry: an organisation goes on with its own even where it no longer sees it under
    /// a shield.
    fn knows<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>, entry: &Involvement) -> bool {
        let own = session.actor.is_of(entry.organisation) && entry.may_be_told_on(session.day);
        own || self.shows(session, permit, entry)
    }

    /// The entry with a number, where the caller may know of it.
    pub(super) fn entry<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        number: i32,
    ) -> Option<&Involvement> {
        self.entries.iter().find(|entry| entry.number == number && self.knows(session, permit, entry))
    }

    /// The proposal with a number and its entry, where the caller may know of them.
    pub(super) fn proposal<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        number: i32,
    ) -> Option<(&LeadProposal, &Involvement)> {
        let proposal = self.proposals.iter().find(|proposal| proposal.number == number)?;
        Some((proposal, self.entry(session, permit, proposal.involvement)?))
    }

    /// The entry that leads, where the caller may know of it.
    pub(super) fn lead<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        kind: LeadKind,
    ) -> Option<&Involvement> {
        let leads = |entry: &&Involvement| {
            entry.lead == Some(kind) && entry.ended_on.is_none() && entry.is_live_on(session.day)
        };
        self.entries.iter().filter(leads).find(|entry| self.knows(session, permit, entry))
    }

    /// How a proposal stands, as far as the caller may know who leads.
    pub(super) fn state_of<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        proposal: &LeadProposal,
    ) -> LeadProposalState {
        let leads = self.lead(session, permit, proposal.kind).map(|entry| entry.number);
        proposal.state_at(session.now, leads)
    }

    /// How many additional services run that a permit shows, each counted once.
    pub(super) fn count_additional<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>) -> usize {
        let runs = |entry: &&Involvement| entry.ended_on.is_none() && entry.is_live_on(session.day);
        let additional = |entry: &&Involvement| group_of(session, &self.directory, entry) == ServiceGroup::Additional;
        let shown = self.entries.iter().filter(runs).filter(additional).filter(|e| self.shows(session, permit, e));
        shown.map(|entry| entry.service).collect::<BTreeSet<Service>>().len()
    }

    /// Every running entry that a permit shows: the lead first, then the most specialised.
    pub(in crate::app) fn show_running<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
    ) -> Vec<ShownInvolvement> {
        let shielded = self.record.shield.is_some();
        let mut shown = show_from(session, &self.directory, permit, shielded, &self.entries).involvements;
        shown.retain(|entry| entry.is_live);
        shown
    }

    /// Everybody who leads, as a permit shows it.
    pub(in crate::app) fn show_leads<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>) -> Vec<ShownLead> {
        let lead = |kind: &LeadKind| self.lead(session, permit, *kind);
        let seen = LeadKind::ALL.iter().filter_map(lead).filter(|entry| self.shows(session, permit, entry));
        seen.filter_map(|entry| self.show_lead(session, permit, entry)).collect()
    }

    /// Whoever leads by an entry; that it may be shown is decided before.
    pub(super) fn show_lead<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        entry: &Involvement,
    ) -> Option<ShownLead> {
        let cover = self.terms.iter().find(|term| term.is_of(entry)).and_then(|term| term.cover);
        let cover = cover.filter(|cover| !cover.is_over_on(session.day));
        Some(ShownLead {
            kind: entry.lead?,
            entry: show(session, permit, &self.directory, entry),
            since: since(&self.terms, entry),
            cover: cover.and_then(|cover| show_cover(session, &self.directory, entry, cover)),
        })
    }

    /// What was proposed and may be seen, newest first: what waits, and for a time what was answered.
    pub(super) fn show_proposals<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
    ) -> Vec<ShownLeadProposal> {
        let forgotten = session.now.to_utc().checked_sub_days(chrono::Days::new(session.settings.ended_visible_days));
        let is_told = |proposal: &&LeadProposal| {
            let over = proposal.answer.at().unwrap_or(proposal.expires_at).to_utc();
            forgotten.is_none_or(|forgotten| over >= forgotten)
        };
        let entry_of = |proposal: &LeadProposal| {
            let entry = self.entries.iter().find(|entry| entry.number == proposal.involvement);
            entry.filter(|entry| self.shows(session, permit, entry))
        };
        let told = self.proposals.iter().filter(is_told);
        told.filter_map(|each| Some(self.show_proposal(session, permit, each, entry_of(each)?))).collect()
    }

    /// One proposal; that it may be shown is decided before. Whoever proposed it is left out where they may not be seen.
    pub(super) fn show_proposal<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        proposal: &LeadProposal,
        entry: &Involvement,
    ) -> ShownLeadProposal {
        let Reached { organisation_name, practitioner, .. } = reach(session, &self.directory, party_of(entry));
        let proposer = proposal.organisation;
        let known = session.actor.is_of(proposer) || self.shows_party(session, permit, proposer, None);
        ShownLeadProposal {
            number: proposal.number,
            kind: proposal.kind,
            state: self.state_of(session, permit, proposal),
            involvement: entry.number,
            organisation: entry.organisation,
            organisation_name,
            practitioner,
            proposed_by: known.then(|| (proposer, self.name_of(session, proposer))),
            proposed_at: proposal.proposed_at,
            expires_at: proposal.expires_at,
            closed_at: proposal.answer.at(),
            reason: proposal.answer.reason(),
        }
    }

    /// Who led before and may be seen, the latest first.
    pub(super) fn show_past<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>) -> Vec<ShownPastLead> {
        let shown = |past: &PastLead| {
            let entry = self.entries.iter().find(|entry| entry.number == past.involvement)?;
            // The team that led may have been a sensitive one when the entry's is none any more.
            let seen =
                self.shows(session, permit, entry) && self.shows_party(session, permit, entry.organisation, past.team);
            let party = (entry.organisation, past.team, past.practitioner);
            let Reached { organisation_name, team_name, practitioner, .. } = reach(session, &self.directory, party);
            let PastLead { kind, since, until, ended_as, .. } = *past;
            let (involvement, organisation) = (entry.number, entry.organisation);
            seen.then_some(ShownPastLead {
                kind,
                involvement,
                organisation,
                organisation_name,
                team_name,
                practitioner,
                since,
                until,
                ended_as,
            })
        };
        self.past.iter().filter_map(shown).collect()
    }

    fn shows_party<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        organisation: OrganisationId,
        team: Option<TeamId>,
    ) -> bool {
        let (mark, team) = sensitivity_of(session, &self.directory, (organisation, team, None));
        let sensitive = mark.is_sensitive() || team.is_some_and(|team| team.is_sensitive());
        let block = if sensitive { Block::Sensitive } else { Block::Involvements };
        permit.visibility().shows(block, organisation)
    }

    fn name_of(&self, session: &Session<'_>, organisation: OrganisationId) -> String {
        reach(session, &self.directory, (organisation, None, None)).organisation_name
    }

    /// The same room after a proposal was made, for the answer to tell.
    pub(super) fn propose(&mut self, session: &mut Session<'_>, proposal: LeadProposal) -> Result<(), Failure> {
        let proposer = directory_for(session, std::iter::once((proposal.organisation, None, None)))?;
        self.directory.organisations.extend(proposer.organisations);
        self.proposals.insert(0, proposal);
        Ok(())
    }

    /// The same room after a proposal was answered, for the answer to tell.
    pub(super) fn answered(&mut self, number: i32, answer: LeadAnswer) {
        self.proposals.iter_mut().filter(|each| each.number == number).for_each(|each| each.answer = answer);
    }
}

fn show_cover(
    session: &Session<'_>,
    directory: &Directory,
    entry: &Involvement,
    cover: LeadCover,
) -> Option<ShownCover> {
    let party = (entry.organisation, entry.team, Some(cover.practitioner));
    let Reached { practitioner, routes, .. } = reach(session, directory, party);
    let (name, job_title) = practitioner?;
    let LeadCover { from, until, .. } = cover;
    Some(ShownCover { name, job_title, from, until, runs: cover.runs_on(session.day), routes })
}

/// Who stands in today for the lead professional of an entry that the permit shows.
pub(in crate::app) fn cover_of<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    entry: &Involvement,
) -> Result<Option<ShownCover>, Failure> {
    let terms = leads::list_terms(session.conn, permit)?;
    let cover = terms.iter().find(|term| term.is_of(entry)).and_then(|term| term.cover);
    let Some(cover) = cover.filter(|cover| cover.runs_on(session.day)) else { return Ok(None) };
    let party = (entry.organisation, entry.team, Some(cover.practitioner));
    let directory = directory_for(session, std::iter::once(party))?;
    Ok(show_cover(session, &directory, entry, cover))
}
