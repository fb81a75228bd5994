//! Sessions ended on the server: kept in memory and exchanged between nodes, without a store.
//!
//! There is one rule, by session id, by subject and for everybody: a session is refused if `created ≤ not_before`. The guide shows
//! [how to log out with it](crate::guide::login#6-logging-out), and [what it does not do](crate::guide::threat_model#35-a-stolen-cookie).

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::claims::{Claims, Timeouts};
use crate::id::SessionId;
use crate::log;
use crate::policy::LEEWAY;
use crate::time::{Clock, Timestamp};

mod builder;
mod by_subject;
mod entries;
mod link;
mod snapshot;
mod subject;

pub use crate::error::DenylistError;
pub use builder::DenylistBuilder;
pub use by_subject::BySubject;
use entries::{Entries, Entry, KEY, Outcome};
pub use link::FailMode;
use link::Link;
pub use subject::{Subject, SubjectId};

type OnChange = Box<dyn Fn(&[u8]) + Send + Sync>;

/// The longest that sessions last until a cookie says otherwise: the default timeouts plus leeway.
const LONGEST: Duration = Timeouts::REMEMBERED.absolute.saturating_add(Duration::from_secs(60));
const SECOND: Duration = Duration::from_secs(1);

/// Sessions revoked before their expiry, remembered in memory until they would have expired. Cheap to clone; clones share one
/// list.
///
/// Its type parameter is the subject that it can log out: `u64` for a numeric user id, or `Denylist<str>` for a name. Several
/// session cookies may share one list.
///
/// ```
/// use hardtack::{Application, Key};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let denylist = shop.denylist();
/// let users = shop
///     .session::<User>()
///     .revocation(denylist.by_subject(|user: &User| &user.id))
///     .build()?;
/// // A session that ends is listed. To end all sessions of one user, for instance after a change of password:
/// denylist.log_out_everywhere(&7);
/// # Ok::<(), hardtack::SetupError>(())
/// ```
///
/// Make one list for the whole process. actix-web runs the closure of `HttpServer::new` once for each worker: make it before
/// that.
///
/// **Reading** takes no lock, allocates nothing and writes nothing that threads share. **Memory**: 32 bytes an entry, up to the
/// [capacity](DenylistBuilder::capacity); a write drops expired entries.
///
/// **When full**, it never forgets silently. It refuses *all* sessions created until the moment that frees a quarter of the list,
/// and their users must log in again. It logs this, counts it in [`status`](Self::status) and tells the other nodes. Anyone who
/// can log in and out without limit can cause it: limit the rate of log-ins, and raise an alarm on `entries`.
///
/// **Several nodes** send each other [changes](DenylistBuilder::on_change) and [snapshots](Self::snapshot) over any channel you
/// have. Each node [merges](Self::merge) what it gets, in any order and as often as it comes. Anyone who can send on that channel
/// can log everybody out and keep them out, but cannot log anybody in. A node that restarts knows nothing until it has merged a
/// snapshot.
///
/// **Clocks**: if one node's clock is ahead of another's, a session created on the first survives a log-out everywhere on the
/// second if it was created within the difference. The node where the user logs out always ends its own session by id.
pub struct Denylist<S: ?Sized>(Arc<Inner>, PhantomData<fn(&S)>);

struct Inner {
    entries: Entries,
    clock: Arc<dyn Clock>,
    on_change: Option<OnChange>,
    link: Option<Link>,
    /// The longest lifetime of a session, in seconds from its creation.
    longest: AtomicU64,
    /// How far ahead of the clock a session may be created, in seconds.
    leeway: AtomicU64,
    ended: AtomicU64,
    logged_out: AtomicU64,
    merged: AtomicU64,
    raised: AtomicU64,
}

/// The state of a denylist, for metrics and alarms. The counters start at 0 with the process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DenylistStatus {
    /// How many entries there are now. Alarm when this nears the capacity.
    pub entries: usize,
    /// The most entries that the list holds.
    pub capacity: usize,
    /// Set if a list was full: every session created until this moment is refused, no matter whose.
    pub not_before: Option<Timestamp>,
    /// Whether the last [`heartbeat`](Denylist::heartbeat) is too long ago. Always false without
    /// [`stale_after`](DenylistBuilder::stale_after).
    pub stale: bool,
    /// When the last heartbeat was.
    pub heartbeat_at: Option<Timestamp>,
    /// How many sessions this node ended.
    pub ended: u64,
    /// How many subjects this node logged out everywhere.
    pub logged_out: u64,
    /// How many entries this node learnt from others.
    pub merged: u64,
    /// How often this list was full and raised `not_before`. Alarm when it grows, and raise the capacity.
    pub raised: u64,
}

