"""Writes the ESPHome configurations of the test firmware into the folder given.

blaster        actions with replies, Noise when a key is set at start
classic        actions without replies, `box`, channels like `2-501`, the connection limits of an ESP8266
legacy         API 1.10: the login message is wanted before anything else, plaintext
infrared       nothing but infrared entities: five outputs and an eye; Noise when a key is set at start
infrared-edge  the same with API 1.19, where the end of a transmission is reported; plaintext
actions        the actions of boards/blaster.yaml, beside the entities; Noise when a key is set at start
foreign        somebody else's board: actions of other names, one without arguments, buttons, a switch; plaintext
"""

import pathlib
import sys

NODE = """\
esphome:
  name: venue-blaster
  friendly_name: Venue Blaster
  includes: [host_env.h]
{flags}  project:
    name: {project}
    version: "1.4.0"
  on_boot:
    - priority: 1000
      then:
        - lambda: |-
            static std::string name = venue::env("VENUE_NAME", "venue-blaster");
            static std::string friendly = "Venue Blaster " + name;
            {rename}
            id(api_server).set_port(venue::env_int("VENUE_PORT", 6053));
            id(api_server).set_reboot_timeout(0);
            {boot}

host:
  mac_address: "02:5e:4d:00:00:01"

logger:
  level: DEBUG

api:
  id: api_server
  reboot_timeout: 0s
{api}"""

STATES = """
text_sensor:
  - platform: template
    id: ir_caps
    name: IR Capabilities Payload
    update_interval: never

sensor:
  - platform: template
    id: command_count
    name: Command Count
    accuracy_decimals: 0
    update_interval: never
"""

OUTPUTS = range(1, 6)

# The entities and actions are those of boards/parts; only what is hardware there is another thing here.
# `dump: all`: the firmware's own decoders say in the log what they see.
INFRARED = """
external_components:
  - source: {{type: local, path: components}}
    components: [venue_ir]

venue_ir:
  eye: {{id: eye, dump: all}}
  outputs:
{outputs}
output:
  - platform: template
    id: status_led
    type: binary
    write_action:
      - lambda: |-
          ESP_LOGI("led", "%s", state ? "lit" : "dark");

light:
  - platform: binary
    id: status_light
    internal: true
    output: status_led

packages:
  diagnostic: !include parts/diagnostic.yaml
  eye: !include parts/eye-entity.yaml
{entities}"""

# As in boards/blaster.yaml, with another pause between digits: what it is can be seen in the log.
ACTIONS = """\
  actions: !include parts/actions.yaml

substitutions:
  parts: parts
  digit_gap: 20ms
  tv_1: samsung
  tv_2: lg
  tv_3: sony
  tv_4: panasonic
  tv_5: none
"""

# Nothing of this was made for us: a mapping says what it is good for.
FOREIGN = """\
  actions:
    - action: tune_to
      variables:
        output: int
        station: string
      then:
        - lambda: |-
            ESP_LOGI("foreign", "#%u tune_to output=%d station=%s", ++venue::counter(), (int) output, station.c_str());
    - action: hush
      then:
        - lambda: |-
            ESP_LOGI("foreign", "#%u hush", ++venue::counter());
    - action: select_source
      variables:
        source: string
        loud: bool
      then:
        - lambda: |-
            ESP_LOGI("foreign", "#%u select_source source=%s loud=%d", ++venue::counter(), source.c_str(), loud);
        - api.respond:
            success: !lambda 'return source != "vga";'
            error_message: !lambda 'return source != "vga" ? std::string() : std::string("no such source");'

button:
{buttons}
switch:
  - platform: template
    name: Projector
    optimistic: true
    restore_mode: DISABLED
    turn_on_action:
      - lambda: |-
          ESP_LOGI("foreign", "#%u projector on", ++venue::counter());
    turn_off_action:
      - lambda: |-
          ESP_LOGI("foreign", "#%u projector off", ++venue::counter());
"""

BUTTON = """\
  - platform: template
    name: {name}
    on_press:
      - lambda: |-
          ESP_LOGI("foreign", "#%u pressed {name}", ++venue::counter());
"""

CAPABILITIES = '{\\"project\\":\\"smartvenue.ir_blaster\\",\\"schema\\":1,\\"ports\\":[]}'

KEYS = ["power", "power_on", "power_off", "mute", "volume_up", "volume_down", "channel_up", "channel_down"]
FORMATS = {"int": ("%d", "(int) {}"), "string": ("%s", "{}.c_str()")}


