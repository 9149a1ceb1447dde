//! Key indicators of an area: frozen when first asked for after their period, and published from what was frozen alone.

use std::collections::BTreeMap;

use super::index::Answer;
use super::{Failure, Index, Session, audits};
use crate::domain::accounts::{Capability, Role};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::indicators::{
    Breakdown, Direction, Figure, HalfYear, ImportedIndicator, Indicator, Making, Progress, Published, Unit,
};
use crate::domain::instants::Instant;
use crate::domain::policy::{Actor, Conflict, Forbidden, Refusal};
use crate::domain::visits::Visit;
use crate::store::indicators::{self, Frozen};
use crate::store::organisations;

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
    /// What its figures count.
    pub unit: Unit,
    /// How finely they are kept.
    pub kept_by: Breakdown,
    /// Which way it should move.
    pub direction: Direction,
    /// The figures by place.
    pub published: Published,
    /// The figure of the whole area in the period before; none where it was not kept then, or meant something else.
    pub before: Option<Figure>,
    /// How the figure of the whole area moved since.
    pub change: Progress,
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

/// Reads the indicators of a period that has ended. Whoever asks first has it counted, on a connection beside the
/// recorder's, and frozen.
///
/// # Errors
/// [`Failure`] where nothing could be read, frozen or recorded; [`Failure::Busy`] also where the look-up tables of the log
/// lag far behind, or the period ended between counting and freezing.
pub async fn read_indicators(
    index: &Index,
    visit: Visit,
    area: Option<String>,
    period: HalfYear,
) -> Result<Answer<Report>, Failure> {
    let asked = area.clone();
    let due = index.survey(visit.clone(), move |session| find_due(session, asked, period)).await?.flatten();
    let counted = match due {
        None => None,
        Some(area) => {
            audits::catch_up(index).await?;
            let counted = index.prepare(move |conn, settings| {
                let published = indicators::count(conn, &area, period, &settings.freshness)?;
                Ok(Counted { area, published })
            });
            Some(counted.await?)
        }
    };
    index.change(visit, move |session| read(session, area, period, counted)).await
}

/// What was counted of an area, as it is to be published.
struct Counted {
    area: String,
    published: BTreeMap<Indicator, Published>,
}

/// The area whose period is to be counted and frozen: one that the visitor may ask about, that has ended and that nobody
/// has asked about.
fn find_due(session: &mut Session<'_>, area: Option<String>, period: HalfYear) -> Result<Option<String>, Failure> {
    let Ok(area) = decide(&session.actor, area, coordinates(&session.actor)) else { return Ok(None) };
    if session.day < period.day_after() || indicators::find_frozen(session.conn, &area, period)?.is_some() {
        return Ok(None);
    }
    Ok(Some(area))
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

fn read(
    session: &mut Session<'_>,
    area: Option<String>,
    period: HalfYear,
    counted: Option<Counted>,
) -> Result<Sealed<Report>, Failure> {
    let area = match decide(&session.actor, area, coordinates(&session.actor)) {
        Ok(area) => area,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if session.day < period.day_after() {
        return Ok(session.refuse(Refusal::Conflict(Conflict::PeriodOpen)));
    }
    let frozen_at = match indicators::find_frozen(session.conn, &area, period)? {
        Some(at) => at,
        None => {
            // Not counted here: everybody else's look-ups would wait for it.
            let Some(counted) = counted.filter(|counted| counted.area == area) else { return Err(Failure::Busy) };
            indicators::freeze(session.conn, &area, period, &counted.published, session.now)?;
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
    let now = with_quotients(indicators::list_published(session.conn, area, period)?);
    let mut before = with_quotients(indicators::list_published(session.conn, area, period.before())?);
    let own = now.into_iter().map(|(indicator, Frozen { version, published })| {
        let direction = indicator.definition().direction;
        // Figures of another meaning are not compared.
        let earlier = before.remove(&indicator).filter(|earlier| earlier.version == version);
        let before = earlier.map(|earlier| earlier.published.whole);
        Line {
            code: indicator.code(),
            definition: indicator.text_of(version),
            version,
            source: "index".to_owned(),
            unit: indicator.unit(),
            kept_by: indicator.kept_by(),
            direction,
            change: Progress::between(before, published.whole, direction),
            before,
            published,
        }
    });
    let mut lines: Vec<Line> = own.collect();
    let earlier: BTreeMap<_, _> = indicators::list_imported(session.conn, area, period.before())?
        .into_iter()
        .map(|each| (each.indicator, each.published.whole))
        .collect();
    for each in indicators::list_imported(session.conn, area, period)? {
        let before = earlier.get(&each.indicator).copied();
        let direction = each.indicator.direction();
        lines.push(Line {
            code: each.indicator.code(),
            definition: None,
            version: 1,
            source: each.source,
            unit: Unit::Count,
            kept_by: Breakdown::Locality,
            direction,
            change: Progress::between(before, each.published.whole, direction),
            before,
            published: each.published,
        });
    }
    Ok(lines)
}

/// What was frozen, and the shares that are made of it: of published figures alone, and only where both were counted.
fn with_quotients(mut frozen: BTreeMap<Indicator, Frozen>) -> BTreeMap<Indicator, Frozen> {
    let shares = Indicator::ALL.iter().filter_map(|indicator| {
        let Making::Quotient { part, whole } = indicator.making() else { return None };
        let published = Published::quotient(&frozen.get(&part)?.published, &frozen.get(&whole)?.published);
        Some((*indicator, Frozen { version: indicator.definition().version, published }))
    });
    let shares: Vec<_> = shares.collect();
    frozen.extend(shares);
    frozen
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

/// Whether somebody co-ordinates early help in an area.
fn coordinates(actor: &Actor) -> bool {
    actor.role == Role::Practitioner && actor.can(Capability::Coordinator)
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
