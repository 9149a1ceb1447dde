//! An involvement in the bulk format: a service, the organisation that gives it, and who in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fields::{day, optional_day, optional_trimmed, trimmed};
use super::organisations::BulkRoute;
use crate::domain::involvements::{ConsentGiver, ConsentJudged, GroundKind, LeadKind};
use crate::domain::services::Service;

/// A service working with the child between two dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkInvolvement {
    /// The service given.
    pub service: Service,
    /// The code of the organisation that gives it.
    #[serde(deserialize_with = "trimmed")]
    pub organisation: String,
    /// The code of the team within it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_trimmed")]
    pub team: Option<String>,
    /// The practitioner; universal services are often without a named person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<BulkPractitioner>,
    /// The first day.
    #[serde(with = "day")]
    pub started_on: NaiveDate,
    /// The last day, once ended.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub ended_on: Option<NaiveDate>,
    /// The day on which somebody last said that the entry is right.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub last_confirmed_on: Option<NaiveDate>,
    /// Marks the lead professional of a kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_professional: Option<LeadKind>,
    /// The ground of a sensitive involvement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<BulkGround>,
}

/// A named practitioner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkPractitioner {
    /// Their name.
    #[serde(deserialize_with = "trimmed")]
    pub name: String,
    /// Their job title.
    #[serde(deserialize_with = "trimmed")]
    pub job_title: String,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<BulkRoute>,
}

/// The ground on which a sensitive involvement may be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkGround {
    /// Consent or significant harm.
    pub kind: GroundKind,
    /// Who consented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<ConsentGiver>,
    /// How it was judged that they may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<ConsentJudged>,
    /// The day of the consent or of the judgement.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub on: Option<NaiveDate>,
    /// The last day on which a consent counts.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub until: Option<NaiveDate>,
}
