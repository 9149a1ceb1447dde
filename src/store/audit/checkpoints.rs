//! Checkpoints as they were published, and what is asked about the log up to one: tiles, leaves, roots and proofs.

use diesel::prelude::*;

use super::heads::{column, get_head};
use super::tiles::StoredTree;
use crate::domain::audit::proofs::{ProofError, prove_consistency, prove_inclusion, root};
use crate::domain::audit::tiles::TilePart;
use crate::domain::audit::tree::{Hash, TreeHead, leaf_hash};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{audit_checkpoint, audit_event};
use crate::store::transactions::read_tx;

/// The newest checkpoint of an origin, as it was published.
///
/// # Errors
/// As the database's.
pub fn find_latest_checkpoint(conn: &mut AnyConnection, origin: &str) -> StoreResult<Option<String>> {
    Ok(on_each!(conn, |c| audit_checkpoint::table
        .filter(audit_checkpoint::origin.eq(origin))
        .order(audit_checkpoint::size.desc())
        .select(audit_checkpoint::note)
        .first(c)
        .optional())?)
}

/// How large the log was at the newest checkpoint of an origin.
///
/// # Errors
/// As the database's.
pub fn find_checkpointed_size(conn: &mut AnyConnection, origin: &str) -> StoreResult<Option<u64>> {
    let size: Option<i64> = on_each!(conn, |c| audit_checkpoint::table
        .filter(audit_checkpoint::origin.eq(origin))
        .order(audit_checkpoint::size.desc())
        .select(audit_checkpoint::size)
        .first(c)
        .optional())?;
    size.map(u64::try_from).transpose().map_err(|_| StoreError::broken("a checkpoint's size is out of range"))
}

/// Keeps a checkpoint; one of the same size takes the place of the earlier, whose cosignatures are older.
///
/// # Errors
/// As the database's.
pub fn keep_checkpoint(conn: &mut AnyConnection, origin: &str, size: u64, note: &str) -> StoreResult<()> {
    let size = column(size)?;
    let row = (audit_checkpoint::origin.eq(origin), audit_checkpoint::size.eq(size), audit_checkpoint::note.eq(note));
    on_each!(conn, |c| diesel::insert_into(audit_checkpoint::table)
        .values(row)
        .on_conflict((audit_checkpoint::origin, audit_checkpoint::size))
        .do_update()
        .set(audit_checkpoint::note.eq(note))
        .execute(c))?;
    Ok(())
}

/// What a checkpoint that is to be signed must agree with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where the log stands.
    pub head: TreeHead,
    /// The root it had at the size asked about; `None` where it is not so large.
    pub then: Option<Hash>,
}

/// Where the log stands, and which root it gives at `size`, in one view of the database.
///
/// # Errors
/// [`StoreError::Broken`] where rows are missing or the head contradicts itself, and for failures of the database.
pub fn read_standing(conn: &mut AnyConnection, size: u64) -> StoreResult<Standing> {
    read_tx(conn, |conn| {
        let head = get_head(conn)?;
        let head = TreeHead { size: head.size(), root: head.root() };
        let then = (size <= head.size).then(|| root(&mut StoredTree::new(conn, head.size), size)).transpose()?;
        Ok(Standing { head, then })
    })
}

/// The hashes of a tile, whole or in part, of the log's first `size` events. `None` where they do not fill it so far,
/// or where it is asked for in part although it is whole and more than it holds.
///
/// # Errors
/// [`StoreError::Broken`] where rows are missing, and for failures of the database.
pub fn find_tile(conn: &mut AnyConnection, part: TilePart, size: u64) -> StoreResult<Option<Vec<Hash>>> {
    let Some((from, to)) = part.range_within(size) else { return Ok(None) };
    StoredTree::new(conn, size).tile_hashes(part.tile.level, from, to).map(Some)
}

/// The leaves that a tile of level 0 holds the hashes of, as they were hashed.
///
/// # Errors
/// As [`find_tile`].
pub fn find_leaves(conn: &mut AnyConnection, part: TilePart, size: u64) -> StoreResult<Option<Vec<Vec<u8>>>> {
    let Some((from, to)) = part.range_within(size).filter(|_| part.tile.level == 0) else { return Ok(None) };
    let (first, end) = (column(from)?, column(to)?);
    let leaves: Vec<Vec<u8>> = on_each!(conn, |c| audit_event::table
        .filter(audit_event::idx.ge(first).and(audit_event::idx.lt(end)))
        .order(audit_event::idx)
        .select(audit_event::leaf)
        .load(c))?;
    if u64::try_from(leaves.len()) != Ok(to.saturating_sub(from)) {
        return Err(StoreError::broken("events are missing from the audit log; run audit verify"));
    }
    Ok(Some(leaves))
}

