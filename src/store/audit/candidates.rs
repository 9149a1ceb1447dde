//! Which events may be wanted, by the look-up tables' keys alone: each key that a filter names is one walk through one
//! index, and an auditor of an area walks through nobody else's.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::derived::{bytes_in, text_in};
use super::filters::EventFilter;
use super::rows::Range;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{
    audit_by_account, audit_by_area, audit_by_child, audit_by_kind, audit_by_organisation, audit_by_token,
};

/// A key of a look-up table, or what keys of it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Child(Vec<u8>),
    Token(Vec<u8>),
    Account(String),
    Organisation(String),
    Kind(String),
    Area(String),
}

/// What a filter looks up: whatever it wants is listed under one of each of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// Keys, under one of which it is.
    any: Vec<Key>,
    /// Keys, under one of which it must be as well, where some kinds only are wanted.
    kinds: Option<Vec<Key>>,
}

/// What a filter looks up; `None` where it names nothing that is looked up.
pub(super) fn keys_of(conn: &mut AnyConnection, filter: &EventFilter) -> StoreResult<Option<Keys>> {
    let stems = stems(filter);
    let everywhere = Key::Kind(String::new());
    let Some(overseer) = &filter.overseer else {
        let kinds = if filter.wants_kinds() { Some(kinds(conn, filter, &everywhere)?) } else { None };
        return Ok(match (stems, kinds) {
            (Some(stems), kinds) => Some(Keys { any: beginning_with(conn, stems)?, kinds }),
            (None, Some(kinds)) => Some(Keys { any: kinds, kinds: None }),
            (None, None) => None,
        });
    };
    let here = Key::Area(text_in(&overseer.area, ""));
    // What they did while they were of another area.
    let own = Key::Account(overseer.account.to_string());
    let own_here = own.clone().in_area(&overseer.area);
    let own = beginning_with(conn, vec![own])?.into_iter().filter(|key| *key != own_here);
    let (mut any, must) = match stems {
        Some(stems) => (stems.into_iter().map(|stem| stem.in_area(&overseer.area)).collect(), filter.wants_kinds()),
        None => (kinds(conn, filter, &here)?, false),
    };
    any.extend(own);
    let kinds = if must { Some(kinds(conn, filter, &everywhere)?) } else { None };
    Ok(Some(Keys { any, kinds }))
}

/// What the keys begin with of which a filter names one, or one of several.
fn stems(filter: &EventFilter) -> Option<Vec<Key>> {
    if let Some(child) = filter.child {
        return Some(vec![Key::Child(child.0.to_vec())]);
    }
    if let Some(token) = filter.token {
        return Some(vec![Key::Token(token.0.to_vec())]);
    }
    if let Some(account) = filter.listed_account() {
        return Some(vec![Key::Account(account.to_string())]);
    }
    if let Some(members) = &filter.members {
        return Some(members.accounts().iter().map(|account| Key::Account(account.to_string())).collect());
    }
    filter.organisation.map(|organisation| vec![Key::Organisation(organisation.to_string())])
}

/// Every key that begins with one of these, whatever the area. An account or a token has been of one area or of few.
fn beginning_with(conn: &mut AnyConnection, stems: Vec<Key>) -> StoreResult<Vec<Key>> {
    let mut keys = Vec::new();
    for stem in stems {
        // The one without an area comes first, and may be as long as what they begin with.
        let mut last = stem.clone().in_area("");
        keys.push(last.clone());
        while let Some(next) = next_key(conn, &last)?.filter(|next| next.begins_with(&stem)) {
            keys.push(next.clone());
            last = next;
        }
    }
    Ok(keys)
}

/// The keys of the wanted kinds that there are, by skipping from one to the next; `stem` is what stands before each.
fn kinds(conn: &mut AnyConnection, filter: &EventFilter, stem: &Key) -> StoreResult<Vec<Key>> {
    let mut keys = Vec::new();
    let mut last = stem.clone();
    while let Some(next) = next_key(conn, &last)?.filter(|next| next.begins_with(stem)) {
        if next.fits_kind(stem, filter) {
            keys.push(next.clone());
        }
        last = next;
    }
    Ok(keys)
}

impl Key {
    /// The key in an area, of which this names the rest.
    fn in_area(self, area: &str) -> Self {
        let bytes = |key: Vec<u8>| key.first_chunk().map_or_else(Vec::new, |key| bytes_in(key, area));
        match self {
            Self::Child(key) => Self::Child(bytes(key)),
            Self::Token(key) => Self::Token(bytes(key)),
            Self::Account(key) => Self::Account(text_in(&key, area)),
            Self::Organisation(key) => Self::Organisation(text_in(&key, area)),
            Self::Kind(key) => Self::Kind(key),
            Self::Area(key) => Self::Area(key),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Child(key) | Self::Token(key) => key,
            Self::Account(key) | Self::Organisation(key) | Self::Kind(key) | Self::Area(key) => key.as_bytes(),
        }
    }

    fn begins_with(&self, stem: &Self) -> bool {
        self.as_bytes().starts_with(stem.as_bytes())
    }

