//! Being put in touch with a service that is withheld: asked, brokered and answered.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::answers;
use super::codes::code_schemas;
use super::contacts::BrokerView;
use super::extract::{ChildOf, ContactOf, HashedJson, IdempotencyKey, NoQuery, ValidJson};
use super::involvements::OrganisationNameView;
use super::parameters::{AccessHeaders, ChildPath, ContactPath, IdempotencyKeyHeader};
use super::problems::{Problem, ProblemBody, ProblemCode, ProblemItem};
use super::routes::RouteView;
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::brokered_contacts::{self as brokering, Asker, ShownContact};
use crate::app::replays;
use crate::domain::audit::actions::AuditAction;
use crate::domain::brokered_contacts::{
    ContactNeed, ContactOutcome, ContactPart, ContactState, ContactStep, DeclineReason,
};
use crate::domain::codes::codes;
use crate::domain::instants::Instant;

codes! {
    /// What is done to a request.
    pub enum StepKind {
        /// A manager takes it.
        Take => "take",
        /// Its manager forwards it.
        Forward => "forward",
        /// The service gets in touch.
        Accept => "accept",
        /// The service does not.
        Decline => "decline",
        /// Its manager closes it.
        Close => "close",
    }
}

code_schemas! {
    /// What a contact is wanted for. `urgent-safety` is due in two hours, by night too.
    ContactNeedCode => ContactNeed,
    /// How far a request has come; to who asked it is `asked` until it is `closed`.
    ContactStateCode => ContactState,
    /// Why a service does not get in touch; never told to who asked.
    DeclineReasonCode => DeclineReason,
    /// What came of a request.
    ContactOutcomeCode => ContactOutcome,
    /// What you are to a request.
    ContactPartCode => ContactPart,
    /// What is done to a request: `take`, `forward` and `close` by the management team, `accept` and `decline` by the
    /// service.
    StepKindCode => StepKind,
}

/// A request to be put in touch.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"need": "joint-work"}))]
pub struct RequestContactBody {
    /// What for.
    #[schema(value_type = ContactNeedCode)]
    need: ContactNeed,
}

/// What is done to a request.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "take"}))]
pub struct MoveContactBody {
    /// The step.
    #[schema(value_type = StepKindCode)]
    step: StepKind,
    /// To `forward`: the number of the involvement of the service.
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999)]
    involvement: Option<i32>,
    /// To `decline`: why.
    #[schema(value_type = Option<DeclineReasonCode>)]
    reason: Option<DeclineReason>,
    /// To `close`: what came of it.
    #[schema(value_type = Option<ContactOutcomeCode>)]
    outcome: Option<ContactOutcome>,
}

/// A request as you may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokeredContactView {
    /// Its id.
    id: Uuid,
    /// The child's index number, in lists over several children.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "7K3M-9XQ2-4HT8")]
    child_id: Option<String>,
    /// What you are to it.
    #[schema(value_type = ContactPartCode)]
    part: ContactPart,
    /// What for.
    #[schema(value_type = ContactNeedCode)]
    need: ContactNeed,
    /// How far it has come.
    #[schema(value_type = ContactStateCode)]
    state: ContactState,
    /// What came of it, once closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ContactOutcomeCode>, nullable = false)]
    outcome: Option<ContactOutcome>,
    /// When it was asked.
    asked_at: DateTime<Utc>,
    /// When it is overdue: telephone the desk then.
    due_at: DateTime<Utc>,
    /// Whether it is.
    overdue: bool,
    /// For the management team: whether you are the one who took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    yours: Option<bool>,
    /// For the management team and the service: who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asked_by: Option<AskerView>,
    /// For the manager who took it and the service: the involvement it was forwarded to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    involvement: Option<i32>,
    /// For the same: why the service declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DeclineReasonCode>, nullable = false)]
    decline_reason: Option<DeclineReason>,
    /// For who asked: the desk of your own area, which works it; its first route works now if any does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    broker: Option<BrokerView>,
}

/// Who asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskerView {
    /// Their name.
    #[schema(example = "Joanna Whitfield")]
    name: String,
    /// Their organisation.
    organisation: OrganisationNameView,
    /// How to reach it; the first works now if any does.
    routes: Vec<RouteView>,
}

