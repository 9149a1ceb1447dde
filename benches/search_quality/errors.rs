//! The typed query sets and their error model: what people get wrong, each kind by itself.
//!
//! A slip is, in equal parts, a letter left out, doubled, replaced by its neighbour on the keyboard or by a letter
//! that sounds alike, or two letters swapped; one slip in ten is at the first letter. Variants are drawn from the list
//! below, which was written apart from the matcher's table.

use child_index::domain::matching::{BirthCriterion, NameKind, PostcodeCriterion, Profile, QueriedDate, SearchQuery};
use chrono::{Days, NaiveDate};
use rand::RngExt;

use crate::population::{Dice, Population, capitalised, pick};

/// A typed set: makes a query that means the child, or `None` where the child does not suit the set.
pub struct QuerySet {
    pub name: &'static str,
    pub make: fn(&Population, i64, &Profile, &mut Dice) -> Option<SearchQuery>,
}

macro_rules! sets {
    ($($name:literal => $make:expr;)+) => {
        &[$(QuerySet { name: $name, make: $make }),+]
    };
}

pub const SETS: &[QuerySet] = sets! {
    "everything right" => |_, _, child, _| Some(at(&postcode(child)?, exact(child)));
    "name and date" => |_, _, child, _| Some(exact(child));
    "given and family swapped" => |_, _, child, _| Some(swapped(exact(child)));
    "slip in family name" => |_, _, child, dice| Some(slip_family(exact(child), dice));
    "slip in given name" => |_, _, child, dice| Some(slip_given(exact(child), dice));
    "slips in both names" => |_, _, child, dice| Some(slip_both(exact(child), dice));
    "slips in both, swapped" => |_, _, child, dice| Some(swapped(slip_both(exact(child), dice)));
    "slips in both, right postcode" => |_, _, child, dice| Some(at(&postcode(child)?, slip_both(exact(child), dice)));
    "digit of date wrong" => |_, _, child, dice| on(wrong_digit(born(child), dice)?, exact(child));
    "digit wrong, slip in family name" => |_, _, child, dice| {
        on(wrong_digit(born(child), dice)?, slip_family(exact(child), dice))
    };
    "day and month swapped" => |_, _, child, _| on(day_month_swapped(born(child))?, exact(child));
    "day and month swapped, slip" => |_, _, child, dice| {
        on(day_month_swapped(born(child))?, slip_family(exact(child), dice))
    };
    "year off by one" => |_, _, child, dice| on(year_off(born(child), dice)?, exact(child));
    "impossible date" => |_, _, child, dice| on(impossible(born(child), dice)?, exact(child));
    "family name and date alone" => |_, _, child, _| Some(SearchQuery { given_name: None, ..exact(child) });
    "initial, family name, date" => |_, _, child, _| Some(initial(exact(child)));
    "called by middle name" => |_, _, child, _| by_middle_name(exact(child), child);
    "given name, date, postcode" => |_, _, child, _| {
        Some(at(&postcode(child)?, SearchQuery { family_name: None, ..exact(child) }))
    };
    "no date, right postcode" => |_, _, child, _| Some(at(&postcode(child)?, dateless(child)));
    "no date, right postcode, slip" => |_, _, child, dice| {
        Some(at(&postcode(child)?, slip_family(dateless(child), dice)))
    };
    "no date, postcode wrong by one" => |_, _, child, dice| {
        Some(at(&slip_postcode(&postcode(child)?, dice), dateless(child)))
    };
    "no date, outward code only" => |_, _, child, _| Some(at(outward(&postcode(child)?), dateless(child)));
    "names and age" => |_, _, child, _| Some(aged(child, 0));
    "names and age, one off" => |_, _, child, _| Some(aged(child, 1));
    "names and three months, slip" => |_, _, child, dice| Some(slip_given(three_months(child, dice), dice));
    "moved: other postcode" => |people, _, child, dice| Some(at(&people.postcode(dice), exact(child)));
    "moved: other postcode, slip" => |people, _, child, dice| {
        Some(at(&people.postcode(dice), slip_family(exact(child), dice)))
    };
    "moved: other postcode, slips in both" => |people, _, child, dice| {
        Some(at(&people.postcode(dice), slip_both(exact(child), dice)))
    };
    "no date and moved" => |people, _, child, dice| Some(at(&people.postcode(dice), dateless(child)));
    "old postcode, no date" => |_, _, child, _| Some(at(child.former_postcodes.first()?, dateless(child)));
    "variant of given name" => |_, _, child, dice| variant(exact(child), dice);
    "half of a double name" => |_, _, child, dice| half(exact(child), dice);
    "double name written together" => |_, _, child, _| together(exact(child));
    "former name" => |_, _, child, _| former(exact(child), child);
    "former name, slip" => |_, _, child, dice| Some(slip_given(former(exact(child), child)?, dice));
    "twins, full first name" => |people, id, child, _| twin(people, id, child);
};