def action(name, variables, replies):
    """One action: logs what it was given, blocks as long as real infrared would, replies."""
    text = f"    - {'action' if replies else 'service'}: {name}\n"
    if variables:
        text += "      variables:\n"
        text += "".join(f"        {variable}: {kind}\n" for variable, kind in variables)
    form = "".join(f" {variable}={FORMATS[kind][0]}" for variable, kind in variables)
    values = "".join(", " + FORMATS[kind][1].format(variable) for variable, kind in variables)
    text += "      then:\n        - lambda: |-\n"
    text += f'            ESP_LOGI("blaster", "command #%u {name}{form}", ++venue::counter(){values});\n'
    if name == "report_capabilities":
        text += f'            id(ir_caps).publish_state("{CAPABILITIES}");\n'
    text += "            venue::block_like_infrared();\n"
    text += "            id(command_count).publish_state(venue::counter());\n"
    if replies:
        port = "port >= 0 && port <= 5" if ("port", "int") in variables else "true"
        text += "        - api.respond:\n"
        text += f"            success: !lambda 'return {port};'\n"
        text += "            error_message: !lambda |-\n"
        text += f'              return {port} ? std::string() : std::string("port out of range");\n'
    return text


def configuration(*, replies=False, port="port", powers=True, rename, boot="", api=""):
    text = NODE.format(flags="", project="smartvenue.ir_blaster", rename=rename, boot=boot, api=api)
    text += f"  {'actions' if replies else 'services'}:\n"
    carried = [(port, "int")]
    for key in KEYS:
        if powers or key not in ("power_on", "power_off"):
            text += action(f"tv_{key}", carried, replies)
    text += action("tv_number", carried + [("digit", "int")], replies)
    # The oldest boards take the port in front of the channel.
    channel = [("channel", "string")]
    text += action("tv_channel", channel if port == "box" else carried + channel, replies)
    code = "digit" if port == "box" else "code"
    text += action("diagnostic_signal", carried + [(code, "int")], replies)
    return text + action("report_capabilities", [], replies) + STATES


def infrared(*, rename, boot="", api="", flags="", project="venue.infrared", actions=""):
    outputs = "".join(f"    - {{id: output_{port}, port: {port}}}\n" for port in OUTPUTS)
    entities = "".join(
        f"  port_{port}: !include {{file: parts/entity.yaml, vars: {{port: {port}}}}}\n"
        for port in OUTPUTS
    )
    text = NODE.format(flags=flags, project=project, rename=rename, boot=boot, api=api)
    return text + INFRARED.format(outputs=outputs, entities=entities) + actions


def foreign(*, rename):
    text = NODE.format(flags="", project="somebody.else", rename=rename, boot="", api="")
    names = ["TV Power", *(f"Key {digit}" for digit in range(10))]
    return text + FOREIGN.format(buttons="".join(BUTTON.format(name=name) for name in names))


RENAME = "App.pre_setup(name.c_str(), name.size(), friendly.c_str(), friendly.size());"
RENAME_2024 = 'App.pre_setup(name, friendly, "", "", "2024-12-31", false);'
SET_KEY = "venue::set_key(id(api_server));"
# Without a key at start the firmware speaks plaintext.
KEY_LATER = "  encryption: {}\n"
ESP8266 = "  max_connections: 4\n  listen_backlog: 1\n  max_send_queue: 4\n"

# Releases that compile by themselves are told of the address in `host_env.h`; else `firmware.mk` does it.
WRAP = '  build_flags: ["-Wl,--wrap=_ZN7esphome19get_mac_address_rawEPh"]\n'

KINDS = {
    "blaster": configuration(replies=True, rename=RENAME, boot=SET_KEY, api=KEY_LATER),
    "classic": configuration(port="box", rename=RENAME, boot=SET_KEY, api=KEY_LATER + ESP8266),
    "legacy": configuration(powers=False, rename=RENAME_2024),
    "infrared": infrared(rename=RENAME, boot=SET_KEY, api=KEY_LATER),
    "infrared-edge": infrared(rename=RENAME, flags=WRAP),
    "actions": infrared(
        rename=RENAME, boot=SET_KEY, api=KEY_LATER, project="venue.blaster", actions=ACTIONS
    ),
    "foreign": foreign(rename=RENAME),
}

if __name__ == "__main__":
    for kind, text in KINDS.items():
        pathlib.Path(sys.argv[1], f"{kind}.yaml").write_text(text)
