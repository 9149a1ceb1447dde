//! Who works in which organisation, and how they are trained: rows to be counted, of organisations that exist for the
//! reader.

use diesel::prelude::*;

use super::columns::code;
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::errors::StoreResult;
use super::schema::{account, organisation};
use crate::domain::accounts::{AccountStatus, Role, TrainingKind};
use crate::domain::ids::OrganisationId;
use crate::domain::pages::After;
use crate::domain::policy::Reach;
use crate::domain::services::{OrganisationKind, Sector};
use crate::domain::workforces::Training;

/// Whose accounts are counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkforceFilter {
    /// Of each of these areas: one that is asked for and one that the reader may see need not be the same.
    pub areas: Vec<String>,
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Of people who work in this sector.
    pub sector: Option<Sector>,
    /// With one of these roles.
    pub roles: Vec<Role>,
    /// The kinds of organisation that are sensitive whatever their mark.
    pub sensitive_kinds: Vec<OrganisationKind>,
    /// What the reader may see of what is sensitive; what each allows where there are several.
    pub reaches: Vec<Reach>,
}

/// Narrows accounts joined with their organisations to those of a filter.
macro_rules! narrowed {
    ($query:expr, $filter:expr) => {{
        let filter: &WorkforceFilter = $filter;
        let roles: Vec<&str> = filter.roles.iter().map(|role| role.code()).collect();
        let mut query = $query
            .filter(account::status.eq(AccountStatus::Active.code()))
            .filter(account::role.eq_any(roles))
            .into_boxed();
        for area in &filter.areas {
            query = query.filter(account::area.eq(area.clone()));
        }
        if let Some(organisation) = filter.organisation {
            query = query.filter(account::organisation_id.eq(StoredId::from(organisation)));
        }
        if let Some(sector) = filter.sector {
            query = query.filter(account::sector.eq(sector.code()));
        }
        let ordinary = || {
            let kinds: Vec<&str> = filter.sensitive_kinds.iter().map(|kind| kind.code()).collect();
            organisation::sensitive.eq(false).and(organisation::kind.ne_all(kinds))
        };
        for reach in &filter.reaches {
            query = match reach {
                Reach::Everything => query,
                Reach::Area(area, own) => query.filter(
                    ordinary().or(organisation::area.eq(area.clone())).or(organisation::id.eq(StoredId::from(*own))),
                ),
                Reach::Own(own) => query.filter(ordinary().or(organisation::id.eq(StoredId::from(*own)))),
            };
        }
        query
    }};
}

/// An organisation that employs somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployingOrganisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
}

/// Lists the organisations of accounts in use by name, from after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list_organisations(
    conn: &mut AnyConnection,
    filter: &WorkforceFilter,
    after: Option<&After>,
    limit: u16,
) -> StoreResult<Vec<EmployingOrganisation>> {
    let joined = organisation::table
        .inner_join(account::table.on(account::organisation_id.eq(organisation::id)))
        .select((organisation::id, organisation::name, organisation::kind))
        .distinct()
        .order((organisation::name, organisation::id))
        .limit(limit.into());
    let mut query = narrowed!(joined, filter);
    if let Some(After { name, id }) = after {
        query = query
            .filter(organisation::name.ge(name))
            .filter(organisation::name.gt(name).or(organisation::id.gt(StoredId::from(*id))));
    }
    let rows: Vec<(StoredId, String, String)> = query.load(conn)?;
    rows.into_iter()
        .map(|(id, name, kind)| Ok(EmployingOrganisation { id: id.into(), name, kind: code(&kind)? }))
        .collect()
}

/// A person who uses the index: for whom, in which sector, and how they are trained.
pub type Employee = (OrganisationId, Sector, Training);

/// Lists the people who use the index, in any order: of these organisations where some are named.
///
/// # Errors
/// As the database's.
pub fn list_people(
    conn: &mut AnyConnection,
    filter: &WorkforceFilter,
    organisations: Option<&[OrganisationId]>,
) -> StoreResult<Vec<Employee>> {
    let joined =
        organisation::table.inner_join(account::table.on(account::organisation_id.eq(organisation::id))).select((
            organisation::id,
            account::sector,
            account::trained_until,
            account::information_sharing_trained_until,
            account::lead_professional_trained_until,
        ));
    let mut query = narrowed!(joined, filter);
    if let Some(organisations) = organisations {
        let ids: Vec<StoredId> = organisations.iter().map(|id| StoredId::from(*id)).collect();
        query = query.filter(organisation::id.eq_any(ids));
    }
    type Row = (StoredId, String, Option<chrono::NaiveDate>, Option<chrono::NaiveDate>, Option<chrono::NaiveDate>);
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter()
        .map(|(id, sector, index_use, sharing, lead)| {
            let training = [
                (TrainingKind::IndexUse, index_use),
                (TrainingKind::InformationSharing, sharing),
                (TrainingKind::LeadProfessional, lead),
            ];
            Ok((id.into(), code(&sector)?, training))
        })
        .collect()
}
