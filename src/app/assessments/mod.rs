//! Assessments: showing that they exist and who holds them, and starting, changing, linking and ending them.

mod changing;
mod showing;
mod starting;

pub use changing::{AssessmentStep, change_assessment};
pub use showing::{Holder, ShownAssessment, list_assessments};
pub use starting::{NewAssessment, OpenElsewhere, Starting, start_assessment};

pub(super) use showing::{party_of, show_from};
