//! Partnerships, their members and their agreements as they are shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::children::IdentityView;
use crate::api::codes::{
    AgreementAudienceCode, AgreementEffectCode, AgreementStateCode, DefaultVisibilityCode, LawfulBasisCode, ServiceCode,
};
use crate::api::involvements::OrganisationNameView;
use crate::app::partnerships::{DryRun, ShownMember, Tally, TriedChild, TriedEntry};
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::pages::{After, Page};
use crate::domain::partnerships::{
    Agreement, AgreementEffect, AgreementState, Audience, DefaultVisibility, Partnership, ServiceDefault,
};
use crate::domain::services::Service;

/// A partnership of an area.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    id: Uuid,
    /// The area (ONS code) whose children its agreements are about.
    #[schema(example = "E06000054")]
    area: String,
    /// Its name.
    #[schema(example = "Wiltshire children's trust")]
    name: String,
}

/// A page of partnerships, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipsView {
    /// The partnerships.
    partnerships: Vec<PartnershipView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

/// An organisation that is, was or is to be a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipMemberView {
    /// The organisation.
    organisation: OrganisationNameView,
    /// The first day.
    from: NaiveDate,
    /// The last day; `null` while no end is known.
    #[schema(required = true)]
    until: Option<NaiveDate>,
    /// Whether it is a member today.
    today: bool,
}

/// A page of members, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipMembersView {
    /// The members that exist for you, past and future ones among them.
    members: Vec<PartnershipMemberView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

/// How much is told of the members' entries of a service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceDefaultView {
    /// The service.
    #[schema(value_type = ServiceCode)]
    service: Service,
    /// To readers of member organisations.
    #[schema(value_type = DefaultVisibilityCode)]
    visibility: DefaultVisibility,
    /// To everybody else.
    #[schema(value_type = DefaultVisibilityCode)]
    outside: DefaultVisibility,
}

/// An information-sharing agreement.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementView {
    /// Its number within the partnership.
    #[schema(minimum = 1, example = 1)]
    number: i32,
    /// The lawful basis that it stands on.
    #[schema(value_type = LawfulBasisCode)]
    lawful_basis: LawfulBasis,
    /// The first day.
    from: NaiveDate,
    /// The last day; `null` where it goes on.
    #[schema(required = true)]
    until: Option<NaiveDate>,
    /// The day on which it is to be looked at again.
    review_on: NaiveDate,
    /// Whether it binds and should have been looked at again.
    review_overdue: bool,
    /// How it stands.
    #[schema(value_type = AgreementStateCode)]
    state: AgreementState,
    /// Whether it binds today.
    in_force: bool,
    /// The day it was ended on; `null` where it was not.
    #[schema(required = true)]
    ended_on: Option<NaiveDate>,
    /// How much is told, by service; services that are not named stay as they are.
    default_visibility: Vec<ServiceDefaultView>,
}

/// The agreements of a partnership.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementsView {
    /// They, the newest first.
    agreements: Vec<AgreementView>,
}

/// Of how many entries of a service of an organisation something would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementTallyView {
    /// The organisation.
    organisation: OrganisationNameView,
    /// The service.
    #[schema(value_type = ServiceCode)]
    service: Service,
    /// Of so many nothing would be told any more.
    #[schema(minimum = 0)]
    vanish: u32,
    /// Of so many no more than that there is one.
    #[schema(minimum = 0)]
    become_brokered: u32,
    /// Of so many more than today.
    #[schema(minimum = 0)]
    appear: u32,
}

/// An entry of which something would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedEntryView {
    /// Its number within the child.
    #[schema(example = 417_233)]
    number: i32,
    /// The service.
    #[schema(value_type = ServiceCode)]
    service: Service,
    /// The organisation.
    organisation: OrganisationNameView,
    /// What would become of it.
    #[schema(value_type = AgreementEffectCode)]
    effect: AgreementEffect,
    /// How much is told of it today.
    #[schema(value_type = DefaultVisibilityCode)]
    before: DefaultVisibility,
    /// How much would be.
    #[schema(value_type = DefaultVisibilityCode)]
    after: DefaultVisibility,
}

/// A child of whom something would change.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedChildView {
    /// Who it is.
    child: IdentityView,
    /// The entries.
    entries: Vec<TriedEntryView>,
}

