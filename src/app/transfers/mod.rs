//! Transfers: proposing, answering and placing them, and the lists of those who are to do so.

mod answering;
mod bulk;
mod lists;
mod proposing;
mod showing;

pub use answering::{TransferStep, move_transfer};
pub use bulk::{Moved, NewMoves, accept_transfers, propose_transfers};
pub use lists::list_transfer_work;
pub use proposing::{NewTransfer, propose_transfer};
pub use showing::{ShownSide, ShownTransfer, list_transfers, read_transfer};
