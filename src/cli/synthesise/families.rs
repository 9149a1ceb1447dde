//! Families: brothers and sisters who share carers, an address, telephone numbers and usually a name.

use std::sync::LazyLock;

use chrono::{Days, NaiveDate};

use super::dice::{Dice, Purpose, sums};
use super::homes::{Homes, adults_of};
use super::names::{Community, NAMES};
use super::naming::{borne_by, called, family_name, given_names};
use super::places::{Map, Place};
use super::shields::shield_of;
use super::stories::Story;
use crate::domain::bulk::{BulkAddress, BulkCarer, BulkName, BulkOtherName, BulkShield};
use crate::domain::children::{OtherNameKind, ShieldGround};
use crate::domain::sex::Sex;

/// A household with children.
pub(super) struct Household {
    /// Where it lives.
    pub(super) place: Place,
    /// What it shows in a demo.
    pub(super) story: Option<Story>,
    /// Its address.
    pub(super) address: BulkAddress,
    /// The shield over all of its children.
    pub(super) shield: Option<BulkShield>,
    /// What the family as a whole needs.
    pub(super) needs: Needs,
    /// Its children.
    pub(super) members: Vec<Member>,
}

/// A child of a household.
pub(super) struct Member {
    /// The birthday, or the day on which birth is expected.
    pub(super) birth: Birth,
    /// Sex.
    pub(super) sex: Sex,
    /// The current name.
    pub(super) name: BulkName,
    /// Other names.
    pub(super) other_names: Vec<BulkOtherName>,
    /// Carers; a half-brother's differ.
    pub(super) carers: Vec<BulkCarer>,
    /// Adopted: the former identity must not lead here.
    pub(super) adopted: bool,
    /// The younger of twins.
    pub(super) is_second_twin: bool,
}

/// Born, or to be born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Birth {
    /// On this day.
    Born(NaiveDate),
    /// Expected on this day.
    Expected(NaiveDate),
}

/// What social care does for a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SocialCare {
    /// A child in need.
    InNeed,
    /// A child protection plan.
    Protection,
    /// The children are looked after.
    LookedAfter,
}

/// What a family as a whole needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Needs {
    /// Early help.
    pub(super) early_help: bool,
    /// Children's social care.
    pub(super) social_care: Option<SocialCare>,
    /// Help with housing.
    pub(super) housing: bool,
    /// A refuge or support after domestic abuse.
    pub(super) refuge: bool,
}

/// How often each age from 0 to 20 is drawn, so that the children come out as in England, where births have fallen since
/// 2012 (mid-year estimates of the Office for National Statistics). The ends are raised, because brothers and sisters who
/// would lie beyond them are left out; of those past 18 only some are still in the index.
static AGES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let weights =
        [770, 730, 695, 665, 645, 640, 650, 662, 676, 687, 697, 709, 720, 722, 728, 745, 790, 830, 110, 40, 30];
    sums(weights.into_iter())
});

/// Brothers and sisters, the eldest first, as ages in days; negative before birth.
fn ages(dice: &mut Dice) -> Vec<i32> {
    let size = match dice.below(1_000) {
        0..430 => 1,
        430..820 => 2,
        820..940 => 3,
        940..980 => 4,
        980..993 => 5,
        _ => 6,
    };
    let years = i32::try_from(dice.weighted(&AGES)).unwrap_or_default();
    let days = |number: u32| i32::try_from(number).unwrap_or_default();
    let anchor = years * 365 + years / 4 + days(dice.below(365));
    let older = dice.below(size);
    let mut ages = vec![anchor];
    let mut age = anchor;
    for _ in 0..older {
        age += days(dice.between(380, 1_700));
        ages.insert(0, age);
    }
    age = anchor;
    for _ in older + 1..size {
        age -= days(dice.between(380, 1_700));
        ages.push(age);
    }
    // Who has left the index, or is not thought of yet, is no member.
    ages.retain(|age| (0..18 * 365 + 900).contains(age));
    ages.retain(|age| *age <= 18 * 365 + 4 || dice.in_thousand(300));
    if dice.in_thousand(5) && ages.last().is_none_or(|youngest| *youngest > 450) {
        ages.push(-days(dice.between(7, 200)));
    }
    let mut with_twins = Vec::with_capacity(ages.len() + 1);
    for age in ages {
        // About one maternity in 65 is of twins (Office for National Statistics, birth characteristics).
        let count = if age >= 0 && dice.in_thousand(15) { 2 } else { 1 };
        with_twins.extend(std::iter::repeat_n(age, count));
    }
    with_twins.truncate(6);
    with_twins
}

impl Household {
    /// The household with this number.
    pub(super) fn new(number: u64, map: &Map, homes: &Homes, seed: u64, today: NaiveDate) -> (Self, Dice) {
        let mut dice = Dice::new(seed, Purpose::Household(number));
        let place = map.place(number);
        let story = Story::at(place);
        let ages = match story {
            Some(story) => {
                let later = i32::try_from(dice.below(90)).unwrap_or_default();
                story.ages().iter().map(|age| if *age < 0 { *age + later } else { *age - later / 3 }).collect()
            }
            None => ages(&mut dice),
        };
        let shield = shield_of(&mut dice, story);
        let needs = Needs::of(&mut dice, story, shield);
        let community = NAMES.community(&mut dice);
        let adopted = shield.is_some_and(|shield| shield.ground == ShieldGround::Adoption)
            || (story.is_none() && dice.in_100_000(100));
        let family = Family::new(&mut dice, community);
        let adults = adults_of(&mut dice, &family, number, homes, adopted, needs);
        let address = homes.address(&mut dice, map, place, story);
        let mut members: Vec<Member> = Vec::with_capacity(ages.len());
        // In a family put together from two, the elder children bear another father's name.
        let elder = story.is_none() && ages.len() > 1 && dice.in_thousand(120);
        for (position, age) in ages.iter().enumerate() {
            let own_father = elder && position == 0;
            let name = if own_father { &family.mothers } else { &family.shared };
            let mut member = Member::new(&mut dice, *age, today, &family, name, members.last());
            member.carers = adults.carers(own_father);
            member.adopted = adopted;
            member.add_other_names(&mut dice, &family, story);
            members.push(member);
        }
        (Self { place, story, address, shield, needs, members }, dice)
    }
}

