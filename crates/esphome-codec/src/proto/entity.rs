//! Entities in the listing: one message for each kind.

/// Makes the structs from the numbers of the fields that all kinds have, which differ, and the fields that
/// only some have. What else a kind has is skipped.
macro_rules! entities {
    ($(
        $(#[$doc:meta])*
        $name:ident(
            icon = $icon:tt, disabled = $disabled:tt, category = $category:tt, device = $device:tt
        ) { $($(#[$attribute:meta])* $own:ident: $type:ty,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, ::prost::Message)]
        pub struct $name {
            /// Its object id; empty on recent firmware.
            #[prost(string, tag = "1")]
            pub object_id: String,
            /// Its key, unique together with the device id.
            #[prost(fixed32, tag = "2")]
            pub key: u32,
            /// Its name.
            #[prost(string, tag = "3")]
            pub name: String,
            /// Its icon, such as `mdi:lamp`.
            #[prost(string, tag = $icon)]
            pub icon: String,
            /// Whether it is meant to be hidden until somebody wants it.
            #[prost(bool, tag = $disabled)]
            pub disabled_by_default: bool,
            /// 0 none, 1 config, 2 diagnostic.
            #[prost(int32, tag = $category)]
            pub entity_category: i32,
            /// The sub-device.
            #[prost(uint32, tag = $device)]
            pub device_id: u32,
            $($(#[$attribute])* pub $own: $type,)*
        }
    )*};
}

entities! {
    /// A binary sensor (id 12).
    ListEntitiesBinarySensorResponse(icon = "8", disabled = "7", category = "9", device = "10") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "5")]
        device_class: String,
    }

    /// A cover: a blind, a gate (id 13).
    ListEntitiesCoverResponse(icon = "10", disabled = "9", category = "11", device = "13") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "8")]
        device_class: String,
    }

    /// A fan (id 14).
    ListEntitiesFanResponse(icon = "10", disabled = "9", category = "11", device = "13") {}

    /// A light (id 15).
    ListEntitiesLightResponse(icon = "14", disabled = "13", category = "15", device = "16") {}

    /// A sensor (id 16).
    ListEntitiesSensorResponse(icon = "5", disabled = "12", category = "13", device = "14") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "9")]
        device_class: String,
        /// Its unit.
        #[prost(string, tag = "6")]
        unit_of_measurement: String,
    }

    /// A switch (id 17).
    ListEntitiesSwitchResponse(icon = "5", disabled = "7", category = "8", device = "10") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "9")]
        device_class: String,
        /// Whether its state is only assumed.
        #[prost(bool, tag = "6")]
        assumed_state: bool,
    }

    /// A text sensor (id 18).
    ListEntitiesTextSensorResponse(icon = "5", disabled = "6", category = "7", device = "9") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "8")]
        device_class: String,
    }

    /// A camera (id 43).
    ListEntitiesCameraResponse(icon = "6", disabled = "5", category = "7", device = "8") {}

    /// A climate device: a thermostat (id 46).
    ListEntitiesClimateResponse(icon = "19", disabled = "18", category = "20", device = "26") {}

    /// A number that can be set (id 49).
    ListEntitiesNumberResponse(icon = "5", disabled = "9", category = "10", device = "14") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "13")]
        device_class: String,
        /// Its unit.
        #[prost(string, tag = "11")]
        unit_of_measurement: String,
    }

    /// A select (id 52).
    ListEntitiesSelectResponse(icon = "5", disabled = "7", category = "8", device = "9") {
        /// What can be selected.
        #[prost(string, repeated, tag = "6")]
        options: Vec<String>,
    }

    /// A siren (id 55).
    ListEntitiesSirenResponse(icon = "5", disabled = "6", category = "10", device = "11") {}

    /// A lock (id 58).
    ListEntitiesLockResponse(icon = "5", disabled = "6", category = "7", device = "12") {}

    /// A button (id 61).
    ListEntitiesButtonResponse(icon = "5", disabled = "6", category = "7", device = "9") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "8")]
        device_class: String,
    }

    /// A media player (id 63).
    ListEntitiesMediaPlayerResponse(icon = "5", disabled = "6", category = "7", device = "10") {}

    /// An alarm control panel (id 94).
    ListEntitiesAlarmControlPanelResponse(icon = "5", disabled = "6", category = "7", device = "11") {}

    /// A text that can be set (id 97).
    ListEntitiesTextResponse(icon = "5", disabled = "6", category = "7", device = "12") {}

    /// A date that can be set (id 100).
    ListEntitiesDateResponse(icon = "5", disabled = "6", category = "7", device = "8") {}

    /// A time of day that can be set (id 103).
    ListEntitiesTimeResponse(icon = "5", disabled = "6", category = "7", device = "8") {}

    /// An event: a button of a remote control that was pressed (id 107).
    ListEntitiesEventResponse(icon = "5", disabled = "6", category = "7", device = "10") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "8")]
        device_class: String,
    }

    /// A valve (id 109).
    ListEntitiesValveResponse(icon = "5", disabled = "6", category = "7", device = "12") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "8")]
        device_class: String,
    }

    /// A date and time that can be set (id 112).
    ListEntitiesDateTimeResponse(icon = "5", disabled = "6", category = "7", device = "8") {}

    /// An update of the firmware (id 116).
    ListEntitiesUpdateResponse(icon = "5", disabled = "6", category = "7", device = "9") {
        /// What it is in the world, such as `temperature`.
        #[prost(string, tag = "8")]
        device_class: String,
    }

    /// A water heater (id 132).
    ListEntitiesWaterHeaterResponse(icon = "4", disabled = "5", category = "6", device = "7") {}

    /// An infrared transmitter or receiver (id 135).
    ListEntitiesInfraredResponse(icon = "4", disabled = "5", category = "6", device = "7") {
        /// 1 transmit, 2 receive.
        #[prost(uint32, tag = "8")]
        capabilities: u32,
        /// Hz.
        #[prost(uint32, tag = "9")]
        receiver_frequency: u32,
    }

    /// A radio transmitter or receiver (id 148).
    ListEntitiesRadioFrequencyResponse(icon = "4", disabled = "5", category = "6", device = "7") {
        /// 1 transmit, 2 receive.
        #[prost(uint32, tag = "8")]
        capabilities: u32,
    }
}
