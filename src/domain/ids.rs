//! Identifiers of the things the index knows: a child's never leaves, the others are UUIDs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A child's own id: sequential, so it never leaves the process; people see an [`IndexNumber`] or a handle.
///
/// [`IndexNumber`]: crate::domain::index_numbers::IndexNumber
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChildId(pub i64);

macro_rules! uuid_ids {
    ($( $(#[$meta:meta])* $name:ident; )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, ordered by time (UUIDv7).
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+ };
}

uuid_ids! {
    /// An account: who a token's `(iss, sub)` is, and what they may do.
    AccountId;
    /// An organisation that works with children.
    OrganisationId;
    /// A team of an organisation.
    TeamId;
    /// A practitioner of an organisation.
    PractitionerId;
    /// Something the management team has open on a child.
    CaseId;
    /// A desk of a single point of access.
    AccessPointId;
    /// An enquiry at such a desk.
    EnquiryId;
    /// A request to be put in touch with a withheld service.
    ContactId;
    /// An override that somebody asked for.
    OverrideId;
    /// A shield on a carer.
    CarerShieldId;
    /// A capability that somebody proposed and another has to agree to.
    ProposalId;
    /// A panel of an area.
    PanelId;
    /// A meeting of a panel.
    PanelMeetingId;
    /// A child on the way from one service to another.
    TransferId;
    /// What transfers that led to one another share.
    PathwayId;
    /// A partnership of an area's organisations.
    PartnershipId;
}

impl PathwayId {
    /// A new one that says nothing of when it began: the first transfer on it may be hidden.
    #[must_use]
    pub fn at_random() -> Self {
        Self(Uuid::new_v4())
    }
}
