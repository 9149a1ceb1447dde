//! Permits: proof, by type, that a decision was taken for this child and this action.

use std::marker::PhantomData;

use chrono::NaiveDate;

use super::actors::Actor;
use super::blocks::Visibility;
use super::subjects::Subject;
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::ids::ChildId;

/// What a permit is for.
pub trait Action {
    /// The action as the audit log names it.
    const AUDITED_AS: AuditAction;
    /// Whether the action changes something.
    const CHANGES: bool;
}

macro_rules! actions {
    ($( $(#[$meta:meta])* $name:ident => $audited:ident, $changes:literal; )+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Action for $name {
            const AUDITED_AS: AuditAction = AuditAction::$audited;
            const CHANGES: bool = $changes;
        }
    )+ };
}

actions! {
    /// Read a record.
    ReadChild => ChildRead, false;
    /// Explain how well the criteria of a search fit.
    ExplainMatch => ChildExplain, false;
    /// Look up who is involved and how to reach them.
    ReadContacts => ChildContacts, false;
    /// Change a record.
    ChangeChild => ChildChange, true;
    /// Request, confirm or lift a shield.
    ShieldChild => ChildShield, true;
    /// Read who saw where a child lives.
    ReadAccessLog => ChildAccessLog, false;
    /// List who is kept from a record.
    ReadRestrictions => RestrictionList, false;
    /// Keep somebody from a record, or no longer.
    RestrictChild => ChildRestrict, true;
    /// Read what the management team has noted about a shield.
    ReadShield => ShieldRead, false;
    /// See the hidden part of a shielded record, once.
    OverrideShield => OverrideViewed, true;
    /// Decide what is done with a record that was held for a person.
    DecideHeld => CaseClose, true;
    /// Record what came of a pregnancy.
    RecordBirth => ChildBirth, true;
    /// Record an enquiry about a child.
    RecordEnquiry => EnquiryRecord, false;
    /// Ask to be put in touch with a withheld service.
    AskForContact => BrokeredContactAsk, true;
    /// Read requests to be put in touch.
    ReadBrokeredContacts => BrokeredContactRead, false;
    /// Move a request to be put in touch on.
    MoveBrokeredContact => BrokeredContactMove, true;
    /// List involvements.
    ListInvolvements => InvolvementList, false;
    /// Register an involvement.
    RegisterInvolvement => InvolvementRegister, true;
    /// Change an involvement.
    ChangeInvolvement => InvolvementChange, true;
    /// End an involvement.
    EndInvolvement => InvolvementEnd, true;
    /// Confirm that an involvement is still right.
    ConfirmInvolvement => InvolvementConfirm, true;
    /// List assessments.
    ListAssessments => AssessmentList, false;
    /// Start an assessment.
    StartAssessment => AssessmentStart, true;
    /// Change an assessment.
    ChangeAssessment => AssessmentChange, true;
    /// End an assessment.
    CompleteAssessment => AssessmentComplete, true;
    /// Confirm that an assessment is still right.
    ConfirmAssessment => AssessmentConfirm, true;
    /// Link an assessment to another.
    LinkAssessment => AssessmentLink, true;
    /// List or read transfers.
    ReadTransfers => TransferRead, false;
    /// Propose a transfer.
    ProposeTransfer => TransferPropose, true;
    /// Accept a transfer.
    AcceptTransfer => TransferAccept, true;
    /// Decline a transfer.
    DeclineTransfer => TransferDecline, true;
    /// Take a transfer back.
    WithdrawTransfer => TransferWithdraw, true;
    /// Propose a declined transfer to somebody else.
    PlaceTransfer => TransferPlace, true;
    /// Close a gap that a transfer left.
    CloseTransferGap => TransferGap, true;
    /// Read who leads, who was asked to and who led before.
    ReadLead => LeadRead, false;
    /// Ask somebody to lead.
    ProposeLead => LeadPropose, true;
    /// Accept the lead.
    AcceptLead => LeadAccept, true;
    /// Decline the lead.
    DeclineLead => LeadDecline, true;
    /// Take back that somebody was asked to lead.
    WithdrawLead => LeadWithdraw, true;
    /// Say who stands in for the lead professional.
    CoverLead => LeadCover, true;
    /// List children whose lead professional needs looking after.
    ListLeadWork => LeadWork, false;
    /// Read the team around a child.
    ReadChildTeam => ChildTeamRead, false;
    /// Settle who chairs a team, when it looks again and who takes part.
    SettleChildTeam => ChildTeamSettle, true;
    /// Take a brother or sister into the team around a child.
    JoinChildTeam => ChildTeamJoin, true;
    /// Take a brother or sister out of the team around a child.
    LeaveChildTeam => ChildTeamLeave, true;
    /// List children whose team should have looked again.
    ListTeamReviews => ChildTeamReviews, false;
    /// Read meetings of the team around a child.
    ReadTeamMeetings => TeamMeetingRead, false;
    /// Fetch a meeting for a calendar.
    InviteToMeeting => TeamMeetingInvite, false;
    /// Plan a meeting.
    PlanTeamMeeting => TeamMeetingPlan, true;
    /// Give a meeting another time.
    RescheduleTeamMeeting => TeamMeetingReschedule, true;
    /// Say that a meeting was held.
    HoldTeamMeeting => TeamMeetingHold, true;
    /// Say what follows from a meeting.
    CloseTeamMeeting => TeamMeetingClose, true;
    /// Call a meeting off.
    CancelTeamMeeting => TeamMeetingCancel, true;
    /// Read which team of an organisation serves a child.
    ReadLocality => ChildLocality, false;
    /// Move an involvement to the team that a moved boundary gives it to.
    ReassignInvolvement => TeamReassign, true;
    /// Read the agenda of a panel's meeting.
    ReadAgenda => PanelAgendaRead, false;
    /// Put a child on an agenda.
    AddPanelItem => PanelAgendaAdd, true;
    /// Take a child off an agenda.
    WithdrawPanelItem => PanelAgendaWithdraw, true;
    /// Settle what a panel decided of a child.
    DecidePanelItem => PanelAgendaDecide, true;
    /// See what becomes of an entry when an agreement is adopted.
    TryAgreement => AgreementDryRun, false;
    /// Read the ledger of grounds.
    ReadConsents => ConsentList, false;
    /// Record a new ground for an involvement.
    RecordConsent => ConsentRecord, true;
    /// Withdraw the consent that an involvement stands on.
    WithdrawConsent => InvolvementWithdraw, true;
}

