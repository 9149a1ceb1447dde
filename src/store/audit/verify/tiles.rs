//! Compares stored tiles with the hashes of their events: each there, each right, and none besides.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::cells::Cell;
use super::findings::{Fault, Finding, VerifyError};
use crate::domain::audit::tiles::{TILE_HEIGHT, TILE_WIDTH, TileId, tile_root, tiles_completed};
use crate::domain::audit::tree::{HASH_BYTES, Hash};
use crate::store::audit::heads::column;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::schema::audit_tile;

/// Compares the full tiles of leaves that begin at `from`, which is where a tile begins.
pub(super) fn check_leaves(conn: &mut AnyConnection, from: u64, hashes: &[Hash]) -> Result<(), VerifyError> {
    check_level(conn, 0, from / TILE_WIDTH, hashes)
}

/// Compares every tile above those of leaves, whose roots are given, and looks for tiles that should not be there.
pub(super) fn check_upper(conn: &mut AnyConnection, size: u64, tile_roots: &[Hash]) -> Result<(), VerifyError> {
    let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
    let mut hashes = tile_roots.to_vec();
    let mut level = 1_u8;
    while hashes.len() >= width {
        check_level(conn, level, 0, &hashes)?;
        hashes = hashes.chunks_exact(width).map(tile_root).collect();
        level = level.saturating_add(1);
    }
    nothing_beyond(conn, size)
}

/// Compares the full tiles of one level from `number` on with the hashes they should hold. Left-over hashes are not
/// in a full tile.
fn check_level(conn: &mut AnyConnection, level: u8, number: u64, hashes: &[Hash]) -> Result<(), VerifyError> {
    let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
    // A few tiles at a time, to read no more than a megabyte at once.
    let mut number = number;
    for group in hashes.chunks(16 * width) {
        let full = group.chunks_exact(width);
        let count = u64::try_from(full.len()).unwrap_or(u64::MAX);
        let mut stored = stored_tiles(conn, level, number, number.saturating_add(count))?;
        for hashes in full {
            let cell = stored.remove(&column(number)?);
            check_tile(TileId { level, number }, hashes, cell)?;
            number = number.saturating_add(1);
        }
    }
    Ok(())
}

fn check_tile(tile: TileId, hashes: &[Hash], stored: Option<Cell<Vec<u8>>>) -> Result<(), Finding> {
    // How many events stand under each hash of this tile.
    let under = 1_u64.checked_shl(TILE_HEIGHT.saturating_mul(u32::from(tile.level))).unwrap_or(0);
    let first = tile.number.saturating_mul(TILE_WIDTH);
    let at = |position: u64, fault| Finding::at(first.saturating_add(position).saturating_mul(under), fault);
    let stored = stored.ok_or_else(|| at(0, Fault::TileMissing(tile)))?;
    let bytes = stored.value().ok_or_else(|| at(0, Fault::TileDiffers(tile)))?;
    let (held, rest) = bytes.as_chunks::<HASH_BYTES>();
    let same = held.iter().zip(hashes).take_while(|(held, hash)| *held == hash.as_bytes()).count();
    if same == hashes.len() && held.len() == same && rest.is_empty() {
        return Ok(());
    }
    let last = TILE_WIDTH.saturating_sub(1);
    Err(at(u64::try_from(same).unwrap_or(last).min(last), Fault::TileDiffers(tile)))
}

fn stored_tiles(
    conn: &mut AnyConnection,
    level: u8,
    from: u64,
    to: u64,
) -> Result<BTreeMap<i64, Cell<Vec<u8>>>, VerifyError> {
    let (level, from, to) = (i32::from(level), column(from)?, column(to)?);
    let rows: Vec<(i64, Cell<Vec<u8>>)> = on_each!(conn, |c| audit_tile::table
        .filter(audit_tile::level.eq(level).and(audit_tile::number.ge(from)).and(audit_tile::number.lt(to)))
        .select((audit_tile::number, audit_tile::hashes))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// Every full tile was found; so if there are no more rows than full tiles, there is none besides.
fn nothing_beyond(conn: &mut AnyConnection, size: u64) -> Result<(), VerifyError> {
    let stored: i64 = on_each!(conn, |c| audit_tile::table.count().get_result(c))?;
    let full = tiles_completed(0, size).count();
    if usize::try_from(stored) == Ok(full) {
        return Ok(());
    }
    let highest: Option<Cell<i64>> = on_each!(conn, |c| audit_tile::table
        .order((audit_tile::level.desc(), audit_tile::number.desc()))
        .select(audit_tile::level)
        .first(c)
        .optional())?;
    let level = highest.and_then(Cell::value).unwrap_or(-1);
    Err(Finding::of(Fault::TileBeyondHead(level)).into())
}
