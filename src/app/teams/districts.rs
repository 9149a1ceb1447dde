//! The postcode districts that teams serve: who is told them, and what a change makes of them.

use super::ShownTeam;
use crate::app::{Failure, Session};
use crate::domain::organisations::{Organisation, Team};
use crate::domain::pages::{After, Page};
use crate::domain::policy::{self, Refusal};
use crate::domain::routes::order_for;
use crate::store::team_districts;

/// A page of teams as it is shown. The same statement is run whether or not the districts are told.
pub(super) fn show_page(
    session: &mut Session<'_>,
    organisation: &Organisation,
    page: Page<Team, After>,
) -> Result<Page<ShownTeam, After>, Failure> {
    let ids: Vec<_> = page.items.iter().map(|team| team.id).collect();
    let served = team_districts::list(session.conn, &ids)?;
    let told = policy::shows_districts(&session.actor, organisation);
    let at = session.now;
    Ok(page.map(|mut team| {
        order_for(at, &mut team.routes);
        let own = served.iter().filter(|(id, _)| *id == team.id).map(|(_, district)| district.clone());
        let mut districts: Vec<String> = own.collect();
        districts.sort_unstable();
        ShownTeam { districts: told.then_some(districts), team, at }
    }))
}

/// The districts of a team, for whoever is told them.
pub(super) fn shown(
    session: &mut Session<'_>,
    organisation: &Organisation,
    team: &Team,
) -> Result<Option<Vec<String>>, Failure> {
    let served = served(session, team)?;
    Ok(policy::shows_districts(&session.actor, organisation).then_some(served))
}

/// The districts that a team is to serve from now on; none where that changes nothing.
pub(super) fn newly_served(
    session: &mut Session<'_>,
    team: &Team,
    wanted: Option<&[String]>,
) -> Result<Option<Vec<String>>, Failure> {
    let now = served(session, team)?;
    Ok(wanted.filter(|wanted| *wanted != now).map(<[String]>::to_vec))
}

/// Decides whether the actor may have a team serve other districts: whoever may register it.
///
/// # Errors
/// As [`policy::decide_team_registration`].
pub(super) fn may_serve(
    session: &Session<'_>,
    organisation: &Organisation,
    team: &Team,
    served: Option<&[String]>,
) -> Result<(), Refusal> {
    match served {
        Some(_) => policy::decide_team_registration(&session.actor, organisation, &team.area),
        None => Ok(()),
    }
}

fn served(session: &mut Session<'_>, team: &Team) -> Result<Vec<String>, Failure> {
    let mut served: Vec<String> =
        team_districts::list(session.conn, &[team.id])?.into_iter().map(|(_, district)| district).collect();
    served.sort_unstable();
    Ok(served)
}
