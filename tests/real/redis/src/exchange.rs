//! Keeps this node's denylist in step with the others' through Redis: a channel carries each change, a key holds the whole list for
//! nodes that start or come back. Merging may happen in any order and twice, so no message needs an answer.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use hardtack::denylist::Denylist;
use redis::aio::{MultiplexedConnection, PubSub, transaction_async};
use redis::{AsyncTypedCommands, Client, RedisResult};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval, sleep};

const CHANNEL: &str = "shop:ended";
const SNAPSHOT: &str = "shop:ended:snapshot";

/// How often each node says that it is there, and keeps the snapshot up to date. A log-out is lost only if every node that has heard of
/// it dies within this time.
const TICK: Duration = Duration::from_secs(1);
/// A subscription that brings not even our own pings is dead.
const SILENCE: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_millis(200);

/// Runs for as long as the server does. `changes` are those that the list's `on_change` hands over; while Redis is away they wait.
pub async fn keep_in_step(
    redis: Client,
    denylist: Denylist<u64>,
    mut changes: UnboundedReceiver<Vec<u8>>,
) {
    loop {
        // That Redis is away, and what the denylist does meanwhile, the crate logs itself.
        if let Ok((connection, subscription)) = connect(&redis, &denylist).await {
            tracing::info!("redis found");
            let lost = exchange(connection, subscription, &denylist, &mut changes).await;
            tracing::warn!(?lost, "redis lost");
        }
        sleep(RETRY).await;
    }
}

/// Connects, takes over what happened meanwhile, and tells what happened here.
async fn connect(
    redis: &Client,
    denylist: &Denylist<u64>,
) -> RedisResult<(MultiplexedConnection, PubSub)> {
    let mut connection = redis.get_multiplexed_async_connection().await?;
    let mut subscription = redis.get_async_pubsub().await?;
    // In this order nothing is missed: what another node has not stored when we read, it publishes when we are subscribed.
    subscription.subscribe(CHANNEL).await?;
    join_stored(&connection, denylist).await?;
    connection.publish(CHANNEL, denylist.snapshot()).await?;
    denylist.heartbeat();
    Ok((connection, subscription))
}

/// One connection's life.
async fn exchange(
    mut connection: MultiplexedConnection,
    mut subscription: PubSub,
    denylist: &Denylist<u64>,
    changes: &mut UnboundedReceiver<Vec<u8>>,
) -> RedisResult<()> {
    let mut messages = subscription.on_message();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut heard, mut stored) = (Instant::now(), true);
    loop {
        tokio::select! {
            Some(change) = changes.recv() => {
                connection.publish(CHANNEL, change).await?;
            }
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                let bytes = message.get_payload_bytes();
                if !bytes.is_empty() {
                    merge(denylist, bytes);
                    stored = false;
                }
                // Our own messages come back too, so any message says that both ways are open.
                heard = Instant::now();
                denylist.heartbeat();
            }
            _ = ticks.tick() => {
                if heard.elapsed() > SILENCE {
                    return Ok(());
                }
                if !stored {
                    join_stored(&connection, denylist).await?;
                    stored = true;
                }
                connection.publish(CHANNEL, b"").await?;
            }
        }
    }
}

/// Makes the stored list and this one the same: what either has. A transaction, so that two nodes do not overwrite each other.
async fn join_stored(
    connection: &MultiplexedConnection,
    denylist: &Denylist<u64>,
) -> RedisResult<()> {
    transaction_async(connection.clone(), &[SNAPSHOT], |mut connection, mut pipeline| async move {
        let stored: Option<Vec<u8>> =
            redis::cmd("GET").arg(SNAPSHOT).query_async(&mut connection).await?;
        if let Some(stored) = stored {
            merge(denylist, &stored);
        }
        pipeline.set(SNAPSHOT, denylist.snapshot()).ignore();
        pipeline.query_async(&mut connection).await
    })
    .await
}

fn merge(denylist: &Denylist<u64>, bytes: &[u8]) {
    if let Err(error) = denylist.merge(bytes) {
        tracing::warn!(%error, "not merged");
    }
}
