//! How the tree is cut into tiles of 256 hashes (C2SP tlog-tiles, height 8).

use std::fmt;
use std::str::FromStr;

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

/// A tile as it is asked for: whole, or the first of its hashes while it is not full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePart {
    /// The tile.
    pub tile: TileId,
    /// How many of its hashes, from 1 to 256.
    pub width: u64,
}

/// The highest level that a path may name.
const HIGHEST_LEVEL: u8 = 63;

impl TilePart {
    /// Which hashes of the tile's level these are, the end excluded; `None` where the first `size` leaves do not give
    /// all of them.
    pub fn range_within(self, size: u64) -> Option<(u64, u64)> {
        let complete = size.checked_shr(TILE_HEIGHT.checked_mul(self.tile.level.into())?).unwrap_or(0);
        let from = self.tile.number.checked_mul(TILE_WIDTH)?;
        let to = from.checked_add(self.width)?;
        (to <= complete && (1..=TILE_WIDTH).contains(&self.width)).then_some((from, to))
    }

    /// Reads level and number as paths have them: `0`, and `x001/067` or `x001/067.p/12`.
    ///
    /// # Errors
    /// [`NotATile`] for any other spelling.
    pub fn parse(level: &str, number: &str) -> Result<Self, NotATile> {
        let level_read: u8 = decimal(level).ok_or(NotATile)?;
        if level_read > HIGHEST_LEVEL {
            return Err(NotATile);
        }
        let Numbered { number, width } = number.parse()?;
        Ok(Self { tile: TileId { level: level_read, number }, width })
    }
}

/// A number within a level, and how much of that tile or bundle: `x001/067.p/12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub number: u64,
    /// How much of it, from 1 to 256.
    pub width: u64,
}

impl FromStr for Numbered {
    type Err = NotATile;

    fn from_str(text: &str) -> Result<Self, NotATile> {
        let (path, width) = match text.split_once(".p/") {
            Some((path, width)) => (path, decimal(width).filter(|width| (1..TILE_WIDTH).contains(width))),
            None => (text, Some(TILE_WIDTH)),
        };
        let width = width.ok_or(NotATile)?;
        let mut number = 0_u64;
        let mut groups = path.split('/').peekable();
        while let Some(group) = groups.next() {
            let digits = if groups.peek().is_some() { group.strip_prefix('x').ok_or(NotATile)? } else { group };
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotATile);
            }
            let value: u64 = digits.parse().map_err(|_| NotATile)?;
            number = number.checked_mul(1000).and_then(|number| number.checked_add(value)).ok_or(NotATile)?;
        }
        // A number has one spelling: no groups of zeros before it.
        if path.starts_with("x000") { Err(NotATile) } else { Ok(Self { number, width }) }
    }
}

/// A decimal number without leading zeros.
fn decimal<T: FromStr + ToString>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number: &T| number.to_string() == text)
}

/// A path that names no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile is named by its level and its number in groups of three digits")]
pub struct NotATile;

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
    fn paths_are_read_as_the_reference_crate_reads_them() {
        for (level, number) in [
            ("0", "000"),
            ("0", "067"),
            ("1", "x001/067"),
            ("2", "x001/x234/067"),
            ("0", "x001/067.p/12"),
            ("63", "000.p/255"),
            ("0", "000.p/1"),
            ("0", "x018/x446/x744/x073/x709/x551/615"),
        ] {
            let part = TilePart::parse(level, number).unwrap();
            let theirs = tlog_tiles::Tile::from_path(&format!("tile/8/{level}/{number}")).unwrap();
            assert_eq!((part.tile.level, part.tile.number), (theirs.level(), theirs.level_index()));
            assert_eq!(part.width, u64::from(theirs.width()));
        }
        for (level, number) in [
            ("0", ""),
            ("0", "1"),
            ("0", "0001"),
            ("0", "x001"),
            ("0", "001/067"),
            ("0", "x000/067"),
            ("0", "x001/x067"),
            ("0", "000.p/0"),
            ("0", "000.p/256"),
            ("0", "000.p/01"),
            ("0", "000.p/"),
            ("0", "000.p/1/"),
            ("0", "/000"),
            ("0", "00a"),
            ("0", "+01"),
            ("64", "000"),
            ("00", "000"),
            ("-1", "000"),
            ("", "000"),
            ("data", "000"),
            ("0", "x018/x446/x744/x073/x709/x551/616"),
            ("0", "x999/x999/x999/x999/x999/x999/x999/999"),
        ] {
            assert_eq!(TilePart::parse(level, number), Err(NotATile), "{level}/{number}");
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
