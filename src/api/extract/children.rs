//! What a path names: a child, by index number or handle, and one of its involvements.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;

use super::PathOf;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{CarerShieldId, ContactId, TransferId};
use crate::domain::involvements::Involvement;

/// The child that `{child_id}` names. What cannot be an index number or a handle is `422` before any look-up, the same
/// whether or not something exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildOf {
    /// How the child is named.
    pub child: ChildRef,
    /// The name as it was sent, for the addresses of things below it.
    pub sent: String,
}

/// The involvement that `{child_id}` and `{number}` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryOf {
    /// How the child is named.
    pub child: ChildRef,
    /// The number within the child.
    pub number: i32,
}

#[derive(Deserialize)]
struct ChildPath {
    child_id: String,
}

#[derive(Deserialize)]
struct EntryPath {
    number: i32,
}

/// The request to be put in touch that `{child_id}` and `{contact_id}` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactOf {
    /// How the child is named.
    pub child: ChildRef,
    /// The request.
    pub contact: ContactId,
}

#[derive(Deserialize)]
struct ContactPath {
    contact_id: String,
}

/// The shield of a carer that `{child_id}` and `{shield_id}` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarerShieldOf {
    /// How the child is named.
    pub child: ChildRef,
    /// The shield.
    pub shield: CarerShieldId,
}

#[derive(Deserialize)]
struct CarerShieldPath {
    shield_id: String,
}

impl FromRequest for CarerShieldOf {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = |payload: &mut Payload| {
            let ChildOf { child, .. } = read_child(request, payload)?;
            let PathOf(CarerShieldPath { shield_id }) = PathOf::from_request(request, payload).into_inner()?;
            match shield_id.parse() {
                Ok(shield) => Ok(Self { child, shield }),
                Err(_) => Err(invalid("shield_id", "must be a UUID".to_owned())),
            }
        };
        ready(read(payload))
    }
}

/// The transfer that `{child_id}` and `{transfer_id}` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferOf {
    /// How the child is named.
    pub child: ChildRef,
    /// The transfer.
    pub transfer: TransferId,
}

#[derive(Deserialize)]
struct TransferPath {
    transfer_id: String,
}

impl FromRequest for TransferOf {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = |payload: &mut Payload| {
            let ChildOf { child, .. } = read_child(request, payload)?;
            let PathOf(TransferPath { transfer_id }) = PathOf::from_request(request, payload).into_inner()?;
            match transfer_id.parse() {
                Ok(transfer) => Ok(Self { child, transfer }),
                Err(_) => Err(invalid("transfer_id", "must be a UUID".to_owned())),
            }
        };
        ready(read(payload))
    }
}

impl FromRequest for ContactOf {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = |payload: &mut Payload| {
            let ChildOf { child, .. } = read_child(request, payload)?;
            let PathOf(ContactPath { contact_id }) = PathOf::from_request(request, payload).into_inner()?;
            match contact_id.parse() {
                Ok(contact) => Ok(Self { child, contact }),
                Err(_) => Err(invalid("contact_id", "must be a UUID".to_owned())),
            }
        };
        ready(read(payload))
    }
}

impl FromRequest for ChildOf {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(read_child(request, payload))
    }
}

impl FromRequest for EntryOf {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = |payload: &mut Payload| {
            let ChildOf { child, .. } = read_child(request, payload)?;
            let PathOf(EntryPath { number }) = PathOf::from_request(request, payload).into_inner()?;
            if !(1..=Involvement::HIGHEST_NUMBER).contains(&number) {
                let message = format!("must be from 1 to {}", Involvement::HIGHEST_NUMBER);
                return Err(invalid("number", message));
            }
            Ok(Self { child, number })
        };
        ready(read(payload))
    }
}

fn read_child(request: &HttpRequest, payload: &mut Payload) -> Result<ChildOf, Problem> {
    let PathOf(ChildPath { child_id }) = PathOf::from_request(request, payload).into_inner()?;
    match child_id.parse() {
        Ok(child) => Ok(ChildOf { child, sent: child_id }),
        Err(error) => Err(invalid("child_id", format!("must be an index number or a handle: {error}"))),
    }
}

fn invalid(name: &'static str, message: String) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).item(ProblemItem::in_parameter(name, "wrong-form", message))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::domain::index_numbers::IndexNumber;

    async fn entry(child_id: &'static str, number: &'static str) -> Result<EntryOf, (u16, String)> {
        let request = TestRequest::default().param("child_id", child_id).param("number", number).to_http_request();
        EntryOf::from_request(&request, &mut Payload::None).await.map_err(|problem| {
            let items = &problem.body().errors;
            (problem.code().status().as_u16(), items[0].parameter.as_deref().unwrap().to_owned())
        })
    }

    #[actix_web::test]
    async fn a_child_is_named_by_number_or_handle() {
        let number = IndexNumber::parse("7K3M-9XQ2-4HT8").unwrap();
        for written in ["7K3M-9XQ2-4HT8", "7k3m9xq24ht8"] {
            let named = entry(written, "17").await.unwrap();
            assert_eq!(named, EntryOf { child: ChildRef::Number(number), number: 17 });
        }
        let handle = entry("000102030405060708090a0b0c0d0e0f07", "1").await.unwrap();
        assert!(matches!(handle.child, ChildRef::Handle(handle) if handle.position == 7));
    }

    #[actix_web::test]
    async fn what_names_nothing_is_unprocessable_before_any_look_up() {
        for wrong in ["7K3M-9XQ2-4HT9", "7K3M", "search", "000102030405060708090a0b0c0d0e0f"] {
            assert_eq!(entry(wrong, "1").await, Err((422, "child_id".to_owned())), "{wrong}");
        }
        for wrong in ["0", "-1", "1000000", "99999999999", "x"] {
            let (status, _) = entry("7K3M-9XQ2-4HT8", wrong).await.unwrap_err();
            assert_eq!(status, 422, "{wrong}");
        }
    }
}
