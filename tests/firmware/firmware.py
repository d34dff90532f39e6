"""Writes the ESPHome configurations of the SmartVenue test firmware into the folder given.

blaster  actions with replies, Noise when a key is set at start
classic  actions without replies, `box`, channels like `2-501`, the connection limits of an ESP8266
legacy   API 1.10: the login message is wanted before anything else, plaintext
"""

import pathlib
import sys

HEAD = """\
esphome:
  name: venue-blaster
  friendly_name: Venue Blaster
  includes: [host_env.h]
  project:
    name: smartvenue.ir_blaster
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

api:
  id: api_server
  reboot_timeout: 0s
{api}  {services}:
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
    services = "actions" if replies else "services"
    text = HEAD.format(rename=rename, boot=boot, api=api, services=services)
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
    return text + action("report_capabilities", [], replies)


RENAME = "App.pre_setup(name.c_str(), name.size(), friendly.c_str(), friendly.size());"
RENAME_2024 = 'App.pre_setup(name, friendly, "", "", "2024-12-31", false);'
SET_KEY = "venue::set_key(id(api_server));"
# Without a key at start the firmware speaks plaintext.
KEY_LATER = "  encryption: {}\n"
ESP8266 = "  max_connections: 4\n  listen_backlog: 1\n  max_send_queue: 4\n"

KINDS = {
    "blaster": configuration(replies=True, rename=RENAME, boot=SET_KEY, api=KEY_LATER),
    "classic": configuration(port="box", rename=RENAME, boot=SET_KEY, api=KEY_LATER + ESP8266),
    "legacy": configuration(powers=False, rename=RENAME_2024),
}

if __name__ == "__main__":
    for kind, text in KINDS.items():
        pathlib.Path(sys.argv[1], f"{kind}.yaml").write_text(text)
