//! Involvements: showing what a permit shows of them, and registering, changing, ending and confirming entries.

mod caseloads;
mod changing;
mod consents;
mod entering;
mod showing;

pub use changing::{EntryChange, change_involvement};
pub use consents::{ConsentedEntry, ShownConsent, list_consents, record_consent};
pub use entering::{NamedPractitioner, NewInvolvement, register_involvement};
pub use showing::{ShownInvolvement, list_involvements};

pub(super) use caseloads::{CaseloadStep, hand_over};
pub(super) use changing::own_entry;
pub(super) use entering::{register_practitioner, wrong_dates};
pub(super) use showing::{
    Party, Reached, directory_for, group_of, is_sensitive, is_shown as may_see, party_of, reach, sensitivity_of, show,
    show_from,
};
