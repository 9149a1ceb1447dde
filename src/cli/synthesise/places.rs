//! Where people live: areas with their postal districts and towns, and addresses that no two households share.

use std::sync::LazyLock;

use super::dice::{Dice, Shuffle, mix, sums};
use crate::domain::bulk::BulkAddress;
use crate::domain::children::AddressState;
use crate::domain::postcodes::PostcodeInput;

/// An upper-tier authority of England.
pub(super) struct Area {
    /// Its code of the Office for National Statistics.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// How many children live there, relative to the others.
    pub(super) weight: u32,
    /// The range of telephone numbers of its organisations.
    pub(super) phone_prefix: &'static str,
    /// Its postal districts, some with the town they are in; none belongs to two areas here.
    pub(super) districts: Vec<(&'static str, Option<&'static str>)>,
    /// Its towns.
    pub(super) towns: Vec<&'static str>,
}

/// All areas, the demo's first area first.
pub(super) static AREAS: LazyLock<Vec<Area>> =
    LazyLock::new(|| include_str!("places/areas.tsv").lines().filter_map(area).collect());

/// First words of streets, the commonest first.
pub(super) static STREETS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("places/streets.txt").split([',', '\n']).filter(|word| !word.is_empty()).collect());

const STREET_KINDS: [&str; 20] = [
    "Road", "Street", "Avenue", "Close", "Road", "Drive", "Lane", "Way", "Gardens", "Crescent", "Road", "Grove",
    "Court", "Place", "Terrace", "Street", "Walk", "Hill", "View", "Rise",
];
const HOUSE_NAMES: [&str; 8] = [
    "Rose Cottage",
    "The Old Bakery",
    "Orchard House",
    "The Bungalow",
    "Ivy Cottage",
    "The Coach House",
    "Hillcrest",
    "Meadow View",
];
/// The letters that stand in the second half of a postcode (Royal Mail, postcode address file).
const UNIT_LETTERS: [char; 20] =
    ['A', 'B', 'D', 'E', 'F', 'G', 'H', 'J', 'L', 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'W', 'X', 'Y', 'Z'];
/// Postcodes in a district: nine sectors of 20 × 20 units.
const UNITS: u64 = 9 * 400;
/// Homes with children in a postcode.
const HOMES: u64 = 8;

fn area(line: &'static str) -> Option<Area> {
    let mut fields = line.split('\t');
    Some(Area {
        code: fields.next()?,
        name: fields.next()?,
        weight: fields.next()?.parse().ok()?,
        phone_prefix: fields.next()?,
        districts: fields.next()?.split(',').map(district).collect(),
        towns: fields.next()?.split(',').collect(),
    })
}

fn district(text: &'static str) -> (&'static str, Option<&'static str>) {
    text.split_once(':').map_or((text, None), |(district, town)| (district, Some(town)))
}

impl Area {
    /// How many homes with children it has room for.
    pub(super) fn doors(&self) -> u64 {
        u64::try_from(self.districts.len()).unwrap_or(1) * UNITS * HOMES
    }
}

/// The areas of a population and which household lives where.
pub(super) struct Map {
    /// The areas in use.
    pub(super) areas: &'static [Area],
    /// Growing sums of their weights.
    sums: Vec<u32>,
}

/// Where a household lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Which area.
    pub(super) area: usize,
    /// Which of the households there.
    pub(super) slot: u64,
}

/// Children an authority has on average.
const CHILDREN_IN_AREA: u64 = 70_000;

impl Map {
    /// One area for about 70,000 children, at least two.
    pub(super) fn new(children: u64) -> Self {
        let wanted = usize::try_from(children / CHILDREN_IN_AREA).unwrap_or(usize::MAX).max(2);
        let areas = AREAS.get(..wanted).unwrap_or(&AREAS);
        Self { areas, sums: sums(areas.iter().map(|area| area.weight)) }
    }

    fn total_weight(&self) -> u64 {
        self.sums.last().map_or(1, |total| u64::from(*total).max(1))
    }

    /// How many of `count` children live in an area.
    pub(super) fn share(&self, area: usize, count: u64) -> u64 {
        let weight = self.areas.get(area).map_or(0, |area| u64::from(area.weight));
        count * weight / self.total_weight()
    }

    /// Where a household lives: each round through the areas gives each as many households as its weight.
    pub(super) fn place(&self, household: u64) -> Place {
        let total = self.total_weight();
        let (round, position) = (household / total, u32::try_from(household % total).unwrap_or_default());
        let area = self.sums.partition_point(|sum| *sum <= position);
        let before = area.checked_sub(1).and_then(|previous| self.sums.get(previous)).copied().unwrap_or_default();
        let weight = self.areas.get(area).map_or(1, |area| u64::from(area.weight));
        Place { area, slot: round * weight + u64::from(position - before) }
    }

    /// The area with this position.
    pub(super) fn area(&self, position: usize) -> Option<&'static Area> {
        self.areas.get(position)
    }
}

