//! What came of a pregnancy, as it is sent and answered.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::bodies::{self, ChildName, IdentifierBody, NameBody};
use super::registrations::{duplicate, read_children};
use super::searches::FoundChildView;
use crate::api::answers;
use crate::api::codes::{SexCode, code_schemas};
use crate::api::dates::Day;
use crate::api::extract::{ChildOf, HashedJson, IdempotencyKey, NoQuery};
use crate::api::parameters::{AccessHeaders, ChildPath, IdempotencyKeyHeader};
use crate::api::problems::{Problem, ProblemBody, ProblemCode, ProblemItem};
use crate::api::state::ApiState;
use crate::api::visits::ChildVisitor;
use crate::app::births::{self, Newborn, RecordedBirth, ToldBirth};
use crate::app::replays;
use crate::domain::audit::actions::AuditAction;
use crate::domain::births::BirthOutcome;
use crate::domain::handles::Handle;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::sex::Sex;

code_schemas! {
    /// What came of a pregnancy: `live-birth` of one child or several, or `no-live-birth`.
    BirthOutcomeCode => BirthOutcome,
}

/// Said where there was no live birth.
const CLOSED: &str = "We are sorry. The record is closed: the family will not be reminded or contacted because of it, \
                      nobody finds it any more, and it will be removed for good on the day given.";

/// What came of a pregnancy. A live birth has its day and a child, or of twins one for each, in the order of birth; where
/// there was none, nothing more is asked.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "outcome": "live-birth",
    "date_of_birth": "2026-11-18",
    "children": [{
        "name": {"family": "Okafor", "given": "Adaeze"},
        "sex": "F",
        "identifiers": [{"system": "nhs-number", "value": "9000000009"}]
    }],
}))]
pub struct BirthBody {
    /// What came of it.
    #[schema(value_type = BirthOutcomeCode)]
    outcome: BirthOutcome,
    /// The day of a live birth.
    #[schema(value_type = Option<NaiveDate>, example = "2026-11-18")]
    date_of_birth: Option<Day>,
    /// The children, in the order of birth; one of whom nothing more is known where absent. The first keeps the record.
    #[serde(default)]
    #[validate(length(max = 6), nested)]
    #[schema(max_items = 6)]
    children: Vec<NewbornBody>,
    /// Index numbers or handles of children you were told of (`409`) that none of these is.
    #[serde(default)]
    #[validate(length(max = 25))]
    #[schema(value_type = Vec<ChildName>, max_items = 25)]
    not_same_as: Vec<String>,
}

/// A child that was born.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewbornBody {
    /// The name; where absent the provisional one stays.
    #[validate(nested)]
    name: Option<NameBody>,
    /// The sex.
    #[schema(value_type = Option<SexCode>)]
    sex: Option<Sex>,
    /// Numbers given at birth.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    identifiers: Vec<IdentifierBody>,
}

/// The records of the children, or that the record is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BirthView {
    /// What was recorded.
    #[schema(value_type = BirthOutcomeCode)]
    outcome: BirthOutcome,
    /// A record for each child, in the order they were sent: the first has the number it had before the birth.
    children: Vec<BornChildView>,
    /// The day on which the record was closed, where there was no live birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    closed_on: Option<NaiveDate>,
    /// The day on which a closed record is removed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    removed_on: Option<NaiveDate>,
    /// What a closed record means, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<&'static str>,
}

/// The record of a child that was born.
#[derive(Debug, Serialize, ToSchema)]
pub struct BornChildView {
    /// The index number, for life.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// Names the child for twelve hours, for your account alone.
    #[schema(example = "000102030405060708090a0b0c0d0e0f00")]
    handle: String,
}

/// Why a birth was not recorded: the child is born already, or seems to be registered already.
#[derive(Debug, Serialize, ToSchema)]
pub struct BirthConflictProblem {
    /// The problem.
    #[serde(flatten)]
    problem: ProblemBody,
    /// The children that one of those born may be, as a search would show them to you.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    candidates: Option<Vec<FoundChildView>>,
}

impl BirthView {
    fn live(children: Vec<(IndexNumber, Handle)>) -> Self {
        let view = |(number, handle): (IndexNumber, Handle)| BornChildView {
            child_id: number.to_string(),
            handle: handle.to_string(),
        };
        let children = children.into_iter().map(view).collect();
        Self { outcome: BirthOutcome::LiveBirth, children, closed_on: None, removed_on: None, message: None }
    }

    fn closed(closed_on: NaiveDate, removed_on: NaiveDate) -> Self {
        let (closed_on, removed_on) = (Some(closed_on), Some(removed_on));
        Self { outcome: BirthOutcome::NoLiveBirth, children: Vec::new(), closed_on, removed_on, message: Some(CLOSED) }
    }
}

impl TryFrom<BirthBody> for ToldBirth {
    type Error = Problem;

