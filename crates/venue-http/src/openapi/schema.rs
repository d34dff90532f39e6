//! The schemas of what travels.

use std::borrow::Cow;

use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        path::{Parameter, ParameterIn},
        schema::{AnyOf, Object, ObjectBuilder, Type},
    },
};

use crate::endpoint::{AnyQuery, Item, MergePatch};

/// Schemas by their names.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// Adds the schema of a type, and all that it refers to; gives a reference to it.
pub(crate) type SchemaOf = fn(&mut Schemas) -> RefOr<Schema>;

/// Adds the schema of `T`, and all that it refers to; gives a reference to it.
pub(crate) fn schema_of<T: ToSchema>(all: &mut Schemas) -> RefOr<Schema> {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
    Ref::from_schema_name(T::name()).into()
}

/// Nothing is read of it.
impl IntoParams for AnyQuery {
    fn into_params(_place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Vec::new()
    }
}

/// An item travels as what it is.
impl<T: ToSchema> PartialSchema for Item<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: ToSchema> ToSchema for Item<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(all: &mut Schemas) {
        T::schemas(all);
    }
}

/// Each field may be there, and null takes it away.
impl<T: ToSchema> PartialSchema for MergePatch<T> {
    fn schema() -> RefOr<Schema> {
        patch_of(&T::name(), T::schema())
    }
}

impl<T: ToSchema> ToSchema for MergePatch<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Patch", T::name()).into()
    }

    fn schemas(all: &mut Schemas) {
        let mut own = Schemas::new();
        T::schemas(&mut own);
        if let RefOr::T(Schema::AnyOf(any)) = T::schema() {
            let one_of = |name: &String| any.items.contains(&Ref::from_schema_name(name).into());
            for (name, schema) in own.iter().filter(|(name, _)| one_of(name)) {
                all.push((format!("{name}Patch"), patch_of(name, schema.clone())));
            }
        }
        all.extend(own);
    }
}

/// The merge patch of what is called `name`: of an object, its fields; of one of several, one of their patches.
fn patch_of(name: &str, schema: RefOr<Schema>) -> RefOr<Schema> {
    let about = format!(
        "A JSON merge patch (RFC 7396) of {name}: what it names is changed, and what it names as null is removed."
    );
    match schema {
        RefOr::T(Schema::Object(mut patch)) => {
            patch.description = Some(about);
            patch.required = Vec::new();
            patch.properties =
                patch.properties.into_iter().map(|(name, field)| (name, nullable(field))).collect();
            RefOr::T(Schema::Object(patch))
        }
        RefOr::T(Schema::AnyOf(mut any)) => {
            any.description = Some(about);
            for one in &mut any.items {
                if let RefOr::Ref(to) = one {
                    to.ref_location.push_str("Patch");
                }
            }
            RefOr::T(Schema::AnyOf(any))
        }
        RefOr::Ref(_) | RefOr::T(_) => {
            let any = ObjectBuilder::new().schema_type(Type::Object);
            any.description(Some(about)).into()
        }
    }
}

fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    let null: Object = ObjectBuilder::new().schema_type(Type::Null).into();
    let mut either = AnyOf::new();
    either.items.extend([schema, RefOr::T(Schema::Object(null))]);
    RefOr::T(Schema::AnyOf(either))
}
