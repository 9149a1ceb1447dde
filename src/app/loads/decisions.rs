//! Decisions: which children are shielded, which wait for a person, and whom of the index a decision covers.

use std::collections::HashMap;

use super::chunks::{Chunk, Placed};
use super::drafts::{Draft, confirmed};
use super::hidden::Household;
use crate::app::recognition::{self, MIGHT_BE_THE_SAME, SEEMS_THE_SAME};
use crate::app::{Failure, searches};
use crate::domain::audit::payloads::ChildShown;
use crate::domain::bulk::BulkShield;
use crate::domain::children::{Child, Publication, Shield};
use crate::domain::findability::is_hidden;
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::matching::{Frequencies, Key, Profile, same_child};
use crate::domain::policy::CaseKind;
use crate::store::keys::{self, MOST_UNDER_A_KEY};
use crate::store::shields::{self, HiddenChild};
use crate::store::{candidates, cases};

/// Children whom the key tables lead to, and of this chunk so far, by the keys of their identifiers.
struct KnownByNumber {
    /// Of the index.
    here: HashMap<Key, Vec<ChildId>>,
    /// Of this chunk, with what they could be recognised by.
    new: HashMap<Key, Vec<Profile>>,
}

impl Chunk<'_> {
    /// Decides about every new child. Those whose own line asks for a shield come first, so that it makes no difference
    /// where in the chunk the rest of the family stands.
    pub(super) fn decide_all(&mut self, new: &mut [Placed<'_>]) -> Result<(), Failure> {
        let frequencies = searches::frequencies(self.conn)?;
        let (shielded, others): (Vec<_>, Vec<_>) =
            new.iter_mut().partition(|placed| placed.draft.child.record.shield.is_some());
        for placed in shielded {
            self.decide_shielded(placed, &frequencies)?;
        }
        let mut numbered = self.numbered(&others)?;
        for placed in others {
            self.decide_other(placed, &frequencies, &mut numbered)?;
        }
        Ok(())
    }

    /// A child whose line asks for a shield: it might be another hidden child; its household is covered; and who in
    /// the index might be the same child is shielded too, until a person has looked.
    fn decide_shielded(&mut self, placed: &mut Placed<'_>, frequencies: &Frequencies) -> Result<(), Failure> {
        let draft = &mut *placed.draft;
        let id = draft.child.record.id;
        if self.hidden.recognises(&draft.hidden_plan, &draft.profile, frequencies, id) {
            draft.child.record.publication = Publication::Held;
        }
        self.remember(draft, true);
        self.outcome.decided.push(id);
        if let Some(shield) = draft.child.record.shield {
            self.cover(id, &draft.household_keys, shield)?;
            self.shield_lookalikes(&draft.child, shield)?;
        }
        Ok(())
    }

    /// A child whose line asks for nothing: held if it might be a hidden child, is known by number already, or shares
    /// a household with a child that was shielded before; covered by what this load decides about its household.
    fn decide_other(
        &mut self,
        placed: &mut Placed<'_>,
        frequencies: &Frequencies,
        numbered: &mut KnownByNumber,
    ) -> Result<(), Failure> {
        let draft = &mut *placed.draft;
        let id = draft.child.record.id;
        let household = self.hidden.household(&draft.household_keys);
        let held = household == Household::Shielded
            || self.hidden.recognises(&draft.hidden_plan, &draft.profile, frequencies, id)
            || self.is_known_by_number(draft, frequencies, numbered)?;
        if held {
            draft.child.record.publication = Publication::Held;
        }
        if let Household::Decided(shield) = household {
            draft.child.record.shield = Some(Shield { since: self.now, ..shield });
        }
        if is_hidden(&draft.child) {
            self.remember(draft, false);
        }
        for key in &draft.identifier_keys {
            numbered.new.entry(*key).or_default().push(draft.profile.clone());
        }
        Ok(())
    }

    fn remember(&mut self, draft: &Draft, decided: bool) {
        let record = &draft.child.record;
        let household = draft.household_keys.clone();
        let hidden = HiddenChild { id: record.id, profile: draft.profile.clone(), household, shield: record.shield };
        self.hidden.put(hidden, decided);
    }

    /// Shields everybody of the index who shares a household with a child that a line of this load shields.
    /// Those whom a deferring load has stored follow when it is settled.
    fn cover(&mut self, child: ChildId, household: &[Key], shield: Shield) -> Result<(), Failure> {
        if !self.has_keys() {
            return Ok(());
        }
        for member in keys::list_household(self.conn, child, household)? {
            self.put_on(member, shield)?;
        }
        Ok(())
    }

    /// Shields whoever of the index might be this child under an open record. Whether they are is for a person to say,
    /// so the shield stays unconfirmed and a case is opened. As for [`Chunk::cover`], some may follow later.
    fn shield_lookalikes(&mut self, child: &Child, shield: Shield) -> Result<(), Failure> {
        if !self.has_keys() {
            return Ok(());
        }
        let (secret, day) = (self.options.settings.keys, self.now.day());
        for lookalike in recognition::find_lookalikes(self.conn, &secret, child, day)? {
            let subject = lookalike.candidate.subject();
            if subject.shielded || lookalike.wholly < MIGHT_BE_THE_SAME {
                continue;
            }
            let (id, area) = (subject.child, subject.area.clone());
            self.put_on(id, Shield { reviewed_at: None, ..shield })?;
            cases::open(self.conn, id, CaseKind::Shield, &area, None, self.now)?;
        }
        Ok(())
    }

    /// A line that was loaded before and asks for a shield gets it, should the record lack it; and the rest of its
    /// family in the file is covered as if all had come together, which they would have, had nothing gone wrong.
    pub(super) fn shield_present(&mut self, child: ChildId, draft: &Draft) -> Result<(), Failure> {
        let Some(asked) = draft.shield else { return Ok(()) };
        let shield = confirmed(asked, self.now);
        self.put_on(child, shield)?;
        self.outcome.decided.push(child);
        let secret = self.options.settings.keys;
        if let Some(hidden) = shields::find_hidden(self.conn, &secret, child)? {
            self.hidden.put(hidden, true);
        }
        self.cover(child, &draft.household_keys, shield)
    }

    fn put_on(&mut self, child: ChildId, shield: Shield) -> Result<(), Failure> {
        let secret = self.options.settings.keys;
        let Some(done) = shields::put_on(self.conn, &secret, child, shield, self.now)? else { return Ok(()) };
        self.shielded.push(ChildShown::new(done.pseudonym).at_version(done.version).protected(true));
        self.outcome.covered = self.outcome.covered.saturating_add(1);
        self.hidden.put(done.hidden, false);
        Ok(())
    }

    /// Who of the index has an identifier of these children.
    fn numbered(&mut self, new: &[&mut Placed<'_>]) -> Result<KnownByNumber, Failure> {
        let mut wanted: Vec<Key> = new.iter().flat_map(|placed| placed.draft.identifier_keys.iter().copied()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut here: HashMap<Key, Vec<ChildId>> = HashMap::new();
        if self.has_keys() {
            for (key, child) in keys::list_under(self.conn, &wanted)? {
                here.entry(key).or_default().push(child);
            }
        }
        Ok(KnownByNumber { here, new: HashMap::with_capacity(wanted.len()) })
    }

    /// Whether a child with one of the same numbers, born on the same day, seems to be this one.
    fn is_known_by_number(
        &mut self,
        draft: &Draft,
        frequencies: &Frequencies,
        numbered: &KnownByNumber,
    ) -> Result<bool, Failure> {
        let seems_the_same = |other: &Profile| {
            other.date_of_birth == draft.profile.date_of_birth
                && same_child(&draft.profile, other, frequencies).probability >= SEEMS_THE_SAME
        };
        let mut new = draft.identifier_keys.iter().filter_map(|key| numbered.new.get(key)).flatten();
        if new.any(seems_the_same) {
            return Ok(true);
        }
        let here = draft.identifier_keys.iter().filter_map(|key| numbered.here.get(key)).flatten().copied();
        let born = draft.profile.date_of_birth;
        let stored = self.deferral.into_iter().flat_map(|deferral| {
            let under = |key: &Key| deferral.under(*key, born).take(MOST_UNDER_A_KEY);
            draft.identifier_keys.iter().flat_map(under)
        });
        let ids: Vec<i64> = here.chain(stored).map(|child| child.0).collect();
        if ids.is_empty() {
            return Ok(false);
        }
        let found = candidates::list(self.conn, &ids, self.now.day())?;
        Ok(found.iter().any(|candidate| seems_the_same(&candidate.visible_profile())))
    }
}

impl Draft {
    /// Adds a shield that another line of the same child asks for.
    pub(super) fn join_shield(&mut self, asked: Option<BulkShield>, now: Instant) {
        let Some(asked) = asked else { return };
        let shield = confirmed(asked, now);
        let record = &mut self.child.record;
        record.shield = Some(record.shield.map_or(shield, |present| present.stricter(shield)));
    }
}
