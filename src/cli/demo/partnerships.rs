//! The children's trust of the demo's first area: an adopted agreement that takes nothing from members, and a draft whose
//! dry run shows something.

use chrono::{Days, NaiveDate};

use crate::domain::ids::{OrganisationId, PartnershipId};
use crate::domain::instants::Instant;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::partnerships::{
    Agreement, AgreementState, DefaultVisibility, Membership, Partnership, ServiceDefault,
};
use crate::domain::services::{OrganisationKind, Service};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::organisations::{self, OrganisationFilter};
use crate::store::{agreements, partnerships};

/// The most members.
const MOST: u16 = 500;

/// Registers the trust of an area with its organisations and two agreements.
///
/// # Errors
/// As the database's.
pub(super) fn register(conn: &mut AnyConnection, area: &str, now: Instant) -> StoreResult<()> {
    let today = now.day();
    let id = PartnershipId::new();
    let name = "Wiltshire children's trust".to_owned();
    partnerships::insert(conn, &Partnership { id, area: area.to_owned(), name, version: 1, created_at: now })?;
    for member in members(conn, area)? {
        partnerships::join(conn, id, &Membership { organisation: member, from: today, until: None })?;
    }
    // To members everything as without it; what probation does is told to others as existing, and no more.
    let in_force = agreement(id, today, &[(Service::Probation, DefaultVisibility::Shown)]);
    if let Some(number) = agreements::insert(conn, &in_force)? {
        agreements::update(conn, &Agreement { number, state: AgreementState::Adopted, ..in_force })?;
    }
    let next_year = today.checked_add_days(Days::new(366)).unwrap_or(today);
    let withheld = [Service::Housing, Service::EarlyHelp, Service::School];
    agreements::insert(conn, &agreement(id, next_year, &withheld.map(|each| (each, DefaultVisibility::Brokered))))?;
    Ok(())
}

/// Every organisation of the area but its management team and those that are sensitive.
fn members(conn: &mut AnyConnection, area: &str) -> StoreResult<Vec<OrganisationId>> {
    let filter = OrganisationFilter { area: Some(area.to_owned()), ..OrganisationFilter::default() };
    let mut all = organisations::list(conn, &filter, None, MOST)?;
    all.retain(|each| each.kind != OrganisationKind::ManagementTeam && !each.kind.is_sensitive() && !each.sensitive);
    Ok(all.into_iter().map(|each| each.id).collect())
}

/// A draft for a year from `from` on, by which members are told so much of these services and others no more than that
/// there is one.
fn agreement(partnership: PartnershipId, from: NaiveDate, lines: &[(Service, DefaultVisibility)]) -> Agreement {
    let line = |&(service, visibility): &(Service, DefaultVisibility)| ServiceDefault {
        service,
        visibility,
        outside: DefaultVisibility::Brokered,
    };
    Agreement {
        partnership,
        number: 0,
        lawful_basis: LawfulBasis::PublicTask,
        from,
        until: from.checked_add_days(Days::new(365)),
        review_on: from.checked_add_days(Days::new(270)).unwrap_or(from),
        defaults: lines.iter().map(line).collect(),
        state: AgreementState::Draft,
        ended_on: None,
        version: 1,
    }
}
