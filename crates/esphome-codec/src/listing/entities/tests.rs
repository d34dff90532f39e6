use prost::encoding::{bool, fixed32, int32, string, uint32};

use super::*;

/// Message ids and kinds, with the fields of icon, disabled by default, category, device class, unit (0
/// where there is none) and sub-device (api.proto of ESPHome 2026.10).
const KINDS: [(u16, &str, [u32; 6]); 26] = [
    (12, "binary_sensor", [8, 7, 9, 5, 0, 10]),
    (13, "cover", [10, 9, 11, 8, 0, 13]),
    (14, "fan", [10, 9, 11, 0, 0, 13]),
    (15, "light", [14, 13, 15, 0, 0, 16]),
    (16, "sensor", [5, 12, 13, 9, 6, 14]),
    (17, "switch", [5, 7, 8, 9, 0, 10]),
    (18, "text_sensor", [5, 6, 7, 8, 0, 9]),
    (43, "camera", [6, 5, 7, 0, 0, 8]),
    (46, "climate", [19, 18, 20, 0, 0, 26]),
    (49, "number", [5, 9, 10, 13, 11, 14]),
    (52, "select", [5, 7, 8, 0, 0, 9]),
    (55, "siren", [5, 6, 10, 0, 0, 11]),
    (58, "lock", [5, 6, 7, 0, 0, 12]),
    (61, "button", [5, 6, 7, 8, 0, 9]),
    (63, "media_player", [5, 6, 7, 0, 0, 10]),
    (94, "alarm_control_panel", [5, 6, 7, 0, 0, 11]),
    (97, "text", [5, 6, 7, 0, 0, 12]),
    (100, "date", [5, 6, 7, 0, 0, 8]),
    (103, "time", [5, 6, 7, 0, 0, 8]),
    (107, "event", [5, 6, 7, 8, 0, 10]),
    (109, "valve", [5, 6, 7, 8, 0, 12]),
    (112, "datetime", [5, 6, 7, 0, 0, 8]),
    (116, "update", [5, 6, 7, 8, 0, 9]),
    (132, "water_heater", [4, 5, 6, 0, 0, 7]),
    (135, "infrared", [4, 5, 6, 0, 0, 7]),
    (148, "radio_frequency", [4, 5, 6, 0, 0, 7]),
];

#[test]
fn every_kind_is_listed_with_its_common_fields() {
    for (id, kind, [icon, disabled, category, class, unit, device]) in KINDS {
        let mut payload = Vec::new();
        let mut text = |field, text: &str| string::encode(field, &text.to_owned(), &mut payload);
        text(1, "an_object");
        text(3, "A \u{7}name");
        text(icon, "mdi:lamp");
        for (field, value) in [(class, "power"), (unit, "W")] {
            if field != 0 {
                text(field, value);
            }
        }
        fixed32::encode(2, &0x1234_5678, &mut payload);
        bool::encode(disabled, &true, &mut payload);
        int32::encode(category, &2, &mut payload);
        uint32::encode(device, &7, &mut payload);
        // A field that nobody knows.
        string::encode(99, &"x".to_owned(), &mut payload);

        let message = Message::decode(id, &payload).unwrap();
        let entity = EntityDescription::of(&message).unwrap();
        assert_eq!(entity.kind.name(), kind);
        let expected = EntityDescription {
            kind: entity.kind.clone(),
            object_id: "an_object".into(),
            key: 0x1234_5678,
            name: "A name".into(),
            device_id: 7,
            device_class: if class == 0 { "" } else { "power" }.into(),
            unit_of_measurement: if unit == 0 { "" } else { "W" }.into(),
            icon: "mdi:lamp".into(),
            category: EntityCategory::Diagnostic,
            disabled_by_default: true,
        };
        assert_eq!(entity, expected);
        assert_eq!(message.entity(), Some(entity.id()));
    }
}

#[test]
fn what_only_some_kinds_have_is_kept() {
    let of = |id, payload: &[u8]| EntityDescription::of(&Message::decode(id, payload).unwrap());
    let select = of(52, b"\x32\x01a\x32\x01b").unwrap();
    assert_eq!(select.kind, EntityKind::Select { options: vec!["a".into(), "b".into()] });
    let eye = EntityKind::Infrared { capabilities: 3, receiver_frequency: 38_000 };
    assert_eq!(of(135, b"\x40\x03\x48\xf0\xa8\x02").unwrap().kind, eye);
    assert_eq!(of(148, b"\x40\x01").unwrap().kind, EntityKind::RadioFrequency { capabilities: 1 });
    assert_eq!(of(13, b"").unwrap().category, EntityCategory::Main);
    assert_eq!(of(13, b"\x58\x09").unwrap().category, EntityCategory::Unrecognised(9));
    assert_eq!(of(19, b""), None);
}
