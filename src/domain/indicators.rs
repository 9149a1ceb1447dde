//! Key indicators, reviewed every six months: what each is, and how its figures are published so that nobody can be
//! counted out of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Months, NaiveDate};

use crate::domain::codes::codes;
use crate::domain::texts::serde_by_text;

codes! {
    /// An indicator that the index itself can tell.
    pub enum Indicator {
        /// Enquiries at access points.
        Enquiries => "enquiries",
        /// Enquiries about a child already known to another service.
        AlreadyKnown => "already-known",
        /// Enquiries allocated to a service.
        Referrals => "referrals",
        /// Enquiries that a service accepted.
        Accepted => "accepted",
        /// Referrals about a child who had been referred within the twelve months before.
        ReReferrals => "re-referrals-within-12-months",
        /// Decisions on enquiries that came after they were due.
        LateDecisions => "late-decisions",
        /// Children with early help and no lead professional, on the last day.
        WithoutLead => "early-help-without-lead",
        /// Children with a lead professional for child protection, on the last day.
        ChildProtection => "child-protection-episodes",
        /// Children with social care and no plan of protection, on the last day.
        SectionSeventeen => "section-17-episodes",
        /// Entries that nobody had confirmed for long, on the last day.
        StaleContacts => "stale-contacts",
        /// Accounts in use without training in date, on the last day.
        Untrained => "accounts-without-training",
    }
}

codes! {
    /// Which way an indicator should move.
    pub enum Direction {
        /// More is better.
        Up => "up",
        /// Less is better.
        Down => "down",
        /// It says how much there is, and neither is better.
        Neither => "neither",
    }
}

/// What an indicator means, word for word in every period that bears the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// What is counted.
    pub text: &'static str,
    /// Counts changes of the text.
    pub version: u16,
    /// Which way it should move.
    pub direction: Direction,
}

codes! {
    /// An indicator that others publish, taken over as an aggregate of a period and locality, never child by child.
    pub enum OutsideIndicator {
        /// Babies of low birth weight.
        LowBirthWeight => "low-birth-weight",
        /// Children ready for school.
        ReadyForSchool => "ready-for-school",
        /// Pupils who reach the expected standard.
        Attainment => "attainment",
        /// Pupils persistently absent.
        Absence => "absence",
        /// Children missing from school.
        MissingFromSchool => "missing-from-school",
        /// Conceptions under eighteen.
        TeenagePregnancy => "teenage-pregnancy",
        /// Children in low-income families.
        Poverty => "poverty",
        /// Children who say that they are well.
        WellBeing => "well-being",
        /// Young people not in education, employment or training.
        NotInEducationOrWork => "not-in-education-or-work",
        /// Incidents of anti-social behaviour.
        AntiSocialBehaviour => "anti-social-behaviour",
        /// First-time entrants to youth justice.
        Offending => "offending",
        /// Children placed away from home.
        Placements => "placements",
        /// Admissions to hospital for injury.
        AdmissionsForInjury => "admissions-for-injury",
        /// Young people treated for substance misuse.
        SubstanceMisuse => "substance-misuse",
        /// Young carers known to services.
        YoungCarers => "young-carers",
        /// Parents helped into work.
        ParentsIntoWork => "parents-into-work",
    }
}

impl OutsideIndicator {
    /// Which way it should move.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::ReadyForSchool | Self::Attainment | Self::WellBeing | Self::ParentsIntoWork => Direction::Up,
            Self::YoungCarers | Self::SubstanceMisuse | Self::Placements => Direction::Neither,
            _ => Direction::Down,
        }
    }
}

/// An indicator taken over from outside, as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedIndicator {
    /// Which.
    pub indicator: OutsideIndicator,
    /// Where it comes from, as a code.
    pub source: String,
    /// Its cells.
    pub published: Published,
}

