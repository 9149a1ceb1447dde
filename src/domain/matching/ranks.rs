//! Ranking: the candidates of a search best first, graded, and whether they may be shown at all.

use std::borrow::Borrow;

use super::{
    frequencies::Frequencies,
    profiles::Profile,
    queries::SearchQuery,
    scores::{Score, Scorer},
};
use crate::domain::codes::codes;

codes! {
    /// How sure a hit is.
    pub enum Grade {
        /// Probability 0.95 or more.
        Certain => "certain",
        /// Probability 0.85 or more.
        Probable => "probable",
        /// Less, but worth showing.
        Possible => "possible",
    }
}

impl Grade {
    /// The grade of a probability.
    pub fn of(probability: f64) -> Grade {
        if probability >= 0.95 {
            Grade::Certain
        } else if probability >= 0.85 {
            Grade::Probable
        } else {
            Grade::Possible
        }
    }
}

codes! {
    /// What a search came to.
    pub enum Outcome {
        /// There are hits.
        Found => "found",
        /// Nobody fits.
        None => "none",
        /// Too many fit equally; nobody is shown.
        TooMany => "too-many",
    }
}

/// More plausible candidates than this disclose nobody, whatever limit the caller asked for.
pub const MAX_PLAUSIBLE: usize = 25;
/// A candidate less likely than this is not shown, nor counted, where somebody is likelier.
const LEAST_PROBABILITY: f64 = 0.01;
/// Where nobody is as likely as that, whoever has this much evidence is worth a look, in bits: as much as makes a candidate
/// that likely in an index of a million. A larger one asks for no more, or a country would not find whom a county finds.
const LEAST_EVIDENCE: f64 = 13.0;
/// So many of those are shown.
const MOST_UNLIKELY: usize = 5;
/// A candidate this many bits behind the best is not counted as plausible: 64 times less likely.
const PLAUSIBLE_WITHIN: f64 = 6.0;
/// A candidate this many bits behind the best is not shown: a thousand times less likely.
const SHOWN_WITHIN: f64 = 10.0;
/// A best candidate below this is weak: more candidates are worth comparing.
const WEAK: f64 = 0.5;
/// A best candidate at least this likely, by its own evidence, is not looked for any further...
const NEARLY_CERTAIN: f64 = 0.99;
/// ...where no more than this are plausible: more of them may be among those who share fewer keys.
const FEW_RIVALS: usize = 5;

/// A candidate that may be the child meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<C> {
    /// Whatever names the candidate to the caller.
    pub candidate: C,
    /// The probability that this is the child meant, the other candidates considered: two who fit equally well
    /// share it.
    pub probability: f64,
    /// The grade of that probability.
    pub grade: Grade,
    /// The evidence.
    pub score: Score,
}

fn is_likely(score: &Score) -> bool {
    score.probability >= LEAST_PROBABILITY
}

fn is_worth_a_look(score: &Score) -> bool {
    score.log_odds - score.prior >= LEAST_EVIDENCE
}

/// The answer of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking<C> {
    /// Best first, at most the query's limit; empty unless the outcome is [`Outcome::Found`].
    pub hits: Vec<Hit<C>>,
    /// How many candidates are about as likely as the best.
    pub plausible: usize,
    /// What the search came to.
    pub outcome: Outcome,
    /// Whether even the best candidate was unlikely, so that a wider look is worth while.
    pub weak: bool,
    /// Whether the best candidate is nearly certain and few rival it, so that nobody who shares fewer keys need be compared.
    pub settled: bool,
}

impl<C> Ranking<C> {
    /// The one hit, where there is exactly one plausible candidate and it is at least probable: all that a system
    /// without a user may be told.
    pub fn single(&self) -> Option<&Hit<C>> {
        self.hits.first().filter(|hit| self.plausible == 1 && hit.grade <= Grade::Probable)
    }
}

