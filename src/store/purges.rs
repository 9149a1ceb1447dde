//! Purges: which records go on which day, and their going from every table.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::children::read_pseudonym;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::{child_pseudonym, child_purge};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::ids::ChildId;

/// Every table that holds something of a child, by its column `child_id`, in the order in which they are emptied. Keys
/// went when the record was closed; budgets and handles go by themselves within two days.
pub const TABLES: [&str; 24] = [
    "child_name",
    "carer",
    "identifier",
    "child_restriction",
    "past_ground",
    "lead_proposal",
    "lead_term",
    "past_lead",
    "team_attendance",
    "team_meeting",
    "child_team_link",
    "child_team",
    "panel_item",
    "assessment",
    "transfer",
    "involvement",
    "brokered_contact",
    "child_override",
    "child_case",
    "mother",
    "decoy",
    "shield_review",
    "child_purge",
    "child_pseudonym",
];

/// Tables that name two children, and the column of the other one.
const NAMING_TWO: [(&str, &str); 1] = [("child_team_link", "other_id")];

/// Tables that keep their rows, for what is counted from them, and forget the child.
pub const FORGETTING: [&str; 1] = ["enquiry"];

/// Sets the day on which a record goes.
///
/// # Errors
/// As the database's.
pub fn insert(conn: &mut AnyConnection, child: ChildId, due_on: NaiveDate) -> StoreResult<()> {
    let row = (child_purge::child_id.eq(child.0), child_purge::due_on.eq(due_on));
    on_each!(conn, |c| diesel::insert_into(child_purge::table).values(&row).execute(c))?;
    Ok(())
}

/// The records whose day has come, at most `limit`, each with its name in the log.
///
/// # Errors
/// As the database's.
pub fn list_due(conn: &mut AnyConnection, day: NaiveDate, limit: u16) -> StoreResult<Vec<(ChildId, Pseudonym)>> {
    let rows: Vec<(i64, Vec<u8>)> = on_each!(conn, |c| child_purge::table
        .inner_join(child_pseudonym::table.on(child_pseudonym::child_id.eq(child_purge::child_id)))
        .filter(child_purge::due_on.le(day))
        .order(child_purge::child_id)
        .limit(limit.into())
        .select((child_purge::child_id, child_pseudonym::pseudonym))
        .load(c))?;
    rows.into_iter().map(|(child, pseudonym)| Ok((ChildId(child), read_pseudonym(&pseudonym)?))).collect()
}

/// Deletes everything of a child. The log keeps its events, which name a child by a pseudonym that nothing maps any
/// more.
///
/// # Errors
/// As the database's; `Conflict` of `foreign_key` where a table is missing from [`TABLES`].
pub fn purge(conn: &mut AnyConnection, child: ChildId) -> StoreResult<()> {
    for table in FORGETTING {
        run(conn, &format!("UPDATE {table} SET child_id = NULL"), "child_id", child)?;
    }
    for (table, column) in NAMING_TWO {
        run(conn, &format!("DELETE FROM {table}"), column, child)?;
    }
    for table in TABLES {
        run(conn, &format!("DELETE FROM {table}"), "child_id", child)?;
    }
    run(conn, "DELETE FROM child", "id", child)
}

fn run(conn: &mut AnyConnection, what: &str, column: &str, child: ChildId) -> StoreResult<()> {
    let place = match conn {
        AnyConnection::Sqlite(_) => "?",
        AnyConnection::Postgres(_) => "$1",
    };
    let statement = diesel::sql_query(format!("{what} WHERE {column} = {place}"));
    on_each!(conn, |c| statement.bind::<BigInt, _>(child.0).execute(c))?;
    Ok(())
}
