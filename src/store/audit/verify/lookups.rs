//! The look-up tables against the payloads, both ways, in bounded memory: what should be there and what is there are
//! each summed up as keyed hashes, block by block, and only a block whose sums differ is compared row by row.

use std::collections::BTreeSet;
use std::hash::Hasher;

use diesel::prelude::*;
use rusqlite::types::Type;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::cells::{Brief, Cell};
use super::findings::{Fault, Finding, VerifyError};
use super::log_file::LogFile;
use crate::store::audit::derived::{bytes_in, kind_of, text_in};
use crate::store::audit::heads::column;
use crate::store::audit::lookups::LookUp;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreError;
use crate::store::schema::{
    audit_by_account, audit_by_area, audit_by_child, audit_by_kind, audit_by_organisation, audit_by_token, audit_event,
    audit_payload,
};

/// Events summed up together.
const BLOCK: u64 = 4096;
/// Rows of a look-up table read at a time.
const PAGE: i64 = 4096;

/// One of the look-up tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Child,
    Account,
    Organisation,
    Token,
    Kind,
    Area,
}

impl Table {
    const ALL: [Self; 6] = [Self::Child, Self::Account, Self::Organisation, Self::Token, Self::Kind, Self::Area];

    const fn name(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Account => "account",
            Self::Organisation => "organisation",
            Self::Token => "token",
            Self::Kind => "kind",
            Self::Area => "area",
        }
    }

    /// What it is called in the database.
    const fn stored_as(self) -> &'static str {
        match self {
            Self::Child => "audit_by_child",
            Self::Account => "audit_by_account",
            Self::Organisation => "audit_by_organisation",
            Self::Token => "audit_by_token",
            Self::Kind => "audit_by_kind",
            Self::Area => "audit_by_area",
        }
    }

    /// What its key is.
    const fn key(self) -> Type {
        match self {
            Self::Child | Self::Token => Type::Blob,
            Self::Account | Self::Organisation | Self::Kind | Self::Area => Type::Text,
        }
    }
}

/// A key and an index: one row of a look-up table.
type Row = (Vec<u8>, i64);

/// Sums of hashes for each block of events: what was expected less what was found.
#[derive(Clone)]
pub(super) struct LookUps {
    derived_to: u64,
    /// Ready to hash under a key that is fresh each time, so that nobody can choose rows whose hashes add up to the same.
    keyed: SipHasher13,
    children: Vec<u128>,
    accounts: Vec<u128>,
    organisations: Vec<u128>,
    tokens: Vec<u128>,
    kinds: Vec<u128>,
    areas: Vec<u128>,
}

impl LookUps {
    /// For tables filled up to `derived_to`.
    pub(super) fn new(derived_to: u64) -> Self {
        Self {
            derived_to,
            keyed: SipHasher13::new_with_key(&rand::random()),
            children: Vec::new(),
            accounts: Vec::new(),
            organisations: Vec::new(),
            tokens: Vec::new(),
            kinds: Vec::new(),
            areas: Vec::new(),
        }
    }

    /// Notes what the tables should hold of an event of this kind; of all but the kind's only where its payload is still
    /// there. `None` where that is none. What nothing was derived from yet is not taken apart: its hash says that it is
    /// what was recorded.
    pub(super) fn expect(&mut self, index: u64, kind: Kind<'_>, body: Option<&[u8]>) -> Option<()> {
        if index >= self.derived_to {
            return Some(());
        }
        let Kind { action, outcome, reason } = kind;
        self.add(Table::Kind, index, self.hash([action, b" ", outcome, b" ", reason], index));
        let Some(body) = body else { return Some(()) };
        let lookup = LookUp::read(body)?;
        let area = lookup.area().unwrap_or_default().as_bytes();
        lookup.children_once(|child| self.add(Table::Child, index, self.hash([&child.0, area], index)));
        lookup.accounts_once(|id| self.add(Table::Account, index, self.hash([id.as_bytes(), b" ", area], index)));
        if let Some(id) = lookup.organisation() {
            self.add(Table::Organisation, index, self.hash([id.as_bytes(), b" ", area], index));
        }
        if let Some(token) = lookup.token() {
            self.add(Table::Token, index, self.hash([&token.0, area], index));
        }
        if !area.is_empty() {
            self.add(Table::Area, index, self.hash([area, b" ", action, b" ", outcome, b" ", reason], index));
        }
        Some(())
    }

    /// Notes what the tables should hold of every event in a file.
    pub(super) fn expect_all(mut self, file: &LogFile) -> Result<Self, VerifyError> {
        file.events(0, column(self.derived_to)?, &mut |event, payload| {
            let index = u64::try_from(event.idx).unwrap_or(u64::MAX);
            let at = |fault| Finding::at(index, fault);
            let text = |name, cell: Cell<_>| cell.value().ok_or_else(|| at(Fault::Unreadable(name)));
            let reason = match event.reason {
                Cell::Null => None,
                reason => Some(text("reason", reason)?),
            };
            let kind = Kind::new(text("action", event.action)?, text("outcome", event.outcome)?, reason);
            let body = payload.map(|payload| text("payload", payload.body)).transpose()?;
            Ok(self.expect(index, kind, body).ok_or_else(|| at(Fault::PayloadUnreadable))?)
        })?;
        Ok(self)
    }

