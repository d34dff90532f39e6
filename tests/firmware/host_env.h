// What a real board has compiled in is read from the environment here, so that one binary can stand
// for any number of boards on loopback.
//
//   VENUE_NAME, VENUE_PORT, VENUE_MAC ("02:5e:4d:00:00:07"), VENUE_NOISE_HEX (64 digits),
//   VENUE_IR_MS (how long each command blocks the board, as infrared does)
#pragma once
#ifdef USE_HOST
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace venue {

inline const char *env(const char *name, const char *fallback) {
  const char *value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

inline long env_int(const char *name, long fallback) {
  const char *value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::strtol(value, nullptr, 10) : fallback;
}

// Before main: whole log lines at once, also into a pipe (too late once something was printed); and
// a client that is gone must not kill the board.
inline __attribute__((constructor, used)) void prepare_process() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::signal(SIGPIPE, SIG_IGN);
}

inline uint8_t hex_byte(const char *digits) {
  const char two[3] = {digits[0], digits[1], '\0'};
  return static_cast<uint8_t>(std::strtoul(two, nullptr, 16));
}

// The server keeps the pointer: the bytes stay where they are.
template<typename Server> void set_key(Server *server) {
  static std::array<uint8_t, 32> key;
  const char *digits = env("VENUE_NOISE_HEX", "");
  if (std::strlen(digits) != 2 * key.size()) return;
  for (size_t i = 0; i < key.size(); i++) key[i] = hex_byte(digits + 2 * i);
  server->set_noise_psk(key);
}

inline uint8_t mac_byte(int i) {
  const char *digits = env("VENUE_MAC", "02:5e:4d:00:00:01");
  return std::strlen(digits) == 17 ? hex_byte(digits + 3 * i) : 0;
}

inline unsigned &counter() {
  static unsigned commands = 0;
  return commands;
}

inline void block_like_infrared() {
  const long ms = env_int("VENUE_IR_MS", 0);
  if (ms > 0) usleep(static_cast<useconds_t>(ms) * 1000);
}

}  // namespace venue

// The firmware binds to any address; the test firmware must stay on loopback.
extern "C" inline __attribute__((used)) int bind(int fd, const struct sockaddr *address, socklen_t size) noexcept {
  struct sockaddr_in moved;
  if (address != nullptr && address->sa_family == AF_INET && size >= sizeof(moved)) {
    std::memcpy(&moved, address, sizeof(moved));
    if (moved.sin_addr.s_addr == htonl(INADDR_ANY)) moved.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return static_cast<int>(syscall(SYS_bind, fd, &moved, sizeof(moved)));
  }
  return static_cast<int>(syscall(SYS_bind, fd, address, size));
}

// Releases up to 2025 read the address from a define that the build script points here.
extern "C" inline __attribute__((used)) unsigned char venue_mac(int i) { return venue::mac_byte(i); }

// Newer ones call a function; linked with --wrap, this one takes its place.
extern "C" inline __attribute__((used)) void __wrap__ZN7esphome19get_mac_address_rawEPh(uint8_t *mac) {
  for (int i = 0; i < 6; i++) mac[i] = venue::mac_byte(i);
}
#endif
