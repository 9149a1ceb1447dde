//! The rules that watch the log, as data: what each looks for, from which measure on it raises an alert, and over which
//! time.

use crate::domain::codes::codes;
use crate::domain::instants::{DAY, HOUR};

codes! {
    /// What a rule looks for.
    pub enum RuleKind {
        /// Many times as many accesses in a day as others of the organisation or the sector have.
        Volume => "volume-above-peers",
        /// Many different children searched for under one family name.
        SurnameWalk => "surname-walk",
        /// Many different children searched for under one postcode.
        PostcodeWalk => "postcode-walk",
        /// A child of the account holder's own family name, or of their own home.
        OwnFamily => "own-surname-or-address",
        /// Children who bear the family name of a colleague.
        ColleaguesFamily => "colleagues-family",
        /// Children of other areas.
        OutOfArea => "out-of-area",
        /// Accesses at night and at weekends.
        OutOfHours => "out-of-hours",
        /// A shield overridden, until somebody else has looked into it.
        Override => "override-without-investigation",
        /// Children looked at, and no involvement of the organisation recorded since.
        NoInvolvement => "no-involvement-afterwards",
        /// The same reason stated every time.
        ConstantReason => "reason-never-varies",
        /// A record that stands for nobody.
        Decoy => "decoy-touched",
        /// An account holder who was asked why has not said, or cannot.
        NoJustification => "no-justification",
    }
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What it looks for.
    pub kind: RuleKind,
    /// From this measure on it raises an alert.
    pub threshold: i64,
    /// Over how long it measures, in microseconds.
    pub window: i64,
    /// How long it waits before it judges, in microseconds.
    pub grace: i64,
}

/// Of how many accesses one is asked about.
pub const SAMPLED: u64 = 50;
/// How long an account holder has to answer, in microseconds.
pub const TO_ANSWER: i64 = 7 * DAY;
/// From so many accesses a day on a volume is compared with others'.
pub const LEAST_VOLUME: i64 = 20;
/// From this hour on, and before the other, it is night in London.
pub const NIGHT: (u32, u32) = (21, 6);

const fn rule(kind: RuleKind, threshold: i64, window: i64, grace: i64) -> Rule {
    Rule { kind, threshold, window, grace }
}

/// The rules as they come. Thresholds are this project's own: high enough that ordinary work does not meet them.
pub const RULES: [Rule; 12] = [
    // Times the median of others' days.
    rule(RuleKind::Volume, 5, DAY, 0),
    // Different children.
    rule(RuleKind::SurnameWalk, 6, 2 * HOUR, 0),
    rule(RuleKind::PostcodeWalk, 6, 2 * HOUR, 0),
    rule(RuleKind::OwnFamily, 1, DAY, 0),
    rule(RuleKind::ColleaguesFamily, 2, DAY, 0),
    rule(RuleKind::OutOfArea, 5, DAY, 0),
    // Accesses.
    rule(RuleKind::OutOfHours, 5, DAY, 0),
    rule(RuleKind::Override, 1, DAY, 0),
    rule(RuleKind::NoInvolvement, 5, DAY, 14 * DAY),
    rule(RuleKind::ConstantReason, 60, 14 * DAY, 0),
    rule(RuleKind::Decoy, 1, DAY, 0),
    rule(RuleKind::NoJustification, 1, DAY, 0),
];

/// The rule of a kind.
#[must_use]
pub fn rule_of(kind: RuleKind) -> Rule {
    RULES.into_iter().find(|rule| rule.kind == kind).unwrap_or(rule(kind, 1, DAY, 0))
}

impl RuleKind {
    /// Whether each of its alerts is about one event: then that event, of a hidden child perhaps, is told with it, and
    /// the organisation is not.
    #[must_use]
    pub const fn is_of_one_event(self) -> bool {
        matches!(self, Self::Override | Self::NoJustification)
    }

    /// Whether it rests on what may be hidden of a child: where it lives and who works with it.
    #[must_use]
    pub const fn rests_on_hidden(self) -> bool {
        match self {
            Self::OwnFamily | Self::OutOfArea | Self::NoInvolvement => true,
            Self::Volume
            | Self::SurnameWalk
            | Self::PostcodeWalk
            | Self::ColleaguesFamily
            | Self::OutOfHours
            | Self::Override
            | Self::ConstantReason
            | Self::Decoy
            | Self::NoJustification => false,
        }
    }
}
