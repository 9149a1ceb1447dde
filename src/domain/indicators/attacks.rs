//! Attacks that try to count suppressed cells out of everything that is published: every value under ten stays as good as
//! any other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const AREA: &str = "E06000054";

fn localities(so_many: usize) -> BTreeSet<String> {
    ["BA13", "BA14", "BA15", "SN12"].iter().take(so_many).map(|place| (*place).to_owned()).collect()
}

fn places_of(indicator: Indicator, localities: &BTreeSet<String>) -> Vec<String> {
    match indicator.kept_by() {
        Breakdown::Area => vec![AREA.to_owned()],
        Breakdown::Locality => localities.iter().cloned().chain([ELSEWHERE.to_owned()]).collect(),
        Breakdown::Agency => ["health", "education", "social-care"].map(str::to_owned).to_vec(),
    }
}

/// Everything that is published of a period, shares among it.
fn everything(tallies: &Tallies, localities: &BTreeSet<String>) -> BTreeMap<Indicator, Published> {
    let mut published = tallies.publish(AREA, localities);
    for indicator in Indicator::ALL {
        if let Making::Quotient { part, whole } = indicator.making() {
            let share = Published::quotient(&published[&part], &published[&whole]);
            published.insert(*indicator, share);
        }
    }
    published
}

/// What was counted of an area, before it is tallied: the counts of each indicator, days and shares.
#[derive(Debug, Clone, Default)]
struct Counted {
    counts: BTreeMap<(Indicator, String), u64>,
    days: BTreeMap<String, Vec<u32>>,
    fresh: BTreeMap<String, (u64, u64)>,
}

impl Counted {
    fn tally(&self) -> Tallies {
        let mut tallies = Tallies::default();
        for ((indicator, place), count) in &self.counts {
            tallies.add_many(*indicator, place, *count);
        }
        for (place, days) in &self.days {
            days.iter().for_each(|days| tallies.add_days(Indicator::DaysToAcceptance, place, *days));
        }
        for (place, (fresh, all)) in &self.fresh {
            (0..*all).for_each(|number| tallies.add_to_share(Indicator::FreshContacts, place, number < *fresh));
        }
        tallies
    }
}

/// Throws numbers from a seed, so that an area that fails can be thrown again.
struct Dice(u64);

impl Dice {
    /// A number below `bound` (splitmix64).
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// A count of a size that is often suppressed.
    fn few(&mut self) -> u64 {
        match self.below(5) {
            0 | 1 => self.below(10),
            2 | 3 => 8 + self.below(22),
            _ => self.below(300),
        }
    }

    /// A part of something: anything up to all of it, often all or nearly.
    fn part_of(&mut self, whole: u64) -> u64 {
        match self.below(3) {
            0 => whole,
            1 => whole - self.below(5.min(whole + 1)),
            _ => self.below(whole + 1),
        }
    }

    /// A locality as it can be: parts are no more than their wholes, and children counted apart have involvements apart.
    fn fill_locality(&mut self, area: &mut Counted, place: &str) {
        let (all, contacts) = (self.few(), self.few());
        let referrals = self.part_of(all);
        let (accepted, stale, protected) = (self.part_of(referrals), self.part_of(contacts), self.part_of(contacts));
        let social = self.part_of(contacts - protected);
        let counts = [
            (Indicator::Enquiries, all),
            (Indicator::AlreadyKnown, self.part_of(all)),
            (Indicator::LateDecisions, self.part_of(all)),
            (Indicator::Referrals, referrals),
            (Indicator::Accepted, accepted),
            (Indicator::Assessed, self.part_of(referrals)),
            (Indicator::ReReferrals, self.part_of(referrals)),
            (Indicator::StaleContacts, stale),
            (Indicator::ChildProtection, protected),
            (Indicator::SectionSeventeen, social),
            (Indicator::WithoutLead, self.part_of(contacts - protected - social)),
            (Indicator::AssessmentsWithoutLead, self.few()),
            (Indicator::ReviewsOverdue, self.few()),
            (Indicator::StepUps, self.few()),
            (Indicator::StepDowns, self.few()),
        ];
        area.counts.extend(counts.map(|(indicator, count)| ((indicator, place.to_owned()), count)));
        let days = (0..accepted).map(|_| u32::try_from(self.below(60)).unwrap()).collect();
        area.days.insert(place.to_owned(), days);
        area.fresh.insert(place.to_owned(), (self.part_of(contacts - stale), contacts));
    }
}

