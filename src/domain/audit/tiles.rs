//! How the tree is cut into tiles of 256 hashes (C2SP tlog-tiles, height 8).

use std::fmt;

use super::tree::{Hash, root_of};

/// Levels of the tree that one level of tiles spans.
pub const TILE_HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// One tile: at level `L` and number `N` it holds the roots of the complete subtrees of `256^L` leaves numbered
/// `256·N` to `256·N + 255`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Level of tiles, from 0 at the leaves.
    pub level: u8,
    /// Number of the tile within its level, from 0.
    pub number: u64,
}

impl TileId {
    /// The tiles below a full tile of a level above 0, whose roots are its hashes.
    pub fn below(self) -> impl Iterator<Item = Self> {
        let first = self.number.saturating_mul(TILE_WIDTH);
        self.level
            .checked_sub(1)
            .into_iter()
            .flat_map(move |level| (first..first.saturating_add(TILE_WIDTH)).map(move |number| Self { level, number }))
    }
}

impl fmt::Display for TileId {
    /// `level/number`, the number in groups of three digits, all but the last marked `x` (`1/x001/067`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.level)?;
        let mut group = 1_u64;
        while self.number / group >= 1000 {
            group *= 1000;
        }
        while group > 1 {
            write!(f, "x{:03}/", self.number / group % 1000)?;
            group /= 1000;
        }
        write!(f, "{:03}", self.number % 1000)
    }
}

/// The tiles that become full when a tree grows from `from` leaves to `to`, each level after the one below it.
pub fn tiles_completed(from: u64, to: u64) -> impl Iterator<Item = TileId> {
    (0_u8..8).flat_map(move |level| {
        let full = |size: u64| size.checked_shr(TILE_HEIGHT * (u32::from(level) + 1)).unwrap_or(0);
        (full(from)..full(to)).map(move |number| TileId { level, number })
    })
}

/// The root over the hashes of one full tile, which is one hash of the tile above it.
pub fn tile_root(hashes: &[Hash]) -> Hash {
    root_of(hashes.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_reference_crate() {
        for (level, number) in [(0, 0), (0, 999), (1, 1000), (1, 1067), (2, 1_234_067), (3, 999_999_999)] {
            let theirs = tlog_tiles::Tile::new(8, level, number, 256, false).path();
            assert_eq!(format!("tile/8/{}", TileId { level, number }), theirs);
        }
    }

    #[test]
    fn tiles_complete_each_once_and_in_order() {
        assert_eq!(tiles_completed(0, 255).count(), 0);
        assert_eq!(tiles_completed(255, 256).collect::<Vec<_>>(), [TileId { level: 0, number: 0 }]);
        assert_eq!(tiles_completed(256, 511).count(), 0);
        let last: Vec<_> = tiles_completed(65_000, 65_540).collect();
        let level_0 = (253..256).map(|number| TileId { level: 0, number });
        assert_eq!(last, level_0.chain([TileId { level: 1, number: 0 }]).collect::<Vec<_>>());
    }

    #[test]
    fn the_tiles_below_cover_the_tile() {
        let below: Vec<_> = TileId { level: 1, number: 3 }.below().collect();
        assert_eq!(below.len(), 256);
        assert_eq!(below[0], TileId { level: 0, number: 768 });
        assert_eq!(below[255], TileId { level: 0, number: 1023 });
        assert_eq!(TileId { level: 0, number: 3 }.below().count(), 0);
    }
}
