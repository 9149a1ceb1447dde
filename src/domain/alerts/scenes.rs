//! What the rules are shown, and what each makes of it: pure functions of an account's accesses and of facts about the
//! children in them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Timelike as _, Weekday};
use chrono_tz::Europe::London;
use uuid::Uuid;

use super::rules::{LEAST_VOLUME, NIGHT, OVERRIDES, Rule, RuleKind};
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::instants::Instant;
use crate::domain::matching::folds::FoldedName;

/// The account that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The account.
    pub account: Uuid,
    /// Its organisation.
    pub organisation: Uuid,
    /// Its area.
    pub area: String,
    /// The account holder's family name, folded; empty for a system.
    pub surname: String,
    /// Family names of others of the organisation, folded.
    pub colleagues: BTreeSet<String>,
    /// The median of accesses a day among others like it; none where there are too few.
    pub peers: Option<i64>,
    /// Whether no person stands behind it: then the rules about people say nothing.
    pub machine: bool,
}

/// What the rules need to know of a child, and nobody is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Family name, folded.
    pub surname: String,
    /// Area.
    pub area: String,
    /// Whether it lives in the account holder's home, as far as carers tell.
    pub own_home: bool,
    /// Whether the account's organisation works with it or registered it.
    pub involved: bool,
    /// Whether it is shielded, sealed or held: then what it hides decides in protected alerts alone.
    pub hidden: bool,
    /// Whether it stands for nobody.
    pub decoy: bool,
}

/// One event of the account about children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Its index.
    pub index: u64,
    /// When.
    pub at: Instant,
    /// Code of the action.
    pub action: String,
    /// Code of the stated reason.
    pub reason: Option<String>,
    /// Children it disclosed something of.
    pub children: Vec<Pseudonym>,
    /// The family name searched for, folded.
    pub surname: Option<String>,
    /// The postcode searched for, without blanks.
    pub postcode: Option<String>,
    /// All that was searched for, to tell one search from another.
    pub criteria: String,
}

impl Access {
    /// The access that an event was; none where it disclosed nothing of a child and was no search.
    #[must_use]
    pub fn of(event: &RecordedEvent) -> Option<Self> {
        let payload = event.payload.as_ref()?;
        let search = event.action == AuditAction::ChildSearch.code();
        if !search && event.children_disclosed == 0 {
            return None;
        }
        let asked: BTreeMap<&str, &str> =
            payload.criteria.iter().filter_map(|(name, value)| Some((name, value.as_str()?))).collect();
        let surname = asked.get("family_name").map(|name| fold(name)).filter(|_| search);
        let postcode = asked.get("postcode").map(|text| text.replace(' ', "").to_uppercase()).filter(|_| search);
        let shown = payload.children.iter().filter(|child| !child.shown.is_empty());
        Some(Self {
            index: event.index,
            at: event.at.into(),
            action: event.action.clone(),
            reason: event.reason.clone(),
            children: shown.map(|child| child.pseudonym).collect(),
            surname,
            postcode,
            criteria: serde_json::to_string(&payload.criteria).unwrap_or_default().to_lowercase(),
        })
    }

    /// Whether a record was opened, and not only found.
    fn opens(&self) -> bool {
        self.action != AuditAction::ChildSearch.code() && !self.children.is_empty()
    }

    fn overrides(&self) -> bool {
        OVERRIDES.contains(&self.action.as_str()) && !self.children.is_empty()
    }

    fn is_out_of_hours(&self) -> bool {
        let local = self.at.to_utc().with_timezone(&London);
        let (evening, morning) = NIGHT;
        local.hour() >= evening || local.hour() < morning || matches!(local.weekday(), Weekday::Sat | Weekday::Sun)
    }
}

/// A name as the rules compare it.
#[must_use]
pub fn fold(name: &str) -> String {
    FoldedName::family(name).whole().to_owned()
}

