//! What a decision needs to know of a child: facts that are read without a permit and never shown.

use chrono::NaiveDate;

use super::agreements::Bounds;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::{ChildRecord, ChildStatus, Publication};
use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, ChildId, OrganisationId};

/// An involvement as far as it ties an organisation to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// The organisation involved.
    pub organisation: OrganisationId,
    /// The account that entered it; none where the organisation's feed did.
    pub entered_by: Option<AccountId>,
    /// Whether it runs today and the consent it may stand on still holds.
    pub live: bool,
}

codes! {
    /// What the management team may have open on a child.
    pub enum CaseKind {
        /// A shield being confirmed, reviewed or lifted.
        Shield => "shield",
        /// A contact with a sensitive service being brokered.
        Broker => "broker",
        /// A registration held for a person.
        Review => "review",
        /// An override being looked into.
        Investigation => "investigation",
    }
}

/// A case the management team has open on a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// What it is about.
    pub kind: CaseKind,
    /// The manager who works it; none while nobody took it.
    pub manager: Option<AccountId>,
}

/// The facts of a decision about one child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The child.
    pub child: ChildId,
    /// Its name within the audit log.
    pub pseudonym: Pseudonym,
    /// The record's version, kept with what was disclosed of it.
    pub version: i64,
    /// Who may find it yet.
    pub publication: Publication,
    /// Whether the child is not yet born: then it exists for health and social care only.
    pub unborn: bool,
    /// Whether it was merged into another: then only its pointer is of use.
    pub merged: bool,
    /// The organisation that registered it.
    pub supplied_by: OrganisationId,
    /// The area whose management team answers for it.
    pub area: String,
    /// Since when it is archived, should that day have come.
    pub archived_on: Option<NaiveDate>,
    /// Whether it is shielded.
    pub shielded: bool,
    /// Whether the management team has confirmed the shield.
    pub shield_reviewed: bool,
    /// Whether it does not exist but for cleared managers.
    pub sealed: bool,
    /// Accounts for which it does not exist: it is their own record or a relative's.
    pub restricted_from: Vec<AccountId>,
    /// Involvements, where they were read.
    pub ties: Vec<Tie>,
    /// Cases the management team has open, where they were read.
    pub cases: Vec<OpenCase>,
    /// What agreements may take from what is told of its entries, where those were read.
    pub bounds: Bounds,
}

impl Subject {
    /// The facts of a record on `day`, without ties and cases.
    #[must_use]
    pub fn of(record: &ChildRecord, pseudonym: Pseudonym, day: NaiveDate) -> Self {
        Self {
            child: record.id,
            pseudonym,
            version: record.version,
            publication: record.publication,
            unborn: record.status == ChildStatus::Unborn,
            merged: record.status == ChildStatus::Merged,
            supplied_by: record.supplied_by,
            area: record.area.clone(),
            archived_on: record.archived_on().filter(|archived| *archived <= day),
            shielded: record.shield.is_some(),
            shield_reviewed: record.shield.is_some_and(|shield| shield.reviewed_at.is_some()),
            sealed: record.shield.is_some_and(|shield| shield.sealed),
            restricted_from: Vec::new(),
            ties: Vec::new(),
            cases: Vec::new(),
            bounds: Bounds::default(),
        }
    }

    /// Whether ordinary readers may know of the record at all; see [`is_public`].
    #[must_use]
    pub fn is_public(&self) -> bool {
        is_public(self.publication, self.merged || self.unborn, self.sealed, self.archived_on.is_some())
    }
}

/// Whether ordinary readers may know of a record at all: a count of plausible matches counts these and no others, the
/// same for every caller. `apart` is a record that is merged or not born yet.
#[must_use]
pub fn is_public(publication: Publication, apart: bool, sealed: bool, archived: bool) -> bool {
    publication == Publication::Published && !sealed && !apart && !archived
}
