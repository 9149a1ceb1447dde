//! Closed sets of codes as schemas of the document: one list of values each, made from the domain's own table.

use crate::domain::accounts::{AccountStatus, Capability, Role, TrainingKind};
use crate::domain::assessments::{AssessmentOutcome, AssessmentStatus};
use crate::domain::children::{AddressIntent, AddressState, ChildStatus, OtherNameKind};
use crate::domain::enquiries::{
    AccessPointKind, CallerKind, DeclineReason, EnquiryFilter, EnquiryOutcome, EnquiryState, Need, QualityOutcome,
};
use crate::domain::identifiers::IdentifierStatus;
use crate::domain::indicators::{Breakdown, Direction, OutsideIndicator, Progress, Unit};
use crate::domain::involvements::{ConsentGiver, ConsentJudged, GroundKind, LeadKind};
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::leads::{LeadDeclineReason, LeadEnd, LeadProposalState, LeadWarning, LeadWorkList};
use crate::domain::localities::{LeftBecause, ReassignmentOutcome, ServedBy};
use crate::domain::matching::{Field, Grade, How};
use crate::domain::panels::{PanelDecision, PanelKind, PanelMeetingState};
use crate::domain::partnerships::{AgreementEffect, AgreementState, Audience, DefaultVisibility};
use crate::domain::policy::{Block, LegalPurpose};
use crate::domain::reasons::AccessReason;
use crate::domain::routes::RouteKind;
use crate::domain::services::{Freshness, OrganisationKind, Sector, Service, ServiceGroup};
use crate::domain::sex::Sex;
use crate::domain::team_meetings::{MeetingCancelReason, MeetingOutcome, MeetingState};
use crate::domain::transfers::{
    MoveOutcome, TransferBasisKind, TransferGap, TransferKind, TransferList, TransferState, WithdrawReason,
};
use crate::domain::workforces::WorkforceBy;

/// Gives sets of codes a schema each, to be named in `#[schema(value_type = …)]` and in parameters: the domain knows
/// nothing of documents.
///
/// ```text
/// code_schemas! {
///     /// Why somebody looks.
///     AccessReasonCode => AccessReason,
/// }
/// ```
macro_rules! code_schemas {
    ($( $(#[doc = $doc:literal])+ $name:ident => $code:ty ),+ $(,)?) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                let description = concat!($($doc, "\n"),+);
                ::utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::schema::Type::String)
                    .description(Some(description.trim()))
                    .enum_values(Some(<$code as $crate::domain::codes::Code>::CODES.iter().copied()))
                    .into()
            }
        }

        impl ::utoipa::ToSchema for $name {}
    )+ };
}

pub(super) use code_schemas;

