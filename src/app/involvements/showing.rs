//! What a permit shows of a child's involvements.

use std::cmp::Reverse;

use chrono::NaiveDate;

use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{OrganisationId, PractitionerId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::involvements::{Ground, Involvement, LeadKind};
use crate::domain::partnerships::DefaultVisibility;
use crate::domain::policy::{Action, Block, ListInvolvements, Permit};
use crate::domain::routes::{Route, order_for};
use crate::domain::services::{Freshness, Sensitivity, Service, ServiceGroup};
use crate::domain::visits::Visit;
use crate::store::organisations::{self, Directory};

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
pub(in crate::app) struct Seen {
    /// Those that may be shown: the lead first, then what runs, then the most specialised.
    pub involvements: Vec<ShownInvolvement>,
    /// Whether any running one is sensitive, shown or not.
    pub any_sensitive: bool,
    /// Whether any running sensitive one is not shown.
    pub sensitive_withheld: bool,
    /// Whether an agreement takes any running one away but that there is one.
    pub brokered: bool,
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
        .disclose_about(visit, child, move |session| {
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
fn show_all<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    entries: &[Involvement],
) -> Result<Seen, Failure> {
    let directory = directory_of(session, entries)?;
    Ok(show_from(session, &directory, permit, shielded, entries))
}

/// The same, named from a directory that was read already.
pub(in crate::app) fn show_from<A: Action>(
    session: &Session<'_>,
    directory: &Directory,
    permit: &Permit<A>,
    shielded: bool,
    entries: &[Involvement],
) -> Seen {
    let involvements = Vec::with_capacity(entries.len());
    let mut seen = Seen { involvements, any_sensitive: false, sensitive_withheld: false, brokered: false };
    for entry in entries {
        let sensitive = group_of(session, directory, entry) == ServiceGroup::Sensitive;
        let tells = entry.may_be_told_on(session.day) && entry.is_live_on(session.day);
        seen.any_sensitive |= sensitive && tells;
        match told_of(session, permit, shielded, sensitive, entry) {
            DefaultVisibility::Shown => seen.involvements.push(show(session, permit, directory, entry)),
            DefaultVisibility::Brokered => seen.brokered |= tells,
            DefaultVisibility::Withheld => seen.sensitive_withheld |= sensitive && tells,
        }
    }
    seen.involvements.sort_by_key(|each| {
        (!each.is_live, each.lead.map(Reverse).is_none(), Reverse(each.lead), Reverse(each.service.tier()), each.number)
    });
    seen
}

/// Who an entry names: an organisation, and perhaps a team and a practitioner of it.
pub(in crate::app) type Party = (OrganisationId, Option<TeamId>, Option<PractitionerId>);

/// Who an involvement names.
pub(in crate::app) fn party_of(entry: &Involvement) -> Party {
    (entry.organisation, entry.team, entry.practitioner)
}

pub(super) fn directory_of(session: &mut Session<'_>, entries: &[Involvement]) -> Result<Directory, Failure> {
    directory_for(session, entries.iter().map(party_of))
}

/// Everybody whom entries name, and how to reach them.
pub(in crate::app) fn directory_for(
    session: &mut Session<'_>,
    parties: impl Iterator<Item = Party>,
) -> Result<Directory, Failure> {
    let parties: Vec<Party> = parties.collect();
    let mut owners: Vec<OrganisationId> = parties.iter().map(|(owner, ..)| *owner).collect();
    let mut teams: Vec<TeamId> = parties.iter().filter_map(|(_, team, _)| *team).collect();
    let mut people: Vec<PractitionerId> = parties.iter().filter_map(|(.., person)| *person).collect();
    owners.sort_unstable();
    owners.dedup();
    teams.sort_unstable();
    teams.dedup();
    people.sort_unstable();
    people.dedup();
    Ok(organisations::directory(session.conn, &owners, &teams, &people)?)
}

/// The group of an entry; one whose organisation or team cannot be read counts as sensitive.
pub(in crate::app) fn group_of(session: &Session<'_>, directory: &Directory, entry: &Involvement) -> ServiceGroup {
    let (organisation, team) = sensitivity_of(session, directory, party_of(entry));
    session.settings.sensitivity.group_of_involvement(entry.service, organisation, team)
}

/// How sensitive an organisation and a team are; what cannot be read counts as sensitive.
pub(in crate::app) fn sensitivity_of(
    session: &Session<'_>,
    directory: &Directory,
    (organisation, team, _): Party,
) -> (Sensitivity, Option<Sensitivity>) {
    let policy = &session.settings.sensitivity;
    let organisation = directory.organisations.get(&organisation).map_or(Sensitivity::Sensitive, |organisation| {
        policy.of_organisation(organisation.kind, Sensitivity::marked(organisation.sensitive))
    });
    let team = team.map(|team| Sensitivity::marked(directory.teams.get(&team).is_none_or(|team| team.sensitive)));
    (organisation, team)
}

/// Whether an entry is of a sensitive service.
pub(in crate::app) fn is_sensitive(session: &mut Session<'_>, entry: &Involvement) -> Result<bool, Failure> {
    let directory = directory_of(session, std::slice::from_ref(entry))?;
    Ok(group_of(session, &directory, entry) == ServiceGroup::Sensitive)
}

pub(in crate::app) fn is_shown<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    sensitive: bool,
    entry: &Involvement,
) -> bool {
    told_of(session, permit, shielded, sensitive, entry) == DefaultVisibility::Shown
}

/// How much is told of an entry: the one decision about an involvement, whoever asks and whatever for.
fn told_of<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    sensitive: bool,
    entry: &Involvement,
) -> DefaultVisibility {
    let own = session.actor.is_of(entry.organisation);
    // Withdrawal of consent removes visibility at once, for everybody, and so does the end of its last day.
    if !entry.may_be_told_on(session.day) {
        return DefaultVisibility::Withheld;
    }
    // What was entered under a shield stays hidden after it until its owner confirms it.
    if entry.entered_under_shield && !shielded && !own {
        return DefaultVisibility::Withheld;
    }
    let forgotten = session.day.checked_sub_days(chrono::Days::new(session.settings.ended_visible_days));
    if !own && entry.ended_on.is_some_and(|ended| forgotten.is_some_and(|day| ended < day)) {
        return DefaultVisibility::Withheld;
    }
    let block = if sensitive { Block::Sensitive } else { Block::Involvements };
    permit.visibility().tells(block, entry.organisation, entry.service)
}

/// Whom an entry names, and how to reach them: nearest to the child first, and ahead of all what works now.
pub(in crate::app) struct Reached {
    /// The organisation's name.
    pub organisation_name: String,
    /// The team's name.
    pub team_name: Option<String>,
    /// The practitioner's name and job title.
    pub practitioner: Option<(String, String)>,
    /// How to reach them.
    pub routes: Vec<Route>,
}

pub(in crate::app) fn reach(
    session: &Session<'_>,
    directory: &Directory,
    (organisation, team, practitioner): Party,
) -> Reached {
    let organisation = directory.organisations.get(&organisation);
    let team = team.and_then(|team| directory.teams.get(&team));
    let practitioner = practitioner.and_then(|practitioner| directory.practitioners.get(&practitioner));
    let person = practitioner.map(|practitioner| practitioner.routes.as_slice()).unwrap_or_default();
    let team_routes = team.map(|team| team.routes.as_slice()).unwrap_or_default();
    let desk = organisation.map(|organisation| organisation.routes.as_slice()).unwrap_or_default();
    let mut routes = [person, team_routes, desk].concat();
    order_for(session.now, &mut routes);
    Reached {
        organisation_name: organisation.map(|organisation| organisation.name.clone()).unwrap_or_default(),
        team_name: team.map(|team| team.name.clone()),
        practitioner: practitioner.map(|person| (person.name.clone(), person.job_title.clone())),
        routes,
    }
}

pub(in crate::app) fn show<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    directory: &Directory,
    entry: &Involvement,
) -> ShownInvolvement {
    let Reached { organisation_name, team_name, practitioner, routes } = reach(session, directory, party_of(entry));
    let grounds = permit.visibility().shows(Block::Metadata, entry.organisation);
    ShownInvolvement {
        number: entry.number,
        service: entry.service,
        group: group_of(session, directory, entry),
        organisation: entry.organisation,
        organisation_name,
        team_name,
        practitioner,
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

/// Answers with one entry of the caller's organisation, or of one the caller manages.
pub(super) fn tell<A: Action>(
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
