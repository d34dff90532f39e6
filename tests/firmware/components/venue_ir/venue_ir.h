// Infrared without hardware, for ESPHome's Linux platform: see __init__.py.
#pragma once
#include <cstdint>
#include <vector>

#include "esphome/components/remote_base/remote_base.h"
#include "esphome/core/component.h"

namespace esphome::venue_ir {

// Sees what the transmitters of its board send, as a demodulating receiver would: without the carrier.
class Eye final : public remote_base::RemoteReceiverBase {
 public:
  Eye() : RemoteReceiverBase(nullptr) {}
  // Hands on each burst by itself: a pause of IDLE_US ends one.
  void see(const std::vector<int32_t> &timings, uint32_t times);

 private:
  void hand_on_();
};

// Logs what it is asked to send, and is done when it would have left.
class Transmitter final : public remote_base::RemoteTransmitterBase, public Component {
 public:
  explicit Transmitter(uint8_t port) : RemoteTransmitterBase(nullptr), port_(port) {}
  float get_setup_priority() const override { return setup_priority::DATA; }
  void set_eye(Eye *eye) { this->eye_ = eye; }

 protected:
  void send_internal(uint32_t send_times, uint32_t send_wait) override;

  uint8_t port_;
  Eye *eye_{nullptr};
};

}  // namespace esphome::venue_ir
