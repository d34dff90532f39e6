//! Keyed requests: a repeated one is answered from here and not carried out twice.

use rusqlite::{Connection, OptionalExtension, params};
use venue_domain::{
    EndedCommands, EndedRequest, IdempotencyState, KeyedRequest, StoreError, StoredAnswer,
    Timestamp,
};

use crate::{error::IntoStoreError, history, row, txn::WriteTxn};

/// Notes `request`, or tells what is known of it.
pub(crate) fn begin(
    connection: &Connection,
    request: &KeyedRequest,
) -> Result<IdempotencyState, StoreError> {
    let mut forget = connection.prepare_cached(FORGET).store_err()?;
    forget.execute(params![request.actor, request.key, request.at.unix_ms()]).store_err()?;
    let mut insert = connection.prepare_cached(NOTE).store_err()?;
    let noted = insert
        .execute(params![
            request.actor,
            request.key,
            request.fingerprint,
            request.at.unix_ms(),
            request.expires_at.unix_ms(),
        ])
        .store_err()?;
    if noted > 0 {
        return Ok(IdempotencyState::New);
    }
    // What is here now was not old a moment ago, in this very transaction.
    Ok(known(connection, request)?.map_or(IdempotencyState::Running, |(begun, _)| begun))
}

/// What is known of `request`, without noting it; [`IdempotencyState::New`] if it is noted itself.
pub(crate) fn find(
    connection: &Connection,
    request: &KeyedRequest,
) -> Result<Option<IdempotencyState>, StoreError> {
    let found = known(connection, request)?;
    Ok(found.map(|(begun, noted_at)| match begun {
        IdempotencyState::Running if noted_at == request.at => IdempotencyState::New,
        begun @ (IdempotencyState::New
        | IdempotencyState::Running
        | IdempotencyState::Answered(_)
        | IdempotencyState::Interrupted
        | IdempotencyState::OtherRequest) => begun,
    }))
}

/// What is known of a key that is not too old, and since when.
fn known(
    connection: &Connection,
    request: &KeyedRequest,
) -> Result<Option<(IdempotencyState, Timestamp)>, StoreError> {
    let mut select = connection.prepare_cached(KNOWN).store_err()?;
    let row = select.query_row(params![request.actor, request.key, request.at.unix_ms()], |row| {
        let fingerprint: String = row.get(0)?;
        let code_and_body: Option<(u16, String)> =
            row.get::<_, Option<u16>>(2)?.zip(row.get::<_, Option<String>>(3)?);
        let head: String = row.get(5)?;
        let answer = code_and_body.map(|(code, body)| StoredAnswer { code, head, body });
        Ok((fingerprint, row.get::<_, bool>(1)?, answer, row::time(row, 4)?))
    });
    let Some((fingerprint, interrupted, answer, noted_at)) = row.optional().store_err()? else {
        return Ok(None);
    };
    let begun = match answer {
        _ if fingerprint != request.fingerprint => IdempotencyState::OtherRequest,
        Some(answer) => IdempotencyState::Answered(answer),
        None if interrupted => IdempotencyState::Interrupted,
        None => IdempotencyState::Running,
    };
    Ok(Some((begun, noted_at)))
}

/// Keeps the answer to a request that was begun, with the direct commands that it names.
pub(crate) fn end(
    txn: &mut WriteTxn<'_>,
    ended: &EndedRequest,
) -> Result<EndedCommands, StoreError> {
    let EndedRequest { actor, key, answer, records } = ended;
    let mut update = txn.connection.prepare_cached(ANSWER).store_err()?;
    update.execute(params![actor, key, answer.code, answer.body, answer.head]).store_err()?;
    history::record(txn, records)
}

/// Forgets what was begun and not answered.
pub(crate) fn forget(connection: &Connection, actor: &str, key: &str) -> Result<(), StoreError> {
    let mut delete = connection.prepare_cached(ABANDON).store_err()?;
    delete.execute(params![actor, key]).store_err().map(drop)
}

/// What was begun and not answered by an earlier run stays without an answer.
pub(crate) fn interrupt(connection: &Connection) -> Result<(), StoreError> {
    let mut update = connection.prepare_cached(INTERRUPT).store_err()?;
    update.execute(()).store_err().map(drop)
}

const FORGET: &str =
    "DELETE FROM idempotency_keys WHERE actor = ?1 AND key = ?2 AND expires_at <= ?3";

const NOTE: &str = "
INSERT INTO idempotency_keys (actor, key, fingerprint, state, created_at, expires_at)
VALUES (?1, ?2, ?3, 'running', ?4, ?5)
ON CONFLICT DO NOTHING";

const KNOWN: &str = "
SELECT fingerprint, state = 'interrupted', code, body, created_at, head
FROM idempotency_keys WHERE actor = ?1 AND key = ?2 AND expires_at > ?3";

const ANSWER: &str = "
UPDATE idempotency_keys SET state = 'answered', code = ?3, body = ?4, head = ?5
WHERE actor = ?1 AND key = ?2 AND state <> 'answered'";

const ABANDON: &str =
    "DELETE FROM idempotency_keys WHERE actor = ?1 AND key = ?2 AND state = 'running'";

const INTERRUPT: &str = "UPDATE idempotency_keys SET state = 'interrupted' WHERE state = 'running'";
