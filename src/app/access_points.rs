//! Access points: the directory of desks by area, postcode district and need, and keeping it.

use super::index::Answer;
use super::organisations::find_visible;
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::enquiries::{AccessPoint, AccessPointKind, Need};
use crate::domain::ids::{AccessPointId, OrganisationId};
use crate::domain::instants::Instant;
use crate::domain::pages::{After, Page};
use crate::domain::policy::{self, Refusal, Violation};
use crate::domain::routes::{Route, order_for};
use crate::domain::visits::Visit;
use crate::store::access_points;
use crate::store::errors::StoreError;

/// A desk as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownAccessPoint {
    /// The desk; the first of its routes works at `at`, if any does.
    pub point: AccessPoint,
    /// The name of the organisation that runs it.
    pub organisation_name: String,
    /// When it was read.
    pub at: Instant,
}

/// Which desks are sought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessPointsSought {
    /// Of this area.
    pub area: Option<String>,
    /// That serve this postcode district, in upper case.
    pub district: Option<String>,
    /// That answer to this need.
    pub need: Option<Need>,
    /// Of this kind.
    pub kind: Option<AccessPointKind>,
    /// That are open now, or closed now.
    pub open_now: Option<bool>,
    /// From after this one.
    pub after: Option<After>,
    /// At most so many.
    pub limit: u16,
}

/// A desk to be registered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAccessPoint {
    /// The organisation that runs it.
    pub organisation: OrganisationId,
    /// What it is for.
    pub kind: AccessPointKind,
    /// Its name.
    pub name: String,
    /// The area it serves; its organisation's where none is given.
    pub area: Option<String>,
    /// The needs it answers to.
    pub needs: Vec<Need>,
    /// The postcode districts it serves.
    pub districts: Vec<String>,
    /// How to reach it.
    pub routes: Vec<Route>,
}

/// What is to be changed of a desk; what is not given stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccessPointChanges {
    /// Its name.
    pub name: Option<String>,
    /// The needs it answers to.
    pub needs: Option<Vec<Need>>,
    /// The postcode districts it serves.
    pub districts: Option<Vec<String>>,
    /// How to reach it.
    pub routes: Option<Vec<Route>>,
}

/// Lists desks by name.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_access_points(
    index: &Index,
    visit: Visit,
    sought: AccessPointsSought,
) -> Result<Answer<Page<ShownAccessPoint, After>>, Failure> {
    index.disclose(visit, move |session| list(session, &sought)).await
}

/// Reads a desk.
///
/// # Errors
/// As [`list_access_points`].
pub async fn read_access_point(
    index: &Index,
    visit: Visit,
    id: AccessPointId,
) -> Result<Answer<ShownAccessPoint>, Failure> {
    index
        .disclose(visit, move |session| match find(session, id)? {
            None => Ok(refuse(session, id, Refusal::NotFound)),
            Some(shown) => Ok(Disclosure::with(about(session, id, Outcome::Disclosed), shown)),
        })
        .await
}

/// Registers a desk; once for each idempotency key.
///
/// # Errors
/// As [`list_access_points`].
pub async fn register_access_point(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    new: NewAccessPoint,
) -> Result<Answer<ShownAccessPoint>, Failure> {
    index.change(visit, move |session| register(session, key.as_ref(), new)).await
}

/// Changes a desk, where the precondition holds of what the caller would be shown now.
///
/// # Errors
/// As [`list_access_points`].
pub async fn change_access_point(
    index: &Index,
    visit: Visit,
    id: AccessPointId,
    precondition: Precondition<ShownAccessPoint>,
    changes: AccessPointChanges,
) -> Result<Answer<ShownAccessPoint>, Failure> {
    index.change(visit, move |session| change(session, id, precondition, changes)).await
}

fn list(
    session: &mut Session<'_>,
    sought: &AccessPointsSought,
) -> Result<Sealed<Page<ShownAccessPoint, After>>, Failure> {
    let limit = usize::from(sought.limit).saturating_add(1);
    let mut shown = Vec::with_capacity(limit);
    for point in access_points::list(session.conn, sought.area.as_deref())? {
        let later = sought.after.as_ref().is_none_or(|after| (&after.name, after.id) < (&point.name, point.id.0));
        let fits = sought.district.as_deref().is_none_or(|district| point.serves(district))
            && sought.need.is_none_or(|need| point.answers(need))
            && sought.kind.is_none_or(|kind| point.kind == kind)
            && sought.open_now.is_none_or(|open| point.is_open_at(session.now) == open);
        if later && fits {
            shown.extend(show(session, point)?);
        }
        if shown.len() == limit {
            break;
        }
    }
    let place = |last: &ShownAccessPoint| After { name: last.point.name.clone(), id: last.point.id.0 };
    let page = Page::of(shown, sought.limit, place);
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new()
        .with_some("area", sought.area.clone())
        .with_some("postcode_district", sought.district.clone())
        .with_some("need", sought.need.map(Need::code))
        .with_some("kind", sought.kind.map(AccessPointKind::code))
        .with_some("open_now", sought.open_now)
        .with_some("cursor", sought.after.as_ref().map(ToString::to_string))
        .with("limit", sought.limit);
    Ok(Disclosure::with(session.event(session.visit.action, outcome).asking(asked), page))
}

