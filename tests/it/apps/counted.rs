//! What indicators count: enquiries and transfers of the past, and a report read figure by figure.

use std::collections::BTreeMap;

use child_index::domain::enquiries::{
    CallerKind, Enquiry, EnquiryOutcome, EnquiryState, EnquiryStep, Need, one_working_day_after,
};
use child_index::domain::ids::{AccessPointId, AccountId, EnquiryId, PathwayId, TransferId};
use child_index::domain::instants::{DAY, HOUR, Instant};
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::domain::transfers::{Receiver, Transfer, TransferDesk, TransferKind, TransferState};
use child_index::store::{demos, enquiries};
use serde_json::Value;

use super::{Known, Person, TestApp};

/// A desk of an area's council, and somebody who works there.
pub struct Desk {
    council: Organisation,
    point: AccessPointId,
    by: AccountId,
}

impl TestApp {
    /// A front door of an area.
    pub fn desk_in(&self, area: &str) -> Desk {
        let council = self.organisation_in(area, OrganisationKind::LocalAuthority);
        let point = self.access_point(&council, &[]);
        let by = self.practitioner().of(&council).account.id;
        Desk { council, point, by }
    }

    /// An enquiry about a child, allocated within the hour and accepted so many days later where it was.
    pub fn enquired(&self, desk: &Desk, child: Option<&Known>, at: &str, accepted_after: Option<i64>) {
        let at = Instant::parse(at).expect("an instant");
        let mut enquiry = Enquiry {
            id: EnquiryId::new(),
            access_point: desk.point,
            organisation: desk.council.id,
            area: desk.council.area.clone(),
            child: child.map(|child| child.id),
            caller: CallerKind::Practitioner,
            need: Need::EarlyHelp,
            known: false,
            state: EnquiryState::Open,
            receiver: None,
            recorded_by: desk.by,
            recorded_at: at,
            due_at: Some(one_working_day_after(at)),
            closed_at: None,
            quality: None,
            version: 1,
        };
        let conn = &mut self.connect();
        enquiries::insert(conn, &enquiry).expect("a new enquiry");
        let accepted = accepted_after.map(|days| (EnquiryOutcome::Accepted, at.plus(days * DAY)));
        let steps = [Some((EnquiryOutcome::Allocated, at.plus(HOUR))), accepted];
        for (so_many, (outcome, at)) in steps.into_iter().flatten().enumerate() {
            let organisation = (outcome == EnquiryOutcome::Allocated).then_some(desk.council.id);
            let step = EnquiryStep { outcome, reason: None, organisation, team: None, account: desk.by, at };
            enquiries::append_step(conn, enquiry.id, so_many, &step).expect("a step");
            enquiry = enquiry.after(&step).expect("a step that follows");
        }
        enquiries::update(conn, &enquiry).expect("a change");
    }

    /// A transfer of a child's first involvement at a desk, closed then: accepted, or taken back.
    pub fn moved(&self, desk: &Desk, child: &Known, kind: TransferKind, state: TransferState, closed_at: &str) {
        let closed_at = Instant::parse(closed_at).expect("an instant");
        let transfer = Transfer {
            id: TransferId::new(),
            child: child.id,
            pathway: PathwayId::at_random(),
            kind,
            state,
            from: child.entries[0],
            sender: desk.council.id,
            receiver: Receiver { organisation: desk.council.id, team: None, service: Service::ChildrensSocialCare },
            to: child.entries.get(1).copied(),
            desk: TransferDesk {
                access_point: desk.point,
                organisation: desk.council.id,
                area: desk.council.area.clone(),
            },
            basis: None,
            gaps: Vec::new(),
            declined: None,
            withdrawn: None,
            proposed_by: desk.by,
            proposed_at: closed_at.plus(-DAY),
            due_at: None,
            closed_at: Some(closed_at),
            under_shield: false,
            version: 1,
        };
        demos::insert_transfer(&mut self.connect(), &transfer).expect("a new transfer");
    }

    /// An administrator whose standing is good for a year longer than others'.
    pub fn reviewer(&self) -> Person<'_> {
        let until = "2028-01-31".parse().ok();
        let person = self.administrator();
        self.change_organisation_of(&person, |organisation| organisation.accredited_until = until);
        person.change(|account| {
            account.standing.checked_until = until;
            account.standing.trained_until = until;
            account.standing.certified_until = until;
        })
    }
}

/// An indicator of a report.
#[track_caller]
pub fn line<'a>(report: &'a Value, indicator: &str) -> &'a Value {
    let all = report["indicators"].as_array().expect("indicators");
    all.iter().find(|each| each["indicator"] == indicator).unwrap_or_else(|| panic!("{indicator} in {report}"))
}

/// Its figures by place.
#[track_caller]
pub fn figures(report: &Value, indicator: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let all = line(report, indicator)["figures"].as_array().expect("figures").clone();
    all.iter()
        .map(|figure| {
            let place = text(&figure["locality"]).or(text(&figure["agency"])).expect("a place");
            (place, text(&figure["figure"]).expect("a figure"))
        })
        .collect()
}