code_schemas! {
    /// The reason stated for an access.
    AccessReasonCode => AccessReason,
    /// A legal purpose for which an archived record may be opened.
    LegalPurposeCode => LegalPurpose,
    /// Where a route leads, nearest to the child first.
    RouteKindCode => RouteKind,
    /// What kind of body an organisation is.
    OrganisationKindCode => OrganisationKind,
    /// On what lawful basis an organisation takes part.
    LawfulBasisCode => LawfulBasis,
    /// How an information-sharing agreement stands.
    AgreementStateCode => AgreementState,
    /// How much is told of an entry by agreement: `shown`, as much as without one; `brokered`, that there is a service, and
    /// the management team puts in touch; `withheld`, nothing.
    DefaultVisibilityCode => DefaultVisibility,
    /// For whom a dry run looks: readers of `members`, or those `outside`.
    AgreementAudienceCode => Audience,
    /// What would become of an entry.
    AgreementEffectCode => AgreementEffect,
    /// The field an account works in.
    SectorCode => Sector,
    /// What an account is.
    RoleCode => Role,
    /// A right beyond the role.
    CapabilityCode => Capability,
    /// Whether an account may be used.
    AccountStatusCode => AccountStatus,
    /// The sex recorded for a child.
    SexCode => Sex,
    /// How an assessment stands.
    AssessmentStatusCode => AssessmentStatus,
    /// With what an assessment ended; never what was found.
    AssessmentOutcomeCode => AssessmentOutcome,
    /// Which way a transfer leads along the continuum of need.
    TransferKindCode => TransferKind,
    /// Where a transfer stands.
    TransferStateCode => TransferState,
    /// On what a transfer stands.
    TransferBasisCode => TransferBasisKind,
    /// What is left open where a child moves on.
    TransferGapCode => TransferGap,
    /// Why a transfer is taken back.
    WithdrawReasonCode => WithdrawReason,
    /// What came of one of many moves.
    MoveOutcomeCode => MoveOutcome,
    /// Which transfers a work-list is made of.
    TransferListCode => TransferList,
    /// What a record is.
    ChildStatusCode => ChildStatus,
    /// What another name of a child is.
    OtherNameKindCode => OtherNameKind,
    /// Where the child lives, as far as known.
    AddressStateCode => AddressState,
    /// What a family that left the area intends.
    AddressIntentCode => AddressIntent,
    /// What is known of an identifier.
    IdentifierStatusCode => IdentifierStatus,
    /// A part of a record, shown or withheld as one.
    BlockCode => Block,
    /// How likely it is that this is the child meant.
    GradeCode => Grade,
    /// A field that is compared.
    MatchedFieldCode => Field,
    /// In what way a field matched.
    MatchCode => How,
    /// What an organisation does for a child.
    ServiceCode => Service,
    /// How a service stands to the child.
    ServiceGroupCode => ServiceGroup,
    /// Of what a practitioner is the lead professional.
    LeadKindCode => LeadKind,
    /// How a proposal that somebody lead stands.
    LeadProposalStateCode => LeadProposalState,
    /// Why whoever was asked does not lead.
    LeadDeclineReasonCode => LeadDeclineReason,
    /// With what a lead ended.
    LeadEndCode => LeadEnd,
    /// What those look through who look after the lead professionals of an area.
    LeadWorkListCode => LeadWorkList,
    /// What those who co-ordinate are warned of about somebody who leads.
    LeadWarningCode => LeadWarning,
    /// How a meeting stands.
    MeetingStateCode => MeetingState,
    /// What follows from a meeting.
    MeetingOutcomeCode => MeetingOutcome,
    /// Why a meeting is not held.
    MeetingCancelReasonCode => MeetingCancelReason,
    /// Who serves a child at an organisation: the team of its district, the organisation's desk where there is none or where
    /// it would tell where the child lives, or the desk of your area's management team where the child is shielded.
    ServedByCode => ServedBy,
    /// What became of an entry when a boundary moved.
    ReassignmentOutcomeCode => ReassignmentOutcome,
    /// Why an entry stays with its team although the boundary moved.
    LeftBecauseCode => LeftBecause,
    /// What a panel is for.
    PanelKindCode => PanelKind,
    /// How a meeting of a panel stands.
    PanelMeetingStateCode => PanelMeetingState,
    /// What a panel decided of a child.
    PanelDecisionCode => PanelDecision,
    /// How much the last confirmation of an entry is worth today.
    FreshnessCode => Freshness,
    /// What a desk is for.
    AccessPointKindCode => AccessPointKind,
    /// What is needed, as coarsely as a desk can be found by it.
    NeedCode => Need,
    /// Who called.
    CallerKindCode => CallerKind,
    /// What became of an enquiry, one link of its chain.
    EnquiryOutcomeCode => EnquiryOutcome,
    /// Where an enquiry stands.
    EnquiryStateCode => EnquiryState,
    /// Which enquiries a list is made of.
    EnquiryFilterCode => EnquiryFilter,
    /// Why a receiver declines.
    DeclineReasonCode => DeclineReason,
    /// How well an enquiry was handled.
    QualityOutcomeCode => QualityOutcome,
    /// Which way an indicator should move.
    DirectionCode => Direction,
    /// What people are trained in.
    TrainingKindCode => TrainingKind,
    /// By what people are counted.
    WorkforceByCode => WorkforceBy,
    /// How figures are broken down: for the area, by postcode district, or by the sector of those who work there.
    BreakdownCode => Breakdown,
    /// What a figure counts.
    UnitCode => Unit,
    /// How a figure moved since the period before.
    ProgressCode => Progress,
    /// An indicator that others publish.
    OutsideIndicatorCode => OutsideIndicator,
    /// Why a sensitive service may be recorded.
    GroundKindCode => GroundKind,
    /// Who gave a consent.
    ConsentGiverCode => ConsentGiver,
    /// How it was judged that whoever gave a consent may give it.
    ConsentJudgedCode => ConsentJudged,
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn a_schema_lists_every_code() {
        let schema = serde_json::to_value(AccessReasonCode::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["description"], "The reason stated for an access.");
        let listed: Vec<_> = schema["enum"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        assert_eq!(listed, AccessReason::CODES);
    }
}
