//! Takes events and payloads in batches, compares each row with its leaf and its payload with its hash, and grows the
//! tree anew.

use super::cells::Cell;
use super::checkpoints::Checkpoints;
use super::findings::{Fault, Finding, VerifyError};
use super::lookups::{Kind, LookUps};
use super::redactions::Redactions;
use super::rows::{EventCells, PayloadCells, Rows};
use super::tiles;
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::leaves::{Leaf, SALT_BYTES, payload_hash};
use crate::domain::audit::payloads::Payload;
use crate::domain::audit::tiles::{TILE_HEIGHT, TILE_WIDTH, tile_root};
use crate::domain::audit::tree::{Frontier, Hash, TreeHead, leaf_hash};
use crate::store::connections::AnyConnection;

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
    /// What the look-up tables should hold, where that is noted along the way.
    pub(super) lookups: Option<LookUps>,
}

impl<'k> Scan<'k> {
    /// Notes what look-up tables should hold in `lookups`, where that is given.
    pub(super) fn new(size: u64, lookups: Option<LookUps>, known: &[TreeHead], checkpoints: Checkpoints<'k>) -> Self {
        let within = known.iter().filter(|known| known.size <= size);
        let mut scan = Self {
            size,
            known: within.map(|known| (*known, Fault::DiffersFromKnown)).collect(),
            checkpoints,
            frontier: Frontier::empty(),
            aligned: Frontier::empty(),
            tile_roots: Vec::new(),
            redactions: Redactions::default(),
            lookups,
        };
        scan.sort_known();
        scan
    }

    /// A pass over the events after those of a tree that ends with a full tile.
    pub(super) fn resume(size: u64, known: &[TreeHead], checkpoints: Checkpoints<'k>, tree: Frontier) -> Self {
        Self { frontier: tree.clone(), aligned: tree, ..Self::new(size, None, known, checkpoints) }
    }

    fn sort_known(&mut self) {
        self.known.sort_by_key(|(known, _)| std::cmp::Reverse(known.size));
    }

    /// Reads every event and payload below the size.
    pub(super) fn run(&mut self, conn: &mut AnyConnection, rows: Rows<'_>) -> Result<(), VerifyError> {
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
            let hashes = self.batch(conn, rows, from, to)?;
            tiles::check_leaves(conn, from, &hashes)?;
            self.grow(from, &hashes)?;
            from = to;
        }
        self.compare_with_known(from, &[])?;
        Ok(())
    }

    /// Checks the events `from..to` and gives the hashes of their leaves.
    fn batch(
        &mut self,
        conn: &mut AnyConnection,
        rows: Rows<'_>,
        from: u64,
        to: u64,
    ) -> Result<Vec<Hash>, VerifyError> {
        let mut hashes = Vec::with_capacity(usize::try_from(to.saturating_sub(from)).unwrap_or(0));
        let mut index = from;
        rows.events(conn, from, to, &mut |event, payload| {
            let at = |fault| Finding::at(index, fault);
            if u64::try_from(event.idx) != Ok(index) {
                return Err(at(Fault::EventMissing).into());
            }
            hashes.push(self.event(event, payload).map_err(at)?);
            index = index.saturating_add(1);
            Ok(())
        })?;
        if index < to { Err(Finding::at(index, Fault::EventMissing).into()) } else { Ok(hashes) }
    }

    /// Checks one event and gives the hash of its leaf.
    fn event(&mut self, event: &EventCells<'_>, payload: Option<PayloadCells<'_>>) -> Result<Hash, Fault> {
        let leaf_bytes = event.leaf.value().ok_or(Fault::Unreadable("leaf"))?;
        let leaf = Leaf::decode(leaf_bytes).map_err(Fault::LeafUnreadable)?;
        check_columns(event, &leaf)?;
        let body = self.check_payload(&leaf, payload)?;
        if let Some(lookups) = &mut self.lookups {
            let [action, outcome] = [leaf.action, leaf.outcome].map(str::as_bytes);
            let kind = Kind::new(action, outcome, leaf.reason.map(str::as_bytes));
            lookups.expect(leaf.index, kind, body).ok_or(Fault::PayloadUnreadable)?;
        }
        Ok(leaf_hash(leaf_bytes))
    }

    /// Gives the payload where it is there, and is what was recorded.
    fn check_payload<'p>(
        &mut self,
        leaf: &Leaf<'_>,
        payload: Option<PayloadCells<'p>>,
    ) -> Result<Option<&'p [u8]>, Fault> {
        let redaction = leaf.action == AuditAction::Redaction.code();
        let Some(PayloadCells { salt, body }) = payload else {
            // A redaction without its payload says nothing any more of what it removed.
            if redaction {
                return Err(Fault::PayloadMissing);
            }
            self.redactions.missing(leaf.index);
            return Ok(None);
        };
        let salt = salt.value().ok_or(Fault::Unreadable("salt"))?;
        let salt: &[u8; SALT_BYTES] = salt.try_into().map_err(|_| Fault::PayloadDiffers)?;
        let body = body.value().ok_or(Fault::Unreadable("payload"))?;
        if payload_hash(salt, body) != leaf.payload_hash {
            return Err(Fault::PayloadDiffers);
        }
        if redaction {
            let payload = Payload::from_bytes(body).map_err(|_| Fault::PayloadUnreadable)?;
            let range = payload.redacted.ok_or(Fault::RedactionUnreadable)?;
            self.redactions.redaction(leaf.index, range.from, range.to).ok_or(Fault::RedactionUnreadable)?;
        }
        Ok(Some(body))
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
fn check_columns(event: &EventCells<'_>, leaf: &Leaf<'_>) -> Result<(), Fault> {
    let bytes = |name, cell: Cell<&[u8]>, hashed: &[u8]| match cell {
        Cell::Value(bytes) if bytes == hashed => Ok(()),
        Cell::Value(_) => Err(Fault::ColumnDiffers(name)),
        Cell::Null | Cell::Foreign => Err(Fault::Unreadable(name)),
    };
    let text = |name, cell: Cell<&[u8]>, hashed: &str| {
        let same = bytes(name, cell, hashed.as_bytes());
        // Text that is not UTF-8 is no text; looked for only where it is not what was hashed.
        let unreadable = same.is_err() && cell.value().is_some_and(|text| std::str::from_utf8(text).is_err());
        if unreadable { Err(Fault::Unreadable(name)) } else { same }
    };
    let number = |name, cell: Cell<i64>, hashed: i64| match cell {
        Cell::Value(number) if number == hashed => Ok(()),
        Cell::Value(_) => Err(Fault::ColumnDiffers(name)),
        Cell::Null | Cell::Foreign => Err(Fault::Unreadable(name)),
    };
    if u64::try_from(event.idx) != Ok(leaf.index) {
        return Err(Fault::ColumnDiffers("index"));
    }
    number("time", event.at, leaf.at)?;
    text("action", event.action, leaf.action)?;
    text("outcome", event.outcome, leaf.outcome)?;
    match (event.reason, leaf.reason) {
        (Cell::Null, None) => {}
        (Cell::Null, Some(_)) => return Err(Fault::ColumnDiffers("reason")),
        (Cell::Value(_), None) => return text("reason", event.reason, "").and(Err(Fault::ColumnDiffers("reason"))),
        (cell, reason) => text("reason", cell, reason.unwrap_or_default())?,
    }
    text("strength", event.strength, leaf.strength)?;
    number("number of children", event.children, i64::from(leaf.children))?;
    bytes("payload hash", event.payload_hash, leaf.payload_hash.as_bytes())
}
