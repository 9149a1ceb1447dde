//! Typed questions: what people get wrong about a child, each kind by itself.
//!
//! A slip is, in equal parts, a letter left out, doubled, exchanged with the next or replaced by one that is near it on
//! the keyboard or in the mouth; the first letter slips as often as any other.

use chrono::{Days, NaiveDate};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::cli::synthesise::short_forms;
use crate::domain::matching::{BirthCriterion, NameKind, PostcodeCriterion, Profile, QueriedDate, SearchQuery};

/// A source of chance, the same for the same seed.
pub type Dice = ChaCha8Rng;

/// The dice of a seed.
#[must_use]
pub fn dice(seed: u64) -> Dice {
    Dice::seed_from_u64(seed)
}

/// A child that questions are asked about, and what of others they need.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The child.
    pub child: &'a Profile,
    /// The postcode of somebody else.
    pub elsewhere: Option<&'a str>,
    /// Whether a brother or sister has the same birthday.
    pub twin: bool,
}

/// Makes a question that means a child; none where the child does not suit.
type Make = fn(About<'_>, &mut Dice) -> Option<SearchQuery>;

/// Every kind of question, by name.
pub const KINDS: [(&str, Make); 19] = [
    ("everything right", |about, _| at(postcode(about)?, exact(about)?)),
    ("names and date", |about, _| exact(about)),
    ("names swapped", |about, _| Some(swapped(exact(about)?))),
    ("slip in one name", |about, dice| slip_in_one(exact(about)?, dice)),
    ("slip in both names", |about, dice| slip_in_both(exact(about)?, dice)),
    ("slip in both, right postcode", |about, dice| at(postcode(about)?, slip_in_both(exact(about)?, dice)?)),
    ("digit of date wrong", |about, dice| on(wrong_digit(born(about)?, dice)?, exact(about)?)),
    ("day and month swapped", |about, _| on(day_and_month_swapped(born(about)?)?, exact(about)?)),
    ("year off by one", |about, dice| on(year_off(born(about)?, dice)?, exact(about)?)),
    ("no date, slip, right postcode", |about, dice| at(postcode(about)?, slip_in_one(dateless(about)?, dice)?)),
    ("no date, outward code", |about, _| at(postcode(about)?.split(' ').next()?, dateless(about)?)),
    ("names and age", |about, _| aged(about)),
    ("names and three months", |about, dice| three_months(about, dice)),
    ("initial, family name, date", |about, _| Some(initial(exact(about)?))),
    ("moved", |about, _| at(about.elsewhere?, exact(about)?)),
    ("variant of given name", |about, dice| variant(exact(about)?, dice)),
    ("half of a double name", |about, dice| half(exact(about)?, dice)),
    ("former name", |about, _| former(about)),
    ("twins", |about, _| exact(about).filter(|_| about.twin)),
];

fn exact(about: About<'_>) -> Option<SearchQuery> {
    on(born(about)?, dateless(about)?)
}

/// The current names, of the given ones the first.
fn dateless(about: About<'_>) -> Option<SearchQuery> {
    let name = about.child.names.iter().find(|name| name.kind == NameKind::Current)?;
    let first = name.given.split(' ').next().filter(|first| !first.is_empty())?;
    let limit = SearchQuery::MAX_LIMIT;
    let (family_name, given_name) = (Some(name.family.clone()), Some(first.to_owned()));
    Some(SearchQuery { family_name, given_name, limit, ..SearchQuery::default() })
}

fn born(about: About<'_>) -> Option<QueriedDate> {
    about.child.date_of_birth.map(QueriedDate::from)
}

fn on(date: QueriedDate, query: SearchQuery) -> Option<SearchQuery> {
    Some(SearchQuery { birth: Some(BirthCriterion::On(date)), ..query })
}

fn at(postcode: &str, query: SearchQuery) -> Option<SearchQuery> {
    Some(SearchQuery { postcode: Some(PostcodeCriterion::read(postcode)?), ..query })
}

fn postcode(about: About<'_>) -> Option<&str> {
    about.child.postcode.as_deref()
}

fn swapped(query: SearchQuery) -> SearchQuery {
    SearchQuery { family_name: query.given_name, given_name: query.family_name, ..query }
}

fn slip_in_one(query: SearchQuery, dice: &mut Dice) -> Option<SearchQuery> {
    Some(if dice.random_bool(0.5) {
        SearchQuery { family_name: Some(slip(&query.family_name?, dice)), ..query }
    } else {
        SearchQuery { given_name: Some(slip(&query.given_name?, dice)), ..query }
    })
}

fn slip_in_both(query: SearchQuery, dice: &mut Dice) -> Option<SearchQuery> {
    let (family, given) = (slip(query.family_name.as_deref()?, dice), slip(query.given_name.as_deref()?, dice));
    Some(SearchQuery { family_name: Some(family), given_name: Some(given), ..query })
}

/// One slip in a name.
fn slip(name: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = name.to_lowercase().chars().collect();
    if letters.is_empty() {
        return name.to_owned();
    }
    let place = dice.random_range(0..letters.len());
    let here = letters.get(place).copied().unwrap_or('e');
    match dice.random_range(0..5) {
        0 if letters.len() > 3 => drop(letters.remove(place)),
        1 => letters.insert(place, here),
        2 if place.saturating_add(1) < letters.len() => letters.swap(place, place.saturating_add(1)),
        3 => put(&mut letters, place, near(here, &["qwertyuiop", "asdfghjkl", "zxcvbnm"], true, dice)),
        _ => put(
            &mut letters,
            place,
            near(here, &["aeiouy", "ckq", "sz", "vwf", "td", "mn", "bp", "gj", "lr"], false, dice),
        ),
    }
    letters.into_iter().collect()
}

fn put(letters: &mut [char], place: usize, letter: char) {
    if let Some(slot) = letters.get_mut(place) {
        *slot = letter;
    }
}

/// Another letter of the group that a letter is in; beside it where that is asked for.
fn near(letter: char, groups: &[&str], beside: bool, dice: &mut Dice) -> char {
    let Some(group) = groups.iter().find(|group| group.contains(letter)) else { return 'e' };
    let place = group.chars().position(|other| other == letter).unwrap_or_default();
    let others = group.chars().enumerate().filter(|(other, _)| *other != place);
    let others: Vec<char> =
        others.filter(|(other, _)| !beside || other.abs_diff(place) == 1).map(|(_, letter)| letter).collect();
    one_of(&others, dice).copied().unwrap_or('e')
}

fn one_of<'a, T>(all: &'a [T], dice: &mut Dice) -> Option<&'a T> {
    if all.is_empty() { None } else { all.get(dice.random_range(0..all.len())) }
}

