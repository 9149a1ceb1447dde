//! The main job: who else is working with this child, and how to reach them now.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers;
use super::assessments::AssessmentView;
use super::children::IdentityView;
use super::codes::LeadKindCode;
use super::extract::{ChildOf, NoQuery};
use super::involvements::{InvolvementView, OrganisationNameView};
use super::leads::LeadCoverView;
use super::parameters::{AccessHeaders, ChildPath, MediationHeaders};
use super::problems::Problem;
use super::routes::RouteView;
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::contacts::{self as looking_up, Broker, Contacts, Withheld, WithheldKind};
use crate::app::involvements::ShownInvolvement;
use crate::app::leads::ShownCover;
use crate::domain::audit::actions::AuditAction;
use crate::domain::codes::codes;
use crate::domain::instants::Instant;
use crate::domain::involvements::LeadKind;

codes! {
    /// What kind of thing is withheld.
    pub enum WithheldCode {
        /// A sensitive service, unspecified.
        SensitiveService => "sensitive-service",
        /// Everything but who the child is.
        Shielded => "shielded",
        /// A service of a partnership's member, unspecified.
        BrokeredService => "brokered-service",
    }
}

super::codes::code_schemas! {
    /// What kind of thing is withheld: `sensitive-service`, never which, how many or whose; `shielded`, everything but who
    /// the child is; or `brokered-service`, which an information-sharing agreement shows no more of, as little told.
    WithheldKindCode => WithheldCode,
}

/// Who is involved with a child, and how to reach them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactsView {
    /// Who the child is.
    child: IdentityView,
    /// The lead professional; of two, the one for child protection. `null` where there is none that you may see.
    #[schema(required = true)]
    lead_professional: Option<LeadProfessionalView>,
    /// Every involvement that you may see: the lead professional first, then what runs, then the most specialised.
    involvements: Vec<InvolvementView>,
    /// The assessments that you may see: the open ones first, then the latest.
    assessments: Vec<AssessmentView>,
    /// What is hidden from you, and who can help all the same.
    withheld: Vec<WithheldView>,
}

/// The lead professional, to be called first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadProfessionalView {
    /// Of what they are the lead.
    #[schema(value_type = LeadKindCode)]
    kind: LeadKind,
    /// Their name; `null` where the entry names no person.
    #[schema(required = true, example = "Joanna Whitfield")]
    name: Option<String>,
    /// Their job title.
    #[schema(required = true, example = "Family support worker")]
    job_title: Option<String>,
    /// The organisation they work for.
    organisation: OrganisationNameView,
    /// How to reach them; the first works now if any does.
    routes: Vec<RouteView>,
    /// Who stands in for them today, and is to be called instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cover: Option<LeadCoverView>,
}

/// Something hidden, and who can help all the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct WithheldView {
    /// What kind of thing.
    #[schema(value_type = WithheldKindCode)]
    what: WithheldCode,
    /// Why: the same words for every child.
    why: &'static str,
    /// Whom to ask: the desk of your own area, whatever the child's. `null` where it has registered none.
    #[schema(required = true)]
    broker: Option<BrokerView>,
}

/// Who brokers contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokerView {
    /// The desk's name.
    #[schema(example = "Index management team")]
    name: String,
    /// How to reach it; the first works now if any does.
    routes: Vec<RouteView>,
}

impl BrokerView {
    /// The desk as it stands at `at`.
    pub(super) fn at(broker: &Broker, at: Instant) -> Self {
        Self { name: broker.name.clone(), routes: RouteView::all_at(&broker.routes, at) }
    }
}

impl WithheldCode {
    /// One constant for each kind: anything more would tell about the child.
    const fn why(self) -> &'static str {
        match self {
            Self::SensitiveService => {
                "A service whose involvement is confidential works with this child. The management team can put you in \
                 touch."
            }
            Self::BrokeredService => {
                "By an information-sharing agreement no more is said of a service that works with this child. The \
                 management team can put you in touch."
            }
            Self::Shielded => "This record is shielded. The management team can say more to those who need to know.",
        }
    }
}

impl From<WithheldKind> for WithheldCode {
    fn from(kind: WithheldKind) -> Self {
        match kind {
            WithheldKind::SensitiveService => Self::SensitiveService,
            WithheldKind::Shielded => Self::Shielded,
            WithheldKind::BrokeredService => Self::BrokeredService,
        }
    }
}

impl ContactsView {
    /// Contacts as they stand at `at`.
    pub(super) fn at(contacts: Contacts, at: Instant) -> Self {
        let cover = contacts.cover;
        let lead = contacts.lead.and_then(|lead| LeadProfessionalView::at(lead, cover, at));
        Self {
            child: contacts.child.into(),
            lead_professional: lead,
            involvements: contacts.involvements.into_iter().map(|each| InvolvementView::at(each, at)).collect(),
            assessments: contacts.assessments.into_iter().map(|each| AssessmentView::at(each, at)).collect(),
            withheld: contacts.withheld.into_iter().map(|each| WithheldView::at(each, at)).collect(),
        }
    }
}

