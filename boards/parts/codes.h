// Keys of four makes of TVs, and how their remote controls send them: for boards that hold the codes themselves.
//
// Another make is one more line of REMOTES. A code that is wrong does harm only once somebody presses it: try
// each key in front of the TV. Above all, `power_on` and `power_off` must differ from `power`. A TV that has no
// such keys gets NONE for them: the board then refuses them, and does not send a toggle that switches the wrong way.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>

#include "esphome/components/remote_base/remote_base.h"
#include "esphome/core/log.h"

namespace venue {

using esphome::remote_base::RemoteTransmitData;
using esphome::remote_base::RemoteTransmitterBase;

enum class Protocol : uint8_t { NEC, SAMSUNG, SONY12, PANASONIC };

static constexpr int NONE = -1;
static constexpr const char *KEYS[] = {"power",     "power_on",    "power_off",  "mute",
                                       "volume_up", "volume_down", "channel_up", "channel_down"};

// One remote control: its protocol, the device that it speaks to, and the function of each key.
struct Remote {
  const char *make;
  Protocol protocol;
  uint8_t device;
  // In the order of KEYS.
  int16_t keys[8];
  // 0 to 9.
  int16_t digits[10];
};

static constexpr Remote REMOTES[] = {
    {"samsung", Protocol::SAMSUNG, 7, {2, 153, 152, 15, 7, 11, 18, 16}, {17, 4, 5, 6, 8, 9, 10, 12, 13, 14}},
    {"lg", Protocol::NEC, 4, {8, 196, 197, 9, 2, 3, 0, 1}, {16, 17, 18, 19, 20, 21, 22, 23, 24, 25}},
    {"sony", Protocol::SONY12, 1, {21, 46, 47, 20, 18, 19, 16, 17}, {9, 0, 1, 2, 3, 4, 5, 6, 7, 8}},
    {"panasonic", Protocol::PANASONIC, 128, {61, 62, 63, 50, 32, 33, 52, 53}, {25, 16, 17, 18, 19, 20, 21, 22, 23, 24}},
};

// Appends bytes as pulses, the lowest bit of each first.
class Pulses {
 public:
  Pulses(RemoteTransmitData *to, uint32_t unit, uint32_t one) : to_(to), unit_(unit), one_(one) {}
  void mark(uint32_t us) { this->put_(us, true); }
  void space(uint32_t us) { this->put_(us, false); }
  void byte(uint8_t value) {
    for (int bit = 0; bit < 8; bit++) {
      this->mark(this->unit_);
      this->space((value >> bit) & 1 ? this->one_ : this->unit_);
    }
  }
  // Ends the frame: silence until `us` have passed since its begin. Without it the next frame would be part of
  // this one.
  void end(uint32_t us) {
    this->space(us - this->so_far_);
    this->so_far_ = 0;
  }

