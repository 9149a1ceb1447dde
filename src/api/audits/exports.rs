//! Exports of the log: which form is wanted, and the events written in it, page by page as they are read.

mod csv;
mod fhir;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::stream;

use super::views::AuditedEventView;
use crate::api::accepts::wanted;
use crate::api::answers::Answer;
use crate::api::problems::Problem;
use crate::app::Failure;
use crate::app::audits::Export;
use crate::domain::audit::views::AuditedEvent;

/// In what form events are wanted, by the header `Accept`: a page of JSON unless one of the others is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page.
    Page,
    /// All of them, one JSON object a line.
    Lines,
    /// All of them, one row for each event and child.
    Table,
    /// All of them, as a FHIR R4 Bundle of AuditEvents.
    Bundle,
}

impl Form {
    /// The forms, with the media types that they are asked by.
    const ALL: [(&'static str, Self); 4] = [
        ("application/json", Self::Page),
        ("application/x-ndjson", Self::Lines),
        ("text/csv", Self::Table),
        ("application/fhir+json", Self::Bundle),
    ];

    /// What the log calls it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Lines => "ndjson",
            Self::Table => "csv",
            Self::Bundle => "fhir",
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page => "application/json",
            Self::Lines => "application/x-ndjson; charset=utf-8",
            Self::Table => "text/csv; charset=utf-8; header=present",
            Self::Bundle => "application/fhir+json; charset=utf-8",
        })
    }

    fn file(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page => "inline",
            Self::Lines => "attachment; filename=\"audit-events.ndjson\"",
            Self::Table => "attachment; filename=\"audit-events.csv\"",
            Self::Bundle => "attachment; filename=\"audit-events.fhir.json\"",
        })
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(wanted(request, &Self::ALL, Self::Page)))
    }
}

/// What is left to be written of an export.
struct Writing {
    form: Form,
    export: Export,
    begun: bool,
    ended: bool,
    /// Whether something stands before the next entry of a list.
    listed: bool,
}

/// Answers with an export, written as it is read; it is broken off where reading fails.
pub fn stream(answer: Answer<Export>, form: Form) -> HttpResponse {
    let (export, envelope) = answer.take();
    let writing = Writing { form, export, begun: false, ended: false, listed: false };
    let body = stream::try_unfold(writing, |mut writing| async move {
        let piece = writing.next().await?;
        Ok::<_, BrokenOff>(piece.map(|bytes| (bytes, writing)))
    });
    envelope.with(header::CONTENT_DISPOSITION, form.file()).streamed(form.content_type(), body)
}

/// An export that could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the export was broken off")]
pub struct BrokenOff(#[from] Failure);

impl Writing {
    async fn next(&mut self) -> Result<Option<Bytes>, BrokenOff> {
        if !self.begun {
            self.begun = true;
            let head = self.head();
            if !head.is_empty() {
                return Ok(Some(head.into()));
            }
        }
        loop {
            match self.export.next_page().await? {
                // A page of nothing would be an empty chunk, which ends a body.
                Some(events) if events.is_empty() => {}
                Some(events) => return Ok(Some(self.page(events).into())),
                None if self.ended => return Ok(None),
                None => {
                    self.ended = true;
                    return Ok(Some(self.tail().into()).filter(|bytes: &Bytes| !bytes.is_empty()));
                }
            }
        }
    }

    fn head(&self) -> String {
        match self.form {
            Form::Page | Form::Lines => String::new(),
            Form::Table => csv::head(),
            Form::Bundle => fhir::HEAD.to_owned(),
        }
    }

    fn page(&mut self, events: Vec<AuditedEvent>) -> String {
        let mut text = String::new();
        for event in events {
            match self.form {
                Form::Page | Form::Lines => {
                    text.push_str(&serde_json::to_string(&AuditedEventView::from(event)).unwrap_or_default());
                    text.push('\n');
                }
                Form::Table => csv::rows(&event, &mut text),
                Form::Bundle => {
                    for entry in fhir::entries(&event) {
                        text.push_str(if self.listed { ",\n" } else { "\n" });
                        text.push_str(&entry.to_string());
                        self.listed = true;
                    }
                }
            }
        }
        text
    }

    fn tail(&self) -> String {
        match self.form {
            Form::Bundle => "\n]}\n".to_owned(),
            Form::Page | Form::Lines | Form::Table => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::accepts::best;

    #[test]
    fn the_form_most_wanted_is_given_and_json_otherwise() {
        for (accept, form) in [
            ("", Form::Page),
            ("*/*", Form::Page),
            ("text/html", Form::Page),
            ("application/json", Form::Page),
            ("text/csv", Form::Table),
            ("TEXT/CSV; header=present", Form::Table),
            ("application/x-ndjson, text/csv;q=0.9", Form::Lines),
            ("application/x-ndjson;q=0.1, text/csv;q=0.95", Form::Table),
            ("application/fhir+json", Form::Bundle),
            ("text/csv;q=0", Form::Page),
            ("text/csv;q=nan, application/x-ndjson;q=0.001", Form::Lines),
        ] {
            assert_eq!(best(accept, &Form::ALL, Form::Page), form, "{accept}");
        }
    }
}
