//! Who works with the children of an area, who leads, what is open, and who was handed on: sensitive entries count nowhere,
//! since what is told of them would tell of few.

use std::collections::HashSet;

use diesel::prelude::*;

use super::counting::{Places, Span};
use crate::domain::assessments::AssessmentOutcome;
use crate::domain::indicators::{Indicator, Tallies};
use crate::domain::instants::Instant;
use crate::domain::involvements::LeadKind;
use crate::domain::services::{Freshness, FreshnessLimits, Service};
use crate::domain::transfers::{TransferKind, TransferState};
use crate::store::compact::StoredDay;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::{assessment, child, involvement, transfer};
use crate::store::short_codes::ShortCode;

/// Children asked for in one statement.
const CHUNK: usize = 250;

/// Counts what ran on the last day of a period.
pub(super) fn count(
    conn: &mut AnyConnection,
    span: &Span<'_>,
    places: &Places,
    freshness: &FreshnessLimits,
    tallies: &mut Tallies,
) -> StoreResult<()> {
    type Row = (i64, String, Option<String>, i64, Option<String>);
    let rows: Vec<Row> = on_each!(conn, |c| involvement::table
        .inner_join(child::table.on(child::id.eq(involvement::child_id)))
        .filter(child::area.eq(span.area))
        .filter(involvement::started_on.le(StoredDay::from(span.last)))
        .filter(involvement::ended_on.is_null().or(involvement::ended_on.ge(StoredDay::from(span.last))))
        .filter(involvement::withdrawn_at.is_null())
        .select((
            involvement::child_id,
            involvement::service,
            involvement::lead,
            involvement::last_confirmed_at,
            involvement::ground
        ))
        .load(c))?;
    let (mut early_help, mut social) = (HashSet::new(), HashSet::new());
    let (mut led, mut protected) = (HashSet::new(), HashSet::new());
    for (child, service, lead, confirmed_at, ground) in rows {
        let Some(place) = places.of(child).filter(|_| ground.is_none()) else { continue };
        let trust = freshness.freshness(Instant(confirmed_at), span.to);
        if trust == Freshness::Stale {
            tallies.add(Indicator::StaleContacts, place);
        }
        tallies.add_to_share(Indicator::FreshContacts, place, trust == Freshness::Fresh);
        let is = |wanted: Service| service == wanted.short();
        if is(Service::EarlyHelp) || is(Service::FamilySupport) {
            early_help.insert(child);
        }
        if is(Service::ChildrensSocialCare) {
            social.insert(child);
        }
        match lead.as_deref() {
            Some(kind) if kind == LeadKind::ChildProtection.code() => protected.insert(child),
            Some(_) => led.insert(child),
            None => false,
        };
    }
    led.extend(&protected);
    let of = [
        (Indicator::WithoutLead, early_help.difference(&led).copied().collect::<Vec<_>>()),
        (Indicator::ChildProtection, protected.iter().copied().collect()),
        (Indicator::SectionSeventeen, social.difference(&protected).copied().collect()),
    ];
    for (indicator, children) in of {
        children.into_iter().for_each(|child| tallies.add(indicator, places.about(Some(child))));
    }
    count_assessments(conn, span, places, &led, tallies)
}

/// Counts the assessments open on the last day of a period about children who nobody led.
fn count_assessments(
    conn: &mut AnyConnection,
    span: &Span<'_>,
    places: &Places,
    led: &HashSet<i64>,
    tallies: &mut Tallies,
) -> StoreResult<()> {
    let open: Vec<i64> = on_each!(conn, |c| assessment::table
        .inner_join(child::table.on(child::id.eq(assessment::child_id)))
        .filter(child::area.eq(span.area))
        .filter(assessment::started_on.le(span.last))
        .filter(assessment::ended_on.is_null().or(assessment::ended_on.gt(span.last)))
        // Of one whose consent was withdrawn nobody is told.
        .filter(assessment::outcome.is_null().or(assessment::outcome.ne(AssessmentOutcome::ConsentWithdrawn.code())))
        .select(assessment::child_id)
        .load(c))?;
    for child in open.into_iter().filter(|child| !led.contains(child)) {
        if let Some(place) = places.of(child) {
            tallies.add(Indicator::AssessmentsWithoutLead, place);
        }
    }
    Ok(())
}

/// Counts the transfers up and down that were accepted in a period, at the desks of the area.
pub(super) fn count_transfers(
    conn: &mut AnyConnection,
    span: &Span<'_>,
    places: &Places,
    tallies: &mut Tallies,
) -> StoreResult<()> {
    type Row = (i64, String, i32, Option<i32>);
    let rows: Vec<Row> = on_each!(conn, |c| transfer::table
        .filter(transfer::area.eq(span.area))
        .filter(transfer::state.eq(TransferState::Accepted.code()))
        .filter(transfer::closed_at.ge(span.from.0))
        .filter(transfer::closed_at.lt(span.to.0))
        .select((transfer::child_id, transfer::kind, transfer::from_number, transfer::to_number))
        .load(c))?;
    let children: Vec<i64> = rows.iter().map(|(child, ..)| *child).collect::<HashSet<_>>().into_iter().collect();
    let mut sensitive: HashSet<(i64, i32)> = HashSet::new();
    for some in children.chunks(CHUNK) {
        let found: Vec<(i64, i32)> = on_each!(conn, |c| involvement::table
            .filter(involvement::child_id.eq_any(some))
            .filter(involvement::ground.is_not_null())
            .select((involvement::child_id, involvement::number))
            .load(c))?;
        sensitive.extend(found);
    }
    for (child, kind, from, to) in rows {
        if [Some(from), to].into_iter().flatten().any(|number| sensitive.contains(&(child, number))) {
            continue;
        }
        let indicator = match kind.as_str() {
            kind if kind == TransferKind::StepUp.code() => Indicator::StepUps,
            kind if kind == TransferKind::StepDown.code() => Indicator::StepDowns,
            _ => continue,
        };
        tallies.add(indicator, places.about(Some(child)));
    }
    Ok(())
}
