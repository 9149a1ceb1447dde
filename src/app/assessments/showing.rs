//! What a permit shows of a child's assessments.

use std::cmp::Reverse;

use chrono::NaiveDate;

use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::involvements::{self as entries, Party, Reached, reach, sensitivity_of};
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::assessments::{Assessment, AssessmentConsent, AssessmentOutcome, AssessmentStatus};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::OrganisationId;
use crate::domain::instants::Instant;
use crate::domain::policy::{Action, Block, ListAssessments, Permit};
use crate::domain::routes::Route;
use crate::domain::services::Freshness;
use crate::domain::visits::Visit;
use crate::store::organisations::Directory;

/// Who holds an assessment, and how to reach them.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// The organisation's id.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// The team's name.
    pub team_name: Option<String>,
    /// The practitioner's name and job title.
    pub practitioner: Option<(String, String)>,
    /// How to reach them; the first works now if any does.
    pub routes: Vec<Route>,
}

/// An assessment as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownAssessment {
    /// Its number within the child.
    pub number: i32,
    /// The code of its kind, or of what stands for it to an ordinary reader.
    pub kind: String,
    /// How it stands.
    pub status: AssessmentStatus,
    /// The first day.
    pub started_on: NaiveDate,
    /// The last day.
    pub ended_on: Option<NaiveDate>,
    /// Who holds it.
    pub holder: Holder,
    /// The assessment it is linked to, where that one is shown too.
    pub linked_to: Option<i32>,
    /// When somebody last said that it is still right.
    pub last_confirmed_at: Instant,
    /// How much that is worth today.
    pub freshness: Freshness,
    /// The consent it stands on, for those who may see grounds.
    pub consent: Option<AssessmentConsent>,
    /// With what it ended, for the same.
    pub outcome: Option<AssessmentOutcome>,
}

/// What a permit shows of a child's assessments.
pub(in crate::app) struct SeenAssessments {
    /// Those that may be shown: the open ones first, then the latest.
    pub assessments: Vec<ShownAssessment>,
    /// Whether anybody sensitive holds one, shown or not.
    pub any_sensitive: bool,
}

/// A child's assessments, with everybody whom they name.
pub(super) struct Register<'a> {
    /// All of them, hidden ones among them.
    pub entries: &'a [Assessment],
    /// Who holds them.
    pub directory: &'a Directory,
    /// Whether the child is shielded.
    pub shielded: bool,
}

