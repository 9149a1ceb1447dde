//! Key indicators, reviewed every six months: what each is, in which words, and of what it is made.

#[cfg(test)]
mod attacks;
mod figures;
mod outside;
mod periods;
mod tallies;
#[cfg(test)]
mod tests;

pub use figures::{Cell, Counts, FEWEST, Figure, NotACell, Progress, Published};
pub use outside::{ImportedIndicator, OutsideIndicator};
pub use periods::{HalfYear, NotAHalfYear};
pub use tallies::{ELSEWHERE, Tallies};

use crate::domain::accounts::TrainingKind;
use crate::domain::codes::codes;

codes! {
    /// An indicator that the index itself can tell.
    pub enum Indicator {
        /// Enquiries at access points.
        Enquiries => "enquiries",
        /// Enquiries about a child already known to another service.
        AlreadyKnown => "already-known",
        /// Enquiries allocated to a service.
        Referrals => "referrals",
        /// Referrals that an assessment followed.
        Assessed => "referrals-assessed",
        /// Their share of referrals.
        AssessedShare => "referrals-assessed-share",
        /// Enquiries that a service accepted.
        Accepted => "accepted",
        /// How long acceptance took.
        DaysToAcceptance => "median-days-to-acceptance",
        /// Referrals about a child who had been referred within the twelve months before.
        ReReferrals => "re-referrals-within-12-months",
        /// Decisions on enquiries that came after they were due.
        LateDecisions => "late-decisions",
        /// Transfers to a service for more need that were accepted.
        StepUps => "step-ups",
        /// Transfers to a service for less need that were accepted.
        StepDowns => "step-downs",
        /// Children with early help and no lead professional, on the last day.
        WithoutLead => "early-help-without-lead",
        /// Open assessments of children without a lead professional, on the last day.
        AssessmentsWithoutLead => "open-assessments-without-lead",
        /// Teams around children that should have looked again, on the last day.
        ReviewsOverdue => "reviews-overdue",
        /// Children with a lead professional for child protection, on the last day.
        ChildProtection => "child-protection-episodes",
        /// Children with social care and no plan of protection, on the last day.
        SectionSeventeen => "section-17-episodes",
        /// Entries that nobody had confirmed for long, on the last day.
        StaleContacts => "stale-contacts",
        /// The share of entries that had been confirmed lately, on the last day.
        FreshContacts => "fresh-contacts-share",
        /// Searches for children.
        Searches => "searches",
        /// Searches that named nobody.
        SearchesWithoutMatch => "searches-without-match",
        /// Their share of searches.
        WithoutMatchShare => "searches-without-match-share",
        /// Accounts of people in use, on the last day.
        Workforce => "accounts-in-use",
        /// Of these, with training in the use of the index in date.
        TrainedInUse => "accounts-trained-in-index-use",
        /// Their share.
        UseCoverage => "index-use-training-coverage",
        /// Of these, with training in sharing information in date.
        TrainedInSharing => "accounts-trained-in-information-sharing",
        /// Their share.
        SharingCoverage => "information-sharing-training-coverage",
        /// Of these, with training as lead professional in date.
        TrainedToLead => "accounts-trained-as-lead-professional",
        /// Their share.
        LeadCoverage => "lead-professional-training-coverage",
        /// Accounts in use without training in date, on the last day; periods frozen before there was coverage have it.
        Untrained => "accounts-without-training",
    }
}

codes! {
    /// Which way an indicator should move.
    pub enum Direction {
        /// More is better.
        Up => "up",
        /// Less is better.
        Down => "down",
        /// It says how much there is, and neither is better.
        Neither => "neither",
    }
}

codes! {
    /// What a figure counts.
    pub enum Unit {
        /// Enquiries, children, entries or accounts.
        Count => "count",
        /// Whole days.
        Days => "days",
        /// Whole parts of a hundred.
        Percent => "percent",
    }
}

codes! {
    /// How figures are broken down.
    pub enum Breakdown {
        /// One figure for the area.
        Area => "area",
        /// By postcode district.
        Locality => "locality",
        /// By the sector of those who work there.
        Agency => "agency",
    }
}

/// What an indicator means, word for word in every period that bears the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// What is counted.
    pub text: &'static str,
    /// Counts changes of the text, from 1.
    pub version: u16,
    /// Which way it should move.
    pub direction: Direction,
}

