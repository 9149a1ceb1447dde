//! A child's file: what a decision needs and what it may open, read at once and kept closed until there is a permit.

use chrono::NaiveDate;

use super::connections::AnyConnection;
use super::errors::{StoreError, StoreResult};
use super::{assessments, cases, children, enquiries, involvements, restrictions};
use crate::domain::assessments::Assessment;
use crate::domain::children::ChildRecord;
use crate::domain::ids::ChildId;
use crate::domain::involvements::Involvement;
use crate::domain::policy::{Action, Permit, Subject, Tie};

/// An id no child has; ids start at 1.
const NOBODY: ChildId = ChildId(0);

/// A child's record, involvements and assessments. Only [`ChildFile::subject`] can be had without a permit for this very
/// child.
pub struct ChildFile {
    subject: Subject,
    record: ChildRecord,
    involvements: Vec<Involvement>,
    assessments: Vec<Assessment>,
}

/// Finds a child's file as of `day`. Where there is none (`id` absent or unknown) the same statements are run, so that
/// an unknown child takes as long as one the caller may not know of.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: Option<ChildId>, day: NaiveDate) -> StoreResult<Option<ChildFile>> {
    let id = id.unwrap_or(NOBODY);
    let row = children::find_row(conn, id)?;
    let involvements = involvements::list_rows(conn, id)?;
    let assessments = assessments::list_rows(conn, id)?;
    let cases = cases::list_open(conn, id)?;
    let enquired = enquiries::list_ties(conn, id)?;
    let restricted_from = restrictions::list_accounts(conn, id)?;
    let Some((record, pseudonym)) = row else { return Ok(None) };
    let mut subject = Subject::of(&record, pseudonym, day);
    subject.ties =
        involvements.iter().map(|entry| tie(entry, day)).chain(assessments.iter().map(held)).chain(enquired).collect();
    subject.cases = cases;
    subject.restricted_from = restricted_from;
    Ok(Some(ChildFile { subject, record, involvements, assessments }))
}

fn tie(entry: &Involvement, day: NaiveDate) -> Tie {
    Tie {
        organisation: entry.organisation,
        entered_by: entry.entered_by,
        live: entry.is_live_on(day) && entry.may_be_told_on(day),
    }
}

/// Whoever holds an assessment has supplied it, and works with the child only as an involvement says.
fn held(assessment: &Assessment) -> Tie {
    Tie { organisation: assessment.organisation, entered_by: None, live: false }
}

impl ChildFile {
    /// The facts of a decision about this child; never shown.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The record.
    ///
    /// # Errors
    /// `Broken` where the permit is for another child.
    pub fn record<A: Action>(&self, permit: &Permit<A>) -> StoreResult<&ChildRecord> {
        self.check(permit).map(|()| &self.record)
    }

    /// The involvements by number, hidden ones among them: the permit's visibility says which may be shown.
    ///
    /// # Errors
    /// As [`ChildFile::record`].
    pub fn involvements<A: Action>(&self, permit: &Permit<A>) -> StoreResult<&[Involvement]> {
        self.check(permit).map(|()| self.involvements.as_slice())
    }

    /// The assessments by number, hidden ones among them, as [`ChildFile::involvements`].
    ///
    /// # Errors
    /// As [`ChildFile::record`].
    pub fn assessments<A: Action>(&self, permit: &Permit<A>) -> StoreResult<&[Assessment]> {
        self.check(permit).map(|()| self.assessments.as_slice())
    }

    /// Takes the record and the involvements out.
    ///
    /// # Errors
    /// As [`ChildFile::record`].
    pub fn open<A: Action>(self, permit: &Permit<A>) -> StoreResult<(ChildRecord, Vec<Involvement>)> {
        self.check(permit).map(|()| (self.record, self.involvements))
    }

    fn check<A: Action>(&self, permit: &Permit<A>) -> StoreResult<()> {
        if permit.child() == self.subject.child {
            Ok(())
        } else {
            Err(StoreError::broken("a permit for one child was used on another"))
        }
    }
}
