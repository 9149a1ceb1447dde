//! Lead professionals: who leads and led, asking somebody to lead and what they answer, whoever stands in, and the lists of
//! those who look after the leads of an area.

mod answering;
mod covering;
mod proposing;
mod room;
mod showing;
mod terms;
mod work;

pub use answering::{LeadStep, answer_lead_proposal};
pub use covering::{CoverChange, NewCover, change_lead_cover};
pub use proposing::{NewLeadProposal, propose_lead};
pub use showing::{
    Leads, ShownCover, ShownLead, ShownLeadProposal, ShownPastLead, read_lead_professional, read_lead_proposal,
};
pub use work::{LeadWork, list_lead_work};

pub(super) use room::{Room, cover_of};
pub(super) use terms::{begin, end, follow};