    /// Whether what follows `stem` is a kind that is wanted.
    fn fits_kind(&self, stem: &Self, filter: &EventFilter) -> bool {
        let kind = self.as_bytes().strip_prefix(stem.as_bytes()).and_then(|kind| std::str::from_utf8(kind).ok());
        let mut parts = kind.unwrap_or_default().split(' ');
        let (Some(action), Some(outcome), Some(reason)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        filter.fits_kind(action, outcome, Some(reason))
    }
}

/// The first key after one, in its table.
fn next_key(conn: &mut AnyConnection, after: &Key) -> StoreResult<Option<Key>> {
    macro_rules! next {
        ($table:ident, $key:expr, $kind:expr) => {
            on_each!(conn, |c| $table::table
                .filter($table::key.gt($key))
                .order(($table::key, $table::idx))
                .select($table::key)
                .first(c)
                .optional())?
            .map($kind)
        };
    }
    Ok(match after {
        Key::Child(key) => next!(audit_by_child, key, Key::Child),
        Key::Token(key) => next!(audit_by_token, key, Key::Token),
        Key::Account(key) => next!(audit_by_account, key, Key::Account),
        Key::Organisation(key) => next!(audit_by_organisation, key, Key::Organisation),
        Key::Kind(key) => next!(audit_by_kind, key, Key::Kind),
        Key::Area(key) => next!(audit_by_area, key, Key::Area),
    })
}

/// Indexes of the range that are listed under one of the keys.
pub(super) struct Candidates {
    /// The newest, newest first, each once.
    pub(super) indexes: Vec<i64>,
    /// Before which index others are; none where nothing was found.
    pub(super) before: Option<i64>,
    /// Whether there are no others.
    pub(super) are_all: bool,
}

/// Rows of a look-up table considered at a time where an event must be listed in two.
const CONSIDERED: usize = 1_024;

impl Candidates {
    /// How far back they reach: to the beginning where there are no others.
    fn reach(&self) -> i64 {
        self.before.filter(|_| !self.are_all).unwrap_or(i64::MIN)
    }
}

/// The newest events of the range that are listed as they must be, at most so many; and how many were considered. Where
/// two lists meet, the rarer leads: whichever reaches further back with as many entries.
pub(super) fn newest(
    conn: &mut AnyConnection,
    keys: &Keys,
    range: Range,
    most: usize,
) -> StoreResult<(Candidates, usize)> {
    let Some(kinds) = &keys.kinds else {
        let found = newest_of(conn, &keys.any, range, most)?;
        let considered = found.indexes.len();
        return Ok((found, considered));
    };
    let named = newest_of(conn, &keys.any, range, CONSIDERED)?;
    let of_kind = newest_of(conn, kinds, range, CONSIDERED)?;
    let (rarer, others) = if named.reach() <= of_kind.reach() { (named, kinds) } else { (of_kind, &keys.any) };
    let considered = rarer.indexes.len();
    let listed = listed_under(conn, others, &rarer.indexes)?;
    let mut both: Vec<i64> = rarer.indexes.iter().copied().filter(|idx| listed.contains(idx)).collect();
    if both.len() > most {
        both.truncate(most);
        return Ok((Candidates { before: both.last().copied(), indexes: both, are_all: false }, considered));
    }
    Ok((Candidates { indexes: both, before: rarer.before, are_all: rarer.are_all }, considered))
}

/// Those of some events that are listed under one of the keys.
fn listed_under(conn: &mut AnyConnection, keys: &[Key], indexes: &[i64]) -> StoreResult<BTreeSet<i64>> {
    macro_rules! listed {
        ($table:ident, $key:expr) => {
            on_each!(conn, |c| $table::table
                .filter($table::key.eq($key).and($table::idx.eq_any(indexes)))
                .select($table::idx)
                .load::<i64>(c))?
        };
    }
    let mut found = BTreeSet::new();
    for key in keys {
        found.extend(match key {
            Key::Child(key) => listed!(audit_by_child, key),
            Key::Token(key) => listed!(audit_by_token, key),
            Key::Account(key) => listed!(audit_by_account, key),
            Key::Organisation(key) => listed!(audit_by_organisation, key),
            Key::Kind(key) => listed!(audit_by_kind, key),
            Key::Area(key) => listed!(audit_by_area, key),
        });
    }
    Ok(found)
}

/// The newest events of the range under any of the keys, at most so many.
fn newest_of(conn: &mut AnyConnection, keys: &[Key], range: Range, most: usize) -> StoreResult<Candidates> {
    let limit = i64::try_from(most).map_err(|_| StoreError::broken("a number of candidates is out of range"))?;
    let mut indexes = Vec::new();
    for key in keys {
        indexes.extend(newest_under(conn, key, range, limit)?);
    }
    // Of each key the newest, so that the newest of all are among them.
    indexes.sort_unstable_by(|a, b| b.cmp(a));
    indexes.dedup();
    let are_all = indexes.len() < most;
    indexes.truncate(most);
    Ok(Candidates { before: indexes.last().copied(), indexes, are_all })
}

fn newest_under(conn: &mut AnyConnection, key: &Key, range: Range, limit: i64) -> StoreResult<Vec<i64>> {
    macro_rules! newest {
        ($table:ident, $key:expr) => {
            on_each!(conn, |c| $table::table
                .filter($table::key.eq($key))
                .filter($table::idx.ge(range.from).and($table::idx.lt(range.before)))
                .order($table::idx.desc())
                .limit(limit)
                .select($table::idx)
                .load(c))?
        };
    }
    Ok(match key {
        Key::Child(key) => newest!(audit_by_child, key),
        Key::Token(key) => newest!(audit_by_token, key),
        Key::Account(key) => newest!(audit_by_account, key),
        Key::Organisation(key) => newest!(audit_by_organisation, key),
        Key::Kind(key) => newest!(audit_by_kind, key),
        Key::Area(key) => newest!(audit_by_area, key),
    })
}
