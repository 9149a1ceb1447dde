//! Watching: the rules look at what the log has gained, off the recorder's path, and raise alerts.
//!
//! The log is read behind a cursor that stands in the database, so that a round picks up everything since the last one,
//! whoever took that; what accounts did in the last day is kept in memory and read anew from the log where it is not. A
//! turn is written in one transaction with the cursor's move: of several nodes that took the same turn, one writes.

mod counts;
mod findings;
mod turns;
mod windows;

use std::collections::BTreeMap;
use std::mem::take;
use std::time::Duration;

use self::counts::Counts;
use self::findings::{Findings, raise};
use self::windows::Window;
use super::{Failure, Index};
use crate::domain::accounts::Account;
use crate::domain::alerts::Alert;
use crate::domain::alerts::AlertStatus;
use crate::domain::alerts::accesses::ChildFacts;
use crate::domain::alerts::rules::{RuleKind, rule_of};
use crate::domain::alerts::scenes::Noticed;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;
use crate::store::justifications::Asked;
use crate::store::watching::Glance;
use crate::store::{accounts, justifications};

/// Turns taken before others get a chance: far more than a round of fifteen seconds brings about.
const MOST_TURNS: u16 = 5_000;
/// Searches and accesses that wait for their turn, from which on the rules give way: a few always may.
const MANY_WAITING: u64 = 4;
/// How long a round gives way altogether. Rounds are fifteen seconds apart, and an alert is due within a minute.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
/// Overdue answers told of in one round.
const MOST_OVERDUE: i64 = 200;

/// What a node remembers between rounds. Nothing is lost with it but a few minutes of the counts that say how busy
/// others are.
#[derive(Default)]
pub struct Watcher(Memory);

#[derive(Default)]
struct Memory {
    new: Window,
    back: Window,
    counts: Counts,
    /// Of this round only, and until something is changed: what is known of a child may be another then.
    facts: BTreeMap<Pseudonym, ChildFacts>,
    changes: u64,
}

impl Memory {
    fn window(&mut self, glance: Glance) -> &mut Window {
        match glance {
            Glance::New => &mut self.new,
            Glance::Back => &mut self.back,
        }
    }
}

/// A round by a node that remembers nothing.
///
/// # Errors
/// As [`Watcher::look`].
pub async fn watch(index: &Index) -> Result<u64, Failure> {
    Watcher::default().look(index).await
}

impl Watcher {
    /// A round: looks at what the log has gained since the last one, at what was not recorded in time, and at who has
    /// not answered; gives how many alerts were raised. Call it every few seconds; several nodes may.
    ///
    /// # Errors
    /// [`Failure`] where something could not be read or written: the next round begins where this one came to.
    pub async fn look(&mut self, index: &Index) -> Result<u64, Failure> {
        let (mut raised, mut patience) = (0_u64, PATIENCE);
        self.0.facts.clear();
        for glance in [Glance::New, Glance::Back] {
            for _ in 0..MOST_TURNS {
                give_way(index, &mut patience).await;
                let (new, done) = self.turn(index, glance).await?;
                raised = raised.saturating_add(new);
                if done {
                    break;
                }
            }
        }
        raised = raised.saturating_add(escalate_silence(index).await?);
        self.0.counts.flush(index).await?;
        Ok(raised)
    }

    async fn turn(&mut self, index: &Index, glance: Glance) -> Result<(u64, bool), Failure> {
        let now = index.now();
        let mut memory = take(&mut self.0);
        let changes = index.recorder().growth().changes();
        if memory.changes != changes {
            memory.facts.clear();
            memory.changes = changes;
        }
        // Where this fails, memory is empty and is filled anew.
        let (memory, turn) = index
            .prepare(move |conn, _| {
                let turn = turns::look(conn, &mut memory, glance, now)?;
                Ok((memory, turn))
            })
            .await?;
        self.0 = memory;
        if turn.moved.from == turn.moved.to {
            return Ok((0, turn.done));
        }
        let counted = turn.counted;
        let Some(raised) = raise(index, turn.findings, Some(turn.moved)).await? else { return Ok((0, false)) };
        // Only what this node wrote: another one counts what it did.
        self.0.counts.add(counted);
        Ok((raised, turn.done))
    }
}

/// Waits while many wait to be found or recorded, as long as the round has patience: rules cost those who wait nothing, and what
/// they look at does not run away.
async fn give_way(index: &Index, patience: &mut Duration) {
    while index.waiting() >= MANY_WAITING {
        let Some(left) = patience.checked_sub(PAUSE) else { return };
        *patience = left;
        tokio::time::sleep(PAUSE).await;
    }
}

/// The alert that something noticed about an account becomes.
pub(super) fn alert_of(noticed: &Noticed, account: &Account, now: Instant) -> Alert {
    Alert {
        id: uuid::Uuid::now_v7(),
        rule: noticed.kind,
        occasion: noticed.occasion.clone(),
        account: account.id.0,
        organisation: account.organisation.0,
        area: account.area.clone(),
        protected: noticed.protected,
        status: AlertStatus::Open,
        outcome: None,
        measure: noticed.measure,
        threshold: rule_of(noticed.kind).threshold,
        raised_at: now,
        reviewed_by: None,
        reviewed_at: None,
        closed_at: None,
        version: 1,
        events: noticed.events.clone(),
    }
}

/// What an account holder has not answered in time becomes an alert.
async fn escalate_silence(index: &Index) -> Result<u64, Failure> {
    let now = index.now();
    let findings = index
        .prepare(move |conn, _| {
            let mut findings = Findings::default();
            for asked in justifications::list_overdue(conn, now, MOST_OVERDUE)? {
                let account = accounts::find(conn, AccountId(asked.account))?;
                findings.noticed.extend(account.map(|account| (silence(&asked), account)));
                findings.silent.push(asked.id);
            }
            Ok(findings)
        })
        .await?;
    Ok(raise(index, findings, None).await?.unwrap_or(0))
}

/// An answer that is missing, or that an auditor should hear of.
pub(super) fn silence(asked: &Asked) -> Noticed {
    Noticed {
        kind: RuleKind::NoJustification,
        occasion: asked.event.to_string(),
        measure: 1,
        protected: false,
        events: vec![asked.event],
    }
}