/// The hash of the leaf at an index and the proof that it is in the tree of the first `size` events; `None` where it
/// is not.
///
/// # Errors
/// As [`find_tile`].
pub fn find_leaf_proof(conn: &mut AnyConnection, index: u64, size: u64) -> StoreResult<Option<(Hash, Vec<Hash>)>> {
    let Ok(idx) = i64::try_from(index) else { return Ok(None) };
    let hashes = match prove_inclusion(&mut StoredTree::new(conn, size), index, size) {
        Ok(hashes) => hashes,
        Err(ProofError::OutOfRange) => return Ok(None),
        Err(ProofError::Read(error)) => return Err(error),
    };
    let leaf: Vec<u8> =
        on_each!(conn, |c| audit_event::table.find(idx).select(audit_event::leaf).get_result(c).optional())?
            .ok_or_else(|| StoreError::broken("an event is missing from the audit log; run audit verify"))?;
    Ok(Some((leaf_hash(&leaf), hashes)))
}

/// The proof that the log of `to` events extends that of `from`, of which `to` must be there; `None` where `from` is
/// the larger.
///
/// # Errors
/// As [`find_tile`].
pub fn find_growth_proof(conn: &mut AnyConnection, from: u64, to: u64) -> StoreResult<Option<Vec<Hash>>> {
    match prove_consistency(&mut StoredTree::new(conn, to), from, to) {
        Ok(hashes) => Ok(Some(hashes)),
        Err(ProofError::OutOfRange) => Ok(None),
        Err(ProofError::Read(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::tiles::TileId;
    use crate::domain::audit::tree::{Frontier, root_of};
    use crate::store::audit::examples::{Fresh, example};

    fn tile(log: &mut Fresh, level: u8, number: u64, width: u64, size: u64) -> Option<Vec<Hash>> {
        let part = TilePart { tile: TileId { level, number }, width };
        find_tile(&mut log.conn, part, size).unwrap()
    }

    #[test]
    fn tiles_are_there_whole_and_in_part_as_far_as_the_size_goes() {
        let mut log = Fresh::new();
        let events: Vec<_> = (0..600).map(example).collect();
        let hashes: Vec<_> = log.append(&events).iter().map(|receipt| receipt.leaf_hash).collect();
        assert_eq!(tile(&mut log, 0, 0, 256, 600).unwrap(), hashes[..256]);
        assert_eq!(tile(&mut log, 0, 1, 256, 600).unwrap(), hashes[256..512]);
        assert_eq!(tile(&mut log, 0, 2, 88, 600).unwrap(), hashes[512..]);
        assert_eq!(tile(&mut log, 0, 2, 3, 600).unwrap(), hashes[512..515]);
        assert_eq!(tile(&mut log, 0, 0, 7, 600).unwrap(), hashes[..7], "a part of what is whole by now");
        let roots = [root_of(hashes[..256].iter().copied()), root_of(hashes[256..512].iter().copied())];
        assert_eq!(tile(&mut log, 1, 0, 2, 600).unwrap(), roots);
        for (level, number, width, size) in [
            (0, 2, 89, 600),
            (0, 2, 256, 600),
            (0, 1, 256, 511),
            (1, 0, 3, 600),
            (1, 1, 1, 600),
            (2, 0, 1, 600),
            (63, 0, 1, 600),
        ] {
            assert_eq!(tile(&mut log, level, number, width, size), None, "{level} {number} {width} {size}");
        }
    }

    #[test]
    fn leaves_hash_to_their_tile() {
        let mut log = Fresh::with_events(300);
        for (number, width) in [(0, 256), (1, 44)] {
            let part = TilePart { tile: TileId { level: 0, number }, width };
            let leaves = find_leaves(&mut log.conn, part, 300).unwrap().unwrap();
            let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
            assert_eq!(Some(hashes), find_tile(&mut log.conn, part, 300).unwrap());
        }
    }

    #[test]
    fn the_newest_checkpoint_of_an_origin_is_found_and_renewed() {
        let mut log = Fresh::with_events(3);
        let conn = &mut log.conn;
        assert_eq!(find_latest_checkpoint(conn, "a").unwrap(), None);
        for (origin, size, note) in [("a", 1, "first"), ("a", 3, "second"), ("b", 9, "other"), ("a", 3, "renewed")] {
            keep_checkpoint(conn, origin, size, note).unwrap();
        }
        assert_eq!(find_latest_checkpoint(conn, "a").unwrap().as_deref(), Some("renewed"));
        assert_eq!(find_checkpointed_size(conn, "a").unwrap(), Some(3));
        assert_eq!(find_checkpointed_size(conn, "c").unwrap(), None);
    }

    #[test]
    fn the_standing_tells_the_root_of_then() {
        let mut log = Fresh::new();
        let events: Vec<_> = (0..300).map(example).collect();
        let mut frontier = Frontier::empty();
        let mut roots = vec![frontier.root()];
        for receipt in log.append(&events) {
            frontier.push(receipt.leaf_hash);
            roots.push(frontier.root());
        }
        for size in [0_u64, 1, 255, 256, 257, 300] {
            let standing = read_standing(&mut log.conn, size).unwrap();
            assert_eq!(standing.then, Some(roots[usize::try_from(size).unwrap()]));
            assert_eq!(standing.head, TreeHead { size: 300, root: frontier.root() });
        }
        assert_eq!(read_standing(&mut log.conn, 301).unwrap().then, None);
    }
}
