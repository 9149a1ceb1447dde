//! Following a log that was verified: what was added since is verified like the rest, and that nothing before it moved.

use super::checkpoints::{Checkpoints, Expectations};
use super::events::Scan;
use super::findings::{Fault, Finding, VerifyError};
use super::rows::Rows;
use super::{check_head, stored_head};
use crate::domain::audit::tree::{Frontier, TreeHead};
use crate::store::connections::AnyConnection;
use crate::store::transactions::read_tx;

/// How far a log was verified.
#[derive(Debug, Clone)]
pub struct Follower {
    /// The tree up to the last full tile, from where the next step reads.
    pub(super) aligned: Frontier,
    /// Where the log stood.
    pub(super) last: TreeHead,
}

impl Follower {
    /// Where the log stood at the last step.
    #[must_use]
    pub const fn head(&self) -> TreeHead {
        self.last
    }

    /// Verifies what was added since the last step, and that the log extends what it was. Gives where it stands now.
    ///
    /// # Errors
    /// As [`super::verify`].
    pub fn step(&mut self, conn: &mut AnyConnection, expected: &Expectations) -> Result<TreeHead, VerifyError> {
        let last = self.last;
        read_tx(conn, |conn| {
            let head = stored_head(conn)?;
            if head.size < last.size {
                return Err(Finding::at(head.size, Fault::ShorterThanKnown(last.size)).into());
            }
            let known = [last];
            let mut scan = Scan::resume(head.size, &known, Checkpoints::new(expected), self.aligned.clone());
            scan.run(conn, Rows::Shared)?;
            check_head(&head, &scan.frontier)?;
            scan.redactions.check_missing()?;
            self.last = TreeHead { size: head.size, root: scan.frontier.root() };
            self.aligned = scan.aligned;
            Ok(self.last)
        })
    }
}