    /// Takes what the tables hold from the sums, read from a file.
    pub(super) fn read_file(&mut self, file: &LogFile) -> Result<(), VerifyError> {
        for table in Table::ALL {
            file.look_ups(table.stored_as(), table.key(), &mut |key, idx| self.found(table, key, idx))?;
        }
        Ok(())
    }

    /// Adds what was summed up elsewhere, under the same key.
    pub(super) fn merge(&mut self, mut other: Self) {
        for table in Table::ALL {
            let (sums, more) = (self.sums(table), other.sums(table));
            sums.resize(sums.len().max(more.len()), 0);
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.wrapping_add(*more));
        }
    }

    /// Takes what the tables hold from the sums, read through the connection.
    pub(super) fn read(&mut self, conn: &mut AnyConnection) -> Result<(), VerifyError> {
        Table::ALL.into_iter().try_for_each(|table| self.read_table(conn, table))
    }

    fn read_table(&mut self, conn: &mut AnyConnection, table: Table) -> Result<(), VerifyError> {
        let mut after: Option<Row> = None;
        loop {
            let page = page(conn, table, after.as_ref())?;
            for (key, idx) in &page {
                self.found(table, &key.map(Brief::as_bytes), idx)?;
            }
            let last = page.last().and_then(|(key, idx)| Some((key.as_value()?.as_bytes().to_vec(), *idx.as_value()?)));
            after = last;
            if i64::try_from(page.len()).is_ok_and(|length| length < PAGE) {
                return Ok(());
            }
        }
    }

    /// Compares both sides, and names the first row in which they differ.
    pub(super) fn check(&mut self, conn: &mut AnyConnection) -> Result<(), VerifyError> {
        for table in Table::ALL {
            let differing = self.sums(table).iter().position(|sum| *sum != 0);
            if let Some(block) = differing.and_then(|block| u64::try_from(block).ok()) {
                let from = block.saturating_mul(BLOCK);
                return Err(first_difference(conn, table, from, self.derived_to.min(from.saturating_add(BLOCK)))?);
            }
        }
        Ok(())
    }

    /// Takes a row that is there from the sums, where it is as it should be: a key of the right type, and an index that
    /// was derived.
    fn found(&mut self, table: Table, key: &Cell<&[u8]>, idx: &Cell<i64>) -> Result<(), VerifyError> {
        let index = idx.as_value().and_then(|idx| u64::try_from(*idx).ok());
        match (key.as_value(), index) {
            (Some(key), Some(index)) if index < self.derived_to => {
                let hash = self.hash([key], index);
                self.add(table, index, 0_u128.wrapping_sub(hash));
                Ok(())
            }
            _ => Err(Finding { index, fault: Fault::LookUpExtra(table.name()) }.into()),
        }
    }

    /// Of a key, in one part or several, and an index.
    fn hash<const PARTS: usize>(&self, key: [&[u8]; PARTS], index: u64) -> u128 {
        let mut sip = self.keyed;
        key.iter().for_each(|part| sip.write(part));
        sip.write_u64(index);
        sip.finish128().as_u128()
    }

    fn add(&mut self, table: Table, index: u64, hash: u128) {
        let Ok(block) = usize::try_from(index / BLOCK) else { return };
        let sums = self.sums(table);
        if block >= sums.len() {
            sums.resize(block + 1, 0);
        }
        if let Some(sum) = sums.get_mut(block) {
            *sum = sum.wrapping_add(hash);
        }
    }

    fn sums(&mut self, table: Table) -> &mut Vec<u128> {
        match table {
            Table::Child => &mut self.children,
            Table::Account => &mut self.accounts,
            Table::Organisation => &mut self.organisations,
            Table::Token => &mut self.tokens,
            Table::Kind => &mut self.kinds,
            Table::Area => &mut self.areas,
        }
    }
}

/// What kind of event it is, as it is looked up by.
pub(super) struct Kind<'e> {
    action: &'e [u8],
    outcome: &'e [u8],
    reason: &'e [u8],
}

impl<'e> Kind<'e> {
    /// Of what stands in an event.
    pub(super) fn new(action: &'e [u8], outcome: &'e [u8], reason: Option<&'e [u8]>) -> Self {
        Self { action, outcome, reason: reason.unwrap_or(b"-") }
    }
}

