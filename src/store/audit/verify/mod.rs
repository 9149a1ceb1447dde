//! Verification: everything the log states, derived anew from its raw rows and compared, down to the first finding.
//!
//! It trusts no column: what is compared with what, and in this order: rows with their leaves, payloads with their
//! hashes, leaves with tiles, tiles with the tiles above, all of them with the head and with any earlier root that is
//! known, missing payloads with redactions, and the look-up tables with payloads, both ways; of an SQLite file the last
//! on a second thread, and told last.

pub(in crate::store::audit) mod cells;
mod checkpoints;
mod events;
mod findings;
mod following;
mod log_file;
mod lookups;
mod pages;
mod records;
mod redactions;
mod rows;
mod tiles;

#[cfg(test)]
mod by_file;
#[cfg(test)]
mod honest;
#[cfg(test)]
mod second;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod walking;

use std::panic::resume_unwind;
use std::{fmt, thread};

use diesel::prelude::*;

use self::cells::Cell;
use self::checkpoints::Checkpoints;
pub use self::checkpoints::{CheckpointSummary, Expectations};
use self::events::Scan;
pub use self::findings::{Fault, Finding, VerifyError};
pub use self::following::Follower;
use self::log_file::LogFile;
use self::lookups::LookUps;
use self::rows::Rows;
use super::heads::column;
use crate::domain::audit::tree::{Frontier, Hash, TreeHead};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::{audit_event, audit_head, audit_payload};
use crate::store::transactions::read_tx;

/// How often a file is opened anew to see the log in the state in which the connection sees it, before all is read through
/// the connection.
const ATTEMPTS: u32 = 20;

/// What a log that is whole consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Size and root.
    pub head: TreeHead,
    /// Events whose payload was removed by a redaction that the log records.
    pub redacted: u64,
    /// Up to which index the look-up tables are filled, and were compared; `None` where they were left out.
    pub derived_to: Option<u64>,
    /// The checkpoints that are kept.
    pub checkpoints: CheckpointSummary,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, redacted, derived_to, checkpoints } = self;
        write!(f, "ok: {} events, {redacted} redacted, root {}", head.size, head.root)?;
        if checkpoints.count > 0 {
            let CheckpointSummary { count, newest, cosigned } = checkpoints;
            write!(f, ", {count} checkpoints, the newest of {newest} events, cosigned by {cosigned}")?;
        }
        if derived_to.is_none() { f.write_str("; look-up tables left out") } else { Ok(()) }
    }
}

/// Derives the whole log anew from its rows, in one consistent view of the database and a bounded amount of memory.
/// `known` are roots known from elsewhere, such as earlier checkpoints: without any, a log that was rewritten from
/// end to end by someone who can compute hashes looks whole.
///
/// # Errors
///
/// [`VerifyError::Found`] with the first finding; [`VerifyError::Store`] where the database failed, which says
/// nothing about the log.
pub fn verify(conn: &mut AnyConnection, known: &[TreeHead]) -> Result<Summary, VerifyError> {
    let expected = Expectations { known: known.to_vec(), ..Expectations::default() };
    verify_against(conn, &expected).map(|(summary, _)| summary)
}

/// The same, with what else is expected of the log; gives also what it takes to follow it from there.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_against(conn: &mut AnyConnection, expected: &Expectations) -> Result<(Summary, Follower), VerifyError> {
    for _ in 0..ATTEMPTS {
        let (Some(file), Some(second)) = (LogFile::beside(conn)?, LogFile::beside(conn)?) else { break };
        let verified = read_tx(conn, |conn| -> Result<_, VerifyError> {
            let head = stored_head(conn)?;
            let same = file.agrees_with(&head)? && second.agrees_with(&head)?;
            same.then(|| verify_file(conn, &file, second, &head, expected)).transpose()
        })?;
        // Otherwise somebody recorded just between the first looks of the two.
        if let Some(verified) = verified {
            return Ok(verified);
        }
    }
    read_tx(conn, |conn| {
        let head = stored_head(conn)?;
        let lookups = (!expected.proof_alone).then(|| LookUps::new(head.derived_to));
        let (verified, noted) = verify_rows(conn, Rows::Shared, &head, expected, lookups)?;
        if let Some(mut lookups) = noted {
            lookups.read(conn)?;
            lookups.check(conn)?;
        }
        Ok(verified)
    })
}

