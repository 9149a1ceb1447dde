//! The main job: who else is working with this child, and how to reach them now.

use chrono::NaiveDate;

use super::assessments::{self, ShownAssessment};
use super::children::open;
use super::index::Answer;
use super::involvements::{self, ShownInvolvement};
use super::leads::{self, ShownCover};
use super::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::{ChildRecord, Name};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::LeadKind;
use crate::domain::policy::{Action, Block, Extent, Permit, ReadContacts};
use crate::domain::routes::{Route, order_for};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::files::ChildFile;
use crate::store::organisations;

/// Who a child is: the row everybody with a permit sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The number for life.
    pub index_number: IndexNumber,
    /// The current name.
    pub name: Name,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// Whether it is shielded.
    pub shielded: bool,
}

impl From<&ChildRecord> for Identity {
    fn from(record: &ChildRecord) -> Self {
        Self {
            index_number: record.index_number,
            name: record.name.clone(),
            date_of_birth: record.date_of_birth,
            sex: record.sex,
            shielded: record.shield.is_some(),
        }
    }
}

/// What kind of thing is withheld; the reason given is one constant for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithheldKind {
    /// An unspecified sensitive service: never which, how many, who or where.
    SensitiveService,
    /// Everything but who the child is.
    Shielded,
    /// An unspecified service of a partnership's member, by agreement.
    BrokeredService,
}

/// Who brokers contact: the management team of the caller's own area, since the desk of the child's would tell the
/// region.
#[derive(Debug, Clone, PartialEq)]
pub struct Broker {
    /// Its name.
    pub name: String,
    /// How to reach it; the first works now.
    pub routes: Vec<Route>,
}

/// Something withheld, and who helps all the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Withheld {
    /// What kind of thing.
    pub kind: WithheldKind,
    /// Who brokers contact; none where the caller's area has registered no desk.
    pub broker: Option<Broker>,
}

/// The answer to the main question.
#[derive(Debug, Clone, PartialEq)]
pub struct Contacts {
    /// Who the child is.
    pub child: Identity,
    /// The lead professional; of two, the one for child protection.
    pub lead: Option<ShownInvolvement>,
    /// Who stands in for them today.
    pub cover: Option<ShownCover>,
    /// Every involvement that may be seen, the lead first, then by how near to the child.
    pub involvements: Vec<ShownInvolvement>,
    /// The assessments that exist, as far as they may be seen.
    pub assessments: Vec<ShownAssessment>,
    /// What is hidden and who can broker.
    pub withheld: Vec<Withheld>,
}

pub(super) const CONTACT_BLOCKS: [Block; 5] =
    [Block::Identity, Block::Involvements, Block::Assessments, Block::AssessmentKinds, Block::Sensitive];

/// Looks up who is involved with a child.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn read_contacts(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<Contacts>, Failure> {
    index.disclose_about(visit, child, move |session| read(session, child)).await
}

fn read(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<Contacts>, Failure> {
    let (file, permit) = match open::<ReadContacts>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let (contacts, permit) = gather(session, permit, file)?;
    let event = session.event(session.visit.action, Outcome::Disclosed);
    let sealed = Disclosure::under(permit, &CONTACT_BLOCKS, event, contacts);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// Who is involved, as far as `permit` shows it; whoever answers with it has charged the child and seals it under the
/// permit that comes back.
pub(super) fn gather<A: Action>(
    session: &mut Session<'_>,
    permit: Permit<A>,
    file: ChildFile,
) -> Result<(Contacts, Permit<A>), Failure> {
    let held = file.assessments(&permit)?.to_vec();
    let (record, entries) = file.open(&permit)?;
    let shielded = record.shield.is_some();
    let parties = entries.iter().map(involvements::party_of).chain(held.iter().map(assessments::party_of));
    let directory = involvements::directory_for(session, parties)?;
    let seen = involvements::show_from(session, &directory, &permit, shielded, &entries);
    let assessed = assessments::show_from(session, &directory, &permit, shielded, &held);
    let permit = permit.with_sensitive_services(seen.any_sensitive || assessed.any_sensitive);
    let may_be_told = session.settings.policy.tells_existence(&session.actor, &record.area);
    let hidden = Hidden { sensitive: seen.sensitive_withheld && may_be_told, brokered: seen.brokered };
    let withheld = withheld(session, &permit, shielded, hidden)?;
    let lead = lead_of(&seen.involvements);
    let led_by = lead.as_ref().and_then(|lead| entries.iter().find(|entry| entry.number == lead.number));
    // Looked up where a lead professional is shown and nowhere else: the time it takes tells what the answer says.
    let cover = match led_by {
        Some(entry) => leads::cover_of(session, &permit, entry)?,
        None => None,
    };
    let contacts = Contacts {
        child: Identity::from(&record),
        lead,
        cover,
        involvements: seen.involvements,
        assessments: assessed.assessments,
        withheld,
    };
    Ok((contacts, permit))
}

fn lead_of(involvements: &[ShownInvolvement]) -> Option<ShownInvolvement> {
    // Whoever is going leads nobody on the last day: somebody else may already.
    let leads = |each: &&ShownInvolvement| each.is_live && each.ended_on.is_none();
    let of = |kind| involvements.iter().filter(leads).find(move |each| each.lead == Some(kind));
    of(LeadKind::ChildProtection).or_else(|| of(LeadKind::EarlyHelp)).cloned()
}

/// What is hidden of a child's involvements and may be told to exist.
#[derive(Debug, Clone, Copy)]
struct Hidden {
    sensitive: bool,
    brokered: bool,
}

fn withheld<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    hidden: Hidden,
) -> Result<Vec<Withheld>, Failure> {
    let visibility = permit.visibility();
    let mut kinds = Vec::with_capacity(3);
    if shielded && !visibility.all(Block::Involvements) {
        kinds.push(WithheldKind::Shielded);
    }
    let extent = visibility.of(Block::Sensitive);
    // Under a shield an organisation's own entries are all it sees: they tell nothing of anybody else's.
    let told = extent >= Extent::Existence && !(shielded && extent == Extent::Own);
    if hidden.sensitive && told {
        kinds.push(WithheldKind::SensitiveService);
    }
    if hidden.brokered {
        kinds.push(WithheldKind::BrokeredService);
    }
    // Looked up whether or not anything is withheld: the time it takes must not tell.
    let broker = broker(session)?;
    Ok(kinds.into_iter().map(|kind| Withheld { kind, broker: broker.clone() }).collect())
}

pub(super) fn broker(session: &mut Session<'_>) -> Result<Option<Broker>, Failure> {
    let desk = organisations::management_desk(session.conn, &session.actor.asks_for().area)?;
    Ok(desk.map(|desk| {
        let mut routes = desk.routes;
        order_for(session.now, &mut routes);
        Broker { name: desk.name, routes }
    }))
}