impl Indicator {
    /// What it means.
    #[must_use]
    pub const fn definition(self) -> Definition {
        let (text, direction) = match self {
            Self::Enquiries => ("Enquiries recorded at access points in the period.", Direction::Neither),
            Self::AlreadyKnown => (
                "Enquiries in the period about a child with whom another service that the recorder could see worked.",
                Direction::Neither,
            ),
            Self::Referrals => ("Enquiries recorded in the period that were allocated.", Direction::Neither),
            Self::Accepted => ("Enquiries recorded in the period that a receiver accepted.", Direction::Up),
            Self::ReReferrals => (
                "Enquiries allocated in the period about a child about whom one was allocated in the 12 months before.",
                Direction::Down,
            ),
            Self::LateDecisions => {
                ("Enquiries recorded in the period whose first decision came after one working day.", Direction::Down)
            }
            Self::WithoutLead => (
                "Children with early help or family support and no lead professional on the last day of the period, as the index knew it when the period was frozen.",
                Direction::Down,
            ),
            Self::ChildProtection => (
                "Children with a lead professional for child protection on the last day of the period, as the index knew it when the period was frozen.",
                Direction::Neither,
            ),
            Self::SectionSeventeen => (
                "Children with children's social care and no lead professional for child protection on the last day, as known when frozen.",
                Direction::Neither,
            ),
            Self::StaleContacts => (
                "Involvements running on the last day that nobody had confirmed for longer than the index calls fresh.",
                Direction::Down,
            ),
            Self::Untrained => ("Accounts in use on the last day whose training was not in date.", Direction::Down),
        };
        Definition { text, version: 1, direction }
    }
}

/// Half a year, as `2026-H1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HalfYear {
    year: i32,
    second: bool,
}

/// A text that is no half-year. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be half a year of 2000 to 2099, such as 2026-H1")]
pub struct NotAHalfYear;

impl HalfYear {
    /// The one a day falls into.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), second: day.month() > 6 }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, if self.second { 7 } else { 1 }, 1).unwrap_or_default()
    }

    /// The day after its last.
    #[must_use]
    pub fn day_after(self) -> NaiveDate {
        self.first_day().checked_add_months(Months::new(6)).unwrap_or(NaiveDate::MAX)
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        if self.second {
            Self { second: false, ..self }
        } else {
            Self { year: self.year.saturating_sub(1), second: true }
        }
    }

    /// The day on which its figures are reviewed: three months after it ended.
    #[must_use]
    pub fn review_on(self) -> NaiveDate {
        self.day_after().checked_add_months(Months::new(3)).unwrap_or(NaiveDate::MAX)
    }
}

impl FromStr for HalfYear {
    type Err = NotAHalfYear;

    fn from_str(text: &str) -> Result<Self, NotAHalfYear> {
        let (year, half) = text.split_once("-H").ok_or(NotAHalfYear)?;
        let digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let year: i32 = year.parse().map_err(|_| NotAHalfYear)?;
        let second = match half {
            "1" => false,
            "2" => true,
            _ => return Err(NotAHalfYear),
        };
        if digits && (2000..=2099).contains(&year) { Ok(Self { year, second }) } else { Err(NotAHalfYear) }
    }
}

impl fmt::Display for HalfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-H{}", self.year, if self.second { 2 } else { 1 })
    }
}

serde_by_text!(HalfYear);

/// A figure as it is published: suppressed under ten, otherwise to the nearest five. What it was made from is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Under ten, zero included.
    Few,
    /// To the nearest five; ten at least.
    About(u64),
}

/// Counts under this are not published.
const FEWEST: u64 = 10;

impl Cell {
    /// The published form of a count.
    #[must_use]
    pub const fn of(count: u64) -> Self {
        if count < FEWEST { Self::Few } else { Self::About((count + 2) / 5 * 5) }
    }

