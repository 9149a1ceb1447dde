//! What is sent about lead professionals: codes, numbers, days, and the name of whoever stands in.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::codes::{LeadDeclineReasonCode, LeadKindCode, LeadWorkListCode};
use crate::api::dates::Day;
use crate::api::involvements::PractitionerBody;
use crate::api::pages::{cursor, limit};
use crate::api::problems::Problem;
use crate::app::leads::{CoverChange, LeadStep, NewCover, NewLeadProposal};
use crate::domain::involvements::LeadKind;
use crate::domain::leads::{AfterChild, LeadDeclineReason, LeadWorkList};

/// The proposal in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LeadProposalPath {
    /// The proposal's number within the child. Numbers are random: gaps say nothing.
    #[param(minimum = 1, maximum = 999_999, example = 417_233)]
    pub number: i32,
}

/// Whom to ask to lead.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "early-help", "involvement": 417_233}))]
pub struct ProposeLeadBody {
    /// Of what they are to lead.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
    /// The number of the involvement whose practitioner is to lead: one that runs, names a person, and leads nothing.
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999)]
    involvement: i32,
}

/// Why whoever was asked does not lead.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "no-capacity"}))]
pub struct DeclineLeadBody {
    /// Why.
    #[schema(value_type = LeadDeclineReasonCode)]
    reason: LeadDeclineReason,
}

/// Who stands in for a lead professional, and when.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "early-help",
    "practitioner": {"name": "Samuel Adeyemi", "job_title": "Family support worker"},
    "from": "2026-12-21",
    "until": "2027-01-04",
}))]
pub struct CoverLeadBody {
    /// For the lead of what.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
    /// A colleague in the lead professional's organisation.
    #[validate(nested)]
    practitioner: PractitionerBody,
    /// The first day.
    #[schema(value_type = NaiveDate, example = "2026-12-21")]
    from: Day,
    /// The last day: not past, and at most a year ahead.
    #[schema(value_type = NaiveDate, example = "2027-01-04")]
    until: Day,
}

/// For the lead of what nobody stands in any more.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "early-help"}))]
pub struct EndLeadCoverBody {
    /// For the lead of what.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
}

/// Which children, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeadWorkQuery {
    /// `without-lead`, as where absent: children with two or more additional services and nobody who leads;
    /// `stale-contact`: whose lead professional has not said for long that the entry is right; `proposed`: about whom
    /// somebody was asked and has not answered; `lapsed-training`: whose lead professional's training as such has lapsed.
    #[param(value_type = Option<LeadWorkListCode>, inline, required = false, nullable = false)]
    list: Option<LeadWorkList>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 100))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl LeadWorkQuery {
    /// What is listed, from where, and how many.
    pub(super) fn place(&self) -> Result<(LeadWorkList, Option<AfterChild>, u16), Problem> {
        let list = self.list.unwrap_or(LeadWorkList::WithoutLead);
        Ok((list, cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

impl From<ProposeLeadBody> for NewLeadProposal {
    fn from(body: ProposeLeadBody) -> Self {
        let ProposeLeadBody { kind, involvement } = body;
        Self { kind, involvement }
    }
}

impl From<DeclineLeadBody> for LeadStep {
    fn from(body: DeclineLeadBody) -> Self {
        Self::Decline(body.reason)
    }
}

impl From<CoverLeadBody> for CoverChange {
    fn from(body: CoverLeadBody) -> Self {
        let CoverLeadBody { kind, practitioner, from, until } = body;
        Self::Set(NewCover { kind, practitioner: practitioner.into(), from: from.0, until: until.0 })
    }
}

impl From<EndLeadCoverBody> for CoverChange {
    fn from(body: EndLeadCoverBody) -> Self {
        Self::End(body.kind)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let asked = NewLeadProposal { kind: LeadKind::EarlyHelp, involvement: 417_233 };
        assert_eq!(NewLeadProposal::from(example::<ProposeLeadBody>()), asked);
        let declined = LeadStep::Decline(LeadDeclineReason::NoCapacity);
        assert_eq!(LeadStep::from(example::<DeclineLeadBody>()), declined);
        let CoverChange::Set(cover) = example::<CoverLeadBody>().into() else { panic!("a cover") };
        assert_eq!((cover.practitioner.name.as_str(), cover.from < cover.until), ("Samuel Adeyemi", true));
        assert_eq!(CoverChange::from(example::<EndLeadCoverBody>()), CoverChange::End(LeadKind::EarlyHelp));
    }

    fn pointer<T: DeserializeOwned + Validate>(body: &serde_json::Value) -> String {
        let problem = parse_body::<T>(body.to_string().as_bytes()).err().unwrap();
        problem.body().errors[0].pointer.clone().unwrap()
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_prose() {
        for (body, at) in [
            (json!({"kind": "early-help"}), "/involvement"),
            (json!({"kind": "youth", "involvement": 1}), "/kind"),
            (json!({"kind": "early-help", "involvement": 0}), "/involvement"),
            (json!({"kind": "early-help", "involvement": 1_000_000}), "/involvement"),
            (json!({"kind": "early-help", "involvement": 1, "note": "x"}), "/note"),
        ] {
            assert_eq!(pointer::<ProposeLeadBody>(&body), at, "{body}");
        }
        assert_eq!(pointer::<DeclineLeadBody>(&json!({"reason": "too busy"})), "/reason");
        let person = json!({"name": "Samuel Adeyemi", "job_title": "Worker"});
        for (body, at) in [
            (json!({"kind": "early-help", "practitioner": person, "from": "2026-12-21"}), "/until"),
            (
                json!({"kind": "early-help", "practitioner": {"name": "x"}, "from": "2026-12-21", "until": "2026-12-22"}),
                "/practitioner/job_title",
            ),
            (json!({"kind": "early-help", "practitioner": person, "from": "soon", "until": "2026-12-22"}), "/from"),
        ] {
            assert_eq!(pointer::<CoverLeadBody>(&body), at, "{body}");
        }
    }
}
