//! Which events may be wanted, by the look-up tables' keys alone: each key that a filter names is one walk through one
//! index, and an auditor of an area walks through nobody else's.

use std::collections::BTreeSet;

use diesel::prelude::*;
use uuid::Uuid;

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

/// What a filter looks up: whatever it wants is in each of these lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys(Vec<List>);

/// Events, one of the things that a filter names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum List {
    /// Those listed under any of these keys.
    Under(Vec<Key>),
    /// These few, newest first.
    Few(Vec<i64>),
}

/// Rows of a look-up table considered at a time where an event must be in several lists, and the most that make a few.
const CONSIDERED: usize = 1_024;

/// What a filter looks up; `None` where it names nothing that is looked up.
pub(super) fn keys_of(conn: &mut AnyConnection, filter: &EventFilter) -> StoreResult<Option<Keys>> {
    let stems = stems(filter);
    let mut lists = Vec::new();
    if let Some(overseer) = &filter.overseer {
        // What they did while they were of another area.
        let own = Key::Account(overseer.account.to_string());
        let own_here = own.clone().in_area(&overseer.area);
        let own: Vec<_> = beginning_with(conn, vec![own])?.into_iter().filter(|key| *key != own_here).collect();
        if stems.is_empty() {
            let here = kinds(conn, filter, &Key::Area(text_in(&overseer.area, "")))?;
            return Ok(Some(Keys(vec![List::Under([here, own].concat())])));
        }
        for named in stems {
            let here = named.into_iter().map(|stem| stem.in_area(&overseer.area));
            lists.push(List::Under(here.chain(own.iter().cloned()).collect()));
        }
    } else {
        for named in stems {
            lists.push(everywhere(conn, named)?);
        }
    }
    if filter.wants_kinds() {
        lists.push(List::Under(kinds(conn, filter, &Key::Kind(String::new()))?));
    }
    Ok(Some(Keys(lists)).filter(|Keys(lists)| !lists.is_empty()))
}

/// For each thing that a filter names, what its keys begin with: one of them, or one of several. Those of which there are
/// fewest events come first.
fn stems(filter: &EventFilter) -> Vec<Vec<Key>> {
    let account = |account: &Uuid| Key::Account(account.to_string());
    let one = |key: Option<Key>| key.map(|key| vec![key]);
    let members = filter.members.as_ref().map(|members| members.accounts().iter().map(account).collect());
    one(filter.child.map(|child| Key::Child(child.0.to_vec())))
        .into_iter()
        .chain(one(filter.token.map(|token| Key::Token(token.0.to_vec()))))
        .chain(filter.listed_accounts().iter().map(|id| vec![account(id)]))
        .chain(members)
        .chain(one(filter.organisation.map(|organisation| Key::Organisation(organisation.to_string()))))
        .collect()
}

/// What is listed under keys that begin with one of these, whatever the area.
fn everywhere(conn: &mut AnyConnection, stems: Vec<Key>) -> StoreResult<List> {
    if let [stem] = stems.as_slice()
        && let Some(few) = few_under(conn, stem)?
    {
        return Ok(List::Few(few));
    }
    Ok(List::Under(beginning_with(conn, stems)?))
}

/// The events listed under keys that begin with this, newest first; `None` where there are many.
fn few_under(conn: &mut AnyConnection, stem: &Key) -> StoreResult<Option<Vec<i64>>> {
    let most = i64::try_from(CONSIDERED).unwrap_or(i64::MAX).saturating_add(1);
    macro_rules! few {
        ($table:ident, $from:expr, $to:expr) => {
            on_each!(conn, |c| $table::table
                .filter($table::key.ge($from).and($table::key.lt($to)))
                .limit(most)
                .select($table::idx)
                .load::<i64>(c))?
        };
    }
    // What stands behind a key is a space and an area, or an area: every byte of them comes before these.
    let after_text = |key: &str| format!("{key}!");
    let after_bytes = |key: &[u8]| [key, &[0xff]].concat();
    let mut found = match stem {
        Key::Child(key) => few!(audit_by_child, key, after_bytes(key)),
        Key::Token(key) => few!(audit_by_token, key, after_bytes(key)),
        Key::Account(key) => few!(audit_by_account, key, after_text(key)),
        Key::Organisation(key) => few!(audit_by_organisation, key, after_text(key)),
        Key::Kind(_) | Key::Area(_) => return Ok(None),
    };
    if found.len() > CONSIDERED {
        return Ok(None);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    Ok(Some(found))
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

impl Candidates {
    /// How far back they reach: to the beginning where there are no others.
    fn reach(&self) -> i64 {
        self.before.filter(|_| !self.are_all).unwrap_or(i64::MIN)
    }
}

/// The newest events of the range that are in every list, at most so many; and how many were considered. Where lists
/// meet, the rarest leads: whichever reaches furthest back with as many entries.
pub(super) fn newest(
    conn: &mut AnyConnection,
    keys: &Keys,
    range: Range,
    most: usize,
) -> StoreResult<(Candidates, usize)> {
    let Keys(lists) = keys;
    if let [list] = lists.as_slice() {
        let found = newest_of(conn, list, range, most)?;
        let considered = found.indexes.len();
        return Ok((found, considered));
    }
    let mut rarest: Option<(usize, Candidates)> = None;
    for (at, list) in lists.iter().enumerate() {
        let found = newest_of(conn, list, range, CONSIDERED)?;
        let suffices = found.are_all && found.indexes.len() <= most;
        if rarest.as_ref().is_none_or(|(_, rarest)| found.reach() < rarest.reach() || suffices) {
            rarest = Some((at, found));
        }
        if suffices {
            break;
        }
    }
    let Some((leads, rarest)) = rarest else { return Err(StoreError::broken("a question looks nothing up")) };
    let Candidates { indexes: mut all, before, are_all } = rarest;
    let considered = all.len();
    for (_, list) in lists.iter().enumerate().filter(|(at, _)| *at != leads) {
        let listed = in_list(conn, list, &all)?;
        all.retain(|idx| listed.contains(idx));
    }
    if all.len() > most {
        all.truncate(most);
        return Ok((Candidates { before: all.last().copied(), indexes: all, are_all: false }, considered));
    }
    Ok((Candidates { indexes: all, before, are_all }, considered))
}

/// Those of some events that are in a list.
fn in_list(conn: &mut AnyConnection, list: &List, indexes: &[i64]) -> StoreResult<BTreeSet<i64>> {
    let keys = match list {
        List::Few(few) => return Ok(few.iter().copied().collect()),
        _ if indexes.is_empty() => return Ok(BTreeSet::new()),
        List::Under(keys) => keys,
    };
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

/// The newest events of the range in a list, at most so many.
fn newest_of(conn: &mut AnyConnection, list: &List, range: Range, most: usize) -> StoreResult<Candidates> {
    let limit = i64::try_from(most).map_err(|_| StoreError::broken("a number of candidates is out of range"))?;
    let mut indexes = Vec::new();
    match list {
        List::Few(few) => indexes.extend(few.iter().filter(|idx| (range.from..range.before).contains(idx))),
        List::Under(keys) => {
            for key in keys {
                indexes.extend(newest_under(conn, key, range, limit)?);
            }
            // Of each key the newest, so that the newest of all are among them.
            indexes.sort_unstable_by(|a, b| b.cmp(a));
            indexes.dedup();
        }
    }
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
