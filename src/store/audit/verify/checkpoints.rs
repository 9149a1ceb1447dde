//! Checkpoints that were kept, compared with the log they state: each readable, signed by keys that are known, and with
//! the root that the events give.

use diesel::prelude::*;

use super::cells::Cell;
use super::findings::{Fault, Finding, VerifyError};
use crate::domain::audit::checkpoints::{Checkpoint, CheckpointFault, KeyRing};
use crate::domain::audit::tree::TreeHead;
use crate::store::audit::heads::column;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::schema::audit_checkpoint;

/// What is believed of the log beforehand, and asked of its checkpoints.
#[derive(Debug, Clone, Default)]
pub struct Expectations {
    /// Roots known from elsewhere.
    pub known: Vec<TreeHead>,
    /// Keys that may have signed. Without a log's key among them signatures are not looked at.
    pub ring: KeyRing,
    /// How many witnesses must have cosigned the newest checkpoint.
    pub quorum: usize,
    /// Leaves the look-up tables out, which are derived from the log and prove nothing: more than twice as fast.
    pub proof_alone: bool,
}

/// What the checkpoints come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckpointSummary {
    /// How many are kept.
    pub count: u64,
    /// Size of the newest.
    pub newest: u64,
    /// How many known witnesses have cosigned that one.
    pub cosigned: usize,
}

type Cells = (Cell<String>, Cell<i64>, Cell<String>);

/// Reads checkpoints along with the events.
pub(super) struct Checkpoints<'e> {
    expected: &'e Expectations,
    /// What was found so far.
    pub(super) summary: CheckpointSummary,
}

impl<'e> Checkpoints<'e> {
    pub(super) fn new(expected: &'e Expectations) -> Self {
        Self { expected, summary: CheckpointSummary::default() }
    }

    /// The heads that the checkpoints of `from` to `to` events state, the first excluded, smallest first.
    pub(super) fn read(
        &mut self,
        conn: &mut AnyConnection,
        from: Option<u64>,
        to: u64,
    ) -> Result<Vec<TreeHead>, VerifyError> {
        // Before the first comes nothing, not even an empty log.
        let (after, last) = (from.map_or(Ok(-1), column)?, column(to)?);
        let rows: Vec<Cells> = on_each!(conn, |c| audit_checkpoint::table
            .filter(audit_checkpoint::size.gt(after).and(audit_checkpoint::size.le(last)))
            .order((audit_checkpoint::size, audit_checkpoint::origin))
            .select((audit_checkpoint::origin, audit_checkpoint::size, audit_checkpoint::note))
            .load(c))?;
        rows.into_iter().map(|row| Ok(self.check(row)?)).collect()
    }

    fn check(&mut self, (origin, size, note): Cells) -> Result<TreeHead, Finding> {
        let size = size.value().and_then(|size| u64::try_from(size).ok());
        let bad = |fault| Finding { index: size, fault: Fault::Checkpoint(fault) };
        let unreadable = || Finding { index: size, fault: Fault::CheckpointDiffers };
        let (origin, note) = (origin.value().ok_or_else(unreadable)?, note.value().ok_or_else(unreadable)?);
        let read = Checkpoint::parse(&note).map_err(bad)?;
        // Kept as it was published, to the byte.
        if Some(read.head.size) != size || read.origin != origin || read.to_string() != note {
            return Err(unreadable());
        }
        let mut cosigned = 0;
        if self.expected.ring.knows_a_log() {
            let signers = read.check(&self.expected.ring).map_err(bad)?;
            if signers.unknown > 0 {
                return Err(bad(CheckpointFault::UnknownSigner));
            }
            cosigned = signers.witnesses.len();
        }
        self.summary.count = self.summary.count.saturating_add(1);
        if read.head.size >= self.summary.newest {
            self.summary.newest = read.head.size;
            self.summary.cosigned = cosigned;
        }
        Ok(read.head)
    }

    /// Looks for checkpoints of a log that was longer, and for those that are missing their witnesses.
    pub(super) fn finish(&self, conn: &mut AnyConnection, size: u64) -> Result<(), VerifyError> {
        let kept: i64 = on_each!(conn, |c| audit_checkpoint::table.count().get_result(c))?;
        if u64::try_from(kept) != Ok(self.summary.count) {
            return Err(Finding::at(size, Fault::CheckpointBeyondHead).into());
        }
        let quorum = self.expected.quorum;
        if self.summary.cosigned < quorum {
            return Err(Finding::of(Fault::QuorumMissing { cosigned: self.summary.cosigned, quorum }).into());
        }
        Ok(())
    }
}
