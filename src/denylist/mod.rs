//! Ended sessions, kept in memory and exchanged between nodes: revocation without a store.
//!
//! One rule, refused if `created ≤ not_before`, by session id, by subject, and for all.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::claims::{Claims, LEEWAY, Lifetime, SessionId};
use crate::error::DenylistError;
use crate::log;
use crate::session_cookie::Revocation;
use crate::time::{Clock, Timestamp};

mod builder;
mod entries;
mod link;
mod snapshot;
mod subject;

pub use builder::DenylistBuilder;
use entries::{Entries, Entry, KEY, Outcome};
pub use link::Fallback;
use link::Link;
pub use subject::{BySubject, Subject};

type OnChange = Box<dyn Fn(&[u8]) + Send + Sync>;

/// The longest that sessions last until a cookie says otherwise: the defaults, with their leeway.
const LONGEST: Duration = Lifetime::REMEMBERED.absolute.saturating_add(Duration::from_secs(60));
const SECOND: Duration = Duration::from_secs(1);

/// The sessions that were ended on the server, until they would be over by themselves. Cheap to clone; clones are one list.
///
/// ```
/// use hardtack::{Denylist, Key, SessionCookie};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let denylist = Denylist::new();
/// let users = SessionCookie::<User>::builder("shop", Key::generate()?)
///     .revocation(denylist.by_subject(|user: &User| user.id))
///     .build()?;
/// // A session that ends is on the list. All sessions of one user, say after a change of password:
/// denylist.log_out_everywhere(7u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Make one list for the whole process. actix-web runs the closure of `HttpServer::new` once for each worker: make it before that.
///
/// **Reading** takes no lock, allocates nothing and writes nothing that threads share. **Memory**: 32 octets an entry, up to the
/// [capacity](DenylistBuilder::capacity); expired ones go when something is written.
///
/// **Full**, it forgets nothing in silence. It refuses *all* sessions that were created until the moment which frees a quarter of the
/// list: their users log in again. That is logged, counted in [`status`](Self::status) and told to the other nodes. Whoever
/// can log in and out without limit can bring it about: limit the rate of log-ins, and raise an alarm on `entries`.
///
/// **Several nodes** send each other [changes](DenylistBuilder::on_change) and [snapshots](Self::snapshot), by whatever they have;
/// each [merges](Self::merge) what it gets, in any order and as often as it comes. Whoever can send can log everybody out and keep them
/// out, and cannot log anybody in. A node that restarts knows nothing until it has merged a snapshot.
///
/// **Clocks**: a session that was created on a node whose clock is ahead survives a log-out everywhere on another, if it was created
/// within the difference. The node that is logged out *on* ends its own session by id in any case.
#[derive(Clone)]
pub struct Denylist(Arc<Inner>);

struct Inner {
    entries: Entries,
    clock: Arc<dyn Clock>,
    on_change: Option<OnChange>,
    link: Option<Link>,
    /// How long after its creation a session is over at the latest, in seconds.
    longest: AtomicU64,
    /// How far ahead of the clock it may be created, in seconds.
    leeway: AtomicU64,
    ended: AtomicU64,
    logged_out: AtomicU64,
    merged: AtomicU64,
    raised: AtomicU64,
}

/// How a list is doing, for metrics and alarms. The counters start at 0 with the process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DenylistStatus {
    /// Entries at present. Alarm when it nears the capacity.
    pub entries: usize,
    /// The most entries.
    pub capacity: usize,
    /// Sessions created until then are refused, whoever's they are, because a list was full.
    pub not_before: Option<Timestamp>,
    /// Whether the other nodes were heard lately; always without
    /// [`when_out_of_touch`](DenylistBuilder::when_out_of_touch).
    pub in_touch: bool,
    /// When they were last heard.
    pub heard_at: Option<Timestamp>,
    /// Sessions that this node ended.
    pub ended: u64,
    /// Subjects that this node logged out everywhere.
    pub logged_out: u64,
    /// Entries that were learnt from others.
    pub merged: u64,
    /// How often this list was full and `not_before` was raised. Alarm when it grows: raise the capacity.
    pub raised: u64,
}

impl Denylist {
    /// A list with all defaults: of this node alone, with room for 1,000,000 entries.
    pub fn new() -> Self {
        DenylistBuilder::new().into_denylist()
    }

