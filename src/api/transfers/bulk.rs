//! Moves between universal services in bulk, each September: one request with many children, an answer for each.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::ReceiverBody;
use crate::api::answers;
use crate::api::codes::{MoveOutcomeCode, ServiceCode};
use crate::api::extract::{NoQuery, ValidJson};
use crate::api::involvements::PractitionerBody;
use crate::api::parameters::AccessHeaders;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::state::ApiState;
use crate::api::visits::ChildVisitor;
use crate::app::transfers::{self as moves, Moved, NewMoves, TransferStep};
use crate::domain::audit::actions::AuditAction;
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccessPointId, TeamId, TransferId};
use crate::domain::index_numbers::IndexNumberError;
use crate::domain::policy::Refusal;
use crate::domain::services::{Service, ServiceGroup};
use crate::domain::transfers::{MoveOutcome, Receiver};

/// Moves to propose, from a universal service of your own organisation to the next.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "from_service": "early-years-setting",
    "to": {"service": "school", "organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab"},
    "children": ["7K3M-9XQ2-4HT8"],
}))]
pub struct ProposeTransfersBody {
    /// The universal service that your organisation gives these children.
    #[schema(value_type = ServiceCode)]
    from_service: Service,
    /// Who is to receive them, for a universal service as well.
    #[validate(nested)]
    to: ReceiverBody,
    /// The access point that a move goes to when it is declined; the first front door of your organisation's area where
    /// absent.
    access_point: Option<Uuid>,
    /// The children, by index number or handle.
    #[validate(length(min = 1, max = 100), custom(function = check_children))]
    #[schema(min_items = 1, max_items = 100)]
    children: Vec<String>,
}

/// Transfers to accept, all alike.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"transfers": ["0191d3a0-5f5e-7cc0-8000-0123456789af"]}))]
pub struct AcceptTransfersBody {
    /// Their ids.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    transfers: Vec<Uuid>,
    /// The team of your organisation; the one that was asked where absent.
    team: Option<Uuid>,
    /// The practitioner.
    #[validate(nested)]
    practitioner: Option<PractitionerBody>,
}

/// What came of one of many.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoveView {
    /// The child, as you named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "7K3M-9XQ2-4HT8")]
    child_id: Option<String>,
    /// The transfer; absent where none was proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    transfer: Option<Uuid>,
    /// What came of it.
    #[schema(value_type = MoveOutcomeCode)]
    outcome: MoveOutcome,
    /// Why it was refused, as the code of the problem that it would be alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "not-found")]
    code: Option<&'static str>,
    /// The same, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "There is nothing here that you may see")]
    detail: Option<&'static str>,
}

/// What came of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovesView {
    /// In the order they were sent.
    results: Vec<MoveView>,
}

/// Propose moves between universal services
///
/// From the running involvement of your own organisation in that service: pre-school to primary, primary to secondary,
/// health visitor to school nurse. Each child is decided by itself and has an answer of its own; what is refused for one
/// changes nothing for another. One that was proposed to the same receiver before is not proposed again. Those whom nobody
/// has accepted are listed by `GET /v1/transfers?list=unaccepted`.
#[utoipa::path(
    tag = "transfers",
    params(AccessHeaders),
    request_body = ProposeTransfersBody,
    responses((status = 200, description = "What came of each.", body = MovesView))
)]
#[post("/transfers")]
pub async fn propose_transfers(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    body: ValidJson<ProposeTransfersBody>,
) -> Result<HttpResponse, Problem> {
    let new = body.into_inner().try_into()?;
    let visit = visitor.to("propose_transfers", AuditAction::TransferPropose);
    let answer = answers::open(moves::propose_transfers(&state.index, visit, new).await)?;
    let view = |(child, moved)| MoveView::of(Some(child), None, moved, MoveOutcome::Proposed);
    Ok(answer.map(|all| MovesView { results: all.into_iter().map(view).collect() }).ok())
}

/// Accept many transfers
///
/// As each would be accepted alone, by the same team and practitioner; each has an answer of its own.
#[utoipa::path(
    tag = "transfers",
    params(AccessHeaders),
    request_body = AcceptTransfersBody,
    responses((status = 200, description = "What came of each.", body = MovesView))
)]
#[post("/transfers/accept")]
pub async fn accept_transfers(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    body: ValidJson<AcceptTransfersBody>,
) -> Result<HttpResponse, Problem> {
    let AcceptTransfersBody { transfers, team, practitioner } = body.into_inner();
    let ids = transfers.into_iter().map(TransferId).collect();
    let step = TransferStep::Accept { team: team.map(TeamId), practitioner: practitioner.map(Into::into) };
    let visit = visitor.to("accept_transfers", AuditAction::TransferAccept);
    let answer = answers::open(moves::accept_transfers(&state.index, visit, ids, step).await)?;
    let view = |(id, moved)| MoveView::of(None, Some(id), moved, MoveOutcome::Accepted);
    Ok(answer.map(|all| MovesView { results: all.into_iter().map(view).collect() }).ok())
}

