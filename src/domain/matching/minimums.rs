//! Search minimums: the least a searcher must know, so that nobody trawls.

use super::{
    folds::FoldedName,
    queries::{BirthCriterion, SearchQuery},
};

/// A search that names too little. Says what is missing from the nearest sufficient combination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct MinimumsError {
    /// JSON pointers of the fields that would make the search sufficient.
    pub missing: Vec<&'static str>,
    /// One sentence for a person.
    pub sentence: String,
}

impl SearchQuery {
    /// Checks that enough is known to search without trawling (the search minimums of the domain rules; the index
    /// number alone is also enough, but needs no matching and never comes here).
    ///
    /// A given name counts from two letters on; placeholders ("Baby", "Unknown") do not count; an outward code
    /// counts as a postcode, since it always stands beside a name and a second fact.
    ///
    /// # Errors
    /// [`MinimumsError`] naming what the nearest sufficient combination lacks.
    pub fn check_minimums(&self) -> Result<(), MinimumsError> {
        let known = Known::of(self);
        let nearest =
            SUFFICIENT.iter().map(|combination| known.lacking(combination)).min_by_key(Vec::len).unwrap_or_default();
        if nearest.is_empty() {
            return Ok(());
        }
        Err(MinimumsError {
            missing: nearest.iter().map(|fact| fact.pointer()).collect(),
            sentence: sentence(&nearest),
        })
    }
}

/// A fact that counts towards the minimums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    Family,
    Given,
    Date,
    DateRange,
    Postcode,
    Identifier,
}

impl Fact {
    fn pointer(self) -> &'static str {
        match self {
            Fact::Family => "/family_name",
            Fact::Given => "/given_name",
            Fact::Date | Fact::DateRange => "/date_of_birth",
            Fact::Postcode => "/postcode",
            Fact::Identifier => "/identifier",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Fact::Family => "a family name",
            Fact::Given => "a given name of two letters or more",
            Fact::Date => "a date of birth",
            Fact::DateRange => "a date of birth, a range of up to 12 months or an age",
            Fact::Postcode => "a postcode",
            Fact::Identifier => "an identifier",
        }
    }
}

/// The combinations that suffice, the commonest first, because a tie names the first.
const SUFFICIENT: [&[Fact]; 5] = [
    &[Fact::Family, Fact::Date],
    &[Fact::Family, Fact::Given, Fact::DateRange],
    &[Fact::Given, Fact::Family, Fact::Postcode],
    &[Fact::Given, Fact::Date, Fact::Postcode],
    &[Fact::Identifier, Fact::Date],
];

struct Known {
    facts: Vec<Fact>,
}

impl Known {
    fn of(query: &SearchQuery) -> Known {
        let mut facts = Vec::new();
        let family = FoldedName::family(query.family_name.as_deref().unwrap_or_default());
        if !family.is_empty() {
            facts.push(Fact::Family);
        }
        let given = FoldedName::given(query.given_name.as_deref().unwrap_or_default(), &family);
        if given.tokens().iter().any(|token| token.len() >= 2) {
            facts.push(Fact::Given);
        }
        if let Some(birth) = &query.birth {
            if matches!(birth, BirthCriterion::On(_)) {
                facts.push(Fact::Date);
            }
            if birth.within_a_year() {
                facts.push(Fact::DateRange);
            }
        }
        if query.postcode.is_some() {
            facts.push(Fact::Postcode);
        }
        if query.identifier.is_some() {
            facts.push(Fact::Identifier);
        }
        Known { facts }
    }

    fn lacking(&self, combination: &[Fact]) -> Vec<Fact> {
        combination.iter().copied().filter(|fact| !self.facts.contains(fact)).collect()
    }
}

fn sentence(lacking: &[Fact]) -> String {
    let words: Vec<&str> = lacking.iter().map(|fact| fact.words()).collect();
    format!(
        "Too little to search by: add {}. Enough is a family name with a date of birth; both names with a range of up \
         to 12 months or an age; both names with a postcode; a given name with date of birth and postcode; or an \
         identifier with a date of birth.",
        words.join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::matching::{ExactIdentifier, PostcodeCriterion, QueriedDate};

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn on(text: &str) -> Option<BirthCriterion> {
        Some(BirthCriterion::On(QueriedDate::parse(text).unwrap()))
    }

    fn named(family: &str, given: &str) -> SearchQuery {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        SearchQuery { family_name: some(family), given_name: some(given), ..SearchQuery::default() }
    }

    fn postcode(text: &str) -> Option<PostcodeCriterion> {
        PostcodeCriterion::read(text)
    }

    #[test]
    fn sufficient_combinations_pass() {
        let range = Some(BirthCriterion::Between(day(2015, 1, 1), day(2016, 1, 1)));
        let age = Some(BirthCriterion::Age { years: 7, on: day(2024, 1, 1) });
        let identifier = Some(ExactIdentifier::new("nhs-number", "9990000018"));
        for query in [
            SearchQuery { birth: on("2015-03-02"), ..named("Okafor", "") },
            SearchQuery { birth: on("2015-02-31"), ..named("Okafor", "") },
            SearchQuery { birth: range, ..named("Okafor", "Chidera") },
            SearchQuery { birth: age, ..named("Okafor", "Chidera") },
            SearchQuery { postcode: postcode("BA14 8JN"), ..named("Okafor", "Chidera") },
            SearchQuery { postcode: postcode("BA14"), ..named("Okafor", "Chidera") },
            SearchQuery { postcode: postcode("BA14 8JN"), birth: on("2015-03-02"), ..named("", "Chidera") },
            SearchQuery { identifier, birth: on("2015-03-02"), ..named("", "") },
        ] {
            assert_eq!(query.check_minimums(), Ok(()), "{query:?}");
        }
    }

    #[test]
    fn less_is_refused_naming_what_is_missing() {
        let long = Some(BirthCriterion::Between(day(2015, 1, 1), day(2016, 1, 2)));
        let backwards = Some(BirthCriterion::Between(day(2016, 1, 1), day(2015, 1, 1)));
        let age = Some(BirthCriterion::Age { years: 7, on: day(2024, 1, 1) });
        let identifier = Some(ExactIdentifier::new("nhs-number", "9990000018"));
        for (query, missing) in [
            (named("", ""), vec!["/family_name", "/date_of_birth"]),
            (named("Okafor", ""), vec!["/date_of_birth"]),
            (named("Unknown", "Baby"), vec!["/family_name", "/date_of_birth"]),
            (named("Okafor", "Chidera"), vec!["/date_of_birth"]),
            (SearchQuery { birth: long, ..named("Okafor", "Chidera") }, vec!["/date_of_birth"]),
            (SearchQuery { birth: backwards, ..named("Okafor", "Chidera") }, vec!["/date_of_birth"]),
            (SearchQuery { birth: on("2015-03-02"), ..named("", "Chidera") }, vec!["/family_name"]),
            (SearchQuery { birth: age, ..named("Okafor", "") }, vec!["/date_of_birth"]),
            (SearchQuery { birth: age, ..named("Okafor", "C") }, vec!["/date_of_birth"]),
            (SearchQuery { postcode: postcode("BA14 8JN"), ..named("", "Chidera") }, vec!["/family_name"]),
            (SearchQuery { identifier, ..named("", "") }, vec!["/date_of_birth"]),
        ] {
            let error = query.check_minimums().unwrap_err();
            assert_eq!(error.missing, missing, "{query:?}");
            assert!(error.sentence.starts_with("Too little to search by: add "), "{}", error.sentence);
        }
    }
}