fn exact(child: &Profile) -> SearchQuery {
    SearchQuery { birth: Some(BirthCriterion::On(born(child))), ..dateless(child) }
}

/// The current names, the first given name alone.
fn dateless(child: &Profile) -> SearchQuery {
    let name = &child.names[0];
    let first = name.given.split(' ').next().unwrap_or_default();
    SearchQuery { family_name: Some(name.family.clone()), given_name: Some(first.to_owned()), ..SearchQuery::default() }
}

fn born(child: &Profile) -> QueriedDate {
    child.date_of_birth.unwrap().into()
}

fn on(date: QueriedDate, query: SearchQuery) -> Option<SearchQuery> {
    Some(SearchQuery { birth: Some(BirthCriterion::On(date)), ..query })
}

fn at(postcode: &str, query: SearchQuery) -> SearchQuery {
    SearchQuery { postcode: PostcodeCriterion::read(postcode), ..query }
}

fn postcode(child: &Profile) -> Option<String> {
    child.postcode.clone()
}

fn outward(postcode: &str) -> &str {
    postcode.split(' ').next().unwrap()
}

fn swapped(query: SearchQuery) -> SearchQuery {
    SearchQuery { family_name: query.given_name, given_name: query.family_name, ..query }
}

fn slip_family(query: SearchQuery, dice: &mut Dice) -> SearchQuery {
    SearchQuery { family_name: query.family_name.map(|name| slip(&name, dice)), ..query }
}

fn slip_given(query: SearchQuery, dice: &mut Dice) -> SearchQuery {
    SearchQuery { given_name: query.given_name.map(|name| slip(&name, dice)), ..query }
}

fn slip_both(query: SearchQuery, dice: &mut Dice) -> SearchQuery {
    slip_given(slip_family(query, dice), dice)
}

/// One slip in a name.
fn slip(name: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = name.to_lowercase().chars().collect();
    let place = if dice.random_bool(0.1) { 0 } else { dice.random_range(letters.len().min(1)..letters.len()) };
    match dice.random_range(0..5) {
        0 if letters.len() > 3 => drop(letters.remove(place)),
        1 => letters.insert(place, letters[place]),
        2 if place + 1 < letters.len() && letters[place] != letters[place + 1] => letters.swap(place, place + 1),
        3 => letters[place] = sounds_like(letters[place], dice),
        _ => letters[place] = neighbour(letters[place], dice),
    }
    capitalised(&letters.into_iter().collect::<String>())
}

fn neighbour(letter: char, dice: &mut Dice) -> char {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    for row in ROWS {
        if let Some(at) = row.find(letter) {
            let near = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| row.chars().nth(at));
            let near: Vec<char> = near.collect();
            return near[dice.random_range(0..near.len())];
        }
    }
    'e'
}

fn sounds_like(letter: char, dice: &mut Dice) -> char {
    let groups = ["aeiouy", "ckq", "sz", "vw", "td", "mn", "bp", "gj", "lr", "fv"];
    let group = groups.iter().find(|group| group.contains(letter)).copied().unwrap_or("ea");
    let others: Vec<char> = group.chars().filter(|other| *other != letter).collect();
    others[dice.random_range(0..others.len())]
}

