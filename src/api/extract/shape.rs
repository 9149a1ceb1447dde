//! The first look at a body: is it JSON at all, does an object repeat a key, does a text hold control characters?
//!
//! Repeated keys are read differently by different programs, so that what was checked need not be what is stored;
//! control characters forge log lines, and a database may refuse them. No field of this service needs either.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::faults::push_token;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};

/// Reads a body, refusing one that is not well-formed JSON, repeats a key or holds control characters.
pub(super) fn read(body: &[u8]) -> Result<Value, Problem> {
    let mut found = Found::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    let outcome = Look { at: &mut found }.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    let malformed = Problem::new(ProblemCode::MalformedJson);
    match (found.fault, outcome) {
        (Some(Fault::RepeatedKey(pointer)), _) => {
            Err(malformed.item(ProblemItem::at(pointer, "duplicate-key", "stands more than once in its object")))
        }
        (Some(Fault::ControlCharacter(pointer)), _) => Err(Problem::new(ProblemCode::InvalidBody)
            .item(ProblemItem::at(pointer, "control-character", "must not contain control characters"))),
        (None, Err(_)) if body.is_empty() => Err(malformed.detail("The body is empty.")),
        // The place only: the parser's own words may quote what was sent.
        (None, Err(error)) => Err(malformed.detail(format!("At line {}, column {}.", error.line(), error.column()))),
        (None, Ok(value)) => Ok(value),
    }
}

enum Fault {
    RepeatedKey(String),
    ControlCharacter(String),
}

#[derive(Default)]
struct Found {
    pointer: String,
    fault: Option<Fault>,
}

impl Found {
    fn text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        if text.chars().any(char::is_control) {
            self.fault = Some(Fault::ControlCharacter(self.pointer.clone()));
            return Err(E::custom("control character"));
        }
        Ok(())
    }
}

struct Look<'a> {
    at: &'a mut Found,
}

impl Look<'_> {
    fn below<T>(&mut self, token: &str, look: impl FnOnce(Look<'_>) -> T) -> T {
        let length = self.at.pointer.len();
        push_token(&mut self.at.pointer, token);
        let result = look(Look { at: self.at });
        self.at.pointer.truncate(length);
        result
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.at.text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = self.below(&elements.len().to_string(), |look| sequence.next_element_seed(look))? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.contains_key(&key) {
                push_token(&mut self.at.pointer, &key);
                self.at.fault = Some(Fault::RepeatedKey(self.at.pointer.clone()));
                return Err(A::Error::custom("repeated key"));
            }
            self.at.text(&key)?;
            let value = self.below(&key, |look| map.next_value_seed(look))?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problems::ProblemBody;

    fn refused(body: &str) -> ProblemBody {
        read(body.as_bytes()).unwrap_err().body().clone()
    }

    #[test]
    fn ordinary_json_passes() {
        for body in ["{}", "[]", "null", "7", "\"é\"", r#"{"a":{"b":[1,2.5,{"a":true}]},"b":null}"#, " {\"a\" : 1}\n"]
        {
            let expected: Value = serde_json::from_str(body).unwrap();
            assert_eq!(read(body.as_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_json_is_malformed_and_not_quoted() {
        let deep = "[".repeat(5000);
        for body in
            ["", " ", "{", "{\"a\":}", "Okafor", "{\"a\":1}{", "[1,]", "1e999", "\"\\ud800\"", "\u{feff}{}", &deep]
        {
            let problem = refused(body);
            assert_eq!((problem.status, problem.code), (400, ProblemCode::MalformedJson), "{body}");
            assert!(!problem.detail.unwrap_or_default().contains("Okafor"));
        }
        assert_eq!(read(b"\"\xff\"").unwrap_err().code(), ProblemCode::MalformedJson);
    }

    #[test]
    fn a_repeated_key_is_refused_at_its_place() {
        for (body, pointer) in [
            (r#"{"a":1,"a":1}"#, "/a"),
            (r#"{"a":1,"\u0061":2}"#, "/a"),
            (r#"{"x":[0,{"a/b":1,"c~d":2,"a/b":3}]}"#, "/x/1/a~1b"),
        ] {
            let problem = refused(body);
            assert_eq!((problem.status, problem.errors[0].pointer.as_deref()), (400, Some(pointer)));
        }
    }

    #[test]
    fn control_characters_are_refused_at_their_place() {
        for (body, pointer) in [
            (r#"{"name":{"family":"a\u0000b"}}"#, "/name/family"),
            (r#"{"lines":["a","b\r\nc"]}"#, "/lines/1"),
            (r#"{"a":"\u001b[31m"}"#, "/a"),
            ("{\"a\":\"\u{9b}31m\"}", "/a"),
            (r#"{"a\u0007":1}"#, ""),
        ] {
            let problem = refused(body);
            assert_eq!((problem.status, problem.errors[0].pointer.as_deref()), (422, Some(pointer)), "{body}");
        }
    }
}
