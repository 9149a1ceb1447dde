//! A child's file: what a decision needs and what it may open, read at once and kept closed until there is a permit.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::connections::AnyConnection;
use super::errors::{StoreError, StoreResult};
use super::{agreements, assessments, cases, children, enquiries, involvements, memories, organisations, restrictions};
use crate::domain::assessments::Assessment;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::ChildRecord;
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::Involvement;
use crate::domain::partnerships::Bond;
use crate::domain::policy::{Action, Bounds, OpenCase, Permit, Subject, Tie};

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

/// What there is about a child, as it was read: facts of a decision, and what it may open.
#[derive(Debug, Clone, Default)]
pub(super) struct Papers {
    row: Option<(ChildRecord, Pseudonym)>,
    involvements: Vec<Involvement>,
    assessments: Vec<Assessment>,
    cases: Vec<OpenCase>,
    enquired: Vec<Tie>,
    restricted_from: Vec<AccountId>,
}

impl Papers {
    fn read(conn: &mut AnyConnection, id: ChildId) -> StoreResult<Self> {
        Ok(Self {
            row: children::find_row(conn, id)?,
            involvements: involvements::list_rows(conn, id)?,
            assessments: assessments::list_rows(conn, id)?,
            cases: cases::list_open(conn, id)?,
            enquired: enquiries::list_ties(conn, id)?,
            restricted_from: restrictions::list_accounts(conn, id)?,
        })
    }

    /// The child's area; of nobody, none.
    fn area(&self) -> &str {
        self.row.as_ref().map_or("", |(record, _)| &record.area)
    }

    /// The file they make; none where there is no record.
    fn into_file(self, day: NaiveDate, bonds: Arc<Vec<Bond>>) -> Option<ChildFile> {
        let Self { row, involvements, assessments, cases, enquired, restricted_from } = self;
        let (record, pseudonym) = row?;
        let mut subject = Subject::of(&record, pseudonym, day);
        let ties = involvements.iter().map(|entry| tie(entry, day)).chain(assessments.iter().map(held));
        subject.ties = ties.chain(enquired).collect();
        subject.cases = cases;
        subject.restricted_from = restricted_from;
        subject.bounds = Bounds::new(bonds, involvements.iter().map(|entry| (entry.organisation, entry.service)));
        Some(ChildFile { subject, record, involvements, assessments })
    }
}

/// Finds a child's file as of `day`. Where there is none (`id` absent or unknown) the same statements are run, so that
/// an unknown child takes as long as one the caller may not know of.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: Option<ChildId>, day: NaiveDate) -> StoreResult<Option<ChildFile>> {
    let id = id.unwrap_or(NOBODY);
    let expected = memories::of(conn).and_then(|memory| memory.papers.get(&id).cloned());
    let papers = match expected {
        Some(papers) => papers,
        None => Papers::read(conn, id)?,
    };
    let bonds = agreements::list_bonds(conn, papers.area())?;
    Ok(papers.into_file(day, bonds))
}

/// The files of these children as of `day`, by the same statements however many there are.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, ids: &[ChildId], day: NaiveDate) -> StoreResult<Vec<ChildFile>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = children::list_rows_of(conn, &ids)?;
    let mut papers = papers_of(conn, &ids)?;
    let areas: BTreeSet<String> = rows.iter().map(|(record, _)| record.area.clone()).collect();
    let bonds = agreements::list_bonds_of(conn, &areas)?;
    let filed = rows.into_iter().filter_map(|row| {
        let around = papers.remove(&row.0.id).unwrap_or_default();
        let bonds = bonds.get(&row.0.area).cloned().unwrap_or_default();
        Papers { row: Some(row), ..around }.into_file(day, bonds)
    });
    Ok(filed.collect())
}

/// What there is around the records of these children, always by the same statements.
fn papers_of(conn: &mut AnyConnection, ids: &[i64]) -> StoreResult<HashMap<ChildId, Papers>> {
    let mut papers: HashMap<ChildId, Papers> = HashMap::with_capacity(ids.len().saturating_add(1));
    for entry in involvements::list_rows_of(conn, ids)? {
        papers.entry(entry.child).or_default().involvements.push(entry);
    }
    for entry in assessments::list_rows_of(conn, ids)? {
        papers.entry(entry.child).or_default().assessments.push(entry);
    }
    for (child, case) in cases::list_open_of(conn, ids)? {
        papers.entry(child).or_default().cases.push(case);
    }
    for (child, tie) in enquiries::list_ties_of(conn, ids)? {
        papers.entry(child).or_default().enquired.push(tie);
    }
    for (child, account) in restrictions::list_pairs(conn, ids)? {
        papers.entry(child).or_default().restricted_from.push(account);
    }
    Ok(papers)
}

/// Reads the papers of the children with these numbers into the connection's memory, and with them the directory that
/// their involvements name: always by the same statements, whether there are such children or not.
pub(super) fn expect(conn: &mut AnyConnection, numbers: &[IndexNumber]) -> StoreResult<()> {
    let rows = children::list_rows(conn, numbers)?;
    let ids: Vec<i64> = rows.iter().map(|(record, _)| record.id.0).collect();
    let mut papers = papers_of(conn, &ids)?;
    expect_directory(conn, papers.values())?;
    // Of nobody's area too, which is that of a child who is not there.
    let areas = rows.iter().map(|(record, _)| record.area.clone()).chain([String::new()]).collect();
    agreements::expect(conn, &areas)?;
    let Some(memory) = memories::of(conn) else { return Ok(()) };
    memory.numbers.extend(numbers.iter().map(|number| (*number, None)));
    for row in rows {
        let id = row.0.id;
        memory.numbers.insert(row.0.index_number, Some(id));
        papers.entry(id).or_default().row = Some(row);
    }
    papers.insert(NOBODY, Papers::default());
    memory.papers = papers;
    Ok(())
}

/// Reads the directory that papers name into the connection's memory.
fn expect_directory<'p>(conn: &mut AnyConnection, papers: impl Iterator<Item = &'p Papers> + Clone) -> StoreResult<()> {
    let involvements = papers.clone().flat_map(|papers| &papers.involvements);
    let assessments = papers.flat_map(|papers| &papers.assessments);
    let organisations: Vec<_> = involvements
        .clone()
        .map(|entry| entry.organisation)
        .chain(assessments.clone().map(|entry| entry.organisation))
        .collect();
    let teams: Vec<_> = involvements
        .clone()
        .filter_map(|entry| entry.team)
        .chain(assessments.clone().filter_map(|entry| entry.team))
        .collect();
    let practitioners: Vec<_> = involvements
        .filter_map(|entry| entry.practitioner)
        .chain(assessments.filter_map(|entry| entry.practitioner))
        .collect();
    organisations::expect(conn, &organisations, &teams, &practitioners)
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