/// Leave to perform one action on one child, and how much of the child may be seen. Only a decision makes one, and
/// the store takes the child from it, so that leave for one child opens no other.
#[derive(Debug)]
pub struct Permit<A: Action> {
    child: ChildId,
    pseudonym: Pseudonym,
    version: i64,
    delicate: bool,
    visibility: Visibility,
    action: PhantomData<A>,
}

impl<A: Action> Permit<A> {
    pub(super) fn new(subject: &Subject, visibility: Visibility) -> Self {
        Self {
            child: subject.child,
            pseudonym: subject.pseudonym,
            version: subject.version,
            delicate: subject.shielded,
            visibility,
            action: PhantomData,
        }
    }

    /// The child's name within the audit log.
    #[must_use]
    pub fn pseudonym(&self) -> Pseudonym {
        self.pseudonym
    }

    /// The child it was decided for.
    #[must_use]
    pub fn child(&self) -> ChildId {
        self.child
    }

    /// The version of the record it was decided on.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Marks the child as one with sensitive services, which only reading its involvements can tell.
    #[must_use]
    pub fn with_sensitive_services(mut self, any: bool) -> Self {
        self.delicate |= any;
        self
    }

    /// Whether the child is shielded or has sensitive services: then an ordinary auditor sees a pseudonym.
    #[must_use]
    pub fn is_delicate(&self) -> bool {
        self.delicate
    }

    /// How much of each block may be seen.
    #[must_use]
    pub fn visibility(&self) -> &Visibility {
        &self.visibility
    }
}

/// Leave to search; the visibility of each candidate follows from its [`Subject`].
#[derive(Debug)]
pub struct SearchPermit {
    actor: Actor,
}

impl SearchPermit {
    pub(super) fn new(actor: Actor) -> Self {
        Self { actor }
    }

    /// How much of a candidate may be seen; none where the child does not exist for who searches.
    #[must_use]
    pub fn visibility_of(&self, subject: &Subject, day: NaiveDate) -> Option<Visibility> {
        super::visibility_of(&self.actor, subject, day)
    }

    /// Who searches.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}
