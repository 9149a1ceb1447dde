//! What each rule makes of what an account did: pure functions of its accesses and of facts about the children in them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike as _;

use super::accesses::{Access, Known, Watched};
use super::rules::{LEAST_VOLUME, Rule, RuleKind};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::instants::Instant;

/// The most events that an alert names of those that state one reason: the newest.
const MOST_ALIKE: usize = 100;

/// What a rule is shown: an account's accesses of the last day, oldest first, and what is known around them.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The account.
    pub watched: Watched,
    /// The accesses.
    pub accesses: Vec<Access>,
    /// The children in them.
    pub children: BTreeMap<Pseudonym, Known>,
    /// How many accesses stated which reason, over the window of the rule about reasons.
    pub stated: BTreeMap<String, i64>,
    /// Now.
    pub now: Instant,
}

/// What a rule noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// The rule.
    pub kind: RuleKind,
    /// What makes it one alert.
    pub occasion: String,
    /// What was measured.
    pub measure: i64,
    /// Whether it rests on what is hidden of a child.
    pub protected: bool,
    /// The events it rests on.
    pub events: Vec<u64>,
}

/// A measure, what it was counted on, and the occasion.
type Measure = (i64, Vec<u64>, String);

impl Scene {
    /// Whether one of the accesses may have brought a rule to its threshold; where it is not so, nothing new comes of
    /// judging.
    #[must_use]
    pub fn may_be_moved(&self, rule: &Rule, by: &Access) -> bool {
        let many = |least: i64| count(self.accesses.len()) >= least;
        match rule.kind {
            RuleKind::Override => by.overrides(),
            RuleKind::Decoy => self.touches(rule.kind, by),
            _ if self.watched.machine => false,
            RuleKind::Volume => !by.children.is_empty() && many(LEAST_VOLUME),
            RuleKind::SurnameWalk => by.surname.is_some() && many(rule.threshold),
            RuleKind::PostcodeWalk => by.postcode.is_some() && many(rule.threshold),
            RuleKind::OutOfHours => by.is_out_of_hours(),
            RuleKind::ConstantReason => self.accesses.iter().all(|access| access.reason == by.reason),
            RuleKind::OwnFamily | RuleKind::ColleaguesFamily | RuleKind::OutOfArea | RuleKind::NoInvolvement => {
                self.touches(rule.kind, by)
            }
            RuleKind::NoJustification => false,
        }
    }

    /// What a rule makes of it; nothing where the measure stays below the threshold.
    #[must_use]
    pub fn judge(&self, rule: &Rule) -> Vec<Noticed> {
        if rule.kind == RuleKind::Override {
            // Each by itself, whoever stands behind it.
            let overridden = self.within(rule).into_iter().filter(|access| access.overrides());
            let alone = |access: &Access| (1, vec![access.index], access.index.to_string());
            return overridden.map(|access| noticed(rule, alone(access), false)).collect();
        }
        let reached = |scene: &Self| scene.measure(rule).filter(|(measure, ..)| *measure >= rule.threshold);
        if !rule.kind.rests_on_hidden() {
            return reached(self).map(|measure| noticed(rule, measure, false)).into_iter().collect();
        }
        // An alert for all must not rest on what a shield hides; one that would is for the cleared.
        let plain = reached(&self.without_hidden()).map(|measure| noticed(rule, measure, false));
        plain.or_else(|| reached(self).map(|measure| noticed(rule, measure, true))).into_iter().collect()
    }

    /// The accesses over which a rule measures.
    fn within(&self, rule: &Rule) -> Vec<&Access> {
        let from = self.now.plus(-rule.window.saturating_add(rule.grace));
        let to = self.now.plus(-rule.grace);
        self.accesses.iter().filter(|access| access.at > from && access.at <= to).collect()
    }

    fn without_hidden(&self) -> Self {
        let mut plain = self.clone();
        let hidden: BTreeSet<Pseudonym> =
            self.children.iter().filter(|(_, known)| known.hidden).map(|(child, _)| *child).collect();
        plain.children.retain(|child, _| !hidden.contains(child));
        plain.accesses.iter_mut().for_each(|access| access.children.retain(|child| !hidden.contains(child)));
        plain
    }

