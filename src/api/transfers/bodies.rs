//! Transfers as they are sent: codes and ids. None of these has a place for why a child needs more help or less.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{
    ConsentGiverCode, DeclineReasonCode, ServiceCode, TransferBasisCode, TransferGapCode, TransferKindCode,
    TransferListCode, WithdrawReasonCode,
};
use crate::api::dates::Day;
use crate::api::involvements::PractitionerBody;
use crate::api::pages::{cursor, limit};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::app::transfers::{NewTransfer, TransferStep};
use crate::domain::enquiries::DeclineReason;
use crate::domain::ids::{AccessPointId, OrganisationId, TeamId, TransferId};
use crate::domain::involvements::ConsentGiver;
use crate::domain::services::Service;
use crate::domain::transfers::{
    Receiver, TransferBasis, TransferBasisKind, TransferGap, TransferKind, TransferList, WithdrawReason,
};

/// A transfer to propose, from an involvement of your own organisation.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "step-up",
    "involvement": 417_233,
    "to": {"service": "childrens-social-care", "organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab"},
    "basis": {"kind": "significant-harm"},
    "open_gaps": ["review-outstanding"],
}))]
pub struct ProposeTransferBody {
    /// `step-up` to a service for more need, `step-down` to one for less, `transfer` to one for as much.
    #[schema(value_type = TransferKindCode)]
    kind: TransferKind,
    /// The number of the involvement that ends when the receiver accepts.
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999, example = 417_233)]
    involvement: i32,
    /// Who is to receive the child.
    #[validate(nested)]
    to: ReceiverBody,
    /// The access point that it goes to when it is declined; the first front door of your organisation's area where
    /// absent.
    access_point: Option<Uuid>,
    /// On what it stands. Needed but between universal services.
    #[validate(nested)]
    basis: Option<TransferBasisBody>,
    /// What is open and goes with the child; `no-consent` and `nobody-accepted` follow by themselves.
    #[serde(default)]
    #[validate(length(max = 7))]
    #[schema(value_type = Vec<TransferGapCode>, max_items = 7)]
    open_gaps: Vec<TransferGap>,
}

/// Who is to receive a child: an organisation, by its desk, or a team of it.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "service": "childrens-social-care", "organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab",
}))]
pub struct ReceiverBody {
    /// What it is to do for the child.
    #[schema(value_type = ServiceCode)]
    service: Service,
    /// The organisation.
    organisation: Uuid,
    /// A team of it.
    team: Option<Uuid>,
}

/// On what a transfer stands.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "consent", "given_by": "parental-responsibility", "on": "2026-11-20"}))]
pub struct TransferBasisBody {
    /// Consent; for a step up or a transfer also suspected significant harm, which needs none; for a step down also that
    /// consent was refused, which ends your involvement and leaves a gap.
    #[schema(value_type = TransferBasisCode)]
    kind: TransferBasisKind,
    /// Who consented, needed with consent, or who refused.
    #[schema(value_type = Option<ConsentGiverCode>)]
    given_by: Option<ConsentGiver>,
    /// The day, not after today. Needed with consent and its refusal; before a step down consent is asked for again, so
    /// that the day is not before your involvement began.
    #[schema(value_type = Option<NaiveDate>)]
    on: Option<Day>,
}

/// Who takes a child on.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"practitioner": {"name": "Amira Hussain", "job_title": "Social worker"}}))]
pub struct AcceptTransferBody {
    /// The team of your organisation; the one that was asked where absent.
    team: Option<Uuid>,
    /// The practitioner.
    #[validate(nested)]
    practitioner: Option<PractitionerBody>,
}

/// Why a transfer is declined.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "no-capacity"}))]
pub struct DeclineTransferBody {
    /// Why.
    #[schema(value_type = DeclineReasonCode)]
    reason: DeclineReason,
}

/// Why a transfer is taken back.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "not-needed"}))]
pub struct WithdrawTransferBody {
    /// Why.
    #[schema(value_type = WithdrawReasonCode)]
    reason: WithdrawReason,
}

/// Whom a desk asks next.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab"}))]
pub struct PlaceTransferBody {
    /// The organisation.
    organisation: Uuid,
    /// A team of it.
    team: Option<Uuid>,
}

/// Which gap was closed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"gap": "review-outstanding"}))]
pub struct CloseTransferGapBody {
    /// The gap.
    #[schema(value_type = TransferGapCode)]
    gap: TransferGap,
}

