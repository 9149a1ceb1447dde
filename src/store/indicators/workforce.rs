//! Who works in an area's agencies, and how they are trained: by sector, since a sector is of many organisations.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::counting::Span;
use crate::domain::accounts::{AccountStatus, Role, TrainingKind};
use crate::domain::indicators::{Indicator, Tallies};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreResult;
use crate::store::schema::account;

/// Counts the accounts of people in use on the last day of a period.
pub(super) fn count(conn: &mut AnyConnection, span: &Span<'_>, tallies: &mut Tallies) -> StoreResult<()> {
    type Row = (String, Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>);
    let rows: Vec<Row> = on_each!(conn, |c| account::table
        .filter(account::area.eq(span.area))
        .filter(account::status.eq(AccountStatus::Active.code()))
        .filter(account::role.ne(Role::System.code()))
        .filter(account::created_at.lt(span.to.0))
        .select((
            account::sector,
            account::trained_until,
            account::information_sharing_trained_until,
            account::lead_professional_trained_until
        ))
        .load(c))?;
    for (sector, index_use, sharing, lead) in rows {
        tallies.add(Indicator::Workforce, &sector);
        let trained = [
            (TrainingKind::IndexUse, index_use),
            (TrainingKind::InformationSharing, sharing),
            (TrainingKind::LeadProfessional, lead),
        ];
        for (kind, _) in trained.into_iter().filter(|(_, until)| until.is_some_and(|until| until >= span.last)) {
            tallies.add(Indicator::of_training(kind), &sector);
        }
    }
    Ok(())
}