    fn try_from(body: BirthBody) -> Result<Self, Problem> {
        let at = |pointer, code, message| {
            Err(Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, code, message)))
        };
        match (body.outcome, body.date_of_birth) {
            (BirthOutcome::NoLiveBirth, Some(_)) => {
                at("/date_of_birth", "contradiction", "has a place with a live birth")
            }
            (BirthOutcome::NoLiveBirth, None) if !body.children.is_empty() => {
                at("/children", "contradiction", "has a place with a live birth")
            }
            (BirthOutcome::NoLiveBirth, None) if !body.not_same_as.is_empty() => {
                at("/not_same_as", "contradiction", "has a place with a live birth")
            }
            (BirthOutcome::NoLiveBirth, None) => Ok(Self::None),
            (BirthOutcome::LiveBirth, None) => at("/date_of_birth", "missing", "is needed with a live birth"),
            (BirthOutcome::LiveBirth, Some(Day(born_on))) => {
                let newborns = if body.children.is_empty() { vec![NewbornBody::default()] } else { body.children };
                let children = newborns.into_iter().enumerate().map(|(index, each)| newborn(index, each));
                let children = children.collect::<Result<_, _>>()?;
                Ok(Self::Live { born_on, children, not_same_as: read_children(&body.not_same_as)? })
            }
        }
    }
}

fn newborn(index: usize, body: NewbornBody) -> Result<Newborn, Problem> {
    let place = format!("/children/{index}");
    let identifiers = bodies::identifiers_below(&place, body.identifiers)?;
    Ok(Newborn { name: body.name.map(Into::into), sex: body.sex, identifiers })
}

/// Record what came of a pregnancy
///
/// For maternity, health visiting and social care that work with an unborn child, and for the management team of its
/// area. A birth keeps the index number and everybody involved; of twins each gets a record with the same history.
/// Where there was no live birth the record closes at once, is found by nobody, and is removed for good four weeks
/// later.
#[utoipa::path(
    tag = "children",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = BirthBody,
    responses(
        (status = 200, description = "Recorded.", body = BirthView),
        (
            status = 409,
            description = "The child is born already, or seems to be registered already.",
            body = BirthConflictProblem,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/birth")]
pub async fn record_birth(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<BirthBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("record_birth", AuditAction::ChildBirth);
    let outcome = births::record_birth(&state.index, visit, path.child, value.try_into()?, key).await;
    let (recorded, envelope) = answers::open(outcome)?.take();
    match recorded {
        RecordedBirth::Live(children) => Ok(envelope.map(|()| BirthView::live(children)).ok()),
        RecordedBirth::Closed { closed_on, goes_on } => {
            Ok(envelope.map(|()| BirthView::closed(closed_on, goes_on)).ok())
        }
        RecordedBirth::Lookalikes(lookalikes) => Err(envelope.refused(duplicate(lookalikes))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    fn read(body: &Value) -> Result<ToldBirth, String> {
        let parsed = parse_body::<BirthBody>(body.to_string().as_bytes()).and_then(ToldBirth::try_from);
        parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn the_example_of_the_document_is_taken() {
        let ToldBirth::Live { children, .. } = ToldBirth::try_from(example::<BirthBody>()).unwrap() else { panic!() };
        assert_eq!((children.len(), children[0].sex, children[0].identifiers.len()), (1, Some(Sex::F), 1));
    }

    #[test]
    fn a_birth_has_a_day_and_at_least_one_child_and_nothing_else_has() {
        let ToldBirth::Live { children, .. } =
            read(&json!({"outcome": "live-birth", "date_of_birth": "2026-11-18"})).unwrap()
        else {
            panic!()
        };
        assert_eq!(children.len(), 1);
        assert_eq!(read(&json!({"outcome": "no-live-birth"})), Ok(ToldBirth::None));
        for (body, pointer) in [
            (json!({"outcome": "live-birth"}), "/date_of_birth"),
            (json!({"outcome": "no-live-birth", "date_of_birth": "2026-11-18"}), "/date_of_birth"),
            (json!({"outcome": "no-live-birth", "children": [{}]}), "/children"),
            (json!({"outcome": "no-live-birth", "not_same_as": ["7K3M-9XQ2-4HT8"]}), "/not_same_as"),
            (json!({"outcome": "stillbirth"}), "/outcome"),
            (json!({"outcome": "no-live-birth", "cause": "x"}), "/cause"),
            (
                json!({"outcome": "live-birth", "date_of_birth": "2026-11-18",
                       "children": [{"identifiers": [{"system": "nhs-number", "value": "9000000008"}]}]}),
                "/children/0/identifiers/0/value",
            ),
        ] {
            assert_eq!(read(&body), Err(pointer.to_owned()), "{body}");
        }
    }

    #[test]
    fn without_a_live_birth_the_answer_is_gentle_and_says_when() {
        let view =
            serde_json::to_value(BirthView::closed("2026-11-20".parse().unwrap(), "2026-12-18".parse().unwrap()));
        let view = view.unwrap();
        assert_eq!((&view["outcome"], &view["removed_on"]), (&json!("no-live-birth"), &json!("2026-12-18")));
        assert!(view["message"].as_str().unwrap().starts_with("We are sorry."), "{view}");
    }
}