 private:
  void put_(uint32_t us, bool mark) {
    if (mark) {
      this->to_->mark(us);
    } else {
      this->to_->space(us);
    }
    this->so_far_ += us;
  }
  RemoteTransmitData *to_;
  uint32_t unit_;
  uint32_t one_;
  uint32_t so_far_{0};
};

inline void encode_nec(RemoteTransmitData *to, uint8_t device, uint8_t function, uint32_t header, bool complement) {
  to->set_carrier_frequency(38000);
  Pulses pulses(to, 562, 1687);
  pulses.mark(header);
  pulses.space(4500);
  pulses.byte(device);
  pulses.byte(complement ? ~device : device);
  pulses.byte(function);
  pulses.byte(~function);
  pulses.mark(562);
  pulses.end(108000);
}

// Three frames: a TV of Sony ignores fewer.
inline void encode_sony12(RemoteTransmitData *to, uint8_t device, uint8_t function) {
  to->set_carrier_frequency(40000);
  const uint32_t word = function | (device << 7);
  Pulses pulses(to, 600, 1200);
  for (int frame = 0; frame < 3; frame++) {
    pulses.mark(2400);
    for (int bit = 0; bit < 12; bit++) {
      pulses.space(600);
      pulses.mark((word >> bit) & 1 ? 1200 : 600);
    }
    pulses.end(45000);
  }
}

inline void encode_panasonic(RemoteTransmitData *to, uint8_t device, uint8_t function) {
  to->set_carrier_frequency(37000);
  Pulses pulses(to, 432, 1296);
  pulses.mark(3456);
  pulses.space(1728);
  for (uint8_t value : {uint8_t(2), uint8_t(32), device, uint8_t(0), function, uint8_t(device ^ function)}) {
    pulses.byte(value);
  }
  pulses.mark(432);
  pulses.end(130000);
}

inline void encode(RemoteTransmitData *to, const Remote &remote, uint8_t function) {
  switch (remote.protocol) {
    case Protocol::NEC:
      return encode_nec(to, remote.device, function, 9000, true);
    case Protocol::SAMSUNG:
      return encode_nec(to, remote.device, function, 4500, false);
    case Protocol::SONY12:
      return encode_sony12(to, remote.device, function);
    case Protocol::PANASONIC:
      return encode_panasonic(to, remote.device, function);
  }
}

static constexpr int PORTS = 5;

// What hangs at a port.
struct Port {
  RemoteTransmitterBase *output{nullptr};
  const Remote *remote{nullptr};
};

inline Port &port_of(int number) {
  static Port ports[PORTS + 1];
  return ports[number];
}

// Called once for each port when the board starts. A make that is not known leaves the port without keys.
inline void attach(int number, RemoteTransmitterBase *output, const char *make) {
  Port &port = port_of(number);
  port.output = output;
  for (const Remote &remote : REMOTES) {
    if (std::strcmp(remote.make, make) == 0) port.remote = &remote;
  }
}

// Why nothing can be sent to a port, or an empty text.
inline std::string refusal(int number) {
  if (number < 1 || number > PORTS) return "port out of range: it is 1 to 5";
  if (port_of(number).remote == nullptr) return "no codes for this port: set its tv_N in the YAML";
  return "";
}

inline std::string send(int number, const char *key, int function) {
  if (function == NONE) return std::string("the codes of this port have no key ") + key;
  const Port &port = port_of(number);
  ESP_LOGI("blaster", "port %d: %s of %s", number, key, port.remote->make);
  auto call = port.output->transmit();
  encode(call.get_data(), *port.remote, function);
  call.perform();
  return "";
}

// Sends one key. Returns why it was not sent, or an empty text.
inline std::string press(int number, const char *key) {
  const std::string refused = refusal(number);
  if (!refused.empty()) return refused;
  for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
    if (std::strcmp(KEYS[i], key) == 0) return send(number, key, port_of(number).remote->keys[i]);
  }
  return std::string("unknown key ") + key;
}

inline std::string press_digit(int number, int digit) {
  const std::string refused = refusal(number);
  if (!refused.empty()) return refused;
  if (digit < 0 || digit > 9) return "digit out of range: it is 0 to 9";
  const char name[] = {'d', 'i', 'g', 'i', 't', '_', static_cast<char>('0' + digit), '\0'};
  return send(number, name, port_of(number).remote->digits[digit]);
}

// Why a channel cannot be typed, or an empty text. Leading zeros are typed as they are.
inline std::string channel_refusal(int number, const std::string &channel) {
  const std::string refused = refusal(number);
  if (!refused.empty()) return refused;
  if (channel.empty() || channel.size() > 8) return "a channel has 1 to 8 digits";
  if (channel.find_first_not_of("0123456789") != std::string::npos) return "a channel has digits only";
  return "";
}

// What `report_capabilities` publishes.
inline std::string capabilities() {
  std::string text = R"({"project":"venue.blaster","schema":1,"ports":[)";
  for (int number = 1; number <= PORTS; number++) {
    const Remote *remote = port_of(number).remote;
    if (number > 1) text += ',';
    text += "{\"port\":" + std::to_string(number) + ",\"lib\":\"" + (remote == nullptr ? "" : remote->make) + "\"}";
  }
  text += R"(],"libs":[)";
  bool first = true;
  for (const Remote &remote : REMOTES) {
    if (!first) text += ',';
    first = false;
    text += std::string("\"") + remote.make + "\"";
  }
  return text + "]}";
}

// The end of the latest press, for its reply.
inline std::string &latest() {
  static std::string text;
  return text;
}

}  // namespace venue