/// Requests that you have to do with.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokeredContactsView {
    /// The requests: of one child the oldest first, over several the first due first.
    brokered_contacts: Vec<BrokeredContactView>,
}

impl BrokeredContactView {
    fn at(shown: ShownContact, at: Instant) -> Self {
        let ShownContact { contact, child, part, is_mine, overdue, asker, broker } = shown;
        Self {
            id: contact.id.0,
            child_id: child.map(|number| number.to_string()),
            part,
            need: contact.need,
            state: contact.state,
            outcome: contact.outcome,
            asked_at: contact.asked_at.to_utc(),
            due_at: contact.due_at.to_utc(),
            overdue,
            yours: (part == ContactPart::Broker).then_some(is_mine),
            asked_by: asker.map(|asker| AskerView::at(asker, at)),
            involvement: contact.entry,
            decline_reason: contact.decline_reason,
            broker: broker.map(|broker| BrokerView::at(&broker, at)),
        }
    }
}

impl AskerView {
    fn at(asker: Asker, at: Instant) -> Self {
        let organisation = OrganisationNameView::new(asker.organisation, asker.organisation_name);
        Self { name: asker.name, organisation, routes: RouteView::all_at(&asker.routes, at) }
    }
}

impl BrokeredContactsView {
    fn at(shown: Vec<ShownContact>, at: Instant) -> Self {
        Self { brokered_contacts: shown.into_iter().map(|each| BrokeredContactView::at(each, at)).collect() }
    }
}

impl TryFrom<MoveContactBody> for ContactStep {
    type Error = Problem;

    fn try_from(body: MoveContactBody) -> Result<Self, Problem> {
        let MoveContactBody { step, involvement, reason, outcome } = body;
        let at = |pointer, code, message| {
            Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, code, message))
        };
        if involvement.is_some() && step != StepKind::Forward {
            return Err(at("/involvement", "contradiction", "has a place with forward"));
        }
        if reason.is_some() && step != StepKind::Decline {
            return Err(at("/reason", "contradiction", "has a place with decline"));
        }
        if outcome.is_some() && step != StepKind::Close {
            return Err(at("/outcome", "contradiction", "has a place with close"));
        }
        match step {
            StepKind::Take => Ok(Self::Take),
            StepKind::Accept => Ok(Self::Accept),
            StepKind::Forward => {
                involvement.map(Self::Forward).ok_or_else(|| at("/involvement", "missing", "is needed to forward"))
            }
            StepKind::Decline => {
                reason.map(Self::Decline).ok_or_else(|| at("/reason", "missing", "is needed to decline"))
            }
            StepKind::Close => outcome.map(Self::Close).ok_or_else(|| at("/outcome", "missing", "is needed to close")),
        }
    }
}

/// List the requests to be put in touch that you have to do with
///
/// Those that are open, at most 50 of a kind, the first due first: your own, those forwarded to your organisation, and
/// for managers those asked in their area.
#[utoipa::path(
    tag = "brokered contact",
    params(AccessHeaders),
    responses((status = 200, description = "The requests.", body = BrokeredContactsView))
)]
#[get("/brokered-contacts")]
pub async fn list_brokered_contact_work(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_brokered_contact_work", AuditAction::BrokeredContactRead);
    let answer = answers::open(brokering::list_brokered_contact_work(&state.index, visit).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| BrokeredContactsView::at(shown, now)).ok())
}

/// Ask to be put in touch with a service that is withheld
///
/// For people, not systems. The management team of your own area works it, and a service that it finds gets in touch
/// with you: your name and how to reach your organisation are passed on. The answer is the same whether or not there is
/// such a service.
#[utoipa::path(
    tag = "brokered contact",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = RequestContactBody,
    responses(
        (status = 201, description = "Asked.", body = BrokeredContactView, headers(
            ("Location" = String, description = "Where the request is."),
        )),
        (
            status = 409,
            description = "You have asked already, and that request is not closed.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/brokered-contacts")]