impl<S: Subject + ?Sized + 'static> Denylist<S> {
    /// Returns the revocation hook for sessions in which `subject` finds the user, so that
    /// [`log_out_everywhere`](Self::log_out_everywhere) reaches them: `|user: &User| &user.id`.
    pub fn by_subject<T>(
        &self,
        subject: impl Fn(&T) -> &S + Send + Sync + 'static,
    ) -> BySubject<T, S> {
        BySubject::new(self.clone(), move |data| subject(data).subject_id())
    }

    /// Returns the revocation hook for sessions that hold the user in another form than `S`. The closure makes the [`SubjectId`]
    /// from the same value that you will give to [`log_out_everywhere`](Self::log_out_everywhere).
    ///
    /// ```
    /// # use hardtack::{Application, Key};
    /// use hardtack::denylist::Subject;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Visit { account: String } // "42/Ada"
    ///
    /// let shop = Application::new("shop", Key::generate()?)?;
    /// let denylist = shop.denylist::<str>();
    /// let hook = denylist.by_subject_id(|visit: &Visit| {
    ///     visit.account.split('/').next().unwrap_or_default().subject_id()
    /// });
    /// let visits = shop.session::<Visit>().revocation(hook).build()?;
    /// denylist.log_out_everywhere("42");
    /// # Ok::<(), hardtack::SetupError>(())
    /// ```
    pub fn by_subject_id<T>(
        &self,
        subject: impl Fn(&T) -> SubjectId + Send + Sync + 'static,
    ) -> BySubject<T, S> {
        BySubject::new(self.clone(), subject)
    }

    /// Ends all sessions of `subject` created until now, under every cookie whose hook comes from this list's
    /// [`by_subject`](Self::by_subject). Use it after a change of password, when an account is disabled, or when the user asks
    /// (OWASP ASVS 5.0 section 7.4).
    ///
    /// To keep the current device logged in, [start](crate::SessionSlot::start) a session for it *afterwards*. `renew` does not
    /// help: a renewed session keeps its `created`.
    ///
    /// It is in force for as long as a session may last under any cookie built with this list in this process, and for at least
    /// 90 days. If the site's sessions last longer than that, a process that builds no cookie, such as an administrator's tool,
    /// must first build one with the site's timeouts.
    pub fn log_out_everywhere(&self, subject: &S) {
        let SubjectId(key) = subject.subject_id();
        let now = self.now();
        let last = self.0.entries.not_before_of(&key);
        // A session started since the last log-out in this second gets a `created` one second later, unless that is beyond the
        // leeway. With a smaller not-before, somebody who logs out and in repeatedly would get a session that no log-out reaches.
        let not_before = now.max((last + SECOND).min(now + self.leeway()));
        self.0.logged_out.fetch_add(1, Ordering::Relaxed);
        self.change(Entry { key, not_before, until: not_before + self.longest() });
    }
}

impl<S: ?Sized> Denylist<S> {
    /// Ends the session with this id, for a page that lists a user's sessions and lets them end one (OWASP ASVS 5.0 item 7.5.2).
    /// The crate keeps no such list: store the [id](crate::Claims::session_id) when a session starts, and replace it after a
    /// `renew`. Check that the id belongs to the user who asks, because this ends anybody's session.
    pub fn end_session(&self, id: SessionId) {
        let now = self.now();
        self.0.ended.fetch_add(1, Ordering::Relaxed);
        // A node whose clock is ahead may have created it after this moment.
        let not_before = now + self.leeway();
        self.change(Entry { key: of_session(id), not_before, until: not_before + self.longest() });
    }

    /// Encodes the whole list, for another node to merge. Version 1, the global not-before (8), the count (4), then 32 bytes for
    /// each entry, sorted by key: a session id (16, the last bit 0) or a subject's hash (16, the last bit 1), not-before (8),
    /// until (8). All integers are big-endian, times are in seconds since 1970.
    pub fn snapshot(&self) -> Vec<u8> {
        let (not_before, entries) = self.0.entries.all(self.now());
        snapshot::encode(not_before, &entries)
    }

