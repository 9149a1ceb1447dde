//! Assessments: that one exists, of what kind, how it stands and who holds it; never what it says.

mod kinds;

pub use kinds::{AssessmentKind, AssessmentKinds, CoarseKind, KindError, KindRule, KindsError};

use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::ids::{ChildId, OrganisationId, PractitionerId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::involvements::ConsentGiver;

codes! {
    /// How an assessment stands.
    pub enum AssessmentStatus {
        /// It is under way.
        Open => "open",
        /// It was carried through.
        Completed => "completed",
        /// It ended before it was carried through.
        Stopped => "stopped",
    }
}

codes! {
    /// With what an assessment ended: a code, and nothing of what was found.
    pub enum AssessmentOutcome {
        /// Support was agreed.
        SupportAgreed => "support-agreed",
        /// Nothing further follows.
        NoFurtherAction => "no-further-action",
        /// Social care goes on from here.
        SteppedUp => "stepped-up",
        /// Early help or universal services go on from here.
        SteppedDown => "stepped-down",
        /// Its work is done within another assessment.
        Joined => "joined",
        /// The family lives elsewhere now.
        MovedAway => "moved-away",
        /// The family wants none, though it needed no consent.
        Declined => "declined",
        /// The consent that it stood on was withdrawn: from then on nobody is told of it.
        ConsentWithdrawn => "consent-withdrawn",
    }
}

impl AssessmentOutcome {
    /// How an assessment stands that ended so.
    #[must_use]
    pub const fn status(self) -> AssessmentStatus {
        match self {
            Self::SupportAgreed | Self::NoFurtherAction | Self::SteppedUp | Self::SteppedDown => {
                AssessmentStatus::Completed
            }
            Self::Joined | Self::MovedAway | Self::Declined | Self::ConsentWithdrawn => AssessmentStatus::Stopped,
        }
    }
}

/// The consent that an assessment stands on, where its kind needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssessmentConsent {
    /// Who gave it.
    pub given_by: ConsentGiver,
    /// On which day.
    pub on: NaiveDate,
}

/// How an assessment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssessmentEnd {
    /// The last day.
    pub on: NaiveDate,
    /// With what.
    pub outcome: AssessmentOutcome,
}

/// An assessment, by its child and its random number within the child. It has no place for what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The child.
    pub child: ChildId,
    /// Random within the child, so that gaps count nothing.
    pub number: i32,
    /// The kind; a child has at most one open assessment of each.
    pub kind: AssessmentKind,
    /// The organisation that holds it and owns this entry.
    pub organisation: OrganisationId,
    /// The team that holds it.
    pub team: Option<TeamId>,
    /// The practitioner who holds it.
    pub practitioner: Option<PractitionerId>,
    /// The first day.
    pub started_on: NaiveDate,
    /// How it ended, once it has.
    pub end: Option<AssessmentEnd>,
    /// The consent it stands on.
    pub consent: Option<AssessmentConsent>,
    /// The assessment of the same child that it is linked to, by its number.
    pub linked_to: Option<i32>,
    /// When somebody last said that the entry is still right.
    pub last_confirmed_at: Instant,
    /// Whether it was entered while the child was shielded.
    pub entered_under_shield: bool,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
}

impl Assessment {
    /// How it stands.
    #[must_use]
    pub fn status(&self) -> AssessmentStatus {
        self.end.map_or(AssessmentStatus::Open, |end| end.outcome.status())
    }

    /// Whether it is open, and so keeps another of its kind from being started.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Whether anybody may be told of it: the consent it may have stood on was not withdrawn.
    #[must_use]
    pub fn may_be_told(&self) -> bool {
        self.end.is_none_or(|end| end.outcome != AssessmentOutcome::ConsentWithdrawn)
    }

    /// The random numbers run from 1 to this, as those of involvements do.
    pub const HIGHEST_NUMBER: i32 = 999_999;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(outcome: AssessmentOutcome) -> Assessment {
        let on = "2026-11-20".parse().unwrap();
        Assessment {
            child: ChildId(1),
            number: 7,
            kind: AssessmentKind::EARLY_HELP,
            organisation: OrganisationId::new(),
            team: None,
            practitioner: None,
            started_on: on,
            end: Some(AssessmentEnd { on, outcome }),
            consent: None,
            linked_to: None,
            last_confirmed_at: Instant(0),
            entered_under_shield: false,
            version: 1,
            created_at: Instant(0),
        }
    }

    #[test]
    fn the_outcome_says_how_it_stands_and_whether_it_is_told_of() {
        for (code, status, told) in [
            ("support-agreed", AssessmentStatus::Completed, true),
            ("no-further-action", AssessmentStatus::Completed, true),
            ("stepped-up", AssessmentStatus::Completed, true),
            ("stepped-down", AssessmentStatus::Completed, true),
            ("joined", AssessmentStatus::Stopped, true),
            ("moved-away", AssessmentStatus::Stopped, true),
            ("declined", AssessmentStatus::Stopped, true),
            ("consent-withdrawn", AssessmentStatus::Stopped, false),
        ] {
            let assessment = ended(code.parse().unwrap());
            assert_eq!((assessment.status(), assessment.may_be_told()), (status, told), "{code}");
            assert!(!assessment.is_open());
        }
        let open = Assessment { end: None, ..ended(AssessmentOutcome::Joined) };
        assert_eq!((open.status(), open.is_open(), open.may_be_told()), (AssessmentStatus::Open, true, true));
        assert_eq!(AssessmentOutcome::ALL.len(), 8, "each has its line above");
    }
}
