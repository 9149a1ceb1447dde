//! The closed vocabulary of the log: what was done, how it ended and how strongly the caller had proved who they are.

use crate::domain::codes::codes;

codes! {
    /// What was done, or asked for and not done.
    pub enum AuditAction {
        /// Children were searched for.
        ChildSearch => "child.search",
        /// It was explained how well a child fits the criteria of a search.
        ChildExplain => "child.explain",
        /// A child's record was read.
        ChildRead => "child.read",
        /// Who is involved with a child, and how to reach them.
        ChildContacts => "child.contacts",
        /// A child was registered; the record is provisional until matching has run.
        ChildRegister => "child.register",
        /// A child's record was changed.
        ChildChange => "child.change",
        /// Somebody asked to be put in touch with a withheld service.
        BrokeredContactAsk => "brokered-contact.ask",
        /// Requests to be put in touch were read.
        BrokeredContactRead => "brokered-contact.read",
        /// A request to be put in touch was taken, forwarded, answered or closed.
        BrokeredContactMove => "brokered-contact.move",
        /// What came of a pregnancy was recorded: a birth, of twins perhaps, or none.
        ChildBirth => "child.birth",
        /// A provisional record was published after matching.
        ChildPublish => "child.publish",
        /// A registration was held for a person to decide.
        ChildHold => "child.hold",
        /// Children were loaded in bulk.
        ChildLoad => "child.load",
        /// A child was shielded, or the shield was confirmed or lifted.
        ChildShield => "child.shield",
        /// It was listed who is kept from a child's record.
        RestrictionList => "restriction.list",
        /// Somebody was kept from a child's record, or no longer.
        ChildRestrict => "child.restrict",
        /// What the management team has noted about a shield was read.
        ShieldRead => "shield.read",
        /// Who has seen where a child lives was read.
        ChildAccessLog => "child.access-log",
        /// A shielded record was sealed, or it was proposed to.
        ChildSeal => "child.seal",
        /// The management team's open cases were listed.
        CaseList => "case.list",
        /// A manager took a case.
        CaseTake => "case.take",
        /// A manager decided a case and closed it.
        CaseClose => "case.close",
        /// Somebody asked to see the hidden part of a shielded record, and was warned.
        OverrideWarned => "override.warned",
        /// The hidden part of a shielded record was opened for one viewing.
        OverrideViewed => "override.viewed",
        /// What had led to an override was looked into, and the investigation closed.
        OverrideClosed => "override.closed",
        /// Two records of one child were merged.
        ChildMerge => "child.merge",
        /// A record was archived.
        ChildArchive => "child.archive",
        /// A record was purged from every table.
        ChildPurge => "child.purge",
        /// A child's involvements were listed.
        InvolvementList => "involvement.list",
        /// An involvement was registered.
        InvolvementRegister => "involvement.register",
        /// An involvement was changed.
        InvolvementChange => "involvement.change",
        /// An involvement was ended.
        InvolvementEnd => "involvement.end",
        /// An involvement was confirmed as still right.
        InvolvementConfirm => "involvement.confirm",
        /// The ledger of grounds was read.
        ConsentList => "consent.list",
        /// A new ground was recorded for an involvement.
        ConsentRecord => "consent.record",
        /// The consent that an involvement stands on was withdrawn.
        InvolvementWithdraw => "involvement.withdraw",
        /// A child's assessments were listed.
        AssessmentList => "assessment.list",
        /// An assessment was started, or somebody was told who holds the open one.
        AssessmentStart => "assessment.start",
        /// An assessment was changed.
        AssessmentChange => "assessment.change",
        /// An assessment ended.
        AssessmentComplete => "assessment.complete",
        /// An assessment was confirmed as still right.
        AssessmentConfirm => "assessment.confirm",
        /// An assessment was linked to another.
        AssessmentLink => "assessment.link",
        /// Transfers of a child were listed, or those that somebody is to answer.
        TransferList => "transfer.list",
        /// A transfer was read.
        TransferRead => "transfer.read",
        /// A transfer was proposed, or closed at once for want of consent.
        TransferPropose => "transfer.propose",
        /// A transfer was accepted: the sender's involvement ended and the receiver's began.
        TransferAccept => "transfer.accept",
        /// A transfer was declined, and is the desk's.
        TransferDecline => "transfer.decline",
        /// A transfer was taken back by its sender.
        TransferWithdraw => "transfer.withdraw",
        /// A transfer that was declined was proposed to somebody else.
        TransferPlace => "transfer.place",
        /// A gap that a transfer left was closed.
        TransferGap => "transfer.close-gap",
        /// Who leads, who was asked to and who led before was read.
        LeadRead => "lead-professional.read",
        /// Somebody was asked to lead.
        LeadPropose => "lead-professional.propose",
        /// Whoever was asked to lead accepted, and leads.
        LeadAccept => "lead-professional.accept",
        /// Whoever was asked to lead declined.
        LeadDecline => "lead-professional.decline",
        /// A proposal that somebody lead was taken back.
        LeadWithdraw => "lead-professional.withdraw",
        /// A colleague stands in for a lead professional who is away, or no longer.
        LeadCover => "lead-professional.cover",
        /// Children of an area whose lead professional needs looking after were listed.
        LeadWork => "lead-professional.work",
        /// The team around a child was read.
        ChildTeamRead => "child-team.read",
        /// Who chairs a team, when it looks again and who takes part was settled.
        ChildTeamSettle => "child-team.settle",
        /// A brother or sister was taken into the team around a child.
        ChildTeamJoin => "child-team.join",
        /// A brother or sister left the team around a child.
        ChildTeamLeave => "child-team.leave",
        /// Children of an area were listed whose team should have looked again.
        ChildTeamReviews => "child-team.reviews",
        /// Meetings of the team around a child were read.
        TeamMeetingRead => "team-meeting.read",
        /// A meeting was planned.
        TeamMeetingPlan => "team-meeting.plan",
        /// A meeting was given another time.
        TeamMeetingReschedule => "team-meeting.reschedule",
        /// It was said that a meeting was held, and who came.
        TeamMeetingHold => "team-meeting.hold",
        /// What follows from a meeting was said.
        TeamMeetingClose => "team-meeting.close",
        /// A meeting was called off.
        TeamMeetingCancel => "team-meeting.cancel",
        /// A meeting was fetched for a calendar.
        TeamMeetingInvite => "team-meeting.invite",
        /// Which team of an organisation serves a child was read.
        ChildLocality => "child.locality",
        /// Panels of an area were listed.
        PanelList => "panel.list",
        /// A panel was read, with who sits on it.
        PanelRead => "panel.read",
        /// A panel was registered.
        PanelRegister => "panel.register",
        /// A panel, or who sits on it, was changed.
        PanelChange => "panel.change",
        /// Meetings of a panel were read.
        PanelMeetingRead => "panel-meeting.read",
        /// A meeting of a panel was planned.
        PanelMeetingPlan => "panel-meeting.plan",
        /// It was said that a panel met.
        PanelMeetingHold => "panel-meeting.hold",
        /// A meeting of a panel was closed.
        PanelMeetingClose => "panel-meeting.close",
        /// Children on an agenda were read.
        PanelAgendaRead => "panel-agenda.read",
        /// A child was put on an agenda.
        PanelAgendaAdd => "panel-agenda.add",
        /// A child was taken off an agenda.
        PanelAgendaWithdraw => "panel-agenda.withdraw",
        /// What a panel decided of a child was settled.
        PanelAgendaDecide => "panel-agenda.decide",
        /// Organisations were listed.
        OrganisationList => "organisation.list",
        /// An organisation was read, its teams and routes included.
        OrganisationRead => "organisation.read",
        /// An organisation was registered.
        OrganisationRegister => "organisation.register",
        /// An organisation or its routes were changed.
        OrganisationChange => "organisation.change",
        /// Teams were listed.
        TeamList => "team.list",
        /// A team was read.
        TeamRead => "team.read",
        /// A team was registered.
        TeamRegister => "team.register",
        /// A team or its routes were changed.
        TeamChange => "team.change",
        /// A team's children were given to another, or counted for it, since a boundary moved.
        TeamReassign => "team.reassign",
        /// A practitioner was registered.
        PractitionerRegister => "practitioner.register",
        /// A practitioner or their routes were changed.
        PractitionerChange => "practitioner.change",
        /// Access points were listed.
        AccessPointList => "access-point.list",
        /// An access point was read.
        AccessPointRead => "access-point.read",
        /// An access point was registered.
        AccessPointRegister => "access-point.register",
        /// An access point was changed.
        AccessPointChange => "access-point.change",
        /// Partnerships were listed.
        PartnershipList => "partnership.list",
        /// A partnership was read.
        PartnershipRead => "partnership.read",
        /// A partnership was registered.
        PartnershipRegister => "partnership.register",
        /// A partnership was given another name.
        PartnershipChange => "partnership.change",
        /// The members of a partnership were listed.
        PartnershipMembers => "partnership.members",
        /// An organisation became a member of a partnership.
        PartnershipJoin => "partnership.join",
        /// A membership of a partnership was ended.
        PartnershipLeave => "partnership.leave",
        /// Information-sharing agreements were listed.
        AgreementList => "agreement.list",
        /// An information-sharing agreement was read.
        AgreementRead => "agreement.read",
        /// An information-sharing agreement was drafted.
        AgreementDraft => "agreement.draft",
        /// An information-sharing agreement was changed, adopted or ended.
        AgreementChange => "agreement.change",
        /// It was tried what an information-sharing agreement would hide and show.
        AgreementDryRun => "agreement.dry-run",
        /// Enquiries were listed.
        EnquiryList => "enquiry.list",
        /// An enquiry was read.
        EnquiryRead => "enquiry.read",
        /// An enquiry was recorded, and answered with who is involved.
        EnquiryRecord => "enquiry.record",
        /// An outcome was added to an enquiry.
        EnquiryDecide => "enquiry.decide",
        /// How an enquiry was handled was judged.
        EnquiryJudge => "enquiry.judge",
        /// Key indicators of a period were read, and frozen the first time.
        IndicatorRead => "indicator.read",
        /// A key indicator was taken over from outside.
        IndicatorImport => "indicator.import",
        /// Accounts were listed.
        AccountList => "account.list",
        /// An account was read.
        AccountRead => "account.read",
        /// An account was registered.
        AccountRegister => "account.register",
        /// An account's role, capabilities, checks or dates were changed.
        AccountChange => "account.change",
        /// Accounts were certified for another four months.
        AccountCertify => "account.certify",
        /// It was counted how the people of organisations are trained.
        WorkforceList => "workforce.list",
        /// The account of somebody who leaves was closed, and their caseload ended or handed over.
        AccountLeave => "account.leave",
        /// An account was suspended.
        AccountSuspend => "account.suspend",
        /// A code was issued, to be said on the telephone.
        CodeIssue => "code.issue",
        /// Capabilities proposed for accounts were listed.
        CapabilityList => "capability.list",
        /// A capability that takes two people was proposed for an account.
        CapabilityPropose => "capability.propose",
        /// A second person agreed, and the account was granted the capability.
        CapabilityGrant => "capability.grant",
        /// A proposal was declined or taken back.
        CapabilityDecline => "capability.decline",
        /// Settings of policy were changed.
        SettingChange => "setting.change",
        /// The audit log was searched.
        AuditSearch => "audit.search",
        /// One event of the audit log was read.
        AuditRead => "audit.read",
        /// The accesses to a complainant's record were looked up by their name.
        AuditLookUp => "audit.look-up",
        /// The children that a compromised account, token or system touched were listed.
        AuditBreach => "audit.breach-scope",
        /// Alerts were listed.
        AlertList => "alert.list",
        /// An alert was read.
        AlertRead => "alert.read",
        /// An alert was reviewed or closed.
        AlertChange => "alert.change",
        /// The rules that watch the log raised alerts.
        AlertRaise => "alert.raise",
        /// An account holder listed the accesses they are asked about.
        JustificationList => "justification.list",
        /// An account holder said why they opened a record.
        JustificationAnswer => "justification.answer",
        /// Events of the audit log were exported.
        AuditExport => "audit.export",
        /// A token of a known account was refused.
        TokenRefused => "token.refused",
        /// A token was minted by the local issuer (demo and development).
        TokenMint => "token.mint",
        /// A budget was passed and somebody was told.
        LimitAlert => "limit.alert",
        /// Payloads were removed from the log under policy; the event names the range.
        Redaction => "redaction",
        /// The service started.
        ServiceStart => "service.start",
        /// The service stopped in good order.
        ServiceStop => "service.stop",
    }
}