/// Lists a child's assessments.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_assessments(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownAssessment>>, Failure> {
    index
        .disclose_about(visit, child, move |session| {
            let (file, permit) = match open::<ListAssessments>(session, child)? {
                Ok(opened) => opened,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let alerts = match budgets::charge_children(session, &[permit.child()])? {
                Ok(charge) => charge.alerts,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let shielded = file.record(&permit)?.shield.is_some();
            let assessments = file.assessments(&permit)?;
            let directory = directory_of(session, assessments)?;
            let seen = show_from(session, &directory, &permit, shielded, assessments);
            let permit = permit.with_sensitive_services(seen.any_sensitive);
            let event = session.event(session.visit.action, Outcome::Disclosed);
            let blocks = [Block::Assessments, Block::AssessmentKinds, Block::Sensitive];
            let sealed = Disclosure::under(permit, &blocks, event, seen.assessments);
            Ok(alerts.into_iter().fold(sealed, Disclosure::also))
        })
        .await
}

/// Shows what `permit` shows of a child's assessments. Hidden ones cost the same as shown ones.
pub(in crate::app) fn show_from<A: Action>(
    session: &Session<'_>,
    directory: &Directory,
    permit: &Permit<A>,
    shielded: bool,
    assessments: &[Assessment],
) -> SeenAssessments {
    let register = Register { entries: assessments, directory, shielded };
    let mut seen = SeenAssessments { assessments: Vec::with_capacity(assessments.len()), any_sensitive: false };
    for entry in assessments {
        seen.any_sensitive |= register.is_sensitive(session, entry) && entry.may_be_told();
        if register.shows(session, permit, entry) {
            seen.assessments.push(register.show(session, permit, entry));
        }
    }
    // By nothing that is not shown: the kind itself would else be told by its place.
    seen.assessments.sort_by_key(|each| (each.ended_on.is_some(), Reverse(each.started_on), each.number));
    seen
}

/// Who an assessment names.
pub(in crate::app) fn party_of(entry: &Assessment) -> Party {
    (entry.organisation, entry.team, entry.practitioner)
}

pub(super) fn directory_of(session: &mut Session<'_>, assessments: &[Assessment]) -> Result<Directory, Failure> {
    entries::directory_for(session, assessments.iter().map(party_of))
}

impl Register<'_> {
    /// The assessment with a number.
    pub(super) fn find(&self, number: i32) -> Option<&Assessment> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    /// Whether whoever holds an assessment is sensitive.
    pub(super) fn is_sensitive(&self, session: &Session<'_>, entry: &Assessment) -> bool {
        let (organisation, team) = sensitivity_of(session, self.directory, party_of(entry));
        organisation.is_sensitive() || team.is_some_and(|team| team.is_sensitive())
    }

    /// The block that an assessment is seen by: one with a sensitive holder is a sensitive entry like any other.
    pub(super) fn block_of(&self, session: &Session<'_>, entry: &Assessment) -> Block {
        if self.is_sensitive(session, entry) { Block::Sensitive } else { Block::Assessments }
    }

    /// Whether a permit shows an assessment.
    pub(super) fn shows<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>, entry: &Assessment) -> bool {
        let own = session.actor.is_of(entry.organisation);
        if !entry.may_be_told() {
            return false;
        }
        // What was entered under a shield stays hidden after it until its owner confirms it.
        if entry.entered_under_shield && !self.shielded && !own {
            return false;
        }
        let forgotten = session.day.checked_sub_days(chrono::Days::new(session.settings.ended_visible_days));
        if !own && entry.end.is_some_and(|end| forgotten.is_some_and(|day| end.on < day)) {
            return false;
        }
        permit.visibility().shows(self.block_of(session, entry), entry.organisation)
    }

    /// Whether the caller may know of an assessment: an organisation may go on keeping its own entry right even where it
    /// no longer sees it under a shield.
    pub(super) fn is_known_to_caller<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        entry: &Assessment,
    ) -> bool {
        let own = session.actor.is_of(entry.organisation) && entry.may_be_told();
        own || self.shows(session, permit, entry)
    }

    /// An assessment as a permit shows it; that it may be shown is decided before. Whoever holds it reads what they
    /// wrote themselves.
    pub(super) fn show<A: Action>(
        &self,
        session: &Session<'_>,
        permit: &Permit<A>,
        entry: &Assessment,
    ) -> ShownAssessment {
        let visibility = permit.visibility();
        let exactly =
            session.actor.is_of(entry.organisation) || visibility.shows(Block::AssessmentKinds, entry.organisation);
        let grounds = visibility.shows(Block::Metadata, entry.organisation);
        let linked = entry.linked_to.and_then(|number| self.find(number));
        ShownAssessment {
            number: entry.number,
            kind: session.settings.policy.assessment_kinds.told_as(&entry.kind, exactly).to_owned(),
            status: entry.status(),
            started_on: entry.started_on,
            ended_on: entry.end.map(|end| end.on),
            holder: self.holder_of(session, entry),
            linked_to: linked.filter(|other| self.shows(session, permit, other)).map(|other| other.number),
            last_confirmed_at: entry.last_confirmed_at,
            freshness: session.settings.freshness.freshness(entry.last_confirmed_at, session.now),
            consent: entry.consent.filter(|_| grounds),
            outcome: entry.end.map(|end| end.outcome).filter(|_| grounds),
        }
    }

    /// Who holds an assessment, and how to reach them.
    pub(super) fn holder_of(&self, session: &Session<'_>, entry: &Assessment) -> Holder {
        let Reached { organisation_name, team_name, practitioner, routes } =
            reach(session, self.directory, party_of(entry));
        Holder { organisation: entry.organisation, organisation_name, team_name, practitioner, routes }
    }
}

/// Answers with one assessment of the caller's organisation, or of one the caller manages; `others` are all the child's.
pub(super) fn tell<A: Action, T>(
    session: &mut Session<'_>,
    permit: Permit<A>,
    (others, shielded): (&[Assessment], bool),
    entry: &Assessment,
    outcome: Outcome,
    answer_with: fn(ShownAssessment) -> T,
) -> Result<Sealed<T>, Failure> {
    let parties = others.iter().chain([entry]).map(party_of);
    let directory = entries::directory_for(session, parties)?;
    let register = Register { entries: others, directory: &directory, shielded };
    let shown = register.show(session, &permit, entry);
    let block = register.block_of(session, entry);
    let event = session.event(session.visit.action, outcome).on(TargetKind::Assessment, entry.number);
    let permit = permit.with_sensitive_services(block == Block::Sensitive);
    Ok(Disclosure::under(permit, &[block, Block::AssessmentKinds], event, answer_with(shown)))
}
