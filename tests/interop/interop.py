"""ESPHome's reference client against device-sim: each generation, plaintext and Noise."""

import asyncio
import base64
import contextlib
import json
import logging
import pathlib
import sys
import tempfile

import aioesphomeapi as api

KEY = base64.b64encode(bytes(range(1, 33))).decode()
OTHER_KEY = base64.b64encode(bytes(range(2, 34))).decode()
PATIENCE = 20  # seconds; only what never happens takes that long
REPLIES = {"current": True, "replies": True, "classic": False, "legacy": False}
MAC = "02:5E:4D:00:00:01"


class Simulator:
    """device-sim as a process; its lines are read as they come."""

    def __init__(self, program, *arguments):
        self.command = [program, "--name", "ir-000001", *arguments]
        self.kept = []

    async def __aenter__(self):
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(*self.command, stdin=pipe, stdout=pipe)
        listening = await self.event("listening")
        self.port = int(listening["address"].rsplit(":", 1)[1])
        return self

    async def __aexit__(self, *_):
        self.process.terminate()
        code = await self.process.wait()
        assert code == 0, f"device-sim ended with {code}"

    async def event(self, kind):
        """The next event of this kind. Others are kept: a TV may be told of before its action."""
        while True:
            for event in self.kept:
                if event["event"] == kind:
                    self.kept.remove(event)
                    return event
            line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
            assert line, f"device-sim ended before {kind}"
            self.kept.append(json.loads(line))

    def client(self, key=None, **more):
        return api.APIClient("127.0.0.1", self.port, None, noise_psk=key, **more)


@contextlib.asynccontextmanager
async def connected(client):
    await client.connect(login=True)
    try:
        yield client
    finally:
        await client.disconnect()


def arguments(service, port, **values):
    """By the names that the firmware lists, as any client has to."""
    return {a.name: port if a.name in ("port", "box") else values[a.name] for a in service.args}


async def call(sim, client, service, replies, port, **values):
    """Calls one action and checks reply and what the board says it has run."""
    wanted = True if replies else None
    if service.supports_response == api.SupportsResponseType.STATUS:
        wanted = False
    data = arguments(service, port, **values)
    response = await client.execute_service(service, data, return_response=wanted if replies else None, timeout=PATIENCE)
    assert (response is not None) == replies, f"{service.name}: reply {response}"
    if replies:
        assert response.success, f"{service.name}: {response.error_message}"
    ran = await sim.event("action")
    assert ran["action"] == service.name, ran
    assert ran["args"] == {name: str(value) for name, value in data.items()}, ran


async def actions(program, generation, key):
    """Connect, identity, listing, calls with and without replies, a state."""
    extra = ["--psk", key] if key else []
    replies = REPLIES[generation]
    async with Simulator(program, "--generation", generation, *extra) as sim:
        async with connected(sim.client(key, expected_name="ir-000001")) as client:
            info = await client.device_info()
            assert (info.name, info.mac_address) == ("ir-000001", MAC), info
            assert info.project_name == "smartvenue.ir_blaster", info
            entities, services = await client.list_entities_services()
            by_name = {service.name: service for service in services}
            assert {"tv_power", "tv_channel", "diagnostic_signal", "report_capabilities"} <= by_name.keys()
            payload = next(e for e in entities if isinstance(e, api.TextSensorInfo))
            assert (payload.icon, payload.entity_category) == ("mdi:remote-tv", api.EntityCategory.DIAGNOSTIC), payload
            updates = [e for e in entities if isinstance(e, api.UpdateInfo)]
            assert [e.device_class for e in updates] == ["firmware"] * (generation == "current"), updates

            await call(sim, client, by_name["tv_power"], replies, 2)
            assert (await sim.event("tv"))["power"] == "off"
            channel = "3-060" if generation == "legacy" else "060"
            await call(sim, client, by_name["tv_channel"], replies, 3, channel=channel)
            code = "digit" if generation == "legacy" else "code"
            await call(sim, client, by_name["diagnostic_signal"], replies, 0, **{code: 1})

            reported = asyncio.get_running_loop().create_future()

            def on_state(state):
                if isinstance(state, api.TextSensorState) and not state.missing_state and not reported.done():
                    reported.set_result(state.state)

            client.subscribe_states(on_state)
            await call(sim, client, by_name["report_capabilities"], replies, 0)
            text = await asyncio.wait_for(reported, PATIENCE)
            assert json.loads(text)["schema"] == 1, text
            if replies:
                service = by_name["tv_power"]
                answer = await client.execute_service(service, {"port": 9}, return_response=False, timeout=PATIENCE)
                assert not answer.success and answer.error_message == "port out of range", answer


