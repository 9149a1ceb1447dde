//! Tiles: written once when 256 hashes are complete, and read back as the roots of subtrees.

use diesel::prelude::*;

use super::heads::column;
use crate::domain::audit::proofs::HashReader;
use crate::domain::audit::receipts::Receipt;
use crate::domain::audit::tiles::{TILE_HEIGHT, TILE_WIDTH, TileId, tile_root, tiles_completed};
use crate::domain::audit::tree::{Hash, leaf_hash, root_of};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{audit_event, audit_tile};

/// Writes every tile that the newest events have made full, lower levels first. `first` is the size before them.
pub(super) fn write_completed_tiles(conn: &mut AnyConnection, first: u64, newest: &[Receipt]) -> StoreResult<()> {
    let size = newest.last().map_or(first, |receipt| receipt.index.saturating_add(1));
    for tile in tiles_completed(first, size) {
        let hashes = match tile.level {
            0 => leaf_tile(conn, tile, first, newest)?,
            _ => roots_below(conn, tile)?,
        };
        insert_tile(conn, tile, &hashes)?;
    }
    Ok(())
}

/// The leaf hashes of a full tile: the newest ones are at hand, earlier ones are read.
fn leaf_tile(conn: &mut AnyConnection, tile: TileId, first: u64, newest: &[Receipt]) -> StoreResult<Vec<Hash>> {
    let start = tile.number.saturating_mul(TILE_WIDTH);
    let end = start.saturating_add(TILE_WIDTH);
    let mut hashes = if start < first { leaf_hashes(conn, start, first)? } else { Vec::new() };
    hashes
        .extend(newest.iter().filter(|receipt| (start..end).contains(&receipt.index)).map(|receipt| receipt.leaf_hash));
    Ok(hashes)
}

/// The roots of the 256 tiles below a full one.
fn roots_below(conn: &mut AnyConnection, tile: TileId) -> StoreResult<Vec<Hash>> {
    tile.below().map(|below| Ok(tile_root(&full_tile(conn, below)?))).collect()
}

fn insert_tile(conn: &mut AnyConnection, tile: TileId, hashes: &[Hash]) -> StoreResult<()> {
    if hashes.len() != full_width()? {
        return Err(StoreError::broken("events are missing from the audit log; run audit verify"));
    }
    let bytes = Hash::list_to_bytes(hashes);
    let (level, number) = (i32::from(tile.level), column(tile.number)?);
    on_each!(conn, |c| diesel::insert_into(audit_tile::table)
        .values((audit_tile::level.eq(level), audit_tile::number.eq(number), audit_tile::hashes.eq(&bytes)))
        .execute(c))?;
    Ok(())
}

/// The hashes of a full tile.
pub(super) fn full_tile(conn: &mut AnyConnection, tile: TileId) -> StoreResult<Vec<Hash>> {
    let (level, number) = (i32::from(tile.level), column(tile.number)?);
    let bytes: Option<Vec<u8>> = on_each!(conn, |c| audit_tile::table
        .find((level, number))
        .select(audit_tile::hashes)
        .get_result(c)
        .optional())?;
    let width = full_width()?;
    bytes
        .and_then(|bytes| Hash::list_from_bytes(&bytes))
        .filter(|hashes| hashes.len() == width)
        .ok_or_else(|| StoreError::broken("a tile is missing from the audit log; run audit verify"))
}

/// The hashes of the leaves `from..to`, read from their rows.
fn leaf_hashes(conn: &mut AnyConnection, from: u64, to: u64) -> StoreResult<Vec<Hash>> {
    let (from, to) = (column(from)?, column(to)?);
    let leaves: Vec<Vec<u8>> = on_each!(conn, |c| audit_event::table
        .filter(audit_event::idx.ge(from).and(audit_event::idx.lt(to)))
        .order(audit_event::idx)
        .select(audit_event::leaf)
        .load(c))?;
    Ok(leaves.iter().map(|leaf| leaf_hash(leaf)).collect())
}

fn full_width() -> StoreResult<usize> {
    usize::try_from(TILE_WIDTH).map_err(|_| StoreError::broken("a tile does not fit into memory"))
}

/// Reads the roots of subtrees from tiles, and from leaves where a tile is not full yet.
pub(super) struct StoredTree<'c> {
    conn: &'c mut AnyConnection,
    size: u64,
}

impl<'c> StoredTree<'c> {
    /// The tree over the first `size` events, all of which must be there.
    pub(super) const fn new(conn: &'c mut AnyConnection, size: u64) -> Self {
        Self { conn, size }
    }

    /// The hashes `from..to` of one level of tiles, all within one tile.
    pub(super) fn tile_hashes(&mut self, level: u8, from: u64, to: u64) -> StoreResult<Vec<Hash>> {
        let number = from / TILE_WIDTH;
        let end = number.saturating_add(1).saturating_mul(TILE_WIDTH);
        let complete = self.size.checked_shr(TILE_HEIGHT.saturating_mul(u32::from(level))).unwrap_or(0);
        if end <= complete {
            let tile = full_tile(self.conn, TileId { level, number })?;
            let skipped = usize::try_from(from % TILE_WIDTH).unwrap_or(usize::MAX);
            let wanted = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
            return Ok(tile.into_iter().skip(skipped).take(wanted).collect());
        }
        match level.checked_sub(1) {
            None => leaf_hashes(self.conn, from, to),
            Some(below) => (from..to)
                .map(|number| Ok(tile_root(&full_tile(self.conn, TileId { level: below, number })?)))
                .collect(),
        }
    }
}

impl HashReader for StoredTree<'_> {
    type Error = StoreError;

    fn subtree_root(&mut self, level: u32, number: u64) -> StoreResult<Hash> {
        let outside = || StoreError::broken("a subtree outside the audit log was asked for");
        let tile_level = u8::try_from(level / TILE_HEIGHT).map_err(|_| outside())?;
        let width = 1_u64 << (level % TILE_HEIGHT);
        let from = number.checked_mul(width).ok_or_else(outside)?;
        let hashes = self.tile_hashes(tile_level, from, from.checked_add(width).ok_or_else(outside)?)?;
        if u64::try_from(hashes.len()) != Ok(width) {
            return Err(StoreError::broken("events are missing from the audit log; run audit verify"));
        }
        Ok(root_of(hashes))
    }
}
