//! Sessions ended on the server: kept in memory, exchanged between nodes, no store.
//!
//! One rule, refused if `created ≤ not_before`, by session id, by subject, and for all.

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

/// The longest that sessions last until a cookie says otherwise: the defaults, with their leeway.
const LONGEST: Duration = Timeouts::REMEMBERED.absolute.saturating_add(Duration::from_secs(60));
const SECOND: Duration = Duration::from_secs(1);

/// Sessions revoked before their expiry, remembered in memory until they would have expired. Cheap to clone; clones are one list.
///
/// It is typed by the subject that it can log out: a user's id of type `u64`, or a name (`Denylist<str>`). Several session
/// cookies may share it.
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
/// // A session that ends is on the list. All sessions of one user, after a change of password say:
/// denylist.log_out_everywhere(&7);
/// # Ok::<(), hardtack::SetupError>(())
/// ```
///
/// Make one list for the whole process. actix-web runs the closure of `HttpServer::new` once for each worker: make it before that.
///
/// **Reading** takes no lock, allocates nothing and writes nothing that threads share. **Memory**: 32 bytes an entry, up to the
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
pub struct Denylist<S: ?Sized>(Arc<Inner>, PhantomData<fn(&S)>);

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
    /// Whether the last [`heartbeat`](Denylist::heartbeat) is too long ago; never without
    /// [`stale_after`](DenylistBuilder::stale_after).
    pub stale: bool,
    /// When the last heartbeat was.
    pub heartbeat_at: Option<Timestamp>,
    /// Sessions that this node ended.
    pub ended: u64,
    /// Subjects that this node logged out everywhere.
    pub logged_out: u64,
    /// Entries that were learnt from others.
    pub merged: u64,
    /// How often this list was full and `not_before` was raised. Alarm when it grows: raise the capacity.
    pub raised: u64,
}

impl<S: Subject + ?Sized + 'static> Denylist<S> {
    /// Returns the hook for sessions whose user `subject` tells, so that [`log_out_everywhere`](Self::log_out_everywhere) reaches
    /// them: `|user: &User| &user.id`.
    pub fn by_subject<T>(
        &self,
        subject: impl Fn(&T) -> &S + Send + Sync + 'static,
    ) -> BySubject<T, S> {
        BySubject::new(self.clone(), move |data| subject(data).subject_id())
    }

    /// Returns the hook for sessions whose data holds the user in another form than S: the closure makes the
    /// [`SubjectId`], of the same value that [`log_out_everywhere`](Self::log_out_everywhere) will be given.
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

    /// Ends all sessions of `subject` that were created until now, under every cookie whose hook is [`by_subject`](Self::by_subject) of this
    /// list (OWASP ASVS 5.0 section 7.4: after a change of password, when an account is disabled, when the user asks).
    ///
    /// To keep the device logged in from which this is done, *then* [start](crate::SessionSlot::start) a session for it. `renew` does not
    /// do: a renewed session keeps its `created`.
    ///
    /// It holds for as long as a session may last under any cookie that was built with this list in this process, 90 days at least.
    /// A process that builds none, an administrator's tool say, beside a site whose sessions last longer, builds a cookie with the
    /// site's timeouts first.
    pub fn log_out_everywhere(&self, subject: &S) {
        let SubjectId(key) = subject.subject_id();
        let now = self.now();
        let last = self.0.entries.not_before_of(&key);
        // A session that started since the last log-out in this second is created one later, unless that is beyond the leeway: less, and
        // whoever logs out and in again and again would hold one that no log-out reaches.
        let not_before = now.max((last + SECOND).min(now + self.leeway()));
        self.0.logged_out.fetch_add(1, Ordering::Relaxed);
        self.change(Entry { key, not_before, until: not_before + self.longest() });
    }
}

impl<S: ?Sized> Denylist<S> {
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

    /// The whole list in bytes: version 1, the global not-before (8), the count (4), then 32 for each entry, in the order of keys: a session
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

    /// Notes that the other nodes can be heard: call it when a message arrives, and for a ping at least once in the time that
    /// [`stale_after`](DenylistBuilder::stale_after) allows; after an outage only once a snapshot was merged.
    pub fn heartbeat(&self) {
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

    /// Whether every session is refused for want of news.
    fn refuses_all(&self) -> bool {
        self.0.link.as_ref().is_some_and(|link| link.refuses(self.now()))
    }

    fn refuses(&self, key: &[u8; KEY], claims: &Claims) -> bool {
        self.0.entries.refuses(key, claims.created())
    }

    /// The second after the last log-out everywhere of this key or of all, if there was one.
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

    /// A cookie was built with this list: its sessions last at most so long.
    fn install(&self, longest: Duration, leeway: Duration) {
        self.0.longest.fetch_max(longest.as_secs(), Ordering::SeqCst);
        self.0.leeway.fetch_max(leeway.as_secs(), Ordering::SeqCst);
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
