//! Candidates of a search: what the matcher compares and a decision needs, with the record kept closed.

use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;

use super::among::load_among;
use super::children::{ChildRow, IdentifierRow, NameRow, read_pseudonym};
use super::connections::AnyConnection;
use super::errors::StoreResult;
use super::memories::{self, Memory};
use super::restrictions;
use super::schema::{child, child_name, child_pseudonym, identifier};
use crate::domain::children::{Child, ChildRecord};
use crate::domain::findability::{visible_profile, whole_profile};
use crate::domain::ids::ChildId;
use crate::domain::matching::Profile;
use crate::domain::policy::{SearchPermit, Subject, Visibility};

/// A candidate. Its subject is for deciding and its profile for matching; the record opens under a search permit,
/// and only where that permit shows the child.
#[derive(Clone)]
pub struct Candidate {
    subject: Subject,
    child: Child,
}

impl Candidate {
    /// The facts of a decision; never shown.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What a search may find it by.
    #[must_use]
    pub fn visible_profile(&self) -> Profile {
        visible_profile(&self.child)
    }

    /// Everything it could be recognised by: for telling whether a registration is a child already here.
    #[must_use]
    pub fn whole_profile(&self) -> Profile {
        whole_profile(&self.child)
    }

    /// The record and how much of it may be seen; none where the child does not exist for who searches.
    #[must_use]
    pub fn open(&self, permit: &SearchPermit, day: NaiveDate) -> Option<(&ChildRecord, Visibility)> {
        let visibility = permit.visibility_of(&self.subject, day)?;
        Some((&self.child.record, visibility))
    }
}

/// Rows fetched in one statement; SQLite allows far more, and a fixed size keeps the statement short.
const CHUNK: usize = 250;

/// Reads candidates by id; those that are gone are left out. In the order of `ids`. Without ids the same statements are
/// run, so that nobody takes as long as somebody who may not be known of.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, ids: &[i64], day: NaiveDate) -> StoreResult<Vec<Candidate>> {
    if let Some(expected) = memories::of(conn).and_then(|memory| remembered(memory, ids, day)) {
        return Ok(expected);
    }
    read(conn, ids, day)
}

/// Candidates that were read beforehand, where all of them were.
fn remembered(memory: &Memory, ids: &[i64], day: NaiveDate) -> Option<Vec<Candidate>> {
    if memory.candidates_day != Some(day) {
        return None;
    }
    let found: Option<Vec<&Option<Candidate>>> = ids.iter().map(|id| memory.candidates.get(id)).collect();
    Some(found?.into_iter().flatten().cloned().collect())
}

/// Reads candidates into the connection's memory, by the same statements whether there are any or not.
///
/// # Errors
/// As the database's.
pub(super) fn expect(conn: &mut AnyConnection, ids: &[i64], day: NaiveDate) -> StoreResult<()> {
    let found = read(conn, ids, day)?;
    let Some(memory) = memories::of(conn) else { return Ok(()) };
    memory.candidates = ids.iter().map(|id| (*id, None)).collect();
    memory.candidates.extend(found.into_iter().map(|candidate| (candidate.subject.child.0, Some(candidate))));
    memory.candidates_day = Some(day);
    Ok(())
}

fn read(conn: &mut AnyConnection, ids: &[i64], day: NaiveDate) -> StoreResult<Vec<Candidate>> {
    let mut candidates = Vec::with_capacity(ids.len());
    let nobody: [&[i64]; 1] = [&[]];
    let nobody = nobody.into_iter().filter(|_| ids.is_empty());
    for chunk in ids.chunks(CHUNK).chain(nobody) {
        let rows = load_among!(
            conn,
            chunk,
            child::table
                .inner_join(child_pseudonym::table.on(child_pseudonym::child_id.eq(child::id)))
                .select((ChildRow::as_select(), child_pseudonym::pseudonym)),
            child::id,
            (ChildRow, Vec<u8>)
        )?;
        let names =
            load_among!(conn, chunk, child_name::table.select(NameRow::as_select()), child_name::child_id, NameRow)?;
        let identifiers = load_among!(
            conn,
            chunk,
            identifier::table.select(IdentifierRow::as_select()),
            identifier::child_id,
            IdentifierRow
        )?;
        let mut by_id = HashMap::with_capacity(rows.len());
        for (row, pseudonym) in rows {
            let record = ChildRecord::try_from(row)?;
            let subject = Subject::of(&record, read_pseudonym(&pseudonym)?, day);
            let child = Child { record, other_names: Vec::new(), carers: Vec::new(), identifiers: Vec::new() };
            by_id.insert(child.record.id, Candidate { subject, child });
        }
        for row in names {
            if let Some(candidate) = by_id.get_mut(&ChildId(row.child_id)) {
                let name = row.around(&candidate.child.record)?;
                candidate.child.other_names.push(name);
            }
        }
        for row in identifiers {
            if let Some(candidate) = by_id.get_mut(&ChildId(row.child_id)) {
                let identifier = row.around(&candidate.child.record)?;
                candidate.child.identifiers.push(identifier);
            }
        }
        for (id, account) in restrictions::list_pairs(conn, chunk)? {
            if let Some(candidate) = by_id.get_mut(&id) {
                candidate.subject.restricted_from.push(account);
            }
        }
        candidates.extend(chunk.iter().filter_map(|id| by_id.remove(&ChildId(*id))));
    }
    Ok(candidates)
}
