//! Accounts: who a token's identity is and what they may do, read anew by every request.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, optional_code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::memories;
use super::schema::{account, organisation};
use crate::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::instants::Instant;
use crate::domain::organisations::Accreditation;
use crate::domain::services::OrganisationKind;
use crate::domain::visits::Identity;

/// A row of `account`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = account, treat_none_as_null = true)]
struct AccountRow {
    id: String,
    issuer: String,
    subject: String,
    name: String,
    role: String,
    capabilities: String,
    sector: String,
    organisation_id: StoredId,
    area: String,
    status: String,
    checked_until: Option<NaiveDate>,
    trained_until: Option<NaiveDate>,
    certified_until: Option<NaiveDate>,
    terms_accepted_on: Option<NaiveDate>,
    version: i64,
    created_at: i64,
    information_sharing_trained_until: Option<NaiveDate>,
    lead_professional_trained_until: Option<NaiveDate>,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            issuer: account.issuer.clone(),
            subject: account.subject.clone(),
            name: account.name.clone(),
            role: account.role.code().into(),
            capabilities: write_capabilities(&account.capabilities),
            sector: account.sector.code().into(),
            organisation_id: account.organisation.into(),
            area: account.area.clone(),
            status: account.status.code().into(),
            checked_until: account.standing.checked_until,
            trained_until: account.standing.trained_until,
            certified_until: account.standing.certified_until,
            terms_accepted_on: account.standing.terms_accepted_on,
            version: account.version,
            created_at: account.created_at.0,
            information_sharing_trained_until: account.standing.information_sharing_trained_until,
            lead_professional_trained_until: account.standing.lead_professional_trained_until,
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> StoreResult<Self> {
        Ok(Self {
            id: text(&row.id)?,
            issuer: row.issuer,
            subject: row.subject,
            name: row.name,
            role: code(&row.role)?,
            capabilities: read_capabilities(&row.capabilities)?,
            sector: code(&row.sector)?,
            organisation: row.organisation_id.into(),
            area: row.area,
            status: code(&row.status)?,
            standing: Standing {
                checked_until: row.checked_until,
                trained_until: row.trained_until,
                certified_until: row.certified_until,
                terms_accepted_on: row.terms_accepted_on,
                information_sharing_trained_until: row.information_sharing_trained_until,
                lead_professional_trained_until: row.lead_professional_trained_until,
            },
            version: row.version,
            created_at: Instant(row.created_at),
        })
    }
}

/// Codes in one text, separated by spaces.
fn write_capabilities(capabilities: &BTreeSet<Capability>) -> String {
    capabilities.iter().map(|capability| capability.code()).collect::<Vec<_>>().join(" ")
}

fn read_capabilities(codes: &str) -> StoreResult<BTreeSet<Capability>> {
    codes.split_ascii_whitespace().map(code).collect()
}

/// The organisation of an account, as far as every request asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Employer {
    /// Whether it is accredited, and on what lawful basis it takes part.
    pub accreditation: Accreditation,
    /// What kind of body it is.
    pub kind: OrganisationKind,
}

/// As much of a row of `organisation`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organisation)]
struct EmployerRow {
    accredited_until: Option<NaiveDate>,
    lawful_basis: Option<String>,
    kind: String,
}

impl TryFrom<EmployerRow> for Employer {
    type Error = StoreError;

    fn try_from(row: EmployerRow) -> StoreResult<Self> {
        let lawful_basis = optional_code(row.lawful_basis.as_deref())?;
        let accreditation = Accreditation { until: row.accredited_until, lawful_basis };
        Ok(Self { accreditation, kind: code(&row.kind)? })
    }
}

/// Finds the account registered for an identity, with what matters of its organisation: one statement at most, because
/// every request begins with it.
///
/// # Errors
/// As the database's.
pub fn find_by_identity(
    conn: &mut AnyConnection,
    issuer: &str,
    subject: &str,
) -> StoreResult<Option<(Account, Employer)>> {
    if let Some(registered) = memories::of(conn).and_then(|memory| memory.account(issuer, subject)) {
        return Ok(registered.clone());
    }
    let row: Option<(AccountRow, EmployerRow)> = on_each!(conn, |c| account::table
        .inner_join(organisation::table.on(organisation::id.eq(account::organisation_id)))
        .filter(account::issuer.eq(issuer))
        .filter(account::subject.eq(subject))
        .select((AccountRow::as_select(), EmployerRow::as_select()))
        .get_result(c)
        .optional())?;
    let registered = row.map(employed).transpose()?;
    if let Some(memory) = memories::of(conn) {
        memory.keep_account(issuer, subject, registered.clone());
    }
    Ok(registered)
}

