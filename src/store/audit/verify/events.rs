//! Reads events and payloads in batches, compares each row with its leaf and its payload with its hash, and grows the
//! tree anew.

use diesel::prelude::*;

use super::cells::{Brief, Cell};
use super::checkpoints::Checkpoints;
use super::findings::{Fault, Finding, VerifyError};
use super::lookups::LookUps;
use super::redactions::Redactions;
use super::tiles;
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::leaves::{Leaf, SALT_BYTES, payload_hash};
use crate::domain::audit::payloads::Payload;
use crate::domain::audit::tiles::{TILE_HEIGHT, TILE_WIDTH, tile_root};
use crate::domain::audit::tree::{Frontier, Hash, TreeHead, leaf_hash};
use crate::store::audit::derived::LookUp;
use crate::store::audit::heads::column;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreError;
use crate::store::schema::{audit_event, audit_payload};

/// Events read at a time: four tiles, which with their payloads stay in a processor's cache.
const BATCH: u64 = 4 * TILE_WIDTH;

/// A pass over all events, and what is learnt on the way.
pub(super) struct Scan<'k> {
    size: u64,
    /// Heads to compare with, the smallest last.
    known: Vec<(TreeHead, Fault)>,
    /// The checkpoints, read along with the events.
    pub(super) checkpoints: Checkpoints<'k>,
    /// The tree grown from the leaves that were read.
    pub(super) frontier: Frontier,
    /// The same up to the last full tile.
    pub(super) aligned: Frontier,
    /// The roots of the full tiles of leaves.
    pub(super) tile_roots: Vec<Hash>,
    /// Missing payloads, and what redactions say of them.
    pub(super) redactions: Redactions,
    /// What the look-up tables should hold.
    pub(super) lookups: LookUps,
}

#[derive(Queryable)]
struct EventRow {
    idx: i64,
    at: Cell<i64>,
    action: Cell<Brief>,
    outcome: Cell<Brief>,
    reason: Cell<Brief>,
    strength: Cell<Brief>,
    children: Cell<i64>,
    payload_hash: Cell<Brief>,
    leaf: Cell<Vec<u8>>,
}

#[derive(Queryable)]
struct PayloadRow {
    idx: i64,
    salt: Cell<Brief>,
    body: Cell<Vec<u8>>,
}

impl<'k> Scan<'k> {
    pub(super) fn new(size: u64, derived_to: u64, known: &[TreeHead], checkpoints: Checkpoints<'k>) -> Self {
        let within = known.iter().filter(|known| known.size <= size);
        let mut scan = Self {
            size,
            known: within.map(|known| (*known, Fault::DiffersFromKnown)).collect(),
            checkpoints,
            frontier: Frontier::empty(),
            aligned: Frontier::empty(),
            tile_roots: Vec::new(),
            redactions: Redactions::default(),
            lookups: LookUps::new(derived_to),
        };
        scan.sort_known();
        scan
    }

    /// A pass over the events after those of a tree that ends with a full tile.
    pub(super) fn resume(size: u64, known: &[TreeHead], checkpoints: Checkpoints<'k>, tree: Frontier) -> Self {
        Self { frontier: tree.clone(), aligned: tree, ..Self::new(size, 0, known, checkpoints) }
    }

    fn sort_known(&mut self) {
        self.known.sort_by_key(|(known, _)| std::cmp::Reverse(known.size));
    }

    /// Reads every event and payload below the size.
    pub(super) fn run(&mut self, conn: &mut AnyConnection) -> Result<(), VerifyError> {
        let mut from = self.frontier.size();
        let mut stated = (from > 0).then_some(from);
        loop {
            let to = self.size.min(from.saturating_add(BATCH));
            let heads = self.checkpoints.read(conn, stated, to)?;
            self.known.extend(heads.into_iter().map(|head| (head, Fault::DiffersFromCheckpoint)));
            self.sort_known();
            stated = Some(to);
            if from >= self.size {
                break;
            }
            let hashes = self.batch(conn, from, to)?;
            tiles::check_leaves(conn, from, &hashes)?;
            self.grow(from, &hashes)?;
            from = to;
        }
        self.compare_with_known(from, &[])?;
        Ok(())
    }

    /// Checks the events `from..to` and gives the hashes of their leaves.
    fn batch(&mut self, conn: &mut AnyConnection, from: u64, to: u64) -> Result<Vec<Hash>, VerifyError> {
        let mut events = event_rows(conn, from, to)?.into_iter();
        let mut payloads = payload_rows(conn, from, to)?.into_iter().peekable();
        let mut hashes = Vec::with_capacity(events.len());
        for index in from..to {
            let row = events.next().filter(|row| u64::try_from(row.idx) == Ok(index));
            let row = row.ok_or_else(|| Finding::at(index, Fault::EventMissing))?;
            let at = |fault| Finding::at(index, fault);
            let leaf_bytes = row.leaf.as_value().ok_or_else(|| at(Fault::Unreadable("leaf")))?;
            let leaf = Leaf::decode(leaf_bytes).map_err(|error| at(Fault::LeafUnreadable(error)))?;
            check_columns(&row, &leaf).map_err(at)?;
            self.lookups.expect_kind(index, &leaf);
            let payload = payloads.next_if(|payload| payload.idx == row.idx);
            self.check_payload(&leaf, payload).map_err(at)?;
            hashes.push(leaf_hash(leaf_bytes));
        }
        Ok(hashes)
    }

