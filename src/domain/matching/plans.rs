//! Key plans: which keys a search looks under, how many rows each may give, and what each row is worth.

use chrono::{Datelike, Months, NaiveDate};

use super::{
    features::{Birth, Features},
    keys::{DateParts, Key, KeyKind, KeyMaker, KeySecret, years},
    name_sounds::NameSounds,
    profiles::Profile,
    queries::SearchQuery,
};

/// The most rows of the key table one search may read, over all keys of its plan. True by construction.
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

/// What a search looks under: selective keys first, wide ones only where no candidate stands out.
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
        KeyKind::DateOutward => (7.0, 300),
        KeyKind::PairYear => (7.0, 1_000),
        KeyKind::PairOutward => (7.0, 600),
        KeyKind::Postcode => (7.0, 400),
        KeyKind::PairInward => (6.0, 300),
        KeyKind::InitialDate => (5.0, 1_000),
        KeyKind::SoundYearDay => (5.0, SELECTIVE_CAP),
        KeyKind::SoundYearMonth => (4.5, SELECTIVE_CAP),
        KeyKind::SoundDayMonth => (4.5, SELECTIVE_CAP),
        KeyKind::SoundOutward => (4.0, SELECTIVE_CAP),
        KeyKind::Pair => (4.0, WIDE_CAP),
        KeyKind::Date => (4.0, WIDE_CAP),
    }
}

fn plan(features: &Features, secret: &KeySecret) -> KeyPlan {
    let mut planner = Planner { maker: KeyMaker::new(secret), plan: KeyPlan::default() };
    let sounds = NameSounds::of(&features.forms);
    let date = match features.birth {
        Birth::On(date) => Some(DateParts::of(date)),
        _ => None,
    };
    for identifier in &features.identifiers {
        planner.add(KeyKind::Identifier, &[identifier.system.as_bytes(), identifier.value.as_bytes()]);
    }
    planner.places(features, &sounds, date);
    match features.birth {
        Birth::On(_) => date.into_iter().for_each(|date| planner.date(&sounds, date)),
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

    fn places(&mut self, features: &Features, sounds: &NameSounds, date: Option<DateParts>) {
        for place in &features.places {
            let (outward, inward) = place.text.halves();
            let (outward, inward) = (outward.as_bytes(), inward.map(str::as_bytes));
            if let Some(date) = date {
                self.add(KeyKind::DateOutward, &[&date.year, &date.day_month, outward]);
            }
            for (one, other) in &sounds.pairs {
                self.add(KeyKind::PairOutward, &[&one.bytes(), &other.bytes(), outward]);
            }
            for sound in &sounds.single {
                self.add(KeyKind::SoundOutward, &[&sound.bytes(), outward]);
            }
            if let Some(inward) = inward {
                self.add(KeyKind::Postcode, &[outward, inward]);
                for (one, other) in &sounds.pairs {
                    self.add(KeyKind::PairInward, &[&one.bytes(), &other.bytes(), inward]);
                }
            }
        }
    }

    fn date(&mut self, sounds: &NameSounds, date: DateParts) {
        for (one, other) in sounds.pairs.iter().chain(&sounds.middle_pairs) {
            self.add(KeyKind::PairYear, &[&one.bytes(), &other.bytes(), &date.year]);
        }
        for sound in &sounds.single {
            let sound = sound.bytes();
            self.add(KeyKind::SoundYearDay, &[&sound, &date.year, &[date.day]]);
            self.add(KeyKind::SoundYearMonth, &[&sound, &date.year, &[date.month]]);
            self.add(KeyKind::SoundDayMonth, &[&sound, &date.day_month]);
        }
        for initial in &sounds.initials {
            self.add(KeyKind::InitialDate, &[&[*initial], &date.year, &date.day_month]);
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
        for (year, month) in months(first, last) {
            for sound in &sounds.single {
                self.add(KeyKind::SoundYearMonth, &[&sound.bytes(), &year, &[month]]);
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
fn months(first: NaiveDate, last: NaiveDate) -> Vec<([u8; 2], u8)> {
    const LONGEST: usize = 4;
    let start = NaiveDate::from_ymd_opt(first.year(), first.month(), 1);
    let months: Vec<_> = std::iter::successors(start, |month| month.checked_add_months(Months::new(1)))
        .take_while(|month| *month <= last)
        .take(LONGEST + 1)
        .filter_map(|month| Some((u16::try_from(month.year()).ok()?.to_be_bytes(), u8::try_from(month.month()).ok()?)))
        .collect();
    if months.len() > LONGEST { Vec::new() } else { months }
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
