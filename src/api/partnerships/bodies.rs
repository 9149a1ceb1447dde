//! What is sent about partnerships, their members and their agreements: names, ids, codes and days.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{
    AgreementAudienceCode, AgreementStateCode, DefaultVisibilityCode, LawfulBasisCode, ServiceCode,
};
use crate::api::dates::Day;
use crate::api::pages::{cursor, limit};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::texts::{check_area, check_text, clearable, present};
use crate::app::partnerships::{AgreementChanges, NewAgreement, NewMember, NewPartnership, PartnershipsSought, Trial};
use crate::domain::ids::OrganisationId;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::pages::{After, NotAPlace};
use crate::domain::partnerships::{AgreementState, Audience, DefaultVisibility, ServiceDefault};
use crate::domain::services::Service;

/// The partnership in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PartnershipPath {
    /// The partnership's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    pub id: Uuid,
}

/// The member in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PartnershipMemberPath {
    /// The organisation's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    pub organisation_id: Uuid,
}

/// The agreement in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AgreementPath {
    /// The agreement's number within its partnership, from 1.
    #[param(minimum = 1, maximum = 1_000, example = 1)]
    pub number: i32,
}

/// Which partnerships, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnershipsQuery {
    /// Of this area only (ONS code).
    #[validate(custom(function = check_area))]
    #[param(required = false, nullable = false, pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

/// How many members at once, and from where.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnershipMembersQuery {
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// So many organisations at most; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

/// A partnership to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Wiltshire children's trust"}))]
pub struct RegisterPartnershipBody {
    /// Its name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Wiltshire children's trust")]
    name: String,
    /// The area (ONS code) whose children its agreements are about: your own, as where absent.
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
}

/// What to change of a partnership.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Wiltshire children and families partnership"}))]
pub struct ChangePartnershipBody {
    /// Its name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// A member to be.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab", "from": "2026-12-01"}))]
pub struct AddPartnershipMemberBody {
    /// The organisation.
    organisation: Uuid,
    /// The first day; today where absent.
    #[schema(value_type = Option<NaiveDate>, example = "2026-12-01")]
    from: Option<Day>,
    /// The last day; none while no end is known.
    #[schema(value_type = Option<NaiveDate>)]
    until: Option<Day>,
}

/// When a membership ends.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct EndPartnershipMemberBody {
    /// The last day, today or later; today where absent.
    #[schema(value_type = Option<NaiveDate>)]
    until: Option<Day>,
}

/// How much is told of the members' entries of a service.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDefaultBody {
    /// The service: no sensitive one, which no agreement touches.
    #[schema(value_type = ServiceCode)]
    service: Service,
    /// To readers of member organisations.
    #[schema(value_type = DefaultVisibilityCode)]
    visibility: DefaultVisibility,
    /// To everybody else: no more than to members, and the same where absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DefaultVisibilityCode>, nullable = false)]
    outside: Option<DefaultVisibility>,
}

/// An agreement to draft.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lawful_basis": "public-task",
    "from": "2027-01-01",
    "until": "2027-12-31",
    "review_on": "2027-10-01",
    "default_visibility": [
        {"service": "youth-justice", "visibility": "shown", "outside": "brokered"},
        {"service": "housing", "visibility": "brokered", "outside": "withheld"},
    ],
}))]
pub struct DraftAgreementBody {
    /// The lawful basis that it stands on.
    #[schema(value_type = LawfulBasisCode)]
    lawful_basis: LawfulBasis,
    /// The first day.
    #[schema(value_type = NaiveDate, example = "2027-01-01")]
    from: Day,
    /// The last day; it goes on where absent.
    #[schema(value_type = Option<NaiveDate>, example = "2027-12-31")]
    until: Option<Day>,
    /// The day on which it is to be looked at again: one of those it is for.
    #[schema(value_type = NaiveDate, example = "2027-10-01")]
    review_on: Day,
    /// How much is told, by service, each once; services that are not named stay as they are.
    #[validate(length(max = 40), nested)]
    #[schema(max_items = 40)]
    default_visibility: Vec<ServiceDefaultBody>,
}

