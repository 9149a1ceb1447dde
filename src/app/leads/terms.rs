//! Keeping who led from when to when: whatever changes an entry says here what became of its lead.

use crate::app::{Failure, Session};
use crate::domain::involvements::Involvement;
use crate::domain::leads::{LeadEnd, LeadTerm, PastLead, ended_by, leading};
use crate::domain::policy::{Action, Permit};
use crate::store::leads;

/// Keeps what a change of an entry did to its lead. An entry that leads nothing costs nothing.
pub(in crate::app) fn follow<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    before: &Involvement,
    after: &Involvement,
) -> Result<(), Failure> {
    if let Some(ended_as) = ended_by(before, after) {
        end(session, permit, before, ended_as)?;
    }
    if leading(before) == leading(after) { Ok(()) } else { begin(session, permit, after) }
}

/// Keeps that an entry leads from now on, where it does.
pub(in crate::app) fn begin<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    entry: &Involvement,
) -> Result<(), Failure> {
    let Some((kind, practitioner)) = leading(entry) else { return Ok(()) };
    let term = LeadTerm { kind, involvement: entry.number, practitioner, since: session.now, cover: None };
    Ok(leads::replace_term(session.conn, permit, &term)?)
}

/// Keeps that an entry, given as it was, leads no more.
pub(in crate::app) fn end<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    entry: &Involvement,
    ended_as: LeadEnd,
) -> Result<(), Failure> {
    let Some(kind) = entry.lead else { return Ok(()) };
    let terms = leads::list_terms(session.conn, permit)?;
    let past = PastLead {
        kind,
        involvement: entry.number,
        team: entry.team,
        practitioner: entry.practitioner,
        since: since(&terms, entry),
        until: session.now,
        ended_as,
    };
    leads::delete_term(session.conn, permit, kind)?;
    Ok(leads::insert_past(session.conn, permit, &past)?)
}

/// Since when an entry leads: what a feed brought leads since it was entered.
pub(super) fn since(terms: &[LeadTerm], entry: &Involvement) -> crate::domain::instants::Instant {
    terms.iter().find(|term| term.is_of(entry)).map_or(entry.created_at, |term| term.since)
}