async def infrared(program, _generation, key):
    """Raw infrared: the client sends the second frame when the first is reported complete."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "frames")
        extra = ["--psk", key] if key else []
        async with Simulator(program, "--frame-log", str(log), *extra) as sim:
            async with connected(sim.client(key)) as client:
                entities, services = await client.list_entities_services()
                transmitter = next(e for e in entities if isinstance(e, api.InfraredInfo))
                for _ in range(2):
                    client.infrared_rf_transmit_raw_timings(transmitter.key, 38000, [9000, -4500, 560], 1)
                await asyncio.wait_for(completions(log, 2), PATIENCE)
                power = next(service for service in services if service.name == "tv_power")
                await call(sim, client, power, True, 1)
        ids = [frame["id"] for frame in frames(log) if frame["id"] in (136, 153)]
        assert ids == [136, 153, 136, 153], ids


def frames(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


async def completions(log, count):
    while sum(frame["id"] == 153 for frame in frames(log)) < count:
        await asyncio.sleep(0.01)


async def refused(program, key, client_key, error, **more):
    """A client that must not get in, and why it is told."""
    extra = ["--psk", key] if key else []
    async with Simulator(program, *extra) as sim:
        try:
            await sim.client(client_key, **more).connect(login=True)
        except error as told:
            return told
        raise AssertionError(f"connected, and {error.__name__} was expected")


async def wrong_key(program):
    told = await refused(program, KEY, OTHER_KEY, api.InvalidEncryptionKeyAPIError)
    # Who answers is told before the key is checked.
    assert told.received_name == "ir-000001", told


async def key_missing(program):
    await refused(program, KEY, None, api.RequiresEncryptionAPIError)


async def key_not_wanted(program):
    await refused(program, None, KEY, api.HandshakeAPIError)


async def wrong_name(program):
    told = await refused(program, None, None, api.BadNameAPIError, expected_name="ir-000002")
    assert told.received_name == "ir-000001", told


async def announced_reboot(program):
    """The client takes our disconnect request as an expected one."""
    async with Simulator(program) as sim:
        ended = asyncio.get_running_loop().create_future()

        async def on_stop(expected):
            ended.set_result(expected)

        client = sim.client()
        await client.connect(on_stop=on_stop, login=True)
        sim.process.stdin.write(b"reboot ir-000001\n")
        assert await asyncio.wait_for(ended, PATIENCE), "the disconnect was not expected"


async def main(program):
    # The client warns loudly about what these tests provoke.
    logging.getLogger("aioesphomeapi").setLevel(logging.CRITICAL)
    checks = []
    for name, key in (("plaintext", None), ("noise", KEY)):
        for generation in REPLIES:
            checks.append((f"{generation}, {name}", actions(program, generation, key)))
        checks.append((f"infrared, {name}", infrared(program, "current", key)))
    for check in (wrong_key, key_missing, key_not_wanted, wrong_name, announced_reboot):
        checks.append((check.__name__.replace("_", " "), check(program)))
    failed = 0
    for name, check in checks:
        try:
            await check
            print(f"ok      {name}")
        except Exception as error:  # every check is run, and each says what was wrong
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}")
    print(f"{len(checks) - failed} of {len(checks)} checks hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
