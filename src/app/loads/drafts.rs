//! Drafts: a line's child as it would be stored and everything derived from it, before the index is asked anything.

use uuid::Uuid;

use crate::domain::bulk::{
    BulkChild, BulkInvolvement, BulkLine, BulkOrganisation, BulkProblem, BulkRefusal, BulkShield,
};
use crate::domain::children::{
    Address, AddressState, Carer, Child, ChildIdentifier, ChildRecord, ChildStatus, Name, OtherName, Publication,
    Shield,
};
use crate::domain::findability::{search_keys, whole_profile};
use crate::domain::households::household_keys;
use crate::domain::ids::{ChildId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::matching::{Key, KeySecret, Profile, child_keys, profile_plan};

/// A line, as far as it can be read without the index.
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// What it says, or what is wrong with it.
    pub(super) content: Result<Content, BulkRefusal>,
}

/// What a line says.
pub(super) enum Content {
    /// An organisation.
    Organisation(Box<BulkOrganisation>),
    /// A child.
    Child(Box<Draft>),
}

/// A child to be loaded. Who supplied it, its ids and its number are not known yet; the whole record is filled in anew
/// each time a chunk is tried.
pub(super) struct Draft {
    /// The child, still nobody's.
    pub(super) child: Child,
    /// Who is involved, by the codes of the file.
    pub(super) involvements: Vec<BulkInvolvement>,
    /// The code of the organisation that supplies the line, where it says so.
    pub(super) supplied_by: Option<String>,
    /// The shield the line itself asks for.
    pub(super) shield: Option<BulkShield>,
    /// What it can be found by, if nothing but the line as it was read decides.
    search_keys: Vec<Key>,
    /// What it can be found by, where the index decided otherwise.
    pub(super) decided_keys: Option<Vec<Key>>,
    /// What it shares with its household.
    pub(super) household_keys: Vec<Key>,
    /// The keys of its identifiers, of the class that ordinary searches use.
    pub(super) identifier_keys: Vec<Key>,
    /// Everything it could be recognised by.
    pub(super) profile: Profile,
    /// The keys of the hidden class under which a child like this one would be found, and the votes each gives.
    pub(super) hidden_plan: Vec<(Key, f32)>,
}

/// What lines are read with.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// The secret of the search keys.
    pub(super) secret: KeySecret,
    /// The secret of their hidden class.
    pub(super) hidden: KeySecret,
    /// When the load began.
    pub(super) now: Instant,
    /// Whether search keys are derived at the end, from what is stored then.
    pub(super) deferred: bool,
}

impl Reading {
    /// Reads a line.
    pub(super) fn line(&self, number: u64, bytes: &[u8]) -> Line {
        let content = std::str::from_utf8(bytes)
            .map_err(|_| BulkProblem::new("", "is not UTF-8; save the file as UTF-8 and load it again").into())
            // Some systems begin a file with a mark of its byte order.
            .and_then(|text| BulkLine::parse(text.trim_start_matches('\u{feff}'), self.now.day()))
            .map(|line| match line {
                BulkLine::Organisation(organisation) => Content::Organisation(Box::new(organisation)),
                BulkLine::Child(child) => Content::Child(Box::new(self.draft(child))),
            });
        Line { number, content }
    }

    fn draft(&self, bulk: BulkChild) -> Draft {
        let (supplied_by, shield) = (bulk.supplied_by.clone(), bulk.shield);
        let (child, involvements) = compose(bulk, self.now);
        let profile = whole_profile(&child);
        let hidden_plan = hidden_plan(&profile, &self.hidden);
        Draft {
            search_keys: if self.deferred { Vec::new() } else { search_keys(&child, &self.secret) },
            decided_keys: None,
            household_keys: household_keys(&child, &self.secret),
            identifier_keys: identifier_keys(&profile, &self.secret),
            child,
            involvements,
            supplied_by,
            shield,
            profile,
            hidden_plan,
        }
    }
}

/// The keys of the hidden class under which a child like this one would be found, and the votes each gives.
pub(super) fn hidden_plan(profile: &Profile, hidden: &KeySecret) -> Vec<(Key, f32)> {
    let plan = profile_plan(profile, hidden);
    plan.selective.iter().chain(&plan.wide).map(|planned| (planned.key, planned.weight)).collect()
}

/// The keys of identifiers alone.
fn identifier_keys(profile: &Profile, secret: &KeySecret) -> Vec<Key> {
    let mut keys = Vec::with_capacity(profile.identifiers.len());
    if !profile.identifiers.is_empty() {
        let identifiers = profile.identifiers.clone();
        child_keys(&Profile { identifiers, ..Profile::named("", "") }, secret, &mut keys);
    }
    keys
}

