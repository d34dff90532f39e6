//! The part of the noise-c interface that ESPHome's server calls, over `snow`: one protocol, the
//! responder. Only the cryptography comes from here; framing, hello, rejects and the state machine
//! of the test firmware stay ESPHome's own.
//!
//! Every function trusts its caller as the C library does: pointers come from this library or
//! point to as many bytes as are said to be there.
#![allow(clippy::missing_safety_doc, reason = "said above, once for all")]

use std::{
    ffi::{c_int, c_void},
    rc::Rc,
    slice,
};

use snow::{Builder, Error, HandshakeState, StatelessTransportState};

const PROTOCOL: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
const TAG: usize = 16;

/// The numbers of noise/protocol.h.
const NONE: c_int = 0;
const MAC_FAILURE: c_int = 0x4504;
const INVALID_LENGTH: c_int = 0x450a;
const INVALID_STATE: c_int = 0x450c;
const ACTION_NONE: c_int = 0;
const ACTION_WRITE: c_int = 0x4101;
const ACTION_READ: c_int = 0x4102;
const ACTION_FAILED: c_int = 0x4103;
const ACTION_SPLIT: c_int = 0x4104;

/// `NoiseBuffer`.
#[repr(C)]
pub struct Buffer {
    data: *mut u8,
    size: usize,
    max_size: usize,
}

impl Buffer {
    unsafe fn filled(&self) -> &[u8] {
        unsafe { slice::from_raw_parts(self.data, self.size) }
    }

    unsafe fn room(&mut self) -> &mut [u8] {
        unsafe { slice::from_raw_parts_mut(self.data, self.max_size) }
    }
}

/// `NoiseHandshakeState`.
#[derive(Default)]
pub struct Handshake {
    psk: [u8; 32],
    prologue: Vec<u8>,
    state: Option<HandshakeState>,
    failed: bool,
}

/// `NoiseCipherState`.
pub struct Cipher {
    transport: Rc<StatelessTransportState>,
    nonce: u64,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_new_by_id(
    out: *mut *mut Handshake,
    _id: *const c_void,
    _role: c_int,
) -> c_int {
    unsafe { *out = Box::into_raw(Box::default()) };
    NONE
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_set_pre_shared_key(
    handshake: *mut Handshake,
    key: *const u8,
    size: usize,
) -> c_int {
    let (handshake, key) = unsafe { (&mut *handshake, slice::from_raw_parts(key, size)) };
    match key.try_into() {
        Ok(psk) => {
            handshake.psk = psk;
            NONE
        }
        Err(_) => INVALID_LENGTH,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_set_prologue(
    handshake: *mut Handshake,
    prologue: *const u8,
    size: usize,
) -> c_int {
    let (handshake, prologue) = unsafe { (&mut *handshake, slice::from_raw_parts(prologue, size)) };
    handshake.prologue = prologue.to_vec();
    NONE
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_start(handshake: *mut Handshake) -> c_int {
    let handshake = unsafe { &mut *handshake };
    let built = PROTOCOL.parse().and_then(|protocol| {
        let builder = Builder::new(protocol);
        builder.psk(0, &handshake.psk)?.prologue(&handshake.prologue)?.build_responder()
    });
    handshake.state = built.ok();
    if handshake.state.is_some() { NONE } else { INVALID_STATE }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_get_action(handshake: *const Handshake) -> c_int {
    let handshake = unsafe { &*handshake };
    match &handshake.state {
        _ if handshake.failed => ACTION_FAILED,
        None => ACTION_NONE,
        Some(state) if state.is_handshake_finished() => ACTION_SPLIT,
        Some(state) if state.is_my_turn() => ACTION_WRITE,
        Some(_) => ACTION_READ,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_read_message(
    handshake: *mut Handshake,
    message: *mut Buffer,
    _payload: *mut Buffer,
) -> c_int {
    let (handshake, message) = unsafe { (&mut *handshake, (*message).filled()) };
    let Some(state) = &mut handshake.state else { return INVALID_STATE };
    let mut payload = vec![0; message.len() + TAG];
    let read = state.read_message(message, &mut payload);
    handshake.failed = read.is_err();
    match read {
        Ok(_) => NONE,
        Err(Error::Decrypt) => MAC_FAILURE,
        Err(_) => INVALID_LENGTH,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_write_message(
    handshake: *mut Handshake,
    message: *mut Buffer,
    _payload: *const Buffer,
) -> c_int {
    let (handshake, message) = unsafe { (&mut *handshake, &mut *message) };
    let Some(state) = &mut handshake.state else { return INVALID_STATE };
    match state.write_message(&[], unsafe { message.room() }) {
        Ok(size) => {
            message.size = size;
            NONE
        }
        Err(_) => INVALID_LENGTH,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_split(
    handshake: *mut Handshake,
    send: *mut *mut Cipher,
    receive: *mut *mut Cipher,
) -> c_int {
    let handshake = unsafe { &mut *handshake };
    let Some(state) = handshake.state.take() else { return INVALID_STATE };
    let Ok(transport) = state.into_stateless_transport_mode() else { return INVALID_STATE };
    let transport = Rc::new(transport);
    let cipher = || Box::into_raw(Box::new(Cipher { transport: Rc::clone(&transport), nonce: 0 }));
    unsafe {
        *send = cipher();
        *receive = cipher();
    }
    NONE
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_handshakestate_free(handshake: *mut Handshake) -> c_int {
    if !handshake.is_null() {
        drop(unsafe { Box::from_raw(handshake) });
    }
    NONE
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_cipherstate_encrypt(
    cipher: *mut Cipher,
    buffer: *mut Buffer,
) -> c_int {
    let (cipher, buffer) = unsafe { (&mut *cipher, &mut *buffer) };
    let plain = unsafe { buffer.filled() }.to_vec();
    match cipher.transport.write_message(cipher.nonce, &plain, unsafe { buffer.room() }) {
        Ok(size) => {
            cipher.nonce += 1;
            buffer.size = size;
            NONE
        }
        Err(_) => INVALID_LENGTH,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_cipherstate_decrypt(
    cipher: *mut Cipher,
    buffer: *mut Buffer,
) -> c_int {
    let (cipher, buffer) = unsafe { (&mut *cipher, &mut *buffer) };
    let sealed = unsafe { buffer.filled() }.to_vec();
    match cipher.transport.read_message(cipher.nonce, &sealed, unsafe { buffer.room() }) {
        Ok(size) => {
            cipher.nonce += 1;
            buffer.size = size;
            NONE
        }
        Err(_) => MAC_FAILURE,
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn noise_cipherstate_get_mac_length(_cipher: *const Cipher) -> usize {
    TAG
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn noise_cipherstate_free(cipher: *mut Cipher) -> c_int {
    if !cipher.is_null() {
        drop(unsafe { Box::from_raw(cipher) });
    }
    NONE
}