pub async fn request_brokered_contact(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RequestContactBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("request_brokered_contact", AuditAction::BrokeredContactAsk);
    let outcome = brokering::request_brokered_contact(&state.index, visit, path.child, value.need, key).await;
    let answer = answers::open(outcome)?;
    let location = format!("/v1/children/{}/brokered-contacts/{}", path.sent, answer.value().contact.id);
    let now = state.index.now();
    Ok(answer.map(|shown| BrokeredContactView::at(shown, now)).created(&location))
}

/// List the requests to be put in touch about a child
///
/// Those that you have to do with: your own, those forwarded to your organisation, and for managers those asked in
/// their area.
#[utoipa::path(
    tag = "brokered contact",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "The requests.", body = BrokeredContactsView))
)]
#[get("/children/{child_id}/brokered-contacts")]
pub async fn list_brokered_contacts(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_brokered_contacts", AuditAction::BrokeredContactRead);
    let answer = answers::open(brokering::list_brokered_contacts(&state.index, visit, path.child).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| BrokeredContactsView::at(shown, now)).ok())
}

/// Read a request to be put in touch
///
/// For who asked, the management team of their area, and a service it was forwarded to; each sees their own side.
#[utoipa::path(
    tag = "brokered contact",
    params(ChildPath, ContactPath, AccessHeaders),
    responses((status = 200, description = "The request.", body = BrokeredContactView))
)]
#[get("/children/{child_id}/brokered-contacts/{contact_id}")]
pub async fn read_brokered_contact(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ContactOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_brokered_contact", AuditAction::BrokeredContactRead);
    let answer = answers::open(brokering::read_brokered_contact(&state.index, visit, path.child, path.contact).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| BrokeredContactView::at(shown, now)).ok())
}

/// Move a request to be put in touch on
///
/// A manager of the asker's area takes it, and from then on sees both sides; forwards it to a service, and closes it. A
/// member of that service accepts, and gets in touch, or declines. Nobody brokers what they asked themselves.
#[utoipa::path(
    tag = "brokered contact",
    params(ChildPath, ContactPath, AccessHeaders),
    request_body = MoveContactBody,
    responses(
        (status = 200, description = "The request as it is now.", body = BrokeredContactView),
        (
            status = 409,
            description = "It has moved on, or you have not taken it.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/brokered-contacts/{contact_id}/steps")]
pub async fn move_brokered_contact(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ContactOf,
    body: ValidJson<MoveContactBody>,
) -> Result<HttpResponse, Problem> {
    let step = body.into_inner().try_into()?;
    let visit = visitor.to("move_brokered_contact", AuditAction::BrokeredContactMove);
    let outcome = brokering::move_brokered_contact(&state.index, visit, path.child, path.contact, step).await;
    let answer = answers::open(outcome)?;
    let now = state.index.now();
    Ok(answer.map(|shown| BrokeredContactView::at(shown, now)).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    fn read(body: &Value) -> Result<ContactStep, String> {
        let parsed = parse_body::<MoveContactBody>(body.to_string().as_bytes()).and_then(ContactStep::try_from);
        parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn the_examples_of_the_document_are_taken() {
        assert_eq!(example::<RequestContactBody>().need, ContactNeed::JointWork);
        assert_eq!(ContactStep::try_from(example::<MoveContactBody>()).ok(), Some(ContactStep::Take));
    }

    #[test]
    fn each_step_has_what_it_needs_and_nothing_else() {
        assert_eq!(read(&json!({"step": "forward", "involvement": 7})), Ok(ContactStep::Forward(7)));
        for (body, pointer) in [
            (json!({"step": "forward"}), "/involvement"),
            (json!({"step": "forward", "involvement": 0}), "/involvement"),
            (json!({"step": "take", "involvement": 7}), "/involvement"),
            (json!({"step": "decline"}), "/reason"),
            (json!({"step": "accept", "reason": "no-consent"}), "/reason"),
            (json!({"step": "close"}), "/outcome"),
            (json!({"step": "take", "outcome": "in-touch"}), "/outcome"),
            (json!({"step": "lift"}), "/step"),
            (json!({"step": "take", "note": "prose"}), "/note"),
        ] {
            assert_eq!(read(&body), Err(pointer.to_owned()), "{body}");
        }
    }
}
