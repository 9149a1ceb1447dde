//! Missing payloads against the redactions that must account for them, and the other way round.

use super::findings::{Fault, Finding};

/// Indexes from the first, up to and without the second.
type Range = (u64, u64);

/// What was missing, and what redactions say was removed.
#[derive(Default)]
pub(super) struct Redactions {
    /// Ranges of events without payload, in order.
    missing: Vec<Range>,
    /// Ranges that redactions cover.
    covered: Vec<Range>,
    /// The redactions themselves, in order; they keep their payloads, or nothing would tell what they removed.
    redactions: Vec<u64>,
}

impl Redactions {
    /// Notes that an event has no payload. Events come in order.
    pub(super) fn missing(&mut self, index: u64) {
        match self.missing.last_mut() {
            Some((_, end)) if *end == index => *end = index.saturating_add(1),
            _ => self.missing.push((index, index.saturating_add(1))),
        }
    }

    /// Notes a redaction. `None` unless it covers a range of events before it.
    pub(super) fn redaction(&mut self, index: u64, from: u64, to: u64) -> Option<()> {
        if from >= to || to > index {
            return None;
        }
        self.redactions.push(index);
        self.covered.push((from, to));
        Some(())
    }

    /// Every missing payload must be covered; what else redactions cover was not looked at.
    pub(super) fn check_missing(&self) -> Result<(), Finding> {
        match first_outside(&self.missing, &merged(&self.covered)) {
            Some(index) => Err(Finding::at(index, Fault::PayloadMissing)),
            None => Ok(()),
        }
    }

    /// Every missing payload must be covered, and every covered one missing. Gives the number of those.
    pub(super) fn check(&self) -> Result<u64, Finding> {
        let covered = merged(&self.covered);
        if let Some(index) = first_outside(&self.missing, &covered) {
            return Err(Finding::at(index, Fault::PayloadMissing));
        }
        let alone = self.redactions.iter().map(|index| (*index, index.saturating_add(1)));
        let accounted = merged(&self.missing.iter().copied().chain(alone).collect::<Vec<_>>());
        if let Some(index) = first_outside(&covered, &accounted) {
            return Err(Finding::at(index, Fault::PayloadKept));
        }
        Ok(self.missing.iter().map(|(from, to)| to - from).sum())
    }
}

/// The same indexes in order, as ranges that do not touch.
fn merged(ranges: &[Range]) -> Vec<Range> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Range> = Vec::new();
    for (from, to) in sorted {
        match merged.last_mut() {
            Some((_, end)) if *end >= from => *end = to.max(*end),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// The first index of `ranges` that `cover` lacks; both in order, `cover` without touching ranges.
fn first_outside(ranges: &[Range], cover: &[Range]) -> Option<u64> {
    ranges.iter().find_map(|(from, to)| {
        let before = cover.partition_point(|(start, _)| start <= from);
        let holding = before.checked_sub(1).and_then(|at| cover.get(at)).filter(|(_, end)| end > from);
        match holding {
            None => Some(*from),
            Some((_, end)) if end < to => Some(*end),
            Some(_) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(missing: &[u64], redactions: &[(u64, u64, u64)]) -> Result<u64, Finding> {
        let mut all = Redactions::default();
        missing.iter().for_each(|index| all.missing(*index));
        for (index, from, to) in redactions {
            all.redaction(*index, *from, *to).unwrap();
        }
        all.check()
    }

    #[test]
    fn what_redactions_cover_is_what_is_missing() {
        assert_eq!(check(&[], &[]), Ok(0));
        assert_eq!(check(&[0, 1, 2], &[(7, 0, 3)]), Ok(3));
        assert_eq!(check(&[0, 1, 2, 3], &[(7, 0, 2), (8, 2, 4)]), Ok(4));
        // The second covers the first, which keeps its payload.
        assert_eq!(check(&[0, 1, 2, 4], &[(3, 0, 2), (8, 0, 5)]), Ok(4));
    }

    #[test]
    fn anything_else_is_found_at_its_first_event() {
        let missing = |index| Err(Finding::at(index, Fault::PayloadMissing));
        let kept = |index| Err(Finding::at(index, Fault::PayloadKept));
        assert_eq!(check(&[4], &[]), missing(4));
        assert_eq!(check(&[0, 1, 2], &[(7, 0, 2)]), missing(2));
        assert_eq!(check(&[0, 1, 2], &[(7, 1, 3)]), missing(0));
        assert_eq!(check(&[0, 2], &[(7, 0, 3)]), kept(1));
        assert_eq!(check(&[1, 2], &[(7, 0, 3)]), kept(0));
        assert_eq!(check(&[0, 1], &[(7, 0, 3)]), kept(2));
    }

    #[test]
    fn a_redaction_covers_events_before_it() {
        let mut all = Redactions::default();
        assert_eq!(all.redaction(3, 0, 4), None);
        assert_eq!(all.redaction(3, 2, 2), None);
        assert_eq!(all.redaction(3, 0, 3), Some(()));
    }
}
