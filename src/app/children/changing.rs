//! Changing a child's record.

use chrono::NaiveDate;

use super::inputs::{ParsedAddress, ParsedCarer, ParsedIdentifier, ParsedMother, ParsedOtherName};
use super::{ShownChild, blocks_of, open, show, shows_carer};
use crate::app::index::Answer;
use crate::app::{Failure, Index, Precondition, Session, recognition};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::{Child, ChildRecord, ChildStatus, Name, OtherName, OtherNameKind, STAYS_AT_MOST_UNTIL};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::instants::whole_years;
use crate::domain::mothers::Mother;
use crate::domain::policy::{
    Block, ChangeChild, Extent, Forbidden, Permit, Refusal, Violation, may_change_child, may_search_by_mother,
};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::{children, mothers};

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
    /// A corrected expected date of delivery.
    pub expected_on: Option<NaiveDate>,
    /// The mother; `Some(None)` takes her out of the record.
    pub mother: Option<Option<ParsedMother>>,
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
    let before = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    let mother_before = mothers::find(session.conn, &permit)?;
    if !precondition.holds(&show(session, &permit, before.clone(), mother_before.clone())) {
        return Ok(session.refuse(Refusal::Stale));
    }
    let mut after = before.clone();
    let mut mother = mother_before.clone();
    let altered = alter_mother(session, &permit, &after, &mut mother, &change)
        .and_then(|()| alter(session, &permit, &mut after, change));
    if let Err(refusal) = altered {
        return Ok(session.refuse(refusal));
    }
    if after == before && mother == mother_before {
        let event = session.event(session.visit.action, Outcome::Unchanged);
        let shown = show(session, &permit, after, mother);
        let blocks = blocks_of(&shown);
        return Ok(Disclosure::under(permit, &blocks, event, shown));
    }
    if (&after.record.address, &after.carers) != (&before.record.address, &before.carers) {
        recognition::hold_hidden_location(session, &mut after)?;
    }
    after.record.version = after.record.version.saturating_add(1);
    after.record.updated_at = session.now;
    children::update(session.conn, &permit, &after)?;
    let secret = session.settings.keys;
    recognition::rekey(session.conn, &secret, Some(&before), &after)?;
    if mother != mother_before {
        mothers::replace(session.conn, &secret, permit.child(), mother.as_ref())?;
    }
    let event = session.event(session.visit.action, Outcome::Changed);
    let shown = show(session, &permit, after, mother);
    let blocks = blocks_of(&shown);
    Ok(Disclosure::under(permit, &blocks, event, shown))
}

/// Applies a change of the mother: by those who see her, or who supply her first, and while the child is unborn.
fn alter_mother(
    session: &Session<'_>,
    permit: &Permit<ChangeChild>,
    child: &Child,
    mother: &mut Option<Mother>,
    change: &ChildChange,
) -> Result<(), Refusal> {
    let Some(changed) = &change.mother else { return Ok(()) };
    let mine = session.actor.organisation;
    let supplied_by = mother.as_ref().map_or(mine, |mother| mother.supplied_by);
    if !may_search_by_mother(&session.actor) || !permit.visibility().shows(Block::Mother, supplied_by) {
        return Err(Refusal::Forbidden(Forbidden::Hidden));
    }
    if changed.is_some() && child.record.status != ChildStatus::Unborn {
        let message = "is recorded before birth only";
        return Err(Refusal::Invalid(Violation { pointer: "/mother", message }));
    }
    *mother = changed.clone().map(|changed| changed.supplied_by(mine));
    Ok(())
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
    // Of lists one's own items alone are replaced; an address is replaced whole.
    if change.address.is_some() && !visibility.shows(Block::Address, record.address.supplied_by) {
        return Err(Refusal::Forbidden(Forbidden::Hidden));
    }
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
        child.carers.retain(|carer| !shows_carer(visibility, carer));
        child.carers.extend(carers.into_iter().map(|carer| carer.supplied_by(mine)));
    }
    if let Some(identifiers) = change.identifiers {
        let rule = &session.settings.policy.identifiers;
        child.identifiers.retain(|each| !visibility.shows_identifier(each.identifier.system(), each.supplied_by, rule));
        child.identifiers.extend(identifiers.into_iter().map(|each| each.supplied_by(mine)));
    }
    record.sex = change.sex.unwrap_or(record.sex);
    record.date_of_birth = change.date_of_birth.or(record.date_of_birth);
    record.expected_on = change.expected_on.or(record.expected_on);
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
    match record.expected_on {
        Some(_) if record.status != ChildStatus::Unborn && record.date_of_birth.is_some() => {
            return wrong("/expected_on", "belongs to an unborn child only");
        }
        Some(due) if record.status == ChildStatus::Unborn => {
            if let Some(violation) = crate::app::registrations::wrong_due_date(day, due) {
                return Some(violation);
            }
        }
        _ => {}
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
