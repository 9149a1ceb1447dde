//! Chunks: a few thousand lines checked against the index, decided about, stored and recorded in one transaction.

use std::collections::{BTreeMap, HashMap};

use super::deferrals::{Deferral, Numbered};
use super::directory::{Directory, UNKNOWN_ORGANISATION, Upserted, With};
use super::drafts::{Content, Draft, Line};
use super::hidden::HiddenChildren;
use super::{LoadOptions, Receipt, Told, events};
use crate::app::Failure;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{ChildShown, Pseudonym};
use crate::domain::bulk::{BulkInvolvement, BulkProblem, BulkRefusal};
use crate::domain::children::Publication;
use crate::domain::findability::{is_hidden, search_keys};
use crate::domain::ids::{ChildId, OrganisationId, PractitionerId};
use crate::domain::instants::Instant;
use crate::domain::involvements::{Ground, Involvement};
use crate::domain::policy::CaseKind;
use crate::store::audit::list_changes;
use crate::store::connections::AnyConnection;
use crate::store::loads::{self, LoadedChild};
use crate::store::{carer_shields, cases, children, shields, unsettled};

/// What came of a chunk.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Children that are in the index now and were not before.
    pub(super) loaded: u64,
    /// Children that wait for a person.
    pub(super) held: u64,
    /// Children whose source key was here.
    pub(super) already_here: u64,
    /// Children of the index that the chunk's decisions shielded.
    pub(super) covered: u64,
    /// Organisations that are new or were changed.
    pub(super) organisations: u64,
    /// What is told of single lines, in their order.
    pub(super) receipts: Vec<Receipt>,
    /// Children whom the chunk's own lines shielded.
    pub(super) decided: Vec<ChildId>,
    /// Whether the chunk is the first of a deferring load that stored a child.
    pub(super) began: bool,
    /// New children of a deferring load who are known by number.
    pub(super) numbered: Vec<Numbered>,
}

impl Outcome {
    /// This and what came of the lines after.
    pub(super) fn and(mut self, after: Self) -> Self {
        self.loaded = self.loaded.saturating_add(after.loaded);
        self.held = self.held.saturating_add(after.held);
        self.already_here = self.already_here.saturating_add(after.already_here);
        self.covered = self.covered.saturating_add(after.covered);
        self.organisations = self.organisations.saturating_add(after.organisations);
        self.receipts.extend(after.receipts);
        self.decided.extend(after.decided);
        self.began |= after.began;
        self.numbered.extend(after.numbered);
        self
    }
}

/// A line's child on its way in.
pub(super) struct Placed<'l> {
    /// The number of its line.
    pub(super) line: u64,
    pub(super) draft: &'l mut Draft,
    pub(super) pseudonym: Pseudonym,
    /// Whom its involvements are with, one by one.
    with: Vec<With>,
    supplier: OrganisationId,
    area: String,
}

impl Placed<'_> {
    /// Whether any involvement is sensitive.
    pub(super) fn is_sensitive(&self) -> bool {
        self.with.iter().any(|with| with.sensitive)
    }

    /// Whether a person must look at it first.
    pub(super) fn is_held(&self) -> bool {
        self.draft.child.record.publication == Publication::Held
    }
}

/// One transaction's work.
pub(super) struct Chunk<'c> {
    pub(super) options: &'c LoadOptions,
    pub(super) conn: &'c mut AnyConnection,
    pub(super) hidden: &'c mut HiddenChildren,
    directory: &'c mut Directory,
    pub(super) deferral: Option<&'c Deferral>,
    /// The id that the chunk's first new child gets.
    first: ChildId,
    pub(super) now: Instant,
    pub(super) outcome: Outcome,
    /// What was done to organisations.
    pub(super) upserted: Vec<Upserted>,
    /// Children of the index that were shielded.
    pub(super) shielded: Vec<ChildShown>,
}

impl<'c> Chunk<'c> {
    /// Work on `conn`, whose transaction holds the lock of the audit log's head.
    pub(super) fn new(
        options: &'c LoadOptions,
        conn: &'c mut AnyConnection,
        hidden: &'c mut HiddenChildren,
        directory: &'c mut Directory,
        deferral: Option<&'c Deferral>,
        now: Instant,
    ) -> Self {
        let (outcome, first) = (Outcome::default(), ChildId(0));
        let (upserted, shielded) = (Vec::new(), Vec::new());
        Self { options, conn, hidden, directory, deferral, first, now, outcome, upserted, shielded }
    }

    /// Whether the key tables lead to anybody: those whom a deferring load has stored are not in them yet.
    pub(super) fn has_keys(&self) -> bool {
        self.deferral.is_none_or(|deferral| !deferral.was_empty)
    }

    /// Learns what others did since the last chunk, by the audit log from `from` to `to`: somebody may have shielded a
    /// child meanwhile.
    pub(super) fn follow(&mut self, from: u64, to: u64) -> Result<(), Failure> {
        let changes = list_changes(self.conn, from, to)?;
        if !changes.children.is_empty() {
            self.hidden.put_carers(carer_shields::list_keys(self.conn)?);
        }
        for child in changes.children {
            match shields::find_hidden(self.conn, &self.options.settings.keys, child)? {
                Some(hidden) => self.hidden.put(hidden, false),
                None => drop(self.hidden.remove(child)),
            }
        }
        if changes.directory {
            self.directory.forget();
        }
        Ok(())
    }

