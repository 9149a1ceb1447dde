//! What is known of a job before it is done, so that the jobs of a batch can share what they read.

use chrono::NaiveDate;

use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::visits::Identity;

/// What a job that reads will ask for, as far as it is known beforehand: on PostgreSQL the jobs of a batch then share
/// the statements that read it.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Whose accounts.
    pub identities: Vec<Identity>,
    /// Which child.
    pub child: Option<IndexNumber>,
    /// Whom a search may show, nobody perhaps; none where nothing is searched for.
    pub candidates: Option<Vec<i64>>,
    /// When; none where nothing is counted.
    pub moment: Option<Moment>,
}

/// When a job was given, as far as budgets go.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The day in London.
    pub day: NaiveDate,
    /// The day by which children are counted.
    pub day_number: i32,
    /// When the windows of budgets began.
    pub windows: [Instant; 2],
}
