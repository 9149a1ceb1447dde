//! The teams of organisations: reading, registering and changing them.

mod districts;
mod members;

use super::index::Answer;
use super::organisations::{find_visible, unless_taken};
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{OrganisationId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::organisations::{Organisation, Team};
use crate::domain::pages::{After, Page};
use crate::domain::policy::{self, Refusal};
use crate::domain::routes::{Route, order_for};
use crate::domain::visits::Visit;
use crate::store::{team_districts, teams};

pub use members::{Member, change_member, list_members};

/// A team as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTeam {
    /// The team; the first of its routes is the one that works at `at`.
    pub team: Team,
    /// The postcode districts it serves, for those who are told.
    pub districts: Option<Vec<String>>,
    /// When it was read.
    pub at: Instant,
}

/// A team, by its organisation and its own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamRef {
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its id.
    pub team: TeamId,
}

/// A team to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTeam {
    /// Its code within the organisation.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The area it works in; its organisation's where none is given.
    pub area: Option<String>,
    /// Whether its involvement with a child is sensitive.
    pub sensitive: bool,
    /// How to reach it.
    pub routes: Vec<Route>,
    /// The postcode districts it serves.
    pub districts: Vec<String>,
}

/// What is to be changed of a team; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamChanges {
    /// Its name.
    pub name: Option<String>,
    /// The area it works in.
    pub area: Option<String>,
    /// Whether it is sensitive.
    pub sensitive: Option<bool>,
    /// How to reach it.
    pub routes: Option<Vec<Route>>,
    /// The postcode districts it serves.
    pub districts: Option<Vec<String>>,
}

/// Lists the teams of an organisation by name; sensitive ones for those alone who may know of them.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_teams(
    index: &Index,
    visit: Visit,
    organisation: OrganisationId,
    after: Option<After>,
    limit: u16,
) -> Result<Answer<Page<ShownTeam, After>>, Failure> {
    index.disclose(visit, move |session| list(session, organisation, after.as_ref(), limit)).await
}

/// Reads a team.
///
/// # Errors
/// As [`list_teams`].
pub async fn read_team(index: &Index, visit: Visit, team: TeamRef) -> Result<Answer<ShownTeam>, Failure> {
    index.disclose(visit, move |session| read(session, team)).await
}

/// Registers a team of an organisation; once for each idempotency key.
///
/// # Errors
/// As [`list_teams`].
pub async fn register_team(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    organisation: OrganisationId,
    new: NewTeam,
) -> Result<Answer<ShownTeam>, Failure> {
    index.change(visit, move |session| register(session, key.as_ref(), organisation, new)).await
}

/// Changes a team, where the precondition holds of what the caller would be shown now.
///
/// # Errors
/// As [`list_teams`].
pub async fn change_team(
    index: &Index,
    visit: Visit,
    team: TeamRef,
    precondition: Precondition<ShownTeam>,
    changes: TeamChanges,
) -> Result<Answer<ShownTeam>, Failure> {
    index.change(visit, move |session| change(session, team, precondition, changes)).await
}

fn list(
    session: &mut Session<'_>,
    id: OrganisationId,
    after: Option<&After>,
    limit: u16,
) -> Result<Sealed<Page<ShownTeam, After>>, Failure> {
    let Some(organisation) = find_visible(session, id)? else {
        return Ok(refuse(session, id, None, Refusal::NotFound));
    };
    let reaches = policy::reaches_short_of(&session.actor, &organisation);
    let read = teams::list(session.conn, id, &reaches, after, limit.saturating_add(1))?;
    let place = |last: &Team| After { name: last.name.clone(), id: last.id.0 };
    let page = districts::show_page(session, &organisation, Page::of(read, limit, place))?;
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new().with_some("cursor", after.map(ToString::to_string)).with("limit", limit);
    let named = page.items.iter().filter(|shown| shown.team.sensitive);
    let event = named.fold(about(session, id, None, outcome).asking(asked), |event, shown| {
        event.on(TargetKind::Team, shown.team.id)
    });
    Ok(Disclosure::with(event, page))
}

fn read(session: &mut Session<'_>, at: TeamRef) -> Result<Sealed<ShownTeam>, Failure> {
    match find(session, at)? {
        None => Ok(refuse(session, at.organisation, Some(at.team), Refusal::NotFound)),
        Some((organisation, team)) => {
            let event = about(session, at.organisation, Some(at.team), Outcome::Disclosed);
            Ok(Disclosure::with(event, show(session, &organisation, team)?))
        }
    }
}

