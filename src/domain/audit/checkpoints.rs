//! Checkpoints (C2SP tlog-checkpoint): a signed note that states how large the log was and the root that binds it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::note_keys::{KeyKind, NoteSigner, VerifierKey};
use super::notes::{NotANote, Note, SignatureLine};
use super::tree::{Hash, TreeHead};

/// A checkpoint with its signatures, of which nothing was checked yet but the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How large the log was, and its root.
    pub head: TreeHead,
    note: Note,
}

/// Why a checkpoint is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// It is no signed note.
    #[error(transparent)]
    Note(#[from] NotANote),
    /// The text is no checkpoint's.
    #[error("the text is not that of a checkpoint: origin, size and root, a line each")]
    Text,
    /// No key of this log signed it.
    #[error("no known key of the log signed it")]
    Unsigned,
    /// A line claims to be of a known key and is not.
    #[error("a signature does not hold")]
    BadSignature,
    /// A line is of a key that is not known, where all should be.
    #[error("a signature is of no known key")]
    UnknownSigner,
}

/// Keys that are believed: the log's, former ones included, and those of witnesses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRing {
    keys: Vec<VerifierKey>,
}

/// Who signed a checkpoint, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signers {
    /// The witnesses, each once, and when they last saw the log so, in seconds since 1970.
    pub witnesses: Vec<(VerifierKey, u64)>,
    /// Lines of keys that are not known.
    pub unknown: usize,
}

impl KeyRing {
    /// A ring of these keys.
    pub fn new(keys: impl IntoIterator<Item = VerifierKey>) -> Self {
        Self { keys: keys.into_iter().collect() }
    }

    /// Whether there is a key of a log on it.
    pub fn knows_a_log(&self) -> bool {
        self.keys.iter().any(|key| key.kind() == KeyKind::Log)
    }

    /// The key a line claims to be of.
    pub fn find(&self, line: &SignatureLine) -> Option<&VerifierKey> {
        self.keys.iter().find(|key| key.is_of(line))
    }
}

impl Checkpoint {
    /// Reads a checkpoint as it is published.
    ///
    /// # Errors
    /// [`CheckpointFault`] where it is no note, or its text no checkpoint's.
    pub fn parse(note: &str) -> Result<Self, CheckpointFault> {
        let note = Note::parse(note)?;
        let (origin, head) = read_text(&note.text).ok_or(CheckpointFault::Text)?;
        Ok(Self { origin, head, note })
    }

    /// Signs a checkpoint with every signer: one, or two while a key is being replaced. `None` without any.
    pub fn sign(origin: &str, head: &TreeHead, signers: &[NoteSigner]) -> Option<Self> {
        let text = text(origin, head);
        let signatures: Vec<_> = signers.iter().map(|signer| signer.sign(&text, 0)).collect();
        let signed = !signatures.is_empty();
        signed.then(|| Self { origin: origin.to_owned(), head: *head, note: Note { text, signatures } })
    }

    /// Checks the signatures: a key of the log, named like its origin, must have signed, and nobody may pretend to be
    /// a known key.
    ///
    /// # Errors
    /// [`CheckpointFault`].
    pub fn check(&self, ring: &KeyRing) -> Result<Signers, CheckpointFault> {
        let mut signed = false;
        let mut signers = Signers { witnesses: Vec::new(), unknown: 0 };
        for line in &self.note.signatures {
            let Some(key) = ring.find(line) else {
                signers.unknown = signers.unknown.saturating_add(1);
                continue;
            };
            let time = key.check(&self.note.text, line).map_err(|_| CheckpointFault::BadSignature)?;
            match time {
                None => signed |= key.name() == self.origin,
                Some(time) => match signers.witnesses.iter_mut().find(|(known, _)| known == key) {
                    Some((_, last)) => *last = time.max(*last),
                    None => signers.witnesses.push((key.clone(), time)),
                },
            }
        }
        if signed { Ok(signers) } else { Err(CheckpointFault::Unsigned) }
    }

    /// Adds a signature, in place of an earlier one of the same key.
    pub fn add(&mut self, line: SignatureLine) {
        self.note.signatures.retain(|held| (&held.name, held.key_id) != (&line.name, line.key_id));
        self.note.signatures.push(line);
    }

    /// The text that is signed.
    pub fn text(&self) -> &str {
        &self.note.text
    }

