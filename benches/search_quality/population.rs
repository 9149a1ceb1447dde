//! A generated population: households of one to four children, each derived from its number, so that any profile can
//! be made again and millions need no memory.

use child_index::domain::{
    matching::{NameForm, Profile},
    sex::Sex,
};
use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::communities::{COMMUNITIES, Community};

const COMMON_NAMES: &str = include_str!("../../src/domain/matching/frequencies.tsv");
/// Rare names are made of these, so that most of them are borne by few.
const BEGINNINGS: &[&str] = &[
    "Ab", "Al", "Ash", "Bal", "Bar", "Ber", "Blen", "Bor", "Brad", "Bur", "Cal", "Car", "Chel", "Cob", "Crad", "Dal",
    "Dar", "Del", "Dor", "Dun", "Ed", "El", "Fal", "Far", "Fen", "Gar", "Gil", "Gor", "Had", "Hal", "Har", "Hol",
    "Hor", "Is", "Jar", "Jul", "Kal", "Kar", "Kel", "Kir", "Lan", "Lar", "Lin", "Mal", "Mar", "Mel", "Mor", "Nar",
    "Nor", "Ob", "Ol", "Pad", "Par", "Pel", "Quen", "Rad", "Ram", "Rod", "Sal", "Sand", "Sel", "Shan", "Sol", "Tal",
    "Tar", "Tor", "Ul", "Van", "Ver", "Wal", "War", "Wes", "Yar", "Zab", "Zel",
];
const MIDDLES: &[&str] = &[
    "a", "e", "i", "o", "u", "an", "en", "in", "ar", "er", "ing", "el", "al", "at", "ek", "ow", "ad", "im", "os", "und",
];
const FAMILY_ENDINGS: &[&str] = &[
    "ton", "ley", "field", "worth", "wicz", "ski", "wala", "dottir", "sen", "man", "shaw", "ford", "well", "by", "ham",
    "gate", "nko", "escu", "idis", "oglu", "pour", "wu", "eze", "ade", "mba", "ani", "uddin", "ullah",
];
const GIVEN_ENDINGS: &[&str] = &[
    "a", "ah", "ia", "ina", "elle", "yn", "en", "is", "us", "im", "een", "eesha", "it", "deep", "una", "ola", "iko",
    "as",
];

/// Days over which births spread, and the first of them.
const DAYS: u64 = 18 * 365;
const HOUSEHOLD: u32 = 4;

pub type Dice = ChaCha8Rng;

/// A generator for one purpose and number.
pub fn dice(seed: u64, number: u64) -> Dice {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    ChaCha8Rng::from_seed(bytes)
}

/// The population: nothing but its parameters and name lists.
pub struct Population {
    households: u32,
    children: u32,
    seed: u64,
    family: Names,
    given: Names,
    districts: u32,
}

/// Names with their cumulated shares; the rest of the children bear rare names.
struct Names {
    names: Vec<(f64, String)>,
    endings: &'static [&'static str],
}

impl Names {
    fn read(part: &str, endings: &'static [&'static str]) -> Names {
        let mut sum = 0.0;
        let mut names = Vec::new();
        for line in COMMON_NAMES.lines() {
            if let Some((name, count)) = line.strip_prefix(part).and_then(|rest| rest.trim().split_once('\t')) {
                sum += count.parse::<f64>().unwrap() / 100_000.0;
                names.push((sum, capitalised(name)));
            }
        }
        Names { names, endings }
    }

    fn draw(&self, dice: &mut Dice) -> String {
        let at: f64 = dice.random();
        let place = self.names.partition_point(|(sum, _)| *sum < at);
        self.names.get(place).map_or_else(|| self.rare(dice), |(_, name)| name.clone())
    }

    fn rare(&self, dice: &mut Dice) -> String {
        let mut name = pick(BEGINNINGS, dice).to_owned();
        // Lower numbers are likelier, so that rare names too are unequally rare.
        let skewed = dice.random::<f64>() * dice.random::<f64>();
        name.push_str(MIDDLES[(skewed * MIDDLES.len() as f64) as usize]);
        if dice.random_bool(0.4) {
            name.push_str(pick(&["l", "n", "r", "m", "b", "d", "k"], dice));
            name.push_str(pick(MIDDLES, dice));
        }
        name.push_str(pick(self.endings, dice));
        name
    }
}

pub fn pick<'a>(from: &[&'a str], dice: &mut Dice) -> &'a str {
    from[dice.random_range(0..from.len())]
}

pub fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

impl Population {
    pub fn new(children: u32, seed: u64) -> Population {
        // 1.85 children a household on average; see `size`.
        let households = (f64::from(children) / 1.85) as u32;
        let mut population = Population {
            households,
            children: 0,
            seed,
            family: Names::read("family", FAMILY_ENDINGS),
            given: Names::read("given", GIVEN_ENDINGS),
            districts: (children / 4_000).clamp(4, 2_300),
        };
        population.children = population.ids().count() as u32;
        population
    }

