//! Why somebody looks: the closed set of access reasons, stated on every operation on a child.

use crate::domain::codes::codes;

codes! {
    /// The reason stated for an access, sent as the header `Access-Reason`. A code and never free text, which would
    /// become case data.
    pub enum AccessReason {
        /// A concern about a child's safety.
        Safeguarding => "safeguarding",
        /// Help before problems grow.
        EarlyHelp => "early-help",
        /// An assessment, planned or under way.
        Assessment => "assessment",
        /// Work of the team around a child.
        TeamAroundChild => "team-around-child",
        /// Delivering a service to the child.
        ServiceDelivery => "service-delivery",
        /// Keeping the record right.
        RecordManagement => "record-management",
        /// A request by the child, or for them, about their own record.
        SubjectRequest => "subject-request",
        /// An enquiry at a single point of access, which is a reason by itself.
        Enquiry => "enquiry",
        /// Examining what others did.
        Audit => "audit",
    }
}
