//! Pairs to learn from: drawn at random, for strangers; and within blocks that share a fact, where the pairs of one child
//! are not one in thousands. The fact shared says nothing within its block and is left out there, so that every field is
//! learned in a block that does not fix it.

use std::collections::HashMap;

use child_index::domain::matching::{Field, Frequencies, Level, Levels, Profile, Scorer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::records::Written;

/// The levels of the fields compared: family name, given names, birth, sex, postcode.
pub type Pattern = [Levels; 5];
/// Pairs by pattern.
pub type Patterns = HashMap<Pattern, f64>;

pub const FIELDS: [Field; 5] = [Field::FamilyName, Field::GivenName, Field::DateOfBirth, Field::Sex, Field::Postcode];

/// The pairs of one block, counted by pattern.
pub struct Block {
    pub name: &'static str,
    /// The fields that every pair shares by the choice of pairs.
    pub shared: &'static [Field],
    /// The kinds of pairs it can hold: records of one child, of strangers, of siblings born another day, of twins.
    pub kinds: [bool; 4],
    pub patterns: Patterns,
}

pub struct Blocks {
    /// Pairs at random: strangers, as good as all.
    pub random: Patterns,
    pub blocks: Vec<Block>,
    /// Each record with the child it is about: what the estimate is held against, and never told.
    pub truth: Patterns,
}

/// Pairs at random.
const RANDOM_PAIRS: usize = 1_000_000;

/// What the records of a block share: its name, the fields that fixes, the kinds of pairs it can hold, and the fact.
type Rule = (&'static str, &'static [Field], [bool; 4], fn(&Profile) -> Option<String>);

const RULES: [Rule; 3] = [
    ("same date of birth", &[Field::DateOfBirth], [true, true, false, true], |one| {
        one.date_of_birth.map(|born| born.to_string())
    }),
    ("same postcode", &[Field::Postcode], [true; 4], |one| one.postcode.clone()),
    ("same names", &[Field::FamilyName, Field::GivenName], [true, true, false, false], |one| {
        let name = &one.names[0];
        let first = name.given.split(' ').next().filter(|first| first.len() > 1)?;
        Some(format!("{} {first}", name.family).to_lowercase())
    }),
];

impl Blocks {
    pub fn of(population: &[Profile], written: &[Written], seed: u64) -> Blocks {
        let frequencies = Frequencies::shipped(u32::try_from(population.len()).unwrap());
        let mut dice = ChaCha8Rng::seed_from_u64(seed ^ 0xb10c);
        let (mut random, mut truth) = (Patterns::new(), Patterns::new());
        let pairs = RANDOM_PAIRS.min(population.len() * population.len() / 10);
        for one in written {
            let scorer = Scorer::for_profile(&one.record, &frequencies);
            count(&scorer, &population[one.about], &mut truth);
            for _ in 0..=pairs / written.len() {
                count(&scorer, &population[dice.random_range(0..population.len())], &mut random);
            }
        }
        let blocks = RULES.iter().map(|rule| block(rule, population, written, &frequencies)).collect();
        Blocks { random, blocks, truth }
    }
}

fn block(rule: &Rule, population: &[Profile], written: &[Written], frequencies: &Frequencies) -> Block {
    let (name, shared, kinds, fact) = *rule;
    let mut by_fact: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, child) in population.iter().enumerate() {
        fact(child).into_iter().for_each(|fact| by_fact.entry(fact).or_default().push(place));
    }
    let mut patterns = Patterns::new();
    for one in written {
        let Some(fact) = fact(&one.record) else { continue };
        let scorer = Scorer::for_profile(&one.record, frequencies);
        for place in by_fact.get(&fact).into_iter().flatten() {
            count(&scorer, &population[*place], &mut patterns);
        }
    }
    Block { name, shared, kinds, patterns }
}

fn count(scorer: &Scorer<'_>, child: &Profile, patterns: &mut Patterns) {
    let score = scorer.score(child);
    let mut pattern = Pattern::default();
    for weight in &score.weights {
        if let Some(at) = FIELDS.iter().position(|field| *field == weight.field) {
            pattern[at] = weight.levels;
        }
    }
    *patterns.entry(pattern).or_default() += 1.0;
}

/// One comparison within a pair: the field of the table and the level it came to.
pub type Row = (&'static str, &'static str);

/// The comparisons of a pair, but for those that every pair of its block shares.
pub fn comparisons(pattern: &Pattern, shared: &[Field]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(6);
    for (field, levels) in FIELDS.into_iter().zip(pattern) {
        if shared.contains(&field) {
            continue;
        }
        let own = rows_of(field);
        let swapped = levels.iter().any(|row| row.level == "swapped-names");
        for row in levels.iter().filter(|row| is_level(row) && !swapped) {
            if row.field == own || (row.field == "middle" && field == Field::GivenName) {
                rows.push((row.field, merged(row.level)));
            }
        }
    }
    rows
}

/// The rows of one comparison, which are levels of one another: a field of the table.
fn rows_of(field: Field) -> &'static str {
    match field {
        Field::FamilyName => "family",
        Field::GivenName => "given",
        Field::DateOfBirth => "birth",
        Field::Sex => "sex",
        Field::Postcode => "postcode",
        Field::Identifier => "identifier",
    }
}

/// The levels of a comparison that exclude one another; the others are conditions or stand beside them.
pub fn is_level(row: &Level) -> bool {
    match row.field {
        "family" | "given" => !matches!(row.level, "same-order" | "other-order" | "leading"),
        "birth" => !matches!(row.level, "within" | "close" | "outside"),
        "sex" | "middle" => true,
        "postcode" => row.level != "outward-alone",
        _ => false,
    }
}

/// Near is one level, whatever is known of the names that are near one another.
pub fn merged(level: &'static str) -> &'static str {
    if matches!(level, "slip" | "near-long") { "near" } else { level }
}