    pub fn len(&self) -> u32 {
        self.children
    }

    pub fn ids(&self) -> impl Iterator<Item = i64> + '_ {
        (0..self.households)
            .flat_map(|household| (0..self.size(household)).map(move |place| i64::from(household * HOUSEHOLD + place)))
    }

    /// A child at random.
    pub fn pick(&self, dice: &mut Dice) -> i64 {
        let household = dice.random_range(0..self.households);
        i64::from(household * HOUSEHOLD + dice.random_range(0..self.size(household)))
    }

    fn size(&self, household: u32) -> u32 {
        match dice(self.seed, u64::from(household)).random_range(0..100) {
            0..45 => 1,
            45..80 => 2,
            80..95 => 3,
            _ => 4,
        }
    }

    /// The other children of the household.
    pub fn siblings(&self, child: i64) -> Vec<i64> {
        let household = child as u32 / HOUSEHOLD;
        let all = (0..self.size(household)).map(|place| i64::from(household * HOUSEHOLD + place));
        all.filter(|other| *other != child).collect()
    }

    pub fn profile(&self, child: i64) -> Profile {
        let (household, place) = (child as u32 / HOUSEHOLD, child as u32 % HOUSEHOLD);
        let mut dice = dice(self.seed, u64::from(household));
        let _: u32 = dice.random_range(0..100);
        let community = community(&mut dice);
        let family = self.family_name(community, &mut dice);
        let postcode = self.postcode_in(community, &mut dice);
        let moved = dice.random_bool(0.35).then(|| self.postcode_in(community, &mut dice));
        let renamed = dice.random_bool(0.04).then(|| self.family_name(community, &mut dice));
        let mut day = dice.random_range(0..DAYS);
        let mut person = None;
        for number in 0..=place {
            let twin = number > 0 && dice.random_bool(0.03);
            if number > 0 && !twin {
                day = (day + 400 + dice.random_range(0..1_500)) % DAYS;
            }
            let given = self.given_names(community, &mut dice);
            let sex = if dice.random_bool(0.5) { Sex::F } else { Sex::M };
            person = Some((given, sex, day));
        }
        let (given, sex, day) = person.unwrap();
        let mut names = vec![NameForm::current(family, given.clone())];
        names.extend(renamed.map(|family| NameForm::former(family, given)));
        Profile {
            names,
            date_of_birth: NaiveDate::from_ymd_opt(2007, 1, 1).unwrap().checked_add_days(Days::new(day)),
            sex,
            postcode: Some(postcode),
            former_postcodes: moved.into_iter().collect(),
            identifiers: Vec::new(),
        }
    }

    fn family_name(&self, community: Option<&Community>, dice: &mut Dice) -> String {
        let draw = |dice: &mut Dice| match community {
            // A tenth bear rarer names.
            Some(community) if dice.random_bool(0.9) => favoured(community.families, dice).to_owned(),
            _ => self.family.draw(dice),
        };
        let name = draw(dice);
        if dice.random_bool(0.06) { format!("{name}-{}", draw(dice)) } else { name }
    }

    fn given_names(&self, community: Option<&Community>, dice: &mut Dice) -> String {
        let draw = |dice: &mut Dice| match community {
            Some(community) if dice.random_bool(0.8) => favoured(community.given, dice).to_owned(),
            _ => self.given.draw(dice),
        };
        let name = draw(dice);
        if dice.random_bool(0.6) { format!("{name} {}", draw(dice)) } else { name }
    }

    /// Any postcode.
    pub fn postcode(&self, dice: &mut Dice) -> String {
        self.postcode_in(None, dice)
    }

    /// A postcode of one of the districts; near ones differ by a digit, as real ones do.
    fn postcode_in(&self, community: Option<&Community>, dice: &mut Dice) -> String {
        const AREAS: &[u8] = b"ABCDEGHKLMNPRSTWY";
        const INWARD: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
        let skewed = dice.random::<f64>().powf(1.3) * community.map_or(1.0, |community| community.districts);
        let district = (skewed * f64::from(self.districts)) as usize;
        let letters = [AREAS[district / 40 % AREAS.len()], AREAS[district / 40 / AREAS.len() % AREAS.len()]];
        let [first, second] = letters.map(char::from);
        let unit = [INWARD[dice.random_range(0..20)], INWARD[dice.random_range(0..6)]].map(char::from);
        format!("{first}{second}{} {}{}{}", district % 40 + 1, dice.random_range(0..5), unit[0], unit[1])
    }
}

/// Which community a household belongs to, if any.
fn community(dice: &mut Dice) -> Option<&'static Community> {
    let mut at: f64 = dice.random();
    COMMUNITIES.iter().find(|community| {
        at -= community.share;
        at < 0.0
    })
}

/// One of a list, the earlier the likelier.
fn favoured(from: &'static [&'static str], dice: &mut Dice) -> &'static str {
    let skewed = dice.random::<f64>() * dice.random::<f64>();
    from[(skewed * from.len() as f64) as usize]
}