fn wrong_digit(date: QueriedDate, dice: &mut Dice) -> Option<QueriedDate> {
    let places = [3, 5, 6, 8, 9];
    let place = *one_of(&places, dice)?;
    let digit = char::from(b'0'.saturating_add(dice.random_range(0..10)));
    let text: String =
        date.to_string().chars().enumerate().map(|(at, c)| if at == place { digit } else { c }).collect();
    QueriedDate::parse(&text).filter(|wrong| *wrong != date)
}

fn day_and_month_swapped(date: QueriedDate) -> Option<QueriedDate> {
    QueriedDate::new(date.year(), date.day(), date.month()).filter(|swapped| *swapped != date)
}

fn year_off(date: QueriedDate, dice: &mut Dice) -> Option<QueriedDate> {
    let year = if dice.random_bool(0.5) { date.year().checked_sub(1)? } else { date.year().checked_add(1)? };
    QueriedDate::new(year, date.month(), date.day())
}

fn aged(about: About<'_>) -> Option<SearchQuery> {
    let on = NaiveDate::from_ymd_opt(2026, 6, 1)?;
    let years = u8::try_from(on.years_since(about.child.date_of_birth?)?).ok()?;
    Some(SearchQuery { birth: Some(BirthCriterion::Age { years, on }), ..dateless(about)? })
}

fn three_months(about: About<'_>, dice: &mut Dice) -> Option<SearchQuery> {
    let first = about.child.date_of_birth?.checked_sub_days(Days::new(dice.random_range(0..90)))?;
    let birth = BirthCriterion::Between(first, first.checked_add_days(Days::new(90))?);
    Some(SearchQuery { birth: Some(birth), ..dateless(about)? })
}

fn initial(query: SearchQuery) -> SearchQuery {
    SearchQuery { given_name: query.given_name.map(|name| name.chars().take(1).collect()), ..query }
}

/// A short or other form of the given name, from the lists that synthetic families are named by.
fn variant(query: SearchQuery, dice: &mut Dice) -> Option<SearchQuery> {
    let form = (*one_of(short_forms(query.given_name.as_deref()?), dice)?).to_owned();
    Some(SearchQuery { given_name: Some(form), ..query })
}

fn half(query: SearchQuery, dice: &mut Dice) -> Option<SearchQuery> {
    let family = query.family_name.as_deref().filter(|family| family.contains('-'))?;
    let halves: Vec<&str> = family.split('-').filter(|half| half.len() > 1).collect();
    let half = (*one_of(&halves, dice)?).to_owned();
    Some(SearchQuery { family_name: Some(half), ..query })
}

fn former(about: About<'_>) -> Option<SearchQuery> {
    let name = about.child.names.iter().find(|name| name.kind == NameKind::Former)?;
    Some(SearchQuery { family_name: Some(name.family.clone()), ..exact(about)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::NameForm;

    #[test]
    fn every_kind_of_question_is_asked_about_a_child_who_suits() {
        let child = Profile {
            names: vec![NameForm::current("Okafor-Smith", "Thomas"), NameForm::former("Nowak", "Thomas")],
            date_of_birth: "2014-03-02".parse().ok(),
            postcode: Some("BA14 8JN".into()),
            ..Profile::named("", "")
        };
        let about = About { child: &child, elsewhere: Some("LS1 4AP"), twin: true };
        let mut dice = dice(1);
        let right = exact(about).unwrap();
        for (name, make) in KINDS {
            let questions: Vec<_> = (0..50).filter_map(|_| make(about, &mut dice)).collect();
            assert!(questions.len() > 25, "{name}");
            let same = matches!(name, "names and date" | "twins");
            assert_eq!(questions.iter().all(|question| *question == right), same, "{name}");
        }
    }
}
