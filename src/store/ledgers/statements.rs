//! The statements of the ledger, which stay prepared: rows come as arrays, so that one text serves any number of them.

use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Integer, Text};

use super::{Sight, Window};

/// Which of some sights are so: their places in the order given, from one on.
#[derive(Debug, QueryId)]
pub(super) struct SeenAmong(Sights);

impl SeenAmong {
    pub(super) fn new(sights: &BTreeSet<Sight>) -> Self {
        Self(Sights::new(sights))
    }
}

impl Query for SeenAmong {
    type SqlType = BigInt;
}

impl<Conn> RunQueryDsl<Conn> for SeenAmong {}

impl QueryFragment<Pg> for SeenAmong {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT asked.place FROM unnest(");
        self.0.bind(&mut out)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (account_id, day, child_id, place) \
             WHERE EXISTS (SELECT FROM budget_child AS seen WHERE seen.account_id = asked.account_id \
             AND seen.day = asked.day AND seen.child_id = asked.child_id)",
        );
        Ok(())
    }
}

/// Marks sights as being so.
#[derive(Debug, QueryId)]
pub(super) struct MarkSeen(Sights);

impl MarkSeen {
    pub(super) fn new(sights: &BTreeSet<Sight>) -> Self {
        Self(Sights::new(sights))
    }
}

impl<Conn> RunQueryDsl<Conn> for MarkSeen {}

impl QueryFragment<Pg> for MarkSeen {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO budget_child (account_id, day, child_id) SELECT * FROM unnest(");
        self.0.bind(&mut out)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

/// Sights column by column.
#[derive(Debug)]
struct Sights {
    accounts: Vec<String>,
    days: Vec<i32>,
    children: Vec<i64>,
}

impl Sights {
    fn new(sights: &BTreeSet<Sight>) -> Self {
        Self {
            accounts: sights.iter().map(|(account, ..)| account.to_string()).collect(),
            days: sights.iter().map(|(_, day, _)| *day).collect(),
            children: sights.iter().map(|(.., child)| child.0).collect(),
        }
    }

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<Array<Text>, _>(&self.accounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.days)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.children)
    }
}

/// Adds to what was used of budgets.
#[derive(Debug, QueryId)]
pub(super) struct AddToBudgets {
    owners: Vec<String>,
    kinds: Vec<String>,
    windows: Vec<i64>,
    amounts: Vec<i64>,
}

impl AddToBudgets {
    pub(super) fn new(added: BTreeMap<Window, i64>) -> Self {
        let rows = added.into_iter().map(|((owner, kind, window), amount)| (owner, kind, window, amount));
        let (owners, kinds, windows, amounts) = rows.collect();
        Self { owners, kinds, windows, amounts }
    }
}

impl<Conn> RunQueryDsl<Conn> for AddToBudgets {}

impl QueryFragment<Pg> for AddToBudgets {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO budget (owner_id, kind, window_start, used) SELECT * FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.owners)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.windows)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.amounts)?;
        out.push_sql(") ON CONFLICT (owner_id, kind, window_start) DO UPDATE SET used = budget.used + excluded.used");
        Ok(())
    }
}

/// Keeps handles.
#[derive(Debug, QueryId)]
pub(super) struct KeepHandles {
    ids: Vec<Vec<u8>>,
    accounts: Vec<String>,
    expiries: Vec<i64>,
    children: Vec<Vec<u8>>,
}

impl KeepHandles {
    pub(super) fn new(handles: Vec<(Vec<u8>, String, i64, Vec<u8>)>) -> Self {
        let (ids, accounts, expiries, children) = handles.into_iter().collect();
        Self { ids, accounts, expiries, children }
    }
}

impl<Conn> RunQueryDsl<Conn> for KeepHandles {}

impl QueryFragment<Pg> for KeepHandles {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO handle (id, account_id, expires_at, children) SELECT * FROM unnest(");
        out.push_bind_param::<Array<Binary>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.accounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.expiries)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.children)?;
        out.push_sql(")");
        Ok(())
    }
}
