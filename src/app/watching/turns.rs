//! One turn: some events of the log, which accounts they are of, and what the rules make of those that they may have
//! brought to a threshold.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use uuid::Uuid;

use super::Memory;
use super::counts::Counts;
use super::findings::{Closing, Findings, Moved, Turn, cases};
use crate::app::Failure;
use crate::domain::accounts::{Account, Role};
use crate::domain::alerts::accesses::{Access, ChildFacts, Known, Watched, fold, surname_of};
use crate::domain::alerts::rules::{RULES, Rule, RuleKind, SAMPLED, TO_ANSWER, rule_of};
use crate::domain::alerts::scenes::{Noticed, Scene};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::instants::{Instant, SECOND, day_number};
use crate::store::connections::AnyConnection;
use crate::store::justifications::Asked;
use crate::store::watching::{self, Counted, Glance};
use crate::store::{accounts, alerts, audit};

/// Events looked at in one turn: few enough that it soon gives way.
const TURN: i64 = 200;
/// For how many days others' days are compared with.
const COMPARED_DAYS: i32 = 28;
/// Accesses this near to one another are judged at once, in microseconds.
const MOMENT: i64 = 60 * SECOND;
/// Children of whom facts are kept from turn to turn, some 300 bytes each.
const MOST_FACTS: usize = 30_000;

/// Looks at the next events; what is found is still to be written.
pub(super) fn look(
    conn: &mut AnyConnection,
    memory: &mut Memory,
    glance: Glance,
    now: Instant,
) -> Result<Turn, Failure> {
    let rules: Vec<Rule> = RULES.into_iter().filter(|rule| (rule.grace > 0) == (glance == Glance::Back)).collect();
    let grace = rules.iter().map(|rule| rule.grace).max().unwrap_or(0);
    let from = watching::get_place(conn, glance)?;
    let mut events = audit::list_from(conn, from, TURN)?;
    let read = events.len();
    // What is not a grace old yet is left for later.
    let ripe = events.iter().take_while(|event| Instant::from(event.at) <= now.plus(-grace)).count();
    if grace > 0 {
        events.truncate(ripe);
    }
    let to = events.last().map_or(from, |last| last.index.saturating_add(1));
    let done = events.len() < read || i64::try_from(read).is_ok_and(|read| read < TURN);
    let mut turn =
        Turn { moved: Moved { glance, from, to }, findings: Findings::default(), counted: BTreeMap::new(), done };
    if events.is_empty() {
        return Ok(turn);
    }
    memory.window(glance).reach(conn, from)?;
    let mut accesses: BTreeMap<Uuid, Vec<Access>> = BTreeMap::new();
    for event in &events {
        turn.findings.closings.extend(closing(event).filter(|_| glance == Glance::New));
        let Some((account, access)) = memory.window(glance).take(event) else { continue };
        if glance == Glance::New {
            turn.findings.questions.extend(question(event, account, now));
            let counted = turn.counted.entry(counted(account, &access)).or_default();
            *counted = counted.saturating_add(1);
        }
        accesses.entry(account).or_default().push(access);
    }
    memory.window(glance).forget();
    let mut bench = Bench { facts: take(&mut memory.facts), people: BTreeMap::new(), grace };
    bench.learn(conn, accesses.values().flatten())?;
    for (account, accesses) in accesses {
        let Some(account) = accounts::find(conn, AccountId(account))? else { continue };
        if account.role == Role::System {
            turn.findings.questions.retain(|asked| asked.account != account.id.0);
        }
        let earlier = memory.window(glance).of(account.id.0);
        let noticed = bench.judge(conn, &account, &rules, (earlier, &accesses), (&memory.counts, &turn.counted))?;
        for noticed in noticed {
            // What is raised already, and has hardly grown, is no news.
            if alerts::is_news(conn, account.id.0, &noticed)? {
                turn.findings.noticed.push((noticed, account.clone()));
            }
        }
    }
    memory.facts = if bench.facts.len() > MOST_FACTS { BTreeMap::new() } else { bench.facts };
    Ok(turn)
}

fn counted(account: Uuid, access: &Access) -> Counted {
    Counted { account, day: day_number(access.at.day()), reason: access.reason.clone().unwrap_or_default() }
}

fn closing(event: &RecordedEvent) -> Option<Closing> {
    let done = [Outcome::Changed, Outcome::Done, Outcome::Disclosed].iter().any(|it| it.code() == event.outcome);
    let payload = event.payload.as_ref().filter(|_| done && event.action == AuditAction::OverrideClosed.code())?;
    Some(Closing { index: event.index, at: event.at.into(), by: payload.account?, cases: cases(payload).collect() })
}

/// One access of some is asked about: which, follows from the salted hash and can be foreseen by nobody.
fn question(event: &RecordedEvent, account: Uuid, now: Instant) -> Option<Asked> {
    let opened = [AuditAction::ChildRead, AuditAction::ChildContacts, AuditAction::OverrideViewed];
    let opens = opened.iter().any(|action| action.code() == event.action) && event.children_disclosed > 0;
    let lot = event.leaf_hash.as_bytes().iter().take(4).fold(0_u64, |lot, byte| (lot << 8) | u64::from(*byte));
    (opens && lot.is_multiple_of(SAMPLED)).then(|| Asked {
        id: Uuid::now_v7(),
        account,
        event: event.index,
        asked_at: now,
        due_at: now.plus(TO_ANSWER),
        answer: None,
        answered_at: None,
    })
}