    fn check_payload(&mut self, leaf: &Leaf<'_>, row: Option<PayloadRow>) -> Result<(), Fault> {
        let redaction = leaf.action == AuditAction::Redaction.code();
        let Some(row) = row else {
            // A redaction without its payload says nothing any more of what it removed.
            if redaction {
                return Err(Fault::PayloadMissing);
            }
            self.redactions.missing(leaf.index);
            return Ok(());
        };
        let salt = row.salt.as_value().ok_or(Fault::Unreadable("salt"))?.as_bytes();
        let salt: &[u8; SALT_BYTES] = salt.try_into().map_err(|_| Fault::PayloadDiffers)?;
        let body = row.body.as_value().ok_or(Fault::Unreadable("payload"))?;
        if payload_hash(salt, body) != leaf.payload_hash {
            return Err(Fault::PayloadDiffers);
        }
        let lookup = LookUp::read(body).ok_or(Fault::PayloadUnreadable)?;
        self.lookups.expect(leaf.index, &lookup);
        if redaction {
            let payload = Payload::from_bytes(body).map_err(|_| Fault::PayloadUnreadable)?;
            let range = payload.redacted.ok_or(Fault::RedactionUnreadable)?;
            self.redactions.redaction(leaf.index, range.from, range.to).ok_or(Fault::RedactionUnreadable)?;
        }
        Ok(())
    }

    /// Adds the leaves from `from` on to the tree, whole tiles at once.
    fn grow(&mut self, from: u64, hashes: &[Hash]) -> Result<(), Finding> {
        let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
        let mut start = from;
        for tile in hashes.chunks(width) {
            self.compare_with_known(start, tile)?;
            let whole = tile.len() == width && start.is_multiple_of(TILE_WIDTH);
            let root = whole.then(|| tile_root(tile));
            match root.filter(|root| self.frontier.push_subtree(TILE_HEIGHT, *root).is_some()) {
                Some(root) => self.tile_roots.push(root),
                None => tile.iter().for_each(|hash| self.frontier.push(*hash)),
            }
            start = self.frontier.size();
            if start.is_multiple_of(TILE_WIDTH) {
                self.aligned.clone_from(&self.frontier);
            }
        }
        Ok(())
    }

    /// Compares every known root whose size is reached within `next`, the leaves after the first `size`.
    fn compare_with_known(&mut self, size: u64, next: &[Hash]) -> Result<(), Finding> {
        let mut tree: Option<Frontier> = None;
        let mut pushed = 0;
        while let Some((known, _)) = self.known.last() {
            let Ok(ahead) = usize::try_from(known.size.saturating_sub(size)) else { return Ok(()) };
            let Some(leaves) = next.get(pushed..ahead) else { return Ok(()) };
            // One copy for all that are reached within these leaves, however many checkpoints that is.
            let tree = tree.get_or_insert_with(|| self.frontier.clone());
            leaves.iter().for_each(|hash| tree.push(*hash));
            pushed = ahead;
            let same = tree.root() == known.root;
            if let Some((known, fault)) = self.known.pop().filter(|_| !same) {
                return Err(Finding::at(known.size, fault));
            }
        }
        Ok(())
    }
}

/// Compares a row with the leaf that was hashed.
fn check_columns(row: &EventRow, leaf: &Leaf<'_>) -> Result<(), Fault> {
    let text = |name, cell: &Cell<Brief>, hashed: &[u8]| match cell {
        Cell::Value(text) if text.as_bytes() == hashed => Ok(()),
        Cell::Value(_) => Err(Fault::ColumnDiffers(name)),
        Cell::Null | Cell::Foreign => Err(Fault::Unreadable(name)),
    };
    let number = |name, cell: &Cell<i64>, hashed: i64| match cell {
        Cell::Value(number) if *number == hashed => Ok(()),
        Cell::Value(_) => Err(Fault::ColumnDiffers(name)),
        Cell::Null | Cell::Foreign => Err(Fault::Unreadable(name)),
    };
    if u64::try_from(row.idx) != Ok(leaf.index) {
        return Err(Fault::ColumnDiffers("index"));
    }
    number("time", &row.at, leaf.at)?;
    text("action", &row.action, leaf.action.as_bytes())?;
    text("outcome", &row.outcome, leaf.outcome.as_bytes())?;
    match (&row.reason, leaf.reason) {
        (Cell::Null, None) => {}
        (Cell::Null, Some(_)) | (Cell::Value(_), None) => return Err(Fault::ColumnDiffers("reason")),
        (cell, reason) => text("reason", cell, reason.unwrap_or_default().as_bytes())?,
    }
    text("strength", &row.strength, leaf.strength.as_bytes())?;
    number("number of children", &row.children, i64::from(leaf.children))?;
    text("payload hash", &row.payload_hash, leaf.payload_hash.as_bytes())
}

fn event_rows(conn: &mut AnyConnection, from: u64, to: u64) -> Result<Vec<EventRow>, StoreError> {
    let (from, to) = (column(from)?, column(to)?);
    Ok(on_each!(conn, |c| audit_event::table
        .filter(audit_event::idx.ge(from).and(audit_event::idx.lt(to)))
        .order(audit_event::idx)
        .select((
            audit_event::idx,
            audit_event::at,
            audit_event::action,
            audit_event::outcome,
            audit_event::reason.assume_not_null(),
            audit_event::strength,
            audit_event::children,
            audit_event::payload_hash,
            audit_event::leaf,
        ))
        .load(c))?)
}

fn payload_rows(conn: &mut AnyConnection, from: u64, to: u64) -> Result<Vec<PayloadRow>, StoreError> {
    let (from, to) = (column(from)?, column(to)?);
    Ok(on_each!(conn, |c| audit_payload::table
        .filter(audit_payload::idx.ge(from).and(audit_payload::idx.lt(to)))
        .order(audit_payload::idx)
        .select((audit_payload::idx, audit_payload::salt, audit_payload::body))
        .load(c))?)
}
