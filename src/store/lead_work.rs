//! Where those who co-ordinate early help look first: children of an area, each of them still to be decided.

use chrono::NaiveDate;
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::columns::text;
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::{account, child, involvement, lead_proposal, practitioner};
use super::short_codes::ShortCode;
use crate::domain::accounts::AccountStatus;
use crate::domain::children::{ChildStatus, Publication};
use crate::domain::ids::{ChildId, PractitionerId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::leads::{LeadWorkList, SERVICES_THAT_NEED_A_LEAD};
use crate::domain::services::{Service, ServiceGroup};

/// Which children are looked for.
#[derive(Debug, Clone)]
pub struct LeadWorkScope<'a> {
    /// The area.
    pub area: &'a str,
    /// The list.
    pub list: LeadWorkList,
    /// Now.
    pub now: Instant,
    /// What was confirmed no later is stale.
    pub stale_at: Instant,
    /// Today.
    pub day: NaiveDate,
}

/// Children who may belong on a list, in the order of their numbers, from after `after` and at most `limit`. Among them
/// are some whom it shows nobody: what of each may be seen is decided child by child.
///
/// # Errors
/// As the database's.
pub fn list_candidates(
    conn: &mut AnyConnection,
    scope: &LeadWorkScope<'_>,
    after: Option<IndexNumber>,
    limit: u16,
) -> StoreResult<Vec<(ChildId, IndexNumber)>> {
    let after = after.map(|number| number.compact()).unwrap_or_default();
    let of_the_area = child::table
        .filter(child::area.eq(scope.area))
        .filter(child::index_number.gt(after))
        .filter(child::publication.eq(Publication::Published.code()))
        .filter(child::status.eq_any([ChildStatus::Active.code(), ChildStatus::Unborn.code()]))
        .order(child::index_number)
        .limit(limit.into())
        .select((child::id, child::index_number));
    let running = involvement::table
        .filter(involvement::child_id.eq(child::id))
        .filter(involvement::ended_on.is_null())
        .filter(involvement::withdrawn_at.is_null());
    let rows: Vec<(i64, String)> = match scope.list {
        LeadWorkList::WithoutLead => {
            let so_many = i64::try_from(SERVICES_THAT_NEED_A_LEAD).unwrap_or(i64::MAX);
            let additional = Service::ALL.iter().filter(|service| service.group() == ServiceGroup::Additional);
            let codes: Vec<&str> = additional.map(|service| service.short()).collect();
            let counted = running.filter(involvement::service.eq_any(codes)).select(count_star()).single_value();
            on_each!(conn, |c| of_the_area.filter(counted.ge(so_many)).load(c))?
        }
        LeadWorkList::StaleContact => {
            let stale = running
                .filter(involvement::lead.is_not_null())
                .filter(involvement::last_confirmed_at.le(scope.stale_at.0));
            on_each!(conn, |c| of_the_area.filter(exists(stale)).load(c))?
        }
        LeadWorkList::Proposed => {
            let waiting = lead_proposal::table
                .filter(lead_proposal::child_id.eq(child::id))
                .filter(lead_proposal::closed_at.is_null())
                .filter(lead_proposal::expires_at.gt(scope.now.0));
            on_each!(conn, |c| of_the_area.filter(exists(waiting)).load(c))?
        }
        LeadWorkList::LapsedTraining => {
            let lapsed = practitioner::table
                .inner_join(
                    account::table.on(account::organisation_id
                        .eq(practitioner::organisation_id)
                        .and(account::name.eq(practitioner::name))),
                )
                .filter(account::lead_professional_trained_until.lt(scope.day))
                .filter(account::status.eq(AccountStatus::Active.code()))
                .select(practitioner::id.nullable());
            let leads =
                running.filter(involvement::lead.is_not_null()).filter(involvement::practitioner_id.eq_any(lapsed));
            on_each!(conn, |c| of_the_area.filter(exists(leads)).load(c))?
        }
    };
    rows.into_iter().map(|(id, number)| Ok((ChildId(id), text(&number)?))).collect()
}

/// Who of these practitioners has a training as a lead professional that counts no more on `day`: by the accounts of their
/// own organisation under their name that are in use. Of namesakes one whose training counts speaks for all, so that nobody
/// is warned of wrongly; whoever never had any is not named.
///
/// # Errors
/// As the database's.
pub fn list_lapsed(
    conn: &mut AnyConnection,
    people: &[PractitionerId],
    day: NaiveDate,
) -> StoreResult<Vec<PractitionerId>> {
    let ids: Vec<StoredId> = people.iter().map(|person| StoredId::from(*person)).collect();
    let rows: Vec<(StoredId, Option<NaiveDate>)> =
        on_each!(conn, |c| practitioner::table
            .inner_join(account::table.on(
                account::organisation_id.eq(practitioner::organisation_id).and(account::name.eq(practitioner::name))
            ))
            .filter(practitioner::id.eq_any(&ids))
            .filter(account::status.eq(AccountStatus::Active.code()))
            .filter(account::lead_professional_trained_until.is_not_null())
            .select((practitioner::id, account::lead_professional_trained_until))
            .load(c))?;
    let counts = |person: &PractitionerId, counting: bool| {
        let id = StoredId::from(*person);
        rows.iter().any(|(of, until)| *of == id && until.is_some_and(|until| (day <= until) == counting))
    };
    Ok(people.iter().filter(|person| counts(person, false) && !counts(person, true)).copied().collect())
}
