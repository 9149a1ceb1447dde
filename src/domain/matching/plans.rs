//! Key plans: which keys a search looks under, how many rows each may give, and what each row is worth.

use chrono::{Datelike, Months, NaiveDate};

use super::{
    features::{Birth, Features},
    keys::{DateParts, Key, KeyKind, KeyMaker, KeySecret, years},
    name_sounds::NameSounds,
    profiles::Profile,
    queries::SearchQuery,
};

/// The most entries that one search may take, over all keys of its plan; a row of the key table is one, and so is each
/// child in a list. True by construction. To take the lowest ids under a key, a store may read as many of its lists and
/// as many of its rows, and of its lists the rest of a row.
pub const MAX_KEY_ROWS: u32 = SELECTIVE_ROWS + WIDE_ROWS;
/// The most rows read for selective keys.
const SELECTIVE_ROWS: u32 = 10_000;
/// The most rows read for wide keys.
const WIDE_ROWS: u32 = 5_000;
/// The most rows read for one selective key.
pub const SELECTIVE_CAP: u32 = 1_500;
/// The most rows read for one wide key.
pub const WIDE_CAP: u32 = 2_500;
/// The most keys of each class; a name of many words does not make a search expensive.
const MAX_KEYS: usize = 64;
/// No list is cut below this, or a long plan would see nothing.
const MIN_CAP: u32 = 100;

/// One key to look under.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedKey {
    /// The key.
    pub key: Key,
    /// What the key is made of.
    pub kind: KeyKind,
    /// What sharing this key is worth, in votes.
    pub weight: f32,
    /// The most rows to read; a list that reaches it counts less.
    pub cap: u32,
}

/// What a search looks under, by how long the lists are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyPlan {
    /// Keys with short lists, most telling first.
    pub selective: Vec<PlannedKey>,
    /// Keys with long lists.
    pub wide: Vec<PlannedKey>,
}

impl KeyPlan {
    /// The most rows that following this plan can read. Never above [`MAX_KEY_ROWS`].
    pub fn max_rows(&self) -> u32 {
        self.selective.iter().chain(&self.wide).map(|planned| planned.cap).sum()
    }
}

/// The keys a search looks under.
pub fn query_plan(query: &SearchQuery, secret: &KeySecret) -> KeyPlan {
    plan(&Features::from(query), secret)
}

/// The keys under which a child like this one would be found; for registration and loading. The plan for a shielded
/// child's facts is made with [`KeySecret::hidden`] too.
pub fn profile_plan(profile: &Profile, secret: &KeySecret) -> KeyPlan {
    plan(&Features::from(profile), secret)
}

/// Votes and rows of a kind of key.
fn worth(kind: KeyKind) -> (f32, u32) {
    match kind {
        KeyKind::Identifier => (16.0, 50),
        KeyKind::PairYear => (7.0, 1_000),
        KeyKind::PairOutward => (7.0, 600),
        KeyKind::Postcode => (7.0, 400),
        KeyKind::PairInward => (6.0, 300),
        KeyKind::InitialYearMonth | KeyKind::InitialYearDay | KeyKind::InitialDayMonth => (5.0, 400),
        KeyKind::InitialDate => (5.0, 1_000),
        KeyKind::TailDate => (4.0, 400),
        KeyKind::SoundYearMonth | KeyKind::SoundYearDay | KeyKind::SoundDayMonth => (4.0, SELECTIVE_CAP),
        KeyKind::SoundOutward => (4.0, SELECTIVE_CAP),
        KeyKind::Pair => (4.0, WIDE_CAP),
        KeyKind::Date => (4.0, WIDE_CAP),
    }
}

fn plan(features: &Features, secret: &KeySecret) -> KeyPlan {
    let mut planner = Planner { maker: KeyMaker::new(secret), plan: KeyPlan::default() };
    let sounds = NameSounds::of(&features.forms);
    for identifier in &features.identifiers {
        planner.add(KeyKind::Identifier, &[identifier.system.as_bytes(), identifier.value.as_bytes()]);
    }
    planner.places(features, &sounds);
    match features.birth {
        Birth::On(date) => planner.date(&sounds, DateParts::of(date)),
        Birth::Between(first, last) => planner.range(&sounds, first, last),
        // An age is often one off.
        Birth::Aged(first, last) => {
            let year = Months::new(12);
            let first = first.checked_sub_months(year).unwrap_or(first);
            planner.range(&sounds, first, last.checked_add_months(year).unwrap_or(last));
        }
        Birth::Unknown => {}
    }
    for (one, other) in &sounds.pairs {
        planner.add(KeyKind::Pair, &[&one.bytes(), &other.bytes()]);
    }
    planner.finish()
}

