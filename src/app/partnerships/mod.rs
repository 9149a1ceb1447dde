//! Partnerships: keeping them, their members and their agreements, and trying what an agreement would do.

mod agreements;
mod dry_runs;
mod keeping;
mod members;

pub use agreements::{
    AgreementChanges, NewAgreement, change_agreement, draft_agreement, list_agreements, read_agreement,
};
pub use dry_runs::{DryRun, Tally, Trial, TriedChild, TriedEntry, dry_run_agreement};
pub use keeping::{
    NewPartnership, PartnershipsSought, change_partnership, list_partnerships, read_partnership, register_partnership,
};
pub use members::{NewMember, ShownMember, add_member, end_member, list_members};
