//! Which team of an organisation serves a child, told without the address and the district. Whoever does not see where the
//! child lives is sent to a desk that depends on what they asked and on themselves, never on the child's home: the same
//! answer for a home that is hidden, held, unknown or that no team serves.

use crate::app::children::open;
use crate::app::contacts::broker;
use crate::app::index::Answer;
use crate::app::organisations::find_visible;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{OrganisationId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::localities::ServedBy;
use crate::domain::organisations::{Organisation, Team};
use crate::domain::policy::{Block, ReadLocality, Refusal, district_seen, sees_team};
use crate::domain::postcodes::OutwardCode;
use crate::domain::routes::{Route, order_for};
use crate::domain::visits::Visit;
use crate::store::{team_districts, teams};

/// Who serves a child at an organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownLocality {
    /// A team, or a desk.
    pub served_by: ServedBy,
    /// The team, where it is one.
    pub team: Option<TeamId>,
    /// Its name, or the desk's.
    pub name: String,
    /// How to reach it; the first works at `at`, if any does.
    pub routes: Vec<Route>,
    /// When it was read.
    pub at: Instant,
}

/// Reads which team of an organisation serves a child.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn read_locality(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    organisation: OrganisationId,
) -> Result<Answer<ShownLocality>, Failure> {
    index.disclose_about(visit, child, move |session| read(session, child, organisation)).await
}

fn read(
    session: &mut Session<'_>,
    child: ChildRef,
    organisation: OrganisationId,
) -> Result<Sealed<ShownLocality>, Failure> {
    let (file, permit) = match open::<ReadLocality>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let Some(organisation) = find_visible(session, organisation)? else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let record = file.record(&permit)?;
    let district = district_seen(permit.visibility(), &record.address);
    let team = team_of(session, &organisation, district.as_ref())?;
    let shielded = record.shield.is_some() && district.is_none();
    let shown = show(session, organisation, team, shielded)?;
    // The team stays out of the log: it would tell an auditor where the child lives.
    let event = session.event(session.visit.action, Outcome::Disclosed).on(TargetKind::Organisation, shown.asked);
    let sealed = Disclosure::under(permit, &[Block::Address], event, shown.locality);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// The team that serves a district, where the caller may know of it; as many statements are run whatever there is to hide.
fn team_of(
    session: &mut Session<'_>,
    organisation: &Organisation,
    district: Option<&OutwardCode>,
) -> Result<Option<Team>, Failure> {
    let asked = district.map(OutwardCode::as_str).unwrap_or_default();
    let serves = team_districts::find_team(session.conn, organisation.id, asked)?;
    let team = teams::find(session.conn, serves.unwrap_or_default())?;
    Ok(team.filter(|team| sees_team(&session.actor, organisation, team)))
}

/// An answer, and whom it was asked of.
struct Shown {
    asked: OrganisationId,
    locality: ShownLocality,
}

fn show(
    session: &mut Session<'_>,
    organisation: Organisation,
    team: Option<Team>,
    shielded: bool,
) -> Result<Shown, Failure> {
    // Looked up whether or not it is needed: the time it takes must not tell.
    let management = broker(session)?.filter(|_| shielded);
    let asked = organisation.id;
    let (served_by, id, name, mut routes) = match (team, management) {
        (Some(team), _) => {
            let routes = [team.routes, organisation.routes].concat();
            (ServedBy::LocalityTeam, Some(team.id), team.name, routes)
        }
        (None, Some(desk)) => (ServedBy::ManagementTeam, None, desk.name, desk.routes),
        (None, None) => (ServedBy::Desk, None, organisation.name, organisation.routes),
    };
    order_for(session.now, &mut routes);
    Ok(Shown { asked, locality: ShownLocality { served_by, team: id, name, routes, at: session.now } })
}