struct Planner<'a> {
    maker: KeyMaker<'a>,
    plan: KeyPlan,
}

impl Planner<'_> {
    fn add(&mut self, kind: KeyKind, parts: &[&[u8]]) {
        let (weight, cap) = worth(kind);
        let planned = PlannedKey { key: self.maker.key(kind, parts), kind, weight, cap };
        match kind {
            KeyKind::Date | KeyKind::Pair => self.plan.wide.push(planned),
            _ => self.plan.selective.push(planned),
        }
    }

    fn places(&mut self, features: &Features, sounds: &NameSounds) {
        for place in &features.places {
            let (outward, inward) = place.text.halves();
            let (outward, inward) = (outward.as_bytes(), inward.map(str::as_bytes));
            for (one, other) in &sounds.pairs {
                self.add(KeyKind::PairOutward, &[&one.bytes(), &other.bytes(), outward]);
            }
            for sound in &sounds.single {
                self.add(KeyKind::SoundOutward, &[&sound.bytes(), outward]);
            }
            if let Some(inward) = inward {
                self.add(KeyKind::Postcode, &[outward, inward]);
                for (one, other) in &sounds.own_pairs {
                    self.add(KeyKind::PairInward, &[&one.bytes(), &other.bytes(), inward]);
                }
            }
        }
    }

    fn date(&mut self, sounds: &NameSounds, date: DateParts) {
        for (one, other) in sounds.pairs.iter().chain(&sounds.middle_pairs) {
            self.add(KeyKind::PairYear, &[&one.bytes(), &other.bytes(), &date.year]);
        }
        for year in neighbours(date.year) {
            for (one, other) in &sounds.own_pairs {
                self.add(KeyKind::PairYear, &[&one.bytes(), &other.bytes(), &year]);
            }
        }
        for (sound, initial) in sounds.with_initials() {
            self.add(KeyKind::InitialYearMonth, &[&sound.bytes(), &[initial], &date.year_month()]);
            self.add(KeyKind::InitialYearDay, &[&sound.bytes(), &[initial], &date.year_day()]);
            self.add(KeyKind::InitialDayMonth, &[&sound.bytes(), &[initial], &date.day_month()]);
        }
        for sound in sounds.single.iter().map(|sound| sound.bytes()) {
            self.add(KeyKind::SoundYearMonth, &[&sound, &date.year_month()]);
            self.add(KeyKind::SoundYearDay, &[&sound, &date.year_day()]);
            self.add(KeyKind::SoundDayMonth, &[&sound, &date.day_month()]);
        }
        for initial in &sounds.initials {
            self.add(KeyKind::InitialDate, &[&[*initial], &date.year, &date.day_month()]);
        }
        for tail in &sounds.tails {
            self.add(KeyKind::TailDate, &[tail, &date.year, &date.day_month()]);
        }
        self.add(KeyKind::Date, &[&date.year, &[date.month, date.day]]);
    }

    /// A range is looked up by pair and year; a short one also by sound and month.
    fn range(&mut self, sounds: &NameSounds, first: NaiveDate, last: NaiveDate) {
        for year in years(first, last) {
            for (one, other) in &sounds.pairs {
                self.add(KeyKind::PairYear, &[&one.bytes(), &other.bytes(), &year]);
            }
        }
        for month in months(first, last) {
            for (sound, initial) in sounds.with_initials() {
                self.add(KeyKind::InitialYearMonth, &[&sound.bytes(), &[initial], &month]);
            }
            for sound in &sounds.single {
                self.add(KeyKind::SoundYearMonth, &[&sound.bytes(), &month]);
            }
        }
    }

    fn finish(mut self) -> KeyPlan {
        fit(&mut self.plan.selective, SELECTIVE_ROWS);
        fit(&mut self.plan.wide, WIDE_ROWS);
        self.plan
    }
}