/// What a rule is shown: an account's accesses of the rule's window, oldest first.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The account.
    pub watched: Watched,
    /// The accesses.
    pub accesses: Vec<Access>,
    /// The children in them.
    pub children: BTreeMap<Pseudonym, Known>,
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
    /// What a rule makes of it; nothing where the measure stays below the threshold.
    #[must_use]
    pub fn judge(&self, rule: &Rule) -> Vec<Noticed> {
        if rule.kind == RuleKind::Override {
            // Each by itself, and from every person alike.
            let overridden = self.within(rule).into_iter().filter(|access| access.overrides());
            return overridden
                .map(|access| noticed(rule, (1, vec![access.index], access.index.to_string()), false))
                .collect();
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
            RuleKind::SurnameWalk => walk(&within, |access| access.surname.clone()),
            RuleKind::PostcodeWalk => walk(&within, |access| access.postcode.clone()),
            RuleKind::OwnFamily => self.touching(&within, |known| {
                let namesake = !self.watched.surname.is_empty() && known.surname == self.watched.surname;
                known.own_home || (namesake && !known.involved)
            }),
            RuleKind::ColleaguesFamily => {
                self.touching(&within, |known| !known.involved && self.watched.colleagues.contains(&known.surname))
            }
            RuleKind::OutOfArea => self.touching(&within, |known| !known.involved && known.area != self.watched.area),
            RuleKind::NoInvolvement => self.touching(&within, |known| !known.involved),
            RuleKind::Decoy => self.touching(&within, |known| known.decoy),
            RuleKind::OutOfHours => {
                counted(within.into_iter().filter(|access| access.is_out_of_hours() && !access.children.is_empty()))
            }
            RuleKind::ConstantReason => constant_reason(&within),
            // Each override by itself, and silence where the question was put.
            RuleKind::Override | RuleKind::NoJustification => None,
        }
    }

    /// How many times others' median an account's accesses of a day come to.
    fn volume(&self, within: &[&Access]) -> Option<Measure> {
        let peers = self.watched.peers?.max(1);
        let (count, events, occasion) = counted(within.iter().copied().filter(|access| !access.children.is_empty()))?;
        (count >= LEAST_VOLUME).then(|| (count.checked_div(peers).unwrap_or(0), events, occasion))
    }

    /// Different children opened of whom something holds.
    fn touching(&self, within: &[&Access], holds: impl Fn(&Known) -> bool) -> Option<Measure> {
        let mut children: BTreeSet<Pseudonym> = BTreeSet::new();
        let mut events = Vec::new();
        for access in within {
            let opened = access.children.iter().filter(|_| access.opens());
            let of_whom: Vec<&Pseudonym> =
                opened.filter(|child| self.children.get(*child).is_some_and(&holds)).collect();
            if !of_whom.is_empty() {
                events.push(access.index);
                children.extend(of_whom.into_iter().copied());
            }
        }
        let last = within.iter().rev().find(|access| events.contains(&access.index))?;
        Some((count(children.len()), events, day(last)))
    }
}

fn noticed(rule: &Rule, (measure, events, occasion): Measure, protected: bool) -> Noticed {
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
fn walk(within: &[&Access], key: impl Fn(&Access) -> Option<String>) -> Option<Measure> {
    let mut walks: BTreeMap<String, (BTreeSet<&str>, Vec<u64>, String)> = BTreeMap::new();
    for access in within {
        let Some(key) = key(access).filter(|key| !key.is_empty()) else { continue };
        let (searches, events, occasion) = walks.entry(key).or_default();
        if searches.insert(&access.criteria) {
            events.push(access.index);
        }
        *occasion = day(access);
    }
    let longest = walks.into_values().max_by_key(|(searches, ..)| searches.len())?;
    Some((count(longest.0.len()), longest.1, longest.2))
}

/// How many accesses stated one and the same reason; nothing where two were stated.
fn constant_reason(within: &[&Access]) -> Option<Measure> {
    let reasons: BTreeSet<Option<&str>> = within.iter().map(|access| access.reason.as_deref()).collect();
    if reasons.len() != 1 {
        return None;
    }
    let (measure, mut events, _) = counted(within.iter().copied())?;
    let week = within.last().map(|access| access.at.day().iso_week())?;
    events.truncate(100);
    Some((measure, events, format!("{}-W{:02}", week.year(), week.week())))
}
