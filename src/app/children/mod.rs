//! Reading and changing a child's record.

mod changing;
mod inputs;

pub use changing::{ChildChange, change_child};
pub use inputs::{ParsedAddress, ParsedCarer, ParsedIdentifier, ParsedMother, ParsedOtherName};

use chrono::NaiveDate;

use super::index::Answer;
use super::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::{Address, Carer, Child, ChildIdentifier, ChildStatus, Name, OtherName};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::identifiers::IdentifierStatus;
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::mothers::Mother;
use crate::domain::policy::{self, Action, Block, Permit, ReadChild, Refusal};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::files::{self, ChildFile};
use crate::store::{children, handles, mothers};

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
    /// The mother of a child recorded before birth. Where she may not be seen, not even that is told.
    pub mother: Option<Mother>,
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
    index.disclose_about(visit, child, move |session| read(session, child)).await
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
    let whole = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    let mother = mothers::find(session.conn, &permit)?;
    let shown = show(session, &permit, whole, mother);
    let event = session.event(session.visit.action, Outcome::Disclosed);
    let blocks = blocks_of(&shown);
    let sealed = Disclosure::under(permit, &blocks, event, shown);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// The blocks a record as shown is made of, for the log: the mother is one of them where she is shown.
pub(super) fn blocks_of(shown: &ShownChild) -> Vec<Block> {
    RECORD_BLOCKS.into_iter().chain(shown.mother.as_ref().map(|_| Block::Mother)).collect()
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
    // Whom children are no business of learns nothing from a number, not even whether it was given out.
    if let Err(refusal) = policy::may_look_at_children(&session.actor) {
        return Ok(Err(refusal));
    }
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
pub(super) fn show<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    child: Child,
    mother: Option<Mother>,
) -> ShownChild {
    let visibility = permit.visibility();
    let Child { record, other_names, carers, identifiers } = child;
    let address = &record.address;
    let shows_address = policy::shows_home(visibility, address);
    let shows_carer = |carer: &Carer| shows_carer(visibility, carer);
    let manages = visibility.all(Block::Metadata);
    let rule = &session.settings.policy.identifiers;
    let shows_identifier = |each: &ChildIdentifier| {
        visibility.shows_identifier(each.identifier.system(), each.supplied_by, rule)
            && (manages || each.status != IdentifierStatus::WithheldDetrimental)
    };
    let names_only = record.shield.is_some() && session.settings.policy.shielded_shows_carers;
    let names_of_carers =
        || carers.iter().filter(|carer| !carer.held && carer.cover.is_none()).map(Carer::name_only).collect();
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
        mother: mother.filter(|mother| visibility.shows(Block::Mother, mother.supplied_by)),
        withheld: RECORD_BLOCKS.into_iter().filter(|block| !visibility.all(*block)).collect(),
    }
}

/// Whether a carer is seen.
pub(super) fn shows_carer(visibility: &policy::Visibility, carer: &Carer) -> bool {
    if let Some(cover) = carer.cover {
        visibility.shows_shielded_carer(carer.supplied_by, cover.confirmed)
    } else if carer.held {
        visibility.shows_held(Block::Carers, carer.supplied_by)
    } else {
        visibility.shows(Block::Carers, carer.supplied_by)
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
