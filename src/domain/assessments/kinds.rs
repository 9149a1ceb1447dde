//! The kinds of assessment as data: what each needs, how an ordinary reader is told of it, and what it is linked to.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::domain::codes::codes;
use crate::domain::services::Sector;

/// How long the code of a kind may be, in characters.
const LONGEST_CODE: usize = 40;

codes! {
    /// What an ordinary reader is told of a kind that says more of a child than they need.
    pub enum CoarseKind {
        /// Social care.
        SocialCare => "social-care",
        /// Education.
        Education => "education",
        /// Health.
        Health => "health",
    }
}

/// The code of a kind of assessment: a word or a few in lower case, joined by hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct AssessmentKind(Cow<'static, str>);

/// A text that is no code of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 lower-case letters, digits and hyphens, starting with a letter")]
pub struct KindError;

impl AssessmentKind {
    /// Early help; once the Common Assessment Framework.
    pub const EARLY_HELP: Self = Self(Cow::Borrowed("early-help"));
    /// The single assessment of social care.
    pub const SINGLE_ASSESSMENT: Self = Self(Cow::Borrowed("social-care-single-assessment"));
    /// Education, health and care needs.
    pub const EDUCATION_HEALTH_CARE: Self = Self(Cow::Borrowed("education-health-and-care"));
    /// Child in need (Children Act 1989, section 17).
    pub const CHILD_IN_NEED: Self = Self(Cow::Borrowed("child-in-need"));
    /// Child protection (Children Act 1989, section 47).
    pub const CHILD_PROTECTION: Self = Self(Cow::Borrowed("child-protection"));

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl FromStr for AssessmentKind {
    type Err = KindError;

    fn from_str(code: &str) -> Result<Self, KindError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = code.len() <= LONGEST_CODE
            && code.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
            && code.bytes().all(fits);
        if good { Ok(Self(Cow::Owned(code.to_owned()))) } else { Err(KindError) }
    }
}

impl TryFrom<String> for AssessmentKind {
    type Error = KindError;

    fn try_from(code: String) -> Result<Self, KindError> {
        code.parse()
    }
}

impl fmt::Display for AssessmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What holds of one kind: a row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// Its code.
    pub kind: AssessmentKind,
    /// Whether it stands on consent; statutory kinds do not.
    pub needs_consent: bool,
    /// What an ordinary reader is told instead of the kind; the kind itself where there is nothing here.
    #[serde(default)]
    pub shown_as: Option<CoarseKind>,
    /// The kind that one of this may be linked to.
    #[serde(default)]
    pub links_to: Option<AssessmentKind>,
    /// The sectors that start one; every sector where none is named. Whoever starts one and is refused learns that one is
    /// open: of a kind that is told coarsely, only those whose work it is may.
    #[serde(default)]
    pub started_by: Vec<Sector>,
}

impl KindRule {
    /// Whether an account of this sector may start one.
    #[must_use]
    pub fn may_be_started_by(&self, sector: Sector) -> bool {
        self.started_by.is_empty() || self.started_by.contains(&sector)
    }
}

/// The kinds that an index records: those every index has, and those it was set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentKinds(Vec<KindRule>);

/// Why kinds cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KindsError {
    /// A kind is there twice.
    #[error("the kind {0} is there already")]
    Twice(AssessmentKind),
    /// A kind is called as an ordinary reader is told of others.
    #[error("the kind {0} has a name that stands for several kinds")]
    Coarse(AssessmentKind),
    /// A kind links to one that there is not.
    #[error("the kind {0} links to a kind that there is not")]
    Link(AssessmentKind),
}

impl Default for AssessmentKinds {
    fn default() -> Self {
        let statutory = |kind, shown_as, started_by: &[Sector]| KindRule {
            kind,
            needs_consent: false,
            shown_as,
            links_to: None,
            started_by: started_by.to_vec(),
        };
        let early_help = KindRule {
            kind: AssessmentKind::EARLY_HELP,
            needs_consent: true,
            shown_as: None,
            links_to: Some(AssessmentKind::SINGLE_ASSESSMENT),
            started_by: Vec::new(),
        };
        let (care, schools) = (&[Sector::SocialCare], &[Sector::Education, Sector::SocialCare]);
        Self(vec![
            early_help,
            statutory(AssessmentKind::SINGLE_ASSESSMENT, None, care),
            statutory(AssessmentKind::EDUCATION_HEALTH_CARE, Some(CoarseKind::Education), schools),
            statutory(AssessmentKind::CHILD_IN_NEED, Some(CoarseKind::SocialCare), care),
            statutory(AssessmentKind::CHILD_PROTECTION, Some(CoarseKind::SocialCare), care),
        ])
    }
}

impl AssessmentKinds {
    /// The kinds that every index has, and more.
    ///
    /// # Errors
    /// Where they contradict each other.
    pub fn with(more: impl IntoIterator<Item = KindRule>) -> Result<Self, KindsError> {
        let mut kinds = Self::default();
        for rule in more {
            if kinds.rule(&rule.kind).is_some() {
                return Err(KindsError::Twice(rule.kind));
            }
            if CoarseKind::CODES.contains(&rule.kind.code()) || rule.kind.code() == Self::UNKNOWN {
                return Err(KindsError::Coarse(rule.kind));
            }
            kinds.0.push(rule);
        }
        let stray = kinds.0.iter().find(|rule| rule.links_to.as_ref().is_some_and(|other| kinds.rule(other).is_none()));
        match stray {
            Some(rule) => Err(KindsError::Link(rule.kind.clone())),
            None => Ok(kinds),
        }
    }

