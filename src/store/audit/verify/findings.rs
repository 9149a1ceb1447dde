//! What verification can find, each said in a sentence that names where and shows no personal value.

use std::fmt;

use crate::domain::audit::checkpoints::CheckpointFault;
use crate::domain::audit::leaves::LeafError;
use crate::domain::audit::tiles::TileId;
use crate::store::errors::StoreError;

/// The first place where the log is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The event concerned, or the first of those that may be; absent where none in particular is.
    pub index: Option<u64>,
    /// What is wrong there.
    pub fault: Fault,
}

/// What can be wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The head cannot be read.
    #[error("the head is missing or its {0} cannot be read")]
    HeadUnreadable(&'static str),
    /// An index is not there.
    #[error("the event is missing")]
    EventMissing,
    /// A row lies outside the log.
    #[error("the event is not covered by the head")]
    EventBeyondHead,
    /// A cell holds something else than its column should.
    #[error("the {0} cannot be read")]
    Unreadable(&'static str),
    /// The leaf is none.
    #[error("the leaf cannot be read: {0}")]
    LeafUnreadable(LeafError),
    /// A column says something else than the leaf that was hashed.
    #[error("the {0} differs from what was hashed")]
    ColumnDiffers(&'static str),
    /// The payload or its salt is not the one that was hashed.
    #[error("the payload differs from what was hashed")]
    PayloadDiffers,
    /// The payload is gone and no redaction says so.
    #[error("the payload is missing and no redaction covers it")]
    PayloadMissing,
    /// A redaction says that the payload is gone, and it is not.
    #[error("the payload is still there although a redaction covers it")]
    PayloadKept,
    /// A payload lies outside the log.
    #[error("the payload is not covered by the head")]
    PayloadBeyondHead,
    /// The payload is what was hashed and still makes no sense.
    #[error("the payload cannot be read")]
    PayloadUnreadable,
    /// A redaction covers no range, or one that was not written before it.
    #[error("the redaction covers no range of events before it")]
    RedactionUnreadable,
    /// A full tile is not there.
    #[error("the tile {0} is missing")]
    TileMissing(TileId),
    /// A tile holds another hash than its events give.
    #[error("the tile {0} differs from its events")]
    TileDiffers(TileId),
    /// There are tiles that no events fill.
    #[error("there is a tile without events, at level {0}")]
    TileBeyondHead(i64),
    /// Events from here on are not those the head was made from.
    #[error("the events from here on differ from the frontier in the head")]
    FrontierDiffers,
    /// The head's root is not that of its frontier.
    #[error("the root in the head differs from its events")]
    RootDiffers,
    /// The events up to here are not those that a known root was made from.
    #[error("the events up to this size differ from a root known from elsewhere")]
    DiffersFromKnown,
    /// A root is known of a log that was longer.
    #[error("the log ends here, and had {0} events when a root known from elsewhere was made")]
    ShorterThanKnown(u64),
    /// A checkpoint that was kept is not to be believed.
    #[error("the checkpoint of this size: {0}")]
    Checkpoint(CheckpointFault),
    /// A checkpoint's row says something else than its note.
    #[error("the checkpoint of this size differs from its note, or cannot be read")]
    CheckpointDiffers,
    /// The events up to here are not those of a checkpoint.
    #[error("the events up to this size differ from the checkpoint that was signed of them")]
    DiffersFromCheckpoint,
    /// A checkpoint is kept of a log that was longer.
    #[error("the log ends here, and checkpoints are kept that it does not reach or that cannot be read")]
    CheckpointBeyondHead,
    /// Too few witnesses have cosigned.
    #[error("{cosigned} known witnesses have cosigned the newest checkpoint, and {quorum} should have")]
    QuorumMissing {
        /// Those that have.
        cosigned: usize,
        /// Those that should.
        quorum: usize,
    },
    /// A page of the database's file is not what the format of such files says.
    #[error("page {0} of the database's file is damaged, or holds what no statement shows")]
    PageDamaged(u32),
    /// An event is missing from a look-up table.
    #[error("the event is missing from the look-up table by {0}")]
    LookUpMissing(&'static str),
    /// A look-up table holds an event that its payload does not support.
    #[error("the look-up table by {0} holds a row that the event does not support")]
    LookUpExtra(&'static str),
}

impl Finding {
    /// A finding at one event.
    pub(super) const fn at(index: u64, fault: Fault) -> Self {
        Self { index: Some(index), fault }
    }

    /// A finding at no event in particular.
    pub(super) const fn of(fault: Fault) -> Self {
        Self { index: None, fault }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "event {index}: {}", self.fault),
            None => write!(f, "{}", self.fault),
        }
    }
}

/// Why a log is not known to be whole.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Something is wrong with the log.
    #[error("{0}")]
    Found(Finding),
    /// The database failed, which says nothing about the log.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Finding> for VerifyError {
    fn from(finding: Finding) -> Self {
        Self::Found(finding)
    }
}

impl From<diesel::result::Error> for VerifyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}
