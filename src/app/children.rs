//! Reading and changing a child's record.

use chrono::NaiveDate;

use super::index::Answer;
use super::{Failure, Index, Precondition, Session, budgets, recognition};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::{
    Address, AddressIntent, AddressState, Carer, Child, ChildIdentifier, ChildRecord, ChildStatus, Name, OtherName,
    OtherNameKind, STAYS_AT_MOST_UNTIL,
};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::handles::ChildRef;
use crate::domain::identifiers::{Identifier, IdentifierStatus};
use crate::domain::ids::{ChildId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::whole_years;
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::policy::{
    self, Action, Block, ChangeChild, Extent, Forbidden, Permit, ReadChild, Refusal, Violation, may_change_child,
};
use crate::domain::postcodes::Postcode;
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::files::{self, ChildFile};
use crate::store::{children, handles};

/// A child's record as far as a permit shows it. What is withheld is absent, and named in `withheld`.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownChild {
    /// The number for life.
    pub index_number: IndexNumber,
    /// What the record is.
    pub status: ChildStatus,
    /// The current name.
    pub name: Name,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// The expected date of delivery of an unborn child.
    pub expected_on: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// Whether it is shielded.
    pub shielded: bool,
    /// Former names and others in use.
    pub other_names: Option<Vec<OtherName>>,
    /// Address.
    pub address: Option<Address>,
    /// Carers.
    pub carers: Option<Vec<Carer>>,
    /// Identifiers.
    pub identifiers: Option<Vec<ChildIdentifier>>,
    /// Blocks of which something is withheld.
    pub withheld: Vec<Block>,
}

/// The blocks a record is made of; involvements and assessments have operations of their own.
pub(super) const RECORD_BLOCKS: [Block; 5] =
    [Block::Identity, Block::OtherNames, Block::Address, Block::Carers, Block::Identifiers];

/// Reads a child's record.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn read_child(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<ShownChild>, Failure> {
    index.disclose(visit, move |session| read(session, child)).await
}

fn read(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<ShownChild>, Failure> {
    let (file, permit) = match open::<ReadChild>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let (record, _) = file.open(&permit)?;
    let whole = children::get_parts(session.conn, &permit, record)?;
    let shown = show(session, &permit, whole);
    let event = session.event(session.visit.action, Outcome::Disclosed);
    let sealed = Disclosure::under(permit, &RECORD_BLOCKS, event, shown);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// Opens a child's file for an action, or refuses: unknown, hidden, expired handle and somebody else's handle are one
/// answer.
///
/// # Errors
/// Inside: the refusal. Outside: as the store's.
pub(super) fn open<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
) -> Result<Result<(ChildFile, Permit<A>), Refusal>, Failure> {
    let id = resolve(session, child)?;
    let Some(file) = files::find(session.conn, id, session.day)? else { return Ok(Err(Refusal::NotFound)) };
    Ok(policy::decide::<A>(&session.actor, file.subject(), session.day).map(|permit| (file, permit)))
}

/// The child a request names, known or unknown to the caller.
pub(super) fn resolve(session: &mut Session<'_>, child: ChildRef) -> Result<Option<ChildId>, Failure> {
    Ok(match child {
        ChildRef::Number(number) => children::find_id(session.conn, number)?,
        ChildRef::Handle(handle) => handles::find_id(session.conn, handle, session.actor.account, session.now)?,
    })
}

/// The part of a record that a permit shows.
pub(super) fn show<A: Action>(session: &Session<'_>, permit: &Permit<A>, child: Child) -> ShownChild {
    let visibility = permit.visibility();
    let Child { record, other_names, carers, identifiers } = child;
    let address = &record.address;
    // What is held has not been compared with hidden households yet: it is shown to who supplied it and nobody else.
    let shows_address = if address.held {
        address.supplied_by == session.actor.organisation && visibility.some(Block::Address)
    } else {
        visibility.shows(Block::Address, address.supplied_by)
    };
    let shows_carer = |carer: &Carer| {
        let mine = carer.supplied_by == session.actor.organisation;
        if carer.held {
            mine && visibility.some(Block::Carers)
        } else {
            visibility.shows(Block::Carers, carer.supplied_by)
        }
    };
    let manages = visibility.all(Block::Metadata);
    let rule = &session.settings.policy.identifiers;
    let shows_identifier = |each: &ChildIdentifier| {
        visibility.shows_identifier(each.identifier.system(), each.supplied_by, rule)
            && (manages || each.status != IdentifierStatus::WithheldDetrimental)
    };
    let names_only = record.shield.is_some() && session.settings.policy.shielded_shows_carers;
    let names_of_carers = || carers.iter().filter(|carer| !carer.held).map(Carer::name_only).collect();
    let carers_by_name: Option<Vec<Carer>> = names_only.then(names_of_carers);
    ShownChild {
        index_number: record.index_number,
        status: record.status,
        name: record.name.clone(),
        date_of_birth: record.date_of_birth,
        expected_on: record.expected_on,
        sex: record.sex,
        shielded: record.shield.is_some(),
        other_names: visible_list(visibility, Block::OtherNames, other_names, |name| {
            visibility.shows(Block::OtherNames, name.supplied_by)
        }),
        address: shows_address.then(|| record.address.clone()),
        carers: visible_list(visibility, Block::Carers, carers, shows_carer).or(carers_by_name),
        identifiers: visible_list(visibility, Block::Identifiers, identifiers, shows_identifier),
        withheld: RECORD_BLOCKS.into_iter().filter(|block| !visibility.all(*block)).collect(),
    }
}

/// The items of a block that are seen; no list at all where nothing of the block may be seen, so that an empty list
/// says that there is nothing.
fn visible_list<T>(
    visibility: &policy::Visibility,
    block: Block,
    items: Vec<T>,
    shown: impl Fn(&T) -> bool,
) -> Option<Vec<T>> {
    let items: Vec<T> = items.into_iter().filter(shown).collect();
    let told = visibility.all(block) || (visibility.some(block) && !items.is_empty());
    told.then_some(items)
}

/// An other name as a request gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedOtherName {
    /// What it is.
    pub kind: OtherNameKind,
    /// The name.
    pub name: Name,
}

