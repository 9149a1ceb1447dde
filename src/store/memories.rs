//! What the recorder's connection remembers between look-ups, for as long as it is certainly still so.
//!
//! Accounts and the directory (organisations, teams, practitioners, routes, desks, agreements) are read by every look-up and
//! change seldom. On SQLite they are remembered until anybody writes: the recorder's batch holds the write lock, and
//! `PRAGMA data_version` tells whether another connection has committed since the last one. On PostgreSQL they are
//! remembered within one batch, in which the recorder also reads beforehand what its jobs will ask for. A batch
//! that changes anything remembers nothing, and ends what was remembered. So what is remembered is what a statement
//! would have read at the beginning of the same transaction, and a suspension a moment ago still binds.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::accounts::Employer;
use super::agreements::Kept;
use super::candidates::Candidate;
use super::connections::AnyConnection;
use super::dialect;
use super::errors::StoreResult;
use super::files::{self, Papers};
use super::ledgers::{self, Ledger};
use super::recorder::Expected;
use super::{accounts, candidates, organisations};
use crate::domain::accounts::Account;
use crate::domain::ids::{ChildId, OrganisationId, PractitionerId, TeamId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::organisations::{Organisation, Practitioner, Team};
use crate::domain::partnerships::Bond;

/// Entries that are remembered at most; then everything is forgotten. With routes an entry is about a kibibyte.
const MOST: usize = 16_384;

/// An account with what is read of its organisation; none where nobody is registered.
pub(super) type Registered = Option<(Account, Employer)>;

/// What is remembered. Empty and closed but on the recorder's connection while it works on a batch that only reads.
#[derive(Default)]
pub(super) struct Memory {
    is_open: bool,
    version: Option<i64>,
    accounts: HashMap<String, HashMap<String, Registered>>,
    accounts_count: usize,
    pub(super) desks: HashMap<String, Option<Organisation>>,
    pub(super) organisations: HashMap<OrganisationId, Arc<Organisation>>,
    pub(super) teams: HashMap<TeamId, Arc<Team>>,
    pub(super) practitioners: HashMap<PractitionerId, Arc<Practitioner>>,
    /// What the partnerships of an area have adopted, by area.
    pub(super) agreements: HashMap<String, Arc<Vec<Bond>>>,
    /// Children that this batch will ask for, by number, and what there is about them; both none where nobody has
    /// looked.
    pub(super) numbers: HashMap<IndexNumber, Option<ChildId>>,
    pub(super) papers: HashMap<ChildId, Papers>,
    /// Candidates that this batch will ask for, and the day they were read for; none where there is nobody.
    pub(super) candidates: HashMap<i64, Option<Candidate>>,
    pub(super) candidates_day: Option<NaiveDate>,
    /// The id for the next child.
    pub(super) next_id: Option<ChildId>,
    /// What this batch counts, on PostgreSQL.
    pub(super) ledger: Option<Ledger>,
    /// What agreements said when they bore certain stamps: of use to whoever finds the same stamps again, on every
    /// connection and at all times.
    pub(super) kept: HashMap<String, Kept>,
}

impl Memory {
    /// The account registered for an identity, where it is known whether there is one.
    pub(super) fn account(&self, issuer: &str, subject: &str) -> Option<&Registered> {
        self.accounts.get(issuer)?.get(subject)
    }

    /// Remembers who is registered for an identity.
    pub(super) fn keep_account(&mut self, issuer: &str, subject: &str, registered: Registered) {
        if self.accounts.entry(issuer.to_owned()).or_default().insert(subject.to_owned(), registered).is_none() {
            self.accounts_count = self.accounts_count.saturating_add(1);
        }
    }

    /// The areas of the accounts.
    fn areas(&self) -> BTreeSet<String> {
        let registered = self.accounts.values().flat_map(HashMap::values).flatten();
        registered.map(|(account, _)| account.area.clone()).collect()
    }

    fn length(&self) -> usize {
        let directory = [self.desks.len(), self.organisations.len(), self.teams.len(), self.practitioners.len()];
        let counts = directory.into_iter().chain([self.accounts_count, self.agreements.len()]);
        counts.fold(0, usize::saturating_add)
    }

    fn forget(&mut self) {
        let kept = std::mem::take(&mut self.kept);
        *self = Self { kept, ..Self::default() };
    }
}

/// The connection's memory, while there is one to be used.
pub(super) fn of(conn: &mut AnyConnection) -> Option<&mut Memory> {
    conn.memory().filter(|memory| memory.is_open)
}

/// Opens the connection's memory for a batch that only reads, in the batch's transaction, when what was remembered has
/// been found to be still so.
///
/// # Errors
/// As the database's.
pub(super) fn open(conn: &mut AnyConnection) -> StoreResult<()> {
    let version = dialect::data_version(conn)?;
    let ledger = matches!(conn, AnyConnection::Postgres(_)).then(Ledger::default);
    if let Some(memory) = conn.memory() {
        if version.is_none() || memory.version != version || memory.length() > MOST {
            memory.forget();
        }
        memory.version = version;
        memory.is_open = true;
        memory.ledger = ledger;
    }
    Ok(())
}

/// Reads what the jobs of a batch will ask for into the connection's memory: on PostgreSQL, where each statement is a
/// round trip, by a fixed sequence of statements for all of them. SQLite has no round trips to save.
///
/// # Errors
/// As the database's.
pub(super) fn expect(conn: &mut AnyConnection, jobs: &[&Expected]) -> StoreResult<()> {
    if matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(());
    }
    let identities: Vec<_> = jobs.iter().flat_map(|job| &job.identities).collect();
    if !identities.is_empty() {
        accounts::expect(conn, &identities)?;
    }
    let numbers: Vec<_> = jobs.iter().filter_map(|job| job.child).collect();
    if !numbers.is_empty() {
        files::expect(conn, &numbers)?;
        let areas = of(conn).map(|memory| memory.areas()).unwrap_or_default();
        organisations::expect_desks(conn, &areas)?;
    }
    expect_candidates(conn, jobs)?;
    expect_budgets(conn, jobs)
}