codes! {
    /// How it ended. Every ending is recorded, because "nobody found" and "not allowed" tell something as well.
    pub enum Outcome {
        /// Personal data was released, as the payload says for each child.
        Disclosed => "disclosed",
        /// Nothing matched.
        None => "none",
        /// More matched than may be shown; nobody was disclosed.
        TooMany => "too-many",
        /// A machine caller got no unique match: none, or more than one.
        NoSingleMatch => "no-single-match",
        /// The caller may know that it exists, and may not do this.
        Refused => "refused",
        /// It does not exist, or the caller may not know that it does.
        NotFound => "not-found",
        /// It clashes with what is recorded already.
        Conflict => "conflict",
        /// Held for a person to decide.
        Held => "held",
        /// Something was registered or changed.
        Changed => "changed",
        /// The wanted state was there already.
        Unchanged => "unchanged",
        /// A budget was spent.
        OverBudget => "over-budget",
        /// The request made sense as a document but not as a request.
        Invalid => "invalid",
        /// The caller had not seen the present version.
        PreconditionFailed => "precondition-failed",
        /// An operation of the service itself was carried out.
        Done => "done",
    }
}

codes! {
    /// How strongly the caller had proved who they are.
    pub enum Strength {
        /// No token: the command line, or the service itself.
        None => "none",
        /// One factor.
        OneFactor => "one-factor",
        /// Two factors.
        TwoFactor => "two-factor",
        /// Two factors, given recently enough for the gravest operations.
        RecentTwoFactor => "recent-two-factor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_fits_the_leaf() {
        let codes = AuditAction::CODES.iter().chain(Outcome::CODES).chain(Strength::CODES);
        for code in codes.chain(crate::domain::reasons::AccessReason::CODES) {
            assert!(!code.is_empty() && code.len() <= 255, "{code}");
        }
    }

    #[test]
    fn actions_are_dotted_and_distinct() {
        let mut seen = std::collections::BTreeSet::new();
        for action in AuditAction::ALL {
            assert!(seen.insert(action.code()), "{action}");
            assert!(*action == AuditAction::Redaction || action.code().contains('.'), "{action}");
        }
    }
}
