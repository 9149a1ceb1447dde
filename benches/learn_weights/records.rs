//! The learning error model: a child as somebody else has written it down, with every kind of error at once and each at
//! its own rate. The rates are assumptions about careful administrative records; letters go wrong anywhere and by any
//! letter, and names are written as they sound, which is not how the measured sets err.

use std::sync::LazyLock;

use child_index::domain::matching::{NameForm, NameKind, Profile};
use child_index::domain::sex::Sex;
use chrono::{Datelike, Days, NaiveDate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

pub type Dice = ChaCha8Rng;

const NICKNAMES: &str = include_str!("../../src/cli/synthesise/names/nicknames.tsv");

static FORMS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    let lines = NICKNAMES.lines().filter_map(|line| line.split_once('\t'));
    lines.map(|(name, forms)| (name, forms.split(',').collect())).collect()
});

/// What is written for what is heard, in either direction.
const SOUNDS: [(&str, &str); 28] = [
    ("ph", "f"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("kh", "k"),
    ("x", "ks"),
    ("ee", "i"),
    ("ee", "ea"),
    ("ie", "y"),
    ("y", "i"),
    ("ou", "u"),
    ("ou", "ow"),
    ("oo", "u"),
    ("o", "u"),
    ("ai", "ay"),
    ("aa", "a"),
    ("e", "a"),
    ("er", "ar"),
    ("ll", "l"),
    ("tt", "t"),
    ("ss", "s"),
    ("mm", "m"),
    ("s", "z"),
    ("w", "v"),
    ("j", "y"),
    ("th", "t"),
    ("dh", "d"),
    ("sh", "s"),
];

/// A record, and the place in the population of the child it is about.
pub struct Written {
    pub record: Profile,
    pub about: usize,
}

/// The comparable facts of a bulk line; nothing of an organisation's, and nobody unborn.
pub fn profile_of(line: &str) -> Option<Profile> {
    let line: Value = serde_json::from_str(line).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = line.get("name")?;
    let born: NaiveDate = line.get("date_of_birth")?.as_str()?.parse().ok()?;
    let mut names = vec![NameForm::current(text(&name["family"]), text(&name["given"]))];
    for other in line["other_names"].as_array().into_iter().flatten() {
        let kind = if other["kind"] == "former" { NameKind::Former } else { NameKind::AlsoKnownAs };
        names.push(NameForm { family: text(&other["family"]), given: text(&other["given"]), kind });
    }
    Some(Profile {
        names,
        date_of_birth: Some(born),
        sex: match line["sex"].as_str() {
            Some("F") => Sex::F,
            Some("M") => Sex::M,
            _ => Sex::U,
        },
        postcode: line["address"]["postcode"].as_str().map(str::to_owned),
        former_postcodes: Vec::new(),
        identifiers: Vec::new(),
    })
}

/// Writes down so many children of the population.
pub fn write_down(population: &[Profile], count: u64, seed: u64) -> Vec<Written> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed ^ 0x1ea4);
    (0..count)
        .map(|_| {
            let about = dice.random_range(0..population.len());
            let elsewhere = &population[dice.random_range(0..population.len())];
            Written { record: written(&population[about], elsewhere, &mut dice), about }
        })
        .collect()
}

fn written(child: &Profile, elsewhere: &Profile, dice: &mut Dice) -> Profile {
    // By a name of the child's that is not the current one, where there is one, in one record of five.
    let by = if child.names.len() > 1 && dice.random_bool(0.2) { 1 } else { 0 };
    let form = &child.names[by];
    let mut family = family(&form.family, &elsewhere.names[0].family, dice);
    let mut given = given(&form.given, &elsewhere.names[0].given, dice);
    if dice.random_bool(0.008) {
        std::mem::swap(&mut family, &mut given);
    }
    let sex = match dice.random_range(0..100) {
        0..3 => elsewhere.sex,
        3..20 => Sex::U,
        _ => child.sex,
    };
    let postcode = match dice.random_range(0..100) {
        0..62 => child.postcode.clone(),
        62..66 => child.postcode.as_deref().map(|text| edited(text, dice)),
        // Moved: of five families two stay in the district.
        66..74 => child.postcode.as_deref().map(|text| around_the_corner(text, dice)),
        74..85 => elsewhere.postcode.clone(),
        _ => None,
    };
    Profile {
        names: vec![NameForm::current(family, given)],
        date_of_birth: child.date_of_birth.map(|born| birth(born, dice)),
        sex,
        postcode,
        former_postcodes: Vec::new(),
        identifiers: Vec::new(),
    }
}