    /// The cell of a total: the sum of what is published, where anything is. It is made from published cells alone, so
    /// that taking cells from it gives back nothing but what they say themselves.
    #[must_use]
    pub fn total(cells: impl IntoIterator<Item = Self>) -> Self {
        let known = cells.into_iter().map(|cell| match cell {
            Self::Few => 0,
            Self::About(count) => count,
        });
        match known.sum() {
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
#[error("must be <10 or a multiple of 5 from 10 on")]
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

/// The counts of one indicator by locality, before publication.
pub type Counts = BTreeMap<String, u64>;

/// One indicator as it is published for a period: cells by locality, and nothing that was not made from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The cells by locality.
    pub cells: BTreeMap<String, Cell>,
}

impl Published {
    /// Publishes counts. Every table of every form is made from these cells and from nothing else.
    #[must_use]
    pub fn of(counts: &Counts) -> Self {
        Self { cells: counts.iter().map(|(locality, count)| (locality.clone(), Cell::of(*count))).collect() }
    }

    /// The cell of the whole area.
    #[must_use]
    pub fn total(&self) -> Cell {
        Cell::total(self.cells.values().copied())
    }
}

/// How a figure moved since the period before, as far as both are published.
#[must_use]
pub fn progress(before: Option<Cell>, now: Cell, direction: Direction) -> &'static str {
    let (Some(Cell::About(before)), Cell::About(now)) = (before, now) else { return "not-comparable" };
    match (before.cmp(&now), direction) {
        (std::cmp::Ordering::Equal, _) => "unchanged",
        (_, Direction::Neither) => "changed",
        (std::cmp::Ordering::Less, Direction::Up) | (std::cmp::Ordering::Greater, Direction::Down) => "improved",
        _ => "worsened",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_years_have_one_spelling() {
        let first: HalfYear = "2026-H1".parse().unwrap();
        assert_eq!(
            (first.first_day().to_string(), first.day_after().to_string()),
            ("2026-01-01".into(), "2026-07-01".into())
        );
        assert_eq!(
            (first.before().to_string(), first.review_on().to_string()),
            ("2025-H2".into(), "2026-10-01".into())
        );
        let of = |day: &str| HalfYear::of(day.parse().unwrap()).to_string();
        assert_eq!((of("2026-06-30"), of("2026-07-01")), ("2026-H1".into(), "2026-H2".into()));
        for wrong in ["2026-H3", "2026H1", "26-H1", "2026-h1", "1999-H1", "+026-H1", "", "2026-H1 "] {
            assert_eq!(wrong.parse::<HalfYear>(), Err(NotAHalfYear), "{wrong}");
        }
    }

    #[test]
    fn cells_are_suppressed_under_ten_and_rounded_to_five() {
        for (count, cell) in [(0, "<10"), (9, "<10"), (10, "10"), (12, "10"), (13, "15"), (17, "15"), (18, "20")] {
            assert_eq!(Cell::of(count).to_string(), cell, "{count}");
            assert_eq!(cell.parse(), Ok(Cell::of(count)));
        }
        assert!("11".parse::<Cell>().is_err() && "5".parse::<Cell>().is_err());
        assert_eq!(Cell::total([Cell::Few, Cell::About(15), Cell::About(20)]), Cell::About(35));
        assert_eq!(Cell::total([Cell::Few, Cell::Few]), Cell::Few);
    }

    #[test]
    fn progress_is_told_only_between_published_figures() {
        let told = |before, now, direction| progress(before, Cell::of(now), direction);
        assert_eq!(told(Some(Cell::of(20)), 40, Direction::Up), "improved");
        assert_eq!(told(Some(Cell::of(20)), 40, Direction::Down), "worsened");
        assert_eq!(told(Some(Cell::of(20)), 21, Direction::Down), "unchanged");
        assert_eq!(told(Some(Cell::of(9)), 40, Direction::Up), "not-comparable");
        assert_eq!(told(None, 40, Direction::Neither), "not-comparable");
    }

    /// Cells by place, the total, what is left of it beside each cell, and the comparison.
    type Everything = (Vec<(String, String)>, String, Vec<Option<u64>>, &'static str);

    /// Everything that is published of an indicator: cells, totals, differences and comparisons.
    fn everything(counts: &Counts) -> Everything {
        let published = Published::of(counts);
        let cells = published.cells.iter().map(|(place, cell)| (place.clone(), cell.to_string())).collect();
        let total = published.total();
        // The attack: the total less all other cells.
        let rest = published.cells.keys().map(|hidden| {
            let others =
                published.cells.iter().filter(|(place, _)| *place != hidden).filter_map(|(_, cell)| cell.number());
            total.number().map(|total| total - others.sum::<u64>())
        });
        let moved = progress(Some(Cell::About(50)), total, Direction::Up);
        (cells, total.to_string(), rest.collect(), moved)
    }

    fn counts() -> impl Strategy<Value = Counts> {
        proptest::collection::btree_map("[A-Z]{2}[0-9]", prop_oneof![0_u64..10, 0_u64..60, 0_u64..2_000], 1..12)
    }

    proptest! {
        /// Whatever a suppressed cell is, every published figure is the same: there is nothing to recover it from.
        #[test]
        fn no_suppressed_cell_can_be_recovered_by_differencing(counts in counts()) {
            let published = everything(&counts);
            for (place, count) in counts.iter().filter(|(_, count)| **count < FEWEST) {
                for other in 0..FEWEST {
                    let mut changed = counts.clone();
                    changed.insert(place.clone(), other);
                    prop_assert_eq!(&everything(&changed), &published, "{} was {}", place, count);
                }
            }
        }

        /// Nor is any other count known better than to the five that it is rounded to.
        #[test]
        fn every_published_figure_stands_for_five_counts(count in 12_u64..100_000) {
            let alike = (count - 4..=count + 4).filter(|other| Cell::of(*other) == Cell::of(count)).count();
            prop_assert!(alike >= 3, "{count}");
        }
    }
}
