#include "venue_ir.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include "esphome/core/log.h"
#include "esphome/core/version.h"

namespace esphome::venue_ir {

static const char *const TAG = "venue_ir";

// The default of `remote_receiver` (its `idle`).
static constexpr int32_t IDLE_US = 10000;

void Eye::hand_on_() {
  if (this->temp_.empty()) return;
  if (this->temp_.back() < 0) this->temp_.pop_back();
  // A receiver knows of the last space only that it was longer than this.
  this->temp_.push_back(-IDLE_US);
  this->call_listeners_dumpers_();
  this->temp_.clear();
}

void Eye::see(const std::vector<int32_t> &timings, uint32_t times) {
  this->temp_.clear();
  for (uint32_t i = 0; i < times; i++) {
    for (int32_t timing : timings) {
      if (timing < 0 && -timing >= IDLE_US) {
        this->hand_on_();
      } else if (!this->temp_.empty() && (this->temp_.back() > 0) == (timing > 0)) {
        // Two in a row of the same kind cannot be told apart.
        this->temp_.back() += timing;
      } else if (timing > 0 || !this->temp_.empty()) {
        this->temp_.push_back(timing);
      }
    }
  }
  this->hand_on_();
}

void Transmitter::send_internal(uint32_t send_times, uint32_t send_wait) {
  const auto &timings = this->temp_.get_data();
  uint64_t us = 0;
  std::string values;
  for (int32_t timing : timings) {
    us += std::abs(timing);
    values += ' ';
    values += std::to_string(timing);
  }
  us *= send_times;
  // Past the logger, which cuts long lines.
  std::printf("venue_ir: port=%u timings%s\n", this->port_, values.c_str());
  if (this->eye_ != nullptr) this->eye_->see(timings, send_times);
  // Behind what the decoders say: a reader of the log knows that it has all of it.
  ESP_LOGI(TAG, "port=%u carrier=%" PRIu32 " times=%" PRIu32 " count=%zu us=%" PRIu64, this->port_,
           this->temp_.get_carrier_frequency(), send_times, timings.size(), us);
  // As an ESP8266 does, which sends with its processor and nothing else.
  const bool blocks = std::getenv("VENUE_IR_BLOCKS") != nullptr;
  if (blocks) usleep(static_cast<useconds_t>(us));
#if ESPHOME_VERSION_CODE >= VERSION_CODE(2026, 10, 0)
  this->set_timeout("air", blocks ? 0 : static_cast<uint32_t>(us / 1000), [this]() { this->notify_complete_(true); });
#endif
}

}  // namespace esphome::venue_ir
