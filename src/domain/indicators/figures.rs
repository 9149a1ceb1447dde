//! Figures as they are published, so that nobody can be counted out of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Direction, Unit};
use crate::domain::codes::codes;
use crate::domain::texts::serde_by_text;

/// A count as it is published: suppressed under ten, otherwise to the nearest five. What it was made from is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Under ten, zero included.
    Few,
    /// To the nearest five; ten at least.
    About(u64),
}

/// Counts under this are not published.
pub const FEWEST: u64 = 10;

impl Cell {
    /// The published form of a count.
    #[must_use]
    pub const fn of(count: u64) -> Self {
        if count < FEWEST { Self::Few } else { Self::About(count.saturating_add(2) / 5 * 5) }
    }

    /// The cell of a total: the sum of what is published, where anything is. It is made from published cells alone, so
    /// that taking cells from it gives back nothing but what they say themselves.
    #[must_use]
    pub fn total(cells: impl IntoIterator<Item = Self>) -> Self {
        let known = cells.into_iter().filter_map(Self::number);
        match known.fold(0_u64, u64::saturating_add) {
            0 => Self::Few,
            sum => Self::About(sum),
        }
    }

    /// The number, where one is published.
    #[must_use]
    pub const fn number(self) -> Option<u64> {
        match self {
            Self::Few => None,
            Self::About(count) => Some(count),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Few => f.write_str("<10"),
            Self::About(count) => count.fmt(f),
        }
    }
}

/// What cannot be read as a published figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be <10 or a multiple of 5 from 10 on, or a number of days or percent")]
pub struct NotACell;

impl FromStr for Cell {
    type Err = NotACell;

    fn from_str(text: &str) -> Result<Self, NotACell> {
        if text == "<10" {
            return Ok(Self::Few);
        }
        let count: u64 = text.parse().map_err(|_| NotACell)?;
        if count >= FEWEST && count.is_multiple_of(5) { Ok(Self::About(count)) } else { Err(NotACell) }
    }
}

serde_by_text!(Cell);

/// A published figure of any unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// A count.
    Count(Cell),
    /// Days or a share that too few stand behind.
    Withheld,
    /// Whole days.
    Days(u32),
    /// Whole parts of a hundred.
    Percent(u32),
}

const WITHHELD: &str = "suppressed";

impl Figure {
    /// The number, where one is published.
    #[must_use]
    pub fn number(self) -> Option<u64> {
        match self {
            Self::Count(cell) => cell.number(),
            Self::Withheld => None,
            Self::Days(number) | Self::Percent(number) => Some(number.into()),
        }
    }

    /// Reads a figure of a unit, as [`Figure`] is written.
    ///
    /// # Errors
    /// [`NotACell`] where it is none.
    pub fn read(unit: Unit, text: &str) -> Result<Self, NotACell> {
        let number = || text.parse().map_err(|_| NotACell);
        match unit {
            Unit::Count => text.parse().map(Self::Count),
            Unit::Days | Unit::Percent if text == WITHHELD => Ok(Self::Withheld),
            Unit::Days => number().map(Self::Days),
            Unit::Percent => number().map(Self::Percent),
        }
    }

    /// The share that one published count is of another, where both are published.
    #[must_use]
    pub fn share(part: Cell, whole: Cell) -> Self {
        let (Some(part), Some(whole)) = (part.number(), whole.number()) else { return Self::Withheld };
        percent(part, whole)
    }

    /// The median of days, to the nearest whole day, where as many as are published stand behind it.
    #[must_use]
    pub fn median(mut days: Vec<u32>) -> Self {
        if u64::try_from(days.len()).unwrap_or(u64::MAX) < FEWEST {
            return Self::Withheld;
        }
        days.sort_unstable();
        let middle = days.len() / 2;
        let at = |place: usize| days.get(place).copied().unwrap_or_default();
        let upper = at(middle);
        let lower = if days.len().is_multiple_of(2) { at(middle.saturating_sub(1)) } else { upper };
        Self::Days(lower.midpoint(upper.saturating_add(1)))
    }
}

fn percent(part: u64, whole: u64) -> Figure {
    let whole = whole.max(1);
    let hundredths = part.saturating_mul(100).saturating_add(whole / 2) / whole;
    Figure::Percent(u32::try_from(hundredths).unwrap_or(100).min(100))
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(cell) => cell.fmt(f),
            Self::Withheld => f.write_str(WITHHELD),
            Self::Days(number) | Self::Percent(number) => number.fmt(f),
        }
    }
}

impl serde::Serialize for Figure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The counts of one indicator by place, before publication.
pub type Counts = BTreeMap<String, u64>;

/// One indicator as it is published for a period: figures by place, and nothing that was not made from what is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The figures by place: a locality, an agency, or the area itself.
    pub figures: BTreeMap<String, Figure>,
    /// The figure of the whole area.
    pub whole: Figure,
}

