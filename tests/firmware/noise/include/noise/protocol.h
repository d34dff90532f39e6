/* The part of the noise-c interface that ESPHome's server uses; behind it is src/lib.rs. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The codes that ESPHome tells apart; lib.rs returns the same numbers. */
enum {
  NOISE_ERROR_NONE = 0,
  NOISE_ERROR_NO_MEMORY = 0x4501,
  NOISE_ERROR_UNKNOWN_ID,
  NOISE_ERROR_UNKNOWN_NAME,
  NOISE_ERROR_MAC_FAILURE,
  NOISE_ERROR_NOT_APPLICABLE,
  NOISE_ERROR_SYSTEM,
  NOISE_ERROR_REMOTE_KEY_REQUIRED,
  NOISE_ERROR_LOCAL_KEY_REQUIRED,
  NOISE_ERROR_PSK_REQUIRED,
  NOISE_ERROR_INVALID_LENGTH,
  NOISE_ERROR_INVALID_PARAM,
  NOISE_ERROR_INVALID_STATE,
  NOISE_ERROR_INVALID_NONCE,
  NOISE_ERROR_INVALID_PRIVATE_KEY,
  NOISE_ERROR_INVALID_PUBLIC_KEY,
  NOISE_ERROR_INVALID_FORMAT,
  NOISE_ERROR_INVALID_SIGNATURE
};
enum {
  NOISE_ACTION_NONE = 0,
  NOISE_ACTION_WRITE_MESSAGE = 0x4101,
  NOISE_ACTION_READ_MESSAGE,
  NOISE_ACTION_FAILED,
  NOISE_ACTION_SPLIT
};
enum { NOISE_ROLE_INITIATOR = 0x5201, NOISE_ROLE_RESPONDER };

/* There is one protocol here, NNpsk0 with Curve25519, ChaCha20-Poly1305 and SHA-256: ids are only named. */
enum {
  NOISE_PATTERN_NN = 1,
  NOISE_CIPHER_CHACHAPOLY = 1,
  NOISE_DH_CURVE25519 = 1,
  NOISE_DH_NONE = 0,
  NOISE_PREFIX_STANDARD = 1,
  NOISE_HASH_SHA256 = 1,
  NOISE_MODIFIER_PSK0 = 1
};
typedef struct {
  int prefix_id, pattern_id, modifier_ids[2], dh_id, cipher_id, hash_id, hybrid_id, reserved[4];
} NoiseProtocolId;

typedef struct {
  uint8_t *data;
  size_t size;
  size_t max_size;
} NoiseBuffer;
typedef struct NoiseHandshakeState_s NoiseHandshakeState;
typedef struct NoiseCipherState_s NoiseCipherState;

#define noise_buffer_init(b) ((b).data = 0, (b).size = 0, (b).max_size = 0)
#define noise_buffer_set_input(b, p, n) ((b).data = (p), (b).size = (b).max_size = (n))
#define noise_buffer_set_output(b, p, n) ((b).data = (p), (b).size = 0, (b).max_size = (n))
#define noise_buffer_set_inout(b, p, n, m) ((b).data = (p), (b).size = (n), (b).max_size = (m))

#ifdef __cplusplus
extern "C" {
#endif
void noise_rand_bytes(void *bytes, size_t size); /* ESPHome has this one */
int noise_handshakestate_new_by_id(NoiseHandshakeState **out, const NoiseProtocolId *id, int role);
int noise_handshakestate_set_pre_shared_key(NoiseHandshakeState *state, const uint8_t *key, size_t size);
int noise_handshakestate_set_prologue(NoiseHandshakeState *state, const void *prologue, size_t size);
int noise_handshakestate_start(NoiseHandshakeState *state);
int noise_handshakestate_get_action(const NoiseHandshakeState *state);
int noise_handshakestate_read_message(NoiseHandshakeState *state, NoiseBuffer *message, NoiseBuffer *payload);
int noise_handshakestate_write_message(NoiseHandshakeState *state, NoiseBuffer *message, const NoiseBuffer *payload);
int noise_handshakestate_split(NoiseHandshakeState *state, NoiseCipherState **send, NoiseCipherState **receive);
int noise_handshakestate_free(NoiseHandshakeState *state);
int noise_cipherstate_encrypt(NoiseCipherState *state, NoiseBuffer *buffer);
int noise_cipherstate_decrypt(NoiseCipherState *state, NoiseBuffer *buffer);
size_t noise_cipherstate_get_mac_length(const NoiseCipherState *state);
int noise_cipherstate_free(NoiseCipherState *state);
#ifdef __cplusplus
}
#endif
