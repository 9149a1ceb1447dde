//! What is sent about a meeting: instants, numbers and codes, and no words.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use crate::api::child_teams::ParticipantsBody;
use crate::api::codes::{MeetingCancelReasonCode, MeetingOutcomeCode};
use crate::api::dates::{Day, Moment};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::domain::instants::SECOND;
use crate::domain::involvements::Involvement;
use crate::domain::team_meetings::{
    Attendance, MeetingCancelReason, MeetingClosing, MeetingOutcome, MeetingStep, MeetingTime,
};

/// The meeting in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MeetingPath {
    /// The meeting's number within the child. Numbers are random: gaps say nothing.
    #[param(minimum = 1, maximum = 999_999, example = 417_233)]
    pub number: i32,
}

/// When a meeting is, and for how long.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_at": "2026-12-04T14:00:00Z", "minutes": 90}))]
pub struct MeetingTimeBody {
    /// When it begins, to the minute: still to come, within a year.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, example = "2026-12-04T14:00:00Z")]
    starts_at: Moment,
    /// How long it lasts, in minutes.
    #[validate(range(min = 5, max = 480))]
    #[schema(minimum = 5, maximum = 480)]
    minutes: i32,
}

/// Who came to a meeting.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "involvements": [417_233],
    "participants": {"parents_or_carers": true, "young_person": false},
}))]
pub struct HoldMeetingBody {
    /// The involvements whose practitioners came, by their numbers.
    #[validate(length(max = 100), custom(function = check_numbers))]
    #[schema(max_items = 100)]
    involvements: Vec<i32>,
    /// Who of the family came.
    #[validate(nested)]
    participants: ParticipantsBody,
}

/// With what a meeting is closed.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "support-continues", "next_review_on": "2027-01-15"}))]
pub struct CloseMeetingBody {
    /// What follows.
    #[schema(value_type = MeetingOutcomeCode)]
    outcome: MeetingOutcome,
    /// The day on which the team looks again, within a year: where the support continues, and only there.
    #[schema(value_type = Option<NaiveDate>, example = "2027-01-15")]
    next_review_on: Option<Day>,
}

/// Why a meeting is not held.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "family-unavailable"}))]
pub struct CancelMeetingBody {
    /// Why.
    #[schema(value_type = MeetingCancelReasonCode)]
    reason: MeetingCancelReason,
}

fn check_numbers(numbers: &[i32]) -> Result<(), ValidationError> {
    let good = numbers.iter().all(|number| (1..=Involvement::HIGHEST_NUMBER).contains(number));
    let message = "must be numbers of involvements, from 1 to 999999";
    if good { Ok(()) } else { Err(ValidationError::new("numbers").with_message(message.into())) }
}

impl TryFrom<MeetingTimeBody> for MeetingTime {
    type Error = Problem;

    fn try_from(body: MeetingTimeBody) -> Result<Self, Problem> {
        let starts_at = body.starts_at.0;
        if starts_at.0.rem_euclid(60 * SECOND) != 0 {
            let item = ProblemItem::at("/starts_at", "wrong-form", "must be a whole minute");
            return Err(Problem::new(ProblemCode::InvalidBody).item(item));
        }
        Ok(Self { starts_at, minutes: body.minutes })
    }
}

impl From<HoldMeetingBody> for MeetingStep {
    fn from(body: HoldMeetingBody) -> Self {
        let HoldMeetingBody { mut involvements, participants } = body;
        involvements.sort_unstable();
        involvements.dedup();
        Self::Hold(Attendance { involvements, family: participants.into() })
    }
}

impl From<CloseMeetingBody> for MeetingStep {
    fn from(body: CloseMeetingBody) -> Self {
        let next_review_on = body.next_review_on.map(|day| day.0);
        Self::Close(MeetingClosing { outcome: body.outcome, next_review_on })
    }
}

impl From<CancelMeetingBody> for MeetingStep {
    fn from(body: CancelMeetingBody) -> Self {
        Self::Cancel(body.reason)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;
    use crate::domain::child_teams::Participants;
    use crate::domain::instants::Instant;

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let time = MeetingTime::try_from(example::<MeetingTimeBody>()).unwrap();
        assert_eq!((Some(time.starts_at), time.minutes), (Instant::parse("2026-12-04T14:00:00Z"), 90));
        let family = Participants { parents_or_carers: true, young_person: false };
        let held = MeetingStep::Hold(Attendance { involvements: vec![417_233], family });
        assert_eq!(MeetingStep::from(example::<HoldMeetingBody>()), held);
        let closing =
            MeetingClosing { outcome: MeetingOutcome::SupportContinues, next_review_on: "2027-01-15".parse().ok() };
        assert_eq!(MeetingStep::from(example::<CloseMeetingBody>()), MeetingStep::Close(closing));
        let off = MeetingStep::Cancel(MeetingCancelReason::FamilyUnavailable);
        assert_eq!(MeetingStep::from(example::<CancelMeetingBody>()), off);
    }

    #[test]
    fn whoever_came_is_told_once() {
        let participants = json!({"parents_or_carers": false, "young_person": false});
        let body = json!({"involvements": [5, 2, 5], "participants": participants});
        let MeetingStep::Hold(came) = parse_body::<HoldMeetingBody>(body.to_string().as_bytes()).unwrap().into() else {
            panic!("an attendance")
        };
        assert_eq!(came.involvements, [2, 5]);
    }

    fn pointer<T: DeserializeOwned + Validate>(body: &serde_json::Value) -> String {
        let problem = parse_body::<T>(body.to_string().as_bytes()).err().unwrap();
        problem.body().errors[0].pointer.clone().unwrap()
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_prose() {
        let at = "2026-12-04T14:00:00Z";
        for (body, place) in [
            (json!({"starts_at": "2026-12-04", "minutes": 90}), "/starts_at"),
            (json!({"starts_at": at, "minutes": 4}), "/minutes"),
            (json!({"starts_at": at, "minutes": 481}), "/minutes"),
            (json!({"starts_at": at}), "/minutes"),
            (json!({"starts_at": at, "minutes": 90, "place": "12 High Street"}), "/place"),
        ] {
            assert_eq!(pointer::<MeetingTimeBody>(&body), place, "{body}");
        }
        for (body, place) in [
            (json!({"involvements": [0], "participants": {}}), "/participants/parents_or_carers"),
            (json!({"involvements": [1]}), "/participants"),
            (json!({"involvements": [1], "minutes_of": "prose"}), "/minutes_of"),
        ] {
            assert_eq!(pointer::<HoldMeetingBody>(&body), place, "{body}");
        }
        let nobody = json!({"parents_or_carers": false, "young_person": false});
        let body = json!({"involvements": [1_000_000], "participants": nobody});
        assert_eq!(pointer::<HoldMeetingBody>(&body), "/involvements");
        assert_eq!(pointer::<CloseMeetingBody>(&json!({"outcome": "all went well"})), "/outcome");
        assert_eq!(pointer::<CancelMeetingBody>(&json!({"reason": "ill"})), "/reason");
        let half = json!({"starts_at": "2026-12-04T14:00:30Z", "minutes": 90}).to_string();
        let problem = parse_body::<MeetingTimeBody>(half.as_bytes()).and_then(MeetingTime::try_from).unwrap_err();
        assert_eq!(problem.body().errors[0].pointer.as_deref(), Some("/starts_at"));
    }
}
