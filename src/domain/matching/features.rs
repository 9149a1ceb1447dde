//! A profile or a query made ready for keys and comparison: names folded, postcodes taken apart.

use chrono::NaiveDate;

use super::{
    folds::FoldedName,
    places::{PostcodeText, read_postcode},
    profiles::{ExactIdentifier, NameKind, Profile},
    queries::{BirthCriterion, PostcodeCriterion, QueriedDate, SearchQuery},
};
use crate::domain::sex::Sex;

/// Names considered of one child; a record with more is cut, current names first.
const MAX_NAMES: usize = 8;
/// Postcodes considered of one child.
const MAX_PLACES: usize = 6;
/// Identifiers considered of one child.
const MAX_IDENTIFIERS: usize = 8;

/// One name, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoldedForm {
    pub(super) family: FoldedName,
    pub(super) given: FoldedName,
    pub(super) kind: NameKind,
}

impl FoldedForm {
    fn new(family: &str, given: &str, kind: NameKind) -> Self {
        let family = FoldedName::family(family);
        let given = FoldedName::given(given, &family);
        FoldedForm { family, given, kind }
    }
}

/// What is known of the day of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Birth {
    Unknown,
    On(QueriedDate),
    /// Between two days that were both named.
    Between(NaiveDate, NaiveDate),
    /// Between two days that follow from an age.
    Aged(NaiveDate, NaiveDate),
}

/// A place, and whether the child lives there no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) text: PostcodeText,
    pub(super) former: bool,
}

/// Everything that keys and scores are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Features {
    pub(super) forms: Vec<FoldedForm>,
    pub(super) birth: Birth,
    pub(super) sex: Option<Sex>,
    pub(super) places: Vec<Place>,
    pub(super) identifiers: Vec<ExactIdentifier>,
}

impl From<&Profile> for Features {
    fn from(profile: &Profile) -> Self {
        let mut forms: Vec<FoldedForm> = profile
            .names
            .iter()
            .map(|name| FoldedForm::new(&name.family, &name.given, name.kind))
            .filter(|form| !form.family.is_empty() || !form.given.is_empty() || form.given.birth_order().is_some())
            .collect();
        if forms.len() > MAX_NAMES {
            forms.sort_by_key(|form| form.kind != NameKind::Current);
            forms.truncate(MAX_NAMES);
        }
        let current = profile.postcode.iter().map(|text| (text, false));
        let former = profile.former_postcodes.iter().map(|text| (text, true));
        let places = current
            .chain(former)
            .filter_map(|(text, former)| read_postcode(text).map(|text| Place { text, former }))
            .take(MAX_PLACES)
            .collect();
        Features {
            forms,
            birth: profile.date_of_birth.map_or(Birth::Unknown, |date| Birth::On(date.into())),
            sex: Some(profile.sex).filter(|sex| sex.is_known()),
            places,
            identifiers: profile.identifiers.iter().take(MAX_IDENTIFIERS).cloned().collect(),
        }
    }
}

impl From<&SearchQuery> for Features {
    fn from(query: &SearchQuery) -> Self {
        let form = FoldedForm::new(
            query.family_name.as_deref().unwrap_or_default(),
            query.given_name.as_deref().unwrap_or_default(),
            NameKind::Current,
        );
        let birth = match query.birth {
            None => Birth::Unknown,
            Some(BirthCriterion::On(date)) => Birth::On(date),
            Some(BirthCriterion::Between(first, last)) => Birth::Between(first, last),
            Some(age @ BirthCriterion::Age { .. }) => {
                age.range().map_or(Birth::Unknown, |(oldest, youngest)| Birth::Aged(oldest, youngest))
            }
        };
        let place = query.postcode.as_ref().and_then(|criterion| match criterion {
            PostcodeCriterion::Full(text) | PostcodeCriterion::Outward(text) | PostcodeCriterion::Partial(text) => {
                read_postcode(text)
            }
        });
        Features {
            forms: vec![form],
            birth,
            sex: query.sex.filter(|sex| sex.is_known()),
            places: place.map(|text| Place { text, former: false }).into_iter().collect(),
            identifiers: query.identifier.iter().cloned().collect(),
        }
    }
}