/// The keys under which a table holds an event of this kind, each once.
fn keys(table: Table, kind: &str, lookup: Option<&LookUp<'_>>) -> BTreeSet<Vec<u8>> {
    if table == Table::Kind {
        return [kind.as_bytes().to_vec()].into();
    }
    let Some(lookup) = lookup else { return BTreeSet::new() };
    let area = lookup.area().unwrap_or_default();
    match table {
        Table::Child => lookup.children().map(|child| bytes_in(&child.0, area)).collect(),
        Table::Account => lookup.accounts().map(|account| text_in(account, area).into_bytes()).collect(),
        Table::Organisation => lookup.organisation().map(|id| text_in(id, area).into_bytes()).into_iter().collect(),
        Table::Token => lookup.token().map(|token| bytes_in(&token.0, area)).into_iter().collect(),
        Table::Area | Table::Kind => lookup.area().map(|area| text_in(area, kind).into_bytes()).into_iter().collect(),
    }
}

type Derived = (i64, String, String, Option<String>, Option<Vec<u8>>);

/// The first event of `from..to` that a table holds and should not, or should and does not.
fn first_difference(conn: &mut AnyConnection, table: Table, from: u64, to: u64) -> Result<VerifyError, VerifyError> {
    let (first, end) = (column(from)?, column(to)?);
    let events: Vec<Derived> = on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.ge(first).and(audit_event::idx.lt(end)))
        .select((
            audit_event::idx,
            audit_event::action,
            audit_event::outcome,
            audit_event::reason,
            audit_payload::body.nullable(),
        ))
        .load(c))?;
    let mut expected = BTreeSet::new();
    for (idx, action, outcome, reason, body) in &events {
        let changed = || StoreError::broken("a payload changed while it was verified");
        let lookup = body.as_ref().map(|body| LookUp::read(body).ok_or_else(changed)).transpose()?;
        let kind = kind_of(action, outcome, reason.as_deref());
        expected.extend(keys(table, &kind, lookup.as_ref()).into_iter().map(|key| (*idx, key)));
    }
    let mut found = BTreeSet::new();
    for (key, idx) in block(conn, table, first, end)? {
        found.extend(idx.value().zip(key.as_value().map(|key| key.as_bytes().to_vec())));
    }
    let missing = expected.difference(&found).next().map(|(idx, _)| (*idx, Fault::LookUpMissing(table.name())));
    let extra = found.difference(&expected).next().map(|(idx, _)| (*idx, Fault::LookUpExtra(table.name())));
    let earliest = missing.into_iter().chain(extra).min_by_key(|(idx, _)| *idx);
    Ok(match earliest {
        Some((idx, fault)) => Finding { index: u64::try_from(idx).ok(), fault }.into(),
        None => StoreError::broken("the look-up tables changed while they were verified").into(),
    })
}

type Cells = (Cell<Brief>, Cell<i64>);

macro_rules! read {
    ($conn:expr, $table:ident, |$query:ident| $filtered:expr) => {
        on_each!($conn, |c| {
            let $query = $table::table.select(($table::key, $table::idx));
            $filtered.load(c)
        })
    };
}

/// The rows of a table after `after`, in the order of its key.
fn page(conn: &mut AnyConnection, table: Table, after: Option<&Row>) -> Result<Vec<Cells>, StoreError> {
    let (key, idx) = match after {
        Some((key, idx)) => (key.clone(), *idx),
        // Before every key there is; no index is so small.
        None => (Vec::new(), i64::MIN),
    };
    // The first half alone bounds the walk through the index.
    macro_rules! after {
        ($table:ident, $key:expr) => {{
            let key = $key;
            read!(conn, $table, |query| query
                .filter($table::key.ge(&key).and($table::key.gt(&key).or($table::idx.gt(idx))))
                .order(($table::key, $table::idx))
                .limit(PAGE))?
        }};
    }
    let text = || String::from_utf8(key.clone()).map_err(|_| StoreError::broken("a key is no text"));
    Ok(match table {
        Table::Child => after!(audit_by_child, key),
        Table::Account => after!(audit_by_account, text()?),
        Table::Organisation => after!(audit_by_organisation, text()?),
        Table::Token => after!(audit_by_token, key),
        Table::Kind => after!(audit_by_kind, text()?),
        Table::Area => after!(audit_by_area, text()?),
    })
}

/// The rows of a table for the events `from..to`.
fn block(conn: &mut AnyConnection, table: Table, from: i64, to: i64) -> Result<Vec<Cells>, StoreError> {
    macro_rules! within {
        ($table:ident) => {
            read!(conn, $table, |query| query.filter($table::idx.ge(from).and($table::idx.lt(to))))?
        };
    }
    Ok(match table {
        Table::Child => within!(audit_by_child),
        Table::Account => within!(audit_by_account),
        Table::Organisation => within!(audit_by_organisation),
        Table::Token => within!(audit_by_token),
        Table::Kind => within!(audit_by_kind),
        Table::Area => within!(audit_by_area),
    })
}
