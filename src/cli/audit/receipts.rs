//! `child-index audit check-receipt`: whether an access was recorded, checked without believing the service.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::trust::{TrustArgs, latest, read_small};
use crate::cli::Failed;
use crate::cli::output::{complain, say};
use crate::cli::places::PlaceArgs;
use crate::domain::audit::checkpoints::KeyRing;
use crate::domain::audit::leaf_proofs::LeafProof;
use crate::domain::audit::receipts::Receipt;
use crate::store::audit;
use crate::store::connections::{AnyConnection, Purpose};

#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    /// The receipt, as `Audit-Receipt` gave it.
    receipt: Receipt,
    /// The proof, as GET /v1/audit/receipts/{receipt} gave it (the JSON, or the text in its "proof"); without it the
    /// proof is made from the database.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

impl ReceiptArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let (proof, ring, quorum) = match &self.proof {
            // With proof and key nothing else is needed: no index, no settings.
            Some(path) if self.trust.gives_keys() => {
                (read_proof(path)?, self.trust.given(), self.trust.quorum(&crate::config::AuditSettings::default()))
            }
            Some(path) => {
                let (ring, quorum) = self.believed()?;
                (read_proof(path)?, ring, quorum)
            }
            None => {
                let (ring, quorum) = self.believed()?;
                (self.prove()?, ring, quorum)
            }
        };
        let checked = proof.check(&self.receipt, &ring);
        let checked = checked.map_err(Failed::from).and_then(|signers| TrustArgs::check_quorum(&signers, quorum));
        match checked {
            Ok(()) => {
                say(format_args!("recorded: event {} of {}", self.receipt.index, proof.checkpoint.origin));
                Ok(ExitCode::SUCCESS)
            }
            Err(why) => {
                complain(format_args!("not shown to be recorded: {why}"));
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn believed(&self) -> Result<(KeyRing, usize), Failed> {
        let place = self.place.open()?;
        Ok((self.trust.ring(&place.settings.audit)?, self.trust.quorum(&place.settings.audit)))
    }

    /// The proof from the database, under the newest checkpoint.
    fn prove(&self) -> Result<LeafProof, Failed> {
        let place = self.place.open()?;
        let checkpoint = latest(&place)?;
        let mut conn = AnyConnection::open(&place.url, Purpose::Inspect)?;
        let found = audit::find_leaf_proof(&mut conn, self.receipt.index, checkpoint.head.size)?;
        let (_, hashes) = found.ok_or("the newest checkpoint does not reach so far; try again in a second")?;
        Ok(LeafProof { index: self.receipt.index, hashes, checkpoint })
    }
}

fn read_proof(path: &std::path::Path) -> Result<LeafProof, Failed> {
    let text = read_small(path)?;
    let inner = if text.trim_start().starts_with('{') {
        let answer: Value = serde_json::from_str(&text).map_err(|_| "the proof is neither JSON nor a tlog-proof")?;
        answer.get("proof").and_then(Value::as_str).ok_or("the JSON has no member \"proof\"")?.to_owned()
    } else {
        text
    };
    Ok(inner.parse::<LeafProof>().map_err(|fault| format!("{}: {fault}", path.display()))?)
}