fn register(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    new: NewAccessPoint,
) -> Result<Sealed<ShownAccessPoint>, Failure> {
    let Some(organisation) = find_visible(session, new.organisation)? else {
        let message = "is not registered here";
        return Ok(session.refuse(Refusal::Invalid(Violation { pointer: "/organisation", message })));
    };
    let area = new.area.unwrap_or(organisation.area);
    if let Err(refusal) = policy::decide_access_point_change(&session.actor, &area) {
        return Ok(session.refuse(refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(Some(replay)) => {
            let id = replay.reference.and_then(|reference| reference.parse().ok()).unwrap_or_default();
            return match find(session, id)? {
                None => Ok(refuse(session, id, Refusal::NotFound)),
                Some(shown) => Ok(Disclosure::with(about(session, id, Outcome::Unchanged), shown)),
            };
        }
        Ok(None) => {}
    }
    let point = AccessPoint {
        id: AccessPointId::new(),
        organisation: organisation.id,
        kind: new.kind,
        name: new.name,
        area,
        needs: new.needs,
        districts: new.districts,
        routes: new.routes,
        version: 1,
    };
    let id = point.id;
    access_points::insert(session.conn, &point)?;
    replays::remember(session, key, "registered", Some(id.to_string()))?;
    tell(session, point, Outcome::Changed)
}

fn change(
    session: &mut Session<'_>,
    id: AccessPointId,
    precondition: Precondition<ShownAccessPoint>,
    changes: AccessPointChanges,
) -> Result<Sealed<ShownAccessPoint>, Failure> {
    let Some(before) = find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = policy::decide_access_point_change(&session.actor, &before.point.area) {
        return Ok(refuse(session, id, refusal));
    }
    if !precondition.holds(&before) {
        return Ok(refuse(session, id, Refusal::Stale));
    }
    // As stored, not as ordered for now.
    let Some(stored) = access_points::find(session.conn, id)? else {
        return Ok(refuse(session, id, Refusal::NotFound));
    };
    let after = AccessPoint {
        name: changes.name.unwrap_or_else(|| stored.name.clone()),
        needs: changes.needs.unwrap_or_else(|| stored.needs.clone()),
        districts: changes.districts.unwrap_or_else(|| stored.districts.clone()),
        routes: changes.routes.unwrap_or_else(|| stored.routes.clone()),
        ..stored.clone()
    };
    if after == stored {
        return tell(session, after, Outcome::Unchanged);
    }
    match access_points::update(session.conn, &after) {
        Ok(()) => tell(session, AccessPoint { version: after.version.saturating_add(1), ..after }, Outcome::Changed),
        Err(StoreError::NotFound) => Ok(refuse(session, id, Refusal::Stale)),
        Err(error) => Err(error.into()),
    }
}

fn tell(session: &mut Session<'_>, point: AccessPoint, outcome: Outcome) -> Result<Sealed<ShownAccessPoint>, Failure> {
    let id = point.id;
    match show(session, point)? {
        Some(shown) => Ok(Disclosure::with(about(session, id, outcome), shown)),
        None => Ok(refuse(session, id, Refusal::NotFound)),
    }
}

/// Finds a desk, unless the organisation that runs it does not exist for the actor.
pub(super) fn find(session: &mut Session<'_>, id: AccessPointId) -> Result<Option<ShownAccessPoint>, Failure> {
    match access_points::find(session.conn, id)? {
        Some(point) => show(session, point),
        None => Ok(None),
    }
}

fn show(session: &mut Session<'_>, mut point: AccessPoint) -> Result<Option<ShownAccessPoint>, Failure> {
    let Some(organisation) = find_visible(session, point.organisation)? else { return Ok(None) };
    order_for(session.now, &mut point.routes);
    Ok(Some(ShownAccessPoint { point, organisation_name: organisation.name, at: session.now }))
}

fn about(session: &Session<'_>, id: AccessPointId, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::AccessPoint, id)
}

fn refuse<T>(session: &Session<'_>, id: AccessPointId, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, refusal.outcome()))
}
