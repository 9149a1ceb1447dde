//! Hidden children in memory, so that comparing a row with all of them costs a few look-ups in a table of hashes.

use std::collections::{HashMap, HashSet};

use crate::app::recognition::MIGHT_BE_THE_SAME;
use crate::domain::children::Shield;
use crate::domain::ids::ChildId;
use crate::domain::matching::{FastMap, Frequencies, Key, KeySecret, Profile, Scorer, child_keys};
use crate::store::shields::HiddenChild;

/// More votes than a shared birthday and first letter give: fewer are not worth comparing.
const LEAST_VOTES: f32 = 9.5;
/// The most that are compared with one row.
const MOST_COMPARED: usize = 100;

/// What a row's household says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Household {
    /// Nobody in it is hidden.
    Ordinary,
    /// A child in it is shielded by a line of this load, and the decision covers this row.
    Decided(Shield),
    /// A child in it is shielded by an earlier decision or is itself only covered, or a carer is: a person must look.
    Shielded,
}

/// Every child that hides something.
pub(super) struct HiddenChildren {
    /// The secret of the hidden class of keys.
    secret: KeySecret,
    entries: Vec<Entry>,
    slots: HashMap<ChildId, usize>,
    facts: Postings,
    households: Postings,
    /// What leads to shielded carers.
    carers: HashSet<i64>,
    votes: Vec<f32>,
    voted: Vec<usize>,
}

struct Entry {
    child: ChildId,
    profile: Profile,
    shield: Option<Shield>,
    /// Whether a line of this load asked for the shield.
    decided: bool,
    /// Whether it still hides something.
    live: bool,
}

impl HiddenChildren {
    /// Nobody yet.
    pub(super) fn new(secret: &KeySecret) -> Self {
        Self {
            secret: secret.hidden(),
            entries: Vec::new(),
            slots: HashMap::new(),
            facts: Postings::default(),
            households: Postings::default(),
            carers: HashSet::new(),
            votes: Vec::new(),
            voted: Vec::new(),
        }
    }

    /// Adds a child, or puts what is known now in place of what was known before. Once decided by this load, a child
    /// stays so.
    pub(super) fn put(&mut self, hidden: HiddenChild, decided: bool) {
        let decided = self.remove(hidden.id) || decided;
        let slot = self.entries.len();
        let mut keys = Vec::with_capacity(64);
        child_keys(&hidden.profile, &self.secret, &mut keys);
        for key in keys {
            self.facts.add(key, slot);
        }
        for key in hidden.household {
            self.households.add(key, slot);
        }
        self.slots.insert(hidden.id, slot);
        self.votes.push(0.0);
        let HiddenChild { id, profile, shield, .. } = hidden;
        self.entries.push(Entry { child: id, profile, shield, decided, live: true });
    }

    /// Says what leads to shielded carers, in place of what was known before.
    pub(super) fn put_carers(&mut self, keys: Vec<Key>) {
        self.carers = keys.into_iter().map(|key| key.0).collect();
    }

    /// Forgets a child that hides nothing any more; whether this load had decided about it.
    pub(super) fn remove(&mut self, child: ChildId) -> bool {
        let before = self.slots.remove(&child).and_then(|slot| self.entries.get_mut(slot));
        before.is_some_and(|entry| {
            entry.live = false;
            entry.decided
        })
    }

    /// Whether a row might be one of these children, by everything that is known of both.
    pub(super) fn recognises(
        &mut self,
        plan: &[(Key, f32)],
        profile: &Profile,
        frequencies: &Frequencies,
        itself: ChildId,
    ) -> bool {
        let compared = self.compared(plan, |child| child != itself);
        let scorer = Scorer::for_profile(profile, frequencies);
        compared.iter().any(|entry| scorer.score(&entry.profile).probability >= MIGHT_BE_THE_SAME)
    }

    /// The shields of those whom a row might be, of the children that are `wanted`; several make one, the strictest.
    pub(super) fn shield_of_lookalikes(
        &mut self,
        plan: &[(Key, f32)],
        profile: &Profile,
        frequencies: &Frequencies,
        wanted: impl Fn(ChildId) -> bool,
    ) -> Option<Shield> {
        let compared = self.compared(plan, wanted);
        let scorer = Scorer::for_profile(profile, frequencies);
        let alike = |entry: &&Entry| scorer.score(&entry.profile).probability >= MIGHT_BE_THE_SAME;
        let shields = compared.into_iter().filter(alike).filter_map(|entry| entry.shield);
        shields.reduce(|one, other| one.stricter(other))
    }

    /// Those worth comparing with a row in full, likeliest first.
    fn compared(&mut self, plan: &[(Key, f32)], wanted: impl Fn(ChildId) -> bool) -> Vec<&Entry> {
        for (key, weight) in plan {
            for slot in self.facts.under(*key) {
                let Some(votes) = self.votes.get_mut(slot) else { continue };
                if *votes == 0.0 {
                    self.voted.push(slot);
                }
                *votes += weight;
            }
        }
        let mut best: Vec<(f32, usize)> = Vec::new();
        for slot in self.voted.drain(..) {
            let Some(votes) = self.votes.get_mut(slot) else { continue };
            if *votes >= LEAST_VOTES {
                best.push((*votes, slot));
            }
            *votes = 0.0;
        }
        best.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
        let entries = best.iter().filter_map(|(_, slot)| self.entries.get(*slot));
        entries.filter(|entry| entry.live && wanted(entry.child)).take(MOST_COMPARED).collect()
    }

    /// What the children who share these household keys say of a row. Several decisions make one: the strictest.
    pub(super) fn household(&self, keys: &[Key]) -> Household {
        match self.household_of(keys, |_| true) {
            Household::Ordinary if keys.iter().any(|key| self.carers.contains(&key.0)) => Household::Shielded,
            found => found,
        }
    }

    /// The same of those children alone that are `wanted`.
    pub(super) fn household_of(&self, keys: &[Key], wanted: impl Fn(ChildId) -> bool) -> Household {
        let mut found = Household::Ordinary;
        for slot in keys.iter().flat_map(|key| self.households.under(*key)) {
            let Some(entry) = self.entries.get(slot).filter(|entry| entry.live && wanted(entry.child)) else {
                continue;
            };
            let Some(shield) = entry.shield else { continue };
            found = match (found, entry.decided) {
                (Household::Decided(before), true) => Household::Decided(before.stricter(shield)),
                (_, true) => Household::Decided(shield),
                (Household::Ordinary, false) => Household::Shielded,
                (found, false) => found,
            };
        }
        found
    }
}

/// Which slots stand under a key: lists linked through one array, far smaller than a list for each key.
#[derive(Default)]
struct Postings {
    /// The last link of each key.
    heads: FastMap<i64, u32>,
    /// A slot, and the link before it under the same key.
    links: Vec<(u32, Option<u32>)>,
}

impl Postings {
    fn add(&mut self, key: Key, slot: usize) {
        // Four thousand million of either would not fit into memory.
        let (Ok(slot), Ok(link)) = (u32::try_from(slot), u32::try_from(self.links.len())) else { return };
        let before = self.heads.insert(key.0, link);
        self.links.push((slot, before));
    }

    fn under(&self, key: Key) -> impl Iterator<Item = usize> {
        let mut next = self.heads.get(&key.0).copied();
        std::iter::from_fn(move || {
            let (slot, before) = self.links.get(usize::try_from(next?).ok()?)?;
            next = *before;
            usize::try_from(*slot).ok()
        })
    }
}
