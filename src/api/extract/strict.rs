//! JSON read as its schema is written: an object only from an object, a number that is whole as an integer.
//!
//! serde's derived structs also accept an array of their fields in order, and its integers refuse `1.0`. A schema says
//! the opposite on both, and the schema is what we publish.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Number, Value};

/// A JSON value to read from.
#[derive(Clone, Copy)]
pub(super) struct Strict<'a>(pub(super) &'a Value);

impl<'a> Strict<'a> {
    fn members(object: &'a Map<String, Value>) -> impl Iterator<Item = (&'a str, Self)> {
        object.iter().map(|(name, value)| (name.as_str(), Self(value)))
    }

    fn refuse<'de, V: Visitor<'de>>(self, visitor: &V) -> Error {
        let found = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("number"),
            Value::String(_) => Unexpected::Other("string"),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, visitor)
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Error> {
    let whole = number.as_f64().filter(|value| number.is_f64() && value.fract() == 0.0);
    match whole.and_then(|value| format!("{value:.0}").parse::<i64>().ok()) {
        Some(whole) if whole >= 0 => visitor.visit_u64(whole.unsigned_abs()),
        Some(whole) => visitor.visit_i64(whole),
        None => number.deserialize_any(visitor),
    }
}

impl<'de> Deserializer<'de> for Strict<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => visitor.visit_str(text),
            Value::Array(elements) => visitor.visit_seq(SeqDeserializer::new(elements.iter().map(Strict))),
            Value::Object(object) => visitor.visit_map(MapDeserializer::new(Strict::members(object))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_object() { self.deserialize_any(visitor) } else { Err(self.refuse(&visitor)) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(variant) => visitor.visit_enum(variant.as_str().into_deserializer()),
            Value::Object(object) if object.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(Strict::members(object))))
            }
            _ => Err(self.refuse(&visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Strict<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Child {
        family: String,
        age: Option<u32>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Ground {
        Consent,
        SignificantHarm { since: chrono::NaiveDate },
        Other(u8),
    }

    fn take<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, String> {
        T::deserialize(Strict(&value)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_array_is_no_object() {
        assert!(serde_json::from_value::<Child>(json!(["Okafor", 3])).is_ok(), "the reason for this module");
        for not_an_object in [json!(["Okafor", 3]), json!([]), json!("x"), json!(null), json!(1)] {
            assert!(take::<Child>(not_an_object).unwrap_err().starts_with("invalid type: "));
        }
        assert_eq!(take::<Child>(json!({"family": "a"})), Ok(Child { family: "a".to_owned(), age: None }));
        assert!(take::<Vec<Child>>(json!([{"family": "a"}, ["b", 1]])).is_err());
        assert!(take::<Child>(json!({"family": "a", "x": 1})).unwrap_err().contains("unknown field"));
    }

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        assert_eq!(take::<u32>(json!(3.0)), Ok(3));
        assert_eq!(take::<i8>(json!(-3.0)), Ok(-3));
        assert_eq!(take::<u8>(json!(-0.0)), Ok(0));
        assert_eq!(take::<f64>(json!(3.0)), Ok(3.0));
        for bad in [json!(3.5), json!(-1.0), json!(1e300), json!(4_294_967_296.0), json!("3"), json!(true)] {
            assert!(take::<u32>(bad).is_err());
        }
    }

    #[test]
    fn enums_and_maps_and_options_are_read_as_ever() {
        assert_eq!(take::<Ground>(json!("consent")), Ok(Ground::Consent));
        let since = chrono::NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        let harm = json!({"significant-harm": {"since": "2026-01-02"}});
        assert_eq!(take::<Ground>(harm), Ok(Ground::SignificantHarm { since }));
        assert_eq!(take::<Ground>(json!({"other": 1.0})), Ok(Ground::Other(1)));
        for bad in [json!({"consent": null, "other": 1}), json!({}), json!(7), json!("harm")] {
            assert!(take::<Ground>(bad).is_err());
        }
        assert_eq!(
            take::<BTreeMap<String, Option<u8>>>(json!({"a": null})),
            Ok(BTreeMap::from([("a".to_owned(), None)]))
        );
        assert_eq!(take::<(u8, String)>(json!([1, "a"])), Ok((1, "a".to_owned())));
    }
}