impl LeadProfessionalView {
    fn at(lead: ShownInvolvement, cover: Option<ShownCover>, at: Instant) -> Option<Self> {
        let (name, job_title) = lead.practitioner.unzip();
        let organisation = OrganisationNameView::new(lead.organisation, lead.organisation_name);
        let routes = RouteView::all_at(&lead.routes, at);
        let cover = cover.map(|cover| LeadCoverView::at(cover, at));
        Some(Self { kind: lead.lead?, name, job_title, organisation, routes, cover })
    }
}

impl WithheldView {
    fn at(withheld: Withheld, at: Instant) -> Self {
        let what = WithheldCode::from(withheld.kind);
        let broker = withheld.broker.map(|broker| BrokerView::at(&broker, at));
        Self { what, why: what.why(), broker }
    }
}

/// Look up who is involved, and how to reach them
///
/// The main job. For practitioners, managers and systems: the lead professional, then every involvement that you may
/// see with the way to reach somebody now, and what is withheld with whom to ask.
#[utoipa::path(
    tag = "children",
    params(ChildPath, AccessHeaders, MediationHeaders),
    responses((status = 200, description = "Who is involved, as far as you may see it.", body = ContactsView))
)]
#[get("/children/{child_id}/contacts")]
pub async fn read_contacts(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_contacts", AuditAction::ChildContacts);
    let answer = answers::open(looking_up::read_contacts(&state.index, visit, path.child).await)?;
    let now = state.index.now();
    Ok(answer.map(|contacts| ContactsView::at(contacts, now)).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::involvements::views::tests::{shown, sunday};
    use crate::app::contacts::Identity;
    use crate::domain::children::Name;
    use crate::domain::index_numbers::IndexNumber;
    use crate::domain::routes::{Route, RouteKind};
    use crate::domain::sex::Sex;

    #[test]
    fn the_answer_has_the_shape_of_the_interface() {
        let desk = Route::parse(RouteKind::SecureEmail, None, Some("desk@council.example"), None).unwrap();
        let broker = Some(Broker { name: "Index management team".into(), routes: vec![desk] });
        let contacts = Contacts {
            child: Identity {
                index_number: IndexNumber::parse("7K3M-9XQ2-4HT8").unwrap(),
                name: Name { family: "Okafor".into(), given: "Chidera".into() },
                date_of_birth: "2015-03-02".parse().ok(),
                sex: Sex::F,
                shielded: false,
            },
            lead: Some(shown()),
            cover: None,
            involvements: vec![shown()],
            assessments: Vec::new(),
            withheld: vec![Withheld { kind: WithheldKind::SensitiveService, broker }],
        };
        let view = serde_json::to_value(ContactsView::at(contacts, sunday())).unwrap();
        assert_eq!(
            view["child"],
            json!({
                "child_id": "7K3M-9XQ2-4HT8", "name": {"family": "Okafor", "given": "Chidera"},
                "date_of_birth": "2015-03-02", "sex": "F", "shielded": false,
            })
        );
        let lead = &view["lead_professional"];
        assert_eq!((&lead["kind"], &lead["name"]), (&json!("early-help"), &json!("Joanna Whitfield")));
        assert_eq!(lead["organisation"]["name"], "Community health");
        assert_eq!((&lead["routes"], lead.get("cover")), (&view["involvements"][0]["routes"], None));
        assert_eq!(view["assessments"], json!([]));
        assert_eq!(view["withheld"][0]["what"], "sensitive-service");
        assert_eq!(view["withheld"][0]["broker"]["routes"][0]["email"], "desk@council.example");
        assert!(view["involvements"][0].get("etag").is_none());
    }

    #[test]
    fn without_a_lead_or_a_desk_the_answer_says_null() {
        let lead = ShownInvolvement { practitioner: None, ..shown() };
        let view = serde_json::to_value(LeadProfessionalView::at(lead, None, sunday())).unwrap();
        assert_eq!((&view["name"], &view["job_title"]), (&json!(null), &json!(null)));
        let day = |text: &str| text.parse().unwrap();
        let cover = ShownCover {
            name: "Samuel Adeyemi".into(),
            job_title: "Worker".into(),
            from: day("2026-11-20"),
            until: day("2026-11-27"),
            runs: true,
            routes: Vec::new(),
        };
        let view = serde_json::to_value(LeadProfessionalView::at(shown(), Some(cover), sunday())).unwrap();
        assert_eq!((&view["name"], &view["cover"]["name"]), (&json!("Joanna Whitfield"), &json!("Samuel Adeyemi")));
        assert_eq!((&view["cover"]["until"], &view["cover"]["today"]), (&json!("2026-11-27"), &json!(true)));
        let withheld = WithheldView::at(Withheld { kind: WithheldKind::Shielded, broker: None }, sunday());
        let view = serde_json::to_value(withheld).unwrap();
        assert_eq!((&view["what"], &view["broker"]), (&json!("shielded"), &json!(null)));
    }
}