/// What is known for a turn, of many accounts at once; facts about children for a round.
struct Bench {
    facts: BTreeMap<Pseudonym, ChildFacts>,
    people: BTreeMap<OrganisationId, Vec<(AccountId, String)>>,
    grace: i64,
}

/// Counts that are kept in memory, and those of this turn.
type Stated<'a> = (&'a Counts, &'a BTreeMap<Counted, i64>);

impl Bench {
    /// What the rules make of an account: of all its accesses of the day, because of the newest of them.
    fn judge(
        &mut self,
        conn: &mut AnyConnection,
        account: &Account,
        rules: &[Rule],
        (accesses, newest): (Vec<Access>, &[Access]),
        stated: Stated<'_>,
    ) -> Result<Vec<Noticed>, Failure> {
        let watched = self.watched(conn, account)?;
        let now = newest.last().map_or(Instant(0), |access| access.at);
        let children = self.known(newest, &watched);
        let mut scene = Scene { watched, accesses, children, stated: BTreeMap::new(), now };
        let moved = |rule: &&Rule| newest.iter().any(|access| scene.may_be_moved(rule, access));
        let rules: Vec<&Rule> = rules.iter().filter(moved).collect();
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        let moved = |kind: RuleKind| rules.iter().any(|rule| rule.kind == kind);
        if moved(RuleKind::Volume) {
            let month_ago = day_number(now.day()).saturating_sub(COMPARED_DAYS);
            scene.watched.peers = watching::median_of_peers(conn, account, month_ago)?;
        }
        if moved(RuleKind::ConstantReason) {
            scene.stated = stated_of(conn, account.id.0, now, stated)?;
        }
        self.learn(conn, scene.accesses.iter())?;
        scene.children = self.known(&scene.accesses, &scene.watched);
        let mut all: BTreeMap<(RuleKind, String), Noticed> = BTreeMap::new();
        for moment in moments(newest) {
            scene.now = moment.plus(self.grace);
            for noticed in rules.iter().flat_map(|rule| scene.judge(rule)) {
                // Of one occasion the most that was measured.
                let key = (noticed.kind, noticed.occasion.clone());
                if all.get(&key).is_none_or(|earlier| earlier.measure < noticed.measure) {
                    all.insert(key, noticed);
                }
            }
        }
        Ok(all.into_values().collect())
    }

    fn watched(&mut self, conn: &mut AnyConnection, account: &Account) -> Result<Watched, Failure> {
        let machine = account.role == Role::System;
        if let Entry::Vacant(unknown) = self.people.entry(account.organisation) {
            unknown.insert(watching::list_people(conn, account.organisation)?);
        }
        let people = self.people.get(&account.organisation).map(Vec::as_slice).unwrap_or_default();
        let others = people.iter().filter(|(id, name)| *id != account.id && !name.is_empty());
        Ok(Watched {
            organisation: account.organisation.0,
            area: account.area.clone(),
            name: fold(&account.name),
            surname: if machine { String::new() } else { surname_of(&account.name) },
            colleagues: others.map(|(_, name)| name.clone()).collect(),
            peers: None,
            machine,
        })
    }

    /// Reads what is not known yet of the children that were opened.
    fn learn<'a>(
        &mut self,
        conn: &mut AnyConnection,
        accesses: impl Iterator<Item = &'a Access>,
    ) -> Result<(), Failure> {
        let opened = accesses.filter(|access| access.opens()).flat_map(|access| access.children.iter().copied());
        let unknown: BTreeSet<Pseudonym> = opened.filter(|child| !self.facts.contains_key(child)).collect();
        self.facts.extend(watching::list_facts(conn, &unknown)?);
        Ok(())
    }

    fn known(&self, accesses: &[Access], watched: &Watched) -> BTreeMap<Pseudonym, Known> {
        let children = accesses.iter().filter(|access| access.opens()).flat_map(|access| &access.children);
        children.filter_map(|child| Some((*child, self.facts.get(child)?.to(watched)))).collect()
    }
}

fn stated_of(
    conn: &mut AnyConnection,
    account: Uuid,
    now: Instant,
    (kept, new): Stated<'_>,
) -> Result<BTreeMap<String, i64>, Failure> {
    let from = day_number(now.plus(-rule_of(RuleKind::ConstantReason).window).day());
    let mut stated = watching::list_stated(conn, account, from)?;
    kept.add_to(account, from, &mut stated);
    for (counted, more) in new.iter().filter(|(counted, _)| counted.account == account) {
        let count = stated.entry(counted.reason.clone()).or_default();
        *count = count.saturating_add(*more);
    }
    Ok(stated)
}

/// When to judge: at the last access of each moment, so that what is looked at late is judged as it would have been.
fn moments(accesses: &[Access]) -> Vec<Instant> {
    let mut last: BTreeMap<i64, Instant> = BTreeMap::new();
    for access in accesses {
        let moment = last.entry(access.at.0.div_euclid(MOMENT)).or_default();
        *moment = (*moment).max(access.at);
    }
    last.into_values().collect()
}