/// What a family is called before its members bear the names.
pub(super) struct Family {
    /// The children's community.
    pub(super) community: &'static Community,
    /// The mother's, where it is another.
    pub(super) mothers_community: &'static Community,
    /// The name of most members.
    pub(super) shared: String,
    /// The name the mother was born with, or of her first husband.
    pub(super) mothers: String,
    /// The father's given name.
    pub(super) father: &'static str,
}

impl Family {
    fn new(dice: &mut Dice, community: &'static Community) -> Self {
        let mothers_community = if dice.in_thousand(90) { NAMES.community(dice) } else { community };
        Self {
            shared: family_name(dice, community),
            mothers: family_name(dice, mothers_community),
            father: NAMES.adult(dice, community, Sex::M),
            community,
            mothers_community,
        }
    }
}

impl Needs {
    fn of(dice: &mut Dice, story: Option<Story>, shield: Option<BulkShield>) -> Self {
        if let Some(story) = story {
            return Self {
                early_help: matches!(story, Story::LeadProfessional),
                social_care: matches!(story, Story::ChildProtection).then_some(SocialCare::Protection),
                housing: matches!(story, Story::NoAddress),
                refuge: matches!(story, Story::Refuge),
            };
        }
        let in_refuge = shield.is_some_and(|shield| shield.ground == ShieldGround::Refuge);
        let social_care = match dice.below(100_000) {
            0..1_300 => Some(SocialCare::InNeed),
            1_300..1_800 => Some(SocialCare::Protection),
            1_800..2_300 => Some(SocialCare::LookedAfter),
            _ => None,
        };
        Self {
            early_help: social_care.is_none() && dice.in_100_000(2_600),
            social_care,
            housing: dice.in_100_000(500),
            refuge: (in_refuge && dice.in_thousand(800)) || dice.in_100_000(100),
        }
    }
}

impl Member {
    fn new(dice: &mut Dice, age: i32, today: NaiveDate, family: &Family, name: &str, elder: Option<&Self>) -> Self {
        let days = Days::new(u64::from(age.unsigned_abs()));
        let birth = if age < 0 { Birth::Expected(today + days) } else { Birth::Born(today - days) };
        let twin = elder.filter(|elder| elder.birth == birth && age >= 0);
        let sex = match (age < 0, twin) {
            (true, _) => Sex::U,
            // A third of twins share their genes and with them their sex; half of the others share it by chance.
            (_, Some(twin)) if dice.in_thousand(330) => twin.sex,
            _ if dice.in_100_000(60) => Sex::NotSpecified,
            _ if dice.in_thousand(512) => Sex::M,
            _ => Sex::F,
        };
        let given = if age < 0 {
            String::new()
        } else if age < 42 && dice.in_thousand(500) {
            placeholder(sex, twin.is_some()).to_owned()
        } else {
            given(dice, family, sex, elder)
        };
        let family = borne_by(dice, family.community, name, sex);
        Self {
            birth,
            sex,
            name: BulkName { family, given },
            other_names: Vec::new(),
            carers: Vec::new(),
            adopted: false,
            is_second_twin: twin.is_some(),
        }
    }

    /// What else the child is or was called.
    fn add_other_names(&mut self, dice: &mut Dice, family: &Family, story: Option<Story>) {
        if matches!(self.birth, Birth::Expected(_)) {
            return;
        }
        let (now, sex) = (&self.name, self.sex);
        self.other_names.extend(called(dice, family.community, &now.family, &now.given, sex));
        let changed = matches!(story, Some(Story::FormerName)) || (story.is_none() && dice.in_thousand(15));
        if self.adopted {
            let before = family_name(dice, NAMES.english());
            let given = NAMES.english().given(sex).draw(dice).to_owned();
            self.other_names.push(BulkOtherName { family: before, given, kind: OtherNameKind::Former });
        } else if changed && family.mothers != now.family {
            let first = now.given.split(' ').next().unwrap_or_default().to_owned();
            let before = borne_by(dice, family.mothers_community, &family.mothers, sex);
            self.other_names.push(BulkOtherName { family: before, given: first, kind: OtherNameKind::Former });
        }
    }
}

/// Given names that the child before does not bear already.
fn given(dice: &mut Dice, family: &Family, sex: Sex, elder: Option<&Member>) -> String {
    let community = if dice.in_thousand(500) { family.community } else { family.mothers_community };
    let taken = |given: &str| elder.is_some_and(|elder| elder.name.given.split(' ').next() == given.split(' ').next());
    let drawn = given_names(dice, community, sex, family.father);
    if taken(&drawn) { given_names(dice, community, sex, family.father) } else { drawn }
}

/// What a maternity ward writes before the parents have decided.
const fn placeholder(sex: Sex, is_second_twin: bool) -> &'static str {
    match (is_second_twin, sex) {
        (true, _) => "Twin Two",
        (false, Sex::F) => "Baby Girl",
        (false, Sex::M) => "Baby Boy",
        (false, _) => "Baby",
    }
}