    fn measure(&self, rule: &Rule) -> Option<Measure> {
        let within = self.within(rule);
        if self.watched.machine && rule.kind != RuleKind::Decoy {
            return None;
        }
        match rule.kind {
            RuleKind::Volume => self.volume(&within),
            RuleKind::SurnameWalk => walk(&within, |access| access.surname.as_deref()),
            RuleKind::PostcodeWalk => walk(&within, |access| access.postcode.as_deref()),
            RuleKind::OwnFamily
            | RuleKind::ColleaguesFamily
            | RuleKind::OutOfArea
            | RuleKind::NoInvolvement
            | RuleKind::Decoy => self.touching(&within, rule.kind),
            RuleKind::OutOfHours => counted(within.into_iter().filter(|access| access.is_out_of_hours())),
            RuleKind::ConstantReason => self.constant_reason(&within),
            // Each override by itself, and silence where the question was put.
            RuleKind::Override | RuleKind::NoJustification => None,
        }
    }

    /// Whether a child is one of those that a rule about children looks for.
    fn concerns(&self, kind: RuleKind, known: &Known) -> bool {
        match kind {
            RuleKind::OwnFamily => {
                let namesake = !self.watched.surname.is_empty() && known.surname == self.watched.surname;
                known.own_home || (namesake && !known.involved)
            }
            RuleKind::ColleaguesFamily => !known.involved && self.watched.colleagues.contains(&known.surname),
            RuleKind::OutOfArea => !known.involved && known.area != self.watched.area,
            RuleKind::NoInvolvement => !known.involved,
            RuleKind::Decoy => known.decoy,
            _ => false,
        }
    }

    /// Whether a record was opened of a child that a rule looks for.
    fn touches(&self, kind: RuleKind, access: &Access) -> bool {
        access.opens() && access.children.iter().any(|child| self.is_sought(kind, child))
    }

    fn is_sought(&self, kind: RuleKind, child: &Pseudonym) -> bool {
        self.children.get(child).is_some_and(|known| self.concerns(kind, known))
    }

    /// How many times others' median an account's accesses of a day come to.
    fn volume(&self, within: &[&Access]) -> Option<Measure> {
        let peers = self.watched.peers?.max(1);
        let (count, events, occasion) = counted(within.iter().copied().filter(|access| !access.children.is_empty()))?;
        (count >= LEAST_VOLUME).then(|| (count.checked_div(peers).unwrap_or(0), events, occasion))
    }

    /// Different children opened of those that a rule looks for.
    fn touching(&self, within: &[&Access], kind: RuleKind) -> Option<Measure> {
        let touching: Vec<&Access> = within.iter().copied().filter(|access| self.touches(kind, access)).collect();
        let children: BTreeSet<&Pseudonym> =
            touching.iter().flat_map(|access| &access.children).filter(|child| self.is_sought(kind, child)).collect();
        let occasion = day(touching.last()?);
        Some((count(children.len()), touching.iter().map(|access| access.index).collect(), occasion))
    }

    /// How many accesses stated one and the same reason; nothing where two were stated.
    fn constant_reason(&self, within: &[&Access]) -> Option<Measure> {
        let mut stated = self.stated.values();
        let (Some(count), None) = (stated.next(), stated.next()) else { return None };
        let newest = within.iter().rev().take(MOST_ALIKE).map(|access| access.index).collect();
        let week = within.last().map(|access| access.at.day().iso_week())?;
        Some((*count, newest, format!("{}-W{:02}", week.year(), week.week())))
    }
}

fn noticed(rule: &Rule, (measure, events, occasion): Measure, protected: bool) -> Noticed {
    // One for the cleared does not keep one for all from being raised.
    let occasion = if protected { format!("{occasion} hidden") } else { occasion };
    Noticed { kind: rule.kind, occasion, measure, protected, events }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn day(access: &Access) -> String {
    access.at.day().to_string()
}

fn counted<'a>(accesses: impl Iterator<Item = &'a Access>) -> Option<Measure> {
    let accesses: Vec<&Access> = accesses.collect();
    let last = accesses.last()?;
    Some((count(accesses.len()), accesses.iter().map(|access| access.index).collect(), day(last)))
}

/// The most different searches under one name or postcode.
fn walk<'a>(within: &[&'a Access], key: impl Fn(&'a Access) -> Option<&'a str>) -> Option<Measure> {
    let mut walks: BTreeMap<&str, (BTreeSet<&str>, Vec<u64>, String)> = BTreeMap::new();
    for access in within {
        let Some(key) = key(access) else { continue };
        let (searches, events, occasion) = walks.entry(key).or_default();
        if searches.insert(&access.criteria) {
            events.push(access.index);
        }
        *occasion = day(access);
    }
    let longest = walks.into_values().max_by_key(|(searches, ..)| searches.len())?;
    Some((count(longest.0.len()), longest.1, longest.2))
}