/// Nobody, until it is known who supplies the line.
const NOBODY: OrganisationId = OrganisationId(Uuid::nil());

fn compose(bulk: BulkChild, now: Instant) -> (Child, Vec<BulkInvolvement>) {
    let status = status_of(&bulk);
    let address = address_of(&bulk);
    let record = ChildRecord {
        id: ChildId(0),
        index_number: IndexNumber::from_random_bits(0),
        status,
        publication: Publication::Published,
        supplied_by: NOBODY,
        source_key: Some(bulk.source_key),
        area: String::new(),
        name: Name { family: bulk.name.family, given: bulk.name.given },
        date_of_birth: bulk.date_of_birth,
        expected_on: bulk.expected_on,
        died_on: bulk.died_on,
        stays_until: bulk.stays_until,
        sex: bulk.sex,
        address,
        shield: bulk.shield.map(|asked| confirmed(asked, now)),
        // The format has no day for it: it was archived before, and is archived from now on.
        closed_on: (status == ChildStatus::Archived).then(|| now.day()),
        merged_into: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let other_names = bulk.other_names.into_iter().map(|other| OtherName {
        kind: other.kind,
        name: Name { family: other.family, given: other.given },
        supplied_by: NOBODY,
    });
    let carers = bulk.carers.into_iter().map(|carer| Carer {
        name: carer.name,
        relationship: carer.relationship,
        parental_responsibility: carer.parental_responsibility,
        phone: carer.phone.map(|phone| phone.as_str().to_owned()),
        email: carer.email.map(|email| email.as_str().to_owned()),
        supplied_by: NOBODY,
        held: false,
        cover: None,
    });
    let identifiers = bulk.identifiers.into_iter().filter_map(|given| {
        // A line with an identifier that cannot be read was refused before it came here.
        let identifier = given.identifier().ok()?;
        Some(ChildIdentifier { identifier, status: given.status, supplied_by: NOBODY })
    });
    let child = Child {
        record,
        other_names: other_names.collect(),
        carers: carers.collect(),
        identifiers: identifiers.collect(),
    };
    (child, bulk.involvements)
}

fn status_of(bulk: &BulkChild) -> ChildStatus {
    bulk.status.unwrap_or(match (bulk.expected_on, bulk.died_on) {
        (Some(_), _) => ChildStatus::Unborn,
        (None, Some(_)) => ChildStatus::Deceased,
        (None, None) => ChildStatus::Active,
    })
}

fn address_of(bulk: &BulkChild) -> Address {
    let (state, intent, lines, postcode) = match &bulk.address {
        None => (AddressState::NoneKnown, None, Vec::new(), None),
        Some(given) => {
            let lines = given.lines.iter().map(|line| line.trim().to_owned()).collect();
            (given.state(), given.intent, lines, given.postcode().cloned())
        }
    };
    Address { state, intent, lines, postcode, supplied_by: NOBODY, held: false }
}

/// The shield a line asks for: an operator loads what the management team has confirmed.
pub(super) fn confirmed(asked: BulkShield, now: Instant) -> Shield {
    Shield { ground: asked.ground, since: now, reviewed_at: Some(now), sealed: asked.sealed }
}

impl Draft {
    /// Makes the child one organisation's, as new as on the first try: nothing decided about it yet.
    pub(super) fn place(&mut self, id: ChildId, supplied_by: OrganisationId, area: &str, now: Instant) {
        let record = &mut self.child.record;
        record.id = id;
        record.index_number = IndexNumber::from_random_bits(rand::random());
        record.supplied_by = supplied_by;
        record.address.supplied_by = supplied_by;
        area.clone_into(&mut record.area);
        record.publication = Publication::Published;
        record.shield = self.shield.map(|asked| confirmed(asked, now));
        record.created_at = now;
        record.updated_at = now;
        self.decided_keys = None;
        self.child.other_names.iter_mut().for_each(|name| name.supplied_by = supplied_by);
        self.child.carers.iter_mut().for_each(|carer| carer.supplied_by = supplied_by);
        self.child.identifiers.iter_mut().for_each(|each| each.supplied_by = supplied_by);
    }

    /// Whether the index has decided anything about it that the line did not say.
    pub(super) fn is_other_than_read(&self) -> bool {
        let record = &self.child.record;
        record.publication != Publication::Published || record.shield.is_some() != self.shield.is_some()
    }

    /// What it can be found by.
    pub(super) fn keys(&self) -> &[Key] {
        self.decided_keys.as_deref().unwrap_or(&self.search_keys)
    }

    /// The key its source knows it by.
    pub(super) fn source_key(&self) -> &str {
        self.child.record.source_key.as_deref().unwrap_or_default()
    }
}
