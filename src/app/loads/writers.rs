//! The writer: the one connection of a load, and what it keeps in memory from chunk to chunk.

use std::collections::HashSet;

use super::LoadOptions;
use super::chunks::{Chunk, Outcome};
use super::deferrals::Deferral;
use super::directory::Directory;
use super::drafts::Line;
use super::hidden::HiddenChildren;
use crate::app::Failure;
use crate::domain::bulk::BulkProblem;
use crate::domain::ids::ChildId;
use crate::store::audit::{append, get_head, lock_head};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreError;
use crate::store::transactions::write_tx;
use crate::store::{carer_shields, children, loads, shields};

/// How often a chunk is tried: somebody else may hold the database, or a random number may be taken.
const TRIES: u32 = 5;
/// Hidden children read at a time.
const PAGE: u16 = 500;

/// Writes chunks, one transaction each.
pub(super) struct Writer<'a> {
    options: &'a LoadOptions,
    conn: AnyConnection,
    hidden: HiddenChildren,
    directory: Directory,
    /// The size of the audit log up to which everything that others did is known here.
    seen: u64,
    /// Children that lines of this load have shielded, as far as committed.
    decided: HashSet<ChildId>,
    /// Of a load that settles at its end.
    deferral: Option<Deferral>,
}

impl<'a> Writer<'a> {
    /// Opens the index and reads what is hidden in it. Who has the index `alone` defers what can be settled at the end.
    pub(super) fn open(options: &'a LoadOptions, alone: bool) -> Result<Self, Failure> {
        let mut conn = loads::open(&options.url)?;
        let was_empty = children::next_id(&mut conn)? == ChildId(1);
        let mut writer = Self {
            options,
            conn,
            hidden: HiddenChildren::new(&options.settings.keys),
            directory: Directory::new(options.settings.sensitivity),
            seen: 0,
            decided: HashSet::new(),
            deferral: alone.then(|| Deferral::new(was_empty)),
        };
        writer.read_hidden()?;
        Ok(writer)
    }

    /// Reads what is hidden in the index, in place of everything known before.
    fn read_hidden(&mut self) -> Result<(), Failure> {
        let secret = &self.options.settings.keys;
        self.directory.forget();
        self.hidden = HiddenChildren::new(secret);
        // What changes while this reads lies beyond this size, and is read again before the first chunk.
        self.seen = get_head(&mut self.conn)?.size();
        self.hidden.put_carers(carer_shields::list_keys(&mut self.conn)?);
        let mut after = ChildId(0);
        loop {
            let page = shields::list_hidden(&mut self.conn, secret, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for hidden in page {
                let decided = self.decided.contains(&hidden.id);
                self.hidden.put(hidden, decided);
            }
        }
    }

    /// Commits a chunk: all of it but the lines that are refused. Should the database itself refuse something that
    /// every check has let pass, the chunk is halved until the line is found, and that line is refused.
    pub(super) fn commit(&mut self, lines: &mut [Line]) -> Result<Outcome, Failure> {
        for _ in 1..TRIES {
            match self.attempt(lines) {
                Err(Failure::Busy | Failure::Broken(StoreError::Conflict(_))) => self.begin_again()?,
                result => return result,
            }
        }
        match (self.attempt(lines), lines) {
            (Err(Failure::Broken(StoreError::Conflict(_))), [line]) => {
                self.begin_again()?;
                line.content = Err(BulkProblem::new("", "contradicts what the index holds").into());
                self.attempt(std::slice::from_mut(line))
            }
            (Err(Failure::Broken(StoreError::Conflict(_))), lines) => {
                self.begin_again()?;
                let (first, second) = lines.split_at_mut(lines.len().div_ceil(2));
                Ok(self.commit(first)?.and(self.commit(second)?))
            }
            (result, _) => result,
        }
    }

    /// What a failed try has put into memory has not happened.
    fn begin_again(&mut self) -> Result<(), Failure> {
        self.conn = loads::open(&self.options.url)?;
        self.read_hidden()
    }

    fn attempt(&mut self, lines: &mut [Line]) -> Result<Outcome, Failure> {
        let now = self.options.clock.now();
        let Self { options, conn, hidden, directory, seen, deferral, .. } = self;
        let (outcome, size) = write_tx(conn, |conn| -> Result<_, Failure> {
            let mut head = lock_head(conn)?;
            let mut chunk = Chunk::new(options, conn, hidden, directory, deferral.as_ref(), now);
            chunk.follow(*seen, head.size())?;
            let (outcome, events) = chunk.write(lines)?;
            append(conn, &mut head, &events)?;
            Ok((outcome, head.size()))
        })?;
        self.seen = size;
        self.decided.extend(&outcome.decided);
        if let Some(deferral) = &mut self.deferral {
            deferral.begun |= outcome.began;
            deferral.put(&outcome.numbered);
        }
        Ok(outcome)
    }
}