/// Ranks the candidates of a search. Equally good ones stay in the order given.
///
/// A candidate is **shown** if its own probability is at least 0.01, there is ground to name it
/// ([`Score::has_ground`]) and it is not a thousand times less likely than the best. It is **plausible** if it is
/// also not 64 times less likely than the best: a unique good match among many weak ones has no rivals, while thirty
/// children who fit equally well are thirty. More than [`MAX_PLAUSIBLE`] plausible candidates disclose nobody.
///
/// Where nobody is that likely, up to five are shown with 13 bits of evidence: family name and birth agree and the given
/// name is a nickname that no table has. Only in an index of more than a million does that let anybody in.
pub fn rank<C, P: Borrow<Profile>>(
    query: &SearchQuery,
    candidates: impl IntoIterator<Item = (C, P)>,
    frequencies: &Frequencies,
) -> Ranking<C> {
    let scorer = Scorer::for_query(query, frequencies);
    let mut scored: Vec<(C, Score)> = candidates
        .into_iter()
        .map(|(candidate, profile)| (candidate, scorer.score(profile.borrow())))
        .filter(|(_, score)| (is_likely(score) || is_worth_a_look(score)) && score.has_ground())
        .collect();
    scored.sort_by(|(_, one), (_, other)| other.log_odds.total_cmp(&one.log_odds));
    let likely = scored.partition_point(|(_, score)| is_likely(score));
    let mut most = query.limit.clamp(1, SearchQuery::MAX_LIMIT);
    if likely > 0 {
        scored.truncate(likely);
    } else {
        most = most.min(MOST_UNLIKELY);
    }
    let Some(best) = scored.first().map(|(_, score)| score.log_odds) else {
        return Ranking { hits: Vec::new(), plausible: 0, outcome: Outcome::None, weak: true, settled: false };
    };
    let likeliest = scored.first().map_or(0.0, |(_, score)| score.probability);
    let weak = likeliest < WEAK;
    let within = |bits: f64| move |score: &Score| score.log_odds >= best - bits;
    let plausible = scored.iter().filter(|(_, score)| within(PLAUSIBLE_WITHIN)(score)).count();
    if plausible > MAX_PLAUSIBLE {
        return Ranking { hits: Vec::new(), plausible, outcome: Outcome::TooMany, weak, settled: false };
    }
    // The odds of each against none of them, so that rivals share what there is.
    let all: f64 = scored.iter().map(|(_, score)| score.log_odds.exp2()).sum();
    let hits = scored
        .into_iter()
        .filter(|(_, score)| within(SHOWN_WITHIN)(score))
        .take(most)
        .map(|(candidate, score)| {
            let probability = score.log_odds.exp2() / (1.0 + all);
            Hit { candidate, probability, grade: Grade::of(probability), score }
        })
        .collect();
    let settled = likeliest >= NEARLY_CERTAIN && plausible <= FEW_RIVALS;
    Ranking { hits, plausible, outcome: Outcome::Found, weak, settled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::{BirthCriterion, QueriedDate};

    const NATION: u32 = 12_000_000;

    fn scarlett() -> Profile {
        Profile { date_of_birth: "2021-05-11".parse().ok(), ..Profile::named("Walker", "Scarlett") }
    }

    fn born(given: &str, family: &str) -> SearchQuery {
        let birth = Some(BirthCriterion::On(QueriedDate::new(2021, 5, 11).unwrap()));
        SearchQuery {
            given_name: Some(given.into()),
            family_name: Some(family.into()),
            birth,
            ..SearchQuery::default()
        }
    }

    fn found(query: &SearchQuery, profiles: Vec<Profile>, children: u32) -> Ranking<usize> {
        rank(query, profiles.into_iter().enumerate(), &Frequencies::shipped(children))
    }

    #[test]
    fn a_nickname_that_no_table_has_finds_in_a_country_as_in_a_county() {
        for children in [400_000, NATION] {
            let ranking = found(&born("Letty-Lou", "Walker"), vec![scarlett()], children);
            assert_eq!(ranking.hits.len(), 1, "{children}");
            assert!(ranking.weak && ranking.single().is_none(), "nobody is told that it is her");
        }
    }

    #[test]
    fn whoever_is_unlikely_is_not_shown_beside_somebody_likely() {
        let letty = Profile { date_of_birth: scarlett().date_of_birth, ..Profile::named("Walker", "Letty") };
        let ranking = found(&born("Letty", "Walker"), vec![scarlett(), letty], NATION);
        assert_eq!(ranking.hits.iter().map(|hit| hit.candidate).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn five_of_the_unlikely_are_shown_and_of_many_nobody() {
        let hits = |count| found(&born("Letty-Lou", "Walker"), vec![scarlett(); count], NATION).hits.len();
        assert_eq!([hits(4), hits(MOST_UNLIKELY), hits(9), hits(MAX_PLAUSIBLE + 1)], [4, 5, 5, 0]);
    }

    #[test]
    fn one_who_is_nearly_certain_settles_it_and_many_rivals_do_not() {
        let letty = Profile { date_of_birth: scarlett().date_of_birth, ..Profile::named("Walker", "Letty") };
        let settled = |count| found(&born("Letty", "Walker"), vec![letty.clone(); count], 10_000).settled;
        assert_eq!(
            [0, 1, 2, FEW_RIVALS, FEW_RIVALS + 1, MAX_PLAUSIBLE + 1].map(settled),
            [false, true, true, true, false, false]
        );
        let in_a_country = found(&born("Scarlett", "Walke"), vec![scarlett()], NATION);
        assert!(!in_a_country.weak && !in_a_country.settled, "{in_a_country:?}");
    }

    #[test]
    fn a_date_or_a_common_name_alone_is_no_ground_to_show_the_unlikely() {
        assert!(found(&born("Letty-Lou", "Okafor"), vec![scarlett()], NATION).hits.is_empty());
        let elsewhere = Profile { date_of_birth: "2009-08-27".parse().ok(), ..scarlett() };
        assert!(found(&born("Scarlett", "Okafor"), vec![elsewhere], NATION).hits.is_empty());
    }
}