/// The months a short range touches; none for a long one, whose lists would be too many.
fn months(first: NaiveDate, last: NaiveDate) -> Vec<[u8; 3]> {
    // Ninety days can touch five.
    const LONGEST: usize = 5;
    let start = NaiveDate::from_ymd_opt(first.year(), first.month(), 1);
    let months: Vec<_> = std::iter::successors(start, |month| month.checked_add_months(Months::new(1)))
        .take_while(|month| *month <= last)
        .take(LONGEST + 1)
        .map(|month| DateParts::of(month.into()).year_month())
        .collect();
    if months.len() > LONGEST { Vec::new() } else { months }
}

/// The year before and the year after: a date is often a year off.
fn neighbours(year: [u8; 2]) -> [[u8; 2]; 2] {
    let year = u16::from_be_bytes(year);
    [year.saturating_sub(1).to_be_bytes(), year.saturating_add(1).to_be_bytes()]
}

/// Most telling first, each once, and all caps together within the budget: every cap shrinks in proportion.
fn fit(keys: &mut Vec<PlannedKey>, budget: u32) {
    keys.sort_by(|one, other| other.weight.total_cmp(&one.weight).then(one.key.cmp(&other.key)));
    keys.dedup_by_key(|planned| planned.key);
    keys.truncate(MAX_KEYS);
    let wanted: u32 = keys.iter().map(|planned| planned.cap).sum();
    if wanted <= budget {
        return;
    }
    for planned in keys.iter_mut() {
        planned.cap = (planned.cap * budget / wanted).max(MIN_CAP.min(planned.cap));
    }
    // The least share may overrun the budget: then the least telling keys go.
    let mut left = budget;
    keys.retain(|planned| {
        let fits = planned.cap <= left;
        if fits {
            left -= planned.cap;
        }
        fits
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::{BirthCriterion, PostcodeCriterion, QueriedDate, child_keys};

    const SECRET: KeySecret = KeySecret::new([3; 16]);

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn query(birth: BirthCriterion) -> SearchQuery {
        SearchQuery {
            family_name: Some("Okafor".into()),
            given_name: Some("Chidera".into()),
            birth: Some(birth),
            postcode: PostcodeCriterion::read("BA14 8JN"),
            ..SearchQuery::default()
        }
    }

    #[test]
    fn the_most_telling_keys_come_first_each_once() {
        let plan = query_plan(&query(BirthCriterion::On(QueriedDate::new(2015, 3, 2).unwrap())), &SECRET);
        assert!(plan.selective.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        let mut keys: Vec<Key> = plan.selective.iter().chain(&plan.wide).map(|planned| planned.key).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert!(plan.wide.iter().all(|planned| matches!(planned.kind, KeyKind::Date | KeyKind::Pair)));
    }

    #[test]
    fn a_long_name_does_not_make_a_search_dear() {
        let words = ["Anna", "Kate", "Alex", "Smith-Jones", "Mohammed", "Chidera"].join("-");
        let on = BirthCriterion::On(QueriedDate::new(2015, 3, 2).unwrap());
        let long = SearchQuery { family_name: Some(words.clone()), given_name: Some(words), ..query(on) };
        let plan = query_plan(&long, &SECRET);
        assert!(plan.max_rows() <= MAX_KEY_ROWS);
        assert!(plan.selective.len() <= MAX_KEYS && plan.wide.len() <= MAX_KEYS);
    }

    #[test]
    fn short_ranges_are_looked_up_by_month_and_long_ones_by_year_alone() {
        let by_month = |last: &str| {
            let plan = query_plan(&query(BirthCriterion::Between(day("2015-01-20"), day(last))), &SECRET);
            plan.selective.iter().any(|planned| planned.kind == KeyKind::SoundYearMonth)
        };
        assert!(by_month("2015-04-02"));
        assert!(by_month("2015-05-01"));
        assert!(!by_month("2015-08-02"));
    }

    #[test]
    fn another_secret_makes_other_keys() {
        let query = query(BirthCriterion::On(QueriedDate::new(2015, 3, 2).unwrap()));
        let mut keys = Vec::new();
        child_keys(
            &Profile { date_of_birth: Some(day("2015-03-02")), ..Profile::named("Okafor", "Chidera") },
            &SECRET,
            &mut keys,
        );
        let shared = |secret: &KeySecret| {
            query_plan(&query, secret).selective.iter().filter(|planned| keys.contains(&planned.key)).count()
        };
        assert!(shared(&SECRET) > 5);
        assert_eq!(shared(&SECRET.hidden()) + shared(&KeySecret::new([4; 16])), 0);
    }
}
