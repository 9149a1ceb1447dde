//! Overrides of a shield: why, for how long a warning may be acknowledged, and how cases of the management team end.

use super::codes::codes;
use super::instants::SECOND;
use super::policy::CaseKind;

/// How long a warning may be acknowledged, in microseconds. What is not used by then ends.
pub const ACKNOWLEDGED_WITHIN: i64 = 5 * 60 * SECOND;

codes! {
    /// Why the hidden part of a shielded record has to be seen.
    pub enum OverrideGround {
        /// A child is in danger now.
        ImmediateDanger => "immediate-danger",
        /// An enquiry under section 47 of the Children Act 1989.
        SectionFortySeven => "section-47-enquiry",
        /// The child is missing.
        MissingChild => "missing-child",
        /// A medical emergency.
        MedicalEmergency => "medical-emergency",
        /// A court has ordered it.
        CourtOrder => "court-order",
    }
}

codes! {
    /// How a case of the management team ended.
    pub enum CaseOutcome {
        /// The override was needed.
        Justified => "justified",
        /// It was not.
        NotJustified => "not-justified",
        /// It cannot be told whether it was.
        Inconclusive => "inconclusive",
        /// What was held is shown like any other record.
        Released => "released",
        /// What was held stays so.
        Kept => "kept",
    }
}

impl CaseOutcome {
    /// The outcomes with which a manager closes a case of this kind; none where it ends with what it is about.
    #[must_use]
    pub const fn of(kind: CaseKind) -> &'static [Self] {
        match kind {
            CaseKind::Investigation => &[Self::Justified, Self::NotJustified, Self::Inconclusive],
            CaseKind::Review => &[Self::Released, Self::Kept],
            CaseKind::Shield | CaseKind::Broker => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_belongs_to_one_kind() {
        for outcome in CaseOutcome::ALL {
            let kinds = CaseKind::ALL.iter().filter(|kind| CaseOutcome::of(**kind).contains(outcome));
            assert_eq!(kinds.count(), 1, "{outcome}");
        }
    }
}