impl MoveView {
    fn of(child_id: Option<String>, asked: Option<TransferId>, moved: Moved, done: MoveOutcome) -> Self {
        let (outcome, id, refusal) = match moved {
            Moved::Done(id) => (done, Some(id), None),
            Moved::Before(id) => (MoveOutcome::ProposedBefore, Some(id), None),
            Moved::Refused(refusal) => (MoveOutcome::Refused, asked, Some(refusal)),
        };
        let detail = refusal.map(|refusal| match refusal {
            Refusal::Invalid(violation) => violation.message,
            other => Problem::from(other).code().title(),
        });
        let code = refusal.map(|refusal| Problem::from(refusal).code().code());
        Self { child_id, transfer: id.map(|id| id.0), outcome, code, detail }
    }
}

/// Named one by one, so that a fault stands at its place.
fn check_children(children: &[String]) -> Result<(), ValidationError> {
    let wrong = children.iter().any(|child| child.len() < 12 || child.len() > 40);
    if wrong {
        return Err(ValidationError::new("child").with_message("must be index numbers or handles".into()));
    }
    Ok(())
}

impl TryFrom<ProposeTransfersBody> for NewMoves {
    type Error = Problem;

    fn try_from(body: ProposeTransfersBody) -> Result<Self, Problem> {
        let to = Receiver::from(body.to);
        for (pointer, service) in [("/from_service", body.from_service), ("/to/service", to.service)] {
            if service.group() != ServiceGroup::Universal {
                let message = "must be a universal service; others are proposed child by child";
                return Err(Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(
                    pointer,
                    "contradiction",
                    message,
                )));
            }
        }
        let read = |(at, sent): (usize, String)| match sent.parse::<ChildRef>() {
            Ok(child) => Ok((sent, child)),
            Err(error) => Err(no_child(at, &error)),
        };
        let children = body.children.into_iter().enumerate().map(read).collect::<Result<_, Problem>>()?;
        let access_point = body.access_point.map(AccessPointId);
        Ok(Self { from: body.from_service, to, access_point, children })
    }
}

fn no_child(at: usize, error: &IndexNumberError) -> Problem {
    let message = format!("must be an index number or a handle: {error}");
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(format!("/children/{at}"), "wrong-form", message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    const SOMEBODY: &str = "0191d3a0-5f5e-7cc0-8000-0123456789ab";

    fn propose(more: &Value) -> Result<NewMoves, String> {
        let mut body = json!({"from_service": "health-visiting", "children": ["7K3M-9XQ2-4HT8"],
                              "to": {"service": "school-nursing", "organisation": SOMEBODY}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let parsed = parse_body::<ProposeTransfersBody>(body.to_string().as_bytes()).and_then(NewMoves::try_from);
        parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn each_fault_is_named_at_its_place() {
        let many = vec!["7K3M-9XQ2-4HT8"; 101];
        for (more, pointer) in [
            (json!({"from_service": "early-help"}), "/from_service"),
            (json!({"to": {"service": "therapies", "organisation": SOMEBODY}}), "/to/service"),
            (json!({"children": []}), "/children"),
            (json!({"children": many}), "/children"),
            (json!({"children": ["x"]}), "/children"),
            (json!({"children": ["7K3M-9XQ2-4HT8", "7K3M-9XQ2-4HT9"]}), "/children/1"),
            (json!({"notes": "prose"}), "/notes"),
        ] {
            assert_eq!(propose(&more).unwrap_err(), pointer, "{more}");
        }
        assert_eq!(propose(&json!({})).unwrap().children.len(), 1);
    }

    #[test]
    fn the_examples_of_the_document_are_taken() {
        assert_eq!(NewMoves::try_from(example::<ProposeTransfersBody>()).unwrap().from, Service::EarlyYearsSetting);
        assert_eq!(example::<AcceptTransfersBody>().transfers.len(), 1);
    }

    #[test]
    fn each_answer_says_what_came_of_it() {
        let id = TransferId::new();
        let told = |moved| {
            let view = MoveView::of(Some("7K3M-9XQ2-4HT8".into()), None, moved, MoveOutcome::Proposed);
            serde_json::to_value(view).unwrap()
        };
        assert_eq!(
            told(Moved::Done(id)),
            json!({"child_id": "7K3M-9XQ2-4HT8", "transfer": id.0, "outcome": "proposed"})
        );
        assert_eq!(told(Moved::Before(id))["outcome"], "proposed-before");
        let refused = told(Moved::Refused(Refusal::NotFound));
        assert_eq!((&refused["outcome"], &refused["code"]), (&json!("refused"), &json!("not-found")));
        assert_eq!(refused["detail"], "There is nothing here that you may see");
    }
}
