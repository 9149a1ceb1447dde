//! Asking witnesses to cosign (C2SP tlog-witness): each is shown that the log has only grown since it last looked.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;

use super::Publisher;
use crate::app::Index;
use crate::domain::audit::checkpoints::Checkpoint;
use crate::domain::audit::note_keys::VerifierKey;
use crate::domain::audit::notes::{SignatureLine, parse_lines};
use crate::domain::audit::tree::Hash;
use crate::domain::instants::{Instant, SECOND};
use crate::store::audit;

/// How far a witness's clock may be ahead of ours, in seconds, before its word is not published.
const CLOCKS_APART: i64 = 300;

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Signature lines.
    Cosigned(String),
    /// It last saw the log at this size, and not at the one it was told.
    LastSaw(u64),
}

/// Somebody who watches that the log only grows, and signs that it has.
pub trait Witness: Send + Sync {
    /// Its key.
    fn key(&self) -> &VerifierKey;

    /// Sends the body of `add-checkpoint`. May block.
    ///
    /// # Errors
    /// A sentence: it cannot be reached, or refuses.
    fn add_checkpoint(&self, body: String) -> Result<Reply, String>;
}

impl Publisher {
    /// Asks every witness at the same time and adds what they sign. A witness that fails keeps nothing up: the log
    /// counts those it has.
    pub(super) async fn cosign(&mut self, checkpoint: &mut Checkpoint, now: Instant) {
        let asked = self.parts.witnesses.iter().map(|witness| {
            let last = self.seen.get(witness.key()).copied().unwrap_or(0);
            ask(&self.index, Arc::clone(witness), last, checkpoint, now)
        });
        let answers = join_all(asked).await;
        for (witness, answer) in self.parts.witnesses.iter().zip(answers) {
            let key = witness.key();
            match answer {
                Ok(line) => {
                    checkpoint.add(line);
                    self.seen.insert(key.clone(), checkpoint.head.size);
                    if self.silent.remove(key).is_some() {
                        tracing::info!(witness = key.name(), "the witness cosigns again");
                    }
                }
                // Said once, not each second.
                Err(why) => {
                    if self.silent.get(key) != Some(&why) {
                        tracing::warn!(witness = key.name(), why, "the witness has not cosigned");
                        self.silent.insert(key.clone(), why);
                    }
                }
            }
        }
    }
}

async fn ask(
    index: &Index,
    witness: Arc<dyn Witness>,
    last: u64,
    checkpoint: &Checkpoint,
    now: Instant,
) -> Result<SignatureLine, String> {
    let mut old = last;
    // Twice: a witness that remembers another size says which.
    for _ in 0..2 {
        match send(index, &witness, old, checkpoint).await? {
            Reply::Cosigned(lines) => return cosignature(&witness, &lines, checkpoint, now),
            Reply::LastSaw(size) => old = size,
        }
    }
    Err("it remembers another size each time".to_owned())
}

async fn send(index: &Index, witness: &Arc<dyn Witness>, old: u64, checkpoint: &Checkpoint) -> Result<Reply, String> {
    let size = checkpoint.head.size;
    if old > size {
        return Err(format!("it has seen the log with {old} events, and there are {size}"));
    }
    let proof = index
        .prepare(move |conn, _| Ok(audit::find_growth_proof(conn, old, size)?))
        .await
        .map_err(|failure| failure.to_string())?;
    let body = body(old, &proof.unwrap_or_default(), checkpoint);
    let witness = Arc::clone(witness);
    let sent = tokio::task::spawn_blocking(move || witness.add_checkpoint(body)).await;
    sent.map_err(|_| "asking it was broken off".to_owned())?
}

/// The body of `add-checkpoint`.
fn body(old: u64, proof: &[Hash], checkpoint: &Checkpoint) -> String {
    let mut body = format!("old {old}\n");
    for hash in proof {
        // Writing to a text cannot fail.
        let _written = writeln!(body, "{}", STANDARD.encode(hash.as_bytes()));
    }
    let _written = write!(body, "\n{checkpoint}");
    body
}

/// The witness's own line among those it sent, if it holds.
fn cosignature(
    witness: &Arc<dyn Witness>,
    lines: &str,
    checkpoint: &Checkpoint,
    now: Instant,
) -> Result<SignatureLine, String> {
    let lines = parse_lines(lines).map_err(|error| error.to_string())?;
    let key = witness.key();
    let line = lines.into_iter().find(|line| key.is_of(line)).ok_or("it signed with another key than is configured")?;
    let time = key.check(checkpoint.text(), &line).map_err(|error| error.to_string())?;
    let latest = now.0.div_euclid(SECOND).saturating_add(CLOCKS_APART);
    match time.map(i64::try_from) {
        Some(Ok(time)) if time <= latest => Ok(line),
        _ => Err("it signed with a time to come".to_owned()),
    }
}