    /// Stores what the lines say, and gives the events that record it.
    pub(super) fn write(mut self, lines: &mut [Line]) -> Result<(Outcome, Vec<Event>), Failure> {
        let span = lines.first().map_or(0, |line| line.number)..=lines.last().map_or(0, |line| line.number);
        let placed = self.place_all(lines)?;
        let mut new = self.keep_new(placed)?;
        self.decide_all(&mut new)?;
        self.defer(&new)?;
        self.store(&mut new)?;
        for placed in new.iter().filter(|placed| placed.is_held()) {
            let (record, kind) = (&placed.draft.child.record, CaseKind::Review);
            cases::open(self.conn, record.id, kind, &record.area, None, self.now)?;
            self.outcome.receipts.push(Receipt { line: placed.line, told: Told::Held });
            self.outcome.held = self.outcome.held.saturating_add(1);
        }
        let loaded = u64::try_from(new.len()).unwrap_or(u64::MAX);
        self.outcome.loaded = loaded.saturating_sub(self.outcome.held);
        self.outcome.receipts.sort_by_key(|receipt| receipt.line);
        let events = events::all(&self, &new, span);
        Ok((self.outcome, events))
    }

    /// Takes the lines in their order: organisations into the directory, children as far as the directory knows whom
    /// they name.
    fn place_all<'l>(&mut self, lines: &'l mut [Line]) -> Result<Vec<Placed<'l>>, Failure> {
        let mut placed = Vec::with_capacity(lines.len());
        for Line { number, content } in lines {
            match content {
                Err(refusal) => self.refuse(*number, refusal.clone()),
                Ok(Content::Organisation(organisation)) => {
                    if let Some(upserted) = self.directory.upsert(self.conn, organisation, self.now)? {
                        self.upserted.push(upserted);
                        self.outcome.organisations = self.outcome.organisations.saturating_add(1);
                    }
                }
                Ok(Content::Child(draft)) => match self.resolve(draft)? {
                    Ok((supplier, area, with)) => {
                        let pseudonym = Pseudonym(rand::random());
                        placed.push(Placed { line: *number, draft, pseudonym, with, supplier, area });
                    }
                    Err(refusal) => self.refuse(*number, refusal),
                },
            }
        }
        Ok(placed)
    }

    fn refuse(&mut self, line: u64, refusal: BulkRefusal) {
        self.outcome.receipts.push(Receipt { line, told: Told::Refused(refusal) });
    }

    /// Who supplies a line and whom its involvements are with; or all that is wrong with the codes it names them by.
    #[expect(clippy::type_complexity, reason = "read in one place, next to this")]
    fn resolve(&mut self, draft: &Draft) -> Result<Result<(OrganisationId, String, Vec<With>), BulkRefusal>, Failure> {
        let mut problems = Vec::new();
        let first = draft.involvements.first().map(|involvement| &involvement.organisation);
        let code = match draft.supplied_by.as_ref().or(self.options.source.as_ref()).or(first) {
            Some(code) => Some(code.clone()),
            None => self.directory.management(self.conn)?,
        };
        let mut supplier = None;
        if let Some(code) = code {
            supplier = self.directory.find(self.conn, &code)?.map(|known| (known.id, known.area.clone()));
            if supplier.is_none() && draft.supplied_by.is_some() {
                problems.push(BulkProblem::new("/supplied_by", UNKNOWN_ORGANISATION));
            }
        } else {
            let message = "is needed on a line without involvements while no management team is registered; or name \
                           the source of the whole file";
            problems.push(BulkProblem::new("/supplied_by", message));
        }
        let mut with = Vec::with_capacity(draft.involvements.len());
        for (index, involvement) in draft.involvements.iter().enumerate() {
            match self.directory.resolve(self.conn, index, involvement)? {
                Ok(known) => with.push(known),
                Err(problem) => problems.push(problem),
            }
        }
        Ok(match supplier {
            Some((supplier, area)) if problems.is_empty() => Ok((supplier, area, with)),
            None if problems.is_empty() => {
                Err(BulkProblem::new("/supplied_by", "is not known: the source of the file is no organisation here")
                    .into())
            }
            _ => Err(BulkRefusal { problems }),
        })
    }

    /// Leaves out the lines whose source key is here already, and makes the others children of their own.
    fn keep_new<'l>(&mut self, placed: Vec<Placed<'l>>) -> Result<Vec<Placed<'l>>, Failure> {
        let sources: Vec<_> = placed.iter().map(|placed| (placed.supplier, placed.draft.source_key())).collect();
        let present = loads::list_present(self.conn, &sources)?;
        self.first = children::next_id(self.conn)?;
        let mut next = self.first;
        let mut new: Vec<Placed<'l>> = Vec::with_capacity(placed.len());
        let mut places: HashMap<(OrganisationId, String), usize> = HashMap::with_capacity(placed.len());
        for (placed, present) in placed.into_iter().zip(present) {
            if let Some(child) = present {
                self.outcome.already_here = self.outcome.already_here.saturating_add(1);
                self.shield_present(child, placed.draft)?;
                continue;
            }
            let source = (placed.supplier, placed.draft.source_key().to_owned());
            if let Some(earlier) = places.get(&source).and_then(|place| new.get_mut(*place)) {
                self.outcome.already_here = self.outcome.already_here.saturating_add(1);
                // The first line counts, but for a shield, which is never lost.
                earlier.draft.join_shield(placed.draft.shield, self.now);
                continue;
            }
            places.insert(source, new.len());
            placed.draft.place(next, placed.supplier, &placed.area, self.now);
            next = ChildId(next.0.saturating_add(1));
            new.push(placed);
        }
        Ok(new)
    }

    /// Notes what is settled at the end: whose keys are derived, and who is compared with whom.
    fn defer(&mut self, new: &[Placed<'_>]) -> Result<(), Failure> {
        let Some(deferral) = self.deferral else { return Ok(()) };
        self.outcome.began = !deferral.begun && !new.is_empty();
        if self.outcome.began {
            unsettled::begin(self.conn, self.first)?;
        }
        if deferral.begun || self.outcome.began {
            for child in &self.outcome.decided {
                unsettled::note_shield(self.conn, *child, self.first)?;
            }
        }
        let open = new.iter().map(|placed| &*placed.draft).filter(|draft| !is_hidden(&draft.child));
        let numbered = open.flat_map(|draft| {
            let (born, child) = (draft.profile.date_of_birth, draft.child.record.id);
            draft.identifier_keys.iter().map(move |key| Numbered { identifier: *key, born, child })
        });
        self.outcome.numbered = numbered.collect();
        Ok(())
    }

    /// Inserts the children with everything around them.
    fn store(&mut self, new: &mut [Placed<'_>]) -> Result<(), Failure> {
        let deferred = self.deferral.is_some();
        for placed in new.iter_mut() {
            let draft = &mut *placed.draft;
            if !deferred && draft.is_other_than_read() {
                draft.decided_keys = Some(search_keys(&draft.child, &self.options.settings.keys));
            }
        }
        let mut involvements = Vec::with_capacity(new.len());
        for placed in new.iter() {
            involvements.push(self.involvements_of(placed)?);
        }
        let all: Vec<LoadedChild<'_>> = new
            .iter()
            .zip(&involvements)
            .map(|(placed, involvements)| LoadedChild {
                child: &placed.draft.child,
                pseudonym: placed.pseudonym,
                involvements,
                search_keys: if deferred { &[] } else { placed.draft.keys() },
                household_keys: if deferred { &[] } else { &placed.draft.household_keys },
            })
            .collect();
        Ok(loads::insert(self.conn, &all)?)
    }

    fn involvements_of(&mut self, placed: &Placed<'_>) -> Result<Vec<Involvement>, Failure> {
        let mut entries: BTreeMap<i32, Involvement> = BTreeMap::new();
        for (given, with) in placed.draft.involvements.iter().zip(&placed.with) {
            let practitioner = match &given.practitioner {
                Some(practitioner) => Some(self.directory.practitioner(self.conn, with.organisation, practitioner)?),
                None => None,
            };
            let mut number = rand::random_range(1..=Involvement::HIGHEST_NUMBER);
            while entries.contains_key(&number) {
                number = rand::random_range(1..=Involvement::HIGHEST_NUMBER);
            }
            entries.insert(number, self.involvement(placed, given, *with, practitioner, number));
        }
        Ok(entries.into_values().collect())
    }

    fn involvement(
        &self,
        placed: &Placed<'_>,
        given: &BulkInvolvement,
        with: With,
        practitioner: Option<PractitionerId>,
        number: i32,
    ) -> Involvement {
        let record = &placed.draft.child.record;
        Involvement {
            child: record.id,
            number,
            service: given.service,
            organisation: with.organisation,
            team: with.team,
            practitioner,
            started_on: given.started_on,
            ended_on: given.ended_on,
            // A source that gives no day says so today.
            last_confirmed_at: given.last_confirmed_on.map_or(self.now, Instant::start_of),
            lead: given.lead_professional,
            ground: given.ground.map(|ground| Ground {
                kind: ground.kind,
                given_by: ground.given_by,
                judged: ground.judged,
                on: ground.on,
                until: ground.until,
            }),
            withdrawn_at: None,
            entered_by: None,
            entered_under_shield: record.shield.is_some(),
            version: 1,
            created_at: self.now,
        }
    }
}

impl Placed<'_> {
    /// The child as the audit log names it.
    pub(super) fn told(&self) -> ChildShown {
        let delicate = is_hidden(&self.draft.child) || self.is_sensitive();
        ChildShown::new(self.pseudonym).at_version(self.draft.child.record.version).protected(delicate)
    }
}