/// Reads whom the searches of a batch may show, where there are searches: by the same statements, be there anybody or not.
fn expect_candidates(conn: &mut AnyConnection, jobs: &[&Expected]) -> StoreResult<()> {
    let searches = jobs.iter().filter_map(|job| Some((job.moment?.day, job.candidates.as_ref()?)));
    let Some((day, _)) = searches.clone().next() else { return Ok(()) };
    // At midnight the others are read when they are asked for.
    let ids: BTreeSet<i64> = searches.filter(|(of, _)| *of == day).flat_map(|(_, ids)| ids).copied().collect();
    candidates::expect(conn, &ids.into_iter().collect::<Vec<_>>(), day)
}

/// Reads what the accounts of a batch have used of their budgets, and whom of those asked for they were shown today.
fn expect_budgets(conn: &mut AnyConnection, jobs: &[&Expected]) -> StoreResult<()> {
    let Some(memory) = of(conn) else { return Ok(()) };
    let (mut owners, mut windows, mut sights) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for job in jobs {
        let Some(moment) = job.moment else { continue };
        windows.extend(moment.windows.map(|window| window.0));
        let number = job.child.and_then(|number| *memory.numbers.get(&number)?);
        let found = job.candidates.iter().flatten().map(|id| ChildId(*id));
        let children: Vec<ChildId> = number.into_iter().chain(found).collect();
        for identity in &job.identities {
            let Some(Some((account, _))) = memory.account(&identity.issuer, &identity.subject) else { continue };
            owners.extend([account.id.to_string(), account.organisation.to_string()]);
            sights.extend(children.iter().map(|child| (account.id, moment.day_number, *child)));
        }
    }
    if windows.is_empty() {
        return Ok(());
    }
    ledgers::read_budgets(conn, &owners, &windows)?;
    ledgers::read_sights(conn, &sights)
}

/// Closes the connection's memory at the end of a batch that only read. What was read for this batch alone is forgotten.
pub(super) fn close(conn: &mut AnyConnection) {
    if let Some(memory) = conn.memory() {
        memory.is_open = false;
        memory.numbers.clear();
        memory.papers.clear();
        memory.candidates.clear();
        memory.candidates_day = None;
        memory.next_id = None;
        memory.ledger = None;
    }
}

/// Forgets everything: something is about to be changed.
pub(super) fn forget(conn: &mut AnyConnection) {
    if let Some(memory) = conn.memory() {
        memory.forget();
    }
}
