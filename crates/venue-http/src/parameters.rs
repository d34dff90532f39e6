//! Parameters of paths and queries, read with serde: names with texts, as the fields of a struct.

use std::borrow::Cow;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, MapAccess, Visitor,
        value::{CowStrDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use snafu::Snafu;

/// A parameter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{reason}"))]
pub(crate) struct ParameterError {
    /// Which; empty where that is not known.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

impl serde::de::Error for ParameterError {
    fn custom<T: std::fmt::Display>(reason: T) -> Self {
        Self { name: String::new(), reason: reason.to_string() }
    }
}

/// What a path or a query is read as.
pub(crate) trait Parameters: DeserializeOwned + 'static {
    /// The names that are read; `None` where anything is taken.
    fn names() -> Option<&'static [&'static str]> {
        Some(names_of::<Self>())
    }
}

impl Parameters for () {}

/// A query of which nothing is read and nothing refused: of what is opened from a link, or asked by a probe.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct AnyQuery {}

impl Parameters for AnyQuery {
    fn names() -> Option<&'static [&'static str]> {
        None
    }
}

/// What a path says for each name of its template, as it was meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathValues(Vec<(&'static str, String)>);

impl PathValues {
    /// What `pairs` say, each a name with its value.
    pub(crate) fn new(pairs: impl Iterator<Item = (&'static str, String)>) -> Self {
        Self(pairs.collect())
    }

    /// What it says for `name`; nothing where its template has no such name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Every name with its value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.0.iter().map(|(name, value)| (Cow::from(*name), Cow::from(value)))
    }
}

/// Reads names with their values. A name may come several times where its field is a list.
pub(crate) fn read<'a, T: DeserializeOwned>(
    pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
) -> Result<T, ParameterError> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (name, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    T::deserialize(Pairs { rest: groups.into_iter(), next: None })
}

/// The names of the fields of a struct, as serde knows them; of anything else, none.
pub(crate) fn names_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Ends in an error by design: it has no values.
    drop(T::deserialize(FieldNames(&mut names)));
    names
}

type Group<'a> = (Cow<'a, str>, Vec<Cow<'a, str>>);

/// All names with their values, as a map.
struct Pairs<'a> {
    rest: std::vec::IntoIter<Group<'a>>,
    next: Option<Group<'a>>,
}

impl<'de> Deserializer<'de> for Pairs<'_> {
    type Error = ParameterError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = ParameterError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        self.next = self.rest.next();
        let Some((name, _)) = &self.next else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Self::Error> {
        let (name, values) = self.next.take().ok_or_else(|| ParameterError::custom("no value"))?;
        seed.deserialize(Values(values)).map_err(|ParameterError { reason, .. }| {
            // A type says what it is: "is 1 to 100".
            let is = reason.starts_with("is ");
            let reason = if is { format!("{name} {reason}") } else { reason };
            ParameterError { name: name.into_owned(), reason }
        })
    }
}

/// The values of one name: a text, or a list of them.
struct Values<'a>(Vec<Cow<'a, str>>);

impl<'de> Deserializer<'de> for Values<'_> {
    type Error = ParameterError;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Self::Error> {
        match (self.0.pop(), self.0.is_empty()) {
            (Some(only), true) => visitor.visit_str(&only),
            _ => Err(ParameterError::custom("it is given twice: give it once")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let texts = self.0.into_iter().map(CowStrDeserializer::new);
        visitor.visit_seq(SeqDeserializer::new(texts))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Takes down the names that a struct asks for.
struct FieldNames<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = ParameterError;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(ParameterError::custom("only the names are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Example {
        name: String,
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(default)]
        selector: Vec<String>,
    }

    fn example(pairs: &[(&'static str, &'static str)]) -> Result<Example, ParameterError> {
        read(pairs.iter().map(|(name, value)| (Cow::from(*name), Cow::from(*value))))
    }

    #[test]
    fn fields_are_read_by_name_and_lists_from_all_that_have_it() {
        let read = example(&[("selector", "a"), ("name", "n"), ("selector", "b")]).unwrap();
        let selector = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(read, Example { name: "n".to_owned(), kind: None, selector });
        let read = example(&[("name", ""), ("type", "x")]).unwrap();
        assert_eq!(read.kind.as_deref(), Some("x"));
    }

    #[test]
    fn what_is_wrong_names_its_parameter() {
        let twice = example(&[("name", "n"), ("type", "x"), ("type", "x")]).unwrap_err();
        assert_eq!(twice.name, "type");
        assert!(twice.reason.contains("twice"), "{twice}");
        assert!(example(&[]).unwrap_err().reason.contains("`name`"));
    }

    #[test]
    fn a_struct_tells_its_names_and_nothing_else_has_any() {
        assert_eq!(names_of::<Example>(), ["name", "type", "selector"]);
        assert_eq!(names_of::<()>(), [""; 0]);
        assert_eq!(names_of::<Vec<String>>(), [""; 0]);
    }
}