fn slip_postcode(postcode: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = postcode.chars().filter(|letter| *letter != ' ').collect();
    let place = dice.random_range(0..letters.len());
    letters[place] = if letters[place].is_ascii_digit() {
        char::from(b'0' + dice.random_range(0..10))
    } else {
        char::from(b'A' + dice.random_range(0..26))
    };
    letters.into_iter().collect()
}

fn wrong_digit(date: QueriedDate, dice: &mut Dice) -> Option<QueriedDate> {
    let mut text: Vec<char> = format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()).chars().collect();
    let place = [3, 5, 6, 8, 9][dice.random_range(0..5)];
    text[place] = char::from(b'0' + dice.random_range(0..10));
    let wrong = QueriedDate::parse(&text.into_iter().collect::<String>())?;
    (wrong != date && wrong.month() <= 12).then_some(wrong)
}

fn day_month_swapped(date: QueriedDate) -> Option<QueriedDate> {
    let swapped = QueriedDate::new(date.year(), date.day(), date.month())?;
    (swapped != date).then_some(swapped)
}

fn year_off(date: QueriedDate, dice: &mut Dice) -> Option<QueriedDate> {
    let year = if dice.random_bool(0.5) { date.year() - 1 } else { date.year() + 1 };
    QueriedDate::new(year, date.month(), date.day())
}

/// The 30th or 31st of a month that has none, for a child born late in it.
fn impossible(date: QueriedDate, dice: &mut Dice) -> Option<QueriedDate> {
    let wrong = QueriedDate::new(date.year(), date.month(), dice.random_range(30..=31))?;
    (wrong.calendar().is_none() && date.day() >= 27).then_some(wrong)
}

fn initial(query: SearchQuery) -> SearchQuery {
    SearchQuery { given_name: query.given_name.map(|name| name.chars().take(1).collect()), ..query }
}

fn by_middle_name(query: SearchQuery, child: &Profile) -> Option<SearchQuery> {
    let middle = child.names[0].given.split(' ').nth(1)?;
    Some(SearchQuery { given_name: Some(middle.to_owned()), ..query })
}

fn aged(child: &Profile, off: u8) -> SearchQuery {
    let on = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let years = on.years_since(child.date_of_birth.unwrap()).unwrap();
    let years = u8::try_from(years).unwrap() + off;
    SearchQuery { birth: Some(BirthCriterion::Age { years, on }), ..dateless(child) }
}

fn three_months(child: &Profile, dice: &mut Dice) -> SearchQuery {
    let first = child.date_of_birth.unwrap() - Days::new(dice.random_range(0..90));
    SearchQuery { birth: Some(BirthCriterion::Between(first, first + Days::new(90))), ..dateless(child) }
}

fn half(query: SearchQuery, dice: &mut Dice) -> Option<SearchQuery> {
    let family = query.family_name?;
    let halves: Vec<&str> = family.split('-').filter(|_| family.contains('-')).collect();
    let half = (halves.len() > 1).then(|| pick(&halves, dice).to_owned())?;
    Some(SearchQuery { family_name: Some(half), ..query })
}

fn together(query: SearchQuery) -> Option<SearchQuery> {
    let family = query.family_name.filter(|family| family.contains('-'))?;
    Some(SearchQuery { family_name: Some(family.replace('-', "")), ..query })
}

fn former(query: SearchQuery, child: &Profile) -> Option<SearchQuery> {
    let name = child.names.iter().find(|name| name.kind == NameKind::Former)?;
    Some(SearchQuery { family_name: Some(name.family.clone()), ..query })
}

fn twin(people: &Population, id: i64, child: &Profile) -> Option<SearchQuery> {
    let has_twin = people.siblings(id).iter().any(|other| people.profile(*other).date_of_birth == child.date_of_birth);
    has_twin.then(|| at(child.postcode.as_deref().unwrap_or_default(), exact(child)))
}

fn variant(query: SearchQuery, dice: &mut Dice) -> Option<SearchQuery> {
    let given = query.given_name?.to_lowercase();
    let (_, forms) = VARIANTS.iter().find(|(name, _)| *name == given)?;
    Some(SearchQuery { given_name: Some(capitalised(pick(forms, dice))), ..query })
}

