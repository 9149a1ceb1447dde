//! Panels of an area: who sits on them, when they meet, and what they decide of a child; codes, and never what was said.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, ChildId, OrganisationId, PanelId, PanelMeetingId};
use crate::domain::pages::NotAPlace;
use crate::domain::services::Service;

codes! {
    /// What a panel is for.
    pub enum PanelKind {
        /// Early help: who supports a family.
        EarlyHelp => "early-help",
        /// Places and hours that are scarce.
        Resources => "resources",
        /// Children for whom several services have not sufficed.
        ComplexNeeds => "complex-needs",
        /// Moves between early help and social care.
        StepUpStepDown => "step-up-step-down",
    }
}

codes! {
    /// How a meeting of a panel stands.
    pub enum PanelMeetingState {
        /// It is to come: children are put on its agenda.
        Planned => "planned",
        /// It was held: what it decided is settled.
        Held => "held",
        /// It is closed: nothing of it changes any more.
        Closed => "closed",
    }
}

codes! {
    /// What a panel decided of a child.
    pub enum PanelDecision {
        /// A service is to work with the child.
        Allocate => "allocate",
        /// A service for more need is to.
        StepUp => "step-up",
        /// A service for less need is to.
        StepDown => "step-down",
        /// Nothing follows from this panel.
        NoFurtherAction => "no-further-action",
        /// A later meeting decides.
        Deferred => "deferred",
    }
}

/// What is done to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelMeetingStep {
    /// It is said that it was held.
    Hold,
    /// It is closed.
    Close,
}

impl PanelMeetingState {
    /// Where a step leads; none where it cannot follow here.
    #[must_use]
    pub const fn after(self, step: PanelMeetingStep) -> Option<Self> {
        match (self, step) {
            (Self::Planned, PanelMeetingStep::Hold) => Some(Self::Held),
            (Self::Held, PanelMeetingStep::Close) => Some(Self::Closed),
            _ => None,
        }
    }
}

impl PanelDecision {
    /// Whether it names who is to receive the child.
    #[must_use]
    pub const fn names_receiver(self) -> bool {
        matches!(self, Self::Allocate | Self::StepUp | Self::StepDown)
    }
}

/// A panel of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// Its id.
    pub id: PanelId,
    /// The area (ONS code) it is of.
    pub area: String,
    /// What it is for.
    pub kind: PanelKind,
    /// Its name.
    pub name: String,
    /// Who chairs: one of its members.
    pub chair: AccountId,
    /// Counts changes, from 1. What is on an agenda changes it never: it would count hidden children.
    pub version: i64,
}

/// A meeting of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelMeeting {
    /// Its id.
    pub id: PanelMeetingId,
    /// Of which panel.
    pub panel: PanelId,
    /// The day.
    pub meets_on: NaiveDate,
    /// How it stands.
    pub state: PanelMeetingState,
    /// As [`Panel::version`].
    pub version: i64,
}

/// Who is to receive a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanelReceiver {
    /// The organisation.
    pub organisation: OrganisationId,
    /// What it is to do for the child.
    pub service: Service,
}

/// What was decided of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledDecision {
    /// The decision.
    pub decision: PanelDecision,
    /// Who is to receive the child.
    pub receiver: Option<PanelReceiver>,
    /// The day it was settled.
    pub on: NaiveDate,
}

/// A child on an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelItem {
    /// Of which meeting.
    pub meeting: PanelMeetingId,
    /// Its number within the meeting: random, so that gaps count nothing.
    pub number: i32,
    /// The child.
    pub child: ChildId,
    /// Who put it there.
    pub added_by: AccountId,
    /// What was decided.
    pub settled: Option<SettledDecision>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// The highest number of an item.
pub const HIGHEST_ITEM: i32 = 999_999;
/// How far ahead a meeting is planned, in days.
pub const LONGEST_AHEAD_DAYS: u64 = 366;
/// The most members of a panel.
pub const MOST_MEMBERS: usize = 50;

/// The place in an agenda after an item that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterItem(pub i32);

impl fmt::Display for AfterItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_string()))
    }
}

impl FromStr for AfterItem {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAPlace)?;
        let number = std::str::from_utf8(&bytes).map_err(|_| NotAPlace)?;
        let place = Self(number.parse().map_err(|_| NotAPlace)?);
        // One spelling alone.
        let good = (1..=HIGHEST_ITEM).contains(&place.0) && place.to_string() == text;
        if good { Ok(place) } else { Err(NotAPlace) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_is_held_and_then_closed() {
        use PanelMeetingState::{Closed, Held, Planned};
        use PanelMeetingStep::{Close, Hold};
        for (state, step, next) in [
            (Planned, Hold, Some(Held)),
            (Held, Close, Some(Closed)),
            (Planned, Close, None),
            (Held, Hold, None),
            (Closed, Hold, None),
            (Closed, Close, None),
        ] {
            assert_eq!(state.after(step), next, "{state} {step:?}");
        }
    }

    #[test]
    fn what_hands_a_child_on_names_to_whom() {
        let naming: Vec<_> = PanelDecision::ALL.iter().filter(|decision| decision.names_receiver()).collect();
        assert_eq!(naming, [&PanelDecision::Allocate, &PanelDecision::StepUp, &PanelDecision::StepDown]);
    }

    #[test]
    fn a_place_in_an_agenda_has_one_spelling() {
        assert_eq!(AfterItem(417_233).to_string().parse(), Ok(AfterItem(417_233)));
        for wrong in ["", "417233", &URL_SAFE_NO_PAD.encode("0417233"), &URL_SAFE_NO_PAD.encode("0")] {
            assert_eq!(wrong.parse::<AfterItem>(), Err(NotAPlace), "{wrong}");
        }
    }
}
