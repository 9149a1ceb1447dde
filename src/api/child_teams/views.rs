//! The team around a child as it is shown, its entity tag, and the reviews of an area that are overdue.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::etag_of;
use crate::api::assessments::AssessmentView;
use crate::api::children::IdentityView;
use crate::api::codes::ServiceCode;
use crate::api::involvements::InvolvementView;
use crate::api::leads::LeadView;
use crate::app::child_teams::{OverdueReview, ShownChildTeam, ShownRelative};
use crate::domain::child_teams::Participants;
use crate::domain::instants::Instant;
use crate::domain::leads::AfterChild;
use crate::domain::pages::Page;
use crate::domain::services::Service;

/// The team around a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChildTeamView {
    /// Who the child is.
    child: IdentityView,
    /// Its members: every involvement that runs and that you may see, the lead first.
    members: Vec<InvolvementView>,
    /// Who leads, with whoever stands in: at most one of each kind.
    lead_professionals: Vec<LeadView>,
    /// The member who chairs, by the number of the involvement; `null` where nobody does whom you may see.
    #[schema(required = true, example = 417_233)]
    chair: Option<i32>,
    /// The day on which the team looks again; `null` where none was settled.
    #[schema(required = true)]
    next_review_on: Option<NaiveDate>,
    /// Whether that day has passed.
    review_overdue: bool,
    /// Who of the family takes part.
    participants: ParticipantsView,
    /// Universal services that a child of this age is to have and that none of the members gives: before birth `maternity`
    /// and `health-visiting`; to four years `gp-practice` and `health-visiting`; from five `gp-practice` and `school`, which
    /// elective home education stands for as well; at sixteen and seventeen `gp-practice` and `school`, which further
    /// education stands for; then `gp-practice`.
    #[schema(value_type = Vec<ServiceCode>)]
    missing_universal_services: Vec<Service>,
    /// Brothers and sisters who share the team, as far as you may know of them.
    family: Vec<RelativeView>,
}

/// Who of the family takes part: that they do, and neither names nor contacts.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ParticipantsView {
    /// Parents or carers do.
    parents_or_carers: bool,
    /// The child or young person does.
    young_person: bool,
}

/// A brother or sister who shares the team.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelativeView {
    /// The index number.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// Assessments of that child which are open and that you may see: one may serve both.
    assessments: Vec<AssessmentView>,
}

/// A child whose team should have looked again.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverdueReviewView {
    /// Who the child is.
    child: IdentityView,
    /// The day on which the team was to look again.
    next_review_on: NaiveDate,
    /// Who leads.
    lead_professionals: Vec<LeadView>,
}

/// A page of children, in the order of their numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamReviewsView {
    /// The children.
    children: Vec<OverdueReviewView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl From<Participants> for ParticipantsView {
    fn from(participants: Participants) -> Self {
        let Participants { parents_or_carers, young_person } = participants;
        Self { parents_or_carers, young_person }
    }
}

impl ChildTeamView {
    /// A team as it stands at `at`.
    pub(super) fn at(shown: ShownChildTeam, at: Instant) -> Self {
        Self {
            child: shown.child.into(),
            members: shown.members.into_iter().map(|member| InvolvementView::at(member, at)).collect(),
            lead_professionals: shown.leads.into_iter().map(|lead| LeadView::at(lead, at)).collect(),
            chair: shown.chair,
            next_review_on: shown.next_review_on,
            review_overdue: shown.review_overdue,
            participants: shown.participants.into(),
            missing_universal_services: shown.missing_services,
            family: shown.family.into_iter().map(|relative| RelativeView::at(relative, at)).collect(),
        }
    }
}

impl RelativeView {
    fn at(shown: ShownRelative, at: Instant) -> Self {
        Self {
            child_id: shown.index_number.to_string(),
            assessments: shown.assessments.into_iter().map(|each| AssessmentView::at(each, at)).collect(),
        }
    }
}

impl TeamReviewsView {
    /// A page as it stands at `at`.
    pub(super) fn at(page: Page<OverdueReview, AfterChild>, at: Instant) -> Self {
        let item = |item: OverdueReview| OverdueReviewView {
            child: item.child.into(),
            next_review_on: item.next_review_on,
            lead_professionals: item.leads.into_iter().map(|lead| LeadView::at(lead, at)).collect(),
        };
        let next = page.next.map(|next| next.to_string());
        Self { children: page.items.into_iter().map(item).collect(), next }
    }
}

/// The entity tag of what was settled, as this caller sees it: members come and go by themselves, and what the clock alone
/// changes is no part of it.
pub(super) fn etag_of_team(shown: &ShownChildTeam) -> String {
    let participants = ParticipantsView::from(shown.participants);
    etag_of(&("team", shown.child.index_number.to_string(), shown.chair, shown.next_review_on, participants))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::involvements::views::tests::{shown as involvement, sunday};
    use crate::app::contacts::Identity;
    use crate::domain::children::Name;
    use crate::domain::index_numbers::IndexNumber;
    use crate::domain::sex::Sex;

    fn shown() -> ShownChildTeam {
        ShownChildTeam {
            child: Identity {
                index_number: IndexNumber::from_random_bits(7),
                name: Name { family: "Okafor".into(), given: "Chidera".into() },
                date_of_birth: None,
                sex: Sex::F,
                shielded: false,
            },
            members: vec![involvement()],
            leads: Vec::new(),
            chair: Some(417_233),
            next_review_on: "2026-12-18".parse().ok(),
            review_overdue: false,
            participants: Participants { parents_or_carers: true, young_person: false },
            missing_services: vec![Service::GpPractice],
            family: vec![ShownRelative { index_number: IndexNumber::from_random_bits(8), assessments: Vec::new() }],
        }
    }

    #[test]
    fn a_team_is_one_object() {
        let view = serde_json::to_value(ChildTeamView::at(shown(), sunday())).unwrap();
        assert_eq!(view["members"].as_array().map(Vec::len), Some(1));
        assert_eq!((&view["chair"], &view["next_review_on"]), (&json!(417_233), &json!("2026-12-18")));
        assert_eq!(view["participants"], json!({"parents_or_carers": true, "young_person": false}));
        assert_eq!(view["missing_universal_services"], json!(["gp-practice"]));
        assert_eq!(view["family"], json!([{"child_id": shown().family[0].index_number, "assessments": []}]));
    }

    #[test]
    fn its_tag_follows_what_is_settled_and_nothing_else() {
        let tag = etag_of_team(&shown());
        let gone = ShownChildTeam { members: Vec::new(), family: Vec::new(), review_overdue: true, ..shown() };
        assert_eq!(etag_of_team(&gone), tag);
        for other in [
            ShownChildTeam { chair: None, ..shown() },
            ShownChildTeam { next_review_on: None, ..shown() },
            ShownChildTeam { participants: Participants::default(), ..shown() },
        ] {
            assert_ne!(etag_of_team(&other), tag);
        }
    }
}
