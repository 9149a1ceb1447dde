//! From the words of serde and validator to problem items: a pointer, a code and a sentence, never a value.

use std::borrow::Cow;

use serde_path_to_error::{Path, Segment};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::api::problems::ProblemItem;

/// Appends one reference token to a JSON pointer (RFC 6901).
pub(super) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// What serde said, taken apart. Texts of ours start with "must" and hold no value by agreement (see
/// `domain::codes::UnknownCode`); any other free text may quote the input and is dropped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SerdeFault {
    /// A field that was missing, which the error's path does not name.
    pub field: Option<String>,
    pub code: &'static str,
    pub message: Cow<'static, str>,
}

impl SerdeFault {
    pub(super) fn read(error: &str) -> Self {
        let fault = |code, message: Cow<'static, str>| Self { field: None, code, message };
        let error = error.split(" at line ").next().unwrap_or_default();
        if let Some(name) = quoted_after(error, "missing field ") {
            return Self { field: Some(name.to_owned()), code: "missing", message: "is missing".into() };
        }
        if let Some(name) = quoted_after(error, "duplicate field ") {
            let message = "stands more than once in its object".into();
            return Self { field: Some(name.to_owned()), code: "duplicate-key", message };
        }
        if error.starts_with("unknown field ") {
            return fault("unknown-field", "is not a field of this object".into());
        }
        // The allowed variants stand last and are ours; the given one stands before them.
        let expected = error.rsplit_once(", expected ").map(|(_, expected)| expected);
        match expected {
            Some(codes) if error.starts_with("unknown variant ") => {
                fault("unknown-code", format!("must be {}", codes.replace('`', "")).into())
            }
            Some(kind) if error.starts_with("invalid type: ") => {
                fault("wrong-type", format!("must be {}", plain_words(kind)).into())
            }
            Some(_) if error.starts_with("invalid length ") => fault("length", "has the wrong length".into()),
            _ if error.starts_with("must ") => fault("wrong-form", error.to_owned().into()),
            _ => fault("wrong-form", "does not have the form it needs".into()),
        }
    }
}

fn quoted_after<'a>(error: &'a str, prefix: &str) -> Option<&'a str> {
    error.strip_prefix(prefix)?.strip_prefix('`')?.strip_suffix('`')
}

/// serde's name of an expected type, in words of JSON.
fn plain_words(kind: &str) -> &'static str {
    match kind {
        "a boolean" => "true or false",
        "a string" | "string" | "str" | "a borrowed string" | "a code as text" | "a character" => "a text",
        "a formatted date string" => "a date, YYYY-MM-DD",
        "a formatted UUID string" => "a UUID",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number, not negative",
        "f32" | "f64" => "a number",
        "null" | "unit" => "null",
        other if other.starts_with("struct ") || other.starts_with("a map") => "an object",
        other if other.starts_with("a sequence") || other.starts_with("tuple ") => "an array",
        other if other.starts_with("an RFC 3339") => "a time, RFC 3339",
        _ => "of another type",
    }
}

/// The item for a serde error in a body.
pub(super) fn body_item(path: &Path, error: &str) -> ProblemItem {
    let fault = SerdeFault::read(error);
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push_token(&mut pointer, &index.to_string()),
            Segment::Map { key } => push_token(&mut pointer, key),
            // A variant's name is no step in the JSON, or is a step that its own key already made.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some(field) = &fault.field
        && !pointer.ends_with(&format!("/{field}"))
    {
        push_token(&mut pointer, field);
    }
    ProblemItem::at(pointer, fault.code, fault.message)
}

/// Every validation error with its pointer, in the order of the pointers. Fields are named as in Rust; a DTO field
/// is therefore called what its JSON is called, but for the `r#` of a keyword.
pub(super) fn validation_items(errors: &ValidationErrors) -> Vec<ProblemItem> {
    let mut items = Vec::new();
    collect(errors, &mut String::new(), &mut items);
    items.sort();
    items
}

fn collect(errors: &ValidationErrors, pointer: &mut String, items: &mut Vec<ProblemItem>) {
    for (field, kind) in errors.errors() {
        let length = pointer.len();
        // "__all__" is what schema-level checks report under: the object itself.
        if field != "__all__" {
            push_token(pointer, field.strip_prefix("r#").unwrap_or(field));
        }
        match kind {
            ValidationErrorsKind::Struct(nested) => collect(nested, pointer, items),
            ValidationErrorsKind::List(list) => {
                for (index, nested) in list {
                    let at_field = pointer.len();
                    push_token(pointer, &index.to_string());
                    collect(nested, pointer, items);
                    pointer.truncate(at_field);
                }
            }
            ValidationErrorsKind::Field(found) => {
                items.extend(
                    found.iter().map(|error| ProblemItem::at(pointer.clone(), code_of(error), words_for(error))),
                );
            }
        }
        pointer.truncate(length);
    }
}