/// What a draft would hide and show.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreementDryRunView {
    /// On which day.
    on: NaiveDate,
    /// For whom.
    #[schema(value_type = AgreementAudienceCode)]
    audience: Audience,
    /// How many entries would change, by organisation and service: of the children from after the cursor on whom you may
    /// see.
    counts: Vec<AgreementTallyView>,
    /// Whether all of them were counted: no more than 5,000 children are looked at for one answer. Where not, ask again
    /// from `next` on.
    complete: bool,
    /// A page of the children, in the order of their numbers.
    children: Vec<TriedChildView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl From<Partnership> for PartnershipView {
    fn from(partnership: Partnership) -> Self {
        let Partnership { id, area, name, .. } = partnership;
        Self { id: id.0, area, name }
    }
}

impl From<Page<Partnership, After>> for PartnershipsView {
    fn from(page: Page<Partnership, After>) -> Self {
        let partnerships = page.items.into_iter().map(Into::into).collect();
        Self { partnerships, next: page.next.map(|next| next.to_string()) }
    }
}

impl From<ShownMember> for PartnershipMemberView {
    fn from(shown: ShownMember) -> Self {
        let ShownMember { membership, name, runs } = shown;
        let organisation = OrganisationNameView::new(membership.organisation, name);
        Self { organisation, from: membership.from, until: membership.until, today: runs }
    }
}

impl From<Page<ShownMember, After>> for PartnershipMembersView {
    fn from(page: Page<ShownMember, After>) -> Self {
        let members = page.items.into_iter().map(Into::into).collect();
        Self { members, next: page.next.map(|next| next.to_string()) }
    }
}

impl From<ServiceDefault> for ServiceDefaultView {
    fn from(line: ServiceDefault) -> Self {
        let ServiceDefault { service, visibility, outside } = line;
        Self { service, visibility, outside }
    }
}

impl AgreementView {
    /// An agreement as it stands on `day`.
    pub(super) fn on(agreement: Agreement, day: NaiveDate) -> Self {
        Self {
            number: agreement.number,
            lawful_basis: agreement.lawful_basis,
            from: agreement.from,
            until: agreement.until,
            review_on: agreement.review_on,
            review_overdue: agreement.is_overdue_on(day),
            state: agreement.state,
            in_force: agreement.is_in_force_on(day),
            ended_on: agreement.ended_on,
            default_visibility: agreement.defaults.into_iter().map(Into::into).collect(),
        }
    }
}

impl AgreementsView {
    /// Agreements as they stand on `day`.
    pub(super) fn on(agreements: Vec<Agreement>, day: NaiveDate) -> Self {
        Self { agreements: agreements.into_iter().map(|each| AgreementView::on(each, day)).collect() }
    }
}

impl From<Tally> for AgreementTallyView {
    fn from(tally: Tally) -> Self {
        let Tally { organisation, organisation_name, service, vanish, become_brokered, appear } = tally;
        let organisation = OrganisationNameView::new(organisation, organisation_name);
        Self { organisation, service, vanish, become_brokered, appear }
    }
}

impl From<TriedEntry> for TriedEntryView {
    fn from(entry: TriedEntry) -> Self {
        let TriedEntry { number, service, organisation, organisation_name, effect, before, after } = entry;
        let organisation = OrganisationNameView::new(organisation, organisation_name);
        Self { number, service, organisation, effect, before, after }
    }
}

impl From<TriedChild> for TriedChildView {
    fn from(tried: TriedChild) -> Self {
        Self { child: tried.child.into(), entries: tried.entries.into_iter().map(Into::into).collect() }
    }
}

impl From<DryRun> for AgreementDryRunView {
    fn from(run: DryRun) -> Self {
        Self {
            on: run.on,
            audience: run.audience,
            counts: run.tallies.into_iter().map(Into::into).collect(),
            complete: run.complete,
            children: run.children.into_iter().map(Into::into).collect(),
            next: run.next.map(|next| next.to_string()),
        }
    }
}

/// The entity tag of a partnership.
pub(super) fn etag(partnership: &Partnership) -> String {
    etag_of(&(partnership.id, partnership.version))
}

/// The entity tag of an agreement; whether it binds today is no part of it.
pub(super) fn agreement_etag(agreement: &Agreement) -> String {
    etag_of(&(agreement.partnership, agreement.number, agreement.version))
}