impl ParsedOtherName {
    pub(super) fn supplied_by(self, supplied_by: OrganisationId) -> OtherName {
        OtherName { kind: self.kind, name: self.name, supplied_by }
    }
}

/// An address as a request gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedAddress {
    /// How far it is known.
    pub state: AddressState,
    /// What the family intends, where it left.
    pub intent: Option<AddressIntent>,
    /// The address without its postcode.
    pub lines: Vec<String>,
    /// The postcode.
    pub postcode: Option<Postcode>,
}

impl ParsedAddress {
    pub(super) fn supplied_by(self, supplied_by: OrganisationId) -> Address {
        let Self { state, intent, lines, postcode } = self;
        Address { state, intent, lines, postcode, supplied_by, held: false }
    }
}

/// A carer as a request gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedCarer {
    /// Their name.
    pub name: String,
    /// What they are to the child.
    pub relationship: String,
    /// Whether they have parental responsibility.
    pub parental_responsibility: bool,
    /// Their telephone number.
    pub phone: Option<PhoneNumber>,
    /// Their e-mail address.
    pub email: Option<EmailAddress>,
}

impl ParsedCarer {
    pub(super) fn supplied_by(self, supplied_by: OrganisationId) -> Carer {
        Carer {
            name: self.name,
            relationship: self.relationship,
            parental_responsibility: self.parental_responsibility,
            phone: self.phone.map(|phone| phone.as_str().to_owned()),
            email: self.email.map(|email| email.as_str().to_owned()),
            supplied_by,
            held: false,
        }
    }
}

/// An identifier as a request gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedIdentifier {
    /// System and value.
    pub identifier: Identifier,
    /// What is known of it; `unverified` where nothing is said.
    pub status: IdentifierStatus,
}

impl ParsedIdentifier {
    pub(super) fn supplied_by(self, supplied_by: OrganisationId) -> ChildIdentifier {
        ChildIdentifier { identifier: self.identifier, status: self.status, supplied_by }
    }
}

/// A change of a child's record. What is absent stays; a list replaces the items that the caller sees and leaves
/// those that it does not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChildChange {
    /// Another current name; the one before is kept as a former name.
    pub name: Option<Name>,
    /// Other names.
    pub other_names: Option<Vec<ParsedOtherName>>,
    /// A corrected date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Sex; changing it never makes a new record.
    pub sex: Option<Sex>,
    /// Another address.
    pub address: Option<ParsedAddress>,
    /// Carers.
    pub carers: Option<Vec<ParsedCarer>>,
    /// Identifiers.
    pub identifiers: Option<Vec<ParsedIdentifier>>,
    /// The day the child died.
    pub died_on: Option<NaiveDate>,
    /// The young person consents to stay until this day; `Some(None)` withdraws it.
    pub stays_until: Option<Option<NaiveDate>>,
}

/// Changes a child's record.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_child(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    change: ChildChange,
    precondition: Precondition<ShownChild>,
) -> Result<Answer<ShownChild>, Failure> {
    index.change(visit, move |session| apply(session, child, change, precondition)).await
}

