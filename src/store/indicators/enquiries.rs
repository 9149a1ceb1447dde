//! What became of enquiries: counted by the links of their chains.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::counting::{Places, Span};
use crate::domain::assessments::AssessmentOutcome;
use crate::domain::enquiries::{EnquiryOutcome, one_working_day_after};
use crate::domain::indicators::{ASSESSED_WITHIN_DAYS, Indicator, Tallies};
use crate::domain::instants::{DAY, Instant};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::{assessment, enquiry, enquiry_step};

/// An enquiry: its id, the child, whether it was known, and when it was recorded.
type Row = (String, Option<i64>, bool, i64);

/// The links of a chain: what was decided, and when.
type Chain<'a> = Vec<(&'a str, i64)>;

/// Counts the enquiries of a period; those of the year before tell who was referred again.
pub(super) fn count(
    conn: &mut AnyConnection,
    span: &Span<'_>,
    places: &Places,
    tallies: &mut Tallies,
) -> StoreResult<()> {
    let year_before = span.from.plus(-365 * DAY);
    let rows: Vec<Row> = on_each!(conn, |c| enquiry::table
        .filter(enquiry::area.eq(span.area))
        .filter(enquiry::recorded_at.ge(year_before.0))
        .filter(enquiry::recorded_at.lt(span.to.0))
        .order(enquiry::recorded_at)
        .select((enquiry::id, enquiry::child_id, enquiry::known, enquiry::recorded_at))
        .load(c))?;
    let steps: Vec<(String, String, i64)> = on_each!(conn, |c| enquiry_step::table
        .inner_join(enquiry::table.on(enquiry::id.eq(enquiry_step::enquiry_id)))
        .filter(enquiry::area.eq(span.area))
        .filter(enquiry::recorded_at.ge(year_before.0))
        .filter(enquiry_step::at.lt(span.to.0))
        .order((enquiry_step::enquiry_id, enquiry_step::position))
        .select((enquiry_step::enquiry_id, enquiry_step::outcome, enquiry_step::at))
        .load(c))?;
    let mut chains: HashMap<&str, Chain<'_>> = HashMap::new();
    for (id, outcome, at) in &steps {
        chains.entry(id).or_default().push((outcome, *at));
    }
    let assessed = list_assessed(conn, span)?;
    let mut referred: HashMap<i64, i64> = HashMap::new();
    for row in &rows {
        let chain = chains.get(row.0.as_str()).map(Vec::as_slice).unwrap_or_default();
        let is_referral = decided(chain, EnquiryOutcome::Allocated).is_some();
        let before = row.1.and_then(|child| if is_referral { referred.insert(child, row.3) } else { None });
        if row.3 >= span.from.0 {
            count_one(span, row, chain, before, &assessed, (places, tallies));
        }
    }
    Ok(())
}

/// When a chain first came to an outcome.
fn decided(chain: &[(&str, i64)], outcome: EnquiryOutcome) -> Option<Instant> {
    chain.iter().find(|(each, _)| *each == outcome.code()).map(|(_, at)| Instant(*at))
}

fn count_one(
    span: &Span<'_>,
    (_, child, known, recorded_at): &Row,
    chain: &[(&str, i64)],
    referred_before: Option<i64>,
    assessed: &HashMap<i64, Vec<NaiveDate>>,
    (places, tallies): (&Places, &mut Tallies),
) {
    let place = places.about(*child);
    let recorded_at = Instant(*recorded_at);
    tallies.add(Indicator::Enquiries, place);
    let first = chain.first().map_or(span.to.0, |(_, at)| *at);
    let is_referral = decided(chain, EnquiryOutcome::Allocated).is_some();
    let accepted = decided(chain, EnquiryOutcome::Accepted);
    let again = referred_before.is_some_and(|before| recorded_at.0.saturating_sub(before) <= 365 * DAY);
    let was_assessed = child.and_then(|child| assessed.get(&child)).is_some_and(|all| follows(all, recorded_at.day()));
    let facts = [
        (Indicator::AlreadyKnown, *known),
        (Indicator::Referrals, is_referral),
        (Indicator::Assessed, is_referral && was_assessed),
        (Indicator::Accepted, accepted.is_some()),
        (Indicator::ReReferrals, again),
        (Indicator::LateDecisions, first > one_working_day_after(recorded_at).0),
    ];
    facts.into_iter().filter(|(_, holds)| *holds).for_each(|(indicator, _)| tallies.add(indicator, place));
    if let Some(accepted) = accepted {
        let days = accepted.day().signed_duration_since(recorded_at.day()).num_days();
        tallies.add_days(Indicator::DaysToAcceptance, place, u32::try_from(days).unwrap_or_default());
    }
}

/// Whether an assessment started soon enough after a day.
fn follows(started: &[NaiveDate], day: NaiveDate) -> bool {
    let until = day.checked_add_days(Days::new(ASSESSED_WITHIN_DAYS)).unwrap_or(day);
    started.iter().any(|started| (day..=until).contains(started))
}

/// When assessments of the children of the period's enquiries started.
fn list_assessed(conn: &mut AnyConnection, span: &Span<'_>) -> StoreResult<HashMap<i64, Vec<NaiveDate>>> {
    let rows: Vec<(i64, NaiveDate)> = on_each!(conn, |c| assessment::table
        .inner_join(enquiry::table.on(enquiry::child_id.eq(assessment::child_id.nullable())))
        .filter(enquiry::area.eq(span.area))
        .filter(enquiry::recorded_at.ge(span.from.0))
        .filter(enquiry::recorded_at.lt(span.to.0))
        .filter(assessment::started_on.ge(span.first))
        // Of one whose consent was withdrawn nobody is told.
        .filter(assessment::outcome.is_null().or(assessment::outcome.ne(AssessmentOutcome::ConsentWithdrawn.code())))
        .select((assessment::child_id, assessment::started_on))
        .distinct()
        .load(c))?;
    let mut started: HashMap<i64, Vec<NaiveDate>> = HashMap::new();
    for (child, on) in rows {
        started.entry(child).or_default().push(on);
    }
    Ok(started)
}