/// Reads the file twice at the same time: for the proof, and on a thread of its own for what the look-up tables should
/// hold, which is as much work. What the proof finds comes first.
fn verify_file(
    conn: &mut AnyConnection,
    file: &LogFile,
    second: LogFile,
    head: &StoredHead,
    expected: &Expectations,
) -> Result<(Summary, Follower), VerifyError> {
    thread::scope(|scope| {
        let lookups = (!expected.proof_alone).then(|| {
            let sums = LookUps::new(head.derived_to);
            let noted = sums.clone();
            (sums, scope.spawn(move || noted.expect_all(&second)))
        });
        let (verified, _) = verify_rows(conn, Rows::File(file), head, expected, None)?;
        if let Some((mut sums, noting)) = lookups {
            sums.read_file(file)?;
            // Who panics there panics here too.
            sums.merge(noting.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            sums.check(conn)?;
        }
        Ok(verified)
    })
}

/// What look-up tables should hold is noted in `lookups` on the way, and given back.
fn verify_rows(
    conn: &mut AnyConnection,
    rows: Rows<'_>,
    head: &StoredHead,
    expected: &Expectations,
    lookups: Option<LookUps>,
) -> Result<((Summary, Follower), Option<LookUps>), VerifyError> {
    let known = expected.known.as_slice();
    let derived_to = (!expected.proof_alone).then_some(head.derived_to);
    let mut scan = Scan::new(head.size, lookups, known, Checkpoints::new(expected));
    scan.run(conn, rows)?;
    nothing_beyond(conn, head.size)?;
    tiles::check_upper(conn, head.size, &scan.tile_roots)?;
    check_head(head, &scan.frontier)?;
    if let Some(unreached) = known.iter().find(|known| known.size > head.size) {
        return Err(Finding::at(head.size, Fault::ShorterThanKnown(unreached.size)).into());
    }
    scan.checkpoints.finish(conn, head.size)?;
    let redacted = scan.redactions.check()?;
    let verified = TreeHead { size: head.size, root: scan.frontier.root() };
    let checkpoints = scan.checkpoints.summary;
    let summary = Summary { head: verified, redacted, derived_to, checkpoints };
    Ok(((summary, Follower { aligned: scan.aligned, last: verified }), scan.lookups))
}

/// The head as it is stored, believed in nothing but its size, which says how far to look.
struct StoredHead {
    size: u64,
    root: Vec<u8>,
    frontier: Vec<u8>,
    derived_to: u64,
}

type HeadCells = (Cell<i64>, Cell<i64>, Cell<Vec<u8>>, Cell<Vec<u8>>, Cell<i64>);

fn stored_head(conn: &mut AnyConnection) -> Result<StoredHead, VerifyError> {
    let mut rows: Vec<HeadCells> = on_each!(conn, |c| audit_head::table
        .select((audit_head::id, audit_head::size, audit_head::root, audit_head::frontier, audit_head::derived_to))
        .load(c))
    .map_err(crate::store::errors::StoreError::from)?;
    let unreadable = |column| Finding::of(Fault::HeadUnreadable(column));
    let (Some((id, size, root, frontier, derived_to)), None) = (rows.pop(), rows.pop()) else {
        return Err(unreadable("row").into());
    };
    let number = |cell: Cell<i64>| cell.value().and_then(|value| u64::try_from(value).ok());
    if id.value() != Some(1) {
        return Err(unreadable("id").into());
    }
    let size = number(size).ok_or_else(|| unreadable("size"))?;
    let derived_to = number(derived_to).filter(|to| *to <= size).ok_or_else(|| unreadable("derived_to"))?;
    let root = root.value().ok_or_else(|| unreadable("root"))?;
    let frontier = frontier.value().ok_or_else(|| unreadable("frontier"))?;
    Ok(StoredHead { size, root, frontier, derived_to })
}

/// Compares the head with what the rows give.
fn check_head(head: &StoredHead, derived: &Frontier) -> Result<(), Finding> {
    if derived.to_bytes() != head.frontier {
        // The first peak that differs tells from where on events differ from what was recorded.
        let stored = Hash::list_from_bytes(&head.frontier).unwrap_or_default();
        let mut start = 0_u64;
        let mut bits = (0..u64::BITS).rev().filter(|bit| head.size >> bit & 1 == 1);
        let mut stored = stored.iter();
        for peak in derived.peaks() {
            if stored.next() != Some(peak) {
                break;
            }
            start += bits.next().map_or(0, |bit| 1 << bit);
        }
        return Err(Finding::at(start, Fault::FrontierDiffers));
    }
    if derived.root().as_bytes().as_slice() == head.root { Ok(()) } else { Err(Finding::of(Fault::RootDiffers)) }
}

/// Looks for rows that lie before or beyond the log. Each side is asked for on its own: asked for together, the database
/// reads the whole table.
fn nothing_beyond(conn: &mut AnyConnection, size: u64) -> Result<(), VerifyError> {
    let end = column(size)?;
    macro_rules! outside {
        ($table:ident) => {{
            let before: Option<i64> = first(on_each!(conn, |c| $table::table
                .filter($table::idx.lt(0))
                .order($table::idx)
                .select($table::idx)
                .first(c)
                .optional()))?;
            let beyond: Option<i64> = first(on_each!(conn, |c| $table::table
                .filter($table::idx.ge(end))
                .order($table::idx)
                .select($table::idx)
                .first(c)
                .optional()))?;
            before.or(beyond)
        }};
    }
    let outside = |idx: i64, fault| Finding { index: u64::try_from(idx).ok(), fault };
    if let Some(event) = outside!(audit_event) {
        return Err(outside(event, Fault::EventBeyondHead).into());
    }
    if let Some(payload) = outside!(audit_payload) {
        return Err(outside(payload, Fault::PayloadBeyondHead).into());
    }
    Ok(())
}

fn first<T>(result: QueryResult<T>) -> StoreResult<T> {
    Ok(result?)
}