fn family(name: &str, other: &str, dice: &mut Dice) -> String {
    match dice.random_range(0..1_000) {
        0..30 => edited(name, dice),
        30..38 => edited(&edited(name, dice), dice),
        38..62 => as_it_sounds(name, dice),
        62..87 => other.to_owned(),
        87..102 => format!("{name}-{other}"),
        // Half of a double name, in one record of five that could.
        102..302 if name.contains('-') => {
            let halves: Vec<&str> = name.split('-').collect();
            halves[dice.random_range(0..halves.len())].to_owned()
        }
        _ => name.to_owned(),
    }
}

fn given(name: &str, other: &str, dice: &mut Dice) -> String {
    let names: Vec<&str> = name.split(' ').collect();
    let first = names.first().copied().unwrap_or_default();
    let rest = match dice.random_range(0..100) {
        _ if names.len() == 1 => String::new(),
        0..4 => edited(names[1], dice),
        // Another of several middle names, or one of somebody else's.
        4..7 => other.split(' ').next_back().unwrap_or_default().to_owned(),
        _ => names[1..].join(" "),
    };
    let first = match dice.random_range(0..1_000) {
        0..35 => edited(first, dice),
        35..43 => edited(&edited(first, dice), dice),
        43..67 => as_it_sounds(first, dice),
        67..152 => FORMS
            .iter()
            .find(|(full, _)| *full == first)
            .map_or(first.to_owned(), |(_, forms)| forms[dice.random_range(0..forms.len())].to_owned()),
        152..177 => first.chars().take(1).collect(),
        177..202 if !rest.is_empty() => return rest,
        202..214 => other.to_owned(),
        _ => first.to_owned(),
    };
    match dice.random_range(0..10) {
        0..4 if !rest.is_empty() => format!("{first} {rest}"),
        4 if !rest.is_empty() => format!("{first} {}", rest.chars().take(1).collect::<String>()),
        _ => first,
    }
}

/// One letter left out, put in, replaced, or swapped with the next.
fn edited(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let place = dice.random_range(0..letters.len());
    let any = char::from(b'a' + dice.random_range(0..26));
    match dice.random_range(0..4) {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, any),
        2 => letters[place] = any,
        _ => letters.swap(place, (place + 1).min(text.chars().count() - 1)),
    }
    letters.into_iter().collect()
}

/// As it is heard by somebody who has not seen it written: one to three sounds in other letters.
fn as_it_sounds(text: &str, dice: &mut Dice) -> String {
    let mut text = text.to_lowercase();
    for _ in 0..dice.random_range(1..=3) {
        let rules = SOUNDS.iter().flat_map(|(from, to)| [(*from, *to), (*to, *from)]);
        let fitting: Vec<(&str, &str)> = rules.filter(|(from, _)| text.contains(from)).collect();
        let Some((from, to)) = fitting.get(dice.random_range(0..fitting.len().max(1))) else { break };
        text = text.replacen(from, to, 1);
    }
    text
}

/// Another postcode of the district.
fn around_the_corner(postcode: &str, dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
    let outward = postcode.split(' ').next().unwrap_or_default();
    let [one, two] = [(); 2].map(|()| char::from(LETTERS[dice.random_range(0..LETTERS.len())]));
    format!("{outward} {}{one}{two}", dice.random_range(0..10))
}

fn birth(born: NaiveDate, dice: &mut Dice) -> NaiveDate {
    let (year, month, day) = (born.year(), born.month(), born.day());
    let other = match dice.random_range(0..1_000) {
        0..12 => NaiveDate::from_ymd_opt(year, day, month),
        12..24 => NaiveDate::from_ymd_opt(year + if dice.random_bool(0.5) { 1 } else { -1 }, month, day),
        24..44 => NaiveDate::from_ymd_opt(year, month, day / 10 * 10 + dice.random_range(0..10)),
        44..50 => NaiveDate::from_ymd_opt(year, dice.random_range(1..=12), day),
        50..54 => NaiveDate::from_ymd_opt(year, month, 1),
        54..60 => born.checked_sub_days(Days::new(dice.random_range(1..4_000))),
        _ => None,
    };
    other.unwrap_or(born)
}