/// The problem codes are kebab-case; validator's own and a DTO's may be written as Rust names.
fn code_of(error: &ValidationError) -> Cow<'static, str> {
    if error.code.contains('_') { error.code.replace('_', "-").into() } else { error.code.clone() }
}

/// The message a DTO gives, or one made from the bounds. `params["value"]` is what was sent and is never looked at.
fn words_for(error: &ValidationError) -> Cow<'static, str> {
    if let Some(message) = &error.message {
        return message.clone();
    }
    let bound = |name: &str| {
        error.params.get(name).map(|bound| match bound.as_f64() {
            // Range bounds come as floats; 10.0 reads better as 10.
            Some(number) if number.fract() == 0.0 => format!("{number:.0}"),
            _ => bound.to_string(),
        })
    };
    let (min, max, equal) = (bound("min"), bound("max"), bound("equal"));
    match (error.code.as_ref(), min, max, equal) {
        ("length", _, _, Some(equal)) => format!("must have a length of {equal}").into(),
        ("length", Some(min), Some(max), None) => format!("must have a length from {min} to {max}").into(),
        ("length", Some(min), None, None) => format!("must have a length of at least {min}").into(),
        ("length", None, Some(max), None) => format!("must have a length of at most {max}").into(),
        ("range", Some(min), Some(max), _) => format!("must be from {min} to {max}").into(),
        ("range", Some(min), None, _) => format!("must be at least {min}").into(),
        ("range", None, Some(max), _) => format!("must be at most {max}").into(),
        ("required", ..) => "is missing".into(),
        ("email", ..) => "must be an e-mail address".into(),
        ("url", ..) => "must be a URL".into(),
        _ => "does not have the form it needs".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_serde_lose_the_value() {
        for (said, code, message) in [
            (
                "invalid type: string \"Okafor\", expected u32 at line 1 column 9",
                "wrong-type",
                "must be a whole number, not negative",
            ),
            ("invalid type: string \", expected evil\", expected a boolean", "wrong-type", "must be true or false"),
            ("invalid type: integer `3`, expected struct SearchChildren", "wrong-type", "must be an object"),
            ("unknown variant `Okafor`, expected one of `F`, `M`", "unknown-code", "must be one of F, M"),
            ("unknown variant `Okafor`, expected `F`", "unknown-code", "must be F"),
            ("unknown field `Okafor`, expected one of `a`, `b`", "unknown-field", "is not a field of this object"),
            ("must be one of: red, blue at line 2 column 3", "wrong-form", "must be one of: red, blue"),
            ("UUID parsing failed: found `O` at 1", "wrong-form", "does not have the form it needs"),
            ("invalid value: integer `300`, expected u8", "wrong-form", "does not have the form it needs"),
            ("invalid length 7, expected an array of length 2", "length", "has the wrong length"),
        ] {
            let fault = SerdeFault::read(said);
            assert_eq!((fault.code, fault.message.as_ref()), (code, message), "{said}");
            assert!(!fault.message.contains("Okafor") && !fault.message.contains("evil"));
        }
        assert_eq!(SerdeFault::read("missing field `family`").field.as_deref(), Some("family"));
    }

    #[test]
    fn pointers_escape_their_tokens() {
        let mut pointer = String::new();
        push_token(&mut pointer, "a/b~c");
        assert_eq!(pointer, "/a~1b~0c");
    }

    #[test]
    fn validation_never_repeats_the_value() {
        let mut error = ValidationError::new("length");
        error.add_param("max".into(), &5);
        error.add_param("value".into(), &"Okafor");
        let mut errors = ValidationErrors::new();
        errors.add("family_name", error);
        errors.add("r#type", ValidationError::new("one_of"));
        errors.add("__all__", ValidationError::new("dates").with_message("must not end before it starts".into()));
        let items = validation_items(&errors);
        assert_eq!(
            items,
            [
                ProblemItem::at("", "dates", "must not end before it starts"),
                ProblemItem::at("/family_name", "length", "must have a length of at most 5"),
                ProblemItem::at("/type", "one-of", "does not have the form it needs"),
            ]
        );
    }
}
