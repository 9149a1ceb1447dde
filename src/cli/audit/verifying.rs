//! `child-index audit verify`: the whole log from its raw rows, against checkpoints that somebody kept, and on from there.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::trust::{TrustArgs, read_small};
use crate::cli::Failed;
use crate::cli::output::{complain, say};
use crate::cli::places::{Place, PlaceArgs};
use crate::domain::audit::checkpoints::{Checkpoint, KeyRing};
use crate::domain::audit::tree::TreeHead;
use crate::store::audit::{self, Expectations, Follower, VerifyError};
use crate::store::connections::{AnyConnection, Purpose};

/// How often new entries are looked for.
const EACH: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// A checkpoint kept from earlier, which the log must extend; may be given several times.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// Go on verifying new entries as they come, until stopped or something is found.
    #[arg(long)]
    follow: bool,
    /// Leave out the auditors' look-up tables, which are derived from the log and no part of its proof: more than twice as
    /// fast.
    #[arg(long)]
    proof_alone: bool,
    #[command(flatten)]
    trust: TrustArgs,
}

impl VerifyArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let expected = self.expectations(&place)?;
        let mut conn = AnyConnection::open(&place.url, Purpose::Inspect)?;
        let follower = match audit::verify_against(&mut conn, &expected) {
            Ok((summary, follower)) => {
                say(summary);
                follower
            }
            Err(error) => return report(error),
        };
        if self.follow { follow(conn, follower, &expected) } else { Ok(ExitCode::SUCCESS) }
    }

    fn expectations(&self, place: &Place) -> Result<Expectations, Failed> {
        let settings = &place.settings.audit;
        let ring = self.trust.ring(settings)?;
        let quorum = self.trust.quorum(settings);
        let known =
            self.checkpoints.iter().map(|path| known(path, &ring, &settings.origin, quorum, self.trust.gives_keys()));
        let known = known.collect::<Result<Vec<_>, Failed>>()?;
        Ok(Expectations { known, ring, quorum, proof_alone: self.proof_alone })
    }
}

/// The head that a checkpoint in a file states, if it is to be believed.
fn known(
    path: &std::path::Path,
    ring: &KeyRing,
    origin: &str,
    quorum: usize,
    any_origin: bool,
) -> Result<TreeHead, Failed> {
    let text = read_small(path)?;
    let told = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let checkpoint = Checkpoint::parse(&text).map_err(|fault| told(&fault))?;
    if !ring.knows_a_log() {
        return Err(told(&"there is no key to check it with; give the log's with --key").into());
    }
    if !any_origin && checkpoint.origin != origin {
        return Err(told(&format!("it is of the log {:?}, and this is {origin:?}", checkpoint.origin)).into());
    }
    let signers = checkpoint.check(ring).map_err(|fault| told(&fault))?;
    TrustArgs::check_quorum(&signers, quorum).map_err(|why| told(&why))?;
    Ok(checkpoint.head)
}

fn follow(mut conn: AnyConnection, mut follower: Follower, expected: &Expectations) -> Result<ExitCode, Failed> {
    loop {
        std::thread::sleep(EACH);
        let before = follower.head();
        match follower.step(&mut conn, expected) {
            Ok(head) if head != before => say(format_args!("ok: {} events, root {}", head.size, head.root)),
            Ok(_) => {}
            Err(error) => return report(error),
        }
    }
}

fn report(error: VerifyError) -> Result<ExitCode, Failed> {
    match error {
        VerifyError::Found(finding) => {
            complain(finding);
            Ok(ExitCode::FAILURE)
        }
        VerifyError::Store(error) => Err(error.into()),
    }
}
