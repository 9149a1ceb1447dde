//! Who is involved with a child: how one entry comes about, whichever service it is.

use chrono::{Days, NaiveDate};

use super::bodies::{Body, Office, Site};
use super::dice::{Dice, hash, mix};
use super::families::{Birth, Household, Member};
use super::posts::Post;
use super::staff::practitioner;
use super::stories::Story;
use super::teams::find_team;
use super::world::World;
use crate::domain::bulk::{BulkGround, BulkInvolvement};
use crate::domain::involvements::{ConsentGiver, GroundKind};
use crate::domain::services::ServiceGroup;

/// The involvements of one child as they are found.
pub(super) struct Care<'a> {
    /// The population.
    pub(super) world: &'a World,
    /// The household.
    pub(super) household: &'a Household,
    /// The position of the area the family lives in.
    pub(super) area: usize,
    /// The same for all of a household: who shares a doctor shares this.
    pub(super) home: u64,
    /// The birthday, or the expected one.
    pub(super) born_on: NaiveDate,
    /// Completed years.
    pub(super) age: u32,
    /// The last day anything can have happened: today, or the day of death.
    pub(super) last_on: NaiveDate,
    /// What was found.
    pub(super) list: Vec<BulkInvolvement>,
}

/// The involvements of a child; all end with `died_on`.
pub(super) fn involvements(
    world: &World,
    dice: &mut Dice,
    household: &Household,
    member: &Member,
    died_on: Option<NaiveDate>,
) -> Vec<BulkInvolvement> {
    let place = household.place;
    let last_on = died_on.unwrap_or(world.today);
    let (Birth::Born(born_on) | Birth::Expected(born_on)) = member.birth;
    let mut care = Care {
        world,
        household,
        area: place.area,
        home: mix(place.slot ^ hash(world.area_code(place.area))),
        born_on,
        age: last_on.years_since(born_on).unwrap_or_default(),
        last_on,
        list: Vec::with_capacity(6),
    };
    if let Birth::Expected(_) = member.birth {
        care.before_birth(dice);
    } else {
        care.universal(dice);
        care.family_needs(dice);
        care.own_needs(dice);
    }
    if let Some(died_on) = died_on {
        for involvement in &mut care.list {
            involvement.ended_on = Some(involvement.ended_on.map_or(died_on, |ended_on| ended_on.min(died_on)));
            involvement.lead_professional = None;
        }
    }
    care.list
}

/// The day so many days before.
pub(super) fn ago(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day)
}

/// The day so many days after.
pub(super) fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(day)
}

impl Care<'_> {
    /// The area's office of a kind.
    pub(super) fn office(&self, office: Office) -> Body {
        Body::Office(office, self.area)
    }

    /// One of the area's sites; the same for the same `choice`.
    pub(super) fn site(&self, site: Site, choice: u64) -> Body {
        self.world.bodies.site(site, self.area, choice)
    }

    /// So many times in a thousand, and always in a story, which must show the same whatever the seed.
    pub(super) fn usually(&self, dice: &mut Dice, times: u32) -> bool {
        dice.in_thousand(times) || self.household.story.is_some()
    }

    /// So many times in a thousand, and never in a story.
    pub(super) fn rarely(&self, dice: &mut Dice, times: u32) -> bool {
        dice.in_thousand(times) && self.household.story.is_none()
    }

    /// Adds an entry from `started_on`, perhaps until `ended_on`.
    pub(super) fn add(
        &mut self,
        dice: &mut Dice,
        post: &Post,
        body: Body,
        started_on: NaiveDate,
        ended_on: Option<NaiveDate>,
    ) {
        let Some(area) = self.world.map.area(body.area()) else { return };
        let started_on = started_on.min(self.last_on);
        let ended_on = ended_on.map(|ended_on| ended_on.max(started_on));
        let children = self.world.bodies.children_in(body.area());
        let team = find_team(body, post.team).map(|team| team.code_for(children, self.home));
        let person = dice.in_thousand(post.named).then(|| u64::from(dice.below(post.people)));
        let practitioner = person.map(|person| {
            practitioner(body, area, team.as_deref().unwrap_or_default(), post.titles, person, self.world.seed)
        });
        let last_confirmed_on = Some(self.confirmed_on(dice, started_on, ended_on));
        let is_counselling = post.team == "counselling";
        let ground = (post.service.group() == ServiceGroup::Sensitive || is_counselling)
            .then(|| ground(dice, self.age, started_on));
        self.list.push(BulkInvolvement {
            service: post.service,
            organisation: body.code(area),
            team,
            practitioner,
            started_on,
            ended_on,
            last_confirmed_on,
            lead_professional: None,
            ground,
        });
    }

    /// When somebody last said that the entry is right: most of them within 90 days, some not for 180.
    fn confirmed_on(&self, dice: &mut Dice, started_on: NaiveDate, ended_on: Option<NaiveDate>) -> NaiveDate {
        let days = match (self.household.story, dice.below(100)) {
            (Some(Story::Stale), _) => dice.between(190, 600),
            (Some(_), _) => dice.below(60),
            (None, 0..64) => dice.below(90),
            (None, 64..84) => dice.between(90, 179),
            (None, _) => dice.between(180, 800),
        };
        let latest = ended_on.unwrap_or(self.last_on).min(self.last_on);
        ago(latest, if ended_on.is_some() { days / 10 } else { days }).max(started_on)
    }
}

/// On what a sensitive entry stands: mostly consent, the child's own from about twelve.
fn ground(dice: &mut Dice, age: u32, on: NaiveDate) -> BulkGround {
    if dice.in_thousand(130) {
        let (kind, on) = (GroundKind::SignificantHarm, Some(on));
        return BulkGround { kind, given_by: None, judged: None, on, until: None };
    }
    let own = age >= 12 && dice.in_thousand(800);
    let given_by = if own { ConsentGiver::Child } else { ConsentGiver::ParentalResponsibility };
    BulkGround { kind: GroundKind::Consent, given_by: Some(given_by), judged: None, on: Some(on), until: None }
}
