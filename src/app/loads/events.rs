//! What the audit log is told of a chunk: every child of it by pseudonym, never a value of any line.

use std::ops::RangeInclusive;

use super::LoadOptions;
use super::chunks::{Chunk, Placed};
use super::directory::Upserted;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::{ChildShown, Criteria, TargetKind};
use crate::domain::instants::Instant;
use crate::domain::policy::POLICY_VERSION;

/// The most children one event names: some 70 bytes each, far below what a payload may hold.
const MOST_CHILDREN: usize = 4_000;

/// The events of a chunk. Children who hide something or receive a sensitive service stand in events of their own, so
/// that the others' stay open to every auditor.
pub(super) fn all(chunk: &Chunk<'_>, new: &[Placed<'_>], lines: RangeInclusive<u64>) -> Vec<Event> {
    let teller = Teller { options: chunk.options, now: chunk.now, lines: Some(lines) };
    let mut events: Vec<Event> = chunk.upserted.iter().map(|upserted| teller.directory(upserted)).collect();
    let told = |wanted: fn(&Placed<'_>, &ChildShown) -> bool| {
        new.iter()
            .map(|placed| (placed, placed.told()))
            .filter(move |(placed, told)| wanted(placed, told))
            .map(|(_, told)| told)
    };
    let load = AuditAction::ChildLoad;
    events.extend(teller.children(load, Outcome::Changed, told(|placed, told| !placed.is_held() && !told.protected)));
    events.extend(teller.children(load, Outcome::Changed, told(|placed, told| !placed.is_held() && told.protected)));
    events.extend(teller.children(load, Outcome::Held, told(|placed, _| placed.is_held())));
    events.extend(teller.children(AuditAction::ChildShield, Outcome::Changed, chunk.shielded.iter().cloned()));
    events
}

/// The events of children shielded while a load is settled.
pub(super) fn shielded(options: &LoadOptions, now: Instant, children: Vec<ChildShown>) -> Vec<Event> {
    let teller = Teller { options, now, lines: None };
    teller.children(AuditAction::ChildShield, Outcome::Changed, children.into_iter())
}

struct Teller<'t> {
    options: &'t LoadOptions,
    now: Instant,
    /// The lines that it is about, where it is about lines.
    lines: Option<RangeInclusive<u64>>,
}

impl Teller<'_> {
    fn event(&self, action: AuditAction, outcome: Outcome) -> Event {
        let mut caller = Caller::of("load");
        caller.operator = Some(self.options.operator.clone());
        let event = Event::new(action, outcome, self.now.to_utc())
            .by(caller)
            .on(TargetKind::Feed, &self.options.feed)
            .under_policy(POLICY_VERSION);
        match &self.lines {
            Some(lines) => {
                event.asking(Criteria::new().with("first_line", *lines.start()).with("last_line", *lines.end()))
            }
            None => event,
        }
    }

    fn children(
        &self,
        action: AuditAction,
        outcome: Outcome,
        children: impl Iterator<Item = ChildShown>,
    ) -> Vec<Event> {
        let children: Vec<ChildShown> = children.collect();
        let event = |children: &[ChildShown]| self.event(action, outcome).about_all(children.iter().cloned());
        children.chunks(MOST_CHILDREN).map(event).collect()
    }

    fn directory(&self, upserted: &Upserted) -> Event {
        let event = self.event(upserted.action, Outcome::Changed).on(TargetKind::Organisation, upserted.organisation);
        upserted.teams.iter().fold(event, |event, team| event.on(TargetKind::Team, team))
    }
}