    /// To choose the capacity, and how the list keeps in touch with those of other nodes.
    pub fn builder() -> DenylistBuilder {
        DenylistBuilder::new()
    }

    /// The hook for sessions whose user `subject` tells, so that [`log_out_everywhere`](Self::log_out_everywhere) reaches them.
    ///
    /// What it returns is an integer, an array of octets, or a [`Subject`] made of something else:
    /// `|user: &User| Subject::from(&user.name)`.
    pub fn by_subject<T, S: Into<Subject>>(
        &self,
        subject: impl Fn(&T) -> S + Send + Sync + 'static,
    ) -> BySubject<T> {
        BySubject::new(self.clone(), subject)
    }

    /// Ends all sessions of `subject` that were created until now, under every cookie whose hook is [`by_subject`](Self::by_subject) of this
    /// list (OWASP ASVS 5.0 section 7.4: after a change of password, when an account is disabled, when the user asks).
    ///
    /// To keep the device logged in from which this is done, *then* [start](crate::SessionSlot::start) a session for it. `renew` does not
    /// do: a renewed session keeps its `created`.
    ///
    /// It holds for as long as a session may last under any cookie that was built with this list in this process, 90 days at least. A process
    /// that builds none, say an administrator's tool, beside a site whose sessions last longer, says so first:
    /// [`Revocation::installed`](crate::Revocation::installed).
    pub fn log_out_everywhere(&self, subject: impl Into<Subject>) {
        let Subject(key) = subject.into();
        let now = self.now();
        let last = self.0.entries.not_before_of(&key);
        // A session that started since the last log-out in this second is created one later, unless that is beyond the leeway: less, and
        // whoever logs out and in again and again would hold one that no log-out reaches.
        let not_before = now.max((last + SECOND).min(now + self.leeway()));
        self.0.logged_out.fetch_add(1, Ordering::Relaxed);
        self.change(Entry { key, not_before, until: not_before + self.longest() });
    }

    /// Ends the session of this id, for a page on which users see their sessions and end one of them (OWASP ASVS 5.0 item 7.5.2). The
    /// crate lists none: keep the [id](crate::Claims::session_id) when a session starts, and replace it after a `renew`. Look the id up among those
    /// of the user who asks: whoever's it is, it is ended.
    pub fn end_session(&self, id: SessionId) {
        let now = self.now();
        self.0.ended.fetch_add(1, Ordering::Relaxed);
        // A node whose clock is ahead may have created it after this moment.
        let not_before = now + self.leeway();
        self.change(Entry { key: of_session(id), not_before, until: not_before + self.longest() });
    }

    /// The whole list in octets: version 1, the global not-before (8), the count (4), then 32 for each entry, in the order of keys: a session
    /// id (16, the last bit 0) or a subject's hash (16, the last bit 1), not-before (8), until (8). All integers big-endian, times in seconds
    /// since 1970.
    pub fn snapshot(&self) -> Vec<u8> {
        let (not_before, entries) = self.0.entries.all(self.now());
        snapshot::encode(not_before, &entries)
    }

    /// Takes over what another node knows, and returns how many entries were news. Never forgets: the result refuses whatever either
    /// refuses. The order of merges and their repetition change nothing, as long as the list does not become full.
    ///
    /// Takes memory for the entries of `octets` once more; bound their length where they come from.
    ///
    /// # Errors
    /// [`DenylistError`]: not a snapshot, or of a time more than two days ahead. The list is as it was.
    pub fn merge(&self, octets: &[u8]) -> Result<usize, DenylistError> {
        let now = self.now();
        let (not_before, entries) = snapshot::decode(octets, now)?;
        let outcome = self.0.entries.merge(&entries, not_before, now);
        self.0.merged.fetch_add(outcome.news as u64, Ordering::Relaxed);
        self.note(&outcome);
        if outcome.raised.is_some() {
            self.tell(&[]);
        }
        Ok(outcome.news)
    }

    /// The other nodes can be heard: call it when a message arrives, and for a ping at least once in the time that
    /// [`when_out_of_touch`](DenylistBuilder::when_out_of_touch) bears; after an outage only once a snapshot was merged.
    pub fn heard(&self) {
        if let Some(link) = &self.0.link {
            link.hear(self.now());
        }
    }

