"""Infrared without hardware: transmitters that log what they are asked to send, and an eye that sees it.

venue_ir:
  outputs:
    - {id: output_1, port: 1}
  eye: {id: eye, dump: all}

ESPHome has no transmitter for its Linux platform. These take the place of `remote_transmitter` and
`remote_receiver`: what uses one of those by its id can use one of these.
"""

import esphome.codegen as cg
import esphome.config_validation as cv
from esphome.components import remote_base, remote_receiver
from esphome.const import CONF_DUMP, CONF_ID, CONF_PORT

AUTO_LOAD = ["remote_base"]

CONF_OUTPUTS = "outputs"
CONF_EYE = "eye"

# Releases before 2026.10 want the class of `remote_transmitter` wherever a transmitter is named.
ANY_TRANSMITTER_WILL_DO = hasattr(remote_base, "add_dumper")

venue_ir_ns = cg.esphome_ns.namespace("venue_ir")
bases = [remote_base.RemoteTransmitterBase, cg.Component]
if not ANY_TRANSMITTER_WILL_DO:
    from esphome.components import remote_transmitter

    bases.insert(0, remote_transmitter.RemoteTransmitterComponent)
Transmitter = venue_ir_ns.class_("Transmitter", *bases)
# Whoever names a receiver wants the class of `remote_receiver`; the C++ takes the base.
Eye = venue_ir_ns.class_(
    "Eye", remote_receiver.RemoteReceiverComponent, remote_base.RemoteReceiverBase
)

CONFIG_SCHEMA = cv.Schema(
    {
        cv.Required(CONF_OUTPUTS): cv.ensure_list(
            cv.Schema(
                {
                    cv.GenerateID(): cv.declare_id(Transmitter),
                    cv.Required(CONF_PORT): cv.int_range(1, 8),
                }
            ).extend(cv.COMPONENT_SCHEMA)
        ),
        cv.Optional(CONF_EYE): cv.Schema(
            {
                cv.GenerateID(): cv.declare_id(Eye),
                cv.Optional(CONF_DUMP, default=[]): remote_base.validate_dumpers,
            }
        ),
    }
)


async def to_code(config):
    eye = None
    if CONF_EYE in config:
        eye = cg.new_Pvariable(config[CONF_EYE][CONF_ID])
        for dumper in await remote_base.build_dumpers(config[CONF_EYE][CONF_DUMP]):
            if ANY_TRANSMITTER_WILL_DO:
                remote_base.add_dumper(eye, dumper)
            else:
                cg.add(eye.register_dumper(dumper))
    for output in config[CONF_OUTPUTS]:
        transmitter = cg.new_Pvariable(output[CONF_ID], output[CONF_PORT])
        await cg.register_component(transmitter, output)
        if eye is not None:
            cg.add(transmitter.set_eye(eye))