/// What to change of an agreement. What is absent stays; the list is replaced as a whole. Only of a draft may anything but
/// `state` be changed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "adopted"}))]
pub struct ChangeAgreementBody {
    /// The lawful basis that it stands on.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<LawfulBasisCode>, nullable = false)]
    lawful_basis: Option<LawfulBasis>,
    /// The first day.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    from: Option<Day>,
    /// The last day; `null` lets it go on.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    until: Option<Option<Day>>,
    /// The day on which it is to be looked at again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    review_on: Option<Day>,
    /// How much is told, by service.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 40), nested)]
    #[schema(nullable = false, max_items = 40)]
    default_visibility: Option<Vec<ServiceDefaultBody>>,
    /// How it is to stand: `adopted`, of a draft; `ended`, of what is adopted, at once.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AgreementStateCode>, nullable = false)]
    state: Option<AgreementState>,
}

/// What to try of a draft.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"audience": "outside", "on": "2027-01-01"}))]
pub struct DryRunAgreementBody {
    /// For whom: readers of member organisations, or all others.
    #[schema(value_type = AgreementAudienceCode)]
    audience: Audience,
    /// As on this day, one of those that the draft is for; where absent, today or its first day, whichever is later.
    #[schema(value_type = Option<NaiveDate>, example = "2027-01-01")]
    on: Option<Day>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// So many children listed at most; 50 where absent.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 50))]
    #[schema(nullable = false, minimum = 1, maximum = 50)]
    limit: Option<u16>,
}

impl TryFrom<PartnershipsQuery> for PartnershipsSought {
    type Error = Problem;

    fn try_from(query: PartnershipsQuery) -> Result<Self, Problem> {
        Ok(Self { area: query.area, after: cursor(query.cursor.as_deref())?, limit: limit(query.limit) })
    }
}