/// Of what the figures of an indicator are made. Each rule leaves every published figure the same whatever a suppressed
/// one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Making {
    /// Counts, suppressed and rounded when a period is frozen.
    Counted,
    /// The median of days where ten cases at least stand behind it.
    Median,
    /// The share of counts that are not published themselves, of rounded figures.
    Share,
    /// The share that one published count is of another; made of these whenever they are read.
    Quotient {
        /// The part.
        part: Indicator,
        /// Of what.
        whole: Indicator,
    },
    /// It is counted no more.
    Retired,
}

/// An assessment that starts no later than so many days after an enquiry followed on it. Ours: a referral is decided
/// within a working day and an assessment is to be finished within 45 working days, so that one which starts later than
/// this has another cause.
pub const ASSESSED_WITHIN_DAYS: u64 = 45;

impl Indicator {
    /// What it means now.
    #[must_use]
    pub fn definition(self) -> Definition {
        let texts = self.texts();
        let version = u16::try_from(texts.len()).unwrap_or(u16::MAX);
        Definition { text: texts.last().copied().unwrap_or_default(), version, direction: self.direction() }
    }

    /// What it meant in a period that bears a version; none where there was no such version.
    #[must_use]
    pub fn text_of(self, version: u16) -> Option<&'static str> {
        self.texts().get(usize::from(version).checked_sub(1)?).copied()
    }

    /// The texts of all its versions, oldest first. A changed definition is added, and none is ever changed or taken
    /// away: frozen periods bear it.
    #[expect(clippy::too_many_lines, reason = "a table, read row by row")]
    const fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Enquiries => &["Enquiries recorded at access points in the period."],
            Self::AlreadyKnown => {
                &["Enquiries in the period about a child with whom another service that the recorder could see worked."]
            }
            Self::Referrals => &["Enquiries recorded in the period that were allocated."],
            Self::Assessed => &[
                "Referrals of the period about a child of whom an assessment of any kind started on the day of the enquiry or within 45 days after it, as the index knew it when the period was frozen.",
            ],
            Self::AssessedShare => &[
                "The share of referrals going on to assessment: referrals-assessed of referrals, made of the published figures.",
            ],
            Self::Accepted => &["Enquiries recorded in the period that a receiver accepted."],
            Self::DaysToAcceptance => &[
                "The median of days from an enquiry recorded in the period to its acceptance by a receiver within it, in whole days, where at least ten were accepted; that of the area is of the localities that are published.",
            ],
            Self::ReReferrals => &[
                "Enquiries allocated in the period about a child about whom one was allocated in the 12 months before.",
            ],
            Self::LateDecisions => {
                &["Enquiries recorded in the period whose first decision came after one working day."]
            }
            Self::StepUps => &[
                "Transfers to a service of a higher tier, from early help to social care, that a receiver accepted in the period; those of sensitive services are counted nowhere.",
            ],
            Self::StepDowns => &[
                "Transfers to a service of a lower tier, from social care to early help, that a receiver accepted in the period; those of sensitive services are counted nowhere.",
            ],
            Self::WithoutLead => &[
                "Children with early help or family support and no lead professional on the last day of the period, as the index knew it when the period was frozen.",
            ],
            Self::AssessmentsWithoutLead => &[
                "Assessments of any kind open on the last day of the period about a child without a lead professional of any kind on that day, as the index knew it when the period was frozen.",
            ],
            Self::ReviewsOverdue => &[
                "Children whose team was to look again before the last day of the period and had named no later day, as the index knew it when the period was frozen.",
            ],
            Self::ChildProtection => &[
                "Children with a lead professional for child protection on the last day of the period, as the index knew it when the period was frozen.",
            ],
            Self::SectionSeventeen => &[
                "Children with children's social care and no lead professional for child protection on the last day, as known when frozen.",
            ],
            Self::StaleContacts => &[
                "Involvements running on the last day that nobody had confirmed for longer than the index calls fresh.",
            ],
            Self::FreshContacts => &[
                "The share of involvements running on the last day that somebody had confirmed as lately as the index calls fresh, of rounded figures, where these and the others are ten at least.",
            ],
            Self::Searches => &[
                "Searches for children in the period by accounts of the area that were answered, whatever they found.",
            ],
            Self::SearchesWithoutMatch => &[
                "Searches of the period that named nobody because nobody fitted or, where a system asks, because none or not one alone did; counted by their ending, whoever was looked for.",
            ],
            Self::WithoutMatchShare => {
                &["The share of searches-without-match of searches, made of the published figures."]
            }
            Self::Workforce => &["Accounts of people in use on the last day, by the sector they work in."],
            Self::TrainedInUse => {
                &["Of accounts-in-use those with training in the use of the index in date on the last day."]
            }
            Self::TrainedInSharing => {
                &["Of accounts-in-use those with training in sharing information in date on the last day."]
            }
            Self::TrainedToLead => {
                &["Of accounts-in-use those with training as lead professional in date on the last day."]
            }
            Self::UseCoverage => {
                &["The share of accounts-trained-in-index-use of accounts-in-use, made of the published figures."]
            }
            Self::SharingCoverage => &[
                "The share of accounts-trained-in-information-sharing of accounts-in-use, made of the published figures.",
            ],
            Self::LeadCoverage => &[
                "The share of accounts-trained-as-lead-professional of accounts-in-use, made of the published figures.",
            ],
            Self::Untrained => &["Accounts in use on the last day whose training was not in date."],
        }
    }

    const fn direction(self) -> Direction {
        match self {
            Self::Accepted
            | Self::FreshContacts
            | Self::TrainedInUse
            | Self::UseCoverage
            | Self::TrainedInSharing
            | Self::SharingCoverage
            | Self::TrainedToLead
            | Self::LeadCoverage => Direction::Up,
            Self::DaysToAcceptance
            | Self::ReReferrals
            | Self::LateDecisions
            | Self::WithoutLead
            | Self::AssessmentsWithoutLead
            | Self::ReviewsOverdue
            | Self::StaleContacts
            | Self::SearchesWithoutMatch
            | Self::WithoutMatchShare
            | Self::Untrained => Direction::Down,
            Self::Enquiries
            | Self::AlreadyKnown
            | Self::Referrals
            | Self::Assessed
            | Self::AssessedShare
            | Self::StepUps
            | Self::StepDowns
            | Self::ChildProtection
            | Self::SectionSeventeen
            | Self::Searches
            | Self::Workforce => Direction::Neither,
        }
    }

    /// Of what its figures are made.
    #[must_use]
    pub const fn making(self) -> Making {
        match self {
            Self::DaysToAcceptance => Making::Median,
            Self::FreshContacts => Making::Share,
            Self::AssessedShare => Making::Quotient { part: Self::Assessed, whole: Self::Referrals },
            Self::WithoutMatchShare => Making::Quotient { part: Self::SearchesWithoutMatch, whole: Self::Searches },
            Self::UseCoverage => Making::Quotient { part: Self::TrainedInUse, whole: Self::Workforce },
            Self::SharingCoverage => Making::Quotient { part: Self::TrainedInSharing, whole: Self::Workforce },
            Self::LeadCoverage => Making::Quotient { part: Self::TrainedToLead, whole: Self::Workforce },
            Self::Untrained => Making::Retired,
            _ => Making::Counted,
        }
    }

    /// What its figures count.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self.making() {
            Making::Counted | Making::Retired => Unit::Count,
            Making::Median => Unit::Days,
            Making::Share | Making::Quotient { .. } => Unit::Percent,
        }
    }

    /// How finely its figures are kept: one for the area, or one for each of its localities or agencies.
    #[must_use]
    pub const fn kept_by(self) -> Breakdown {
        match self {
            Self::Searches | Self::SearchesWithoutMatch | Self::WithoutMatchShare => Breakdown::Area,
            Self::Workforce
            | Self::TrainedInUse
            | Self::UseCoverage
            | Self::TrainedInSharing
            | Self::SharingCoverage
            | Self::TrainedToLead
            | Self::LeadCoverage => Breakdown::Agency,
            _ => Breakdown::Locality,
        }
    }

    /// The indicator of those trained so.
    #[must_use]
    pub const fn of_training(kind: TrainingKind) -> Self {
        match kind {
            TrainingKind::IndexUse => Self::TrainedInUse,
            TrainingKind::InformationSharing => Self::TrainedInSharing,
            TrainingKind::LeadProfessional => Self::TrainedToLead,
        }
    }
}
