use esphome_pool::codec::{EntityCategory, EntityDescription, SupportsResponse};
use venue_domain::testing::action;

use super::*;

fn listing() -> Listing {
    let argument =
        |name: &str, kind, optional| ArgDescription { name: name.to_owned(), kind, optional };
    let entity = |key, name: &str, kind| EntityDescription {
        kind,
        object_id: String::new(),
        key,
        name: name.to_owned(),
        device_id: 0,
        device_class: String::new(),
        unit_of_measurement: String::new(),
        icon: String::new(),
        category: EntityCategory::Main,
        disabled_by_default: false,
    };
    let switch = EntityKind::Switch;
    Listing {
        actions: vec![ActionDescription {
            name: "ir".to_owned(),
            key: 1,
            args: vec![
                argument("output", ArgKind::Int, false),
                argument("what", ArgKind::Text, false),
                argument("fast", ArgKind::Bool, true),
            ],
            supports_response: SupportsResponse::None,
        }],
        entities: vec![
            entity(2, "Power", EntityKind::Button),
            entity(3, "Twice", EntityKind::Button),
            entity(4, "Twice", EntityKind::Button),
            entity(5, "Screen", switch),
        ],
        ..Listing::default()
    }
}

fn call(arguments: &[(&str, &str)]) -> Mapped {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Mapped::Action { name: "ir".to_owned(), arguments: arguments.iter().map(owned).collect() }
}

fn button(name: &str) -> Mapped {
    Mapped::Button { name: name.to_owned() }
}

/// What becomes of `text` on port 3 with one entry in its mapping.
fn mapped(text: &str, entry: (&str, Mapped)) -> Result<Vec<String>, Refused> {
    let mapping = Mapping([(entry.0.to_owned(), entry.1)].into());
    let (listing, port) = (listing(), PortIndex::try_from(3).unwrap());
    let steps = steps(&action(text), port, &mapping, &listing)?;
    let shown = |step: &Step<'_>| match step {
        Step::Action(description, values) => format!("{} {values:?}", description.name),
        Step::Entity(command, _) => format!("{command:?}"),
    };
    Ok(steps.iter().map(shown).collect())
}

fn cause(text: &str, entry: (&str, Mapped)) -> CannotDrive {
    let steps = mapped(text, entry);
    let Err(Refused::CannotDrive { cause }) = &steps else { panic!("{steps:?}") };
    cause.clone()
}

#[test]
fn placeholders_stand_for_the_port_and_the_parameter() {
    let arguments = [("output", "{port}"), ("what", "CH_{channel}")];
    let steps = mapped("channel 060", ("channel", call(&arguments))).unwrap();
    assert_eq!(steps, ["ir [Int(3), Text(\"CH_060\"), Bool(false)]"]);
    let arguments = [("output", "9"), ("what", "{input}"), ("fast", "true")];
    let steps = mapped("input hdmi1", ("input", call(&arguments))).unwrap();
    assert_eq!(steps, ["ir [Int(9), Text(\"hdmi1\"), Bool(true)]"]);
}

#[test]
fn a_parameter_that_nothing_takes_is_refused_unless_the_entry_is_for_it_alone() {
    let arguments = [("output", "1"), ("what", "HDMI")];
    let action = "input".to_owned();
    assert_eq!(
        cause("input hdmi1", ("input", call(&arguments))),
        CannotDrive::ParameterLost { action }
    );
    assert!(mapped("input hdmi1", ("input_hdmi1", call(&arguments))).is_ok());
    let action = "number".to_owned();
    assert_eq!(
        cause("number 5", ("number", button("Power"))),
        CannotDrive::ParameterLost { action }
    );
    assert!(mapped("number 5", ("digit_5", button("Power"))).is_ok());
}

#[test]
fn what_a_type_would_lose_is_refused() {
    let arguments = [("output", "{channel}"), ("what", "x")];
    let wrong = CannotDrive::WrongValue {
        service: "ir".to_owned(),
        argument: "output".to_owned(),
        wanted: "int",
        value: Some("060".to_owned()),
    };
    assert_eq!(cause("channel 060", ("channel", call(&arguments))), wrong);
    assert!(mapped("channel 60", ("channel", call(&arguments))).is_ok());
    assert_eq!(value(ArgKind::Float, "060"), None);
    assert_eq!(value(ArgKind::Float, "0.5"), Some(ArgValue::Float(0.5)));
    assert_eq!(value(ArgKind::Float, "inf"), None);
    assert_eq!(value(ArgKind::Bool, "yes"), None);
}

#[test]
fn arguments_must_be_those_of_the_board() {
    let missing = CannotDrive::WrongValue {
        service: "ir".to_owned(),
        argument: "what".to_owned(),
        wanted: "string",
        value: None,
    };
    assert_eq!(cause("power", ("power", call(&[("output", "1")]))), missing);
    let arguments = [("output", "1"), ("what", "x"), ("key", "y")];
    let unknown = CannotDrive::NoArgument { service: "ir".to_owned(), argument: "key".to_owned() };
    assert_eq!(cause("power", ("power", call(&arguments))), unknown);
    let gone = Mapped::Action { name: "gone".to_owned(), arguments: Default::default() };
    let service = "gone".to_owned();
    assert_eq!(mapped("power", ("power", gone)), Err(Refused::NotAdvertised { service }));
}

#[test]
fn entities_are_found_by_name_and_kind() {
    let pressed = mapped("power", ("power", button("Power"))).unwrap();
    assert_eq!(pressed, ["PressButton(EntityId { device_id: 0, key: 2 })"]);
    let screen = Mapped::Switch { name: "Screen".to_owned(), on: false };
    let turned = mapped("power_off", ("power_off", screen)).unwrap();
    assert_eq!(turned, ["SetSwitch(EntityId { device_id: 0, key: 5 }, false)"]);
    for name in ["Screen", "Twice", "Absent"] {
        let missing = CannotDrive::NoEntity { kind: "button", name: name.to_owned() };
        assert_eq!(cause("power", ("power", button(name))), missing);
    }
}

#[test]
fn a_channel_is_typed_only_if_all_of_its_digits_are_mapped() {
    let typed = mapped("channel 55", ("digit_5", button("Power"))).unwrap();
    assert_eq!(typed.len(), 2);
    let action = "channel".to_owned();
    assert_eq!(
        cause("channel 56", ("digit_5", button("Power"))),
        CannotDrive::NotMapped { action }
    );
}