    /// Merges another node's snapshot into the list, and returns how many entries were new. Never forgets: the result refuses
    /// whatever either one refuses. Neither the order of merges nor repeating one makes a difference, as long as the list does
    /// not become full.
    ///
    /// While it runs, the entries in `bytes` are in memory twice: limit their length where you receive them.
    ///
    /// # Errors
    /// [`DenylistError`] if this is not a snapshot, or refuses sessions more than two days ahead. The list stays as it was.
    pub fn merge(&self, bytes: &[u8]) -> Result<usize, DenylistError> {
        let now = self.now();
        let (not_before, entries) = snapshot::decode(bytes, now)?;
        let outcome = self.0.entries.merge(&entries, not_before, now);
        self.0.merged.fetch_add(outcome.news as u64, Ordering::Relaxed);
        self.note(&outcome);
        if outcome.raised.is_some() {
            self.tell(&[]);
        }
        Ok(outcome.news)
    }

    /// Reports that the other nodes can be heard. Call it when a message arrives, and send pings so that it is called at least
    /// once in the time that [`stale_after`](DenylistBuilder::stale_after) allows. After an outage, call it only once you have
    /// merged a snapshot.
    pub fn heartbeat(&self) {
        if let Some(link) = &self.0.link {
            link.hear(self.now());
        }
    }

    /// Returns the state of the list, for metrics and alarms.
    pub fn status(&self) -> DenylistStatus {
        let Inner { entries, link, ended, logged_out, merged, raised, .. } = &*self.0;
        let not_before = entries.not_before();
        DenylistStatus {
            entries: entries.len(),
            capacity: entries.capacity(),
            not_before: (not_before > Timestamp::default()).then_some(not_before),
            stale: link.as_ref().is_some_and(|link| !link.is_up(self.now())),
            heartbeat_at: link.as_ref().and_then(Link::heard),
            ended: ended.load(Ordering::Relaxed),
            logged_out: logged_out.load(Ordering::Relaxed),
            merged: merged.load(Ordering::Relaxed),
            raised: raised.load(Ordering::Relaxed),
        }
    }

    /// Notes that what these claims are of has ended, to be kept until then; false where it had ended before, or nobody can tell.
    pub(crate) fn is_first_end(&self, claims: &Claims, keep_until: Timestamp) -> bool {
        let key = of_session(claims.session_id());
        let is_over = self.refuses_all() || self.refuses(&key, claims);
        // Of two at once, the list takes one for news.
        !is_over && self.change(Entry { key, not_before: claims.created(), until: keep_until })
    }

    /// Whether every session is refused because the other nodes are silent.
    fn refuses_all(&self) -> bool {
        self.0.link.as_ref().is_some_and(|link| link.refuses(self.now()))
    }

    fn refuses(&self, key: &[u8; KEY], claims: &Claims) -> bool {
        self.0.entries.refuses(key, claims.created())
    }

    /// The second after the last log-out everywhere that covers this key, if there was one.
    fn earliest_start(&self, key: &[u8; KEY]) -> Option<Timestamp> {
        let not_before = self.0.entries.not_before_of(key);
        (not_before > Timestamp::default()).then(|| not_before + SECOND)
    }

    fn note_ended(&self, claims: &Claims, keep_until: Timestamp) {
        let key = of_session(claims.session_id());
        if self.change(Entry { key, not_before: claims.created(), until: keep_until }) {
            self.0.ended.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Called when a cookie is built with this list: its sessions last at most this long.
    fn install(&self, longest: Duration, leeway: Duration) {
        self.0.longest.fetch_max(longest.as_secs(), Ordering::SeqCst);
        self.0.leeway.fetch_max(leeway.as_secs(), Ordering::SeqCst);
    }

    /// Makes a change that begins on this node; returns whether it was news.
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

/// The key of a session's entry. Its last bit is 0, a subject's is 1. A subject's hash is no secret, so passing it off as a
/// session id must not end all of that subject's sessions.
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

impl<S: ?Sized> Clone for Denylist<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<S: ?Sized> fmt::Debug for Denylist<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { entries, .. } = &*self.0;
        f.debug_struct("Denylist")
            .field("entries", &entries.len())
            .field("capacity", &entries.capacity())
            .finish_non_exhaustive()
    }
}