/// Forms under which children with these names are asked for.
const VARIANTS: &[(&str, &[&str])] = &[
    ("muhammad", &["mohammed", "mohammad", "mohamed", "muhammed", "mohd"]),
    ("oliver", &["ollie", "olly"]),
    ("amelia", &["millie", "amy"]),
    ("olivia", &["liv", "livvy"]),
    ("charlie", &["charles"]),
    ("jacob", &["jake", "jakub"]),
    ("thomas", &["tom", "tommy"]),
    ("alfie", &["alfred"]),
    ("henry", &["harry"]),
    ("emily", &["em", "millie"]),
    ("william", &["will", "bill", "billy", "liam"]),
    ("joshua", &["josh"]),
    ("archie", &["archibald"]),
    ("james", &["jim", "jimmy", "jamie"]),
    ("isaac", &["ishaq", "zac"]),
    ("isabella", &["bella", "izzy"]),
    ("alexander", &["alex", "sandy", "aleksander"]),
    ("joseph", &["joe", "yusuf", "joey"]),
    ("edward", &["ed", "ted", "eddie"]),
    ("samuel", &["sam", "sammy"]),
    ("daniel", &["dan", "danny"]),
    ("theo", &["theodore"]),
    ("evie", &["eve", "evelyn"]),
    ("charlotte", &["lottie", "charlie"]),
    ("jessica", &["jess", "jessie"]),
    ("sophie", &["sophia", "sofie"]),
    ("benjamin", &["ben", "benny"]),
    ("sebastian", &["seb"]),
    ("elizabeth", &["liz", "beth", "lizzie", "eliza"]),
    ("katie", &["katherine", "kate"]),
    ("eleanor", &["ellie", "nell"]),
    ("matilda", &["tilly"]),
    ("abigail", &["abbie", "abby"]),
    ("nathan", &["nat", "nathaniel"]),
    ("michael", &["mike", "mick", "mikey"]),
    ("robert", &["rob", "bob", "bobby"]),
    ("christopher", &["chris", "kit"]),
    ("nicholas", &["nick", "nicky"]),
    ("anthony", &["tony"]),
    ("patrick", &["paddy", "pat"]),
    ("rebecca", &["becky", "becca"]),
    ("rachel", &["rach", "rachael"]),
    ("victoria", &["vicky", "tori"]),
    ("ibrahim", &["ebrahim", "ibraheem"]),
    ("yusuf", &["yousef", "yousuf", "yusef"]),
    ("omar", &["umar", "umer"]),
    ("ahmed", &["ahmad", "ahmet"]),
    ("abdullah", &["abdulla", "abdallah"]),
    ("aisha", &["ayesha", "aysha", "aishah"]),
    ("fatima", &["fatema", "fatimah", "fatma"]),
    ("maryam", &["mariam", "miriam", "maryum"]),
    ("zainab", &["zaynab", "zeinab"]),
    ("khadija", &["khadijah", "kadija"]),
    ("zofia", &["zosia", "sophia"]),
    ("jakub", &["kuba", "jacob"]),
    ("zuzanna", &["zuzia", "susanna"]),
    ("wiktoria", &["victoria", "viktoria"]),
    ("szymon", &["simon"]),
    ("niamh", &["neve", "nieve"]),
    ("caitlin", &["kate", "kaitlin"]),
    ("sean", &["shaun", "shawn"]),
    ("tobi", &["oluwatobi", "tobiloba"]),
    ("layla", &["leila", "laila"]),
    ("chidera", &["dera"]),
    ("gabriel", &["gabe", "gabby"]),
    ("zachary", &["zac", "zak", "zakariya"]),
    ("harrison", &["harry"]),
    ("georgia", &["georgie", "jorja"]),
    ("freddie", &["fred", "frederick"]),
    ("reuben", &["ruben"]),
    ("hannah", &["hanna", "hana"]),
    ("sara", &["sarah"]),
    ("penelope", &["penny"]),
    ("beatrice", &["bea"]),
    ("leonard", &["len", "leo"]),
    ("jonathan", &["jon", "jonny"]),
    ("dafydd", &["david", "dai"]),
    ("tomos", &["tom", "thomas"]),
];