/// A small area: up to four localities, what belongs to none, three agencies, and its searches.
fn an_area(seed: u64) -> (BTreeSet<String>, Counted) {
    let (mut dice, mut area) = (Dice(seed), Counted::default());
    let localities = localities(1 + usize::try_from(dice.below(4)).unwrap());
    for place in places_of(Indicator::Enquiries, &localities) {
        dice.fill_locality(&mut area, &place);
    }
    for agency in places_of(Indicator::Workforce, &localities) {
        let all = dice.few();
        let counts = [
            (Indicator::Workforce, all),
            (Indicator::TrainedInUse, dice.part_of(all)),
            (Indicator::TrainedInSharing, dice.part_of(all)),
            (Indicator::TrainedToLead, dice.part_of(all)),
        ];
        area.counts.extend(counts.map(|(indicator, count)| ((indicator, agency.clone()), count)));
    }
    let all = dice.few();
    let counts = [(Indicator::Searches, all), (Indicator::SearchesWithoutMatch, dice.part_of(all))];
    area.counts.extend(counts.map(|(indicator, count)| ((indicator, AREA.to_owned()), count)));
    (localities, area)
}

/// What the attacker knows without being told: the sum of the parts is no more than the whole. Contacts are not published.
const RELATIONS: &[(Known, &[Known])] = &[
    (Known::Count(Indicator::Referrals), &[Known::Count(Indicator::Accepted)]),
    (Known::Count(Indicator::Referrals), &[Known::Count(Indicator::Assessed)]),
    (Known::Count(Indicator::Referrals), &[Known::Count(Indicator::ReReferrals)]),
    (Known::Count(Indicator::Enquiries), &[Known::Count(Indicator::Referrals)]),
    (Known::Count(Indicator::Enquiries), &[Known::Count(Indicator::AlreadyKnown)]),
    (Known::Count(Indicator::Enquiries), &[Known::Count(Indicator::LateDecisions)]),
    (
        Known::Contacts,
        &[
            Known::Count(Indicator::ChildProtection),
            Known::Count(Indicator::SectionSeventeen),
            Known::Count(Indicator::WithoutLead),
        ],
    ),
    (Known::Count(Indicator::Workforce), &[Known::Count(Indicator::TrainedInUse)]),
    (Known::Count(Indicator::Workforce), &[Known::Count(Indicator::TrainedInSharing)]),
    (Known::Count(Indicator::Workforce), &[Known::Count(Indicator::TrainedToLead)]),
    (Known::Count(Indicator::Searches), &[Known::Count(Indicator::SearchesWithoutMatch)]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Count(Indicator),
    Contacts,
}

/// The counts that a published figure may stand for.
fn bounds(figure: Figure) -> (u64, u64) {
    match figure {
        Figure::Count(Cell::Few) => (0, FEWEST - 1),
        Figure::Count(Cell::About(number)) => ((number - 2).max(FEWEST), number + 2),
        other => panic!("{other:?} is no count"),
    }
}

/// Whether there can be a place such as is published in which the suppressed count is `guess`. Every rule says that parts
/// are no more than a whole, so that there is one where the least that fits the parts fits the wholes.
///
/// `most_contacts` is what would be known of contacts if their number were published.
fn is_possible(
    published: &BTreeMap<Indicator, Published>,
    place: &str,
    (of, guess): (Indicator, u64),
    most_contacts: u64,
) -> bool {
    let of_place = |indicator: Indicator| published[&indicator].figures.get(place).copied().map(bounds);
    let mut least: BTreeMap<Known, u64> = BTreeMap::new();
    for indicator in Indicator::ALL.iter().filter(|indicator| indicator.making() == Making::Counted) {
        if let Some((low, _)) = of_place(*indicator) {
            least.insert(Known::Count(*indicator), if *indicator == of { guess } else { low });
        }
    }
    // Parts stand before their wholes in the list.
    for (whole, parts) in RELATIONS {
        let together: u64 = parts.iter().map(|part| least.get(part).copied().unwrap_or_default()).sum();
        let needed = least.entry(*whole).or_default();
        *needed = (*needed).max(together);
    }
    let fits = least.iter().all(|(known, needed)| match known {
        Known::Contacts => *needed <= most_contacts,
        Known::Count(indicator) if *indicator == of => *needed == guess,
        Known::Count(indicator) => of_place(*indicator).is_none_or(|(_, high)| *needed <= high),
    });
    let unshared = |known| least.get(&known).copied().unwrap_or_default();
    let (contacts, stale) = (unshared(Known::Contacts), unshared(Known::Count(Indicator::StaleContacts)));
    let shares = &published[&Indicator::FreshContacts].figures;
    fits && shares.get(place).is_none_or(|share| leaves_room(*share, contacts, stale))
}

/// Whether there are so many contacts, of which so many are stale, that the fresh ones of them make the published share.
fn leaves_room(share: Figure, contacts: u64, stale: u64) -> bool {
    let Figure::Percent(share) = share else {
        // None are fresh, and there are as many as there need to be.
        return true;
    };
    let share_of = |fresh: u64, all: u64| Figure::share(Cell::About(fresh), Cell::About(all));
    let multiples = |from: u64| (from / 5..400).map(|number| number * 5);
    multiples(20).any(|all| {
        let fits = |fresh: &u64| all - fresh >= FEWEST && share_of(*fresh, all) == Figure::Percent(share);
        let fresh = multiples(10).take_while(|fresh| *fresh < all).find(fits);
        fresh.is_some_and(|fresh| all + 2 >= contacts && all + 2 - (fresh - 2).max(FEWEST) >= stale)
    })
}

proptest! {
    /// Whatever is suppressed, every published figure is the same to the last: there is nothing to recover it from.
    #[test]
    fn no_published_figure_depends_on_what_is_suppressed(seed in any::<u64>(), other in 0_u64..10, day in 0_u32..90) {
        let (localities, area) = an_area(seed);
        let published = everything(&area.tally(), &localities);
        for ((indicator, place), count) in &area.counts {
            if *count < FEWEST {
                let mut changed = area.clone();
                changed.counts.insert((*indicator, place.clone()), other);
                prop_assert_eq!(&everything(&changed.tally(), &localities), &published, "{} at {}", indicator, place);
            }
        }
        for (place, days) in area.days.iter().filter(|(_, days)| days.len() < 10) {
            let mut changed = area.clone();
            changed.days.insert(place.clone(), vec![day; usize::try_from(other).unwrap()]);
            prop_assert_eq!(&everything(&changed.tally(), &localities), &published, "{:?} at {}", days, place);
        }
        for (place, (fresh, all)) in &area.fresh {
            if published[&Indicator::FreshContacts].figures[place] == Figure::Withheld {
                let mut changed = area.clone();
                changed.fresh.insert(place.clone(), (other, other.max(*all)));
                prop_assert_eq!(&everything(&changed.tally(), &localities), &published, "{} of {}", fresh, all);
            }
        }
    }

    /// The attack: every table at once, and what is known of how the figures hang together. Of no suppressed count can a
    /// single value under ten be ruled out.
    #[test]
    fn every_value_under_ten_stays_possible(seed in any::<u64>()) {
        let (localities, area) = an_area(seed);
        let published = everything(&area.tally(), &localities);
        for ((indicator, place), count) in &area.counts {
            prop_assert!(*count >= FEWEST || is_possible(&published, place, (*indicator, *count), u64::MAX), "the truth is possible");
            if *count < FEWEST {
                let possible: Vec<u64> =
                    (0..FEWEST).filter(|guess| is_possible(&published, place, (*indicator, *guess), u64::MAX)).collect();
                prop_assert_eq!(possible.len(), 10, "{} at {}: {:?}", indicator, place, possible);
            }
        }
    }

    /// The total less all that is published leaves nothing of what is not.
    #[test]
    fn nothing_is_left_over_of_a_total(seed in any::<u64>()) {
        let (localities, area) = an_area(seed);
        for (indicator, published) in everything(&area.tally(), &localities) {
            if indicator.unit() == Unit::Count {
                let shown: u64 = published.figures.values().filter_map(|figure| figure.number()).sum();
                prop_assert_eq!(published.whole.number().unwrap_or_default(), shown, "{}", indicator);
            }
        }
    }

    /// Nor is any other count known better than to the three that it may stand for at least.
    #[test]
    fn every_published_figure_stands_for_several_counts(count in 10_u64..100_000) {
        let alike = (count.saturating_sub(4)..=count + 4).filter(|other| Cell::of(*other) == Cell::of(count)).count();
        prop_assert!(alike >= 3, "{count}");
    }
}

/// The attack is no straw man: were the number of contacts published as other counts are, it would find what is suppressed.
/// That is why freshness is told as a share alone.
#[test]
fn the_attack_would_succeed_if_the_number_of_contacts_were_published() {
    let mut tallies = Tallies::default();
    tallies.add_many(Indicator::SectionSeventeen, "BA14", 30);
    tallies.add_many(Indicator::ChildProtection, "BA14", 1);
    let published = everything(&tallies, &localities(2));
    let possible = |most_contacts| {
        let fits = |guess: &u64| is_possible(&published, "BA14", (Indicator::ChildProtection, *guess), most_contacts);
        (0..FEWEST).filter(fits).collect::<Vec<u64>>()
    };
    assert_eq!(possible(u64::MAX).len(), 10);
    assert_eq!(possible(32), [0, 1, 2, 3, 4], "thirty contacts, rounded, and at least 28 of them are others'");
}

/// Every pair of small localities there can be, by what is published of them: of each suppressed count every value under
/// ten is among those that are published alike, whatever the other locality is.
#[test]
fn an_exhaustive_search_of_small_areas_finds_nothing() {
    type Locality = (u64, u64);
    let every: Vec<Locality> = (0..=12).flat_map(|all| (0..=all).map(move |part| (all, part))).collect();
    let localities = BTreeSet::from(["BA14".to_owned(), "SN12".to_owned()]);
    let mut alike: BTreeMap<String, Vec<[Locality; 2]>> = BTreeMap::new();
    for one in &every {
        for other in &every {
            let mut tallies = Tallies::default();
            for (place, (all, part)) in [("BA14", one), ("SN12", other)] {
                tallies.add_many(Indicator::Referrals, place, *all);
                tallies.add_many(Indicator::Assessed, place, *part);
            }
            let mut told = String::new();
            let all = tallies.publish(AREA, &localities);
            let (referrals, assessed) = (&all[&Indicator::Referrals], &all[&Indicator::Assessed]);
            for published in [referrals, assessed, &Published::quotient(assessed, referrals)] {
                told += &format!("{published:?}\n");
            }
            alike.entry(told).or_default().push([*one, *other]);
        }
    }
    let mut suppressed = 0;
    for (told, areas) in &alike {
        for place in [0, 1] {
            let counts: [BTreeSet<u64>; 2] =
                [areas.iter().map(|area| area[place].0).collect(), areas.iter().map(|area| area[place].1).collect()];
            for values in counts.iter().filter(|values| values.iter().any(|value| *value < FEWEST)) {
                assert_eq!(*values, (0..FEWEST).collect::<BTreeSet<u64>>(), "{told}");
                suppressed += 1;
            }
        }
    }
    assert!(suppressed > 8, "{suppressed} suppressed cells were attacked");
}