/// The current address of the household with this slot; no two in an area are alike, though its postcodes may fill.
pub(super) fn address(area: &Area, doors: Shuffle, slot: u64, seed: u64) -> BulkAddress {
    let home = doors.place(slot);
    let (unit, home, round) = (home / HOMES, home % HOMES, slot / doors.count());
    // Everything but the door follows from the postcode, so that neighbours live in one street.
    let mut street_sign = Lottery(mix(seed ^ mix(unit ^ super::dice::hash(area.code))));
    let street = street(&mut street_sign);
    let first = street_sign.below(60) * 2 + street_sign.below(2) + round * 160;
    let door = first + home * 2 + 1;
    let mut lines = match street_sign.below(100) {
        0..=11 => vec![format!("Flat {}, {} {street}", home + 1 + round * HOMES, first + 1)],
        12..=13 => {
            let name = usize::try_from(home).ok().and_then(|home| HOUSE_NAMES.get(home)).copied().unwrap_or_default();
            vec![if round == 0 { format!("{name}, {street}") } else { format!("{name}, {door} {street}") }]
        }
        _ => vec![format!("{door} {street}")],
    };
    let (district, town) =
        usize::try_from(unit / UNITS).ok().and_then(|place| area.districts.get(place)).copied().unwrap_or_default();
    // Where the district does not tell, a town for each of its sectors.
    let choice = mix(unit / 400) % u64::try_from(area.towns.len()).unwrap_or(1).max(1);
    let town = town.or_else(|| usize::try_from(choice).ok().and_then(|choice| area.towns.get(choice)).copied());
    lines.extend(town.map(str::to_owned));
    let postcode = postcode(district, unit % UNITS);
    BulkAddress { state: AddressState::Current, lines, postcode, intent: None }
}

/// A street's name, of the streets there are in any English town.
pub(super) fn street_name(dice: &mut Dice) -> String {
    let mut lottery = Lottery(u64::from(dice.below(u32::MAX)));
    street(&mut lottery)
}

fn street(lottery: &mut Lottery) -> String {
    let words = u64::try_from(STREETS.len()).unwrap_or(1);
    // The square makes the first words of the list the common ones.
    let throw = lottery.below(words);
    let word = usize::try_from(throw * (lottery.below(words) + 1) / words).unwrap_or_default();
    let word = STREETS.get(word).copied().unwrap_or_default();
    if word.starts_with("The ") {
        return word.to_owned();
    }
    let kind = usize::try_from(lottery.below(20)).ok().and_then(|kind| STREET_KINDS.get(kind)).copied();
    format!("{word} {}", kind.unwrap_or_default())
}

fn postcode(district: &str, unit: u64) -> Option<PostcodeInput> {
    let letter = |number: u64| usize::try_from(number % 20).ok().and_then(|index| UNIT_LETTERS.get(index)).copied();
    let (sector, first, second) = (unit / 400 + 1, letter(unit / 20)?, letter(unit)?);
    PostcodeInput::parse(&format!("{district} {sector}{first}{second}")).ok()
}

/// A few numbers out of one hash: cheaper than dice where little is needed.
struct Lottery(u64);

impl Lottery {
    fn below(&mut self, bound: u64) -> u64 {
        let drawn = self.0 % bound.max(1);
        self.0 = mix(self.0);
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn areas_are_well_formed_and_share_nothing() {
        assert_eq!(AREAS.len(), 151);
        assert_eq!(AREAS[0].code, super::super::FIRST_AREA);
        let codes: HashSet<_> = AREAS.iter().map(|area| area.code).collect();
        assert_eq!(codes.len(), AREAS.len());
        let mut districts = HashSet::new();
        for area in AREAS.iter() {
            assert!(area.weight > 0 && !area.towns.is_empty());
            for (district, _) in &area.districts {
                assert!(districts.insert(*district), "{district} is in two areas");
                assert!(postcode(district, 0).is_some(), "{district}");
            }
        }
        assert!(districts.len() > 1_400);
    }

    #[test]
    fn no_two_households_share_an_address() {
        let area = AREAS.iter().min_by_key(|area| area.districts.len()).unwrap();
        let doors = Shuffle::new(area.doors(), 42);
        let mut seen = HashSet::new();
        for slot in 0..40_000 {
            let address = address(area, doors, slot, 42);
            assert!(address.postcode().is_some());
            assert!(seen.insert(format!("{:?} {:?}", address.lines, address.postcode())), "{address:?}");
        }
    }

    #[test]
    fn neighbours_live_in_one_street() {
        let mut streets: std::collections::HashMap<String, HashSet<String>> = std::collections::HashMap::new();
        let doors = Shuffle::new(AREAS[0].doors(), 42);
        for slot in 0..AREAS[0].doors() / 2 {
            let address = address(&AREAS[0], doors, slot, 42);
            let street: String = address.lines[0].chars().filter(|character| !character.is_ascii_digit()).collect();
            streets.entry(address.postcode().unwrap().to_string()).or_default().insert(street);
        }
        assert!(streets.values().any(|streets| streets.len() == 1));
        let shared = streets.values().filter(|streets| streets.len() > 1).count();
        // A flat keeps its street but not its number; a named house has a name of its own.
        assert!(shared * 20 < streets.len(), "{shared} of {}", streets.len());
    }

    #[test]
    fn households_spread_over_the_areas_by_weight() {
        let map = Map::new(12_000_000);
        assert_eq!(map.areas.len(), 151);
        assert_eq!(Map::new(200).areas.len(), 2);
        let mut slots: Vec<HashSet<u64>> = vec![HashSet::new(); map.areas.len()];
        for household in 0..map.total_weight() * 3 {
            let place = map.place(household);
            assert!(slots[place.area].insert(place.slot), "{place:?}");
        }
        for (area, slots) in map.areas.iter().zip(&slots) {
            assert_eq!(slots.len(), usize::try_from(area.weight).unwrap() * 3, "{}", area.name);
            assert!(slots.iter().all(|slot| *slot < u64::from(area.weight) * 3));
        }
    }
}