/// Which transfers, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TransfersQuery {
    /// `waiting` for your organisation's answer (where absent), `escalated` to your desk or area, `unanswered` or
    /// `unaccepted` of those that your organisation proposed.
    #[param(value_type = Option<TransferListCode>, inline, required = false, nullable = false)]
    list: Option<TransferList>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TransfersQuery {
    /// What is listed, from where, and how many.
    pub(super) fn place(&self) -> Result<(TransferList, Option<TransferId>, u16), Problem> {
        let list = self.list.unwrap_or(TransferList::Waiting);
        Ok((list, cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

impl From<ReceiverBody> for Receiver {
    fn from(body: ReceiverBody) -> Self {
        Self { organisation: OrganisationId(body.organisation), team: body.team.map(TeamId), service: body.service }
    }
}

impl From<TransferBasisBody> for TransferBasis {
    fn from(body: TransferBasisBody) -> Self {
        Self { kind: body.kind, given_by: body.given_by, on: body.on.map(|day| day.0) }
    }
}

impl TryFrom<ProposeTransferBody> for NewTransfer {
    type Error = Problem;

    fn try_from(body: ProposeTransferBody) -> Result<Self, Problem> {
        if let Some(position) = body.open_gaps.iter().position(|gap| !gap.is_stated()) {
            let message = "follows from where the transfer stands; leave it out";
            let item = ProblemItem::at(format!("/open_gaps/{position}"), "contradiction", message);
            return Err(Problem::new(ProblemCode::InvalidBody).item(item));
        }
        Ok(Self {
            kind: body.kind,
            from: body.involvement,
            to: body.to.into(),
            access_point: body.access_point.map(AccessPointId),
            basis: body.basis.map(Into::into),
            gaps: body.open_gaps,
        })
    }
}

impl From<AcceptTransferBody> for TransferStep {
    fn from(body: AcceptTransferBody) -> Self {
        Self::Accept { team: body.team.map(TeamId), practitioner: body.practitioner.map(Into::into) }
    }
}

impl From<DeclineTransferBody> for TransferStep {
    fn from(body: DeclineTransferBody) -> Self {
        Self::Decline(body.reason)
    }
}

impl From<WithdrawTransferBody> for TransferStep {
    fn from(body: WithdrawTransferBody) -> Self {
        Self::Withdraw(body.reason)
    }
}

impl From<PlaceTransferBody> for TransferStep {
    fn from(body: PlaceTransferBody) -> Self {
        Self::Place { organisation: OrganisationId(body.organisation), team: body.team.map(TeamId) }
    }
}

impl From<CloseTransferGapBody> for TransferStep {
    fn from(body: CloseTransferGapBody) -> Self {
        Self::CloseGap(body.gap)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    const SOMEBODY: &str = "0191d3a0-5f5e-7cc0-8000-0123456789ab";

    fn propose(more: &Value) -> Result<NewTransfer, String> {
        let mut body = json!({"kind": "step-up", "involvement": 7,
                              "to": {"service": "childrens-social-care", "organisation": SOMEBODY}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let parsed = parse_body::<ProposeTransferBody>(body.to_string().as_bytes()).and_then(NewTransfer::try_from);
        parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_a_narrative() {
        for (more, pointer) in [
            (json!({"kind": "sideways"}), "/kind"),
            (json!({"involvement": 0}), "/involvement"),
            (json!({"involvement": 1_000_000}), "/involvement"),
            (json!({"to": {"service": "social work", "organisation": SOMEBODY}}), "/to/service"),
            (json!({"to": {"service": "school", "organisation": "the school"}}), "/to/organisation"),
            (json!({"to": {"service": "school", "organisation": SOMEBODY, "desk": 1}}), "/to/desk"),
            (json!({"basis": {"kind": "hearsay"}}), "/basis/kind"),
            (json!({"basis": {"kind": "consent", "on": "yesterday"}}), "/basis/on"),
            (json!({"open_gaps": ["prose"]}), "/open_gaps/0"),
            (json!({"open_gaps": ["review-outstanding", "no-consent"]}), "/open_gaps/1"),
            (json!({"notes": "prose"}), "/notes"),
        ] {
            assert_eq!(propose(&more).unwrap_err(), pointer, "{more}");
        }
        assert_eq!(propose(&json!({})).unwrap().gaps, []);
    }

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let new = NewTransfer::try_from(example::<ProposeTransferBody>()).unwrap();
        assert_eq!((new.kind, new.from), (TransferKind::StepUp, 417_233));
        assert_eq!(new.basis.map(|basis| basis.kind), Some(TransferBasisKind::SignificantHarm));
        assert_eq!(Receiver::from(example::<ReceiverBody>()), new.to);
        assert!(TransferBasis::from(example::<TransferBasisBody>()).ground().is_some());
        let accept = example::<AcceptTransferBody>().into();
        assert!(matches!(accept, TransferStep::Accept { team: None, practitioner: Some(_) }));
        let decline = TransferStep::Decline(DeclineReason::NoCapacity);
        assert_eq!(TransferStep::from(example::<DeclineTransferBody>()), decline);
        let withdraw = TransferStep::Withdraw(WithdrawReason::NotNeeded);
        assert_eq!(TransferStep::from(example::<WithdrawTransferBody>()), withdraw);
        let place = TransferStep::Place { organisation: new.to.organisation, team: None };
        assert_eq!(TransferStep::from(example::<PlaceTransferBody>()), place);
        let close = TransferStep::CloseGap(TransferGap::ReviewOutstanding);
        assert_eq!(TransferStep::from(example::<CloseTransferGapBody>()), close);
    }
}