    /// What an ordinary reader is told of a kind that the settings do not know any more.
    const UNKNOWN: &'static str = "other";

    /// What holds of a kind; nothing where it is recorded no more, or never was.
    #[must_use]
    pub fn rule(&self, kind: &AssessmentKind) -> Option<&KindRule> {
        self.0.iter().find(|rule| rule.kind == *kind)
    }

    /// What somebody is told of a kind: the kind itself where they see it `exactly`, and else what its row says.
    #[must_use]
    pub fn told_as<'kind>(&self, kind: &'kind AssessmentKind, exactly: bool) -> &'kind str {
        if exactly {
            return kind.code();
        }
        match self.rule(kind).map(|rule| rule.shown_as) {
            Some(Some(coarse)) => coarse.code(),
            Some(None) => kind.code(),
            None => Self::UNKNOWN,
        }
    }

    /// Whether an assessment of a kind may be linked to one of another.
    #[must_use]
    pub fn may_link(&self, kind: &AssessmentKind, other: &AssessmentKind) -> bool {
        self.rule(kind).is_some_and(|rule| rule.links_to.as_ref() == Some(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: &str) -> AssessmentKind {
        code.parse().unwrap()
    }

    #[test]
    fn the_kinds_of_every_index_are_as_the_rules_have_them() {
        let kinds = AssessmentKinds::default();
        let care: &[Sector] = &[Sector::SocialCare];
        for (code, needs_consent, told_as, started_by) in [
            ("early-help", true, "early-help", Sector::ALL),
            ("social-care-single-assessment", false, "social-care-single-assessment", care),
            ("education-health-and-care", false, "education", &[Sector::Education, Sector::SocialCare]),
            ("child-in-need", false, "social-care", care),
            ("child-protection", false, "social-care", care),
        ] {
            let kind = kind(code);
            let rule = kinds.rule(&kind).unwrap();
            assert_eq!(rule.needs_consent, needs_consent, "{code}");
            let starters = Sector::ALL.iter().filter(|sector| rule.may_be_started_by(**sector));
            assert!(starters.eq(Sector::ALL.iter().filter(|sector| started_by.contains(sector))), "{code}");
            assert_eq!((kinds.told_as(&kind, false), kinds.told_as(&kind, true)), (told_as, code));
        }
        assert_eq!(kinds.0.len(), 5, "each has its line above");
    }

    #[test]
    fn early_help_alone_is_linked_and_to_a_single_assessment_alone() {
        let kinds = AssessmentKinds::default();
        for from in &kinds.0 {
            for to in &kinds.0 {
                let may = (from.kind.code(), to.kind.code()) == ("early-help", "social-care-single-assessment");
                assert_eq!(kinds.may_link(&from.kind, &to.kind), may, "{} {}", from.kind, to.kind);
            }
        }
    }

    #[test]
    fn a_code_is_a_word_or_a_few() {
        for good in ["a", "early-help", "section-47", &"a".repeat(40)] {
            assert_eq!(good.parse::<AssessmentKind>().map(|kind| kind.to_string()), Ok(good.to_owned()));
        }
        for wrong in ["", "-a", "4a", "Early", "early help", "früh", "a_b", &"a".repeat(41)] {
            assert_eq!(wrong.parse::<AssessmentKind>(), Err(KindError), "{wrong}");
        }
    }

    #[test]
    fn an_index_may_record_more_kinds() {
        let rule = |code, links_to: Option<&str>| KindRule {
            kind: kind(code),
            needs_consent: true,
            shown_as: Some(CoarseKind::Health),
            links_to: links_to.map(kind),
            started_by: vec![Sector::Health],
        };
        let kinds = AssessmentKinds::with([rule("looked-after-health", Some("early-help"))]).unwrap();
        assert_eq!(kinds.told_as(&kind("looked-after-health"), false), "health");
        assert!(kinds.may_link(&kind("looked-after-health"), &kind("early-help")));
        for (wrong, error) in [
            (rule("child-in-need", None), KindsError::Twice(kind("child-in-need"))),
            (rule("social-care", None), KindsError::Coarse(kind("social-care"))),
            (rule("other", None), KindsError::Coarse(kind("other"))),
            (rule("young-carer", Some("none")), KindsError::Link(kind("young-carer"))),
        ] {
            assert_eq!(AssessmentKinds::with([wrong]), Err(error));
        }
    }

    #[test]
    fn a_kind_that_is_recorded_no_more_is_not_told_to_an_ordinary_reader() {
        let kinds = AssessmentKinds::default();
        let gone = kind("gone");
        assert_eq!((kinds.told_as(&gone, false), kinds.told_as(&gone, true)), ("other", "gone"));
        assert!(kinds.rule(&gone).is_none() && !kinds.may_link(&gone, &AssessmentKind::SINGLE_ASSESSMENT));
    }
}
