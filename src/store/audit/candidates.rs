//! Which events may be wanted, by the look-up tables' keys alone: each key that a filter names is one walk through one
//! index, and an auditor of an area walks through nobody else's.

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
pub(super) enum Key {
    Child(Vec<u8>),
    Token(Vec<u8>),
    Account(String),
    Organisation(String),
    Kind(String),
    Area(String),
}

/// The keys under which everything is listed that a filter wants; `None` where it names nothing that is looked up.
pub(super) fn keys_of(conn: &mut AnyConnection, filter: &EventFilter) -> StoreResult<Option<Vec<Key>>> {
    let stems = stems(filter);
    let Some(overseer) = &filter.overseer else {
        return match stems {
            Some(stems) => Ok(Some(beginning_with(conn, stems)?)),
            None if filter.wants_kinds() => Ok(Some(kinds(conn, filter, &Key::Kind(String::new()))?)),
            None => Ok(None),
        };
    };
    let mut keys = match stems {
        Some(stems) => stems.into_iter().map(|stem| stem.in_area(&overseer.area)).collect(),
        None => kinds(conn, filter, &Key::Area(text_in(&overseer.area, "")))?,
    };
    // What they did while they were of another area.
    let own = Key::Account(overseer.account.to_string());
    let here = own.clone().in_area(&overseer.area);
    keys.extend(beginning_with(conn, vec![own])?.into_iter().filter(|key| *key != here));
    Ok(Some(keys))
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
    /// Whether there are no others.
    pub(super) are_all: bool,
}

/// The newest events of the range under any of the keys, at most so many.
pub(super) fn newest(conn: &mut AnyConnection, keys: &[Key], range: Range, most: usize) -> StoreResult<Candidates> {
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
    Ok(Candidates { indexes, are_all })
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
