//! What stands around events now: the children, accounts and organisations they name, as far as an auditor's view
//! depends on it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;

use super::pseudonyms::pseudonym;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::{Payload, Pseudonym, TargetKind};
use crate::domain::audit::views::{AccountNow, ChildNow, OrganisationNow, Surroundings};
use crate::domain::children::Publication;
use crate::domain::services::{OrganisationKind, Sensitivity, SensitivityPolicy};
use crate::store::columns::{code, text};
use crate::store::compact::StoredId;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::{account, child, child_pseudonym, organisation};

/// Keys asked for in one statement.
const CHUNK: usize = 250;
/// How many mergers are followed from a record to the one that survived; beyond, the child counts as hidden.
const MOST_MERGERS: usize = 8;

/// Reads what stands around `events`, and the further child named, now; `policy` says which organisations are sensitive.
///
/// # Errors
/// [`Broken`](crate::store::errors::StoreError::Broken) for failures of the database and for stored values that cannot be read.
pub fn read_surroundings(
    conn: &mut AnyConnection,
    policy: &SensitivityPolicy,
    events: &[RecordedEvent],
    further: Option<Pseudonym>,
) -> StoreResult<Surroundings> {
    let mut named = Named::default();
    named.children.extend(further);
    events.iter().filter_map(|event| event.payload.as_ref()).for_each(|payload| named.add(payload));
    let accounts = list_accounts(conn, &named.accounts)?;
    named.organisations.extend(accounts.values().map(|account| account.organisation));
    let organisations = list_organisations(conn, policy, &named.organisations)?;
    Ok(Surroundings { children: list_children(conn, &named.children)?, accounts, organisations })
}

/// Reads what stands around some accounts and organisations.
///
/// # Errors
/// As for [`read_surroundings`].
pub fn read_accounts_around(
    conn: &mut AnyConnection,
    policy: &SensitivityPolicy,
    accounts: &[Uuid],
    organisations: &[Uuid],
) -> StoreResult<Surroundings> {
    let accounts = list_accounts(conn, &accounts.iter().copied().collect())?;
    let mut owners: BTreeSet<Uuid> = organisations.iter().copied().collect();
    owners.extend(accounts.values().map(|account| account.organisation));
    let organisations = list_organisations(conn, policy, &owners)?;
    Ok(Surroundings { children: BTreeMap::new(), accounts, organisations })
}

/// What some events name.
#[derive(Default)]
struct Named {
    children: BTreeSet<Pseudonym>,
    accounts: BTreeSet<Uuid>,
    organisations: BTreeSet<Uuid>,
}

impl Named {
    fn add(&mut self, payload: &Payload) {
        self.children.extend(payload.children.iter().map(|child| child.pseudonym));
        self.accounts.extend(payload.accounts());
        self.organisations.extend(payload.organisation);
        for target in &payload.targets {
            match target.kind {
                TargetKind::Account => self.accounts.extend(target.id.parse::<Uuid>()),
                TargetKind::Organisation => self.organisations.extend(target.id.parse::<Uuid>()),
                _ => {}
            }
        }
    }
}

fn list_accounts(conn: &mut AnyConnection, ids: &BTreeSet<Uuid>) -> StoreResult<BTreeMap<Uuid, AccountNow>> {
    let mut accounts = BTreeMap::new();
    for ids in texts(ids).chunks(CHUNK) {
        let rows: Vec<(String, String, String, StoredId)> = on_each!(conn, |c| account::table
            .filter(account::id.eq_any(ids))
            .select((account::id, account::name, account::role, account::organisation_id))
            .load(c))?;
        for (id, name, role, organisation) in rows {
            let now = AccountNow { name, role: code(&role)?, organisation: organisation.into() };
            accounts.insert(text(&id)?, now);
        }
    }
    Ok(accounts)
}

fn list_organisations(
    conn: &mut AnyConnection,
    policy: &SensitivityPolicy,
    ids: &BTreeSet<Uuid>,
) -> StoreResult<BTreeMap<Uuid, OrganisationNow>> {
    let mut organisations = BTreeMap::new();
    let ids: Vec<StoredId> = ids.iter().map(|id| StoredId::from(*id)).collect();
    for ids in ids.chunks(CHUNK) {
        let rows: Vec<(StoredId, String, String, bool)> = on_each!(conn, |c| organisation::table
            .filter(organisation::id.eq_any(ids))
            .select((organisation::id, organisation::name, organisation::kind, organisation::sensitive))
            .load(c))?;
        for (id, name, kind, marked) in rows {
            let kind: OrganisationKind = code(&kind)?;
            let sensitive = policy.of_organisation(kind, Sensitivity::marked(marked)).is_sensitive();
            organisations.insert(id.into(), OrganisationNow { name, sensitive });
        }
    }
    Ok(organisations)
}

fn texts(ids: &BTreeSet<Uuid>) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = child)]
struct ChildRow {
    index_number: String,
    publication: String,
    shield: Option<String>,
    sealed: bool,
    merged_into: Option<i64>,
}

impl ChildRow {
    fn is_hidden(&self) -> StoreResult<bool> {
        Ok(self.shield.is_some() || self.sealed || code::<Publication>(&self.publication)? == Publication::Held)
    }
}

fn list_children(
    conn: &mut AnyConnection,
    pseudonyms: &BTreeSet<Pseudonym>,
) -> StoreResult<BTreeMap<Pseudonym, ChildNow>> {
    let names: Vec<&[u8]> = pseudonyms.iter().map(|name| name.0.as_slice()).collect();
    let mut children = BTreeMap::new();
    for names in names.chunks(CHUNK) {
        let rows: Vec<(Vec<u8>, ChildRow)> = on_each!(conn, |c| child_pseudonym::table
            .inner_join(child::table.on(child::id.eq(child_pseudonym::child_id)))
            .filter(child_pseudonym::pseudonym.eq_any(names))
            .select((child_pseudonym::pseudonym, ChildRow::as_select()))
            .load(c))?;
        for (name, row) in rows {
            children.insert(pseudonym(&name)?, child_now(conn, row)?);
        }
    }
    Ok(children)
}

/// A merged record is as hidden as the one that survived it: a merger keeps the stricter shield.
fn child_now(conn: &mut AnyConnection, row: ChildRow) -> StoreResult<ChildNow> {
    let mut now = ChildNow { number: text(&row.index_number)?, hidden: row.is_hidden()?, sealed: row.sealed };
    let mut survivor = row.merged_into;
    for _ in 0..MOST_MERGERS {
        let Some(id) = survivor else { return Ok(now) };
        let found: Option<ChildRow> = on_each!(conn, |c| child::table
            .filter(child::id.eq(id))
            .select(ChildRow::as_select())
            .get_result(c)
            .optional())?;
        let Some(row) = found else { break };
        now.hidden |= row.is_hidden()?;
        now.sealed |= row.sealed;
        survivor = row.merged_into;
    }
    now.hidden |= survivor.is_some();
    now.sealed |= survivor.is_some();
    Ok(now)
}
