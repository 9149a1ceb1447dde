//! Key indicators of an area: frozen when first asked for after their period, and published from what was frozen alone.

use std::collections::BTreeMap;

use super::index::Answer;
use super::{Failure, Index, Session};
use crate::domain::accounts::{Capability, Role};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::indicators::{Cell, Direction, HalfYear, ImportedIndicator, Published, progress};
use crate::domain::instants::Instant;
use crate::domain::policy::{Actor, Conflict, Forbidden, Refusal};
use crate::domain::visits::Visit;
use crate::store::{indicators, organisations};

/// One indicator of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its code.
    pub code: &'static str,
    /// What is counted; none of one from outside, whose source defines it.
    pub definition: Option<&'static str>,
    /// The version of the definition.
    pub version: u16,
    /// Where it comes from: the index, or a source outside.
    pub source: String,
    /// Which way it should move.
    pub direction: Direction,
    /// The cells by locality.
    pub published: Published,
    /// The figure of the whole area in the period before, where that was published.
    pub before: Option<Cell>,
    /// How the figure of the whole area moved since.
    pub change: &'static str,
}

/// The indicators of an area for a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The area.
    pub area: String,
    /// The period.
    pub period: HalfYear,
    /// Who answers for the figures: the area's management team.
    pub owner: Option<String>,
    /// When it was frozen.
    pub frozen_at: Instant,
    /// The indicators: the index's own, then those from outside.
    pub lines: Vec<Line>,
}

/// Reads the indicators of a period that has ended.
///
/// # Errors
/// [`Failure`] where nothing could be read, frozen or recorded.
pub async fn read_indicators(
    index: &Index,
    visit: Visit,
    area: Option<String>,
    period: HalfYear,
) -> Result<Answer<Report>, Failure> {
    index.change(visit, move |session| read(session, area, period)).await
}

/// Takes over an indicator from outside, in place of what was taken over of it for the period before.
///
/// # Errors
/// As [`read_indicators`].
pub async fn import_indicator(
    index: &Index,
    visit: Visit,
    area: Option<String>,
    period: HalfYear,
    imported: ImportedIndicator,
) -> Result<Answer<ImportedIndicator>, Failure> {
    index.change(visit, move |session| import(session, area, period, imported)).await
}

fn read(session: &mut Session<'_>, area: Option<String>, period: HalfYear) -> Result<Sealed<Report>, Failure> {
    let coordinates = session.actor.role == Role::Practitioner && session.actor.can(Capability::Coordinator);
    let area = match decide(&session.actor, area, coordinates) {
        Ok(area) => area,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if session.day < period.day_after() {
        return Ok(session.refuse(Refusal::Conflict(Conflict::PeriodOpen)));
    }
    let frozen_at = match indicators::find_frozen(session.conn, &area, period)? {
        Some(at) => at,
        None => {
            let counts = indicators::count(session.conn, &area, period, &session.settings.freshness)?;
            let published = counts.iter().map(|(indicator, counts)| (*indicator, Published::of(counts))).collect();
            indicators::freeze(session.conn, &area, period, &published, session.now)?;
            session.now
        }
    };
    let lines = lines(session, &area, period)?;
    let owner = organisations::management_desk(session.conn, &area)?.map(|desk| desk.name);
    let asked = Criteria::new().with("area", area.clone()).with("period", period.to_string());
    let event = session.event(session.visit.action, Outcome::Disclosed).asking(asked);
    Ok(Disclosure::with(event, Report { area, period, owner, frozen_at, lines }))
}

fn lines(session: &mut Session<'_>, area: &str, period: HalfYear) -> Result<Vec<Line>, Failure> {
    let published = indicators::list_published(session.conn, area, period)?;
    let before = indicators::list_published(session.conn, area, period.before())?;
    let own = published.into_iter().map(|(indicator, published)| {
        let definition = indicator.definition();
        let before = before.get(&indicator).map(Published::total);
        Line {
            code: indicator.code(),
            definition: Some(definition.text),
            version: definition.version,
            source: "index".to_owned(),
            direction: definition.direction,
            change: progress(before, published.total(), definition.direction),
            before,
            published,
        }
    });
    let mut lines: Vec<Line> = own.collect();
    let earlier: BTreeMap<_, _> = indicators::list_imported(session.conn, area, period.before())?
        .into_iter()
        .map(|each| (each.indicator, each.published.total()))
        .collect();
    for each in indicators::list_imported(session.conn, area, period)? {
        let before = earlier.get(&each.indicator).copied();
        let direction = each.indicator.direction();
        lines.push(Line {
            code: each.indicator.code(),
            definition: None,
            version: 1,
            source: each.source,
            direction,
            change: progress(before, each.published.total(), direction),
            before,
            published: each.published,
        });
    }
    Ok(lines)
}

fn import(
    session: &mut Session<'_>,
    area: Option<String>,
    period: HalfYear,
    imported: ImportedIndicator,
) -> Result<Sealed<ImportedIndicator>, Failure> {
    let area = match decide(&session.actor, area, false) {
        Ok(area) => area,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    indicators::replace_imported(session.conn, &area, period, &imported, session.now)?;
    let asked = Criteria::new()
        .with("area", area)
        .with("period", period.to_string())
        .with("indicator", imported.indicator.code())
        .with("source", imported.source.clone());
    let event = session.event(session.visit.action, Outcome::Changed).asking(asked);
    Ok(Disclosure::with(event.on(TargetKind::Feed, imported.indicator.code()), imported))
}

/// The area somebody may ask about: managers and, where they `coordinate`, co-ordinators their own, administrators any.
fn decide(actor: &Actor, asked: Option<String>, coordinates: bool) -> Result<String, Refusal> {
    let area = asked.unwrap_or_else(|| actor.area.clone());
    match actor.role {
        _ if actor.through.is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Administrator => Ok(area),
        Role::Manager if area == actor.area => Ok(area),
        Role::Practitioner if coordinates && area == actor.area => Ok(area),
        Role::Manager => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Practitioner if coordinates => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Practitioner | Role::Auditor | Role::System => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}