fn apply(
    session: &mut Session<'_>,
    child: ChildRef,
    change: ChildChange,
    precondition: Precondition<ShownChild>,
) -> Result<Sealed<ShownChild>, Failure> {
    let (file, permit) = match open::<ChangeChild>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_change_child(&session.actor, file.subject()) {
        return Ok(session.refuse(refusal));
    }
    let (record, _) = file.open(&permit)?;
    let before = children::get_parts(session.conn, &permit, record)?;
    if !precondition.holds(&show(session, &permit, before.clone())) {
        return Ok(session.refuse(Refusal::Stale));
    }
    let mut after = before.clone();
    if let Err(refusal) = alter(session, &permit, &mut after, change) {
        return Ok(session.refuse(refusal));
    }
    if after == before {
        let event = session.event(session.visit.action, Outcome::Unchanged);
        let shown = show(session, &permit, after);
        return Ok(Disclosure::under(permit, &RECORD_BLOCKS, event, shown));
    }
    if (&after.record.address, &after.carers) != (&before.record.address, &before.carers) {
        recognition::hold_hidden_location(session, &mut after)?;
    }
    after.record.version = after.record.version.saturating_add(1);
    after.record.updated_at = session.now;
    children::update(session.conn, &permit, &after)?;
    let secret = session.settings.keys;
    recognition::rekey(session.conn, &secret, Some(&before), &after)?;
    let event = session.event(session.visit.action, Outcome::Changed);
    let shown = show(session, &permit, after);
    Ok(Disclosure::under(permit, &RECORD_BLOCKS, event, shown))
}

/// Applies a change, or says what is wrong with it. What a caller may not see at all it may not replace either.
fn alter(
    session: &Session<'_>,
    permit: &Permit<ChangeChild>,
    child: &mut Child,
    change: ChildChange,
) -> Result<(), Refusal> {
    let mine = session.actor.organisation;
    let visibility = permit.visibility();
    let touched = [
        (Block::OtherNames, change.other_names.is_some()),
        (Block::Address, change.address.is_some()),
        (Block::Carers, change.carers.is_some()),
        (Block::Identifiers, change.identifiers.is_some()),
    ];
    if touched.into_iter().any(|(block, touched)| touched && visibility.of(block) == Extent::Nothing) {
        return Err(Refusal::Forbidden(Forbidden::Hidden));
    }
    let record = &mut child.record;
    if let Some(name) = change.name.filter(|name| *name != record.name) {
        let former = std::mem::replace(&mut record.name, name);
        if !former.given.is_empty() {
            child.other_names.push(OtherName { kind: OtherNameKind::Former, name: former, supplied_by: mine });
        }
    }
    if let Some(names) = change.other_names {
        child.other_names.retain(|name| !visibility.shows(Block::OtherNames, name.supplied_by));
        child.other_names.extend(names.into_iter().map(|name| name.supplied_by(mine)));
    }
    if let Some(address) = change.address {
        record.address = address.supplied_by(mine);
    }
    if let Some(carers) = change.carers {
        child.carers.retain(|carer| !visibility.shows(Block::Carers, carer.supplied_by));
        child.carers.extend(carers.into_iter().map(|carer| carer.supplied_by(mine)));
    }
    if let Some(identifiers) = change.identifiers {
        let rule = &session.settings.policy.identifiers;
        child.identifiers.retain(|each| !visibility.shows_identifier(each.identifier.system(), each.supplied_by, rule));
        child.identifiers.extend(identifiers.into_iter().map(|each| each.supplied_by(mine)));
    }
    record.sex = change.sex.unwrap_or(record.sex);
    record.date_of_birth = change.date_of_birth.or(record.date_of_birth);
    record.died_on = change.died_on.or(record.died_on);
    record.stays_until = change.stays_until.unwrap_or(record.stays_until);
    wrong_dates(session.day, record).map_or(Ok(()), |violation| Err(Refusal::Invalid(violation)))
}

/// Dates must be consistent with one another and with today.
fn wrong_dates(day: NaiveDate, record: &ChildRecord) -> Option<Violation> {
    let wrong = |pointer, message| Some(Violation { pointer, message });
    if record.status == ChildStatus::Unborn && record.date_of_birth.is_some() {
        return wrong("/date_of_birth", "cannot be set here for an unborn child: record the birth");
    }
    if record.date_of_birth.is_some_and(|born| born > day) {
        return wrong("/date_of_birth", "lies in the future");
    }
    if record.date_of_birth.is_some_and(|born| whole_years(born, day).is_some_and(|age| age >= STAYS_AT_MOST_UNTIL)) {
        return wrong("/date_of_birth", "lies 25 years or more ago; this is an index of children");
    }
    match record.died_on {
        Some(died) if died > day => wrong("/died_on", "lies in the future"),
        Some(died) if record.date_of_birth.is_some_and(|born| died < born) => {
            wrong("/died_on", "lies before the date of birth")
        }
        _ => None,
    }
}