impl PartnershipMembersQuery {
    /// From where, and how many.
    pub(super) fn place(&self) -> Result<(Option<After>, u16), Problem> {
        Ok((cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

impl From<RegisterPartnershipBody> for NewPartnership {
    fn from(body: RegisterPartnershipBody) -> Self {
        Self { name: body.name.trim().to_owned(), area: body.area }
    }
}

impl ChangePartnershipBody {
    /// The name it is to have.
    pub(super) fn into_name(self) -> String {
        self.name.trim().to_owned()
    }
}

impl From<AddPartnershipMemberBody> for NewMember {
    fn from(body: AddPartnershipMemberBody) -> Self {
        let AddPartnershipMemberBody { organisation, from, until } = body;
        Self { organisation: OrganisationId(organisation), from: from.map(|day| day.0), until: until.map(|day| day.0) }
    }
}

impl EndPartnershipMemberBody {
    /// The last day, where one is given.
    pub(super) fn until(self) -> Option<chrono::NaiveDate> {
        self.until.map(|day| day.0)
    }
}

fn defaults_of(bodies: &[ServiceDefaultBody]) -> Vec<ServiceDefault> {
    let line = |body: &ServiceDefaultBody| {
        let ServiceDefaultBody { service, visibility, outside } = *body;
        ServiceDefault { service, visibility, outside: outside.unwrap_or(visibility) }
    };
    let mut lines: Vec<ServiceDefault> = bodies.iter().map(line).collect();
    // As they are stored, so that the same said again in another order changes nothing.
    lines.sort_by_key(|line| line.service.code());
    lines
}

impl From<DraftAgreementBody> for NewAgreement {
    fn from(body: DraftAgreementBody) -> Self {
        Self {
            lawful_basis: body.lawful_basis,
            from: body.from.0,
            until: body.until.map(|day| day.0),
            review_on: body.review_on.0,
            defaults: defaults_of(&body.default_visibility),
        }
    }
}

impl From<ChangeAgreementBody> for AgreementChanges {
    fn from(body: ChangeAgreementBody) -> Self {
        Self {
            lawful_basis: body.lawful_basis,
            from: body.from.map(|day| day.0),
            until: body.until.map(|until| until.map(|day| day.0)),
            review_on: body.review_on.map(|day| day.0),
            defaults: body.default_visibility.as_deref().map(defaults_of),
            state: body.state,
        }
    }
}

impl TryFrom<DryRunAgreementBody> for Trial {
    type Error = Problem;

    fn try_from(body: DryRunAgreementBody) -> Result<Self, Problem> {
        let not_ours = |error: NotAPlace| {
            let item = ProblemItem::at("/cursor", "cursor", error.to_string());
            Problem::new(ProblemCode::InvalidBody).item(item)
        };
        let after = body.cursor.as_deref().map(str::parse).transpose().map_err(not_ours)?;
        Ok(Self { on: body.on.map(|day| day.0), audience: body.audience, after, limit: limit(body.limit) })
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
        assert_eq!(NewPartnership::from(example::<RegisterPartnershipBody>()).area, None);
        assert!(!example::<ChangePartnershipBody>().into_name().is_empty());
        let member = NewMember::from(example::<AddPartnershipMemberBody>());
        assert!(member.from.is_some() && member.until.is_none());
        assert_eq!(example::<EndPartnershipMemberBody>().until(), None);
        let draft = NewAgreement::from(example::<DraftAgreementBody>());
        let housing = draft.defaults.iter().find(|line| line.service == Service::Housing).unwrap();
        assert_eq!((housing.visibility, housing.outside), (DefaultVisibility::Brokered, DefaultVisibility::Withheld));
        let changes = AgreementChanges::from(example::<ChangeAgreementBody>());
        assert_eq!(changes, AgreementChanges { state: Some(AgreementState::Adopted), ..AgreementChanges::default() });
        let trial = Trial::try_from(example::<DryRunAgreementBody>()).unwrap();
        assert_eq!((trial.audience, trial.limit, trial.after), (Audience::Outside, 50, None));
    }

    #[test]
    fn where_nothing_is_said_of_those_outside_they_are_told_as_members_are() {
        let line = json!({"service": "police", "visibility": "brokered"});
        let lines = defaults_of(&[serde_json::from_value(line).unwrap()]);
        assert_eq!(lines[0].outside, DefaultVisibility::Brokered);
    }

    fn pointer<T: DeserializeOwned + Validate>(body: &serde_json::Value) -> String {
        let problem = parse_body::<T>(body.to_string().as_bytes()).err().unwrap();
        problem.body().errors[0].pointer.clone().unwrap()
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_prose() {
        let whole = json!({"lawful_basis": "public-task", "from": "2027-01-01", "review_on": "2027-06-01",
                           "default_visibility": []});
        for (field, wrong, at) in [
            ("lawful_basis", json!("because"), "/lawful_basis"),
            ("from", json!("soon"), "/from"),
            ("note", json!("x"), "/note"),
            ("default_visibility", json!([{"service": "police"}]), "/default_visibility/0/visibility"),
            (
                "default_visibility",
                json!([{"service": "police", "visibility": "shown", "why": "x"}]),
                "/default_visibility/0/why",
            ),
        ] {
            let mut body = whole.clone();
            body[field] = wrong;
            assert_eq!(pointer::<DraftAgreementBody>(&body), at, "{body}");
        }
        assert_eq!(pointer::<ChangeAgreementBody>(&json!({"state": "agreed"})), "/state");
        assert_eq!(pointer::<DryRunAgreementBody>(&json!({"audience": "all"})), "/audience");
        assert_eq!(pointer::<DryRunAgreementBody>(&json!({"audience": "outside", "limit": 51})), "/limit");
    }
}