fn employed((row, employer): (AccountRow, EmployerRow)) -> StoreResult<(Account, Employer)> {
    Ok((row.try_into()?, employer.try_into()?))
}

/// Reads the accounts of several identities into the connection's memory, those of nobody among them.
pub(super) fn expect(conn: &mut AnyConnection, identities: &[&Identity]) -> StoreResult<()> {
    let issuers: BTreeSet<&str> = identities.iter().map(|identity| identity.issuer.as_str()).collect();
    let subjects: BTreeSet<&str> = identities.iter().map(|identity| identity.subject.as_str()).collect();
    let rows: Vec<(AccountRow, EmployerRow)> = on_each!(conn, |c| account::table
        .inner_join(organisation::table.on(organisation::id.eq(account::organisation_id)))
        .filter(account::issuer.eq_any(&issuers))
        .filter(account::subject.eq_any(&subjects))
        .select((AccountRow::as_select(), EmployerRow::as_select()))
        .load(c))?;
    let found = rows.into_iter().map(employed).collect::<StoreResult<Vec<_>>>()?;
    let Some(memory) = memories::of(conn) else { return Ok(()) };
    for identity in identities {
        memory.keep_account(&identity.issuer, &identity.subject, None);
    }
    for (account, employer) in found {
        let (issuer, subject) = (account.issuer.clone(), account.subject.clone());
        memory.keep_account(&issuer, &subject, Some((account, employer)));
    }
    Ok(())
}

/// Finds an account with what matters of its organisation.
///
/// # Errors
/// As the database's.
pub fn find_employed(conn: &mut AnyConnection, id: AccountId) -> StoreResult<Option<(Account, Employer)>> {
    let row: Option<(AccountRow, EmployerRow)> = on_each!(conn, |c| account::table
        .inner_join(organisation::table.on(organisation::id.eq(account::organisation_id)))
        .filter(account::id.eq(id.to_string()))
        .select((AccountRow::as_select(), EmployerRow::as_select()))
        .get_result(c)
        .optional())?;
    row.map(employed).transpose()
}

/// Finds an account.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: AccountId) -> StoreResult<Option<Account>> {
    let id = id.to_string();
    let row: Option<AccountRow> = on_each!(conn, |c| account::table
        .filter(account::id.eq(&id))
        .select(AccountRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// Which accounts a list is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// With one of these roles; with any where none is named.
    pub roles: Vec<Role>,
    /// With this status.
    pub status: Option<AccountStatus>,
    /// In use by people whose certification ends on this day or before.
    pub certification_due_by: Option<NaiveDate>,
    /// Of each of these areas: one that is asked for and one that the reader may see need not be the same.
    pub areas: Vec<String>,
}

/// Lists accounts in the order they were registered, from after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    filter: &AccountFilter,
    after: Option<AccountId>,
    limit: u16,
) -> StoreResult<Vec<Account>> {
    let mut query = account::table.select(AccountRow::as_select()).order(account::id).limit(limit.into()).into_boxed();
    if let Some(after) = after {
        query = query.filter(account::id.gt(after.to_string()));
    }
    if let Some(organisation) = filter.organisation {
        query = query.filter(account::organisation_id.eq(StoredId::from(organisation)));
    }
    if !filter.roles.is_empty() {
        let roles: Vec<_> = filter.roles.iter().map(|role| role.code()).collect();
        query = query.filter(account::role.eq_any(roles));
    }
    if let Some(status) = filter.status {
        query = query.filter(account::status.eq(status.code()));
    }
    if let Some(day) = filter.certification_due_by {
        query = query
            .filter(account::certified_until.is_null().or(account::certified_until.le(day)))
            .filter(account::status.eq(AccountStatus::Active.code()))
            .filter(account::role.ne(Role::System.code()));
    }
    for area in &filter.areas {
        query = query.filter(account::area.eq(area.clone()));
    }
    let rows: Vec<AccountRow> = query.load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Inserts an account.
///
/// # Errors
/// `Conflict` of `account_identity`; of `foreign_key` where there is no such organisation.
pub fn insert(conn: &mut AnyConnection, new: &Account) -> StoreResult<()> {
    let row = AccountRow::from(new);
    on_each!(conn, |c| diesel::insert_into(account::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces an account; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there; `Conflict` as for [`insert`].
pub fn update(conn: &mut AnyConnection, changed: &Account) -> StoreResult<()> {
    let mut row = AccountRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = account::table.filter(account::id.eq(&row.id)).filter(account::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