    /// How the list is doing.
    pub fn status(&self) -> DenylistStatus {
        let Inner { entries, link, ended, logged_out, merged, raised, .. } = &*self.0;
        let not_before = entries.not_before();
        DenylistStatus {
            entries: entries.len(),
            capacity: entries.capacity(),
            not_before: (not_before > Timestamp::default()).then_some(not_before),
            in_touch: link.as_ref().is_none_or(|link| link.is_up(self.now())),
            heard_at: link.as_ref().and_then(Link::heard),
            ended: ended.load(Ordering::Relaxed),
            logged_out: logged_out.load(Ordering::Relaxed),
            merged: merged.load(Ordering::Relaxed),
            raised: raised.load(Ordering::Relaxed),
        }
    }

    fn refuses(&self, Subject(key): Subject, created: Timestamp) -> bool {
        self.0.entries.refuses(&key, created)
    }

    fn starts_after_for(&self, Subject(key): Subject) -> Option<Timestamp> {
        Some(self.0.entries.not_before_of(&key)).filter(|&moment| moment > Timestamp::default())
    }

    /// A change that begins here; whether it was news.
    fn change(&self, entry: Entry) -> bool {
        let outcome = self.0.entries.merge(&[entry], Timestamp::default(), self.now());
        self.note(&outcome);
        if outcome.news > 0 || outcome.raised.is_some() {
            self.tell(&[entry]);
        }
        outcome.news > 0
    }

    fn note(&self, outcome: &Outcome) {
        if let Some(not_before) = outcome.taken_over {
            log::denylist_raised("another node's list was full", not_before.as_secs());
        }
        if let Some(not_before) = outcome.raised {
            self.0.raised.fetch_add(1, Ordering::Relaxed);
            log::denylist_raised("the list is full", not_before.as_secs());
        }
    }

    fn tell(&self, entries: &[Entry]) {
        if let Some(tell) = &self.0.on_change {
            tell(&snapshot::encode(self.0.entries.not_before(), entries));
        }
    }

    fn longest(&self) -> Duration {
        Duration::from_secs(self.0.longest.load(Ordering::SeqCst))
    }

    fn leeway(&self) -> Duration {
        Duration::from_secs(self.0.leeway.load(Ordering::SeqCst))
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// The key of a session's entry. Its last bit is 0 and a subject's 1: a subject's hash is no secret, and must not end all of its
/// sessions where it comes as the id of one.
fn of_session(id: SessionId) -> [u8; KEY] {
    let mut key = *id.as_bytes();
    let [.., last] = &mut key;
    *last &= !1;
    key
}

impl Inner {
    fn new(
        capacity: usize,
        clock: Arc<dyn Clock>,
        on_change: Option<OnChange>,
        link: Option<Link>,
    ) -> Self {
        Self {
            entries: Entries::new(capacity),
            clock,
            on_change,
            link,
            longest: AtomicU64::new(LONGEST.as_secs()),
            leeway: AtomicU64::new(LEEWAY),
            ended: AtomicU64::new(0),
            logged_out: AtomicU64::new(0),
            merged: AtomicU64::new(0),
            raised: AtomicU64::new(0),
        }
    }
}

/// By session id alone; [`by_subject`](Denylist::by_subject) knows users too.
impl<T> Revocation<T> for Denylist {
    fn is_revoked(&self, claims: &Claims) -> bool {
        let Inner { entries, link, .. } = &*self.0;
        link.as_ref().is_some_and(|link| link.refuses(self.now()))
            || entries.refuses(&of_session(claims.session_id()), claims.created())
    }

    fn ended(&self, claims: &Claims, keep_until: Timestamp) {
        let key = of_session(claims.session_id());
        if self.change(Entry { key, not_before: claims.created(), until: keep_until }) {
            self.0.ended.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn starts_after(&self, _: &T) -> Option<Timestamp> {
        Some(self.0.entries.not_before()).filter(|&moment| moment > Timestamp::default())
    }

    fn installed(&self, longest: Duration, leeway: Duration) {
        self.0.longest.fetch_max(longest.as_secs(), Ordering::SeqCst);
        self.0.leeway.fetch_max(leeway.as_secs(), Ordering::SeqCst);
    }
}

impl Default for Denylist {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Denylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { entries, .. } = &*self.0;
        f.debug_struct("Denylist")
            .field("entries", &entries.len())
            .field("capacity", &entries.capacity())
            .finish_non_exhaustive()
    }
}
