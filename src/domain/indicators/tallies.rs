//! What was counted for a period before anything of it is published: it leaves by way of [`Published`] and no other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Breakdown, Counts, Indicator, Making, Published};
use crate::domain::services::Sector;

/// The locality of what belongs to no district that may be told: no address, a hidden one, or no child at all.
pub const ELSEWHERE: &str = "other";

/// Counts, days and shares by indicator and place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    counts: BTreeMap<Indicator, Counts>,
    days: BTreeMap<Indicator, BTreeMap<String, Vec<u32>>>,
    shares: BTreeMap<Indicator, BTreeMap<String, (u64, u64)>>,
}

impl Tallies {
    /// Counts one at a place.
    pub fn add(&mut self, indicator: Indicator, place: &str) {
        self.add_many(indicator, place, 1);
    }

    /// Counts several at a place.
    pub fn add_many(&mut self, indicator: Indicator, place: &str, so_many: u64) {
        let count = self.counts.entry(indicator).or_default().entry(place.to_owned()).or_insert(0);
        *count = count.saturating_add(so_many);
    }

    /// Notes how many days one took.
    pub fn add_days(&mut self, indicator: Indicator, place: &str, days: u32) {
        self.days.entry(indicator).or_default().entry(place.to_owned()).or_default().push(days);
    }

    /// Counts one of a whole, and whether it is of the part.
    pub fn add_to_share(&mut self, indicator: Indicator, place: &str, is_part: bool) {
        let (part, whole) = self.shares.entry(indicator).or_default().entry(place.to_owned()).or_insert((0, 0));
        *part = part.saturating_add(is_part.into());
        *whole = whole.saturating_add(1);
    }

    /// Publishes everything that is kept of a period. Every place stands in every table that is broken down by such
    /// places, so that where nothing happened is suppressed like where little did.
    #[must_use]
    pub fn publish(&self, area: &str, localities: &BTreeSet<String>) -> BTreeMap<Indicator, Published> {
        let kept = Indicator::ALL.iter().filter_map(|indicator| {
            let places: BTreeSet<&str> = match indicator.kept_by() {
                Breakdown::Area => [area].into(),
                Breakdown::Locality => localities.iter().map(String::as_str).chain([ELSEWHERE]).collect(),
                Breakdown::Agency => Sector::CODES.iter().copied().collect(),
            };
            let published = match indicator.making() {
                Making::Counted => Published::of(&filled(self.counts.get(indicator), &places)),
                Making::Median => Published::of_days(&filled(self.days.get(indicator), &places)),
                Making::Share => Published::of_shares(&filled(self.shares.get(indicator), &places)),
                Making::Quotient { .. } | Making::Retired => return None,
            };
            Some((*indicator, published))
        });
        kept.collect()
    }
}

/// What was noted of an indicator, with the least at every other place.
fn filled<T: Clone + Default>(noted: Option<&BTreeMap<String, T>>, places: &BTreeSet<&str>) -> BTreeMap<String, T> {
    let mut all = noted.cloned().unwrap_or_default();
    for place in places {
        all.entry((*place).to_owned()).or_default();
    }
    all
}