impl Published {
    /// Publishes counts.
    #[must_use]
    pub fn of(counts: &Counts) -> Self {
        Self::of_cells(counts.iter().map(|(place, count)| (place.clone(), Cell::of(*count))))
    }

    /// Published cells, with the total that is made of them.
    #[must_use]
    pub fn of_cells(cells: impl IntoIterator<Item = (String, Cell)>) -> Self {
        let cells: BTreeMap<String, Cell> = cells.into_iter().collect();
        let whole = Figure::Count(Cell::total(cells.values().copied()));
        Self { figures: cells.into_iter().map(|(place, cell)| (place, Figure::Count(cell))).collect(), whole }
    }

    /// Publishes medians. That of the area is of the places that are published, so that it does not depend on the
    /// others: it would say that there were some.
    #[must_use]
    pub fn of_days(days: &BTreeMap<String, Vec<u32>>) -> Self {
        let figures: BTreeMap<String, Figure> =
            days.iter().map(|(place, days)| (place.clone(), Figure::median(days.clone()))).collect();
        let shown = |place: &String| figures.get(place).is_some_and(|figure| *figure != Figure::Withheld);
        let together = days.iter().filter(|(place, _)| shown(place)).flat_map(|(_, days)| days.iter().copied());
        let whole = Figure::median(together.collect());
        Self { figures, whole }
    }

    /// Publishes shares of counts, part and whole of each place, which are not published themselves. Of a share of
    /// rounded figures nothing can be told that would bound a count from above; where the part or the rest is few, it
    /// would tell how few the others are, and it is withheld.
    #[must_use]
    pub fn of_shares(counts: &BTreeMap<String, (u64, u64)>) -> Self {
        let rounded = counts.iter().map(|(place, (part, whole))| {
            let figures = (Cell::of(*part).number(), Cell::of(*whole).number());
            let shown = match figures {
                (Some(part), Some(whole)) if whole.saturating_sub(part) >= FEWEST => Some((part, whole)),
                _ => None,
            };
            (place.clone(), shown)
        });
        let rounded: BTreeMap<String, Option<(u64, u64)>> = rounded.collect();
        let whole = match sum(rounded.values().filter_map(|shown| *shown)) {
            (_, 0) => Figure::Withheld,
            (part, whole) => percent(part, whole),
        };
        let share = |shown: Option<(u64, u64)>| shown.map_or(Figure::Withheld, |(part, whole)| percent(part, whole));
        Self { figures: rounded.into_iter().map(|(place, shown)| (place, share(shown))).collect(), whole }
    }

    /// The share that one published indicator is of another, place by place; that of the area is of the places in which
    /// both are published.
    #[must_use]
    pub fn quotient(part: &Self, whole: &Self) -> Self {
        let of = |place: &String| (part.figures.get(place).copied(), whole.figures.get(place).copied());
        let cells = whole.figures.keys().map(|place| match of(place) {
            (Some(Figure::Count(part)), Some(Figure::Count(whole))) => {
                (place.clone(), part.number().zip(whole.number()))
            }
            _ => (place.clone(), None),
        });
        let cells: BTreeMap<String, Option<(u64, u64)>> = cells.collect();
        let share = |both: Option<(u64, u64)>| {
            both.map_or(Figure::Withheld, |(part, whole)| Figure::share(Cell::About(part), Cell::About(whole)))
        };
        let whole = match sum(cells.values().filter_map(|both| *both)) {
            (_, 0) => Figure::Withheld,
            (part, whole) => percent(part, whole),
        };
        Self { figures: cells.into_iter().map(|(place, both)| (place, share(both))).collect(), whole }
    }
}

fn sum(pairs: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    pairs.fold((0, 0), |(a, b), (part, whole)| (a.saturating_add(part), b.saturating_add(whole)))
}

codes! {
    /// How a figure moved since the period before, as far as both are published.
    pub enum Progress {
        /// The way it should.
        Improved => "improved",
        /// The other way.
        Worsened => "worsened",
        /// Some way, and neither is better.
        Changed => "changed",
        /// Not at all.
        Unchanged => "unchanged",
        /// One of them is not published, or it meant something else.
        NotComparable => "not-comparable",
    }
}

impl Progress {
    /// From one published figure to another of the same meaning.
    #[must_use]
    pub fn between(before: Option<Figure>, now: Figure, direction: Direction) -> Self {
        let (Some(before), Some(now)) = (before.and_then(Figure::number), now.number()) else {
            return Self::NotComparable;
        };
        match (before.cmp(&now), direction) {
            (std::cmp::Ordering::Equal, _) => Self::Unchanged,
            (_, Direction::Neither) => Self::Changed,
            (std::cmp::Ordering::Less, Direction::Up) | (std::cmp::Ordering::Greater, Direction::Down) => {
                Self::Improved
            }
            _ => Self::Worsened,
        }
    }
}