    /// Its signatures.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.note.signatures
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

fn text(origin: &str, head: &TreeHead) -> String {
    format!("{origin}\n{}\n{}\n", head.size, STANDARD.encode(head.root.as_bytes()))
}

fn read_text(text: &str) -> Option<(String, TreeHead)> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, size_text, root) = (lines.next()?, lines.next()?, lines.next()?);
    // Extension lines are allowed, and say nothing here.
    if origin.is_empty() || lines.any(str::is_empty) {
        return None;
    }
    let size: u64 = size_text.parse().ok()?;
    let root = STANDARD.decode(root).ok()?;
    let head = TreeHead { size, root: Hash::try_from(root.as_slice()).ok()? };
    (size.to_string() == size_text).then(|| (origin.to_owned(), head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::tree::EMPTY_ROOT;

    const ORIGIN: &str = "example.com/log";

    fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
        NoteSigner::from_seed(name, kind, [seed; 32]).unwrap()
    }

    fn checkpoint(signers: &[NoteSigner]) -> Checkpoint {
        Checkpoint::sign(ORIGIN, &TreeHead { size: 7, root: EMPTY_ROOT }, signers).unwrap()
    }

    #[test]
    fn a_checkpoint_goes_through_text_and_back() {
        let made = checkpoint(&[signer(ORIGIN, KeyKind::Log, 1)]);
        assert!(made.to_string().starts_with("example.com/log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— "));
        assert_eq!(Checkpoint::parse(&made.to_string()), Ok(made.clone()));
        let theirs = tlog_tiles::Checkpoint::from_bytes(made.text().as_bytes()).unwrap();
        assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, 7, EMPTY_ROOT.0));
    }

    #[test]
    fn only_the_logs_own_key_makes_a_checkpoint() {
        let (log, other) = (signer(ORIGIN, KeyKind::Log, 1), signer("example.com/other", KeyKind::Log, 2));
        let both = KeyRing::new([log.key().clone(), other.key().clone()]);
        assert!(both.knows_a_log());
        assert!(checkpoint(&[signer(ORIGIN, KeyKind::Log, 1)]).check(&both).is_ok());
        assert_eq!(checkpoint(&[other]).check(&both), Err(CheckpointFault::Unsigned));
        let stranger = checkpoint(&[signer(ORIGIN, KeyKind::Log, 3)]);
        assert_eq!(stranger.check(&both), Err(CheckpointFault::Unsigned));
        let witness = signer("w.example", KeyKind::Witness, 4);
        let alone = KeyRing::new([witness.key().clone()]);
        assert!(!alone.knows_a_log());
        assert_eq!(checkpoint(&[witness]).check(&alone), Err(CheckpointFault::Unsigned));
    }

    #[test]
    fn a_key_that_is_being_replaced_signs_beside_the_next() {
        let both = checkpoint(&[signer(ORIGIN, KeyKind::Log, 1), signer(ORIGIN, KeyKind::Log, 2)]);
        for seed in [1, 2] {
            let ring = KeyRing::new([signer(ORIGIN, KeyKind::Log, seed).key().clone()]);
            assert_eq!(both.check(&ring).unwrap().unknown, 1);
        }
    }

    #[test]
    fn witnesses_count_once_and_by_their_latest_word() {
        let (log, witness) = (signer(ORIGIN, KeyKind::Log, 1), signer("w.example", KeyKind::Witness, 4));
        let ring = KeyRing::new([log.key().clone(), witness.key().clone()]);
        let mut cosigned = checkpoint(&[log]);
        for time in [100, 200] {
            let line = witness.sign(cosigned.text(), time);
            cosigned.add(line);
        }
        assert_eq!(cosigned.signatures().len(), 2, "the later one stands for both");
        let signers = cosigned.check(&ring).unwrap();
        assert_eq!((signers.witnesses, signers.unknown), (vec![(witness.key().clone(), 200)], 0));
        let mut forged = witness.sign("another\n1\nx\n", 300);
        forged.name = "w.example".into();
        cosigned.add(forged);
        assert_eq!(cosigned.check(&ring), Err(CheckpointFault::BadSignature));
    }

    #[test]
    fn every_character_of_a_checkpoint_counts() {
        let ring = KeyRing::new([signer(ORIGIN, KeyKind::Log, 1).key().clone()]);
        let good = checkpoint(&[signer(ORIGIN, KeyKind::Log, 1)]).to_string();
        for at in 0..good.len() {
            for bit in 0..7 {
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let read = Checkpoint::parse(&text).and_then(|read| read.check(&ring));
                assert!(read.is_err(), "{text}");
            }
        }
    }

    #[test]
    fn texts_that_are_no_checkpoint_are_refused() {
        let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        for text in [
            "log\n".to_owned(),
            format!("log\n07\n{root}\n"),
            format!("log\n+7\n{root}\n"),
            format!("log\n-1\n{root}\n"),
            format!("\n7\n{root}\n"),
            format!("log\n7\n{root}\n\nmore\n"),
            "log\n7\nAAAA\n".to_owned(),
        ] {
            let note = format!("{text}\n— log AAAAAAA=\n");
            assert_eq!(Checkpoint::parse(&note), Err(CheckpointFault::Text), "{text}");
        }
        assert!(Checkpoint::parse(&format!("log\n7\n{root}\nan extension\n\n— log AAAAAAA=\n")).is_ok());
    }
}