fn register(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    owner: OrganisationId,
    new: NewTeam,
) -> Result<Sealed<ShownTeam>, Failure> {
    let Some(organisation) = find_visible(session, owner)? else {
        return Ok(refuse(session, owner, None, Refusal::NotFound));
    };
    let (team, served) = new.into_team(TeamId::new(), &organisation);
    if let Err(refusal) = policy::decide_team_registration(&session.actor, &organisation, &team.area) {
        return Ok(refuse(session, owner, None, refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(refuse(session, owner, None, refusal)),
        Ok(Some(replay)) => {
            let registered = replay.reference.and_then(|reference| reference.parse().ok());
            let found = match registered {
                Some(team) => find(session, TeamRef { organisation: owner, team })?,
                None => None,
            };
            let Some((_, team)) = found else { return Ok(refuse(session, owner, registered, Refusal::NotFound)) };
            let event = about(session, owner, registered, Outcome::Unchanged);
            return Ok(Disclosure::with(event, show(session, &organisation, team)?));
        }
        Ok(None) => {}
    }
    let written = teams::insert(session.conn, &team)
        .and_then(|()| team_districts::replace(session.conn, owner, team.id, &served));
    if let Err(refusal) = unless_taken(written)? {
        return Ok(refuse(session, owner, Some(team.id), refusal));
    }
    replays::remember(session, key, "registered", Some(team.id.to_string()))?;
    let event = about(session, owner, Some(team.id), Outcome::Changed);
    Ok(Disclosure::with(event, show(session, &organisation, team)?))
}

fn change(
    session: &mut Session<'_>,
    at: TeamRef,
    precondition: Precondition<ShownTeam>,
    changes: TeamChanges,
) -> Result<Sealed<ShownTeam>, Failure> {
    let target = Some(at.team);
    let Some((organisation, before)) = find(session, at)? else {
        return Ok(refuse(session, at.organisation, target, Refusal::NotFound));
    };
    let served = districts::newly_served(session, &before, changes.districts.as_deref())?;
    let after = changes.applied_to(&before);
    let shown = show(session, &organisation, before.clone())?;
    let decided = policy::decide_team_change(&session.actor, &organisation, &before, &after)
        .and_then(|()| districts::may_serve(session, &organisation, &after, served.as_deref()))
        .and_then(|()| if precondition.holds(&shown) { Ok(()) } else { Err(Refusal::Stale) });
    if let Err(refusal) = decided {
        return Ok(refuse(session, at.organisation, target, refusal));
    }
    if after == before && served.is_none() {
        let event = about(session, at.organisation, target, Outcome::Unchanged);
        return Ok(Disclosure::with(event, shown));
    }
    let written = teams::update(session.conn, &after).and_then(|()| match &served {
        Some(served) => team_districts::replace(session.conn, organisation.id, after.id, served),
        None => Ok(()),
    });
    if let Err(refusal) = unless_taken(written)? {
        return Ok(refuse(session, at.organisation, target, refusal));
    }
    let changed = changed(&before, &after).into_iter().chain(served.map(|_| "postcode_districts"));
    let event = about(session, at.organisation, target, Outcome::Changed)
        .asking(Criteria::new().with("changed", changed.collect::<Vec<_>>()));
    let after = Team { version: after.version.saturating_add(1), ..after };
    Ok(Disclosure::with(event, show(session, &organisation, after)?))
}

impl NewTeam {
    /// The team of `organisation` that this becomes, and the districts it serves.
    #[must_use]
    pub fn into_team(self, id: TeamId, organisation: &Organisation) -> (Team, Vec<String>) {
        let team = Team {
            id,
            organisation: organisation.id,
            code: self.code,
            name: self.name,
            area: self.area.unwrap_or_else(|| organisation.area.clone()),
            sensitive: self.sensitive,
            routes: self.routes,
            version: 1,
        };
        (team, self.districts)
    }
}

impl TeamChanges {
    fn applied_to(self, before: &Team) -> Team {
        Team {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            area: self.area.unwrap_or_else(|| before.area.clone()),
            sensitive: self.sensitive.unwrap_or(before.sensitive),
            routes: self.routes.unwrap_or_else(|| before.routes.clone()),
            ..before.clone()
        }
    }
}

/// The names of the parts that differ, for the log.
fn changed(before: &Team, after: &Team) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("area", before.area != after.area),
        ("sensitive", before.sensitive != after.sensitive),
        ("routes", before.routes != after.routes),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Finds a team and its organisation, unless either does not exist for the actor.
pub(super) fn find(session: &mut Session<'_>, at: TeamRef) -> Result<Option<(Organisation, Team)>, Failure> {
    let Some(organisation) = find_visible(session, at.organisation)? else { return Ok(None) };
    let team = teams::find(session.conn, at.team)?.filter(|team| team.organisation == organisation.id);
    let seen = team.filter(|team| policy::sees_team(&session.actor, &organisation, team));
    Ok(seen.map(|team| (organisation, team)))
}

fn show(session: &mut Session<'_>, organisation: &Organisation, mut team: Team) -> Result<ShownTeam, Failure> {
    order_for(session.now, &mut team.routes);
    let districts = districts::shown(session, organisation, &team)?;
    Ok(ShownTeam { team, districts, at: session.now })
}

fn about(session: &Session<'_>, organisation: OrganisationId, team: Option<TeamId>, outcome: Outcome) -> Event {
    let event = session.event(session.visit.action, outcome).on(TargetKind::Organisation, organisation);
    match team {
        Some(team) => event.on(TargetKind::Team, team),
        None => event,
    }
}

fn refuse<T>(session: &Session<'_>, organisation: OrganisationId, team: Option<TeamId>, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, organisation, team, refusal.outcome()))
}
